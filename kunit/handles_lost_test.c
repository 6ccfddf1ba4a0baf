// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_lost: user memory that goes away while a call is under way. What its caller
 * cannot be told is undone.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/rwsem.h>
#include <linux/uaccess.h>

#include "calls.h"

#define REGION_PAGES 64

static long call(struct mini_kunit_client *client, unsigned int command, unsigned long address)
{
	return client->file->f_op->unlocked_ioctl(client->file, command, address);
}

/*
 * Takes user memory away while a call waits for the registry: after the call has looked at the
 * memory, and before it writes its answer there.
 */
struct thief {
	struct mm_struct *mm;
	unsigned long address;
	struct completion registry_held;
	bool waited_for;
};

static int steal(void *data)
{
	struct thief *thief = data;
	int patience;

	down_write(&mini_registry);
	complete(&thief->registry_held);
	/* Asleep, so that a writer queues up and does not spin until this thread is done. */
	for (patience = 5000; patience && !rwsem_is_contended(&mini_registry); patience--)
		usleep_range(100, 1000);
	thief->waited_for = patience;
	kthread_use_mm(thief->mm);
	vm_munmap(thief->address, PAGE_SIZE);
	kthread_unuse_mm(thief->mm);
	up_write(&mini_registry);
	return 0;
}

/* Makes the call with @argument in user memory, while the page at @stolen goes away. */
static long call_and_lose(struct kunit *test, struct mini_kunit_client *client,
			  unsigned int command, void *argument, unsigned long stolen)
{
	struct thief thief = { .mm = current->mm, .address = stolen };
	struct task_struct *thread;
	long result;

	init_completion(&thief.registry_held);
	KUNIT_ASSERT_EQ(test, 0UL, copy_to_user(client->page, argument, _IOC_SIZE(command)));
	thread = kthread_create(steal, &thief, "mini_mm-thief");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	get_task_struct(thread);
	wake_up_process(thread);
	wait_for_completion(&thief.registry_held);
	result = call(client, command, (unsigned long)client->page);
	/* Until it is out of this module's code. */
	kthread_stop(thread);
	put_task_struct(thread);
	KUNIT_EXPECT_TRUE(test, thief.waited_for);
	return result;
}

static void a_cache_whose_id_cannot_be_told_is_not_there(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_cache_create create = {
		.name = "untold", .arena = arena->id, .size = 64, .flags = MINI_MM_KEEP,
	};

	KUNIT_EXPECT_EQ(test, -EFAULT,
			call_and_lose(test, client, MINI_MM_IOC_CACHE_CREATE, &create,
				      (unsigned long)client->page));
	KUNIT_EXPECT_EQ(test, 0, arena->nr_caches);
}

static void an_arena_whose_id_cannot_be_told_is_not_there(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	struct mini_mm_arena_create create = {
		.name = "kunit-untold", .size = PAGE_SIZE, .flags = MINI_MM_KEEP,
	};
	struct mini_mm_arena_info info = { .lookup = MINI_MM_LOOKUP_NAME, .name = "kunit-untold" };

	KUNIT_EXPECT_EQ(test, -EFAULT,
			call_and_lose(test, client, MINI_MM_IOC_ARENA_CREATE, &create,
				      (unsigned long)client->page));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_kunit_ioctl(test, other, MINI_MM_IOC_ARENA_INFO, &info));
}

static void allocations_whose_handles_cannot_be_told_are_taken_back(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, client, arena->id, "objects", 64, 0);
	u64 before = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	void __user *user = mini_kunit_user_pages(test, 1);
	const struct mini_mm_op ops[] = {
		{ .opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena->id, .order = 2 },
		{ .opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena->id, .flags = MINI_MM_KEEP },
		{ .opcode = MINI_MM_OP_OBJ_ALLOC, .target = cache },
		{ .opcode = MINI_MM_OP_OBJ_ALLOC, .target = cache, .order = 1 },
		{ .opcode = MINI_MM_OP_KMALLOC, .target = arena->id, .length = SZ_16K },
		{ .opcode = MINI_MM_OP_VMALLOC, .target = arena->id, .length = SZ_16K },
		{ .opcode = MINI_MM_OP_FILL, .handle = before, .byte = 0x42 },
	};
	struct mini_mm_batch batch = { .ops = (unsigned long)user, .count = ARRAY_SIZE(ops) };

	KUNIT_ASSERT_EQ(test, 0UL, copy_to_user(user, ops, sizeof(ops)));
	KUNIT_EXPECT_EQ(test, -EFAULT,
			call_and_lose(test, client, MINI_MM_IOC_BATCH, &batch, batch.ops));
	KUNIT_ASSERT_EQ(test, 0UL, copy_from_user(&batch, client->page, sizeof(batch)));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FAULT, batch.why);
	KUNIT_EXPECT_EQ(test, 0, batch.done);
	KUNIT_EXPECT_EQ(test, 1LL, atomic64_read(&arena->nr_handles));
	/* The empty slab stays. */
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 2, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, before));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_cache_whose_id_cannot_be_told_is_not_there),
	KUNIT_CASE(an_arena_whose_id_cannot_be_told_is_not_there),
	KUNIT_CASE(allocations_whose_handles_cannot_be_told_are_taken_back),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_lost",
	.test_cases = cases,
};

kunit_test_suite(suite);
