// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_buddy_patterns: fragmentation made on purpose. How few pages keep a large block
 * from forming, how many free pages can be of no use, and that all of it is undone by freeing, in
 * whatever order.
 */
#include <linux/bitrev.h>
#include <linux/prandom.h>

#include "blocks.h"

#define ORDER 8
#define PAGES BIT(ORDER)

/* Every page of the arena, one by one. */
static void take_all(struct kunit *test, struct mini_arena *arena)
{
	u32 i;

	for (i = 0; i < arena->region.nr_pages; i++)
		mini_kunit_take_block(test, arena, 0);
	KUNIT_ASSERT_EQ(test, 0, mini_kunit_free_pages(arena));
}

static void expect_merged(struct kunit *test, struct mini_arena *arena)
{
	struct mini_core_arena_stats stats;

	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, 1, stats.free_blocks[ORDER]);
	KUNIT_EXPECT_EQ(test, PAGES, stats.free_pages);
	KUNIT_EXPECT_EQ(test, stats.splits, stats.merges);
	mini_kunit_expect_whole(test, arena);
}

/* --- free pages that do not merge ------------------------------------------------------------- */

static void every_second_page_free_serves_no_pair(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, PAGES);
	u32 page;

	take_all(test, arena);
	for (page = 0; page < PAGES; page += 2)
		mini_kunit_give_block(arena, page, 0);
	KUNIT_EXPECT_STREQ(test, "128 0 0 0 0 0 0 0 0", mini_kunit_free_blocks(test, arena));
	KUNIT_EXPECT_EQ(test, PAGES / 2, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 1));
	for (page = 1; page < PAGES; page += 2)
		mini_kunit_give_block(arena, page, 0);
	expect_merged(test, arena);
}

static const unsigned int block_orders[] = { 0, 1, 2, 3, 4, 5, 6, 7 };

static void describe_order(const unsigned int *order, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "order %u", *order);
}

KUNIT_ARRAY_PARAM(block_orders, block_orders, describe_order);

static void every_second_block_free_serves_nothing_larger(struct kunit *test)
{
	const unsigned int order = *(const unsigned int *)test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, PAGES);
	struct mini_core_arena_stats stats;
	const u32 step = 2U << order;
	u32 page;

	take_all(test, arena);
	/* The upper one of each two, page by page: they merge to blocks of this order. */
	for (page = 0; page < PAGES; page++)
		if (page & BIT(order))
			mini_kunit_give_block(arena, page, 0);
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, PAGES / step, stats.free_blocks[order]);
	KUNIT_EXPECT_EQ(test, PAGES / 2, stats.free_pages);
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, order + 1));
	for (page = 0; page < PAGES; page += step)
		KUNIT_EXPECT_TRUE(test, mini_kunit_take_block(test, arena, order) & BIT(order));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 0));
	for (page = 0; page < PAGES; page++)
		if (!(page & BIT(order)))
			mini_kunit_give_block(arena, page, 0);
	for (page = BIT(order); page < PAGES; page += step)
		mini_kunit_give_block(arena, page, order);
	expect_merged(test, arena);
}

static void pairs_across_the_boundary_of_a_pair_do_not_merge(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, PAGES);
	u32 page;

	take_all(test, arena);
	/* 1 and 2, 5 and 6, ...: neighbours, never buddies. */
	for (page = 0; page < PAGES; page += 4) {
		mini_kunit_give_block(arena, page + 1, 0);
		mini_kunit_give_block(arena, page + 2, 0);
	}
	KUNIT_EXPECT_STREQ(test, "128 0 0 0 0 0 0 0 0", mini_kunit_free_blocks(test, arena));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 1));
	for (page = 0; page < PAGES; page += 4) {
		mini_kunit_give_block(arena, page, 0);
		mini_kunit_give_block(arena, page + 3, 0);
	}
	expect_merged(test, arena);
}

/* --- few pages that block much ---------------------------------------------------------------- */

static void one_page_anywhere_blocks_the_largest_order(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, PAGES);
	static const u32 held[] = { 0, 1, PAGES / 2 - 1, PAGES / 2, PAGES - 1 };
	struct mini_core_arena_stats stats;
	unsigned int order;
	u32 page;
	int i;

	for (i = 0; i < ARRAY_SIZE(held); i++) {
		take_all(test, arena);
		for (page = 0; page < PAGES; page++)
			if (page != held[i])
				mini_kunit_give_block(arena, page, 0);
		mini_arena_read_stats(arena, &stats);
		for (order = 0; order < ORDER; order++)
			KUNIT_EXPECT_EQ(test, 1, stats.free_blocks[order]);
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, ORDER));
		mini_kunit_give_block(arena, held[i], 0);
		expect_merged(test, arena);
	}
}

/* One page held in each block of the highest order: 4,092 pages are free, and no such block. */
static void a_page_in_each_block_blocks_them_all(struct kunit *test)
{
	enum { BLOCKS = 4, HIGHEST = MINI_CORE_MAX_ORDER };
	struct mini_arena *arena = mini_kunit_bare_arena(test, BLOCKS << HIGHEST);
	u32 rest[BLOCKS][HIGHEST];
	u32 held[BLOCKS];
	int i, order;

	for (i = 0; i < BLOCKS; i++) {
		held[i] = mini_kunit_take_block(test, arena, 0);
		KUNIT_EXPECT_EQ(test, i << HIGHEST, held[i]);
		/* So that the next one comes out of the next block. */
		for (order = 0; order < HIGHEST; order++)
			rest[i][order] = mini_kunit_take_block(test, arena, order);
	}
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_free_pages(arena));
	for (i = 0; i < BLOCKS; i++)
		for (order = 0; order < HIGHEST; order++)
			mini_kunit_give_block(arena, rest[i][order], order);
	KUNIT_EXPECT_EQ(test, (BLOCKS << HIGHEST) - BLOCKS, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_STREQ(test, "4 4 4 4 4 4 4 4 4 4 0", mini_kunit_free_blocks(test, arena));

	for (i = 0; i < BLOCKS; i++) {
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, HIGHEST));
		mini_kunit_give_block(arena, held[i], 0);
		KUNIT_EXPECT_EQ(test, held[i], mini_kunit_take_block(test, arena, HIGHEST));
	}
	for (i = 0; i < BLOCKS; i++)
		mini_kunit_give_block(arena, held[i], HIGHEST);
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 0 0 0 0 0 0 4", mini_kunit_free_blocks(test, arena));
}

static void a_block_of_each_order_fills_the_region_and_frees_its_own_order(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, PAGES);
	u32 blocks[ORDER];
	int order;
	u32 last;

	for (order = 0; order < ORDER; order++)
		blocks[order] = mini_kunit_take_block(test, arena, order);
	/* 1 + 2 + ... + 128: one page is left. */
	KUNIT_EXPECT_STREQ(test, "1 0 0 0 0 0 0 0 0", mini_kunit_free_blocks(test, arena));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 1));
	last = mini_kunit_take_block(test, arena, 0);

	for (order = ORDER - 1; order > 0; order--) {
		mini_kunit_give_block(arena, blocks[order], order);
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, order + 1));
		KUNIT_EXPECT_EQ(test, blocks[order], mini_kunit_take_block(test, arena, order));
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 0));
	}
	/* From the smallest up each free merges all that was freed before. */
	mini_kunit_give_block(arena, last, 0);
	for (order = 0; order < ORDER; order++) {
		mini_kunit_give_block(arena, blocks[order], order);
		KUNIT_EXPECT_EQ(test, 2U << order, mini_kunit_free_pages(arena));
		KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, order + 1));
		mini_kunit_give_block(arena, 0, order + 1);
	}
	expect_merged(test, arena);
}

struct held_block {
	u32 page;
	unsigned int order;
};

/* The largest block is freed and its hole filled with smaller ones, again and again. */
static void holes_whittled_down_never_give_a_larger_block(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, PAGES);
	struct held_block *held;
	int order, top, nr = 0;
	u32 blocks[ORDER];
	u32 odd[ORDER];

	held = kunit_kcalloc(test, ORDER * ORDER, sizeof(*held), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, held);
	for (order = 0; order < ORDER; order++)
		blocks[order] = mini_kunit_take_block(test, arena, order);
	odd[0] = mini_kunit_take_block(test, arena, 0);
	for (top = ORDER - 1; top > 0; top--) {
		mini_kunit_give_block(arena, blocks[top], top);
		KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, top + 1));
		for (order = 0; order < top; order++) {
			held[nr].page = mini_kunit_take_block(test, arena, order);
			held[nr++].order = order;
			KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, top));
		}
		odd[top] = mini_kunit_take_block(test, arena, 0);
		KUNIT_EXPECT_EQ(test, 0, mini_kunit_free_pages(arena));
	}
	/* A page of each hole: eight free pages, no two of them buddies. */
	for (top = 0; top < ORDER; top++)
		mini_kunit_give_block(arena, odd[top], 0);
	KUNIT_EXPECT_STREQ(test, "8 0 0 0 0 0 0 0 0", mini_kunit_free_blocks(test, arena));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 1));
	mini_kunit_give_block(arena, blocks[0], 0);
	while (nr--)
		mini_kunit_give_block(arena, held[nr].page, held[nr].order);
	expect_merged(test, arena);
}

/* --- freed in whatever order ------------------------------------------------------------------ */

enum freeing { ASCENDING, DESCENDING, EVEN_THEN_ODD, OUTSIDE_IN, BITS_REVERSED, SHUFFLED };

static const struct freeing_case {
	enum freeing how;
	const char *name;
} all_freeings[] = {
	{ ASCENDING, "ascending" },
	{ DESCENDING, "descending" },
	{ EVEN_THEN_ODD, "even pages, then odd ones" },
	{ OUTSIDE_IN, "from both ends" },
	{ BITS_REVERSED, "bits reversed" },
	{ SHUFFLED, "shuffled" },
};

KUNIT_ARRAY_PARAM_DESC(all_freeings, all_freeings, name);

static void fill_in(struct kunit *test, enum freeing how, u32 *sequence)
{
	struct rnd_state random;
	u32 i;

	for (i = 0; i < PAGES; i++) {
		switch (how) {
		case ASCENDING:
		case SHUFFLED:
			sequence[i] = i;
			break;
		case DESCENDING:
			sequence[i] = PAGES - 1 - i;
			break;
		case EVEN_THEN_ODD:
			sequence[i] = i < PAGES / 2 ? 2 * i : 2 * (i - PAGES / 2) + 1;
			break;
		case OUTSIDE_IN:
			sequence[i] = i % 2 ? PAGES - 1 - i / 2 : i / 2;
			break;
		case BITS_REVERSED:
			sequence[i] = bitrev8(i);
			break;
		}
	}
	if (how != SHUFFLED)
		return;
	prandom_seed_state(&random, mini_kunit_seed(test));
	for (i = PAGES - 1; i > 0; i--) {
		u32 other = prandom_u32_state(&random) % (i + 1);

		swap(sequence[i], sequence[other]);
	}
}

static void the_region_is_whole_after_all_pages_are_freed(struct kunit *test)
{
	const struct freeing_case *freeing = test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, PAGES);
	struct mini_core_arena_stats stats;
	u32 *sequence = kunit_kcalloc(test, PAGES, sizeof(*sequence), GFP_KERNEL);
	u32 i;

	BUILD_BUG_ON(PAGES != 256); /* bitrev8() */
	KUNIT_ASSERT_NOT_NULL(test, sequence);
	fill_in(test, freeing->how, sequence);
	take_all(test, arena);
	for (i = 0; i < PAGES; i++) {
		mini_kunit_give_block(arena, sequence[i], 0);
		KUNIT_ASSERT_EQ(test, i + 1, mini_kunit_free_pages(arena));
	}
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, PAGES - 1, stats.merges);
	expect_merged(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_second_page_free_serves_no_pair),
	KUNIT_CASE_PARAM(every_second_block_free_serves_nothing_larger, block_orders_gen_params),
	KUNIT_CASE(pairs_across_the_boundary_of_a_pair_do_not_merge),
	KUNIT_CASE(one_page_anywhere_blocks_the_largest_order),
	KUNIT_CASE(a_page_in_each_block_blocks_them_all),
	KUNIT_CASE(a_block_of_each_order_fills_the_region_and_frees_its_own_order),
	KUNIT_CASE(holes_whittled_down_never_give_a_larger_block),
	KUNIT_CASE_PARAM(the_region_is_whole_after_all_pages_are_freed, all_freeings_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_buddy_patterns",
	.test_cases = cases,
};

kunit_test_suite(suite);
