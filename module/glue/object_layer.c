// SPDX-License-Identifier: GPL-2.0
/*
 * The per-CPU layer of a cache: what happens when the loaded magazine does not help. In this order: the CPU's other
 * magazine, the depot, a batch of the engine's objects. Nothing here grows the cache for objects that nobody has asked
 * for: a batch is what the slabs that there are can give.
 *
 * A free that is wrong gets here because the hot path does not take it: it lies in no slab of this cache, or it was
 * freed just before. What the hot path cannot see (an object that was freed twice with others in between) the engine
 * does, when the magazine is flushed.
 */
#include <linux/mm.h>
#include <linux/percpu.h>

#include "compat.h"
#include "hot.h"

static bool is_layered(const struct mini_cache *cache)
{
	return !(READ_ONCE(cache->layer.slow) & MINI_PAST_THE_LAYER);
}

/* --- the depot ---------------------------------------------------------------------------------------- */

static struct mini_magazine *take_from(struct mini_magazine **list)
{
	struct mini_magazine *magazine = *list;

	if (magazine)
		*list = magazine->next;
	return magazine;
}

static void put_into_depot(struct mini_object_layer *layer, struct mini_magazine *magazine)
{
	struct mini_magazine **list;

	if (!magazine)
		return;
	list = magazine->rounds ? &layer->full : &layer->empty;
	layer->nr_full += magazine->rounds > 0;
	magazine->next = *list;
	*list = magazine;
}

static struct mini_magazine *take_full(struct mini_object_layer *layer)
{
	struct mini_magazine *full = take_from(&layer->full);

	if (full)
		layer->nr_full--;
	return full;
}

/* Gives the last @nr objects of @magazine, which is not loaded, to the engine. */
static void flush(struct mini_cache *cache, struct mini_magazine *magazine, u32 nr)
{
	lockdep_assert_held(&cache->lock);
	for (nr = min(nr, magazine->rounds); nr; nr--) {
		void *object = magazine->objects[--magazine->rounds];
		int error = mini_core_object_free(cache->core, object);

		cache->layer.flushed++;
		if (unlikely(error))
			mini_report_magazine(cache, object, error);
	}
}

/* --- the loaded magazine ------------------------------------------------------------------------------ */

/* Sees to it that an object can be taken from the empty loaded magazine. False: from the engine only, or *@error. */
static bool replenish(struct mini_cache *cache, struct mini_magazine_cpu *cpu, int *error)
{
	struct mini_object_layer *layer = &cache->layer;
	struct mini_magazine *full;
	u32 taken;

	if (cpu->previous && cpu->previous->rounds) {
		mini_magazine_swap(cpu, layer->size);
		return true;
	}
	full = take_full(layer);
	if (full) {
		put_into_depot(layer, cpu->previous);
		WRITE_ONCE(cpu->previous, mini_magazine_load(cpu, full, layer->size));
		return true;
	}
	if (!cpu->loaded)
		mini_magazine_load(cpu, take_from(&layer->empty), layer->size);
	if (!cpu->loaded)
		return false;
	taken = mini_core_object_alloc_some(cache->core, layer->batch, cpu->top, error);
	WRITE_ONCE(cpu->top, cpu->top + taken);
	layer->refilled += taken;
	return taken;
}

/* Sees to it that an object can be put into the full loaded magazine. False: into the engine only. */
static bool make_room(struct mini_cache *cache, struct mini_magazine_cpu *cpu)
{
	struct mini_object_layer *layer = &cache->layer;
	struct mini_magazine *empty;

	if (!cpu->loaded) {
		mini_magazine_load(cpu, take_from(&layer->empty), layer->size);
		return cpu->loaded;
	}
	if (!cpu->previous)
		WRITE_ONCE(cpu->previous, take_from(&layer->empty));
	if (!cpu->previous)
		return false;
	if (cpu->previous->rounds == layer->size) {
		empty = layer->nr_full < MINI_DEPOT_MAX ? take_from(&layer->empty) : NULL;
		if (empty) {
			put_into_depot(layer, cpu->previous);
			WRITE_ONCE(cpu->previous, empty);
		} else {
			flush(cache, cpu->previous, layer->batch);
		}
	}
	mini_magazine_swap(cpu, layer->size);
	return true;
}

/* --- the slow path ------------------------------------------------------------------------------------ */

static void *take(struct mini_cache *cache, int *error)
{
	struct mini_magazine_cpu *cpu;
	void *object = NULL;
	unsigned long flags;

	*error = 0;
	mini_lock_irqsave(&cache->lock, flags);
	cpu = this_cpu_ptr(cache->layer.cpus);
	if (is_layered(cache) && !mini_window_is_busy(&cpu->window)) {
		object = mini_magazine_take(cpu);
		if (!object && replenish(cache, cpu, error))
			object = mini_magazine_take(cpu);
	}
	if (!object && !*error)
		*error = mini_core_object_alloc(cache->core, 0, &object);
	mini_cache_verify(cache);
	mini_unlock_irqrestore(&cache->lock, flags);
	return object;
}

void *mini_object_get_slow(struct mini_cache *cache, unsigned long caller)
{
	void *object;
	int error;

	if (!is_layered(cache))
		return mini_object_take(cache, caller);
	object = take(cache, &error);
	if (error == MINI_CORE_NO_FREE_BLOCK && mini_arena_relieve(cache->arena))
		object = take(cache, &error);
	if (error)
		return NULL;
	trace_mini_obj_alloc(cache->arena->name, cache->name, mini_offset(cache->arena, object));
	return object;
}

static int give(struct mini_cache *cache, struct mini_magazine_cpu *cpu, void *object)
{
	if (!is_layered(cache) || mini_window_is_busy(&cpu->window) ||
	    !mini_is_in_slab_of(cache, object - cache->base))
		return mini_core_object_free(cache->core, object);
	if (mini_magazine_is_on_top(cpu, object)) {
		cache->layer.refused++;
		return MINI_CORE_DOUBLE_FREE;
	}
	if (mini_magazine_give(cpu, object) || (make_room(cache, cpu) && mini_magazine_give(cpu, object)))
		return MINI_CORE_OK;
	return mini_core_object_free(cache->core, object);
}

void mini_object_put_slow(struct mini_cache *cache, void *object, unsigned long caller)
{
	struct mini_magazine_cpu *cpu;
	unsigned long flags;
	int error;

	if (!object)
		return;
	if (!is_layered(cache)) {
		mini_object_give(cache, object, caller);
		return;
	}
	/* First, for the object may be somebody else's before this function returns. */
	trace_mini_obj_free(cache->arena->name, cache->name, mini_offset(cache->arena, object));
	mini_lock_irqsave(&cache->lock, flags);
	cpu = this_cpu_ptr(cache->layer.cpus);
	error = give(cache, cpu, object);
	if (unlikely(error))
		mini_report_object_free(cache, object, error);
	mini_cache_verify(cache);
	mini_unlock_irqrestore(&cache->lock, flags);
}

/* --- what drain.c and tune.c are made of -------------------------------------------------------------- */

bool mini_object_layer_detach(struct mini_cache *cache, int nr)
{
	struct mini_magazine_cpu *cpu = per_cpu_ptr(cache->layer.cpus, nr);

	lockdep_assert_irqs_disabled();
	if (mini_window_is_busy(&cpu->window))
		return false;
	raw_spin_lock(&cache->lock);
	put_into_depot(&cache->layer, mini_magazine_load(cpu, NULL, 0));
	put_into_depot(&cache->layer, cpu->previous);
	WRITE_ONCE(cpu->previous, NULL);
	mini_window_set(&cpu->window, !cache->layer.slow);
	raw_spin_unlock(&cache->lock);
	return true;
}

u32 mini_object_layer_flush(struct mini_cache *cache)
{
	struct mini_object_layer *layer = &cache->layer;
	struct mini_magazine *magazine;
	unsigned long flags;
	u32 flushed = 0;

	do {
		mini_lock_irqsave(&cache->lock, flags);
		magazine = take_full(layer);
		if (magazine) {
			flushed += magazine->rounds;
			flush(cache, magazine, magazine->rounds);
			put_into_depot(layer, magazine);
		}
		mini_unlock_irqrestore(&cache->lock, flags);
	} while (magazine);
	return flushed;
}

const char *mini_object_layer_broken(const struct mini_cache *cache)
{
	const struct mini_magazine_cpu *cpu = this_cpu_ptr(cache->layer.cpus);
	const u32 rounds = mini_magazine_rounds(cpu);
	const struct mini_magazine *magazine;
	u32 nr_full = 0;
	u32 size;
	u32 i;

	lockdep_assert_held(&cache->lock);
	for (i = 0; i < rounds; i++)
		if (mini_core_object_size(cache->core, cpu->loaded->objects[i], &size))
			return "a magazine holds an object that is free";
	for (magazine = cache->layer.full; magazine; magazine = magazine->next, nr_full++)
		for (i = 0; i < magazine->rounds; i++)
			if (mini_core_object_size(cache->core, magazine->objects[i], &size))
				return "the depot holds an object that is free";
	return nr_full == cache->layer.nr_full ? NULL : "the number of full magazines is wrong";
}

/* Objects in the depot. */
static u32 shared(const struct mini_object_layer *layer)
{
	const struct mini_magazine *magazine;
	u32 objects = 0;

	for (magazine = layer->full; magazine; magazine = magazine->next)
		objects += magazine->rounds;
	return objects;
}

/* Objects in the magazines of CPU @nr. */
static u32 cached_by(const struct mini_object_layer *layer, int nr)
{
	const struct mini_magazine_cpu *cpu = per_cpu_ptr(layer->cpus, nr);

	return mini_magazine_rounds(cpu) + (cpu->previous ? cpu->previous->rounds : 0);
}

void mini_object_layer_read_cpu(struct mini_cache *cache, int nr, struct mini_layer_counts *counts)
{
	unsigned long flags;

	*counts = (struct mini_layer_counts){};
	/* Under the lock, for else a magazine may go while it is looked at. */
	mini_lock_irqsave(&cache->lock, flags);
	counts->allocations = READ_ONCE(per_cpu_ptr(cache->layer.cpus, nr)->allocations);
	counts->objects = cached_by(&cache->layer, nr);
	mini_unlock_irqrestore(&cache->lock, flags);
}

void mini_object_layer_read_depot(struct mini_cache *cache, struct mini_layer_counts *counts)
{
	unsigned long flags;

	*counts = (struct mini_layer_counts){};
	mini_lock_irqsave(&cache->lock, flags);
	counts->objects = shared(&cache->layer);
	counts->refilled = cache->layer.refilled;
	counts->flushed = cache->layer.flushed;
	mini_unlock_irqrestore(&cache->lock, flags);
}

void mini_object_layer_count(struct mini_cache *cache, struct mini_core_cache_stats *stats, u64 *cached, u32 *in_depot)
{
	const struct mini_object_layer *layer = &cache->layer;
	u64 allocations = 0;
	int nr;

	lockdep_assert_held(&cache->lock);
	*in_depot = shared(layer);
	*cached = *in_depot;
	for_each_possible_cpu(nr) {
		allocations += READ_ONCE(per_cpu_ptr(layer->cpus, nr)->allocations);
		*cached += cached_by(layer, nr);
	}
	stats->allocations += allocations - layer->refilled;
	/* What came in is what is there and what went out: by frees, but for what the engine gave. */
	stats->frees += *cached + allocations - layer->refilled;
	stats->refused += layer->refused;
	/* Others go on meanwhile: what is seen of them may not fit together. */
	stats->active_objects -= min(*cached, stats->active_objects);
}
