/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share. Every case has an arena of its own, so that cases run while the module is in use
 * and beside each other. When a case ends, its arena must be as it was made: nothing held, nothing reported.
 */
#ifndef MINI_MM_KUNIT_FIXTURE_H
#define MINI_MM_KUNIT_FIXTURE_H

#include <kunit/test.h>
#include <linux/mm.h>

#include "glue/device.h"
#include "mini_mm.h"

/* --- arenas and caches ------------------------------------------------------------------------------ */

/* Makes an arena of @pages, every invariant checked after each operation; it goes away with the case. */
struct mini_arena *mini_kunit_arena(struct kunit *test, unsigned long pages);
/*
 * The same without the per-CPU layer: for cases that look at what an engine has become after each operation. Of the
 * others those that look at an engine's state empty the layer first; the functions below and in blocks.h do.
 */
struct mini_arena *mini_kunit_bare_arena(struct kunit *test, unsigned long pages);
/* The same with a @name that nobody else may have: 1 to 15 letters. */
struct mini_arena *mini_kunit_arena_called(struct kunit *test, const char *name,
					   unsigned long pages);
struct mini_arena *mini_kunit_bare_arena_called(struct kunit *test, const char *name, unsigned long pages);
/* The same with @debug letters; "" for none. */
struct mini_arena *mini_kunit_arena_debug(struct kunit *test, unsigned long pages, const char *debug);
/* The first again, with a page engine and a placement by their names. */
struct mini_arena *mini_kunit_arena_engine(struct kunit *test, unsigned long pages, const char *engine,
					   const char *placement);
/* With all that can be chosen. */
struct mini_arena *mini_kunit_arena_as(struct kunit *test, const struct mini_arena_params *params);

/*
 * From here on the case provokes reports: they are counted and not said. What it expects of each kind it
 * says itself; objects and slabs that were damaged may stay behind.
 */
void mini_kunit_provoke(struct mini_arena *arena);
u32 mini_kunit_reports(struct mini_arena *arena, enum mini_report report);
/* Exactly @nr of kind @report so far, and none of any other kind. */
void mini_kunit_expect_reports(struct kunit *test, struct mini_arena *arena, enum mini_report report, u32 nr);

/* Asserts that there is a cache: its @size and @flags as for mini_kmem_cache_create(). */
struct mini_cache *mini_kunit_cache(struct kunit *test, struct mini_arena *arena, unsigned int size,
				    slab_flags_t flags);

/* The same of the object engine @engine, by name. */
struct mini_cache *mini_kunit_cache_of(struct kunit *test, struct mini_arena *arena, const char *engine,
				       unsigned int size, slab_flags_t flags);

/* The n-th allocation of this kind in the arena from now fails. */
void mini_kunit_fail_nth(struct mini_arena *arena, enum mini_core_fault_point point, int n);

u32 mini_kunit_free_pages(struct mini_arena *arena);
/* Everything is free: the number of free pages is all, and no invariant is broken. */
void mini_kunit_expect_whole(struct kunit *test, struct mini_arena *arena);

/* --- the device -------------------------------------------------------------------------------------- */

/* An open file of the device, and a page of user memory for its calls, both the case's thread's. */
struct mini_kunit_client {
	struct file *file;
	void __user *page;
};

/* Opens the device; it is closed with the case, or before by mini_kunit_close(). */
struct mini_kunit_client *mini_kunit_open(struct kunit *test);
void mini_kunit_close(struct kunit *test, struct mini_kunit_client *client);

/* Calls the device with @argument in user memory, copied there and back. The call's result. */
long mini_kunit_ioctl(struct kunit *test, struct mini_kunit_client *client, unsigned int command, void *argument);

/* More user memory: @pages, zeroed. */
void __user *mini_kunit_user_pages(struct kunit *test, unsigned long pages);

/* --- CPUs ---------------------------------------------------------------------------------------------- */

/* The case's thread stays on the CPU that it is on now; which one. */
int mini_kunit_stay(struct kunit *test);

/* --- random numbers ---------------------------------------------------------------------------------- */

/* A seed, printed in the case's log: mini_mm_kunit.seed, or one that nobody chose. */
u64 mini_kunit_seed(struct kunit *test);

#endif /* MINI_MM_KUNIT_FIXTURE_H */
