/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is held, and who allocated it: leaks.c.
 */
#ifndef MINI_MM_LEAKS_H
#define MINI_MM_LEAKS_H

#include "internal.h"

struct mini_leaks;

/* What an arena holds now. May sleep; the arena stays meanwhile. NULL when there is no memory. */
struct mini_leaks *mini_leaks_gather(struct mini_arena *arena);
void mini_leaks_forget(struct mini_leaks *leaks);
/* As a table, the call sites with the most bytes first; what clients' handles have is left out. */
void mini_leaks_show(struct seq_file *seq, const struct mini_leaks *leaks);
/* The first of them, in the kernel log. May sleep. */
void mini_leaks_report(struct mini_arena *arena);

/* From here on a module that goes and leaves something behind is named in the kernel log. 0 or a negative errno. */
int mini_leaks_init(void);
void mini_leaks_exit(void);

#endif /* MINI_MM_LEAKS_H */
