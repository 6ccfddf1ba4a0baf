// SPDX-License-Identifier: GPL-2.0
#include <linux/gfp.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "fault_trial.h"

#define PAGES 64
/* No operation has as many. */
#define MOST_FAULTS 500
#define TRIES 4

/* --- handles ------------------------------------------------------------------------------------------- */

long mini_kunit_operate(struct mini_kunit_setting *set, struct mini_mm_op op)
{
	struct mini_mm_op *done = set->seat->ops;
	long result;

	*done = op;
	result = mini_kunit_batch(set->seat, 1);
	/* The call's own refusal has no place in the operation. */
	set->why = result == -ENOMEM ? MINI_MM_WHY_NO_MEMORY : done->why;
	return result ?: done->result;
}

long mini_kunit_take_pages(struct mini_kunit_setting *set)
{
	long result = mini_kunit_operate(set, mini_kunit_alloc_pages(set->table->arena, 1, MINI_MM_ZERO));

	set->handle = set->seat->ops[0].handle;
	return result;
}

long mini_kunit_take_object(struct mini_kunit_setting *set)
{
	long result = mini_kunit_operate(set, mini_kunit_alloc_object(set->table->cache, 0));

	set->handle = set->seat->ops[0].handle;
	return result;
}

/* --- faults -------------------------------------------------------------------------------------------- */

#ifdef CONFIG_FAULT_INJECTION

static void fail_nth(int n)
{
	current->fail_nth = n;
}

static bool has_fired(void)
{
	return !current->fail_nth;
}

/* Allocations that may sleep are spared unless told otherwise, and so are single pages. */
static void need_faults(struct kunit *test)
{
	void *object;
	struct page *page;

	fail_nth(1);
	object = kmalloc(64, GFP_KERNEL);
	fail_nth(1);
	page = alloc_page(GFP_KERNEL);
	fail_nth(0);
	kfree(object);
	if (page)
		__free_page(page);
	if (object || page)
		kunit_skip(test, "nothing fails: failslab and fail_page_alloc want ignore-gfp-wait=N, min-order=0");
}

#else

static void fail_nth(int n)
{
}

static bool has_fired(void)
{
	return false;
}

static void need_faults(struct kunit *test)
{
	kunit_skip(test, "the kernel has no CONFIG_FAULT_INJECTION");
}

#endif

/* --- the setting --------------------------------------------------------------------------------------- */

/* What there is in all arenas: what an operation leaves behind shows here. */
static struct mini_mm_info take_stock(struct mini_kunit_setting *set)
{
	struct mini_mm_info info = {};

	mini_kunit_call(set->seat, MINI_MM_IOC_INFO, &info);
	return info;
}

static void expect_same_stock(struct kunit *test, struct mini_kunit_setting *set, const struct mini_mm_info *before,
			      int n)
{
	struct mini_mm_info now = take_stock(set);

	KUNIT_EXPECT_EQ_MSG(test, before->arenas, now.arenas, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->caches, now.caches, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->handles, now.handles, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->clients, now.clients, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->region_bytes, now.region_bytes, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->metadata_bytes, now.metadata_bytes, "after fault %d", n);
	/* The two that are there all the time. */
	KUNIT_EXPECT_EQ_MSG(test, 2ULL, mini_arena_live(set->table->in), "after fault %d", n);
}

static struct mini_kunit_setting *make_setting(struct kunit *test)
{
	struct mini_kunit_setting *set = kunit_kzalloc(test, sizeof(*set), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, set);
	set->table = mini_kunit_lay_table(test, PAGES);
	set->seat = set->table->seats;
	KUNIT_ASSERT_EQ(test, 0L, mini_kunit_take_object(set));
	set->object = set->handle;
	KUNIT_ASSERT_EQ(test, 0L, mini_kunit_take_pages(set));
	set->page = set->handle;
	/* Its cache shows from now on. */
	mini_kfree(mini_kmalloc(set->table->in, 64, GFP_KERNEL));
	return set;
}

static void clear_setting(struct kunit *test, struct mini_kunit_setting *set)
{
	KUNIT_EXPECT_EQ(test, 0L, mini_kunit_operate(set, mini_kunit_free(set->page, false)));
	KUNIT_EXPECT_EQ(test, 0L, mini_kunit_operate(set, mini_kunit_free(set->object, true)));
	mini_kunit_clear_table(test, set->table);
}

/* --- trying -------------------------------------------------------------------------------------------- */

/* Does @operation, its n-th allocation fails (0: none), and undoes it. *@fired: it has that many. */
static long try(struct mini_kunit_setting *set, const struct mini_kunit_operation *operation, int n, bool *fired)
{
	long result;
	u32 why;

	if (operation->prepare)
		operation->prepare(set);
	set->why = 0;
	fail_nth(n);
	result = operation->act(set);
	*fired = has_fired();
	fail_nth(0);
	why = set->why;
	if (operation->undo)
		operation->undo(set, result);
	set->why = why;
	return result;
}

static void expect_clean(struct kunit *test, u32 why, long result, int n)
{
	KUNIT_EXPECT_EQ_MSG(test, -ENOMEM, result, "at fault %d", n);
	/* Those that do not say why leave it 0. */
	if (why)
		KUNIT_EXPECT_TRUE_MSG(test, why == MINI_MM_WHY_NO_MEMORY || why == MINI_MM_WHY_NO_REGION,
				      "why %u at fault %d", why, n);
}

/*
 * What happened to be allocated below one of the operation's own allocations (pages of a slab, records of a
 * sanitizer) may be the n-th, and fail without harm: so again, to meet what is there each time.
 */
static long try_nth(struct kunit *test, struct mini_kunit_setting *set,
		    const struct mini_kunit_operation *operation, int n, bool *fired)
{
	long result = 0;
	bool unused;
	int i;

	*fired = true;
	for (i = 0; i < TRIES && *fired && !result; i++) {
		/* First without: it works, whatever failed before. */
		KUNIT_EXPECT_EQ_MSG(test, 0L, try(set, operation, 0, &unused), "before fault %d", n);
		result = try(set, operation, n, fired);
	}
	return result;
}

void mini_kunit_try_each_fault(struct kunit *test, const struct mini_kunit_operation *operation)
{
	struct mini_mm_info before;
	struct mini_kunit_setting *set;
	bool fired = true;
	int n, refusals = 0;

	need_faults(test);
	set = make_setting(test);
	before = take_stock(set);
	for (n = 0; fired && n < MOST_FAULTS; n++) {
		long result = try_nth(test, set, operation, n + 1, &fired);

		if (result) {
			KUNIT_EXPECT_TRUE_MSG(test, fired, "refused, though nothing failed");
			expect_clean(test, set->why, result, n + 1);
			refusals++;
		}
		expect_same_stock(test, set, &before, n + 1);
	}
	kunit_info(test, "%s: %d faults, %d refusals", operation->name, n - 1, refusals);
	KUNIT_EXPECT_FALSE_MSG(test, fired, "no end of allocations");
	if (operation->refusals)
		KUNIT_EXPECT_GE(test, refusals, operation->refusals);
	else
		KUNIT_EXPECT_EQ(test, 0, refusals);
	clear_setting(test, set);
}
