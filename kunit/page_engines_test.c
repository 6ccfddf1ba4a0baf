// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_page_engines: page engines by their names, what is special to each of them, migrate
 * types and watermarks.
 */
#include <linux/err.h>

#include "blocks.h"
#include "engines.h"

/* --- which there are --------------------------------------------------------- */

static void each_registered_engine_is_tested_with_each_of_its_placements(struct kunit *test)
{
	const struct mini_kunit_engine *known;
	const char *engine, *placement;
	unsigned int n, m, pairs = 0;
	int index;

	for (n = 0; (engine = mini_core_page_engine(n)); n++) {
		for (m = 0; (placement = mini_core_placement(m)); m++) {
			index = mini_core_find_page_engine(engine, placement, "");
			if (index < 0)
				continue;
			KUNIT_EXPECT_EQ(test, pairs, index);
			KUNIT_ASSERT_LT(test, pairs, ARRAY_SIZE(mini_kunit_engines));
			known = &mini_kunit_engines[pairs++];
			KUNIT_EXPECT_STREQ(test, known->name, engine);
			KUNIT_EXPECT_STREQ(test, known->placement, placement);
		}
	}
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(mini_kunit_engines), pairs);
}

static void an_arena_has_the_engine_that_was_asked_for(struct kunit *test)
{
	const struct mini_kunit_engine *engine = test->param_value;
	struct mini_arena *arena;

	arena = mini_kunit_arena_engine(test, 64, engine->name, engine->placement);
	KUNIT_EXPECT_STREQ(test, engine->name, mini_core_arena_page_engine(arena->core));
	KUNIT_EXPECT_STREQ(test, engine->placement, mini_core_arena_placement(arena->core));
}

static void an_engine_without_a_placement_takes_the_usual_or_its_own(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_engine(test, 64, "naive", NULL);

	KUNIT_EXPECT_STREQ(test, "first-fit", mini_core_arena_placement(arena->core));
	arena = mini_kunit_arena_engine(test, 64, "lazy", NULL);
	KUNIT_EXPECT_STREQ(test, "lazy", mini_core_arena_page_engine(arena->core));
	KUNIT_EXPECT_STREQ(test, "lifo", mini_core_arena_placement(arena->core));
}

static void an_unknown_engine_or_a_placement_that_it_does_not_have_is_refused(struct kunit *test)
{
	static const struct mini_arena_params wrong[] = {
		{ .size = SZ_64K, .page_engine = "best" },
		{ .size = SZ_64K, .page_engine = "" },
		{ .size = SZ_64K, .page_engine = "eager/lifo" },
		{ .size = SZ_64K, .page_engine = "eager", .placement = "highest" },
		{ .size = SZ_64K, .page_engine = "lazy", .placement = "first-fit" },
		{ .size = SZ_64K, .page_engine = "naive", .placement = "lifo" },
		{ .size = SZ_64K, .page_engine = "naive", .placement = "lowest" },
	};
	const u32 before = mini_nr_arenas;
	int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    PTR_ERR(mini_arena_create("kunit-wrong", &wrong[i])),
				    "engine %s, placement %s", wrong[i].page_engine,
				    wrong[i].placement);
	KUNIT_EXPECT_EQ(test, before, mini_nr_arenas);
}

/* Where blocks come from and when they merge is the engine's own business: no per-CPU layer in front of it. */
static struct mini_arena *bare_arena(struct kunit *test, unsigned long pages, const char *engine, const char *placement)
{
	const struct mini_arena_params params = {
		.size = pages << PAGE_SHIFT,
		.page_engine = engine,
		.placement = placement,
		.debug = "V",
		.magazine_size = MINI_NO_MAGAZINES,
	};

	return mini_kunit_arena_as(test, &params);
}

/* --- placement --------------------------------------------------------- */

static void lowest_takes_the_lowest_address_even_of_a_larger_block(struct kunit *test)
{
	static const char * const engines[] = { "eager", "lazy" };
	struct mini_arena *arena;
	u32 page;
	int i;

	for (i = 0; i < ARRAY_SIZE(engines); i++) {
		arena = bare_arena(test, 64, engines[i], "lowest");
		for (page = 0; page < 64; page++)
			KUNIT_EXPECT_EQ(test, page, mini_kunit_take_block(test, arena, 0));
		for (page = 8; page < 12; page++)
			mini_kunit_give_block(arena, page, 0);
		mini_kunit_give_block(arena, 40, 0);
		mini_arena_relieve(arena);
		/* 8-11 is split, although 40 would fit. */
		for (page = 8; page < 12; page++)
			KUNIT_EXPECT_EQ(test, page, mini_kunit_take_block(test, arena, 0));
		KUNIT_EXPECT_EQ(test, 40, mini_kunit_take_block(test, arena, 0));
		for (page = 0; page < 64; page++)
			mini_kunit_give_block(arena, page, 0);
		mini_kunit_expect_whole(test, arena);
	}
}

/* --- lazy --------------------------------------------------------- */

static void lazy_delays_and_merges_before_a_larger_request_fails(struct kunit *test)
{
	static const char * const placements[] = { "lifo", "lowest" };
	struct mini_core_arena_stats stats;
	struct mini_arena *arena;
	u32 page;
	int i;

	for (i = 0; i < ARRAY_SIZE(placements); i++) {
		arena = bare_arena(test, 32, "lazy", placements[i]);
		for (page = 0; page < 32; page++)
			mini_kunit_take_block(test, arena, 0);
		for (page = 0; page < 16; page++)
			mini_kunit_give_block(arena, page, 0);
		mini_arena_read_stats(arena, &stats);
		KUNIT_EXPECT_EQ(test, 16, stats.free_pages);
		KUNIT_EXPECT_EQ(test, 16, stats.delayed_pages);
		KUNIT_EXPECT_EQ(test, 0, stats.merges);
		KUNIT_EXPECT_EQ(test, 16, stats.free_blocks[0]);
		/* Delayed pages are free pages for whoever looks. */
		KUNIT_EXPECT_STREQ(test, "16 0 0 0 0 0", mini_kunit_free_blocks(test, arena));

		KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, 4));
		mini_arena_read_stats(arena, &stats);
		KUNIT_EXPECT_EQ(test, 0, stats.delayed_pages);
		KUNIT_EXPECT_EQ(test, 15, stats.merges);
		mini_kunit_give_block(arena, 0, 4);
		for (page = 16; page < 32; page++)
			mini_kunit_give_block(arena, page, 0);
		mini_kunit_expect_whole(test, arena);
	}
}

static void lazy_neither_splits_nor_merges_in_a_steady_mix(struct kunit *test)
{
	struct mini_arena *arena = bare_arena(test, 64, "lazy", "lifo");
	struct mini_core_arena_stats before, after;
	u32 blocks[8];
	int i, round;

	for (i = 0; i < 8; i++)
		blocks[i] = mini_kunit_take_block(test, arena, i % 2);
	mini_arena_read_stats(arena, &before);
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 4; i++)
			mini_kunit_give_block(arena, blocks[i], i % 2);
		for (i = 0; i < 4; i++)
			blocks[i] = mini_kunit_take_block(test, arena, i % 2);
	}
	mini_arena_read_stats(arena, &after);
	KUNIT_EXPECT_EQ(test, before.splits, after.splits);
	KUNIT_EXPECT_EQ(test, before.merges, after.merges);
	for (i = 0; i < 8; i++)
		mini_kunit_give_block(arena, blocks[i], i % 2);
	mini_kunit_expect_whole(test, arena);
}

static void lazy_delays_nothing_below_the_low_watermark(struct kunit *test)
{
	const struct mini_arena_params params = {
		.size = 64 << PAGE_SHIFT,
		.page_engine = "lazy",
		.debug = "V",
		.min_free = 8 << PAGE_SHIFT,
		.magazine_size = MINI_NO_MAGAZINES,
	};
	struct mini_arena *arena = mini_kunit_arena_as(test, &params);
	struct mini_core_arena_stats stats;
	u32 page;

	for (page = 0; page < 64; page++)
		KUNIT_ASSERT_NOT_NULL(test, mini_alloc_pages(arena, GFP_ATOMIC, 0));
	mini_arena_read_stats(arena, &stats);
	KUNIT_ASSERT_EQ(test, 10, stats.low_free);
	for (page = 0; page < 12; page++)
		mini_kunit_give_block(arena, page, 0);
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, 2, stats.delayed_pages);
	KUNIT_EXPECT_STREQ(test, "2 1 0 1 0 0 0", mini_kunit_free_blocks(test, arena));
	for (page = 12; page < 64; page++)
		mini_kunit_give_block(arena, page, 0);
	mini_kunit_expect_whole(test, arena);
}

static void lazy_is_told_apart_by_what_a_free_costs(struct kunit *test)
{
	struct mini_arena *eager = bare_arena(test, 64, "eager", "lifo");
	struct mini_arena *lazy = bare_arena(test, 64, "lazy", "lifo");
	struct mini_core_arena_stats stats;
	u32 held;
	int i;

	held = mini_kunit_take_block(test, lazy, 0);
	for (i = 0; i < 10; i++) {
		mini_kunit_give_block(eager, mini_kunit_take_block(test, eager, 0), 0);
		mini_kunit_give_block(lazy, mini_kunit_take_block(test, lazy, 0), 0);
	}
	mini_arena_read_stats(eager, &stats);
	KUNIT_EXPECT_EQ(test, 60, stats.merges);
	mini_arena_read_stats(lazy, &stats);
	KUNIT_EXPECT_EQ(test, 0, stats.merges);
	mini_kunit_give_block(lazy, held, 0);
}

/* --- migrate types --------------------------------------------------------- */

static void gfp_says_the_mobility_and_mobilities_have_pageblocks_of_their_own(struct kunit *test)
{
	const struct mini_kunit_engine *engine = test->param_value;
	static const struct {
		gfp_t gfp;
		enum mini_core_migrate_type type;
	} kinds[] = {
		{ GFP_KERNEL, MINI_CORE_UNMOVABLE },
		{ __GFP_MOVABLE, MINI_CORE_MOVABLE },
		{ __GFP_RECLAIMABLE, MINI_CORE_RECLAIMABLE },
	};
	struct mini_arena *arena;
	struct page *pages[3];
	int i;

	arena = mini_kunit_arena_engine(test, 4096, engine->name, engine->placement);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		pages[i] = mini_alloc_pages(arena, kinds[i].gfp, 0);
		if (!engine->types && kinds[i].type != MINI_CORE_UNMOVABLE) {
			KUNIT_EXPECT_NULL(test, pages[i]);
			continue;
		}
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		KUNIT_EXPECT_EQ(test, kinds[i].type,
				mini_core_pageblock_type(arena->core,
							 mini_kunit_index(arena, pages[i])));
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		mini_free_pages(arena, pages[i], 0);
	mini_kunit_expect_whole(test, arena);
}

/* --- watermarks --------------------------------------------------------- */

static void the_minimum_is_left_for_requests_with_gfp_high(struct kunit *test)
{
	const struct mini_kunit_engine *engine = test->param_value;
	const struct mini_arena_params params = {
		.size = 64 << PAGE_SHIFT,
		.page_engine = engine->name,
		.placement = engine->placement,
		.debug = "V",
		.min_free = 8 << PAGE_SHIFT,
	};
	struct mini_arena *arena = mini_kunit_arena_as(test, &params);
	struct mini_core_arena_stats stats;
	struct page *page;
	u32 i;

	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, 8, stats.min_free);
	KUNIT_EXPECT_EQ(test, 10, stats.low_free);
	KUNIT_EXPECT_EQ(test, 12, stats.high_free);
	for (i = 0; i < 56; i++)
		KUNIT_ASSERT_NOT_NULL(test, mini_alloc_pages(arena, GFP_KERNEL, 0));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, GFP_KERNEL, 0));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, GFP_ATOMIC | __GFP_NOMEMALLOC, 0));
	KUNIT_EXPECT_EQ(test, 8, mini_kunit_free_pages(arena));
	for (i = 0; i < 4; i++)
		KUNIT_ASSERT_NOT_NULL(test, mini_alloc_pages(arena, GFP_ATOMIC, 0));
	for (i = 0; i < 4; i++)
		KUNIT_ASSERT_NOT_NULL(test, mini_alloc_pages(arena, GFP_KERNEL | __GFP_MEMALLOC, 0));
	page = mini_alloc_pages(arena, GFP_ATOMIC, 0);
	KUNIT_EXPECT_NULL(test, page);
	for (i = 0; i < 64; i++)
		mini_kunit_give_block(arena, i, 0);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_registered_engine_is_tested_with_each_of_its_placements),
	KUNIT_CASE_PARAM(an_arena_has_the_engine_that_was_asked_for, engines_gen_params),
	KUNIT_CASE(an_engine_without_a_placement_takes_the_usual_or_its_own),
	KUNIT_CASE(an_unknown_engine_or_a_placement_that_it_does_not_have_is_refused),
	KUNIT_CASE(lowest_takes_the_lowest_address_even_of_a_larger_block),
	KUNIT_CASE(lazy_delays_and_merges_before_a_larger_request_fails),
	KUNIT_CASE(lazy_neither_splits_nor_merges_in_a_steady_mix),
	KUNIT_CASE(lazy_delays_nothing_below_the_low_watermark),
	KUNIT_CASE(lazy_is_told_apart_by_what_a_free_costs),
	KUNIT_CASE_PARAM(gfp_says_the_mobility_and_mobilities_have_pageblocks_of_their_own,
			 engines_gen_params),
	KUNIT_CASE_PARAM(the_minimum_is_left_for_requests_with_gfp_high, engines_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_page_engines",
	.test_cases = cases,
};

kunit_test_suite(suite);
