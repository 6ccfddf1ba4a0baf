// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles: what clients of the device hold, whose it is, who sees it, and when it
 * goes away.
 */
#include <linux/sched.h>

#include "calls.h"

#define REGION_PAGES 64

static struct mini_mm_op free_pages_op(u64 handle)
{
	return (struct mini_mm_op){ .opcode = MINI_MM_OP_PAGE_FREE, .handle = handle };
}

/* --- whose a handle is ----------------------------------------------------------------------- */

static void a_handle_says_what_it_names_and_who_made_it(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 3, 0);
	u64 before = ktime_get_ns();
	struct mini_mm_handle_info info;

	mini_call_handle_info(test, client, handle, &info);
	KUNIT_EXPECT_EQ(test, handle, info.handle);
	KUNIT_EXPECT_EQ(test, MINI_MM_LOOKUP_ID, info.lookup);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NONE, info.why);
	KUNIT_EXPECT_EQ(test, MINI_MM_KIND_PAGES, info.kind);
	KUNIT_EXPECT_EQ(test, 0, info.flags);
	KUNIT_EXPECT_EQ(test, arena->id, info.arena);
	KUNIT_EXPECT_EQ(test, 0, info.cache);
	KUNIT_EXPECT_EQ(test, 3, info.order);
	KUNIT_EXPECT_EQ(test, 0, info.mapped);
	KUNIT_EXPECT_EQ(test, (u64)PAGE_SIZE << 3, info.size);
	/* Of a fresh arena the lowest block. */
	KUNIT_EXPECT_EQ(test, 0ULL, info.page);
	KUNIT_EXPECT_EQ(test, 0ULL, info.offset);
	KUNIT_EXPECT_LE(test, info.age_ns, ktime_get_ns() - before + NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, task_tgid_nr(current), info.pid);
	KUNIT_EXPECT_STREQ(test, current->comm, info.comm);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handle));
	mini_kunit_expect_whole(test, arena);
}

static void a_handle_of_an_object_names_its_cache_and_place(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, client, arena->id, "named", 100, 0);
	struct mini_mm_handle_info info;
	u64 handle;

	mini_call_alloc_object(test, client, cache, 0);
	handle = mini_call_alloc_object(test, client, cache, MINI_MM_KEEP);
	mini_call_handle_info(test, client, handle, &info);
	KUNIT_EXPECT_EQ(test, MINI_MM_KIND_OBJECT, info.kind);
	KUNIT_EXPECT_EQ(test, MINI_MM_KEEP, info.flags);
	KUNIT_EXPECT_EQ(test, arena->id, info.arena);
	KUNIT_EXPECT_EQ(test, cache, info.cache);
	KUNIT_EXPECT_EQ(test, 0, info.order);
	KUNIT_EXPECT_EQ(test, 100ULL, info.size);
	/* The second slot of 104 bytes. */
	KUNIT_EXPECT_EQ(test, 0ULL, info.page);
	KUNIT_EXPECT_EQ(test, 104ULL, info.offset);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, handle));
}

static void another_open_file_cannot_use_a_handle(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *owner = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, owner, arena->id, 0, 0);
	struct mini_mm_handle_info info = { .handle = handle };
	struct mini_mm_read read = { .handle = handle,
				     .length = 1,
				     .buffer = (unsigned long)other->page };

	KUNIT_EXPECT_EQ(test, -EACCES, mini_call_op(test, other, free_pages_op(handle)).result);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NOT_YOURS, mini_call_free_pages(test, other, handle));
	/* Not even what it names. */
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NOT_YOURS, mini_call_free_object(test, other, handle));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NOT_YOURS, mini_call_fill(test, other, handle, 0, 0, 1));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NOT_YOURS, mini_call_check(test, other, handle, 0, 0, 0));
	KUNIT_EXPECT_EQ(test, -EACCES,
			mini_kunit_ioctl(test, other, MINI_MM_IOC_HANDLE_INFO, &info));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NOT_YOURS, info.why);
	KUNIT_EXPECT_EQ(test, -EACCES, mini_kunit_ioctl(test, other, MINI_MM_IOC_READ, &read));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NOT_YOURS, read.why);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, owner, handle));
}

static void what_is_kept_can_be_used_through_any_open_file(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *maker = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, maker, arena->id, 1, MINI_MM_KEEP);
	struct mini_mm_handle_info info;

	KUNIT_EXPECT_EQ(test, 0, mini_call_fill(test, maker, handle, 0, 0, 0x42));
	KUNIT_EXPECT_EQ(test, 0, mini_call_check(test, other, handle, 0, 0, 0x42));
	mini_call_handle_info(test, other, handle, &info);
	KUNIT_EXPECT_EQ(test, MINI_MM_KEEP, info.flags);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, other, handle));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, mini_call_free_pages(test, maker, handle));
	mini_kunit_expect_whole(test, arena);
}

static void a_handle_is_gone_once_it_is_freed(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 handle = mini_call_alloc_pages(test, client, arena->id, 2, 0);

	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handle));
	KUNIT_EXPECT_EQ(test, -ENOENT, mini_call_op(test, client, free_pages_op(handle)).result);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, mini_call_free_pages(test, client, handle));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, mini_call_fill(test, client, handle, 0, 0, 0));
	mini_kunit_expect_whole(test, arena);
}

static void handles_are_never_used_again(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 last = 0;
	int i;

	for (i = 0; i < 10; i++) {
		u64 handle = mini_call_alloc_pages(test, client, arena->id, 0, 0);

		KUNIT_EXPECT_GT(test, handle, last);
		last = handle;
		KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handle));
	}
}

/* --- when a handle goes ---------------------------------------------------------------------- */

static void closing_gives_everything_back_that_is_not_kept(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *owner = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, other, arena->id, "cache", 64, 0);
	u64 kept = mini_call_alloc_pages(test, owner, arena->id, 2, MINI_MM_KEEP);
	u64 mine = mini_call_alloc_pages(test, owner, arena->id, 3, 0);
	u64 kept_object = mini_call_alloc_object(test, owner, cache, MINI_MM_KEEP);
	struct mini_mm_cache_info *info = kunit_kzalloc(test, sizeof(*info), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, info);
	for (i = 0; i < 10; i++)
		mini_call_alloc_object(test, owner, cache, 0);
	/* The two blocks and the page of the slab. */
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 4 - 8 - 1, mini_kunit_free_pages(arena));
	mini_kunit_close(test, owner);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 4 - 1, mini_kunit_free_pages(arena));
	mini_call_cache_info(test, other, cache, info);
	KUNIT_EXPECT_EQ(test, 1ULL, info->active_objects);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, mini_call_free_pages(test, other, mine));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, other, kept));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, other, kept_object));
}

static void a_reset_frees_what_is_kept_and_the_caches_that_are_idle(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 idle = mini_call_cache(test, client, arena->id, "idle", 64, 0);
	u32 busy = mini_call_cache(test, client, arena->id, "busy", 64, 0);
	u64 kept = mini_call_alloc_pages(test, client, arena->id, 4, MINI_MM_KEEP);
	u64 mine = mini_call_alloc_object(test, client, busy, 0);
	struct mini_mm_target target;

	mini_call_alloc_object(test, client, idle, MINI_MM_KEEP);
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_RESET, arena->id,
					 &target));
	KUNIT_EXPECT_EQ(test, 2ULL, target.freed);
	KUNIT_EXPECT_EQ(test, 1, target.caches);
	KUNIT_EXPECT_EQ(test, 1ULL, target.live);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, mini_call_free_pages(test, client, kept));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_call_target(test, client, MINI_MM_IOC_CACHE_SHRINK, idle, &target));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, mine));
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_RESET, arena->id,
					 &target));
	KUNIT_EXPECT_EQ(test, 0ULL, target.freed);
	KUNIT_EXPECT_EQ(test, 1, target.caches);
	KUNIT_EXPECT_EQ(test, 0ULL, target.live);
	mini_kunit_expect_whole(test, arena);
}

/* --- walking --------------------------------------------------------------------------------- */

static long next_handle(struct kunit *test, struct mini_kunit_client *client,
			struct mini_mm_handle_info *info)
{
	info->lookup = MINI_MM_LOOKUP_NEXT;
	return mini_kunit_ioctl(test, client, MINI_MM_IOC_HANDLE_INFO, info);
}

static void a_walk_sees_ones_own_handles_and_the_kept_ones(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	u64 first = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	u64 foreign = mini_call_alloc_pages(test, other, arena->id, 0, 0);
	u64 kept = mini_call_alloc_pages(test, other, arena->id, 0, MINI_MM_KEEP);
	u64 last = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	struct mini_mm_handle_info info = { .handle = first - 1 };
	u64 seen = 0;

	KUNIT_EXPECT_EQ(test, 0, next_handle(test, client, &info));
	KUNIT_EXPECT_EQ(test, first, info.handle);
	KUNIT_EXPECT_EQ(test, MINI_MM_LOOKUP_NEXT, info.lookup);
	/* Others may keep something meanwhile, but nobody's own is seen. */
	while (!next_handle(test, client, &info) && info.handle <= last) {
		KUNIT_EXPECT_NE(test, foreign, info.handle);
		seen += info.handle == kept || info.handle == last;
	}
	KUNIT_EXPECT_EQ(test, 2ULL, seen);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, kept));
}

static void a_walk_ends_behind_the_last_handle(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_handle_info info = { .handle = U64_MAX };

	KUNIT_EXPECT_EQ(test, -ENOENT, next_handle(test, client, &info));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_HANDLE, info.why);
	KUNIT_EXPECT_EQ(test, U64_MAX, info.handle);
	info.handle = U64_MAX - 1;
	KUNIT_EXPECT_EQ(test, -ENOENT, next_handle(test, client, &info));
}

/* --- destroying what is in use --------------------------------------------------------------- */

static void an_arena_in_use_says_by_how_many_and_stays(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 arena = mini_call_arena(test, client, "kunit-in-use", REGION_PAGES, 0);
	u32 cache = mini_call_cache(test, client, arena, "cache", 64, 0);
	u64 handles[3] = {
		mini_call_alloc_pages(test, client, arena, 3, 0),
		mini_call_alloc_object(test, client, cache, 0),
		mini_call_alloc_object(test, client, cache, MINI_MM_KEEP),
	};
	struct mini_mm_target target;

	KUNIT_EXPECT_EQ(test, -EBUSY,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, arena, &target));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_LIVE, target.why);
	KUNIT_EXPECT_EQ(test, 3ULL, target.live);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			mini_call_target(test, client, MINI_MM_IOC_CACHE_DESTROY, cache, &target));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_LIVE, target.why);
	KUNIT_EXPECT_EQ(test, 2ULL, target.live);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handles[0]));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, handles[1]));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, handles[2]));
	/* Its caches are no reason to stay. */
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, arena, &target));
	KUNIT_EXPECT_EQ(test, 0ULL, target.live);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_call_target(test, client, MINI_MM_IOC_CACHE_DESTROY, cache, &target));
}

static void what_others_use_of_a_client_that_closes_stays_and_is_kept(struct kunit *test)
{
	struct mini_kunit_client *maker = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	u32 arena = mini_call_arena(test, maker, "kunit-orphan", REGION_PAGES, 0);
	u32 used = mini_call_cache(test, maker, arena, "used", 64, 0);
	u32 unused = mini_call_cache(test, maker, arena, "unused", 64, 0);
	struct mini_mm_arena_info *info = kunit_kzalloc(test, sizeof(*info), GFP_KERNEL);
	struct mini_mm_cache_info *cache_info =
		kunit_kzalloc(test, sizeof(*cache_info), GFP_KERNEL);
	u64 object = mini_call_alloc_object(test, other, used, 0);
	struct mini_mm_target target;

	KUNIT_ASSERT_NOT_NULL(test, info);
	KUNIT_ASSERT_NOT_NULL(test, cache_info);
	mini_call_arena_info(test, other, arena, info);
	KUNIT_EXPECT_EQ(test, 0, info->flags);
	KUNIT_EXPECT_EQ(test, 2, info->caches);
	mini_kunit_close(test, maker);
	mini_call_arena_info(test, other, arena, info);
	KUNIT_EXPECT_EQ(test, MINI_MM_KEEP, info->flags);
	KUNIT_EXPECT_EQ(test, 1, info->caches);
	mini_call_cache_info(test, other, used, cache_info);
	KUNIT_EXPECT_EQ(test, MINI_MM_KEEP, cache_info->flags);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_call_target(test, other, MINI_MM_IOC_CACHE_SHRINK, unused, &target));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, other, object));
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, other, MINI_MM_IOC_ARENA_DESTROY, arena, &target));
}

static void arenas_and_caches_go_with_the_open_file_unless_they_are_kept(struct kunit *test)
{
	struct mini_kunit_client *maker = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	u32 arena = mini_call_arena(test, maker, "kunit-mine", REGION_PAGES, 0);
	u32 kept = mini_call_arena(test, maker, "kunit-kept", REGION_PAGES, MINI_MM_KEEP);
	u32 cache = mini_call_cache(test, maker, kept, "mine", 64, 0);
	u32 kept_cache = mini_call_cache(test, maker, kept, "kept", 64, MINI_MM_KEEP);
	struct mini_mm_target target;

	mini_call_alloc_pages(test, maker, arena, 0, 0);
	mini_call_alloc_object(test, maker, cache, 0);
	mini_kunit_close(test, maker);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_call_target(test, other, MINI_MM_IOC_ARENA_RESET, arena, &target));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_call_target(test, other, MINI_MM_IOC_CACHE_SHRINK, cache, &target));
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, other, MINI_MM_IOC_CACHE_DESTROY, kept_cache,
					 &target));
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, other, MINI_MM_IOC_ARENA_DESTROY, kept, &target));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_handle_says_what_it_names_and_who_made_it),
	KUNIT_CASE(a_handle_of_an_object_names_its_cache_and_place),
	KUNIT_CASE(another_open_file_cannot_use_a_handle),
	KUNIT_CASE(what_is_kept_can_be_used_through_any_open_file),
	KUNIT_CASE(a_handle_is_gone_once_it_is_freed),
	KUNIT_CASE(handles_are_never_used_again),
	KUNIT_CASE(closing_gives_everything_back_that_is_not_kept),
	KUNIT_CASE(a_reset_frees_what_is_kept_and_the_caches_that_are_idle),
	KUNIT_CASE(a_walk_sees_ones_own_handles_and_the_kept_ones),
	KUNIT_CASE(a_walk_ends_behind_the_last_handle),
	KUNIT_CASE(an_arena_in_use_says_by_how_many_and_stays),
	KUNIT_CASE(what_others_use_of_a_client_that_closes_stays_and_is_kept),
	KUNIT_CASE(arenas_and_caches_go_with_the_open_file_unless_they_are_kept),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles",
	.test_cases = cases,
};

kunit_test_suite(suite);
