/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The version of the module and of minimm. scripts/version changes it, here and where a text has to repeat it.
 */
#ifndef MINI_MM_VERSION_H
#define MINI_MM_VERSION_H

#define MINI_MM_VERSION "0.1.0"

#endif /* MINI_MM_VERSION_H */
