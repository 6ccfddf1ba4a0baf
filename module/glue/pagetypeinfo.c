// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/mini_pagetypeinfo, in the format of the kernel's own file: free blocks by migrate type, and how many
 * pageblocks each type has. A line an arena and type.
 */
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "pages.h"

/* Pageblocks that are counted under one hold of an arena's lock. */
#define PAGEBLOCKS_AT_ONCE 256

static const char *const names[MINI_CORE_MIGRATE_TYPES] = {
	[MINI_CORE_UNMOVABLE] = "Unmovable",
	[MINI_CORE_MOVABLE] = "Movable",
	[MINI_CORE_RECLAIMABLE] = "Reclaimable",
};

static void show_free_blocks(struct seq_file *seq, struct mini_arena *arena)
{
	struct mini_core_arena_stats stats;
	int type, order;

	mini_arena_read_stats(arena, &stats);
	for (type = 0; type < MINI_CORE_MIGRATE_TYPES; type++) {
		seq_printf(seq, "Node %4d, zone %8s, type %12s ", page_to_nid(mini_page(arena, 0)), arena->name,
			   names[type]);
		for (order = 0; order <= MINI_CORE_MAX_ORDER; order++)
			seq_printf(seq, "%6lu ", (unsigned long)stats.free_by_type[type][order]);
		seq_putc(seq, '\n');
	}
}

static void count_pageblocks(struct mini_arena *arena, unsigned long *counts)
{
	u32 step = mini_core_pageblock_pages();
	unsigned long flags;
	u32 page = 0;
	u32 some;

	while (page < arena->region.nr_pages) {
		mini_lock_irqsave(&arena->lock, flags);
		for (some = 0; some < PAGEBLOCKS_AT_ONCE && page < arena->region.nr_pages; some++, page += step)
			counts[mini_core_pageblock_type(arena->core, page)]++;
		mini_unlock_irqrestore(&arena->lock, flags);
	}
}

static void show_pageblocks(struct seq_file *seq, struct mini_arena *arena)
{
	unsigned long counts[MINI_CORE_MIGRATE_TYPES] = {};
	int type;

	count_pageblocks(arena, counts);
	seq_printf(seq, "Node %d, zone %8s ", page_to_nid(mini_page(arena, 0)), arena->name);
	for (type = 0; type < MINI_CORE_MIGRATE_TYPES; type++)
		seq_printf(seq, "%12lu ", counts[type]);
	seq_putc(seq, '\n');
}

static int pagetypeinfo_show(struct seq_file *seq, void *unused)
{
	struct mini_arena *arena;
	unsigned long index;
	int type, order;

	seq_printf(seq, "Page block order: %d\n", ilog2(mini_core_pageblock_pages()));
	seq_printf(seq, "Pages per block:  %u\n\n", mini_core_pageblock_pages());
	seq_printf(seq, "%-43s ", "Free pages count per migrate type at order");
	for (order = 0; order <= MINI_CORE_MAX_ORDER; order++)
		seq_printf(seq, "%6d ", order);
	seq_putc(seq, '\n');

	down_read(&mini_registry);
	for_each_mini_arena(index, arena)
		show_free_blocks(seq, arena);
	seq_printf(seq, "\n%-23s", "Number of blocks type ");
	for (type = 0; type < MINI_CORE_MIGRATE_TYPES; type++)
		seq_printf(seq, "%12s ", names[type]);
	seq_putc(seq, '\n');
	for_each_mini_arena(index, arena)
		show_pageblocks(seq, arena);
	up_read(&mini_registry);
	return 0;
}

int mini_pagetypeinfo_init(void)
{
	return proc_create_single("mini_pagetypeinfo", 0400, NULL, pagetypeinfo_show) ? 0 : -ENOMEM;
}

void mini_pagetypeinfo_exit(void)
{
	remove_proc_entry("mini_pagetypeinfo", NULL);
}
