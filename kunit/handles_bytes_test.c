// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_bytes: what clients of the device get by kmalloc and by vmalloc: how it is described,
 * used and freed, and what is refused. The cases run for both.
 */
#include <linux/mman.h>
#include <linux/uaccess.h>

#include "calls.h"

#define PAGES 64

static const struct way {
	const char *name;
	u32 opcode;
	u32 kind;
	u64 size;
	u64 too_large; /* in an arena of PAGES */
} ways[] = {
	{ "kmalloc from a cache", MINI_MM_OP_KMALLOC, MINI_MM_KIND_KMALLOC, 1000, (PAGES << PAGE_SHIFT) + 1 },
	{ "kmalloc from pages", MINI_MM_OP_KMALLOC, MINI_MM_KIND_KMALLOC, 10000, U64_MAX },
	{ "vmalloc", MINI_MM_OP_VMALLOC, MINI_MM_KIND_VMALLOC, 10000, (PAGES << PAGE_SHIFT) + 1 },
};

KUNIT_ARRAY_PARAM_DESC(way, ways, name);

struct stage {
	struct mini_arena *arena;
	struct mini_kunit_client *client;
	const struct way *way;
};

static struct stage set_stage(struct kunit *test)
{
	return (struct stage){ mini_kunit_arena(test, PAGES), mini_kunit_open(test), test->param_value };
}

static struct mini_mm_op try_bytes(struct kunit *test, const struct stage *stage, u64 size, u32 flags)
{
	const struct mini_mm_op op = {
		.opcode = stage->way->opcode, .target = stage->arena->id, .length = size, .flags = flags
	};

	return mini_call_op(test, stage->client, op);
}

static u64 get_bytes(struct kunit *test, const struct stage *stage, u32 flags)
{
	struct mini_mm_op op = try_bytes(test, stage, stage->way->size, flags);

	KUNIT_ASSERT_EQ_MSG(test, 0, op.result, "reason %u", op.why);
	KUNIT_ASSERT_NE(test, 0ULL, op.handle);
	return op.handle;
}

static u32 free_any(struct kunit *test, struct mini_kunit_client *client, u64 handle)
{
	return mini_call_op(test, client, (struct mini_mm_op){ .opcode = MINI_MM_OP_FREE, .handle = handle }).why;
}

static void a_handle_says_what_was_asked_for_and_where_it_is(struct kunit *test)
{
	const struct stage stage = set_stage(test);
	u64 handle = get_bytes(test, &stage, 0);
	struct mini_cache *cache = mini_general_cache(stage.arena, stage.way->size);
	struct mini_mm_handle_info info;

	mini_call_handle_info(test, stage.client, handle, &info);
	KUNIT_EXPECT_EQ(test, stage.way->kind, info.kind);
	KUNIT_EXPECT_EQ(test, stage.way->size, info.size);
	KUNIT_EXPECT_EQ(test, stage.arena->id, info.arena);
	KUNIT_EXPECT_EQ(test, cache && stage.way->kind == MINI_MM_KIND_KMALLOC ? cache->id : 0, info.cache);
	KUNIT_EXPECT_EQ(test, 0, info.order);
	KUNIT_EXPECT_LT(test, info.page, (u64)PAGES);

	/* The byte that is filled first is that one. */
	KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, stage.client, handle, 0, 1, 0xd7));
	KUNIT_EXPECT_EQ(test, 0xd7, ((u8 *)mini_page_address(stage.arena, info.page))[info.offset]);
	KUNIT_EXPECT_EQ(test, 0, free_any(test, stage.client, handle));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(stage.arena));
}

static void what_is_written_is_read_and_what_is_not_is_zero(struct kunit *test)
{
	const struct stage stage = set_stage(test);
	void __user *user = mini_kunit_user_pages(test, 4);
	u64 size = stage.way->size;
	u8 *seen = kunit_kzalloc(test, size, GFP_KERNEL);
	u64 handle;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	memset(mini_page_address(stage.arena, 0), 0xee, PAGES << PAGE_SHIFT);
	handle = get_bytes(test, &stage, 0);
	KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, stage.client, handle, size - 7, 0, 0x42));
	KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, stage.client, handle, size - 7, 7, 0x42));
	mini_call_read(test, stage.client, handle, 0, size, user, seen);
	KUNIT_EXPECT_NULL(test, memchr_inv(seen, 0, size - 7));
	KUNIT_EXPECT_NULL(test, memchr_inv(seen + size - 7, 0x42, 7));
	/* Not a byte more than was asked for. */
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_RANGE, mini_call_fill(test, stage.client, handle, size - 7, 8, 0));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_RANGE, mini_call_check(test, stage.client, handle, size, 1, 0));
	KUNIT_EXPECT_EQ(test, 0, free_any(test, stage.client, handle));
}

static void zeroed_bytes_are_zero_in_memory(struct kunit *test)
{
	const struct stage stage = set_stage(test);
	u64 handle;

	memset(mini_page_address(stage.arena, 0), 0xee, PAGES << PAGE_SHIFT);
	handle = get_bytes(test, &stage, MINI_MM_ZERO);
	KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, stage.client, handle, 0, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, free_any(test, stage.client, handle));
}

static void they_go_with_their_file_unless_they_are_kept(struct kunit *test)
{
	const struct stage stage = set_stage(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	struct mini_mm_target target;
	u64 kept = get_bytes(test, &stage, MINI_MM_KEEP);
	u64 own = get_bytes(test, &stage, 0);

	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NOT_YOURS, free_any(test, other, own));
	mini_kunit_close(test, stage.client);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, free_any(test, other, own));
	KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, other, kept, 0, 0, 1));
	KUNIT_EXPECT_EQ(test, 1LL, atomic64_read(&stage.arena->nr_handles));
	KUNIT_EXPECT_EQ(test, 0L,
			mini_call_target(test, other, MINI_MM_IOC_ARENA_RESET, stage.arena->id, &target));
	KUNIT_EXPECT_EQ(test, 1ULL, target.freed);
	KUNIT_EXPECT_EQ(test, 0ULL, target.live);
	mini_kunit_expect_whole(test, stage.arena);
}

static void they_are_neither_pages_nor_objects(struct kunit *test)
{
	const struct stage stage = set_stage(test);
	u64 handle = get_bytes(test, &stage, 0);
	struct file *file = stage.client->file;
	unsigned long mapped = vm_mmap(file, 0, PAGE_SIZE, PROT_READ, MAP_SHARED, handle << PAGE_SHIFT);

	KUNIT_EXPECT_EQ(test, -EBADF, (long)mapped);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NOT_PAGES, mini_call_free_pages(test, stage.client, handle));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NOT_OBJECT, mini_call_free_object(test, stage.client, handle));
	KUNIT_EXPECT_EQ(test, 0, free_any(test, stage.client, handle));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, free_any(test, stage.client, handle));
}

static void sizes_that_cannot_be_are_refused(struct kunit *test)
{
	const struct stage stage = set_stage(test);
	struct mini_mm_op op = try_bytes(test, &stage, 0, 0);

	mini_expect_refused(test, "no bytes", MINI_MM_WHY_SIZE, op.result, op.why);
	op = try_bytes(test, &stage, stage.way->too_large, 0);
	mini_expect_refused(test, "too many", MINI_MM_WHY_SIZE, op.result, op.why);
	op = try_bytes(test, &stage, U64_MAX, 0);
	mini_expect_refused(test, "all there are", MINI_MM_WHY_SIZE, op.result, op.why);
	KUNIT_EXPECT_EQ(test, 0LL, atomic64_read(&stage.arena->nr_handles));
	mini_kunit_expect_whole(test, stage.arena);
}

static void a_full_arena_says_so(struct kunit *test)
{
	const struct stage stage = set_stage(test);
	struct mini_mm_op op;
	u32 held = 0;

	do {
		op = try_bytes(test, &stage, stage.way->size, 0);
		held += !op.result;
	} while (!op.result && held < 1000);
	mini_expect_refused(test, "full", MINI_MM_WHY_FULL, op.result, op.why);
	KUNIT_EXPECT_EQ(test, held, atomic64_read(&stage.arena->nr_handles));
	mini_kunit_close(test, stage.client);
	mini_arena_reap(stage.arena);
	mini_kunit_expect_whole(test, stage.arena);
}

/* --- the operations' other fields ----------------------------------------------------------------------- */

static void fields_that_they_do_not_take_are_refused(struct kunit *test)
{
	const struct stage stage = set_stage(test);
	const struct refused {
		const char *what;
		struct mini_mm_op op;
		u32 why;
	} all[] = {
		{ "a handle", { .handle = 1 }, MINI_MM_WHY_RESERVED },
		{ "an order", { .order = 1 }, MINI_MM_WHY_RESERVED },
		{ "an offset", { .offset = 1 }, MINI_MM_WHY_RESERVED },
		{ "a byte", { .byte = 1 }, MINI_MM_WHY_RESERVED },
		{ "a flag", { .flags = MINI_MM_OFF_SLAB }, MINI_MM_WHY_FLAGS },
		{ "no arena", { .target = U32_MAX - stage.arena->id }, MINI_MM_WHY_NO_ARENA },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		struct mini_mm_op op = all[i].op;

		op.opcode = stage.way->opcode;
		op.target += stage.arena->id;
		op.length = 100;
		op = mini_call_op(test, stage.client, op);
		mini_expect_refused(test, all[i].what, all[i].why, op.result, op.why);
	}
	mini_kunit_expect_whole(test, stage.arena);
}

static void a_free_of_anything_takes_pages_and_objects_too(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, client, arena->id, "objects", 64, 0);
	u64 pages = mini_call_alloc_pages(test, client, arena->id, 2, 0);
	u64 object = mini_call_alloc_object(test, client, cache, 0);
	struct mini_mm_op op = { .opcode = MINI_MM_OP_FREE, .handle = pages, .length = 1 };

	op = mini_call_op(test, client, op);
	mini_expect_refused(test, "a length", MINI_MM_WHY_RESERVED, op.result, op.why);
	KUNIT_EXPECT_EQ(test, 0, free_any(test, client, pages));
	KUNIT_EXPECT_EQ(test, 0, free_any(test, client, object));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(arena));
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_handle_says_what_was_asked_for_and_where_it_is, way_gen_params),
	KUNIT_CASE_PARAM(what_is_written_is_read_and_what_is_not_is_zero, way_gen_params),
	KUNIT_CASE_PARAM(zeroed_bytes_are_zero_in_memory, way_gen_params),
	KUNIT_CASE_PARAM(they_go_with_their_file_unless_they_are_kept, way_gen_params),
	KUNIT_CASE_PARAM(they_are_neither_pages_nor_objects, way_gen_params),
	KUNIT_CASE_PARAM(sizes_that_cannot_be_are_refused, way_gen_params),
	KUNIT_CASE_PARAM(a_full_arena_says_so, way_gen_params),
	KUNIT_CASE_PARAM(fields_that_they_do_not_take_are_refused, way_gen_params),
	KUNIT_CASE(a_free_of_anything_takes_pages_and_objects_too),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_bytes",
	.test_cases = cases,
};

kunit_test_suite(suite);
