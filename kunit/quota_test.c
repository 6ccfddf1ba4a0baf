// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_quota: how much a client of the device may have at a time, and all clients in an arena; and that what
 * goes back can be had again.
 */
#include "calls.h"
#include "glue/quota.h"

#define PAGES 256

/* The limits of open files that the case changes come back when it ends, also when it ends early. */
static struct mini_client_limits saved;

static int save_limits(struct kunit *test)
{
	saved = mini_client_limits;
	return 0;
}

static void restore_limits(struct kunit *test)
{
	mini_client_limits = saved;
}

static struct mini_mm_op page_op(struct kunit *test, struct mini_kunit_client *client, u32 arena, u32 order, u32 flags)
{
	return mini_call_op(test, client,
			    (struct mini_mm_op){
				    .opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena, .order = order, .flags = flags });
}

static void a_client_has_no_more_handles_than_it_may(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	struct mini_mm_op op;
	u64 first, kept;

	mini_client_limits.handles = 2;
	first = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	mini_call_alloc_pages(test, client, arena->id, 0, 0);
	op = page_op(test, client, arena->id, 0, 0);
	mini_expect_refused(test, "a third", MINI_MM_WHY_CLIENT_QUOTA, op.result, op.why);
	/* Another one has a quota of its own, and what is kept is the arena's. */
	mini_call_alloc_pages(test, other, arena->id, 0, 0);
	kept = mini_call_alloc_pages(test, client, arena->id, 0, MINI_MM_KEEP);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, first));
	mini_call_alloc_pages(test, client, arena->id, 0, 0);
	KUNIT_EXPECT_EQ(test, PAGES - 4, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, kept));
}

static void a_client_has_no_more_bytes_than_it_may(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 2 * SZ_1M >> PAGE_SHIFT);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 half;
	struct mini_mm_op op;

	mini_client_limits.mb = 1;
	half = mini_call_alloc_pages(test, client, arena->id, 7, 0);
	mini_call_alloc_pages(test, client, arena->id, 7, 0);
	op = page_op(test, client, arena->id, 0, 0);
	mini_expect_refused(test, "a page more", MINI_MM_WHY_CLIENT_QUOTA, op.result, op.why);
	/* One that will be refused for something else counts nothing. */
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, half));
	op = page_op(test, client, arena->id, 11, 0);
	mini_expect_refused(test, "no such order", MINI_MM_WHY_ORDER, op.result, op.why);
	mini_call_alloc_pages(test, client, arena->id, 7, 0);
}

static void what_failed_counts_nothing(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_op op;
	int i;

	mini_client_limits.handles = 2;
	mini_call_alloc_pages(test, client, arena->id, 2, 0);
	for (i = 0; i < 5; i++) {
		op = page_op(test, client, arena->id, 0, 0);
		mini_expect_refused(test, "a full arena", MINI_MM_WHY_FULL, op.result, op.why);
	}
}

static long make_arena(struct kunit *test, struct mini_kunit_client *client, const char *name, u64 size, u32 flags,
		       struct mini_mm_arena_create *create)
{
	*create = (struct mini_mm_arena_create){ .size = size, .flags = flags };
	strscpy(create->name, name, sizeof(create->name));
	return mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, create);
}

static void a_client_has_no_more_arenas_than_it_may(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_create create;
	struct mini_mm_target target;
	long result;
	u32 id;

	mini_client_limits.arenas = 1;
	KUNIT_EXPECT_EQ(test, 0, make_arena(test, client, "kunit-quota-1", SZ_64K, 0, &create));
	id = create.id;
	result = make_arena(test, client, "kunit-quota-2", SZ_64K, 0, &create);
	mini_expect_refused(test, "a second", MINI_MM_WHY_CLIENT_QUOTA, result, create.why);
	KUNIT_EXPECT_EQ(test, 0, mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, id, &target));
	KUNIT_EXPECT_EQ(test, 0, make_arena(test, client, "kunit-quota-2", SZ_64K, 0, &create));
}

static void the_regions_of_a_client_count_as_bytes(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_create create;
	long result;

	mini_client_limits.mb = 1;
	KUNIT_EXPECT_EQ(test, 0, make_arena(test, client, "kunit-quota-1", SZ_512K, 0, &create));
	mini_call_alloc_pages(test, client, create.id, 7, 0);
	result = make_arena(test, client, "kunit-quota-2", PAGE_SIZE, 0, &create);
	mini_expect_refused(test, "a page more", MINI_MM_WHY_CLIENT_QUOTA, result, create.why);
}

static void all_arenas_together_have_no_more_than_they_may(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_create create;
	struct mini_mm_info info;
	long result;

	KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_INFO, &info));
	mini_client_limits.total_mb = (info.region_bytes >> 20) + 1;
	result = make_arena(test, client, "kunit-quota-1", SZ_4M, MINI_MM_KEEP, &create);
	mini_expect_refused(test, "kept or not", MINI_MM_WHY_CLIENT_QUOTA, result, create.why);
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_INFO, &info));
	KUNIT_EXPECT_EQ(test, mini_client_limits.total_mb, info.total_mb);
}

static void a_client_has_no_more_caches_than_it_may(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_cache_create create = { .name = "second", .arena = arena->id, .size = 64 };
	struct mini_mm_target target;
	u32 first;
	long result;

	mini_client_limits.caches = 1;
	first = mini_call_cache(test, client, arena->id, "first", 64, 0);
	result = mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_CREATE, &create);
	mini_expect_refused(test, "a second", MINI_MM_WHY_CLIENT_QUOTA, result, create.why);
	KUNIT_EXPECT_EQ(test, 0, mini_call_target(test, client, MINI_MM_IOC_CACHE_DESTROY, first, &target));
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_CREATE, &create));
}

static void an_arenas_quota_is_that_of_all_its_clients(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_kunit_client *other = mini_kunit_open(test);
	struct mini_mm_arena_create arena = { .name = "kunit-quota", .size = SZ_1M, .max_handles = 2, .max_caches = 1 };
	struct mini_mm_cache_create cache = { .name = "second", .size = 64, .flags = MINI_MM_KEEP };
	struct mini_mm_arena_info info;
	struct mini_mm_op op;
	long result;
	u64 kept;

	KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &arena));
	mini_call_alloc_pages(test, client, arena.id, 0, 0);
	kept = mini_call_alloc_pages(test, other, arena.id, 0, MINI_MM_KEEP);
	op = page_op(test, other, arena.id, 0, 0);
	mini_expect_refused(test, "a third handle", MINI_MM_WHY_ARENA_QUOTA, op.result, op.why);
	op = page_op(test, other, arena.id, 0, MINI_MM_KEEP);
	mini_expect_refused(test, "nor one that is kept", MINI_MM_WHY_ARENA_QUOTA, op.result, op.why);
	mini_call_cache(test, client, arena.id, "first", 64, 0);
	cache.arena = arena.id;
	result = mini_kunit_ioctl(test, other, MINI_MM_IOC_CACHE_CREATE, &cache);
	mini_expect_refused(test, "a second cache", MINI_MM_WHY_ARENA_QUOTA, result, cache.why);
	mini_call_arena_info(test, client, arena.id, &info);
	KUNIT_EXPECT_EQ(test, 2, info.max_handles);
	KUNIT_EXPECT_EQ(test, 1, info.max_caches);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, other, kept));
}

static void an_arenas_quota_of_bytes_is_exact(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_create arena = { .name = "kunit-quota", .size = SZ_1M, .max_bytes = 5 * PAGE_SIZE };
	struct mini_mm_op op;

	KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &arena));
	mini_call_alloc_pages(test, client, arena.id, 2, 0);
	op = page_op(test, client, arena.id, 1, 0);
	mini_expect_refused(test, "two pages more", MINI_MM_WHY_ARENA_QUOTA, op.result, op.why);
	mini_call_alloc_pages(test, client, arena.id, 0, 0);
	op = page_op(test, client, arena.id, 0, 0);
	mini_expect_refused(test, "one page more", MINI_MM_WHY_ARENA_QUOTA, op.result, op.why);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(a_client_has_no_more_handles_than_it_may),
	KUNIT_CASE(a_client_has_no_more_bytes_than_it_may),
	KUNIT_CASE(what_failed_counts_nothing),
	KUNIT_CASE(a_client_has_no_more_arenas_than_it_may),
	KUNIT_CASE(the_regions_of_a_client_count_as_bytes),
	KUNIT_CASE(all_arenas_together_have_no_more_than_they_may),
	KUNIT_CASE(a_client_has_no_more_caches_than_it_may),
	KUNIT_CASE(an_arenas_quota_is_that_of_all_its_clients),
	KUNIT_CASE(an_arenas_quota_of_bytes_is_exact),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_quota",
	.init = save_limits,
	.exit = restore_limits,
	.test_cases = cases,
};

kunit_test_suite(suite);
