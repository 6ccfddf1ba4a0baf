/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the glue share: the arena, the cache, and who may touch what when.
 *
 * Locks, outermost first:
 *   mini_registry    rw_semaphore: which arenas and caches exist. Held for reading by whoever works on
 *                    one found by id or by walking a list, for writing by who makes or destroys one.
 *                    Users of the kernel API hold a pointer instead: it is theirs until they destroy it.
 *   holder->lock     spinlock: one holder's list of handles.
 *   cache->lock      raw spinlock, interrupts off: the core's object engine of this cache.
 *   arena->lock      raw spinlock, interrupts off: the core's page engine of this arena.
 *   log->lock        raw spinlock, interrupts off: the ring of an arena's event log, an event at a time.
 * The last three are raw because the kernel API may be called in hard interrupts, on PREEMPT_RT too; what
 * is done under them is bounded. The per-CPU layer stands in front of them: layer.h. mini_registry
 * comes before the lock that holds CPUs.
 */
#ifndef MINI_MM_INTERNAL_H
#define MINI_MM_INTERNAL_H

#include <linux/atomic.h>
#include <linux/dcache.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "core/border.h"
#include "layer.h"
#include "mini_mm.h"
#include "mini_mm_version.h"
#include "uapi/mini_mm.h"

/* So that a client cannot take all of the kernel's memory for bookkeeping. */
#define MINI_MAX_ARENAS 64
#define MINI_MAX_CACHES 1024
#define MINI_MAX_HANDLES BIT(20)
/* The lower half of the ids that the core takes; the upper one is for the general caches. */
#define MINI_MAX_CACHE_ID (MINI_CORE_MAX_CACHE_ID / 2)

/* The letters of the debug parameter that there are. */
#define MINI_DEBUG_CONSISTENCY BIT(0) /* F: validate a cache when it is shrunk or destroyed */
#define MINI_DEBUG_INVARIANTS BIT(1)  /* V: check every invariant after each operation */
#define MINI_DEBUG_RED_ZONES BIT(2)   /* Z: bytes around each object that nobody may change */
#define MINI_DEBUG_POISON BIT(3)      /* P: freed objects are filled, and may not change */
#define MINI_DEBUG_OWNER BIT(4)	      /* U: who allocated and who freed each object */
#define MINI_DEBUG_TRACE BIT(5)	      /* T: every allocation and free of an object is logged */
#define MINI_DEBUG_LETTERS \
	"F (consistency), Z (red zones), P (poison), U (owner), T (trace), V (every invariant)"

/* What can be reported; report.c has the names. */
enum mini_report {
	/* Frees that were refused. */
	MINI_REPORT_OUTSIDE,
	MINI_REPORT_NOT_ALLOCATED,
	MINI_REPORT_NOT_AN_OBJECT,
	MINI_REPORT_DOUBLE_FREE,
	MINI_REPORT_WRONG_ORDER,
	MINI_REPORT_WRONG_KIND,
	MINI_REPORT_WRONG_CACHE,
	/* Stray writes. */
	MINI_REPORT_BOOKKEEPING,
	MINI_REPORT_RED_ZONE,
	MINI_REPORT_POISON,
	/* What should never be. */
	MINI_REPORT_INVARIANT,
	MINI_REPORTS,
};

/* kmalloc's caches: kmalloc-8 to kmalloc-8k. */
#define MINI_GENERAL_CACHES 13

struct mini_cache;
struct mini_client;
struct seq_file;

/* Who holds handles: an open file, or (for what is kept) an arena. */
struct mini_holder {
	spinlock_t lock; /* the list and its count */
	struct list_head handles;
	u64 count;
};

struct mini_region {
	unsigned long first_pfn;
	unsigned long nr_pages;
};

/* The data of a file in debugfs. */
struct mini_fail_file {
	struct mini_arena *arena;
	enum mini_core_fault_point point;
};

struct mini_arena {
	raw_spinlock_t lock;
	struct page *first_page;
	struct mini_page_layer layer;
	u32 magazine_size, batch; /* as they were asked for, of caches too */
	struct mini_core_arena *core;
	struct mini_region region;
	unsigned int debug;

	u32 id;
	char name[MINI_MM_ARENA_NAME_LEN];
	char object_engine[MINI_MM_ENGINE_NAME_LEN]; /* of caches that choose none, and of the general ones */
	void *metadata;
	size_t metadata_bytes;
	struct list_head caches; /* changed under mini_registry, walked under RCU too */
	u32 nr_caches;		 /* without the general ones */
	struct mini_cache *general[MINI_GENERAL_CACHES]; /* by size; NULL: the arena is too small for it */
	struct mini_client *client; /* whose it is; NULL when kept or made through the kernel API */
	bool kept;
	struct mini_holder holder;  /* of what is kept */
	atomic64_t nr_handles;	    /* kept or not */
	atomic_t late_slabs;	    /* wait for a grace period on their way back */
	struct list_head replays; /* under mini_registry; the arena stays while there is one */
	atomic_t fail[MINI_CORE_FAULT_POINTS]; /* the n-th allocation from now fails; 0 for none */
	struct mini_fail_file fail_files[MINI_CORE_FAULT_POINTS];
	atomic_t reports[MINI_REPORTS];
	bool quiet; /* reports are expected: they are counted, not said */
	struct dentry *debugfs;
	struct mini_log *log; /* NULL for none */
};

struct mini_cache {
	/* What the hot path reads. */
	struct mini_object_layer layer;
	const void *base; /* of the arena's region, its bytes, its first page */
	u64 bytes;
	struct page *first_page;

	raw_spinlock_t lock;
	struct mini_core_cache *core;
	struct mini_arena *arena;
	u32 slab_pages;
	u32 object_size;
	bool constructed;
	bool general; /* one of its arena's own, for kmalloc */
	bool hidden;  /* general, and nothing was allocated from it yet */
	unsigned int debug; /* the arena's, and what the cache's flags add */

	u32 id;
	u32 flags; /* MINI_MM_KEEP, _OFF_SLAB, _HWCACHE_ALIGN, _TYPESAFE_BY_RCU */
	u32 pins;  /* 1 for the cache of a replay; under mini_registry */
	char name[MINI_MM_CACHE_NAME_LEN];
	struct list_head node; /* arena->caches */
	struct mini_client *client;
	struct rcu_head rcu;
};

/* --- reasons.c ------------------------------------------------------------------------------------- */

/* Stores @reason in *@why (which may be NULL) and returns the negative errno that goes with it. */
int mini_refuse(u32 *why, enum mini_mm_reason reason);
/* The same for an error of the core. */
int mini_refuse_core(u32 *why, int core_error);
/* A name field of @length bytes, or its refusal. */
int mini_check_name(const char *name, size_t length, u32 *why);

/* --- debug_letters.c ------------------------------------------------------------------------------- */

/* Letters to flags: 0 or MINI_MM_WHY_DEBUG. */
int mini_parse_debug(const char *text, unsigned int *debug);
/* And back; @text: MINI_MM_DEBUG_LEN bytes. */
void mini_describe_debug(unsigned int debug, char *text);

/* --- region.c -------------------------------------------------------------------------------------- */

int mini_region_acquire(struct mini_region *region, unsigned long nr_pages, unsigned long *longest_pages);
void mini_region_release(struct mini_region *region);

/* --- arena.c --------------------------------------------------------------------------------------- */

extern struct rw_semaphore mini_registry;
extern struct xarray mini_arenas; /* by id */
extern struct mini_arena *mini_default_arena;
extern u32 mini_nr_arenas;

#define for_each_mini_arena(index, arena) xa_for_each(&mini_arenas, index, arena)

struct mini_arena_request {
	const char *name;
	const char *page_engine;
	const char *placement; /* "" for the module's, if the engine has it, else the engine's own */
	const char *object_engine;
	const char *debug;
	u64 size;
	u64 min_free; /* bytes */
	struct mini_client *client;
	bool kept;
	u32 magazine_size; /* 0 for the module's, MINI_NO_MAGAZINES for none */
	u32 batch;
	u32 log_events; /* that it remembers; 0 for none, at most MINI_MM_LOG_MAX */
};

/*
 * May sleep; takes mini_registry. *@id is the arena's also when a client has destroyed it meanwhile.
 * *@longest_mb: with MINI_MM_WHY_NO_REGION, what would have worked.
 */
int mini_arena_make(const struct mini_arena_request *request, struct mini_arena **arena, u32 *id, u32 *why,
		    u32 *longest_mb);
/* mini_registry held for writing. -EBUSY and *@live while something is held; @force: take it back. */
int mini_arena_unmake(struct mini_arena *arena, bool force, u64 *live);
/* Under mini_registry. NULL when there is none. */
struct mini_arena *mini_arena_by_id(u32 id);
struct mini_arena *mini_arena_by_name(const char *name);
struct mini_arena *mini_arena_after(u32 id);
void mini_arena_read_stats(struct mini_arena *arena, struct mini_core_arena_stats *stats);
/* And how many pages the per-CPU layer holds. */
void mini_arena_read_all_stats(struct mini_arena *arena, struct mini_core_arena_stats *stats, u64 *cached);
/* Page blocks and objects that somebody holds. Under mini_registry. */
u64 mini_arena_live(struct mini_arena *arena);
/* "a, b, c" */
void mini_list_names(char *text, size_t size, const char *(*nth)(unsigned int n));
int mini_arenas_init(void);
void mini_arenas_exit(void);

/* --- pages.c --------------------------------------------------------------------------------------- */

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
/* As mini_alloc_pages() without zeroing, past the per-CPU layer. */
struct page *mini_block_from_engine(struct mini_arena *arena, gfp_t gfp, unsigned int order);
void mini_block_to_engine(struct mini_arena *arena, u32 page, unsigned int order);

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
/* The @n-th allocation of this kind from now fails; 0 for none. May sleep. */
void mini_fail_nth(struct mini_arena *arena, enum mini_core_fault_point point, int n);
/* After an operation under the arena's lock: with debug V, reports what is broken. */
void mini_arena_verify(struct mini_arena *arena);

static inline struct page *mini_page(const struct mini_arena *arena, u32 index)
{
	return arena->first_page + index;
}

/*
 * What page->private of a page of the region says; the lowest bits tell what it is. Of each page of a slab, whose
 * it is. Of an allocated block's first page: the handle that it belongs to, the slot of a replay, or that kmalloc
 * gave it.
 */
enum mini_page_mark {
	MINI_MARK_CACHE = 0,
	MINI_MARK_KMALLOC = 1,
	MINI_MARK_REPLAY = 3,
	MINI_MARK_HANDLE = 5,
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

/* --- objects.c ------------------------------------------------------------------------------------- */

int mini_object_alloc(struct mini_cache *cache, void **object);
/* @size bytes, for engines that serve several sizes; 0 for the cache's object size. */
int mini_object_alloc_size(struct mini_cache *cache, u32 size, void **object);
int mini_object_free(struct mini_cache *cache, void *object);
/* How many bytes an object has; 0 when it is none that is out. */
u32 mini_object_size(struct mini_cache *cache, const void *object);
u32 mini_cache_shrink(struct mini_cache *cache);
/* Looks at every slab and every object of a cache; how many reports that gave. O(objects) under the lock. */
u32 mini_cache_validate(struct mini_cache *cache);
void mini_cache_read_stats(struct mini_cache *cache, struct mini_core_cache_stats *stats);
/* And what the per-CPU layer holds. */
void mini_cache_read_all_stats(struct mini_cache *cache, struct mini_core_cache_stats *stats, u64 *cached, u32 *shared);
/* Gives empty slabs of the arena's caches back until some pages came free. Any context. False: none. */
bool mini_arena_reap(struct mini_arena *arena);

/* The engine's ways, past the per-CPU layer: @caller is whom debug U notes. */
void *mini_object_take(struct mini_cache *cache, unsigned long caller);
int mini_object_give(struct mini_cache *cache, void *object, unsigned long caller);

/* --- object_layer.c, page_layer.c: the per-CPU layer; hot.h has its hot paths ---------------------------- */

void *mini_object_get_slow(struct mini_cache *cache, unsigned long caller);
void mini_object_put_slow(struct mini_cache *cache, void *object, unsigned long caller);
struct page *mini_block_get_slow(struct mini_arena *arena, gfp_t gfp, unsigned int order);
/* @page: index in the region, of whatever was freed. */
void mini_block_put_slow(struct mini_arena *arena, u64 page, unsigned int order);

/*
 * Puts what CPU @nr has into the depot. Interrupts are off, and it is this CPU, or offline. False: this is an
 * interrupt of its window, and nothing was done.
 */
bool mini_object_layer_detach(struct mini_cache *cache, int nr);
bool mini_page_layer_detach(struct mini_arena *arena, int nr);
/* Gives what lies in the depot to the engine. Any context. How many objects, pages. */
u32 mini_object_layer_flush(struct mini_cache *cache);
u32 mini_page_layer_flush(struct mini_arena *arena);
/* Turns the engine's counts into those of whoever uses the layer; what that holds in *@cached. Under the lock. */
void mini_object_layer_count(struct mini_cache *cache, struct mini_core_cache_stats *stats, u64 *cached,
			     u32 *in_depot);
void mini_page_layer_count(struct mini_arena *arena, struct mini_core_arena_stats *stats, u64 *cached);
/*
 * What a CPU has and did, and what the depots have and did; any context. O(1) under the lock, but for what lies in the
 * depots: so many lists, or magazines.
 */
struct mini_layer_counts {
	u64 allocations;	/* of this CPU, out of what it had or was filled with */
	u64 blocks, pages;	/* in lists */
	u64 objects;		/* in magazines */
	u64 refilled, flushed;	/* blocks or objects from the engine and back */
};

void mini_page_layer_read_cpu(const struct mini_arena *arena, int nr, struct mini_layer_counts *counts);
void mini_page_layer_read_depots(struct mini_arena *arena, struct mini_layer_counts *counts);
/* Of a cache that has magazines. */
void mini_object_layer_read_cpu(struct mini_cache *cache, int nr, struct mini_layer_counts *counts);
void mini_object_layer_read_depot(struct mini_cache *cache, struct mini_layer_counts *counts);
/* Whether CPU @nr has blocks in its lists; any context, and over when it is told. */
bool mini_page_layer_has_some(const struct mini_arena *arena, int nr);

/* --- drain.c ----------------------------------------------------------------------------------------- */

/* Empties the layer of one cache, or of an arena and all of its caches. Any context. How much there was, roughly. */
u32 mini_cache_drain(struct mini_cache *cache);
u32 mini_arena_drain(struct mini_arena *arena);
/*
 * The same, and all magazines are unloaded: `slow` or a size has changed, which the CPUs get to know so. With
 * `slow` set nobody has anything any more when it returns. May sleep.
 */
void mini_cache_unload(struct mini_cache *cache);
void mini_arena_unload(struct mini_arena *arena);
int mini_drain_init(void);
void mini_drain_exit(void);

/* --- tune.c: mini_registry held for writing; may sleep -------------------------------------------------- */

int mini_object_layer_make(struct mini_cache *cache);
void mini_object_layer_unmake(struct mini_cache *cache);
int mini_page_layer_make(struct mini_arena *arena);
void mini_page_layer_unmake(struct mini_arena *arena);
/* @size: as magazine_size, 0 turns the layer off; @batch: 0 for half a magazine. Both are cut to what is allowed. */
int mini_cache_tune(struct mini_cache *cache, u32 size, u32 batch);
void mini_arena_tune(struct mini_arena *arena, u32 size, u32 batch);
/* Bits of a new `slow`. */
unsigned long mini_slow_for(const struct mini_arena *arena, unsigned int debug);

/* --- cache.c --------------------------------------------------------------------------------------- */

extern struct xarray mini_caches; /* by id */
extern u32 mini_nr_caches;

struct mini_cache_request {
	struct mini_arena *arena;
	const char *name;
	u32 size;
	u32 align;
	u32 flags; /* MINI_MM_KEEP, _OFF_SLAB, _HWCACHE_ALIGN, _TYPESAFE_BY_RCU */
	const char *engine; /* NULL or "" for the default */
	u32 slab_pages; /* 0 lets the engine choose */
	struct mini_client *client;
	void (*constructor)(void *object);
	unsigned int debug; /* more than the arena's */
	bool general;
};

/* Those that are shown: made by somebody, or general and used. Under mini_registry. */
u32 mini_caches_count(void);
u32 mini_arena_caches_count(const struct mini_arena *arena);
/* mini_registry held for writing; may sleep. */
int mini_cache_make(const struct mini_cache_request *request, struct mini_cache **cache, u32 *why);
/* mini_registry held for writing. -EBUSY and *@live while objects are held; @force: drop them. */
int mini_cache_unmake(struct mini_cache *cache, bool force, u64 *live);
/* Caches that are hidden are not found. */
struct mini_cache *mini_cache_by_id(u32 id);
struct mini_cache *mini_cache_by_name(const char *full_name);
struct mini_cache *mini_cache_after(u32 id);
/* "cache" or "arena:cache", as /proc/mini_slabinfo has it; @name: MINI_MM_FULL_NAME_LEN bytes. */
void mini_cache_full_name(const struct mini_cache *cache, char *name);

/* --- kmalloc.c ------------------------------------------------------------------------------------ */

/*
 * Makes the arena's general caches; those that it is too small for are left out. On failure none is left.
 * mini_registry held for writing; may sleep.
 */
int mini_general_caches_make(struct mini_arena *arena, u32 *why);
/* As mini_kmalloc() of @size bytes, more than none; errors of the core, bad_size for more than the arena serves. */
int mini_kmalloc_from(struct mini_arena *arena, size_t size, void **object);
/* As mini_kfree(), into the engine whatever the per-CPU layer would take. */
void mini_kfree_past_the_layer(const void *object);
void mini_kmalloc_init(void);
/* The cache that serves @size, or NULL when pages do. */
struct mini_cache *mini_general_cache(struct mini_arena *arena, size_t size);

/* --- vmalloc.c: may sleep -------------------------------------------------------------------------- */

/* As mini_vmalloc(); MINI_MM_WHY_SIZE for nothing and for more than the region, FULL, NO_MEMORY. */
int mini_vmalloc_from(struct mini_arena *arena, u64 size, gfp_t gfp, void **address, u32 *why);
/* Gives back what is still allocated in an arena that goes. */
void mini_vmalloc_drop(struct mini_arena *arena);

/* --- late_slabs.c: slabs of caches that are type-safe by RCU ------------------------------------------ */

/* Gives the slab at @page back when a grace period has passed. Under a cache's lock. */
void mini_slab_give_back_later(struct mini_arena *arena, u32 page);
/* Waits until none of the arena's is on its way; nobody sends more. May sleep. */
void mini_wait_for_late_slabs(struct mini_arena *arena);

/* --- lookup.c: which arena an address is in -------------------------------------------------------- */

/* mini_registry held for writing; the second waits until nobody looks at the arena any more. */
void mini_lookup_add(struct mini_arena *arena);
void mini_lookup_remove(struct mini_arena *arena);
/* A region; when its arena went, @bytes is 0 and @arena NULL. */
struct mini_span {
	const void *start;
	u64 bytes;
	struct page *first_page;
	struct mini_arena *arena;
};

struct mini_lookup {
	u32 count;
	u32 hint; /* where the last search ended */
	struct mini_span spans[MINI_MAX_ARENAS];
};

extern struct mini_lookup __rcu *mini_lookup;

const struct mini_span *mini_span_search(struct mini_lookup *lookup, const void *address);

/* In an RCU read-side section, for as long as what it gives shall stay; so the next ones. */
static __always_inline struct mini_lookup *mini_lookup_now(void)
{
	return rcu_dereference_check(mini_lookup, rcu_read_lock_sched_held());
}

/* The region that was looked for last. */
static __always_inline const struct mini_span *mini_lookup_hint(const struct mini_lookup *lookup)
{
	return &lookup->spans[READ_ONCE(lookup->hint)];
}

/* NULL when the address is in none. */
static inline struct mini_arena *mini_arena_at(const void *address)
{
	const struct mini_span *span = mini_span_search(mini_lookup_now(), address);

	return span ? READ_ONCE(span->arena) : NULL;
}

/* --- handle.c ------------------------------------------------------------------------------------ */

/* What the handles that an arena keeps are, in the kernel log. mini_registry held. */
void mini_report_held(struct mini_arena *arena);

/* --- log.c ----------------------------------------------------------------------------------------- */

/* May sleep. NULL when there is no memory. */
struct mini_log *mini_log_create(u32 events);
void mini_log_destroy(struct mini_log *log);
/* Any context, as the next two; only when there is a log. Number, time and pid are filled in. */
void mini_log_add(struct mini_log *log, struct mini_mm_event event);
/* With the cache's lock held. */
void mini_log_add_slab(struct mini_cache *cache, enum mini_mm_event_kind kind, u32 page);
void mini_log_add_object(struct mini_cache *cache, enum mini_mm_event_kind kind, const void *object);
/*
 * Up to @room events behind number *@after, oldest first; their number is returned, *@after becomes the last
 * one's. Those that were overwritten are added to *@lost. O(@room) under the log's lock.
 */
u32 mini_log_read(struct mini_log *log, u64 *after, struct mini_mm_event *events, u32 room, u64 *lost);

/* What happened to a block; under the arena's lock, but for a request that got nothing. */
static inline void mini_log_block(struct mini_arena *arena, enum mini_mm_event_kind kind, u32 page,
				  unsigned int order)
{
	if (unlikely(arena->log))
		mini_log_add(arena->log, (struct mini_mm_event){
			.kind = kind,
			.order = order,
			.page = page,
			/* An order that is refused may be any number. */
			.pages = order < MINI_MM_ORDERS ? 1U << order : 0,
		});
}

/* What happened to an object; under the cache's lock, but for a request that got nothing. */
static inline void mini_log_object(struct mini_cache *cache, enum mini_mm_event_kind kind, const void *object)
{
	if (unlikely(cache->arena->log))
		mini_log_add_object(cache, kind, object);
}

static inline void mini_log_slab(struct mini_cache *cache, enum mini_mm_event_kind kind, u32 page)
{
	if (unlikely(cache->arena->log))
		mini_log_add_slab(cache, kind, page);
}

/* --- report.c: any context ----------------------------------------------------------------------- */

void mini_report_page_free(struct mini_arena *arena, u32 page, unsigned int order, int core_error);
/* Under the cache's lock. */
void mini_report_object_free(struct mini_cache *cache, const void *object, int core_error);
/* Of an address, by a function of that name; @arena is NULL when it is in none: then the default arena counts it. */
void mini_report_address(struct mini_arena *arena, const char *function, const void *address, int core_error);
void mini_report_damage(struct mini_cache *cache, const struct mini_core_damage *damage);
void mini_report_invariant(struct mini_arena *arena, const char *where, const char *broken);
void mini_reports_show(struct seq_file *seq, struct mini_arena *arena);

/* --- owner.c ------------------------------------------------------------------------------------- */

enum mini_owner_what {
	MINI_OWNER_ALLOCATED,
	MINI_OWNER_FREED,
	MINI_OWNERS,
};

/* Before the first cache with debug U. May sleep. 0 or a negative errno. */
int mini_owner_init(void);
/* Who is calling, to be noted; before the cache's lock is taken. @caller: the address, if that is all there is. */
u64 mini_owner_stack(const struct mini_cache *cache, unsigned long caller);
/* Under the cache's lock, for an object that is out. */
void mini_owner_note(struct mini_cache *cache, void *object, enum mini_owner_what what, u64 stack);
/* What is noted of an object, in the kernel log. @track: as in struct mini_core_damage. */
void mini_owner_show(const void *track);

/* --- percpu.c ------------------------------------------------------------------------------------- */

/* What each CPU and the depots have, as lines. */
void mini_percpu_show(struct seq_file *seq, struct mini_arena *arena);

/* --- proc.c, pagetypeinfo.c, fragmentation.c, debugfs.c, device.c ---------------------------------- */

int mini_proc_init(void);
void mini_proc_exit(void);
int mini_pagetypeinfo_init(void);
void mini_pagetypeinfo_exit(void);
void mini_fragmentation_init(struct dentry *root);
void mini_debugfs_init(void);
void mini_debugfs_exit(void);
void mini_debugfs_add_arena(struct mini_arena *arena);
void mini_debugfs_remove_arena(struct mini_arena *arena);
int mini_device_init(void);
void mini_device_exit(void);

/* Module parameters, main.c. */
extern unsigned int mini_region_mb;
extern unsigned int mini_max_region_mb;
extern char *mini_page_engine;
extern char *mini_placement;
extern char *mini_object_engine;
extern char *mini_debug;
extern unsigned int mini_magazine_size;
extern unsigned int mini_batch;

#endif /* MINI_MM_INTERNAL_H */
