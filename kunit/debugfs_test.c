// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_debugfs: what each arena has below /sys/kernel/debug/mini_mm/.
 */
#include <linux/err.h>

#include "blocks.h"
#include "files.h"

#define ROOT "/sys/kernel/debug/mini_mm/"
#define ARENA "kunit"

static int needs_debugfs(struct kunit *test)
{
	struct file *root = filp_open(ROOT, O_RDONLY | O_DIRECTORY, 0);

	if (IS_ERR(root))
		kunit_skip(test,
			   "there is no " ROOT ": debugfs is not mounted, or this kernel has none");
	filp_close(root, NULL);
	return 0;
}

static void reports_are_listed_by_kind_with_their_numbers(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_called(test, ARENA, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, SLAB_CONSISTENCY_CHECKS);
	struct mini_cache *other = mini_kunit_cache(test, arena, 128, 0);
	void *object, *alien;

	KUNIT_EXPECT_STREQ(test,
			   "outside        0\n"
			   "not_allocated  0\n"
			   "not_an_object  0\n"
			   "double_free    0\n"
			   "wrong_order    0\n"
			   "wrong_kind     0\n"
			   "wrong_cache    0\n"
			   "bookkeeping    0\n"
			   "red_zone       0\n"
			   "poison         0\n"
			   "invariant      0\n",
			   mini_kunit_file_text(test, ROOT ARENA "/reports"));

	mini_kunit_provoke(arena);
	object = mini_kmem_cache_alloc(cache, 0);
	alien = mini_kmem_cache_alloc(other, 0);
	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_ASSERT_NOT_NULL(test, alien);
	mini_kmem_cache_free(cache, object + 8);
	mini_kmem_cache_free(cache, alien);
	mini_kmem_cache_free(cache, alien);
	mini_free_pages(arena, virt_to_page(object), 0);
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_free(cache, object);
	KUNIT_EXPECT_STREQ(test,
			   "outside        0\n"
			   "not_allocated  0\n"
			   "not_an_object  1\n"
			   "double_free    1\n"
			   "wrong_order    0\n"
			   "wrong_kind     1\n"
			   "wrong_cache    2\n"
			   "bookkeeping    0\n"
			   "red_zone       0\n"
			   "poison         0\n"
			   "invariant      0\n",
			   mini_kunit_file_text(test, ROOT ARENA "/reports"));
	mini_kmem_cache_free(other, alien);
	mini_kmem_cache_destroy(other);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

struct fail_file {
	const char *name;
	enum mini_core_fault_point point;
};

static const struct fail_file all_fail_files[] = {
	{ "fail_page", MINI_CORE_FAULT_PAGE },
	{ "fail_object", MINI_CORE_FAULT_OBJECT },
	{ "fail_slab", MINI_CORE_FAULT_SLAB },
};

KUNIT_ARRAY_PARAM_DESC(all_fail_files, all_fail_files, name);

static const char *fail_path(struct kunit *test, const struct fail_file *file)
{
	char *path = kunit_kzalloc(test, 80, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, path);
	snprintf(path, 80, ROOT ARENA "/%s", file->name);
	return path;
}

/* One allocation of the kind that @point is about. */
static bool allocate(struct mini_arena *arena, struct mini_cache *cache,
		     enum mini_core_fault_point point)
{
	struct page *page;
	void *object;

	if (point == MINI_CORE_FAULT_PAGE) {
		page = mini_alloc_pages(arena, 0, 0);
		mini_free_pages(arena, page, 0);
		return page;
	}
	object = mini_kmem_cache_alloc(cache, 0);
	mini_kmem_cache_free(cache, object);
	/* So that the next object needs a slab again. */
	mini_kmem_cache_shrink(cache);
	return object;
}

static void the_nth_allocation_fails_when_n_is_written(struct kunit *test)
{
	const struct fail_file *fail = test->param_value;
	struct mini_arena *arena = mini_kunit_arena_called(test, ARENA, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	const char *path = fail_path(test, fail);
	struct mini_kunit_file *file;

	KUNIT_EXPECT_STREQ(test, "0\n", mini_kunit_file_text(test, path));
	file = mini_kunit_file_open(test, path, O_RDWR);
	KUNIT_EXPECT_EQ(test, 2, mini_kunit_file_write(file, "3\n"));
	KUNIT_EXPECT_STREQ(test, "3\n", mini_kunit_file_text(test, path));
	KUNIT_EXPECT_TRUE(test, allocate(arena, cache, fail->point));
	KUNIT_EXPECT_STREQ(test, "2\n", mini_kunit_file_text(test, path));
	KUNIT_EXPECT_TRUE(test, allocate(arena, cache, fail->point));
	KUNIT_EXPECT_STREQ(test, "1\n", mini_kunit_file_text(test, path));
	KUNIT_EXPECT_FALSE(test, allocate(arena, cache, fail->point));
	KUNIT_EXPECT_STREQ(test, "0\n", mini_kunit_file_text(test, path));
	/* Once, and no more. */
	KUNIT_EXPECT_TRUE(test, allocate(arena, cache, fail->point));
	KUNIT_EXPECT_STREQ(test, "0\n", mini_kunit_file_text(test, path));

	/* What is no number changes nothing. */
	KUNIT_EXPECT_EQ(test, 1, mini_kunit_file_write(file, "7"));
	KUNIT_EXPECT_EQ(test, -EINVAL, mini_kunit_file_write(file, "x"));
	KUNIT_EXPECT_STREQ(test, "7\n", mini_kunit_file_text(test, path));
	KUNIT_EXPECT_EQ(test, 1, mini_kunit_file_write(file, "0"));
	KUNIT_EXPECT_TRUE(test, allocate(arena, cache, fail->point));
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

static void a_kind_that_is_to_fail_leaves_the_others_alone(struct kunit *test)
{
	const struct fail_file *fail = test->param_value;
	struct mini_arena *arena = mini_kunit_arena_called(test, ARENA, 16);
	struct mini_arena *neighbour = mini_kunit_arena(test, 16);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct mini_cache *neighbours = mini_kunit_cache(test, neighbour, 64, 0);
	struct mini_kunit_file *file = mini_kunit_file_open(test, fail_path(test, fail), O_RDWR);
	void *object = mini_kmem_cache_alloc(cache, 0);
	struct page *page;

	KUNIT_ASSERT_NOT_NULL(test, object);
	KUNIT_EXPECT_EQ(test, 1, mini_kunit_file_write(file, "1"));
	/* Another arena is not concerned. */
	KUNIT_EXPECT_TRUE(test, allocate(neighbour, neighbours, fail->point));
	if (fail->point != MINI_CORE_FAULT_PAGE) {
		page = mini_alloc_pages(arena, 0, 0);
		KUNIT_EXPECT_NOT_NULL(test, page);
		mini_free_pages(arena, page, 0);
	}
	if (fail->point != MINI_CORE_FAULT_OBJECT) {
		/* No slab is needed for a second object. */
		void *second = mini_kmem_cache_alloc(cache, 0);

		KUNIT_EXPECT_NOT_NULL(test, second);
		mini_kmem_cache_free(cache, second);
	}
	KUNIT_EXPECT_STREQ(test, "1\n", mini_kunit_file_text(test, fail_path(test, fail)));
	KUNIT_EXPECT_EQ(test, 1, mini_kunit_file_write(file, "0"));
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_destroy(cache);
	mini_kunit_expect_whole(test, arena);
}

/* With an empty slab at hand, which could be given back for what is asked for. */
static void what_is_to_fail_fails_although_a_slab_could_be_given_back(struct kunit *test)
{
	const struct fail_file *fail = test->param_value;
	struct mini_arena *arena = mini_kunit_arena_called(test, ARENA, 16);
	struct mini_cache *idle = mini_kunit_cache(test, arena, 64, 0);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct mini_core_cache_stats stats;

	mini_kmem_cache_free(idle, mini_kmem_cache_alloc(idle, 0));
	mini_kunit_fail_nth(arena, fail->point, 1);
	KUNIT_EXPECT_FALSE(test, allocate(arena, cache, fail->point));
	mini_cache_read_stats(idle, &stats);
	KUNIT_EXPECT_EQ(test, 1, stats.empty_slabs);
	KUNIT_EXPECT_TRUE(test, allocate(arena, cache, fail->point));
}

static void files_are_for_root(struct kunit *test)
{
	static const struct {
		const char *path;
		umode_t mode;
	} files[] = {
		{ ROOT ARENA "/reports", 0400 },
		{ ROOT ARENA "/fail_page", 0600 },
		{ ROOT ARENA "/fail_object", 0600 },
		{ ROOT ARENA "/fail_slab", 0600 },
	};
	struct file *file;
	int i;

	mini_kunit_arena_called(test, ARENA, 1);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		file = mini_kunit_file_open(test, files[i].path, O_RDONLY)->file;
		KUNIT_EXPECT_EQ_MSG(test, S_IFREG | files[i].mode, file_inode(file)->i_mode, "%s",
				    files[i].path);
	}
}

static void an_arenas_directory_goes_with_it(struct kunit *test)
{
	const struct mini_arena_params params = { .size = PAGE_SIZE };
	struct mini_arena *arena = mini_arena_create(ARENA, &params);
	struct mini_kunit_file *file;
	loff_t position = 0;
	char byte;

	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	file = mini_kunit_file_open(test, ROOT ARENA "/reports", O_RDONLY);
	mini_arena_destroy(arena);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-ENOENT), filp_open(ROOT ARENA, O_RDONLY, 0));
	/* A file that is still open does not reach the arena that is gone. */
	KUNIT_EXPECT_EQ(test, -EIO, mini_kunit_file_read(file, &byte, 1, &position));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(reports_are_listed_by_kind_with_their_numbers),
	KUNIT_CASE_PARAM(the_nth_allocation_fails_when_n_is_written, all_fail_files_gen_params),
	KUNIT_CASE_PARAM(a_kind_that_is_to_fail_leaves_the_others_alone, all_fail_files_gen_params),
	KUNIT_CASE_PARAM(what_is_to_fail_fails_although_a_slab_could_be_given_back,
			 all_fail_files_gen_params),
	KUNIT_CASE(files_are_for_root),
	KUNIT_CASE(an_arenas_directory_goes_with_it),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_debugfs",
	.init = needs_debugfs,
	.test_cases = cases,
};

kunit_test_suite(suite);
