/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Replays for the suites: an open file, an arena, user memory for the operations.
 */
#ifndef MINI_MM_KUNIT_REPLAYS_H
#define MINI_MM_KUNIT_REPLAYS_H

#include "calls.h"

#define MINI_KUNIT_REPLAY_PAGES 64
#define MINI_KUNIT_REPLAY_OPS 1024

struct mini_kunit_replay {
	struct kunit *test;
	struct mini_kunit_client *client;
	struct mini_arena *arena;
	void __user *user;
	struct mini_mm_replay_op *ops;
	u32 count; /* of @ops that wait to be run */
};

/* Opened on an arena of its own, with @slots and one cache unless its size is zero. */
struct mini_kunit_replay *mini_kunit_replay(struct kunit *test, u32 slots,
					    const struct mini_mm_replay_cache *cache);
/* The call's result. */
long mini_kunit_replay_open(struct mini_kunit_replay *replay, struct mini_mm_replay_open *open);
long mini_kunit_replay_close(struct mini_kunit_replay *replay, struct mini_mm_replay_close *close);

/* Puts an operation behind the others. */
void mini_kunit_replay_add(struct mini_kunit_replay *replay, u32 code, u32 slot, u32 argument);
/* Runs those that wait; the call's result. */
long mini_kunit_replay_run(struct mini_kunit_replay *replay, u32 flags,
			   struct mini_mm_replay_run *run);
/* Asserts that all are done. */
struct mini_mm_replay_run mini_kunit_replay_all(struct mini_kunit_replay *replay);

#endif /* MINI_MM_KUNIT_REPLAYS_H */
