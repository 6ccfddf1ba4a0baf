// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_compaction: movable blocks of clients go to the region's start; what is in use stays.
 */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mman.h>

#include "blocks.h"
#include "calls.h"

#define REGION_PAGES 16

/* The handle of a block of one page at each page of the region. */
static void fill_region(struct kunit *test, struct mini_kunit_client *client, struct mini_arena *arena, u64 *handles,
			u32 flags)
{
	struct mini_mm_handle_info info;
	u64 handle;
	int i;

	for (i = 0; i < REGION_PAGES; i++) {
		handle = mini_call_alloc_pages(test, client, arena->id, 0, flags);
		mini_call_handle_info(test, client, handle, &info);
		handles[info.page] = handle;
		KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, client, handle, 0, 0, info.page + 1));
	}
}

static void free_all(struct kunit *test, struct mini_kunit_client *client, const u64 *handles)
{
	int i;

	for (i = 0; i < REGION_PAGES; i++)
		if (handles[i])
			KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handles[i]));
}

static void give(struct kunit *test, struct mini_kunit_client *client, u64 *handles, u32 page)
{
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handles[page]));
	handles[page] = 0;
}

static u64 compact(struct kunit *test, struct mini_kunit_client *client, struct mini_arena *arena)
{
	struct mini_mm_target target;

	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_COMPACT, arena->id, &target));
	return target.freed;
}

static void movable_blocks_go_down_with_their_content(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handles[REGION_PAGES];
	u32 page;

	fill_region(test, client, arena, handles, MINI_MM_MOVABLE);
	for (page = 0; page < REGION_PAGES; page += 2)
		give(test, client, handles, page);
	KUNIT_EXPECT_STREQ(test, "8 0 0 0 0", mini_kunit_free_blocks(test, arena));
	KUNIT_EXPECT_EQ(test, 4, compact(test, client, arena));
	KUNIT_EXPECT_STREQ(test,
			   "0 used, 1 used, 2 used, 3 used, 4 used, 5 used, 6 used, 7 used, 8-15 free",
			   mini_kunit_blocks(test, arena));
	for (page = 1; page < REGION_PAGES; page += 2)
		KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, client, handles[page], 0, 0, page + 1));
	/* Once more there is nothing left to move. */
	KUNIT_EXPECT_EQ(test, 0, compact(test, client, arena));
	free_all(test, client, handles);
}

static void what_was_moved_away_from_is_merged_by_a_lazy_engine_too(struct kunit *test)
{
	struct mini_mm_arena_create create = { .name = "lazy", .page_engine = "lazy", .size = 128 << PAGE_SHIFT };
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_info info;
	struct mini_mm_target target;
	u64 *handles = kunit_kcalloc(test, 128, sizeof(*handles), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, handles);
	KUNIT_ASSERT_EQ(test, 0L, mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &create));
	for (i = 0; i < 128; i++)
		handles[i] = mini_call_alloc_pages(test, client, create.id, 0, MINI_MM_MOVABLE);
	for (i = 0; i < 128; i += 2)
		KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handles[i]));
	KUNIT_EXPECT_EQ(test, 0, mini_call_target(test, client, MINI_MM_IOC_ARENA_COMPACT, create.id, &target));
	KUNIT_EXPECT_EQ(test, 32, target.freed);
	mini_call_arena_info(test, client, create.id, &info);
	KUNIT_EXPECT_EQ(test, 1, info.free_blocks[6]);
	KUNIT_EXPECT_EQ(test, 0, info.delayed_pages);
}

static void what_cannot_be_moved_stays(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handles[REGION_PAGES];

	fill_region(test, client, arena, handles, 0);
	give(test, client, handles, 0);
	give(test, client, handles, 8);
	KUNIT_EXPECT_EQ(test, 0, compact(test, client, arena));
	KUNIT_EXPECT_STREQ(test, "2 0 0 0 0", mini_kunit_free_blocks(test, arena));
	free_all(test, client, handles);
}

static void a_mapped_block_stays_where_it_is(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handles[REGION_PAGES];
	struct mini_mm_handle_info info;
	unsigned long address;

	fill_region(test, client, arena, handles, MINI_MM_MOVABLE);
	give(test, client, handles, 0);
	address = vm_mmap(client->file, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, handles[15] << PAGE_SHIFT);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(address));
	/* 14 goes instead. */
	KUNIT_EXPECT_EQ(test, 1, compact(test, client, arena));
	mini_call_handle_info(test, client, handles[15], &info);
	KUNIT_EXPECT_EQ(test, 15, info.page);
	mini_call_handle_info(test, client, handles[14], &info);
	KUNIT_EXPECT_EQ(test, 0, info.page);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(address, PAGE_SIZE));
	free_all(test, client, handles);
}

static void a_block_that_a_call_uses_stays_where_it_is(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_handle *used;
	u64 handles[REGION_PAGES];
	int error;

	fill_region(test, client, arena, handles, MINI_MM_MOVABLE);
	give(test, client, handles, 0);
	used = mini_handle_get(client->file->private_data, handles[15], &error, NULL);
	KUNIT_ASSERT_NOT_NULL(test, used);
	KUNIT_EXPECT_EQ(test, 1, compact(test, client, arena));
	KUNIT_EXPECT_PTR_EQ(test, used->address, mini_page_address(arena, 15));
	mini_handle_put(used);
	free_all(test, client, handles);
}

static void kept_blocks_are_moved_too(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handles[REGION_PAGES];

	fill_region(test, client, arena, handles, MINI_MM_MOVABLE | MINI_MM_KEEP);
	give(test, client, handles, 3);
	KUNIT_EXPECT_EQ(test, 1, compact(test, client, arena));
	KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, client, handles[15], 0, 0, 16));
	free_all(test, client, handles);
}

static void a_larger_request_compacts_before_it_is_refused(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handles[REGION_PAGES];
	u64 large;
	u32 page;

	fill_region(test, client, arena, handles, MINI_MM_MOVABLE);
	for (page = 0; page < REGION_PAGES; page += 2)
		give(test, client, handles, page);
	large = mini_call_alloc_pages(test, client, arena->id, 3, 0);
	for (page = 1; page < REGION_PAGES; page += 2)
		KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, client, handles[page], 0, 0, page + 1));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, large));
	free_all(test, client, handles);
}

/* --- while others use what is moved ----------------------------------------------------------------- */

struct mover {
	struct mini_arena *arena;
	u64 moved;
};

static int compact_all_the_time(void *data)
{
	struct mover *mover = data;
	u64 moved;

	while (!kthread_should_stop()) {
		down_read(&mini_registry);
		mini_arena_compact(mover->arena, &moved);
		up_read(&mini_registry);
		WRITE_ONCE(mover->moved, mover->moved + moved);
		cond_resched();
	}
	return 0;
}

#define ROUNDS 2000
/* A thread that does not get to run moves nothing: then there are more rounds, but not for ever. */
#define MOST_ROUNDS 200000
#define ENOUGH_MOVED 100

static bool goes_on(int round, const struct mover *mover)
{
	return round < ROUNDS || (round < MOST_ROUNDS && READ_ONCE(mover->moved) < ENOUGH_MOVED);
}

/* Blocks come and go at both ends; each keeps its content wherever it goes. */
static void blocks_are_used_while_they_are_moved(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mover mover = { .arena = arena };
	u64 handles[REGION_PAGES] = {};
	struct task_struct *thread;
	int round;

	thread = kthread_run(compact_all_the_time, &mover, "mini-mm-mover");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	for (round = 0; goes_on(round, &mover); round++) {
		int at = round * 7 % (REGION_PAGES - 2);

		if (handles[at]) {
			KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, client, handles[at], 0, 0, at + 1));
			give(test, client, handles, at);
		} else {
			handles[at] = mini_call_alloc_pages(test, client, arena->id, 0, MINI_MM_MOVABLE);
			KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, client, handles[at], 0, 0, at + 1));
		}
	}
	kthread_stop(thread);
	KUNIT_EXPECT_GE(test, mover.moved, ENOUGH_MOVED);
	free_all(test, client, handles);
}

static void an_arena_that_is_not_there_is_refused(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_target target;
	long result = mini_call_target(test, client, MINI_MM_IOC_ARENA_COMPACT, 0x7ffffff0, &target);

	mini_expect_refused(test, "compact", MINI_MM_WHY_NO_ARENA, result, target.why);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(movable_blocks_go_down_with_their_content),
	KUNIT_CASE(what_was_moved_away_from_is_merged_by_a_lazy_engine_too),
	KUNIT_CASE(what_cannot_be_moved_stays),
	KUNIT_CASE(a_mapped_block_stays_where_it_is),
	KUNIT_CASE(a_block_that_a_call_uses_stays_where_it_is),
	KUNIT_CASE(kept_blocks_are_moved_too),
	KUNIT_CASE(a_larger_request_compacts_before_it_is_refused),
	KUNIT_CASE(blocks_are_used_while_they_are_moved),
	KUNIT_CASE(an_arena_that_is_not_there_is_refused),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_compaction",
	.test_cases = cases,
};

kunit_test_suite(suite);
