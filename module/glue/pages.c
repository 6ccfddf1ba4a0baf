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

/* Blocks that are merged under one hold of the arena's lock. */
#define BLOCKS_AT_ONCE 64

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

static bool settle_some(struct mini_arena *arena)
{
	unsigned long flags;
	bool some;

	raw_spin_lock_irqsave(&arena->lock, flags);
	some = mini_core_arena_settle(arena->core, BLOCKS_AT_ONCE);
	mini_arena_verify(arena);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	return some;
}

bool mini_arena_relieve(struct mini_arena *arena)
{
	bool some = false;

	while (settle_some(arena))
		some = true;
	return mini_arena_reap(arena) || some;
}

static int take(struct mini_arena *arena, const struct mini_core_page_request *request, u32 *page)
{
	unsigned long flags;
	int error;

	raw_spin_lock_irqsave(&arena->lock, flags);
	error = mini_core_page_alloc(arena->core, request, page);
	if (!error)
		mini_log_block(arena, MINI_MM_EVENT_PAGE_ALLOC, *page, request->order);
	mini_arena_verify(arena);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	return error;
}

int mini_pages_request(struct mini_arena *arena, const struct mini_core_page_request *request, u32 *page)
{
	int error = take(arena, request, page);

	if (error == MINI_CORE_NO_FREE_BLOCK && mini_arena_relieve(arena))
		error = take(arena, request, page);
	if (!error)
		trace_mini_page_alloc(arena->name, *page, request->order);
	else
		mini_log_block(arena, MINI_MM_EVENT_PAGE_FAIL, 0, request->order);
	return error;
}

int mini_pages_alloc(struct mini_arena *arena, unsigned int order, u32 *page)
{
	const struct mini_core_page_request request = { .order = order };

	return mini_pages_request(arena, &request, page);
}

static int take_run(struct mini_arena *arena, u32 pages, const struct mini_core_page_request *request, bool at,
		    u32 *page)
{
	unsigned long flags;
	int error;

	raw_spin_lock_irqsave(&arena->lock, flags);
	error = at ? mini_core_run_claim(arena->core, *page, pages) :
		     mini_core_run_alloc(arena->core, pages, request, page);
	if (!error)
		mini_log_block(arena, MINI_MM_EVENT_PAGE_ALLOC, *page, order_base_2(pages));
	mini_arena_verify(arena);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	return error;
}

int mini_run_alloc(struct mini_arena *arena, u32 pages, const struct mini_core_page_request *request, bool at,
		   u32 *page)
{
	int error = take_run(arena, pages, request, at, page);

	if (error == MINI_CORE_NO_FREE_BLOCK && mini_arena_relieve(arena))
		error = take_run(arena, pages, request, at, page);
	if (!error)
		trace_mini_page_alloc(arena->name, *page, order_base_2(pages));
	else
		mini_log_block(arena, MINI_MM_EVENT_PAGE_FAIL, 0, order_base_2(pages));
	return error;
}

int mini_run_free(struct mini_arena *arena, u32 page, u32 pages)
{
	unsigned long flags;
	int error;

	trace_mini_page_free(arena->name, page, order_base_2(pages));
	raw_spin_lock_irqsave(&arena->lock, flags);
	mini_log_block(arena, MINI_MM_EVENT_PAGE_FREE, page, order_base_2(pages));
	error = mini_core_run_free(arena->core, page, pages);
	mini_arena_verify(arena);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	if (unlikely(error))
		mini_report_page_free(arena, page, order_base_2(pages), error);
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

struct mini_core_page_request mini_page_request(gfp_t gfp, unsigned int order)
{
	return (struct mini_core_page_request){
		.order = order,
		.type = gfp & __GFP_MOVABLE	  ? MINI_CORE_MOVABLE :
			gfp & __GFP_RECLAIMABLE ? MINI_CORE_RECLAIMABLE :
						    MINI_CORE_UNMOVABLE,
		.use_reserve = gfp & (__GFP_HIGH | __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC),
	};
}

struct page *mini_alloc_pages(struct mini_arena *arena, gfp_t gfp, unsigned int order)
{
	const struct mini_core_page_request request = mini_page_request(gfp, order);
	u32 page;
	u32 i;

	if (!arena)
		arena = mini_default_arena;
	if (mini_pages_request(arena, &request, &page))
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
