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
#include "internal.h"

/* Nothing that the owner of a page would write there. */
#define KMALLOC_MARK 0x6b6d616c6c6f6321UL

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

/* Which class serves @size, 1 to MINI_CORE_MAX_OBJECT. */
static unsigned int class_of(size_t size)
{
	unsigned int bits;

	if (size <= 8)
		return 0;
	if (size > 64 && size <= 96)
		return 4;
	if (size > 128 && size <= 192)
		return 6;
	bits = order_base_2(size);
	/* Powers of two, with one more class above 64 and one above 128. */
	return bits - 3 + (bits > 6) + (bits > 7);
}

struct mini_cache *mini_general_cache(struct mini_arena *arena, size_t size)
{
	return size <= MINI_CORE_MAX_OBJECT ? arena->general[class_of(size)] : NULL;
}

/* --- allocating ---------------------------------------------------------------------------------------- */

static int alloc_large(struct mini_arena *arena, size_t size, void **object)
{
	u32 page;
	int error;

	if (size > PAGE_SIZE << MINI_CORE_MAX_ORDER)
		return MINI_CORE_BAD_SIZE;
	error = mini_pages_alloc(arena, get_order(size), &page);
	if (error)
		return error == MINI_CORE_BAD_ORDER ? MINI_CORE_BAD_SIZE : error;
	set_page_private(mini_page(arena, page), KMALLOC_MARK);
	*object = mini_page_address(arena, page);
	return MINI_CORE_OK;
}

int mini_kmalloc_from(struct mini_arena *arena, size_t size, void **object)
{
	struct mini_cache *cache;
	int error;

	cache = mini_general_cache(arena, size);
	if (!cache)
		return alloc_large(arena, size, object);
	error = mini_object_alloc_size(cache, size, object);
	if (!error && unlikely(READ_ONCE(cache->hidden)))
		WRITE_ONCE(cache->hidden, false);
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
		if (object != page_address(first) || page_private(first) != KMALLOC_MARK)
			return MINI_CORE_NOT_AN_OBJECT;
		/* Once: whoever comes second finds no mark. */
		if (purpose == TO_FREE)
			set_page_private(first, 0);
		return MINI_CORE_OK;
	default:
		return MINI_CORE_DOUBLE_FREE;
	}
}

/* Keeps the arena and the cache while somebody looks at them; from enter() to leave(). */
static int enter(void)
{
	rcu_read_lock();
	return mini_lookup_enter();
}

static void leave(int entered)
{
	mini_lookup_leave(entered);
	rcu_read_unlock();
}

/* Errors of the core. */
static int find_origin(struct origin *origin, const void *object, enum purpose purpose)
{
	unsigned long flags;
	int error;

	*origin = (struct origin){ .arena = mini_arena_at(object) };
	if (!origin->arena)
		return MINI_CORE_OUTSIDE;
	raw_spin_lock_irqsave(&origin->arena->lock, flags);
	error = trace_back(origin, object, purpose);
	raw_spin_unlock_irqrestore(&origin->arena->lock, flags);
	return error;
}

void mini_kfree(const void *object)
{
	struct origin origin;
	int entered;
	int error;

	if (ZERO_OR_NULL_PTR(object))
		return;
	entered = enter();
	error = find_origin(&origin, object, TO_FREE);
	if (unlikely(error))
		mini_report_address(origin.arena, "mini_kfree", object, error);
	else if (origin.cache)
		mini_object_free(origin.cache, (void *)object);
	else
		mini_pages_free(origin.arena, origin.page, origin.order);
	leave(entered);
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
	int entered;
	int error;

	if (ZERO_OR_NULL_PTR(object))
		return 0;
	entered = enter();
	error = find_origin(&origin, object, TO_LOOK);
	if (unlikely(error))
		mini_report_address(origin.arena, function, object, error);
	else
		size = room_of(origin.cache, object, origin.order);
	leave(entered);
	return size;
}

void *mini_kmalloc(struct mini_arena *arena, size_t size, gfp_t gfp)
{
	void *object;

	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	if (!arena)
		arena = mini_default_arena;
	if (mini_kmalloc_from(arena, size, &object))
		return NULL;
	/* All of it: it may grow in place later. */
	if (gfp & __GFP_ZERO)
		memset(object, 0, room_of(mini_general_cache(arena, size), object, get_order(size)));
	return object;
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
