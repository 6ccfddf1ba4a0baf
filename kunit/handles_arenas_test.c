// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_arenas: the calls that make, describe and walk arenas and caches, and the
 * map of a region.
 */
#include <linux/string.h>
#include <linux/uaccess.h>

#include "calls.h"

#define REGION_PAGES 64

static void *zeroed(struct kunit *test, size_t size)
{
	void *memory = kunit_kzalloc(test, size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	return memory;
}

/* --- the module ------------------------------------------------------------------------------ */

static void info_says_what_there_is(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_info *before = zeroed(test, sizeof(*before));
	struct mini_mm_info *after = zeroed(test, sizeof(*after));
	struct mini_arena *arena;

	KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_INFO, before));
	KUNIT_EXPECT_EQ(test, MINI_MM_ABI_VERSION, before->abi_version);
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, before->page_size);
	KUNIT_EXPECT_STREQ(test, MINI_MM_VERSION, before->version);
	KUNIT_EXPECT_GE(test, before->arenas, 1);

	arena = mini_kunit_arena(test, REGION_PAGES);
	client = mini_kunit_open(test);
	mini_call_cache(test, client, arena->id, "one", 64, 0);
	mini_call_cache(test, client, arena->id, "two", 64, 0);
	mini_call_alloc_pages(test, client, arena->id, 0, 0);
	memset(after, 0xff, sizeof(*after));
	KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_INFO, after));
	KUNIT_EXPECT_EQ(test, before->arenas + 1, after->arenas);
	KUNIT_EXPECT_EQ(test, before->caches + 2, after->caches);
	KUNIT_EXPECT_EQ(test, before->handles + 1, after->handles);
	KUNIT_EXPECT_EQ(test, before->clients + 1, after->clients);
	KUNIT_EXPECT_EQ(test, before->region_bytes + REGION_PAGES * PAGE_SIZE, after->region_bytes);
	KUNIT_EXPECT_EQ(test, before->metadata_bytes + arena->metadata_bytes,
			after->metadata_bytes);
	KUNIT_EXPECT_NULL(test, memchr_inv(after->reserved, 0, sizeof(after->reserved)));
}

static void a_closed_file_is_no_client_any_more(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 before = mini_clients_count();

	mini_kunit_close(test, client);
	KUNIT_EXPECT_EQ(test, before - 1, mini_clients_count());
}

/* --- arenas ---------------------------------------------------------------------------------- */

static void an_arena_says_how_it_was_made_and_what_it_did(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_info *info = zeroed(test, sizeof(*info));
	u64 handle;
	int i;

	mini_call_cache(test, client, arena->id, "one", 64, 0);
	handle = mini_call_alloc_pages(test, client, arena->id, 4, 0);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, handle));
	mini_call_alloc_pages(test, client, arena->id, 4, MINI_MM_KEEP);
	mini_call_alloc_pages(test, client, arena->id, 0, 0);
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 6));
	mini_call_arena_info(test, client, arena->id, info);
	KUNIT_EXPECT_EQ(test, arena->id, info->id);
	KUNIT_EXPECT_STREQ(test, arena->name, info->name);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NONE, info->why);
	KUNIT_EXPECT_EQ(test, 6, info->max_order);
	KUNIT_EXPECT_STREQ(test, "eager", info->page_engine);
	KUNIT_EXPECT_STREQ(test, "lifo", info->placement);
	KUNIT_EXPECT_STREQ(test, "V", info->debug);
	KUNIT_EXPECT_EQ(test, (u64)REGION_PAGES, info->pages);
	KUNIT_EXPECT_EQ(test, REGION_PAGES - 17ULL, info->free_pages);
	KUNIT_EXPECT_EQ(test, (u64)arena->metadata_bytes, info->metadata_bytes);
	KUNIT_EXPECT_EQ(test, 2ULL, info->handles);
	KUNIT_EXPECT_EQ(test, 1, info->caches);
	KUNIT_EXPECT_EQ(test, MINI_MM_KEEP, info->flags);
	KUNIT_EXPECT_EQ(test, 3ULL, info->allocations);
	KUNIT_EXPECT_EQ(test, 1ULL, info->frees);
	KUNIT_EXPECT_EQ(test, 1ULL, info->failures);
	KUNIT_EXPECT_EQ(test, 0ULL, info->refused);
	/* Of 64 pages: 6 to 4 twice, and a 4 to 0. Merged back once. */
	KUNIT_EXPECT_EQ(test, 8ULL, info->splits);
	KUNIT_EXPECT_EQ(test, 2ULL, info->merges);
	for (i = 0; i < MINI_MM_ORDERS; i++)
		KUNIT_EXPECT_EQ_MSG(test, i <= 3 || i == 5 ? 1ULL : 0ULL, info->free_blocks[i],
				    "order %d", i);
	mini_call_target(test, client, MINI_MM_IOC_ARENA_RESET, arena->id,
			 &(struct mini_mm_target){});
}

static const struct debug_letters {
	const char *asked;
	const char *shown;
} debug_letters[] = {
	{ "", "" },   { "F", "F" },	  { "Z", "Z" },	 { "P", "P" },
	{ "V", "V" }, { "VPZF", "FZPV" }, { "PP", "P" },
};

static void describe_letters(const struct debug_letters *letters, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "'%s'", letters->asked);
}

KUNIT_ARRAY_PARAM(debug_letters, debug_letters, describe_letters);

static void debug_letters_come_back_in_one_order(struct kunit *test)
{
	const struct debug_letters *letters = test->param_value;
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, letters->asked);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_info *info = zeroed(test, sizeof(*info));

	mini_call_arena_info(test, client, arena->id, info);
	KUNIT_EXPECT_STREQ(test, letters->shown, info->debug);
}

static void an_arena_is_made_as_it_was_asked_for(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_info *info = zeroed(test, sizeof(*info));
	struct mini_mm_arena_create create = {
		.name = "kunit_-.AZaz09",
		.page_engine = "eager",
		.placement = "lifo",
		.debug = "ZV",
		.size = 5 * PAGE_SIZE,
		.why = 4711,
	};

	KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &create));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NONE, create.why);
	mini_call_arena_info(test, client, create.id, info);
	KUNIT_EXPECT_STREQ(test, "kunit_-.AZaz09", info->name);
	KUNIT_EXPECT_STREQ(test, "ZV", info->debug);
	KUNIT_EXPECT_EQ(test, 5ULL, info->pages);
	KUNIT_EXPECT_EQ(test, 5ULL, info->free_pages);
	KUNIT_EXPECT_EQ(test, 2, info->max_order);
	KUNIT_EXPECT_EQ(test, 0, info->flags);
}

static void arenas_are_found_by_name_and_by_walking(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_info *info = zeroed(test, sizeof(*info));
	int seen_default = 0, seen_ours = 0;
	u32 last = 0;

	info->lookup = MINI_MM_LOOKUP_NAME;
	strscpy(info->name, arena->name, sizeof(info->name));
	KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_INFO, info));
	KUNIT_EXPECT_EQ(test, arena->id, info->id);
	KUNIT_EXPECT_EQ(test, MINI_MM_LOOKUP_NAME, info->lookup);

	memset(info, 0, sizeof(*info));
	info->lookup = MINI_MM_LOOKUP_NEXT;
	while (!mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_INFO, info)) {
		KUNIT_ASSERT_GT(test, info->id, last);
		last = info->id;
		seen_default += !strcmp(info->name, "default");
		seen_ours += info->id == arena->id;
	}
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_ARENA, info->why);
	KUNIT_EXPECT_EQ(test, 1, seen_default);
	KUNIT_EXPECT_EQ(test, 1, seen_ours);
}

static void ids_of_arenas_are_not_used_again(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 first = mini_call_arena(test, client, "kunit-again", 1, 0);
	struct mini_mm_target target;

	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, first, &target));
	KUNIT_EXPECT_GT(test, mini_call_arena(test, client, "kunit-again", 1, 0), first);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, first, &target));
}

/* --- caches ---------------------------------------------------------------------------------- */

static void a_cache_says_how_it_was_made_and_what_it_did(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_cache_info *info = zeroed(test, sizeof(*info));
	struct mini_mm_cache_create create = {
		.name = "described", .arena = arena->id, .size = 250, .align = 32, .why = 4711,
	};
	char name[MINI_MM_FULL_NAME_LEN];
	u64 handles[17];
	int i;

	KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_CREATE, &create));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NONE, create.why);
	for (i = 0; i < 17; i++)
		handles[i] = mini_call_alloc_object(test, client, create.id, 0);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, handles[15]));
	mini_call_cache_info(test, client, create.id, info);
	snprintf(name, sizeof(name), "%s:described", arena->name);
	KUNIT_EXPECT_EQ(test, create.id, info->id);
	KUNIT_EXPECT_STREQ(test, name, info->name);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NONE, info->why);
	KUNIT_EXPECT_EQ(test, arena->id, info->arena);
	KUNIT_EXPECT_STREQ(test, "slab", info->engine);
	KUNIT_EXPECT_EQ(test, 250, info->object_size);
	KUNIT_EXPECT_EQ(test, 256, info->slot_size);
	KUNIT_EXPECT_EQ(test, 32, info->align);
	KUNIT_EXPECT_EQ(test, 15, info->objects_per_slab);
	KUNIT_EXPECT_EQ(test, 1, info->pages_per_slab);
	KUNIT_EXPECT_EQ(test, 4, info->colours);
	KUNIT_EXPECT_EQ(test, 0, info->flags);
	KUNIT_EXPECT_EQ(test, 16ULL, info->active_objects);
	KUNIT_EXPECT_EQ(test, 1ULL, info->full_slabs);
	KUNIT_EXPECT_EQ(test, 1ULL, info->partial_slabs);
	KUNIT_EXPECT_EQ(test, 0ULL, info->empty_slabs);
	KUNIT_EXPECT_EQ(test, 17ULL, info->allocations);
	KUNIT_EXPECT_EQ(test, 1ULL, info->frees);
	KUNIT_EXPECT_EQ(test, 0ULL, info->failures);
	KUNIT_EXPECT_EQ(test, 0ULL, info->refused);
	KUNIT_EXPECT_EQ(test, 2ULL, info->grown);
	KUNIT_EXPECT_EQ(test, 0ULL, info->reaped);
}

static const struct cache_flags {
	const char *what;
	u32 size, asked, shown;
} cache_flags[] = {
	{ "none", 64, 0, 0 },
	{ "kept", 64, MINI_MM_KEEP, MINI_MM_KEEP },
	{ "off the slab", 64, MINI_MM_OFF_SLAB, MINI_MM_OFF_SLAB },
	{ "both", 64, MINI_MM_KEEP | MINI_MM_OFF_SLAB, MINI_MM_KEEP | MINI_MM_OFF_SLAB },
	{ "off the slab by its size", 1024, 0, MINI_MM_OFF_SLAB },
};

KUNIT_ARRAY_PARAM_DESC(cache_flags, cache_flags, what);

static void a_cache_shows_its_flags(struct kunit *test)
{
	const struct cache_flags *flags = test->param_value;
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_cache_info *info = zeroed(test, sizeof(*info));
	u32 cache = mini_call_cache(test, client, arena->id, "flags", flags->size, flags->asked);

	mini_call_cache_info(test, client, cache, info);
	KUNIT_EXPECT_EQ(test, flags->shown, info->flags);
}

static long cache_by_name(struct kunit *test, struct mini_kunit_client *client, const char *name,
			  struct mini_mm_cache_info *info)
{
	memset(info, 0, sizeof(*info));
	info->lookup = MINI_MM_LOOKUP_NAME;
	strscpy(info->name, name, sizeof(info->name));
	return mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_INFO, info);
}

static void caches_are_found_by_their_full_name(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_cache_info *info = zeroed(test, sizeof(*info));
	u32 ours = mini_call_cache(test, client, arena->id, "mini_mm_kunit_full_name", 64, 0);
	u32 in_default = mini_call_cache(test, client, mini_default_arena->id,
					 "mini_mm_kunit_full_name", 64, 0);
	char name[MINI_MM_FULL_NAME_LEN];

	snprintf(name, sizeof(name), "%s:mini_mm_kunit_full_name", arena->name);
	KUNIT_EXPECT_EQ(test, 0, cache_by_name(test, client, name, info));
	KUNIT_EXPECT_EQ(test, ours, info->id);
	KUNIT_EXPECT_STREQ(test, name, info->name);
	KUNIT_EXPECT_EQ(test, 0, cache_by_name(test, client, "mini_mm_kunit_full_name", info));
	KUNIT_EXPECT_EQ(test, in_default, info->id);
	KUNIT_EXPECT_STREQ(test, "mini_mm_kunit_full_name", info->name);
	KUNIT_EXPECT_EQ(test, 0,
			cache_by_name(test, client, "default:mini_mm_kunit_full_name", info));
	KUNIT_EXPECT_EQ(test, in_default, info->id);
	snprintf(name, sizeof(name), "%s:mini_mm_kunit_full_nam", arena->name);
	KUNIT_EXPECT_EQ(test, -ENOENT, cache_by_name(test, client, name, info));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			cache_by_name(test, client, "no-arena:mini_mm_kunit_full_name", info));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			cache_by_name(test, client, "0123456789abcdef:mini_mm_kunit_full", info));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_CACHE, info->why);
}

static void caches_are_found_by_walking(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_cache_info *info = zeroed(test, sizeof(*info));
	u32 first = mini_call_cache(test, client, arena->id, "first", 64, 0);
	u32 second = mini_call_cache(test, client, arena->id, "second", 64, 0);
	u32 last = 0;
	int seen = 0;

	info->lookup = MINI_MM_LOOKUP_NEXT;
	while (!mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_INFO, info)) {
		KUNIT_ASSERT_GT(test, info->id, last);
		last = info->id;
		seen += info->id == first || info->id == second;
	}
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_CACHE, info->why);
	KUNIT_EXPECT_EQ(test, 2, seen);
}

static void a_shrink_says_how_many_pages_came_back(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, client, arena->id, "shrink", SZ_4K + 1, 0);
	u64 handle = mini_call_alloc_object(test, client, cache, 0);
	struct mini_mm_target target;

	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_CACHE_SHRINK, cache, &target));
	KUNIT_EXPECT_EQ(test, 0ULL, target.freed);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, handle));
	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_CACHE_SHRINK, cache, &target));
	KUNIT_EXPECT_EQ(test, 8ULL, target.freed);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NONE, target.why);
	mini_kunit_expect_whole(test, arena);
}

static void ids_of_caches_are_not_used_again(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 first = mini_call_cache(test, client, arena->id, "again", 64, 0);
	struct mini_mm_target target;

	KUNIT_EXPECT_EQ(test, 0,
			mini_call_target(test, client, MINI_MM_IOC_CACHE_DESTROY, first, &target));
	KUNIT_EXPECT_GT(test, mini_call_cache(test, client, arena->id, "again", 64, 0), first);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			mini_call_target(test, client, MINI_MM_IOC_CACHE_DESTROY, first, &target));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(info_says_what_there_is),
	KUNIT_CASE(a_closed_file_is_no_client_any_more),
	KUNIT_CASE(an_arena_says_how_it_was_made_and_what_it_did),
	KUNIT_CASE_PARAM(debug_letters_come_back_in_one_order, debug_letters_gen_params),
	KUNIT_CASE(an_arena_is_made_as_it_was_asked_for),
	KUNIT_CASE(arenas_are_found_by_name_and_by_walking),
	KUNIT_CASE(ids_of_arenas_are_not_used_again),
	KUNIT_CASE(a_cache_says_how_it_was_made_and_what_it_did),
	KUNIT_CASE_PARAM(a_cache_shows_its_flags, cache_flags_gen_params),
	KUNIT_CASE(caches_are_found_by_their_full_name),
	KUNIT_CASE(caches_are_found_by_walking),
	KUNIT_CASE(a_shrink_says_how_many_pages_came_back),
	KUNIT_CASE(ids_of_caches_are_not_used_again),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_arenas",
	.test_cases = cases,
};

kunit_test_suite(suite);
