// SPDX-License-Identifier: GPL-2.0
/*
 * The sizes of the per-CPU layer: chosen when a cache or an arena is made, changed at any time.
 *
 * A magazine holds magazine_size objects of up to 256 bytes, half as many up to 1 KiB, a quarter up to 4 KiB, an
 * eighth above; a list holds magazine_size pages of order 0, half as many blocks of order 1, and so on up to order 4,
 * and one block of order 9, a huge page. All of them together may hold a share of the arena at most, so that small
 * arenas have small ones, or none.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "internal.h"

/* What one magazine, or one list of an order, may hold of its arena, for all CPUs together: one part in this many. */
#define SHARE 16
/* The same for one depot. */
#define DEPOT_SHARE 32

static u32 share_of(u64 whole, u64 part)
{
	return div64_u64(whole, part * num_possible_cpus() * SHARE);
}

/* --- objects ------------------------------------------------------------------------------------------ */

static u32 magazine_size_for(const struct mini_cache *cache, u32 size)
{
	const u32 shift = cache->object_size <= SZ_256 ? 0 : cache->object_size <= SZ_1K ? 1 :
			  cache->object_size <= SZ_4K  ? 2 : 3;

	if (!size || !cache->layer.one_size)
		return 0;
	size = min_t(u32, size, MINI_MAGAZINE_MAX);
	return min(max(size >> shift, 1U), share_of(cache->bytes, cache->object_size));
}

static u32 nr_magazines(void)
{
	return 2 * num_possible_cpus() + MINI_DEPOT_MAX;
}

static size_t magazine_bytes(u32 size)
{
	return sizeof(struct mini_magazine) + size * sizeof(void *);
}

/* Makes all magazines, empty, in the depot; nobody uses the layer. */
static int fill_depot(struct mini_object_layer *layer, u32 size)
{
	u32 i;

	layer->memory = kvzalloc(nr_magazines() * magazine_bytes(size), GFP_KERNEL_ACCOUNT);
	if (!layer->memory)
		return -ENOMEM;
	for (i = 0; i < nr_magazines(); i++) {
		struct mini_magazine *magazine = layer->memory + i * magazine_bytes(size);

		magazine->next = layer->empty;
		layer->empty = magazine;
	}
	layer->size = size;
	return 0;
}

static u32 batch_for(u32 size, u32 batch)
{
	return clamp(batch ?: size / 2, 1U, max(size, 1U));
}

int mini_cache_tune(struct mini_cache *cache, u32 size, u32 batch)
{
	struct mini_object_layer *layer = &cache->layer;
	int error = 0;
	void *old;

	lockdep_assert_held_write(&mini_registry);
	size = magazine_size_for(cache, size);
	if (size != layer->size) {
		set_bit(MINI_SLOW_OFF, &layer->slow);
		mini_cache_unload(cache);
		old = layer->memory;
		layer->empty = NULL;
		layer->size = 0;
		layer->memory = NULL;
		if (size)
			error = fill_depot(layer, size);
		kvfree(old);
	}
	layer->batch = batch_for(layer->size, batch);
	if (layer->size && test_and_clear_bit(MINI_SLOW_OFF, &layer->slow))
		mini_cache_unload(cache);
	return error;
}

int mini_object_layer_make(struct mini_cache *cache)
{
	struct mini_object_layer *layer = &cache->layer;
	u32 size;
	int nr;

	layer->one_size = !mini_core_object_engine_largest(mini_core_cache_engine(cache->core));
	size = magazine_size_for(cache, cache->arena->magazine_size);
	layer->cpus = alloc_percpu_gfp(struct mini_magazine_cpu, GFP_KERNEL_ACCOUNT);
	if (!layer->cpus || (size && fill_depot(layer, size)))
		return -ENOMEM;
	layer->batch = batch_for(size, cache->arena->batch);
	layer->slow = mini_slow_for(cache->arena, cache->debug) | (size ? 0 : BIT(MINI_SLOW_OFF));
	/* Nobody uses the cache yet: no CPU has to be told. */
	for_each_possible_cpu(nr)
		mini_magazine_start(per_cpu_ptr(layer->cpus, nr), !layer->slow);
	return 0;
}

void mini_object_layer_unmake(struct mini_cache *cache)
{
	kvfree(cache->layer.memory);
	free_percpu(cache->layer.cpus);
}

/* --- pages -------------------------------------------------------------------------------------------- */

static u32 list_size_for(const struct mini_arena *arena, u32 size, unsigned int order)
{
	u32 blocks = min_t(u32, size, MINI_MAGAZINE_MAX) >> order;

	if (!size || (order > MINI_HIGHEST_SMALL_ORDER && order != MINI_HIGHEST_LISTED_ORDER))
		return 0;
	return min(max(blocks, 1U), share_of(arena->region.nr_pages, 1U << order));
}

static void set_capacity(struct mini_arena *arena, unsigned int order, u32 capacity)
{
	struct mini_page_layer *layer = &arena->layer;
	const u32 most = arena->region.nr_pages / DEPOT_SHARE;
	unsigned long flags;
	u32 type;

	mini_lock_irqsave(&arena->lock, flags);
	layer->capacity[order] = capacity;
	for (type = 0; type < MINI_CORE_MIGRATE_TYPES; type++)
		layer->depots[type][order].limit =
			capacity ? min(most / (capacity << order), (u32)MINI_DEPOT_MAX) : 0;
	mini_unlock_irqrestore(&arena->lock, flags);
}

static void set_sizes(struct mini_arena *arena, u32 size, u32 batch)
{
	struct mini_page_layer *layer = &arena->layer;
	unsigned int order;

	arena->magazine_size = size;
	arena->batch = batch;
	for (order = 0; order <= MINI_CORE_MAX_ORDER; order++)
		set_capacity(arena, order, list_size_for(arena, size, order));
	layer->size = layer->capacity[0];
	layer->batch = batch_for(layer->size, batch);
}

void mini_arena_tune(struct mini_arena *arena, u32 size, u32 batch)
{
	struct mini_page_layer *layer = &arena->layer;

	lockdep_assert_held_write(&mini_registry);
	/* A CPU's list and the depot behind it shall be of one size: all of them change while nobody uses them. */
	set_bit(MINI_SLOW_OFF, &layer->slow);
	set_sizes(arena, size, batch);
	mini_arena_unload(arena);
	if (!layer->size)
		return;
	clear_bit(MINI_SLOW_OFF, &layer->slow);
	mini_arena_unload(arena);
}

static void start_cpu(struct mini_page_cpu *cpu, const struct mini_page_layer *layer)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cpu->lists); i++) {
		const unsigned int order = i / MINI_PAGE_TYPES;
		const bool is_used = order <= MINI_CORE_MAX_ORDER && i % MINI_PAGE_TYPES < MINI_CORE_MIGRATE_TYPES;

		cpu->lists[i].capacity = is_used ? layer->capacity[order] : 0;
		/* A list of zeros is not an empty one. */
		mini_page_load(&cpu->lists[i], mini_page_no_chain());
		cpu->lists[i].head = mini_page_head(MINI_PAGE_KIND_CACHED, order);
		cpu->previous[i] = mini_page_no_chain();
	}
	mini_window_set(&cpu->window, !layer->slow);
}

int mini_page_layer_make(struct mini_arena *arena)
{
	struct mini_page_layer *layer = &arena->layer;
	unsigned int order;
	u32 type;
	int nr;

	layer->cpus = alloc_percpu_gfp(struct mini_page_cpu, GFP_KERNEL_ACCOUNT);
	if (!layer->cpus)
		return -ENOMEM;
	layer->map = mini_core_page_map(arena->core);
	set_sizes(arena, arena->magazine_size, arena->batch);
	layer->slow = mini_slow_for(arena, arena->debug) | (layer->size ? 0 : BIT(MINI_SLOW_OFF));
	for (type = 0; type < MINI_CORE_MIGRATE_TYPES; type++)
		for (order = 0; order <= MINI_CORE_MAX_ORDER; order++)
			layer->depots[type][order].loose = mini_page_no_chain();
	for_each_possible_cpu(nr)
		start_cpu(per_cpu_ptr(layer->cpus, nr), layer);
	return 0;
}

void mini_page_layer_unmake(struct mini_arena *arena)
{
	free_percpu(arena->layer.cpus);
}

/* --- what goes past the layer -------------------------------------------------------------------------- */

unsigned long mini_slow_for(const struct mini_arena *arena, unsigned int debug)
{
	return (debug & MINI_DEBUG_INVARIANTS ? BIT(MINI_SLOW_VERIFY) : 0) |
	       (debug & ~MINI_DEBUG_INVARIANTS ? BIT(MINI_SLOW_DEBUG) : 0) |
	       (arena->log ? BIT(MINI_SLOW_LOG) : 0) | (arena->layer.slow & BIT(MINI_SLOW_FAULT));
}
