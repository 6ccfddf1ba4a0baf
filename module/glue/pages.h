/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Page blocks past the per-CPU layer (pages.c), pages as indexes and addresses of an arena's region, and the mark in
 * page->private that says whose a page is.
 */
#ifndef MINI_MM_PAGES_H
#define MINI_MM_PAGES_H

#include "internal.h"

/* Any context. Errors of the core. */
int mini_pages_request(struct mini_arena *arena, const struct mini_core_page_request *request, u32 *page);
int mini_pages_alloc(struct mini_arena *arena, unsigned int order, u32 *page);
int mini_pages_free(struct mini_arena *arena, u32 page, unsigned int order);
/* Exactly @pages pages: aligned to the request's order, or those from @first on. */
int mini_run_alloc(struct mini_arena *arena, u32 pages, const struct mini_core_page_request *request, u32 *page);
int mini_range_alloc(struct mini_arena *arena, u32 first, u32 pages);
int mini_run_free(struct mini_arena *arena, u32 page, u32 pages);
/* Under the arena's lock, by whoever takes pages of the core: what is traced and logged. */
void mini_note_pages_taken(struct mini_arena *arena, u32 page, unsigned int order);
/* The first of @nr pages, all of them cleared if @gfp says so. */
struct page *mini_zeroed_if_asked(struct mini_arena *arena, u32 page, unsigned long nr, gfp_t gfp);
/* As mini_alloc_pages() without zeroing, past the per-CPU layer; @caller is whom debug U notes. */
struct page *mini_block_from_engine(struct mini_arena *arena, gfp_t gfp, unsigned int order, unsigned long caller);
void mini_block_to_engine(struct mini_arena *arena, u32 page, unsigned int order, unsigned long caller);

/* The bits that make a request another one than of unmovable pages as they are. */
#define MINI_GFP_OTHER (__GFP_MOVABLE | __GFP_RECLAIMABLE | __GFP_ZERO)

/* What a request of @gfp asks of the page engine. */
static inline struct mini_core_page_request mini_page_request(gfp_t gfp, unsigned int order)
{
	return (struct mini_core_page_request){
		.order = order,
		.type = gfp & __GFP_MOVABLE	  ? MINI_CORE_MOVABLE :
			gfp & __GFP_RECLAIMABLE ? MINI_CORE_RECLAIMABLE :
						    MINI_CORE_UNMOVABLE,
		.use_reserve = gfp & (__GFP_HIGH | __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC),
	};
}

/*
 * What can be done when a request has failed: merges that were put off, empty slabs of the caches. Any context.
 * False: nothing came of it.
 */
bool mini_arena_relieve(struct mini_arena *arena);
/* After an operation under the arena's lock: with debug V, reports what is broken. */
void mini_arena_verify(struct mini_arena *arena);

static inline struct page *mini_page(const struct mini_arena *arena, u32 index)
{
	return arena->first_page + index;
}

/* The other way round; the number of its pages when @page is not in the arena's region. */
static inline u32 mini_page_index(const struct mini_arena *arena, const struct page *page)
{
	return min_t(u64, page - arena->first_page, arena->region.nr_pages);
}

static inline void *mini_page_address(const struct mini_arena *arena, u32 index)
{
	return page_address(mini_page(arena, index));
}

/* Bytes from the start of the arena's region to @address. */
static inline u64 mini_offset(const struct mini_arena *arena, const void *address)
{
	return address - mini_page_address(arena, 0);
}

/*
 * What page->private of a page of the region says; the lowest bits tell what it is. Of each page of a slab, whose
 * it is. Of the first page of a slab of an engine of several sizes, or on its way back, only that it is one. Of an
 * allocated block's first page: the handle that it belongs to, the slot of a replay, or that kmalloc gave it.
 */
enum mini_page_mark {
	MINI_MARK_CACHE = 0,
	MINI_MARK_KMALLOC = 1,
	MINI_MARK_REPLAY = 3,
	MINI_MARK_HANDLE = 5,
	MINI_MARK_SLAB = 7,
	MINI_MARK_BITS = 3, /* that tell */
	MINI_MARKS = 7,
};

static inline unsigned long mini_mark_of_handle(u64 id)
{
	return id << MINI_MARK_BITS | MINI_MARK_HANDLE;
}

static inline bool mini_is_mark_of_handle(unsigned long mark)
{
	return (mark & MINI_MARKS) == MINI_MARK_HANDLE;
}

static inline unsigned long mini_mark_of_cache(const struct mini_cache *cache)
{
	return (unsigned long)cache + MINI_MARK_CACHE;
}

#endif /* MINI_MM_PAGES_H */
