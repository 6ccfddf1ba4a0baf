// SPDX-License-Identifier: GPL-2.0
/*
 * What each arena has below /sys/kernel/debug/mini_mm/<arena>/: the numbers of its reports, what the
 * per-CPU layer holds (percpu.c), and fault injection:
 * writing n to fail_{page,object,slab} makes the n-th allocation of that kind from now fail, as if the arena
 * were full; it counts down and rests at 0.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "internal.h"

static struct dentry *root;

static int reports_show(struct seq_file *seq, void *unused)
{
	mini_reports_show(seq, seq->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(reports);

static int percpu_show(struct seq_file *seq, void *unused)
{
	mini_percpu_show(seq, seq->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(percpu);

static int fail_get(void *data, u64 *value)
{
	const struct mini_fail_file *file = data;

	*value = atomic_read(&file->arena->fail[file->point]);
	return 0;
}

static int fail_set(void *data, u64 value)
{
	const struct mini_fail_file *file = data;

	if (value > INT_MAX)
		return -ERANGE;
	mini_fail_nth(file->arena, file->point, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(fail_operations, fail_get, fail_set, "%llu\n");

static const char *const fail_names[MINI_CORE_FAULT_POINTS] = {
	[MINI_CORE_FAULT_PAGE] = "fail_page",
	[MINI_CORE_FAULT_OBJECT] = "fail_object",
	[MINI_CORE_FAULT_SLAB] = "fail_slab",
};

static void add_fail_file(struct mini_arena *arena, enum mini_core_fault_point point)
{
	struct mini_fail_file *file = &arena->fail_files[point];

	*file = (struct mini_fail_file){ .arena = arena, .point = point };
	debugfs_create_file(fail_names[point], 0600, arena->debugfs, file, &fail_operations);
}

void mini_debugfs_add_arena(struct mini_arena *arena)
{
	int point;

	arena->debugfs = debugfs_create_dir(arena->name, root);
	for (point = 0; point < MINI_CORE_FAULT_POINTS; point++)
		add_fail_file(arena, point);
	debugfs_create_file("reports", 0400, arena->debugfs, arena, &reports_fops);
	debugfs_create_file("percpu", 0400, arena->debugfs, arena, &percpu_fops);
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
