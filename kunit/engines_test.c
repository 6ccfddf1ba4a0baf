// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_engines: what every object engine does in the kernel, behind its lock: what it refuses, what its debug
 * letters find, and what it says of an object's owners.
 */
#include <linux/string.h>

#include "glue/owner.h"
#include "slabs.h"

#define REGION_PAGES 64
#define SIZE 64
#define MANY 200

KUNIT_ARRAY_PARAM(engine, mini_kunit_engines, mini_kunit_describe_engine);

static const char *this_engine(struct kunit *test)
{
	return *(const char *const *)test->param_value;
}

static struct mini_cache *cache_with(struct kunit *test, const char *debug, slab_flags_t flags)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, debug);

	return mini_kunit_cache_of(test, arena, this_engine(test), SIZE, flags);
}

static struct mini_cache *provoked_cache(struct kunit *test, const char *debug)
{
	struct mini_cache *cache = cache_with(test, debug, 0);

	mini_kunit_provoke(cache->arena);
	return cache;
}

static void all_engines_are_tried_here(struct kunit *test)
{
	int i;

	for (i = 0; i < MINI_KUNIT_ENGINES; i++)
		KUNIT_EXPECT_STREQ(test, mini_kunit_engines[i], mini_core_object_engine_name(i));
	KUNIT_EXPECT_NULL(test, mini_core_object_engine_name(i));
}

static void the_first_engine_is_the_default(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	const struct mini_cache_params empty = { .engine = "" };

	KUNIT_EXPECT_STREQ(test, "slab", mini_core_cache_engine(mini_kunit_cache(test, arena, SIZE, 0)->core));
	KUNIT_EXPECT_STREQ(test, "slab",
			   mini_core_cache_engine(mini_kmem_cache_create_engine(arena, "empty", SIZE, 0, 0, NULL,
										&empty)->core));
}

static void an_engine_that_there_is_not_makes_no_cache(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	const struct mini_cache_params params = { .engine = "slap" };

	KUNIT_EXPECT_NULL(test, mini_kmem_cache_create_engine(arena, "none", SIZE, 0, 0, NULL, &params));
}

static void a_cache_has_the_engine_that_it_was_made_with(struct kunit *test)
{
	struct mini_cache *cache = cache_with(test, "V", 0);

	KUNIT_EXPECT_STREQ(test, this_engine(test), mini_core_cache_engine(cache->core));
}

static void objects_come_and_go_in_bulk_and_one_by_one(struct kunit *test)
{
	struct mini_cache *cache = cache_with(test, "V", 0);
	void **objects = kunit_kcalloc(test, MANY, sizeof(*objects), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, objects);
	KUNIT_ASSERT_EQ(test, MANY, mini_kmem_cache_alloc_bulk(cache, __GFP_ZERO, MANY, objects));
	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(objects[i], 0, SIZE));
		memset(objects[i], i, SIZE);
	}
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objects[i], i, SIZE));
	for (i = 0; i < MANY; i += 2)
		mini_kmem_cache_free(cache, objects[i]);
	for (i = 0; i < MANY; i += 2)
		objects[i] = mini_kunit_object(test, cache);
	mini_kmem_cache_free_bulk(cache, MANY, objects);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, cache->arena);
}

static void a_full_arena_gives_null_and_what_comes_back_is_served(struct kunit *test)
{
	struct mini_cache *cache = cache_with(test, "", 0);
	void *object, *last = NULL;
	u32 count = 0;

	while ((object = mini_kmem_cache_alloc(cache, 0))) {
		*(void **)object = last;
		last = object;
		count++;
	}
	KUNIT_EXPECT_GE(test, count, REGION_PAGES * 56);
	object = last;
	last = *(void **)object;
	mini_kmem_cache_free(cache, object);
	KUNIT_EXPECT_PTR_EQ(test, object, mini_kmem_cache_alloc(cache, 0));
	mini_kmem_cache_free(cache, object);
	for (; last; last = object) {
		object = *(void **)last;
		mini_kmem_cache_free(cache, last);
	}
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, cache->arena);
}

static void a_second_free_is_refused_and_reported(struct kunit *test)
{
	struct mini_cache *cache = provoked_cache(test, "V");
	u8 *other = mini_kunit_object(test, cache);
	u8 *object = mini_kunit_object(test, cache);

	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_free(cache, object);
	mini_kunit_expect_reports(test, cache->arena, MINI_REPORT_DOUBLE_FREE, 1);
	mini_kmem_cache_free(cache, other);
}

static void an_address_inside_an_object_is_refused_and_reported(struct kunit *test)
{
	struct mini_cache *cache = provoked_cache(test, "FV");
	u8 *object = mini_kunit_object(test, cache);

	mini_kmem_cache_free(cache, object + 8);
	mini_kmem_cache_free(cache, object + SIZE - 1);
	mini_kunit_expect_reports(test, cache->arena, MINI_REPORT_NOT_AN_OBJECT, 2);
	mini_kmem_cache_free(cache, object);
}

static void an_object_of_any_other_engine_is_refused_and_reported(struct kunit *test)
{
	struct mini_cache *cache = provoked_cache(test, "V");
	u8 *object = mini_kunit_object(test, cache);
	int i;

	for (i = 0; i < MINI_KUNIT_ENGINES; i++) {
		struct mini_cache *other = mini_kunit_cache_of(test, cache->arena, mini_kunit_engines[i], SIZE, 0);
		u8 *its = mini_kunit_object(test, other);

		mini_kmem_cache_free(cache, its);
		mini_kmem_cache_free(other, object);
		mini_kmem_cache_free(other, its);
	}
	mini_kunit_expect_reports(test, cache->arena, MINI_REPORT_WRONG_CACHE, 2 * MINI_KUNIT_ENGINES);
	mini_kmem_cache_free(cache, object);
}

static void a_write_next_to_an_object_is_one_report(struct kunit *test)
{
	struct mini_cache *cache = provoked_cache(test, "FZUV");
	u8 *object = mini_kunit_object(test, cache);

	object[SIZE] = 1;
	mini_kmem_cache_free(cache, object);
	object = mini_kunit_object(test, cache);
	object[-1] = 1;
	KUNIT_EXPECT_EQ(test, 1, mini_cache_validate(cache));
	mini_kunit_expect_reports(test, cache->arena, MINI_REPORT_RED_ZONE, 2);
	mini_kmem_cache_free(cache, object);
}

static void a_write_to_a_freed_object_is_one_report(struct kunit *test)
{
	struct mini_cache *cache = provoked_cache(test, "FPV");
	u8 *other = mini_kunit_object(test, cache);
	u8 *object = mini_kunit_object(test, cache);

	mini_kmem_cache_free(cache, object);
	object[SIZE / 2] = 1;
	KUNIT_EXPECT_PTR_EQ(test, object, (u8 *)mini_kunit_object(test, cache));
	mini_kunit_expect_reports(test, cache->arena, MINI_REPORT_POISON, 1);
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_free(cache, other);
}

static void failures_on_demand_change_nothing(struct kunit *test)
{
	struct mini_cache *cache = cache_with(test, "V", 0);

	mini_kunit_fail_nth(cache->arena, MINI_CORE_FAULT_OBJECT, 1);
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, 0));
	mini_kunit_fail_nth(cache->arena, MINI_CORE_FAULT_SLAB, 1);
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, 0));
	mini_kunit_expect_whole(test, cache->arena);
	mini_kmem_cache_free(cache, mini_kunit_object(test, cache));
}

static void an_object_knows_who_allocated_and_who_freed_it(struct kunit *test)
{
	struct mini_cache *cache = cache_with(test, "V", SLAB_STORE_USER);
	void *other = mini_kunit_object(test, cache);
	void *object = mini_kunit_object(test, cache);
	const struct mini_owners *records = mini_core_object_track(cache->core, object);

	KUNIT_ASSERT_NOT_NULL(test, records);
	KUNIT_EXPECT_EQ(test, (u32)task_pid_nr(current), records->of[MINI_OWNER_ALLOCATED].pid);
	KUNIT_EXPECT_STREQ(test, current->comm, records->of[MINI_OWNER_ALLOCATED].comm);
	KUNIT_EXPECT_NE(test, 0ULL, records->of[MINI_OWNER_ALLOCATED].when_ns);
	KUNIT_EXPECT_NE(test, 0ULL, records->of[MINI_OWNER_ALLOCATED].stack);
	KUNIT_EXPECT_EQ(test, 0ULL, records->of[MINI_OWNER_FREED].when_ns);
	mini_kmem_cache_free(cache, object);
	KUNIT_EXPECT_EQ(test, (u32)task_pid_nr(current), records->of[MINI_OWNER_FREED].pid);
	KUNIT_EXPECT_GE(test, records->of[MINI_OWNER_FREED].when_ns, records->of[MINI_OWNER_ALLOCATED].when_ns);
	mini_kmem_cache_free(cache, other);
}

static void a_second_free_says_who_had_the_object(struct kunit *test)
{
	struct mini_cache *cache = cache_with(test, "U", 0);
	void *other = mini_kunit_object(test, cache);
	void *object = mini_kunit_object(test, cache);

	/* Said, not only counted: what is printed must not harm. */
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_free(cache, object);
	mini_kunit_provoke(cache->arena);
	mini_kunit_expect_reports(test, cache->arena, MINI_REPORT_DOUBLE_FREE, 1);
	mini_kmem_cache_free(cache, other);
}

static void every_step_of_a_traced_cache_is_logged(struct kunit *test)
{
	struct mini_cache *cache = cache_with(test, "V", SLAB_TRACE);

	mini_kmem_cache_free(cache, mini_kunit_object(test, cache));
}

static void slabs_have_as_many_pages_as_were_asked_for(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	const struct mini_cache_params params = { .engine = this_engine(test), .off_slab = true, .slab_pages = 3 };
	struct mini_cache *cache = mini_kmem_cache_create_engine(arena, "threes", SZ_2K, 0, 0, NULL, &params);
	void *objects[7];

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, 6, mini_kunit_layout(cache).objects_per_slab);
	KUNIT_EXPECT_EQ(test, 3, mini_kunit_layout(cache).pages_per_slab);
	KUNIT_ASSERT_EQ(test, 6, mini_kmem_cache_alloc_bulk(cache, 0, 6, objects));
	KUNIT_EXPECT_STREQ(test, "full 1, partial 0, empty 0", mini_kunit_slabs(test, cache));
	objects[6] = mini_kunit_object(test, cache);
	KUNIT_EXPECT_STREQ(test, "full 1, partial 1, empty 0", mini_kunit_slabs(test, cache));
	mini_kmem_cache_free_bulk(cache, 7, objects);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void a_size_may_be_asked_for_up_to_the_caches_own(struct kunit *test)
{
	struct mini_cache *cache = cache_with(test, "V", 0);
	void *object;
	u32 size;

	KUNIT_ASSERT_EQ(test, 0, mini_object_alloc_size(cache, 10, &object));
	KUNIT_EXPECT_EQ(test, 0, mini_core_object_size(cache->core, object, &size));
	KUNIT_EXPECT_GE(test, size, 10);
	mini_object_free(cache, object);
	KUNIT_EXPECT_EQ(test, MINI_CORE_TOO_LARGE, mini_object_alloc_size(cache, SIZE + 1, &object));
}

/* Slabs of the engine class differ in size; the page behind a small one may be the first of kmalloc's block. */
static void a_small_slab_leaves_the_mark_of_its_neighbour(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache_of(test, arena, "class", MINI_CORE_MAX_OBJECT, 0);
	/* All is held but two single pages, each with a block of four behind it. */
	struct page *held[] = {
		mini_alloc_contig_range(arena, 0, 3, 0),
		mini_alloc_contig_range(arena, 8, 11, 0),
		mini_alloc_contig_range(arena, 16, REGION_PAGES, 0),
	};
	void *first = mini_kmalloc(arena, 4 * PAGE_SIZE, 0);
	void *second = mini_kmalloc(arena, 4 * PAGE_SIZE, 0);
	void *small;

	KUNIT_ASSERT_NOT_NULL(test, first);
	KUNIT_ASSERT_NOT_NULL(test, second);
	KUNIT_ASSERT_EQ(test, 0, mini_object_alloc_size(cache, 8, &small));
	mini_object_free(cache, small);
	/* A mark that was lost is a report. */
	mini_kfree(first);
	mini_kfree(second);
	mini_free_contig_range(arena, held[0], 3);
	mini_free_contig_range(arena, held[1], 3);
	mini_free_contig_range(arena, held[2], REGION_PAGES - 16);
	mini_kmem_cache_shrink(cache);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(all_engines_are_tried_here),
	KUNIT_CASE(the_first_engine_is_the_default),
	KUNIT_CASE(an_engine_that_there_is_not_makes_no_cache),
	KUNIT_CASE_PARAM(a_cache_has_the_engine_that_it_was_made_with, engine_gen_params),
	KUNIT_CASE_PARAM(objects_come_and_go_in_bulk_and_one_by_one, engine_gen_params),
	KUNIT_CASE_PARAM(a_full_arena_gives_null_and_what_comes_back_is_served, engine_gen_params),
	KUNIT_CASE_PARAM(a_second_free_is_refused_and_reported, engine_gen_params),
	KUNIT_CASE_PARAM(an_address_inside_an_object_is_refused_and_reported, engine_gen_params),
	KUNIT_CASE_PARAM(an_object_of_any_other_engine_is_refused_and_reported, engine_gen_params),
	KUNIT_CASE_PARAM(a_write_next_to_an_object_is_one_report, engine_gen_params),
	KUNIT_CASE_PARAM(a_write_to_a_freed_object_is_one_report, engine_gen_params),
	KUNIT_CASE_PARAM(failures_on_demand_change_nothing, engine_gen_params),
	KUNIT_CASE_PARAM(an_object_knows_who_allocated_and_who_freed_it, engine_gen_params),
	KUNIT_CASE_PARAM(a_second_free_says_who_had_the_object, engine_gen_params),
	KUNIT_CASE_PARAM(every_step_of_a_traced_cache_is_logged, engine_gen_params),
	KUNIT_CASE_PARAM(slabs_have_as_many_pages_as_were_asked_for, engine_gen_params),
	KUNIT_CASE_PARAM(a_size_may_be_asked_for_up_to_the_caches_own, engine_gen_params),
	KUNIT_CASE(a_small_slab_leaves_the_mark_of_its_neighbour),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_engines",
	.test_cases = cases,
};

kunit_test_suite(suite);
