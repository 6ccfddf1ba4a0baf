// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_page_engines_blocks: what holds for the blocks of every page engine with each of its
 * placements, through the kernel API.
 */
#include <linux/bitmap.h>
#include <linux/bitrev.h>
#include <linux/prandom.h>

#include "blocks.h"
#include "engines.h"

#define PAGES 256

static struct mini_arena *arena_of(struct kunit *test, unsigned long pages)
{
	const struct mini_kunit_engine *engine = test->param_value;

	return mini_kunit_arena_engine(test, pages, engine->name, engine->placement);
}

/* Everything is free and, once what was put off is done, in the blocks of the start: @fresh. */
static void expect_fresh(struct kunit *test, struct mini_arena *arena, const char *fresh)
{
	mini_arena_relieve(arena);
	KUNIT_EXPECT_STREQ(test, fresh, mini_kunit_free_blocks(test, arena));
	mini_kunit_expect_whole(test, arena);
}

static void every_order_is_served_until_none_is_left_and_all_come_back(struct kunit *test)
{
	static const u32 sizes[] = { 1, 2, 13, 100, PAGES };
	unsigned long *served = kunit_kcalloc(test, BITS_TO_LONGS(PAGES), sizeof(long), GFP_KERNEL);
	u32 *blocks = kunit_kcalloc(test, PAGES, sizeof(*blocks), GFP_KERNEL);
	struct mini_core_arena_stats stats;
	struct mini_arena *arena;
	unsigned int order;
	const char *fresh;
	u32 nr, i, size;

	KUNIT_ASSERT_NOT_NULL(test, served);
	KUNIT_ASSERT_NOT_NULL(test, blocks);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size = sizes[i];
		arena = arena_of(test, size);
		fresh = mini_kunit_free_blocks(test, arena);
		mini_arena_read_stats(arena, &stats);
		for (order = 0; order <= stats.max_order; order++) {
			bitmap_zero(served, PAGES);
			for (nr = 0; nr < size >> order; nr++) {
				blocks[nr] = mini_kunit_take_block(test, arena, order);
				KUNIT_ASSERT_EQ(test, 0, blocks[nr] & (BIT(order) - 1));
				KUNIT_ASSERT_LE(test, blocks[nr] + BIT(order), size);
				KUNIT_ASSERT_GE(test, find_next_bit(served, size, blocks[nr]),
						min_t(u32, size, blocks[nr] + BIT(order)));
				bitmap_set(served, blocks[nr], BIT(order));
			}
			KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, order));
			KUNIT_EXPECT_EQ(test, size - (nr << order), mini_kunit_free_pages(arena));
			while (nr--)
				mini_kunit_give_block(arena, blocks[nr], order);
			expect_fresh(test, arena, fresh);
		}
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, stats.max_order + 1));
	}
}

static void take_all(struct kunit *test, struct mini_arena *arena)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		mini_kunit_take_block(test, arena, 0);
	KUNIT_ASSERT_EQ(test, 0, mini_kunit_free_pages(arena));
}

static void the_region_is_whole_whatever_the_order_of_the_frees(struct kunit *test)
{
	struct mini_arena *arena = arena_of(test, PAGES);
	const char *fresh = mini_kunit_free_blocks(test, arena);
	u32 shift = mini_kunit_seed(test);
	u32 i, page;
	int how;

	for (how = 0; how < 4; how++) {
		take_all(test, arena);
		for (i = 0; i < PAGES; i++) {
			switch (how) {
			case 0:
				page = i;
				break;
			case 1:
				page = PAGES - 1 - i;
				break;
			case 2:
				page = bitrev8(i);
				break;
			default:
				/* An odd factor: each page once. */
				page = (i * 37 + shift) % PAGES;
			}
			mini_kunit_give_block(arena, page, 0);
			KUNIT_ASSERT_EQ(test, i + 1, mini_kunit_free_pages(arena));
		}
		expect_fresh(test, arena, fresh);
	}
}

static void every_second_block_free_serves_nothing_larger(struct kunit *test)
{
	struct mini_arena *arena = arena_of(test, PAGES);
	const char *fresh = mini_kunit_free_blocks(test, arena);
	unsigned int order;
	u32 page;

	for (order = 0; order < 7; order++) {
		take_all(test, arena);
		for (page = 0; page < PAGES; page++)
			if (page & BIT(order))
				mini_kunit_give_block(arena, page, 0);
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, order + 1));
		for (page = 0; page < PAGES; page += 2U << order)
			KUNIT_EXPECT_TRUE(test,
					  mini_kunit_take_block(test, arena, order) & BIT(order));
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 0));
		for (page = 0; page < PAGES; page++)
			if (!(page & BIT(order)))
				mini_kunit_give_block(arena, page, 0);
		for (page = BIT(order); page < PAGES; page += 2U << order)
			mini_kunit_give_block(arena, page, order);
		expect_fresh(test, arena, fresh);
	}
}

static void refused_frees_are_counted_and_change_nothing(struct kunit *test)
{
	struct mini_arena *arena = arena_of(test, 16);
	struct mini_arena *other = mini_kunit_arena(test, 1);
	struct mini_core_arena_stats stats;
	u32 block, free, page;
	const char *before;

	mini_kunit_provoke(arena);
	/* Every page has been a block of its own once. */
	for (page = 0; page < 16; page++)
		mini_kunit_take_block(test, arena, 0);
	while (page--)
		mini_kunit_give_block(arena, page, 0);

	block = mini_kunit_take_block(test, arena, 2);
	free = block ^ 8;
	before = mini_kunit_blocks(test, arena);
	mini_kunit_give_block(arena, block, 1);
	mini_kunit_give_block(arena, block, 3);
	mini_kunit_give_block(arena, block, UINT_MAX);
	KUNIT_EXPECT_EQ(test, 3, mini_kunit_reports(arena, MINI_REPORT_WRONG_ORDER));
	for (page = 1; page < 4; page++)
		mini_kunit_give_block(arena, block + page, 0);
	KUNIT_EXPECT_EQ(test, 3, mini_kunit_reports(arena, MINI_REPORT_NOT_ALLOCATED));
	for (page = 0; page < 4; page++)
		mini_kunit_give_block(arena, free + page, 0);
	KUNIT_EXPECT_EQ(test, 4, mini_kunit_reports(arena, MINI_REPORT_DOUBLE_FREE));
	mini_free_pages(arena, mini_page(other, 0), 0);
	mini_free_pages(arena, pfn_to_page(arena->region.first_pfn + 16), 0);
	KUNIT_EXPECT_EQ(test, 2, mini_kunit_reports(arena, MINI_REPORT_OUTSIDE));
	KUNIT_EXPECT_STREQ(test, before, mini_kunit_blocks(test, arena));
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, 12, stats.refused);
	KUNIT_EXPECT_EQ(test, 16, stats.frees);

	mini_kunit_give_block(arena, block, 2);
	mini_kunit_expect_whole(test, arena);
}

/* --- runs and exact ranges --------------------------------------------------------- */

static const struct mini_core_page_request anywhere;

static void a_run_has_exactly_as_many_pages_as_asked_for(struct kunit *test)
{
	struct mini_arena *arena = arena_of(test, PAGES);
	const char *fresh = mini_kunit_free_blocks(test, arena);
	u32 pages, first;

	for (pages = 1; pages <= PAGES; pages += pages < 20 ? 1 : 13) {
		KUNIT_ASSERT_EQ(test, MINI_CORE_OK,
				mini_run_alloc(arena, pages, &anywhere, &first));
		KUNIT_EXPECT_EQ(test, PAGES - pages, mini_kunit_free_pages(arena));
		KUNIT_EXPECT_LE(test, first + pages, PAGES);
		KUNIT_EXPECT_EQ(test, MINI_CORE_OK, mini_run_free(arena, first, pages));
		expect_fresh(test, arena, fresh);
	}
	KUNIT_EXPECT_EQ(test, MINI_CORE_BAD_SIZE, mini_run_alloc(arena, 0, &anywhere, &first));
	KUNIT_EXPECT_EQ(test, MINI_CORE_BAD_SIZE,
			mini_run_alloc(arena, PAGES + 1, &anywhere, &first));
}

static void a_run_goes_back_whole_or_not_at_all(struct kunit *test)
{
	struct mini_arena *arena = arena_of(test, PAGES);
	u32 first = 64;

	KUNIT_ASSERT_EQ(test, MINI_CORE_OK, mini_range_alloc(arena, first, 21));
	mini_kunit_provoke(arena);
	KUNIT_EXPECT_EQ(test, MINI_CORE_DOUBLE_FREE, mini_run_free(arena, first, 22));
	KUNIT_EXPECT_EQ(test, MINI_CORE_WRONG_ORDER, mini_run_free(arena, first, 18));
	KUNIT_EXPECT_EQ(test, MINI_CORE_NOT_ALLOCATED, mini_run_free(arena, first + 1, 20));
	KUNIT_EXPECT_EQ(test, MINI_CORE_OUTSIDE, mini_run_free(arena, first, PAGES));
	KUNIT_EXPECT_EQ(test, PAGES - 21, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_EQ(test, MINI_CORE_OK, mini_run_free(arena, first, 21));
	mini_kunit_expect_whole(test, arena);
}

static void a_claim_takes_exactly_its_range_or_nothing(struct kunit *test)
{
	struct mini_arena *arena = arena_of(test, PAGES);
	const char *fresh = mini_kunit_free_blocks(test, arena);
	struct mini_core_block block;
	u32 first = 37, again;

	KUNIT_ASSERT_EQ(test, MINI_CORE_OK, mini_range_alloc(arena, first, 100));
	mini_core_arena_block(arena->core, 37, &block);
	KUNIT_EXPECT_EQ(test, 37, block.page);
	KUNIT_EXPECT_EQ(test, MINI_CORE_ALLOCATED, block.kind);
	KUNIT_EXPECT_EQ(test, PAGES - 100, mini_kunit_free_pages(arena));
	for (again = 37; again < 137; again += 33)
		KUNIT_EXPECT_EQ(test, MINI_CORE_NO_FREE_BLOCK,
				mini_range_alloc(arena, again, 1));
	again = 20;
	KUNIT_EXPECT_EQ(test, MINI_CORE_NO_FREE_BLOCK,
			mini_range_alloc(arena, again, 18));
	again = 250;
	KUNIT_EXPECT_EQ(test, MINI_CORE_NO_FREE_BLOCK,
			mini_range_alloc(arena, again, 7));
	KUNIT_EXPECT_EQ(test, PAGES - 100, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_EQ(test, MINI_CORE_OK, mini_run_free(arena, first, 100));
	expect_fresh(test, arena, fresh);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(every_order_is_served_until_none_is_left_and_all_come_back,
			 engines_gen_params),
	KUNIT_CASE_PARAM(the_region_is_whole_whatever_the_order_of_the_frees, engines_gen_params),
	KUNIT_CASE_PARAM(every_second_block_free_serves_nothing_larger, engines_gen_params),
	KUNIT_CASE_PARAM(refused_frees_are_counted_and_change_nothing, engines_gen_params),
	KUNIT_CASE_PARAM(a_run_has_exactly_as_many_pages_as_asked_for, engines_gen_params),
	KUNIT_CASE_PARAM(a_run_goes_back_whole_or_not_at_all, engines_gen_params),
	KUNIT_CASE_PARAM(a_claim_takes_exactly_its_range_or_nothing, engines_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_page_engines_blocks",
	.test_cases = cases,
};

kunit_test_suite(suite);
