// SPDX-License-Identifier: GPL-2.0
/*
 * The module as the fuzzer commands it, beside the calls of its device: its parameters, and what files in debugfs do.
 * Those files themselves (debugfs.c, fragmentation.c, percpu.c) and those in /proc (proc.c, pagetypeinfo.c) are not
 * there: here is what the rest of the glue calls of them.
 */
#include "module.h"

#include "glue/device.h"

void module_set_parameters(const struct module_parameters *parameters)
{
	mini_region_mb = parameters->region_mb;
	mini_max_region_mb = parameters->max_region_mb;
	mini_page_engine = (char *)parameters->page_engine;
	mini_placement = (char *)parameters->placement;
	mini_object_engine = (char *)parameters->object_engine;
	mini_debug = (char *)parameters->debug;
	mini_magazine_size = parameters->magazine_size;
	mini_batch = parameters->batch;
	mini_client_limits = (struct mini_client_limits){
		.handles = parameters->client_handles,
		.caches = parameters->client_caches,
		.arenas = parameters->client_arenas,
	};
}

void module_fail_nth(uint32_t id, uint32_t point, uint32_t nth)
{
	struct mini_arena *arena = mini_arena_by_id(id);

	if (arena)
		mini_fail_nth(arena, point % MINI_CORE_FAULT_POINTS, nth);
}

void module_measure_interrupts(bool on)
{
	mini_interrupts_measure(on);
}

int mini_proc_init(void)
{
	return 0;
}

void mini_proc_exit(void)
{
}

int mini_pagetypeinfo_init(void)
{
	return 0;
}

void mini_pagetypeinfo_exit(void)
{
}

void mini_debugfs_init(void)
{
}

void mini_debugfs_exit(void)
{
}

void mini_debugfs_add_arena(struct mini_arena *arena)
{
}

void mini_debugfs_remove_arena(struct mini_arena *arena)
{
}
