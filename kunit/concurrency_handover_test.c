// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_concurrency_handover: what goes from one CPU to another, and what only one of them
 * can have.
 */
#include <linux/completion.h>

#include "churn.h"

#define PAGES 256

/* --- bulk ------------------------------------------------------------------------------------- */

#define BULK_SIZE 192
#define MOST_AT_ONCE 150 /* more than is done under one hold of the lock */

struct bulks {
	struct mini_cache *cache;
	atomic_t served;
	atomic_t overwritten;
};

static void take_and_give_bulks(struct mini_kunit_thread *thread)
{
	struct bulks *bulks = thread->data;
	void **objects = kcalloc(MOST_AT_ONCE, sizeof(*objects), GFP_KERNEL);
	u64 tag = (u64)thread->index << 32;
	int round;

	KUNIT_EXPECT_NOT_NULL(thread->test, objects);
	for (round = 0; objects && round < 300; round++) {
		u32 nr = 1 + mini_kunit_below(&thread->random, MOST_AT_ONCE);
		u32 i;

		if (!mini_kmem_cache_alloc_bulk(bulks->cache, GFP_KERNEL, nr, objects))
			continue;
		atomic_inc(&bulks->served);
		for (i = 0; i < nr; i++)
			*(u64 *)objects[i] = tag + i;
		for (i = 0; i < nr; i++)
			atomic_add(*(u64 *)objects[i] != tag + i, &bulks->overwritten);
		mini_kmem_cache_free_bulk(bulks->cache, nr, objects);
		tag += MOST_AT_ONCE;
		cond_resched();
	}
	kfree(objects);
}

static void a_bulk_is_all_or_nothing_while_others_take_theirs(struct kunit *test)
{
	/* Room for one and a half of the largest. */
	struct mini_arena *arena = mini_kunit_arena_debug(test, 10, "");
	struct bulks *bulks = kunit_kzalloc(test, sizeof(*bulks), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, bulks);
	bulks->cache = mini_kunit_cache(test, arena, BULK_SIZE, 0);
	mini_kunit_run(test, take_and_give_bulks, bulks);
	KUNIT_EXPECT_GT(test, atomic_read(&bulks->served), 0);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&bulks->overwritten));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(arena));
	mini_kmem_cache_destroy(bulks->cache);
	mini_kunit_expect_whole(test, arena);
}

/* --- freed elsewhere -------------------------------------------------------------------------- */

#define IN_FLIGHT 16
/* What a thread sends before it receives: with as many as IN_FLIGHT all might wait for all. */
#define AHEAD 12
#define PASSED 1000

/* From each thread to the next one. */
struct channel {
	struct mini_kunit_block blocks[IN_FLIGHT];
	struct completion room, filled; /* once for each place */
};

struct ring {
	struct mini_arena *arena;
	struct mini_cache *cache;
	struct channel *channels;
	unsigned int size;
	atomic_t overwritten;
	atomic_t none_left;
};

static void send(struct mini_kunit_thread *thread, int i)
{
	struct ring *ring = thread->data;
	struct channel *out = &ring->channels[thread->index];
	struct mini_cache *cache = i % 2 ? ring->cache : NULL;
	struct mini_kunit_block block;

	if (!mini_kunit_take(&block, ring->arena, cache, 0, (u64)thread->index << 32 | i))
		atomic_inc(&ring->none_left);
	wait_for_completion(&out->room);
	out->blocks[i % IN_FLIGHT] = block;
	complete(&out->filled);
}

static void receive(struct mini_kunit_thread *thread, int i)
{
	struct ring *ring = thread->data;
	struct channel *in = &ring->channels[(thread->index + 1) % ring->size];
	struct mini_kunit_block block;

	wait_for_completion(&in->filled);
	block = in->blocks[i % IN_FLIGHT];
	complete(&in->room);
	if (block.at)
		atomic_add(!mini_kunit_give(&block, ring->arena), &ring->overwritten);
}

static void pass_on(struct mini_kunit_thread *thread)
{
	int i;

	for (i = 0; i < PASSED + AHEAD; i++) {
		if (i < PASSED)
			send(thread, i);
		if (i >= AHEAD)
			receive(thread, i - AHEAD);
	}
}

static void what_one_cpu_allocated_another_may_free(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, PAGES, "");
	struct ring *ring = kunit_kzalloc(test, sizeof(*ring), GFP_KERNEL);
	struct mini_core_cache_stats stats;
	unsigned int i, place;

	KUNIT_ASSERT_NOT_NULL(test, ring);
	ring->arena = arena;
	ring->cache = mini_kunit_cache(test, arena, 120, 0);
	ring->size = mini_kunit_team_size();
	ring->channels = kunit_kcalloc(test, ring->size, sizeof(*ring->channels), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, ring->channels);
	for (i = 0; i < ring->size; i++) {
		init_completion(&ring->channels[i].room);
		init_completion(&ring->channels[i].filled);
		for (place = 0; place < IN_FLIGHT; place++)
			complete(&ring->channels[i].room);
	}
	mini_kunit_run(test, pass_on, ring);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&ring->overwritten));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&ring->none_left));
	mini_cache_read_stats(ring->cache, &stats);
	KUNIT_EXPECT_EQ(test, (u64)ring->size * PASSED / 2, stats.allocations);
	KUNIT_EXPECT_EQ(test, stats.allocations, stats.frees);
	mini_kmem_cache_destroy(ring->cache);
	mini_kunit_expect_whole(test, arena);
}

/* --- what only one can do --------------------------------------------------------------------- */

#define CONTESTED 64

struct contest {
	struct mini_arena *arena;
	struct mini_cache *cache; /* NULL: pages */
	void *blocks[CONTESTED];
	atomic_t freed;
};

static u32 page_of(const struct contest *contest, int i)
{
	return mini_offset(contest->arena, contest->blocks[i]) >> PAGE_SHIFT;
}

static void free_all(struct mini_kunit_thread *thread)
{
	struct contest *contest = thread->data;
	int i, error;

	for (i = 0; i < CONTESTED; i++) {
		/* Side by side all the way, not one behind the other. */
		mini_kunit_meet(thread);
		if (contest->cache)
			error = mini_object_free(contest->cache, contest->blocks[i]);
		else
			error = mini_pages_free(contest->arena, page_of(contest, i), 0);
		atomic_add(!error, &contest->freed);
	}
}

struct contest_case {
	const char *name;
	unsigned int size; /* of objects; 0: pages */
};

static const struct contest_case contest_cases[] = {
	{ .name = "pages" },
	{ .name = "objects", .size = 64 },
};

KUNIT_ARRAY_PARAM_DESC(contest, contest_cases, name);

static void of_frees_of_one_block_on_all_cpus_one_is_accepted(struct kunit *test)
{
	const struct contest_case *param = test->param_value;
	struct mini_arena *arena = mini_kunit_arena_debug(test, PAGES, "");
	struct contest *contest = kunit_kzalloc(test, sizeof(*contest), GFP_KERNEL);
	struct mini_kunit_block block;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, contest);
	contest->arena = arena;
	if (param->size)
		contest->cache = mini_kunit_cache(test, arena, param->size, 0);
	for (i = 0; i < CONTESTED; i++) {
		KUNIT_ASSERT_TRUE(test, mini_kunit_take(&block, arena, contest->cache, 0, i));
		contest->blocks[i] = block.at;
	}
	mini_kunit_provoke(arena);
	mini_kunit_run(test, free_all, contest);
	KUNIT_EXPECT_EQ(test, CONTESTED, atomic_read(&contest->freed));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE,
				  CONTESTED * (mini_kunit_team_size() - 1));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(arena));
	mini_kmem_cache_destroy(contest->cache);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_bulk_is_all_or_nothing_while_others_take_theirs),
	KUNIT_CASE(what_one_cpu_allocated_another_may_free),
	KUNIT_CASE_PARAM(of_frees_of_one_block_on_all_cpus_one_is_accepted, contest_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_concurrency_handover",
	.test_cases = cases,
};

kunit_test_suite(suite);
