/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites of the slab engine look at: a cache's layout, how many slabs it has in which
 * state, and in which of them an object lies.
 */
#ifndef MINI_MM_KUNIT_SLABS_H
#define MINI_MM_KUNIT_SLABS_H

#include <linux/sizes.h>

#include "fixture.h"

#define MINI_KUNIT_ENGINES 4

/* The object engines, for parametrised cases. */
extern const char *const mini_kunit_engines[MINI_KUNIT_ENGINES];
void mini_kunit_describe_engine(const char *const *engine, char *description);

struct mini_core_cache_layout mini_kunit_layout(struct mini_cache *cache);
/* How many slabs it has now: "full 1, partial 2, empty 0". */
const char *mini_kunit_slabs(struct kunit *test, struct mini_cache *cache);
/* How many it has taken from its arena since it was made. */
u64 mini_kunit_grown(struct mini_cache *cache);

/* The first page of the slab in which @object lies, and how far from there. */
u32 mini_kunit_slab_of(struct mini_cache *cache, const void *object);
u32 mini_kunit_offset_in_slab(struct mini_cache *cache, const void *object);

/* Allocates an object, asserting that there is one. */
void *mini_kunit_object(struct kunit *test, struct mini_cache *cache);

/* --- caches of which a slab is a page of four objects, its management data elsewhere --------- */

#define MINI_KUNIT_FOUR 4

struct mini_cache *mini_kunit_cache_of_fours(struct kunit *test, struct mini_arena *arena);
/* All objects of @slabs new slabs, slab after slab. */
void **mini_kunit_fill_fours(struct kunit *test, struct mini_cache *cache, unsigned int slabs);
/* Frees those of one slab. */
void mini_kunit_free_four(struct mini_cache *cache, void **objects, unsigned int slab);

#endif /* MINI_MM_KUNIT_SLABS_H */
