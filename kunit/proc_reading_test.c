// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_proc_reading: however /proc/mini_buddyinfo and /proc/mini_slabinfo are read (in
 * small pieces, from the middle, while arenas and caches come and go), what is read is the same
 * file.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "proc_lines.h"

/* With the longest names there are, longer than the buffer that seq_file starts with. */
#define ARENAS 40
#define CACHES 32

static void make_arenas(struct kunit *test)
{
	char name[MINI_MM_ARENA_NAME_LEN];
	int i;

	for (i = 0; i < ARENAS; i++) {
		snprintf(name, sizeof(name), "kunit_letters%02d", i);
		mini_kunit_arena_called(test, name, 1);
	}
}

static void make_caches(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_called(test, "kunit_letters15", 16);
	char name[MINI_MM_CACHE_NAME_LEN];
	int i;

	for (i = 0; i < CACHES; i++) {
		snprintf(name, sizeof(name), "cache_of_31_letters_or_digits%02d", i);
		KUNIT_ASSERT_NOT_NULL(test, mini_kmem_cache_create(arena, name, 64, 0, 0, NULL));
	}
}

struct reading {
	const char *path;
	size_t step;
};

static const struct reading all_readings[] = {
	{ BUDDYINFO, 1 }, { BUDDYINFO, 7 }, { BUDDYINFO, 100 }, { BUDDYINFO, 4096 },
	{ SLABINFO, 1 },  { SLABINFO, 7 },  { SLABINFO, 100 },	{ SLABINFO, 4096 },
};

static void describe_reading(const struct reading *reading, char *text)
{
	snprintf(text, KUNIT_PARAM_DESC_SIZE, "%s by %zu", reading->path, reading->step);
}

KUNIT_ARRAY_PARAM(all_readings, all_readings, describe_reading);

static const struct reading all_files[] = { { BUDDYINFO, 0 }, { SLABINFO, 0 } };

static void describe_file(const struct reading *reading, char *text)
{
	strscpy(text, reading->path, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(all_files, all_files, describe_file);

/* Others may be at work in the module; then two readings say nothing about each other. */
static void skip_if_changed(struct kunit *test, const char *path, const char *text)
{
	if (strcmp(text, mini_kunit_file_text(test, path)))
		kunit_skip(test, "somebody else is at work in the module");
}

static void reads_of_few_bytes_give_the_same_file(struct kunit *test)
{
	const struct reading *reading = test->param_value;
	const char *text, *pieces;

	mini_kunit_arena_called(test, "kunit-1-page", 1);
	mini_kunit_cache(test, mini_kunit_arena_called(test, "kunit-64-pages", 64), 64, 0);
	text = mini_kunit_file_text(test, reading->path);
	pieces = mini_kunit_file_text_by(test, reading->path, reading->step);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "kunit-64-pages"));
	skip_if_changed(test, reading->path, text);
	KUNIT_EXPECT_STREQ(test, text, pieces);
}

static void a_file_longer_than_a_buffer_has_each_line_once(struct kunit *test)
{
	const struct reading *file = test->param_value;
	const bool buddy = !strcmp(file->path, BUDDYINFO);
	const char *text, *by_one, *by_seven, *found;
	int lines = 0;

	if (buddy)
		make_arenas(test);
	else
		make_caches(test);
	text = mini_kunit_file_text(test, file->path);
	by_one = mini_kunit_file_text_by(test, file->path, 1);
	by_seven = mini_kunit_file_text_by(test, file->path, 7);
	KUNIT_EXPECT_GT(test, strlen(text), PAGE_SIZE);
	for (found = strstr(text, "kunit_letters"); found;
	     found = strstr(found + 1, "kunit_letters")) {
		char expected[MINI_MM_FULL_NAME_LEN + 1];

		if (buddy)
			snprintf(expected, sizeof(expected), "kunit_letters%02d ", lines);
		else
			snprintf(expected, sizeof(expected),
				 "kunit_letters15:cache_of_31_letters_or_digits%02d ", lines);
		KUNIT_EXPECT_EQ_MSG(test, 0, strncmp(expected, found, strlen(expected)),
				    "'%s' is not at %.60s", expected, found);
		lines++;
	}
	KUNIT_EXPECT_EQ(test, buddy ? ARENAS : CACHES, lines);
	if (buddy)
		mini_kunit_expect_buddyinfo(test, text, 0);
	else
		mini_kunit_expect_slabinfo(test, text);
	skip_if_changed(test, file->path, text);
	KUNIT_EXPECT_STREQ(test, text, by_one);
	KUNIT_EXPECT_STREQ(test, text, by_seven);
}

/* One piece of the file, in as many reads as it takes: a read may end where a line does. */
static size_t read_piece(struct mini_kunit_file *file, char *piece, size_t size, loff_t position)
{
	size_t length = 0;
	ssize_t more;

	do {
		more = mini_kunit_file_read(file, piece + length, size - length, &position);
		length += max_t(ssize_t, more, 0);
	} while (more > 0 && length < size);
	return length;
}

/* Where a piece of the file is not as in @text; -1 when all are. */
static loff_t first_wrong_piece(struct mini_kunit_file *file, const char *text)
{
	const size_t length = strlen(text);
	char piece[50];
	loff_t from;

	/* Downwards, so that most reads go back; at the end and behind it there is nothing. */
	for (from = 2 * length; from >= 0; from--) {
		size_t expected = from < length ? min(sizeof(piece), length - (size_t)from) : 0;

		if (read_piece(file, piece, sizeof(piece), from) != expected)
			return from;
		if (from < length && memcmp(text + from, piece, expected))
			return from;
	}
	return -1;
}

static void reads_from_anywhere_give_what_is_there(struct kunit *test)
{
	const struct reading *file = test->param_value;
	const char *text;
	loff_t wrong;

	mini_kunit_arena_called(test, "kunit-1-page", 1);
	mini_kunit_cache(test, mini_kunit_arena_called(test, "kunit-64-pages", 64), 64, 0);
	text = mini_kunit_file_text(test, file->path);
	wrong = first_wrong_piece(mini_kunit_file_open(test, file->path, O_RDONLY), text);
	skip_if_changed(test, file->path, text);
	KUNIT_EXPECT_EQ(test, -1, wrong);
}

static void a_file_can_be_rewound_and_read_again(struct kunit *test)
{
	const struct reading *reading = test->param_value;
	struct mini_kunit_file *opened = mini_kunit_file_open(test, reading->path, O_RDONLY);
	const bool buddy = !strcmp(reading->path, BUDDYINFO);
	struct file *file = opened->file;
	char start[5] = "";

	KUNIT_EXPECT_EQ(test, 4, mini_kunit_file_read(opened, start, 4, &file->f_pos));
	KUNIT_EXPECT_STREQ(test, buddy ? "Node" : "slab", start);
	KUNIT_EXPECT_EQ(test, 4, mini_kunit_file_read(opened, start, 4, &file->f_pos));
	KUNIT_EXPECT_EQ(test, 8, vfs_llseek(file, 0, SEEK_CUR));
	KUNIT_EXPECT_EQ(test, 0, vfs_llseek(file, 0, SEEK_SET));
	KUNIT_EXPECT_EQ(test, 4, mini_kunit_file_read(opened, start, 4, &file->f_pos));
	KUNIT_EXPECT_STREQ(test, buddy ? "Node" : "slab", start);
	KUNIT_EXPECT_EQ(test, 2, vfs_llseek(file, -2, SEEK_CUR));
	KUNIT_EXPECT_EQ(test, 2, mini_kunit_file_read(opened, start, 2, &file->f_pos));
	KUNIT_EXPECT_STREQ(test, buddy ? "dede" : "abab", start);
	KUNIT_EXPECT_EQ(test, -EINVAL, vfs_llseek(file, 0, SEEK_END));
	KUNIT_EXPECT_EQ(test, -EINVAL, vfs_llseek(file, -1, SEEK_SET));
	/* A refused seek moves nothing. */
	KUNIT_EXPECT_EQ(test, 4, vfs_llseek(file, 0, SEEK_CUR));
}

/* A cache is made after the file was opened, and is gone before it is read again. */
static void an_open_file_shows_what_is_there_when_it_is_read(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_called(test, "kunit", 16);
	struct mini_kunit_file *file = mini_kunit_file_open(test, SLABINFO, O_RDONLY);
	char *text = kunit_kzalloc(test, SZ_64K, GFP_KERNEL);
	struct mini_cache *cache;
	loff_t position = 0;

	KUNIT_ASSERT_NOT_NULL(test, text);
	KUNIT_EXPECT_EQ(test, 8, mini_kunit_file_read(file, text, 8, &position));
	cache = mini_kunit_cache(test, arena, 64, 0);
	/* What is left of the header comes from the buffer. */
	while (mini_kunit_file_read(file, text + position, SZ_64K - 1 - position, &position) > 0)
		;
	mini_kunit_expect_slabinfo(test, text);
	KUNIT_EXPECT_NOT_NULL(test, strstr(text, "\nkunit:cache-0 "));
	mini_kmem_cache_destroy(cache);
	memset(text, 0, SZ_64K);
	position = 0;
	while (mini_kunit_file_read(file, text + position, SZ_64K - 1 - position, &position) > 0)
		;
	mini_kunit_expect_slabinfo(test, text);
	KUNIT_EXPECT_NULL(test, strstr(text, "kunit:"));
}

/* --- while arenas and caches come and go ------------------------------------------------------ */

struct churn {
	struct mini_arena *arena;
	unsigned long rounds;
	bool failed;
};

#define CHURN_PAGES 256
#define CHURN_BLOCKS 8

static bool work_in(struct churn *churn, struct mini_cache *cache)
{
	struct page *blocks[CHURN_BLOCKS];
	void *objects[32];
	int i, round;

	for (round = 0; round < 100 && !kthread_should_stop(); round++) {
		for (i = 0; i < CHURN_BLOCKS; i++)
			blocks[i] = mini_alloc_pages(churn->arena, 0, (round + i) % 4);
		if (mini_kmem_cache_alloc_bulk(cache, 0, ARRAY_SIZE(objects), objects) !=
		    ARRAY_SIZE(objects))
			return false;
		for (i = 0; i < CHURN_BLOCKS; i++)
			mini_free_pages(churn->arena, blocks[i], (round + i) % 4);
		mini_kmem_cache_free_bulk(cache, ARRAY_SIZE(objects), objects);
		mini_kmem_cache_shrink(cache);
		cond_resched();
	}
	return true;
}

static int churn_thread(void *data)
{
	const struct mini_arena_params params = { .size = PAGE_SIZE, .debug = "" };
	struct churn *churn = data;

	while (!kthread_should_stop()) {
		struct mini_arena *arena = mini_arena_create("kunit-passing", &params);
		struct mini_cache *cache =
			mini_kmem_cache_create(churn->arena, "passing", 200, 0, 0, NULL);

		if (IS_ERR(arena) || !cache || !work_in(churn, cache))
			WRITE_ONCE(churn->failed, true);
		mini_kmem_cache_destroy(cache);
		mini_arena_destroy(arena);
		WRITE_ONCE(churn->rounds, churn->rounds + 1);
	}
	return 0;
}

KUNIT_DEFINE_ACTION_WRAPPER(stop_thread, kthread_stop, struct task_struct *);

/* The pages that the line of the arena called "kunit-churn" counts as free. */
static unsigned long free_pages_in(struct kunit *test, const char *text)
{
	const char *line = strstr(text, ", zone kunit-churn ");
	unsigned long blocks, pages = 0;
	int order, at;

	KUNIT_ASSERT_NOT_NULL(test, line);
	line += strlen(", zone kunit-churn ");
	for (order = 0; *line != '\n'; order++, line += at + 1) {
		int found = sscanf(line, "%lu%n", &blocks, &at);

		KUNIT_ASSERT_EQ(test, 1, found);
		pages += blocks << order;
	}
	return pages;
}

static void every_line_is_whole_while_arenas_and_caches_come_and_go(struct kunit *test)
{
	unsigned long deadline = jiffies + 60 * HZ;
	struct task_struct *thread;
	struct churn *churn;
	int reads;

	churn = kunit_kzalloc(test, sizeof(*churn), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, churn);
	churn->arena = mini_kunit_arena_called(test, "kunit-churn", CHURN_PAGES);
	thread = kthread_run(churn_thread, churn, "mini_mm-churn");
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, stop_thread, thread));

	for (reads = 0; reads < 30 || READ_ONCE(churn->rounds) < 3; reads++) {
		char *text = mini_kunit_file_text(test, BUDDYINFO);

		mini_kunit_expect_buddyinfo(test, text, 0);
		KUNIT_EXPECT_LE(test, free_pages_in(test, text), CHURN_PAGES);
		kunit_kfree(test, text);
		text = mini_kunit_file_text_by(test, SLABINFO, 100);
		mini_kunit_expect_slabinfo(test, text);
		kunit_kfree(test, text);
		KUNIT_ASSERT_TRUE(test, time_before(jiffies, deadline));
	}
	kunit_release_action(test, stop_thread, thread);
	KUNIT_EXPECT_FALSE(test, churn->failed);
	mini_kunit_expect_whole(test, churn->arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(reads_of_few_bytes_give_the_same_file, all_readings_gen_params),
	KUNIT_CASE_PARAM(a_file_longer_than_a_buffer_has_each_line_once,
			 all_files_gen_params),
	KUNIT_CASE_PARAM(reads_from_anywhere_give_what_is_there, all_files_gen_params),
	KUNIT_CASE_PARAM(a_file_can_be_rewound_and_read_again, all_files_gen_params),
	KUNIT_CASE(an_open_file_shows_what_is_there_when_it_is_read),
	KUNIT_CASE(every_line_is_whole_while_arenas_and_caches_come_and_go),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_proc_reading",
	.test_cases = cases,
};

kunit_test_suite(suite);
