// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_content: what a client has written into a block stays, and what it has not
 * written is zero to it, whatever the memory held before.
 */
#include <linux/prandom.h>
#include <linux/uaccess.h>

#include "calls.h"

/* What others have left in the memory. */
#define LEFT 0xee

/* A block, and what its client should see in it. */
struct content {
	struct kunit *test;
	struct mini_arena *arena;
	struct mini_kunit_client *client;
	void __user *user;
	u64 handle;
	size_t size;
	u8 *expected;
	u8 *seen;
};

/* A new block of the arena's only page, full of what others have left. */
static void new_block(struct content *content)
{
	memset(mini_page_address(content->arena, 0), LEFT, content->size);
	content->handle =
		mini_call_alloc_pages(content->test, content->client, content->arena->id, 0, 0);
	memset(content->expected, 0, content->size);
}

static void drop_block(struct content *content)
{
	KUNIT_EXPECT_EQ(content->test, 0,
			mini_call_free_pages(content->test, content->client, content->handle));
}

static struct content one_block(struct kunit *test)
{
	struct content content = {
		.test = test,
		.arena = mini_kunit_arena_debug(test, 1, ""),
		.client = mini_kunit_open(test),
		.user = mini_kunit_user_pages(test, 1),
		.size = PAGE_SIZE,
		.expected = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL),
		.seen = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL),
	};

	KUNIT_ASSERT_NOT_NULL(test, content.expected);
	KUNIT_ASSERT_NOT_NULL(test, content.seen);
	new_block(&content);
	return content;
}

static void fill(struct content *content, size_t from, size_t to, u8 byte)
{
	u32 why = mini_call_fill(content->test, content->client, content->handle, from, to - from,
				 byte);

	KUNIT_EXPECT_EQ(content->test, 0, why);
	memset(content->expected + from, byte, to - from);
}

/* False, and a failure that says where, when [from, to) does not read as it should. */
static bool reads_as_expected(struct content *content, size_t from, size_t to)
{
	size_t i;

	mini_call_read(content->test, content->client, content->handle, from, to - from,
		       content->user, content->seen);
	for (i = 0; i < to - from; i++) {
		if (content->seen[i] == content->expected[from + i])
			continue;
		KUNIT_FAIL(content->test, "%#x at %zu, expected %#x", content->seen[i], from + i,
			   content->expected[from + i]);
		return false;
	}
	return true;
}

/* --- all ways in which fills and reads can meet ---------------------------------------------- */

static const size_t borders[] = { 0, 1, 1000, 4095, 4096 };

#define BORDERS ARRAY_SIZE(borders)
/* Pairs of borders; half of them are the wrong way round, or empty. */
#define RANGES (BORDERS * BORDERS)

static size_t from_of(unsigned int range)
{
	return borders[range / BORDERS];
}

static size_t to_of(unsigned int range)
{
	return borders[range % BORDERS];
}

static bool is_range(unsigned int range)
{
	return from_of(range) < to_of(range);
}

static void any_two_fills_stay_and_the_rest_is_zero(struct kunit *test)
{
	struct content content = one_block(test);
	unsigned int a, b;

	drop_block(&content);
	for (a = 0; a < RANGES; a++)
		for (b = 0; b < RANGES; b++) {
			if (!is_range(a) || !is_range(b))
				continue;
			new_block(&content);
			fill(&content, from_of(a), to_of(a), 0x11);
			fill(&content, from_of(b), to_of(b), 0x22);
			KUNIT_ASSERT_TRUE_MSG(test, reads_as_expected(&content, 0, content.size),
					      "after fills of [%zu, %zu) and [%zu, %zu)",
					      from_of(a), to_of(a), from_of(b), to_of(b));
			drop_block(&content);
		}
}

static void a_read_between_two_fills_changes_nothing(struct kunit *test)
{
	struct content content = one_block(test);
	unsigned int a, b, c;

	drop_block(&content);
	for (a = 0; a < RANGES; a++)
		for (b = 0; b < RANGES; b++)
			for (c = 0; c < RANGES; c++) {
				if (!is_range(a) || !is_range(b) || !is_range(c))
					continue;
				new_block(&content);
				fill(&content, from_of(a), to_of(a), 0x11);
				KUNIT_ASSERT_TRUE(test, reads_as_expected(&content, from_of(b),
									  to_of(b)));
				fill(&content, from_of(c), to_of(c), 0x22);
				KUNIT_ASSERT_TRUE(test,
						  reads_as_expected(&content, 0, content.size));
				drop_block(&content);
			}
}

static void random_fills_reads_and_checks_agree_with_the_model(struct kunit *test)
{
	struct content content = one_block(test);
	struct rnd_state random;
	int step;

	prandom_seed_state(&random, mini_kunit_seed(test));
	for (step = 0; step < 2000; step++) {
		size_t from = prandom_u32_state(&random) % content.size;
		size_t length = 1 + prandom_u32_state(&random) % (content.size - from);
		u8 byte = prandom_u32_state(&random);
		bool same;

		switch (prandom_u32_state(&random) % 8) {
		case 0:
			KUNIT_ASSERT_TRUE(test, reads_as_expected(&content, from, from + length));
			break;
		case 1:
			same = !memchr_inv(content.expected + from, content.expected[from], length);
			KUNIT_EXPECT_EQ(test, same ? MINI_MM_WHY_NONE : MINI_MM_WHY_MISMATCH,
					mini_call_check(test, content.client, content.handle, from,
							length, content.expected[from]));
			break;
		case 2:
			drop_block(&content);
			new_block(&content);
			break;
		default:
			fill(&content, from, from + min_t(size_t, length, 100), byte);
			break;
		}
	}
	KUNIT_EXPECT_TRUE(test, reads_as_expected(&content, 0, content.size));
}

/* --- checks ---------------------------------------------------------------------------------- */

static struct mini_mm_op check(struct content *content, u64 offset, u64 length, u8 byte)
{
	return mini_call_op(content->test, content->client,
			    (struct mini_mm_op){ .opcode = MINI_MM_OP_CHECK,
						 .handle = content->handle,
						 .offset = offset,
						 .length = length,
						 .byte = byte });
}

static const size_t wrong_offsets[] = { 0, 1, 2047, 4094, 4095 };

static void describe_offset(const size_t *offset, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "at %zu", *offset);
}

KUNIT_ARRAY_PARAM(wrong_offset, wrong_offsets, describe_offset);

static void a_check_says_where_the_first_wrong_byte_is(struct kunit *test)
{
	const size_t at = *(const size_t *)test->param_value;
	struct content content = one_block(test);
	struct mini_mm_op op;

	fill(&content, 0, content.size, 0x11);
	KUNIT_EXPECT_EQ(test, 0, check(&content, 0, 0, 0x11).result);
	fill(&content, at, at + 1, 0x22);
	op = check(&content, 0, 0, 0x11);
	KUNIT_EXPECT_EQ(test, -EILSEQ, op.result);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_MISMATCH, op.why);
	KUNIT_EXPECT_EQ(test, (u64)at, op.detail);
	/* From the block's start, not from where the check began. */
	KUNIT_EXPECT_EQ(test, (u64)at, check(&content, at, 1, 0x11).detail);
	if (at)
		KUNIT_EXPECT_EQ(test, 0, check(&content, 0, at, 0x11).result);
	if (at < 4095)
		KUNIT_EXPECT_EQ(test, 0, check(&content, at + 1, 0, 0x11).result);
}

static void what_was_never_written_is_checked_as_zero(struct kunit *test)
{
	struct content content = one_block(test);

	KUNIT_EXPECT_EQ(test, 0, check(&content, 4000, 96, 0).result);
	KUNIT_EXPECT_EQ(test, 0, check(&content, 0, 0, 0).result);
	KUNIT_EXPECT_EQ(test, 0ULL, check(&content, 0, 0, LEFT).detail);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_MISMATCH, check(&content, 0, 0, LEFT).why);
}

/* --- when it costs, and when not ------------------------------------------------------------- */

static void filling_an_end_costs_that_end_only(struct kunit *test)
{
	struct content content = one_block(test);
	u8 *memory = mini_page_address(content.arena, 0);

	fill(&content, 0, 64, 0x11);
	KUNIT_EXPECT_NULL(test, memchr_inv(memory + 64, LEFT, content.size - 64));
	fill(&content, content.size - 64, content.size, 0x22);
	KUNIT_EXPECT_NULL(test, memchr_inv(memory + 64, LEFT, content.size - 128));
	/* Up to the fill in the middle the gap is zeroed, behind it not yet. */
	fill(&content, 1000, 1010, 0x33);
	KUNIT_EXPECT_NULL(test, memchr_inv(memory + 64, 0, 1000 - 64));
	KUNIT_EXPECT_NULL(test, memchr_inv(memory + 1010, LEFT, content.size - 64 - 1010));
	KUNIT_EXPECT_TRUE(test, reads_as_expected(&content, 0, content.size));
}

static void a_block_that_is_asked_for_zeroed_is_zero_at_once(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u8 *memory = mini_page_address(arena, 0);

	memset(memory, LEFT, 4 * PAGE_SIZE);
	mini_call_alloc_pages(test, client, arena->id, 1, MINI_MM_ZERO);
	KUNIT_EXPECT_NULL(test, memchr_inv(memory, 0, 2 * PAGE_SIZE));
	KUNIT_EXPECT_NULL(test, memchr_inv(memory + 2 * PAGE_SIZE, LEFT, 2 * PAGE_SIZE));
}

static void objects_show_nothing_of_their_predecessors(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, client, arena->id, "objects", 100, 0);
	void __user *user = mini_kunit_user_pages(test, 1);
	u64 handle = mini_call_alloc_object(test, client, cache, 0);
	u8 *memory = mini_page_address(arena, 0);
	u8 seen[100];
	int zero;

	for (zero = 0; zero < 2; zero++) {
		KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, client, handle, 0, 0, LEFT));
		/* What lies behind is not the client's. */
		KUNIT_EXPECT_NE(test, LEFT, memory[100]);
		KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, handle));
		handle = mini_call_alloc_object(test, client, cache, zero ? MINI_MM_ZERO : 0);
		mini_call_read(test, client, handle, 0, sizeof(seen), user, seen);
		KUNIT_EXPECT_NULL(test, memchr_inv(seen, 0, sizeof(seen)));
	}
}

static void large_blocks_are_filled_checked_and_read_to_the_end(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 64);
	struct mini_kunit_client *client = mini_kunit_open(test);
	void __user *user = mini_kunit_user_pages(test, 64);
	u8 *memory = mini_page_address(arena, 0);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 6, 0);
	u8 *seen = kunit_kzalloc(test, 64 * PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, seen);
	KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, client, handle, 0, 0, 0x42));
	KUNIT_EXPECT_NULL(test, memchr_inv(memory, 0x42, 64 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, client, handle, 0, 0, 0x42));
	/* Past the first steps in which large blocks are gone through. */
	KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, client, handle, 200000, 1, 0x43));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_MISMATCH,
			mini_call_check(test, client, handle, 0, 0, 0x42));
	KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, client, handle, 0, 200000, 0x42));
	mini_call_read(test, client, handle, 0, 64 * PAGE_SIZE, user, seen);
	KUNIT_EXPECT_EQ(test, 0, memcmp(memory, seen, 64 * PAGE_SIZE));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(any_two_fills_stay_and_the_rest_is_zero),
	KUNIT_CASE(a_read_between_two_fills_changes_nothing),
	KUNIT_CASE(random_fills_reads_and_checks_agree_with_the_model),
	KUNIT_CASE_PARAM(a_check_says_where_the_first_wrong_byte_is, wrong_offset_gen_params),
	KUNIT_CASE(what_was_never_written_is_checked_as_zero),
	KUNIT_CASE(filling_an_end_costs_that_end_only),
	KUNIT_CASE(a_block_that_is_asked_for_zeroed_is_zero_at_once),
	KUNIT_CASE(objects_show_nothing_of_their_predecessors),
	KUNIT_CASE(large_blocks_are_filled_checked_and_read_to_the_end),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_content",
	.test_cases = cases,
};

kunit_test_suite(suite);
