// SPDX-License-Identifier: GPL-2.0
/*
 * Examinations of an arena, and the call for one.
 *
 * First the page map, a window of blocks at a time; if something had to be isolated, every cache makes its lists of
 * slabs anew, for it may have been in one of them. Then the arena's own slabs of management data, and every slab and
 * object of every cache. The per-CPU layer is turned off meanwhile. What waited in it goes to the engines at last, when
 * they are whole: they look at what comes back. What then still says that it waits for a CPU, a damaged list has lost.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"
#include "examine.h"
#include "pages.h"

/* Findings of one window that are named one by one. */
#define NAMED_AT_ONCE 8

/* One at a time: arenas have one place for it. */
static DEFINE_MUTEX(examining);

void mini_note_finding(struct mini_arena *arena, struct mini_mm_finding finding)
{
	struct mini_examination *examination;
	unsigned long flags;

	rcu_read_lock();
	examination = READ_ONCE(arena->examination);
	if (examination) {
		raw_spin_lock_irqsave(&examination->lock, flags);
		if (examination->count < examination->room)
			examination->findings[examination->count++] = finding;
		examination->found++;
		raw_spin_unlock_irqrestore(&examination->lock, flags);
	}
	rcu_read_unlock();
}

/* True when something was isolated. */
static bool examine_window(struct mini_arena *arena, u32 window)
{
	struct mini_core_finding findings[NAMED_AT_ONCE];
	bool isolated = false;
	unsigned long flags;
	u32 found, i;

	mini_lock_irqsave(&arena->lock, flags);
	found = mini_core_arena_inspect(arena->core, window, findings, ARRAY_SIZE(findings));
	mini_unlock_irqrestore(&arena->lock, flags);
	for (i = 0; i < min_t(u32, found, ARRAY_SIZE(findings)); i++) {
		mini_report_flaw(arena, &findings[i]);
		isolated |= findings[i].isolated;
	}
	return isolated || found > ARRAY_SIZE(findings);
}

static bool examine_page_map(struct mini_arena *arena)
{
	bool isolated = false;
	u32 window;

	for (window = 0; window < arena->region.nr_pages; window += mini_core_window_pages()) {
		isolated |= examine_window(arena, window);
		cond_resched();
	}
	return isolated;
}

/* The CPUs have nothing, and the depots neither. */
static void find_what_lists_lost(struct mini_arena *arena)
{
	unsigned long flags;
	u32 window, lost;

	for (window = 0; window < arena->region.nr_pages; window += mini_core_window_pages()) {
		mini_lock_irqsave(&arena->lock, flags);
		lost = mini_core_arena_reclaim_cached(arena->core, window);
		mini_unlock_irqrestore(&arena->lock, flags);
		if (lost)
			mini_report_cpu_list(arena, window, lost);
		cond_resched();
	}
}

static void relist_all(struct mini_arena *arena)
{
	struct mini_cache *cache;
	unsigned long flags;

	list_for_each_entry(cache, &arena->caches, node) {
		mini_lock_irqsave(&cache->lock, flags);
		mini_core_cache_relist(cache->core);
		mini_unlock_irqrestore(&cache->lock, flags);
	}
}

static void examine_descriptors(struct mini_arena *arena)
{
	unsigned long flags;
	u32 damaged;

	mini_lock_irqsave(&arena->lock, flags);
	damaged = mini_core_arena_inspect_descriptors(arena->core);
	mini_unlock_irqrestore(&arena->lock, flags);
	if (damaged)
		mini_report_descriptors(arena, damaged);
}

static void examine_caches(struct mini_arena *arena, struct mini_examination *examination)
{
	struct mini_core_cache_stats stats;
	struct mini_cache *cache;

	list_for_each_entry(cache, &arena->caches, node) {
		mini_cache_validate(cache);
		mini_cache_read_stats(cache, &stats);
		examination->slabs += stats.full_slabs + stats.partial_slabs + stats.empty_slabs;
		examination->objects += stats.total_objects;
		cond_resched();
	}
}

/* What is still not as it should be: nothing above foresaw it. */
static void examine_invariants(struct mini_arena *arena)
{
	const char *broken;
	unsigned long flags;

	mini_lock_irqsave(&arena->lock, flags);
	broken = mini_core_arena_broken(arena->core);
	mini_unlock_irqrestore(&arena->lock, flags);
	if (broken) {
		mini_report_invariant(arena, arena->name, broken);
		mini_note_finding(arena, (struct mini_mm_finding){ .kind = MINI_MM_FINDING_INVARIANT });
	}
}

void mini_arena_examine(struct mini_arena *arena, struct mini_examination *examination)
{
	lockdep_assert_held(&mini_registry);
	raw_spin_lock_init(&examination->lock);
	mutex_lock(&examining);
	WRITE_ONCE(arena->examination, examination);
	mini_arena_pause_layer(arena, true);
	if (examine_page_map(arena))
		relist_all(arena);
	examine_descriptors(arena);
	examine_caches(arena, examination);
	mini_arena_flush(arena);
	find_what_lists_lost(arena);
	mini_arena_pause_layer(arena, false);
	/* O(blocks) under the lock, so only when there is a reason. */
	if (examination->found)
		examine_invariants(arena);
	WRITE_ONCE(arena->examination, NULL);
	/* Whoever found it notes nothing more. */
	synchronize_rcu_expedited();
	mutex_unlock(&examining);
	examination->pages = arena->region.nr_pages;
	mini_arena_count_blocks(arena, MINI_CORE_ISOLATED, &examination->isolated_pages);
}

static int examine(struct mini_mm_examine *call, struct mini_examination *examination)
{
	struct mini_arena *arena;

	down_read(&mini_registry);
	arena = mini_arena_by_id(call->arena);
	if (arena)
		mini_arena_examine(arena, examination);
	up_read(&mini_registry);
	return arena ? 0 : mini_refuse(&call->why, MINI_MM_WHY_NO_ARENA);
}

int mini_ioctl_examine(struct mini_client *client, void *argument)
{
	struct mini_mm_examine *call = argument;
	struct mini_examination examination = { .room = call->count };
	int error;

	call->why = 0;
	if (call->flags)
		return mini_refuse(&call->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(call->reserved))
		return mini_refuse(&call->why, MINI_MM_WHY_RESERVED);
	if (!call->count || call->count > MINI_MM_FINDINGS_MAX)
		return mini_refuse(&call->why, MINI_MM_WHY_COUNT);
	examination.findings = kvcalloc(call->count, sizeof(*examination.findings), GFP_KERNEL_ACCOUNT);
	if (!examination.findings)
		return mini_refuse(&call->why, MINI_MM_WHY_NO_MEMORY);
	error = examine(call, &examination);
	if (!error) {
		call->count = examination.count;
		call->found = examination.found;
		call->pages = examination.pages;
		call->slabs = examination.slabs;
		call->objects = examination.objects;
		call->isolated_pages = examination.isolated_pages;
		/* Without mini_registry: a page fault may wait for long. */
		if (copy_to_user(u64_to_user_ptr(call->findings), examination.findings,
				 examination.count * sizeof(*examination.findings)))
			error = mini_refuse(&call->why, MINI_MM_WHY_FAULT);
	}
	kvfree(examination.findings);
	return error;
}
