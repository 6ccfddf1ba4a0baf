// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_layer_cpus: memory that is freed on another CPU than where it was allocated, and CPUs that go.
 */
#include <linux/cpu.h>
#include <linux/delay.h>

#include "churn.h"
#include "layers.h"

#define PAGES 1024
#define SIZE 8 /* of lists and magazines */

static void an_object_goes_to_the_cpu_that_frees_it(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct mini_kunit_work work = { .arena = arena, .cache = cache, .nr = SIZE };
	const int here = mini_kunit_stay(test);
	const int there = mini_kunit_another_cpu(test, here);
	void *last;
	u32 before;

	mini_kunit_take_on(test, here, &work);
	before = mini_kunit_rounds_of(cache, here);
	mini_kunit_give_on(test, there, &work);
	KUNIT_EXPECT_EQ(test, before, mini_kunit_rounds_of(cache, here));
	KUNIT_EXPECT_EQ(test, SIZE, mini_kunit_rounds_of(cache, there));
	/* And is the first that it gives out. */
	last = work.taken[SIZE - 1];
	work.nr = 1;
	mini_kunit_take_on(test, there, &work);
	KUNIT_EXPECT_PTR_EQ(test, last, work.taken[0]);
	mini_kunit_give_on(test, here, &work);
	KUNIT_EXPECT_EQ(test, before + 1, mini_kunit_rounds_of(cache, here));
}

static void a_page_goes_to_the_cpu_that_frees_it(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_kunit_work work = { .arena = arena, .nr = SIZE };
	const int here = mini_kunit_stay(test);
	const int there = mini_kunit_another_cpu(test, here);
	void *last;
	u32 before;

	mini_kunit_take_on(test, here, &work);
	before = mini_kunit_blocks_of(arena, here, 0);
	mini_kunit_give_on(test, there, &work);
	KUNIT_EXPECT_EQ(test, before, mini_kunit_blocks_of(arena, here, 0));
	KUNIT_EXPECT_EQ(test, SIZE, mini_kunit_blocks_of(arena, there, 0));
	last = work.taken[SIZE - 1];
	work.nr = 1;
	mini_kunit_take_on(test, there, &work);
	KUNIT_EXPECT_PTR_EQ(test, last, work.taken[0]);
	mini_kunit_give_on(test, there, &work);
}

/* One CPU only allocates and another one only frees: full magazines come back through the depot, not the slabs. */
static void what_one_cpu_frees_another_gets_through_the_depot(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct mini_kunit_work work = { .arena = arena, .cache = cache, .nr = 2 * SIZE };
	const int here = mini_kunit_stay(test);
	const int there = mini_kunit_another_cpu(test, here);
	u64 refilled = 0;
	int round;

	for (round = 0; round < 100; round++) {
		mini_kunit_take_on(test, here, &work);
		mini_kunit_give_on(test, there, &work);
		if (round == 10)
			refilled = cache->layer.refilled;
	}
	KUNIT_EXPECT_GT(test, refilled, 0ULL);
	KUNIT_EXPECT_EQ(test, refilled, cache->layer.refilled);
	KUNIT_EXPECT_EQ(test, 0ULL, cache->layer.flushed);
}

/* --- CPUs that go -------------------------------------------------------------------------------------- */

#ifdef CONFIG_HOTPLUG_CPU

#define ROUNDS 3
#define PATIENCE 500 /* times 20 ms */

static int a_cpu_that_may_go(struct kunit *test)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu && cpu_is_hotpluggable(cpu))
			return cpu;
	kunit_skip(test, "no CPU but the first one can go");
	return 0;
}

static void what_a_cpu_that_goes_leaves_behind_is_fetched_back(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct mini_kunit_work objects = { .arena = arena, .cache = cache, .nr = SIZE };
	struct mini_kunit_work pages = { .arena = arena, .nr = SIZE };
	const int cpu = a_cpu_that_may_go(test);
	int waited = 0;

	mini_kunit_take_on(test, cpu, &objects);
	mini_kunit_take_on(test, cpu, &pages);
	mini_kunit_give_on(test, cpu, &objects);
	mini_kunit_give_on(test, cpu, &pages);
	KUNIT_EXPECT_EQ(test, SIZE, mini_kunit_rounds_of(cache, cpu));
	KUNIT_EXPECT_EQ(test, 0, remove_cpu(cpu));
	while ((mini_kunit_rounds_of(cache, cpu) || mini_kunit_blocks_of(arena, cpu, 0)) && waited++ < PATIENCE)
		msleep(20);
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_rounds_of(cache, cpu));
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_blocks_of(arena, cpu, 0));
	mini_kmem_cache_shrink(cache);
	mini_kunit_expect_whole(test, arena);
	KUNIT_EXPECT_EQ(test, 0, add_cpu(cpu));
	/* And its windows are open again. */
	mini_kunit_take_on(test, cpu, &objects);
	mini_kunit_give_on(test, cpu, &objects);
	KUNIT_EXPECT_EQ(test, SIZE, mini_kunit_rounds_of(cache, cpu));
}

static void nothing_is_lost_when_a_cpu_goes_during_churn(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 256, 0);
	const int cpu = a_cpu_that_may_go(test);
	struct mini_core_cache_stats stats;
	struct mini_kunit_crowd crowd;
	u64 taken;
	int round;

	mini_kunit_crowd_start(test, &crowd, arena, cache);
	for (round = 0; round < ROUNDS; round++) {
		KUNIT_EXPECT_EQ(test, 0, remove_cpu(cpu));
		KUNIT_EXPECT_EQ(test, 0, add_cpu(cpu));
	}
	taken = mini_kunit_crowd_end(test, &crowd);
	stats = mini_kunit_cache_stats(cache);
	KUNIT_EXPECT_EQ(test, taken, stats.allocations);
	KUNIT_EXPECT_EQ(test, taken, stats.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.active_objects);
	mini_kmem_cache_shrink(cache);
	mini_kunit_expect_whole(test, arena);
}

#else

static void what_a_cpu_that_goes_leaves_behind_is_fetched_back(struct kunit *test)
{
	kunit_skip(test, "the kernel has no CONFIG_HOTPLUG_CPU");
}

static void nothing_is_lost_when_a_cpu_goes_during_churn(struct kunit *test)
{
	kunit_skip(test, "the kernel has no CONFIG_HOTPLUG_CPU");
}

#endif

static struct kunit_case cases[] = {
	KUNIT_CASE(an_object_goes_to_the_cpu_that_frees_it),
	KUNIT_CASE(a_page_goes_to_the_cpu_that_frees_it),
	KUNIT_CASE(what_one_cpu_frees_another_gets_through_the_depot),
	KUNIT_CASE(what_a_cpu_that_goes_leaves_behind_is_fetched_back),
	KUNIT_CASE(nothing_is_lost_when_a_cpu_goes_during_churn),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_layer_cpus",
	.test_cases = cases,
};

kunit_test_suite(suite);
