// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_fault_kernel: in each operation the kernel's own first, second, ... n-th allocation fails,
 * by failslab and fail_page_alloc, until there is an n at which nothing failed any more. Each time the
 * operation either succeeds without it or is refused for want of memory, leaves nothing behind, and works
 * when it is tried again.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "seat.h"

#define PAGES 64
/* No operation has as many. */
#define MOST_FAULTS 500
#define TRIES 4
/* Handles with a node of their table in common. */
#define IDS_A_NODE BIT(6)

struct setting {
	struct mini_kunit_table *table;
	struct mini_kunit_seat *seat;
	u64 page, object; /* handles that are there */
	u32 why;	  /* of a call that was refused */

	/* What an operation made, or had made for it. */
	struct file *file;
	struct mini_arena *arena;
	struct mini_cache *cache;
	u32 id;
	u64 handle;
	unsigned long mapped;
	void *memory;
};

struct operation {
	const char *name;
	int refusals; /* at least; 0: it is never refused */
	void (*prepare)(struct setting *setting); /* what shall not fail; may be NULL */
	long (*act)(struct setting *setting);
	void (*undo)(struct setting *setting, long result); /* may be NULL */
};

/* --- opening ------------------------------------------------------------------------------------------- */

static void make_file(struct setting *set)
{
	set->file = anon_inode_getfile("mini_mm-kunit", &mini_device_operations, NULL, O_RDWR);
}

static long open_file(struct setting *set)
{
	return IS_ERR(set->file) ? PTR_ERR(set->file) :
				   mini_device_operations.open(file_inode(set->file), set->file);
}

static void close_file(struct setting *set, long result)
{
	/* Only what was opened can be closed. */
	if (!result || !open_file(set))
		__fput_sync(set->file);
}

/* --- arenas -------------------------------------------------------------------------------------------- */

static long create_arena(struct setting *set)
{
	const struct mini_arena_params params = { .size = 16 << PAGE_SHIFT, .debug = "" };

	set->arena = mini_arena_create("faulty", &params);
	return PTR_ERR_OR_ZERO(set->arena);
}

static void destroy_arena(struct setting *set, long result)
{
	mini_arena_destroy(set->arena);
}

static long ioctl_arena_create(struct setting *set)
{
	struct mini_mm_arena_create create = { .name = "faulty", .size = 16 << PAGE_SHIFT };
	long result = mini_kunit_call(set->seat, MINI_MM_IOC_ARENA_CREATE, &create);

	set->id = create.id;
	set->why = create.why;
	return result;
}

static long on_arena(struct setting *set, unsigned int command, u32 id)
{
	struct mini_mm_target target = { .id = id };
	long result = mini_kunit_call(set->seat, command, &target);

	set->why = target.why;
	return result;
}

static long ioctl_arena_destroy(struct setting *set)
{
	return on_arena(set, MINI_MM_IOC_ARENA_DESTROY, set->id);
}

static void made_arena(struct setting *set, long result)
{
	if (!result)
		ioctl_arena_destroy(set);
}

static void make_arena(struct setting *set)
{
	ioctl_arena_create(set);
}

static void unmade_arena(struct setting *set, long result)
{
	if (result)
		ioctl_arena_destroy(set);
}

static long ioctl_arena_info(struct setting *set)
{
	struct mini_mm_arena_info info = { .id = set->table->arena };

	return mini_kunit_call(set->seat, MINI_MM_IOC_ARENA_INFO, &info);
}

static long ioctl_arena_reset(struct setting *set)
{
	return on_arena(set, MINI_MM_IOC_ARENA_RESET, set->id);
}

static void destroy_that_arena(struct setting *set, long result)
{
	ioctl_arena_destroy(set);
}

static long ioctl_info(struct setting *set)
{
	struct mini_mm_info info = {};

	return mini_kunit_call(set->seat, MINI_MM_IOC_INFO, &info);
}

static long ioctl_map(struct setting *set)
{
	void __user *blocks = set->seat->client->page + PAGE_SIZE / 2;
	struct mini_mm_map map = { .arena = set->table->arena, .blocks = (unsigned long)blocks, .count = 16 };
	long result = mini_kunit_call(set->seat, MINI_MM_IOC_MAP, &map);

	set->why = map.why;
	return result;
}

/* --- caches -------------------------------------------------------------------------------------------- */

static long create_cache(struct setting *set)
{
	set->cache = mini_kmem_cache_create(set->table->in, "faulty", 64, 0, 0, NULL);
	return set->cache ? 0 : -ENOMEM;
}

static void destroy_cache(struct setting *set, long result)
{
	mini_kmem_cache_destroy(set->cache);
}

static long ioctl_cache_create(struct setting *set)
{
	struct mini_mm_cache_create create = {
		.name = "faulty", .arena = set->table->arena, .size = 64, .flags = MINI_MM_OFF_SLAB
	};
	long result = mini_kunit_call(set->seat, MINI_MM_IOC_CACHE_CREATE, &create);

	set->id = create.id;
	set->why = create.why;
	return result;
}

static long ioctl_cache_destroy(struct setting *set)
{
	return on_arena(set, MINI_MM_IOC_CACHE_DESTROY, set->id);
}

static void made_cache(struct setting *set, long result)
{
	if (!result)
		ioctl_cache_destroy(set);
}

static void make_cache(struct setting *set)
{
	ioctl_cache_create(set);
}

static void unmade_cache(struct setting *set, long result)
{
	if (result)
		ioctl_cache_destroy(set);
}

static long ioctl_cache_info(struct setting *set)
{
	struct mini_mm_cache_info info = { .id = set->table->cache };

	return mini_kunit_call(set->seat, MINI_MM_IOC_CACHE_INFO, &info);
}

static long ioctl_cache_shrink(struct setting *set)
{
	return on_arena(set, MINI_MM_IOC_CACHE_SHRINK, set->table->cache);
}

/* --- bytes --------------------------------------------------------------------------------------------- */

static long take_kmalloc(struct setting *set)
{
	set->memory = mini_kmalloc(set->table->in, 64, GFP_KERNEL);
	return set->memory ? 0 : -ENOMEM;
}

static void give_kmalloc(struct setting *set, long result)
{
	mini_kfree(set->memory);
}

static long take_vmalloc(struct setting *set)
{
	set->memory = mini_vmalloc(set->table->in, SZ_16K);
	return set->memory ? 0 : -ENOMEM;
}

static void give_vmalloc(struct setting *set, long result)
{
	mini_vfree(set->memory);
}

/* --- handles ------------------------------------------------------------------------------------------- */

static long operate(struct setting *set, struct mini_mm_op op)
{
	struct mini_mm_op *done = set->seat->ops;
	long result;

	*done = op;
	result = mini_kunit_batch(set->seat, 1);
	/* The call's own refusal has no place in the operation. */
	set->why = result == -ENOMEM ? MINI_MM_WHY_NO_MEMORY : done->why;
	return result ?: done->result;
}

static long alloc_pages_handle(struct setting *set)
{
	long result = operate(set, mini_kunit_alloc_pages(set->table->arena, 1, MINI_MM_ZERO));

	set->handle = set->seat->ops[0].handle;
	return result;
}

static void free_pages_handle(struct setting *set, long result)
{
	if (!result)
		operate(set, mini_kunit_free(set->handle, false));
}

static long alloc_object_handle(struct setting *set)
{
	long result = operate(set, mini_kunit_alloc_object(set->table->cache, 0));

	set->handle = set->seat->ops[0].handle;
	return result;
}

static void free_object_handle(struct setting *set, long result)
{
	if (!result)
		operate(set, mini_kunit_free(set->handle, true));
}

static long get_bytes(struct setting *set, u32 opcode, u64 length)
{
	long result = operate(set, (struct mini_mm_op){
					   .opcode = opcode, .target = set->table->arena, .length = length });

	set->handle = set->seat->ops[0].handle;
	return result;
}

static long kmalloc_handle(struct setting *set)
{
	return get_bytes(set, MINI_MM_OP_KMALLOC, 64);
}

static long vmalloc_handle(struct setting *set)
{
	return get_bytes(set, MINI_MM_OP_VMALLOC, SZ_16K);
}

static void free_bytes_handle(struct setting *set, long result)
{
	if (!result)
		operate(set, (struct mini_mm_op){ .opcode = MINI_MM_OP_FREE, .handle = set->handle });
}

/* So that the next handle is the first one of a node. */
static void fill_node(struct setting *set)
{
	do {
		alloc_object_handle(set);
		free_object_handle(set, 0);
	} while (set->handle % IDS_A_NODE != IDS_A_NODE - 1);
}

static void make_handle(struct setting *set)
{
	alloc_object_handle(set);
}

static long free_handle(struct setting *set)
{
	return operate(set, mini_kunit_free(set->handle, true));
}

static void unfreed_handle(struct setting *set, long result)
{
	if (result)
		free_handle(set);
}

static long fill(struct setting *set)
{
	return operate(set, (struct mini_mm_op){ .opcode = MINI_MM_OP_FILL, .handle = set->page, .byte = 7 });
}

static void fill_it(struct setting *set)
{
	fill(set);
}

static long check(struct setting *set)
{
	return operate(set, (struct mini_mm_op){ .opcode = MINI_MM_OP_CHECK, .handle = set->page, .byte = 7 });
}

static long ioctl_handle_info(struct setting *set)
{
	struct mini_mm_handle_info info = { .handle = set->object };

	return mini_kunit_call(set->seat, MINI_MM_IOC_HANDLE_INFO, &info);
}

static long ioctl_read(struct setting *set)
{
	void __user *buffer = set->seat->client->page + PAGE_SIZE / 2;
	struct mini_mm_read read = { .handle = set->page, .length = 64, .buffer = (unsigned long)buffer };

	return mini_kunit_call(set->seat, MINI_MM_IOC_READ, &read);
}

/* Where nothing was mapped before, so that page tables are wanted. */
static long map_handle(struct setting *set)
{
	set->mapped = vm_mmap(set->seat->client->file, SZ_1G, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			      set->page << PAGE_SHIFT);
	return IS_ERR_VALUE(set->mapped) ? (long)set->mapped : 0;
}

static void unmap_handle(struct setting *set, long result)
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

static long read_buddyinfo(struct setting *set)
{
	return read_file("/proc/mini_buddyinfo");
}

static long read_slabinfo(struct setting *set)
{
	return read_file("/proc/mini_slabinfo");
}

/* --- all of them ----------------------------------------------------------------------------------------- */

static const struct operation operations[] = {
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
	{ "batch, page alloc", 2, NULL, alloc_pages_handle, free_pages_handle },
	{ "batch, object alloc", 2, NULL, alloc_object_handle, free_object_handle },
	{ "batch, object alloc, and the table of handles grows", 2, fill_node, alloc_object_handle,
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

#ifdef CONFIG_FAULT_INJECTION

static void fail_nth(int n)
{
	current->fail_nth = n;
}

static bool has_fired(void)
{
	return !current->fail_nth;
}

/* Allocations that may sleep are spared unless told otherwise, and so are single pages. */
static void need_faults(struct kunit *test)
{
	void *object;
	struct page *page;

	fail_nth(1);
	object = kmalloc(64, GFP_KERNEL);
	fail_nth(1);
	page = alloc_page(GFP_KERNEL);
	fail_nth(0);
	kfree(object);
	if (page)
		__free_page(page);
	if (object || page)
		kunit_skip(test, "nothing fails: failslab and fail_page_alloc want ignore-gfp-wait=N, min-order=0");
}

#else

static void fail_nth(int n)
{
}

static bool has_fired(void)
{
	return false;
}

static void need_faults(struct kunit *test)
{
	kunit_skip(test, "the kernel has no CONFIG_FAULT_INJECTION");
}

#endif

/* What there is in all arenas: what an operation leaves behind shows here. */
static struct mini_mm_info take_stock(struct setting *set)
{
	struct mini_mm_info info = {};

	mini_kunit_call(set->seat, MINI_MM_IOC_INFO, &info);
	return info;
}

static void expect_same_stock(struct kunit *test, struct setting *set, const struct mini_mm_info *before, int n)
{
	struct mini_mm_info now = take_stock(set);

	KUNIT_EXPECT_EQ_MSG(test, before->arenas, now.arenas, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->caches, now.caches, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->handles, now.handles, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->clients, now.clients, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->region_bytes, now.region_bytes, "after fault %d", n);
	KUNIT_EXPECT_EQ_MSG(test, before->metadata_bytes, now.metadata_bytes, "after fault %d", n);
	/* The two that are there all the time. */
	KUNIT_EXPECT_EQ_MSG(test, 2ULL, mini_arena_live(set->table->in), "after fault %d", n);
}

static struct setting *make_setting(struct kunit *test)
{
	struct setting *set = kunit_kzalloc(test, sizeof(*set), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, set);
	set->table = mini_kunit_lay_table(test, PAGES);
	set->seat = set->table->seats;
	KUNIT_ASSERT_EQ(test, 0L, alloc_object_handle(set));
	set->object = set->handle;
	KUNIT_ASSERT_EQ(test, 0L, alloc_pages_handle(set));
	set->page = set->handle;
	/* Its cache shows from now on. */
	take_kmalloc(set);
	give_kmalloc(set, 0);
	return set;
}

static void clear_setting(struct kunit *test, struct setting *set)
{
	KUNIT_EXPECT_EQ(test, 0L, operate(set, mini_kunit_free(set->page, false)));
	KUNIT_EXPECT_EQ(test, 0L, operate(set, mini_kunit_free(set->object, true)));
	mini_kunit_clear_table(test, set->table);
}

/* Does @operation, its n-th allocation fails (0: none), and undoes it. *@fired: it has that many. */
static long try(struct setting *set, const struct operation *operation, int n, bool *fired)
{
	long result;
	u32 why;

	if (operation->prepare)
		operation->prepare(set);
	set->why = 0;
	fail_nth(n);
	result = operation->act(set);
	*fired = has_fired();
	fail_nth(0);
	why = set->why;
	if (operation->undo)
		operation->undo(set, result);
	set->why = why;
	return result;
}

static void expect_clean(struct kunit *test, u32 why, long result, int n)
{
	KUNIT_EXPECT_EQ_MSG(test, -ENOMEM, result, "at fault %d", n);
	/* Those that do not say why leave it 0. */
	if (why)
		KUNIT_EXPECT_TRUE_MSG(test, why == MINI_MM_WHY_NO_MEMORY || why == MINI_MM_WHY_NO_REGION,
				      "why %u at fault %d", why, n);
}

/*
 * What happened to be allocated below one of the operation's own allocations (pages of a slab, records of a
 * sanitizer) may be the n-th, and fail without harm: so again, to meet what is there each time.
 */
static long try_nth(struct kunit *test, struct setting *set, const struct operation *operation, int n, bool *fired)
{
	long result = 0;
	bool unused;
	int i;

	*fired = true;
	for (i = 0; i < TRIES && *fired && !result; i++) {
		/* First without: it works, whatever failed before. */
		KUNIT_EXPECT_EQ_MSG(test, 0L, try(set, operation, 0, &unused), "before fault %d", n);
		result = try(set, operation, n, fired);
	}
	return result;
}

static void what_cannot_be_done_for_want_of_memory_leaves_nothing_behind(struct kunit *test)
{
	const struct operation *operation = test->param_value;
	struct mini_mm_info before;
	struct setting *set;
	bool fired = true;
	int n, refusals = 0;

	need_faults(test);
	set = make_setting(test);
	before = take_stock(set);
	for (n = 0; fired && n < MOST_FAULTS; n++) {
		long result = try_nth(test, set, operation, n + 1, &fired);

		if (result) {
			KUNIT_EXPECT_TRUE_MSG(test, fired, "refused, though nothing failed");
			expect_clean(test, set->why, result, n + 1);
			refusals++;
		}
		expect_same_stock(test, set, &before, n + 1);
	}
	kunit_info(test, "%s: %d faults, %d refusals", operation->name, n - 1, refusals);
	KUNIT_EXPECT_FALSE_MSG(test, fired, "no end of allocations");
	if (operation->refusals)
		KUNIT_EXPECT_GE(test, refusals, operation->refusals);
	else
		KUNIT_EXPECT_EQ(test, 0, refusals);
	clear_setting(test, set);
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
