// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_examine: what an examination of an arena finds, and what becomes of it; and the self-test, which does
 * everything wrong on purpose.
 */
#include "calls.h"
#include "glue/examine.h"
#include "provoked.h"

#define ROOM 16

struct examined {
	struct mini_mm_finding findings[ROOM];
	struct mini_examination examination;
};

static const struct mini_examination *examine(struct kunit *test, struct mini_arena *arena)
{
	struct examined *examined = kunit_kzalloc(test, sizeof(*examined), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, examined);
	examined->examination.findings = examined->findings;
	examined->examination.room = ROOM;
	down_read(&mini_registry);
	mini_arena_examine(arena, &examined->examination);
	up_read(&mini_registry);
	return &examined->examination;
}

/* That this is all that is found, and once. */
static void expect_finding(struct kunit *test, struct mini_arena *arena, u32 kind, u32 page)
{
	const struct mini_examination *examination = examine(test, arena);

	KUNIT_ASSERT_EQ(test, 1ULL, examination->found);
	KUNIT_EXPECT_EQ(test, kind, examination->findings[0].kind);
	KUNIT_EXPECT_EQ(test, page, examination->findings[0].page);
	KUNIT_EXPECT_EQ(test, 0ULL, examine(test, arena)->found);
}

static struct mini_page_entry *entry_of(struct mini_arena *arena, const struct page *page)
{
	return mini_core_page_map(arena->core) + (page - arena->first_page);
}

static void an_arena_that_is_whole_stays_as_it_is(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 256);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	void *object = mini_kmem_cache_alloc(cache, 0);
	struct page *block = mini_alloc_pages(arena, 0, 3);
	const struct mini_examination *examination = examine(test, arena);

	KUNIT_EXPECT_EQ(test, 0ULL, examination->found);
	KUNIT_EXPECT_EQ(test, 256ULL, examination->pages);
	KUNIT_EXPECT_EQ(test, 1ULL, examination->slabs);
	KUNIT_EXPECT_EQ(test, 0ULL, examination->isolated_pages);
	mini_kmem_cache_free(cache, object);
	mini_free_pages(arena, block, 3);
	mini_kmem_cache_shrink(cache);
	mini_kunit_expect_whole(test, arena);
}

/* Of what waits in the lists of a CPU. */
static void what_waits_for_a_cpu_is_no_damage(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena_debug(test, 256, "");
	struct page *blocks[24];
	int round, i;

	for (round = 0; round < 50; round++) {
		for (i = 0; i < ARRAY_SIZE(blocks); i++) {
			blocks[i] = mini_alloc_pages(arena, 0, (round + i) % 3);
			KUNIT_ASSERT_NOT_NULL(test, blocks[i]);
		}
		for (i = round % 3; i < ARRAY_SIZE(blocks); i += 1 + round % 4) {
			mini_free_pages(arena, blocks[i], (round + i) % 3);
			blocks[i] = NULL;
		}
		KUNIT_ASSERT_EQ_MSG(test, 0ULL, examine(test, arena)->found, "round %d", round);
		for (i = 0; i < ARRAY_SIZE(blocks); i++)
			if (blocks[i])
				mini_free_pages(arena, blocks[i], (round + i) % 3);
	}
	KUNIT_EXPECT_EQ(test, 0ULL, examine(test, arena)->found);
	mini_kunit_expect_whole(test, arena);
}

static void a_damaged_block_is_out_of_use(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "");
	struct page *block = mini_alloc_pages(arena, 0, 2);
	u32 free;

	KUNIT_ASSERT_NOT_NULL(test, block);
	/* A bit of its kind. */
	entry_of(arena, block)->head ^= BIT(29);
	expect_finding(test, arena, MINI_MM_FINDING_KIND, block - arena->first_page);
	free = mini_kunit_free_pages(arena);
	mini_free_pages(arena, block, 2);
	KUNIT_EXPECT_EQ(test, free, mini_kunit_free_pages(arena));
	KUNIT_EXPECT_EQ(test, 4ULL, examine(test, arena)->isolated_pages);
	mini_kunit_expect_works(test, arena);
}

static void a_damaged_free_list_loses_nothing(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_bare_arena(test);
	struct page *first = mini_alloc_pages(arena, 0, 0);
	struct page *second = mini_alloc_pages(arena, 0, 0);
	struct page *third = mini_alloc_pages(arena, 0, 0);
	u32 free = mini_kunit_free_pages(arena);

	/* Two blocks of order 0 in one list, for their buddies are out. */
	mini_free_pages(arena, first, 0);
	mini_free_pages(arena, third, 0);
	entry_of(arena, third)->head ^= BIT(20);
	KUNIT_EXPECT_GT(test, examine(test, arena)->found, 0ULL);
	KUNIT_EXPECT_EQ(test, 0ULL, examine(test, arena)->found);
	mini_free_pages(arena, second, 0);
	KUNIT_EXPECT_GE(test, mini_kunit_free_pages(arena), free + 2);
	mini_kunit_expect_works(test, arena);
}

static void a_damaged_slab_is_put_aside(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "");
	struct mini_cache *cache = mini_kunit_cache_of(test, arena, "slab", 64, 0);
	u8 *object = mini_kunit_object_of(test, cache);
	const u32 page = mini_core_block_of(arena->core, virt_to_page(object) - arena->first_page);
	struct mini_page_entry *entry = mini_core_page_map(arena->core) + page;
	u32 *descriptor = page_address(arena->first_page) + (size_t)entry->payload * 16;
	struct mini_core_cache_stats stats;

	/* Its page. */
	descriptor[1] ^= BIT(3);
	expect_finding(test, arena, MINI_MM_FINDING_SLAB, page);
	mini_cache_read_stats(cache, &stats);
	KUNIT_EXPECT_EQ(test, 1, stats.damaged_slabs);
	mini_kunit_expect_works(test, arena);
}

static void a_slab_that_is_lost_to_its_cache_is_not_used_by_it(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "");
	struct mini_cache *cache = mini_kunit_cache_of(test, arena, "slab", 64, 0);
	u8 *object = mini_kunit_object_of(test, cache);
	const u32 page = mini_core_block_of(arena->core, virt_to_page(object) - arena->first_page);
	u8 *another;

	/* Kind 2 becomes 10, which is none. */
	mini_core_page_map(arena->core)[page].head ^= BIT(31);
	expect_finding(test, arena, MINI_MM_FINDING_KIND, page);
	another = mini_kunit_object_of(test, cache);
	KUNIT_EXPECT_NE(test, (unsigned long)object & PAGE_MASK, (unsigned long)another & PAGE_MASK);
	mini_kmem_cache_free(cache, object);
	mini_kmem_cache_free(cache, another);
	mini_kunit_expect_works(test, arena);
}

static void what_a_magazine_holds_wrongly_is_dropped(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_provoked_arena(test, "");
	struct mini_cache *cache = mini_kunit_cache_of(test, arena, "slab", 64, 0);
	u8 *object = mini_kunit_object_of(test, cache);
	struct mini_magazine_cpu *cpu;

	mini_kmem_cache_free(cache, object);
	preempt_disable();
	cpu = this_cpu_ptr(cache->layer.cpus);
	if (cpu->loaded && mini_magazine_rounds(cpu))
		cpu->loaded->objects[mini_magazine_rounds(cpu) - 1] += 4;
	else
		cpu = NULL;
	preempt_enable();
	if (!cpu)
		kunit_skip(test, "this cache has no magazines");
	expect_finding(test, arena, MINI_MM_FINDING_MAGAZINE, 0);
	mini_kunit_expect_works(test, arena);
}

/* Of what a bug of the self-test must not come to. */
static void each_bug_of_the_self_test_leaves_an_arena_that_works(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 bug;

	for (bug = 1; bug < MINI_MM_BUGS; bug++) {
		struct mini_mm_self_test self_test = { .bug = bug, .tries = 4, .seed = 1000 + bug, .debug = "FZP" };

		KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_SELF_TEST, &self_test));
		KUNIT_EXPECT_EQ_MSG(test, 0, self_test.broken, "bug %u", bug);
		/* With F, Z and P nothing is missed, and there are no magazines. */
		KUNIT_EXPECT_EQ_MSG(test, 0, self_test.missed, "bug %u", bug);
		KUNIT_EXPECT_EQ_MSG(test, bug == MINI_MM_BUG_FLIP_MAGAZINE ? 0 : 4, self_test.tries, "bug %u", bug);
	}
}

static void only_what_is_wrong_is_found(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_self_test self_test = { .bug = MINI_MM_BUG_OVERFLOW, .tries = 32, .seed = 77 };

	KUNIT_ASSERT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_SELF_TEST, &self_test));
	/* Nothing stands behind an object without red zones. */
	KUNIT_EXPECT_EQ(test, 32, self_test.missed);
}

static const struct refused {
	const char *what;
	struct mini_mm_self_test self_test;
	u32 why;
} refused[] = {
	{ "no bug", { .tries = 1 }, MINI_MM_WHY_OPCODE },
	{ "a bug too many", { .tries = 1, .bug = MINI_MM_BUGS }, MINI_MM_WHY_OPCODE },
	{ "no tries", { .bug = 1 }, MINI_MM_WHY_COUNT },
	{ "too many tries", { .bug = 1, .tries = MINI_MM_SELF_TEST_TRIES + 1 }, MINI_MM_WHY_COUNT },
	{ "a flag", { .bug = 1, .tries = 1, .flags = 1 }, MINI_MM_WHY_FLAGS },
	{ "a reserved field", { .bug = 1, .tries = 1, .reserved = { [3] = 1 } }, MINI_MM_WHY_RESERVED },
	{ "a letter that is none", { .bug = 1, .tries = 1, .debug = "Q" }, MINI_MM_WHY_DEBUG },
	{ "an engine that is none", { .bug = 1, .tries = 1, .object_engine = "no" }, MINI_MM_WHY_ENGINE },
};

static void what_a_self_test_cannot_be_is_refused(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		struct mini_mm_self_test self_test = refused[i].self_test;
		long result = mini_kunit_ioctl(test, client, MINI_MM_IOC_SELF_TEST, &self_test);

		mini_expect_refused(test, refused[i].what, refused[i].why, result, self_test.why);
	}
}

static void an_examination_is_refused_like_any_call(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 1);
	struct mini_kunit_client *client = mini_kunit_open(test);
	const struct {
		const char *what;
		struct mini_mm_examine call;
		u32 why;
	} calls[] = {
		{ "no arena", { .count = 1 }, MINI_MM_WHY_NO_ARENA },
		{ "no room", { .arena = arena->id }, MINI_MM_WHY_COUNT },
		{ "too much room", { .arena = arena->id, .count = MINI_MM_FINDINGS_MAX + 1 }, MINI_MM_WHY_COUNT },
		{ "a flag", { .arena = arena->id, .count = 1, .flags = 1 }, MINI_MM_WHY_FLAGS },
		{ "a reserved field", { .arena = arena->id, .count = 1, .reserved = { 1 } }, MINI_MM_WHY_RESERVED },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		struct mini_mm_examine call = calls[i].call;
		long result = mini_kunit_ioctl(test, client, MINI_MM_IOC_EXAMINE, &call);

		mini_expect_refused(test, calls[i].what, calls[i].why, result, call.why);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_arena_that_is_whole_stays_as_it_is),
	KUNIT_CASE(what_waits_for_a_cpu_is_no_damage),
	KUNIT_CASE(a_damaged_block_is_out_of_use),
	KUNIT_CASE(a_damaged_free_list_loses_nothing),
	KUNIT_CASE(a_damaged_slab_is_put_aside),
	KUNIT_CASE(a_slab_that_is_lost_to_its_cache_is_not_used_by_it),
	KUNIT_CASE(what_a_magazine_holds_wrongly_is_dropped),
	KUNIT_CASE(each_bug_of_the_self_test_leaves_an_arena_that_works),
	KUNIT_CASE(only_what_is_wrong_is_found),
	KUNIT_CASE(what_a_self_test_cannot_be_is_refused),
	KUNIT_CASE(an_examination_is_refused_like_any_call),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_examine",
	.test_cases = cases,
};

kunit_test_suite(suite);
