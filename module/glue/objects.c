// SPDX-License-Identifier: GPL-2.0
/*
 * Objects: the core's object engine behind the cache's lock, and the way from it to the arena's pages.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/string.h>

#include "compat.h"
#include "hot.h"
#include "log.h"
#include "owner.h"
#include "trace.h"

/* What is done under one hold of a cache's lock. */
#define SLABS_AT_ONCE 16

void mini_cache_look_for_damage(struct mini_cache *cache)
{
	const char *broken = mini_object_layer_broken(cache) ?: mini_core_cache_broken(cache->core);

	if (broken)
		mini_report_invariant(cache->arena, cache->name, broken);
}

/* With debug T, logs an object that is out. */
static void log_object(struct mini_cache *cache, const void *object, const char *what)
{
	struct mini_core_cache_stats stats;
	u32 size;

	lockdep_assert_held(&cache->lock);
	if (likely(!(cache->debug & MINI_DEBUG_TRACE)) || mini_core_object_size(cache->core, object, &size))
		return;
	mini_core_cache_read_stats(cache->core, &stats);
	pr_info("cache %s: %s at offset %#llx, %u bytes, %llu objects in use, pid %d\n", cache->name, what,
		mini_offset(cache->arena, object), size, stats.active_objects, task_pid_nr(current));
}

/* @stack: who asked for it. Errors of the core. */
static int take(struct mini_cache *cache, u32 size, void **object, u64 stack)
{
	unsigned long flags;
	int error;

	mini_lock_irqsave(&cache->lock, flags);
	error = mini_core_object_alloc(cache->core, size, object);
	if (!error) {
		mini_owner_note(cache, *object, MINI_OWNER_ALLOCATED, stack);
		log_object(cache, *object, "allocated");
		mini_log_object(cache, MINI_MM_EVENT_OBJ_ALLOC, *object);
	}
	mini_cache_verify(cache);
	mini_unlock_irqrestore(&cache->lock, flags);
	return error;
}

static int take_or_relieve(struct mini_cache *cache, u32 size, void **object, unsigned long caller)
{
	u64 stack = mini_owner_stack(cache, caller);
	int error = take(cache, size, object, stack);

	if (error == MINI_CORE_NO_FREE_BLOCK && mini_arena_relieve(cache->arena))
		error = take(cache, size, object, stack);
	if (error)
		mini_log_object(cache, MINI_MM_EVENT_OBJ_FAIL, NULL);
	else
		trace_mini_obj_alloc(cache->arena->name, cache->name, mini_offset(cache->arena, *object));
	return error;
}

void *mini_object_take(struct mini_cache *cache, unsigned long caller)
{
	void *object;

	return take_or_relieve(cache, 0, &object, caller) ? NULL : object;
}

int mini_object_alloc_size(struct mini_cache *cache, u32 size, void **object)
{
	return take_or_relieve(cache, size, object, _RET_IP_);
}

/* With debug U and T, before the object may be somebody else's: what will be refused is left alone. */
static void note_free(struct mini_cache *cache, void *object, u64 stack)
{
	u32 size;

	if (likely(!(cache->debug & (MINI_DEBUG_OWNER | MINI_DEBUG_TRACE))) ||
	    mini_core_object_size(cache->core, object, &size))
		return;
	mini_owner_note(cache, object, MINI_OWNER_FREED, stack);
	log_object(cache, object, "freed");
}

int mini_object_give(struct mini_cache *cache, void *object, unsigned long caller)
{
	u64 stack = mini_owner_stack(cache, caller);
	unsigned long flags;
	int error;

	/* First, for the object may be somebody else's before this function returns. */
	trace_mini_obj_free(cache->arena->name, cache->name, mini_offset(cache->arena, object));
	mini_lock_irqsave(&cache->lock, flags);
	note_free(cache, object, stack);
	mini_log_object(cache, MINI_MM_EVENT_OBJ_FREE, object);
	error = mini_core_object_free(cache->core, object);
	if (unlikely(error)) {
		mini_log_object(cache, MINI_MM_EVENT_REFUSED, object);
		mini_report_object_free(cache, object, error);
	}
	mini_cache_verify(cache);
	mini_unlock_irqrestore(&cache->lock, flags);
	return error;
}

int mini_object_free(struct mini_cache *cache, void *object)
{
	return mini_object_give(cache, object, _RET_IP_);
}

u32 mini_object_size(struct mini_cache *cache, const void *object)
{
	unsigned long flags;
	u32 size = 0;
	int error;

	mini_lock_irqsave(&cache->lock, flags);
	error = mini_core_object_size(cache->core, object, &size);
	mini_unlock_irqrestore(&cache->lock, flags);
	return error ? 0 : size;
}

static u32 shrink_some(struct mini_cache *cache)
{
	unsigned long flags;
	u32 pages;

	mini_lock_irqsave(&cache->lock, flags);
	pages = mini_core_cache_shrink(cache->core, SLABS_AT_ONCE);
	mini_cache_verify(cache);
	mini_unlock_irqrestore(&cache->lock, flags);
	return pages;
}

u32 mini_cache_validate(struct mini_cache *cache)
{
	unsigned long flags;
	u32 reports;

	mini_lock_irqsave(&cache->lock, flags);
	reports = mini_core_cache_validate(cache->core);
	mini_unlock_irqrestore(&cache->lock, flags);
	return reports;
}

static u32 shrink(struct mini_cache *cache)
{
	u32 pages = 0;
	u32 some;

	if (cache->debug & MINI_DEBUG_CONSISTENCY)
		mini_cache_validate(cache);
	while ((some = shrink_some(cache)))
		pages += some;
	return pages;
}

u32 mini_cache_shrink(struct mini_cache *cache)
{
	mini_cache_drain(cache);
	return shrink(cache);
}

bool mini_arena_reap(struct mini_arena *arena)
{
	struct mini_cache *cache;
	bool some = false;

	rcu_read_lock();
	list_for_each_entry_rcu(cache, &arena->caches, node)
		some |= shrink(cache) > 0;
	rcu_read_unlock();
	return some;
}

void mini_cache_read_all_stats(struct mini_cache *cache, struct mini_core_cache_stats *stats, u64 *cached, u32 *shared)
{
	unsigned long flags;

	mini_lock_irqsave(&cache->lock, flags);
	mini_core_cache_read_stats(cache->core, stats);
	mini_object_layer_count(cache, stats, cached, shared);
	mini_unlock_irqrestore(&cache->lock, flags);
}

void mini_cache_read_stats(struct mini_cache *cache, struct mini_core_cache_stats *stats)
{
	u64 cached;
	u32 shared;

	mini_cache_read_all_stats(cache, stats, &cached, &shared);
}

/* --- the kernel API ----------------------------------------------------------------------------------- */

/* Zeroing would undo what the constructor did. */
static bool gfp_is_refused(struct mini_cache *cache, gfp_t gfp)
{
	if (likely(!(gfp & __GFP_ZERO) || !cache->constructed))
		return false;
	pr_notice_ratelimited("cache %s has a constructor: __GFP_ZERO is refused\n", cache->name);
	return true;
}

static noinline void *get_zeroed(struct mini_cache *cache, gfp_t gfp)
{
	void *object = gfp_is_refused(cache, gfp) ? NULL : mini_object_get(cache);

	return object ? memset(object, 0, cache->object_size) : NULL;
}

void *mini_kmem_cache_alloc(struct mini_cache *cache, gfp_t gfp)
{
	return unlikely(gfp & __GFP_ZERO) ? get_zeroed(cache, gfp) : mini_object_get(cache);
}
EXPORT_SYMBOL_MINI_MM(mini_kmem_cache_alloc);

void mini_kmem_cache_free(struct mini_cache *cache, void *object)
{
	/* NULL lies in no slab: the slow path knows it. */
	mini_object_put(cache, object);
}
EXPORT_SYMBOL_MINI_MM(mini_kmem_cache_free);

/* As mini_kmem_cache_alloc_bulk(), when there are @done of them already. */
static noinline int get_the_others(struct mini_cache *cache, gfp_t gfp, size_t done, size_t nr, void **objects)
{
	size_t i;

	if (gfp_is_refused(cache, gfp))
		goto err_free;
	while (done < nr) {
		/* By the way of a single object the next magazine is loaded. */
		objects[done] = mini_object_get(cache);
		if (!objects[done])
			goto err_free;
		done++;
		done += mini_objects_pop(cache, nr - done, objects + done);
	}
	if (gfp & __GFP_ZERO)
		for (i = 0; i < nr; i++)
			memset(objects[i], 0, cache->object_size);
	return nr;

err_free:
	mini_kmem_cache_free_bulk(cache, done, objects);
	return 0;
}

int mini_kmem_cache_alloc_bulk(struct mini_cache *cache, gfp_t gfp, size_t nr, void **objects)
{
	const size_t done = mini_objects_pop(cache, nr, objects);

	return likely(done == nr && !(gfp & __GFP_ZERO)) ? nr : get_the_others(cache, gfp, done, nr, objects);
}
EXPORT_SYMBOL_MINI_MM(mini_kmem_cache_alloc_bulk);

static noinline void put_the_others(struct mini_cache *cache, size_t nr, void **objects)
{
	size_t done = 0;

	while (done < nr) {
		mini_object_put(cache, objects[done++]);
		done += mini_objects_push(cache, nr - done, objects + done);
	}
}

void mini_kmem_cache_free_bulk(struct mini_cache *cache, size_t nr, void **objects)
{
	const size_t done = mini_objects_push(cache, nr, objects);

	if (unlikely(done < nr))
		put_the_others(cache, nr - done, objects + done);
}
EXPORT_SYMBOL_MINI_MM(mini_kmem_cache_free_bulk);

int mini_kmem_cache_shrink(struct mini_cache *cache)
{
	return mini_cache_shrink(cache);
}
EXPORT_SYMBOL_MINI_MM(mini_kmem_cache_shrink);
