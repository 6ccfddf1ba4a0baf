// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_refusals: what each call of the device refuses, with which errno and which
 * reason, and that nothing has changed then. Operations of batches have a suite of their own
 * (handles_batch).
 *
 * The tables are gone through in one case each, not as parameters: on User Mode Linux a case with
 * user memory costs a process of the host's.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "calls.h"

#define REGION_PAGES 64

/* --- making arenas --------------------------------------------------------------------------- */

static const struct refused_arena {
	const char *what;
	struct mini_mm_arena_create create;
	u32 why;
} refused_arenas[] = {
	{ "an empty name", { .size = SZ_64K }, MINI_MM_WHY_NAME },
	{ "a blank in the name", { .name = "two words", .size = SZ_64K }, MINI_MM_WHY_NAME },
	{ "a colon in the name", { .name = "a:b", .size = SZ_64K }, MINI_MM_WHY_NAME },
	{ "a line end in the name", { .name = "line\n", .size = SZ_64K }, MINI_MM_WHY_NAME },
	{ "a slash in the name", { .name = "../x", .size = SZ_64K }, MINI_MM_WHY_NAME },
	{ "a letter beyond ASCII", { .name = "\xe4rger", .size = SZ_64K }, MINI_MM_WHY_NAME },
	{ "16 letters", { .name = { [0 ... 15] = 'n' }, .size = SZ_64K }, MINI_MM_WHY_NAME_LONG },
	{ "a taken name", { .name = "default", .size = SZ_64K }, MINI_MM_WHY_NAME_TAKEN },
	{ "no size", { .name = "kunit-no" }, MINI_MM_WHY_SIZE },
	{ "half a page more", { .name = "kunit-no", .size = SZ_64K + 2048 }, MINI_MM_WHY_SIZE },
	{ "a page more than can be named",
	  { .name = "kunit-no", .size = 0x1000000ULL << PAGE_SHIFT }, MINI_MM_WHY_SIZE },
	{ "as large as it gets", { .name = "kunit-no", .size = -PAGE_SIZE }, MINI_MM_WHY_SIZE },
	{ "flag ZERO", { .name = "kunit-no", .size = SZ_64K, .flags = MINI_MM_ZERO },
	  MINI_MM_WHY_FLAGS },
	{ "the highest flag",
	  { .name = "kunit-no", .size = SZ_64K, .flags = BIT(31) | MINI_MM_KEEP },
	  MINI_MM_WHY_FLAGS },
	{ "a reserved field", { .name = "kunit-no", .size = SZ_64K, .reserved = { 1 } },
	  MINI_MM_WHY_RESERVED },
	{ "the last reserved field",
	  { .name = "kunit-no", .size = SZ_64K, .reserved = { [1] = 1ULL << 63 } },
	  MINI_MM_WHY_RESERVED },
	{ "more events than a log may have",
	  { .name = "kunit-no", .size = SZ_64K, .log_events = MINI_MM_LOG_MAX + 1 },
	  MINI_MM_WHY_COUNT },
	{ "as many events as can be said",
	  { .name = "kunit-no", .size = SZ_64K, .log_events = U32_MAX }, MINI_MM_WHY_COUNT },
	{ "an unknown engine", { .name = "kunit-no", .size = SZ_64K, .page_engine = "eagle" },
	  MINI_MM_WHY_ENGINE },
	{ "an engine without an end",
	  { .name = "kunit-no", .size = SZ_64K, .page_engine = { [0 ... 15] = 'e' } },
	  MINI_MM_WHY_ENGINE },
	{ "an unknown placement", { .name = "kunit-no", .size = SZ_64K, .placement = "fifo" },
	  MINI_MM_WHY_ENGINE },
	{ "a placement without an end",
	  { .name = "kunit-no", .size = SZ_64K, .placement = { [0 ... 15] = 'l' } },
	  MINI_MM_WHY_ENGINE },
	{ "an unknown letter", { .name = "kunit-no", .size = SZ_64K, .debug = "FZX" },
	  MINI_MM_WHY_DEBUG },
	{ "a small letter", { .name = "kunit-no", .size = SZ_64K, .debug = "v" },
	  MINI_MM_WHY_DEBUG },
	{ "letters without an end",
	  { .name = "kunit-no", .size = SZ_64K, .debug = { [0 ... 15] = 'V' } },
	  MINI_MM_WHY_DEBUG },
};

static void arenas_that_cannot_be_are_not_made(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_arenas); i++) {
		const struct refused_arena *refused = &refused_arenas[i];
		struct mini_mm_arena_create create = refused->create;
		long result = mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &create);

		mini_expect_refused(test, refused->what, refused->why, result, create.why);
		KUNIT_EXPECT_EQ_MSG(test, 0, create.id, "%s", refused->what);
	}
}

static void a_region_larger_than_memory_says_what_there_is(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_create create = { .name = "kunit-no",
					       .size = totalram_pages() << PAGE_SHIFT };
	const struct mini_client_limits limits = mini_client_limits;
	u32 total_mb = create.size >> 20;

	if (totalram_pages() > MINI_CORE_MAX_PAGES)
		kunit_skip(test, "this machine has more memory than an arena can name");
	/* No quota comes first. */
	mini_client_limits.mb = 2 * total_mb;
	mini_client_limits.total_mb = 2 * total_mb;
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &create));
	mini_client_limits = limits;
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NO_REGION, create.why);
	KUNIT_EXPECT_GE(test, create.longest_mb, 4);
	KUNIT_EXPECT_LE(test, create.longest_mb, total_mb / 2);
}

static void a_fatal_signal_ends_the_search_for_a_region(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_create create = { .name = "kunit-no", .size = SZ_64K };

	allow_signal(SIGKILL);
	send_sig(SIGKILL, current, 1);
	KUNIT_EXPECT_EQ(test, -EINTR,
			mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &create));
	flush_signals(current);
	disallow_signal(SIGKILL);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_INTERRUPTED, create.why);
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &create));
}

/* --- making caches --------------------------------------------------------------------------- */

static const struct refused_cache {
	const char *what;
	struct mini_mm_cache_create create; /* in the case's arena, unless it names one */
	u32 why;
} refused_caches[] = {
	{ "an empty name", { .size = 64 }, MINI_MM_WHY_NAME },
	{ "a blank in the name", { .name = "two words", .size = 64 }, MINI_MM_WHY_NAME },
	{ "a colon in the name", { .name = "a:b", .size = 64 }, MINI_MM_WHY_NAME },
	{ "32 letters", { .name = { [0 ... 31] = 'n' }, .size = 64 }, MINI_MM_WHY_NAME_LONG },
	{ "a taken name", { .name = "taken", .size = 64 }, MINI_MM_WHY_NAME_TAKEN },
	{ "an arena that is not there", { .name = "no", .size = 64, .arena = 0x7fffffff },
	  MINI_MM_WHY_NO_ARENA },
	{ "size 0", { .name = "no" }, MINI_MM_WHY_SIZE },
	{ "size 7", { .name = "no", .size = 7 }, MINI_MM_WHY_SIZE },
	{ "size 8193", { .name = "no", .size = 8193 }, MINI_MM_WHY_SIZE },
	{ "size 4294967295", { .name = "no", .size = U32_MAX }, MINI_MM_WHY_SIZE },
	{ "alignment 3", { .name = "no", .size = 64, .align = 3 }, MINI_MM_WHY_ALIGN },
	{ "alignment 8192", { .name = "no", .size = 64, .align = 8192 }, MINI_MM_WHY_ALIGN },
	{ "alignment 2147483648", { .name = "no", .size = 64, .align = BIT(31) },
	  MINI_MM_WHY_ALIGN },
	{ "flag ZERO", { .name = "no", .size = 64, .flags = MINI_MM_ZERO }, MINI_MM_WHY_FLAGS },
	{ "the highest flag", { .name = "no", .size = 64, .flags = BIT(31) }, MINI_MM_WHY_FLAGS },
	{ "a reserved field", { .name = "no", .size = 64, .reserved = { 1 } },
	  MINI_MM_WHY_RESERVED },
	{ "the last reserved field", { .name = "no", .size = 64, .reserved = { [3] = 1 } },
	  MINI_MM_WHY_RESERVED },
};

static void caches_that_cannot_be_are_not_made(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	int i;

	mini_call_cache(test, client, arena->id, "taken", 64, 0);
	for (i = 0; i < ARRAY_SIZE(refused_caches); i++) {
		const struct refused_cache *refused = &refused_caches[i];
		struct mini_mm_cache_create create = refused->create;
		long result;

		create.arena = create.arena ?: arena->id;
		result = mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_CREATE, &create);
		mini_expect_refused(test, refused->what, refused->why, result, create.why);
		KUNIT_EXPECT_EQ_MSG(test, 0, create.id, "%s", refused->what);
		KUNIT_EXPECT_EQ_MSG(test, 1, arena->nr_caches, "%s", refused->what);
	}
}

/* --- calls with a target --------------------------------------------------------------------- */

static const struct target_call {
	const char *what;
	unsigned int command;
	u32 why_unknown;
} target_calls[] = {
	{ "ARENA_RESET", MINI_MM_IOC_ARENA_RESET, MINI_MM_WHY_NO_ARENA },
	{ "ARENA_DESTROY", MINI_MM_IOC_ARENA_DESTROY, MINI_MM_WHY_NO_ARENA },
	{ "CACHE_SHRINK", MINI_MM_IOC_CACHE_SHRINK, MINI_MM_WHY_NO_CACHE },
	{ "CACHE_DESTROY", MINI_MM_IOC_CACHE_DESTROY, MINI_MM_WHY_NO_CACHE },
};

KUNIT_ARRAY_PARAM_DESC(target_call, target_calls, what);

static const struct refused_target {
	const char *what;
	struct mini_mm_target target; /* with the right id, unless it has one */
	u32 why;		      /* 0 for the call's why_unknown */
} refused_targets[] = {
	{ "an id that is not there", { .id = 0x7fffffff } },
	{ "the last id", { .id = U32_MAX } },
	{ "a flag", { .flags = 1 }, MINI_MM_WHY_FLAGS },
	{ "the last flag", { .flags = BIT(31) }, MINI_MM_WHY_FLAGS },
	{ "a reserved field", { .reserved = { 1 } }, MINI_MM_WHY_RESERVED },
	{ "the last reserved field", { .reserved = { 0, 1 } }, MINI_MM_WHY_RESERVED },
};

static void calls_with_a_target_want_its_id_and_zeros(struct kunit *test)
{
	const struct target_call *call = test->param_value;
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_cache *cache = mini_kunit_cache(test, arena, 64, 0);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 id = call->why_unknown == MINI_MM_WHY_NO_ARENA ? arena->id : cache->id;
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_targets); i++) {
		const struct refused_target *refused = &refused_targets[i];
		struct mini_mm_target target = refused->target;
		long result;

		target.id = target.id ?: id;
		result = mini_kunit_ioctl(test, client, call->command, &target);
		mini_expect_refused(test, refused->what, refused->why ?: call->why_unknown, result,
				    target.why);
		KUNIT_EXPECT_EQ(test, 1, arena->nr_caches);
	}
}

static void the_default_arena_goes_only_with_the_module(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	u32 id = mini_default_arena->id;
	struct mini_mm_target target;

	KUNIT_EXPECT_EQ(test, -EPERM,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, id, &target));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_DEFAULT, target.why);
	/* Not through the kernel API either. */
	mini_arena_destroy(mini_default_arena);
	KUNIT_EXPECT_NOT_NULL(test, mini_default_arena);
	KUNIT_EXPECT_EQ(test, -EPERM,
			mini_call_target(test, client, MINI_MM_IOC_ARENA_DESTROY, id, &target));
}

/* --- calls that look ------------------------------------------------------------------------- */

union look {
	struct mini_mm_arena_info arena;
	struct mini_mm_cache_info cache;
	struct mini_mm_handle_info handle;
};

static const struct refused_look {
	const char *what;
	unsigned int command;
	union look argument;
	u32 why;
} refused_looks[] = {
	{ "arena: lookup 3", MINI_MM_IOC_ARENA_INFO, { .arena = { .lookup = 3 } },
	  MINI_MM_WHY_OPCODE },
	{ "arena: lookup 4294967295", MINI_MM_IOC_ARENA_INFO, { .arena = { .lookup = U32_MAX } },
	  MINI_MM_WHY_OPCODE },
	{ "arena: id 0", MINI_MM_IOC_ARENA_INFO, { .arena = { } }, MINI_MM_WHY_NO_ARENA },
	{ "arena: an id that is not there", MINI_MM_IOC_ARENA_INFO, { .arena = { .id = U32_MAX } },
	  MINI_MM_WHY_NO_ARENA },
	{ "arena: a name that is not there", MINI_MM_IOC_ARENA_INFO,
	  { .arena = { .lookup = MINI_MM_LOOKUP_NAME, .name = "kunit-no" } },
	  MINI_MM_WHY_NO_ARENA },
	{ "arena: a name without an end", MINI_MM_IOC_ARENA_INFO,
	  { .arena = { .lookup = MINI_MM_LOOKUP_NAME, .name = { [0 ... 15] = 'n' } } },
	  MINI_MM_WHY_NAME_LONG },
	{ "cache: lookup 3", MINI_MM_IOC_CACHE_INFO, { .cache = { .lookup = 3 } },
	  MINI_MM_WHY_OPCODE },
	{ "cache: id 0", MINI_MM_IOC_CACHE_INFO, { .cache = { } }, MINI_MM_WHY_NO_CACHE },
	{ "cache: a name that is not there", MINI_MM_IOC_CACHE_INFO,
	  { .cache = { .lookup = MINI_MM_LOOKUP_NAME, .name = "mini_mm_kunit_no" } },
	  MINI_MM_WHY_NO_CACHE },
	{ "cache: a name without an end", MINI_MM_IOC_CACHE_INFO,
	  { .cache = { .lookup = MINI_MM_LOOKUP_NAME, .name = { [0 ... 47] = 'n' } } },
	  MINI_MM_WHY_NAME_LONG },
	{ "cache: a reserved field", MINI_MM_IOC_CACHE_INFO,
	  { .cache = { .reserved = { [3] = 1 } } }, MINI_MM_WHY_RESERVED },
	{ "cache: the other reserved field", MINI_MM_IOC_CACHE_INFO,
	  { .cache = { .reserved0 = 1 } }, MINI_MM_WHY_RESERVED },
	{ "handle: lookup by name", MINI_MM_IOC_HANDLE_INFO,
	  { .handle = { .lookup = MINI_MM_LOOKUP_NAME } }, MINI_MM_WHY_OPCODE },
	{ "handle: 0", MINI_MM_IOC_HANDLE_INFO, { .handle = { } }, MINI_MM_WHY_NO_HANDLE },
	{ "handle: one that is not there", MINI_MM_IOC_HANDLE_INFO,
	  { .handle = { .handle = U64_MAX } }, MINI_MM_WHY_NO_HANDLE },
	{ "handle: a reserved field", MINI_MM_IOC_HANDLE_INFO,
	  { .handle = { .reserved = { [3] = 1 } } }, MINI_MM_WHY_RESERVED },
	{ "handle: the other reserved field", MINI_MM_IOC_HANDLE_INFO,
	  { .handle = { .reserved0 = 1 } }, MINI_MM_WHY_RESERVED },
};

static u32 reason(unsigned int command, const union look *argument)
{
	switch (command) {
	case MINI_MM_IOC_ARENA_INFO:
		return argument->arena.why;
	case MINI_MM_IOC_CACHE_INFO:
		return argument->cache.why;
	default:
		return argument->handle.why;
	}
}

static void what_is_not_there_is_not_described(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_looks); i++) {
		const struct refused_look *refused = &refused_looks[i];
		union look argument = refused->argument;
		long result = mini_kunit_ioctl(test, client, refused->command, &argument);

		mini_expect_refused(test, refused->what, refused->why, result,
				    reason(refused->command, &argument));
	}
}

static const struct refused_read {
	const char *what;
	struct mini_mm_read read; /* of a block of a page, unless it names one */
	u32 why;
} refused_reads[] = {
	{ "nothing", { }, MINI_MM_WHY_RANGE },
	{ "a byte too many", { .length = PAGE_SIZE + 1 }, MINI_MM_WHY_RANGE },
	{ "the last byte and one more", { .offset = PAGE_SIZE - 1, .length = 2 },
	  MINI_MM_WHY_RANGE },
	{ "a byte behind the end", { .offset = PAGE_SIZE, .length = 1 }, MINI_MM_WHY_RANGE },
	{ "round the end of all numbers", { .offset = -1ULL, .length = 2 }, MINI_MM_WHY_RANGE },
	{ "as much as there is not", { .offset = 1, .length = -1ULL }, MINI_MM_WHY_RANGE },
	{ "a flag", { .length = 1, .flags = 1 }, MINI_MM_WHY_FLAGS },
	{ "a reserved field", { .length = 1, .reserved = { 1 } }, MINI_MM_WHY_RESERVED },
	{ "the last reserved field", { .length = 1, .reserved = { 0, 1 } }, MINI_MM_WHY_RESERVED },
	{ "no handle", { .handle = -1ULL, .length = 1 }, MINI_MM_WHY_NO_HANDLE },
};

static void reads_that_cannot_be_are_not_done(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	u64 block = mini_call_alloc_pages(test, client, arena->id, 0, 0);
	void __user *user = mini_kunit_user_pages(test, 2);
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_reads); i++) {
		const struct refused_read *refused = &refused_reads[i];
		struct mini_mm_read read = refused->read;
		long result;

		read.handle = read.handle ?: block;
		read.buffer = (unsigned long)user;
		result = mini_kunit_ioctl(test, client, MINI_MM_IOC_READ, &read);
		mini_expect_refused(test, refused->what, refused->why, result, read.why);
	}
}

static const struct refused_map {
	const char *what;
	struct mini_mm_map map; /* of the case's arena, unless it names one */
	u32 why;
} refused_maps[] = {
	{ "no room", { }, MINI_MM_WHY_COUNT },
	{ "too much room", { .count = MINI_MM_MAP_MAX + 1 }, MINI_MM_WHY_COUNT },
	{ "a flag", { .count = 1, .flags = 1 }, MINI_MM_WHY_FLAGS },
	{ "a reserved field", { .count = 1, .reserved = { 1 } }, MINI_MM_WHY_RESERVED },
	{ "the last reserved field", { .count = 1, .reserved = { 0, 1 } }, MINI_MM_WHY_RESERVED },
	{ "no arena", { .arena = U32_MAX, .count = 1 }, MINI_MM_WHY_NO_ARENA },
};

static void maps_that_cannot_be_are_not_drawn(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, REGION_PAGES);
	struct mini_kunit_client *client = mini_kunit_open(test);
	void __user *user = mini_kunit_user_pages(test, 1);
	int i;

	for (i = 0; i < ARRAY_SIZE(refused_maps); i++) {
		const struct refused_map *refused = &refused_maps[i];
		struct mini_mm_map map = refused->map;
		long result;

		map.arena = map.arena ?: arena->id;
		map.blocks = (unsigned long)user;
		result = mini_kunit_ioctl(test, client, MINI_MM_IOC_MAP, &map);
		mini_expect_refused(test, refused->what, refused->why, result, map.why);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(arenas_that_cannot_be_are_not_made),
	KUNIT_CASE(a_region_larger_than_memory_says_what_there_is),
	KUNIT_CASE(a_fatal_signal_ends_the_search_for_a_region),
	KUNIT_CASE(caches_that_cannot_be_are_not_made),
	KUNIT_CASE_PARAM(calls_with_a_target_want_its_id_and_zeros, target_call_gen_params),
	KUNIT_CASE(the_default_arena_goes_only_with_the_module),
	KUNIT_CASE(what_is_not_there_is_not_described),
	KUNIT_CASE(reads_that_cannot_be_are_not_done),
	KUNIT_CASE(maps_that_cannot_be_are_not_drawn),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_refusals",
	.test_cases = cases,
};

kunit_test_suite(suite);
