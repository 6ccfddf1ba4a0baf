// SPDX-License-Identifier: GPL-2.0
#include "slabs.h"

const char *const mini_kunit_engines[MINI_KUNIT_ENGINES] = { "slab", "slub", "slob", "class" };

void mini_kunit_describe_engine(const char *const *engine, char *description)
{
	strscpy(description, *engine, KUNIT_PARAM_DESC_SIZE);
}

struct mini_core_cache_layout mini_kunit_layout(struct mini_cache *cache)
{
	struct mini_core_cache_layout layout;

	mini_core_cache_read_layout(cache->core, &layout);
	return layout;
}

const char *mini_kunit_slabs(struct kunit *test, struct mini_cache *cache)
{
	const size_t size = 64;
	char *text = kunit_kzalloc(test, size, GFP_KERNEL);
	struct mini_core_cache_stats stats;

	KUNIT_ASSERT_NOT_NULL(test, text);
	mini_cache_read_stats(cache, &stats);
	snprintf(text, size, "full %u, partial %u, empty %u", stats.full_slabs, stats.partial_slabs,
		 stats.empty_slabs);
	return text;
}

u64 mini_kunit_grown(struct mini_cache *cache)
{
	struct mini_core_cache_stats stats;

	mini_cache_read_stats(cache, &stats);
	return stats.grown;
}

u32 mini_kunit_slab_of(struct mini_cache *cache, const void *object)
{
	u32 page = mini_offset(cache->arena, object) >> PAGE_SHIFT;

	return round_down(page, mini_kunit_layout(cache).pages_per_slab);
}

u32 mini_kunit_offset_in_slab(struct mini_cache *cache, const void *object)
{
	u64 slab = (u64)mini_kunit_slab_of(cache, object) << PAGE_SHIFT;

	return mini_offset(cache->arena, object) - slab;
}

void *mini_kunit_object(struct kunit *test, struct mini_cache *cache)
{
	void *object = mini_kmem_cache_alloc(cache, 0);

	KUNIT_ASSERT_NOT_NULL(test, object);
	return object;
}

struct mini_cache *mini_kunit_cache_of_fours(struct kunit *test, struct mini_arena *arena)
{
	struct mini_cache *cache = mini_kunit_cache(test, arena, SZ_1K, 0);
	const struct mini_core_cache_layout layout = mini_kunit_layout(cache);

	KUNIT_ASSERT_EQ(test, MINI_KUNIT_FOUR, layout.objects_per_slab);
	KUNIT_ASSERT_EQ(test, 1, layout.pages_per_slab);
	KUNIT_ASSERT_TRUE(test, layout.off_slab);
	return cache;
}

void **mini_kunit_fill_fours(struct kunit *test, struct mini_cache *cache, unsigned int slabs)
{
	const unsigned int count = slabs * MINI_KUNIT_FOUR;
	void **objects = kunit_kcalloc(test, count, sizeof(*objects), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, objects);
	KUNIT_ASSERT_EQ(test, (int)count, mini_kmem_cache_alloc_bulk(cache, 0, count, objects));
	for (i = 0; i < count; i++)
		KUNIT_ASSERT_EQ(test, mini_kunit_slab_of(cache, objects[i - i % MINI_KUNIT_FOUR]),
				mini_kunit_slab_of(cache, objects[i]));
	return objects;
}

void mini_kunit_free_four(struct mini_cache *cache, void **objects, unsigned int slab)
{
	mini_kmem_cache_free_bulk(cache, MINI_KUNIT_FOUR, objects + slab * MINI_KUNIT_FOUR);
}
