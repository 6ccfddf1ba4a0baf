// SPDX-License-Identifier: GPL-2.0
/*
 * The per-CPU layer of an arena: what happens when a CPU's list of page blocks does not help. In this order: the CPU's
 * other list, the depot, a batch of the engine's blocks (one only while memory is short).
 *
 * The page map says of each block whether it is allocated, with which order, or waits in a list. So a block that is
 * freed twice or with another order is not taken by the hot path, and the engine tells here what is wrong with it.
 */
#include <linux/mm.h>
#include <linux/percpu.h>

#include "compat.h"
#include "hot.h"

static bool is_layered(const struct mini_arena *arena)
{
	return !(READ_ONCE(arena->layer.slow) & MINI_PAST_THE_LAYER);
}

/* Whether there are lists of @order, which may be any number; what there is none of is the engine's. */
static bool has_lists(const struct mini_arena *arena, unsigned int order)
{
	return order <= MINI_HIGHEST_LISTED_ORDER && arena->layer.capacity[order] && is_layered(arena);
}

static u32 batch_of(const struct mini_page_layer *layer, unsigned int order)
{
	return clamp(layer->batch >> order, 1U, layer->capacity[order]);
}

/* --- the depot ---------------------------------------------------------------------------------------- */

static void flush(struct mini_arena *arena, struct mini_page_chain *chain, unsigned int order, u32 nr)
{
	lockdep_assert_held(&arena->lock);
	arena->layer.flushed += min(nr, chain->count);
	mini_core_page_free_chain(arena->core, chain, order, nr);
}

/* Others may be looking at how many there are. */
static void set_chain(struct mini_page_chain *chain, struct mini_page_chain value)
{
	chain->first = value.first;
	WRITE_ONCE(chain->count, value.count);
}

/*
 * Links @chain, blocks of @order, in front of @to. O(blocks of @chain). What it leads to that is none of its blocks,
 * and what is behind that, is left out: an examination finds it.
 */
static void splice(struct mini_arena *arena, unsigned int order, struct mini_page_chain *chain,
		   struct mini_page_chain *to)
{
	struct mini_page_entry *map = arena->layer.map;
	u32 last = MINI_PAGE_NONE;
	u32 page = chain->first;
	u32 sound = 0;

	while (sound < chain->count && mini_page_is_cached(map, arena->region.nr_pages, page, order)) {
		last = page;
		page = map[page].head & MINI_PAGE_NONE;
		sound++;
	}
	if (sound) {
		WRITE_ONCE(map[last].head, (map[last].head & ~MINI_PAGE_NONE) | to->first);
		to->first = chain->first;
		WRITE_ONCE(to->count, to->count + sound);
	}
	set_chain(chain, mini_page_no_chain());
}

/* --- a list ------------------------------------------------------------------------------------------- */

/* Sees to it that a block can be taken from the empty loaded chain. An error of the core. */
static int replenish(struct mini_arena *arena, struct mini_page_cpu *cpu, const struct mini_core_page_request *request)
{
	struct mini_page_layer *layer = &arena->layer;
	struct mini_page_depot *depot = &layer->depots[request->type][request->order];
	const u32 number = mini_page_list_number(request->order, request->type);
	struct mini_page_chain *previous = &cpu->previous[number];
	struct mini_page_list *list = &cpu->lists[number];
	struct mini_page_chain chain;
	int error;

	if (previous->count) {
		set_chain(previous, mini_page_load(list, *previous));
		return MINI_CORE_OK;
	}
	if (depot->nr_full) {
		mini_page_load(list, depot->full[--depot->nr_full]);
		return MINI_CORE_OK;
	}
	error = mini_core_page_alloc_chain(arena->core, request, batch_of(layer, request->order), &chain);
	layer->refilled += chain.count;
	mini_page_load(list, chain);
	return error;
}

/* Sees to it that a block can be put into the full loaded chain. */
static void make_room(struct mini_arena *arena, struct mini_page_cpu *cpu, u32 number)
{
	const u32 order = number / MINI_PAGE_TYPES;
	struct mini_page_layer *layer = &arena->layer;
	struct mini_page_depot *depot = &layer->depots[number % MINI_PAGE_TYPES][order];
	struct mini_page_chain *previous = &cpu->previous[number];
	struct mini_page_list *list = &cpu->lists[number];

	if (previous->count == list->capacity) {
		if (depot->nr_full < depot->limit) {
			depot->full[depot->nr_full++] = *previous;
			set_chain(previous, mini_page_no_chain());
		} else {
			flush(arena, previous, order, batch_of(layer, order));
		}
	}
	set_chain(previous, mini_page_load(list, *previous));
}

/* --- the slow path ------------------------------------------------------------------------------------ */

static int take(struct mini_arena *arena, const struct mini_core_page_request *request, u32 *page)
{
	struct mini_page_list *list;
	struct mini_page_cpu *cpu;
	unsigned long flags;
	int error = MINI_CORE_OK;

	mini_lock_irqsave(&arena->lock, flags);
	cpu = this_cpu_ptr(arena->layer.cpus);
	list = &cpu->lists[mini_page_list_number(request->order, request->type)];
	if (is_layered(arena) && !mini_window_is_busy(&cpu->window) && list->capacity) {
		if (list->first == MINI_PAGE_NONE)
			error = replenish(arena, cpu, request);
		if (!error)
			*page = mini_page_take(cpu, list, arena->layer.map);
	} else {
		error = mini_core_page_alloc(arena->core, request, page);
	}
	if (!error)
		mini_note_pages_taken(arena, *page, request->order);
	mini_arena_verify(arena);
	mini_unlock_irqrestore(&arena->lock, flags);
	return error;
}

static noinline struct page *get(struct mini_arena *arena, gfp_t gfp, unsigned int order, unsigned long caller)
{
	const struct mini_core_page_request request = mini_page_request(gfp, order);
	int error;
	u32 page;

	if (request.use_reserve)
		return mini_block_from_engine(arena, gfp, order, caller);
	error = take(arena, &request, &page);
	if (error == MINI_CORE_NO_FREE_BLOCK && mini_arena_relieve(arena))
		error = take(arena, &request, &page);
	return error ? NULL : mini_page(arena, page);
}

struct page *mini_block_get_slow(struct mini_arena *arena, gfp_t gfp, unsigned int order, unsigned long caller)
{
	return has_lists(arena, order) ? get(arena, gfp, order, caller) :
					 mini_block_from_engine(arena, gfp, order, caller);
}

/* An error of the core. */
static int give(struct mini_arena *arena, struct mini_page_cpu *cpu, u32 page, unsigned int order)
{
	struct mini_page_entry *entry = &arena->layer.map[page];
	const u32 number = entry->payload;

	if (!is_layered(arena) || mini_window_is_busy(&cpu->window) || !mini_page_is_allocated(entry, order) ||
	    number >= ARRAY_SIZE(cpu->lists) || !cpu->lists[number].capacity)
		return mini_core_page_free(arena->core, page, order);
	if (!mini_page_give(cpu, entry, page)) {
		make_room(arena, cpu, number);
		mini_page_give(cpu, entry, page);
	}
	return MINI_CORE_OK;
}

static noinline void put(struct mini_arena *arena, u32 page, unsigned int order)
{
	unsigned long flags;
	int error;

	/* First, for the block may be allocated again before this function returns. */
	trace_mini_page_free(arena->name, page, order);
	mini_lock_irqsave(&arena->lock, flags);
	error = give(arena, this_cpu_ptr(arena->layer.cpus), page, order);
	mini_arena_verify(arena);
	mini_unlock_irqrestore(&arena->lock, flags);
	if (unlikely(error))
		mini_report_page_free(arena, page, order, error);
}

/* NULL, or a mistake. */
static noinline void put_outside(struct mini_arena *arena, const struct page *block, unsigned int order)
{
	if (block)
		mini_pages_free(arena, arena->region.nr_pages, order);
}

void mini_block_put_slow(struct mini_arena *arena, u64 page, unsigned int order, unsigned long caller)
{
	if (unlikely(page >= arena->region.nr_pages))
		put_outside(arena, arena->first_page + page, order);
	else if (has_lists(arena, order))
		put(arena, page, order);
	else
		mini_block_to_engine(arena, page, order, caller);
}

/* --- what drain.c and tune.c are made of -------------------------------------------------------------- */

static void detach_list(struct mini_arena *arena, struct mini_page_cpu *cpu, u32 type, unsigned int order)
{
	const u32 number = mini_page_list_number(order, type);
	struct mini_page_depot *depot = &arena->layer.depots[type][order];
	struct mini_page_list *list = &cpu->lists[number];
	struct mini_page_chain loaded = mini_page_load(list, mini_page_no_chain());

	splice(arena, order, &loaded, &depot->loose);
	splice(arena, order, &cpu->previous[number], &depot->loose);
	/* Now it can change. */
	WRITE_ONCE(list->capacity, arena->layer.capacity[order]);
	mini_page_load(list, mini_page_no_chain());
}

bool mini_page_layer_detach(struct mini_arena *arena, int nr)
{
	struct mini_page_cpu *cpu = per_cpu_ptr(arena->layer.cpus, nr);
	unsigned int order;
	u32 type;

	lockdep_assert_irqs_disabled();
	if (mini_window_is_busy(&cpu->window))
		return false;
	raw_spin_lock(&arena->lock);
	for (type = 0; type < MINI_CORE_MIGRATE_TYPES; type++)
		for (order = 0; order <= MINI_CORE_MAX_ORDER; order++)
			detach_list(arena, cpu, type, order);
	mini_window_set(&cpu->window, !arena->layer.slow);
	raw_spin_unlock(&arena->lock);
	return true;
}

/* Blocks that go back under one hold of the arena's lock. */
#define BLOCKS_AT_ONCE 64

/* How many blocks of the depot went back; none when it is empty. */
static u32 flush_some(struct mini_arena *arena, struct mini_page_depot *depot, unsigned int order)
{
	struct mini_page_chain *chain = depot->nr_full ? &depot->full[depot->nr_full - 1] : &depot->loose;
	const u32 before = chain->count;

	flush(arena, chain, order, BLOCKS_AT_ONCE);
	if (depot->nr_full && !chain->count)
		depot->nr_full--;
	return before - chain->count;
}

static u32 flush_depot(struct mini_arena *arena, struct mini_page_depot *depot, unsigned int order)
{
	unsigned long flags;
	u32 flushed = 0;
	u32 some;

	do {
		mini_lock_irqsave(&arena->lock, flags);
		some = flush_some(arena, depot, order);
		mini_arena_verify(arena);
		mini_unlock_irqrestore(&arena->lock, flags);
		flushed += some;
	} while (some);
	return flushed << order;
}

u32 mini_page_layer_flush(struct mini_arena *arena)
{
	unsigned int order;
	u32 flushed = 0;
	u32 type;

	for (type = 0; type < MINI_CORE_MIGRATE_TYPES; type++)
		for (order = 0; order <= MINI_CORE_MAX_ORDER; order++) {
			struct mini_page_depot *depot = &arena->layer.depots[type][order];

			if (READ_ONCE(depot->nr_full) || READ_ONCE(depot->loose.count))
				flushed += flush_depot(arena, depot, order);
		}
	return flushed;
}

/* Blocks, and in *@pages their pages. Any context. */
static u64 cached_by(const struct mini_arena *arena, int nr, u64 *pages)
{
	const struct mini_page_cpu *cpu = per_cpu_ptr(arena->layer.cpus, nr);
	u64 blocks = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cpu->lists); i++) {
		const u64 here = mini_page_list_count(&cpu->lists[i]) + READ_ONCE(cpu->previous[i].count);

		blocks += here;
		*pages += here << (i / MINI_PAGE_TYPES);
	}
	return blocks;
}

bool mini_page_layer_has_some(const struct mini_arena *arena, int nr)
{
	u64 pages = 0;

	return cached_by(arena, nr, &pages);
}

void mini_page_layer_read_cpu(const struct mini_arena *arena, int nr, struct mini_layer_counts *counts)
{
	*counts = (struct mini_layer_counts){
		.allocations = READ_ONCE(per_cpu_ptr(arena->layer.cpus, nr)->allocations),
	};
	counts->blocks = cached_by(arena, nr, &counts->pages);
}

static u64 cached_in_depots(const struct mini_page_layer *layer, u64 *pages)
{
	unsigned int order;
	u64 blocks = 0;
	u32 type, i;

	for (type = 0; type < MINI_CORE_MIGRATE_TYPES; type++)
		for (order = 0; order <= MINI_CORE_MAX_ORDER; order++) {
			const struct mini_page_depot *depot = &layer->depots[type][order];
			u64 here = depot->loose.count;

			for (i = 0; i < depot->nr_full; i++)
				here += depot->full[i].count;
			blocks += here;
			*pages += here << order;
		}
	return blocks;
}

void mini_page_layer_read_depots(struct mini_arena *arena, struct mini_layer_counts *counts)
{
	unsigned long flags;

	*counts = (struct mini_layer_counts){};
	mini_lock_irqsave(&arena->lock, flags);
	counts->blocks = cached_in_depots(&arena->layer, &counts->pages);
	counts->refilled = arena->layer.refilled;
	counts->flushed = arena->layer.flushed;
	mini_unlock_irqrestore(&arena->lock, flags);
}

void mini_page_layer_count(struct mini_arena *arena, struct mini_core_arena_stats *stats, u64 *cached)
{
	const struct mini_page_layer *layer = &arena->layer;
	u64 allocations = 0;
	u64 blocks;
	int nr;

	lockdep_assert_held(&arena->lock);
	*cached = 0;
	blocks = cached_in_depots(layer, cached);
	for_each_possible_cpu(nr) {
		allocations += READ_ONCE(per_cpu_ptr(layer->cpus, nr)->allocations);
		blocks += cached_by(arena, nr, cached);
	}
	stats->allocations += allocations - layer->refilled;
	/* What came in is what is there and what went out: by frees, but for what the engine gave. */
	stats->frees += blocks + allocations - layer->refilled;
}
