/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hot paths, for the functions of the kernel API to be built around. Each tries the CPU's magazine or list,
 * and leaves everything else to the slow path. Their order and their branches are chosen for what the compiler
 * makes of them: docs/performance.md counts the instructions.
 */
#ifndef MINI_MM_HOT_H
#define MINI_MM_HOT_H

#include <linux/mm.h>
#include <linux/preempt.h>

#include "pages.h"
#include "trace.h"

/* --- objects ------------------------------------------------------------------------------------------ */

/* An object of the loaded magazine, or NULL: it is for the slow path. */
static __always_inline void *mini_object_pop(struct mini_cache *cache)
{
	struct mini_magazine_cpu *cpu;
	void *object;

	if (trace_mini_obj_alloc_enabled())
		return NULL;
	preempt_disable();
	cpu = this_cpu_ptr(cache->layer.cpus);
	if (mini_window_enter(&cpu->window)) {
		object = mini_magazine_take(cpu);
		if (likely(object)) {
			mini_window_leave(&cpu->window);
			preempt_enable();
			return object;
		}
	}
	mini_window_leave(&cpu->window);
	preempt_enable();
	return NULL;
}

/* An object, not zeroed, or NULL. */
static __always_inline void *mini_object_get(struct mini_cache *cache)
{
	return mini_object_pop(cache) ?: mini_object_get_slow(cache, _RET_IP_);
}

/* Whether an object of @cache may start at @offset in its arena's region: page->private says whose slab it is. */
static __always_inline bool mini_is_in_slab_of(const struct mini_cache *cache, u64 offset)
{
	return likely(offset < cache->bytes) &&
	       /* What is freed while somebody makes its slab is no object yet, or no more. */
	       likely(data_race(cache->first_page[offset >> PAGE_SHIFT].private) == mini_mark_of_cache(cache));
}

/* Preemption is off. False: it is for the slow path. */
static __always_inline bool mini_object_push(struct mini_cache *cache, void *object)
{
	struct mini_magazine_cpu *cpu = this_cpu_ptr(cache->layer.cpus);

	if (mini_window_enter(&cpu->window) && likely(mini_magazine_give(cpu, object))) {
		mini_window_leave(&cpu->window);
		return true;
	}
	mini_window_leave(&cpu->window);
	return false;
}

static __always_inline void mini_object_put(struct mini_cache *cache, void *object)
{
	if (mini_is_in_slab_of(cache, object - cache->base) && !trace_mini_obj_free_enabled()) {
		preempt_disable();
		if (mini_object_push(cache, object)) {
			preempt_enable();
			return;
		}
		preempt_enable();
	}
	mini_object_put_slow(cache, object, _RET_IP_);
}

/* Up to @nr objects of the loaded magazine. How many. */
static __always_inline size_t mini_objects_pop(struct mini_cache *cache, size_t nr, void **objects)
{
	size_t taken;

	if (trace_mini_obj_alloc_enabled())
		return 0;
	preempt_disable();
	taken = mini_magazine_pop_some(this_cpu_ptr(cache->layer.cpus), nr, objects);
	preempt_enable();
	return taken;
}

/* Puts the first of @nr objects into the loaded magazine, up to one that it does not take. How many. */
static __always_inline size_t mini_objects_push(struct mini_cache *cache, size_t nr, void **objects)
{
	struct mini_magazine_cpu *cpu;
	unsigned long checked = 0;
	ssize_t left = -(ssize_t)nr;
	void **from, **to;

	if (trace_mini_obj_free_enabled())
		return 0;
	preempt_disable();
	cpu = this_cpu_ptr(cache->layer.cpus);
	if (mini_window_enter(&cpu->window)) {
		nr = min_t(size_t, nr, cpu->end - cpu->top);
		from = objects + nr;
		to = cpu->top + nr;
		/* Counted from the end on: one instruction less an object. */
		for (left = -(ssize_t)nr; left; left++) {
			void *object = from[left];

			/* Those that lie together are often of one page. */
			if (unlikely(((unsigned long)object ^ checked) >= PAGE_SIZE)) {
				if (!mini_is_in_slab_of(cache, object - cache->base))
					break;
				checked = (unsigned long)object;
			}
			to[left] = object;
		}
		mini_hide(left);
		mini_set(cpu->top, to + left);
	}
	mini_window_leave(&cpu->window);
	preempt_enable();
	return nr + left;
}

/* --- page blocks -------------------------------------------------------------------------------------- */

/* The number of the list of such blocks. Movable and reclaimable together are none that there is a list of. */
static __always_inline size_t mini_list_for(gfp_t gfp, unsigned int order)
{
	const u32 type = ((__force u32)gfp & (__force u32)(__GFP_MOVABLE | __GFP_RECLAIMABLE)) /
			 (__force u32)__GFP_MOVABLE;

	return mini_page_list_number(order, type);
}

/* The block's first page, not zeroed, or NULL. @number: mini_list_for(@gfp, @order). */
static __always_inline struct page *mini_block_get(struct mini_arena *arena, gfp_t gfp, unsigned int order,
						   size_t number)
{
	struct mini_page_cpu *cpu;
	u32 page;

	if (likely(order <= MINI_HIGHEST_LISTED_ORDER) && !trace_mini_page_alloc_enabled()) {
		preempt_disable();
		cpu = this_cpu_ptr(arena->layer.cpus);
		if (mini_window_enter(&cpu->window)) {
			page = mini_page_take(cpu, &cpu->lists[number], arena->layer.map);
			if (likely(page != MINI_PAGE_NONE)) {
				mini_window_leave(&cpu->window);
				preempt_enable();
				return arena->first_page + page;
			}
		}
		mini_window_leave(&cpu->window);
		preempt_enable();
	}
	return mini_block_get_slow(arena, gfp, order, _RET_IP_);
}

static __always_inline void mini_block_put(struct mini_arena *arena, struct page *block, unsigned int order)
{
	const u64 page = block - arena->first_page;
	struct mini_page_entry *entry;
	struct mini_page_cpu *cpu;

	if (likely(page < arena->region.nr_pages) && !trace_mini_page_free_enabled()) {
		preempt_disable();
		cpu = this_cpu_ptr(arena->layer.cpus);
		entry = arena->layer.map + page;
		/* Asked for inside: an interrupt may free the same block. */
		if (mini_window_enter(&cpu->window) && likely(mini_page_is_allocated(entry, order)) &&
		    likely(mini_page_give(cpu, entry, page))) {
			mini_window_leave(&cpu->window);
			preempt_enable();
			return;
		}
		mini_window_leave(&cpu->window);
		preempt_enable();
	}
	/* As an index: then nothing has to be kept for it. */
	mini_block_put_slow(arena, page, order, _RET_IP_);
}

#endif /* MINI_MM_HOT_H */
