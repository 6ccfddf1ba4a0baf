// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_contig: contiguous pages of any number, and exact ranges, through the kernel API.
 */
#include <linux/sizes.h>
#include <linux/string.h>

#include "blocks.h"

#define REGION_PAGES 64

static void exactly_as_many_pages_as_asked_for_are_taken(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	unsigned long nr;

	for (nr = 1; nr <= REGION_PAGES; nr++) {
		struct page *page = mini_alloc_contig_pages(arena, nr, 0, 0);

		KUNIT_ASSERT_NOT_NULL_MSG(test, page, "%lu pages", nr);
		KUNIT_EXPECT_EQ(test, REGION_PAGES - nr, mini_kunit_free_pages(arena));
		mini_free_contig_range(arena, page, nr);
		KUNIT_EXPECT_STREQ(test, "0-63 free", mini_kunit_blocks(test, arena));
	}
	KUNIT_EXPECT_NULL(test, mini_alloc_contig_pages(arena, 0, 0, 0));
	KUNIT_EXPECT_NULL(test, mini_alloc_contig_pages(arena, REGION_PAGES + 1, 0, 0));
}

static void an_alignment_above_the_size_is_kept(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	u32 first = mini_kunit_take_block(test, arena, 0);
	struct page *page = mini_alloc_contig_pages(arena, 3, 4, 0);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_index(arena, page) % 16);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 4, mini_kunit_free_pages(arena));
	mini_free_contig_range(arena, page, 3);
	mini_kunit_give_block(arena, first, 0);
	KUNIT_EXPECT_NULL(test, mini_alloc_contig_pages(arena, 1, 7, 0));
}

static void a_range_is_had_whole_or_not_at_all(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct page *page = mini_alloc_contig_range(arena, 5, 12, 0);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, 5, mini_kunit_index(arena, page));
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 7, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_NULL(test, mini_alloc_contig_range(arena, 11, 13, 0));
	KUNIT_EXPECT_NULL(test, mini_alloc_contig_range(arena, 0, 6, 0));
	KUNIT_EXPECT_NULL(test, mini_alloc_contig_range(arena, 20, 20, 0));
	KUNIT_EXPECT_NULL(test, mini_alloc_contig_range(arena, 60, REGION_PAGES + 1, 0));
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 7, mini_kunit_free_pages(arena));
	mini_free_contig_range(arena, page, 7);
	KUNIT_EXPECT_STREQ(test, "0-63 free", mini_kunit_blocks(test, arena));
}

static void exact_sizes_are_zeroed_when_that_is_asked_for(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	u8 *memory;

	memset(mini_page_address(arena, 0), 0xee, REGION_PAGES * PAGE_SIZE);
	memory = mini_alloc_pages_exact(arena, 21 * SZ_1K, __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 6, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_NULL(test, memchr_inv(memory, 0, 6 * PAGE_SIZE));
	mini_free_pages_exact(arena, memory, 21 * SZ_1K);
	mini_free_pages_exact(arena, NULL, 21 * SZ_1K);
	KUNIT_EXPECT_NULL(test, mini_alloc_pages_exact(arena, 0, 0));
}

static void a_range_that_was_not_given_is_refused(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct page *page = mini_alloc_contig_pages(arena, 6, 0, 0);

	KUNIT_ASSERT_NOT_NULL(test, page);
	mini_kunit_provoke(arena);
	/* The last two of its pages are one block. */
	mini_free_contig_range(arena, page, 5);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_WRONG_ORDER, 1);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 6, mini_kunit_free_pages(arena));
	mini_free_contig_range(arena, page, 6);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(exactly_as_many_pages_as_asked_for_are_taken),
	KUNIT_CASE(an_alignment_above_the_size_is_kept),
	KUNIT_CASE(a_range_is_had_whole_or_not_at_all),
	KUNIT_CASE(exact_sizes_are_zeroed_when_that_is_asked_for),
	KUNIT_CASE(a_range_that_was_not_given_is_refused),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_contig",
	.test_cases = cases,
};

kunit_test_suite(suite);
