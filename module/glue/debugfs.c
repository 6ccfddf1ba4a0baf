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

/* A file's data is the arena; which countdown it is for, its operations say. */
#define FAIL_FILE(name, point)                                                                                \
	static int name##_get(void *arena, u64 *value)                                                        \
	{                                                                                                     \
		*value = atomic_read(&((struct mini_arena *)arena)->fail[point]);                             \
		return 0;                                                                                     \
	}                                                                                                     \
	static int name##_set(void *arena, u64 value)                                                         \
	{                                                                                                     \
		if (value > INT_MAX)                                                                          \
			return -ERANGE;                                                                       \
		mini_fail_nth(arena, point, value);                                                           \
		return 0;                                                                                     \
	}                                                                                                     \
	DEFINE_DEBUGFS_ATTRIBUTE(name##_operations, name##_get, name##_set, "%llu\n")

FAIL_FILE(fail_page, MINI_CORE_FAULT_PAGE);
FAIL_FILE(fail_object, MINI_CORE_FAULT_OBJECT);
FAIL_FILE(fail_slab, MINI_CORE_FAULT_SLAB);

void mini_debugfs_add_arena(struct mini_arena *arena)
{
	arena->debugfs = debugfs_create_dir(arena->name, root);
	debugfs_create_file("fail_page", 0600, arena->debugfs, arena, &fail_page_operations);
	debugfs_create_file("fail_object", 0600, arena->debugfs, arena, &fail_object_operations);
	debugfs_create_file("fail_slab", 0600, arena->debugfs, arena, &fail_slab_operations);
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
