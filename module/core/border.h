/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The C border: all that the glue sees of the core, and all that the core asks of the glue.
 *
 * An arena and a cache live in memory that the caller supplies. The core takes no locks: every function
 * names the lock that its caller holds. Errors are enum mini_core_error, 0 for none.
 */
#ifndef MINI_MM_CORE_BORDER_H
#define MINI_MM_CORE_BORDER_H

#if defined(__KERNEL__) && !defined(__cplusplus)
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#include "percpu/page_list.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
	MINI_CORE_PAGE_SHIFT = 12,
	MINI_CORE_MAX_ORDER = 10,
	MINI_CORE_MAX_PAGES = 0xffffff,
	MINI_CORE_MIN_OBJECT = 8,
	MINI_CORE_MAX_OBJECT = 8192,
	MINI_CORE_MAX_SLAB_PAGES = 8,
	MINI_CORE_MAX_CACHE_ID = 0xfffff,
	MINI_CORE_TRACK_BYTES = 80,
};

enum mini_core_error {
	MINI_CORE_OK,
	MINI_CORE_NO_FREE_BLOCK,
	MINI_CORE_BAD_ORDER,
	MINI_CORE_OUTSIDE,
	MINI_CORE_NOT_ALLOCATED,
	MINI_CORE_DOUBLE_FREE,
	MINI_CORE_WRONG_ORDER,
	MINI_CORE_WRONG_KIND,
	MINI_CORE_WRONG_CACHE,
	MINI_CORE_NOT_AN_OBJECT,
	MINI_CORE_BAD_SIZE,
	MINI_CORE_BAD_ALIGNMENT,
	MINI_CORE_CORRUPT,
	MINI_CORE_IN_USE,
	MINI_CORE_INJECTED,
	MINI_CORE_UNSUPPORTED,
	MINI_CORE_TOO_LARGE,
};

/* An error in words, without blank lines or a full stop. Any context. */
const char *mini_core_error_text(int error);

enum mini_core_fault_point {
	MINI_CORE_FAULT_PAGE,
	MINI_CORE_FAULT_OBJECT,
	MINI_CORE_FAULT_SLAB,
	MINI_CORE_FAULT_POINTS,
};

enum mini_core_page_kind {
	MINI_CORE_INSIDE,
	MINI_CORE_FREE,
	MINI_CORE_SLAB,
	MINI_CORE_DELAYED,	/* free, not merged yet */
	MINI_CORE_TAIL,		/* more of the slab to the left */
	MINI_CORE_SLUB,
	MINI_CORE_CACHED,	/* free, in a CPU's list */
	MINI_CORE_ISOLATED = 8,	/* out of use: its entry was damaged */
	MINI_CORE_ALLOCATED = 15,
};

enum mini_core_migrate_type {
	MINI_CORE_UNMOVABLE,
	MINI_CORE_MOVABLE,
	MINI_CORE_RECLAIMABLE,
	MINI_CORE_MIGRATE_TYPES,
};

enum mini_core_management {
	MINI_CORE_MANAGEMENT_AUTOMATIC,
	MINI_CORE_MANAGEMENT_ON_SLAB,
	MINI_CORE_MANAGEMENT_OFF_SLAB,
};

enum mini_core_damage_kind {
	MINI_CORE_DAMAGE_BOOKKEEPING,	/* a slab's management data: the slab was put aside */
	MINI_CORE_DAMAGE_RED_ZONE,
	MINI_CORE_DAMAGE_POISON,
	MINI_CORE_DAMAGE_LIST,	/* the links between slabs: all lists of the cache were made anew; of no slab */
};

/* What an inspection of the page map finds; core/inspection.hpp says what becomes of it. */
enum mini_core_flaw {
	MINI_CORE_FLAW_NO_HEAD,
	MINI_CORE_FLAW_KIND,
	MINI_CORE_FLAW_ORDER,
	MINI_CORE_FLAW_ENTRY,
	MINI_CORE_FLAW_PAYLOAD,
	MINI_CORE_FLAW_NOT_LISTED,
	MINI_CORE_FLAW_INDEX,
	MINI_CORE_FLAW_TAIL,
	MINI_CORE_FLAW_SLAB,
	MINI_CORE_FLAWS,
};

struct mini_core_finding {
	enum mini_core_flaw flaw;
	uint32_t page, pages;
	bool isolated;	/* nobody gets these pages any more */
};

struct mini_core_damage {
	enum mini_core_damage_kind kind;
	uint32_t slab;		/* its first page */
	uint32_t object;	/* index in the slab; so the next two: red zones and poison only */
	int32_t offset;		/* of the first wrong byte, from the object's start */
	uint8_t found;		/* that byte */
	const void *track;	/* the object's mini_core_object_track() */
};

struct mini_core_block {
	uint32_t page;	/* index of the first page */
	uint32_t order;
	uint32_t kind;	/* enum mini_core_page_kind */
	uint32_t cache;	/* slabs and tails: id of the cache, 0 for the arena's own descriptor slabs */
	uint32_t in_use;	/* slabs: objects that are out */
};

struct mini_core_slab_request {
	uint32_t cache;
	uint32_t order;
	uint32_t objects;
	uint32_t pages;
	uint32_t metadata_bytes;
	bool off_slab;
	bool in_page_map;
};

struct mini_core_arena_stats {
	uint64_t allocations, frees, failures, refused, splits, merges;
	uint32_t pages, free_pages, delayed_pages, max_order;
	uint32_t min_free, low_free, high_free;	/* watermarks, pages */
	uint32_t free_blocks[MINI_CORE_MAX_ORDER + 1];
	uint32_t free_by_type[MINI_CORE_MIGRATE_TYPES][MINI_CORE_MAX_ORDER + 1];
};

struct mini_core_cache_request {
	const char *engine;	/* one that there is */
	uint32_t id;	/* 1 to MINI_CORE_MAX_CACHE_ID */
	uint32_t size;	/* of an object; the largest, where the engine serves several */
	uint32_t align;
	uint32_t slab_pages;	/* up to MINI_CORE_MAX_SLAB_PAGES; 0 lets the engine choose */
	uint64_t seed;	/* of what the engine does at random */
	enum mini_core_management management;
	void (*constructor)(void *object);	/* or NULL */
	bool red_zones;
	bool poison;	/* not with a constructor: then it has no effect */
	bool track;	/* room for MINI_CORE_TRACK_BYTES with each object */
	bool consistency;	/* what of the engine's checks costs more than O(1) */
	bool keep_freed;	/* a freed object keeps its content until it is allocated again */
};

struct mini_core_cache_layout {
	uint32_t object_size, slot_size, align, objects_per_slab, pages_per_slab, colours;
	bool off_slab;
};

struct mini_core_cache_stats {
	uint64_t allocations, frees, failures, refused, grown, reaped, active_objects, total_objects;
	uint32_t full_slabs, partial_slabs, empty_slabs, damaged_slabs;
};

struct mini_core_arena;
struct mini_core_cache;

/* The glue's own; the core hands them back in its requests and looks at nothing in them. */
struct mini_arena;
struct mini_cache;

/* --- engines; any context ----------------------------------------------------------------------- */

/* The n-th of the names, from 0, or NULL after the last. */
const char *mini_core_page_engine(unsigned int n);
const char *mini_core_placement(unsigned int n);
const char *mini_core_object_engine_name(unsigned int n);

bool mini_core_has_object_engine(const char *name);
/* The largest object of an engine that serves objects of any size up to it; 0 for engines of fixed slots. */
uint32_t mini_core_object_engine_largest(const char *name);

/*
 * What mini_core_arena_create() takes for the page engine @name with @placement; "" is @usual if the engine has that
 * placement, else the engine's own default. Negative when there is none such.
 */
int mini_core_find_page_engine(const char *name, const char *placement, const char *usual);

/* --- arenas; the caller holds the arena's lock ------------------------------------------------- */

/* Bytes of bookkeeping for a region of @pages; any context. */
size_t mini_core_arena_bytes(int engine, uint32_t pages);

struct mini_core_arena_request {
	int engine;		/* from mini_core_find_page_engine() */
	uint32_t pages;		/* 1 to MINI_CORE_MAX_PAGES */
	uint32_t min_free;	/* the minimum watermark, pages; 0 for none */
};

/*
 * An arena over the 2^MINI_CORE_PAGE_SHIFT * pages bytes at @base, all free, in the zeroed
 * mini_core_arena_bytes() at @metadata. No lock is needed before others know of it; the memory is simply given
 * back when nobody does any more.
 */
struct mini_core_arena *mini_core_arena_create(void *metadata, void *base, const struct mini_core_arena_request *request,
					       struct mini_arena *owner);
const char *mini_core_arena_page_engine(const struct mini_core_arena *arena);
const char *mini_core_arena_placement(const struct mini_core_arena *arena);

struct mini_core_page_request {
	uint32_t order;
	enum mini_core_migrate_type type;
	bool use_reserve;	/* down to the last page, whatever the minimum watermark */
};

int mini_core_page_alloc(struct mini_core_arena *arena, const struct mini_core_page_request *request, uint32_t *page);
/* The same for unmovable pages, in registers: the page, or an error, negated. */
int64_t mini_core_page_alloc_plain(struct mini_core_arena *arena, uint32_t order);
int mini_core_page_free(struct mini_core_arena *arena, uint32_t page, uint32_t order);

/*
 * For the lists of a CPU. Up to @nr blocks, 1 at least, linked in the page map and marked there as cached; more than the
 * first one only while memory is not short. And back: the first @nr of @chain, or all of it.
 */
int mini_core_page_alloc_chain(struct mini_core_arena *arena, const struct mini_core_page_request *request, uint32_t nr,
			       struct mini_page_chain *chain);
void mini_core_page_free_chain(struct mini_core_arena *arena, struct mini_page_chain *chain, uint32_t order,
			       uint32_t nr);
/* Any context. */
struct mini_page_entry *mini_core_page_map(struct mini_core_arena *arena);

/*
 * Exactly @pages pages: aligned to request->order, or from *@page on. They are blocks that can be freed one by one,
 * or together.
 */
int mini_core_run_alloc(struct mini_core_arena *arena, uint32_t pages, const struct mini_core_page_request *request,
			uint32_t *page);
int mini_core_run_claim(struct mini_core_arena *arena, uint32_t page, uint32_t pages);
int mini_core_run_free(struct mini_core_arena *arena, uint32_t page, uint32_t pages);

/* Merges up to @blocks free blocks whose merging was put off. False: there were none. */
bool mini_core_arena_settle(struct mini_core_arena *arena, uint32_t blocks);

/*
 * Compaction. mini_core_compaction_next() gives a movable block, the highest first. The caller sees to it that nobody
 * uses it, lets mini_core_compaction_place() take a place for it further down, copies it, and frees it. @steps bounds
 * the time of a call.
 */
struct mini_core_compaction {
	uint32_t high, low[MINI_CORE_MAX_ORDER + 1];
};

enum mini_core_compaction_step {
	MINI_CORE_COMPACTION_FOUND,
	MINI_CORE_COMPACTION_AGAIN,	/* nothing yet: call again */
	MINI_CORE_COMPACTION_DONE,	/* next: all was looked at; place: there is none */
};

void mini_core_compaction_start(const struct mini_core_arena *arena, struct mini_core_compaction *state);
enum mini_core_compaction_step mini_core_compaction_next(const struct mini_core_arena *arena,
							 struct mini_core_compaction *state, uint32_t steps,
							 uint32_t *page, uint32_t *order);
enum mini_core_compaction_step mini_core_compaction_place(struct mini_core_arena *arena,
							  struct mini_core_compaction *state, uint32_t page,
							  uint32_t order, uint32_t steps, uint32_t *to);

int mini_core_take_slab(struct mini_core_arena *arena, const struct mini_core_slab_request *request,
			enum mini_core_migrate_type type, uint32_t *page);
void mini_core_give_back_slab(struct mini_core_arena *arena, uint32_t page);

/* Pages in a pageblock, all of one migrate type, and the type of the one that holds @page. */
uint32_t mini_core_pageblock_pages(void);
enum mini_core_migrate_type mini_core_pageblock_type(const struct mini_core_arena *arena, uint32_t page);
/* The first page of the block that holds @page. */
uint32_t mini_core_block_of(const struct mini_core_arena *arena, uint32_t page);

/* The block whose first page is @page; the next one starts at page + 2^order. */
void mini_core_arena_block(const struct mini_core_arena *arena, uint32_t page, struct mini_core_block *block);
void mini_core_arena_read_stats(const struct mini_core_arena *arena, struct mini_core_arena_stats *stats);

/*
 * Looks for damage in the window of blocks that starts at @page, a multiple of mini_core_window_pages(), and mends it or
 * takes it out of use. The first @room findings; how many there were. When something was isolated, all caches of the
 * arena have to be relisted. O(pages of a window); with damage O(pages).
 */
uint32_t mini_core_window_pages(void);
uint32_t mini_core_arena_inspect(struct mini_core_arena *arena, uint32_t page, struct mini_core_finding *findings,
				 uint32_t room);
/* Frees what waits in no list of a CPU in that window, while all those lists are empty. How many blocks. */
uint32_t mini_core_arena_reclaim_cached(struct mini_core_arena *arena, uint32_t page);
/* Looks at slabs' management data that lies off them; how much was damaged, and is put aside. */
uint32_t mini_core_arena_inspect_descriptors(struct mini_core_arena *arena);

/* The first broken invariant in words, or NULL. O(blocks). */
const char *mini_core_arena_broken(const struct mini_core_arena *arena);

/* --- caches; the caller holds the cache's lock -------------------------------------------------- */

/* @engine: one that there is; any context. */
size_t mini_core_cache_bytes(const char *engine);

/*
 * A cache in the mini_core_cache_bytes() at @memory. bad_size, bad_alignment, too_large. No lock is needed before
 * others know of it; its memory may be given back when it is empty and shrunk.
 */
int mini_core_cache_create(void *memory, struct mini_core_arena *arena, struct mini_cache *owner,
			   const struct mini_core_cache_request *request, struct mini_core_cache **cache);

/* Any context. */
const char *mini_core_cache_engine(const struct mini_core_cache *cache);

/* @size bytes, or the cache's object size when it is 0. too_large when it is more than that. */
int mini_core_object_alloc(struct mini_core_cache *cache, uint32_t size, void **object);
/* Up to @nr objects; more than the first one only from slabs that there are. How many; *@error: why not even one. */
uint32_t mini_core_object_alloc_some(struct mini_core_cache *cache, uint32_t nr, void **objects, int *error);
int mini_core_object_free(struct mini_core_cache *cache, void *object);
/* How many bytes an object that is out has, in *@size. */
int mini_core_object_size(const struct mini_core_cache *cache, const void *object, uint32_t *size);
/* The MINI_CORE_TRACK_BYTES of an object, out or free; all zeros when new; NULL where there are none. */
void *mini_core_object_track(const struct mini_core_cache *cache, const void *object);

/* Gives at most @slabs empty slabs back. Returns the number of pages. */
uint32_t mini_core_cache_shrink(struct mini_core_cache *cache, uint32_t slabs);

/* Looks at every slab and object; each damage goes to mini_glue_cache_damage(). How many. O(objects). */
uint32_t mini_core_cache_validate(struct mini_core_cache *cache);

/* Makes the lists of slabs anew from the page map, which was mended. O(pages of the region). */
void mini_core_cache_relist(struct mini_core_cache *cache);

void mini_core_cache_read_layout(const struct mini_core_cache *cache, struct mini_core_cache_layout *layout);
void mini_core_cache_read_stats(const struct mini_core_cache *cache, struct mini_core_cache_stats *stats);

/* The first broken invariant in words, or NULL. O(objects). */
const char *mini_core_cache_broken(const struct mini_core_cache *cache);

/* --- supplied by the glue ----------------------------------------------------------------------- */

/*
 * Fault injection. The core looks at a word for each enum mini_core_fault_point first; if it is not zero it asks, under
 * the arena's or the cache's lock, and true makes this allocation fail.
 */
const int *mini_glue_faults(struct mini_arena *arena);
const int *mini_glue_cache_faults(struct mini_cache *cache);
bool mini_glue_should_fail(struct mini_arena *arena, enum mini_core_fault_point point);
bool mini_glue_cache_should_fail(struct mini_cache *cache, enum mini_core_fault_point point);

/* Tracing, under the arena's lock: the block of order @from at @page was split or merged, step by step, to order @to. */
void mini_glue_page_split(struct mini_arena *arena, uint32_t page, uint32_t from, uint32_t to);
void mini_glue_page_merge(struct mini_arena *arena, uint32_t page, uint32_t from, uint32_t to);

/* Whether a slab of a cache starts at @page, as the glue knows it. Under the arena's lock. */
bool mini_glue_has_slab(struct mini_arena *arena, uint32_t page);

/* No hot path may take these pages for a slab's any more, or for a block of the one who has it. Under the arena's lock. */
void mini_glue_pages_isolated(struct mini_arena *arena, uint32_t page, uint32_t pages);

/* Under the cache's lock. Take the arena's lock and call the mini_core_ functions of the same name. */
int mini_glue_take_slab(struct mini_cache *cache, const struct mini_core_slab_request *request,
			uint32_t *page);
void mini_glue_give_back_slab(struct mini_cache *cache, uint32_t page);

/* Tracing, under the cache's lock. */
void mini_glue_slab_grow(struct mini_cache *cache, uint32_t page);
void mini_glue_slab_reap(struct mini_cache *cache, uint32_t page);
/* A stray write was found; once for each. Under the cache's lock. */
void mini_glue_cache_damage(struct mini_cache *cache, const struct mini_core_damage *damage);

#ifdef __cplusplus
}
#endif

#endif /* MINI_MM_CORE_BORDER_H */
