// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_layer_content: what is in memory that went through a magazine or a list: what the constructor left,
 * what a reader under RCU may still look at, and zeros for who asks for them.
 */
#include <linux/string.h>

#include "layers.h"

#define PAGES 1024
#define SIZE 8 /* of lists and magazines */
#define NR 48  /* several magazines, those of the depot too */

struct constructed {
	u64 times;
	u64 state;
	u8 rest[48];
};

static void construct(void *object)
{
	struct constructed *constructed = object;

	constructed->times++;
	constructed->state = 1;
}

static void objects_stay_constructed_through_magazines(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_cache *cache =
		mini_kmem_cache_create(arena, "constructed", sizeof(struct constructed), 0, 0, construct);
	struct mini_kunit_work work = { .arena = arena, .cache = cache, .nr = NR };
	const int here = mini_kunit_stay(test);
	int round, i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (round = 0; round < 4; round++) {
		mini_kunit_take_on(test, here, &work);
		for (i = 0; i < NR; i++) {
			struct constructed *object = work.taken[i];

			/* Once, and what the last user left is as it was. */
			KUNIT_EXPECT_EQ(test, 1ULL, object->times);
			KUNIT_EXPECT_EQ(test, 1ULL, object->state);
		}
		mini_kunit_give_on(test, here, &work);
	}
	KUNIT_EXPECT_GT(test, mini_kunit_cached_objects(cache), 0ULL);
}

static void a_reader_finds_an_object_that_waits_in_a_magazine_as_it_was(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_cache *cache = mini_kmem_cache_create(arena, "readers", sizeof(struct constructed), 0,
							  SLAB_TYPESAFE_BY_RCU, construct);
	struct mini_kunit_work work = { .arena = arena, .cache = cache, .nr = NR };
	const int here = mini_kunit_stay(test);
	u64 intact = 0;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	mini_kunit_take_on(test, here, &work);
	mini_kunit_give_on(test, here, &work);
	rcu_read_lock();
	/* The slabs wait for a grace period, which cannot end before the reader is done. */
	mini_kmem_cache_shrink(cache);
	for (i = 0; i < NR; i++) {
		const struct constructed *object = work.taken[i];

		intact += READ_ONCE(object->times) == 1 && READ_ONCE(object->state) == 1;
	}
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, (u64)NR, intact);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(cache));
}

static void zeroed_objects_come_zeroed_out_of_a_magazine(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	void *object, *again, *bulk[3];
	int i;

	mini_kunit_stay(test);
	object = mini_kunit_object(test, cache);
	memset(object, 0xa5, 64);
	mini_kmem_cache_free(cache, object);
	again = mini_kmem_cache_alloc(cache, __GFP_ZERO);
	KUNIT_EXPECT_PTR_EQ(test, object, again);
	KUNIT_EXPECT_NULL(test, memchr_inv(again, 0, 64));
	memset(again, 0xa5, 64);
	mini_kmem_cache_free(cache, again);
	KUNIT_ASSERT_EQ(test, 3, mini_kmem_cache_alloc_bulk(cache, __GFP_ZERO, 3, bulk));
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(bulk[i], 0, 64));
	mini_kmem_cache_free_bulk(cache, 3, bulk);
}

static void zeroed_pages_come_zeroed_out_of_a_list(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, PAGES, SIZE);
	struct page *page, *again;
	unsigned int order;

	mini_kunit_stay(test);
	for (order = 0; order <= 2; order++) {
		page = mini_alloc_pages(arena, 0, order);
		KUNIT_ASSERT_NOT_NULL(test, page);
		memset(page_address(page), 0xa5, PAGE_SIZE << order);
		mini_free_pages(arena, page, order);
		again = mini_alloc_pages(arena, __GFP_ZERO, order);
		KUNIT_ASSERT_NOT_NULL(test, again);
		KUNIT_EXPECT_PTR_EQ(test, page, again);
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(again), 0, PAGE_SIZE << order));
		mini_free_pages(arena, again, order);
	}
}

static void mobilities_have_lists_of_their_own(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_layered_arena(test, SZ_16M >> PAGE_SHIFT, SIZE);
	struct page *movable, *unmovable;

	mini_kunit_stay(test);
	movable = mini_alloc_pages(arena, __GFP_MOVABLE, 0);
	KUNIT_ASSERT_NOT_NULL(test, movable);
	mini_free_pages(arena, movable, 0);
	unmovable = mini_alloc_pages(arena, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, unmovable);
	KUNIT_EXPECT_PTR_NE(test, movable, unmovable);
	KUNIT_EXPECT_PTR_EQ(test, movable, mini_alloc_pages(arena, __GFP_MOVABLE, 0));
	mini_free_pages(arena, movable, 0);
	mini_free_pages(arena, unmovable, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(objects_stay_constructed_through_magazines),
	KUNIT_CASE(a_reader_finds_an_object_that_waits_in_a_magazine_as_it_was),
	KUNIT_CASE(zeroed_objects_come_zeroed_out_of_a_magazine),
	KUNIT_CASE(zeroed_pages_come_zeroed_out_of_a_list),
	KUNIT_CASE(mobilities_have_lists_of_their_own),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_layer_content",
	.test_cases = cases,
};

kunit_test_suite(suite);
