// SPDX-License-Identifier: GPL-2.0
/*
 * A physically contiguous region larger than one alloc_pages() call can give.
 *
 * Blocks of the highest order, or one of a lower order that is enough, are taken one by one. An xarray, by
 * block number, holds at both ends of each run of adjacent blocks how long the run is, so that a new block
 * finds in O(1) the runs that it extends or joins. When a run is long enough, or half of the free memory is
 * taken, the rest goes back. What is kept is split into single pages, each with a count of its own.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/xarray.h>

#include "compat.h"
#include "internal.h"

#define MAX_BLOCK_ORDER MINI_KERNEL_MAX_ORDER

struct run {
	unsigned long first; /* block number */
	unsigned long length; /* blocks */
};

static unsigned long run_ending_at(struct xarray *taken, unsigned long block)
{
	void *entry = xa_load(taken, block);

	return entry ? xa_to_value(entry) : 0;
}

/* Adds @block, with its pages, to the taken ones; *@run is the run that it is now part of. */
static int add_block(struct xarray *taken, unsigned long block, struct run *run)
{
	unsigned long left = run_ending_at(taken, block - 1);
	unsigned long right = run_ending_at(taken, block + 1);
	int error;

	run->first = block - left;
	run->length = left + 1 + right;
	/* The ends exist already, except for the block itself: only the first store needs memory. */
	error = xa_err(xa_store(taken, block, xa_mk_value(run->length), GFP_KERNEL));
	if (error)
		return error;
	xa_store(taken, run->first, xa_mk_value(run->length), GFP_KERNEL);
	xa_store(taken, run->first + run->length - 1, xa_mk_value(run->length), GFP_KERNEL);
	return 0;
}

static unsigned long half_of_free_memory(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	return info.freeram / 2;
}

/* Takes blocks until a run of @wanted is there. Returns the longest run found. */
static struct run take_blocks(struct xarray *taken, unsigned int order, unsigned long wanted, unsigned long most)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC;
	struct run longest = {};
	unsigned long count;

	for (count = 0; count < most && longest.length < wanted; count++) {
		struct page *page;
		struct run run;

		if (fatal_signal_pending(current))
			break;
		page = alloc_pages(gfp, order);
		if (!page)
			break;
		if (add_block(taken, page_to_pfn(page) >> order, &run)) {
			__free_pages(page, order);
			break;
		}
		if (run.length > longest.length)
			longest = run;
		cond_resched();
	}
	return longest;
}

/*
 * Memory goes back from its end to its start. The kernel serves the block that was freed last first: so
 * the next region is looked for upwards from here, and finds its blocks in a row again.
 */
static void give_back_except(struct xarray *taken, unsigned int order, const struct run *kept)
{
	unsigned long first = ULONG_MAX, last = 0;
	unsigned long block;
	void *entry;

	xa_for_each(taken, block, entry) {
		first = min(first, block);
		last = block;
	}
	for (block = last + 1; block-- > first;) {
		if (xa_load(taken, block) && block - kept->first >= kept->length)
			__free_pages(pfn_to_page(block << order), order);
		cond_resched();
	}
	xa_destroy(taken);
}

/*
 * Undoes split_page(), so that the block goes back in one piece: single pages would linger in the CPU's
 * lists, where the next small request finds them, and the next region a hole. A page that somebody still
 * holds a reference to makes this fail, and changes nothing.
 */
static bool unsplit(unsigned long pfn, unsigned int order)
{
	unsigned long pages = BIT(order);
	unsigned long i;

	/* Here the kernel keeps accounts of each page of a split block. */
	if (IS_ENABLED(CONFIG_MEM_ALLOC_PROFILING))
		return false;
	for (i = 1; i < pages; i++)
		if (!page_ref_freeze(pfn_to_page(pfn + i), 1))
			break;
	if (i == pages)
		return true;
	while (--i)
		page_ref_unfreeze(pfn_to_page(pfn + i), 1);
	return false;
}

static void free_block(unsigned long pfn, unsigned int order)
{
	unsigned long i = BIT(order);

	if (unsplit(pfn, order)) {
		__free_pages(pfn_to_page(pfn), order);
		return;
	}
	while (i--)
		__free_page(pfn_to_page(pfn + i));
}

/* Gives single pages back, from their end to their start, in the largest pieces that are aligned. */
static void free_range(unsigned long pfn, unsigned long end)
{
	while (end > pfn) {
		unsigned int order = min_t(unsigned int, __ffs(end), MAX_BLOCK_ORDER);

		order = min_t(unsigned int, order, ilog2(end - pfn));
		end -= BIT(order);
		free_block(end, order);
		cond_resched();
	}
}

/* What other users of this memory left in it is not for the arena's clients. */
static void zero_pages(unsigned long pfn, unsigned long end)
{
	if (want_init_on_alloc(GFP_KERNEL))
		return;
	for (; pfn < end; pfn++) {
		clear_highpage(pfn_to_page(pfn));
		if (!(pfn % BIT(MAX_BLOCK_ORDER)))
			cond_resched();
	}
}

/**
 * mini_region_acquire() - take physically contiguous pages
 * @region: filled in
 * @nr_pages: how many, at least 1
 * @longest_pages: with -ENOMEM, the longest run that could have been had
 *
 * The region starts at a block of the highest order, or of one that it does not exceed, so that every block
 * in it can be aligned physically. All pages are zero.
 *
 * Context: may sleep; a fatal signal ends it with -EINTR.
 */
int mini_region_acquire(struct mini_region *region, unsigned long nr_pages, unsigned long *longest_pages)
{
	/* To break a large block up for a small region would cost the kernel a large block. */
	unsigned int order = min_t(unsigned int, order_base_2(nr_pages), MAX_BLOCK_ORDER);
	unsigned long wanted = DIV_ROUND_UP(nr_pages, BIT(order));
	unsigned long most = half_of_free_memory() >> order;
	struct xarray taken;
	struct run run;
	unsigned long i;

	xa_init(&taken);
	/* Not even the length can be had: take what shows how long a run there would be, no more. */
	run = take_blocks(&taken, order, wanted, most);
	*longest_pages = run.length << order;
	if (run.length < wanted) {
		run.length = 0;
		give_back_except(&taken, order, &run);
		return fatal_signal_pending(current) ? -EINTR : -ENOMEM;
	}
	run.length = wanted;
	give_back_except(&taken, order, &run);

	region->first_pfn = run.first << order;
	region->nr_pages = nr_pages;
	for (i = 0; i < run.length; i++)
		split_page(pfn_to_page((run.first + i) << order), order);
	free_range(region->first_pfn + nr_pages, (run.first + run.length) << order);
	zero_pages(region->first_pfn, region->first_pfn + nr_pages);
	mini_clear_marks(pfn_to_page(region->first_pfn), nr_pages);
	return 0;
}

/* Context: may sleep. */
void mini_region_release(struct mini_region *region)
{
	mini_clear_marks(pfn_to_page(region->first_pfn), region->nr_pages);
	free_range(region->first_pfn, region->first_pfn + region->nr_pages);
	region->nr_pages = 0;
}
