// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_slab_random: random operations on several caches of one small arena, with each object engine, held
 * against a model: which objects are out, and what is written in them.
 */
#include <linux/prandom.h>

#include "slabs.h"

#define REGION_PAGES 32
#define SMALL_REGION_PAGES 16
#define CACHES 3
#define MOST_OBJECTS 400
#define MOST_AT_ONCE 80
#define MOST_BLOCKS 8
/* No engine keeps more empty slabs than are in use and these. */
#define SPARE_SLABS 6

struct held {
	u8 *object;
	u8 byte;
};

struct model {
	struct kunit *test;
	struct mini_arena *arena;
	struct rnd_state random;
	struct mini_cache *caches[CACHES];
	struct held held[CACHES][MOST_OBJECTS];
	u32 count[CACHES];
	struct page *blocks[MOST_BLOCKS];
	void *many[MOST_AT_ONCE];
};

static const u32 sizes[CACHES] = { 40, 256, 1700 };

static u32 below(struct model *model, u32 bound)
{
	return prandom_u32_state(&model->random) % bound;
}

static void add(struct model *model, u32 cache, void *object)
{
	struct held *held = &model->held[cache][model->count[cache]++];

	held->object = object;
	held->byte = below(model, 256);
	memset(object, held->byte, sizes[cache]);
}

/* Takes one out of the model, after a look whether anybody wrote to it. */
static void *take(struct model *model, u32 cache)
{
	u32 which = below(model, model->count[cache]);
	const struct held held = model->held[cache][which];

	KUNIT_EXPECT_NULL(model->test, memchr_inv(held.object, held.byte, sizes[cache]));
	model->held[cache][which] = model->held[cache][--model->count[cache]];
	return held.object;
}

static void allocate(struct model *model, u32 cache)
{
	void *object;

	if (model->count[cache] == MOST_OBJECTS)
		return;
	object = mini_kmem_cache_alloc(model->caches[cache], 0);
	if (object)
		add(model, cache, object);
}

static void allocate_many(struct model *model, u32 cache)
{
	int nr = below(model, MOST_AT_ONCE);
	int got, i;

	if (model->count[cache] + nr > MOST_OBJECTS)
		return;
	got = mini_kmem_cache_alloc_bulk(model->caches[cache], __GFP_ZERO, nr, model->many);
	if (got)
		KUNIT_EXPECT_EQ(model->test, nr, got);
	for (i = 0; i < got; i++) {
		KUNIT_EXPECT_NULL(model->test, memchr_inv(model->many[i], 0, sizes[cache]));
		add(model, cache, model->many[i]);
	}
}

static void free_some(struct model *model, u32 cache, u32 nr)
{
	u32 i;

	nr = min(nr, model->count[cache]);
	for (i = 0; i < nr; i++)
		model->many[i] = take(model, cache);
	mini_kmem_cache_free_bulk(model->caches[cache], nr, model->many);
}

/* Page blocks come and go too, so that slabs are reaped. */
static void take_or_free_a_block(struct model *model, u32 which)
{
	struct page **block = &model->blocks[which];

	if (*block) {
		mini_free_pages(model->arena, *block, which % 4);
		*block = NULL;
	} else {
		*block = mini_alloc_pages(model->arena, 0, which % 4);
	}
}

static void expect_as_in_model(struct model *model, u32 cache)
{
	struct mini_core_cache_stats stats;
	u32 slabs;

	mini_cache_read_stats(model->caches[cache], &stats);
	slabs = stats.full_slabs + stats.partial_slabs + stats.empty_slabs;
	KUNIT_EXPECT_EQ(model->test, (u64)model->count[cache], stats.active_objects);
	KUNIT_EXPECT_EQ(model->test, (u64)model->count[cache], stats.allocations - stats.frees);
	KUNIT_EXPECT_EQ(model->test, (u64)slabs, stats.grown - stats.reaped);
	KUNIT_EXPECT_LE(model->test, stats.empty_slabs,
			stats.full_slabs + stats.partial_slabs + SPARE_SLABS);
	KUNIT_EXPECT_EQ(model->test, 0ULL, stats.refused);
}

static void step(struct model *model)
{
	u32 cache = below(model, CACHES);

	switch (below(model, 16)) {
	case 0:
		mini_kmem_cache_shrink(model->caches[cache]);
		KUNIT_EXPECT_EQ(model->test, 0, mini_kmem_cache_shrink(model->caches[cache]));
		break;
	case 1:
	case 2:
		allocate_many(model, cache);
		break;
	case 3:
	case 4:
		free_some(model, cache, below(model, MOST_AT_ONCE));
		break;
	case 5:
	case 6:
		take_or_free_a_block(model, below(model, MOST_BLOCKS));
		break;
	case 7 ... 11:
		allocate(model, cache);
		break;
	default:
		free_some(model, cache, 1);
		break;
	}
	expect_as_in_model(model, cache);
}

KUNIT_ARRAY_PARAM(engine, mini_kunit_engines, mini_kunit_describe_engine);

static void run(struct kunit *test, unsigned long pages, const char *debug, unsigned int magazine_size, int steps)
{
	const struct mini_arena_params params = {
		.size = pages << PAGE_SHIFT,
		.debug = debug,
		.magazine_size = magazine_size,
	};
	const char *engine = *(const char *const *)test->param_value;
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, model);
	model->test = test;
	prandom_seed_state(&model->random, mini_kunit_seed(test));
	model->arena = mini_kunit_arena_as(test, &params);
	for (i = 0; i < CACHES; i++)
		model->caches[i] = mini_kunit_cache_of(test, model->arena, engine, sizes[i], 0);
	while (steps--)
		step(model);
	for (i = 0; i < CACHES; i++) {
		while (model->count[i])
			free_some(model, i, MOST_AT_ONCE);
		expect_as_in_model(model, i);
		mini_kmem_cache_destroy(model->caches[i]);
	}
	for (i = 0; i < MOST_BLOCKS; i++)
		if (model->blocks[i])
			take_or_free_a_block(model, i);
	mini_kunit_expect_whole(test, model->arena);
}

static void random_operations_agree_with_the_model(struct kunit *test)
{
	run(test, REGION_PAGES, "V", 0, 3000);
}

static void random_operations_agree_with_the_model_in_debugged_caches(struct kunit *test)
{
	run(test, REGION_PAGES, "FZPUV", 0, 1500);
}

/* In a region that is small, and often full: every invariant of the engine is looked at after each of them. */
static void many_random_operations_agree_with_the_model(struct kunit *test)
{
	run(test, SMALL_REGION_PAGES, "V", MINI_NO_MAGAZINES, 100000);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(random_operations_agree_with_the_model, engine_gen_params),
	KUNIT_CASE_PARAM(random_operations_agree_with_the_model_in_debugged_caches, engine_gen_params),
	KUNIT_CASE_PARAM_ATTR(many_random_operations_agree_with_the_model, engine_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_slab_random",
	.test_cases = cases,
};

kunit_test_suite(suite);
