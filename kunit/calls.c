// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>
#include <linux/uaccess.h>

#include "calls.h"

/* In the client's page, behind the argument of any call. */
#define OP_AT 1024

u32 mini_call_arena(struct kunit *test, struct mini_kunit_client *client, const char *name,
		    unsigned long pages, u32 flags)
{
	struct mini_mm_arena_create create = { .size = pages << PAGE_SHIFT, .flags = flags };

	strscpy(create.name, name, sizeof(create.name));
	KUNIT_ASSERT_EQ(test, 0L,
			mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &create));
	return create.id;
}

u32 mini_call_cache(struct kunit *test, struct mini_kunit_client *client, u32 arena,
		    const char *name, u32 size, u32 flags)
{
	struct mini_mm_cache_create create = { .arena = arena, .size = size, .flags = flags };

	strscpy(create.name, name, sizeof(create.name));
	KUNIT_ASSERT_EQ(test, 0L,
			mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_CREATE, &create));
	return create.id;
}

long mini_call_target(struct kunit *test, struct mini_kunit_client *client, unsigned int command,
		      u32 id, struct mini_mm_target *target)
{
	/* A reason that is there already is no answer. */
	*target = (struct mini_mm_target){ .id = id, .why = 4711 };
	return mini_kunit_ioctl(test, client, command, target);
}

void mini_call_arena_info(struct kunit *test, struct mini_kunit_client *client, u32 id,
			  struct mini_mm_arena_info *info)
{
	memset(info, 0, sizeof(*info));
	info->id = id;
	KUNIT_ASSERT_EQ(test, 0L, mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_INFO, info));
}

void mini_call_cache_info(struct kunit *test, struct mini_kunit_client *client, u32 id,
			  struct mini_mm_cache_info *info)
{
	memset(info, 0, sizeof(*info));
	info->id = id;
	KUNIT_ASSERT_EQ(test, 0L, mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_INFO, info));
}

void mini_call_handle_info(struct kunit *test, struct mini_kunit_client *client, u64 handle,
			   struct mini_mm_handle_info *info)
{
	memset(info, 0, sizeof(*info));
	info->handle = handle;
	KUNIT_ASSERT_EQ(test, 0L, mini_kunit_ioctl(test, client, MINI_MM_IOC_HANDLE_INFO, info));
}

/* --- operations ------------------------------------------------------------------------------ */

long mini_call_batch(struct kunit *test, struct mini_kunit_client *client, void __user *user,
		     u32 count, struct mini_mm_batch *batch)
{
	*batch = (struct mini_mm_batch){ .ops = (unsigned long)user, .count = count };
	return mini_kunit_ioctl(test, client, MINI_MM_IOC_BATCH, batch);
}

struct mini_mm_op mini_call_op(struct kunit *test, struct mini_kunit_client *client,
			       struct mini_mm_op op)
{
	void __user *user = client->page + OP_AT;
	struct mini_mm_batch batch;

	KUNIT_ASSERT_EQ(test, 0UL, copy_to_user(user, &op, sizeof(op)));
	KUNIT_ASSERT_EQ(test, 0L, mini_call_batch(test, client, user, 1, &batch));
	KUNIT_EXPECT_EQ(test, 1, batch.done);
	KUNIT_ASSERT_EQ(test, 0UL, copy_from_user(&op, user, sizeof(op)));
	return op;
}

static u64 allocate(struct kunit *test, struct mini_kunit_client *client, struct mini_mm_op op)
{
	op = mini_call_op(test, client, op);
	KUNIT_ASSERT_EQ_MSG(test, 0, op.result, "allocation refused, reason %u", op.why);
	KUNIT_ASSERT_NE(test, 0ULL, op.handle);
	return op.handle;
}

u64 mini_call_alloc_pages(struct kunit *test, struct mini_kunit_client *client, u32 arena,
			  u32 order, u32 flags)
{
	return allocate(test, client,
			(struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_ALLOC,
					     .flags = flags,
					     .target = arena,
					     .order = order });
}

u64 mini_call_alloc_object(struct kunit *test, struct mini_kunit_client *client, u32 cache,
			   u32 flags)
{
	return allocate(test, client,
			(struct mini_mm_op){
				.opcode = MINI_MM_OP_OBJ_ALLOC, .flags = flags, .target = cache });
}

static u32 operate(struct kunit *test, struct mini_kunit_client *client, struct mini_mm_op op)
{
	op = mini_call_op(test, client, op);
	KUNIT_EXPECT_EQ(test, !op.result, !op.why);
	return op.why;
}

u32 mini_call_free_pages(struct kunit *test, struct mini_kunit_client *client, u64 handle)
{
	return operate(test, client,
		       (struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_FREE, .handle = handle });
}

u32 mini_call_free_object(struct kunit *test, struct mini_kunit_client *client, u64 handle)
{
	return operate(test, client,
		       (struct mini_mm_op){ .opcode = MINI_MM_OP_OBJ_FREE, .handle = handle });
}

u32 mini_call_fill(struct kunit *test, struct mini_kunit_client *client, u64 handle, u64 offset,
		   u64 length, u8 byte)
{
	return operate(test, client,
		       (struct mini_mm_op){ .opcode = MINI_MM_OP_FILL,
					    .handle = handle,
					    .offset = offset,
					    .length = length,
					    .byte = byte });
}

u32 mini_call_check(struct kunit *test, struct mini_kunit_client *client, u64 handle, u64 offset,
		    u64 length, u8 byte)
{
	return operate(test, client,
		       (struct mini_mm_op){ .opcode = MINI_MM_OP_CHECK,
					    .handle = handle,
					    .offset = offset,
					    .length = length,
					    .byte = byte });
}

void mini_call_read(struct kunit *test, struct mini_kunit_client *client, u64 handle, u64 offset,
		    u64 length, void __user *user, void *buffer)
{
	struct mini_mm_read read = {
		.handle = handle,
		.offset = offset,
		.length = length,
		.buffer = (unsigned long)user,
	};

	KUNIT_ASSERT_EQ(test, 0L, mini_kunit_ioctl(test, client, MINI_MM_IOC_READ, &read));
	KUNIT_ASSERT_EQ(test, 0UL, copy_from_user(buffer, user, length));
}

void mini_expect_refused(struct kunit *test, const char *what, u32 expected, long result, u32 why)
{
	KUNIT_EXPECT_EQ_MSG(test, expected, why, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, (long)mini_refuse(NULL, expected), result, "%s", what);
}
