// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_slab_order: the states of slabs, and which slab serves next.
 */
#include "slabs.h"

#define REGION_PAGES 64

/* --- states ---------------------------------------------------------------------------------- */

static void a_slab_is_partial_then_full_as_objects_go_out(struct kunit *test)
{
	static const char *const expected[] = {
		"full 0, partial 0, empty 0", "full 0, partial 1, empty 0",
		"full 0, partial 1, empty 0", "full 0, partial 1, empty 0",
		"full 1, partial 0, empty 0", "full 1, partial 1, empty 0",
	};
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void *objects[ARRAY_SIZE(expected)] = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		KUNIT_EXPECT_STREQ(test, expected[i], mini_kunit_slabs(test, cache));
		if (i + 1 < ARRAY_SIZE(expected))
			objects[i] = mini_kunit_object(test, cache);
	}
	mini_kmem_cache_free_bulk(cache, ARRAY_SIZE(expected) - 1, objects);
}

static void a_slab_is_partial_then_empty_as_objects_come_back(struct kunit *test)
{
	static const char *const expected[] = {
		"full 2, partial 0, empty 0", "full 1, partial 1, empty 0",
		"full 1, partial 1, empty 0", "full 1, partial 1, empty 0",
		"full 1, partial 0, empty 1", "full 0, partial 1, empty 1",
		"full 0, partial 1, empty 1", "full 0, partial 1, empty 1",
		"full 0, partial 0, empty 2",
	};
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 2);
	int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		KUNIT_EXPECT_STREQ(test, expected[i], mini_kunit_slabs(test, cache));
		if (i + 1 < ARRAY_SIZE(expected))
			mini_kmem_cache_free(cache, objects[i]);
	}
}

static void an_only_object_makes_its_slab_full_and_then_empty(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache(test, mini_kunit_bare_arena(test, REGION_PAGES), SZ_8K, 0);
	void *object = mini_kunit_object(test, cache);

	KUNIT_EXPECT_EQ(test, 1, mini_kunit_layout(cache).objects_per_slab);
	KUNIT_EXPECT_STREQ(test, "full 1, partial 0, empty 0", mini_kunit_slabs(test, cache));
	mini_kmem_cache_free(cache, object);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 0, empty 1", mini_kunit_slabs(test, cache));
}

/* --- which slab is next ---------------------------------------------------------------------- */

static void a_partial_slab_serves_before_an_empty_one(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 2);
	u32 partial = mini_kunit_slab_of(cache, objects[0]);

	mini_kmem_cache_free(cache, objects[0]);
	mini_kunit_free_four(cache, objects, 1);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 1, empty 1", mini_kunit_slabs(test, cache));
	objects[0] = mini_kunit_object(test, cache);
	KUNIT_EXPECT_EQ(test, partial, mini_kunit_slab_of(cache, objects[0]));
	KUNIT_EXPECT_STREQ(test, "full 1, partial 0, empty 1", mini_kunit_slabs(test, cache));
	mini_kunit_free_four(cache, objects, 0);
}

static void an_empty_slab_serves_before_a_new_one(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 2);
	u32 empty = mini_kunit_slab_of(cache, objects[MINI_KUNIT_FOUR]);
	void *object;

	mini_kunit_free_four(cache, objects, 1);
	object = mini_kunit_object(test, cache);
	KUNIT_EXPECT_EQ(test, empty, mini_kunit_slab_of(cache, object));
	KUNIT_EXPECT_EQ(test, 2ULL, mini_kunit_grown(cache));
	mini_kmem_cache_free(cache, object);
	mini_kunit_free_four(cache, objects, 0);
}

static void a_new_slab_is_taken_only_when_all_are_full(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 3);
	void *object;

	KUNIT_EXPECT_EQ(test, 3ULL, mini_kunit_grown(cache));
	mini_kmem_cache_free(cache, objects[5]);
	objects[5] = mini_kunit_object(test, cache);
	KUNIT_EXPECT_EQ(test, 3ULL, mini_kunit_grown(cache));
	object = mini_kunit_object(test, cache);
	KUNIT_EXPECT_EQ(test, 4ULL, mini_kunit_grown(cache));
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_free_bulk(cache, 3 * MINI_KUNIT_FOUR, objects);
}

static void of_partial_slabs_the_latest_serves_first(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 3);
	static const int latest_first[] = { 1, 2, 0 };
	int i;

	mini_kmem_cache_free(cache, objects[0 * MINI_KUNIT_FOUR]);
	mini_kmem_cache_free(cache, objects[2 * MINI_KUNIT_FOUR]);
	mini_kmem_cache_free(cache, objects[1 * MINI_KUNIT_FOUR]);
	for (i = 0; i < 3; i++) {
		void *freed = objects[latest_first[i] * MINI_KUNIT_FOUR];

		KUNIT_EXPECT_PTR_EQ(test, freed, mini_kunit_object(test, cache));
	}
	mini_kmem_cache_free_bulk(cache, 3 * MINI_KUNIT_FOUR, objects);
}

static void a_slab_that_stays_partial_keeps_its_place(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 2);

	mini_kmem_cache_free(cache, objects[0]);
	mini_kmem_cache_free(cache, objects[MINI_KUNIT_FOUR]);
	/* The first slab loses another object, and stays behind the second all the same. */
	mini_kmem_cache_free(cache, objects[1]);
	KUNIT_EXPECT_PTR_EQ(test, objects[MINI_KUNIT_FOUR], mini_kunit_object(test, cache));
	KUNIT_EXPECT_PTR_EQ(test, objects[1], mini_kunit_object(test, cache));
	KUNIT_EXPECT_PTR_EQ(test, objects[0], mini_kunit_object(test, cache));
	mini_kmem_cache_free_bulk(cache, 2 * MINI_KUNIT_FOUR, objects);
}

static void of_empty_slabs_the_latest_serves_first(struct kunit *test)
{
	static const int order_of_frees[] = { 1, 0, 2 };
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 3);
	u32 slabs[3];
	int i;

	for (i = 0; i < 3; i++) {
		slabs[i] = mini_kunit_slab_of(cache, objects[order_of_frees[i] * MINI_KUNIT_FOUR]);
		mini_kunit_free_four(cache, objects, order_of_frees[i]);
	}
	KUNIT_EXPECT_STREQ(test, "full 0, partial 0, empty 3", mini_kunit_slabs(test, cache));
	KUNIT_ASSERT_EQ(test, 3 * MINI_KUNIT_FOUR,
			mini_kmem_cache_alloc_bulk(cache, 0, 3 * MINI_KUNIT_FOUR, objects));
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, slabs[2 - i],
				mini_kunit_slab_of(cache, objects[i * MINI_KUNIT_FOUR]));
	mini_kmem_cache_free_bulk(cache, 3 * MINI_KUNIT_FOUR, objects);
}

static void a_new_slab_serves_its_objects_in_address_order(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 1);
	int i;

	for (i = 0; i < MINI_KUNIT_FOUR; i++)
		KUNIT_EXPECT_EQ(test, i * SZ_1K, mini_kunit_offset_in_slab(cache, objects[i]));
	mini_kunit_free_four(cache, objects, 0);
}

static void of_free_objects_the_latest_comes_back_first(struct kunit *test)
{
	static const int order_of_frees[] = { 2, 0, 3, 1 };
	struct mini_cache *cache =
		mini_kunit_cache_of_fours(test, mini_kunit_bare_arena(test, REGION_PAGES));
	void **objects = mini_kunit_fill_fours(test, cache, 1);
	int i;

	for (i = 0; i < MINI_KUNIT_FOUR; i++)
		mini_kmem_cache_free(cache, objects[order_of_frees[i]]);
	for (i = MINI_KUNIT_FOUR - 1; i >= 0; i--)
		KUNIT_EXPECT_PTR_EQ(test, objects[order_of_frees[i]],
				    mini_kunit_object(test, cache));
	mini_kunit_free_four(cache, objects, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_slab_is_partial_then_full_as_objects_go_out),
	KUNIT_CASE(a_slab_is_partial_then_empty_as_objects_come_back),
	KUNIT_CASE(an_only_object_makes_its_slab_full_and_then_empty),
	KUNIT_CASE(a_partial_slab_serves_before_an_empty_one),
	KUNIT_CASE(an_empty_slab_serves_before_a_new_one),
	KUNIT_CASE(a_new_slab_is_taken_only_when_all_are_full),
	KUNIT_CASE(of_partial_slabs_the_latest_serves_first),
	KUNIT_CASE(a_slab_that_stays_partial_keeps_its_place),
	KUNIT_CASE(of_empty_slabs_the_latest_serves_first),
	KUNIT_CASE(a_new_slab_serves_its_objects_in_address_order),
	KUNIT_CASE(of_free_objects_the_latest_comes_back_first),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_slab_order",
	.test_cases = cases,
};

kunit_test_suite(suite);
