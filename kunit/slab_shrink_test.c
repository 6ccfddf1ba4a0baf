// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_slab_shrink: which empty slabs stay for the next allocation, and how the others go
 * back to the arena.
 */
#include "slabs.h"

#define REGION_PAGES 64

/* --- which empty slabs stay ------------------------------------------------------------------ */

static void empty_slabs_stay_up_to_those_in_use_and_four(struct kunit *test)
{
	static const char *const expected[] = {
		"full 10, partial 0, empty 0", "full 9, partial 0, empty 1",
		"full 8, partial 0, empty 2",  "full 7, partial 0, empty 3",
		"full 6, partial 0, empty 4",  "full 5, partial 0, empty 5",
		"full 4, partial 0, empty 6",  "full 3, partial 0, empty 7",
		"full 2, partial 0, empty 6",  "full 1, partial 0, empty 5",
		"full 0, partial 0, empty 4",
	};
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache_of_fours(test, arena);
	void **objects = mini_kunit_fill_fours(test, cache, 10);
	struct mini_core_cache_stats stats;
	int i;

	KUNIT_EXPECT_STREQ(test, expected[0], mini_kunit_slabs(test, cache));
	for (i = 0; i < 10; i++) {
		mini_kunit_free_four(cache, objects, i);
		KUNIT_EXPECT_STREQ(test, expected[i + 1], mini_kunit_slabs(test, cache));
	}
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 10ULL, stats.grown);
	KUNIT_EXPECT_EQ(test, 6ULL, stats.reaped);
	/* Four slabs, and the page of their descriptors. */
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 5, mini_kunit_free_pages(arena));
}

static void a_partial_slab_counts_as_in_use(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 7);
	int i;

	mini_kmem_cache_free(cache, objects[0]);
	for (i = 1; i < 7; i++)
		mini_kunit_free_four(cache, objects, i);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 1, empty 5", mini_kunit_slabs(test, cache));
	mini_kmem_cache_free_bulk(cache, MINI_KUNIT_FOUR - 1, objects + 1);
}

/* --- shrinking and reaping ------------------------------------------------------------------- */

static void shrinking_gives_the_empty_slabs_back_and_counts_their_pages(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache_of_fours(test, arena);
	void **objects = mini_kunit_fill_fours(test, cache, 5);

	mini_kunit_free_four(cache, objects, 0);
	mini_kunit_free_four(cache, objects, 1);
	mini_kmem_cache_free(cache, objects[2 * MINI_KUNIT_FOUR]);
	KUNIT_EXPECT_STREQ(test, "full 2, partial 1, empty 2", mini_kunit_slabs(test, cache));
	KUNIT_EXPECT_EQ(test, 2, mini_kmem_cache_shrink(cache));
	KUNIT_EXPECT_STREQ(test, "full 2, partial 1, empty 0", mini_kunit_slabs(test, cache));
	KUNIT_EXPECT_EQ(test, 0, mini_kmem_cache_shrink(cache));
	mini_kmem_cache_free_bulk(cache, 3 * MINI_KUNIT_FOUR - 1,
				  objects + 2 * MINI_KUNIT_FOUR + 1);
	KUNIT_EXPECT_EQ(test, 3, mini_kmem_cache_shrink(cache));
	mini_kunit_expect_whole(test, arena);
}

static void shrinking_counts_all_pages_of_large_slabs(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SZ_4K + 1, 0);

	KUNIT_EXPECT_EQ(test, 8, mini_kunit_layout(cache).pages_per_slab);
	mini_kmem_cache_free(cache, mini_kunit_object(test, cache));
	KUNIT_EXPECT_EQ(test, 8, mini_kmem_cache_shrink(cache));
	mini_kunit_expect_whole(test, arena);
}

static void shrinking_takes_more_slabs_than_one_hold_of_the_lock_does(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache_of_fours(test, arena);
	void **objects = mini_kunit_fill_fours(test, cache, 44);
	int i;

	for (i = 0; i < 20; i++)
		mini_kunit_free_four(cache, objects, i);
	KUNIT_EXPECT_STREQ(test, "full 24, partial 0, empty 20", mini_kunit_slabs(test, cache));
	KUNIT_EXPECT_EQ(test, 20, mini_kmem_cache_shrink(cache));
	KUNIT_EXPECT_STREQ(test, "full 24, partial 0, empty 0", mini_kunit_slabs(test, cache));
	mini_kmem_cache_free_bulk(cache, 24 * MINI_KUNIT_FOUR, objects + 20 * MINI_KUNIT_FOUR);
}

static void empty_slabs_go_back_before_a_page_request_fails(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache_of_fours(test, arena);
	void **objects = mini_kunit_fill_fours(test, cache, 2);
	struct page *half, *all;

	mini_kmem_cache_free_bulk(cache, 2 * MINI_KUNIT_FOUR, objects);
	/* What can be served is served without. */
	half = mini_alloc_pages(arena, 0, 5);
	KUNIT_EXPECT_NOT_NULL(test, half);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 0, empty 2", mini_kunit_slabs(test, cache));
	mini_free_pages(arena, half, 5);
	all = mini_alloc_pages(arena, 0, 6);
	KUNIT_EXPECT_NOT_NULL(test, all);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 0, empty 0", mini_kunit_slabs(test, cache));
	mini_free_pages(arena, all, 6);
}

static void empty_slabs_of_one_cache_become_slabs_of_another(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 8);
	struct mini_cache *idle = mini_kunit_cache_of_fours(test, arena);
	struct mini_cache *busy = mini_kunit_cache(test, arena, SZ_1K, 0);
	void **objects = mini_kunit_fill_fours(test, idle, 4);
	void **others;

	mini_kmem_cache_free_bulk(idle, 4 * MINI_KUNIT_FOUR - 1, objects + 1);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 1, empty 3", mini_kunit_slabs(test, idle));
	/* Of eight pages one is the partial slab's, one the descriptors'. */
	others = mini_kunit_fill_fours(test, busy, 6);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 1, empty 0", mini_kunit_slabs(test, idle));
	KUNIT_EXPECT_STREQ(test, "full 6, partial 0, empty 0", mini_kunit_slabs(test, busy));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(busy, 0));
	mini_kmem_cache_free(idle, objects[0]);
	mini_kmem_cache_free_bulk(busy, 6 * MINI_KUNIT_FOUR, others);
}

static void reaping_says_whether_there_was_anything(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache_of_fours(test, arena);
	void *object = mini_kunit_object(test, cache);

	KUNIT_EXPECT_FALSE(test, mini_arena_reap(arena));
	mini_kmem_cache_free(cache, object);
	KUNIT_EXPECT_TRUE(test, mini_arena_reap(arena));
	KUNIT_EXPECT_FALSE(test, mini_arena_reap(arena));
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(empty_slabs_stay_up_to_those_in_use_and_four),
	KUNIT_CASE(a_partial_slab_counts_as_in_use),
	KUNIT_CASE(shrinking_gives_the_empty_slabs_back_and_counts_their_pages),
	KUNIT_CASE(shrinking_counts_all_pages_of_large_slabs),
	KUNIT_CASE(shrinking_takes_more_slabs_than_one_hold_of_the_lock_does),
	KUNIT_CASE(empty_slabs_go_back_before_a_page_request_fails),
	KUNIT_CASE(empty_slabs_of_one_cache_become_slabs_of_another),
	KUNIT_CASE(reaping_says_whether_there_was_anything),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_slab_shrink",
	.test_cases = cases,
};

kunit_test_suite(suite);
