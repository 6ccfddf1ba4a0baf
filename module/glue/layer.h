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

#endif /* MINI_MM_LAYER_H */
