// SPDX-License-Identifier: GPL-2.0
/*
 * MINI_MM_IOC_BATCH: many operations in one call, a result for each.
 *
 * The operations go through a buffer of CHUNK. Before a chunk is done, its results are written back once
 * as they came in: what cannot be written is found out before anything has happened. Should the memory
 * go away in between, the chunk's allocations are taken back, for nobody would know their handles.
 */
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"

#define CHUNK 64

/* The block that an operation on content names, whose length it makes explicit. */
static struct mini_handle *block_of(struct mini_client *client, struct mini_mm_op *op)
{
	struct mini_handle *handle = mini_handle_get(client, op->handle, &op->result, &op->why);

	if (!handle)
		return NULL;
	if (!op->length && op->offset < handle->size)
		op->length = handle->size - op->offset;
	if (op->length && op->length <= handle->size && op->offset <= handle->size - op->length)
		return handle;
	op->result = mini_refuse(&op->why, MINI_MM_WHY_RANGE);
	mini_handle_put(handle);
	return NULL;
}

static void page_alloc(struct mini_client *client, struct mini_mm_op *op)
{
	struct mini_arena *arena = mini_arena_by_id(op->target);

	op->result = arena ? mini_handle_alloc_pages(client, arena, op->order, op->flags, &op->handle, &op->why) :
			     mini_refuse(&op->why, MINI_MM_WHY_NO_ARENA);
}

static void range_alloc(struct mini_client *client, struct mini_mm_op *op)
{
	struct mini_arena *arena = mini_arena_by_id(op->target);

	op->result = arena ? mini_handle_alloc_run(client, arena, op->offset, op->length, op->order, op->flags,
						   &op->handle, &op->why) :
			     mini_refuse(&op->why, MINI_MM_WHY_NO_ARENA);
}

static void page_free(struct mini_client *client, struct mini_mm_op *op)
{
	op->result = mini_handle_free(client, op->handle, MINI_MM_KIND_PAGES, &op->why);
}

static void obj_alloc(struct mini_client *client, struct mini_mm_op *op)
{
	struct mini_cache *cache = mini_cache_by_id(op->target);

	/* The cache of a replay goes with it, whatever is out. */
	if (!cache || cache->pins)
		op->result = mini_refuse(&op->why, MINI_MM_WHY_NO_CACHE);
	else
		op->result = mini_handle_alloc_object(client, cache, op->length, op->flags, &op->handle, &op->why);
}

static void obj_free(struct mini_client *client, struct mini_mm_op *op)
{
	op->result = mini_handle_free(client, op->handle, MINI_MM_KIND_OBJECT, &op->why);
}

static void alloc_bytes(struct mini_client *client, struct mini_mm_op *op, enum mini_mm_kind kind)
{
	struct mini_arena *arena = mini_arena_by_id(op->target);

	op->result = arena ? mini_handle_alloc_bytes(client, arena, kind, op->length, op->flags, &op->handle,
						     &op->why) :
			     mini_refuse(&op->why, MINI_MM_WHY_NO_ARENA);
}

static void kmalloc_bytes(struct mini_client *client, struct mini_mm_op *op)
{
	alloc_bytes(client, op, MINI_MM_KIND_KMALLOC);
}

static void vmalloc_bytes(struct mini_client *client, struct mini_mm_op *op)
{
	alloc_bytes(client, op, MINI_MM_KIND_VMALLOC);
}

static void free_any(struct mini_client *client, struct mini_mm_op *op)
{
	op->result = mini_handle_free(client, op->handle, MINI_MM_KIND_FREE, &op->why);
}

static void fill(struct mini_client *client, struct mini_mm_op *op)
{
	struct mini_handle *handle = block_of(client, op);

	if (!handle)
		return;
	mini_content_fill(handle, op->offset, op->length, op->byte);
	mini_handle_put(handle);
}

static void check(struct mini_client *client, struct mini_mm_op *op)
{
	struct mini_handle *handle = block_of(client, op);

	if (!handle)
		return;
	if (mini_content_check(handle, op->offset, op->length, op->byte, &op->detail))
		op->result = mini_refuse(&op->why, MINI_MM_WHY_MISMATCH);
	mini_handle_put(handle);
}

/* Which fields an operation reads, the others have to be zero; and whether it gives a handle. */
enum {
	TAKES_HANDLE = 1,
	TAKES_TARGET = 2,
	TAKES_ORDER = 4,
	TAKES_LENGTH = 8,
	TAKES_RANGE = 16 | TAKES_LENGTH, /* offset too */
	TAKES_BYTES = 32 | TAKES_RANGE,	 /* byte too */
	GIVES_HANDLE = 64,
};

static const struct operation {
	void (*act)(struct mini_client *client, struct mini_mm_op *op);
	u32 flags;
	u32 takes;
} operations[] = {
	[MINI_MM_OP_PAGE_ALLOC] = { page_alloc,
				     MINI_MM_KEEP | MINI_MM_ZERO | MINI_MM_MOVABLE | MINI_MM_RECLAIMABLE,
				     TAKES_TARGET | TAKES_ORDER | GIVES_HANDLE },
	[MINI_MM_OP_PAGE_FREE] = { page_free, 0, TAKES_HANDLE },
	[MINI_MM_OP_OBJ_ALLOC] = { obj_alloc, MINI_MM_KEEP | MINI_MM_ZERO,
				   TAKES_TARGET | TAKES_LENGTH | GIVES_HANDLE },
	[MINI_MM_OP_OBJ_FREE] = { obj_free, 0, TAKES_HANDLE },
	[MINI_MM_OP_FILL] = { fill, 0, TAKES_HANDLE | TAKES_BYTES },
	[MINI_MM_OP_CHECK] = { check, 0, TAKES_HANDLE | TAKES_BYTES },
	[MINI_MM_OP_KMALLOC] = { kmalloc_bytes, MINI_MM_KEEP | MINI_MM_ZERO,
				 TAKES_TARGET | TAKES_LENGTH | GIVES_HANDLE },
	[MINI_MM_OP_VMALLOC] = { vmalloc_bytes, MINI_MM_KEEP | MINI_MM_ZERO,
				 TAKES_TARGET | TAKES_LENGTH | GIVES_HANDLE },
	[MINI_MM_OP_FREE] = { free_any, 0, TAKES_HANDLE },
	[MINI_MM_OP_RANGE_ALLOC] = { range_alloc, MINI_MM_KEEP | MINI_MM_ZERO,
				     TAKES_TARGET | TAKES_ORDER | TAKES_RANGE | GIVES_HANDLE },
};

static bool reserved_is_zero(const struct mini_mm_op *op, u32 takes)
{
	return (takes & TAKES_HANDLE || !op->handle) && (takes & TAKES_TARGET || !op->target) &&
	       (takes & TAKES_ORDER || !op->order) &&
	       (takes & TAKES_LENGTH || !op->length) &&
	       ((takes & TAKES_RANGE) == TAKES_RANGE || !op->offset) &&
	       ((takes & TAKES_BYTES) == TAKES_BYTES || !op->byte) &&
	       mini_reserved_is_zero(op->reserved) && !op->result && !op->why && !op->reserved2 && !op->detail;
}

static void operate(struct mini_client *client, struct mini_mm_op *op)
{
	const struct operation *operation;

	if (op->opcode >= ARRAY_SIZE(operations) || !operations[op->opcode].act) {
		op->result = mini_refuse(&op->why, MINI_MM_WHY_OPCODE);
		return;
	}
	operation = &operations[op->opcode];
	if (op->flags & ~operation->flags || hweight32(op->flags & (MINI_MM_MOVABLE | MINI_MM_RECLAIMABLE)) > 1)
		op->result = mini_refuse(&op->why, MINI_MM_WHY_FLAGS);
	else if (!reserved_is_zero(op, operation->takes))
		op->result = mini_refuse(&op->why, MINI_MM_WHY_RESERVED);
	else
		operation->act(client, op);
}

static void take_back(struct mini_client *client, const struct mini_mm_op *ops, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (!ops[i].result && operations[ops[i].opcode].takes & GIVES_HANDLE)
			mini_handle_free(client, ops[i].handle, MINI_MM_KIND_FREE, NULL);
}

/* Does *@count operations, or fewer when a signal comes in: then *@count says how many. */
static int do_chunk(struct mini_client *client, struct mini_mm_op *ops, struct mini_mm_op __user *user, u32 *count)
{
	size_t bytes = *count * sizeof(*ops);
	u32 i;

	if (copy_from_user(ops, user, bytes) || copy_to_user(user, ops, bytes))
		return -EFAULT;
	/* Not across the copies: a page fault may wait for long. */
	down_read(&mini_registry);
	/* A vmalloc may be as large as the region. */
	for (i = 0; i < *count && !(i && signal_pending(current)); i++)
		operate(client, &ops[i]);
	up_read(&mini_registry);
	*count = i;
	if (!copy_to_user(user, ops, bytes))
		return 0;
	take_back(client, ops, i);
	return -EFAULT;
}

int mini_ioctl_batch(struct mini_client *client, void *argument)
{
	struct mini_mm_batch *batch = argument;
	struct mini_mm_op __user *user = u64_to_user_ptr(batch->ops);
	struct mini_mm_op *ops;
	int error = 0;

	batch->done = 0;
	batch->why = 0;
	if (batch->flags)
		return mini_refuse(&batch->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(batch->reserved))
		return mini_refuse(&batch->why, MINI_MM_WHY_RESERVED);
	if (!batch->count || batch->count > MINI_MM_BATCH_MAX)
		return mini_refuse(&batch->why, MINI_MM_WHY_COUNT);
	ops = kmalloc_array(CHUNK, sizeof(*ops), GFP_KERNEL_ACCOUNT);
	if (!ops)
		return mini_refuse(&batch->why, MINI_MM_WHY_NO_MEMORY);
	while (batch->done < batch->count && !error) {
		u32 some = min_t(u32, batch->count - batch->done, CHUNK);

		if (signal_pending(current))
			error = mini_refuse(&batch->why, MINI_MM_WHY_INTERRUPTED);
		else if (do_chunk(client, ops, user + batch->done, &some))
			error = mini_refuse(&batch->why, MINI_MM_WHY_FAULT);
		else
			batch->done += some;
		cond_resched();
	}
	kfree(ops);
	return error;
}
