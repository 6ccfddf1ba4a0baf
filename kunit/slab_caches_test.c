// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_slab_caches: making and destroying caches through the kernel API.
 */
#include <linux/err.h>

#include "slabs.h"

#define REGION_PAGES 64

/* --- requests that are refused --------------------------------------------------------------- */

static const struct bad_request {
	const char *what;
	const char *name;
	unsigned int size, align;
	slab_flags_t flags;
} bad_requests[] = {
	{ "no name", "", 64, 0, 0 },
	{ "a taken name", "taken", 64, 0, 0 },
	{ "a name with a blank", "a b", 64, 0, 0 },
	{ "a name with a colon", "a:b", 64, 0, 0 },
	{ "a name of 32 letters", "abcdefghijklmnopqrstuvwxyzabcdef", 64, 0, 0 },
	{ "size 0", "zero", 0, 0, 0 },
	{ "size 7", "small", 7, 0, 0 },
	{ "size 8193", "large", 8193, 0, 0 },
	{ "size 4294967295", "huge", UINT_MAX, 0, 0 },
	{ "alignment 48", "align", 64, 48, 0 },
	{ "alignment 8192", "align", 64, 8192, 0 },
	{ "lines and an alignment of 48", "align", 64, 192, SLAB_HWCACHE_ALIGN },
	{ "a flag that is not there", "flags", 64, 0, SLAB_CACHE_DMA },
	{ "one flag that is there and one that is not", "flags", 64, 0,
	  SLAB_HWCACHE_ALIGN | SLAB_CACHE_DMA },
};

KUNIT_ARRAY_PARAM_DESC(bad_request, bad_requests, what);

static void a_bad_request_makes_no_cache(struct kunit *test)
{
	const struct bad_request *bad = test->param_value;
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);

	KUNIT_ASSERT_NOT_NULL(test, mini_kmem_cache_create(arena, "taken", 64, 0, 0, NULL));
	KUNIT_EXPECT_NULL(test, mini_kmem_cache_create(arena, bad->name, bad->size, bad->align,
						       bad->flags, NULL));
	KUNIT_EXPECT_EQ(test, 1, arena->nr_caches);
}

static void flags_without_effect_are_accepted(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache;

	cache = mini_kmem_cache_create(arena, "flags", 64, 0,
				       SLAB_PANIC | SLAB_ACCOUNT | SLAB_RECLAIM_ACCOUNT, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_EQ(test, 64, mini_kunit_layout(cache).slot_size);
	KUNIT_EXPECT_EQ(test, 8, mini_kunit_layout(cache).align);
}

static void a_name_of_31_letters_digits_and_signs_is_accepted(struct kunit *test)
{
	static const char name[] = "Az09_-.abcdefghijklmnopqrstuvwx";
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache;

	static_assert(sizeof(name) == 32);
	cache = mini_kmem_cache_create(arena, name, 64, 0, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_STREQ(test, name, cache->name);
}

static void null_is_no_error(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kunit_cache(test, mini_kunit_arena(test, REGION_PAGES), 64, 0);

	mini_kmem_cache_free(cache, NULL);
	mini_kmem_cache_destroy(NULL);
}

static void null_is_the_default_arena(struct kunit *test)
{
	struct mini_cache *cache =
		mini_kmem_cache_create(NULL, "mini_mm_slab_test", 64, 0, 0, NULL);
	void *object;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_PTR_EQ(test, mini_default_arena, cache->arena);
	object = mini_kmem_cache_alloc(cache, 0);
	KUNIT_EXPECT_NOT_NULL(test, object);
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_destroy(cache);
}

/* --- destroying ------------------------------------------------------------------------------ */

static void a_cache_with_objects_out_stays_until_they_are_back(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	u8 *object = mini_kunit_object(test, cache);
	u8 *other;

	memset(object, 0x42, 64);
	mini_kmem_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, 1, arena->nr_caches);
	KUNIT_EXPECT_NULL(test, memchr_inv(object, 0x42, 64));
	/* It works on. */
	other = mini_kunit_object(test, cache);
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, 1, arena->nr_caches);
	mini_kmem_cache_free(cache, other);
	mini_kmem_cache_destroy(cache);
	KUNIT_EXPECT_EQ(test, 0, arena->nr_caches);
	mini_kunit_expect_whole(test, arena);
}

static void a_name_can_be_taken_again_after_its_cache_is_gone(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kmem_cache_create(arena, "again", 64, 0, 0, NULL);
	u32 id;

	KUNIT_ASSERT_NOT_NULL(test, cache);
	id = cache->id;
	mini_kmem_cache_destroy(cache);
	cache = mini_kmem_cache_create(arena, "again", 128, 0, 0, NULL);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_EXPECT_NE(test, id, cache->id);
}

static void an_arena_with_objects_out_stays_until_they_are_back(struct kunit *test)
{
	const struct mini_arena_params params = { .size = SZ_64K };
	struct mini_arena *arena = mini_arena_create("mini_mm_slab", &params);
	struct mini_cache *cache;
	void *object;

	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	cache = mini_kmem_cache_create(arena, "leak", 64, 0, 0, NULL);
	KUNIT_EXPECT_NOT_NULL(test, cache);
	object = mini_kmem_cache_alloc(cache, 0);
	mini_arena_destroy(arena);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EEXIST), mini_arena_create("mini_mm_slab", &params));
	mini_kmem_cache_free(cache, object);
	/* Its caches go with it. */
	mini_arena_destroy(arena);
	arena = mini_arena_create("mini_mm_slab", &params);
	KUNIT_EXPECT_FALSE(test, IS_ERR(arena));
	mini_arena_destroy(arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_bad_request_makes_no_cache, bad_request_gen_params),
	KUNIT_CASE(flags_without_effect_are_accepted),
	KUNIT_CASE(a_name_of_31_letters_digits_and_signs_is_accepted),
	KUNIT_CASE(null_is_no_error),
	KUNIT_CASE(null_is_the_default_arena),
	KUNIT_CASE(a_cache_with_objects_out_stays_until_they_are_back),
	KUNIT_CASE(a_name_can_be_taken_again_after_its_cache_is_gone),
	KUNIT_CASE(an_arena_with_objects_out_stays_until_they_are_back),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_slab_caches",
	.test_cases = cases,
};

kunit_test_suite(suite);
