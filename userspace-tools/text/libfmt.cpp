/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libfmt, compiled into minimm: its header-only form, once, for all files. Debian has it as a shared library
 * only, and minimm is linked statically (see the Makefile, which also gives this file its flags).
 */
#define FMT_HEADER_ONLY
#include <fmt/format.h>
