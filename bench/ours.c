// SPDX-License-Identifier: GPL-2.0
/*
 * The loops on mini_mm.
 */
#include <linux/mm.h>

#include "bench.h"

static __always_inline void *side_take(const struct bench_subject *subject, const u32 memory)
{
	switch (memory) {
	case MINI_MM_BENCH_OBJECTS:
		return mini_kmem_cache_alloc(subject->ours, subject->gfp);
	case MINI_MM_BENCH_KMALLOC:
		return mini_kmalloc(subject->arena, subject->size, subject->gfp);
	default:
		return mini_alloc_pages(subject->arena, subject->gfp, subject->order);
	}
}

static __always_inline void side_give(const struct bench_subject *subject, void *taken, const u32 memory)
{
	switch (memory) {
	case MINI_MM_BENCH_OBJECTS:
		return mini_kmem_cache_free(subject->ours, taken);
	case MINI_MM_BENCH_KMALLOC:
		return mini_kfree(taken);
	default:
		return mini_free_pages(subject->arena, taken, subject->order);
	}
}

/* All or none. */
static __always_inline bool side_take_bulk(const struct bench_subject *subject, void **slots, u32 nr,
					   const u32 memory)
{
	struct page **pages = (struct page **)slots;

	if (memory == MINI_MM_BENCH_OBJECTS)
		return mini_kmem_cache_alloc_bulk(subject->ours, subject->gfp, nr, slots) == nr;
	if (likely(mini_alloc_pages_bulk(subject->arena, subject->gfp, nr, pages) == nr))
		return true;
	mini_free_pages_bulk(subject->arena, nr, pages);
	return false;
}

static __always_inline void side_give_bulk(const struct bench_subject *subject, void **slots, u32 nr,
					   const u32 memory)
{
	if (memory == MINI_MM_BENCH_OBJECTS)
		mini_kmem_cache_free_bulk(subject->ours, nr, slots);
	else
		mini_free_pages_bulk(subject->arena, nr, (struct page **)slots);
}

#define side_loop bench_our_loop
#include "loops.h"
