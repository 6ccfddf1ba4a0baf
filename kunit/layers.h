/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites of the per-CPU layer share: arenas with lists of a size that the case chooses, what the layer
 * holds, and work that is done on another CPU.
 */
#ifndef MINI_MM_KUNIT_LAYERS_H
#define MINI_MM_KUNIT_LAYERS_H

#include "glue/hot.h"
#include "slabs.h"

#define MINI_KUNIT_BATCH 64

/* An arena of @pages with lists and magazines of @size; without letters, so that the hot paths are used. */
struct mini_arena *mini_kunit_layered_arena(struct kunit *test, unsigned long pages, unsigned int size);

/* Objects, pages that wait in the layer, those in depots included. */
u64 mini_kunit_cached_objects(struct mini_cache *cache);
u64 mini_kunit_cached_pages(struct mini_arena *arena);
struct mini_core_cache_stats mini_kunit_cache_stats(struct mini_cache *cache);

/* Of one CPU; nobody uses the cache or the arena meanwhile. */
u32 mini_kunit_rounds_of(struct mini_cache *cache, int cpu);
u32 mini_kunit_blocks_of(struct mini_arena *arena, int cpu, unsigned int order);

/* A CPU that is online and not @here; the case is skipped when there is none. */
int mini_kunit_another_cpu(struct kunit *test, int here);

/* Allocates and frees: what a task on a CPU does at a time. */
struct mini_kunit_work {
	struct mini_arena *arena;
	struct mini_cache *cache; /* NULL: pages of @order */
	unsigned int order;
	int nr; /* up to MINI_KUNIT_BATCH */
	void *taken[MINI_KUNIT_BATCH];
};

/* All of them or an assertion; they are given back in the order in which they came. */
void mini_kunit_take_on(struct kunit *test, int cpu, struct mini_kunit_work *work);
void mini_kunit_give_on(struct kunit *test, int cpu, struct mini_kunit_work *work);

#endif /* MINI_MM_KUNIT_LAYERS_H */
