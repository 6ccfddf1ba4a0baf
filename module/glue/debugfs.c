// SPDX-License-Identifier: GPL-2.0
/*
 * What each arena has below /sys/kernel/debug/mini_mm/<arena>/: the numbers of its reports, and fault injection:
 * writing n to fail_{page,object,slab} makes the n-th allocation of that kind from now fail, as if the arena
 * were full; it counts down and rests at 0.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "internal.h"

static const char *const file_names[MINI_CORE_FAULT_POINTS] = {
	[MINI_CORE_FAULT_PAGE] = "fail_page",
	[MINI_CORE_FAULT_OBJECT] = "fail_object",
	[MINI_CORE_FAULT_SLAB] = "fail_slab",
};

static struct dentry *root;

static int reports_show(struct seq_file *seq, void *unused)
{
	mini_reports_show(seq, seq->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(reports);

void mini_debugfs_add_arena(struct mini_arena *arena)
{
	int point;

	arena->debugfs = debugfs_create_dir(arena->name, root);
	for (point = 0; point < MINI_CORE_FAULT_POINTS; point++)
		debugfs_create_atomic_t(file_names[point], 0600, arena->debugfs, &arena->fail[point]);
	debugfs_create_file("reports", 0400, arena->debugfs, arena, &reports_fops);
}

void mini_debugfs_remove_arena(struct mini_arena *arena)
{
	debugfs_remove_recursive(arena->debugfs);
}

void mini_debugfs_init(void)
{
	root = debugfs_create_dir("mini_mm", NULL);
	mini_fragmentation_init(root);
}

void mini_debugfs_exit(void)
{
	debugfs_remove_recursive(root);
}
