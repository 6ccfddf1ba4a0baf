/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Clients of the device for the threads of a team: a table with a seat for each, around one arena. Nothing
 * here asserts once the table is laid, so that any thread may use its seat.
 */
#ifndef MINI_MM_KUNIT_SEAT_H
#define MINI_MM_KUNIT_SEAT_H

#include "churn.h"

#define MINI_KUNIT_OPS 32
#define MINI_KUNIT_KEPT 128

struct mini_kunit_table;

struct mini_kunit_seat {
	struct mini_kunit_table *table;
	struct mini_kunit_client *client;
	struct mini_mm_op ops[MINI_KUNIT_OPS];
};

struct mini_kunit_table {
	struct mini_arena *in;
	struct mini_cache *of; /* 64 bytes */
	u32 arena, cache; /* their ids */
	struct mini_kunit_seat *seats;
	u64 kept[MINI_KUNIT_KEPT]; /* handles of single pages or of objects */
	bool objects;
	atomic_t freed;
	atomic_t odd; /* answers that should not be */
};

/* An arena of @pages, a cache in it, an open file for each thread of a team. */
struct mini_kunit_table *mini_kunit_lay_table(struct kunit *test, unsigned long pages);
/* Expects that there was no odd answer and that nothing is left. */
void mini_kunit_clear_table(struct kunit *test, struct mini_kunit_table *table);

/* Fills table->kept, through the first seat; frees those of them that are still there. */
void mini_kunit_keep(struct kunit *test, struct mini_kunit_table *table, bool objects);
void mini_kunit_free_kept(struct kunit *test, struct mini_kunit_table *table);

static inline struct mini_kunit_seat *mini_kunit_seat_of(struct mini_kunit_thread *thread)
{
	struct mini_kunit_table *table = thread->data;

	return &table->seats[thread->index];
}

/* The call's result; -EFAULT when there is no user memory. */
long mini_kunit_call(struct mini_kunit_seat *seat, unsigned int command, void *argument);
/* Does the first @count of seat->ops; they hold the results then. */
long mini_kunit_batch(struct mini_kunit_seat *seat, u32 count);

static inline struct mini_mm_op mini_kunit_alloc_pages(u32 arena, u32 order, u32 flags)
{
	return (struct mini_mm_op){
		.opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena, .order = order, .flags = flags
	};
}

static inline struct mini_mm_op mini_kunit_alloc_object(u32 cache, u32 flags)
{
	return (struct mini_mm_op){ .opcode = MINI_MM_OP_OBJ_ALLOC, .target = cache, .flags = flags };
}

static inline struct mini_mm_op mini_kunit_free(u64 handle, bool object)
{
	return (struct mini_mm_op){
		.opcode = object ? MINI_MM_OP_OBJ_FREE : MINI_MM_OP_PAGE_FREE, .handle = handle
	};
}

#endif /* MINI_MM_KUNIT_SEAT_H */
