// SPDX-License-Identifier: GPL-2.0
/*
 * The call for a self-test: arenas of random content in which one thing is done wrong, and who noticed.
 *
 * mini_registry is held for writing from before an arena is known until it is gone, so that nobody else gets hold of
 * anything that is damaged on purpose: a try takes a few milliseconds. Its reports are counted and not said.
 */
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "device.h"
#include "examine.h"
#include "self_test.h"

#define REGION_BYTES SZ_1M
/* Pairs of which the mean is taken. */
#define PAIRS 1000

static u32 reports_of(struct mini_arena *arena)
{
	u32 sum = 0;
	int report;

	for (report = 0; report < MINI_REPORTS; report++)
		sum += atomic_read(&arena->reports[report]);
	return sum;
}

static int make_caches(struct mini_victim *victim, const char *engine, u32 *why)
{
	struct mini_cache_request request = {
		.arena = victim->arena,
		.name = "victim",
		.size = MINI_VICTIM_SIZE,
		.engine = engine,
	};
	int error = mini_cache_make(&request, &victim->cache, why);

	request.name = "other";
	return error ?: mini_cache_make(&request, &victim->other, why);
}

/* Some of everything, and then some of it freed again. */
static int populate(struct mini_victim *victim)
{
	int i;

	for (i = 0; i < MINI_VICTIM_OBJECTS; i++) {
		victim->objects[i] = mini_kmem_cache_alloc(victim->cache, 0);
		if (!victim->objects[i])
			return -ENOMEM;
	}
	for (i = 0; i < MINI_VICTIM_BLOCKS; i++) {
		victim->orders[i] = mini_victim_random(victim, 3);
		victim->blocks[i] = mini_alloc_pages(victim->arena, 0, victim->orders[i]);
		if (!victim->blocks[i])
			return -ENOMEM;
	}
	for (i = 0; i < MINI_VICTIM_OBJECTS; i += 1 + mini_victim_random(victim, 4)) {
		mini_kmem_cache_free(victim->cache, victim->objects[i]);
		victim->objects[i] = NULL;
	}
	for (i = 0; i < MINI_VICTIM_BLOCKS; i += 1 + mini_victim_random(victim, 4)) {
		mini_free_pages(victim->arena, victim->blocks[i], victim->orders[i]);
		victim->blocks[i] = NULL;
	}
	return 0;
}

/* What was not hit works: as many objects and pages again can be allocated, and nothing contradicts itself. */
static bool works(struct mini_victim *victim)
{
	struct mini_arena *arena = victim->arena;
	unsigned long flags;
	bool whole;
	int i;

	for (i = 0; i < MINI_VICTIM_OBJECTS; i++)
		if (!mini_kmem_cache_alloc(victim->cache, 0))
			return false;
	for (i = 0; i < MINI_VICTIM_BLOCKS; i++)
		if (!mini_alloc_pages(arena, 0, i % 2))
			return false;
	mini_lock_irqsave(&arena->lock, flags);
	whole = !mini_core_arena_broken(arena->core);
	mini_unlock_irqrestore(&arena->lock, flags);
	return whole;
}

static void try_bug(struct mini_victim *victim, struct mini_mm_self_test *test)
{
	struct mini_examination examination = {};

	if (!mini_bug_commit(victim, test->bug))
		return;
	test->tries++;
	if (reports_of(victim->arena)) {
		test->at_once++;
		mini_arena_examine(victim->arena, &examination);
	} else {
		mini_arena_examine(victim->arena, &examination);
		if (reports_of(victim->arena))
			test->at_check++;
		else
			test->missed++;
	}
	test->broken += !works(victim);
}

/* Interrupted by nothing but who has more to do: it is the mean of many. */
static u64 time_pairs(struct mini_victim *victim)
{
	u64 start = ktime_get_ns();
	int i;

	for (i = 0; i < PAIRS; i++)
		mini_kmem_cache_free(victim->cache, mini_kmem_cache_alloc(victim->cache, 0));
	return div_u64(ktime_get_ns() - start, PAIRS);
}

static int one_try(const struct mini_arena_request *request, u32 number, struct mini_mm_self_test *test)
{
	struct mini_victim *victim = kzalloc(sizeof(*victim), GFP_KERNEL_ACCOUNT);
	int error = -ENOMEM;
	u64 live;

	if (!victim)
		return mini_refuse(&test->why, MINI_MM_WHY_NO_MEMORY);
	prandom_seed_state(&victim->random, test->seed + number);
	victim->arena = mini_arena_build(request, &error, &test->why, NULL);
	if (!victim->arena)
		goto out;
	WRITE_ONCE(victim->arena->quiet, true);
	down_write(&mini_registry);
	error = mini_arena_publish(victim->arena, &test->why);
	if (error) {
		up_write(&mini_registry);
		mini_arena_discard(victim->arena);
		goto out;
	}
	error = make_caches(victim, test->object_engine, &test->why);
	if (!error && populate(victim))
		error = mini_refuse(&test->why, MINI_MM_WHY_FULL);
	if (!error) {
		if (!number)
			test->pair_ns = time_pairs(victim);
		try_bug(victim, test);
	}
	mini_arena_unmake(victim->arena, true, &live);
	up_write(&mini_registry);
out:
	kfree(victim);
	return error;
}

static int run(const struct mini_arena_request *request, u32 tries, struct mini_mm_self_test *test)
{
	int error = 0;
	u32 i;

	for (i = 0; i < tries && !error; i++) {
		error = one_try(request, i, test);
		if (!error && signal_pending(current))
			error = mini_refuse(&test->why, MINI_MM_WHY_INTERRUPTED);
		cond_resched();
	}
	return error;
}

int mini_ioctl_self_test(struct mini_client *client, void *argument)
{
	struct mini_mm_self_test *test = argument;
	const struct mini_arena_request request = {
		.name = "self-test",
		.page_engine = "eager",
		.placement = mini_text_field(test->placement, sizeof(test->placement), ""),
		.object_engine = mini_text_field(test->object_engine, sizeof(test->object_engine), mini_object_engine),
		.debug = mini_text_field(test->debug, sizeof(test->debug), ""),
		.size = REGION_BYTES,
		.kept = true,
	};
	u32 tries = test->tries;

	test->why = 0;
	if (test->flags)
		return mini_refuse(&test->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(test->reserved))
		return mini_refuse(&test->why, MINI_MM_WHY_RESERVED);
	if (!tries || tries > MINI_MM_SELF_TEST_TRIES)
		return mini_refuse(&test->why, MINI_MM_WHY_COUNT);
	if (!test->bug || test->bug >= MINI_MM_BUGS)
		return mini_refuse(&test->why, MINI_MM_WHY_OPCODE);
	if (!request.placement || !request.object_engine)
		return mini_refuse(&test->why, MINI_MM_WHY_ENGINE);
	if (!request.debug)
		return mini_refuse(&test->why, MINI_MM_WHY_DEBUG);
	test->tries = 0;
	test->at_once = 0;
	test->at_check = 0;
	test->missed = 0;
	test->broken = 0;
	test->pair_ns = 0;
	return run(&request, tries, test);
}
