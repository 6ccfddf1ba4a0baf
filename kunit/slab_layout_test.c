// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_slab_layout: how many objects go into a slab of how many pages, where they start,
 * and what lies around them.
 */
#include <linux/cache.h>
#include <linux/log2.h>

#include "slabs.h"

#define REGION_PAGES 64
#define MOST_OBJECTS 1100

static struct mini_cache *make(struct kunit *test, struct mini_arena *arena, unsigned int size,
			       unsigned int align, slab_flags_t flags, bool off_slab)
{
	const struct mini_cache_params params = { .off_slab = off_slab };
	struct mini_cache *cache;

	cache = mini_kmem_cache_create_engine(arena, "layout", size, align, flags, NULL, &params);
	KUNIT_ASSERT_NOT_NULL_MSG(test, cache, "no cache of %u bytes", size);
	return cache;
}

static void **allocate(struct kunit *test, struct mini_cache *cache, int count)
{
	void **objects = kunit_kcalloc(test, count, sizeof(*objects), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, objects);
	KUNIT_ASSERT_EQ(test, count, mini_kmem_cache_alloc_bulk(cache, 0, count, objects));
	return objects;
}

/* --- sizes ----------------------------------------------------------------------------------- */

static const unsigned int sizes[] = {
	8,    9,    15,	  16,	17,   24,   31,	  32,	33,   48,   63,	  64,	65,
	96,   100,  127,  128,	129,  192,  200,  255,	256,  257,  384,  500,	504,
	505,  511,  512,  513,	700,  1000, 1023, 1024, 1025, 1365, 1700, 2047, 2048,
	2049, 3000, 3072, 4095, 4096, 4097, 5000, 6000, 7168, 8191, 8192,
};

static void describe_size(const unsigned int *size, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "%u bytes", *size);
}

KUNIT_ARRAY_PARAM(size, sizes, describe_size);

static u8 pattern(unsigned int object, unsigned int at)
{
	return object * 31 + at * 7 + (at >> 8);
}

static void write_pattern(u8 *object, unsigned int number, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		object[i] = pattern(number, i);
}

static unsigned int wrong_bytes(const u8 *object, unsigned int number, unsigned int size)
{
	unsigned int wrong = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		wrong += object[i] != pattern(number, i);
	return wrong;
}

/* Where a slab's objects have to end: its management data is 16 bytes and 2 for each object. */
static u32 end_of_objects(struct mini_cache *cache)
{
	const struct mini_core_cache_layout layout = mini_kunit_layout(cache);
	u32 bytes = layout.pages_per_slab << PAGE_SHIFT;

	return layout.off_slab ? bytes : bytes - round_up(16 + 2 * layout.objects_per_slab, 16);
}

static void objects_lie_in_their_slab_and_not_in_each_other(struct kunit *test)
{
	const unsigned int size = *(const unsigned int *)test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = make(test, arena, size, 0, 0, false);
	int count = 2 * mini_kunit_layout(cache).objects_per_slab + 1;
	u32 end = end_of_objects(cache);
	void **objects;
	int i;

	KUNIT_ASSERT_LE(test, count, MOST_OBJECTS);
	objects = allocate(test, cache, count);
	for (i = 0; i < count; i++) {
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objects[i], 8));
		KUNIT_EXPECT_LE(test, mini_kunit_offset_in_slab(cache, objects[i]) + size, end);
		write_pattern(objects[i], i, size);
	}
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ_MSG(test, 0, wrong_bytes(objects[i], i, size), "in object %d", i);
	mini_kmem_cache_free_bulk(cache, count, objects);
	KUNIT_EXPECT_NULL(test, mini_core_cache_broken(cache->core));
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

/* --- the geometry ---------------------------------------------------------------------------- */

static const struct geometry {
	const char *what;
	u32 size;
	bool off_slab_asked;
	u32 slot, objects, pages, colours;
	u32 pages_elsewhere; /* for management data off the slab */
} geometries[] = {
	{ "the smallest", 8, false, 8, 408, 1, 1, 0 },
	{ "16", 16, false, 16, 226, 1, 1, 0 },
	{ "32", 32, false, 32, 120, 1, 1, 0 },
	{ "64", 64, false, 64, 61, 1, 1, 0 },
	{ "100 is rounded up to eights", 100, false, 104, 38, 1, 1, 0 },
	{ "192 fills its page", 192, false, 192, 21, 1, 1, 0 },
	{ "256 leaves room for colours", 256, false, 256, 15, 1, 4, 0 },
	{ "just below an eighth of a page", 504, false, 504, 8, 1, 1, 0 },
	{ "rounded up to an eighth", 505, false, 512, 8, 1, 1, 1 },
	{ "an eighth of a page", 512, false, 512, 8, 1, 1, 1 },
	{ "1000", 1000, false, 1000, 4, 1, 2, 1 },
	{ "a task_struct", 1700, false, 1704, 9, 4, 17, 1 },
	{ "exactly an eighth is wasted", 1792, false, 1792, 2, 1, 9, 1 },
	{ "half a page", 2048, false, 2048, 2, 1, 1, 1 },
	{ "a thread control block", 3072, false, 3072, 5, 4, 17, 1 },
	{ "a page", 4096, false, 4096, 1, 1, 1, 1 },
	{ "more than a page", 4097, false, 4104, 7, 8, 64, 1 },
	{ "6000", 6000, false, 6000, 5, 8, 44, 1 },
	{ "a process control block", 7168, false, 7168, 1, 2, 17, 1 },
	{ "the largest", 8192, false, 8192, 1, 2, 1, 1 },
	{ "the smallest, off the slab", 8, true, 8, 512, 1, 1, 2 },
	{ "64, off the slab", 64, true, 64, 64, 1, 1, 1 },
	{ "256, off the slab", 256, true, 256, 16, 1, 1, 1 },
};

KUNIT_ARRAY_PARAM_DESC(geometry, geometries, what);

static void a_slab_has_as_many_objects_and_pages_as_it_should(struct kunit *test)
{
	const struct geometry *expected = test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache =
		make(test, arena, expected->size, 0, 0, expected->off_slab_asked);
	const struct mini_core_cache_layout layout = mini_kunit_layout(cache);
	void **objects;

	KUNIT_EXPECT_EQ(test, expected->size, layout.object_size);
	KUNIT_EXPECT_EQ(test, expected->slot, layout.slot_size);
	KUNIT_EXPECT_EQ(test, 8, layout.align);
	KUNIT_ASSERT_EQ(test, expected->objects, layout.objects_per_slab);
	KUNIT_EXPECT_EQ(test, expected->pages, layout.pages_per_slab);
	KUNIT_EXPECT_EQ(test, expected->colours, layout.colours);
	KUNIT_EXPECT_EQ(test, expected->pages_elsewhere != 0, layout.off_slab);

	/* One slab holds exactly that many. */
	objects = allocate(test, cache, layout.objects_per_slab);
	KUNIT_EXPECT_STREQ(test, "full 1, partial 0, empty 0", mini_kunit_slabs(test, cache));
	KUNIT_EXPECT_EQ(test, REGION_PAGES - expected->pages - expected->pages_elsewhere,
			mini_kunit_free_pages(arena));
	mini_kmem_cache_free_bulk(cache, layout.objects_per_slab, objects);
}

static void slabs_are_no_larger_than_the_arenas_blocks(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 4);
	struct mini_cache *cache = make(test, arena, SZ_4K + 1, 0, 0, false);

	/* Eight pages would waste less. */
	KUNIT_EXPECT_EQ(test, 4, mini_kunit_layout(cache).pages_per_slab);
	KUNIT_EXPECT_EQ(test, 3, mini_kunit_layout(cache).objects_per_slab);
}

static void an_object_larger_than_the_arenas_blocks_has_no_cache(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 1);

	KUNIT_EXPECT_NULL(test, mini_kmem_cache_create(arena, "large", SZ_4K + 1, 0, 0, NULL));
	KUNIT_EXPECT_NOT_NULL(test, mini_kmem_cache_create(arena, "page", SZ_4K, 0, 0, NULL));
}

static void management_data_on_the_slab_needs_no_other_page(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 1);
	struct mini_cache *cache = make(test, arena, 64, 0, 0, false);
	void **objects = allocate(test, cache, 61);

	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, 0));
	mini_kmem_cache_free_bulk(cache, 61, objects);
}

static void management_data_off_the_slab_leaves_the_page_to_the_objects(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 2);
	struct mini_cache *cache = make(test, arena, 64, 0, 0, true);
	void **objects = allocate(test, cache, 64);

	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, 0));
	mini_kmem_cache_free_bulk(cache, 64, objects);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void a_slab_whose_management_data_finds_no_page_is_not_made(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 1);
	struct mini_cache *cache = make(test, arena, 64, 0, 0, true);

	KUNIT_EXPECT_NULL(test, mini_kmem_cache_alloc(cache, 0));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_grown(cache));
	mini_kunit_expect_whole(test, arena);
}

/* --- alignment ------------------------------------------------------------------------------- */

static const unsigned int alignments[] = {
	1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096,
};

static void describe_alignment(const unsigned int *align, char *description)
{
	snprintf(description, KUNIT_PARAM_DESC_SIZE, "to %u", *align);
}

KUNIT_ARRAY_PARAM(alignment, alignments, describe_alignment);

static void objects_of_all_slabs_are_aligned(struct kunit *test)
{
	const unsigned int align = *(const unsigned int *)test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = make(test, arena, 24, align, 0, false);
	const struct mini_core_cache_layout layout = mini_kunit_layout(cache);
	int count = 3 * layout.objects_per_slab;
	void **objects = allocate(test, cache, count);
	int i;

	KUNIT_EXPECT_EQ(test, max(align, 8U), layout.align);
	KUNIT_EXPECT_EQ(test, round_up(24, max(align, 8U)), layout.slot_size);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objects[i], align));
	mini_kmem_cache_free_bulk(cache, count, objects);
}

static const unsigned int aligned_sizes[] = { 8, 9, 16, 17, 24, 32, 33, 64, 65, 100, 1000 };

KUNIT_ARRAY_PARAM(aligned_size, aligned_sizes, describe_size);

static void hwcache_align_keeps_objects_from_straddling_lines(struct kunit *test)
{
	const unsigned int size = *(const unsigned int *)test->param_value;
	const unsigned long line = cache_line_size();
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = make(test, arena, size, 0, SLAB_HWCACHE_ALIGN, false);

	/* Small ones share a line: as many as go into it whole. */
	KUNIT_EXPECT_EQ(test, min(roundup_pow_of_two(size), line), mini_kunit_layout(cache).align);
}

static void hwcache_align_does_not_lower_an_alignment(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, REGION_PAGES);
	struct mini_cache *cache = make(test, arena, 24, 1024, SLAB_HWCACHE_ALIGN, false);

	KUNIT_EXPECT_EQ(test, 1024, mini_kunit_layout(cache).align);
}

/* --- colours --------------------------------------------------------------------------------- */

static const struct colouring {
	const char *what;
	u32 size, align, colours, step;
} colourings[] = {
	{ "four lines", 256, 0, 4, 64 },
	{ "two lines, off the slab", 1000, 0, 2, 64 },
	{ "steps of a large alignment", 384, 128, 2, 128 },
	{ "slabs of four pages", 1700, 0, 17, 64 },
	{ "no room", 200, 0, 1, 64 },
};

KUNIT_ARRAY_PARAM_DESC(colouring, colourings, what);

static void successive_slabs_start_a_line_further_and_wrap_around(struct kunit *test)
{
	const struct colouring *expected = test->param_value;
	struct mini_arena *arena = mini_kunit_bare_arena(test, 256);
	struct mini_cache *cache = make(test, arena, expected->size, expected->align, 0, false);
	u32 per_slab = mini_kunit_layout(cache).objects_per_slab;
	u32 slabs = 2 * expected->colours + 1;
	void **objects = allocate(test, cache, slabs * per_slab);
	u32 i;

	KUNIT_EXPECT_EQ(test, expected->colours, mini_kunit_layout(cache).colours);
	for (i = 0; i < slabs; i++)
		KUNIT_EXPECT_EQ_MSG(test, i % expected->colours * expected->step,
				    mini_kunit_offset_in_slab(cache, objects[i * per_slab]),
				    "slab %u", i);
	mini_kmem_cache_free_bulk(cache, slabs * per_slab, objects);
}

static void colours_go_on_where_they_were_after_a_shrink(struct kunit *test)
{
	static const u32 expected[] = { 0, 64, 128, 192, 0, 64 };
	struct mini_cache *cache =
		make(test, mini_kunit_bare_arena(test, REGION_PAGES), 256, 0, 0, false);
	int i;

	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		void *object = mini_kmem_cache_alloc(cache, 0);

		KUNIT_ASSERT_NOT_NULL(test, object);
		KUNIT_EXPECT_EQ(test, expected[i], mini_kunit_offset_in_slab(cache, object));
		mini_kmem_cache_free(cache, object);
		KUNIT_EXPECT_EQ(test, 1, mini_kmem_cache_shrink(cache));
	}
}

static void a_colour_leaves_room_for_the_last_object(struct kunit *test)
{
	struct mini_cache *cache =
		make(test, mini_kunit_bare_arena(test, REGION_PAGES), 256, 0, 0, false);
	void **objects = allocate(test, cache, 4 * 15);
	int i;

	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_LE(test, mini_kunit_offset_in_slab(cache, objects[i * 15 + 14]) + 256,
				end_of_objects(cache));
	mini_kmem_cache_free_bulk(cache, 4 * 15, objects);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(objects_lie_in_their_slab_and_not_in_each_other, size_gen_params),
	KUNIT_CASE_PARAM(a_slab_has_as_many_objects_and_pages_as_it_should, geometry_gen_params),
	KUNIT_CASE(slabs_are_no_larger_than_the_arenas_blocks),
	KUNIT_CASE(an_object_larger_than_the_arenas_blocks_has_no_cache),
	KUNIT_CASE(management_data_on_the_slab_needs_no_other_page),
	KUNIT_CASE(management_data_off_the_slab_leaves_the_page_to_the_objects),
	KUNIT_CASE(a_slab_whose_management_data_finds_no_page_is_not_made),
	KUNIT_CASE_PARAM(objects_of_all_slabs_are_aligned, alignment_gen_params),
	KUNIT_CASE_PARAM(hwcache_align_keeps_objects_from_straddling_lines,
			 aligned_size_gen_params),
	KUNIT_CASE(hwcache_align_does_not_lower_an_alignment),
	KUNIT_CASE_PARAM(successive_slabs_start_a_line_further_and_wrap_around,
			 colouring_gen_params),
	KUNIT_CASE(colours_go_on_where_they_were_after_a_shrink),
	KUNIT_CASE(a_colour_leaves_room_for_the_last_object),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_slab_layout",
	.test_cases = cases,
};

kunit_test_suite(suite);
