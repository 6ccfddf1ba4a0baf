/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the glue wants of a kernel, for a program with one thread and one CPU. Every header of the kernel that the glue
 * names leads here (../Makefile); what is asked of it is in four parts. The functions are in runtime.c, memory.c
 * and xarray.c; world.h is how the fuzzer commands them.
 *
 * Whoever breaks a rule of the kernel's (sleeps with interrupts off, takes a lock twice, frees what is not allocated)
 * ends the program, and so is a finding.
 */
#ifndef SHIM_SHIM_H
#define SHIM_SHIM_H

#include "basics.h"
#include "locking.h"
#include "memory.h"
#include "system.h"

#endif /* SHIM_SHIM_H */
