/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the glue share: the arena, the cache, and who may touch what when. What belongs together and is
 * used by some has headers of its own: pages.h, layer.h, lookup.h, log.h, handle.h, device.h.
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
#include "locks.h"
#include "mini_mm.h"
#include "mini_mm_version.h"
#include "quota.h"
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
#define MINI_DEBUG_OWNER BIT(4)	      /* U: who allocated and who freed each object and block */
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
	struct mini_usage usage;
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
	struct mini_quota quota;    /* of all clients together */
	struct mini_usage usage;
	atomic_t late_slabs;	    /* wait for a grace period on their way back */
	struct list_head replays; /* under mini_registry; the arena stays while there is one */
	atomic_t fail[MINI_CORE_FAULT_POINTS]; /* the n-th allocation from now fails; 0 for none */
	struct mini_fail_file fail_files[MINI_CORE_FAULT_POINTS];
	atomic_t reports[MINI_REPORTS];
	bool quiet; /* reports are expected: they are counted, not said */
	struct dentry *debugfs;
	struct mini_log *log; /* NULL for none */
	struct mini_owners *owners; /* with debug U: of each page; under the arena's lock */
	struct mini_examination *examination; /* that is under way; under RCU */
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

/*
 * page->private of each page of a region is the arena's (enum mini_page_mark), from none on: the kernel leaves there
 * what it likes in all but the first page of a block. It gets none of ours back either.
 */
static inline void mini_clear_marks(struct page *first, unsigned long nr_pages)
{
	unsigned long i;

	for (i = 0; i < nr_pages; i++)
		set_page_private(first + i, 0);
}

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
	bool by_client; /* quotas apply */
	u32 magazine_size; /* 0 for the module's, MINI_NO_MAGAZINES for none */
	u32 batch;
	u32 log_events; /* that it remembers; 0 for none, at most MINI_MM_LOG_MAX */
	struct mini_quota quota;
};

/*
 * May sleep; takes mini_registry. *@id is the arena's also when a client has destroyed it meanwhile.
 * *@longest_mb: with MINI_MM_WHY_NO_REGION, what would have worked.
 */
int mini_arena_make(const struct mini_arena_request *request, struct mini_arena **arena, u32 *id, u32 *why,
		    u32 *longest_mb);
/* The same in steps: an arena that nobody knows of, or NULL and *@error; and the way back. May sleep. */
struct mini_arena *mini_arena_build(const struct mini_arena_request *request, int *error, u32 *why, u32 *longest_mb);
void mini_arena_discard(struct mini_arena *arena);
/* mini_registry held for writing. When it fails, nobody knows of the arena. */
int mini_arena_publish(struct mini_arena *arena, u32 *why);
/* mini_registry held for writing. -EBUSY and *@live while something is held; @force: take it back. */
int mini_arena_unmake(struct mini_arena *arena, bool force, u64 *live);
/* Under mini_registry. NULL when there is none. */
struct mini_arena *mini_arena_by_id(u32 id);
struct mini_arena *mini_arena_by_name(const char *name);
struct mini_arena *mini_arena_after(u32 id);
void mini_arena_read_stats(struct mini_arena *arena, struct mini_core_arena_stats *stats);
/* And how many pages the per-CPU layer holds. */
void mini_arena_read_all_stats(struct mini_arena *arena, struct mini_core_arena_stats *stats, u64 *cached);
/* How many blocks are of @kind, and in *@pages their pages. O(blocks), the arena's lock for each. */
u64 mini_arena_count_blocks(struct mini_arena *arena, enum mini_core_page_kind kind, u64 *pages);
/* Page blocks and objects that somebody holds. Under mini_registry. */
u64 mini_arena_live(struct mini_arena *arena);
/* "a, b, c" */
void mini_list_names(char *text, size_t size, const char *(*nth)(unsigned int n));
int mini_arenas_init(void);
void mini_arenas_exit(void);

/* --- platform.c ------------------------------------------------------------------------------------ */

/* The @n-th allocation of this kind from now fails; 0 for none. May sleep. */
void mini_fail_nth(struct mini_arena *arena, enum mini_core_fault_point point, int n);

/* --- objects.c ------------------------------------------------------------------------------------- */

/* @size bytes, for engines that serve several sizes; 0 for the cache's object size. Errors of the core. */
int mini_object_alloc_size(struct mini_cache *cache, u32 size, void **object);

static inline int mini_object_alloc(struct mini_cache *cache, void **object)
{
	return mini_object_alloc_size(cache, 0, object);
}

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

/* Reports what is broken, in the engine or in the layer. O(objects) under the cache's lock. */
void mini_cache_look_for_damage(struct mini_cache *cache);

/* After an operation under the cache's lock: with debug V, looks at everything. */
static inline void mini_cache_verify(struct mini_cache *cache)
{
	lockdep_assert_held(&cache->lock);
	if (unlikely(cache->debug & MINI_DEBUG_INVARIANTS))
		mini_cache_look_for_damage(cache);
}

/* The engine's ways, past the per-CPU layer: @caller is whom debug U notes. */
void *mini_object_take(struct mini_cache *cache, unsigned long caller);
int mini_object_give(struct mini_cache *cache, void *object, unsigned long caller);

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

/* --- handle.c ------------------------------------------------------------------------------------ */

/* What the handles that an arena keeps are, in the kernel log. mini_registry held. */
void mini_report_held(struct mini_arena *arena);

/* --- report.c: any context ----------------------------------------------------------------------- */

void mini_report_page_free(struct mini_arena *arena, u32 page, unsigned int order, int core_error);
/* Under the cache's lock. */
void mini_report_object_free(struct mini_cache *cache, const void *object, int core_error);
/* Of an address, by a function of that name; @arena is NULL when it is in none: then the default arena counts it. */
void mini_report_address(struct mini_arena *arena, const char *function, const void *address, int core_error);
void mini_report_damage(struct mini_cache *cache, const struct mini_core_damage *damage);
/* An object in a magazine of @cache that its engine does not take back. Under the cache's lock. */
void mini_report_magazine(struct mini_cache *cache, const void *object, int core_error);
void mini_report_flaw(struct mini_arena *arena, const struct mini_core_finding *finding);
/* @lost blocks in the window of pages at @page were in no list of a CPU although they should have been. */
void mini_report_cpu_list(struct mini_arena *arena, u32 page, u32 lost);
/* Of slabs with management data that lies off its slabs, @damaged. */
void mini_report_descriptors(struct mini_arena *arena, u32 damaged);
void mini_report_invariant(struct mini_arena *arena, const char *where, const char *broken);
void mini_reports_show(struct seq_file *seq, struct mini_arena *arena);

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
