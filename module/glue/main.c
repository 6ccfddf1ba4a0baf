// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading.
 */
#include <linux/module.h>

#include "compat.h"
#include "handle.h"
#include "internal.h"

/* Large enough to watch, small enough for a test machine. */
unsigned int mini_region_mb = 64;
module_param_named(region_mb, mini_region_mb, uint, 0444);
MODULE_PARM_DESC(region_mb, "size of the default arena's region, MiB (64)");

/* A client of the device should not be able to take the machine's memory. */
unsigned int mini_max_region_mb;
module_param_named(max_region_mb, mini_max_region_mb, uint, 0644);
MODULE_PARM_DESC(max_region_mb, "largest region an arena may have, MiB; 0 for no limit but half of the free memory (0)");

char *mini_page_engine = "eager";
module_param_named(page_engine, mini_page_engine, charp, 0444);
MODULE_PARM_DESC(page_engine, "page engine of arenas that do not choose one: eager, lazy or naive (eager)");

char *mini_placement = "lifo";
module_param_named(placement, mini_placement, charp, 0444);
MODULE_PARM_DESC(placement, "which free block serves a request, in arenas that do not choose: lifo or lowest (lifo)");

char *mini_object_engine = "slab";
module_param_named(object_engine, mini_object_engine, charp, 0444);
MODULE_PARM_DESC(object_engine, "object engine of caches that do not choose one, and of kmalloc: slab, slub, slob or class (slab)");

/* Checks cost time; a laboratory turns them on when it hunts. */
char *mini_debug = "";
module_param_named(debug, mini_debug, charp, 0444);
MODULE_PARM_DESC(debug, "letters: " MINI_DEBUG_LETTERS);

static int __init mini_mm_init(void)
{
	int error = mini_handles_init();

	if (error)
		return error;
	mini_debugfs_init();
	error = mini_arenas_init();
	if (error)
		goto err_debugfs;
	error = mini_proc_init();
	if (error)
		goto err_arenas;
	error = mini_pagetypeinfo_init();
	if (error)
		goto err_proc;
	error = mini_device_init();
	if (error)
		goto err_pagetypeinfo;
	return 0;

err_pagetypeinfo:
	mini_pagetypeinfo_exit();
err_proc:
	mini_proc_exit();
err_arenas:
	mini_arenas_exit();
err_debugfs:
	mini_debugfs_exit();
	mini_handles_exit();
	return error;
}

static void __exit mini_mm_exit(void)
{
	mini_device_exit();
	mini_pagetypeinfo_exit();
	mini_proc_exit();
	mini_arenas_exit();
	mini_debugfs_exit();
	mini_handles_exit();
}

module_init(mini_mm_init);
module_exit(mini_mm_exit);

MODULE_DESCRIPTION("A laboratory for page and object allocators");
MODULE_AUTHOR("The mini_mm authors");
MODULE_VERSION(MINI_MM_VERSION);
MODULE_LICENSE("GPL");
