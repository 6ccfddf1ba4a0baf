// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_concurrency: threads on all CPUs allocate and free at random, at the same time.
 */
#include <linux/cpu.h>

#include "churn.h"

/* For each thread: more than it can hold. */
#define PAGES 128
#define STEPS 5000
/* Where every invariant of the arena is checked after each step. */
#define CHECKED_STEPS 500

/* --- churning ---------------------------------------------------------------------------------------- */

struct plan {
	struct mini_kunit_churn *churns; /* one a thread */
	unsigned int threads;
	unsigned int steps;
};

static struct mini_arena *arena_for_all(struct kunit *test, const char *debug)
{
	return mini_kunit_arena_debug(test, PAGES * mini_kunit_team_size(), debug);
}

static struct plan *make_plan(struct kunit *test, unsigned int steps)
{
	struct plan *plan = kunit_kzalloc(test, sizeof(*plan), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, plan);
	plan->steps = steps;
	plan->threads = mini_kunit_team_size();
	plan->churns = kunit_kcalloc(test, plan->threads, sizeof(*plan->churns), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, plan->churns);
	for (i = 0; i < plan->threads; i++)
		plan->churns[i].tag = (u64)(i + 1) << 32;
	return plan;
}

/* All threads on the same arena and caches. */
static void plan_for(struct plan *plan, struct mini_arena *arena, struct mini_cache *const *caches,
		     unsigned int nr_caches, unsigned int orders)
{
	unsigned int i;

	for (i = 0; i < plan->threads; i++) {
		plan->churns[i].arena = arena;
		plan->churns[i].caches = caches;
		plan->churns[i].nr_caches = nr_caches;
		plan->churns[i].orders = orders;
	}
}

static void churn(struct mini_kunit_thread *thread)
{
	const struct plan *plan = thread->data;
	struct mini_kunit_churn *churn = &plan->churns[thread->index];
	unsigned int i;

	churn->random = thread->random;
	for (i = 0; i < plan->steps; i++) {
		mini_kunit_churn_step(churn);
		cond_resched();
	}
	mini_kunit_churn_end(churn);
}

static u64 expect_sound(struct kunit *test, const struct plan *plan)
{
	u64 taken = 0;
	unsigned int i;

	for (i = 0; i < plan->threads; i++) {
		mini_kunit_churn_expect(test, &plan->churns[i]);
		taken += plan->churns[i].taken;
	}
	return taken;
}

static u64 none_left(const struct plan *plan)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < plan->threads; i++)
		sum += plan->churns[i].none_left;
	return sum;
}

static void expect_page_counts(struct kunit *test, struct mini_arena *arena, u64 taken, u64 failed)
{
	struct mini_core_arena_stats stats;

	mini_arena_drain(arena);
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, taken, stats.allocations);
	KUNIT_EXPECT_EQ(test, taken, stats.frees);
	/* A request that fails is tried again when the per-CPU layer held something. */
	if (arena->layer.size)
		KUNIT_EXPECT_LE(test, failed, stats.failures);
	else
		KUNIT_EXPECT_EQ(test, failed, stats.failures);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.refused);
	KUNIT_EXPECT_EQ(test, stats.splits, stats.merges);
}

static void expect_object_counts(struct kunit *test, struct mini_cache *cache, u64 taken)
{
	struct mini_core_cache_stats stats;

	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, taken, stats.allocations);
	KUNIT_EXPECT_EQ(test, taken, stats.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.failures);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.refused);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.active_objects);
}

struct pages_case {
	const char *name;
	const char *debug;
	unsigned int orders;
	unsigned int steps;
};

static const struct pages_case pages_cases[] = {
	{ "single pages", "", 1, STEPS },
	{ "orders 0 to 4", "", 5, STEPS },
	{ "orders 0 to 3, every invariant checked", "V", 4, CHECKED_STEPS },
};

KUNIT_ARRAY_PARAM_DESC(pages, pages_cases, name);

static void pages_of_one_cpu_are_not_given_to_another(struct kunit *test)
{
	const struct pages_case *param = test->param_value;
	struct mini_arena *arena = arena_for_all(test, param->debug);
	struct plan *plan = make_plan(test, param->steps);

	plan_for(plan, arena, NULL, 0, param->orders);
	mini_kunit_run(test, churn, plan);
	expect_page_counts(test, arena, expect_sound(test, plan), none_left(plan));
	mini_kunit_expect_whole(test, arena);
}

struct objects_case {
	const char *name;
	const char *debug;
	unsigned int size;
	bool off_slab;
	unsigned int steps;
};

static const struct objects_case objects_cases[] = {
	{ "8 bytes", "", 8, false, STEPS },
	{ "200 bytes", "", 200, false, STEPS },
	{ "200 bytes, off-slab", "", 200, true, STEPS },
	{ "2048 bytes", "", 2048, false, STEPS },
	{ "8192 bytes", "", 8192, false, STEPS },
	{ "200 bytes, red zones and poison", "ZP", 200, false, STEPS },
	{ "1024 bytes, every invariant checked", "V", 1024, false, CHECKED_STEPS },
};

KUNIT_ARRAY_PARAM_DESC(objects, objects_cases, name);

static void objects_of_one_cpu_are_not_given_to_another(struct kunit *test)
{
	const struct objects_case *param = test->param_value;
	const struct mini_cache_params params = { .off_slab = param->off_slab };
	struct mini_arena *arena = arena_for_all(test, param->debug);
	struct plan *plan = make_plan(test, param->steps);
	struct mini_cache *cache;

	cache = mini_kmem_cache_create_engine(arena, "churned", param->size, 0, 0, NULL, &params);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	plan_for(plan, arena, &cache, 1, 0);
	mini_kunit_run(test, churn, plan);
	expect_object_counts(test, cache, expect_sound(test, plan));
	KUNIT_EXPECT_NULL(test, mini_core_cache_broken(cache->core));
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

/* More is asked for than there is: caches take each other's empty slabs all the time. */
static void caches_and_page_blocks_share_an_arena_that_is_too_small(struct kunit *test)
{
	static const unsigned int sizes[] = { 24, 512, 2048, 8192 };
	struct mini_arena *arena = mini_kunit_arena_debug(test, 32, "");
	struct plan *plan = make_plan(test, STEPS);
	struct mini_cache *caches[ARRAY_SIZE(sizes)];
	struct mini_core_cache_stats stats;
	u64 reaped = 0;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		caches[i] = mini_kunit_cache(test, arena, sizes[i], 0);
	plan_for(plan, arena, caches, ARRAY_SIZE(caches), 5);
	mini_kunit_run(test, churn, plan);
	expect_sound(test, plan);
	KUNIT_EXPECT_GT(test, none_left(plan), 0ULL);
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		mini_cache_read_stats(caches[i], &stats);
		reaped += stats.reaped;
		KUNIT_EXPECT_NULL(test, mini_core_cache_broken(caches[i]->core));
		mini_kmem_cache_destroy(caches[i]);
	}
	KUNIT_EXPECT_GT(test, reaped, 100ULL);
	mini_kunit_expect_whole(test, arena);
}

static void each_arena_counts_its_own_pages_only(struct kunit *test)
{
	struct plan *plan = make_plan(test, STEPS);
	unsigned int i;

	for (i = 0; i < plan->threads; i++) {
		plan->churns[i].arena = mini_kunit_arena_debug(test, 64, "");
		plan->churns[i].orders = 4;
	}
	mini_kunit_run(test, churn, plan);
	expect_sound(test, plan);
	for (i = 0; i < plan->threads; i++) {
		expect_page_counts(test, plan->churns[i].arena, plan->churns[i].taken,
				   plan->churns[i].none_left);
		mini_kunit_expect_whole(test, plan->churns[i].arena);
	}
}

/* --- shrinking --------------------------------------------------------------------------------------- */

/* What is done meanwhile ends the churn: so there is churn all the while. */
struct meanwhile {
	struct plan *plan;
	bool over;
};

static void churn_until_over(struct mini_kunit_thread *thread)
{
	struct meanwhile *meanwhile = thread->data;

	thread->data = meanwhile->plan;
	do {
		churn(thread);
	} while (!READ_ONCE(meanwhile->over));
}

/* The first thread takes empty slabs away from the others, by shrinking and by want of a large block. */
static void shrink_or_churn(struct mini_kunit_thread *thread)
{
	struct meanwhile *meanwhile = thread->data;
	const struct mini_kunit_churn *others = &meanwhile->plan->churns[1];
	struct mini_kunit_block block;
	unsigned int i;

	if (thread->index) {
		churn_until_over(thread);
		return;
	}
	for (i = 0; i < STEPS; i++) {
		mini_kmem_cache_shrink(others->caches[i % others->nr_caches]);
		if (mini_kunit_take(&block, others->arena, NULL, 5, i))
			mini_kunit_give(&block, others->arena);
		cond_resched();
	}
	WRITE_ONCE(meanwhile->over, true);
}

static void slabs_may_be_reaped_while_others_allocate(struct kunit *test)
{
	static const unsigned int sizes[] = { 256, 1024, 4096 };
	struct mini_arena *arena = arena_for_all(test, "");
	struct meanwhile meanwhile = { .plan = make_plan(test, 100) };
	struct mini_cache *caches[ARRAY_SIZE(sizes)];
	struct mini_core_cache_stats stats;
	u64 reaped = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		caches[i] = mini_kunit_cache(test, arena, sizes[i], 0);
	plan_for(meanwhile.plan, arena, caches, ARRAY_SIZE(caches), 0);
	mini_kunit_run(test, shrink_or_churn, &meanwhile);
	for (i = 1; i < meanwhile.plan->threads; i++)
		mini_kunit_churn_expect(test, &meanwhile.plan->churns[i]);
	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		mini_cache_drain(caches[i]);
		mini_cache_read_stats(caches[i], &stats);
		KUNIT_EXPECT_EQ(test, stats.grown - stats.reaped, (u64)stats.empty_slabs);
		reaped += stats.reaped;
		mini_kmem_cache_destroy(caches[i]);
	}
	KUNIT_EXPECT_GT(test, reaped, 0ULL);
	mini_kunit_expect_whole(test, arena);
}

/* --- CPUs that go ------------------------------------------------------------------------------------- */

#ifdef CONFIG_HOTPLUG_CPU

static unsigned int a_cpu_that_may_go(void)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu && cpu_is_hotpluggable(cpu))
			return cpu;
	return 0;
}

static void a_cpu_may_go_and_come_back_during_churn(struct kunit *test)
{
	struct mini_arena *arena = arena_for_all(test, "");
	struct meanwhile meanwhile = {};
	unsigned int cpu = a_cpu_that_may_go();
	struct mini_kunit_team *team;
	struct mini_cache *cache;
	int round;

	if (!cpu)
		kunit_skip(test, "no CPU but the first one can go");
	meanwhile.plan = make_plan(test, 500);
	cache = mini_kunit_cache(test, arena, 256, 0);
	plan_for(meanwhile.plan, arena, &cache, 1, 3);
	team = mini_kunit_start(test, mini_kunit_team_size(), churn_until_over, &meanwhile);
	for (round = 0; round < 3; round++) {
		KUNIT_EXPECT_EQ(test, 0, remove_cpu(cpu));
		KUNIT_EXPECT_FALSE(test, cpu_online(cpu));
		KUNIT_EXPECT_EQ(test, 0, add_cpu(cpu));
		KUNIT_EXPECT_TRUE(test, cpu_online(cpu));
	}
	WRITE_ONCE(meanwhile.over, true);
	mini_kunit_join(test, team);
	expect_sound(test, meanwhile.plan);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

#else

static void a_cpu_may_go_and_come_back_during_churn(struct kunit *test)
{
	kunit_skip(test, "the kernel has no CONFIG_HOTPLUG_CPU");
}

#endif

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(pages_of_one_cpu_are_not_given_to_another, pages_gen_params),
	KUNIT_CASE_PARAM(objects_of_one_cpu_are_not_given_to_another, objects_gen_params),
	KUNIT_CASE(caches_and_page_blocks_share_an_arena_that_is_too_small),
	KUNIT_CASE(each_arena_counts_its_own_pages_only),
	KUNIT_CASE(slabs_may_be_reaped_while_others_allocate),
	KUNIT_CASE_SLOW(a_cpu_may_go_and_come_back_during_churn),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_concurrency",
	.test_cases = cases,
};

kunit_test_suite(suite);
