// SPDX-License-Identifier: GPL-2.0
/*
 * A module that uses mini_mm's kernel API: each kind of memory once, out of an arena of its own.
 *
 * What to learn from it:
 *
 *   - Building. The header is mini_mm.h. The exported symbols are in the namespace MINI_MM, which a module imports
 *     below; since 6.13 its name is a string. The kernel's build learns of the symbols from the Module.symvers that
 *     mini_mm's own build leaves (KBUILD_EXTRA_SYMBOLS, see Kbuild).
 *   - Names and arguments are the kernel's, with an arena in front where one is needed: NULL is the default arena.
 *     Code that was written for the kernel's allocators is tried on these by renaming.
 *   - Nothing falls back to the kernel's own memory: an arena that is full gives NULL, and so every result is
 *     looked at. The gfp bits say only whether the memory shall be zero.
 *   - What is freed stays at the CPU's hand, in the arena's page lists and the caches' magazines, until somebody
 *     needs it ('minimm arena drain'). With an arena of one's own nothing is left; with default_arena=1 it can be seen.
 *   - What is made is taken down in the opposite order. An arena of which something is still held is not
 *     destroyed; the kernel log then says how much. While a module that uses mini_mm is loaded, mini_mm is, too.
 *
 * Loading it does it all, says so in one line of the kernel log, and leaves nothing behind:
 *
 *   insmod mini_mm.ko && insmod mini_mm_example.ko && dmesg | tail -1 && rmmod mini_mm_example
 */
#define pr_fmt(fmt) "mini_mm_example: " fmt

#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/version.h>

#include "mini_mm.h"

#define SESSIONS 100

static bool default_arena;
module_param(default_arena, bool, 0444);
MODULE_PARM_DESC(default_arena, "use the default arena instead of one of its own, to see what stays in the CPUs' lists (N)");

static unsigned int leak;
module_param(leak, uint, 0444);
MODULE_PARM_DESC(leak, "forget so many objects of the default arena, to see what mini_mm says, most with debug=U (0)");

/* The objects of the cache: as a driver might keep one for each of its users. */
struct session {
	struct list_head node;
	unsigned int number;
	char *greeting;
};

/* Runs once for each object when its slab is made: an object goes back as it came, off all lists. */
static void construct_session(void *object)
{
	struct session *session = object;

	INIT_LIST_HEAD(&session->node);
	session->greeting = NULL;
}

static void end_session(struct mini_cache *cache, struct session *session)
{
	list_del_init(&session->node);
	/* No arena and no cache has to be named. NULL is no error. */
	mini_kfree(session->greeting);
	session->greeting = NULL;
	mini_kmem_cache_free(cache, session);
}

static void end_sessions(struct mini_cache *cache, struct list_head *sessions)
{
	struct session *session, *next;

	list_for_each_entry_safe(session, next, sessions, node)
		end_session(cache, session);
}

static int start_session(struct mini_arena *arena, struct mini_cache *cache, struct list_head *sessions,
			 unsigned int number)
{
	struct session *session = mini_kmem_cache_alloc(cache, GFP_KERNEL);

	if (!session)
		return -ENOMEM;
	list_add_tail(&session->node, sessions);
	session->number = number;
	session->greeting = mini_kzalloc(arena, 32, GFP_KERNEL);
	if (!session->greeting)
		return -ENOMEM;
	snprintf(session->greeting, 32, "session %u", number);
	return 0;
}

/* Objects, and bytes for each of them. */
static int use_objects(struct mini_arena *arena)
{
	LIST_HEAD(sessions);
	struct mini_cache *cache;
	int error = 0;
	int i;

	cache = mini_kmem_cache_create(arena, "session", sizeof(struct session), 0, SLAB_HWCACHE_ALIGN,
				       construct_session);
	if (!cache)
		return -ENOMEM;
	for (i = 0; i < SESSIONS && !error; i++)
		error = start_session(arena, cache, &sessions, i);
	end_sessions(cache, &sessions);
	mini_kmem_cache_destroy(cache);
	return error;
}

/* Pages: a block that is physically contiguous, and as many that only look so. */
static int use_pages(struct mini_arena *arena)
{
	struct page *block = mini_alloc_pages(arena, GFP_KERNEL | __GFP_ZERO, 4);
	void *scattered = mini_vmalloc(arena, SZ_64K);
	int error = -ENOMEM;

	if (block && scattered) {
		memcpy(scattered, page_address(block), SZ_64K);
		error = 0;
	}
	mini_vfree(scattered);
	mini_free_pages(arena, block, 4);
	return error;
}

/* What a leak looks like: nobody knows any more where these are. Not inline, so that it has a name. */
static noinline void forget_objects(unsigned int count)
{
	while (count--)
		if (!mini_kmalloc(NULL, 200, GFP_KERNEL))
			break;
}

static int __init example_init(void)
{
	const struct mini_arena_params params = { .size = SZ_1M };
	struct mini_arena *arena = default_arena ? NULL : mini_arena_create("example", &params);
	int error;

	if (IS_ERR(arena))
		return PTR_ERR(arena);
	error = use_objects(arena);
	if (!error)
		error = use_pages(arena);
	mini_arena_destroy(arena);
	forget_objects(leak);
	if (!error)
		pr_info("%d objects, %d times 32 bytes by kmalloc, 64 KiB of pages and 64 KiB by vmalloc: allocated and freed\n",
			SESSIONS, SESSIONS);
	return error;
}

static void __exit example_exit(void)
{
}

module_init(example_init);
module_exit(example_exit);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(MINI_MM);
#else
MODULE_IMPORT_NS("MINI_MM");
#endif
MODULE_DESCRIPTION("An example of a module that uses mini_mm");
MODULE_LICENSE("GPL");
