// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_replay: streams of operations that the kernel executes by itself.
 */
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "replays.h"

#define PAGES MINI_KUNIT_REPLAY_PAGES
#define OBJECT 120

static const struct mini_mm_replay_cache plain = { .size = OBJECT };

static void blocks_and_objects_are_allocated_and_freed(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 4, &plain);
	struct mini_mm_replay_run run;

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 0, 3);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 3,
			      1 | MINI_MM_REPLAY_RECLAIMABLE << 8);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_OBJECT, 1, 0);
	run = mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 3ULL, run.allocations);
	KUNIT_EXPECT_EQ(test, 0ULL, run.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, run.failures);
	/* A page for the slab. */
	KUNIT_EXPECT_EQ(test, PAGES - 8 - 2 - 1, mini_kunit_free_pages(replay->arena));

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 0, 0);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 1, 0);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 3, 0);
	run = mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 0ULL, run.allocations);
	KUNIT_EXPECT_EQ(test, 3ULL, run.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, run.live_requested);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(replay->arena));
}

static void a_slot_may_be_used_again(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, &plain);
	struct mini_mm_replay_run run;
	int i;

	/* More than a chunk, and not a multiple of it. */
	for (i = 0; i < 333; i++) {
		mini_kunit_replay_add(replay, i % 2 ? MINI_MM_REPLAY_OBJECT : MINI_MM_REPLAY_PAGES,
				      0, 0);
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 0, 0);
	}
	run = mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 333ULL, run.allocations);
	KUNIT_EXPECT_EQ(test, 333ULL, run.frees);
}

static void bytes_are_counted_exactly_now_and_at_their_peak(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 8, &plain);
	struct mini_mm_replay_run run;
	int i;

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 0, 2);
	for (i = 1; i < 4; i++)
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_OBJECT, i, 0);
	/* The peak is here. */
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 0, 0);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_OBJECT, 4, 0);
	run = mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 4 * OBJECT, run.live_requested);
	/* As kunit/slab_layout_test.c has it: the slot of 120 bytes is 120 bytes. */
	KUNIT_EXPECT_EQ(test, 4 * OBJECT, run.live_granted);
	KUNIT_EXPECT_EQ(test, 4 * PAGE_SIZE + 3 * OBJECT, run.peak_requested);
	KUNIT_EXPECT_EQ(test, 4 * PAGE_SIZE + 3 * OBJECT, run.peak_granted);

	/* The peak stays that of the replay, the live ones go on. */
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 1, 0);
	run = mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 3 * OBJECT, run.live_requested);
	KUNIT_EXPECT_EQ(test, 4 * PAGE_SIZE + 3 * OBJECT, run.peak_requested);
}

static void kmalloc_grants_a_class_or_a_block(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 4, NULL);
	struct mini_mm_replay_run run;
	int i;

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_KMALLOC, 0, 100);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_KMALLOC, 1, 64);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_KMALLOC, 2, 2 * PAGE_SIZE + 1);
	run = mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 100 + 64 + 2 * PAGE_SIZE + 1, run.live_requested);
	KUNIT_EXPECT_EQ(test, 128 + 64 + 4 * PAGE_SIZE, run.live_granted);
	for (i = 0; i < 3; i++)
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, i, 0);
	run = mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 3ULL, run.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, run.live_granted);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(replay->arena));
}

static void padding_is_granted_and_not_requested(struct kunit *test)
{
	const struct mini_mm_replay_cache padded = { .size = 100, .align = 64 };
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, &padded);
	struct mini_mm_replay_run run;

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_OBJECT, 0, 0);
	run = mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 100ULL, run.live_requested);
	KUNIT_EXPECT_EQ(test, 128ULL, run.live_granted);
}

static void what_finds_no_memory_is_counted_and_its_free_skipped(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 4, NULL);
	struct mini_mm_replay_run run;

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 0, 6);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 1, 0);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 1, 0);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 1, 4);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 0, 0);
	run = mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 1ULL, run.allocations);
	KUNIT_EXPECT_EQ(test, 2ULL, run.failures);
	KUNIT_EXPECT_EQ(test, 1ULL, run.frees);
	mini_kunit_expect_whole(test, replay->arena);
}

static void what_is_left_goes_back_when_the_replay_is_closed(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 600, &plain);
	struct mini_mm_replay_close close;
	int i;

	for (i = 0; i < 600; i++)
		mini_kunit_replay_add(replay, i % 20 ? MINI_MM_REPLAY_OBJECT : MINI_MM_REPLAY_PAGES,
				      i, 0);
	mini_kunit_replay_all(replay);
	KUNIT_EXPECT_EQ(test, 1, replay->arena->nr_caches);
	KUNIT_EXPECT_EQ(test, 0L, mini_kunit_replay_close(replay, &close));
	KUNIT_EXPECT_EQ(test, 600ULL, close.freed);
	KUNIT_EXPECT_EQ(test, 0, replay->arena->nr_caches);
	mini_kunit_expect_whole(test, replay->arena);
}

static void what_is_left_goes_back_with_the_file(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 2, &plain);

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 0, 2);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_OBJECT, 1, 0);
	mini_kunit_replay_all(replay);
	mini_kunit_close(test, replay->client);
	KUNIT_EXPECT_EQ(test, 0, replay->arena->nr_caches);
	mini_kunit_expect_whole(test, replay->arena);
}

static void each_operation_is_timed_when_asked_for(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 4, NULL);
	u64 __user *histogram = mini_kunit_user_pages(test, 1);
	struct mini_mm_replay_run run = { .ops = (unsigned long)replay->user,
					  .histogram = (unsigned long)histogram,
					  .count = 4,
					  .flags = MINI_MM_REPLAY_TIMED };
	u64 sum = 0, in_bucket;
	int i;

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 0, 0);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 1, 6);
	/* Skipped: it has no time. */
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 1, 0);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 0, 0);
	KUNIT_ASSERT_EQ(test, 0UL,
			copy_to_user(replay->user, replay->ops, 4 * sizeof(*replay->ops)));
	KUNIT_ASSERT_EQ(test, 0L,
			mini_kunit_ioctl(test, replay->client, MINI_MM_IOC_REPLAY_RUN, &run));
	KUNIT_EXPECT_EQ(test, 1ULL, run.failures);
	for (i = 0; i < MINI_MM_REPLAY_BUCKETS; i++) {
		KUNIT_ASSERT_EQ(test, 0, get_user(in_bucket, &histogram[i]));
		sum += in_bucket;
	}
	KUNIT_EXPECT_EQ(test, 3ULL, sum);
	KUNIT_EXPECT_GT(test, run.max_cycles, 0ULL);
	KUNIT_EXPECT_LE(test, run.max_cycles, run.cycles);
}

/* --- constructors ---------------------------------------------------------------------------- */

static const struct mini_mm_replay_cache constructed = {
	.size = 256,
	.flags = MINI_MM_REPLAY_CONSTRUCTOR,
};

static void objects_stay_constructed(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 40, &constructed);
	int i;

	for (i = 0; i < 160; i++)
		mini_kunit_replay_add(replay,
				      i / 40 % 2 ? MINI_MM_REPLAY_FREE : MINI_MM_REPLAY_OBJECT,
				      i % 40, 0);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_replay_all(replay).violations);
}

static void an_object_that_is_not_constructed_is_a_violation(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, &constructed);
	struct mini_cache *cache;
	void *object;

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_OBJECT, 0, 0);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, 0, 0);
	mini_kunit_replay_all(replay);
	/* The last one in is the first one out. */
	cache = list_last_entry(&replay->arena->caches, struct mini_cache, node);
	KUNIT_ASSERT_EQ(test, 0, mini_object_alloc(cache, &object));
	*(u8 *)object ^= 1;
	KUNIT_ASSERT_EQ(test, 0, mini_object_free(cache, object));
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_OBJECT, 0, 0);
	KUNIT_EXPECT_EQ(test, 1ULL, mini_kunit_replay_all(replay).violations);
}

static void constructing_each_time_is_no_matter_of_the_cache(struct kunit *test)
{
	const struct mini_mm_replay_cache each_time = { .size = 256,
							.flags = MINI_MM_REPLAY_CONSTRUCT_EACH_TIME };
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, &each_time);
	struct mini_cache *cache =
		list_last_entry(&replay->arena->caches, struct mini_cache, node);

	KUNIT_EXPECT_FALSE(test, cache->constructed);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_OBJECT, 0, 0);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_replay_all(replay).violations);
}

/* --- others ---------------------------------------------------------------------------------- */

static void nobody_destroys_what_a_replay_works_on(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, &plain);
	struct mini_kunit_client *other = mini_kunit_open(test);
	struct mini_mm_target target;
	u32 cache = list_last_entry(&replay->arena->caches, struct mini_cache, node)->id;

	KUNIT_EXPECT_EQ(test, -EBUSY,
			mini_call_target(test, other, MINI_MM_IOC_ARENA_DESTROY, replay->arena->id,
					 &target));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_LIVE, target.why);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			mini_call_target(test, other, MINI_MM_IOC_CACHE_DESTROY, cache, &target));
	KUNIT_EXPECT_EQ(test, 0L,
			mini_call_target(test, other, MINI_MM_IOC_ARENA_RESET, replay->arena->id,
					 &target));
	KUNIT_EXPECT_EQ(test, 0, target.caches);
	mini_kunit_replay_add(replay, MINI_MM_REPLAY_OBJECT, 0, 0);
	mini_kunit_replay_all(replay);
}

static void an_arena_of_the_same_file_goes_after_its_replay(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_replay_open open = { .slots = 4, .nr_caches = 1, .caches = { plain } };
	struct mini_mm_target target;

	open.arena = mini_call_arena(test, client, "replayed", 16, 0);
	KUNIT_ASSERT_EQ(test, 0L,
			mini_kunit_ioctl(test, client, MINI_MM_IOC_REPLAY_OPEN, &open));
	mini_kunit_close(test, client);
	client = mini_kunit_open(test);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, open.arena,
					 &target));
}

static void compaction_moves_what_is_movable_and_the_replay_goes_on(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, PAGES, NULL);
	struct mini_kunit_client *other = mini_kunit_open(test);
	struct mini_mm_target target;
	struct mini_mm_arena_info info;
	int i;

	for (i = 0; i < PAGES; i++)
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, i,
				      i == PAGES - 1 ? 0 : MINI_MM_REPLAY_MOVABLE << 8);
	for (i = 0; i < PAGES; i += 2)
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, i, 0);
	mini_kunit_replay_all(replay);
	mini_call_arena_info(test, other, replay->arena->id, &info);
	KUNIT_EXPECT_EQ(test, (u64)PAGES / 2, info.free_blocks[0]);
	KUNIT_EXPECT_EQ(test, 0L,
			mini_call_target(test, other, MINI_MM_IOC_ARENA_COMPACT, replay->arena->id,
					 &target));
	KUNIT_EXPECT_GE(test, target.freed, (u64)PAGES / 4 - 1);
	mini_call_arena_info(test, other, replay->arena->id, &info);
	KUNIT_EXPECT_EQ(test, 1ULL, info.free_blocks[4]);
	for (i = 1; i < PAGES; i += 2)
		mini_kunit_replay_add(replay, MINI_MM_REPLAY_FREE, i, 0);
	KUNIT_EXPECT_EQ(test, (u64)PAGES / 2, mini_kunit_replay_all(replay).frees);
	mini_kunit_expect_whole(test, replay->arena);
}

static void a_signal_ends_it_between_chunks(struct kunit *test)
{
	struct mini_kunit_replay *replay = mini_kunit_replay(test, 1, NULL);
	struct mini_mm_replay_run run;

	mini_kunit_replay_add(replay, MINI_MM_REPLAY_PAGES, 0, 0);
	allow_signal(SIGUSR1);
	send_sig(SIGUSR1, current, 1);
	KUNIT_EXPECT_EQ(test, -EINTR, mini_kunit_replay_run(replay, 0, &run));
	flush_signals(current);
	disallow_signal(SIGUSR1);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_INTERRUPTED, run.why);
	KUNIT_EXPECT_EQ(test, 0, run.done);
	KUNIT_EXPECT_EQ(test, 0ULL, run.allocations);
	mini_kunit_expect_whole(test, replay->arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(blocks_and_objects_are_allocated_and_freed),
	KUNIT_CASE(a_slot_may_be_used_again),
	KUNIT_CASE(bytes_are_counted_exactly_now_and_at_their_peak),
	KUNIT_CASE(kmalloc_grants_a_class_or_a_block),
	KUNIT_CASE(padding_is_granted_and_not_requested),
	KUNIT_CASE(what_finds_no_memory_is_counted_and_its_free_skipped),
	KUNIT_CASE(what_is_left_goes_back_when_the_replay_is_closed),
	KUNIT_CASE(what_is_left_goes_back_with_the_file),
	KUNIT_CASE(each_operation_is_timed_when_asked_for),
	KUNIT_CASE(objects_stay_constructed),
	KUNIT_CASE(an_object_that_is_not_constructed_is_a_violation),
	KUNIT_CASE(constructing_each_time_is_no_matter_of_the_cache),
	KUNIT_CASE(nobody_destroys_what_a_replay_works_on),
	KUNIT_CASE(an_arena_of_the_same_file_goes_after_its_replay),
	KUNIT_CASE(compaction_moves_what_is_movable_and_the_replay_goes_on),
	KUNIT_CASE(a_signal_ends_it_between_chunks),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_replay",
	.test_cases = cases,
};

kunit_test_suite(suite);
