/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The per-CPU layer in front of both allocators: magazines of objects (object_layer.c), lists of page blocks
 * (page_layer.c), and how they are emptied (drain.c) and resized (tune.c). The structures that the hot path works
 * on are in percpu/.
 *
 * The hot path belongs to a CPU: preemption is off, and an interrupt that comes in while it is at work finds the
 * window closed (percpu/window.h) and goes to the engine. Magazines and lists are exchanged with the depots under the
 * lock of the cache or the arena, with interrupts off, on the CPU whose they are; another CPU asks for that by an
 * interrupt. Nobody touches those of a CPU that is not his, but for one that is offline.
 *
 * What has to see each operation goes past the layer to the engine: debug letters but V, the event log, an
 * allocation that shall fail. V goes through the layer, but not by the hot path, and checks everything after each
 * operation. Clients of the device go past it too: one operation, one effect to be seen in /proc.
 */
#ifndef MINI_MM_LAYER_H
#define MINI_MM_LAYER_H

#include <linux/bits.h>
#include <linux/percpu-defs.h>
#include <linux/types.h>

#include "core/border.h"
#include "percpu/magazine.h"
#include "percpu/page_list.h"
#include "uapi/mini_mm.h"

struct mini_arena;
struct mini_cache;
struct page;

/* Full magazines or lists in a depot. */
#define MINI_DEPOT_MAX 8
#define MINI_MAGAZINE_MAX MINI_MM_MAGAZINE_MAX
/* Lists are for orders up to 4, and for huge pages. */
#define MINI_HIGHEST_SMALL_ORDER 4
#define MINI_HIGHEST_LISTED_ORDER 9

/* Bits of `slow`: why all windows are closed to the hot path, and, but for the first, why the layer is not used. */
enum {
	MINI_SLOW_VERIFY, /* debug V */
	MINI_SLOW_DEBUG,  /* the other letters */
	MINI_SLOW_LOG,	  /* the arena keeps an event log */
	MINI_SLOW_FAULT,  /* an allocation shall fail */
	MINI_SLOW_OFF,	  /* magazine_size 0, or an engine of several sizes, or it is about to go */
};

#define MINI_PAST_THE_LAYER (~BIT(MINI_SLOW_VERIFY))

static inline bool mini_is_magazine_size(u32 size)
{
	return size <= MINI_MAGAZINE_MAX;
}

/* Of a cache; under its lock, but for what the hot path reads. */
struct mini_object_layer {
	struct mini_magazine_cpu __percpu *cpus;
	unsigned long slow;
	bool one_size; /* false: an engine that it cannot serve; all windows stay closed */
	void *memory;  /* of all magazines */
	struct mini_magazine *full, *empty;
	u32 nr_full;
	u32 size;  /* objects in a magazine; 0 when it is off */
	u32 batch; /* objects that go from or to the engine at a time */
	u64 refilled, flushed; /* objects that did */
	u64 refused; /* frees that the layer itself did not take */
};

struct mini_page_depot {
	struct mini_page_chain full[MINI_DEPOT_MAX];
	struct mini_page_chain loose; /* what came from a CPU's list that was emptied */
	u32 nr_full, limit;
};

/* Of an arena; under its lock, but for what the hot path reads. */
struct mini_page_layer {
	struct mini_page_cpu __percpu *cpus;
	struct mini_page_entry *map;
	unsigned long slow;
	u32 size;  /* pages in a list of order 0; 0 when it is off */
	u32 batch; /* and that go from or to the engine at a time */
	u64 refilled, flushed; /* blocks that did */
	u32 capacity[MINI_CORE_MAX_ORDER + 1];
	struct mini_page_depot depots[MINI_CORE_MIGRATE_TYPES][MINI_CORE_MAX_ORDER + 1];
};

/* --- object_layer.c, page_layer.c: the slow paths; hot.h has the hot ones -------------------------------- */

void *mini_object_get_slow(struct mini_cache *cache, unsigned long caller);
void mini_object_put_slow(struct mini_cache *cache, void *object, unsigned long caller);
struct page *mini_block_get_slow(struct mini_arena *arena, gfp_t gfp, unsigned int order, unsigned long caller);
/* @page: index in the region, of whatever was freed. */
void mini_block_put_slow(struct mini_arena *arena, u64 page, unsigned int order, unsigned long caller);

/*
 * Puts what CPU @nr has into the depot. Interrupts are off, and it is this CPU, or offline. False: this is an
 * interrupt of its window, and nothing was done.
 */
bool mini_object_layer_detach(struct mini_cache *cache, int nr);
bool mini_page_layer_detach(struct mini_arena *arena, int nr);
/* Gives what lies in the depot to the engine. Any context. How many objects, pages. */
u32 mini_object_layer_flush(struct mini_cache *cache);
u32 mini_page_layer_flush(struct mini_arena *arena);
/*
 * What is wrong with the magazines of the depot and of this CPU, or NULL: all that is in them is out, as the engine
 * sees it. Under the cache's lock, with debug V: for then only who holds that changes them.
 */
const char *mini_object_layer_broken(const struct mini_cache *cache);
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
/*
 * Turns the layer of an arena and of all its caches off, and on again where it was on. What CPUs have goes into the
 * depots: mini_arena_flush() gives it from there to the engines (any context; how much, roughly). mini_registry held;
 * may sleep.
 */
void mini_arena_pause_layer(struct mini_arena *arena, bool pause);
u32 mini_arena_flush(struct mini_arena *arena);
int mini_drain_init(void);
void mini_drain_exit(void);

/* --- tune.c: mini_registry held for writing; may sleep -------------------------------------------------- */

/* Of what nobody uses yet. */
int mini_object_layer_make(struct mini_cache *cache);
void mini_object_layer_unmake(struct mini_cache *cache);
int mini_page_layer_make(struct mini_arena *arena);
void mini_page_layer_unmake(struct mini_arena *arena);
/* @size: as magazine_size, 0 turns the layer off; @batch: 0 for half a magazine. Both are cut to what is allowed. */
int mini_cache_tune(struct mini_cache *cache, u32 size, u32 batch);
void mini_arena_tune(struct mini_arena *arena, u32 size, u32 batch);
/* Bits of a new `slow`. */
unsigned long mini_slow_for(const struct mini_arena *arena, unsigned int debug);

#endif /* MINI_MM_LAYER_H */
