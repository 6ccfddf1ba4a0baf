// SPDX-License-Identifier: GPL-2.0
/*
 * The call that resizes the per-CPU layer: of an arena, or of one cache.
 */
#include "device.h"

static int tune_cache(struct mini_cache *cache, struct mini_mm_tune *tune)
{
	/* An engine of several sizes: an object of one would be handed out for another. */
	if (!cache->layer.one_size && tune->magazine_size)
		return mini_refuse(&tune->why, MINI_MM_WHY_UNSUPPORTED);
	if (mini_cache_tune(cache, tune->magazine_size, tune->batch))
		return mini_refuse(&tune->why, MINI_MM_WHY_NO_MEMORY);
	return 0;
}

/* Its page lists, and those caches that nobody chose the size of: kmalloc's. */
static int tune_arena(struct mini_arena *arena, struct mini_mm_tune *tune)
{
	struct mini_cache *cache;

	mini_arena_tune(arena, tune->magazine_size, tune->batch);
	list_for_each_entry(cache, &arena->caches, node)
		if (cache->general && mini_cache_tune(cache, tune->magazine_size, tune->batch))
			return mini_refuse(&tune->why, MINI_MM_WHY_NO_MEMORY);
	return 0;
}

static int find_and_tune(struct mini_mm_tune *tune)
{
	struct mini_arena *arena;
	struct mini_cache *cache;

	if (tune->cache) {
		cache = mini_cache_by_id(tune->cache);
		return cache ? tune_cache(cache, tune) : mini_refuse(&tune->why, MINI_MM_WHY_NO_CACHE);
	}
	arena = mini_arena_by_id(tune->arena);
	return arena ? tune_arena(arena, tune) : mini_refuse(&tune->why, MINI_MM_WHY_NO_ARENA);
}

int mini_ioctl_tune(struct mini_client *client, void *argument)
{
	struct mini_mm_tune *tune = argument;
	int error;

	tune->why = 0;
	if (tune->flags)
		return mini_refuse(&tune->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(tune->reserved) || (tune->arena && tune->cache))
		return mini_refuse(&tune->why, MINI_MM_WHY_RESERVED);
	if (!mini_is_magazine_size(tune->magazine_size) || !mini_is_magazine_size(tune->batch))
		return mini_refuse(&tune->why, MINI_MM_WHY_MAGAZINE);
	down_write(&mini_registry);
	error = find_and_tune(tune);
	up_write(&mini_registry);
	return error;
}
