// SPDX-License-Identifier: GPL-2.0
/*
 * The loops on the kernel's own allocators.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "bench.h"
#include "../module/glue/compat.h"

/*
 * Most of the kernel's calls of kmalloc() know size and flags when they are compiled, which is quicker: so do those of
 * the usual ones here.
 */
#define USUAL_SIZE 256

static __always_inline void *side_take(const struct bench_subject *subject, const u32 memory)
{
	switch (memory) {
	case MINI_MM_BENCH_OBJECTS:
		return kmem_cache_alloc(subject->theirs, subject->gfp);
	case MINI_MM_BENCH_KMALLOC:
		if (likely(subject->size == USUAL_SIZE && subject->gfp == BENCH_GFP))
			return kmalloc(USUAL_SIZE, BENCH_GFP);
		return kmalloc(subject->size, subject->gfp);
	default:
		return alloc_pages(subject->gfp, subject->order);
	}
}

static __always_inline void side_give(const struct bench_subject *subject, void *taken, const u32 memory)
{
	switch (memory) {
	case MINI_MM_BENCH_OBJECTS:
		return kmem_cache_free(subject->theirs, taken);
	case MINI_MM_BENCH_KMALLOC:
		return kfree(taken);
	default:
		return __free_pages(taken, subject->order);
	}
}

/* The kernel has no call that frees pages in bulk. */
static __always_inline void side_give_bulk(const struct bench_subject *subject, void **slots, u32 nr,
					   const u32 memory)
{
	u32 i;

	if (memory == MINI_MM_BENCH_OBJECTS) {
		kmem_cache_free_bulk(subject->theirs, nr, slots);
		return;
	}
	for (i = 0; i < nr && slots[i]; i++) {
		__free_page(slots[i]);
		slots[i] = NULL;
	}
}

/* All or none. The kernel's bulk call for pages may stop early and go on when it is called again. */
static __always_inline bool side_take_bulk(const struct bench_subject *subject, void **slots, u32 nr,
					   const u32 memory)
{
	unsigned long taken = 0, before;

	if (memory == MINI_MM_BENCH_OBJECTS)
		/* The number, or in newer kernels only whether it is not 0. */
		return kmem_cache_alloc_bulk(subject->theirs, subject->gfp, nr, slots);
	do {
		before = taken;
		taken = mini_kernel_alloc_pages_bulk(subject->gfp, nr, (struct page **)slots);
	} while (unlikely(taken < nr && taken > before));
	if (likely(taken == nr))
		return true;
	side_give_bulk(subject, slots, nr, memory);
	return false;
}

#define side_loop bench_kernel_loop
#include "loops.h"
