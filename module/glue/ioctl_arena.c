// SPDX-License-Identifier: GPL-2.0
/*
 * Calls about the module and about arenas.
 */
#include <linux/string.h>

#include "device.h"

int mini_ioctl_info(struct mini_client *client, void *argument)
{
	struct mini_mm_info *info = argument;
	struct mini_arena *arena;
	unsigned long index;

	memset(info, 0, sizeof(*info));
	info->abi_version = MINI_MM_ABI_VERSION;
	info->page_size = PAGE_SIZE;
	info->handles = mini_handles_count();
	info->max_region_mb = mini_max_region_mb;
	info->clients = mini_clients_count();
	mini_quota_describe(info);
	strscpy(info->version, MINI_MM_VERSION, sizeof(info->version));
	mini_list_names(info->page_engines, sizeof(info->page_engines), mini_core_page_engine);
	mini_list_names(info->placements, sizeof(info->placements), mini_core_placement);
	mini_list_names(info->object_engines, sizeof(info->object_engines), mini_core_object_engine_name);
	down_read(&mini_registry);
	info->arenas = mini_nr_arenas;
	info->caches = mini_caches_count();
	for_each_mini_arena(index, arena) {
		info->region_bytes += (u64)arena->region.nr_pages << PAGE_SHIFT;
		info->metadata_bytes += arena->metadata_bytes;
	}
	up_read(&mini_registry);
	return 0;
}

const char *mini_text_field(const char *field, size_t length, const char *fallback)
{
	if (strnlen(field, length) == length)
		return NULL;
	return *field ? field : fallback;
}

int mini_ioctl_arena_create(struct mini_client *client, void *argument)
{
	struct mini_mm_arena_create *create = argument;
	struct mini_arena_request request = {
		.name = create->name,
		.page_engine = mini_text_field(create->page_engine, sizeof(create->page_engine), mini_page_engine),
		.placement = mini_text_field(create->placement, sizeof(create->placement), ""),
		.object_engine = mini_text_field(create->object_engine, sizeof(create->object_engine),
						 mini_object_engine),
		.debug = mini_text_field(create->debug, sizeof(create->debug), ""),
		.size = create->size,
		.min_free = create->min_free,
		.client = client,
		.kept = create->flags & MINI_MM_KEEP,
		.by_client = true,
		.quota = { create->max_handles, create->max_caches, create->max_bytes },
		.log_events = create->log_events,
		.magazine_size = create->magazine_size == MINI_MM_NO_MAGAZINES ? MINI_NO_MAGAZINES :
										create->magazine_size,
		.batch = create->batch,
	};
	struct mini_arena *arena;
	int error;

	create->why = 0;
	if (create->flags & ~MINI_MM_KEEP)
		return mini_refuse(&create->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(create->reserved))
		return mini_refuse(&create->why, MINI_MM_WHY_RESERVED);
	if (!request.page_engine || !request.placement || !request.object_engine)
		return mini_refuse(&create->why, MINI_MM_WHY_ENGINE);
	if (!request.debug)
		return mini_refuse(&create->why, MINI_MM_WHY_DEBUG);
	error = mini_arena_make(&request, &arena, &create->id, &create->why, &create->longest_mb);
	if (!error && !request.kept)
		WRITE_ONCE(client->made_something, true);
	return error;
}

void mini_undo_arena_create(struct mini_client *client, void *argument)
{
	const struct mini_mm_arena_create *create = argument;
	struct mini_arena *arena;
	u64 live;

	down_write(&mini_registry);
	arena = mini_arena_by_id(create->id);
	if (arena)
		mini_arena_unmake(arena, false, &live);
	up_write(&mini_registry);
}

static int find_arena(struct mini_mm_arena_info *info, struct mini_arena **arena)
{
	switch (info->lookup) {
	case MINI_MM_LOOKUP_ID:
		*arena = mini_arena_by_id(info->id);
		break;
	case MINI_MM_LOOKUP_NEXT:
		*arena = mini_arena_after(info->id);
		break;
	case MINI_MM_LOOKUP_NAME:
		if (strnlen(info->name, sizeof(info->name)) == sizeof(info->name))
			return mini_refuse(&info->why, MINI_MM_WHY_NAME_LONG);
		*arena = mini_arena_by_name(info->name);
		break;
	default:
		return mini_refuse(&info->why, MINI_MM_WHY_OPCODE);
	}
	return *arena ? 0 : mini_refuse(&info->why, MINI_MM_WHY_NO_ARENA);
}

static void describe_arena(struct mini_arena *arena, struct mini_mm_arena_info *info)
{
	struct mini_core_arena_stats stats;
	unsigned int order;

	mini_arena_read_all_stats(arena, &stats, &info->cached_pages);
	info->id = arena->id;
	strscpy(info->name, arena->name, sizeof(info->name));
	info->max_order = stats.max_order;
	strscpy(info->page_engine, mini_core_arena_page_engine(arena->core), sizeof(info->page_engine));
	strscpy(info->object_engine, arena->object_engine, sizeof(info->object_engine));
	strscpy(info->placement, mini_core_arena_placement(arena->core), sizeof(info->placement));
	mini_describe_debug(arena->debug, info->debug);
	info->pages = stats.pages;
	info->free_pages = stats.free_pages;
	info->delayed_pages = stats.delayed_pages;
	info->min_free = stats.min_free;
	info->low_free = stats.low_free;
	info->high_free = stats.high_free;
	info->magazine_size = arena->layer.size;
	info->batch = arena->layer.size ? arena->layer.batch : 0;
	info->metadata_bytes = arena->metadata_bytes;
	info->handles = atomic64_read(&arena->nr_handles);
	info->caches = mini_arena_caches_count(arena);
	info->flags = arena->kept ? MINI_MM_KEEP : 0;
	info->max_handles = arena->quota.handles;
	info->max_caches = arena->quota.caches;
	info->max_bytes = arena->quota.bytes;
	info->allocations = stats.allocations;
	info->frees = stats.frees;
	info->failures = stats.failures;
	info->refused = stats.refused;
	info->splits = stats.splits;
	info->merges = stats.merges;
	for (order = 0; order <= stats.max_order; order++)
		info->free_blocks[order] = stats.free_blocks[order];
}

int mini_ioctl_arena_info(struct mini_client *client, void *argument)
{
	struct mini_mm_arena_info *info = argument;
	struct mini_arena *arena;
	int error;

	BUILD_BUG_ON(MINI_CORE_MAX_ORDER >= MINI_MM_ORDERS);
	down_read(&mini_registry);
	error = find_arena(info, &arena);
	if (!error) {
		struct mini_mm_arena_info found = { .lookup = info->lookup };

		describe_arena(arena, &found);
		*info = found;
	}
	up_read(&mini_registry);
	return error;
}

int mini_check_target(struct mini_mm_target *target)
{
	if (target->flags)
		return mini_refuse(&target->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(target->reserved))
		return mini_refuse(&target->why, MINI_MM_WHY_RESERVED);
	target->why = 0;
	return 0;
}

/* How mini_registry is held meanwhile. */
enum hold { TO_READ, TO_WRITE };

/* Calls @act on the arena that @target names. */
static int with_arena(struct mini_mm_target *target, enum hold hold,
		      int (*act)(struct mini_arena *, struct mini_mm_target *))
{
	struct mini_arena *arena;
	int error = mini_check_target(target);

	if (error)
		return error;
	if (hold == TO_READ)
		down_read(&mini_registry);
	else
		down_write(&mini_registry);
	arena = mini_arena_by_id(target->id);
	error = arena ? act(arena, target) : mini_refuse(&target->why, MINI_MM_WHY_NO_ARENA);
	if (hold == TO_READ)
		up_read(&mini_registry);
	else
		up_write(&mini_registry);
	return error;
}

/* Frees what is kept in the arena, and then the caches that nothing is left of, but for the arena's own. */
static int reset(struct mini_arena *arena, struct mini_mm_target *target)
{
	struct mini_cache *cache, *next;
	u64 live;

	target->freed = mini_holder_free_all(&arena->holder);
	list_for_each_entry_safe(cache, next, &arena->caches, node) {
		if (cache->general)
			mini_cache_shrink(cache);
		else
			target->caches += !mini_cache_unmake(cache, false, &live);
	}
	target->live = mini_arena_live(arena);
	return 0;
}

static int compact(struct mini_arena *arena, struct mini_mm_target *target)
{
	return mini_arena_compact(arena, &target->freed) ? mini_refuse(&target->why, MINI_MM_WHY_INTERRUPTED) : 0;
}

static int drain(struct mini_arena *arena, struct mini_mm_target *target)
{
	target->freed = mini_arena_drain(arena);
	return 0;
}

static int destroy(struct mini_arena *arena, struct mini_mm_target *target)
{
	if (arena == mini_default_arena)
		return mini_refuse(&target->why, MINI_MM_WHY_DEFAULT);
	if (mini_arena_unmake(arena, false, &target->live))
		return mini_refuse(&target->why, MINI_MM_WHY_LIVE);
	return 0;
}

int mini_ioctl_arena_reset(struct mini_client *client, void *argument)
{
	struct mini_mm_target *target = argument;

	target->caches = 0;
	return with_arena(target, TO_WRITE, reset);
}

int mini_ioctl_arena_compact(struct mini_client *client, void *argument)
{
	return with_arena(argument, TO_READ, compact);
}

int mini_ioctl_arena_drain(struct mini_client *client, void *argument)
{
	return with_arena(argument, TO_READ, drain);
}

int mini_ioctl_arena_destroy(struct mini_client *client, void *argument)
{
	return with_arena(argument, TO_WRITE, destroy);
}
