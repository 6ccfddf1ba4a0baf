// SPDX-License-Identifier: GPL-2.0
#include <linux/anon_inodes.h>
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "fixture.h"
#include "glue/compat.h"

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "seed of the random cases; 0 for one that nobody chose (0)");

/* The same sizes are tried as people use: one that is hardly a magazine, the usual one, the largest. */
static uint magazine_size = 64;
module_param(magazine_size, uint, 0444);
MODULE_PARM_DESC(magazine_size, "the per-CPU layer of the suites' arenas, but for those that look at the engines themselves; 0 for none (64)");

u64 mini_kunit_seed(struct kunit *test)
{
	u64 chosen = seed ?: get_random_u32();

	kunit_info(test, "seed %llu", chosen);
	return chosen;
}

/* --- arenas and caches ------------------------------------------------------------------------------ */

u32 mini_kunit_reports(struct mini_arena *arena, enum mini_report report)
{
	return atomic_read(&arena->reports[report]);
}

void mini_kunit_expect_reports(struct kunit *test, struct mini_arena *arena, enum mini_report report, u32 nr)
{
	int kind;

	for (kind = 0; kind < MINI_REPORTS; kind++)
		KUNIT_EXPECT_EQ_MSG(test, kind == report ? nr : 0, mini_kunit_reports(arena, kind),
				    "reports of kind %d", kind);
}

void mini_kunit_provoke(struct mini_arena *arena)
{
	WRITE_ONCE(arena->quiet, true);
}

struct owned_arena {
	struct kunit *test;
	struct mini_arena *arena;
};

static void end_arena(void *data)
{
	struct owned_arena *owned = data;
	struct mini_arena *arena = owned->arena;
	struct kunit *test = owned->test;
	int report;
	u64 live;

	down_write(&mini_registry);
	if (!arena->quiet) {
		KUNIT_EXPECT_EQ_MSG(test, 0, mini_arena_live(arena), "the case left blocks or objects behind");
		for (report = 0; report < MINI_REPORTS; report++)
			KUNIT_EXPECT_EQ_MSG(test, 0, mini_kunit_reports(arena, report),
					    "the case provoked reports of kind %d", report);
	}
	mini_arena_unmake(arena, true, &live);
	up_write(&mini_registry);
}

static struct mini_arena *make_arena(struct kunit *test, const char *name,
				     const struct mini_arena_params *params)
{
	struct owned_arena *owned = kunit_kzalloc(test, sizeof(*owned), GFP_KERNEL);
	struct mini_arena_params asked = *params;

	KUNIT_ASSERT_NOT_NULL(test, owned);
	owned->test = test;
	asked.magazine_size = params->magazine_size ?: magazine_size ?: MINI_NO_MAGAZINES;
	owned->arena = mini_arena_create(name, &asked);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(owned->arena), "no arena of %lu pages: %ld",
			       params->size >> PAGE_SHIFT, PTR_ERR(owned->arena));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_arena, owned));
	return owned->arena;
}

struct mini_arena *mini_kunit_arena_as(struct kunit *test, const struct mini_arena_params *params)
{
	static atomic_t number;
	char name[16];

	snprintf(name, sizeof(name), "kunit-%d", atomic_inc_return(&number));
	return make_arena(test, name, params);
}

struct mini_arena *mini_kunit_arena_debug(struct kunit *test, unsigned long pages, const char *debug)
{
	const struct mini_arena_params params = { .size = pages << PAGE_SHIFT, .debug = debug };

	return mini_kunit_arena_as(test, &params);
}

struct mini_arena *mini_kunit_arena_engine(struct kunit *test, unsigned long pages, const char *engine,
					   const char *placement)
{
	const struct mini_arena_params params = {
		.size = pages << PAGE_SHIFT,
		.page_engine = engine,
		.placement = placement,
		.debug = "V",
	};

	return mini_kunit_arena_as(test, &params);
}

struct mini_arena *mini_kunit_bare_arena(struct kunit *test, unsigned long pages)
{
	const struct mini_arena_params params = {
		.size = pages << PAGE_SHIFT,
		.debug = "V",
		.magazine_size = MINI_NO_MAGAZINES,
	};

	return mini_kunit_arena_as(test, &params);
}

struct mini_arena *mini_kunit_bare_arena_called(struct kunit *test, const char *name, unsigned long pages)
{
	const struct mini_arena_params params = {
		.size = pages << PAGE_SHIFT,
		.debug = "V",
		.magazine_size = MINI_NO_MAGAZINES,
	};

	return make_arena(test, name, &params);
}

struct mini_arena *mini_kunit_arena(struct kunit *test, unsigned long pages)
{
	return mini_kunit_arena_debug(test, pages, "V");
}

struct mini_arena *mini_kunit_arena_called(struct kunit *test, const char *name, unsigned long pages)
{
	const struct mini_arena_params params = { .size = pages << PAGE_SHIFT, .debug = "V" };

	return make_arena(test, name, &params);
}

struct mini_cache *mini_kunit_cache_of(struct kunit *test, struct mini_arena *arena, const char *engine,
				       unsigned int size, slab_flags_t flags)
{
	const struct mini_cache_params params = { .engine = engine };
	struct mini_cache *cache;
	char name[16];

	snprintf(name, sizeof(name), "cache-%u", arena->nr_caches);
	cache = mini_kmem_cache_create_engine(arena, name, size, 0, flags, NULL, &params);
	KUNIT_ASSERT_NOT_NULL_MSG(test, cache, "no cache of %u bytes", size);
	return cache;
}

struct mini_cache *mini_kunit_cache(struct kunit *test, struct mini_arena *arena, unsigned int size,
				    slab_flags_t flags)
{
	return mini_kunit_cache_of(test, arena, NULL, size, flags);
}

void mini_kunit_fail_nth(struct mini_arena *arena, enum mini_core_fault_point point, int n)
{
	mini_fail_nth(arena, point, n);
}

u32 mini_kunit_free_pages(struct mini_arena *arena)
{
	struct mini_core_arena_stats stats;

	mini_arena_drain(arena);
	mini_arena_read_stats(arena, &stats);
	return stats.free_pages;
}

void mini_kunit_expect_whole(struct kunit *test, struct mini_arena *arena)
{
	unsigned long flags;
	const char *broken;

	KUNIT_EXPECT_EQ(test, arena->region.nr_pages, mini_kunit_free_pages(arena));
	raw_spin_lock_irqsave(&arena->lock, flags);
	broken = mini_core_arena_broken(arena->core);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	KUNIT_EXPECT_NULL_MSG(test, broken, "%s", broken);
}

/* --- CPUs ---------------------------------------------------------------------------------------------- */

int mini_kunit_stay(struct kunit *test)
{
	const int cpu = raw_smp_processor_id();

	/* Each case has a thread of its own: nobody has to be let go. */
	KUNIT_ASSERT_EQ(test, 0, set_cpus_allowed_ptr(current, cpumask_of(cpu)));
	return cpu;
}

/* --- the device -------------------------------------------------------------------------------------- */

static void close_file(void *file)
{
	/* At once, not when the thread ends: the case goes on to look at what the close has done. */
	__fput_sync(file);
}

struct mini_kunit_client *mini_kunit_open(struct kunit *test)
{
	struct mini_kunit_client *client = kunit_kzalloc(test, sizeof(*client), GFP_KERNEL);
	int error;

	KUNIT_ASSERT_NOT_NULL(test, client);
	client->page = mini_kunit_user_pages(test, 1);
	client->file = anon_inode_getfile("mini_mm-kunit", &mini_device_operations, NULL, O_RDWR);
	KUNIT_ASSERT_FALSE(test, IS_ERR(client->file));
	/* An anonymous file has not been told that it is open. */
	error = mini_device_operations.open(file_inode(client->file), client->file);
	KUNIT_ASSERT_EQ(test, 0, error);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_file, client->file));
	return client;
}

void mini_kunit_close(struct kunit *test, struct mini_kunit_client *client)
{
	kunit_release_action(test, close_file, client->file);
}

void __user *mini_kunit_user_pages(struct kunit *test, unsigned long pages)
{
	unsigned long address = kunit_vm_mmap(test, NULL, 0, pages << PAGE_SHIFT, PROT_READ | PROT_WRITE,
					      MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_NE(test, 0UL, address);
	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(address));
	return (void __user *)address;
}

long mini_kunit_ioctl(struct kunit *test, struct mini_kunit_client *client, unsigned int command, void *argument)
{
	size_t size = _IOC_SIZE(command);
	long result;

	KUNIT_ASSERT_LE(test, size, PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, 0, copy_to_user(client->page, argument, size));
	result = client->file->f_op->unlocked_ioctl(client->file, command, (unsigned long)client->page);
	KUNIT_ASSERT_EQ(test, 0, copy_from_user(argument, client->page, size));
	return result;
}

MINI_IMPORT_NS();
MINI_IMPORT_KUNIT_NS();
MODULE_DESCRIPTION("KUnit suites of mini_mm");
MODULE_LICENSE("GPL");
