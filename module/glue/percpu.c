// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/mini_mm/<arena>/percpu: what each CPU has in its page lists and its magazines, how many allocations
 * it served out of them, and what lies in the depots; refilled and flushed are what came from the engines and went
 * back.
 *
 * Nobody is stopped but by a lock that is held for a line at a time, so lines are of different moments. Caches are
 * found under RCU: with mini_registry, a reader and who takes the file away would wait for each other.
 */
#include <linux/cpumask.h>
#include <linux/seq_file.h>

#include "internal.h"

static void show_pages(struct seq_file *seq, struct mini_arena *arena)
{
	struct mini_layer_counts counts;
	int cpu;

	seq_printf(seq, "%-32s %5s %12s %8s %8s\n", "# page lists", "cpu", "allocations", "blocks", "pages");
	for_each_possible_cpu(cpu) {
		mini_page_layer_read_cpu(arena, cpu, &counts);
		seq_printf(seq, "%-32s %5d %12llu %8llu %8llu\n", "pages", cpu, counts.allocations, counts.blocks,
			   counts.pages);
	}
}

static bool is_shown(const struct mini_cache *cache)
{
	return cache->layer.one_size && !READ_ONCE(cache->hidden);
}

static void show_objects(struct seq_file *seq, struct mini_arena *arena)
{
	struct mini_layer_counts counts;
	struct mini_cache *cache;
	int cpu;

	seq_printf(seq, "%-32s %5s %12s %8s\n", "# magazines", "cpu", "allocations", "objects");
	rcu_read_lock();
	list_for_each_entry_rcu(cache, &arena->caches, node) {
		if (!is_shown(cache))
			continue;
		for_each_possible_cpu(cpu) {
			mini_object_layer_read_cpu(cache, cpu, &counts);
			seq_printf(seq, "%-32s %5d %12llu %8llu\n", cache->name, cpu, counts.allocations,
				   counts.objects);
		}
	}
	rcu_read_unlock();
}

static void show_depots(struct seq_file *seq, struct mini_arena *arena)
{
	struct mini_layer_counts counts;
	struct mini_cache *cache;

	seq_printf(seq, "%-32s %5s %12s %8s %8s\n", "# depots", "", "refilled", "flushed", "held");
	mini_page_layer_read_depots(arena, &counts);
	seq_printf(seq, "%-32s %5s %12llu %8llu %8llu\n", "pages", "all", counts.refilled, counts.flushed,
		   counts.blocks);
	rcu_read_lock();
	list_for_each_entry_rcu(cache, &arena->caches, node) {
		if (!is_shown(cache))
			continue;
		mini_object_layer_read_depot(cache, &counts);
		seq_printf(seq, "%-32s %5s %12llu %8llu %8llu\n", cache->name, "all", counts.refilled, counts.flushed,
			   counts.objects);
	}
	rcu_read_unlock();
}

void mini_percpu_show(struct seq_file *seq, struct mini_arena *arena)
{
	show_pages(seq, arena);
	show_objects(seq, arena);
	show_depots(seq, arena);
}
