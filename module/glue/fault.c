// SPDX-License-Identifier: GPL-2.0
/*
 * Fault injection: /sys/kernel/debug/mini_mm/<arena>/fail_{page,object,slab}. Writing n makes the n-th
 * allocation of that kind from now fail, as if the arena were full; it counts down and rests at 0.
 */
#include <linux/debugfs.h>

#include "internal.h"

static const char *const file_names[MINI_CORE_FAULT_POINTS] = {
	[MINI_CORE_FAULT_PAGE] = "fail_page",
	[MINI_CORE_FAULT_OBJECT] = "fail_object",
	[MINI_CORE_FAULT_SLAB] = "fail_slab",
};

static struct dentry *root;

void mini_fault_add_arena(struct mini_arena *arena)
{
	int point;

	arena->debugfs = debugfs_create_dir(arena->name, root);
	for (point = 0; point < MINI_CORE_FAULT_POINTS; point++)
		debugfs_create_atomic_t(file_names[point], 0600, arena->debugfs, &arena->fail[point]);
}

void mini_fault_remove_arena(struct mini_arena *arena)
{
	debugfs_remove_recursive(arena->debugfs);
}

void mini_fault_init(void)
{
	root = debugfs_create_dir("mini_mm", NULL);
}

void mini_fault_exit(void)
{
	debugfs_remove_recursive(root);
}
