// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_kmalloc: sizes and their classes, what is zeroed and what is kept, where what is freed
 * is found, and what is refused.
 */
#include <linux/irq_work.h>
#include <linux/preempt.h>

#include "calls.h"
#include "glue/lookup.h"
#include "slabs.h"

#define PAGES 1024
#define LARGEST (2 * MINI_CORE_MAX_OBJECT)

/* --- sizes ------------------------------------------------------------------------------------- */

static const size_t classes[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192 };

/* What is there to use of @size bytes. */
static size_t room_of(size_t size)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (size <= classes[i])
			return classes[i];
	return PAGE_SIZE << get_order(size);
}

static void each_size_is_served_by_the_smallest_class_that_fits(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, PAGES, "");
	size_t size;

	for (size = 1; size <= LARGEST; size++) {
		u8 *object = mini_kmalloc(arena, size, 0);
		struct mini_cache *cache = mini_general_cache(arena, size);

		KUNIT_ASSERT_NOT_NULL_MSG(test, object, "%zu bytes", size);
		memset(object, 0x5a, size);
		KUNIT_EXPECT_EQ_MSG(test, room_of(size), mini_ksize(object), "%zu bytes", size);
		KUNIT_EXPECT_EQ_MSG(test, size <= MINI_CORE_MAX_OBJECT, !!cache, "%zu bytes", size);
		if (cache)
			KUNIT_EXPECT_EQ_MSG(test, room_of(size), cache->object_size, "%zu bytes",
					    size);
		mini_kfree(object);
		KUNIT_EXPECT_EQ_MSG(test, 0ULL, mini_arena_live(arena), "%zu bytes", size);
	}
}

static void powers_of_two_are_aligned_to_their_size(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	void *objects[8];
	size_t size;
	int i;

	for (size = 8; size <= SZ_64K; size *= 2) {
		for (i = 0; i < ARRAY_SIZE(objects); i++) {
			objects[i] = mini_kmalloc(arena, size, 0);
			KUNIT_ASSERT_NOT_NULL_MSG(test, objects[i], "%zu bytes", size);
			KUNIT_EXPECT_TRUE_MSG(test,
					      IS_ALIGNED((unsigned long)objects[i], min_t(size_t, size, SZ_8K)),
					      "%zu bytes", size);
		}
		for (i = 0; i < ARRAY_SIZE(objects); i++)
			mini_kfree(objects[i]);
	}
}

static void a_size_of_nothing_is_no_memory_and_may_be_freed(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);

	KUNIT_EXPECT_PTR_EQ(test, ZERO_SIZE_PTR, mini_kmalloc(arena, 0, 0));
	KUNIT_EXPECT_PTR_EQ(test, ZERO_SIZE_PTR, mini_kzalloc(arena, 0, 0));
	KUNIT_EXPECT_PTR_EQ(test, ZERO_SIZE_PTR, mini_kcalloc(arena, 0, 8, 0));
	KUNIT_EXPECT_EQ(test, 0, mini_ksize(ZERO_SIZE_PTR));
	KUNIT_EXPECT_EQ(test, 0, mini_ksize(NULL));
	mini_kfree(ZERO_SIZE_PTR);
	mini_kfree(NULL);
	mini_kunit_expect_whole(test, arena);
}

static void what_is_larger_than_the_arena_serves_is_not_there(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	void *all = mini_kmalloc(arena, 4 * PAGE_SIZE, 0);

	KUNIT_EXPECT_NOT_NULL(test, all);
	KUNIT_EXPECT_NULL(test, mini_kmalloc(arena, 1, 0));
	mini_kfree(all);
	KUNIT_EXPECT_NULL(test, mini_kmalloc(arena, 4 * PAGE_SIZE + 1, 0));
	KUNIT_EXPECT_NULL(test, mini_kmalloc(arena, SIZE_MAX, 0));
	KUNIT_EXPECT_NULL(test, mini_kmalloc(arena, SIZE_MAX / 2 + 2, 0));
	/* Products that are larger than any number, and one that would wrap to 8. */
	KUNIT_EXPECT_NULL(test, mini_kmalloc_array(arena, SIZE_MAX, 2, 0));
	KUNIT_EXPECT_NULL(test, mini_kcalloc(arena, SIZE_MAX / 8 + 2, 8, 0));
	mini_kunit_expect_whole(test, arena);
}

static void an_arena_of_one_page_serves_small_sizes(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 1);
	void *object = mini_kmalloc(arena, 64, 0);

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_NULL(test, mini_kmalloc(arena, SZ_8K, 0));
	KUNIT_EXPECT_NULL(test, mini_kmalloc(arena, SZ_4K, 0));
	mini_kfree(object);
	/* Slabs without objects are no reason to fail. */
	object = mini_kmalloc(arena, 8, 0);
	KUNIT_EXPECT_NOT_NULL(test, object);
	mini_kfree(object);
}

/* --- content ------------------------------------------------------------------------------------- */

static void zeroed_memory_is_zero_to_the_end_of_its_room(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	size_t size;

	for (size = 1; size <= LARGEST; size += size < 300 ? 1 : 253) {
		u8 *object = mini_kmalloc(arena, size, 0);

		KUNIT_ASSERT_NOT_NULL(test, object);
		memset(object, 0xa5, mini_ksize(object));
		mini_kfree(object);
		object = mini_kzalloc(arena, size, 0);
		KUNIT_ASSERT_NOT_NULL(test, object);
		KUNIT_EXPECT_NULL_MSG(test, memchr_inv(object, 0, mini_ksize(object)), "%zu bytes", size);
		mini_kfree(object);
	}
}

static void krealloc_keeps_the_content_and_moves_only_what_does_not_fit(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	u8 *object = NULL;
	size_t size, before = 0;

	for (size = 1; size <= LARGEST; size += size < 300 ? 1 : 501) {
		u8 *moved = mini_krealloc(arena, object, size, 0);

		KUNIT_ASSERT_NOT_NULL(test, moved);
		if (before && size <= room_of(before))
			KUNIT_EXPECT_PTR_EQ_MSG(test, object, moved, "%zu bytes", size);
		KUNIT_EXPECT_NULL_MSG(test, memchr_inv(moved, 0x42, before), "%zu bytes", size);
		KUNIT_EXPECT_EQ(test, 1ULL, mini_arena_live(arena));
		object = moved;
		before = size;
		memset(object, 0x42, size);
	}
	KUNIT_EXPECT_PTR_EQ(test, object, mini_krealloc(arena, object, 1, 0));
	KUNIT_EXPECT_EQ(test, 0x42, object[0]);
	KUNIT_EXPECT_PTR_EQ(test, ZERO_SIZE_PTR, mini_krealloc(arena, object, 0, 0));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(arena));
}

static void krealloc_that_finds_nothing_leaves_the_old(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	u8 *object = mini_kmalloc(arena, 64, 0);

	KUNIT_ASSERT_NOT_NULL(test, object);
	memset(object, 7, 64);
	KUNIT_EXPECT_NULL(test, mini_krealloc(arena, object, 4 * PAGE_SIZE, 0));
	KUNIT_EXPECT_NULL(test, memchr_inv(object, 7, 64));
	mini_kfree(object);
}

static void what_krealloc_cut_off_is_zero_when_it_grows_again(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	u8 *object = mini_kzalloc(arena, 64, 0);

	KUNIT_ASSERT_NOT_NULL(test, object);
	memset(object, 7, 64);
	KUNIT_EXPECT_PTR_EQ(test, object, (u8 *)mini_krealloc(arena, object, 10, __GFP_ZERO));
	KUNIT_EXPECT_PTR_EQ(test, object, (u8 *)mini_krealloc(arena, object, 60, __GFP_ZERO));
	KUNIT_EXPECT_NULL(test, memchr_inv(object, 7, 10));
	KUNIT_EXPECT_NULL(test, memchr_inv(object + 10, 0, 54));
	mini_kfree(object);
}

/* --- finding the arena and the cache --------------------------------------------------------------- */

static void a_free_finds_its_arena_among_many(struct kunit *test)
{
	struct mini_arena *arenas[9];
	void *small[9], *large[9];
	int i;

	for (i = 0; i < 9; i++) {
		arenas[i] = mini_kunit_arena(test, 16);
		small[i] = mini_kmalloc(arenas[i], 100, 0);
		large[i] = mini_kmalloc(arenas[i], SZ_16K, 0);
		KUNIT_ASSERT_NOT_NULL(test, small[i]);
		KUNIT_ASSERT_NOT_NULL(test, large[i]);
	}
	for (i = 0; i < 9; i++) {
		int other = i * 4 % 9;

		KUNIT_EXPECT_EQ(test, 2ULL, mini_arena_live(arenas[other]));
		mini_kfree(small[other]);
		mini_kfree(large[other]);
		KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(arenas[other]));
	}
}

static void an_object_of_any_cache_may_be_freed_so(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 100, 0);
	void *object = mini_kunit_object(test, cache);

	KUNIT_EXPECT_EQ(test, 100, mini_ksize(object));
	mini_kfree(object);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(arena));
	mini_kmem_cache_destroy(cache);
}

struct visit {
	struct irq_work work;
	struct mini_arena *arena;
	void *object[2];
	bool in_hard_interrupt;
};

static void arrive(struct irq_work *work)
{
	struct visit *visit = container_of(work, struct visit, work);
	int i;

	visit->in_hard_interrupt = in_hardirq();
	for (i = 0; i < ARRAY_SIZE(visit->object); i++) {
		mini_kfree(visit->object[i]);
		visit->object[i] = mini_kzalloc(visit->arena, i ? SZ_32K : 40, GFP_ATOMIC);
		visit->object[i] = mini_krealloc(visit->arena, visit->object[i], i ? SZ_64K : 400, GFP_ATOMIC);
	}
}

static void a_hard_interrupt_may_allocate_and_free(struct kunit *test)
{
	struct visit *visit = kunit_kzalloc(test, sizeof(*visit), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, visit);
	visit->arena = mini_kunit_arena(test, PAGES);
	visit->object[0] = mini_kmalloc(visit->arena, 40, 0);
	visit->object[1] = mini_kmalloc(visit->arena, SZ_32K, 0);
	visit->work = IRQ_WORK_INIT_HARD(arrive);
	irq_work_queue(&visit->work);
	irq_work_sync(&visit->work);
	KUNIT_EXPECT_TRUE(test, visit->in_hard_interrupt);
	KUNIT_EXPECT_EQ(test, 2ULL, mini_arena_live(visit->arena));
	KUNIT_EXPECT_EQ(test, 512, mini_ksize(visit->object[0]));
	KUNIT_EXPECT_EQ(test, SZ_64K, mini_ksize(visit->object[1]));
	mini_kfree(visit->object[0]);
	mini_kfree(visit->object[1]);
}

/* --- what is refused ---------------------------------------------------------------------------------- */

static void a_second_free_is_refused(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	void *small = mini_kmalloc(arena, 100, 0);
	void *large = mini_kmalloc(arena, SZ_16K, 0);

	mini_kunit_provoke(arena);
	mini_kfree(small);
	mini_kfree(small);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 1);
	mini_kfree(large);
	mini_kfree(large);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 2);
	mini_kmem_cache_shrink(mini_general_cache(arena, 100));
	mini_kunit_expect_whole(test, arena);
}

static void what_is_no_start_of_an_allocation_is_refused(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, PAGES, "FV");
	struct page *page = mini_alloc_pages(arena, 0, 2);
	void *small = mini_kmalloc(arena, 100, 0);
	void *off_slab = mini_kmalloc(arena, 1000, 0);
	void *large = mini_kmalloc(arena, SZ_16K, 0);
	void *const wrong[] = { small + 1, small + 8, off_slab + 512, large + 1, large + PAGE_SIZE,
				page_address(page), page_address(page) + PAGE_SIZE };
	int i;

	mini_kunit_provoke(arena);
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		mini_kfree(wrong[i]);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_NOT_AN_OBJECT, ARRAY_SIZE(wrong));
	KUNIT_EXPECT_EQ(test, 0, mini_ksize(page_address(page)));
	KUNIT_EXPECT_NULL(test, mini_krealloc(arena, large + 1, SZ_64K, 0));
	mini_kunit_expect_reports(test, arena, MINI_REPORT_NOT_AN_OBJECT, ARRAY_SIZE(wrong) + 2);
	KUNIT_EXPECT_EQ(test, 4ULL, mini_arena_live(arena));
	mini_kfree(small);
	mini_kfree(off_slab);
	mini_kfree(large);
	mini_free_pages(arena, page, 2);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(arena));
}

static void what_is_in_no_arena_is_refused_and_counted_in_the_default_one(struct kunit *test)
{
	u32 before = mini_kunit_reports(mini_default_arena, MINI_REPORT_OUTSIDE);
	bool quiet = mini_default_arena->quiet;
	void *kernels = kunit_kzalloc(test, 64, GFP_KERNEL);

	WRITE_ONCE(mini_default_arena->quiet, true);
	mini_kfree(kernels);
	mini_kfree((void *)U32_MAX);
	mini_kfree((void *)ULONG_MAX);
	KUNIT_EXPECT_EQ(test, 0, mini_ksize(kernels));
	WRITE_ONCE(mini_default_arena->quiet, quiet);
	KUNIT_EXPECT_EQ(test, before + 4, mini_kunit_reports(mini_default_arena, MINI_REPORT_OUTSIDE));
}

static void nothing_is_found_in_an_arena_that_went(struct kunit *test)
{
	const struct mini_arena_params params = { .size = SZ_1M, .magazine_size = 4 };
	struct mini_arena *arena = mini_arena_create("going", &params);
	void *object;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, arena);
	object = mini_kmalloc(arena, 64, 0);
	/* It is where the last search ended, too. */
	mini_kfree(object);
	rcu_read_lock();
	KUNIT_EXPECT_NOT_NULL(test, mini_span_search(mini_lookup_now(), object));
	rcu_read_unlock();
	mini_arena_destroy(arena);
	rcu_read_lock();
	KUNIT_EXPECT_NULL(test, mini_span_search(mini_lookup_now(), object));
	KUNIT_EXPECT_EQ(test, 0, mini_lookup_hint(mini_lookup_now())->bytes);
	rcu_read_unlock();
}

static void a_block_that_was_freed_otherwise_is_not_freed_again(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 16);
	void *large = mini_kmalloc(arena, SZ_16K, 0);
	struct page *page;

	/* Freed by kmalloc's own, then allocated as pages: no longer kmalloc's. */
	mini_kunit_provoke(arena);
	mini_kfree(large);
	page = mini_alloc_pages(arena, 0, 2);
	KUNIT_ASSERT_PTR_EQ(test, large, page_address(page));
	mini_kfree(large);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_NOT_AN_OBJECT, 1);
	mini_free_pages(arena, page, 2);
	mini_kunit_expect_whole(test, arena);
}

/* --- the general caches ------------------------------------------------------------------------------- */

static u32 caches_of(struct kunit *test, struct mini_kunit_client *client, struct mini_arena *arena)
{
	struct mini_mm_arena_info info;

	mini_call_arena_info(test, client, arena->id, &info);
	return info.caches;
}

static long find_cache(struct kunit *test, struct mini_kunit_client *client, struct mini_arena *arena,
		       const char *name, struct mini_mm_cache_info *info)
{
	*info = (struct mini_mm_cache_info){ .lookup = MINI_MM_LOOKUP_NAME };
	snprintf(info->name, sizeof(info->name), "%s:%s", arena->name, name);
	return mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_INFO, info);
}

static void a_general_cache_shows_when_it_was_used_and_stays(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 64);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_cache_info info;
	struct mini_mm_target target;
	void *object;
	u32 id = arena->general[3]->id;
	long result;

	KUNIT_EXPECT_EQ(test, 0, caches_of(test, client, arena));
	KUNIT_EXPECT_EQ(test, -ENOENT, find_cache(test, client, arena, "kmalloc-64", &info));
	KUNIT_EXPECT_EQ(test, -ENOENT, mini_call_target(test, client, MINI_MM_IOC_CACHE_SHRINK, id, &target));
	object = mini_kmalloc(arena, 50, 0);
	KUNIT_EXPECT_EQ(test, 1, caches_of(test, client, arena));
	KUNIT_ASSERT_EQ(test, 0L, find_cache(test, client, arena, "kmalloc-64", &info));
	KUNIT_EXPECT_EQ(test, id, info.id);
	KUNIT_EXPECT_EQ(test, 64, info.object_size);
	KUNIT_EXPECT_EQ(test, 1ULL, info.active_objects);
	KUNIT_EXPECT_GE(test, info.id, BIT(19));
	mini_kfree(object);

	/* Nothing but the arena's end destroys it. */
	result = mini_call_target(test, client, MINI_MM_IOC_CACHE_DESTROY, id, &target);
	mini_expect_refused(test, "destroy", MINI_MM_WHY_DEFAULT, result, target.why);
	KUNIT_EXPECT_EQ(test, 0L, mini_call_target(test, client, MINI_MM_IOC_ARENA_RESET, arena->id, &target));
	KUNIT_EXPECT_EQ(test, 0, target.caches);
	KUNIT_EXPECT_EQ(test, 1, caches_of(test, client, arena));
	/* Its empty slab went back. */
	mini_kunit_expect_whole(test, arena);
}

static void the_names_of_general_caches_are_taken(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 64);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_cache_create create = { .name = "kmalloc-8k", .arena = arena->id, .size = 64 };
	long result = mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_CREATE, &create);

	mini_expect_refused(test, "create", MINI_MM_WHY_NAME_TAKEN, result, create.why);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_size_is_served_by_the_smallest_class_that_fits),
	KUNIT_CASE(powers_of_two_are_aligned_to_their_size),
	KUNIT_CASE(a_size_of_nothing_is_no_memory_and_may_be_freed),
	KUNIT_CASE(what_is_larger_than_the_arena_serves_is_not_there),
	KUNIT_CASE(an_arena_of_one_page_serves_small_sizes),
	KUNIT_CASE(zeroed_memory_is_zero_to_the_end_of_its_room),
	KUNIT_CASE(krealloc_keeps_the_content_and_moves_only_what_does_not_fit),
	KUNIT_CASE(krealloc_that_finds_nothing_leaves_the_old),
	KUNIT_CASE(what_krealloc_cut_off_is_zero_when_it_grows_again),
	KUNIT_CASE(a_free_finds_its_arena_among_many),
	KUNIT_CASE(an_object_of_any_cache_may_be_freed_so),
	KUNIT_CASE(a_hard_interrupt_may_allocate_and_free),
	KUNIT_CASE(a_second_free_is_refused),
	KUNIT_CASE(what_is_no_start_of_an_allocation_is_refused),
	KUNIT_CASE(what_is_in_no_arena_is_refused_and_counted_in_the_default_one),
	KUNIT_CASE(nothing_is_found_in_an_arena_that_went),
	KUNIT_CASE(a_block_that_was_freed_otherwise_is_not_freed_again),
	KUNIT_CASE(a_general_cache_shows_when_it_was_used_and_stays),
	KUNIT_CASE(the_names_of_general_caches_are_taken),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_kmalloc",
	.test_cases = cases,
};

kunit_test_suite(suite);
