// SPDX-License-Identifier: GPL-2.0
/*
 * Page blocks: the core's page engine behind the arena's lock.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/highmem.h>
#include <linux/mm.h>

#include "compat.h"
#include "internal.h"
#include "trace.h"

void mini_arena_verify(struct mini_arena *arena)
{
	const char *broken;

	lockdep_assert_held(&arena->lock);
	if (likely(!(arena->debug & MINI_DEBUG_INVARIANTS)))
		return;
	broken = mini_core_arena_broken(arena->core);
	if (broken)
		mini_report_invariant(arena, arena->name, broken);
}

static int take(struct mini_arena *arena, unsigned int order, u32 *page)
{
	unsigned long flags;
	int error;

	raw_spin_lock_irqsave(&arena->lock, flags);
	error = mini_core_page_alloc(arena->core, order, page);
	if (!error)
		mini_log_block(arena, MINI_MM_EVENT_PAGE_ALLOC, *page, order);
	mini_arena_verify(arena);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	return error;
}

int mini_pages_alloc(struct mini_arena *arena, unsigned int order, u32 *page)
{
	int error = take(arena, order, page);

	/* Before a request fails, slabs that hold no object are given back. */
	if (error == MINI_CORE_NO_FREE_BLOCK && mini_arena_reap(arena))
		error = take(arena, order, page);
	if (!error)
		trace_mini_page_alloc(arena->name, *page, order);
	else
		mini_log_block(arena, MINI_MM_EVENT_PAGE_FAIL, 0, order);
	return error;
}

int mini_pages_free(struct mini_arena *arena, u32 page, unsigned int order)
{
	unsigned long flags;
	int error;

	/* First, for the block may be allocated again before this function returns. */
	trace_mini_page_free(arena->name, page, order);
	raw_spin_lock_irqsave(&arena->lock, flags);
	mini_log_block(arena, MINI_MM_EVENT_PAGE_FREE, page, order);
	error = mini_core_page_free(arena->core, page, order);
	if (unlikely(error))
		mini_log_block(arena, MINI_MM_EVENT_REFUSED, page, order);
	mini_arena_verify(arena);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	if (unlikely(error))
		mini_report_page_free(arena, page, order, error);
	return error;
}

struct page *mini_alloc_pages(struct mini_arena *arena, gfp_t gfp, unsigned int order)
{
	u32 page;
	u32 i;

	if (!arena)
		arena = mini_default_arena;
	if (mini_pages_alloc(arena, order, &page))
		return NULL;
	if (gfp & __GFP_ZERO)
		for (i = 0; i < 1U << order; i++)
			clear_highpage(mini_page(arena, page + i));
	return mini_page(arena, page);
}
EXPORT_SYMBOL_MINI_MM(mini_alloc_pages);

void mini_free_pages(struct mini_arena *arena, struct page *page, unsigned int order)
{
	unsigned long index;

	if (!page)
		return;
	if (!arena)
		arena = mini_default_arena;
	index = page_to_pfn(page) - arena->region.first_pfn;
	mini_pages_free(arena, min(index, arena->region.nr_pages), order);
}
EXPORT_SYMBOL_MINI_MM(mini_free_pages);
