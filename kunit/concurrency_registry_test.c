// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_concurrency_registry: caches and arenas that come and go while others make theirs, allocate,
 * and read /proc.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/string.h>

#include "churn.h"

#define ROUNDS 12

/* --- one name ---------------------------------------------------------------------------------------- */

struct race {
	struct mini_arena *arena;
	char name[16];
	atomic_t won;
	atomic_t refused;
	atomic_t odd; /* results that should not be */
};

static struct race *make_race(struct kunit *test)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	return race;
}

static void expect_one_winner_a_round(struct kunit *test, struct race *race)
{
	KUNIT_EXPECT_EQ(test, ROUNDS, atomic_read(&race->won));
	KUNIT_EXPECT_EQ(test, ROUNDS * (mini_kunit_team_size() - 1), atomic_read(&race->refused));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&race->odd));
}

static void make_caches_of_one_name(struct mini_kunit_thread *thread)
{
	struct race *race = thread->data;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		struct mini_cache *cache;
		void *object;

		mini_kunit_meet(thread);
		cache = mini_kmem_cache_create(race->arena, "same", 64, 0, 0, NULL);
		atomic_inc(cache ? &race->won : &race->refused);
		/* None goes before all have tried. */
		mini_kunit_meet(thread);
		if (!cache)
			continue;
		object = mini_kmem_cache_alloc(cache, GFP_KERNEL);
		atomic_add(!object, &race->odd);
		mini_kmem_cache_free(cache, object);
		mini_kmem_cache_destroy(cache);
	}
}

static void of_caches_with_one_name_one_is_made(struct kunit *test)
{
	struct race *race = make_race(test);

	race->arena = mini_kunit_arena(test, 64);
	mini_kunit_run(test, make_caches_of_one_name, race);
	expect_one_winner_a_round(test, race);
	KUNIT_EXPECT_EQ(test, 0, race->arena->nr_caches);
	mini_kunit_expect_whole(test, race->arena);
}

static const struct mini_arena_params small = { .size = 16 << PAGE_SHIFT, .debug = "" };

static void make_arenas_of_one_name(struct mini_kunit_thread *thread)
{
	struct race *race = thread->data;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		struct mini_arena *arena;
		struct page *page;

		mini_kunit_meet(thread);
		arena = mini_arena_create(race->name, &small);
		atomic_inc(IS_ERR(arena) ? &race->refused : &race->won);
		mini_kunit_meet(thread);
		if (IS_ERR(arena)) {
			atomic_add(PTR_ERR(arena) != -EEXIST, &race->odd);
			continue;
		}
		page = mini_alloc_pages(arena, 0, 4);
		atomic_add(!page, &race->odd);
		mini_free_pages(arena, page, 4);
		mini_arena_destroy(arena);
	}
}

static void of_arenas_with_one_name_one_is_made(struct kunit *test)
{
	struct race *race = make_race(test);
	struct mini_arena *arena;

	/* A name that is free: that of an arena which the case made, with something behind it. */
	snprintf(race->name, sizeof(race->name), "%s-same", mini_kunit_arena(test, 1)->name);
	mini_kunit_run(test, make_arenas_of_one_name, race);
	expect_one_winner_a_round(test, race);
	/* The last winner's has gone too. */
	arena = mini_arena_create(race->name, &small);
	KUNIT_EXPECT_FALSE(test, IS_ERR(arena));
	mini_arena_destroy(arena);
}

/* --- coming and going -------------------------------------------------------------------------------- */

struct traffic {
	struct mini_arena *arena;
	struct mini_cache *cache;
	atomic_t odd;
	atomic_t served;
};

/* Caches of its own, in the arena in which the others reap. */
static void make_and_destroy_caches(struct mini_kunit_thread *thread)
{
	struct traffic *traffic = thread->data;
	char name[16];
	int round;

	for (round = 0; round < ROUNDS; round++) {
		struct mini_cache *cache;

		snprintf(name, sizeof(name), "own-%u-%d", thread->index, round);
		cache = mini_kmem_cache_create(traffic->arena, name, 512, 0, 0, NULL);
		if (!cache) {
			atomic_inc(&traffic->odd);
			continue;
		}
		/* Leaves an empty slab, for somebody else or for the end. */
		mini_kmem_cache_free(cache, mini_kmem_cache_alloc(cache, GFP_KERNEL));
		mini_kmem_cache_destroy(cache);
	}
}

/* Asks for all there is, so that every cache is asked for its empty slabs. */
static void reap(struct mini_kunit_thread *thread)
{
	struct traffic *traffic = thread->data;
	struct page *page;
	int i;

	for (i = 0; i < 4000; i++) {
		mini_kmem_cache_free(traffic->cache, mini_kmem_cache_alloc(traffic->cache, GFP_KERNEL));
		page = mini_alloc_pages(traffic->arena, 0, 3);
		if (page)
			atomic_inc(&traffic->served);
		mini_free_pages(traffic->arena, page, 3);
		cond_resched();
	}
}

static void reap_or_make_caches(struct mini_kunit_thread *thread)
{
	if (thread->index % 2)
		reap(thread);
	else
		make_and_destroy_caches(thread);
}

static void caches_may_come_and_go_while_others_reap(struct kunit *test)
{
	struct traffic *traffic = kunit_kzalloc(test, sizeof(*traffic), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, traffic);
	traffic->arena = mini_kunit_arena(test, 8);
	traffic->cache = mini_kunit_cache(test, traffic->arena, 256, 0);
	mini_kunit_run(test, reap_or_make_caches, traffic);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&traffic->odd));
	KUNIT_EXPECT_GT(test, atomic_read(&traffic->served), 0);
	mini_kmem_cache_destroy(traffic->cache);
	KUNIT_EXPECT_EQ(test, 0, traffic->arena->nr_caches);
	mini_kunit_expect_whole(test, traffic->arena);
}

/* --- readers ------------------------------------------------------------------------------------------ */

#define FILE_BYTES SZ_32K

struct readers {
	struct mini_kunit_churn churn;
	struct mini_cache *caches[2];
	char full_name[MINI_MM_FULL_NAME_LEN];
};

/* The whole file as a string; NULL when it cannot be read. */
static char *read_file(const char *path)
{
	char *text = kzalloc(FILE_BYTES, GFP_KERNEL);
	struct file *file = filp_open(path, O_RDONLY, 0);
	ssize_t some = IS_ERR(file) ? PTR_ERR(file) : 1;
	loff_t at = 0;

	while (text && some > 0 && at < FILE_BYTES - 1)
		some = kernel_read(file, text + at, FILE_BYTES - 1 - at, &at);
	if (!IS_ERR(file))
		filp_close(file, NULL);
	if (some >= 0)
		return text;
	kfree(text);
	return NULL;
}

/* Free pages of a line of buddyinfo: those of each order. -1 when it has another form. */
static long free_pages_of(char *line, char *name)
{
	unsigned int blocks, order = 0;
	long sum = 0;
	char *column;
	int node, used;

	if (sscanf(line, "Node %d, zone %15s%n", &node, name, &used) != 2)
		return -1;
	line += used;
	while ((column = strsep(&line, " "))) {
		if (!*column)
			continue;
		if (kstrtouint(column, 10, &blocks))
			return -1;
		sum += (long)blocks << order++;
	}
	return sum;
}

static void check_buddyinfo(struct mini_kunit_thread *thread, struct mini_arena *arena)
{
	char *text = read_file("/proc/mini_buddyinfo");
	char name[16], *rest = text, *line;
	int found = 0;

	KUNIT_EXPECT_NOT_NULL(thread->test, text);
	while ((line = strsep(&rest, "\n")) && *line) {
		long free = free_pages_of(line, name);

		KUNIT_EXPECT_GE(thread->test, free, 0L);
		if (strcmp(name, arena->name))
			continue;
		found++;
		KUNIT_EXPECT_LE(thread->test, free, (long)arena->region.nr_pages);
	}
	KUNIT_EXPECT_EQ(thread->test, 1, found);
	kfree(text);
}

/* Whether the numbers of a line of slabinfo fit each other. */
static bool adds_up(const char *line, char *name)
{
	unsigned int active, objects, size, a_slab, pages, limit, batch, factor, active_slabs, slabs, shared;

	if (sscanf(line, "%47s %u %u %u %u %u : tunables %u %u %u : slabdata %u %u %u", name, &active, &objects,
		   &size, &a_slab, &pages, &limit, &batch, &factor, &active_slabs, &slabs, &shared) != 12)
		return false;
	/* The objects of an active slab may all be in magazines. */
	return objects == slabs * a_slab && active <= active_slabs * a_slab && (limit || active >= active_slabs) &&
	       size * a_slab <= pages * PAGE_SIZE && batch <= limit;
}

static void check_slabinfo(struct mini_kunit_thread *thread, const char *full_name)
{
	char *text = read_file("/proc/mini_slabinfo");
	char name[MINI_MM_FULL_NAME_LEN], *rest = text, *line;
	int found = 0, number = 0;

	KUNIT_EXPECT_NOT_NULL(thread->test, text);
	while ((line = strsep(&rest, "\n")) && *line) {
		if (number++ < 2)
			continue;
		KUNIT_EXPECT_TRUE_MSG(thread->test, adds_up(line, name), "%s", line);
		found += !strcmp(name, full_name);
	}
	KUNIT_EXPECT_EQ(thread->test, 1, found);
	kfree(text);
}

static void come_and_go(struct mini_kunit_thread *thread)
{
	char name[16];
	int round;

	for (round = 0; round < ROUNDS; round++) {
		struct mini_arena *arena;
		struct mini_cache *cache;

		snprintf(name, sizeof(name), "passing-%u-%d", thread->index, round);
		arena = mini_arena_create(name, &small);
		KUNIT_EXPECT_FALSE(thread->test, IS_ERR(arena));
		if (IS_ERR(arena))
			return;
		cache = mini_kmem_cache_create(arena, "passing", 64, 0, 0, NULL);
		KUNIT_EXPECT_NOT_NULL(thread->test, cache);
		/* The cache goes with its arena. */
		mini_arena_destroy(arena);
	}
}

static void read_and_churn(struct mini_kunit_thread *thread)
{
	struct readers *readers = thread->data;
	int i;

	if (thread->index > 1) {
		come_and_go(thread);
		return;
	}
	if (thread->index == 1) {
		come_and_go(thread);
		readers->churn.random = thread->random;
		for (i = 0; i < 20000; i++)
			mini_kunit_churn_step(&readers->churn);
		mini_kunit_churn_end(&readers->churn);
		return;
	}
	for (i = 0; i < 4 * ROUNDS; i++) {
		check_buddyinfo(thread, readers->churn.arena);
		check_slabinfo(thread, readers->full_name);
	}
}

static void readers_of_proc_see_whole_lines_that_add_up(struct kunit *test)
{
	struct readers *readers = kunit_kzalloc(test, sizeof(*readers), GFP_KERNEL);
	struct mini_arena *arena = mini_kunit_arena_debug(test, 64, "");
	char *text = read_file("/proc/mini_buddyinfo");

	if (!text)
		kunit_skip(test, "/proc is not mounted");
	kfree(text);
	KUNIT_ASSERT_NOT_NULL(test, readers);
	readers->caches[0] = mini_kunit_cache(test, arena, 64, 0);
	readers->caches[1] = mini_kunit_cache(test, arena, 2048, 0);
	readers->churn.arena = arena;
	readers->churn.caches = readers->caches;
	readers->churn.nr_caches = 2;
	readers->churn.orders = 4;
	snprintf(readers->full_name, sizeof(readers->full_name), "%s:%s", arena->name, readers->caches[0]->name);
	mini_kunit_run(test, read_and_churn, readers);
	mini_kunit_churn_expect(test, &readers->churn);
	mini_kmem_cache_destroy(readers->caches[0]);
	mini_kmem_cache_destroy(readers->caches[1]);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(of_caches_with_one_name_one_is_made),
	KUNIT_CASE(of_arenas_with_one_name_one_is_made),
	KUNIT_CASE(caches_may_come_and_go_while_others_reap),
	KUNIT_CASE(readers_of_proc_see_whole_lines_that_add_up),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_concurrency_registry",
	.test_cases = cases,
};

kunit_test_suite(suite);
