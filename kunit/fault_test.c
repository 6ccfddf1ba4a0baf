// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_fault: the n-th allocation in an arena fails on demand, and nothing else does.
 */
#include "seat.h"

#define PAGES 16
/* Small enough for its slab to hold its own management data. */
#define OBJECT 256

static bool has_fired(struct mini_arena *arena, enum mini_core_fault_point point)
{
	return !atomic_read(&arena->fail[point]);
}

/* --- one allocation ------------------------------------------------------------------------------------ */

struct nth_case {
	const char *name;
	int n;
};

static const struct nth_case nth_cases[] = {
	{ "the first", 1 }, { "the second", 2 }, { "the third", 3 }, { "the seventh", 7 },
};

KUNIT_ARRAY_PARAM_DESC(nth, nth_cases, name);

/* The n-th of n + 2 allocations, and no other. */
static void expect_nth_to_fail(struct kunit *test, struct mini_arena *arena, struct mini_cache *cache, int n)
{
	struct mini_kunit_block blocks[9] = {};
	int i;

	for (i = 1; i <= n + 2; i++)
		KUNIT_EXPECT_EQ_MSG(test, i != n, mini_kunit_take(&blocks[i - 1], arena, cache, 0, i),
				    "allocation %d", i);
	for (i = 1; i <= n + 2; i++)
		if (blocks[i - 1].at)
			KUNIT_EXPECT_TRUE(test, mini_kunit_give(&blocks[i - 1], arena));
}

static void the_nth_page_block_fails_and_no_other(struct kunit *test)
{
	const struct nth_case *param = test->param_value;
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_core_arena_stats stats;

	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, param->n);
	expect_nth_to_fail(test, arena, NULL, param->n);
	KUNIT_EXPECT_TRUE(test, has_fired(arena, MINI_CORE_FAULT_PAGE));
	mini_arena_read_stats(arena, &stats);
	KUNIT_EXPECT_EQ(test, 1ULL, stats.failures);
	KUNIT_EXPECT_EQ(test, param->n + 1ULL, stats.allocations);
	mini_kunit_expect_whole(test, arena);
}

static void the_nth_object_fails_and_no_other(struct kunit *test)
{
	const struct nth_case *param = test->param_value;
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, OBJECT, 0);
	struct mini_core_cache_stats stats;

	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_OBJECT, param->n);
	expect_nth_to_fail(test, arena, cache, param->n);
	KUNIT_EXPECT_TRUE(test, has_fired(arena, MINI_CORE_FAULT_OBJECT));
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 1ULL, stats.failures);
	KUNIT_EXPECT_EQ(test, param->n + 1ULL, stats.allocations);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void the_nth_slab_fails_and_the_objects_before_it_are_served(struct kunit *test)
{
	const struct nth_case *param = test->param_value;
	struct mini_arena *arena = mini_kunit_arena(test, 4 * PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, OBJECT, 0);
	void **objects = kunit_kcalloc(test, 4 * PAGES * PAGE_SIZE / OBJECT, sizeof(*objects), GFP_KERNEL);
	struct mini_core_cache_layout layout;
	unsigned int served = 0;

	KUNIT_ASSERT_NOT_NULL(test, objects);
	mini_core_cache_read_layout(cache->core, &layout);
	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_SLAB, param->n);
	while ((objects[served] = mini_kmem_cache_alloc(cache, 0)))
		served++;
	KUNIT_EXPECT_EQ(test, (param->n - 1) * layout.objects_per_slab, served);
	/* It was that slab only. */
	objects[served] = mini_kmem_cache_alloc(cache, 0);
	KUNIT_EXPECT_NOT_NULL(test, objects[served]);
	mini_kmem_cache_free_bulk(cache, served + 1, objects);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void a_fault_that_is_called_off_does_not_happen(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_kunit_block block;
	int i;

	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, 2);
	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, 0);
	for (i = 0; i < 3; i++) {
		KUNIT_ASSERT_TRUE(test, mini_kunit_take(&block, arena, NULL, 0, i));
		mini_kunit_give(&block, arena);
	}
}

static void an_arena_fails_alone(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_arena *other = mini_kunit_arena(test, PAGES);
	struct mini_kunit_block block;

	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, 1);
	KUNIT_EXPECT_TRUE(test, mini_kunit_take(&block, other, NULL, 0, 1));
	mini_kunit_give(&block, other);
	KUNIT_EXPECT_FALSE(test, mini_kunit_take(&block, arena, NULL, 0, 1));
}

static void empty_slabs_do_not_save_a_request_that_is_made_to_fail(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, OBJECT, 0);
	struct mini_core_cache_stats stats;
	struct mini_kunit_block block;

	mini_kmem_cache_free(cache, mini_kmem_cache_alloc(cache, 0));
	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, 1);
	KUNIT_EXPECT_FALSE(test, mini_kunit_take(&block, arena, NULL, 0, 1));
	KUNIT_EXPECT_TRUE(test, has_fired(arena, MINI_CORE_FAULT_PAGE));
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.reaped);
}

/* --- several that belong together ----------------------------------------------------------------------- */

struct management_case {
	const char *name;
	bool off_slab;
	int pages; /* that are allocated for the first object: its slab, and the slab of that one's descriptor */
};

static const struct management_case management_cases[] = {
	{ "on-slab", false, 1 },
	{ "off-slab", true, 2 },
};

KUNIT_ARRAY_PARAM_DESC(management, management_cases, name);

static void a_slab_that_cannot_be_made_leaves_nothing_behind(struct kunit *test)
{
	const struct management_case *param = test->param_value;
	const struct mini_cache_params params = { .off_slab = param->off_slab };
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_cache *cache;
	void *object = NULL;
	int n;

	cache = mini_kmem_cache_create_engine(arena, "faulty", OBJECT, 0, 0, NULL, &params);
	KUNIT_ASSERT_NOT_NULL(test, cache);
	for (n = 1; n <= param->pages; n++) {
		mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, n);
		KUNIT_EXPECT_EQ(test, MINI_CORE_INJECTED, mini_object_alloc(cache, &object));
		KUNIT_EXPECT_TRUE(test, has_fired(arena, MINI_CORE_FAULT_PAGE));
		mini_kunit_expect_whole(test, arena);
	}
	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, n);
	KUNIT_ASSERT_EQ(test, 0, mini_object_alloc(cache, &object));
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&arena->fail[MINI_CORE_FAULT_PAGE]));
	mini_kunit_fail_nth(arena, MINI_CORE_FAULT_PAGE, 0);
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

#define BULK 40

struct bulk_case {
	const char *name;
	enum mini_core_fault_point point;
	bool once_a_slab;
};

static const struct bulk_case bulk_cases[] = {
	{ "an object", MINI_CORE_FAULT_OBJECT, false },
	{ "a slab", MINI_CORE_FAULT_SLAB, true },
	{ "a slab's pages", MINI_CORE_FAULT_PAGE, true },
};

KUNIT_ARRAY_PARAM_DESC(bulk, bulk_cases, name);

static void a_bulk_of_which_one_fails_gives_none(struct kunit *test)
{
	const struct bulk_case *param = test->param_value;
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, OBJECT, 0);
	struct mini_core_cache_layout layout;
	void *objects[BULK];
	int n, faults;

	mini_core_cache_read_layout(cache->core, &layout);
	faults = param->once_a_slab ? DIV_ROUND_UP(BULK, layout.objects_per_slab) : BULK;
	for (n = 1; n <= faults; n++) {
		mini_kunit_fail_nth(arena, param->point, n);
		KUNIT_EXPECT_EQ(test, 0, mini_kmem_cache_alloc_bulk(cache, 0, BULK, objects));
		KUNIT_EXPECT_TRUE(test, has_fired(arena, param->point));
		KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(arena));
		/* An empty slab would save the next one. */
		mini_kmem_cache_shrink(cache);
		mini_kunit_expect_whole(test, arena);
	}
	mini_kunit_fail_nth(arena, param->point, n);
	KUNIT_ASSERT_EQ(test, BULK, mini_kmem_cache_alloc_bulk(cache, 0, BULK, objects));
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&arena->fail[param->point]));
	mini_kunit_fail_nth(arena, param->point, 0);
	mini_kmem_cache_free_bulk(cache, BULK, objects);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void making_a_cache_takes_nothing_from_the_arena(struct kunit *test)
{
	const struct management_case *param = test->param_value;
	const struct mini_cache_params params = { .off_slab = param->off_slab };
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct mini_cache *cache;
	int point;

	for (point = 0; point < MINI_CORE_FAULT_POINTS; point++)
		mini_kunit_fail_nth(arena, point, 1);
	cache = mini_kmem_cache_create_engine(arena, "thrifty", OBJECT, 0, 0, NULL, &params);
	KUNIT_EXPECT_NOT_NULL(test, cache);
	mini_kmem_cache_destroy(cache);
	for (point = 0; point < MINI_CORE_FAULT_POINTS; point++)
		KUNIT_EXPECT_EQ(test, 1, atomic_read(&arena->fail[point]));
}

/* --- through the device --------------------------------------------------------------------------------- */

#define OPS 8

struct batch_case {
	const char *name;
	bool objects;
	enum mini_core_fault_point point;
};

static const struct batch_case batch_cases[] = {
	{ "page blocks", false, MINI_CORE_FAULT_PAGE },
	{ "objects", true, MINI_CORE_FAULT_OBJECT },
};

KUNIT_ARRAY_PARAM_DESC(batch, batch_cases, name);

static void in_a_batch_one_operation_fails_and_the_others_are_done(struct kunit *test)
{
	const struct batch_case *param = test->param_value;
	struct mini_kunit_table *table = mini_kunit_lay_table(test, PAGES);
	struct mini_kunit_seat *seat = table->seats;
	struct mini_mm_op *op;
	int n;

	for (n = 1; n <= OPS; n++) {
		for (op = seat->ops; op < seat->ops + OPS; op++)
			*op = param->objects ? mini_kunit_alloc_object(table->cache, 0) :
					       mini_kunit_alloc_pages(table->arena, 0, 0);
		/* An empty slab would save the object. */
		mini_kmem_cache_shrink(table->of);
		mini_kunit_fail_nth(table->in, param->point, n);
		KUNIT_EXPECT_EQ(test, 0L, mini_kunit_batch(seat, OPS));
		KUNIT_EXPECT_TRUE(test, has_fired(table->in, param->point));
		KUNIT_EXPECT_EQ(test, OPS - 1, atomic64_read(&table->in->nr_handles));
		KUNIT_EXPECT_EQ(test, OPS - 1ULL, mini_arena_live(table->in));
		for (op = seat->ops; op < seat->ops + OPS; op++) {
			bool faulty = op == seat->ops + n - 1;

			KUNIT_EXPECT_EQ(test, faulty ? -ENOMEM : 0, op->result);
			KUNIT_EXPECT_EQ(test, faulty ? MINI_MM_WHY_FULL : MINI_MM_WHY_NONE, op->why);
			KUNIT_EXPECT_EQ(test, faulty, !op->handle);
			*op = mini_kunit_free(op->handle, param->objects);
		}
		KUNIT_EXPECT_EQ(test, 0L, mini_kunit_batch(seat, OPS));
		for (op = seat->ops; op < seat->ops + OPS; op++)
			KUNIT_EXPECT_EQ(test, op == seat->ops + n - 1 ? -ENOENT : 0, op->result);
	}
	mini_kunit_clear_table(test, table);
}

/* --- on all CPUs ------------------------------------------------------------------------------------------ */

#define ROUNDS 200

struct faulty {
	struct mini_arena *arena;
	atomic_t failed;
};

static void take_and_give(struct mini_kunit_thread *thread)
{
	struct faulty *faulty = thread->data;
	struct mini_kunit_block block;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (mini_kunit_take(&block, faulty->arena, NULL, 0, i))
			mini_kunit_give(&block, faulty->arena);
		else
			atomic_inc(&faulty->failed);
	}
}

static void of_all_cpus_one_meets_the_fault(struct kunit *test)
{
	struct faulty faulty = { .arena = mini_kunit_arena_debug(test, 8 * PAGES, "") };

	mini_kunit_fail_nth(faulty.arena, MINI_CORE_FAULT_PAGE, ROUNDS + 1);
	mini_kunit_run(test, take_and_give, &faulty);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&faulty.failed));
	mini_kunit_expect_whole(test, faulty.arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(the_nth_page_block_fails_and_no_other, nth_gen_params),
	KUNIT_CASE_PARAM(the_nth_object_fails_and_no_other, nth_gen_params),
	KUNIT_CASE_PARAM(the_nth_slab_fails_and_the_objects_before_it_are_served, nth_gen_params),
	KUNIT_CASE(a_fault_that_is_called_off_does_not_happen),
	KUNIT_CASE(an_arena_fails_alone),
	KUNIT_CASE(empty_slabs_do_not_save_a_request_that_is_made_to_fail),
	KUNIT_CASE_PARAM(a_slab_that_cannot_be_made_leaves_nothing_behind, management_gen_params),
	KUNIT_CASE_PARAM(a_bulk_of_which_one_fails_gives_none, bulk_gen_params),
	KUNIT_CASE_PARAM(making_a_cache_takes_nothing_from_the_arena, management_gen_params),
	KUNIT_CASE_PARAM(in_a_batch_one_operation_fails_and_the_others_are_done, batch_gen_params),
	KUNIT_CASE(of_all_cpus_one_meets_the_fault),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_fault",
	.test_cases = cases,
};

kunit_test_suite(suite);
