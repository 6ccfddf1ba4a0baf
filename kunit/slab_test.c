// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_slab: caches and objects through the kernel API.
 */
#include <linux/err.h>

#include "fixture.h"

#define REGION_ORDER 6 /* 256 KiB */
#define REGION_PAGES BIT(REGION_ORDER)
#define NR 100

static void objects_keep_their_content(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kmem_cache_create(arena, "content", 200, 0, 0, NULL);
	void *objects[NR];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (i = 0; i < NR; i++) {
		objects[i] = mini_kmem_cache_alloc(cache, GFP_ATOMIC);
		KUNIT_ASSERT_NOT_NULL(test, objects[i]);
		memset(objects[i], i, 200);
	}
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(objects[i], i, 200));
		mini_kmem_cache_free(cache, objects[i]);
	}
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static atomic_t constructed;

static void construct(void *object)
{
	atomic_inc(&constructed);
	*(u64 *)object = 0x1234;
}

static void objects_come_constructed_and_are_constructed_once(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kmem_cache_create(arena, "ctor", 64, 0, 0, construct);
	int after_first, i;
	u64 *object;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	atomic_set(&constructed, 0);
	object = mini_kmem_cache_alloc(cache, 0);
	KUNIT_ASSERT_NOT_NULL(test, object);
	after_first = atomic_read(&constructed);
	KUNIT_EXPECT_GT(test, after_first, 1);
	for (i = 0; i < NR; i++) {
		KUNIT_EXPECT_EQ(test, 0x1234ULL, *object);
		mini_kmem_cache_free(cache, object);
		object = mini_kmem_cache_alloc(cache, 0);
	}
	KUNIT_EXPECT_EQ(test, after_first, atomic_read(&constructed));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, __GFP_ZERO));
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_destroy(cache);
}

static void alignment_is_kept(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	unsigned int align;

	for (align = 8; align <= PAGE_SIZE; align *= 2) {
		struct mini_cache *cache = mini_kmem_cache_create(arena, "aligned", 24, align, 0, NULL);
		void *objects[3];
		int i;

		KUNIT_ASSERT_NOT_NULL(test, cache);
		for (i = 0; i < 3; i++) {
			objects[i] = mini_kmem_cache_alloc(cache, 0);
			KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objects[i], align));
		}
		mini_kmem_cache_free_bulk(cache, 3, objects);
		mini_kmem_cache_destroy(cache);
	}
}

static void bulk_gives_all_or_none(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kmem_cache_create(arena, "bulk", 4096, 0, 0, NULL);
	void *objects[NR];

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, 0, mini_kmem_cache_alloc_bulk(cache, 0, NR, objects));
	KUNIT_EXPECT_EQ(test, 20, mini_kmem_cache_alloc_bulk(cache, __GFP_ZERO, 20, objects));
	KUNIT_EXPECT_NULL(test, memchr_inv(objects[19], 0, 4096));
	mini_kmem_cache_free_bulk(cache, 20, objects);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void bad_requests_give_null(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *taken = mini_kmem_cache_create(arena, "taken", 64, 0, SLAB_HWCACHE_ALIGN, NULL);

	KUNIT_EXPECT_NOT_NULL(test, taken);
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_create(arena, "taken", 64, 0, 0, NULL));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_create(arena, "a b", 64, 0, 0, NULL));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_create(arena, "small", 7, 0, 0, NULL));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_create(arena, "large", 8193, 0, 0, NULL));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_create(arena, "align", 64, 48, 0, NULL));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_create(arena, "flags", 64, 0, SLAB_TYPESAFE_BY_RCU, NULL));
	KUNIT_EXPECT_TRUE(test, IS_ERR(mini_arena_create("default", NULL)));
}

static void shrinking_gives_empty_slabs_back(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kmem_cache_create(arena, "shrink", 64, 0, 0, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	mini_kmem_cache_free(cache, mini_kmem_cache_alloc(cache, 0));
	KUNIT_EXPECT_EQ(test, 1, mini_kmem_cache_shrink(cache));
	KUNIT_EXPECT_EQ(test, 0, mini_kmem_cache_shrink(cache));
	mini_kunit_expect_whole(test, arena);
}

static void off_slab_management_leaves_the_page_to_the_objects(struct kunit *test)
{
	const struct mini_cache_params params = { .off_slab = true };
	struct mini_arena *arena = mini_kunit_arena(test, 2);
	struct mini_cache *cache = mini_kmem_cache_create_engine(arena, "off", 64, 0, 0, NULL, &params);
	void *objects[64];

	KUNIT_ASSERT_NOT_NULL(test, cache);
	/* One page for 64 objects of 64 bytes, one for the descriptor. */
	KUNIT_EXPECT_EQ(test, 64, mini_kmem_cache_alloc_bulk(cache, 0, 64, objects));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, 0));
	mini_kmem_cache_free_bulk(cache, 64, objects);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(objects_keep_their_content),
	KUNIT_CASE(objects_come_constructed_and_are_constructed_once),
	KUNIT_CASE(alignment_is_kept),
	KUNIT_CASE(bulk_gives_all_or_none),
	KUNIT_CASE(bad_requests_give_null),
	KUNIT_CASE(shrinking_gives_empty_slabs_back),
	KUNIT_CASE(off_slab_management_leaves_the_page_to_the_objects),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_slab",
	.test_cases = cases,
};

kunit_test_suite(suite);
