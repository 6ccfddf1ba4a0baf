// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_concurrency_device: clients of the device in several threads.
 */
#include <linux/file.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "seat.h"

/* --- clients of their own ----------------------------------------------------------------------------- */

static void work_alone(struct mini_kunit_thread *thread)
{
	struct mini_kunit_seat *seat = mini_kunit_seat_of(thread);
	struct mini_mm_op *ops = seat->ops;
	u8 byte = thread->index + 1;
	u64 handle;
	int round;

	for (round = 0; round < 200; round++) {
		bool object = mini_kunit_below(&thread->random, 2);

		ops[0] = object ? mini_kunit_alloc_object(seat->table->cache, 0) :
				  mini_kunit_alloc_pages(seat->table->arena, mini_kunit_below(&thread->random, 3), 0);
		if (mini_kunit_batch(seat, 1) || ops[0].result) {
			atomic_inc(&seat->table->odd);
			continue;
		}
		handle = ops[0].handle;
		/* What was there before is not shown. */
		ops[0] = (struct mini_mm_op){ .opcode = MINI_MM_OP_CHECK, .handle = handle };
		ops[1] = (struct mini_mm_op){ .opcode = MINI_MM_OP_FILL, .handle = handle, .byte = byte };
		ops[2] = (struct mini_mm_op){ .opcode = MINI_MM_OP_CHECK, .handle = handle, .byte = byte };
		ops[3] = mini_kunit_free(handle, object);
		ops[4] = ops[2];
		if (mini_kunit_batch(seat, 5) || ops[0].result || ops[1].result || ops[2].result ||
		    ops[3].result || ops[4].result != -ENOENT)
			atomic_inc(&seat->table->odd);
	}
}

static void clients_do_not_disturb_each_other(struct kunit *test)
{
	struct mini_kunit_table *table = mini_kunit_lay_table(test, 256);

	mini_kunit_run(test, work_alone, table);
	mini_kunit_clear_table(test, table);
}

/* --- handles of all ------------------------------------------------------------------------------------ */

/* From a place of its own on, so that threads meet everywhere. */
static void free_what_is_kept(struct mini_kunit_thread *thread)
{
	struct mini_kunit_seat *seat = mini_kunit_seat_of(thread);
	struct mini_kunit_table *table = seat->table;
	u32 start = mini_kunit_below(&thread->random, MINI_KUNIT_KEPT);
	int i, j;

	mini_kunit_meet(thread);
	for (i = 0; i < MINI_KUNIT_KEPT; i += MINI_KUNIT_OPS) {
		for (j = 0; j < MINI_KUNIT_OPS; j++)
			seat->ops[j] = mini_kunit_free(table->kept[(start + i + j) % MINI_KUNIT_KEPT],
						       table->objects);
		if (mini_kunit_batch(seat, MINI_KUNIT_OPS))
			atomic_inc(&table->odd);
		for (j = 0; j < MINI_KUNIT_OPS; j++) {
			if (!seat->ops[j].result)
				atomic_inc(&table->freed);
			else if (seat->ops[j].result != -ENOENT ||
				 seat->ops[j].why != MINI_MM_WHY_NO_HANDLE)
				atomic_inc(&table->odd);
		}
	}
}

struct kind {
	const char *name;
	bool objects;
};

static const struct kind kinds[] = { { "pages", false }, { "objects", true } };
KUNIT_ARRAY_PARAM_DESC(kind, kinds, name);

static void of_frees_of_one_handle_one_succeeds(struct kunit *test)
{
	const struct kind *param = test->param_value;
	struct mini_kunit_table *table = mini_kunit_lay_table(test, 256);

	mini_kunit_keep(test, table, param->objects);
	mini_kunit_run(test, free_what_is_kept, table);
	KUNIT_EXPECT_EQ(test, MINI_KUNIT_KEPT, atomic_read(&table->freed));
	mini_kunit_clear_table(test, table);
}

static void reset_or_free(struct mini_kunit_thread *thread)
{
	struct mini_kunit_seat *seat = mini_kunit_seat_of(thread);
	struct mini_mm_target target = { .id = seat->table->arena };

	if (thread->index) {
		free_what_is_kept(thread);
		return;
	}
	mini_kunit_meet(thread);
	if (mini_kunit_call(seat, MINI_MM_IOC_ARENA_RESET, &target))
		atomic_inc(&seat->table->odd);
	atomic_add(target.freed, &seat->table->freed);
}

static void a_handle_is_freed_by_a_reset_or_by_a_client(struct kunit *test)
{
	struct mini_kunit_table *table = mini_kunit_lay_table(test, 256);

	mini_kunit_keep(test, table, false);
	mini_kunit_run(test, reset_or_free, table);
	KUNIT_EXPECT_EQ(test, MINI_KUNIT_KEPT, atomic_read(&table->freed));
	mini_kunit_clear_table(test, table);
}

/* Walks all handles until none is left. */
static void list_handles(struct mini_kunit_thread *thread)
{
	struct mini_kunit_seat *seat = mini_kunit_seat_of(thread);
	struct mini_mm_handle_info info = {};
	long error = 0;
	u64 before = 0;

	for (; !error; before = info.handle) {
		info = (struct mini_mm_handle_info){ .lookup = MINI_MM_LOOKUP_NEXT, .handle = before };
		error = mini_kunit_call(seat, MINI_MM_IOC_HANDLE_INFO, &info);
		if (!error && (info.handle <= before || !info.size))
			atomic_inc(&seat->table->odd);
	}
	if (error != -ENOENT)
		atomic_inc(&seat->table->odd);
}

static void list_or_free(struct mini_kunit_thread *thread)
{
	int i;

	if (thread->index) {
		free_what_is_kept(thread);
		return;
	}
	mini_kunit_meet(thread);
	for (i = 0; i < 10; i++)
		list_handles(thread);
}

static void handles_may_be_listed_while_they_are_freed(struct kunit *test)
{
	struct mini_kunit_table *table = mini_kunit_lay_table(test, 256);

	mini_kunit_keep(test, table, true);
	mini_kunit_run(test, list_or_free, table);
	KUNIT_EXPECT_EQ(test, MINI_KUNIT_KEPT, atomic_read(&table->freed));
	mini_kunit_clear_table(test, table);
}

/* --- content of one block ------------------------------------------------------------------------------ */

/* Of the kept blocks: each takes a meeting of all threads. */
#define CONTESTED 32

#define HALF (PAGE_SIZE / 2)

static struct mini_mm_op on_half(u32 opcode, u64 handle, int half, u8 byte)
{
	return (struct mini_mm_op){
		.opcode = opcode,
		.handle = handle,
		.offset = half * HALF,
		.length = HALF,
		.byte = byte,
	};
}

/* Each half is all zero or all filled, and once filled it stays so. */
static bool seen_whole(const struct mini_mm_op *zero, const struct mini_mm_op *filled)
{
	return !zero->result || !filled->result;
}

/* Two of the threads fill a half each of a block that all look at. */
static void fill_a_half(struct mini_kunit_thread *thread)
{
	struct mini_kunit_seat *seat = mini_kunit_seat_of(thread);
	struct mini_mm_op *ops = seat->ops;
	int half = thread->index % 2;
	int i;

	for (i = 0; i < CONTESTED; i++) {
		u64 handle = seat->table->kept[i];

		mini_kunit_meet(thread);
		ops[0] = on_half(MINI_MM_OP_CHECK, handle, !half, 0);
		ops[1] = on_half(MINI_MM_OP_CHECK, handle, !half, !half + 1);
		ops[2] = on_half(MINI_MM_OP_FILL, handle, half, half + 1);
		ops[3] = on_half(MINI_MM_OP_CHECK, handle, !half, 0);
		ops[4] = on_half(MINI_MM_OP_CHECK, handle, !half, !half + 1);
		ops[5] = on_half(MINI_MM_OP_CHECK, handle, half, half + 1);
		if (mini_kunit_batch(seat, 6) || !seen_whole(&ops[0], &ops[1]) ||
		    !seen_whole(&ops[3], &ops[4]) || ops[2].result || ops[5].result)
			atomic_inc(&seat->table->odd);
	}
}

static void what_nobody_has_written_reads_as_zero_while_others_write(struct kunit *test)
{
	struct mini_kunit_table *table = mini_kunit_lay_table(test, MINI_KUNIT_KEPT);
	struct page *stale = mini_alloc_pages(table->in, 0, ilog2(MINI_KUNIT_KEPT));

	KUNIT_ASSERT_NOT_NULL(test, stale);
	memset(page_address(stale), 0x5a, MINI_KUNIT_KEPT * PAGE_SIZE);
	mini_free_pages(table->in, stale, ilog2(MINI_KUNIT_KEPT));
	mini_kunit_keep(test, table, false);
	mini_kunit_run(test, fill_a_half, table);
	mini_kunit_free_kept(test, table);
	mini_kunit_clear_table(test, table);
}

/* --- mapping ------------------------------------------------------------------------------------------- */

static bool use_mapping(u64 __user *at, u64 tag)
{
	u64 seen = 0;

	return !copy_to_user(at, &tag, sizeof(tag)) && !copy_from_user(&seen, at, sizeof(seen)) && seen == tag;
}

/* Maps a handle until it is gone. What it writes stays while it is mapped. */
static void map_it(struct mini_kunit_thread *thread, u64 handle)
{
	struct mini_kunit_seat *seat = mini_kunit_seat_of(thread);
	unsigned long at;
	int i;

	for (i = 0; i < 50; i++) {
		at = vm_mmap(seat->client->file, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			     handle << PAGE_SHIFT);
		if (IS_ERR_VALUE(at)) {
			atomic_add(at != -ENOENT, &seat->table->odd);
			return;
		}
		atomic_add(!use_mapping((u64 __user *)at, handle), &seat->table->odd);
		vm_munmap(at, PAGE_SIZE);
	}
}

/* Frees it as soon as it is not mapped, and writes over what it had been. */
static void free_it(struct mini_kunit_thread *thread, u64 handle)
{
	struct mini_kunit_seat *seat = mini_kunit_seat_of(thread);
	struct mini_kunit_block block;

	do {
		seat->ops[0] = mini_kunit_free(handle, false);
		atomic_add(mini_kunit_batch(seat, 1), &seat->table->odd);
		cond_resched();
	} while (seat->ops[0].result == -EBUSY && seat->ops[0].why == MINI_MM_WHY_MAPPED);
	atomic_add(seat->ops[0].result && seat->ops[0].result != -ENOENT, &seat->table->odd);
	atomic_add(!seat->ops[0].result, &seat->table->freed);
	if (mini_kunit_take(&block, seat->table->in, NULL, 0, ~handle))
		mini_kunit_give(&block, seat->table->in);
}

static void map_or_free(struct mini_kunit_thread *thread)
{
	struct mini_kunit_table *table = mini_kunit_seat_of(thread)->table;
	int i;

	for (i = 0; i < CONTESTED; i++) {
		mini_kunit_meet(thread);
		if (thread->index % 2)
			free_it(thread, table->kept[i]);
		else
			map_it(thread, table->kept[i]);
	}
}

static void a_mapped_block_stays_until_it_is_unmapped(struct kunit *test)
{
	struct mini_kunit_table *table = mini_kunit_lay_table(test, 256);

	mini_kunit_keep(test, table, false);
	mini_kunit_run(test, map_or_free, table);
	KUNIT_EXPECT_EQ(test, CONTESTED, atomic_read(&table->freed));
	mini_kunit_free_kept(test, table);
	mini_kunit_clear_table(test, table);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(clients_do_not_disturb_each_other),
	KUNIT_CASE_PARAM(of_frees_of_one_handle_one_succeeds, kind_gen_params),
	KUNIT_CASE(a_handle_is_freed_by_a_reset_or_by_a_client),
	KUNIT_CASE(handles_may_be_listed_while_they_are_freed),
	KUNIT_CASE(what_nobody_has_written_reads_as_zero_while_others_write),
	KUNIT_CASE(a_mapped_block_stays_until_it_is_unmapped),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_concurrency_device",
	.test_cases = cases,
};

kunit_test_suite(suite);
