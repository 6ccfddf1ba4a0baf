// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_layer_counts: the counters are those of whoever allocates and frees, whatever the per-CPU layer and the
 * engines do between themselves, and exact when nobody is at work.
 */
#include <linux/delay.h>
#include <linux/rwsem.h>

#include "churn.h"
#include "layers.h"

#define PAGES 1024
#define CHANGES 20

static const u32 sizes[] = { 64, 0, 1, 256, 8 };

static void tune(struct mini_arena *arena, struct mini_cache *cache, u32 size, u32 batch)
{
	down_write(&mini_registry);
	if (cache)
		mini_cache_tune(cache, size, batch);
	else
		mini_arena_tune(arena, size, batch);
	up_write(&mini_registry);
}

/* Everybody churns while the sizes change; how much was allocated. */
static u64 churn_and_tune(struct kunit *test, struct mini_arena *arena, struct mini_cache *cache)
{
	struct mini_kunit_crowd crowd;
	unsigned int changes;

	mini_kunit_crowd_start(test, &crowd, arena, cache);
	for (changes = 0; changes < CHANGES; changes++) {
		tune(arena, cache, sizes[changes % ARRAY_SIZE(sizes)], changes % 3);
		/* For the others to get somewhere with that. */
		msleep(20);
	}
	return mini_kunit_crowd_end(test, &crowd);
}

static void counts_of_objects_are_exact_after_churn_with_changing_magazines(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, 64);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 256, 0);
	const u64 taken = churn_and_tune(test, arena, cache);
	struct mini_core_cache_stats stats = mini_kunit_cache_stats(cache);

	KUNIT_EXPECT_EQ(test, taken, stats.allocations);
	KUNIT_EXPECT_EQ(test, taken, stats.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.active_objects);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.refused);
	mini_kmem_cache_shrink(cache);
	stats = mini_kunit_cache_stats(cache);
	KUNIT_EXPECT_EQ(test, taken, stats.allocations);
	KUNIT_EXPECT_EQ(test, taken, stats.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.total_objects);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(cache));
	mini_kunit_expect_whole(test, arena);
}

static void counts_of_pages_are_exact_after_churn_with_changing_lists(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, 64);
	const u64 taken = churn_and_tune(test, arena, NULL);
	struct mini_core_arena_stats stats;
	u64 cached;

	mini_arena_read_all_stats(arena, &stats, &cached);
	KUNIT_EXPECT_EQ(test, taken, stats.allocations);
	KUNIT_EXPECT_EQ(test, taken, stats.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.refused);
	KUNIT_EXPECT_EQ(test, (u64)PAGES, stats.free_pages + cached);
	mini_arena_drain(arena);
	mini_arena_read_all_stats(arena, &stats, &cached);
	KUNIT_EXPECT_EQ(test, taken, stats.allocations);
	KUNIT_EXPECT_EQ(test, taken, stats.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, cached);
	mini_kunit_expect_whole(test, arena);
}

static void what_waits_in_the_layer_is_neither_in_use_nor_allocated(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct mini_kunit_work work = { .arena = arena, .cache = cache, .nr = 10 };
	const int here = mini_kunit_stay(test);
	struct mini_core_cache_stats stats;

	mini_kunit_take_on(test, here, &work);
	stats = mini_kunit_cache_stats(cache);
	KUNIT_EXPECT_EQ(test, 10ULL, stats.active_objects);
	KUNIT_EXPECT_EQ(test, 10ULL, stats.allocations);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.frees);
	/* A batch is half a magazine. */
	KUNIT_EXPECT_EQ(test, 6ULL, mini_kunit_cached_objects(cache));
	KUNIT_EXPECT_EQ(test, 10ULL, mini_arena_live(arena));
	mini_kunit_give_on(test, here, &work);
	stats = mini_kunit_cache_stats(cache);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.active_objects);
	KUNIT_EXPECT_EQ(test, 10ULL, stats.allocations);
	KUNIT_EXPECT_EQ(test, 10ULL, stats.frees);
	KUNIT_EXPECT_EQ(test, 16ULL, mini_kunit_cached_objects(cache));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(arena));
}

static void sizes_are_cut_to_what_the_arena_allows(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, 16, 256);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SZ_4K, 0);

	KUNIT_EXPECT_LE(test, arena->layer.size * num_possible_cpus(), 1);
	KUNIT_EXPECT_LE(test, cache->layer.size * num_possible_cpus(), 1);
	arena = mini_kunit_layered_arena(test, SZ_16M >> PAGE_SHIFT, MINI_MAGAZINE_MAX);
	KUNIT_EXPECT_LE(test, arena->layer.size, MINI_MAGAZINE_MAX);
	cache = mini_kunit_cache(test, arena, 64, 0);
	tune(arena, cache, 8, 100);
	KUNIT_EXPECT_EQ(test, 8, cache->layer.size);
	KUNIT_EXPECT_EQ(test, 8, cache->layer.batch);
	tune(arena, cache, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, cache->layer.size);
	mini_kmem_cache_free(cache, mini_kunit_object(test, cache));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(cache));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(counts_of_objects_are_exact_after_churn_with_changing_magazines),
	KUNIT_CASE(counts_of_pages_are_exact_after_churn_with_changing_lists),
	KUNIT_CASE(what_waits_in_the_layer_is_neither_in_use_nor_allocated),
	KUNIT_CASE(sizes_are_cut_to_what_the_arena_allows),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_layer_counts",
	.test_cases = cases,
};

kunit_test_suite(suite);
