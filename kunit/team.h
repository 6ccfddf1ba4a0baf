/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads of a case: bound to the CPUs in turn, let go at the same moment, joined before the case's arena
 * goes, also when an assertion ends the case early. They have the case's user memory, if it has any.
 *
 * A thread may expect (KUNIT_EXPECT_...) but not assert: an assertion ends the case's own thread only.
 */
#ifndef MINI_MM_KUNIT_TEAM_H
#define MINI_MM_KUNIT_TEAM_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/prandom.h>

struct mini_kunit_team;

struct mini_kunit_thread {
	struct kunit *test;
	struct mini_kunit_team *team;
	unsigned int index; /* 0, 1, ... */
	void *data;	    /* what the case gave */
	struct rnd_state random;

	/* team.c's own */
	void (*work)(struct mini_kunit_thread *thread);
	unsigned int meetings;
	struct completion ended;
};

/* One a CPU that is online, and at least two. */
unsigned int mini_kunit_team_size(void);

/* Starts @nr threads that do @work with @data. */
struct mini_kunit_team *mini_kunit_start(struct kunit *test, unsigned int nr,
					 void (*work)(struct mini_kunit_thread *thread), void *data);
/* Returns when all have ended. */
void mini_kunit_join(struct kunit *test, struct mini_kunit_team *team);

/* Starts and joins one thread a CPU. */
void mini_kunit_run(struct kunit *test, void (*work)(struct mini_kunit_thread *thread), void *data);

/* Returns when all threads of the team have come here as often: they go on at the same moment. */
void mini_kunit_meet(struct mini_kunit_thread *thread);

static inline u32 mini_kunit_below(struct rnd_state *random, u32 bound)
{
	return prandom_u32_state(random) % bound;
}

#endif /* MINI_MM_KUNIT_TEAM_H */
