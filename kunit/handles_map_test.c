// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_map: MINI_MM_IOC_MAP, the walk over a region block by block.
 */
#include <linux/uaccess.h>

#include "calls.h"

#define REGION_PAGES 128

struct walk {
	struct kunit *test;
	struct mini_kunit_client *client;
	struct mini_mm_block *seen;
	struct mini_mm_block __user *user;
};

static struct walk new_walk(struct kunit *test, struct mini_kunit_client *client)
{
	struct walk walk = { .test = test, .client = client };

	walk.seen = kunit_kcalloc(test, REGION_PAGES, sizeof(*walk.seen), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, walk.seen);
	walk.user = mini_kunit_user_pages(test, 1);
	return walk;
}

/* Up to @room blocks from @page on, to walk->seen. Returns the call's answer. */
static struct mini_mm_map look(struct walk *walk, u32 arena, u64 page, u32 room)
{
	struct mini_mm_map map = {
		.arena = arena,
		.page = page,
		.blocks = (unsigned long)walk->user,
		.count = room,
	};

	KUNIT_ASSERT_EQ(walk->test, 0,
			mini_kunit_ioctl(walk->test, walk->client, MINI_MM_IOC_MAP, &map));
	KUNIT_EXPECT_EQ(walk->test, MINI_MM_WHY_NONE, map.why);
	KUNIT_ASSERT_LE(walk->test, map.count, min_t(u32, room, REGION_PAGES));
	KUNIT_ASSERT_EQ(walk->test, 0UL,
			copy_from_user(walk->seen, walk->user, map.count * sizeof(*walk->user)));
	return map;
}

static void expect_block(struct kunit *test, const struct mini_mm_block *block, u32 page, u16 kind,
			 u16 order)
{
	KUNIT_EXPECT_EQ(test, page, block->page);
	KUNIT_EXPECT_EQ(test, kind, block->kind);
	KUNIT_EXPECT_EQ(test, order, block->order);
}

static void an_empty_region_is_its_free_blocks(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 100);
	struct walk walk = new_walk(test, mini_kunit_open(test));
	struct mini_mm_map map = look(&walk, arena->id, 0, 20);

	KUNIT_ASSERT_EQ(test, 3, map.count);
	KUNIT_EXPECT_EQ(test, 100ULL, map.page);
	expect_block(test, &walk.seen[0], 0, MINI_MM_KIND_FREE, 6);
	expect_block(test, &walk.seen[1], 64, MINI_MM_KIND_FREE, 5);
	expect_block(test, &walk.seen[2], 96, MINI_MM_KIND_FREE, 2);
}

static void blocks_and_slabs_are_shown_with_what_is_in_them(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 8);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct walk walk = new_walk(test, client);
	u32 cache = mini_call_cache(test, client, arena->id, "mapped", 64, MINI_MM_OFF_SLAB);
	int i;

	mini_call_alloc_pages(test, client, arena->id, 1, 0);
	for (i = 0; i < 3; i++)
		mini_call_alloc_object(test, client, cache, 0);
	KUNIT_ASSERT_EQ(test, 4, look(&walk, arena->id, 0, 8).count);
	expect_block(test, &walk.seen[0], 0, MINI_MM_KIND_PAGES, 1);
	expect_block(test, &walk.seen[1], 2, MINI_MM_KIND_SLAB, 0);
	KUNIT_EXPECT_EQ(test, cache, walk.seen[1].cache);
	KUNIT_EXPECT_EQ(test, 3, walk.seen[1].in_use);
	/* The arena's own slab of management data: no cache's. */
	expect_block(test, &walk.seen[2], 3, MINI_MM_KIND_SLAB, 0);
	KUNIT_EXPECT_EQ(test, 0, walk.seen[2].cache);
	KUNIT_EXPECT_EQ(test, 1, walk.seen[2].in_use);
	expect_block(test, &walk.seen[3], 4, MINI_MM_KIND_FREE, 2);
}

static const u32 rooms[] = { 1, 3, 63, 64, 65, 127, 128, MINI_MM_MAP_MAX };

static void describe_room(const u32 *room, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "room for %u", *room);
}

KUNIT_ARRAY_PARAM(room, rooms, describe_room);

/* 128 blocks of a page each: more than are looked at under one hold of the lock. */
static void a_walk_goes_on_where_the_last_call_ended(struct kunit *test)
{
	const u32 room = *(const u32 *)test->param_value;
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct walk walk = new_walk(test, client);
	u64 at = 0;
	u32 i;

	for (i = 0; i < REGION_PAGES; i++)
		mini_call_alloc_pages(test, client, arena->id, 0, 0);
	while (at < REGION_PAGES) {
		struct mini_mm_map map = look(&walk, arena->id, at, room);

		KUNIT_ASSERT_EQ(test, min_t(u64, room, REGION_PAGES - at), map.count);
		KUNIT_ASSERT_EQ(test, at + map.count, map.page);
		for (i = 0; i < map.count; i++)
			expect_block(test, &walk.seen[i], at + i, MINI_MM_KIND_PAGES, 0);
		at = map.page;
	}
	KUNIT_EXPECT_EQ(test, 0, look(&walk, arena->id, at, room).count);
}

static void behind_the_regions_end_there_is_nothing(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct walk walk = new_walk(test, mini_kunit_open(test));
	struct mini_mm_map map = look(&walk, arena->id, REGION_PAGES, 1);

	KUNIT_EXPECT_EQ(test, 0, map.count);
	KUNIT_EXPECT_EQ(test, (u64)REGION_PAGES, map.page);
	map = look(&walk, arena->id, U64_MAX, 1);
	KUNIT_EXPECT_EQ(test, 0, map.count);
	KUNIT_EXPECT_EQ(test, U64_MAX, map.page);
}

static void a_walk_that_starts_inside_a_block_comes_to_the_end(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 8);
	struct walk walk = new_walk(test, mini_kunit_open(test));
	struct mini_mm_map map = look(&walk, arena->id, 5, 8);

	/* Page by page, for what it is part of is not known from there. */
	KUNIT_ASSERT_EQ(test, 3, map.count);
	KUNIT_EXPECT_EQ(test, 8ULL, map.page);
	expect_block(test, &walk.seen[0], 5, MINI_MM_KIND_FREE, 0);
	expect_block(test, &walk.seen[2], 7, MINI_MM_KIND_FREE, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_empty_region_is_its_free_blocks),
	KUNIT_CASE(blocks_and_slabs_are_shown_with_what_is_in_them),
	KUNIT_CASE_PARAM(a_walk_goes_on_where_the_last_call_ended, room_gen_params),
	KUNIT_CASE(behind_the_regions_end_there_is_nothing),
	KUNIT_CASE(a_walk_that_starts_inside_a_block_comes_to_the_end),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_map",
	.test_cases = cases,
};

kunit_test_suite(suite);
