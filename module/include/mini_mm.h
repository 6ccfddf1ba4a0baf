/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mini_mm's kernel API: page and object allocators that live in arenas of their own. Names and argument
 * order are those of the kernel's allocators, with an arena in front where one is needed (NULL is the
 * default arena), so that code written for those runs on these by renaming.
 *
 * Allocating and freeing works in any context in which GFP_ATOMIC does, hard interrupts included, NMI
 * excluded; it never sleeps, takes no memory from the kernel, and gives NULL when the arena is exhausted.
 * __GFP_ZERO is honoured, other gfp bits are accepted and have no effect. Making and destroying arenas and caches
 * sleeps, and so do mini_vmalloc() and mini_vfree().
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

/* A magazine_size of none: every request goes to the engines. */
#define MINI_NO_MAGAZINES (~0U)

/**
 * struct mini_arena_params - how an arena is made
 * @size: bytes of the region, a multiple of PAGE_SIZE; 0 for the module's region_mb
 * @page_engine: name of the page engine; NULL for the module's default
 * @placement: name of the placement; NULL for the module's default if the engine has it, else the engine's own
 * @object_engine: name of the object engine of caches that choose none, and of kmalloc; NULL for the module's default
 * @debug: letters as in the module's debug parameter; NULL for the module's default
 * @min_free: the minimum watermark, bytes: what requests without __GFP_HIGH or __GFP_MEMALLOC leave free; 0 for none
 * @magazine_size: objects in a CPU's magazine and pages in a CPU's list, of this arena and its caches; 0 for the
 *	module's, MINI_NO_MAGAZINES for none
 * @batch: objects or pages that go between a CPU and the engines at a time; 0 for half of @magazine_size
 */
struct mini_arena_params {
	unsigned long size;
	const char *page_engine;
	const char *placement;
	const char *object_engine;
	const char *debug;
	unsigned long min_free;
	unsigned int magazine_size;
	unsigned int batch;
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
 * @gfp: __GFP_ZERO; __GFP_MOVABLE or __GFP_RECLAIMABLE for the mobility, which not every page engine has;
 *	__GFP_HIGH or __GFP_MEMALLOC to go below the minimum watermark
 * @order: 0 to the arena's highest
 *
 * Context: any but NMI.
 * Return: the first page, aligned to its order, or NULL.
 */
struct page *mini_alloc_pages(struct mini_arena *arena, gfp_t gfp, unsigned int order);

/**
 * mini_free_pages() - free what mini_alloc_pages() gave
 * @arena: the same arena
 * @page: the first page; NULL is no error
 * @order: the same order
 *
 * Context: any but NMI.
 */
void mini_free_pages(struct mini_arena *arena, struct page *page, unsigned int order);

/**
 * mini_alloc_contig_pages() - allocate contiguous pages, as many as asked for
 * @arena: NULL for the default arena
 * @nr: how many; up to the arena's largest block
 * @align_order: the first page's index in the region is a multiple of 2^align_order; 0 for any
 * @gfp: as for mini_alloc_pages()
 *
 * Context: any but NMI.
 * Return: the first page, or NULL. Freed by mini_free_contig_range(), or page by page when each was of order 0.
 */
struct page *mini_alloc_contig_pages(struct mini_arena *arena, unsigned long nr, unsigned int align_order, gfp_t gfp);

/**
 * mini_alloc_contig_range() - allocate the pages of one range, all or none
 * @arena: NULL for the default arena
 * @start: index of the first page in the arena's region
 * @end: index behind the last page
 * @gfp: __GFP_ZERO or not
 *
 * Context: any but NMI.
 * Return: the first page, or NULL when one of them is in use or outside.
 */
struct page *mini_alloc_contig_range(struct mini_arena *arena, unsigned long start, unsigned long end, gfp_t gfp);

/**
 * mini_free_contig_range() - free what mini_alloc_contig_pages() or mini_alloc_contig_range() gave
 * @arena: the same arena
 * @page: the first page; NULL is no error
 * @nr: how many
 *
 * Context: any but NMI.
 */
void mini_free_contig_range(struct mini_arena *arena, struct page *page, unsigned long nr);

/**
 * mini_alloc_pages_exact() - allocate contiguous memory of a size that need not be a power of two
 * @arena: NULL for the default arena
 * @size: bytes, rounded up to whole pages
 * @gfp: as for mini_alloc_pages()
 *
 * Context: any but NMI.
 * Return: the memory, or NULL.
 */
void *mini_alloc_pages_exact(struct mini_arena *arena, size_t size, gfp_t gfp);

/**
 * mini_free_pages_exact() - free what mini_alloc_pages_exact() gave
 * @arena: the same arena
 * @address: NULL is no error
 * @size: the same size
 *
 * Context: any but NMI.
 */
void mini_free_pages_exact(struct mini_arena *arena, void *address, size_t size);

/**
 * mini_alloc_pages_bulk() - allocate many single pages
 * @arena: NULL for the default arena
 * @gfp: __GFP_ZERO or not
 * @nr: entries of @pages
 * @pages: where they go; entries that are not NULL stay as they are
 *
 * Context: any but NMI.
 * Return: how many entries, from the first one on, have a page: @nr, or less when the arena is exhausted.
 */
unsigned long mini_alloc_pages_bulk(struct mini_arena *arena, gfp_t gfp, unsigned long nr, struct page **pages);

/**
 * mini_free_pages_bulk() - free many single pages
 * @arena: the same arena
 * @nr: entries of @pages
 * @pages: the pages; their entries become NULL, those that are NULL already are no error
 *
 * Context: any but NMI.
 */
void mini_free_pages_bulk(struct mini_arena *arena, unsigned long nr, struct page **pages);

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
 * @flags: SLAB_HWCACHE_ALIGN; SLAB_TYPESAFE_BY_RCU (below); SLAB_CONSISTENCY_CHECKS, SLAB_RED_ZONE, SLAB_POISON,
 *	SLAB_STORE_USER and SLAB_TRACE as the letters F, Z, P, U and T of the debug parameter, for this cache;
 *	SLAB_RECLAIM_ACCOUNT: its slabs are reclaimable blocks; SLAB_PANIC and SLAB_ACCOUNT are accepted and have no
 *	effect; others are refused
 * @ctor: NULL, or what constructs an object; runs once for each object when its slab is made, with
 *	interrupts off, and must not sleep. An object goes back constructed. (The engine slob constructs at each
 *	allocation.)
 *
 * With SLAB_TYPESAFE_BY_RCU, who holds rcu_read_lock() may look at an object that is freed meanwhile: it may be another
 * object of the cache by then, but nothing else, for slabs go back to the arena only after a grace period. Such objects
 * are not poisoned. The cache may be destroyed at once; its arena waits for the slabs.
 *
 * Context: may sleep.
 * Return: the cache, or NULL with the reason in the kernel log.
 */
struct mini_cache *mini_kmem_cache_create(struct mini_arena *arena, const char *name, unsigned int size,
					  unsigned int align, slab_flags_t flags, void (*ctor)(void *));

/**
 * mini_kmem_cache_create_engine() - mini_kmem_cache_create() with more to choose
 * @arena: as there; so the next five
 * @name: as there
 * @size: as there
 * @align: as there
 * @flags: as there
 * @ctor: as there
 * @params: NULL for the defaults
 *
 * Context: may sleep.
 * Return: the cache, or NULL with the reason in the kernel log.
 */
struct mini_cache *mini_kmem_cache_create_engine(struct mini_arena *arena, const char *name,
						 unsigned int size, unsigned int align,
						 slab_flags_t flags, void (*ctor)(void *),
						 const struct mini_cache_params *params);

/**
 * mini_kmem_cache_alloc() - allocate an object
 * @cache: from mini_kmem_cache_create()
 * @gfp: __GFP_ZERO or not (refused for a cache with a constructor)
 *
 * Context: any but NMI.
 * Return: the object, or NULL.
 */
void *mini_kmem_cache_alloc(struct mini_cache *cache, gfp_t gfp);

/**
 * mini_kmem_cache_free() - free an object
 * @cache: where it is from
 * @object: from mini_kmem_cache_alloc(); NULL is no error
 *
 * Context: any but NMI.
 */
void mini_kmem_cache_free(struct mini_cache *cache, void *object);

/**
 * mini_kmem_cache_alloc_bulk() - allocate many objects, or none
 * @cache: from mini_kmem_cache_create()
 * @gfp: as for mini_kmem_cache_alloc()
 * @nr: how many
 * @objects: where they go
 *
 * Context: any but NMI.
 * Return: @nr, or 0 when there are not enough.
 */
int mini_kmem_cache_alloc_bulk(struct mini_cache *cache, gfp_t gfp, size_t nr, void **objects);

/**
 * mini_kmem_cache_free_bulk() - free many objects
 * @cache: where they are from
 * @nr: how many
 * @objects: each from mini_kmem_cache_alloc() or mini_kmem_cache_alloc_bulk(); NULL is refused as any other that is
 *	no object
 *
 * Context: any but NMI.
 */
void mini_kmem_cache_free_bulk(struct mini_cache *cache, size_t nr, void **objects);

/**
 * mini_kmem_cache_shrink() - give the empty slabs back to the arena
 * @cache: from mini_kmem_cache_create()
 *
 * Context: any but NMI.
 * Return: the number of pages; with SLAB_TYPESAFE_BY_RCU they arrive later.
 */
int mini_kmem_cache_shrink(struct mini_cache *cache);

/**
 * mini_kmem_cache_destroy() - destroy a cache
 * @cache: from mini_kmem_cache_create(); NULL is no error
 *
 * A cache of which objects are still held is noted in the kernel log and stays, until its arena goes at the latest.
 *
 * Context: may sleep.
 */
void mini_kmem_cache_destroy(struct mini_cache *cache);

/**
 * mini_kmalloc() - allocate @size bytes
 * @arena: NULL for the default arena
 * @size: up to 8 KiB from the arena's general caches (kmalloc-8 to kmalloc-8k), more from pages, up to a block of the
 *	arena's highest order
 * @gfp: __GFP_ZERO or not
 *
 * Powers of two are aligned to their size, up to a page's at least. An arena of very few pages does not serve the
 * largest sizes.
 *
 * Context: any but NMI.
 * Return: the memory, ZERO_SIZE_PTR for @size 0, or NULL.
 */
void *mini_kmalloc(struct mini_arena *arena, size_t size, gfp_t gfp);

/**
 * mini_kmalloc_array() - allocate @n times @size bytes
 * @arena: as for mini_kmalloc()
 * @n: how many
 * @size: bytes of each
 * @gfp: as for mini_kmalloc()
 *
 * Context: any but NMI.
 * Return: as mini_kmalloc(); NULL when the product is larger than any size.
 */
void *mini_kmalloc_array(struct mini_arena *arena, size_t n, size_t size, gfp_t gfp);

/**
 * mini_kzalloc() - mini_kmalloc() of zeros
 * @arena: as for mini_kmalloc()
 * @size: as for mini_kmalloc()
 * @gfp: as for mini_kmalloc()
 *
 * Context: any but NMI.
 * Return: as mini_kmalloc().
 */
static inline void *mini_kzalloc(struct mini_arena *arena, size_t size, gfp_t gfp)
{
	return mini_kmalloc(arena, size, gfp | __GFP_ZERO);
}

/**
 * mini_kcalloc() - mini_kmalloc_array() of zeros
 * @arena: as for mini_kmalloc()
 * @n: how many
 * @size: bytes of each
 * @gfp: as for mini_kmalloc()
 *
 * Context: any but NMI.
 * Return: as mini_kmalloc_array().
 */
static inline void *mini_kcalloc(struct mini_arena *arena, size_t n, size_t size, gfp_t gfp)
{
	return mini_kmalloc_array(arena, n, size, gfp | __GFP_ZERO);
}

/**
 * mini_krealloc() - change the size of what mini_kmalloc() gave
 * @arena: where it goes when it has to move
 * @object: from mini_kmalloc(); NULL and ZERO_SIZE_PTR for a new allocation
 * @size: in bytes; 0 frees @object
 * @gfp: as for mini_kmalloc(); what is allocated with __GFP_ZERO throughout grows by zeros
 *
 * The content is kept up to the smaller size. What fits stays where it is.
 *
 * Context: any but NMI.
 * Return: the memory, which may be elsewhere; ZERO_SIZE_PTR for @size 0; NULL when there is none: then @object is
 * as it was.
 */
void *mini_krealloc(struct mini_arena *arena, const void *object, size_t size, gfp_t gfp);

/**
 * mini_ksize() - how many bytes there are to use
 * @object: from mini_kmalloc(), or an object of a cache
 *
 * Context: any but NMI.
 * Return: at least what was asked for; 0 for NULL, ZERO_SIZE_PTR and what is refused.
 */
size_t mini_ksize(const void *object);

/**
 * mini_kfree() - free what mini_kmalloc() gave
 * @object: of any arena; an object of a cache too; NULL and ZERO_SIZE_PTR are no error
 *
 * Context: any but NMI.
 */
void mini_kfree(const void *object);

/**
 * mini_vmalloc() - allocate @size bytes of pages, wherever they lie, mapped contiguously
 * @arena: NULL for the default arena
 * @size: in bytes, rounded up to pages; no more than the arena's region
 *
 * For what is large when no large block is free. Unlike the other functions it takes memory from the kernel, for
 * page tables and bookkeeping.
 *
 * Context: may sleep.
 * Return: the address, or NULL.
 */
void *mini_vmalloc(struct mini_arena *arena, unsigned long size);

/**
 * mini_vzalloc() - mini_vmalloc() of zeros
 * @arena: as for mini_vmalloc()
 * @size: as for mini_vmalloc()
 *
 * Context: may sleep.
 * Return: as mini_vmalloc().
 */
void *mini_vzalloc(struct mini_arena *arena, unsigned long size);

/**
 * mini_vfree() - free what mini_vmalloc() gave
 * @address: NULL is no error
 *
 * Context: may sleep.
 */
void mini_vfree(const void *address);

#endif /* MINI_MM_H */
