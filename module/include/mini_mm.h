/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mini_mm's kernel API: page and object allocators that live in arenas of their own. Names and argument
 * order are those of the kernel's allocators, with an arena in front where one is needed (NULL is the
 * default arena), so that code written for those runs on these by renaming.
 *
 * Allocating and freeing works in any context in which GFP_ATOMIC does, hard interrupts included, NMI
 * excluded; it never sleeps, takes no memory from the kernel, and gives NULL when the arena is exhausted.
 * __GFP_ZERO is honoured, other gfp bits are accepted and have no effect. Making and destroying arenas and caches
 * sleeps.
 *
 * A free of what was not allocated (twice, with another order, from another cache) is refused, counted
 * and noted in the kernel log at a limited rate; the arena goes on working.
 *
 * Users say MODULE_IMPORT_NS for the namespace MINI_MM.
 */
#ifndef MINI_MM_H
#define MINI_MM_H

#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/types.h>

struct mini_arena;
struct mini_cache;

/**
 * struct mini_arena_params - how an arena is made
 * @size: bytes of the region, a multiple of PAGE_SIZE; 0 for the module's region_mb
 * @page_engine: name of the page engine; NULL for the module's default
 * @placement: name of the placement; NULL for the module's default
 * @debug: letters as in the module's debug parameter; NULL for the module's default
 */
struct mini_arena_params {
	unsigned long size;
	const char *page_engine;
	const char *placement;
	const char *debug;
};

/**
 * mini_arena_create() - make an arena
 * @name: 1 to 15 letters, digits, '_', '-' or '.', not taken
 * @params: NULL for the module's defaults throughout
 *
 * Context: may sleep.
 * Return: the arena, or an ERR_PTR(): -EINVAL, -EEXIST, -ENAMETOOLONG, -ENOMEM.
 */
struct mini_arena *mini_arena_create(const char *name, const struct mini_arena_params *params);

/**
 * mini_arena_destroy() - give an arena and its region back
 * @arena: from mini_arena_create(), or NULL or an ERR_PTR(), which is no error
 *
 * Its caches go with it. An arena of which pages or objects are still held is noted in the kernel log
 * and stays until the module is unloaded.
 *
 * Context: may sleep.
 */
void mini_arena_destroy(struct mini_arena *arena);

/**
 * mini_alloc_pages() - allocate 2^order contiguous pages
 * @arena: NULL for the default arena
 * @gfp: __GFP_ZERO or not
 * @order: 0 to the arena's highest
 *
 * Return: the first page, aligned to its order, or NULL.
 */
struct page *mini_alloc_pages(struct mini_arena *arena, gfp_t gfp, unsigned int order);

/**
 * mini_free_pages() - free what mini_alloc_pages() gave
 * @arena: the same arena
 * @page: the first page; NULL is no error
 * @order: the same order
 */
void mini_free_pages(struct mini_arena *arena, struct page *page, unsigned int order);

/**
 * struct mini_cache_params - what the kernel's allocators do not have
 * @off_slab: keep slab management data outside the slabs, whatever the size
 * @engine: name of the object engine; NULL or "" for the default
 * @slab_pages: how many pages a slab has, 1 to 8; 0 lets the engine choose
 */
struct mini_cache_params {
	bool off_slab;
	const char *engine;
	unsigned int slab_pages;
};

/**
 * mini_kmem_cache_create() - make a cache of objects of one size
 * @arena: NULL for the default arena
 * @name: 1 to 31 letters, digits, '_', '-' or '.', not taken in this arena
 * @size: 8 to 8192 bytes
 * @align: 0 (for 8) or a power of two up to PAGE_SIZE
 * @flags: SLAB_HWCACHE_ALIGN; SLAB_CONSISTENCY_CHECKS, SLAB_RED_ZONE, SLAB_POISON, SLAB_STORE_USER and SLAB_TRACE as
 *	the letters F, Z, P, U and T of the debug parameter, for this cache; SLAB_PANIC, SLAB_ACCOUNT and
 *	SLAB_RECLAIM_ACCOUNT are accepted and have no effect; others are refused
 * @ctor: NULL, or what constructs an object; runs once for each object when its slab is made, with
 *	interrupts off, and must not sleep. An object goes back constructed. (The engine slob constructs at each
 *	allocation.)
 *
 * Context: may sleep.
 * Return: the cache, or NULL with the reason in the kernel log.
 */
struct mini_cache *mini_kmem_cache_create(struct mini_arena *arena, const char *name, unsigned int size,
					  unsigned int align, slab_flags_t flags, void (*ctor)(void *));

/* The same with more to choose; NULL @params for the defaults. */
struct mini_cache *mini_kmem_cache_create_engine(struct mini_arena *arena, const char *name,
						 unsigned int size, unsigned int align,
						 slab_flags_t flags, void (*ctor)(void *),
						 const struct mini_cache_params *params);

/**
 * mini_kmem_cache_alloc() - allocate an object
 * @cache: from mini_kmem_cache_create()
 * @gfp: __GFP_ZERO or not (refused for a cache with a constructor)
 *
 * Return: the object, or NULL.
 */
void *mini_kmem_cache_alloc(struct mini_cache *cache, gfp_t gfp);

/* Free what mini_kmem_cache_alloc() gave; NULL is no error. */
void mini_kmem_cache_free(struct mini_cache *cache, void *object);

/**
 * mini_kmem_cache_alloc_bulk() - allocate many objects, or none
 * @cache: from mini_kmem_cache_create()
 * @gfp: as for mini_kmem_cache_alloc()
 * @nr: how many
 * @objects: where they go
 *
 * Return: @nr, or 0 when there are not enough.
 */
int mini_kmem_cache_alloc_bulk(struct mini_cache *cache, gfp_t gfp, size_t nr, void **objects);
void mini_kmem_cache_free_bulk(struct mini_cache *cache, size_t nr, void **objects);

/* Give the empty slabs back to the arena. Return: the number of pages. Any context. */
int mini_kmem_cache_shrink(struct mini_cache *cache);

/* As mini_arena_destroy(), for a cache. Context: may sleep. */
void mini_kmem_cache_destroy(struct mini_cache *cache);

#endif /* MINI_MM_H */
