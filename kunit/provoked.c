// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>

#include "provoked.h"

void mini_kunit_expect_works(struct kunit *test, struct mini_arena *arena)
{
	struct mini_cache *cache = mini_kmem_cache_create(arena, "afterwards", MINI_KUNIT_PROVOKED_SIZE, 0, 0, NULL);
	struct page *page = mini_alloc_pages(arena, 0, 1);
	u32 before = 0, after = 0;
	void *objects[10];
	int kind;

	for (kind = 0; kind < MINI_REPORTS; kind++)
		before += mini_kunit_reports(arena, kind);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, 10, mini_kmem_cache_alloc_bulk(cache, 0, 10, objects));
	mini_kmem_cache_free_bulk(cache, 10, objects);
	mini_free_pages(arena, page, 1);
	KUNIT_EXPECT_EQ(test, 0, mini_cache_validate(cache));
	mini_kmem_cache_destroy(cache);
	for (kind = 0; kind < MINI_REPORTS; kind++)
		after += mini_kunit_reports(arena, kind);
	KUNIT_EXPECT_EQ(test, before, after);
}

struct mini_arena *mini_kunit_provoked_arena(struct kunit *test, const char *debug)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, MINI_KUNIT_PROVOKED_PAGES, debug);

	mini_kunit_provoke(arena);
	return arena;
}

struct mini_arena *mini_kunit_provoked_bare_arena(struct kunit *test)
{
	const struct mini_arena_params params = {
		.size = MINI_KUNIT_PROVOKED_PAGES << PAGE_SHIFT,
		.debug = "",
		.magazine_size = MINI_NO_MAGAZINES,
	};
	struct mini_arena *arena = mini_kunit_arena_as(test, &params);

	mini_kunit_provoke(arena);
	return arena;
}

u8 *mini_kunit_object_of(struct kunit *test, struct mini_cache *cache)
{
	u8 *object = mini_kmem_cache_alloc(cache, 0);

	KUNIT_ASSERT_NOT_NULL(test, object);
	return object;
}
