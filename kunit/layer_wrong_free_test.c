// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_layer_wrong_free: when a wrong free is found with the per-CPU layer in front. Of pages at once,
 * wherever the block waits; of objects at once if it is the one that was freed last, or with flag F; else when they
 * are flushed.
 */
#include "layers.h"

#define PAGES 1024
#define SIZE 4 /* of lists and magazines */
#define NR 12  /* one in the depot, one previous, one loaded */

static struct mini_arena *provoked(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);

	mini_kunit_stay(test);
	mini_kunit_provoke(arena);
	return arena;
}

static void take_pages(struct kunit *test, struct mini_arena *arena, struct page **pages, unsigned int order)
{
	int i;

	for (i = 0; i < NR; i++) {
		pages[i] = mini_alloc_pages(arena, 0, order);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
	}
}

static void a_page_freed_twice_is_refused_at_once_wherever_it_waits(struct kunit *test)
{
	struct mini_arena *arena = provoked(test);
	struct page *pages[NR];
	int i;

	take_pages(test, arena, pages, 0);
	for (i = 0; i < NR; i++)
		mini_free_pages(arena, pages[i], 0);
	KUNIT_EXPECT_GT(test, arena->layer.depots[MINI_CORE_UNMOVABLE][0].nr_full, 0);
	for (i = 0; i < NR; i++) {
		mini_free_pages(arena, pages[i], 0);
		mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, i + 1);
	}
	mini_kunit_expect_whole(test, arena);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, NR);
}

static void a_page_that_waits_is_not_freed_with_another_order_either(struct kunit *test)
{
	struct mini_arena *arena = provoked(test);
	struct page *pages[NR];
	int i;

	take_pages(test, arena, pages, 1);
	for (i = 0; i < NR; i++)
		mini_free_pages(arena, pages[i], 1);
	for (i = 0; i < NR; i++) {
		mini_free_pages(arena, pages[i], i % 2 ? 0 : 2);
		mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, i + 1);
	}
	mini_kunit_expect_whole(test, arena);
}

static void a_block_is_not_freed_with_another_order(struct kunit *test)
{
	struct mini_arena *arena = provoked(test);
	struct page *page = mini_alloc_pages(arena, 0, 1);

	KUNIT_ASSERT_NOT_NULL(test, page);
	mini_free_pages(arena, page, 0);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_WRONG_ORDER, 1);
	mini_free_pages(arena, page, 2);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_WRONG_ORDER, 2);
	mini_free_pages(arena, page, 1);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_WRONG_ORDER, 2);
	mini_kunit_expect_whole(test, arena);
}

/* --- objects ------------------------------------------------------------------------------------------ */

static void expect_that_nothing_is_lost(struct kunit *test, struct mini_cache *cache)
{
	struct mini_core_cache_stats stats = mini_kunit_cache_stats(cache);

	KUNIT_EXPECT_EQ(test, 0ULL, stats.active_objects);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(cache->arena));
	KUNIT_EXPECT_EQ(test, 0, mini_cache_validate(cache));
	mini_kmem_cache_shrink(cache);
	mini_kunit_expect_whole(test, cache->arena);
}

static void an_object_freed_twice_in_a_row_is_refused_at_once(struct kunit *test)
{
	struct mini_arena *arena = provoked(test);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	void *object = mini_kunit_object(test, cache);

	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
	KUNIT_EXPECT_EQ(test, 1ULL, mini_kunit_cache_stats(cache).refused);
	expect_that_nothing_is_lost(test, cache);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
}

static void free_twice_with_another_in_between(struct kunit *test, struct mini_cache *cache)
{
	void *object = mini_kunit_object(test, cache);
	void *other = mini_kunit_object(test, cache);

	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_free(cache, other);
	mini_kmem_cache_free(cache, object);
}

static void an_object_freed_twice_with_others_in_between_is_found_at_the_flush(struct kunit *test)
{
	struct mini_arena *arena = provoked(test);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);

	free_twice_with_another_in_between(test, cache);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 0);
	mini_cache_drain(cache);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
	expect_that_nothing_is_lost(test, cache);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
}

static void with_consistency_checks_it_is_found_at_once(struct kunit *test)
{
	struct mini_arena *arena = provoked(test);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, SLAB_CONSISTENCY_CHECKS);

	free_twice_with_another_in_between(test, cache);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
	expect_that_nothing_is_lost(test, cache);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
}

static void a_pointer_into_an_object_is_found_at_the_flush(struct kunit *test)
{
	struct mini_arena *arena = provoked(test);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	void *object = mini_kunit_object(test, cache);

	mini_kmem_cache_free(cache, object + 8);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_NOT_AN_OBJECT, 0);
	mini_cache_drain(cache);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_NOT_AN_OBJECT, 1);
	KUNIT_EXPECT_EQ(test, 1ULL, mini_kunit_cache_stats(cache).active_objects);
	mini_kmem_cache_free(cache, object);
	expect_that_nothing_is_lost(test, cache);
}

static void another_caches_object_is_refused_at_once(struct kunit *test)
{
	struct mini_arena *arena = provoked(test);
	struct mini_cache *mine = mini_kunit_cache(test, arena, 64, 0);
	struct mini_cache *other = mini_kunit_cache(test, arena, 64, 0);
	void *object = mini_kunit_object(test, mine);

	mini_kmem_cache_free(other, mini_kunit_object(test, other));
	mini_kmem_cache_free(other, object);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_WRONG_CACHE, 1);
	mini_kmem_cache_free(mine, object);
	mini_kmem_cache_shrink(other);
	expect_that_nothing_is_lost(test, mine);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_page_freed_twice_is_refused_at_once_wherever_it_waits),
	KUNIT_CASE(a_page_that_waits_is_not_freed_with_another_order_either),
	KUNIT_CASE(a_block_is_not_freed_with_another_order),
	KUNIT_CASE(an_object_freed_twice_in_a_row_is_refused_at_once),
	KUNIT_CASE(an_object_freed_twice_with_others_in_between_is_found_at_the_flush),
	KUNIT_CASE(with_consistency_checks_it_is_found_at_once),
	KUNIT_CASE(a_pointer_into_an_object_is_found_at_the_flush),
	KUNIT_CASE(another_caches_object_is_refused_at_once),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_layer_wrong_free",
	.test_cases = cases,
};

kunit_test_suite(suite);
