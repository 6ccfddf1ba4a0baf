// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/mini_buddyinfo and /proc/mini_slabinfo, in the formats of the kernel's own files.
 *
 * A read holds mini_registry, so that arenas and caches stay, and one arena's or cache's lock at a time
 * for as long as its counters are copied.
 */
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "pages.h"

static int highest_arena_order(void)
{
	struct mini_core_arena_stats stats;
	struct mini_arena *arena;
	unsigned long index;
	int highest = 0;

	for_each_mini_arena(index, arena) {
		mini_arena_read_stats(arena, &stats);
		highest = max_t(int, highest, stats.max_order);
	}
	return highest;
}

static void *buddyinfo_start(struct seq_file *seq, loff_t *pos)
{
	struct mini_arena *arena;
	unsigned long index;
	loff_t left = *pos;

	down_read(&mini_registry);
	for_each_mini_arena(index, arena)
		if (!left--)
			return arena;
	return NULL;
}

static void *buddyinfo_next(struct seq_file *seq, void *element, loff_t *pos)
{
	const struct mini_arena *arena = element;

	++*pos;
	return mini_arena_after(arena->id);
}

static void registry_stop(struct seq_file *seq, void *element)
{
	up_read(&mini_registry);
}

static int buddyinfo_show(struct seq_file *seq, void *element)
{
	struct mini_arena *arena = element;
	struct mini_core_arena_stats stats;
	int highest = highest_arena_order();
	int order;

	mini_arena_read_stats(arena, &stats);
	seq_printf(seq, "Node %d, zone %8s ", page_to_nid(mini_page(arena, 0)), arena->name);
	for (order = 0; order <= highest; order++)
		seq_printf(seq, "%6lu ", (unsigned long)stats.free_blocks[order]);
	seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations buddyinfo_operations = {
	.start = buddyinfo_start,
	.next = buddyinfo_next,
	.stop = registry_stop,
	.show = buddyinfo_show,
};

static void *slabinfo_start(struct seq_file *seq, loff_t *pos)
{
	struct mini_cache *cache = NULL;
	loff_t left = *pos;

	down_read(&mini_registry);
	if (!left--)
		return SEQ_START_TOKEN;
	do {
		cache = mini_cache_after(cache ? cache->id : 0);
	} while (cache && left--);
	return cache;
}

static void *slabinfo_next(struct seq_file *seq, void *element, loff_t *pos)
{
	const struct mini_cache *cache = element;

	++*pos;
	return mini_cache_after(element == SEQ_START_TOKEN ? 0 : cache->id);
}

static int slabinfo_show(struct seq_file *seq, void *element)
{
	struct mini_core_cache_layout layout;
	struct mini_core_cache_stats stats;
	char name[MINI_MM_FULL_NAME_LEN];
	unsigned long active_slabs, slabs;
	struct mini_cache *cache = element;
	u64 cached;
	u32 shared;

	if (element == SEQ_START_TOKEN) {
		seq_puts(seq, "slabinfo - version: 2.1\n");
		seq_puts(seq,
			 "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>");
		seq_puts(seq, " : tunables <limit> <batchcount> <sharedfactor>");
		seq_puts(seq, " : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
		return 0;
	}
	mini_cache_full_name(cache, name);
	mini_core_cache_read_layout(cache->core, &layout);
	mini_cache_read_all_stats(cache, &stats, &cached, &shared);
	active_slabs = stats.full_slabs + stats.partial_slabs;
	slabs = active_slabs + stats.empty_slabs + stats.damaged_slabs;
	seq_printf(seq, "%-17s %6lu %6lu %6u %4u %4d", name, (unsigned long)stats.active_objects,
		   (unsigned long)stats.total_objects, layout.slot_size, layout.objects_per_slab,
		   layout.pages_per_slab);
	/* The shared factor is how many magazines the depot, which is all CPUs', can hold. */
	seq_printf(seq, " : tunables %4u %4u %4u", cache->layer.size, cache->layer.size ? cache->layer.batch : 0,
		   cache->layer.size ? MINI_DEPOT_MAX : 0);
	seq_printf(seq, " : slabdata %6lu %6lu %6lu\n", active_slabs, slabs, (unsigned long)shared);
	return 0;
}

static const struct seq_operations slabinfo_operations = {
	.start = slabinfo_start,
	.next = slabinfo_next,
	.stop = registry_stop,
	.show = slabinfo_show,
};

int mini_proc_init(void)
{
	if (!proc_create_seq("mini_buddyinfo", 0444, NULL, &buddyinfo_operations))
		return -ENOMEM;
	if (!proc_create_seq("mini_slabinfo", 0400, NULL, &slabinfo_operations)) {
		remove_proc_entry("mini_buddyinfo", NULL);
		return -ENOMEM;
	}
	return 0;
}

void mini_proc_exit(void)
{
	remove_proc_entry("mini_slabinfo", NULL);
	remove_proc_entry("mini_buddyinfo", NULL);
}
