// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_buddy: how page blocks are split, served, freed and merged, through the kernel API.
 */
#include "blocks.h"

#define REGION_ORDER 6 /* 256 KiB */
#define REGION_PAGES BIT(REGION_ORDER)

static const unsigned int all_orders[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };

static void describe_order(const unsigned int *order, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "order %u", *order);
}

KUNIT_ARRAY_PARAM(all_orders, all_orders, describe_order);

/* --- split and merge -------------------------------------------------------------------------- */

static void a_request_is_split_off_and_leaves_one_half_of_each_order(struct kunit *test)
{
	const unsigned int order = *(const unsigned int *)test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, BIT(MINI_CORE_MAX_ORDER));
	struct mini_core_arena_stats stats;
	struct mini_core_block half;
	unsigned int above;

	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, order));
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, MINI_CORE_MAX_ORDER - order, stats.splits);
	KUNIT_EXPECT_EQ(test, 1024 - BIT(order), stats.free_pages);
	for (above = 0; above <= MINI_CORE_MAX_ORDER; above++)
		KUNIT_EXPECT_EQ(test, above >= order && above < MINI_CORE_MAX_ORDER,
				stats.free_blocks[above]);
	for (above = order; above < MINI_CORE_MAX_ORDER; above++) {
		mini_core_arena_block(arena->core, BIT(above), &half);
		KUNIT_EXPECT_EQ(test, MINI_CORE_FREE, half.kind);
		KUNIT_EXPECT_EQ(test, above, half.order);
	}

	mini_kunit_give_block(arena, 0, order);
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, MINI_CORE_MAX_ORDER - order, stats.merges);
	KUNIT_EXPECT_STREQ(test, "0-1023 free", mini_kunit_blocks(test, arena));
}

static void a_region_serves_all_of_its_blocks_of_each_order(struct kunit *test)
{
	const unsigned int order = *(const unsigned int *)test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, BIT(MINI_CORE_MAX_ORDER));
	const u32 nr = BIT(MINI_CORE_MAX_ORDER - order);
	struct mini_core_arena_stats stats;
	struct page *page;
	u32 i;

	for (i = 0; i < nr; i++) {
		page = mini_alloc_pages(arena, 0, order);
		KUNIT_ASSERT_NOT_NULL(test, page);
		/* From the lowest up: no two overlap, and there is no gap. */
		KUNIT_ASSERT_EQ(test, i << order, mini_kunit_index(arena, page));
		KUNIT_ASSERT_EQ(test, 0, page_to_pfn(page) & (BIT(order) - 1));
	}
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, order));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 0));
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 0 0 0 0 0 0 0", mini_kunit_free_blocks(test, arena));
	mini_kunit_expect_sound(test, arena);

	for (i = 0; i < nr; i++)
		mini_kunit_give_block(arena, i << order, order);
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, nr, stats.allocations);
	KUNIT_EXPECT_EQ(test, nr, stats.frees);
	KUNIT_EXPECT_EQ(test, 2, stats.failures);
	KUNIT_EXPECT_EQ(test, nr - 1, stats.splits);
	KUNIT_EXPECT_EQ(test, nr - 1, stats.merges);
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 0 0 0 0 0 0 1", mini_kunit_free_blocks(test, arena));
	mini_kunit_expect_whole(test, arena);
}

static void freeing_both_buddies_restores_the_parent(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 8);
	int left_first;

	for (left_first = 0; left_first <= 1; left_first++) {
		KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, 1));
		KUNIT_EXPECT_EQ(test, 2, mini_kunit_take_block(test, arena, 1));
		mini_kunit_give_block(arena, left_first ? 0 : 2, 1);
		KUNIT_EXPECT_STREQ(test,
				   left_first ? "0-1 free, 2-3 used, 4-7 free" :
						"0-1 used, 2-3 free, 4-7 free",
				   mini_kunit_blocks(test, arena));
		mini_kunit_give_block(arena, left_first ? 2 : 0, 1);
		KUNIT_EXPECT_STREQ(test, "0-7 free", mini_kunit_blocks(test, arena));
	}
}

static void neighbours_that_are_no_buddies_stay_apart(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 8);
	u32 page;

	for (page = 0; page < 8; page++)
		KUNIT_EXPECT_EQ(test, page, mini_kunit_take_block(test, arena, 0));
	mini_kunit_give_block(arena, 1, 0);
	mini_kunit_give_block(arena, 2, 0);
	KUNIT_EXPECT_STREQ(test, "0 used, 1 free, 2 free, 3 used, 4 used, 5 used, 6 used, 7 used",
			   mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "2 0 0 0", mini_kunit_free_blocks(test, arena));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 1));

	/* 3 merges with 2, and the pair with nothing: 0 is in use. */
	mini_kunit_give_block(arena, 3, 0);
	KUNIT_EXPECT_STREQ(test, "0 used, 1 free, 2-3 free, 4 used, 5 used, 6 used, 7 used",
			   mini_kunit_blocks(test, arena));
	mini_kunit_give_block(arena, 0, 0);
	KUNIT_EXPECT_STREQ(test, "0-3 free, 4 used, 5 used, 6 used, 7 used",
			   mini_kunit_blocks(test, arena));
	for (page = 4; page < 8; page++)
		mini_kunit_give_block(arena, page, 0);
	KUNIT_EXPECT_STREQ(test, "0-7 free", mini_kunit_blocks(test, arena));
}

static void a_buddy_of_which_a_part_is_in_use_is_not_merged(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 4);

	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, 1));
	KUNIT_EXPECT_EQ(test, 2, mini_kunit_take_block(test, arena, 0));
	KUNIT_EXPECT_EQ(test, 3, mini_kunit_take_block(test, arena, 0));
	mini_kunit_give_block(arena, 2, 0);
	mini_kunit_give_block(arena, 0, 1);
	KUNIT_EXPECT_STREQ(test, "0-1 free, 2 free, 3 used", mini_kunit_blocks(test, arena));
	mini_kunit_give_block(arena, 3, 0);
	KUNIT_EXPECT_STREQ(test, "0-3 free", mini_kunit_blocks(test, arena));
}

/* --- which block is served -------------------------------------------------------------------- */

static void the_block_freed_last_is_served_first(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 16);
	u32 page;

	for (page = 0; page < 16; page++)
		KUNIT_EXPECT_EQ(test, page, mini_kunit_take_block(test, arena, 0));
	mini_kunit_give_block(arena, 6, 0);
	mini_kunit_give_block(arena, 12, 0);
	mini_kunit_give_block(arena, 1, 0);
	mini_kunit_give_block(arena, 10, 0);
	/* Out of the middle of the list: 6 and its buddy become a block of order 1. */
	mini_kunit_give_block(arena, 7, 0);
	KUNIT_EXPECT_EQ(test, 10, mini_kunit_take_block(test, arena, 0));
	KUNIT_EXPECT_EQ(test, 1, mini_kunit_take_block(test, arena, 0));
	KUNIT_EXPECT_EQ(test, 12, mini_kunit_take_block(test, arena, 0));
	KUNIT_EXPECT_EQ(test, 6, mini_kunit_take_block(test, arena, 1));
	for (page = 0; page < 16; page++)
		if (page != 6 && page != 7)
			mini_kunit_give_block(arena, page, 0);
	mini_kunit_give_block(arena, 6, 1);
	mini_kunit_expect_whole(test, arena);
}

static void the_smallest_block_that_fits_is_served(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 32);

	/* 0 and 1 held; then 1, 2-3, 4-7, 8-15 and 16-31 are the free blocks that are left. */
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, 0));
	KUNIT_EXPECT_EQ(test, 4, mini_kunit_take_block(test, arena, 2));
	KUNIT_EXPECT_STREQ(test, "1 1 0 1 1 0", mini_kunit_free_blocks(test, arena));
	/* Of order 2 there is none: the next one up is split, once. */
	KUNIT_EXPECT_EQ(test, 8, mini_kunit_take_block(test, arena, 2));
	KUNIT_EXPECT_STREQ(test, "1 1 1 0 1 0", mini_kunit_free_blocks(test, arena));
	/* Of order 0 and 1 there are: nothing is split. */
	KUNIT_EXPECT_EQ(test, 1, mini_kunit_take_block(test, arena, 0));
	KUNIT_EXPECT_EQ(test, 2, mini_kunit_take_block(test, arena, 1));
	KUNIT_EXPECT_STREQ(test,
			   "0 used, 1 used, 2-3 used, 4-7 used, 8-11 used, 12-15 free, 16-31 free",
			   mini_kunit_blocks(test, arena));
	mini_kunit_give_block(arena, 0, 0);
	mini_kunit_give_block(arena, 1, 0);
	mini_kunit_give_block(arena, 2, 1);
	mini_kunit_give_block(arena, 4, 2);
	mini_kunit_give_block(arena, 8, 2);
	KUNIT_EXPECT_STREQ(test, "0-31 free", mini_kunit_blocks(test, arena));
}

/* --- requests that cannot be served ----------------------------------------------------------- */

static void an_exhausted_region_serves_again_after_a_free(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	int i;

	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, REGION_ORDER - 1));
	KUNIT_EXPECT_EQ(test, 32, mini_kunit_take_block(test, arena, REGION_ORDER - 1));
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, i));
	mini_kunit_give_block(arena, 32, REGION_ORDER - 1);
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, REGION_ORDER));
	KUNIT_EXPECT_EQ(test, 32, mini_kunit_take_block(test, arena, REGION_ORDER - 1));
	mini_kunit_give_block(arena, 32, REGION_ORDER - 1);
	mini_kunit_give_block(arena, 0, REGION_ORDER - 1);
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, REGION_ORDER));
	mini_kunit_give_block(arena, 0, REGION_ORDER);
	KUNIT_EXPECT_STREQ(test,
			   "allocations 4, frees 4, failures 4, refused 0, splits 1, merges 1",
			   mini_kunit_statistics(test, arena));
}

static void an_order_above_the_highest_gives_null_and_is_no_failure(struct kunit *test)
{
	static const unsigned int above[] = {
		REGION_ORDER + 1, MINI_CORE_MAX_ORDER, MINI_CORE_MAX_ORDER + 1,
		31, 32, 64, 255, 256, 256 + REGION_ORDER, INT_MAX, UINT_MAX,
	};
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(above); i++)
		KUNIT_EXPECT_NULL_MSG(test, mini_alloc_pages(arena, 0, above[i]), "order %u",
				      above[i]);
	KUNIT_EXPECT_STREQ(test,
			   "allocations 0, frees 0, failures 0, refused 0, splits 0, merges 0",
			   mini_kunit_statistics(test, arena));
	KUNIT_EXPECT_STREQ(test, "0-63 free", mini_kunit_blocks(test, arena));
}

static void freeing_null_is_no_error(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 4);

	mini_free_pages(arena, NULL, 0);
	mini_free_pages(NULL, NULL, UINT_MAX);
	KUNIT_EXPECT_STREQ(test,
			   "allocations 0, frees 0, failures 0, refused 0, splits 0, merges 0",
			   mini_kunit_statistics(test, arena));
}

static void refused_frees_are_counted_and_change_nothing(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 16);
	struct mini_arena *other = mini_kunit_bare_arena(test, 1);
	const char *before;
	u32 page;

	mini_kunit_provoke(arena);
	/* Every page has been a block of its own once, and every upper half a buddy that merged. */
	for (page = 0; page < 16; page++)
		mini_kunit_take_block(test, arena, 0);
	while (page--)
		mini_kunit_give_block(arena, page, 0);

	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, 2));
	before = mini_kunit_blocks(test, arena);
	mini_kunit_give_block(arena, 0, 1);
	mini_kunit_give_block(arena, 0, 3);
	mini_kunit_give_block(arena, 0, UINT_MAX);
	KUNIT_EXPECT_EQ(test, 3, mini_kunit_reports(arena, MINI_REPORT_WRONG_ORDER));
	mini_kunit_give_block(arena, 1, 0);
	mini_kunit_give_block(arena, 2, 1);
	mini_kunit_give_block(arena, 3, 0);
	KUNIT_EXPECT_EQ(test, 3, mini_kunit_reports(arena, MINI_REPORT_NOT_ALLOCATED));
	mini_kunit_give_block(arena, 4, 2);
	mini_kunit_give_block(arena, 11, 0);
	KUNIT_EXPECT_EQ(test, 2, mini_kunit_reports(arena, MINI_REPORT_DOUBLE_FREE));
	mini_free_pages(arena, mini_page(other, 0), 0);
	mini_free_pages(arena, pfn_to_page(arena->region.first_pfn + 16), 0);
	KUNIT_EXPECT_EQ(test, 2, mini_kunit_reports(arena, MINI_REPORT_OUTSIDE));
	KUNIT_EXPECT_STREQ(test, before, mini_kunit_blocks(test, arena));

	mini_kunit_give_block(arena, 0, 2);
	KUNIT_EXPECT_STREQ(test,
			   "allocations 17, frees 17, failures 0, refused 10, splits 17, merges 17",
			   mini_kunit_statistics(test, arena));
	mini_kunit_expect_whole(test, arena);
}

/* --- content ---------------------------------------------------------------------------------- */

static void zeroed_blocks_are_zero_and_their_neighbours_untouched(struct kunit *test)
{
	const unsigned int order = *(const unsigned int *)test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, 2UL << order);
	void *region = mini_page_address(arena, 0);
	size_t bytes = PAGE_SIZE << order;
	struct page *block;

	memset(region, 0xa5, 2 * bytes);
	block = mini_alloc_pages(arena, __GFP_ZERO, order);
	KUNIT_ASSERT_PTR_EQ(test, mini_page(arena, 0), block);
	KUNIT_EXPECT_NULL(test, memchr_inv(region, 0, bytes));
	KUNIT_EXPECT_NULL(test, memchr_inv(region + bytes, 0xa5, bytes));
	mini_free_pages(arena, block, order);
	mini_kunit_expect_whole(test, arena);
}

/* --- arenas and caches beside the pages ------------------------------------------------------- */

static void null_is_the_default_arena(struct kunit *test)
{
	struct mini_arena *arena = mini_default_arena;
	struct mini_core_arena_stats before, after;
	struct mini_core_block block;
	struct page *page;

	mini_arena_read_stats(arena, &before);
	page = mini_alloc_pages(NULL, 0, 3);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_LT(test, mini_kunit_index(arena, page), arena->region.nr_pages);
	mini_core_arena_block(arena->core, mini_kunit_index(arena, page), &block);
	KUNIT_EXPECT_EQ(test, MINI_CORE_ALLOCATED, block.kind);
	KUNIT_EXPECT_EQ(test, 3, block.order);
	mini_free_pages(NULL, page, 3);
	mini_arena_read_stats(arena, &after);
	/* Others may be at work in it too. */
	KUNIT_EXPECT_GT(test, after.allocations, before.allocations);
	KUNIT_EXPECT_GT(test, after.frees, before.frees);
	KUNIT_EXPECT_EQ(test, before.refused, after.refused);
}

static void empty_slabs_are_given_back_before_a_page_request_fails(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 8);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 1024, 0);
	struct mini_cache *without_slabs = mini_kunit_cache(test, arena, 64, 0);
	struct mini_core_cache_stats stats;
	void *objects[8];

	/* Two slabs, pages 0 and 2, and page 1 for where their management data lies. */
	KUNIT_ASSERT_EQ(test, 8, mini_kmem_cache_alloc_bulk(cache, 0, 8, objects));
	KUNIT_EXPECT_STREQ(test, "0 slab 4, 1 descriptors 2, 2 slab 4, 3 free, 4-7 free",
			   mini_kunit_blocks(test, arena));
	/* The second slab is empty and stays: what is asked for can be had without it. */
	mini_kmem_cache_free_bulk(cache, 4, objects + 4);
	KUNIT_EXPECT_EQ(test, 4, mini_kunit_take_block(test, arena, 2));
	KUNIT_EXPECT_STREQ(test, "0 slab 4, 1 descriptors 2, 2 slab 0, 3 free, 4-7 used",
			   mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_EQ(test, 2, mini_kunit_take_block(test, arena, 1));
	KUNIT_EXPECT_STREQ(test, "0 slab 4, 1 descriptors 1, 2-3 used, 4-7 used",
			   mini_kunit_blocks(test, arena));
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 1, stats.reaped);
	/* The first one is in use. */
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 0));
	mini_kmem_cache_free_bulk(cache, 4, objects);
	/* Its page and that of its management data come back, and merge. */
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, 1));
	KUNIT_EXPECT_STREQ(test, "0-1 used, 2-3 used, 4-7 used", mini_kunit_blocks(test, arena));
	mini_kunit_give_block(arena, 0, 1);
	mini_kunit_give_block(arena, 2, 1);
	mini_kunit_give_block(arena, 4, 2);
	mini_cache_read_stats(without_slabs, &stats);
	KUNIT_EXPECT_EQ(test, 0, stats.grown);
	mini_kmem_cache_destroy(without_slabs);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_request_is_split_off_and_leaves_one_half_of_each_order,
			 all_orders_gen_params),
	KUNIT_CASE_PARAM(a_region_serves_all_of_its_blocks_of_each_order, all_orders_gen_params),
	KUNIT_CASE(freeing_both_buddies_restores_the_parent),
	KUNIT_CASE(neighbours_that_are_no_buddies_stay_apart),
	KUNIT_CASE(a_buddy_of_which_a_part_is_in_use_is_not_merged),
	KUNIT_CASE(the_block_freed_last_is_served_first),
	KUNIT_CASE(the_smallest_block_that_fits_is_served),
	KUNIT_CASE(an_exhausted_region_serves_again_after_a_free),
	KUNIT_CASE(an_order_above_the_highest_gives_null_and_is_no_failure),
	KUNIT_CASE(freeing_null_is_no_error),
	KUNIT_CASE(refused_frees_are_counted_and_change_nothing),
	KUNIT_CASE_PARAM(zeroed_blocks_are_zero_and_their_neighbours_untouched,
			 all_orders_gen_params),
	KUNIT_CASE(null_is_the_default_arena),
	KUNIT_CASE(empty_slabs_are_given_back_before_a_page_request_fails),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_buddy",
	.test_cases = cases,
};

kunit_test_suite(suite);
