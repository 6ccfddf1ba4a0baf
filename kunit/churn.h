/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random allocations and frees, step by step, for any context. What is held carries a tag of its own
 * throughout, which is looked at before it is freed: memory that was given out twice, or written to by
 * somebody else, shows.
 */
#ifndef MINI_MM_KUNIT_CHURN_H
#define MINI_MM_KUNIT_CHURN_H

#include "fixture.h"
#include "team.h"

#define MINI_KUNIT_HELD 24

struct mini_kunit_block {
	void *at; /* NULL: none */
	size_t size;
	struct mini_cache *cache; /* NULL: pages */
	unsigned int order;
	u64 tag;
};

/* Allocates an object of @cache, or a page block of @arena when it is NULL, and tags it. False: there is none. */
bool mini_kunit_take(struct mini_kunit_block *block, struct mini_arena *arena, struct mini_cache *cache,
		     unsigned int order, u64 tag);
/* Frees it; false when its tag had been overwritten. */
bool mini_kunit_give(struct mini_kunit_block *block, struct mini_arena *arena);

struct mini_kunit_churn {
	struct mini_arena *arena;
	struct mini_cache *const *caches; /* of the arena */
	unsigned int nr_caches;
	unsigned int orders; /* page blocks of orders below this; 0: no pages */
	struct rnd_state random;
	u64 tag; /* of what is allocated next */
	struct mini_kunit_block held[MINI_KUNIT_HELD];
	u64 taken;
	u64 none_left;
	u64 overwritten;
};

/* A place of @random is filled, or what is there goes back. */
void mini_kunit_churn_step(struct mini_kunit_churn *churn);
/* Everything that is held goes back. */
void mini_kunit_churn_end(struct mini_kunit_churn *churn);
/* Nothing was overwritten, and something was allocated. */
void mini_kunit_churn_expect(struct kunit *test, const struct mini_kunit_churn *churn);

/*
 * A team that churns until the case has done what it wants to do meanwhile: objects of @cache, or page blocks when it
 * is NULL.
 */
struct mini_kunit_crowd {
	struct mini_cache *cache;
	struct mini_kunit_team *team;
	struct mini_kunit_churn *churns; /* one a thread */
	unsigned int threads;
	bool over;
};

void mini_kunit_crowd_start(struct kunit *test, struct mini_kunit_crowd *crowd, struct mini_arena *arena,
			    struct mini_cache *cache);
/* Everything has gone back, and is as expected of each thread's churn. How much was allocated. */
u64 mini_kunit_crowd_end(struct kunit *test, struct mini_kunit_crowd *crowd);

#endif /* MINI_MM_KUNIT_CHURN_H */
