// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_slab: objects through the kernel API. How caches are made, which slab serves, how
 * slabs are laid out and what debugging puts around objects have suites of their own (slab_caches,
 * slab_order, slab_layout, slab_guard).
 */
#include <linux/sort.h>

#include "slabs.h"

#define REGION_PAGES 64
#define MOST_OBJECTS 1100

static void **object_table(struct kunit *test)
{
	void **objects = kunit_kcalloc(test, MOST_OBJECTS, sizeof(*objects), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, objects);
	return objects;
}

static void *one(struct kunit *test, struct mini_cache *cache, gfp_t gfp)
{
	void *object = mini_kmem_cache_alloc(cache, gfp);

	KUNIT_ASSERT_NOT_NULL(test, object);
	return object;
}

/* --- content --------------------------------------------------------------------------------- */

static void objects_keep_their_content(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 200, 0);
	void **objects = object_table(test);
	int i;

	for (i = 0; i < 100; i++) {
		objects[i] = one(test, cache, GFP_ATOMIC);
		memset(objects[i], i, 200);
	}
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(objects[i], i, 200));
		mini_kmem_cache_free(cache, objects[i]);
	}
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void a_zeroed_object_is_zero_and_its_neighbours_are_untouched(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache(test, mini_kunit_arena(test, REGION_PAGES), 64, 0);
	u8 *objects[3];
	int i;

	for (i = 0; i < 3; i++) {
		objects[i] = one(test, cache, 0);
		memset(objects[i], 0xa5, 64);
	}
	mini_kmem_cache_free(cache, objects[1]);
	KUNIT_EXPECT_PTR_EQ(test, objects[1], (u8 *)one(test, cache, __GFP_ZERO));
	KUNIT_EXPECT_NULL(test, memchr_inv(objects[1], 0, 64));
	KUNIT_EXPECT_NULL(test, memchr_inv(objects[0], 0xa5, 64));
	KUNIT_EXPECT_NULL(test, memchr_inv(objects[2], 0xa5, 64));
	mini_kmem_cache_free_bulk(cache, 3, (void **)objects);
}

static void zeroed_bulk_objects_are_zero_to_the_last(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache(test, mini_kunit_arena(test, REGION_PAGES), 100, 0);
	void **objects = object_table(test);
	int i;

	KUNIT_ASSERT_EQ(test, 70, mini_kmem_cache_alloc_bulk(cache, 0, 70, objects));
	for (i = 0; i < 70; i++)
		memset(objects[i], 0xa5, 100);
	mini_kmem_cache_free_bulk(cache, 70, objects);
	KUNIT_ASSERT_EQ(test, 70, mini_kmem_cache_alloc_bulk(cache, __GFP_ZERO, 70, objects));
	for (i = 0; i < 70; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objects[i], 0, 100));
	mini_kmem_cache_free_bulk(cache, 70, objects);
}

/* --- constructors ---------------------------------------------------------------------------- */

struct counted {
	u64 constructed;
	u64 padding[7];
};

/* The region comes zeroed, so this counts how often this place was constructed. */
static void construct(void *object)
{
	((struct counted *)object)->constructed++;
}

static struct mini_cache *constructing_cache(struct kunit *test, struct mini_arena *arena)
{
	struct mini_cache *cache;

	cache = mini_kmem_cache_create(arena, "ctor", sizeof(struct counted), 0, 0, construct);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	/* Otherwise objects of later slabs would lie elsewhere. */
	KUNIT_ASSERT_EQ(test, 1, mini_kunit_layout(cache).colours);
	return cache;
}

static void each_object_of_a_slab_is_constructed_once_when_it_is_made(struct kunit *test)
{
	struct mini_cache *cache = constructing_cache(test, mini_kunit_bare_arena(test, REGION_PAGES));
	u32 count = mini_kunit_layout(cache).objects_per_slab;
	struct counted *first = one(test, cache, 0);
	u32 i;

	/* Those that nobody has asked for yet too. */
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ(test, 1ULL, first[i].constructed);
	mini_kmem_cache_free(cache, first);
}

static void objects_go_back_and_come_again_constructed(struct kunit *test)
{
	struct mini_cache *cache = constructing_cache(test, mini_kunit_arena(test, REGION_PAGES));
	void **objects = object_table(test);
	int i, round;

	for (round = 0; round < 3; round++) {
		KUNIT_ASSERT_EQ(test, 200, mini_kmem_cache_alloc_bulk(cache, 0, 200, objects));
		for (i = 0; i < 200; i++)
			KUNIT_EXPECT_EQ(test, 1ULL, ((struct counted *)objects[i])->constructed);
		mini_kmem_cache_free_bulk(cache, 200, objects);
	}
	KUNIT_EXPECT_EQ(test, 4ULL, mini_kunit_grown(cache));
}

static void objects_of_a_slab_that_was_reaped_are_constructed_anew(struct kunit *test)
{
	struct mini_cache *cache = constructing_cache(test, mini_kunit_arena(test, REGION_PAGES));
	struct counted *object = one(test, cache, 0);

	mini_kmem_cache_free(cache, object);
	KUNIT_EXPECT_EQ(test, 1, mini_kmem_cache_shrink(cache));
	KUNIT_ASSERT_PTR_EQ(test, object, (struct counted *)one(test, cache, 0));
	KUNIT_EXPECT_EQ(test, 2ULL, object->constructed);
	mini_kmem_cache_free(cache, object);
}

static void a_constructed_object_cannot_be_asked_for_zeroed(struct kunit *test)
{
	struct mini_cache *cache = constructing_cache(test, mini_kunit_arena(test, REGION_PAGES));
	struct mini_core_cache_stats stats;
	void *objects[2];

	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, __GFP_ZERO));
	KUNIT_EXPECT_EQ(test, 0, mini_kmem_cache_alloc_bulk(cache, __GFP_ZERO, 2, objects));
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.allocations);
}

/* --- many at once ---------------------------------------------------------------------------- */

static const int bulks[] = { 0, 1, 63, 64, 65, 128, 1000 };

static void describe_bulk(const int *nr, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%d objects", *nr);
}

KUNIT_ARRAY_PARAM(bulk, bulks, describe_bulk);

static int by_address(const void *a, const void *b)
{
	return *(const unsigned long *)a < *(const unsigned long *)b ? -1 : 1;
}

static void a_bulk_is_as_many_objects_and_all_go_back(struct kunit *test)
{
	const int nr = *(const int *)test->param_value;
	struct mini_cache *cache =
		mini_kunit_cache(test, mini_kunit_arena(test, REGION_PAGES), 64, 0);
	struct mini_core_cache_stats stats;
	void **objects = object_table(test);
	int i;

	KUNIT_ASSERT_EQ(test, nr, mini_kmem_cache_alloc_bulk(cache, 0, nr, objects));
	KUNIT_EXPECT_NULL(test, objects[nr]);
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, (u64)nr, stats.active_objects);
	sort(objects, nr, sizeof(*objects), by_address, NULL);
	for (i = 1; i < nr; i++)
		KUNIT_EXPECT_GE(test, objects[i] - objects[i - 1], 64L);
	mini_kmem_cache_free_bulk(cache, nr, objects);
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.active_objects);
	KUNIT_EXPECT_EQ(test, (u64)nr, stats.allocations);
	KUNIT_EXPECT_EQ(test, (u64)nr, stats.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.failures);
}

static void a_bulk_that_does_not_fit_is_none(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 8);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	u32 most = 8 * mini_kunit_layout(cache).objects_per_slab;
	struct mini_core_cache_stats stats;
	void **objects = object_table(test);

	KUNIT_EXPECT_EQ(test, 0, mini_kmem_cache_alloc_bulk(cache, 0, most + 1, objects));
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.active_objects);
	KUNIT_EXPECT_EQ(test, (u64)most, stats.frees);
	KUNIT_EXPECT_EQ(test, (int)most, mini_kmem_cache_alloc_bulk(cache, 0, most, objects));
	mini_kmem_cache_free_bulk(cache, most, objects);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

/* --- several caches, counts ------------------------------------------------------------------ */

static void caches_of_one_arena_keep_to_their_own_slabs(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *caches[3];
	u8 *objects[3][20];
	int i, j;

	for (i = 0; i < 3; i++)
		caches[i] = mini_kunit_cache(test, arena, 64, 0);
	for (j = 0; j < 20; j++)
		for (i = 0; i < 3; i++) {
			objects[i][j] = one(test, caches[i], 0);
			memset(objects[i][j], i, 64);
		}
	for (i = 0; i < 3; i++)
		for (j = 0; j < 20; j++)
			KUNIT_EXPECT_EQ(test, mini_kunit_slab_of(caches[i], objects[i][0]),
					mini_kunit_slab_of(caches[i], objects[i][j]));
	mini_kmem_cache_free_bulk(caches[0], 20, (void **)objects[0]);
	mini_kmem_cache_destroy(caches[0]);
	for (j = 0; j < 20; j++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(objects[1][j], 1, 64));
		KUNIT_EXPECT_NULL(test, memchr_inv(objects[2][j], 2, 64));
	}
	KUNIT_EXPECT_STREQ(test, "full 0, partial 1, empty 0", mini_kunit_slabs(test, caches[1]));
	KUNIT_EXPECT_STREQ(test, "full 0, partial 1, empty 0", mini_kunit_slabs(test, caches[2]));
	mini_kmem_cache_free_bulk(caches[1], 20, (void **)objects[1]);
	mini_kmem_cache_free_bulk(caches[2], 20, (void **)objects[2]);
}

static void every_operation_is_counted_once(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 1024, 0);
	struct mini_core_cache_stats stats;
	void *objects[12];

	/* Three slabs and the page of their descriptors: the arena is full. */
	KUNIT_ASSERT_EQ(test, 12, mini_kmem_cache_alloc_bulk(cache, 0, 12, objects));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, 0));
	mini_kmem_cache_free_bulk(cache, 5, objects);
	mini_kunit_provoke(arena);
	mini_kmem_cache_free(cache, objects[0]);
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 12ULL, stats.allocations);
	KUNIT_EXPECT_EQ(test, 5ULL, stats.frees);
	KUNIT_EXPECT_EQ(test, 7ULL, stats.active_objects);
	KUNIT_EXPECT_EQ(test, 1ULL, stats.failures);
	KUNIT_EXPECT_EQ(test, 1ULL, stats.refused);
	KUNIT_EXPECT_EQ(test, 3ULL, stats.grown);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.reaped);
	KUNIT_EXPECT_EQ(test, 0, stats.damaged_slabs);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
	mini_kmem_cache_free_bulk(cache, 7, objects + 5);
	KUNIT_EXPECT_EQ(test, 3, mini_kmem_cache_shrink(cache));
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 3ULL, stats.reaped);
	KUNIT_EXPECT_EQ(test, 12ULL, stats.frees);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(objects_keep_their_content),
	KUNIT_CASE(a_zeroed_object_is_zero_and_its_neighbours_are_untouched),
	KUNIT_CASE(zeroed_bulk_objects_are_zero_to_the_last),
	KUNIT_CASE(each_object_of_a_slab_is_constructed_once_when_it_is_made),
	KUNIT_CASE(objects_go_back_and_come_again_constructed),
	KUNIT_CASE(objects_of_a_slab_that_was_reaped_are_constructed_anew),
	KUNIT_CASE(a_constructed_object_cannot_be_asked_for_zeroed),
	KUNIT_CASE_PARAM(a_bulk_is_as_many_objects_and_all_go_back, bulk_gen_params),
	KUNIT_CASE(a_bulk_that_does_not_fit_is_none),
	KUNIT_CASE(caches_of_one_arena_keep_to_their_own_slabs),
	KUNIT_CASE(every_operation_is_counted_once),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_slab",
	.test_cases = cases,
};

kunit_test_suite(suite);
