// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_ops: what the operations of a batch refuse, with which reason, and that
 * nothing has changed then.
 */
#include "calls.h"

#define REGION_PAGES 256

enum subject {
	AS_IT_IS,
	A_BLOCK, /* of one page */
	AN_OBJECT, /* of 64 bytes */
	A_FREED_BLOCK,
	AN_ARENA,
	A_CACHE,
};

static const struct refused_op {
	const char *what;
	struct mini_mm_op op;
	enum subject subject; /* what the handle or the target is */
	u32 why;
} refused_ops[] = {
	{ "opcode 0", { .opcode = 0 }, AS_IT_IS, MINI_MM_WHY_OPCODE },
	{ "opcode 64", { .opcode = 64 }, AS_IT_IS, MINI_MM_WHY_OPCODE },
	{ "opcode 4294967295", { .opcode = U32_MAX }, AS_IT_IS, MINI_MM_WHY_OPCODE },

	{ "pages: order 9", { .opcode = MINI_MM_OP_PAGE_ALLOC, .order = 9 },
	  AN_ARENA, MINI_MM_WHY_ORDER },
	{ "pages: order 4294967295", { .opcode = MINI_MM_OP_PAGE_ALLOC, .order = U32_MAX },
	  AN_ARENA, MINI_MM_WHY_ORDER },
	{ "pages: no arena", { .opcode = MINI_MM_OP_PAGE_ALLOC, .target = U32_MAX },
	  AS_IT_IS, MINI_MM_WHY_NO_ARENA },
	{ "pages: flag OFF_SLAB", { .opcode = MINI_MM_OP_PAGE_ALLOC, .flags = MINI_MM_OFF_SLAB },
	  AN_ARENA, MINI_MM_WHY_FLAGS },
	{ "pages: the highest flag", { .opcode = MINI_MM_OP_PAGE_ALLOC, .flags = BIT(31) },
	  AN_ARENA, MINI_MM_WHY_FLAGS },
	{ "pages: a handle", { .opcode = MINI_MM_OP_PAGE_ALLOC, .handle = 1 },
	  AN_ARENA, MINI_MM_WHY_RESERVED },
	{ "pages: an offset", { .opcode = MINI_MM_OP_PAGE_ALLOC, .offset = 1 },
	  AN_ARENA, MINI_MM_WHY_RESERVED },
	{ "pages: a length", { .opcode = MINI_MM_OP_PAGE_ALLOC, .length = 1 },
	  AN_ARENA, MINI_MM_WHY_RESERVED },
	{ "pages: a byte", { .opcode = MINI_MM_OP_PAGE_ALLOC, .byte = 1 },
	  AN_ARENA, MINI_MM_WHY_RESERVED },
	{ "pages: a reserved byte", { .opcode = MINI_MM_OP_PAGE_ALLOC, .reserved = { [2] = 1 } },
	  AN_ARENA, MINI_MM_WHY_RESERVED },
	{ "pages: a result on the way in", { .opcode = MINI_MM_OP_PAGE_ALLOC, .result = -1 },
	  AN_ARENA, MINI_MM_WHY_RESERVED },
	{ "pages: a reason on the way in", { .opcode = MINI_MM_OP_PAGE_ALLOC, .why = 1 },
	  AN_ARENA, MINI_MM_WHY_RESERVED },
	{ "pages: another reserved field", { .opcode = MINI_MM_OP_PAGE_ALLOC, .reserved2 = 1 },
	  AN_ARENA, MINI_MM_WHY_RESERVED },
	{ "pages: a detail on the way in", { .opcode = MINI_MM_OP_PAGE_ALLOC, .detail = 1 },
	  AN_ARENA, MINI_MM_WHY_RESERVED },

	{ "object: no cache", { .opcode = MINI_MM_OP_OBJ_ALLOC, .target = U32_MAX },
	  AS_IT_IS, MINI_MM_WHY_NO_CACHE },
	{ "object: an order", { .opcode = MINI_MM_OP_OBJ_ALLOC, .order = 1 },
	  A_CACHE, MINI_MM_WHY_RESERVED },
	{ "object: flag OFF_SLAB", { .opcode = MINI_MM_OP_OBJ_ALLOC, .flags = MINI_MM_OFF_SLAB },
	  A_CACHE, MINI_MM_WHY_FLAGS },

	{ "free pages: a freed handle", { .opcode = MINI_MM_OP_PAGE_FREE },
	  A_FREED_BLOCK, MINI_MM_WHY_NO_HANDLE },
	{ "free pages: handle 0", { .opcode = MINI_MM_OP_PAGE_FREE },
	  AS_IT_IS, MINI_MM_WHY_NO_HANDLE },
	{ "free pages: an object", { .opcode = MINI_MM_OP_PAGE_FREE },
	  AN_OBJECT, MINI_MM_WHY_NOT_PAGES },
	{ "free pages: flag KEEP", { .opcode = MINI_MM_OP_PAGE_FREE, .flags = MINI_MM_KEEP },
	  A_BLOCK, MINI_MM_WHY_FLAGS },
	{ "free pages: a target", { .opcode = MINI_MM_OP_PAGE_FREE, .target = 1 },
	  A_BLOCK, MINI_MM_WHY_RESERVED },
	{ "free pages: an order", { .opcode = MINI_MM_OP_PAGE_FREE, .order = 1 },
	  A_BLOCK, MINI_MM_WHY_RESERVED },
	{ "free object: a block", { .opcode = MINI_MM_OP_OBJ_FREE },
	  A_BLOCK, MINI_MM_WHY_NOT_OBJECT },
	{ "free object: no handle", { .opcode = MINI_MM_OP_OBJ_FREE, .handle = U64_MAX },
	  AS_IT_IS, MINI_MM_WHY_NO_HANDLE },
	{ "free object: flag ZERO", { .opcode = MINI_MM_OP_OBJ_FREE, .flags = MINI_MM_ZERO },
	  AN_OBJECT, MINI_MM_WHY_FLAGS },
	{ "free object: a byte", { .opcode = MINI_MM_OP_OBJ_FREE, .byte = 1 },
	  AN_OBJECT, MINI_MM_WHY_RESERVED },

	{ "fill: a freed handle", { .opcode = MINI_MM_OP_FILL },
	  A_FREED_BLOCK, MINI_MM_WHY_NO_HANDLE },
	{ "fill: a byte too many", { .opcode = MINI_MM_OP_FILL, .length = PAGE_SIZE + 1 },
	  A_BLOCK, MINI_MM_WHY_RANGE },
	{ "fill: from the end on", { .opcode = MINI_MM_OP_FILL, .offset = PAGE_SIZE },
	  A_BLOCK, MINI_MM_WHY_RANGE },
	{ "fill: past an object's end", { .opcode = MINI_MM_OP_FILL, .offset = 60, .length = 5 },
	  AN_OBJECT, MINI_MM_WHY_RANGE },
	{ "fill: from behind an object", { .opcode = MINI_MM_OP_FILL, .offset = 65 },
	  AN_OBJECT, MINI_MM_WHY_RANGE },
	{ "fill: round the end of all numbers",
	  { .opcode = MINI_MM_OP_FILL, .offset = U64_MAX, .length = 2 },
	  A_BLOCK, MINI_MM_WHY_RANGE },
	{ "fill: flag ZERO", { .opcode = MINI_MM_OP_FILL, .flags = MINI_MM_ZERO },
	  A_BLOCK, MINI_MM_WHY_FLAGS },
	{ "fill: a target", { .opcode = MINI_MM_OP_FILL, .target = 1 },
	  A_BLOCK, MINI_MM_WHY_RESERVED },
	{ "fill: an order", { .opcode = MINI_MM_OP_FILL, .order = 1 },
	  A_BLOCK, MINI_MM_WHY_RESERVED },
	{ "check: a freed handle", { .opcode = MINI_MM_OP_CHECK },
	  A_FREED_BLOCK, MINI_MM_WHY_NO_HANDLE },
	{ "check: more than there is", { .opcode = MINI_MM_OP_CHECK, .length = U64_MAX },
	  A_BLOCK, MINI_MM_WHY_RANGE },
	{ "check: flag KEEP", { .opcode = MINI_MM_OP_CHECK, .flags = MINI_MM_KEEP },
	  A_BLOCK, MINI_MM_WHY_FLAGS },
	{ "check: a detail on the way in", { .opcode = MINI_MM_OP_CHECK, .detail = 1 },
	  A_BLOCK, MINI_MM_WHY_RESERVED },
	{ "check: another byte", { .opcode = MINI_MM_OP_CHECK, .byte = 1 },
	  A_BLOCK, MINI_MM_WHY_MISMATCH },
};

struct subjects {
	u64 block, object, freed;
	u32 arena, cache;
};

static struct mini_mm_op with_subject(struct mini_mm_op op, enum subject subject,
				      const struct subjects *subjects)
{
	switch (subject) {
	case A_BLOCK:
		op.handle = subjects->block;
		break;
	case AN_OBJECT:
		op.handle = subjects->object;
		break;
	case A_FREED_BLOCK:
		op.handle = subjects->freed;
		break;
	case AN_ARENA:
		op.target = subjects->arena;
		break;
	case A_CACHE:
		op.target = subjects->cache;
		break;
	case AS_IT_IS:
		break;
	}
	return op;
}

static void operations_that_cannot_be_are_not_done(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, client, arena->id, "objects", 64, 0);
	const struct subjects subjects = {
		.freed = mini_call_alloc_pages(test, client, arena->id, 0, 0),
		.block = mini_call_alloc_pages(test, client, arena->id, 0, 0),
		.object = mini_call_alloc_object(test, client, cache, 0),
		.arena = arena->id,
		.cache = cache,
	};
	u32 free_pages;
	int i;

	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, subjects.freed));
	free_pages = mini_kunit_free_pages(arena);
	for (i = 0; i < ARRAY_SIZE(refused_ops); i++) {
		const struct refused_op *refused = &refused_ops[i];
		struct mini_mm_op op = with_subject(refused->op, refused->subject, &subjects);

		op = mini_call_op(test, client, op);
		mini_expect_refused(test, refused->what, refused->why, op.result, op.why);
		KUNIT_EXPECT_EQ_MSG(test, free_pages, mini_kunit_free_pages(arena), "%s",
				    refused->what);
		KUNIT_EXPECT_EQ_MSG(test, 2LL, atomic64_read(&arena->nr_handles), "%s",
				    refused->what);
	}
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, subjects.block));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, subjects.object));
}

static void an_arena_without_a_block_of_the_order_is_full(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, client, arena->id, "objects", 64, 0);
	struct mini_mm_op op = { .opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena->id, .order = 1 };

	mini_call_alloc_pages(test, client, arena->id, 1, 0);
	mini_call_alloc_pages(test, client, arena->id, 0, 0);
	op = mini_call_op(test, client, op);
	KUNIT_EXPECT_EQ(test, -ENOMEM, op.result);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FULL, op.why);
	KUNIT_EXPECT_EQ(test, 0ULL, op.handle);
	mini_call_alloc_pages(test, client, arena->id, 0, 0);
	op = mini_call_op(test, client,
			  (struct mini_mm_op){ .opcode = MINI_MM_OP_OBJ_ALLOC, .target = cache });
	KUNIT_EXPECT_EQ(test, -ENOMEM, op.result);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_FULL, op.why);
	/* What was refused is not counted as held. */
	KUNIT_EXPECT_EQ(test, 3LL, atomic64_read(&arena->nr_handles));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(operations_that_cannot_be_are_not_done),
	KUNIT_CASE(an_arena_without_a_block_of_the_order_is_full),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_ops",
	.test_cases = cases,
};

kunit_test_suite(suite);
