// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_buddy_random: random requests and frees, on every page engine, beside a model that knows
 * only which pages are held.
 *
 * From that alone follows all that the allocator may do: a block is aligned and of free pages; a
 * request fails exactly when no aligned run of its order is free; and unless merging was put off, the
 * free blocks are the largest aligned free runs. Each block holds a pattern of its own while it is
 * held.
 */
#include <linux/prandom.h>

#include "blocks.h"
#include "engines.h"

struct held_block {
	u32 page;
	u8 order;
	u8 pattern;
};

struct model {
	struct kunit *test;
	struct mini_arena *arena;
	const struct mini_kunit_engine *engine;
	struct rnd_state random;
	u32 pages;
	u32 highest;
	u32 free_pages;
	u8 *held; /* a byte a page */
	struct held_block *blocks;
	u32 nr_blocks;
	u64 allocations, frees, failures;
};

static struct model *model_of(struct kunit *test, const struct mini_kunit_engine *engine, u32 pages,
			      const char *debug, unsigned int magazine_size)
{
	const struct mini_arena_params params = {
		.size = (unsigned long)pages << PAGE_SHIFT,
		.page_engine = engine->name,
		.placement = engine->placement,
		.debug = debug,
		.magazine_size = magazine_size,
	};
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	struct mini_core_arena_stats stats;

	KUNIT_ASSERT_NOT_NULL(test, model);
	model->test = test;
	model->arena = mini_kunit_arena_as(test, &params);
	model->engine = engine;
	mini_arena_read_stats(model->arena, &stats);
	model->pages = pages;
	model->free_pages = pages;
	model->highest = stats.max_order;
	model->held = kunit_kzalloc(test, pages, GFP_KERNEL);
	model->blocks = kunit_kcalloc(test, pages, sizeof(*model->blocks), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model->held);
	KUNIT_ASSERT_NOT_NULL(test, model->blocks);
	prandom_seed_state(&model->random, mini_kunit_seed(test));
	return model;
}

static u32 below(struct model *model, u32 limit)
{
	return prandom_u32_state(&model->random) % limit;
}

static bool run_is_free(const struct model *model, u32 page, u32 order)
{
	return page + BIT(order) <= model->pages && !memchr_inv(model->held + page, 0, BIT(order));
}

/* The largest aligned free runs, by order. */
static void count_free_runs(const struct model *model, u32 *runs)
{
	u32 page, order;

	memset(runs, 0, sizeof(*runs) * (MINI_CORE_MAX_ORDER + 1));
	for (page = 0; page < model->pages; page += BIT(order)) {
		order = 0;
		if (model->held[page])
			continue;
		while (order < model->highest && !(page & BIT(order)) &&
		       run_is_free(model, page, order + 1))
			order++;
		runs[order]++;
	}
}

static void expect_as_model(struct model *model)
{
	u32 runs[MINI_CORE_MAX_ORDER + 1];
	struct kunit *test = model->test;
	struct mini_core_arena_stats stats;
	u32 order;

	/* What waits in the per-CPU layer is free for the model. */
	mini_arena_drain(model->arena);
	mini_arena_read_stats(model->arena, &stats);
	KUNIT_ASSERT_EQ(test, model->free_pages, stats.free_pages);
	KUNIT_ASSERT_EQ(test, model->allocations, stats.allocations);
	KUNIT_ASSERT_EQ(test, model->frees, stats.frees);
	/* A request that fails is tried again where something was put off, or waits in the per-CPU layer. */
	if (model->engine->delays || model->arena->layer.size)
		KUNIT_ASSERT_LE(test, model->failures, stats.failures);
	else
		KUNIT_ASSERT_EQ(test, model->failures, stats.failures);
	if (stats.delayed_pages)
		return;
	count_free_runs(model, runs);
	for (order = 0; order <= MINI_CORE_MAX_ORDER; order++)
		KUNIT_ASSERT_EQ_MSG(test, runs[order], stats.free_blocks[order], "order %u", order);
}

static void expect_no_run(struct model *model, u32 order)
{
	u32 page;

	for (page = 0; page < model->pages; page += BIT(order))
		KUNIT_ASSERT_FALSE_MSG(model->test, run_is_free(model, page, order),
				       "a request of order %u failed, and the run at page %u is free",
				       order, page);
}

static gfp_t any_mobility(struct model *model)
{
	static const gfp_t mobilities[] = { 0, __GFP_MOVABLE, __GFP_RECLAIMABLE };

	return model->engine->types ? mobilities[below(model, ARRAY_SIZE(mobilities))] : 0;
}

static void allocate(struct model *model)
{
	struct held_block *block = &model->blocks[model->nr_blocks];
	u32 limit = BIT(below(model, model->highest + 1));
	struct kunit *test = model->test;
	struct page *page;
	u32 order;

	/* Half of the requests for a page, a quarter for two, ... */
	order = __ffs(prandom_u32_state(&model->random) | limit);
	page = mini_alloc_pages(model->arena, any_mobility(model), order);
	if (!page) {
		model->failures++;
		expect_no_run(model, order);
		return;
	}
	block->page = mini_kunit_index(model->arena, page);
	block->order = order;
	block->pattern = prandom_u32_state(&model->random);
	KUNIT_ASSERT_EQ(test, 0, block->page & (BIT(order) - 1));
	KUNIT_ASSERT_TRUE_MSG(test, run_is_free(model, block->page, order),
			      "the block of order %u at page %u is not free", order, block->page);
	memset(model->held + block->page, 1, BIT(order));
	memset(page_address(page), block->pattern, PAGE_SIZE << order);
	model->free_pages -= BIT(order);
	model->allocations++;
	model->nr_blocks++;
}

static void release(struct model *model, u32 nr)
{
	struct held_block block = model->blocks[nr];

	KUNIT_ASSERT_NULL_MSG(model->test,
			      memchr_inv(mini_page_address(model->arena, block.page), block.pattern,
					 PAGE_SIZE << block.order),
			      "the block of order %u at page %u was written to", block.order,
			      block.page);
	mini_kunit_give_block(model->arena, block.page, block.order);
	memset(model->held + block.page, 0, BIT(block.order));
	model->free_pages += BIT(block.order);
	model->frees++;
	model->blocks[nr] = model->blocks[--model->nr_blocks];
}

/* Fills the region until requests fail, empties it until three quarters are free, and so on. */
static void run(struct model *model, u32 operations, u32 between_checks)
{
	bool filling = true;
	u64 enough = 8;
	u32 i;

	for (i = 0; i < operations; i++) {
		if (!model->nr_blocks || below(model, 4) < (filling ? 3 : 1))
			allocate(model);
		else
			release(model, below(model, model->nr_blocks));
		if (filling && model->failures >= enough) {
			filling = false;
		} else if (!filling && model->free_pages >= model->pages - model->pages / 4) {
			filling = true;
			enough = model->failures + 8;
		}
		/* What was put off is done now and then. */
		if (model->engine->delays && !below(model, 64))
			mini_arena_relieve(model->arena);
		if (i % between_checks == 0)
			expect_as_model(model);
	}
	KUNIT_EXPECT_GT(model->test, model->allocations, 0);
	KUNIT_EXPECT_GT(model->test, model->failures, 0);
	while (model->nr_blocks)
		release(model, model->nr_blocks - 1);
	mini_arena_relieve(model->arena);
	expect_as_model(model);
	mini_kunit_expect_whole(model->test, model->arena);
}

static const u32 all_sizes[] = { 1, 13, 64, 100, 511, 1023, 1025 };

static void describe_size(const u32 *pages, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%u pages", *pages);
}

KUNIT_ARRAY_PARAM(all_sizes, all_sizes, describe_size);

static void random_sequences_agree_with_the_model(struct kunit *test)
{
	const u32 pages = *(const u32 *)test->param_value;

	run(model_of(test, &mini_kunit_engines[0], pages, "V", 0), 3000, 1);
}

static void random_sequences_on_each_engine_agree_with_the_model(struct kunit *test)
{
	run(model_of(test, test->param_value, 100, "V", 0), 3000, 1);
}

static void random_sequences_with_migrate_types_agree_with_the_model(struct kunit *test)
{
	run(model_of(test, test->param_value, 1700, "V", 0), 3000, 10);
}

static void a_long_random_sequence_agrees_with_the_model(struct kunit *test)
{
	run(model_of(test, &mini_kunit_engines[0], 5000, "", 0), 200000, 100);
}

/* The engine itself, each time. */
static void a_long_random_sequence_keeps_every_invariant(struct kunit *test)
{
	run(model_of(test, test->param_value, 1700, "V", MINI_NO_MAGAZINES), 100000, 100);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(random_sequences_agree_with_the_model, all_sizes_gen_params),
	KUNIT_CASE_PARAM(random_sequences_on_each_engine_agree_with_the_model, engines_gen_params),
	KUNIT_CASE_PARAM(random_sequences_with_migrate_types_agree_with_the_model, engines_gen_params),
	KUNIT_CASE_SLOW(a_long_random_sequence_agrees_with_the_model),
	KUNIT_CASE_PARAM_ATTR(a_long_random_sequence_keeps_every_invariant, engines_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_buddy_random",
	.test_cases = cases,
};

kunit_test_suite(suite);
