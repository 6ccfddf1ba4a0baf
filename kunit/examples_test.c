// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_examples: the textbooks' worked examples, step by step, on real pages.
 */
#include <linux/sizes.h>

#include "blocks.h"

/* --- 21 KB out of a segment of 256 KB --------------------------------------------------------- */

/*
 * The segment is divided into A_L and A_R of 128 KB, A_L into B_L and B_R of 64 KB, B_L into C_L
 * and C_R of 32 KB; C_L serves the request.
 */
enum { SEGMENT = 6, A = 5, B = 4, C = 3 };
enum { C_LEFT = 0, C_RIGHT = 8, B_RIGHT = 16, A_RIGHT = 32 };

static void segment_of_256_kb_is_split_for_21_kb_and_merges_back(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, SZ_256K >> PAGE_SHIFT);

	KUNIT_EXPECT_EQ(test, C, get_order(21 * SZ_1K));
	KUNIT_EXPECT_STREQ(test, "0-63 free", mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 0 0 1", mini_kunit_free_blocks(test, arena));

	KUNIT_EXPECT_EQ(test, C_LEFT, mini_kunit_take_block(test, arena, get_order(21 * SZ_1K)));
	/* C_L, C_R, B_R, A_R */
	KUNIT_EXPECT_STREQ(test, "0-7 used, 8-15 free, 16-31 free, 32-63 free",
			   mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "0 0 0 1 1 1 0", mini_kunit_free_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test,
			   "allocations 1, frees 0, failures 0, refused 0, splits 3, merges 0",
			   mini_kunit_statistics(test, arena));

	mini_kunit_give_block(arena, C_LEFT, C);
	KUNIT_EXPECT_STREQ(test, "0-63 free", mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 0 0 1", mini_kunit_free_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test,
			   "allocations 1, frees 1, failures 0, refused 0, splits 3, merges 3",
			   mini_kunit_statistics(test, arena));
}

/* Every half is in use, and they come back one by one: each merge can be seen. */
static void halves_merge_step_by_step_to_the_segment(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, SZ_256K >> PAGE_SHIFT);

	KUNIT_EXPECT_EQ(test, C_LEFT, mini_kunit_take_block(test, arena, C));
	/* The second 21 KB need no split. */
	KUNIT_EXPECT_EQ(test, C_RIGHT, mini_kunit_take_block(test, arena, C));
	KUNIT_EXPECT_STREQ(test, "0-7 used, 8-15 used, 16-31 free, 32-63 free",
			   mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_EQ(test, B_RIGHT, mini_kunit_take_block(test, arena, B));
	KUNIT_EXPECT_EQ(test, A_RIGHT, mini_kunit_take_block(test, arena, A));
	KUNIT_EXPECT_STREQ(test, "0-7 used, 8-15 used, 16-31 used, 32-63 used",
			   mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 0 0 0", mini_kunit_free_blocks(test, arena));

	mini_kunit_give_block(arena, C_LEFT, C);
	KUNIT_EXPECT_STREQ(test, "0-7 free, 8-15 used, 16-31 used, 32-63 used",
			   mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "0 0 0 1 0 0 0", mini_kunit_free_blocks(test, arena));
	/* C_L and C_R are B_L. */
	mini_kunit_give_block(arena, C_RIGHT, C);
	KUNIT_EXPECT_STREQ(test, "0-15 free, 16-31 used, 32-63 used",
			   mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 1 0 0", mini_kunit_free_blocks(test, arena));
	/* B_L and B_R are A_L. */
	mini_kunit_give_block(arena, B_RIGHT, B);
	KUNIT_EXPECT_STREQ(test, "0-31 free, 32-63 used", mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 0 1 0", mini_kunit_free_blocks(test, arena));
	/* A_L and A_R are the segment. */
	mini_kunit_give_block(arena, A_RIGHT, A);
	KUNIT_EXPECT_STREQ(test, "0-63 free", mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "0 0 0 0 0 0 1", mini_kunit_free_blocks(test, arena));
}

/* --- two pages when 5, 10, 12, 13, 14 and 15 are free ----------------------------------------- */

static void two_pages_come_from_12_and_leave_14_and_15_at_order_1(struct kunit *test)
{
	static const u32 freed[] = { 5, 10, 12, 13, 14, 15 };
	struct mini_arena *arena = mini_kunit_bare_arena(test, 16);
	u32 page;

	for (page = 0; page < 16; page++)
		KUNIT_EXPECT_EQ(test, page, mini_kunit_take_block(test, arena, 0));
	for (page = 0; page < ARRAY_SIZE(freed); page++)
		mini_kunit_give_block(arena, freed[page], 0);
	KUNIT_EXPECT_STREQ(test,
			   "0 used, 1 used, 2 used, 3 used, 4 used, 5 free, 6 used, 7 used, 8 used, 9 used, 10 free, 11 used, 12-15 free",
			   mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "2 0 1 0 0", mini_kunit_free_blocks(test, arena));

	/* 5 and 10 are no pair; the block of four at 12 is split. */
	KUNIT_EXPECT_EQ(test, 12, mini_kunit_take_block(test, arena, 1));
	KUNIT_EXPECT_STREQ(test,
			   "0 used, 1 used, 2 used, 3 used, 4 used, 5 free, 6 used, 7 used, 8 used, 9 used, 10 free, 11 used, 12-13 used, 14-15 free",
			   mini_kunit_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "2 1 0 0 0", mini_kunit_free_blocks(test, arena));

	KUNIT_EXPECT_EQ(test, 14, mini_kunit_take_block(test, arena, 1));
	KUNIT_EXPECT_STREQ(test, "2 0 0 0 0", mini_kunit_free_blocks(test, arena));
	/* A third time there is none, although two pages are free. */
	KUNIT_EXPECT_EQ(test, 2, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 1));

	mini_kunit_give_block(arena, 12, 1);
	mini_kunit_give_block(arena, 14, 1);
	KUNIT_EXPECT_STREQ(test, "2 0 1 0 0", mini_kunit_free_blocks(test, arena));
	for (page = 0; page < 12; page++)
		if (page != 5 && page != 10)
			mini_kunit_give_block(arena, page, 0);
	KUNIT_EXPECT_STREQ(test, "0-15 free", mini_kunit_blocks(test, arena));
}

static void page_0_waits_for_page_1_and_merges_with_it(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 8);
	u32 page;

	for (page = 0; page < 8; page++)
		KUNIT_EXPECT_EQ(test, page, mini_kunit_take_block(test, arena, 0));
	mini_kunit_give_block(arena, 0, 0);
	KUNIT_EXPECT_STREQ(test, "1 0 0 0", mini_kunit_free_blocks(test, arena));
	KUNIT_EXPECT_STREQ(test, "0 free, 1 used, 2 used, 3 used, 4 used, 5 used, 6 used, 7 used",
			   mini_kunit_blocks(test, arena));
	mini_kunit_give_block(arena, 1, 0);
	KUNIT_EXPECT_STREQ(test, "0 1 0 0", mini_kunit_free_blocks(test, arena));
	/* 2 and 3 are in use: it goes no further. */
	KUNIT_EXPECT_STREQ(test, "0-1 free, 2 used, 3 used, 4 used, 5 used, 6 used, 7 used",
			   mini_kunit_blocks(test, arena));
	for (page = 2; page < 8; page++)
		mini_kunit_give_block(arena, page, 0);
	KUNIT_EXPECT_STREQ(test, "0 0 0 1", mini_kunit_free_blocks(test, arena));
}

/* --- slabs ------------------------------------------------------------------------------------ */

/* "full 1, partial 0, empty 0, objects 4" */
static const char *slabs(struct kunit *test, struct mini_cache *cache)
{
	struct mini_core_cache_stats stats;
	char *text = kunit_kzalloc(test, 80, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	mini_cache_read_stats(cache, &stats);
	snprintf(text, 80, "full %u, partial %u, empty %u, objects %llu", stats.full_slabs,
		 stats.partial_slabs, stats.empty_slabs, stats.active_objects);
	return text;
}

static void take_objects(struct kunit *test, struct mini_cache *cache, int nr, void **objects)
{
	int i;

	for (i = 0; i < nr; i++) {
		objects[i] = mini_kmem_cache_alloc(cache, 0);
		KUNIT_ASSERT_NOT_NULL(test, objects[i]);
	}
}

static void expect_layout(struct kunit *test, struct mini_cache *cache, unsigned int pages,
			  unsigned int objects)
{
	struct mini_core_cache_layout layout;

	mini_core_cache_read_layout(cache->core, &layout);
	KUNIT_EXPECT_EQ(test, pages, layout.pages_per_slab);
	KUNIT_EXPECT_EQ(test, objects, layout.objects_per_slab);
}

static void six_objects_of_2_kb_fill_12_kb(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SZ_2K, 0);
	void *objects[6];
	int i;

	/* Blocks are powers of two, so the 12 KB are three slabs of a page. */
	expect_layout(test, cache, 1, 2);
	take_objects(test, cache, 6, objects);
	KUNIT_EXPECT_STREQ(test, "full 3, partial 0, empty 0, objects 6", slabs(test, cache));
	KUNIT_EXPECT_STREQ(test,
			   "0 slab 2, 1 descriptors 3, 2 slab 2, 3 slab 2, 4-7 free, 8-15 free",
			   mini_kunit_blocks(test, arena));
	for (i = 0; i < 6; i += 2) {
		KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(objects[i]));
		KUNIT_EXPECT_PTR_EQ(test, objects[i] + SZ_2K, objects[i + 1]);
	}
	mini_kmem_cache_free(cache, objects[3]);
	KUNIT_EXPECT_STREQ(test, "full 2, partial 1, empty 0, objects 5", slabs(test, cache));
	KUNIT_EXPECT_PTR_EQ(test, objects[3], mini_kmem_cache_alloc(cache, 0));
	mini_kmem_cache_free_bulk(cache, 6, objects);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 0, empty 3, objects 0", slabs(test, cache));
	mini_kmem_cache_destroy(cache);
	KUNIT_EXPECT_STREQ(test, "0-15 free", mini_kunit_blocks(test, arena));
}

static void sixty_four_objects_of_64_bytes_fill_a_page(struct kunit *test)
{
	const struct mini_cache_params off_slab = { .off_slab = true };
	struct mini_arena *arena = mini_kunit_bare_arena(test, 8);
	struct mini_cache *cache =
		mini_kmem_cache_create_engine(arena, "sixty-four", 64, 0, 0, NULL, &off_slab);
	void *objects[65];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	expect_layout(test, cache, 1, 64);
	take_objects(test, cache, 64, objects);
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_PTR_EQ(test, mini_page_address(arena, 0) + 64 * i, objects[i]);
	KUNIT_EXPECT_STREQ(test, "full 1, partial 0, empty 0, objects 64", slabs(test, cache));
	KUNIT_EXPECT_STREQ(test, "0 slab 64, 1 descriptors 1, 2-3 free, 4-7 free",
			   mini_kunit_blocks(test, arena));
	take_objects(test, cache, 1, &objects[64]);
	KUNIT_EXPECT_STREQ(test, "full 1, partial 1, empty 0, objects 65", slabs(test, cache));
	KUNIT_EXPECT_STREQ(test, "0 slab 64, 1 descriptors 2, 2 slab 1, 3 free, 4-7 free",
			   mini_kunit_blocks(test, arena));
	mini_kmem_cache_free_bulk(cache, 65, objects);
	mini_kmem_cache_destroy(cache);
	KUNIT_EXPECT_STREQ(test, "0-7 free", mini_kunit_blocks(test, arena));
}

/*
 * A process is made: its structure comes from a partial slab; if there is none, from an empty one;
 * if there is none, from a new one of contiguous pages.
 */
static void task_structs_come_from_a_partial_then_an_empty_then_a_new_slab(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 17 * SZ_1K / 10, 0);
	void *tasks[18];
	void *task;

	/* Two in a page would waste a sixth of it. */
	expect_layout(test, cache, 4, 9);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 0, empty 0, objects 0", slabs(test, cache));
	take_objects(test, cache, 1, tasks);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 1, empty 0, objects 1", slabs(test, cache));
	take_objects(test, cache, 8, tasks + 1);
	KUNIT_EXPECT_STREQ(test, "full 1, partial 0, empty 0, objects 9", slabs(test, cache));
	take_objects(test, cache, 9, tasks + 9);
	KUNIT_EXPECT_STREQ(test, "full 2, partial 0, empty 0, objects 18", slabs(test, cache));
	KUNIT_EXPECT_STREQ(test,
			   "0-3 slab 9, 4 descriptors 2, 5 free, 6-7 free, 8-11 slab 9, 12-15 free",
			   mini_kunit_blocks(test, arena));

	/* All processes of the first slab end: it stays, empty. */
	mini_kmem_cache_free_bulk(cache, 9, tasks);
	KUNIT_EXPECT_STREQ(test, "full 1, partial 0, empty 1, objects 9", slabs(test, cache));
	/* One of the second: partial, and preferred to the empty one. */
	mini_kmem_cache_free(cache, tasks[12]);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 1, empty 1, objects 8", slabs(test, cache));
	KUNIT_EXPECT_PTR_EQ(test, tasks[12], mini_kmem_cache_alloc(cache, 0));
	KUNIT_EXPECT_STREQ(test, "full 1, partial 0, empty 1, objects 9", slabs(test, cache));
	/* Then the empty one, and the structure that was freed last. */
	KUNIT_EXPECT_PTR_EQ(test, tasks[8], mini_kmem_cache_alloc(cache, 0));
	KUNIT_EXPECT_STREQ(test, "full 1, partial 1, empty 0, objects 10", slabs(test, cache));
	take_objects(test, cache, 8, tasks);
	KUNIT_EXPECT_STREQ(test, "full 2, partial 0, empty 0, objects 18", slabs(test, cache));
	/* Then a new one. */
	task = mini_kmem_cache_alloc(cache, 0);
	KUNIT_EXPECT_STREQ(test, "full 2, partial 1, empty 0, objects 19", slabs(test, cache));
	KUNIT_EXPECT_STREQ(test,
			   "0-3 slab 9, 4 descriptors 3, 5 free, 6-7 free, 8-11 slab 9, 12-15 slab 1",
			   mini_kunit_blocks(test, arena));
	mini_kmem_cache_free(cache, task);
	mini_kmem_cache_free_bulk(cache, 18, tasks);
	mini_kmem_cache_destroy(cache);
	KUNIT_EXPECT_STREQ(test, "0-15 free", mini_kunit_blocks(test, arena));
}

static void four_thread_control_blocks_of_3_kb_share_a_slab(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 3 * SZ_1K, 0);
	void *blocks[6];
	int i;

	/* The group of four is 12 KB; in the block of 16 KB there is room for a fifth. */
	expect_layout(test, cache, 4, 5);
	take_objects(test, cache, 4, blocks);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 1, empty 0, objects 4", slabs(test, cache));
	KUNIT_EXPECT_STREQ(test, "0-3 slab 4, 4 descriptors 1, 5 free, 6-7 free, 8-15 free",
			   mini_kunit_blocks(test, arena));
	/* Contiguous, across the boundaries of pages. */
	for (i = 1; i < 4; i++)
		KUNIT_EXPECT_PTR_EQ(test, blocks[0] + i * 3 * SZ_1K, blocks[i]);
	take_objects(test, cache, 2, blocks + 4);
	KUNIT_EXPECT_STREQ(test, "full 1, partial 1, empty 0, objects 6", slabs(test, cache));
	mini_kmem_cache_free_bulk(cache, 6, blocks);
	mini_kmem_cache_destroy(cache);
	KUNIT_EXPECT_STREQ(test, "0-15 free", mini_kunit_blocks(test, arena));
}

static void four_process_control_blocks_of_7_kb_take_32_kb(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 7 * SZ_1K, 0);
	void *blocks[4];
	int i;

	/* One in two pages wastes an eighth, and so would four in eight. */
	expect_layout(test, cache, 2, 1);
	take_objects(test, cache, 4, blocks);
	KUNIT_EXPECT_STREQ(test, "full 4, partial 0, empty 0, objects 4", slabs(test, cache));
	KUNIT_EXPECT_STREQ(test,
			   "0-1 slab 1, 2 descriptors 4, 3 free, 4-5 slab 1, 6-7 slab 1, 8-9 slab 1, 10-11 free, 12-15 free",
			   mini_kunit_blocks(test, arena));
	for (i = 0; i < 4; i++)
		memset(blocks[i], i, 7 * SZ_1K);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(blocks[i], i, 7 * SZ_1K));
	mini_kmem_cache_free_bulk(cache, 4, blocks);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 0, empty 4, objects 0", slabs(test, cache));
	mini_kmem_cache_destroy(cache);
	KUNIT_EXPECT_STREQ(test, "0-15 free", mini_kunit_blocks(test, arena));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(segment_of_256_kb_is_split_for_21_kb_and_merges_back),
	KUNIT_CASE(halves_merge_step_by_step_to_the_segment),
	KUNIT_CASE(two_pages_come_from_12_and_leave_14_and_15_at_order_1),
	KUNIT_CASE(page_0_waits_for_page_1_and_merges_with_it),
	KUNIT_CASE(six_objects_of_2_kb_fill_12_kb),
	KUNIT_CASE(sixty_four_objects_of_64_bytes_fill_a_page),
	KUNIT_CASE(task_structs_come_from_a_partial_then_an_empty_then_a_new_slab),
	KUNIT_CASE(four_thread_control_blocks_of_3_kb_share_a_slab),
	KUNIT_CASE(four_process_control_blocks_of_7_kb_take_32_kb),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_examples",
	.test_cases = cases,
};

kunit_test_suite(suite);
