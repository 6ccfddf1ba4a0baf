/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The self-test: bugs that are made on purpose (self_test_bugs.c), in arenas that nobody else can see (self_test.c).
 */
#ifndef MINI_MM_SELF_TEST_H
#define MINI_MM_SELF_TEST_H

#include <linux/prandom.h>

#include "internal.h"

#define MINI_VICTIM_OBJECTS 48
#define MINI_VICTIM_BLOCKS 24
/* Bytes of an object: less than its slot, so that there is something behind it. */
#define MINI_VICTIM_SIZE 60

/* What a bug is tried on: an arena of random content. Slots whose memory was freed are NULL. */
struct mini_victim {
	struct mini_arena *arena;
	struct mini_cache *cache, *other;
	struct rnd_state random;
	void *objects[MINI_VICTIM_OBJECTS];
	struct page *blocks[MINI_VICTIM_BLOCKS];
	u8 orders[MINI_VICTIM_BLOCKS];
};

/* Less than @bound. */
static inline u32 mini_victim_random(struct mini_victim *victim, u32 bound)
{
	return prandom_u32_state(&victim->random) % bound;
}

/* Does it. False: there is nothing here that could be done wrong in this way. May sleep. */
bool mini_bug_commit(struct mini_victim *victim, enum mini_mm_bug bug);

#endif /* MINI_MM_SELF_TEST_H */
