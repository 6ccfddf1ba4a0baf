// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_wrong_free: what callers give back that they should not. Each case counts the reports by their
 * kind, exactly, and sees that the arena works afterwards.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "provoked.h"

#define SIZE MINI_KUNIT_PROVOKED_SIZE
#define REGION_PAGES MINI_KUNIT_PROVOKED_PAGES

static void an_object_freed_twice_is_reported_once(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);

	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
	KUNIT_EXPECT_PTR_EQ(test, object, mini_kunit_object_of(test, cache));
	KUNIT_EXPECT_PTR_NE(test, object, mini_kunit_object_of(test, cache));
	mini_kunit_expect_works(test, arena);
}

static void a_pointer_into_an_object_frees_nothing(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, SLAB_CONSISTENCY_CHECKS);
	u8 *object = mini_kunit_object_of(test, cache);
	struct mini_core_cache_stats stats;

	mini_kmem_cache_free(cache, object + 8);
	mini_kmem_cache_free(cache, object + 1);
	mini_kmem_cache_free(cache, object + SIZE / 2);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_NOT_AN_OBJECT, 3);
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 1, stats.active_objects);
	KUNIT_EXPECT_EQ(test, 3, stats.refused);
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_works(test, arena);
}

static void memory_that_is_not_the_arenas_is_outside(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct mini_arena *other = mini_kunit_arena(test, 1);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);

	mini_kmem_cache_free(cache, test);
	mini_kmem_cache_free(cache, mini_page_address(other, 0));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_OUTSIDE, 2);
	mini_kmem_cache_free(cache, NULL);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_OUTSIDE, 2);
	mini_kunit_expect_works(test, arena);
}

static void another_caches_object_stays_where_it_is(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct mini_cache *mine = mini_kunit_cache(test, arena, SIZE, 0);
	struct mini_cache *other = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, mine);

	mini_kmem_cache_free(other, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_WRONG_CACHE, 1);
	KUNIT_EXPECT_PTR_NE(test, object, mini_kunit_object_of(test, mine));
	mini_kunit_expect_works(test, arena);
}

static void a_page_block_is_no_object(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	struct page *block = mini_alloc_pages(arena, 0, 2);

	KUNIT_ASSERT_NOT_NULL(test, block);
	mini_kmem_cache_free(cache, page_address(block));
	mini_kmem_cache_free(cache, page_address(block) + SIZE);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_WRONG_CACHE, 2);
	mini_free_pages(arena, block, 2);
	mini_kunit_expect_works(test, arena);
}

static void one_bad_pointer_among_many_leaves_the_others_freed(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, SLAB_CONSISTENCY_CHECKS);
	struct mini_core_cache_stats stats;
	void *objects[5];
	void *kept;

	KUNIT_ASSERT_EQ(test, 5, mini_kmem_cache_alloc_bulk(cache, 0, 5, objects));
	kept = objects[2];
	objects[2] += 8;
	mini_kmem_cache_free_bulk(cache, 5, objects);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_NOT_AN_OBJECT, 1);
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 1, stats.active_objects);
	mini_kmem_cache_free(cache, kept);
	mini_kunit_expect_works(test, arena);
}

static void a_block_freed_twice_is_reported_once(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct page *block = mini_alloc_pages(arena, 0, 2);

	KUNIT_ASSERT_NOT_NULL(test, block);
	mini_free_pages(arena, block, 2);
	mini_free_pages(arena, block, 2);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
	mini_kunit_expect_whole(test, arena);
	mini_kunit_expect_works(test, arena);
}

static void a_block_is_freed_with_its_own_order_only(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct page *block = mini_alloc_pages(arena, 0, 2);

	KUNIT_ASSERT_NOT_NULL(test, block);
	mini_free_pages(arena, block, 1);
	mini_free_pages(arena, block, 3);
	mini_free_pages(arena, block, UINT_MAX);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_WRONG_ORDER, 3);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 4, mini_kunit_free_pages(arena));
	mini_free_pages(arena, block, 2);
	mini_kunit_expect_whole(test, arena);
	mini_kunit_expect_works(test, arena);
}

static void a_page_inside_a_block_frees_nothing(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct page *block = mini_alloc_pages(arena, 0, 2);

	KUNIT_ASSERT_NOT_NULL(test, block);
	mini_free_pages(arena, block + 1, 0);
	mini_free_pages(arena, block + 2, 1);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_NOT_ALLOCATED, 2);
	mini_free_pages(arena, block, 2);
	mini_kunit_expect_whole(test, arena);
}

static void a_page_that_was_never_allocated_is_a_double_free(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");

	mini_free_pages(arena, mini_page(arena, 0), 0);
	mini_free_pages(arena, mini_page(arena, 33), 0);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 2);
	mini_kunit_expect_whole(test, arena);
}

static void the_kernels_own_page_is_outside(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct page *foreign = alloc_page(GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, foreign);
	mini_free_pages(arena, foreign, 0);
	mini_free_pages(arena, NULL, 0);
	KUNIT_EXPECT_EQ(test, 1, page_count(foreign));
	__free_page(foreign);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_OUTSIDE, 1);
	mini_kunit_expect_whole(test, arena);
}

static void a_slab_is_no_page_block(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "V");
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	u8 *object = mini_kunit_object_of(test, cache);

	mini_free_pages(arena, virt_to_page(object), 0);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_WRONG_KIND, 1);
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_works(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_object_freed_twice_is_reported_once),
	KUNIT_CASE(a_pointer_into_an_object_frees_nothing),
	KUNIT_CASE(memory_that_is_not_the_arenas_is_outside),
	KUNIT_CASE(another_caches_object_stays_where_it_is),
	KUNIT_CASE(a_page_block_is_no_object),
	KUNIT_CASE(one_bad_pointer_among_many_leaves_the_others_freed),
	KUNIT_CASE(a_block_freed_twice_is_reported_once),
	KUNIT_CASE(a_block_is_freed_with_its_own_order_only),
	KUNIT_CASE(a_page_inside_a_block_frees_nothing),
	KUNIT_CASE(a_page_that_was_never_allocated_is_a_double_free),
	KUNIT_CASE(the_kernels_own_page_is_outside),
	KUNIT_CASE(a_slab_is_no_page_block),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_wrong_free",
	.test_cases = cases,
};

kunit_test_suite(suite);
