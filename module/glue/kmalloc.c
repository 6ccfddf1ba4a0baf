// SPDX-License-Identifier: GPL-2.0
/*
 * kmalloc: bytes of any size, from the arena's general caches up to 8 KiB, from page blocks above.
 *
 * Every arena gets its general caches when it is made: one for each of the usual sizes, or a single one when the
 * arena's object engine serves objects of any size. They own no pages and are not shown until something is
 * allocated from them. A free names no arena and no cache: the address leads to its arena (lookup.c), the page
 * map to the slab and so to the cache, whose engine then judges the address itself. The first page of a block
 * that kmalloc gave carries a mark in its page->private, so that no other block is taken for one.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "hot.h"
#include "lookup.h"

/* --- the general caches ------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	u32 size;
} classes[MINI_GENERAL_CACHES] = {
	{ "kmalloc-8", 8 },	  { "kmalloc-16", 16 },	  { "kmalloc-32", 32 },	  { "kmalloc-64", 64 },
	{ "kmalloc-96", 96 },	  { "kmalloc-128", 128 }, { "kmalloc-192", 192 }, { "kmalloc-256", 256 },
	{ "kmalloc-512", 512 },	  { "kmalloc-1k", 1024 }, { "kmalloc-2k", 2048 }, { "kmalloc-4k", 4096 },
	{ "kmalloc-8k", 8192 },
};

/* One cache for all sizes up to @largest. */
static int make_single(struct mini_arena *arena, struct mini_cache_request *request, u32 largest, u32 *why)
{
	struct mini_cache *cache;
	int error;
	int i;

	request->name = "kmalloc";
	request->size = largest;
	error = mini_cache_make(request, &cache, why);
	if (error)
		return *why == MINI_MM_WHY_SIZE ? 0 : error;
	for (i = 0; i < MINI_GENERAL_CACHES && classes[i].size <= largest; i++)
		arena->general[i] = cache;
	return 0;
}

int mini_general_caches_make(struct mini_arena *arena, u32 *why)
{
	struct mini_cache_request request = { .arena = arena, .flags = MINI_MM_KEEP, .general = true };
	u32 largest = mini_core_object_engine_largest(arena->object_engine);
	u32 reason = MINI_MM_WHY_NONE;
	u64 ignored;
	int error;
	int i;

	if (largest)
		return make_single(arena, &request, largest, why ?: &reason);
	for (i = 0; i < MINI_GENERAL_CACHES; i++) {
		request.name = classes[i].name;
		request.size = classes[i].size;
		/* As in the kernel: aligned to the largest power of two that divides the size. */
		request.align = min_t(u32, classes[i].size & -classes[i].size, PAGE_SIZE);
		error = mini_cache_make(&request, &arena->general[i], &reason);
		if (error && reason != MINI_MM_WHY_SIZE)
			goto err_unmake;
	}
	return 0;

err_unmake:
	while (i--)
		if (arena->general[i])
			mini_cache_unmake(arena->general[i], false, &ignored);
	return mini_refuse(why, reason);
}

/* By (size - 1) / 8: which class serves it. */
static u8 class_by_size[MINI_CORE_MAX_OBJECT / 8] __ro_after_init;

void __init mini_kmalloc_init(void)
{
	u32 i, class = 0;

	for (i = 0; i < ARRAY_SIZE(class_by_size); i++) {
		class += classes[class].size < 8 * (i + 1);
		class_by_size[i] = class;
	}
}

/* @size: 1 to MINI_CORE_MAX_OBJECT. */
static unsigned int class_of(size_t size)
{
	return class_by_size[(size - 1) / 8];
}

struct mini_cache *mini_general_cache(struct mini_arena *arena, size_t size)
{
	return likely(size - 1 < MINI_CORE_MAX_OBJECT) ? arena->general[class_of(size)] : NULL;
}

/* --- allocating ---------------------------------------------------------------------------------------- */

/* Bytes of the largest block. */
#define LARGEST (PAGE_SIZE << MINI_CORE_MAX_ORDER)

/* What the block at @first is to who asked for bytes. */
static void *mark_block(struct page *first)
{
	set_page_private(first, MINI_MARK_KMALLOC);
	return page_address(first);
}

static int alloc_large(struct mini_arena *arena, size_t size, void **object)
{
	u32 page;
	int error = size > LARGEST ? MINI_CORE_BAD_SIZE : mini_pages_alloc(arena, get_order(size), &page);

	if (error)
		return error == MINI_CORE_BAD_ORDER ? MINI_CORE_BAD_SIZE : error;
	*object = mark_block(mini_page(arena, page));
	return MINI_CORE_OK;
}

static void show(struct mini_cache *cache)
{
	if (unlikely(READ_ONCE(cache->hidden)))
		WRITE_ONCE(cache->hidden, false);
}

int mini_kmalloc_from(struct mini_arena *arena, size_t size, void **object)
{
	struct mini_cache *cache = mini_general_cache(arena, size);
	int error;

	if (!cache)
		return alloc_large(arena, size, object);
	error = mini_object_alloc_size(cache, size, object);
	if (!error)
		show(cache);
	return error;
}

/* --- finding, freeing ----------------------------------------------------------------------------------- */

/* What an address was allocated from. */
struct origin {
	struct mini_arena *arena;
	struct mini_cache *cache; /* NULL: a block of pages */
	u32 page;
	unsigned int order;
};

enum purpose { TO_LOOK, TO_FREE };

/* Under the arena's lock. */
static int trace_back(struct origin *origin, const void *object, enum purpose purpose)
{
	struct mini_arena *arena = origin->arena;
	struct mini_core_block block;
	struct page *first;

	origin->page = mini_core_block_of(arena->core, mini_offset(arena, object) >> PAGE_SHIFT);
	mini_core_arena_block(arena->core, origin->page, &block);
	origin->order = block.order;
	switch (block.kind) {
	case MINI_CORE_SLAB:
	case MINI_CORE_SLUB:
	case MINI_CORE_TAIL:
		/* None of id 0: that is what the arena keeps for its slabs. */
		origin->cache = block.cache ? xa_load(&mini_caches, block.cache) : NULL;
		return origin->cache && origin->cache->arena == arena ? MINI_CORE_OK : MINI_CORE_NOT_AN_OBJECT;
	case MINI_CORE_ALLOCATED:
		first = mini_page(arena, origin->page);
		if (object != page_address(first) || page_private(first) != MINI_MARK_KMALLOC)
			return MINI_CORE_NOT_AN_OBJECT;
		/* Once: whoever comes second finds no mark. */
		if (purpose == TO_FREE)
			set_page_private(first, 0);
		return MINI_CORE_OK;
	default:
		return MINI_CORE_DOUBLE_FREE;
	}
}

/* Errors of the core. */
static int find_origin(struct origin *origin, const void *object, enum purpose purpose)
{
	unsigned long flags;
	int error;

	*origin = (struct origin){ .arena = mini_arena_at(object) };
	if (!origin->arena)
		return MINI_CORE_OUTSIDE;
	mini_lock_irqsave(&origin->arena->lock, flags);
	error = trace_back(origin, object, purpose);
	mini_unlock_irqrestore(&origin->arena->lock, flags);
	return error;
}

/* Where a free goes. */
enum way { THE_LAYER, THE_ENGINE };

static void free_object(struct mini_cache *cache, void *object, enum way way)
{
	/* An engine of several sizes has no layer in front of it: objects of its caches differ. */
	if (way == THE_LAYER && cache->layer.one_size)
		mini_object_put(cache, object);
	else
		mini_object_free(cache, object);
}

static void free_from(const void *object, enum way way)
{
	struct origin origin;
	int error;

	rcu_read_lock();
	error = find_origin(&origin, object, TO_FREE);
	if (unlikely(error))
		mini_report_address(origin.arena, "mini_kfree", object, error);
	else if (origin.cache)
		free_object(origin.cache, (void *)object, way);
	else if (way == THE_LAYER)
		mini_block_put(origin.arena, mini_page(origin.arena, origin.page), origin.order);
	else
		mini_pages_free(origin.arena, origin.page, origin.order);
	rcu_read_unlock();
}

void mini_kfree_past_the_layer(const void *object)
{
	if (!ZERO_OR_NULL_PTR(object))
		free_from(object, THE_ENGINE);
}

/* Into the magazine of the cache in whose slab @object lies. False: it is for the slow path. Preemption is off. */
static __always_inline bool push(const struct mini_span *span, const void *object)
{
	/* What is freed while somebody makes its slab is no object yet, or no more. */
	const unsigned long mark = data_race(span->first_page[(u64)(object - span->start) >> PAGE_SHIFT].private);

	return likely((mark & MINI_MARKS) == MINI_MARK_CACHE && mark) && !trace_mini_obj_free_enabled() &&
	       mini_object_push((struct mini_cache *)mark, (void *)object);
}

/* What is in another arena than the last one, or not for a magazine. */
static noinline void free_elsewhere(const void *object)
{
	const struct mini_span *span;
	bool done;

	if (ZERO_OR_NULL_PTR(object))
		return;
	preempt_disable();
	span = mini_span_search(mini_lookup_now(), object);
	done = span && push(span, object);
	preempt_enable();
	if (!done)
		free_from(object, THE_LAYER);
}

void mini_kfree(const void *object)
{
	const struct mini_span *span;

	preempt_disable();
	span = mini_lookup_hint(mini_lookup_now());
	if (likely((u64)(object - span->start) < READ_ONCE(span->bytes)) && likely(push(span, object))) {
		preempt_enable();
		return;
	}
	preempt_enable();
	free_elsewhere(object);
}
EXPORT_SYMBOL_MINI_MM(mini_kfree);

/* Bytes of an object of @cache, or without one of a block of @order. */
static size_t room_of(struct mini_cache *cache, const void *object, unsigned int order)
{
	return cache ? mini_object_size(cache, object) : PAGE_SIZE << order;
}

static size_t size_of(const void *object, const char *function)
{
	struct origin origin;
	size_t size = 0;
	int error;

	if (ZERO_OR_NULL_PTR(object))
		return 0;
	rcu_read_lock();
	error = find_origin(&origin, object, TO_LOOK);
	if (unlikely(error))
		mini_report_address(origin.arena, function, object, error);
	else
		size = room_of(origin.cache, object, origin.order);
	rcu_read_unlock();
	return size;
}

/* @cache: of @size, or NULL. */
static noinline void *kmalloc_slow(struct mini_arena *arena, struct mini_cache *cache, size_t size,
				   unsigned long caller)
{
	unsigned int order = get_order(size);
	struct page *page;
	void *object;

	/* Of no class: it comes here. */
	if (!size)
		return ZERO_SIZE_PTR;
	if (cache && cache->layer.one_size) {
		object = mini_object_get_slow(cache, caller);
		if (object)
			show(cache);
		return object;
	}
	if (cache)
		return mini_kmalloc_from(arena, size, &object) ? NULL : object;
	if (size > LARGEST)
		return NULL;
	page = mini_block_get(arena, 0, order, mini_page_list_number(order, 0));
	return page ? mark_block(page) : NULL;
}

static __always_inline void *get(struct mini_arena *arena, size_t size)
{
	struct mini_cache *cache = mini_general_cache(arena, size);
	void *object = likely(cache) ? mini_object_pop(cache) : NULL;

	return likely(object) ? object : kmalloc_slow(arena, cache, size, _RET_IP_);
}

static noinline void *get_zeroed(struct mini_arena *arena, size_t size)
{
	struct mini_cache *cache = mini_general_cache(arena, size);
	void *object = get(arena, size);

	/* All of it: it may grow in place later. */
	if (!ZERO_OR_NULL_PTR(object))
		memset(object, 0, cache && cache->layer.one_size ? cache->object_size :
								   room_of(cache, object, get_order(size)));
	return object;
}

void *mini_kmalloc(struct mini_arena *arena, size_t size, gfp_t gfp)
{
	arena = arena ?: mini_default_arena;
	return unlikely(gfp & __GFP_ZERO) ? get_zeroed(arena, size) : get(arena, size);
}
EXPORT_SYMBOL_MINI_MM(mini_kmalloc);

void *mini_kmalloc_array(struct mini_arena *arena, size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	return check_mul_overflow(n, size, &bytes) ? NULL : mini_kmalloc(arena, bytes, gfp);
}
EXPORT_SYMBOL_MINI_MM(mini_kmalloc_array);

size_t mini_ksize(const void *object)
{
	return size_of(object, "mini_ksize");
}
EXPORT_SYMBOL_MINI_MM(mini_ksize);

void *mini_krealloc(struct mini_arena *arena, const void *object, size_t size, gfp_t gfp)
{
	size_t old;
	void *new;

	if (!size) {
		mini_kfree(object);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(object))
		return mini_kmalloc(arena, size, gfp);
	old = size_of(object, "mini_krealloc");
	if (!old)
		return NULL;
	if (size <= old) {
		/* What is cut off reads as zeros when it grows again. */
		if (gfp & __GFP_ZERO)
			memset((void *)object + size, 0, old - size);
		return (void *)object;
	}
	new = mini_kmalloc(arena, size, gfp);
	if (!new)
		return NULL;
	memcpy(new, object, old);
	mini_kfree(object);
	return new;
}
EXPORT_SYMBOL_MINI_MM(mini_krealloc);
