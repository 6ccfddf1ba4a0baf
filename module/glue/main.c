// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/kstrtox.h>
#include <linux/module.h>

#include "compat.h"
#include "handle.h"
#include "leaks.h"

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

static bool is_in_range(const char *name, unsigned int value)
{
	if (mini_is_magazine_size(value))
		return true;
	pr_err("%s=%u is out of range: 0 to %u\n", name, value, MINI_MAGAZINE_MAX);
	return false;
}

/* While the module is being loaded, mini_mm_init() is the one to refuse: the kernel would add a line of its own. */
static int set_magazine_parameter(const char *text, const struct kernel_param *parameter)
{
	unsigned int value;
	int error = kstrtouint(text, 0, &value);

	if (error)
		return error;
	if (mini_default_arena && !is_in_range(parameter->name, value))
		return -EINVAL;
	WRITE_ONCE(*(unsigned int *)parameter->arg, value);
	return 0;
}

static const struct kernel_param_ops magazine_parameter = {
	.set = set_magazine_parameter,
	.get = param_get_uint,
};

/* As many as two of them serve the usual bursts; a CPU's page lists are as large, in pages. */
unsigned int mini_magazine_size = 64;
module_param_cb(magazine_size, &magazine_parameter, &mini_magazine_size, 0644);
MODULE_PARM_DESC(magazine_size, "objects in a CPU's magazine and pages in a CPU's list, of caches and arenas made from now on, up to 256; 0 for none (64)");

unsigned int mini_batch;
module_param_cb(batch, &magazine_parameter, &mini_batch, 0644);
MODULE_PARM_DESC(batch, "objects or pages that go between a CPU and the allocators at a time, up to 256; 0 for half of magazine_size (0)");

/* Checks cost time; a laboratory turns them on when it hunts. */
char *mini_debug = "";
module_param_named(debug, mini_debug, charp, 0444);
MODULE_PARM_DESC(debug, "letters: " MINI_DEBUG_LETTERS);

static int __init mini_mm_init(void)
{
	int error;

	if (!is_in_range("magazine_size", mini_magazine_size) || !is_in_range("batch", mini_batch))
		return -EINVAL;
	error = mini_handles_init();
	if (error)
		return error;
	mini_kmalloc_init();
	mini_debugfs_init();
	error = mini_drain_init();
	if (error)
		goto err_debugfs;
	error = mini_arenas_init();
	if (error)
		goto err_drain;
	error = mini_proc_init();
	if (error)
		goto err_arenas;
	error = mini_pagetypeinfo_init();
	if (error)
		goto err_proc;
	error = mini_leaks_init();
	if (error)
		goto err_pagetypeinfo;
	error = mini_device_init();
	if (error)
		goto err_leaks;
	return 0;

err_leaks:
	mini_leaks_exit();
err_pagetypeinfo:
	mini_pagetypeinfo_exit();
err_proc:
	mini_proc_exit();
err_arenas:
	mini_arenas_exit();
err_drain:
	mini_drain_exit();
err_debugfs:
	mini_debugfs_exit();
	mini_handles_exit();
	return error;
}

static void __exit mini_mm_exit(void)
{
	mini_device_exit();
	mini_leaks_exit();
	mini_pagetypeinfo_exit();
	mini_proc_exit();
	mini_arenas_exit();
	mini_drain_exit();
	mini_debugfs_exit();
	mini_handles_exit();
}

module_init(mini_mm_init);
module_exit(mini_mm_exit);

MODULE_DESCRIPTION("A laboratory for page and object allocators");
MODULE_AUTHOR("The mini_mm authors");
MODULE_VERSION(MINI_MM_VERSION);
MODULE_LICENSE("GPL");
