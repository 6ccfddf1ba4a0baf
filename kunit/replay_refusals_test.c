// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_replay_refusals: what a replay does not do, and how far it came before.
 */
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "replays.h"

static const struct mini_mm_replay_cache plain = { .size = 64 };

/* --- opening --------------------------------------------------------------------------------- */

static const struct refused_open {
	const char *what;
	struct mini_mm_replay_open open;
	u32 why;
} refused_opens[] = {
	{ "a flag", { .slots = 1, .flags = 1 }, MINI_MM_WHY_FLAGS },
	{ "a reserved field", { .slots = 1, .reserved0 = 1 }, MINI_MM_WHY_RESERVED },
	{ "the last reserved field", { .slots = 1, .reserved = { 0, 0, 1 } }, MINI_MM_WHY_RESERVED },
	{ "no slot", { }, MINI_MM_WHY_SLOT },
	{ "a slot too many", { .slots = MINI_MM_REPLAY_SLOTS_MAX + 1 }, MINI_MM_WHY_SLOT },
	{ "a cache too many", { .slots = 1, .nr_caches = 9 }, MINI_MM_WHY_COUNT },
	{ "a cache behind the last", { .slots = 1, .caches = { { 64 } } }, MINI_MM_WHY_RESERVED },
	{ "a cache of nothing", { .slots = 1, .nr_caches = 1 }, MINI_MM_WHY_SIZE },
	{ "a huge cache",
	  { .slots = 1, .nr_caches = 1, .caches = { { 8193 } } },
	  MINI_MM_WHY_SIZE },
	{ "a crooked cache",
	  { .slots = 1, .nr_caches = 1, .caches = { { 64, 48 } } },
	  MINI_MM_WHY_ALIGN },
	{ "a cache with a flag",
	  { .slots = 1, .nr_caches = 1, .caches = { { 64, 0, 4 } } },
	  MINI_MM_WHY_FLAGS },
	{ "a cache constructed in both ways",
	  { .slots = 1, .nr_caches = 1, .caches = { { 64, 0, 3 } } },
	  MINI_MM_WHY_FLAGS },
	{ "a cache with a reserved field",
	  { .slots = 1, .nr_caches = 1, .caches = { { 64, 0, 0, 1 } } },
	  MINI_MM_WHY_RESERVED },
	{ "objects that the constructor would write past",
	  { .slots = 1, .nr_caches = 1, .caches = { { 56, 0, 1 } } },
	  MINI_MM_WHY_SIZE },
	{ "an engine that there is not",
	  { .slots = 1, .nr_caches = 1, .caches = { { 64, .engine = "swab" } } },
	  MINI_MM_WHY_ENGINE },
	{ "a second cache that cannot be",
	  { .slots = 1, .nr_caches = 2, .caches = { { 64 }, { 4 } } },
	  MINI_MM_WHY_SIZE },
};

static void replays_that_cannot_be_are_not_opened(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 16);
	struct mini_kunit_client *client = mini_kunit_open(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_opens); i++) {
		const struct refused_open *refused = &refused_opens[i];
		struct mini_mm_replay_open open = refused->open;
		long result;

		open.arena = arena->id;
		open.why = 4711;
		result = mini_kunit_ioctl(test, client, MINI_MM_IOC_REPLAY_OPEN, &open);
		mini_expect_refused(test, refused->what, refused->why, result, open.why);
		KUNIT_EXPECT_EQ_MSG(test, 0, arena->nr_caches, "%s", refused->what);
		KUNIT_EXPECT_TRUE_MSG(test, list_empty(&arena->replays), "%s", refused->what);
	}
}

static void there_has_to_be_an_arena(struct kunit *test)
{
	struct mini_mm_replay_open open = { .arena = U32_MAX, .slots = 1 };
	struct mini_kunit_client *client = mini_kunit_open(test);
	long result = mini_kunit_ioctl(test, client, MINI_MM_IOC_REPLAY_OPEN, &open);

	mini_expect_refused(test, "no arena", MINI_MM_WHY_NO_ARENA, result, open.why);
}

static void a_file_has_one_replay_at_most(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, NULL);
	struct mini_mm_replay_open open = { .arena = replay->arena->id, .slots = 1 };
	struct mini_mm_replay_close close;

	KUNIT_EXPECT_EQ(test, -EBUSY, mini_kunit_replay_open(replay, &open));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_REPLAY, open.why);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&replay->arena->replays));
	KUNIT_EXPECT_EQ(test, 0L, mini_kunit_replay_close(replay, &close));
	open.why = 0;
	KUNIT_EXPECT_EQ(test, 0L, mini_kunit_replay_open(replay, &open));
}

static void without_a_replay_nothing_is_run_or_closed(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, NULL);
	struct mini_mm_replay_close close;
	struct mini_mm_replay_run run;

	KUNIT_ASSERT_EQ(test, 0L, mini_kunit_replay_close(replay, &close));
	KUNIT_EXPECT_EQ(test, -ENXIO, mini_kunit_replay_close(replay, &close));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_REPLAY, close.why);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 0, 0);
	KUNIT_EXPECT_EQ(test, -ENXIO, mini_kunit_replay_run(replay, 0, &run));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_REPLAY, run.why);
}

static void closing_takes_no_flags(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, NULL);
	struct mini_mm_replay_close flag = { .flags = 1 };
	struct mini_mm_replay_close reserved = { .reserved = { 0, 1 } };
	long result;

	result = mini_kunit_ioctl(test, replay->client, MINI_MM_IOC_REPLAY_CLOSE, &flag);
	mini_expect_refused(test, "a flag", MINI_MM_WHY_FLAGS, result, flag.why);
	result = mini_kunit_ioctl(test, replay->client, MINI_MM_IOC_REPLAY_CLOSE, &reserved);
	mini_expect_refused(test, "a reserved field", MINI_MM_WHY_RESERVED, result, reserved.why);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&replay->arena->replays));
}

/* It goes with the replay, and would leave the handle behind. */
static void handles_get_no_objects_of_a_replay(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, &plain);
	struct mini_mm_cache_info info = { .lookup = MINI_MM_LOOKUP_NEXT };
	struct mini_mm_op op;

	do {
		KUNIT_ASSERT_EQ(test, 0L, mini_kunit_ioctl(test, replay->client, MINI_MM_IOC_CACHE_INFO, &info));
	} while (info.arena != replay->arena->id);
	op = mini_call_op(test, replay->client,
			  (struct mini_mm_op){ .opcode = MINI_MM_OP_OBJ_ALLOC, .target = info.id });
	KUNIT_EXPECT_EQ(test, -ENOENT, op.result);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_CACHE, op.why);
}

/* --- running --------------------------------------------------------------------------------- */

static const struct refused_run {
	const char *what;
	struct mini_mm_replay_run run;
	u32 why;
} refused_runs[] = {
	{ "no operation", { }, MINI_MM_WHY_COUNT },
	{ "a flag", { .count = 1, .flags = 2 }, MINI_MM_WHY_FLAGS },
	{ "a histogram of no times", { .count = 1, .histogram = 4096 }, MINI_MM_WHY_RESERVED },
	{ "a reserved field", { .count = 1, .reserved = { 0, 0, 0, 1 } }, MINI_MM_WHY_RESERVED },
	{ "operations that are not there", { .count = 1, .ops = 0 }, MINI_MM_WHY_FAULT },
	{ "a histogram that cannot be written",
	  { .count = 1, .histogram = 8, .flags = MINI_MM_REPLAY_TIMED },
	  MINI_MM_WHY_FAULT },
};

static void runs_that_cannot_be_do_nothing(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, NULL);
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_runs); i++) {
		const struct refused_run *refused = &refused_runs[i];
		struct mini_mm_replay_run run = refused->run;
		long result;

		run.done = 4711;
		result = mini_kunit_ioctl(test, replay->client, MINI_MM_IOC_REPLAY_RUN, &run);
		mini_expect_refused(test, refused->what, refused->why, result, run.why);
		KUNIT_EXPECT_EQ_MSG(test, 0, run.done, "%s", refused->what);
	}
	mini_kunit_expect_whole(test, replay->arena);
}

static const struct refused_op {
	const char *what;
	u32 code, slot, argument;
	u32 why;
} refused_ops[] = {
	{ "no code", 0, 1, 0, MINI_MM_WHY_OPCODE },
	{ "a code too many", 5, 1, 0, MINI_MM_WHY_OPCODE },
	{ "a slot in use", MINI_MM_REPLAY_PAGES, 0, 0, MINI_MM_WHY_SLOT },
	{ "a slot whose allocation failed", MINI_MM_REPLAY_PAGES, 2, 0, MINI_MM_WHY_SLOT },
	{ "a free of nothing", MINI_MM_REPLAY_FREE, 1, 0, MINI_MM_WHY_SLOT },
	{ "a free with an argument", MINI_MM_REPLAY_FREE, 0, 1, MINI_MM_WHY_RESERVED },
	{ "a slot behind the last", MINI_MM_REPLAY_PAGES, 3, 0, MINI_MM_WHY_SLOT },
	{ "the last slot that an operation can name", MINI_MM_REPLAY_PAGES, (1 << 28) - 1, 0,
	  MINI_MM_WHY_SLOT },
	{ "an order too high", MINI_MM_REPLAY_PAGES, 1, 11, MINI_MM_WHY_ORDER },
	{ "no mobility", MINI_MM_REPLAY_PAGES, 1, 3 << 8, MINI_MM_WHY_FLAGS },
	{ "a bit above the mobility", MINI_MM_REPLAY_PAGES, 1, 1 << 31, MINI_MM_WHY_FLAGS },
	{ "a cache behind the last", MINI_MM_REPLAY_OBJECT, 1, 1, MINI_MM_WHY_SLOT },
	{ "no bytes", MINI_MM_REPLAY_KMALLOC, 1, 0, MINI_MM_WHY_SIZE },
	{ "bytes that no block has", MINI_MM_REPLAY_KMALLOC, 1, U32_MAX, MINI_MM_WHY_SIZE },
};

static void an_operation_that_cannot_be_ends_the_run_there(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 3, &plain);
	struct mini_mm_replay_run run;
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_ops); i++) {
		const struct refused_op *op = &refused_ops[i];
		long result;

		mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 0, 0);
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 2, 6);
		mini_kunit_replay_add(replay, op->code, op->slot, op->argument);
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 0, 0);
		result = mini_kunit_replay_run(replay, 0, &run);
		mini_expect_refused(test, op->what, op->why, result, run.why);
		KUNIT_EXPECT_EQ_MSG(test, 2, run.done, "%s", op->what);
		KUNIT_EXPECT_EQ_MSG(test, 1ULL, run.allocations, "%s", op->what);
		KUNIT_EXPECT_EQ_MSG(test, 1ULL, run.failures, "%s", op->what);
		KUNIT_EXPECT_EQ_MSG(test, 0ULL, run.frees, "%s", op->what);
		KUNIT_EXPECT_EQ_MSG(test, (u64)PAGE_SIZE, run.live_requested, "%s", op->what);
		/* It can be gone on with. */
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 0, 0);
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 2, 0);
		mini_kunit_replay_all(replay);
	}
}

static void operations_that_end_in_the_middle_are_done_chunk_by_chunk(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, NULL);
	struct mini_mm_replay_run run;
	int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*replay->ops) + 1; i++)
		mini_kunit_replay_add(replay, i % 2 ? MINI_MM_REPLAY_FREE : MINI_MM_REPLAY_PAGES,
				      0, 0);
	run = (struct mini_mm_replay_run){ .ops = (unsigned long)replay->user,
					   .count = replay->count };
	KUNIT_ASSERT_EQ(test, 0UL, copy_to_user(replay->user, replay->ops, PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, 0, vm_munmap((unsigned long)replay->user + PAGE_SIZE, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			mini_kunit_ioctl(test, replay->client, MINI_MM_IOC_REPLAY_RUN, &run));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FAULT, run.why);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE / sizeof(*replay->ops), run.done);
	KUNIT_EXPECT_EQ(test, run.done / 2, run.frees);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(replays_that_cannot_be_are_not_opened),
	KUNIT_CASE(there_has_to_be_an_arena),
	KUNIT_CASE(a_file_has_one_replay_at_most),
	KUNIT_CASE(without_a_replay_nothing_is_run_or_closed),
	KUNIT_CASE(closing_takes_no_flags),
	KUNIT_CASE(handles_get_no_objects_of_a_replay),
	KUNIT_CASE(runs_that_cannot_be_do_nothing),
	KUNIT_CASE(an_operation_that_cannot_be_ends_the_run_there),
	KUNIT_CASE(operations_that_end_in_the_middle_are_done_chunk_by_chunk),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_replay_refusals",
	.test_cases = cases,
};

kunit_test_suite(suite);
