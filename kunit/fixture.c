// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/module.h>

#include "fixture.h"
#include "glue/compat.h"

static void destroy_arena(void *arena)
{
	mini_arena_destroy(arena);
}

struct mini_arena *mini_kunit_arena(struct kunit *test, unsigned long bytes)
{
	const struct mini_arena_params params = { .size = bytes, .debug = "V" };
	static atomic_t number;
	struct mini_arena *arena;
	char name[16];

	snprintf(name, sizeof(name), "kunit-%d", atomic_inc_return(&number));
	arena = mini_arena_create(name, &params);
	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_arena, arena));
	return arena;
}

void mini_kunit_expect_whole(struct kunit *test, struct mini_arena *arena, unsigned int order)
{
	struct page *all = mini_alloc_pages(arena, 0, order);

	KUNIT_EXPECT_NOT_NULL(test, all);
	mini_free_pages(arena, all, order);
}

MINI_IMPORT_NS();
MODULE_DESCRIPTION("KUnit suites of mini_mm");
MODULE_LICENSE("GPL");
