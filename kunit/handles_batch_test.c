// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_batch: many operations in one call.
 */
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "calls.h"

#define REGION_PAGES 256
#define MOST_OPS 200

/* Operations here, and in user memory. */
struct many {
	struct mini_mm_op *ops;
	void __user *user;
};

static struct many many(struct kunit *test)
{
	struct many many = {
		.ops = kunit_kcalloc(test, MOST_OPS, sizeof(struct mini_mm_op), GFP_KERNEL),
		.user = mini_kunit_user_pages(test, PFN_UP(MOST_OPS * sizeof(struct mini_mm_op))),
	};

	KUNIT_ASSERT_NOT_NULL(test, many.ops);
	return many;
}

static struct mini_mm_batch operate(struct kunit *test, struct mini_kunit_client *client,
				    struct many *many, u32 count)
{
	struct mini_mm_batch batch;

	KUNIT_ASSERT_EQ(test, 0UL, copy_to_user(many->user, many->ops, count * sizeof(*many->ops)));
	KUNIT_EXPECT_EQ(test, 0, mini_call_batch(test, client, many->user, count, &batch));
	KUNIT_ASSERT_EQ(test, 0UL,
			copy_from_user(many->ops, many->user, count * sizeof(*many->ops)));
	return batch;
}

static const u32 counts[] = { 1, 63, 64, 65, 128, 129, MOST_OPS };

static void describe_count(const u32 *count, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%u operations", *count);
}

KUNIT_ARRAY_PARAM(count, counts, describe_count);

static void all_operations_of_a_batch_are_done(struct kunit *test)
{
	const u32 count = *(const u32 *)test->param_value;
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct many blocks = many(test);
	struct mini_mm_batch batch;
	u32 i;

	for (i = 0; i < count; i++)
		blocks.ops[i] =
			(struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena->id };
	batch = operate(test, client, &blocks, count);
	KUNIT_EXPECT_EQ(test, count, batch.done);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NONE, batch.why);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - count, mini_kunit_free_pages(arena));
	for (i = 0; i < count; i++) {
		KUNIT_EXPECT_EQ(test, 0, blocks.ops[i].result);
		if (i)
			KUNIT_EXPECT_GT(test, blocks.ops[i].handle, blocks.ops[i - 1].handle);
		blocks.ops[i] = (struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_FREE,
						     .handle = blocks.ops[i].handle };
	}
	batch = operate(test, client, &blocks, count);
	KUNIT_EXPECT_EQ(test, count, batch.done);
	mini_kunit_expect_whole(test, arena);
}

static void a_bad_operation_in_the_middle_leaves_the_others_standing(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 block = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	struct many mixed = many(test);
	struct mini_mm_batch batch;

	mixed.ops[0] = (struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_ALLOC,
					    .target = arena->id,
					    .order = 1 };
	mixed.ops[1] = (struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_FREE, .handle = U64_MAX };
	mixed.ops[2] = (struct mini_mm_op){ .opcode = 99 };
	mixed.ops[3] = (struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_FREE, .handle = block };
	mixed.ops[4] = (struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_FREE, .handle = block };
	batch = operate(test, client, &mixed, 5);
	KUNIT_EXPECT_EQ(test, 5, batch.done);
	KUNIT_EXPECT_EQ(test, 0, mixed.ops[0].result);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, mixed.ops[1].why);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_OPCODE, mixed.ops[2].why);
	KUNIT_EXPECT_EQ(test, 0, mixed.ops[3].result);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, mixed.ops[4].why);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 2, mini_kunit_free_pages(arena));
}

static void the_largest_batch_is_done(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	void __user *user =
		mini_kunit_user_pages(test, PFN_UP(MINI_MM_BATCH_MAX * sizeof(struct mini_mm_op)));
	struct mini_mm_batch batch;
	struct mini_mm_op last;

	KUNIT_EXPECT_EQ(test, 0, mini_call_batch(test, client, user, MINI_MM_BATCH_MAX, &batch));
	KUNIT_EXPECT_EQ(test, MINI_MM_BATCH_MAX, batch.done);
	user += (MINI_MM_BATCH_MAX - 1) * sizeof(last);
	KUNIT_ASSERT_EQ(test, 0UL, copy_from_user(&last, user, sizeof(last)));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_OPCODE, last.why);
}

static const struct refused_batch {
	const char *what;
	struct mini_mm_batch batch;
	u32 why;
} refused_batches[] = {
	{ "no operation", { }, MINI_MM_WHY_COUNT },
	{ "an operation too many", { .count = MINI_MM_BATCH_MAX + 1 }, MINI_MM_WHY_COUNT },
	{ "4294967295 operations", { .count = U32_MAX }, MINI_MM_WHY_COUNT },
	{ "a flag", { .count = 1, .flags = 1 }, MINI_MM_WHY_FLAGS },
	{ "a reserved field", { .count = 1, .reserved = { 1 } }, MINI_MM_WHY_RESERVED },
	{ "the last reserved field", { .count = 1, .reserved = { 0, 1 } }, MINI_MM_WHY_RESERVED },
};

static void batches_that_cannot_be_are_not_done(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	void __user *user = mini_kunit_user_pages(test, 1);
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_batches); i++) {
		const struct refused_batch *refused = &refused_batches[i];
		struct mini_mm_batch batch = refused->batch;
		long result;

		batch.ops = (unsigned long)user;
		batch.done = 4711;
		result = mini_kunit_ioctl(test, client, MINI_MM_IOC_BATCH, &batch);
		mini_expect_refused(test, refused->what, refused->why, result, batch.why);
		KUNIT_EXPECT_EQ_MSG(test, 0, batch.done, "%s", refused->what);
	}
}

static void a_signal_ends_a_batch_before_the_next_operations(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct many blocks = many(test);
	struct mini_mm_batch batch;

	blocks.ops[0] = (struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena->id };
	KUNIT_ASSERT_EQ(test, 0UL, copy_to_user(blocks.user, blocks.ops, sizeof(*blocks.ops)));
	allow_signal(SIGUSR1);
	send_sig(SIGUSR1, current, 1);
	KUNIT_EXPECT_EQ(test, -EINTR, mini_call_batch(test, client, blocks.user, 1, &batch));
	flush_signals(current);
	disallow_signal(SIGUSR1);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_INTERRUPTED, batch.why);
	KUNIT_EXPECT_EQ(test, 0, batch.done);
	mini_kunit_expect_whole(test, arena);
	KUNIT_EXPECT_EQ(test, 0, mini_call_batch(test, client, blocks.user, 1, &batch));
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 1, mini_kunit_free_pages(arena));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(all_operations_of_a_batch_are_done, count_gen_params),
	KUNIT_CASE(a_bad_operation_in_the_middle_leaves_the_others_standing),
	KUNIT_CASE(the_largest_batch_is_done),
	KUNIT_CASE(batches_that_cannot_be_are_not_done),
	KUNIT_CASE(a_signal_ends_a_batch_before_the_next_operations),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_batch",
	.test_cases = cases,
};

kunit_test_suite(suite);
