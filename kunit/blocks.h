/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page blocks by their index in the arena's region, and an arena's state as text, so that a case
 * says what it expects in one line and a failure shows both states.
 */
#ifndef MINI_MM_KUNIT_BLOCKS_H
#define MINI_MM_KUNIT_BLOCKS_H

#include "fixture.h"

/* Asserts that there is a block of @order; the index of its first page. */
u32 mini_kunit_take_block(struct kunit *test, struct mini_arena *arena, unsigned int order);
void mini_kunit_give_block(struct mini_arena *arena, u32 page, unsigned int order);

/* The index of @page; at least the region's pages when it lies outside. */
u32 mini_kunit_index(const struct mini_arena *arena, const struct page *page);

/* How many blocks are free of each order from 0 to the arena's highest: "2 0 1 0 0". */
const char *mini_kunit_free_blocks(struct kunit *test, struct mini_arena *arena);

/*
 * The region from its start to its end, a block an entry, with its first and last page:
 * "0-7 used, 8 free, 9 used". A slab of which 3 objects are out is "slab 3", one of the arena's own
 * "descriptors 3".
 */
const char *mini_kunit_blocks(struct kunit *test, struct mini_arena *arena);

/* "allocations 3, frees 0, failures 0, refused 0, splits 2, merges 0" */
const char *mini_kunit_statistics(struct kunit *test, struct mini_arena *arena);

/* No invariant of the arena is broken. */
void mini_kunit_expect_sound(struct kunit *test, struct mini_arena *arena);

#endif /* MINI_MM_KUNIT_BLOCKS_H */
