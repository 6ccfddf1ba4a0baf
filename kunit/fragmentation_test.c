// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_fragmentation: what /proc/mini_pagetypeinfo and the indexes under debugfs say of a known state.
 */
#include <linux/err.h>
#include <linux/sizes.h>

#include "blocks.h"
#include "files.h"

#define ROOT "/sys/kernel/debug/mini_mm/"
#define PAGETYPEINFO "/proc/mini_pagetypeinfo"
#define ARENA "kunitfrag"

/* Every second page of 16 is in use. */
static struct mini_arena *checkerboard(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_called(test, ARENA, 16);
	int page;

	for (page = 0; page < 16; page++)
		mini_kunit_take_block(test, arena, 0);
	for (page = 0; page < 16; page += 2)
		mini_kunit_give_block(arena, page, 0);
	return arena;
}

static void give_the_rest(struct mini_arena *arena)
{
	int page;

	for (page = 1; page < 16; page += 2)
		mini_kunit_give_block(arena, page, 0);
}

static bool has_debugfs(void)
{
	struct file *root = filp_open(ROOT, O_RDONLY | O_DIRECTORY, 0);

	if (IS_ERR(root))
		return false;
	filp_close(root, NULL);
	return true;
}

static void pages_that_lie_scattered_are_unusable_for_larger_requests(struct kunit *test)
{
	struct mini_arena *arena;
	char *line;

	if (!has_debugfs())
		kunit_skip(test, "there is no " ROOT);
	arena = checkerboard(test);
	line = mini_kunit_line(test, mini_kunit_file_text(test, ROOT "unusable_index"),
			       "Node 0, zone kunitfrag ");
	KUNIT_EXPECT_STREQ(test,
			   "Node 0, zone kunitfrag 0.000 1.000 1.000 1.000 1.000 1.000 1.000 1.000 1.000 1.000 1.000 ",
			   line);
	/* 8 pages free in 8 blocks: 1 - (1 + 8 / 2^order) / 8. */
	line = mini_kunit_line(test, mini_kunit_file_text(test, ROOT "extfrag_index"),
			       "Node 0, zone kunitfrag ");
	KUNIT_EXPECT_STREQ(test,
			   "Node 0, zone kunitfrag -1.000  0.375  0.625  0.750  0.813  0.844  0.860  0.868  0.872  0.874  0.875 ",
			   line);
	give_the_rest(arena);
}

static void pagetypeinfo_counts_free_blocks_and_pageblocks_by_type(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_called(test, ARENA, SZ_16M >> PAGE_SHIFT);
	struct page *movable = mini_alloc_pages(arena, __GFP_MOVABLE, 0);
	struct page *reclaimable = mini_alloc_pages(arena, __GFP_RECLAIMABLE, 1);
	char *text;

	KUNIT_ASSERT_NOT_NULL(test, movable);
	KUNIT_ASSERT_NOT_NULL(test, reclaimable);
	mini_arena_drain(arena);
	text = mini_kunit_file_text(test, PAGETYPEINFO);
	KUNIT_EXPECT_TRUE(test, strstarts(text, "Page block order: 9\nPages per block:  512\n\n"));
	/* Each took one block of two pageblocks for its type. */
	KUNIT_EXPECT_STREQ(test,
			   "Node    0, zone kunitfrag, type    Unmovable      0      0      0      0      0      0      0      0      0      0      2 ",
			   mini_kunit_line(test, text, "Node    0, zone kunitfrag, type    Unmovable"));
	KUNIT_EXPECT_STREQ(test,
			   "Node    0, zone kunitfrag, type      Movable      1      1      1      1      1      1      1      1      1      1      0 ",
			   mini_kunit_line(test, text, "Node    0, zone kunitfrag, type      Movable"));
	KUNIT_EXPECT_STREQ(test,
			   "Node    0, zone kunitfrag, type  Reclaimable      0      1      1      1      1      1      1      1      1      1      0 ",
			   mini_kunit_line(test, text, "Node    0, zone kunitfrag, type  Reclaimable"));
	KUNIT_EXPECT_STREQ(test,
			   "Number of blocks type     Unmovable      Movable  Reclaimable ",
			   mini_kunit_line(test, text, "Number of blocks type"));
	KUNIT_EXPECT_STREQ(test, "Node 0, zone kunitfrag            4            2            2 ",
			   mini_kunit_line(test, text, "Node 0, zone kunitfrag"));
	mini_free_pages(arena, movable, 0);
	mini_free_pages(arena, reclaimable, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_that_lie_scattered_are_unusable_for_larger_requests),
	KUNIT_CASE(pagetypeinfo_counts_free_blocks_and_pageblocks_by_type),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_fragmentation",
	.test_cases = cases,
};

kunit_test_suite(suite);
