// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_buddy_regions: regions of any size, a power of two or not, up to several blocks of
 * the highest order.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/log2.h>

#include "blocks.h"

static const unsigned int all_sizes[] = {
	1, 2, 3, 5, 100, 1000, 1023, 1024, 1025, 2048, 3001, 4096,
};

static void describe_size(const unsigned int *pages, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%u pages", *pages);
}

KUNIT_ARRAY_PARAM(all_sizes, all_sizes, describe_size);

static unsigned int order_limit(unsigned int pages)
{
	return min_t(unsigned int, ilog2(pages), MINI_CORE_MAX_ORDER);
}

/* As many blocks of the highest order as fit, and a block for each bit of the rest. */
static void expect_fresh(struct kunit *test, struct mini_arena *arena, unsigned int pages)
{
	const unsigned int highest = order_limit(pages);
	struct mini_core_arena_stats stats;
	unsigned int order;

	mini_arena_drain(arena);
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, pages, stats.pages);
	KUNIT_EXPECT_EQ(test, pages, stats.free_pages);
	KUNIT_EXPECT_EQ(test, highest, stats.max_order);
	for (order = 0; order < highest; order++)
		KUNIT_EXPECT_EQ_MSG(test, (pages >> order) & 1, stats.free_blocks[order],
				    "order %u", order);
	KUNIT_EXPECT_EQ(test, pages >> highest, stats.free_blocks[highest]);
	for (order = highest + 1; order <= MINI_CORE_MAX_ORDER; order++)
		KUNIT_EXPECT_EQ(test, 0, stats.free_blocks[order]);
	mini_kunit_expect_whole(test, arena);
}

static void free_blocks_tile_the_region_the_larger_first(struct kunit *test)
{
	const unsigned int pages = *(const unsigned int *)test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, pages);
	unsigned int order = order_limit(pages);
	struct mini_core_block block;
	u32 page;

	expect_fresh(test, arena, pages);
	for (page = 0; page < pages; page += BIT(order)) {
		while (pages - page < BIT(order))
			order--;
		mini_core_arena_block(arena->core, page, &block);
		KUNIT_ASSERT_EQ(test, MINI_CORE_FREE, block.kind);
		KUNIT_ASSERT_EQ(test, order, block.order);
	}
}

static void each_page_is_served_once_and_all_merge_again(struct kunit *test)
{
	const unsigned int pages = *(const unsigned int *)test->param_value;
	struct mini_arena *arena = mini_kunit_arena_debug(test, pages, pages > 256 ? "" : "V");
	unsigned long *served = kunit_kcalloc(test, BITS_TO_LONGS(pages), sizeof(long), GFP_KERNEL);
	struct mini_core_arena_stats stats;
	u32 i, page;

	KUNIT_ASSERT_NOT_NULL(test, served);
	for (i = 0; i < pages; i++) {
		page = mini_kunit_take_block(test, arena, 0);
		KUNIT_ASSERT_FALSE(test, test_and_set_bit(page, served));
	}
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 0));
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, 0, stats.free_pages);

	/* Downwards: where a region ends within a block, the odd page comes first. */
	for (page = pages; page--;)
		mini_kunit_give_block(arena, page, 0);
	expect_fresh(test, arena, pages);
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, stats.splits, stats.merges);
}

static void the_largest_request_is_the_highest_order(struct kunit *test)
{
	const unsigned int pages = *(const unsigned int *)test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, pages);
	const unsigned int highest = order_limit(pages);
	struct mini_core_arena_stats stats;
	u32 i;

	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, highest + 1));
	for (i = 0; i < pages >> highest; i++)
		KUNIT_EXPECT_EQ(test, i << highest, mini_kunit_take_block(test, arena, highest));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, highest));
	KUNIT_EXPECT_EQ(test, pages & (BIT(highest) - 1), mini_kunit_free_pages(arena));
	while (i--)
		mini_kunit_give_block(arena, i << highest, highest);
	/* Two blocks of the highest order may be buddies, and stay two. */
	expect_fresh(test, arena, pages);
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, 0, stats.merges);
}

static void order_10_needs_1024_pages(struct kunit *test)
{
	struct mini_arena *small = mini_kunit_bare_arena(test, 1023);
	struct mini_arena *large = mini_kunit_bare_arena(test, 1024);

	KUNIT_EXPECT_NULL(test, mini_alloc_pages(small, 0, 10));
	KUNIT_EXPECT_STREQ(test, "1 1 1 1 1 1 1 1 1 1", mini_kunit_free_blocks(test, small));
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, large, 10));
	KUNIT_EXPECT_STREQ(test, "0-1023 used", mini_kunit_blocks(test, large));
	mini_kunit_give_block(large, 0, 10);
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 0 0 0 0 0 0 1", mini_kunit_free_blocks(test, large));
}

/* What would be the buddy of the last block lies outside, wholly or in part. */
static void nothing_merges_across_the_end(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 13);
	u32 page;

	KUNIT_EXPECT_STREQ(test, "0-7 free, 8-11 free, 12 free", mini_kunit_blocks(test, arena));
	for (page = 0; page < 13; page++)
		mini_kunit_take_block(test, arena, 0);
	for (page = 13; page--;)
		mini_kunit_give_block(arena, page, 0);
	KUNIT_EXPECT_STREQ(test, "0-7 free, 8-11 free, 12 free", mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_EQ(test, 12, mini_kunit_take_block(test, arena, 0));
	KUNIT_EXPECT_EQ(test, 8, mini_kunit_take_block(test, arena, 2));
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, 3));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 0));
	mini_kunit_give_block(arena, 8, 2);
	mini_kunit_give_block(arena, 0, 3);
	mini_kunit_give_block(arena, 12, 0);
	KUNIT_EXPECT_STREQ(test, "1 0 1 1", mini_kunit_free_blocks(test, arena));
}

/* The regions come from memory that the kernel aligns to its largest block. */
static void blocks_are_aligned_physically(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 3 * 1024 + 1);
	u32 blocks[MINI_CORE_MAX_ORDER + 1];
	int order;

	for (order = 0; order <= MINI_CORE_MAX_ORDER; order++) {
		blocks[order] = mini_kunit_take_block(test, arena, order);
		KUNIT_EXPECT_EQ(test, 0,
				page_to_pfn(mini_page(arena, blocks[order])) & (BIT(order) - 1));
	}
	for (order = 0; order <= MINI_CORE_MAX_ORDER; order++)
		mini_kunit_give_block(arena, blocks[order], order);
	KUNIT_EXPECT_STREQ(test, "1 0 0 0 0 0 0 0 0 0 3", mini_kunit_free_blocks(test, arena));
}

static void a_new_region_is_zero_whatever_the_last_one_left(struct kunit *test)
{
	const struct mini_arena_params params = { .size = 100 << PAGE_SHIFT };
	struct mini_arena *arena;
	int i;

	for (i = 0; i < 4; i++) {
		arena = mini_arena_create("kunit-zero", &params);
		KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
		KUNIT_EXPECT_NULL(test, memchr_inv(mini_page_address(arena, 0), 0, params.size));
		memset(mini_page_address(arena, 0), 0xff, params.size);
		mini_arena_destroy(arena);
	}
}

static void the_allocator_keeps_nothing_in_free_pages(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 64);
	unsigned int order;
	u32 page;

	for (order = 0; order < 6; order++) {
		page = mini_kunit_take_block(test, arena, order);
		memset(mini_page_address(arena, 0), 0x5a, 64 * PAGE_SIZE);
		mini_kunit_give_block(arena, page, order);
		KUNIT_EXPECT_EQ(test, page, mini_kunit_take_block(test, arena, order));
		KUNIT_EXPECT_NULL(test, memchr_inv(mini_page_address(arena, 0), 0x5a,
						   64 * PAGE_SIZE));
		mini_kunit_give_block(arena, page, order);
	}
	mini_kunit_expect_whole(test, arena);
}

static void each_page_has_a_count_of_its_own(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 64);
	struct page *block = mini_alloc_pages(arena, 0, 6);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, block);
	for (i = 0; i < 64; i++) {
		KUNIT_EXPECT_EQ(test, 1, page_count(block + i));
		KUNIT_EXPECT_FALSE(test, PageCompound(block + i));
	}
	mini_free_pages(arena, block, 6);
	/* Free for the arena's clients, and still the arena's. */
	KUNIT_EXPECT_EQ(test, 1, page_count(block));
}

static void arenas_beside_each_other_keep_their_pages_apart(struct kunit *test)
{
	struct mini_arena *arenas[4];
	int i;

	for (i = 0; i < ARRAY_SIZE(arenas); i++) {
		arenas[i] = mini_kunit_bare_arena(test, 16);
		KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arenas[i], 4));
		memset(mini_page_address(arenas[i], 0), 0x10 + i, 16 * PAGE_SIZE);
	}
	for (i = 0; i < ARRAY_SIZE(arenas); i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(mini_page_address(arenas[i], 0), 0x10 + i,
						   16 * PAGE_SIZE));
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arenas[i], 0, 0));
		mini_kunit_give_block(arenas[i], 0, 4);
		KUNIT_EXPECT_STREQ(test,
				   "allocations 1, frees 1, failures 1, refused 0, splits 0, merges 0",
				   mini_kunit_statistics(test, arenas[i]));
	}
}

/* What is dirty is likely to be what the kernel gives next. */
static void a_new_region_is_all_zero(struct kunit *test)
{
	struct mini_region region;
	unsigned long longest, i;
	int round;

	for (round = 0; round < 4; round++) {
		KUNIT_ASSERT_EQ(test, 0, mini_region_acquire(&region, 8, &longest));
		for (i = 0; i < 8; i++) {
			void *page = page_address(pfn_to_page(region.first_pfn + i));

			KUNIT_EXPECT_NULL_MSG(test, memchr_inv(page, 0, PAGE_SIZE), "page %lu", i);
			memset(page, 0xa5, PAGE_SIZE);
		}
		mini_region_release(&region);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(free_blocks_tile_the_region_the_larger_first, all_sizes_gen_params),
	KUNIT_CASE_PARAM(each_page_is_served_once_and_all_merge_again, all_sizes_gen_params),
	KUNIT_CASE_PARAM(the_largest_request_is_the_highest_order, all_sizes_gen_params),
	KUNIT_CASE(order_10_needs_1024_pages),
	KUNIT_CASE(nothing_merges_across_the_end),
	KUNIT_CASE(blocks_are_aligned_physically),
	KUNIT_CASE(a_new_region_is_zero_whatever_the_last_one_left),
	KUNIT_CASE(the_allocator_keeps_nothing_in_free_pages),
	KUNIT_CASE(each_page_has_a_count_of_its_own),
	KUNIT_CASE(arenas_beside_each_other_keep_their_pages_apart),
	KUNIT_CASE(a_new_region_is_all_zero),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_buddy_regions",
	.test_cases = cases,
};

kunit_test_suite(suite);
