/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A replay: a table of slots on one arena, and caches of its own. It belongs to an open file, whose mutex
 * @replaying its user holds.
 */
#ifndef MINI_MM_REPLAY_H
#define MINI_MM_REPLAY_H

#include "device.h"

#define MINI_REPLAY_WORDS (MINI_MM_REPLAY_CONSTRUCTED / sizeof(u64))

enum mini_slot_state {
	MINI_SLOT_EMPTY,
	MINI_SLOT_FAILED, /* there was no memory; waits for its free */
	MINI_SLOT_PAGES,
	MINI_SLOT_OBJECT,
	MINI_SLOT_KMALLOC,
};

struct mini_slot {
	void *address;
	u32 requested; /* bytes */
	u32 granted;
	u8 state;  /* enum mini_slot_state */
	u8 detail; /* the order, or which cache */
	bool movable; /* compaction finds the slot in the page's private field */
};

struct mini_replay_cache {
	struct mini_cache *cache;
	u32 granted; /* bytes that an object takes up */
	bool check;  /* that objects are constructed */
	bool construct_each_time;
};

struct mini_replay {
	struct mini_arena *arena;
	struct list_head node; /* arena->replays */
	struct mutex *busy;    /* the client's */
	struct mini_slot *slots;
	u32 nr_slots;
	u32 nr_caches;
	struct mini_replay_cache caches[MINI_MM_REPLAY_CACHES_MAX];
	u64 model[MINI_REPLAY_WORDS]; /* what the constructor writes */
	u64 live_requested;
	u64 live_granted;
	u64 peak_requested;
	u64 peak_granted;
};

/* The expensive constructor: writes MINI_MM_REPLAY_CONSTRUCTED bytes. Any context. */
void mini_replay_construct(void *object);

/* Executes @run's operations. 0, or what ended it after @run->done of them. May sleep. */
int mini_replay_execute(struct mini_replay *replay, struct mini_mm_replay_run *run);

/* Frees what is in a slot. False when nothing is. */
bool mini_replay_free(struct mini_replay *replay, struct mini_slot *slot);

/*
 * The replay that holds the movable block at @page of the arena, busy until the move ends; NULL when none does that is
 * idle. mini_registry held.
 */
struct mini_replay *mini_replay_begin_move(struct mini_arena *arena, u32 page, u32 order);
/* @to may be @from. */
void mini_replay_end_move(struct mini_replay *replay, u32 from, u32 to);

#endif /* MINI_MM_REPLAY_H */
