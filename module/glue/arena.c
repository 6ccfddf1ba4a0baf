// SPDX-License-Identifier: GPL-2.0
/*
 * Arenas: made, found, destroyed.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "log.h"
#include "lookup.h"
#include "owner.h"
#include "pages.h"

DECLARE_RWSEM(mini_registry);
DEFINE_XARRAY_ALLOC1(mini_arenas);
struct mini_arena *mini_default_arena;

u32 mini_nr_arenas;

static u32 next_arena_id;

struct mini_arena *mini_arena_by_id(u32 id)
{
	return xa_load(&mini_arenas, id);
}

struct mini_arena *mini_arena_after(u32 id)
{
	unsigned long index = id;

	return xa_find_after(&mini_arenas, &index, ULONG_MAX, XA_PRESENT);
}

struct mini_arena *mini_arena_by_name(const char *name)
{
	struct mini_arena *arena;
	unsigned long index;

	for_each_mini_arena(index, arena)
		if (!strcmp(arena->name, name))
			return arena;
	return NULL;
}

void mini_arena_read_all_stats(struct mini_arena *arena, struct mini_core_arena_stats *stats, u64 *cached)
{
	unsigned long flags;

	mini_lock_irqsave(&arena->lock, flags);
	mini_core_arena_read_stats(arena->core, stats);
	mini_page_layer_count(arena, stats, cached);
	mini_unlock_irqrestore(&arena->lock, flags);
}

void mini_arena_read_stats(struct mini_arena *arena, struct mini_core_arena_stats *stats)
{
	u64 cached;

	mini_arena_read_all_stats(arena, stats, &cached);
}

u64 mini_arena_count_blocks(struct mini_arena *arena, enum mini_core_page_kind kind, u64 *pages)
{
	struct mini_core_block block;
	unsigned long flags;
	u64 blocks = 0;
	u32 page;

	*pages = 0;
	for (page = 0; page < arena->region.nr_pages; page += 1U << block.order) {
		mini_lock_irqsave(&arena->lock, flags);
		mini_core_arena_block(arena->core, page, &block);
		mini_unlock_irqrestore(&arena->lock, flags);
		/* A block that was split or merged since the last step: go on at the next boundary. */
		if (block.kind == MINI_CORE_INSIDE)
			block.order = 0;
		if (block.kind != kind)
			continue;
		blocks++;
		*pages += 1U << block.order;
	}
	return blocks;
}

u64 mini_arena_live(struct mini_arena *arena)
{
	struct mini_core_cache_stats stats;
	struct mini_cache *cache;
	u64 pages;
	u64 live = mini_arena_count_blocks(arena, MINI_CORE_ALLOCATED, &pages);

	list_for_each_entry(cache, &arena->caches, node) {
		mini_cache_read_stats(cache, &stats);
		live += stats.active_objects;
	}
	return live;
}

static int check_request(const struct mini_arena_request *request, unsigned int *debug, int *engine, u32 *why)
{
	int reason = mini_parse_debug(request->debug, debug);
	int error = mini_check_name(request->name, MINI_MM_ARENA_NAME_LEN, why);

	if (error)
		return error;
	if (reason)
		return mini_refuse(why, reason);
	*engine = mini_core_find_page_engine(request->page_engine, request->placement, mini_placement);
	if (*engine < 0 || !mini_core_has_object_engine(request->object_engine))
		return mini_refuse(why, MINI_MM_WHY_ENGINE);
	if (!request->size || !PAGE_ALIGNED(request->size) ||
	    request->size >> PAGE_SHIFT > MINI_CORE_MAX_PAGES ||
	    (mini_max_region_mb && request->size >> 20 > mini_max_region_mb) || request->min_free >= request->size)
		return mini_refuse(why, MINI_MM_WHY_SIZE);
	if (request->log_events > MINI_MM_LOG_MAX)
		return mini_refuse(why, MINI_MM_WHY_COUNT);
	if (request->magazine_size != MINI_NO_MAGAZINES && !mini_is_magazine_size(request->magazine_size))
		return mini_refuse(why, MINI_MM_WHY_MAGAZINE);
	if (!mini_is_magazine_size(request->batch))
		return mini_refuse(why, MINI_MM_WHY_MAGAZINE);
	return 0;
}

static struct mini_arena *prepare(const struct mini_arena_request *request, unsigned int debug, int engine)
{
	struct mini_arena *arena = kzalloc(sizeof(*arena), GFP_KERNEL_ACCOUNT);

	if (!arena)
		return NULL;
	raw_spin_lock_init(&arena->lock);
	spin_lock_init(&arena->holder.lock);
	INIT_LIST_HEAD(&arena->holder.handles);
	INIT_LIST_HEAD(&arena->caches);
	INIT_LIST_HEAD(&arena->replays);
	strscpy(arena->name, request->name, sizeof(arena->name));
	arena->debug = debug;
	strscpy(arena->object_engine, request->object_engine, sizeof(arena->object_engine));
	arena->client = request->kept ? NULL : request->client;
	arena->kept = request->kept;
	arena->quota = request->quota;
	arena->magazine_size = request->magazine_size == MINI_NO_MAGAZINES ? 0 :
			       request->magazine_size ?: READ_ONCE(mini_magazine_size);
	arena->batch = request->batch ?: READ_ONCE(mini_batch);
	arena->metadata_bytes = mini_core_arena_bytes(engine, request->size >> PAGE_SHIFT);
	arena->metadata = kvzalloc(arena->metadata_bytes, GFP_KERNEL_ACCOUNT);
	if (!arena->metadata)
		goto err_free;
	if (request->log_events) {
		arena->log = mini_log_create(request->log_events);
		if (!arena->log)
			goto err_free;
	}
	if (debug & MINI_DEBUG_OWNER) {
		arena->owners = mini_owners_create(request->size >> PAGE_SHIFT);
		if (!arena->owners)
			goto err_log;
	}
	return arena;

err_log:
	mini_log_destroy(arena->log);
err_free:
	kvfree(arena->metadata);
	kfree(arena);
	return NULL;
}

void mini_arena_discard(struct mini_arena *arena)
{
	mini_page_layer_unmake(arena);
	if (arena->region.nr_pages)
		mini_region_release(&arena->region);
	mini_owners_destroy(arena->owners);
	mini_log_destroy(arena->log);
	kvfree(arena->metadata);
	kfree(arena);
}

static void unmake_caches(struct mini_arena *arena, bool force)
{
	struct mini_cache *cache, *next;
	u64 ignored;

	list_for_each_entry_safe(cache, next, &arena->caches, node)
		mini_cache_unmake(cache, force, &ignored);
}

int mini_arena_publish(struct mini_arena *arena, u32 *why)
{
	int error;

	lockdep_assert_held_write(&mini_registry);
	if (mini_arena_by_name(arena->name))
		return mini_refuse(why, MINI_MM_WHY_NAME_TAKEN);
	if (mini_nr_arenas >= MINI_MAX_ARENAS)
		return mini_refuse(why, MINI_MM_WHY_LIMIT);
	error = mini_general_caches_make(arena, why);
	if (error)
		return error;
	error = xa_alloc_cyclic(&mini_arenas, &arena->id, arena, xa_limit_31b, &next_arena_id, GFP_KERNEL_ACCOUNT);
	if (error < 0) {
		unmake_caches(arena, false);
		return mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
	}
	mini_lookup_add(arena);
	mini_nr_arenas++;
	mini_quota_count_arena(arena, 1);
	mini_debugfs_add_arena(arena);
	return 0;
}

static int check_quota(const struct mini_arena_request *request, u32 *why)
{
	const struct mini_client *client = request->kept ? NULL : request->client;

	return request->by_client ? mini_refuse(why, mini_quota_allows_arena(client, request->size)) : 0;
}

/* Before the region is looked for, which takes long; asked again when the arena is published. */
static int check_others(const struct mini_arena_request *request, u32 *why)
{
	int error;

	down_read(&mini_registry);
	error = mini_arena_by_name(request->name) ? mini_refuse(why, MINI_MM_WHY_NAME_TAKEN) :
						    check_quota(request, why);
	up_read(&mini_registry);
	return error;
}

struct mini_arena *mini_arena_build(const struct mini_arena_request *request, int *error, u32 *why, u32 *longest_mb)
{
	unsigned long longest = 0;
	struct mini_arena *arena;
	struct mini_core_arena_request core = {};
	unsigned int debug;

	BUILD_BUG_ON(PAGE_SHIFT != MINI_CORE_PAGE_SHIFT);

	*error = check_request(request, &debug, &core.engine, why) ?: check_others(request, why);
	if (*error)
		return NULL;
	arena = prepare(request, debug, core.engine);
	if (!arena) {
		*error = mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
		return NULL;
	}
	*error = mini_region_acquire(&arena->region, request->size >> PAGE_SHIFT, &longest);
	if (*error) {
		if (longest_mb)
			*longest_mb = longest >> (20 - PAGE_SHIFT);
		*error = mini_refuse(why, *error == -EINTR ? MINI_MM_WHY_INTERRUPTED : MINI_MM_WHY_NO_REGION);
		goto err_discard;
	}
	arena->first_page = pfn_to_page(arena->region.first_pfn);
	core.pages = arena->region.nr_pages;
	core.min_free = DIV_ROUND_UP(request->min_free, PAGE_SIZE);
	arena->core = mini_core_arena_create(arena->metadata, mini_page_address(arena, 0), &core, arena);
	if (mini_page_layer_make(arena)) {
		*error = mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
		goto err_discard;
	}
	return arena;

err_discard:
	mini_arena_discard(arena);
	return NULL;
}

int mini_arena_make(const struct mini_arena_request *request, struct mini_arena **made, u32 *id, u32 *why,
		    u32 *longest_mb)
{
	struct mini_arena *arena;
	int error;

	arena = mini_arena_build(request, &error, why, longest_mb);
	if (!arena)
		return error;

	down_write(&mini_registry);
	error = check_quota(request, why) ?: mini_arena_publish(arena, why);
	/* From here on a client may destroy it. */
	if (id)
		*id = arena->id;
	up_write(&mini_registry);
	if (error) {
		mini_arena_discard(arena);
		return error;
	}
	*made = arena;
	return 0;
}

int mini_arena_unmake(struct mini_arena *arena, bool force, u64 *live)
{
	lockdep_assert_held_write(&mini_registry);
	/* A handle may be on its way out, its memory free already; a replay may hold nothing just now. */
	*live = max_t(u64, mini_arena_live(arena), atomic64_read(&arena->nr_handles) + !list_empty(&arena->replays));
	if (*live && !force)
		return -EBUSY;
	unmake_caches(arena, force);
	if (*live)
		mini_vmalloc_drop(arena);
	mini_wait_for_late_slabs(arena);
	mini_lookup_remove(arena);
	mini_debugfs_remove_arena(arena);
	xa_erase(&mini_arenas, arena->id);
	mini_nr_arenas--;
	mini_quota_count_arena(arena, -1);
	mini_arena_discard(arena);
	return 0;
}

struct mini_arena *mini_arena_create(const char *name, const struct mini_arena_params *params)
{
	static const struct mini_arena_params defaults;
	struct mini_arena_request request = { .name = name, .kept = true };
	struct mini_arena *arena;
	int error;

	if (!params)
		params = &defaults;
	request.size = params->size ?: (u64)mini_region_mb << 20;
	request.page_engine = params->page_engine ?: mini_page_engine;
	request.placement = params->placement ?: "";
	request.object_engine = params->object_engine ?: mini_object_engine;
	request.min_free = params->min_free;
	request.magazine_size = params->magazine_size;
	request.batch = params->batch;
	request.debug = params->debug ?: mini_debug;
	error = mini_arena_make(&request, &arena, NULL, NULL, NULL);
	return error ? ERR_PTR(error) : arena;
}
EXPORT_SYMBOL_MINI_MM(mini_arena_create);

void mini_arena_destroy(struct mini_arena *arena)
{
	u64 live = 0;

	if (IS_ERR_OR_NULL(arena))
		return;
	down_write(&mini_registry);
	if (arena == mini_default_arena)
		pr_notice("the default arena goes only with the module\n");
	else if (mini_arena_unmake(arena, false, &live))
		pr_notice("arena %s stays: %llu blocks and objects are still held\n", arena->name, live);
	up_write(&mini_registry);
}
EXPORT_SYMBOL_MINI_MM(mini_arena_destroy);
