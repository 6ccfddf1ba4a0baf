// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_proc: the bytes of /proc/mini_buddyinfo and /proc/mini_slabinfo for known states.
 * Others may have arenas and caches of their own meanwhile, so a case looks at its own lines.
 */
#include <linux/err.h>

#include "blocks.h"
#include "files.h"
#include "proc_lines.h"

KUNIT_DEFINE_ACTION_WRAPPER(destroy_cache, mini_kmem_cache_destroy, struct mini_cache *);

static struct mini_cache *cache_called(struct kunit *test, struct mini_arena *arena,
				       const char *name, unsigned int size)
{
	struct mini_cache *cache = mini_kmem_cache_create(arena, name, size, 0, 0, NULL);

	KUNIT_ASSERT_NOT_NULL(test, cache);
	return cache;
}

/* --- mini_buddyinfo --------------------------------------------------------------------------- */

/* The line of @arena from its name on; what is before says which node its memory is of. */
static const char *buddy_line(struct kunit *test, const struct mini_arena *arena)
{
	char start[40];
	char *line;

	snprintf(start, sizeof(start), "Node %d, zone %8s ", page_to_nid(mini_page(arena, 0)),
		 arena->name);
	line = mini_kunit_line(test, mini_kunit_file_text(test, BUDDYINFO), start);
	KUNIT_ASSERT_NOT_NULL_MSG(test, line, "no line starts with '%s'", start);
	return strstr(line, ", zone ");
}

static void buddyinfo_counts_the_free_blocks_of_each_order(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena_called(test, "kunit", 1024);

	KUNIT_EXPECT_STREQ(test,
			   ", zone    kunit      0      0      0      0      0      0      0      0      0      0      1 ",
			   buddy_line(test, arena));
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_take_block(test, arena, 0));
	KUNIT_EXPECT_STREQ(test,
			   ", zone    kunit      1      1      1      1      1      1      1      1      1      1      0 ",
			   buddy_line(test, arena));
	KUNIT_EXPECT_EQ(test, 8, mini_kunit_take_block(test, arena, 3));
	KUNIT_EXPECT_STREQ(test,
			   ", zone    kunit      1      1      1      0      1      1      1      1      1      1      0 ",
			   buddy_line(test, arena));
	mini_kunit_give_block(arena, 0, 0);
	KUNIT_EXPECT_STREQ(test,
			   ", zone    kunit      0      0      0      1      1      1      1      1      1      1      0 ",
			   buddy_line(test, arena));
	mini_kunit_give_block(arena, 8, 3);
	KUNIT_EXPECT_STREQ(test,
			   ", zone    kunit      0      0      0      0      0      0      0      0      0      0      1 ",
			   buddy_line(test, arena));
}

static void buddyinfo_counts_many_blocks_in_wider_columns(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena_called(test, "kunit", 2048);
	u32 page;

	for (page = 0; page < 2048; page++)
		mini_kunit_take_block(test, arena, 0);
	for (page = 0; page < 2048; page += 2)
		mini_kunit_give_block(arena, page, 0);
	KUNIT_EXPECT_STREQ(test,
			   ", zone    kunit   1024      0      0      0      0      0      0      0      0      0      0 ",
			   buddy_line(test, arena));
	for (page = 1; page < 2048; page += 2)
		mini_kunit_give_block(arena, page, 0);
	KUNIT_EXPECT_STREQ(test,
			   ", zone    kunit      0      0      0      0      0      0      0      0      0      0      2 ",
			   buddy_line(test, arena));
}

static void buddyinfo_pads_a_name_to_8_and_never_cuts_it(struct kunit *test)
{
	static const struct {
		const char *name, *start;
	} names[] = {
		{ "k", ", zone        k      1      0 " },
		{ "kunit-7", ", zone  kunit-7      1      0 " },
		{ "kunit-08", ", zone kunit-08      1      0 " },
		{ "kunit-009", ", zone kunit-009      1      0 " },
		{ "kunit_letters15", ", zone kunit_letters15      1      0 " },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct mini_arena *arena = mini_kunit_arena_called(test, names[i].name, 1);
		const char *line = buddy_line(test, arena);

		KUNIT_EXPECT_EQ_MSG(test, 0, strncmp(names[i].start, line, strlen(names[i].start)),
				    "%s", line);
	}
}

static void buddyinfo_has_the_columns_of_the_largest_arena_in_all_lines(struct kunit *test)
{
	struct mini_arena *small = mini_kunit_arena_called(test, "kunit-small", 1);
	struct mini_core_arena_stats stats;
	const char *line;
	u32 highest;

	/* The default arena is there in any case. */
	mini_arena_read_stats(mini_default_arena, &stats);
	highest = stats.max_order;
	line = buddy_line(test, small);
	KUNIT_EXPECT_GE(test, strlen(line), strlen(", zone kunit-small ") + 7 * (highest + 1));

	mini_kunit_arena_called(test, "kunit-large", 1024);
	KUNIT_EXPECT_STREQ(test,
			   ", zone kunit-small      1      0      0      0      0      0      0      0      0      0      0 ",
			   buddy_line(test, small));
	mini_kunit_expect_buddyinfo(test, mini_kunit_file_text(test, BUDDYINFO),
				    MINI_CORE_MAX_ORDER + 1);
}

static void buddyinfo_lists_arenas_in_the_order_of_their_making(struct kunit *test)
{
	const struct mini_arena_params page = { .size = PAGE_SIZE };
	struct mini_arena *first = mini_arena_create("kunit-first", &page);
	const char *text, *at[3];

	KUNIT_ASSERT_FALSE(test, IS_ERR(first));
	mini_kunit_arena_called(test, "kunit-second", 1);
	text = mini_kunit_file_text(test, BUDDYINFO);
	at[0] = strstr(text, ", zone  default ");
	at[1] = strstr(text, ", zone kunit-first ");
	at[2] = strstr(text, ", zone kunit-second ");
	KUNIT_ASSERT_NOT_NULL(test, at[0]);
	KUNIT_ASSERT_NOT_NULL(test, at[1]);
	KUNIT_ASSERT_NOT_NULL(test, at[2]);
	KUNIT_EXPECT_LT(test, at[0] - text, at[1] - text);
	KUNIT_EXPECT_LT(test, at[1] - text, at[2] - text);

	mini_arena_destroy(first);
	text = mini_kunit_file_text(test, BUDDYINFO);
	KUNIT_EXPECT_NULL(test, strstr(text, "kunit-first"));
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, ", zone kunit-second "));
}

/* --- mini_slabinfo ---------------------------------------------------------------------------- */

static const char *slab_line(struct kunit *test, const char *full_name)
{
	char start[MINI_MM_FULL_NAME_LEN + 1];
	char *line;

	snprintf(start, sizeof(start), "%s ", full_name);
	line = mini_kunit_line(test, mini_kunit_file_text(test, SLABINFO), start);
	KUNIT_ASSERT_NOT_NULL_MSG(test, line, "no line starts with '%s'", start);
	return line;
}

/* @counts: the line of the cache behind its name. */
static void expect_counts(struct kunit *test, const char *full_name, const char *counts)
{
	char expected[200];

	snprintf(expected, sizeof(expected), "%-17s %s", full_name, counts);
	KUNIT_EXPECT_STREQ(test, expected, slab_line(test, full_name));
}

static bool has_header(const char *text)
{
	return strstarts(text,
			 "slabinfo - version: 2.1\n"
			 "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
}

static void slabinfo_starts_with_the_header_of_version_2_1(struct kunit *test)
{
	const char *text = mini_kunit_file_text(test, SLABINFO);

	KUNIT_EXPECT_TRUE_MSG(test, has_header(text), "%s", text);
}

static void slabinfo_starts_as_the_kernels_own(struct kunit *test)
{
	struct file *kernels = filp_open("/proc/slabinfo", O_RDONLY, 0);
	const char *text;

	if (IS_ERR(kernels))
		kunit_skip(test, "this kernel has no /proc/slabinfo");
	filp_close(kernels, NULL);
	text = mini_kunit_file_text(test, "/proc/slabinfo");
	KUNIT_EXPECT_TRUE_MSG(test, has_header(text), "%s", text);
}

static void slabinfo_has_no_line_of_an_arena_without_caches(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_called(test, "kunit-bare", 16);
	struct mini_cache *cache;

	KUNIT_EXPECT_NULL(test, strstr(mini_kunit_file_text(test, SLABINFO), "kunit-bare"));
	cache = cache_called(test, arena, "one", 64);
	KUNIT_EXPECT_NOT_NULL(test,
			      strstr(mini_kunit_file_text(test, SLABINFO), "\nkunit-bare:one "));
	mini_kmem_cache_destroy(cache);
	KUNIT_EXPECT_NULL(test, strstr(mini_kunit_file_text(test, SLABINFO), "kunit-bare"));
}

static void slabinfo_follows_a_cache_from_its_first_object_to_its_last(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena_called(test, "kunit", 16);
	struct mini_cache *cache = cache_called(test, arena, "life", 64);
	void *objects[123];

	KUNIT_EXPECT_STREQ(test,
			   "kunit:life             0      0     64   61    1 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit:life"));
	KUNIT_ASSERT_EQ(test, 1, mini_kmem_cache_alloc_bulk(cache, 0, 1, objects));
	KUNIT_EXPECT_STREQ(test,
			   "kunit:life             1     61     64   61    1 : tunables    0    0    0 : slabdata      1      1      0",
			   slab_line(test, "kunit:life"));
	KUNIT_ASSERT_EQ(test, 122, mini_kmem_cache_alloc_bulk(cache, 0, 122, objects + 1));
	KUNIT_EXPECT_STREQ(test,
			   "kunit:life           123    183     64   61    1 : tunables    0    0    0 : slabdata      3      3      0",
			   slab_line(test, "kunit:life"));
	/* One slab full, one partial, one empty: it is kept, and not active. */
	mini_kmem_cache_free(cache, objects[122]);
	mini_kmem_cache_free(cache, objects[0]);
	KUNIT_EXPECT_STREQ(test,
			   "kunit:life           121    183     64   61    1 : tunables    0    0    0 : slabdata      2      3      0",
			   slab_line(test, "kunit:life"));
	KUNIT_EXPECT_EQ(test, 1, mini_kmem_cache_shrink(cache));
	KUNIT_EXPECT_STREQ(test,
			   "kunit:life           121    122     64   61    1 : tunables    0    0    0 : slabdata      2      2      0",
			   slab_line(test, "kunit:life"));
	mini_kmem_cache_free_bulk(cache, 121, objects + 1);
	mini_kmem_cache_shrink(cache);
	KUNIT_EXPECT_STREQ(test,
			   "kunit:life             0      0     64   61    1 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit:life"));
}

static void slabinfo_follows_objects_through_magazines_and_depot(struct kunit *test)
{
	const struct mini_arena_params params = {
		.size = 64 << PAGE_SHIFT,
		.debug = "V",
		.magazine_size = 8,
		.batch = 4,
	};
	struct mini_arena *arena = mini_kunit_arena_as(test, &params);
	struct mini_cache *cache = cache_called(test, arena, "life", 64);
	char full_name[MINI_MM_FULL_NAME_LEN];
	void *objects[32];
	int i;

	mini_kunit_stay(test);
	snprintf(full_name, sizeof(full_name), "%s:%s", arena->name, cache->name);
	expect_counts(test, full_name,
		      "     0      0     64   61    1 : tunables    8    4    8 : slabdata      0      0      0");
	for (i = 0; i < 32; i++)
		objects[i] = mini_kmem_cache_alloc(cache, 0);
	expect_counts(test, full_name,
		      "    32     61     64   61    1 : tunables    8    4    8 : slabdata      1      1      0");
	/* Two magazines are the CPU's, two lie in the depot: nobody has an object, and the slab is in use. */
	for (i = 0; i < 32; i++)
		mini_kmem_cache_free(cache, objects[i]);
	expect_counts(test, full_name,
		      "     0     61     64   61    1 : tunables    8    4    8 : slabdata      1      1     16");
	mini_cache_drain(cache);
	expect_counts(test, full_name,
		      "     0     61     64   61    1 : tunables    8    4    8 : slabdata      0      1      0");
	mini_kmem_cache_shrink(cache);
	expect_counts(test, full_name,
		      "     0      0     64   61    1 : tunables    8    4    8 : slabdata      0      0      0");
}

static void slabinfo_says_how_large_slots_and_slabs_are(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena_called(test, "kunit", 64);

	/* Rounded up to 8, with room for two red zones, of half a page, of four pages. */
	cache_called(test, arena, "nine", 9);
	KUNIT_EXPECT_NOT_NULL(test,
			      mini_kmem_cache_create(arena, "zones", 64, 0, SLAB_RED_ZONE, NULL));
	cache_called(test, arena, "half-a-page", 2048);
	cache_called(test, arena, "task", 1700);
	KUNIT_EXPECT_STREQ(test,
			   "kunit:nine             0      0     16  226    1 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit:nine"));
	KUNIT_EXPECT_STREQ(test,
			   "kunit:zones            0      0     80   49    1 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit:zones"));
	KUNIT_EXPECT_STREQ(test,
			   "kunit:half-a-page      0      0   2048    2    1 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit:half-a-page"));
	KUNIT_EXPECT_STREQ(test,
			   "kunit:task             0      0   1704    9    4 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit:task"));
}

static void slabinfo_counts_a_slab_that_was_put_aside(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena(test, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	char full_name[MINI_MM_FULL_NAME_LEN];
	char expected[160];

	mini_kunit_provoke(arena);
	mini_kmem_cache_free(cache, mini_kmem_cache_alloc(cache, 0));
	/* The slab's management data: 16 bytes, and 2 for each of 61 objects, rounded up to 16. */
	memset(mini_page_address(arena, 1) - 144, 0xff, 144);
	KUNIT_EXPECT_EQ(test, 1, mini_cache_validate(cache));
	snprintf(full_name, sizeof(full_name), "%s:%s", arena->name, cache->name);
	snprintf(expected, sizeof(expected),
		 "%-17s      0     61     64   61    1 : tunables    0    0    0 : slabdata      0      1      0",
		 full_name);
	KUNIT_EXPECT_STREQ(test, expected, slab_line(test, full_name));
}

static void slabinfo_names_the_arena_of_caches_unless_it_is_the_default(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena_called(test, "kunit", 16);
	struct mini_cache *cache = cache_called(test, NULL, "kunit-plain", 64);
	char expected[160];

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_cache, cache));
	cache_called(test, arena, "kunit-plain", 128);
	/* The default arena's magazines are of whatever size the module was loaded with. */
	snprintf(expected, sizeof(expected),
		 "kunit-plain            0      0     64   61    1 : tunables %4u %4u %4u : slabdata      0      0      0",
		 cache->layer.size, cache->layer.size ? cache->layer.batch : 0, cache->layer.size ? MINI_DEPOT_MAX : 0);
	KUNIT_EXPECT_STREQ(test, expected, slab_line(test, "kunit-plain"));
	KUNIT_EXPECT_STREQ(test,
			   "kunit:kunit-plain      0      0    128   31    1 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit:kunit-plain"));
}

static void slabinfo_pads_a_name_to_17_and_never_cuts_it(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_bare_arena_called(test, "kunit_letters15", 16);

	cache_called(test, arena, "c", 64);
	cache_called(test, arena, "cc", 64);
	cache_called(test, arena, "cache_of_thirty_one_characters_", 64);
	KUNIT_EXPECT_STREQ(test,
			   "kunit_letters15:c      0      0     64   61    1 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit_letters15:c"));
	KUNIT_EXPECT_STREQ(test,
			   "kunit_letters15:cc      0      0     64   61    1 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit_letters15:cc"));
	KUNIT_EXPECT_STREQ(test,
			   "kunit_letters15:cache_of_thirty_one_characters_      0      0     64   61    1 : tunables    0    0    0 : slabdata      0      0      0",
			   slab_line(test, "kunit_letters15:cache_of_thirty_one_characters_"));
}

/* --- both ------------------------------------------------------------------------------------- */

static void buddyinfo_is_for_all_and_slabinfo_for_root(struct kunit *test)
{
	umode_t mode;

	mode = file_inode(mini_kunit_file_open(test, BUDDYINFO, O_RDONLY)->file)->i_mode;
	KUNIT_EXPECT_EQ(test, S_IFREG | 0444, mode);
	mode = file_inode(mini_kunit_file_open(test, SLABINFO, O_RDONLY)->file)->i_mode;
	KUNIT_EXPECT_EQ(test, S_IFREG | 0400, mode);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(buddyinfo_counts_the_free_blocks_of_each_order),
	KUNIT_CASE(buddyinfo_counts_many_blocks_in_wider_columns),
	KUNIT_CASE(buddyinfo_pads_a_name_to_8_and_never_cuts_it),
	KUNIT_CASE(buddyinfo_has_the_columns_of_the_largest_arena_in_all_lines),
	KUNIT_CASE(buddyinfo_lists_arenas_in_the_order_of_their_making),
	KUNIT_CASE(slabinfo_starts_with_the_header_of_version_2_1),
	KUNIT_CASE(slabinfo_starts_as_the_kernels_own),
	KUNIT_CASE(slabinfo_has_no_line_of_an_arena_without_caches),
	KUNIT_CASE(slabinfo_follows_a_cache_from_its_first_object_to_its_last),
	KUNIT_CASE(slabinfo_follows_objects_through_magazines_and_depot),
	KUNIT_CASE(slabinfo_says_how_large_slots_and_slabs_are),
	KUNIT_CASE(slabinfo_counts_a_slab_that_was_put_aside),
	KUNIT_CASE(slabinfo_names_the_arena_of_caches_unless_it_is_the_default),
	KUNIT_CASE(slabinfo_pads_a_name_to_17_and_never_cuts_it),
	KUNIT_CASE(buddyinfo_is_for_all_and_slabinfo_for_root),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_proc",
	.test_cases = cases,
};

kunit_test_suite(suite);
