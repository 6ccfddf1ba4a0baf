// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_layer_drain: what waits in the per-CPU layer is free for everybody: it is fetched back before a
 * request is refused, when a cache shrinks or goes, and when somebody asks.
 */
#include <linux/irqflags.h>

#include "layers.h"

#define REGION_ORDER 10
#define REGION_PAGES BIT(REGION_ORDER)

struct here_and_there {
	struct mini_arena *arena;
	struct mini_cache *cache;
	int here, there;
};

static struct here_and_there make(struct kunit *test)
{
	struct here_and_there field = {
		.arena = mini_kunit_layered_arena(test, REGION_PAGES, 16),
		.here = mini_kunit_stay(test),
	};

	field.there = mini_kunit_another_cpu(test, field.here);
	field.cache = mini_kunit_cache(test, field.arena, 256, 0);
	return field;
}

/* Leaves pages and objects in the lists and magazines of @cpu. */
static void leave_some_on(struct kunit *test, const struct here_and_there *field, int cpu)
{
	struct mini_kunit_work pages = { .arena = field->arena, .nr = 8 };
	struct mini_kunit_work objects = { .arena = field->arena, .cache = field->cache, .nr = 16 };

	mini_kunit_take_on(test, cpu, &pages);
	mini_kunit_take_on(test, cpu, &objects);
	mini_kunit_give_on(test, cpu, &pages);
	mini_kunit_give_on(test, cpu, &objects);
	KUNIT_EXPECT_GE(test, mini_kunit_blocks_of(field->arena, cpu, 0), 8);
	KUNIT_EXPECT_GE(test, mini_kunit_rounds_of(field->cache, cpu), 16);
}

/* The whole region as one block; it goes back at once. */
static bool all_of_it_can_be_had(struct mini_arena *arena)
{
	struct page *page = mini_alloc_pages(arena, GFP_ATOMIC, REGION_ORDER);

	mini_free_pages(arena, page, REGION_ORDER);
	return page;
}

static bool all_of_it_can_be_had_with_interrupts_off(struct mini_arena *arena)
{
	unsigned long flags;
	bool had;

	local_irq_save(flags);
	had = all_of_it_can_be_had(arena);
	local_irq_restore(flags);
	return had;
}

static void what_another_cpu_keeps_does_not_make_a_larger_request_fail(struct kunit *test)
{
	const struct here_and_there field = make(test);

	leave_some_on(test, &field, field.there);
	KUNIT_EXPECT_TRUE(test, all_of_it_can_be_had(field.arena));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(field.cache));
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_blocks_of(field.arena, field.there, 0));
}

static void what_another_cpu_keeps_does_not_make_a_request_of_another_cache_fail(struct kunit *test)
{
	const struct here_and_there field = make(test);
	struct mini_cache *other = mini_kunit_cache(test, field.arena, SZ_4K, 0);
	struct page *rest[REGION_ORDER];
	int order, nr = 0;
	void *object;

	leave_some_on(test, &field, field.there);
	/* All but what waits there. */
	for (order = REGION_ORDER - 1; order > 4; order--) {
		rest[nr] = mini_alloc_pages(field.arena, 0, order);
		KUNIT_ASSERT_NOT_NULL(test, rest[nr++]);
	}
	for (object = NULL;;) {
		void **next = mini_kmem_cache_alloc(other, 0);

		if (!next)
			break;
		*next = object;
		object = next;
	}
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(field.cache));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_pages(field.arena));
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_free_pages(field.arena));
	while (object) {
		void *next = *(void **)object;

		mini_kmem_cache_free(other, object);
		object = next;
	}
	while (nr--)
		mini_free_pages(field.arena, rest[nr], REGION_ORDER - 1 - nr);
	KUNIT_EXPECT_TRUE(test, all_of_it_can_be_had(field.arena));
}

static void with_interrupts_off_a_cpu_fetches_its_own_and_what_is_in_the_depots(struct kunit *test)
{
	const struct here_and_there field = make(test);
	struct mini_kunit_work pages = { .arena = field.arena, .nr = MINI_KUNIT_BATCH };

	leave_some_on(test, &field, field.here);
	/* More than both lists of a CPU hold. */
	mini_kunit_take_on(test, field.here, &pages);
	mini_kunit_give_on(test, field.here, &pages);
	KUNIT_EXPECT_GT(test, mini_kunit_cached_pages(field.arena), mini_kunit_blocks_of(field.arena, field.here, 0));
	KUNIT_EXPECT_TRUE(test, all_of_it_can_be_had_with_interrupts_off(field.arena));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_pages(field.arena));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(field.cache));
}

static void with_interrupts_off_other_cpus_are_left_alone(struct kunit *test)
{
	const struct here_and_there field = make(test);

	leave_some_on(test, &field, field.there);
	KUNIT_EXPECT_FALSE(test, all_of_it_can_be_had_with_interrupts_off(field.arena));
	KUNIT_EXPECT_GE(test, mini_kunit_blocks_of(field.arena, field.there, 0), 8);
	KUNIT_EXPECT_GE(test, mini_kunit_rounds_of(field.cache, field.there), 16);
	KUNIT_EXPECT_TRUE(test, all_of_it_can_be_had(field.arena));
}

static void a_drain_leaves_nothing(struct kunit *test)
{
	const struct here_and_there field = make(test);

	leave_some_on(test, &field, field.here);
	leave_some_on(test, &field, field.there);
	KUNIT_EXPECT_GT(test, mini_arena_drain(field.arena), 0);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(field.cache));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_pages(field.arena));
	KUNIT_EXPECT_EQ(test, 0, mini_arena_drain(field.arena));
}

static void a_cache_is_drained_without_its_arena(struct kunit *test)
{
	const struct here_and_there field = make(test);
	u32 waiting;

	leave_some_on(test, &field, field.there);
	waiting = mini_kunit_rounds_of(field.cache, field.there);
	KUNIT_EXPECT_EQ(test, waiting, mini_cache_drain(field.cache));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(field.cache));
	KUNIT_EXPECT_GE(test, mini_kunit_blocks_of(field.arena, field.there, 0), 8);
}

static void shrinking_fetches_objects_from_all_cpus(struct kunit *test)
{
	const struct here_and_there field = make(test);

	leave_some_on(test, &field, field.here);
	leave_some_on(test, &field, field.there);
	KUNIT_EXPECT_GT(test, mini_kmem_cache_shrink(field.cache), 0);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cache_stats(field.cache).total_objects);
	mini_kunit_expect_whole(test, field.arena);
}

static void a_cache_whose_objects_are_all_in_magazines_can_be_destroyed(struct kunit *test)
{
	const struct here_and_there field = make(test);

	leave_some_on(test, &field, field.here);
	leave_some_on(test, &field, field.there);
	mini_kmem_cache_destroy(field.cache);
	KUNIT_EXPECT_EQ(test, 0, field.arena->nr_caches);
	mini_kunit_expect_whole(test, field.arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(what_another_cpu_keeps_does_not_make_a_larger_request_fail),
	KUNIT_CASE(what_another_cpu_keeps_does_not_make_a_request_of_another_cache_fail),
	KUNIT_CASE(with_interrupts_off_a_cpu_fetches_its_own_and_what_is_in_the_depots),
	KUNIT_CASE(with_interrupts_off_other_cpus_are_left_alone),
	KUNIT_CASE(a_drain_leaves_nothing),
	KUNIT_CASE(a_cache_is_drained_without_its_arena),
	KUNIT_CASE(shrinking_fetches_objects_from_all_cpus),
	KUNIT_CASE(a_cache_whose_objects_are_all_in_magazines_can_be_destroyed),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_layer_drain",
	.test_cases = cases,
};

kunit_test_suite(suite);
