// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_vmalloc: pages from anywhere in the arena under contiguous addresses, single pages many
 * at a time, and what is refused.
 */
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "slabs.h"

#define PAGES 64

/* --- scattered pages -------------------------------------------------------------------------------- */

/* Holds every page of odd index: no two free pages are neighbours. */
static struct page **hold_odd_pages(struct kunit *test, struct mini_arena *arena)
{
	struct page **pages = kunit_kcalloc(test, PAGES, sizeof(*pages), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_ASSERT_EQ(test, PAGES, mini_alloc_pages_bulk(arena, 0, PAGES, pages));
	for (i = 0; i < PAGES; i++) {
		if ((page_to_pfn(pages[i]) - arena->region.first_pfn) % 2 == 0) {
			mini_free_pages(arena, pages[i], 0);
			pages[i] = NULL;
		}
	}
	return pages;
}

static void pages_without_neighbours_are_one_range_of_addresses(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct page **odd = hold_odd_pages(test, arena);
	u8 *address = mini_vmalloc(arena, PAGES / 2 * PAGE_SIZE);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, address);
	KUNIT_EXPECT_NULL(test, mini_alloc_pages(arena, 0, 1));
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_free_pages(arena));
	memset(address, 0x42, PAGES / 2 * PAGE_SIZE);
	for (i = 0; i < PAGES; i += 2)
		KUNIT_EXPECT_NULL_MSG(test, memchr_inv(mini_page_address(arena, i), 0x42, PAGE_SIZE),
				      "page %d", i);
	mini_vfree(address);
	mini_free_pages_bulk(arena, PAGES, odd);
	mini_kunit_expect_whole(test, arena);
}

static void a_size_is_rounded_up_to_pages(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	void *one = mini_vmalloc(arena, 1);
	void *three = mini_vmalloc(arena, 2 * PAGE_SIZE + 1);

	KUNIT_EXPECT_TRUE(test, PAGE_ALIGNED(one));
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(one));
	KUNIT_EXPECT_EQ(test, PAGES - 4, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_EQ(test, 4ULL, mini_arena_live(arena));
	mini_vfree(one);
	mini_vfree(three);
	mini_vfree(NULL);
	mini_kunit_expect_whole(test, arena);
}

static void vzalloc_gives_zeros_whatever_was_there(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	u8 *address;

	memset(mini_page_address(arena, 0), 0xa5, 4 * PAGE_SIZE);
	address = mini_vzalloc(arena, 4 * PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, address);
	KUNIT_EXPECT_NULL(test, memchr_inv(address, 0, 4 * PAGE_SIZE));
	mini_vfree(address);
}

static void what_the_arena_has_not_is_not_there_and_takes_nothing(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct page *page = mini_alloc_pages(arena, 0, 0);

	KUNIT_EXPECT_NULL(test, mini_vmalloc(arena, 0));
	KUNIT_EXPECT_NULL(test, mini_vmalloc(arena, ULONG_MAX));
	KUNIT_EXPECT_NULL(test, mini_vmalloc(arena, (PAGES + 1) * PAGE_SIZE));
	/* One page is missing. */
	KUNIT_EXPECT_NULL(test, mini_vmalloc(arena, PAGES * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, PAGES - 1, mini_kunit_free_pages(arena));
	mini_free_pages(arena, page, 0);
	mini_kunit_expect_whole(test, arena);
}

static void an_arena_with_something_mapped_stays(struct kunit *test)
{
	const struct mini_arena_params params = { .size = SZ_64K, .debug = "" };
	struct mini_arena *arena = mini_arena_create("kunit-mapped", &params);
	u8 *address;

	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	address = mini_vzalloc(arena, PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, address);
	mini_arena_destroy(arena);
	KUNIT_EXPECT_NULL(test, memchr_inv(address, 0, PAGE_SIZE));
	mini_vfree(address);
	mini_arena_destroy(arena);
}

static void an_arena_that_is_taken_back_takes_back_what_is_mapped(struct kunit *test)
{
	const struct mini_arena_params params = { .size = SZ_64K, .debug = "" };
	struct mini_arena *arena = mini_arena_create("kunit-mapped", &params);
	u32 before = mini_kunit_reports(mini_default_arena, MINI_REPORT_NOT_ALLOCATED);
	bool quiet = mini_default_arena->quiet;
	void *address;
	u64 live;

	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	address = mini_vmalloc(arena, 3 * PAGE_SIZE);
	down_write(&mini_registry);
	mini_arena_unmake(arena, true, &live);
	up_write(&mini_registry);
	KUNIT_EXPECT_EQ(test, 3ULL, live);
	/* It is gone: freeing it is refused like any other wrong free. */
	WRITE_ONCE(mini_default_arena->quiet, true);
	mini_vfree(address);
	WRITE_ONCE(mini_default_arena->quiet, quiet);
	KUNIT_EXPECT_EQ(test, before + 1, mini_kunit_reports(mini_default_arena, MINI_REPORT_NOT_ALLOCATED));
}

static void a_wrong_vfree_is_refused_and_counted(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	u32 before = mini_kunit_reports(mini_default_arena, MINI_REPORT_NOT_ALLOCATED);
	bool quiet = mini_default_arena->quiet;
	void *kernels = vmalloc(PAGE_SIZE);
	void *address = mini_vmalloc(arena, 2 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, address);
	WRITE_ONCE(mini_default_arena->quiet, true);
	mini_vfree(kernels);
	mini_vfree(address + 1);
	mini_vfree(address + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 2ULL, mini_arena_live(arena));
	mini_vfree(address);
	mini_vfree(address);
	WRITE_ONCE(mini_default_arena->quiet, quiet);
	vfree(kernels);
	KUNIT_EXPECT_EQ(test, before + 4, mini_kunit_reports(mini_default_arena, MINI_REPORT_NOT_ALLOCATED));
	mini_kunit_expect_whole(test, arena);
}

/* --- many at a time ----------------------------------------------------------------------------------- */

static void a_bulk_fills_the_entries_that_are_empty(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, PAGES);
	struct page *pages[8] = {};
	struct page *second = mini_alloc_pages(arena, 0, 0);
	int i, k;

	pages[1] = second;
	memset(mini_page_address(arena, 8), 0xa5, 8 * PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 8, mini_alloc_pages_bulk(arena, __GFP_ZERO, 8, pages));
	KUNIT_EXPECT_PTR_EQ(test, second, pages[1]);
	KUNIT_EXPECT_EQ(test, PAGES - 8, mini_kunit_free_pages(arena));
	for (i = 0; i < 8; i++) {
		for (k = 0; k < i; k++)
			KUNIT_EXPECT_PTR_NE(test, pages[i], pages[k]);
		KUNIT_EXPECT_NULL(test, memchr_inv(page_address(pages[i]), 0, PAGE_SIZE));
	}
	/* Nothing is left to fill. */
	KUNIT_EXPECT_EQ(test, 8, mini_alloc_pages_bulk(arena, 0, 8, pages));
	KUNIT_EXPECT_EQ(test, PAGES - 8, mini_kunit_free_pages(arena));
	mini_free_pages_bulk(arena, 8, pages);
	KUNIT_EXPECT_NULL(test, pages[7]);
	mini_free_pages_bulk(arena, 8, pages);
	mini_kunit_expect_whole(test, arena);
}

static void a_bulk_ends_where_the_arena_does(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 4);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct page *pages[8] = {};

	/* An empty slab is no reason to have a page less. */
	mini_kmem_cache_free(cache, mini_kunit_object(test, cache));
	KUNIT_EXPECT_EQ(test, 4, mini_alloc_pages_bulk(arena, 0, 8, pages));
	KUNIT_EXPECT_NOT_NULL(test, pages[3]);
	KUNIT_EXPECT_NULL(test, pages[4]);
	mini_free_pages_bulk(arena, 8, pages);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void a_bulk_may_be_large(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, 512, "");
	struct page **pages = kunit_kcalloc(test, 512, sizeof(*pages), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	KUNIT_EXPECT_EQ(test, 500, mini_alloc_pages_bulk(arena, 0, 500, pages));
	KUNIT_EXPECT_EQ(test, 12, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_EQ(test, 512, mini_alloc_pages_bulk(arena, 0, 512, pages));
	mini_free_pages_bulk(arena, 512, pages);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(pages_without_neighbours_are_one_range_of_addresses),
	KUNIT_CASE(a_size_is_rounded_up_to_pages),
	KUNIT_CASE(vzalloc_gives_zeros_whatever_was_there),
	KUNIT_CASE(what_the_arena_has_not_is_not_there_and_takes_nothing),
	KUNIT_CASE(an_arena_with_something_mapped_stays),
	KUNIT_CASE(an_arena_that_is_taken_back_takes_back_what_is_mapped),
	KUNIT_CASE(a_wrong_vfree_is_refused_and_counted),
	KUNIT_CASE(a_bulk_fills_the_entries_that_are_empty),
	KUNIT_CASE(a_bulk_ends_where_the_arena_does),
	KUNIT_CASE(a_bulk_may_be_large),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_vmalloc",
	.test_cases = cases,
};

kunit_test_suite(suite);
