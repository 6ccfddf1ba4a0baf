// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_owners: with debug U, who allocated and who freed objects and blocks is known, and the leak report
 * groups what is held by its call sites.
 */
#include <linux/err.h>
#include <linux/string.h>

#include "calls.h"
#include "files.h"
#include "glue/owner.h"
#include "slabs.h"

#define REGION_PAGES 64
#define ARENA "kunit"
#define LEAKS "/sys/kernel/debug/mini_mm/" ARENA "/leaks"
#define SIZE 96

KUNIT_ARRAY_PARAM(engine, mini_kunit_engines, mini_kunit_describe_engine);

static struct mini_arena *arena_with(struct kunit *test, const char *debug, unsigned long pages)
{
	const struct mini_arena_params params = { .size = pages << PAGE_SHIFT, .debug = debug };
	struct mini_arena *arena = mini_arena_create(ARENA, &params);

	KUNIT_ASSERT_FALSE(test, IS_ERR(arena));
	return arena;
}

static void expect_this_one(struct kunit *test, const struct mini_owner *owner)
{
	KUNIT_EXPECT_TRUE(test, mini_owner_is_noted(owner));
	KUNIT_EXPECT_EQ(test, (u32)task_pid_nr(current), owner->pid);
	KUNIT_EXPECT_STREQ(test, current->comm, owner->comm);
	KUNIT_EXPECT_NE(test, 0ULL, owner->when_ns);
	KUNIT_EXPECT_NE(test, 0ULL, owner->stack);
}

/* --- blocks ------------------------------------------------------------------------------------------- */

static void a_block_knows_who_allocated_and_who_freed_it(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, "UV");
	struct page *block = mini_alloc_pages(arena, 0, 2);
	const u32 page = mini_page_index(arena, block);
	struct mini_owners owners;

	KUNIT_ASSERT_NOT_NULL(test, block);
	/* Of any of its pages. */
	KUNIT_ASSERT_TRUE(test, mini_owners_at(arena, page + 3, 0, &owners));
	expect_this_one(test, &owners.of[MINI_OWNER_ALLOCATED]);
	KUNIT_EXPECT_FALSE(test, mini_owner_is_noted(&owners.of[MINI_OWNER_FREED]));
	mini_free_pages(arena, block, 2);
	KUNIT_ASSERT_TRUE(test, mini_owners_at(arena, page + 3, 0, &owners));
	expect_this_one(test, &owners.of[MINI_OWNER_FREED]);
	KUNIT_EXPECT_GE(test, owners.of[MINI_OWNER_FREED].when_ns, owners.of[MINI_OWNER_ALLOCATED].when_ns);
	KUNIT_ASSERT_TRUE(test, mini_owners_at(arena, page + 4, 0, &owners));
	KUNIT_EXPECT_FALSE(test, mini_owner_is_noted(&owners.of[MINI_OWNER_ALLOCATED]));
	KUNIT_EXPECT_FALSE(test, mini_owners_at(arena, REGION_PAGES, 0, &owners));
	KUNIT_EXPECT_FALSE(test, mini_owners_at(arena, 0, PAGE_SIZE, &owners));
}

static void each_block_of_a_run_has_an_owner(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, "UV");
	struct page *run = mini_alloc_contig_pages(arena, 7, 0, 0);
	struct mini_owners owners;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, run);
	for (i = 0; i < 7; i++) {
		KUNIT_ASSERT_TRUE(test, mini_owners_at(arena, mini_page_index(arena, run) + i, 0, &owners));
		expect_this_one(test, &owners.of[MINI_OWNER_ALLOCATED]);
	}
	mini_free_contig_range(arena, run, 7);
	KUNIT_ASSERT_TRUE(test, mini_owners_at(arena, mini_page_index(arena, run), 0, &owners));
	expect_this_one(test, &owners.of[MINI_OWNER_FREED]);
}

static void a_refused_free_is_not_who_freed_it(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, "U");
	struct page *block = mini_alloc_pages(arena, 0, 2);
	struct mini_owners owners;

	KUNIT_ASSERT_NOT_NULL(test, block);
	mini_kunit_provoke(arena);
	mini_free_pages(arena, block, 1);
	KUNIT_ASSERT_TRUE(test, mini_owners_at(arena, mini_page_index(arena, block), 0, &owners));
	KUNIT_EXPECT_FALSE(test, mini_owner_is_noted(&owners.of[MINI_OWNER_FREED]));
	mini_free_pages(arena, block, 2);
}

static void a_second_free_of_a_block_says_who_had_it(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, "U");
	struct page *block = mini_alloc_pages(arena, 0, 1);
	void *bytes = mini_kmalloc(arena, SZ_16K, 0);

	KUNIT_ASSERT_NOT_NULL(test, block);
	KUNIT_ASSERT_NOT_NULL(test, bytes);
	/* Said, not only counted: what is printed must not harm. */
	mini_free_pages(arena, block, 1);
	mini_free_pages(arena, block, 1);
	mini_kfree(bytes);
	mini_kfree(bytes);
	mini_kunit_provoke(arena);
	mini_kunit_expect_reports(test, arena, MINI_REPORT_DOUBLE_FREE, 2);
}

static void a_block_that_was_moved_keeps_its_owner(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, REGION_PAGES, "UV");
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 low = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	u64 moving = mini_call_alloc_pages(test, client, arena->id, 0, MINI_MM_MOVABLE);
	struct mini_mm_handle_info before, after;
	struct mini_owners was, is;
	struct mini_mm_target target;

	mini_call_handle_info(test, client, moving, &before);
	KUNIT_ASSERT_TRUE(test, mini_owners_at(arena, before.page, 0, &was));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, low));
	KUNIT_EXPECT_EQ(test, 0, mini_call_target(test, client, MINI_MM_IOC_ARENA_COMPACT, arena->id, &target));
	mini_call_handle_info(test, client, moving, &after);
	KUNIT_EXPECT_NE(test, before.page, after.page);
	KUNIT_ASSERT_TRUE(test, mini_owners_at(arena, after.page, 0, &is));
	KUNIT_EXPECT_MEMEQ(test, &was.of[MINI_OWNER_ALLOCATED], &is.of[MINI_OWNER_ALLOCATED],
			   sizeof(struct mini_owner));
	KUNIT_EXPECT_EQ(test, 0, mini_call_free_pages(test, client, moving));
}

static void blocks_of_other_arenas_have_no_table(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_owners owners;

	KUNIT_EXPECT_NULL(test, arena->owners);
	KUNIT_EXPECT_FALSE(test, mini_owners_at(arena, 0, 0, &owners));
}

/* --- the leak report ------------------------------------------------------------------------------------ */

static int needs_debugfs(struct kunit *test)
{
	struct file *root = filp_open("/sys/kernel/debug/mini_mm", O_RDONLY | O_DIRECTORY, 0);

	if (IS_ERR(root))
		kunit_skip(test,
			   "there is no /sys/kernel/debug/mini_mm: debugfs is not mounted, or this kernel has none");
	filp_close(root, NULL);
	return 0;
}

/* The entry of @what that is the @nth, or false. */
static bool entry(const char *text, const char *what, int nth, u64 *count, u64 *bytes, char *comm)
{
	char age[16], pid[16], name[32];
	const char *line;

	for (line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		if (line[1] == '\t')
			continue;
		*comm = '\0';
		if (sscanf(line + 1, "%llu %llu %15s %15s %31s %15s", count, bytes, age, pid, name, comm) < 5)
			return false;
		if (!strcmp(name, what) && !nth--)
			return true;
	}
	return false;
}

/* Exactly @nr entries of @what, of @count things and @bytes in all. */
static void expect_held(struct kunit *test, const char *what, int nr, u64 count, u64 bytes)
{
	const char *text = mini_kunit_file_text(test, LEAKS);
	u64 all_bytes = 0, all = 0, some_bytes, some;
	char comm[16];
	int i;

	for (i = 0; entry(text, what, i, &some, &some_bytes, comm); i++) {
		all += some;
		all_bytes += some_bytes;
	}
	KUNIT_EXPECT_EQ_MSG(test, nr, i, "%s in:\n%s", what, text);
	KUNIT_EXPECT_EQ_MSG(test, count, all, "%s in:\n%s", what, text);
	KUNIT_EXPECT_EQ_MSG(test, bytes, all_bytes, "%s in:\n%s", what, text);
}

static void what_is_held_is_grouped_by_call_site(struct kunit *test)
{
	const char *engine = *(const char *const *)test->param_value;
	struct mini_arena *arena = arena_with(test, "U", REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache_of(test, arena, engine, SIZE, 0);
	struct page *block = mini_alloc_pages(arena, 0, 3);
	void *objects[60];
	int i;

	for (i = 0; i < 40; i++)
		objects[i] = mini_kmem_cache_alloc(cache, 0);
	for (; i < 60; i++)
		objects[i] = mini_kmem_cache_alloc(cache, 0);
	expect_held(test, cache->name, 2, 60, 60 * mini_ksize(objects[0]));
	expect_held(test, "pages,order=3", 1, 1, PAGE_SIZE << 3);
	for (i = 0; i < 60; i += 2)
		mini_kmem_cache_free(cache, objects[i]);
	expect_held(test, cache->name, 2, 30, 30 * mini_ksize(objects[1]));
	for (i = 1; i < 60; i += 2)
		mini_kmem_cache_free(cache, objects[i]);
	mini_free_pages(arena, block, 3);
	expect_held(test, cache->name, 0, 0, 0);
	expect_held(test, "pages,order=3", 0, 0, 0);
	mini_kmem_cache_destroy(cache);
	mini_arena_destroy(arena);
}

static void no_address_is_shown(struct kunit *test)
{
	struct mini_arena *arena = arena_with(test, "U", REGION_PAGES);
	void *bytes = mini_kmalloc(arena, SIZE, 0);
	const char *text = mini_kunit_file_text(test, LEAKS);
	const char *frame;

	KUNIT_EXPECT_NOT_NULL(test, strchr(text, '\t'));
	for (frame = strchr(text, '\t'); frame; frame = strchr(frame + 1, '\t'))
		KUNIT_EXPECT_NE_MSG(test, 0, strncmp(frame, "\t0x", 3), "%s", text);
	mini_kfree(bytes);
	mini_arena_destroy(arena);
}

static void without_the_letter_kinds_are_counted(struct kunit *test)
{
	struct mini_arena *arena = arena_with(test, "", REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	void *objects[10];
	u64 count, bytes;
	char comm[16];
	const char *text;

	KUNIT_ASSERT_EQ(test, 10, mini_kmem_cache_alloc_bulk(cache, 0, 10, objects));
	/* Into magazines, which hold nothing for anybody. */
	mini_kmem_cache_free_bulk(cache, 4, objects);
	text = mini_kunit_file_text(test, LEAKS);
	KUNIT_ASSERT_TRUE_MSG(test, entry(text, cache->name, 0, &count, &bytes, comm), "%s", text);
	KUNIT_EXPECT_EQ(test, 6ULL, count);
	KUNIT_EXPECT_STREQ(test, "-", comm);
	KUNIT_EXPECT_NULL(test, strchr(text, '\t'));
	mini_kmem_cache_free_bulk(cache, 6, objects + 4);
	mini_kmem_cache_destroy(cache);
	mini_arena_destroy(arena);
}

static void what_handles_have_is_left_out(struct kunit *test)
{
	struct mini_arena *arena = arena_with(test, "U", REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 cache = mini_call_cache(test, client, arena->id, "foo", SIZE, 0);
	const struct mini_mm_op ops[] = {
		{ .opcode = MINI_MM_OP_KMALLOC, .target = arena->id, .length = 1000 },
		{ .opcode = MINI_MM_OP_KMALLOC, .target = arena->id, .length = 10000 },
		{ .opcode = MINI_MM_OP_VMALLOC, .target = arena->id, .length = 10000 },
		{ .opcode = MINI_MM_OP_RANGE_ALLOC, .target = arena->id, .length = 5000, .offset = MINI_MM_ANYWHERE },
	};
	int i;

	mini_call_alloc_pages(test, client, arena->id, 2, 0);
	mini_call_alloc_object(test, client, cache, 0);
	for (i = 0; i < ARRAY_SIZE(ops); i++)
		KUNIT_EXPECT_EQ(test, 0, mini_call_op(test, client, ops[i]).result);
	/* The heading is all. */
	KUNIT_EXPECT_PTR_EQ(test, NULL, strchr(strchr(mini_kunit_file_text(test, LEAKS), '\n') + 1, '\n'));
	mini_kunit_close(test, client);
	mini_arena_destroy(arena);
}

#define MANY 300

static void more_sites_than_are_told_apart_are_summed_up(struct kunit *test)
{
	struct mini_arena *arena = arena_with(test, "U", 2 * MANY);
	struct mini_cache **caches = kunit_kcalloc(test, MANY, sizeof(*caches), GFP_KERNEL);
	void **objects = kunit_kcalloc(test, MANY, sizeof(*objects), GFP_KERNEL);
	char name[16];
	int i;

	KUNIT_ASSERT_NOT_NULL(test, caches);
	KUNIT_ASSERT_NOT_NULL(test, objects);
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "many%d", i);
		caches[i] = mini_kmem_cache_create(arena, name, SIZE, 0, 0, NULL);
		KUNIT_ASSERT_NOT_NULL(test, caches[i]);
		objects[i] = mini_kunit_object(test, caches[i]);
	}
	expect_held(test, "others", 1, MANY - 256, (MANY - 256) * SIZE);
	for (i = 0; i < MANY; i++) {
		mini_kmem_cache_free(caches[i], objects[i]);
		mini_kmem_cache_destroy(caches[i]);
	}
	mini_arena_destroy(arena);
}

static void the_owner_of_a_place_can_be_asked_for(struct kunit *test)
{
	struct mini_arena *arena = arena_with(test, "U", REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, SIZE, 0);
	void *object = mini_kunit_object(test, cache);
	const u64 offset = mini_offset(arena, object);
	struct mini_kunit_file *file;
	char text[256] = "";
	char question[32];
	loff_t position = 0;

	file = mini_kunit_file_open(test, "/sys/kernel/debug/mini_mm/" ARENA "/owner", O_RDWR);
	snprintf(question, sizeof(question), "%llu %llu", offset >> PAGE_SHIFT, offset & ~PAGE_MASK);
	KUNIT_EXPECT_EQ(test, (ssize_t)strlen(question), mini_kunit_file_write(file, question));
	KUNIT_EXPECT_LT(test, 0, mini_kunit_file_read(file, text, sizeof(text) - 1, &position));
	KUNIT_EXPECT_EQ_MSG(test, 0, strncmp(text, "allocated ", 10), "%s", text);
	KUNIT_EXPECT_EQ(test, -EINVAL, mini_kunit_file_write(file, "zero"));
	KUNIT_EXPECT_EQ(test, -EINVAL, mini_kunit_file_write(file, "0 0                              "));
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_destroy(cache);
	mini_arena_destroy(arena);
}

static struct kunit_case block_cases[] = { KUNIT_CASE(a_block_knows_who_allocated_and_who_freed_it),
					   KUNIT_CASE(each_block_of_a_run_has_an_owner),
					   KUNIT_CASE(a_refused_free_is_not_who_freed_it),
					   KUNIT_CASE(a_second_free_of_a_block_says_who_had_it),
					   KUNIT_CASE(a_block_that_was_moved_keeps_its_owner),
					   KUNIT_CASE(blocks_of_other_arenas_have_no_table),
					   {} };

static struct kunit_case leak_cases[] = { KUNIT_CASE_PARAM(what_is_held_is_grouped_by_call_site, engine_gen_params),
					  KUNIT_CASE(no_address_is_shown),
					  KUNIT_CASE(without_the_letter_kinds_are_counted),
					  KUNIT_CASE(what_handles_have_is_left_out),
					  KUNIT_CASE(more_sites_than_are_told_apart_are_summed_up),
					  KUNIT_CASE(the_owner_of_a_place_can_be_asked_for),
					  {} };

static struct kunit_suite block_suite = {
	.name = "mini_mm_owners",
	.test_cases = block_cases,
};

static struct kunit_suite leak_suite = {
	.name = "mini_mm_leaks",
	.init = needs_debugfs,
	.test_cases = leak_cases,
};

kunit_test_suites(&block_suite, &leak_suite);
