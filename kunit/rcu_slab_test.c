// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_rcu_slab: caches that are type-safe by RCU. What a reader found stays an object of its cache
 * until the reader is done, whatever became of it meanwhile.
 */
#include <linux/rcupdate.h>

#include "calls.h"
#include "slabs.h"

#define CONSTRUCTED 0x77

static void construct(void *object)
{
	memset(object, CONSTRUCTED, 64);
}

static const struct form {
	const char *name;
	unsigned int size;
	bool off_slab;
	const char *debug;
} forms[] = {
	{ "on the slab", 64, false, "V" },
	{ "off the slab", 64, true, "V" },
	{ "several pages", 3000, false, "V" },
	{ "every letter", 64, false, "FZPV" },
};

KUNIT_ARRAY_PARAM_DESC(form, forms, name);

static struct mini_cache *make_cache(struct kunit *test, struct mini_arena *arena, slab_flags_t flags)
{
	const struct form *form = test->param_value ?: forms;
	const struct mini_cache_params params = { .off_slab = form->off_slab };
	struct mini_cache *cache =
		mini_kmem_cache_create_engine(arena, "readers", form->size, 0, flags, construct, &params);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	return cache;
}

static struct mini_core_block block_at(struct mini_arena *arena, u32 page)
{
	struct mini_core_block block;
	unsigned long flags;

	raw_spin_lock_irqsave(&arena->lock, flags);
	mini_core_arena_block(arena->core, page, &block);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	return block;
}

/* Inside a read-side section nothing may be expected, for that may sleep: it is looked at afterwards. */
struct sight {
	struct mini_core_block block;
	u32 free_pages;
	bool as_constructed;
};

static struct sight look(struct mini_arena *arena, u32 slab, const u8 *object)
{
	return (struct sight){
		.block = block_at(arena, slab),
		.free_pages = mini_kunit_free_pages(arena),
		.as_constructed = !memchr_inv(object, CONSTRUCTED, 64),
	};
}

static void a_slab_stays_until_its_readers_are_done(struct kunit *test)
{
	const struct form *form = test->param_value;
	struct mini_arena *arena = mini_kunit_arena_debug(test, 32, form->debug);
	struct mini_cache *cache = make_cache(test, arena, SLAB_TYPESAFE_BY_RCU);
	u8 *object = mini_kunit_object(test, cache);
	u32 slab = mini_kunit_slab_of(cache, object);
	struct sight held, given_back;
	int shrunk;

	rcu_read_lock();
	held = look(arena, slab, object);
	mini_kmem_cache_free(cache, object);
	shrunk = mini_kmem_cache_shrink(cache);
	given_back = look(arena, slab, object);
	rcu_read_unlock();

	KUNIT_EXPECT_TRUE(test, held.as_constructed);
	KUNIT_EXPECT_EQ(test, mini_kunit_layout(cache).pages_per_slab, shrunk);
	KUNIT_EXPECT_STREQ(test, "full 0, partial 0, empty 0", mini_kunit_slabs(test, cache));
	KUNIT_EXPECT_EQ(test, MINI_CORE_SLAB, given_back.block.kind);
	KUNIT_EXPECT_EQ(test, cache->id, given_back.block.cache);
	KUNIT_EXPECT_EQ(test, 0, given_back.block.in_use);
	KUNIT_EXPECT_EQ(test, held.free_pages, given_back.free_pages);
	KUNIT_EXPECT_TRUE(test, given_back.as_constructed);

	rcu_barrier();
	KUNIT_EXPECT_NE(test, MINI_CORE_SLAB, block_at(arena, slab).kind);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void without_the_flag_a_slab_goes_back_at_once(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 32);
	struct mini_cache *cache = make_cache(test, arena, 0);

	mini_kmem_cache_free(cache, mini_kunit_object(test, cache));
	mini_kmem_cache_shrink(cache);
	mini_kunit_expect_whole(test, arena);
	mini_kmem_cache_destroy(cache);
}

static void nobody_gets_the_pages_before(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 1);
	struct mini_cache *cache = make_cache(test, arena, SLAB_TYPESAFE_BY_RCU);
	void *object = mini_kunit_object(test, cache);
	struct page *before, *after;

	rcu_read_lock();
	mini_kmem_cache_free(cache, object);
	before = mini_alloc_pages(arena, 0, 0);
	rcu_read_unlock();
	rcu_barrier();
	after = mini_alloc_pages(arena, 0, 0);
	KUNIT_EXPECT_NULL(test, before);
	KUNIT_EXPECT_NOT_NULL(test, after);
	mini_free_pages(arena, after, 0);
	mini_kmem_cache_destroy(cache);
}

static void objects_of_a_slab_on_its_way_cannot_be_freed_again(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 32);
	struct mini_cache *cache = make_cache(test, arena, SLAB_TYPESAFE_BY_RCU);
	void *object = mini_kunit_object(test, cache);

	mini_kunit_provoke(arena);
	rcu_read_lock();
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_shrink(cache);
	mini_kmem_cache_free(cache, object);
	mini_kfree(object);
	rcu_read_unlock();
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 2);
	rcu_barrier();
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void an_arena_waits_for_slabs_that_are_on_their_way(struct kunit *test)
{
	const struct mini_arena_params params = { .size = 64 << PAGE_SHIFT, .debug = "V" };
	void *objects[16];
	int round, i;

	for (round = 0; round < 8; round++) {
		struct mini_arena *arena = mini_arena_create("kunit-waits", &params);
		struct mini_cache *cache;

		KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
		cache = mini_kmem_cache_create(arena, "readers", 1024, 0, SLAB_TYPESAFE_BY_RCU, NULL);
		KUNIT_ASSERT_NOT_NULL(test, cache);
		KUNIT_ASSERT_EQ(test, 16, mini_kmem_cache_alloc_bulk(cache, 0, 16, objects));
		for (i = 0; i < 16; i++)
			mini_kmem_cache_free(cache, objects[i]);
		/* The cache goes at once, before its slabs have arrived; the arena does not. */
		mini_kmem_cache_destroy(cache);
		mini_arena_destroy(arena);
	}
}

static void the_flags_of_the_device_are_those_of_the_kernel(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 32);
	struct mini_kunit_client *client = mini_kunit_open(test);
	const u32 flags = MINI_MM_TYPESAFE_BY_RCU | MINI_MM_HWCACHE_ALIGN | MINI_MM_KEEP;
	u32 id = mini_call_cache(test, client, arena->id, "both", 100, flags);
	struct mini_mm_cache_info info;
	struct mini_mm_target target;
	u32 free_pages;

	mini_call_cache_info(test, client, id, &info);
	KUNIT_EXPECT_EQ(test, flags, info.flags);
	KUNIT_EXPECT_EQ(test, cache_line_size(), info.align);
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_object(test, client, mini_call_alloc_object(test, client, id, 0)));
	rcu_read_lock();
	mini_arena_reap(arena);
	free_pages = mini_kunit_free_pages(arena);
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, 31, free_pages);
	rcu_barrier();
	mini_kunit_expect_whole(test, arena);
	KUNIT_EXPECT_EQ(test, 0L, mini_call_target(test, client, MINI_MM_IOC_CACHE_DESTROY, id, &target));
}

/* In the page map they are still slabs of the cache, which by its own count has them no more. */
static void slabs_on_their_way_break_no_invariant_of_slub(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, 64, "V");
	struct mini_cache *cache = mini_kunit_cache_of(test, arena, "slub", 1000, SLAB_TYPESAFE_BY_RCU);
	void *objects[30];
	int i, pages;

	KUNIT_ASSERT_EQ(test, 30, mini_kmem_cache_alloc_bulk(cache, 0, 30, objects));
	rcu_read_lock();
	mini_kmem_cache_free_bulk(cache, 30, objects);
	pages = mini_kmem_cache_shrink(cache);
	/* A report is counted, and ends the case as failed. */
	for (i = 0; i < 10; i++)
		objects[i] = mini_kmem_cache_alloc(cache, 0);
	mini_kmem_cache_free_bulk(cache, 10, objects);
	rcu_read_unlock();
	KUNIT_EXPECT_GT(test, pages, 0);
}

/* No page of theirs has a cache any more; yet an examination is not to take them for damage. */
static void an_examination_leaves_slabs_on_their_way_alone(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 256);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_finding __user *findings = mini_kunit_user_pages(test, 1);
	void *objects[30];
	int i;

	for (i = 0; i < MINI_KUNIT_ENGINES; i++) {
		struct mini_mm_examine call = { .arena = arena->id, .findings = (unsigned long)findings, .count = 1 };
		const char *engine = mini_kunit_engines[i];
		struct mini_cache *cache = mini_kunit_cache_of(test, arena, engine, 1000, SLAB_TYPESAFE_BY_RCU);

		KUNIT_ASSERT_EQ(test, 30, mini_kmem_cache_alloc_bulk(cache, 0, 30, objects));
		mini_kmem_cache_free_bulk(cache, 30, objects);
		mini_kmem_cache_shrink(cache);
		KUNIT_ASSERT_EQ(test, 0L, mini_kunit_ioctl(test, client, MINI_MM_IOC_EXAMINE, &call));
		KUNIT_EXPECT_EQ_MSG(test, 0ULL, call.found, "%s", engine);
		KUNIT_EXPECT_EQ_MSG(test, 0ULL, call.isolated_pages, "%s", engine);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(a_slab_stays_until_its_readers_are_done, form_gen_params),
	KUNIT_CASE(without_the_flag_a_slab_goes_back_at_once),
	KUNIT_CASE(nobody_gets_the_pages_before),
	KUNIT_CASE(objects_of_a_slab_on_its_way_cannot_be_freed_again),
	KUNIT_CASE(an_arena_waits_for_slabs_that_are_on_their_way),
	KUNIT_CASE(slabs_on_their_way_break_no_invariant_of_slub),
	KUNIT_CASE(an_examination_leaves_slabs_on_their_way_alone),
	KUNIT_CASE(the_flags_of_the_device_are_those_of_the_kernel),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_rcu_slab",
	.test_cases = cases,
};

kunit_test_suite(suite);
