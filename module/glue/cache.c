// SPDX-License-Identifier: GPL-2.0
/*
 * Caches: made, found, destroyed.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/cache.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "owner.h"
#include "pages.h"

DEFINE_XARRAY_ALLOC1(mini_caches);

u32 mini_nr_caches; /* without the general ones */

/* Ids have 20 bits; the general caches, of which every arena has some, do not use up those of the others. */
static const struct xa_limit own_ids = XA_LIMIT(1, BIT(19) - 1);
static const struct xa_limit general_ids = XA_LIMIT(BIT(19), BIT(20) - 1);
static u32 next_own_id;
static u32 next_general_id = BIT(19);

static bool is_shown(const struct mini_cache *cache)
{
	return cache && !READ_ONCE(cache->hidden);
}

struct mini_cache *mini_cache_by_id(u32 id)
{
	struct mini_cache *cache = xa_load(&mini_caches, id);

	return is_shown(cache) ? cache : NULL;
}

struct mini_cache *mini_cache_after(u32 id)
{
	struct mini_cache *cache;
	unsigned long index = id;

	do {
		cache = xa_find_after(&mini_caches, &index, ULONG_MAX, XA_PRESENT);
	} while (cache && !is_shown(cache));
	return cache;
}

u32 mini_arena_caches_count(const struct mini_arena *arena)
{
	u32 count = arena->nr_caches;
	int i;

	/* One cache may serve several sizes. */
	for (i = 0; i < MINI_GENERAL_CACHES; i++)
		count += is_shown(arena->general[i]) && (!i || arena->general[i] != arena->general[i - 1]);
	return count;
}

u32 mini_caches_count(void)
{
	struct mini_arena *arena;
	unsigned long index;
	u32 count = mini_nr_caches;

	for_each_mini_arena(index, arena)
		count += mini_arena_caches_count(arena) - arena->nr_caches;
	return count;
}

static struct mini_cache *cache_in_arena(struct mini_arena *arena, const char *name)
{
	struct mini_cache *cache;

	list_for_each_entry(cache, &arena->caches, node)
		if (!strcmp(cache->name, name))
			return cache;
	return NULL;
}

struct mini_cache *mini_cache_by_name(const char *full_name)
{
	const char *colon = strchr(full_name, ':');
	char arena_name[MINI_MM_ARENA_NAME_LEN];
	struct mini_arena *arena;

	struct mini_cache *cache;

	if (!colon) {
		cache = cache_in_arena(mini_default_arena, full_name);
		return is_shown(cache) ? cache : NULL;
	}
	if (colon - full_name >= sizeof(arena_name))
		return NULL;
	memcpy(arena_name, full_name, colon - full_name);
	arena_name[colon - full_name] = '\0';
	arena = mini_arena_by_name(arena_name);
	cache = arena ? cache_in_arena(arena, colon + 1) : NULL;
	return is_shown(cache) ? cache : NULL;
}

void mini_cache_full_name(const struct mini_cache *cache, char *name)
{
	if (cache->arena == mini_default_arena)
		strscpy(name, cache->name, MINI_MM_FULL_NAME_LEN);
	else
		snprintf(name, MINI_MM_FULL_NAME_LEN, "%s:%s", cache->arena->name, cache->name);
}

/* A cache line at least, where that is asked for. */
static u32 alignment(u32 size, u32 align, u32 flags)
{
	u32 line = cache_line_size();

	if (!(flags & MINI_MM_HWCACHE_ALIGN))
		return align;
	/* Small objects share a line without straddling it. */
	while (size && size <= line / 2)
		line /= 2;
	return max(align, line);
}

/* What of the layout the hot path looks at. */
static void note_layout(struct mini_cache *cache)
{
	struct mini_core_cache_layout layout;

	mini_core_cache_read_layout(cache->core, &layout);
	cache->slab_pages = layout.pages_per_slab;
	cache->base = mini_page_address(cache->arena, 0);
	cache->bytes = (u64)cache->arena->region.nr_pages << PAGE_SHIFT;
	cache->first_page = cache->arena->first_page;
}

int mini_cache_make(const struct mini_cache_request *request, struct mini_cache **made, u32 *why)
{
	const char *engine = request->engine && *request->engine ? request->engine :
								   request->arena->object_engine;
	struct mini_core_cache_request asked = {
		.engine = engine,
		.size = request->size,
		.align = alignment(request->size, request->align, request->flags),
		.management = request->flags & MINI_MM_OFF_SLAB ? MINI_CORE_MANAGEMENT_OFF_SLAB :
								  MINI_CORE_MANAGEMENT_AUTOMATIC,
		.constructor = request->constructor,
		.slab_pages = request->slab_pages,
		.seed = get_random_u64(),
	};
	struct mini_arena *arena = request->arena;
	struct mini_cache *cache;
	void *memory;
	int error;

	lockdep_assert_held_write(&mini_registry);
	error = mini_check_name(request->name, MINI_MM_CACHE_NAME_LEN, why);
	if (error)
		return error;
	if (!mini_core_has_object_engine(engine))
		return mini_refuse(why, MINI_MM_WHY_ENGINE);
	if (cache_in_arena(arena, request->name))
		return mini_refuse(why, MINI_MM_WHY_NAME_TAKEN);
	if (mini_nr_caches >= MINI_MAX_CACHES && !request->general)
		return mini_refuse(why, MINI_MM_WHY_LIMIT);

	cache = kzalloc(sizeof(*cache), GFP_KERNEL_ACCOUNT);
	memory = kvzalloc(mini_core_cache_bytes(engine), GFP_KERNEL_ACCOUNT);
	if (!cache || !memory) {
		error = mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
		goto err_free;
	}
	raw_spin_lock_init(&cache->lock);
	cache->arena = arena;
	cache->object_size = request->size;
	cache->constructed = request->constructor;
	cache->general = request->general;
	cache->hidden = request->general;
	cache->flags = request->flags;
	cache->debug = arena->debug | request->debug;
	cache->client = request->flags & MINI_MM_KEEP ? NULL : request->client;
	strscpy(cache->name, request->name, sizeof(cache->name));
	if (cache->debug & MINI_DEBUG_OWNER && mini_owner_init()) {
		error = mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
		goto err_free;
	}
	error = xa_alloc_cyclic(&mini_caches, &cache->id, NULL, request->general ? general_ids : own_ids,
				request->general ? &next_general_id : &next_own_id, GFP_KERNEL_ACCOUNT);
	if (error < 0) {
		error = mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
		goto err_free;
	}
	asked.id = cache->id;
	asked.red_zones = cache->debug & MINI_DEBUG_RED_ZONES;
	/* Who reads an object that was freed meanwhile shall find it as it was. */
	asked.poison = cache->debug & MINI_DEBUG_POISON && !(cache->flags & MINI_MM_TYPESAFE_BY_RCU);
	asked.track = cache->debug & MINI_DEBUG_OWNER;
	asked.consistency = cache->debug & MINI_DEBUG_CONSISTENCY;
	asked.keep_freed = cache->flags & MINI_MM_TYPESAFE_BY_RCU;
	error = mini_core_cache_create(memory, arena->core, cache, &asked, &cache->core);
	if (error) {
		error = mini_refuse_core(why, error);
		goto err_erase;
	}
	note_layout(cache);
	if (mini_object_layer_make(cache)) {
		error = mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
		goto err_layer;
	}
	xa_store(&mini_caches, cache->id, cache, GFP_KERNEL);
	list_add_tail_rcu(&cache->node, &arena->caches);
	arena->nr_caches += !cache->general;
	mini_nr_caches += !cache->general;
	mini_quota_count_cache(cache, 1);
	*made = cache;
	return 0;

err_layer:
	mini_object_layer_unmake(cache);
err_erase:
	xa_erase(&mini_caches, cache->id);
err_free:
	kvfree(memory);
	kfree(cache);
	return error;
}

static void free_cache_rcu(struct rcu_head *rcu)
{
	struct mini_cache *cache = container_of(rcu, struct mini_cache, rcu);

	kvfree(cache->core);
	mini_object_layer_unmake(cache);
	kfree(cache);
}

int mini_cache_unmake(struct mini_cache *cache, bool force, u64 *live)
{
	struct mini_core_cache_stats stats;

	lockdep_assert_held_write(&mini_registry);
	/* What lies in magazines is nobody's; and from here on nothing gets into them. */
	set_bit(MINI_SLOW_OFF, &cache->layer.slow);
	mini_cache_unload(cache);
	mini_cache_read_stats(cache, &stats);
	*live = max_t(u64, stats.active_objects, cache->pins);
	if (*live && !force) {
		assign_bit(MINI_SLOW_OFF, &cache->layer.slow, !cache->layer.size);
		mini_cache_unload(cache);
		return -EBUSY;
	}
	/* First: whoever is short of pages finds them here, but no more when the cache is off the list. */
	mini_cache_shrink(cache);
	list_del_rcu(&cache->node);
	cache->arena->nr_caches -= !cache->general;
	mini_nr_caches -= !cache->general;
	mini_quota_count_cache(cache, -1);
	xa_erase(&mini_caches, cache->id);
	/* Somebody may be looking for empty slabs in this cache. Not waited for: mini_registry is held. */
	call_rcu(&cache->rcu, free_cache_rcu);
	return 0;
}

/* What the kernel's flags mean here; those that change what a cache does and are not there are refused. */
static u32 cache_flags(slab_flags_t flags)
{
	return MINI_MM_KEEP | (flags & SLAB_HWCACHE_ALIGN ? MINI_MM_HWCACHE_ALIGN : 0) |
	       (flags & SLAB_RECLAIM_ACCOUNT ? MINI_MM_RECLAIMABLE : 0) |
	       (flags & SLAB_TYPESAFE_BY_RCU ? MINI_MM_TYPESAFE_BY_RCU : 0);
}

static unsigned int debug_flags(slab_flags_t flags)
{
	return (flags & SLAB_CONSISTENCY_CHECKS ? MINI_DEBUG_CONSISTENCY : 0) |
	       (flags & SLAB_RED_ZONE ? MINI_DEBUG_RED_ZONES : 0) |
	       (flags & SLAB_POISON ? MINI_DEBUG_POISON : 0) |
	       (flags & SLAB_STORE_USER ? MINI_DEBUG_OWNER : 0) |
	       (flags & SLAB_TRACE ? MINI_DEBUG_TRACE : 0);
}

struct mini_cache *mini_kmem_cache_create_engine(struct mini_arena *arena, const char *name, unsigned int size,
						 unsigned int align, slab_flags_t flags, void (*ctor)(void *),
						 const struct mini_cache_params *params)
{
	const slab_flags_t accepted = SLAB_HWCACHE_ALIGN | SLAB_TYPESAFE_BY_RCU | SLAB_PANIC | SLAB_ACCOUNT |
				      SLAB_RECLAIM_ACCOUNT | SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON |
				      SLAB_STORE_USER | SLAB_TRACE;
	struct mini_cache_request request = {
		.arena = arena ?: mini_default_arena,
		.name = name,
		.size = size,
		.align = align,
		.flags = cache_flags(flags) | (params && params->off_slab ? MINI_MM_OFF_SLAB : 0),
		.engine = params ? params->engine : NULL,
		.slab_pages = params ? params->slab_pages : 0,
		.constructor = ctor,
		.debug = debug_flags(flags),
	};
	struct mini_cache *cache = NULL;
	u32 why = 0;
	int error;

	if (flags & ~accepted) {
		pr_notice("cache %s: flags %#lx are not supported\n", name, (unsigned long)(flags & ~accepted));
		return NULL;
	}
	down_write(&mini_registry);
	error = mini_cache_make(&request, &cache, &why);
	up_write(&mini_registry);
	if (error)
		pr_notice("cache %s of size %u, alignment %u cannot be made (%d)\n", name, size, align, error);
	return cache;
}
EXPORT_SYMBOL_MINI_MM(mini_kmem_cache_create_engine);

struct mini_cache *mini_kmem_cache_create(struct mini_arena *arena, const char *name, unsigned int size,
					  unsigned int align, slab_flags_t flags, void (*ctor)(void *))
{
	return mini_kmem_cache_create_engine(arena, name, size, align, flags, ctor, NULL);
}
EXPORT_SYMBOL_MINI_MM(mini_kmem_cache_create);

void mini_kmem_cache_destroy(struct mini_cache *cache)
{
	u64 live;

	if (!cache)
		return;
	down_write(&mini_registry);
	if (mini_cache_unmake(cache, false, &live))
		pr_notice("cache %s stays: %llu objects are still held\n", cache->name, live);
	up_write(&mini_registry);
}
EXPORT_SYMBOL_MINI_MM(mini_kmem_cache_destroy);
