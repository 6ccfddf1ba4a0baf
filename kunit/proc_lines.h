/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What holds for every line of the two /proc files, whoever's it is: it is as it would be printed
 * again from the numbers read out of it, and the numbers do not contradict each other.
 */
#ifndef MINI_MM_KUNIT_PROC_LINES_H
#define MINI_MM_KUNIT_PROC_LINES_H

#include "files.h"

#define BUDDYINFO "/proc/mini_buddyinfo"
#define SLABINFO "/proc/mini_slabinfo"

/* The format's limit, that of the tools that read these files. */
#define MINI_KUNIT_LINE_MAX 2048

/* All lines of the text of mini_buddyinfo; @columns of each, 0 when not known. */
void mini_kunit_expect_buddyinfo(struct kunit *test, const char *text, unsigned int columns);

/* All lines of the text of mini_slabinfo behind its header of two lines. */
void mini_kunit_expect_slabinfo(struct kunit *test, const char *text);

#endif /* MINI_MM_KUNIT_PROC_LINES_H */
