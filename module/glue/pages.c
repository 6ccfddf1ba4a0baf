// SPDX-License-Identifier: GPL-2.0
/*
 * Page blocks: the core's page engine behind the arena's lock.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/highmem.h>
#include <linux/mm.h>

#include "compat.h"
#include "hot.h"
#include "log.h"
#include "owner.h"
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

	mini_lock_irqsave(&arena->lock, flags);
	some = mini_core_arena_settle(arena->core, BLOCKS_AT_ONCE);
	mini_arena_verify(arena);
	mini_unlock_irqrestore(&arena->lock, flags);
	return some;
}

bool mini_arena_relieve(struct mini_arena *arena)
{
	bool some = mini_arena_drain(arena) > 0;

	some |= mini_arena_reap(arena);
	/* Last: what came back just now may wait to be merged. */
	while (settle_some(arena))
		some = true;
	return some;
}

void mini_note_pages_taken(struct mini_arena *arena, u32 page, unsigned int order)
{
	lockdep_assert_held(&arena->lock);
	trace_mini_page_alloc(arena->name, page, order);
	mini_log_block(arena, MINI_MM_EVENT_PAGE_ALLOC, page, order);
}

static __always_inline void note_taken(struct mini_arena *arena, u32 page, unsigned int order)
{
	if (unlikely(trace_mini_page_alloc_enabled() || arena->log))
		mini_note_pages_taken(arena, page, order);
}

static noinline void note_freed(struct mini_arena *arena, u32 page, unsigned int order)
{
	trace_mini_page_free(arena->name, page, order);
}

/* What a request is for. */
enum demand { A_BLOCK, A_RUN, A_RANGE };

static __always_inline int take(struct mini_arena *arena, enum demand demand, u32 pages,
				const struct mini_core_page_request *request, unsigned int order, u32 *page)
{
	unsigned long flags;
	int error;

	mini_lock_irqsave(&arena->lock, flags);
	error = demand == A_BLOCK ? mini_core_page_alloc(arena->core, request, page) :
		demand == A_RUN	  ? mini_core_run_alloc(arena->core, pages, request, page) :
				    mini_core_run_claim(arena->core, *page, pages);
	if (!error)
		note_taken(arena, *page, order);
	mini_arena_verify(arena);
	mini_unlock_irqrestore(&arena->lock, flags);
	return error;
}

static noinline int take_again(struct mini_arena *arena, enum demand demand, u32 pages,
			       const struct mini_core_page_request *request, unsigned int order, u32 *page, int error)
{
	if (error == MINI_CORE_NO_FREE_BLOCK && mini_arena_relieve(arena))
		error = take(arena, demand, pages, request, order, page);
	if (error)
		mini_log_block(arena, MINI_MM_EVENT_PAGE_FAIL, 0, order);
	return error;
}

/* @order: as it is told, that of the block or one that covers the pages. @caller: whom debug U notes. */
static __always_inline int take_or_relieve(struct mini_arena *arena, enum demand demand, u32 pages,
					   const struct mini_core_page_request *request, unsigned int order,
					   u32 *page, unsigned long caller)
{
	int error = take(arena, demand, pages, request, order, page);

	if (unlikely(error))
		error = take_again(arena, demand, pages, request, order, page, error);
	if (unlikely(arena->owners) && !error)
		mini_owner_note_taken(arena, *page, demand == A_BLOCK ? 1U << order : pages,
				      mini_owner_stack_of_pages(arena, caller));
	return error;
}

int mini_pages_request(struct mini_arena *arena, const struct mini_core_page_request *request, u32 *page)
{
	return take_or_relieve(arena, A_BLOCK, 0, request, request->order, page, _RET_IP_);
}

int mini_pages_alloc(struct mini_arena *arena, unsigned int order, u32 *page)
{
	const struct mini_core_page_request request = { .order = order };

	return take_or_relieve(arena, A_BLOCK, 0, &request, order, page, _RET_IP_);
}

/* By the way of everything that wants to see a request, or with what can be done when it has failed. */
static noinline struct page *block_as_others(struct mini_arena *arena, gfp_t gfp, unsigned int order,
					     unsigned long caller)
{
	const struct mini_core_page_request request = mini_page_request(gfp, order);
	u32 page;

	return take_or_relieve(arena, A_BLOCK, 0, &request, order, &page, caller) ? NULL : mini_page(arena, page);
}

/* Whoever wants to see each operation, or how long its lock is held, has set one of these. */
static __always_inline bool is_watched(const struct mini_arena *arena)
{
	return READ_ONCE(arena->layer.slow) || static_branch_unlikely(&mini_times_interrupts);
}

struct page *mini_block_from_engine(struct mini_arena *arena, gfp_t gfp, unsigned int order, unsigned long caller)
{
	unsigned long flags;
	s64 page;

	if (unlikely(is_watched(arena) || trace_mini_page_alloc_enabled() ||
		     gfp & (MINI_GFP_OTHER | __GFP_HIGH | __GFP_MEMALLOC)))
		return block_as_others(arena, gfp, order, caller);
	raw_spin_lock_irqsave(&arena->lock, flags);
	page = mini_core_page_alloc_plain(arena->core, order);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	/* Nobody notes owners here, so nobody asks for the caller: it need not survive the lock. */
	return likely(page >= 0) ? mini_page(arena, page) : block_as_others(arena, gfp, order, 0);
}

int mini_run_alloc(struct mini_arena *arena, u32 pages, const struct mini_core_page_request *request, u32 *page)
{
	return take_or_relieve(arena, A_RUN, pages, request, order_base_2(pages), page, _RET_IP_);
}

int mini_range_alloc(struct mini_arena *arena, u32 first, u32 pages)
{
	return take_or_relieve(arena, A_RANGE, pages, NULL, order_base_2(pages), &first, _RET_IP_);
}

static __always_inline int give_back(struct mini_arena *arena, enum demand demand, u32 page, u32 pages,
				     unsigned int order, unsigned long caller)
{
	const u64 stack = mini_owner_stack_of_pages(arena, caller);
	unsigned long flags;
	int error;

	/* First, for the block may be allocated again before this function returns. */
	if (unlikely(trace_mini_page_free_enabled()))
		note_freed(arena, page, order);
	mini_lock_irqsave(&arena->lock, flags);
	mini_log_block(arena, MINI_MM_EVENT_PAGE_FREE, page, order);
	error = demand == A_BLOCK ? mini_core_page_free(arena->core, page, order) :
				    mini_core_run_free(arena->core, page, pages);
	if (unlikely(error))
		mini_log_block(arena, MINI_MM_EVENT_REFUSED, page, order);
	else if (unlikely(arena->owners))
		mini_owner_note_freed(arena, page, demand == A_BLOCK ? 1 : pages, stack);
	mini_arena_verify(arena);
	mini_unlock_irqrestore(&arena->lock, flags);
	if (unlikely(error))
		mini_report_page_free(arena, page, order, error);
	return error;
}

int mini_pages_free(struct mini_arena *arena, u32 page, unsigned int order)
{
	return give_back(arena, A_BLOCK, page, 0, order, _RET_IP_);
}

int mini_run_free(struct mini_arena *arena, u32 page, u32 pages)
{
	return give_back(arena, A_RUN, page, pages, order_base_2(pages), _RET_IP_);
}

void mini_block_to_engine(struct mini_arena *arena, u32 page, unsigned int order, unsigned long caller)
{
	unsigned long flags;
	int error;

	if (unlikely(is_watched(arena) || trace_mini_page_free_enabled())) {
		give_back(arena, A_BLOCK, page, 0, order, caller);
		return;
	}
	raw_spin_lock_irqsave(&arena->lock, flags);
	error = mini_core_page_free(arena->core, page, order);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	if (unlikely(error))
		mini_report_page_free(arena, page, order, error);
}

static void zero(struct page *first, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		clear_highpage(first + i);
}

struct page *mini_zeroed_if_asked(struct mini_arena *arena, u32 page, unsigned long nr, gfp_t gfp)
{
	if (gfp & __GFP_ZERO)
		zero(mini_page(arena, page), nr);
	return mini_page(arena, page);
}

static noinline struct page *get_other(struct mini_arena *arena, gfp_t gfp, unsigned int order)
{
	struct page *first = mini_block_get(arena, gfp, order, mini_list_for(gfp, order));

	if (first && gfp & __GFP_ZERO)
		zero(first, 1UL << order);
	return first;
}

struct page *mini_alloc_pages(struct mini_arena *arena, gfp_t gfp, unsigned int order)
{
	arena = arena ?: mini_default_arena;
	return unlikely(gfp & MINI_GFP_OTHER) ? get_other(arena, gfp, order) :
						mini_block_get(arena, gfp, order, mini_page_list_number(order, 0));
}
EXPORT_SYMBOL_MINI_MM(mini_alloc_pages);

void mini_free_pages(struct mini_arena *arena, struct page *page, unsigned int order)
{
	/* NULL is in no region: the slow path knows it. */
	mini_block_put(arena ?: mini_default_arena, page, order);
}
EXPORT_SYMBOL_MINI_MM(mini_free_pages);
