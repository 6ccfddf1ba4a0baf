// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_memory: user memory that cannot be read or written. The call fails with
 * EFAULT, and nothing has happened. Memory that goes away meanwhile is the matter of handles_lost.
 */
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "calls.h"

#define REGION_PAGES 64

static long call(struct mini_kunit_client *client, unsigned int command, unsigned long address)
{
	return client->file->f_op->unlocked_ioctl(client->file, command, address);
}

/* An address at which there is nothing any more. */
static unsigned long unmapped(struct kunit *test)
{
	unsigned long address = (unsigned long)mini_kunit_user_pages(test, 1);

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(address, PAGE_SIZE));
	return address;
}

/*
 * A page that can be read and not written, and what is in it: a block of the device's own, mapped
 * read-only. To be given back with read_only_end(), for a mapping outlives the case's arena
 * otherwise.
 */
struct read_only {
	struct mini_kunit_client *client;
	u64 handle;
	unsigned long address;
	void *content;
};

static struct read_only read_only_page(struct kunit *test, struct mini_arena *arena)
{
	struct read_only page = { .client = mini_kunit_open(test) };
	struct mini_mm_handle_info info;

	page.handle = mini_call_alloc_pages(test, page.client, arena->id, 0, MINI_MM_ZERO);
	mini_call_handle_info(test, page.client, page.handle, &info);
	page.content = mini_page_address(arena, info.page);
	page.address = vm_mmap(page.client->file, 0, PAGE_SIZE, PROT_READ, MAP_SHARED,
			       page.handle << PAGE_SHIFT);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(page.address));
	return page;
}

static void read_only_end(struct kunit *test, struct read_only *page)
{
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(page->address, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, page->client, page->handle));
}

/* --- the argument ---------------------------------------------------------------------------- */

static const unsigned int commands[] = {
	MINI_MM_IOC_INFO,	 MINI_MM_IOC_ARENA_CREATE,  MINI_MM_IOC_ARENA_INFO,
	MINI_MM_IOC_ARENA_RESET, MINI_MM_IOC_ARENA_DESTROY, MINI_MM_IOC_CACHE_CREATE,
	MINI_MM_IOC_CACHE_INFO,	 MINI_MM_IOC_CACHE_SHRINK,  MINI_MM_IOC_CACHE_DESTROY,
	MINI_MM_IOC_BATCH,	 MINI_MM_IOC_HANDLE_INFO,   MINI_MM_IOC_READ,
	MINI_MM_IOC_MAP,	 MINI_MM_IOC_REPLAY_OPEN,   MINI_MM_IOC_REPLAY_RUN,
	MINI_MM_IOC_REPLAY_CLOSE,
};

static void no_call_takes_an_argument_that_is_not_there(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	unsigned long nowhere = unmapped(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT, call(client, commands[i], 0), "call %d at NULL",
				    i);
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT, call(client, commands[i], nowhere),
				    "call %d nowhere", i);
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT, call(client, commands[i], -PAGE_SIZE),
				    "call %d far away", i);
	}
}

static void no_call_takes_an_argument_that_ends_in_the_middle(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	unsigned long address = (unsigned long)mini_kunit_user_pages(test, 2);
	int i;

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(address + PAGE_SIZE, PAGE_SIZE));
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT,
				    call(client, commands[i], address + PAGE_SIZE - 16), "call %d",
				    i);
}

static void no_call_takes_an_argument_that_cannot_be_written(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct read_only page = read_only_page(test, arena);
	int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EFAULT, call(page.client, commands[i], page.address),
				    "call %d", i);
	read_only_end(test, &page);
}

static const unsigned int unknown_commands[] = {
	_IO(MINI_MM_IOC_MAGIC, 0x00),
	_IO(MINI_MM_IOC_MAGIC, 0x0d),
	_IO(MINI_MM_IOC_MAGIC, 0xff),
	_IOWR(MINI_MM_IOC_MAGIC, 0x0d, struct mini_mm_map),
	_IOWR(MINI_MM_IOC_MAGIC, 0x00, struct mini_mm_info),
	_IOWR(MINI_MM_IOC_MAGIC, 0x02, char),
	_IOWR(MINI_MM_IOC_MAGIC + 1, 0x02, struct mini_mm_arena_info),
	_IOW(MINI_MM_IOC_MAGIC, 0x02, struct mini_mm_arena_info),
	0,
	~0U,
};

static void unknown_calls_are_no_calls(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(unknown_commands); i++)
		KUNIT_EXPECT_EQ_MSG(test, -ENOTTY,
				    call(client, unknown_commands[i], (unsigned long)client->page),
				    "call %#x", unknown_commands[i]);
}

static void nothing_is_made_when_the_answer_cannot_be_written(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct read_only page = read_only_page(test, arena);
	const struct mini_mm_cache_create create = { .name = "unseen",
						     .arena = arena->id,
						     .size = 64 };
	const struct mini_mm_arena_create create_arena = { .name = "kunit-unseen",
							   .size = PAGE_SIZE };
	struct mini_mm_arena_info info = { .lookup = MINI_MM_LOOKUP_NAME, .name = "kunit-unseen" };

	memcpy(page.content, &create, sizeof(create));
	KUNIT_EXPECT_EQ(test, -EFAULT, call(page.client, MINI_MM_IOC_CACHE_CREATE, page.address));
	KUNIT_EXPECT_EQ(test, 0, arena->nr_caches);
	memcpy(page.content, &create_arena, sizeof(create_arena));
	KUNIT_EXPECT_EQ(test, -EFAULT, call(page.client, MINI_MM_IOC_ARENA_CREATE, page.address));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_kunit_ioctl(test, page.client, MINI_MM_IOC_ARENA_INFO, &info));
	read_only_end(test, &page);
}

static void nothing_is_destroyed_when_the_answer_cannot_be_written(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct read_only page = read_only_page(test, arena);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct mini_mm_target target = { .id = cache->id };

	memcpy(page.content, &target, sizeof(target));
	KUNIT_EXPECT_EQ(test, -EFAULT, call(page.client, MINI_MM_IOC_CACHE_DESTROY, page.address));
	KUNIT_EXPECT_EQ(test, 1, arena->nr_caches);
	target.id = arena->id;
	memcpy(page.content, &target, sizeof(target));
	KUNIT_EXPECT_EQ(test, -EFAULT, call(page.client, MINI_MM_IOC_ARENA_RESET, page.address));
	KUNIT_EXPECT_EQ(test, 1, arena->nr_caches);
	read_only_end(test, &page);
}

/* --- operations, buffers --------------------------------------------------------------------- */

static void operations_that_cannot_be_read_are_not_done(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_batch batch;

	KUNIT_EXPECT_EQ(test, -EFAULT, mini_call_batch(test, client, NULL, 1, &batch));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FAULT, batch.why);
	KUNIT_EXPECT_EQ(test, 0, batch.done);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			mini_call_batch(test, client, (void __user *)unmapped(test), 65, &batch));
	KUNIT_EXPECT_EQ(test, 0, batch.done);
}

static void operations_whose_results_cannot_be_written_are_not_done(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct read_only page = read_only_page(test, arena);
	u64 block = mini_call_alloc_pages(test, client, arena->id, 1, 0);
	const struct mini_mm_op ops[] = {
		{ .opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena->id },
		/* What nobody could take back. */
		{ .opcode = MINI_MM_OP_PAGE_FREE, .handle = block },
	};
	struct mini_mm_batch batch;

	memcpy(page.content, ops, sizeof(ops));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			mini_call_batch(test, client, (void __user *)page.address, 2, &batch));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FAULT, batch.why);
	KUNIT_EXPECT_EQ(test, 0, batch.done);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 3, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, block));
	read_only_end(test, &page);
}

static void a_batch_that_ends_in_the_middle_says_how_far_it_came(struct kunit *test)
{
	const struct mini_mm_op op = { .opcode = MINI_MM_OP_PAGE_ALLOC, .flags = MINI_MM_KEEP };
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES + 10);
	struct mini_kunit_client *client = mini_kunit_open(test);
	void __user *user = mini_kunit_user_pages(test, 2);
	struct mini_mm_op *ops = kunit_kcalloc(test, REGION_PAGES, sizeof(op), GFP_KERNEL);
	struct mini_mm_batch batch;
	struct mini_mm_target target;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, ops);
	for (i = 0; i < REGION_PAGES; i++) {
		ops[i] = op;
		ops[i].target = arena->id;
	}
	/* A page is 64 operations. The second one is not there. */
	KUNIT_ASSERT_EQ(test, 0UL, copy_to_user(user, ops, PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, 0, vm_munmap((unsigned long)user + PAGE_SIZE, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EFAULT, mini_call_batch(test, client, user, 65, &batch));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FAULT, batch.why);
	KUNIT_EXPECT_EQ(test, 64, batch.done);
	KUNIT_EXPECT_EQ(test, 10, mini_kunit_free_pages(arena));
	KUNIT_ASSERT_EQ(test, 0UL, copy_from_user(ops, user, PAGE_SIZE));
	for (i = 0; i < REGION_PAGES; i++)
		KUNIT_EXPECT_NE(test, 0ULL, ops[i].handle);
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_RESET, arena->id,
					 &target));
	KUNIT_EXPECT_EQ(test, 64ULL, target.freed);
}

static void a_buffer_that_cannot_be_written_is_a_fault(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	unsigned long user = (unsigned long)mini_kunit_user_pages(test, 2);
	struct mini_mm_read read = { .handle = handle, .length = 32, .buffer = 0 };
	struct mini_mm_map map = { .arena = arena->id, .blocks = 0, .count = 8 };

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(user + PAGE_SIZE, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EFAULT, mini_kunit_ioctl(test, client, MINI_MM_IOC_READ, &read));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FAULT, read.why);
	read.buffer = user + PAGE_SIZE - 16;
	KUNIT_EXPECT_EQ(test, -EFAULT, mini_kunit_ioctl(test, client, MINI_MM_IOC_READ, &read));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FAULT, read.why);
	KUNIT_EXPECT_EQ(test, -EFAULT, mini_kunit_ioctl(test, client, MINI_MM_IOC_MAP, &map));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FAULT, map.why);
	/* Nothing was shown: where to go on is where it began. */
	KUNIT_EXPECT_EQ(test, 0, map.count);
	KUNIT_EXPECT_EQ(test, 0ULL, map.page);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handle));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(no_call_takes_an_argument_that_is_not_there),
	KUNIT_CASE(no_call_takes_an_argument_that_ends_in_the_middle),
	KUNIT_CASE(no_call_takes_an_argument_that_cannot_be_written),
	KUNIT_CASE(unknown_calls_are_no_calls),
	KUNIT_CASE(nothing_is_made_when_the_answer_cannot_be_written),
	KUNIT_CASE(nothing_is_destroyed_when_the_answer_cannot_be_written),
	KUNIT_CASE(operations_that_cannot_be_read_are_not_done),
	KUNIT_CASE(operations_whose_results_cannot_be_written_are_not_done),
	KUNIT_CASE(a_batch_that_ends_in_the_middle_says_how_far_it_came),
	KUNIT_CASE(a_buffer_that_cannot_be_written_is_a_fault),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_memory",
	.test_cases = cases,
};

kunit_test_suite(suite);
