// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_buddy: page blocks through the kernel API.
 */
#include "fixture.h"

#define REGION_ORDER 6 /* 256 KiB */
#define REGION_PAGES BIT(REGION_ORDER)

static void blocks_are_aligned_to_their_order(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct page *blocks[REGION_ORDER];
	unsigned int order;

	for (order = 0; order < REGION_ORDER; order++) {
		blocks[order] = mini_alloc_pages(arena, 0, order);
		KUNIT_ASSERT_NOT_NULL(test, blocks[order]);
		KUNIT_EXPECT_EQ(test, 0UL, page_to_pfn(blocks[order]) & ((1UL << order) - 1));
	}
	for (order = 0; order < REGION_ORDER; order++)
		mini_free_pages(arena, blocks[order], order);
	mini_kunit_expect_whole(test, arena);
}

static void a_region_serves_each_of_its_pages_once(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct page *pages[REGION_PAGES];
	unsigned int i;

	for (i = 0; i < REGION_PAGES; i++) {
		pages[i] = mini_alloc_pages(arena, 0, 0);
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		memset(page_address(pages[i]), i, PAGE_SIZE);
	}
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 0));
	for (i = 0; i < REGION_PAGES; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(pages[i]), i, PAGE_SIZE));
		mini_free_pages(arena, pages[i], 0);
	}
	mini_kunit_expect_whole(test, arena);
}

static void zeroed_blocks_are_zero(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct page *block = mini_alloc_pages(arena, 0, REGION_ORDER);

	KUNIT_ASSERT_NOT_NULL(test, block);
	memset(page_address(block), 0xa5, PAGE_SIZE << REGION_ORDER);
	mini_free_pages(arena, block, REGION_ORDER);
	block = mini_alloc_pages(arena, __GFP_ZERO, 3);
	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(block), 0, PAGE_SIZE << 3));
	mini_free_pages(arena, block, 3);
}

static void an_order_above_the_highest_gives_null(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);

	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, REGION_ORDER + 1));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, UINT_MAX));
	mini_kunit_expect_whole(test, arena);
}

static void null_is_the_default_arena(struct kunit *test)
{
	struct page *page = mini_alloc_pages(NULL, 0, 0);

	KUNIT_ASSERT_NOT_NULL(test, page);
	mini_free_pages(NULL, page, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(blocks_are_aligned_to_their_order),
	KUNIT_CASE(a_region_serves_each_of_its_pages_once),
	KUNIT_CASE(zeroed_blocks_are_zero),
	KUNIT_CASE(an_order_above_the_highest_gives_null),
	KUNIT_CASE(null_is_the_default_arena),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_buddy",
	.test_cases = cases,
};

kunit_test_suite(suite);
