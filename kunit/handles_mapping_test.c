// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_mapping: page blocks mapped into a process.
 *
 * A mapping outlives its case unless the case unmaps it: so while there is one, nothing is
 * asserted.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "calls.h"

#define REGION_PAGES 64
#define LEFT 0xee

static unsigned long map(struct mini_kunit_client *client, u64 handle, unsigned long pages,
			 unsigned long prot, unsigned long flags)
{
	return vm_mmap(client->file, 0, pages << PAGE_SHIFT, prot, flags, handle << PAGE_SHIFT);
}

static unsigned long map_shared(struct kunit *test, struct mini_kunit_client *client, u64 handle,
				unsigned long pages)
{
	unsigned long address = map(client, handle, pages, PROT_READ | PROT_WRITE, MAP_SHARED);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR_VALUE(address), "mmap: %ld", (long)address);
	return address;
}

static void unmap(struct kunit *test, unsigned long address, unsigned long pages)
{
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(address, pages << PAGE_SHIFT));
}

static u32 mappings(struct kunit *test, struct mini_kunit_client *client, u64 handle)
{
	struct mini_mm_handle_info info;

	mini_call_handle_info(test, client, handle, &info);
	return info.mapped;
}

/* --- what is seen ---------------------------------------------------------------------------- */

static void a_mapped_block_shows_and_takes_its_content(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 1, 0);
	u8 *memory = mini_page_address(arena, 0);
	unsigned long address;
	u8 byte = 0x55;

	KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, client, handle, 0, 0, 0x42));
	memory[PAGE_SIZE] = 0x43;
	address = map_shared(test, client, handle, 2);
	KUNIT_EXPECT_EQ(test, 0UL,
			copy_to_user((void __user *)address + 2 * PAGE_SIZE - 1, &byte, 1));
	KUNIT_EXPECT_EQ(test, 0x55, memory[2 * PAGE_SIZE - 1]);
	KUNIT_EXPECT_EQ(test, 0UL, copy_from_user(&byte, (void __user *)address, 1));
	KUNIT_EXPECT_EQ(test, 0x42, byte);
	KUNIT_EXPECT_EQ(test, 0UL, copy_from_user(&byte, (void __user *)address + PAGE_SIZE, 1));
	KUNIT_EXPECT_EQ(test, 0x43, byte);
	unmap(test, address, 2);
	KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, client, handle, 2 * PAGE_SIZE - 1, 0, 0x55));
}

static void a_mapping_shows_nothing_of_what_others_have_left(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u8 *memory = mini_page_address(arena, 0);
	unsigned long address;
	u64 handle;

	memset(memory, LEFT, 3 * PAGE_SIZE);
	handle = mini_call_alloc_pages(test, client, arena->id, 1, 0);
	KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, client, handle, 100, 10, 0x42));
	/* Of a page only, but the whole block is cleared: the rest may be mapped too. */
	address = map_shared(test, client, handle, 1);
	KUNIT_EXPECT_NULL(test, memchr_inv(memory, 0, 100));
	KUNIT_EXPECT_NULL(test, memchr_inv(memory + 100, 0x42, 10));
	KUNIT_EXPECT_NULL(test, memchr_inv(memory + 110, 0, 2 * PAGE_SIZE - 110));
	KUNIT_EXPECT_NULL(test, memchr_inv(memory + 2 * PAGE_SIZE, LEFT, PAGE_SIZE));
	unmap(test, address, 1);
}

static void what_a_mapping_wrote_is_not_taken_for_unwritten(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	unsigned long address = map_shared(test, client, handle, 1);
	u8 byte = 0x55;

	KUNIT_EXPECT_EQ(test, 0UL, copy_to_user((void __user *)address + 500, &byte, 1));
	KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, client, handle, 1000, 10, 0x42));
	KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, client, handle, 500, 1, 0x55));
	unmap(test, address, 1);
}

static void a_mapping_for_reading_cannot_be_written(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	unsigned long address = map(client, handle, 1, PROT_READ, MAP_SHARED);
	u8 byte = 0x55;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(address));
	KUNIT_EXPECT_EQ(test, 1UL, copy_to_user((void __user *)address, &byte, 1));
	KUNIT_EXPECT_EQ(test, 0UL, copy_from_user(&byte, (void __user *)address, 1));
	KUNIT_EXPECT_EQ(test, 0, byte);
	unmap(test, address, 1);
}

/* --- as long as there is one ----------------------------------------------------------------- */

static void a_mapped_block_cannot_be_freed(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 1, 0);
	unsigned long address = map_shared(test, client, handle, 2);
	const struct mini_mm_op op = { .opcode = MINI_MM_OP_PAGE_FREE, .handle = handle };

	KUNIT_EXPECT_EQ(test, 1, mappings(test, client, handle));
	KUNIT_EXPECT_EQ(test, -EBUSY, mini_call_op(test, client, op).result);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_MAPPED, mini_call_free_pages(test, client, handle));
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 2, mini_kunit_free_pages(arena));
	unmap(test, address, 2);
	KUNIT_EXPECT_EQ(test, 0, mappings(test, client, handle));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handle));
	mini_kunit_expect_whole(test, arena);
}

static void each_mapping_counts(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 1, 0);
	unsigned long first = map_shared(test, client, handle, 2);
	unsigned long second = map_shared(test, client, handle, 1);

	KUNIT_EXPECT_EQ(test, 2, mappings(test, client, handle));
	unmap(test, first, 2);
	KUNIT_EXPECT_EQ(test, 1, mappings(test, client, handle));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_MAPPED, mini_call_free_pages(test, client, handle));
	unmap(test, second, 1);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handle));
}

/* As after a fork: the kernel makes two mappings of one. */
static void the_parts_of_a_mapping_that_was_cut_count(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 2, 0);
	unsigned long address = map_shared(test, client, handle, 4);

	unmap(test, address + PAGE_SIZE, 1);
	KUNIT_EXPECT_EQ(test, 2, mappings(test, client, handle));
	unmap(test, address, 1);
	KUNIT_EXPECT_EQ(test, 1, mappings(test, client, handle));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_MAPPED, mini_call_free_pages(test, client, handle));
	unmap(test, address + 2 * PAGE_SIZE, 2);
	KUNIT_EXPECT_EQ(test, 0, mappings(test, client, handle));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handle));
	mini_kunit_expect_whole(test, arena);
}

static void a_reset_leaves_what_is_mapped(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 arena = mini_call_arena(test, client, "kunit-mapped", REGION_PAGES, 0);
	u64 mapped = mini_call_alloc_pages(test, client, arena, 0, MINI_MM_KEEP);
	u64 other = mini_call_alloc_pages(test, client, arena, 0, MINI_MM_KEEP);
	unsigned long address = map_shared(test, client, mapped, 1);
	struct mini_mm_target target;

	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_RESET, arena, &target));
	KUNIT_EXPECT_EQ(test, 1ULL, target.freed);
	KUNIT_EXPECT_EQ(test, 1ULL, target.live);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, mini_call_free_pages(test, client, other));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, arena, &target));
	KUNIT_EXPECT_EQ(test, 1ULL, target.live);
	unmap(test, address, 1);
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_RESET, arena, &target));
	KUNIT_EXPECT_EQ(test, 1ULL, target.freed);
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, arena, &target));
}

static bool free_pages_become(struct mini_arena *arena, u32 pages)
{
	int patience;

	/* The last reference to a file goes in a worker of the kernel's. */
	for (patience = 1000; patience && mini_kunit_free_pages(arena) != pages; patience--) {
		flush_delayed_fput();
		usleep_range(1000, 2000);
	}
	return patience;
}

static void a_mapping_outlives_the_descriptor_and_its_end_is_the_blocks(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u8 *memory = mini_page_address(arena, 0);
	unsigned long address;
	u8 byte = 0x55;
	u64 handle;

	handle = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	address = map_shared(test, client, handle, 1);
	mini_kunit_close(test, client);
	KUNIT_EXPECT_EQ(test, 0UL, copy_to_user((void __user *)address, &byte, 1));
	KUNIT_EXPECT_EQ(test, 0x55, *memory);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 1, mini_kunit_free_pages(arena));
	unmap(test, address, 1);
	KUNIT_EXPECT_TRUE(test, free_pages_become(arena, REGION_PAGES));
}

/* --- what cannot be mapped ------------------------------------------------------------------- */

static void only_ones_own_and_kept_blocks_can_be_mapped_shared_and_whole(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, client, arena->id, "objects", 4096, 0);
	u64 object = mini_call_alloc_object(test, client, cache, 0);
	u64 block = mini_call_alloc_pages(test, client, arena->id, 1, 0);
	u64 kept = mini_call_alloc_pages(test, client, arena->id, 0, MINI_MM_KEEP);
	const unsigned long rw = PROT_READ | PROT_WRITE;
	unsigned long address;

	KUNIT_EXPECT_EQ(test, (unsigned long)-EINVAL, map(client, block, 1, rw, MAP_PRIVATE));
	KUNIT_EXPECT_EQ(test, (unsigned long)-EINVAL,
			map(client, block, 1, PROT_READ, MAP_PRIVATE));
	KUNIT_EXPECT_EQ(test, (unsigned long)-ERANGE, map(client, block, 3, rw, MAP_SHARED));
	KUNIT_EXPECT_EQ(test, (unsigned long)-EBADF, map(client, object, 1, rw, MAP_SHARED));
	KUNIT_EXPECT_EQ(test, (unsigned long)-EACCES, map(other, block, 1, rw, MAP_SHARED));
	KUNIT_EXPECT_EQ(test, (unsigned long)-ENOENT, map(client, 0, 1, rw, MAP_SHARED));
	KUNIT_EXPECT_EQ(test, (unsigned long)-ENOENT,
			map(client, kept + 1000000, 1, rw, MAP_SHARED));
	/* None of these has left a mark. */
	KUNIT_EXPECT_EQ(test, 0, mappings(test, client, block));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, block));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, object));

	address = map_shared(test, other, kept, 1);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_MAPPED, mini_call_free_pages(test, client, kept));
	unmap(test, address, 1);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, kept));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_mapped_block_shows_and_takes_its_content),
	KUNIT_CASE(a_mapping_shows_nothing_of_what_others_have_left),
	KUNIT_CASE(what_a_mapping_wrote_is_not_taken_for_unwritten),
	KUNIT_CASE(a_mapping_for_reading_cannot_be_written),
	KUNIT_CASE(a_mapped_block_cannot_be_freed),
	KUNIT_CASE(each_mapping_counts),
	KUNIT_CASE(the_parts_of_a_mapping_that_was_cut_count),
	KUNIT_CASE(a_reset_leaves_what_is_mapped),
	KUNIT_CASE(a_mapping_outlives_the_descriptor_and_its_end_is_the_blocks),
	KUNIT_CASE(only_ones_own_and_kept_blocks_can_be_mapped_shared_and_whole),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_mapping",
	.test_cases = cases,
};

kunit_test_suite(suite);
