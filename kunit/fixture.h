/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An arena for one case: cases run while the module is in use, and beside each other.
 */
#ifndef MINI_MM_KUNIT_FIXTURE_H
#define MINI_MM_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include <linux/mm.h>

#include "mini_mm.h"

/* Makes an arena of @bytes, every invariant checked after each operation; it goes away with the case. */
struct mini_arena *mini_kunit_arena(struct kunit *test, unsigned long bytes);

/* For the end of a case: everything is free, so the whole region can be had as one block again. */
void mini_kunit_expect_whole(struct kunit *test, struct mini_arena *arena, unsigned int order);

#endif /* MINI_MM_KUNIT_FIXTURE_H */
