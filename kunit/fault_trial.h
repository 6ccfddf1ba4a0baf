/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An operation in whose course the kernel's own first, second, ... n-th allocation fails: what such an operation is,
 * and how it is tried.
 */
#ifndef MINI_MM_KUNIT_FAULT_TRIAL_H
#define MINI_MM_KUNIT_FAULT_TRIAL_H

#include "seat.h"

struct mini_kunit_setting {
	struct mini_kunit_table *table;
	struct mini_kunit_seat *seat;
	u64 page, object; /* handles that are there */
	u32 why;	  /* of a call that was refused */

	/* What an operation made, or had made for it. */
	struct file *file;
	struct mini_arena *arena;
	struct mini_cache *cache;
	u32 id;
	u64 handle;
	unsigned long mapped;
	void *memory;
};

struct mini_kunit_operation {
	const char *name;
	int refusals; /* at least; 0: it is never refused */
	void (*prepare)(struct mini_kunit_setting *setting); /* what shall not fail; may be NULL */
	long (*act)(struct mini_kunit_setting *setting);
	void (*undo)(struct mini_kunit_setting *setting, long result); /* may be NULL */
};

/* Does @op; its result, or the call's. */
long mini_kunit_operate(struct mini_kunit_setting *set, struct mini_mm_op op);
/* For setting->handle: two pages, an object. */
long mini_kunit_take_pages(struct mini_kunit_setting *set);
long mini_kunit_take_object(struct mini_kunit_setting *set);

/*
 * Until there is an n at which nothing failed any more: the operation either succeeds without its n-th allocation or is
 * refused for want of memory, leaves nothing behind, and works when it is tried again. The case is skipped when the
 * kernel injects no faults.
 */
void mini_kunit_try_each_fault(struct kunit *test, const struct mini_kunit_operation *operation);

#endif /* MINI_MM_KUNIT_FAULT_TRIAL_H */
