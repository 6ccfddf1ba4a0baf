// SPDX-License-Identifier: GPL-2.0
/*
 * What the core asks of the glue: locks on the way from a cache to its arena, tracing, and allocations
 * that fail on purpose.
 */
#include "log.h"
#include "pages.h"
#include "trace.h"

/*
 * How the hot path sees whose an object is, and an examination that a slab is one; @mark is 0 when the slab goes. An
 * engine of several sizes has no hot path, and slabs of other sizes than its largest objects': what lies behind them is
 * somebody else's, with marks of its own. Under the arena's lock, so that no examination meets a slab without its mark.
 */
static void mark_slab(struct mini_cache *cache, u32 page, unsigned long mark)
{
	u32 i;

	lockdep_assert_held(&cache->arena->lock);
	if (!cache->layer.one_size) {
		set_page_private(mini_page(cache->arena, page), mark ? MINI_MARK_SLAB : 0);
		return;
	}
	for (i = 0; i < cache->slab_pages; i++)
		set_page_private(mini_page(cache->arena, page + i), mark);
}

int mini_glue_take_slab(struct mini_cache *cache, const struct mini_core_slab_request *request, u32 *page)
{
	struct mini_arena *arena = cache->arena;
	int error;

	lockdep_assert_held(&cache->lock);
	raw_spin_lock(&arena->lock);
	error = mini_core_take_slab(arena->core, request,
				    cache->flags & MINI_MM_RECLAIMABLE ? MINI_CORE_RECLAIMABLE : MINI_CORE_UNMOVABLE,
				    page);
	if (!error)
		mark_slab(cache, *page, mini_mark_of_cache(cache));
	mini_arena_verify(arena);
	raw_spin_unlock(&arena->lock);
	return error;
}

void mini_glue_give_back_slab(struct mini_cache *cache, u32 page)
{
	struct mini_arena *arena = cache->arena;

	lockdep_assert_held(&cache->lock);
	raw_spin_lock(&arena->lock);
	mark_slab(cache, page, 0);
	if (cache->flags & MINI_MM_TYPESAFE_BY_RCU) {
		mini_slab_give_back_later(arena, page);
	} else {
		mini_core_give_back_slab(arena->core, page);
		mini_arena_verify(arena);
	}
	raw_spin_unlock(&arena->lock);
}

bool mini_glue_has_slab(struct mini_arena *arena, u32 page)
{
	const unsigned long mark = READ_ONCE(page_private(mini_page(arena, page)));

	return mark == MINI_MARK_SLAB || (mark && (mark & MINI_MARKS) == MINI_MARK_CACHE);
}

void mini_glue_pages_isolated(struct mini_arena *arena, u32 page, u32 pages)
{
	mini_clear_marks(mini_page(arena, page), pages);
}

const int *mini_glue_faults(struct mini_arena *arena)
{
	BUILD_BUG_ON(sizeof(arena->fail[0]) != sizeof(arena->fail[0].counter));
	return &arena->fail[0].counter;
}

const int *mini_glue_cache_faults(struct mini_cache *cache)
{
	return mini_glue_faults(cache->arena);
}

bool mini_glue_should_fail(struct mini_arena *arena, enum mini_core_fault_point point)
{
	atomic_t *countdown = &arena->fail[point];

	return unlikely(atomic_read(countdown)) && atomic_dec_if_positive(countdown) == 0;
}

void mini_fail_nth(struct mini_arena *arena, enum mini_core_fault_point point, int n)
{
	struct mini_cache *cache;
	bool some = false;
	int i;

	atomic_set(&arena->fail[point], n);
	for (i = 0; i < MINI_CORE_FAULT_POINTS; i++)
		some |= atomic_read(&arena->fail[i]) > 0;
	/* Counted is what the engines are asked for: then everybody asks them. */
	assign_bit(MINI_SLOW_FAULT, &arena->layer.slow, some);
	rcu_read_lock();
	list_for_each_entry_rcu(cache, &arena->caches, node)
		assign_bit(MINI_SLOW_FAULT, &cache->layer.slow, some);
	rcu_read_unlock();
	mini_arena_unload(arena);
}

bool mini_glue_cache_should_fail(struct mini_cache *cache, enum mini_core_fault_point point)
{
	return mini_glue_should_fail(cache->arena, point);
}

void mini_glue_page_split(struct mini_arena *arena, u32 page, u32 from, u32 to)
{
	u32 order;

	if (likely(!trace_mini_page_split_enabled() && !arena->log))
		return;
	for (order = from; order > to; order--) {
		trace_mini_page_split(arena->name, page, order);
		mini_log_block(arena, MINI_MM_EVENT_PAGE_SPLIT, page, order);
	}
}

void mini_glue_page_merge(struct mini_arena *arena, u32 page, u32 from, u32 to)
{
	u32 order;

	if (likely(!trace_mini_page_merge_enabled() && !arena->log))
		return;
	for (order = from; order < to; order++) {
		/* The lower one of the two. */
		page &= ~BIT(order);
		trace_mini_page_merge(arena->name, page, order);
		mini_log_block(arena, MINI_MM_EVENT_PAGE_MERGE, page, order);
	}
}

void mini_glue_slab_grow(struct mini_cache *cache, u32 page)
{
	trace_mini_slab_grow(cache->arena->name, cache->name, page);
	mini_log_slab(cache, MINI_MM_EVENT_SLAB_GROW, page);
}

void mini_glue_slab_reap(struct mini_cache *cache, u32 page)
{
	trace_mini_slab_reap(cache->arena->name, cache->name, page);
	mini_log_slab(cache, MINI_MM_EVENT_SLAB_REAP, page);
}

void mini_glue_cache_damage(struct mini_cache *cache, const struct mini_core_damage *damage)
{
	mini_report_damage(cache, damage);
}
