/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites of stray writes and of wrong frees share: arenas in which something is done wrong on purpose.
 */
#ifndef MINI_MM_KUNIT_PROVOKED_H
#define MINI_MM_KUNIT_PROVOKED_H

#include "fixture.h"

/* Of the objects that are used, bytes; and of the region, pages. */
#define MINI_KUNIT_PROVOKED_SIZE 64
#define MINI_KUNIT_PROVOKED_PAGES 64

/* An arena with @debug letters whose reports are counted, not said. */
struct mini_arena *mini_kunit_provoked_arena(struct kunit *test, const char *debug);

/* The same without letters and without the per-CPU layer: the next operation is the engine's. */
struct mini_arena *mini_kunit_provoked_bare_arena(struct kunit *test);

/* Asserts that there is one. */
u8 *mini_kunit_object_of(struct kunit *test, struct mini_cache *cache);

/* Nothing is reported twice, and what was not damaged works. */
void mini_kunit_expect_works(struct kunit *test, struct mini_arena *arena);

#endif /* MINI_MM_KUNIT_PROVOKED_H */
