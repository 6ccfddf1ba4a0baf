// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_layer_fault: what goes past the per-CPU layer: while an allocation shall fail each one is counted,
 * although magazines are full, and afterwards they are used again.
 */
#include "layers.h"

#define PAGES 1024
#define SIZE 8 /* of lists and magazines */

static void the_nth_object_fails_although_magazines_are_full(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct mini_kunit_work work = { .arena = arena, .cache = cache, .nr = SIZE };
	const int here = mini_kunit_stay(test);
	void *objects[4];
	int i;

	mini_kunit_take_on(test, here, &work);
	mini_kunit_give_on(test, here, &work);
	KUNIT_EXPECT_EQ(test, SIZE, mini_kunit_rounds_of(cache, here));
	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_OBJECT, 3);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(cache));
	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		objects[i] = mini_kmem_cache_alloc(cache, 0);
		KUNIT_EXPECT_EQ(test, i == 2, !objects[i]);
	}
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		mini_kmem_cache_free(cache, objects[i]);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(cache));

	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_OBJECT, 0);
	mini_kmem_cache_free(cache, mini_kunit_object(test, cache));
	KUNIT_EXPECT_GT(test, mini_kunit_rounds_of(cache, here), 0);
}

static void the_nth_block_fails_although_lists_are_full(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_kunit_work work = { .arena = arena, .nr = SIZE };
	const int here = mini_kunit_stay(test);
	struct page *pages[4];
	int i;

	mini_kunit_take_on(test, here, &work);
	mini_kunit_give_on(test, here, &work);
	KUNIT_EXPECT_GE(test, mini_kunit_blocks_of(arena, here, 0), SIZE);
	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, 3);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_pages(arena));
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = mini_alloc_pages(arena, 0, 0);
		KUNIT_EXPECT_EQ(test, i == 2, !pages[i]);
	}
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		mini_free_pages(arena, pages[i], 0);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_pages(arena));

	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, 0);
	mini_free_pages(arena, mini_alloc_pages(arena, 0, 0), 0);
	KUNIT_EXPECT_GT(test, mini_kunit_blocks_of(arena, here, 0), 0);
}

static void a_cache_that_is_made_meanwhile_goes_past_the_layer_too(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_cache *cache;
	void *object;

	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_OBJECT, 2);
	cache = mini_kunit_cache(test, arena, 64, 0);
	object = mini_kunit_object(test, cache);
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, 0));
	mini_kmem_cache_free(cache, object);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(cache));
	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_OBJECT, 0);
	mini_kmem_cache_free(cache, mini_kunit_object(test, cache));
	KUNIT_EXPECT_GT(test, mini_kunit_cached_objects(cache), 0ULL);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(the_nth_object_fails_although_magazines_are_full),
	KUNIT_CASE(the_nth_block_fails_although_lists_are_full),
	KUNIT_CASE(a_cache_that_is_made_meanwhile_goes_past_the_layer_too),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_layer_fault",
	.test_cases = cases,
};

kunit_test_suite(suite);
