// SPDX-License-Identifier: GPL-2.0
#include <linux/uaccess.h>

#include "replays.h"

#define OPS_BYTES (MINI_KUNIT_REPLAY_OPS * sizeof(struct mini_mm_replay_op))

long mini_kunit_replay_open(struct mini_kunit_replay *replay, struct mini_mm_replay_open *open)
{
	return mini_kunit_ioctl(replay->test, replay->client, MINI_MM_IOC_REPLAY_OPEN, open);
}

long mini_kunit_replay_close(struct mini_kunit_replay *replay, struct mini_mm_replay_close *close)
{
	memset(close, 0, sizeof(*close));
	return mini_kunit_ioctl(replay->test, replay->client, MINI_MM_IOC_REPLAY_CLOSE, close);
}

struct mini_kunit_replay *mini_kunit_replay(struct kunit *test, u32 slots,
					    const struct mini_mm_replay_cache *cache)
{
	struct mini_kunit_replay *replay = kunit_kzalloc(test, sizeof(*replay), GFP_KERNEL);
	struct mini_mm_replay_open open = { .slots = slots };

	KUNIT_ASSERT_NOT_NULL(test, replay);
	replay->test = test;
	replay->arena = mini_kunit_arena(test, MINI_KUNIT_REPLAY_PAGES);
	replay->client = mini_kunit_open(test);
	replay->user = mini_kunit_user_pages(test, PFN_UP(OPS_BYTES));
	replay->ops = kunit_kzalloc(test, OPS_BYTES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, replay->ops);
	open.arena = replay->arena->id;
	if (cache) {
		open.nr_caches = 1;
		open.caches[0] = *cache;
	}
	KUNIT_ASSERT_EQ(test, 0L, mini_kunit_replay_open(replay, &open));
	return replay;
}

void mini_kunit_replay_add(struct mini_kunit_replay *replay, u32 code, u32 slot, u32 argument)
{
	KUNIT_ASSERT_LT(replay->test, replay->count, MINI_KUNIT_REPLAY_OPS);
	replay->ops[replay->count++] =
		(struct mini_mm_replay_op){ MINI_MM_REPLAY_WHAT(code, slot), argument };
}

long mini_kunit_replay_run(struct mini_kunit_replay *replay, u32 flags,
			   struct mini_mm_replay_run *run)
{
	*run = (struct mini_mm_replay_run){ .ops = (unsigned long)replay->user,
					    .count = replay->count,
					    .flags = flags };
	KUNIT_ASSERT_EQ(replay->test, 0UL, copy_to_user(replay->user, replay->ops, OPS_BYTES));
	replay->count = 0;
	return mini_kunit_ioctl(replay->test, replay->client, MINI_MM_IOC_REPLAY_RUN, run);
}

struct mini_mm_replay_run mini_kunit_replay_all(struct mini_kunit_replay *replay)
{
	struct mini_mm_replay_run run;
	u32 count = replay->count;

	KUNIT_ASSERT_EQ(replay->test, 0L, mini_kunit_replay_run(replay, 0, &run));
	KUNIT_EXPECT_EQ(replay->test, count, run.done);
	KUNIT_EXPECT_EQ(replay->test, MINI_MM_WHY_NONE, run.why);
	return run;
}
