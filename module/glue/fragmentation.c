// SPDX-License-Identifier: GPL-2.0
/*
 * How fragmented the free memory of each arena is, order by order, as the kernel says it of its zones
 * (/sys/kernel/debug/extfrag): unusable_index is the share of the free pages that a request of the order cannot
 * use; extfrag_index says whether such a request fails for want of memory (towards 0) or because what is free
 * lies scattered (towards 1), and is -1.000 where it does not fail. (M. Gorman and A. Whitcroft, "The What, The Why
 * and the Where To of Anti-Fragmentation", OLS 2006.)
 */
#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/seq_file.h>

#include "pages.h"

/* Shares are in thousandths. */
#define WHOLE 1000

struct free_blocks {
	u64 pages;
	u64 total;
	u64 suitable; /* of at least the order */
	u64 suitable_pages;
};

static struct free_blocks count(const struct mini_core_arena_stats *stats, unsigned int wanted)
{
	struct free_blocks free = {};
	unsigned int order;

	for (order = 0; order <= stats->max_order; order++) {
		u64 blocks = stats->free_blocks[order];

		free.total += blocks;
		free.pages += blocks << order;
		if (order < wanted)
			continue;
		free.suitable += blocks;
		free.suitable_pages += blocks << order;
	}
	return free;
}

static int unusable_index(const struct mini_core_arena_stats *stats, unsigned int order)
{
	struct free_blocks free = count(stats, order);

	return free.pages ? div64_u64((free.pages - free.suitable_pages) * WHOLE, free.pages) : WHOLE;
}

static int extfrag_index(const struct mini_core_arena_stats *stats, unsigned int order)
{
	struct free_blocks free = count(stats, order);

	if (!free.total)
		return 0;
	if (free.suitable)
		return -WHOLE;
	return WHOLE - (int)div64_u64(WHOLE + div64_u64(free.pages * WHOLE, 1U << order), free.total);
}

static void show(struct seq_file *seq, const char *format,
		 int (*index_of)(const struct mini_core_arena_stats *stats, unsigned int order))
{
	struct mini_core_arena_stats stats;
	struct mini_arena *arena;
	unsigned long id;
	unsigned int order;

	down_read(&mini_registry);
	for_each_mini_arena(id, arena) {
		mini_arena_read_stats(arena, &stats);
		seq_printf(seq, "Node %d, zone %8s ", page_to_nid(mini_page(arena, 0)), arena->name);
		for (order = 0; order <= MINI_CORE_MAX_ORDER; order++) {
			int index = index_of(&stats, order);

			seq_printf(seq, format, index / WHOLE, abs(index % WHOLE));
		}
		seq_putc(seq, '\n');
	}
	up_read(&mini_registry);
}

static int unusable_index_show(struct seq_file *seq, void *unused)
{
	show(seq, "%d.%03d ", unusable_index);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(unusable_index);

static int extfrag_index_show(struct seq_file *seq, void *unused)
{
	show(seq, "%2d.%03d ", extfrag_index);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extfrag_index);

void mini_fragmentation_init(struct dentry *root)
{
	debugfs_create_file("unusable_index", 0400, root, NULL, &unusable_index_fops);
	debugfs_create_file("extfrag_index", 0400, root, NULL, &extfrag_index_fops);
}
