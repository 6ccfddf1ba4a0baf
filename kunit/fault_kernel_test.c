// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_fault_kernel: in each operation the kernel's own first, second, ... n-th allocation fails, by failslab
 * and fail_page_alloc. Here are the operations; fault_trial.h says what is expected of them.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/sizes.h>

#include "fault_trial.h"

/* Handles with a node of their table in common. */
#define IDS_A_NODE BIT(6)

/* --- opening ------------------------------------------------------------------------------------------- */

static void make_file(struct mini_kunit_setting *set)
{
	set->file = anon_inode_getfile("mini_mm-kunit", &mini_device_operations, NULL, O_RDWR);
}

static long open_file(struct mini_kunit_setting *set)
{
	return IS_ERR(set->file) ? PTR_ERR(set->file) :
				   mini_device_operations.open(file_inode(set->file), set->file);
}

static void close_file(struct mini_kunit_setting *set, long result)
{
	/* Only what was opened can be closed. */
	if (!result || !open_file(set))
		__fput_sync(set->file);
}

/* --- arenas -------------------------------------------------------------------------------------------- */

static long create_arena(struct mini_kunit_setting *set)
{
	const struct mini_arena_params params = { .size = 16 << PAGE_SHIFT, .debug = "" };

	set->arena = mini_arena_create("faulty", &params);
	return PTR_ERR_OR_ZERO(set->arena);
}

static void destroy_arena(struct mini_kunit_setting *set, long result)
{
	mini_arena_destroy(set->arena);
}

static long ioctl_arena_create(struct mini_kunit_setting *set)
{
	struct mini_mm_arena_create create = { .name = "faulty", .size = 16 << PAGE_SHIFT };
	long result = mini_kunit_call(set->seat, MINI_MM_IOC_ARENA_CREATE, &create);

	set->id = create.id;
	set->why = create.why;
	return result;
}

static long on_arena(struct mini_kunit_setting *set, unsigned int command, u32 id)
{
	struct mini_mm_target target = { .id = id };
	long result = mini_kunit_call(set->seat, command, &target);

	set->why = target.why;
	return result;
}

static long ioctl_arena_destroy(struct mini_kunit_setting *set)
{
	return on_arena(set, MINI_MM_IOC_ARENA_DESTROY, set->id);
}

static void made_arena(struct mini_kunit_setting *set, long result)
{
	if (!result)
		ioctl_arena_destroy(set);
}

static void make_arena(struct mini_kunit_setting *set)
{
	ioctl_arena_create(set);
}

static void unmade_arena(struct mini_kunit_setting *set, long result)
{
	if (result)
		ioctl_arena_destroy(set);
}

static long ioctl_arena_info(struct mini_kunit_setting *set)
{
	struct mini_mm_arena_info info = { .id = set->table->arena };

	return mini_kunit_call(set->seat, MINI_MM_IOC_ARENA_INFO, &info);
}

static long ioctl_arena_reset(struct mini_kunit_setting *set)
{
	return on_arena(set, MINI_MM_IOC_ARENA_RESET, set->id);
}

static void destroy_that_arena(struct mini_kunit_setting *set, long result)
{
	ioctl_arena_destroy(set);
}

static long ioctl_info(struct mini_kunit_setting *set)
{
	struct mini_mm_info info = {};

	return mini_kunit_call(set->seat, MINI_MM_IOC_INFO, &info);
}

static long ioctl_map(struct mini_kunit_setting *set)
{
	void __user *blocks = set->seat->client->page + PAGE_SIZE / 2;
	struct mini_mm_map map = { .arena = set->table->arena, .blocks = (unsigned long)blocks, .count = 16 };
	long result = mini_kunit_call(set->seat, MINI_MM_IOC_MAP, &map);

	set->why = map.why;
	return result;
}

/* --- caches -------------------------------------------------------------------------------------------- */

static long create_cache(struct mini_kunit_setting *set)
{
	set->cache = mini_kmem_cache_create(set->table->in, "faulty", 64, 0, 0, NULL);
	return set->cache ? 0 : -ENOMEM;
}

static void destroy_cache(struct mini_kunit_setting *set, long result)
{
	mini_kmem_cache_destroy(set->cache);
}

static long ioctl_cache_create(struct mini_kunit_setting *set)
{
	struct mini_mm_cache_create create = {
		.name = "faulty", .arena = set->table->arena, .size = 64, .flags = MINI_MM_OFF_SLAB
	};
	long result = mini_kunit_call(set->seat, MINI_MM_IOC_CACHE_CREATE, &create);

	set->id = create.id;
	set->why = create.why;
	return result;
}

static long ioctl_cache_destroy(struct mini_kunit_setting *set)
{
	return on_arena(set, MINI_MM_IOC_CACHE_DESTROY, set->id);
}

static void made_cache(struct mini_kunit_setting *set, long result)
{
	if (!result)
		ioctl_cache_destroy(set);
}

static void make_cache(struct mini_kunit_setting *set)
{
	ioctl_cache_create(set);
}

static void unmade_cache(struct mini_kunit_setting *set, long result)
{
	if (result)
		ioctl_cache_destroy(set);
}

static long ioctl_cache_info(struct mini_kunit_setting *set)
{
	struct mini_mm_cache_info info = { .id = set->table->cache };

	return mini_kunit_call(set->seat, MINI_MM_IOC_CACHE_INFO, &info);
}

static long ioctl_cache_shrink(struct mini_kunit_setting *set)
{
	return on_arena(set, MINI_MM_IOC_CACHE_SHRINK, set->table->cache);
}

/* --- bytes --------------------------------------------------------------------------------------------- */

static long take_kmalloc(struct mini_kunit_setting *set)
{
	set->memory = mini_kmalloc(set->table->in, 64, GFP_KERNEL);
	return set->memory ? 0 : -ENOMEM;
}

static void give_kmalloc(struct mini_kunit_setting *set, long result)
{
	mini_kfree(set->memory);
}

static long take_vmalloc(struct mini_kunit_setting *set)
{
	set->memory = mini_vmalloc(set->table->in, SZ_16K);
	return set->memory ? 0 : -ENOMEM;
}

static void give_vmalloc(struct mini_kunit_setting *set, long result)
{
	mini_vfree(set->memory);
}

/* --- handles ------------------------------------------------------------------------------------------- */

static void free_pages_handle(struct mini_kunit_setting *set, long result)
{
	if (!result)
		mini_kunit_operate(set, mini_kunit_free(set->handle, false));
}

static void free_object_handle(struct mini_kunit_setting *set, long result)
{
	if (!result)
		mini_kunit_operate(set, mini_kunit_free(set->handle, true));
}

static long get_bytes(struct mini_kunit_setting *set, u32 opcode, u64 length)
{
	struct mini_mm_op op = { .opcode = opcode, .target = set->table->arena, .length = length };
	long result = mini_kunit_operate(set, op);

	set->handle = set->seat->ops[0].handle;
	return result;
}

static long kmalloc_handle(struct mini_kunit_setting *set)
{
	return get_bytes(set, MINI_MM_OP_KMALLOC, 64);
}

static long vmalloc_handle(struct mini_kunit_setting *set)
{
	return get_bytes(set, MINI_MM_OP_VMALLOC, SZ_16K);
}

static void free_bytes_handle(struct mini_kunit_setting *set, long result)
{
	if (!result)
		mini_kunit_operate(set, (struct mini_mm_op){ .opcode = MINI_MM_OP_FREE, .handle = set->handle });
}

/* So that the next handle is the first one of a node. */
static void fill_node(struct mini_kunit_setting *set)
{
	do {
		mini_kunit_take_object(set);
		free_object_handle(set, 0);
	} while (set->handle % IDS_A_NODE != IDS_A_NODE - 1);
}

static void make_handle(struct mini_kunit_setting *set)
{
	mini_kunit_take_object(set);
}

static long free_handle(struct mini_kunit_setting *set)
{
	return mini_kunit_operate(set, mini_kunit_free(set->handle, true));
}

static void unfreed_handle(struct mini_kunit_setting *set, long result)
{
	if (result)
		free_handle(set);
}

static long fill(struct mini_kunit_setting *set)
{
	return mini_kunit_operate(set, (struct mini_mm_op){
					       .opcode = MINI_MM_OP_FILL, .handle = set->page, .byte = 7 });
}

static void fill_it(struct mini_kunit_setting *set)
{
	fill(set);
}

static long check(struct mini_kunit_setting *set)
{
	return mini_kunit_operate(set, (struct mini_mm_op){
					       .opcode = MINI_MM_OP_CHECK, .handle = set->page, .byte = 7 });
}

static long ioctl_handle_info(struct mini_kunit_setting *set)
{
	struct mini_mm_handle_info info = { .handle = set->object };

	return mini_kunit_call(set->seat, MINI_MM_IOC_HANDLE_INFO, &info);
}

static long ioctl_read(struct mini_kunit_setting *set)
{
	void __user *buffer = set->seat->client->page + PAGE_SIZE / 2;
	struct mini_mm_read read = { .handle = set->page, .length = 64, .buffer = (unsigned long)buffer };

	return mini_kunit_call(set->seat, MINI_MM_IOC_READ, &read);
}

/* Where nothing was mapped before, so that page tables are wanted. */
static long map_handle(struct mini_kunit_setting *set)
{
	set->mapped = vm_mmap(set->seat->client->file, SZ_1G, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			      set->page << PAGE_SHIFT);
	return IS_ERR_VALUE(set->mapped) ? (long)set->mapped : 0;
}

static void unmap_handle(struct mini_kunit_setting *set, long result)
{
	if (!result)
		vm_munmap(set->mapped, PAGE_SIZE);
}

/* --- /proc --------------------------------------------------------------------------------------------- */

static long read_file(const char *path)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	loff_t at = 0;
	char some[64];
	long result;

	if (IS_ERR(file))
		return PTR_ERR(file);
	result = kernel_read(file, some, sizeof(some), &at);
	__fput_sync(file);
	return min(result, 0L);
}

static long read_buddyinfo(struct mini_kunit_setting *set)
{
	return read_file("/proc/mini_buddyinfo");
}

static long read_slabinfo(struct mini_kunit_setting *set)
{
	return read_file("/proc/mini_slabinfo");
}

/* --- all of them ----------------------------------------------------------------------------------------- */

static const struct mini_kunit_operation operations[] = {
	{ "open", 1, make_file, open_file, close_file },
	{ "mini_arena_create", 3, NULL, create_arena, destroy_arena },
	{ "mini_kmem_cache_create", 2, NULL, create_cache, destroy_cache },
	/* All of it is in the arena. */
	{ "mini_kmalloc", 0, NULL, take_kmalloc, give_kmalloc },
	{ "mini_vmalloc", 3, NULL, take_vmalloc, give_vmalloc },
	{ "info", 0, NULL, ioctl_info },
	{ "arena create", 3, NULL, ioctl_arena_create, made_arena },
	{ "arena info", 0, NULL, ioctl_arena_info },
	{ "arena reset", 0, make_arena, ioctl_arena_reset, destroy_that_arena },
	{ "arena destroy", 0, make_arena, ioctl_arena_destroy, unmade_arena },
	{ "cache create", 2, NULL, ioctl_cache_create, made_cache },
	{ "cache info", 0, NULL, ioctl_cache_info },
	{ "cache shrink", 0, NULL, ioctl_cache_shrink },
	{ "cache destroy", 0, make_cache, ioctl_cache_destroy, unmade_cache },
	{ "batch, page alloc", 2, NULL, mini_kunit_take_pages, free_pages_handle },
	{ "batch, object alloc", 2, NULL, mini_kunit_take_object, free_object_handle },
	{ "batch, object alloc, and the table of handles grows", 2, fill_node, mini_kunit_take_object,
	  free_object_handle },
	{ "batch, kmalloc", 2, NULL, kmalloc_handle, free_bytes_handle },
	{ "batch, vmalloc", 5, NULL, vmalloc_handle, free_bytes_handle },
	{ "batch, object free", 1, make_handle, free_handle, unfreed_handle },
	{ "batch, fill", 1, NULL, fill },
	{ "batch, check", 1, fill_it, check },
	{ "handle info", 0, NULL, ioctl_handle_info },
	{ "read", 0, NULL, ioctl_read },
	{ "map", 1, NULL, ioctl_map },
	{ "mmap", 1, NULL, map_handle, unmap_handle },
	{ "/proc/mini_buddyinfo", 1, NULL, read_buddyinfo },
	{ "/proc/mini_slabinfo", 1, NULL, read_slabinfo },
};

KUNIT_ARRAY_PARAM_DESC(operation, operations, name);

static void what_cannot_be_done_for_want_of_memory_leaves_nothing_behind(struct kunit *test)
{
	mini_kunit_try_each_fault(test, test->param_value);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(what_cannot_be_done_for_want_of_memory_leaves_nothing_behind, operation_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_fault_kernel",
	.test_cases = cases,
};

kunit_test_suite(suite);
