// SPDX-License-Identifier: GPL-2.0
/*
 * Calls about caches.
 */
#include <linux/string.h>

#include "device.h"

static int make_within_quota(const struct mini_cache_request *request, struct mini_cache **cache, u32 *why)
{
	const struct mini_client *client = request->flags & MINI_MM_KEEP ? NULL : request->client;
	int error = mini_refuse(why, mini_quota_allows_cache(client, request->arena));

	return error ?: mini_cache_make(request, cache, why);
}

int mini_ioctl_cache_create(struct mini_client *client, void *argument)
{
	struct mini_mm_cache_create *create = argument;
	struct mini_cache_request request = {
		.name = create->name,
		.size = create->size,
		.align = create->align,
		.flags = create->flags,
		.engine = mini_text_field(create->engine, sizeof(create->engine), ""),
		.slab_pages = create->slab_pages,
		.client = client,
	};
	const char *debug = mini_text_field(create->debug, sizeof(create->debug), "");
	struct mini_cache *cache;
	int error;

	create->why = 0;
	if (create->flags & ~(MINI_MM_KEEP | MINI_MM_OFF_SLAB | MINI_MM_RECLAIMABLE | MINI_MM_HWCACHE_ALIGN |
			      MINI_MM_TYPESAFE_BY_RCU))
		return mini_refuse(&create->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(create->reserved) || create->reserved0)
		return mini_refuse(&create->why, MINI_MM_WHY_RESERVED);
	if (!request.engine)
		return mini_refuse(&create->why, MINI_MM_WHY_ENGINE);
	if (!debug || mini_parse_debug(debug, &request.debug))
		return mini_refuse(&create->why, MINI_MM_WHY_DEBUG);
	down_write(&mini_registry);
	request.arena = mini_arena_by_id(create->arena);
	error = request.arena ? make_within_quota(&request, &cache, &create->why) :
				mini_refuse(&create->why, MINI_MM_WHY_NO_ARENA);
	if (!error)
		create->id = cache->id;
	up_write(&mini_registry);
	if (!error && !(create->flags & MINI_MM_KEEP))
		WRITE_ONCE(client->made_something, true);
	return error;
}

void mini_undo_cache_create(struct mini_client *client, void *argument)
{
	const struct mini_mm_cache_create *create = argument;
	struct mini_cache *cache;
	u64 live;

	down_write(&mini_registry);
	cache = mini_cache_by_id(create->id);
	if (cache)
		mini_cache_unmake(cache, false, &live);
	up_write(&mini_registry);
}

static int find_cache(struct mini_mm_cache_info *info, struct mini_cache **cache)
{
	switch (info->lookup) {
	case MINI_MM_LOOKUP_ID:
		*cache = mini_cache_by_id(info->id);
		break;
	case MINI_MM_LOOKUP_NEXT:
		*cache = mini_cache_after(info->id);
		break;
	case MINI_MM_LOOKUP_NAME:
		if (strnlen(info->name, sizeof(info->name)) == sizeof(info->name))
			return mini_refuse(&info->why, MINI_MM_WHY_NAME_LONG);
		*cache = mini_cache_by_name(info->name);
		break;
	default:
		return mini_refuse(&info->why, MINI_MM_WHY_OPCODE);
	}
	return *cache ? 0 : mini_refuse(&info->why, MINI_MM_WHY_NO_CACHE);
}

static void describe_cache(struct mini_cache *cache, struct mini_mm_cache_info *info)
{
	struct mini_core_cache_layout layout;
	struct mini_core_cache_stats stats;
	u32 in_depot;

	mini_core_cache_read_layout(cache->core, &layout);
	mini_cache_read_all_stats(cache, &stats, &info->cached_objects, &in_depot);
	info->id = cache->id;
	mini_cache_full_name(cache, info->name);
	info->arena = cache->arena->id;
	strscpy(info->engine, mini_core_cache_engine(cache->core), sizeof(info->engine));
	info->object_size = layout.object_size;
	info->slot_size = layout.slot_size;
	info->align = layout.align;
	info->objects_per_slab = layout.objects_per_slab;
	info->pages_per_slab = layout.pages_per_slab;
	info->colours = layout.colours;
	info->flags = (cache->flags & ~MINI_MM_OFF_SLAB) | (layout.off_slab ? MINI_MM_OFF_SLAB : 0);
	info->active_objects = stats.active_objects;
	info->full_slabs = stats.full_slabs;
	info->partial_slabs = stats.partial_slabs;
	info->empty_slabs = stats.empty_slabs;
	info->allocations = stats.allocations;
	info->frees = stats.frees;
	info->failures = stats.failures;
	info->refused = stats.refused;
	info->grown = stats.grown;
	info->reaped = stats.reaped;
	info->magazine_size = cache->layer.size;
	info->batch = cache->layer.size ? cache->layer.batch : 0;
}

int mini_ioctl_cache_info(struct mini_client *client, void *argument)
{
	struct mini_mm_cache_info *info = argument;
	struct mini_cache *cache;
	int error;

	if (info->reserved0 || !mini_reserved_is_zero(info->reserved))
		return mini_refuse(&info->why, MINI_MM_WHY_RESERVED);
	down_read(&mini_registry);
	error = find_cache(info, &cache);
	if (!error) {
		struct mini_mm_cache_info found = { .lookup = info->lookup };

		describe_cache(cache, &found);
		*info = found;
	}
	up_read(&mini_registry);
	return error;
}

/* Calls @act on the cache that @target names, with mini_registry held for writing. */
static int with_cache(struct mini_mm_target *target, int (*act)(struct mini_cache *, struct mini_mm_target *))
{
	struct mini_cache *cache;
	int error = mini_check_target(target);

	if (error)
		return error;
	down_write(&mini_registry);
	cache = mini_cache_by_id(target->id);
	error = cache ? act(cache, target) : mini_refuse(&target->why, MINI_MM_WHY_NO_CACHE);
	up_write(&mini_registry);
	return error;
}

static int shrink(struct mini_cache *cache, struct mini_mm_target *target)
{
	target->freed = mini_cache_shrink(cache);
	return 0;
}

static int destroy(struct mini_cache *cache, struct mini_mm_target *target)
{
	if (cache->general)
		return mini_refuse(&target->why, MINI_MM_WHY_DEFAULT);
	if (mini_cache_unmake(cache, false, &target->live))
		return mini_refuse(&target->why, MINI_MM_WHY_LIVE);
	return 0;
}

int mini_ioctl_cache_shrink(struct mini_client *client, void *argument)
{
	return with_cache(argument, shrink);
}

int mini_ioctl_cache_destroy(struct mini_client *client, void *argument)
{
	return with_cache(argument, destroy);
}
