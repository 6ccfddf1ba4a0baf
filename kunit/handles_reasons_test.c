// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_handles_reasons: the errno of each reason, what names may look like, and the limits
 * that keep a client from taking the kernel's memory.
 */
#include "calls.h"

/* --- reasons --------------------------------------------------------------------------------- */

static const int errnos[] = {
	[MINI_MM_WHY_NONE] = 0,
	[MINI_MM_WHY_OPCODE] = -EINVAL,
	[MINI_MM_WHY_FLAGS] = -EINVAL,
	[MINI_MM_WHY_RESERVED] = -EINVAL,
	[MINI_MM_WHY_COUNT] = -EINVAL,
	[MINI_MM_WHY_FAULT] = -EFAULT,
	[MINI_MM_WHY_ORDER] = -EINVAL,
	[MINI_MM_WHY_SIZE] = -EINVAL,
	[MINI_MM_WHY_ALIGN] = -EINVAL,
	[MINI_MM_WHY_NAME] = -EINVAL,
	[MINI_MM_WHY_NAME_LONG] = -ENAMETOOLONG,
	[MINI_MM_WHY_NAME_TAKEN] = -EEXIST,
	[MINI_MM_WHY_NO_ARENA] = -ENOENT,
	[MINI_MM_WHY_NO_CACHE] = -ENOENT,
	[MINI_MM_WHY_NO_HANDLE] = -ENOENT,
	[MINI_MM_WHY_NOT_YOURS] = -EACCES,
	[MINI_MM_WHY_NOT_PAGES] = -EBADF,
	[MINI_MM_WHY_NOT_OBJECT] = -EBADF,
	[MINI_MM_WHY_RANGE] = -ERANGE,
	[MINI_MM_WHY_FULL] = -ENOMEM,
	[MINI_MM_WHY_NO_MEMORY] = -ENOMEM,
	[MINI_MM_WHY_NO_REGION] = -ENOMEM,
	[MINI_MM_WHY_LIVE] = -EBUSY,
	[MINI_MM_WHY_MAPPED] = -EBUSY,
	[MINI_MM_WHY_DEFAULT] = -EPERM,
	[MINI_MM_WHY_ENGINE] = -EINVAL,
	[MINI_MM_WHY_DEBUG] = -EINVAL,
	[MINI_MM_WHY_MISMATCH] = -EILSEQ,
	[MINI_MM_WHY_INTERRUPTED] = -EINTR,
	[MINI_MM_WHY_LIMIT] = -ENOSPC,
	[MINI_MM_WHY_CORRUPT] = -EUCLEAN,
	[MINI_MM_WHY_UNSUPPORTED] = -EOPNOTSUPP,
	[MINI_MM_WHY_TOO_LARGE] = -EMSGSIZE,
	[MINI_MM_WHY_NO_LOG] = -ENODATA,
	[MINI_MM_WHY_REPLAY] = -EBUSY,
	[MINI_MM_WHY_SLOT] = -EINVAL,
};

static void each_reason_has_the_errno_that_the_header_says(struct kunit *test)
{
	u32 why;
	int i;

	for (i = 0; i < ARRAY_SIZE(errnos); i++) {
		why = 4711;
		KUNIT_EXPECT_EQ_MSG(test, errnos[i], mini_refuse(&why, i), "reason %d", i);
		KUNIT_EXPECT_EQ(test, i, why);
		/* Nobody has to want to know why. */
		KUNIT_EXPECT_EQ_MSG(test, errnos[i], mini_refuse(NULL, i), "reason %d", i);
	}
}

static const struct core_error {
	int error;
	u32 why;
} core_errors[] = {
	{ MINI_CORE_NO_FREE_BLOCK, MINI_MM_WHY_FULL },
	{ MINI_CORE_INJECTED, MINI_MM_WHY_FULL },
	{ MINI_CORE_BAD_ORDER, MINI_MM_WHY_ORDER },
	{ MINI_CORE_BAD_SIZE, MINI_MM_WHY_SIZE },
	{ MINI_CORE_BAD_ALIGNMENT, MINI_MM_WHY_ALIGN },
	{ MINI_CORE_IN_USE, MINI_MM_WHY_LIVE },
	{ MINI_CORE_UNSUPPORTED, MINI_MM_WHY_UNSUPPORTED },
	{ MINI_CORE_TOO_LARGE, MINI_MM_WHY_TOO_LARGE },
	/* A handle names only what is allocated: these would be damage. */
	{ MINI_CORE_OUTSIDE, MINI_MM_WHY_CORRUPT },
	{ MINI_CORE_NOT_ALLOCATED, MINI_MM_WHY_CORRUPT },
	{ MINI_CORE_DOUBLE_FREE, MINI_MM_WHY_CORRUPT },
	{ MINI_CORE_WRONG_ORDER, MINI_MM_WHY_CORRUPT },
	{ MINI_CORE_WRONG_KIND, MINI_MM_WHY_CORRUPT },
	{ MINI_CORE_WRONG_CACHE, MINI_MM_WHY_CORRUPT },
	{ MINI_CORE_NOT_AN_OBJECT, MINI_MM_WHY_CORRUPT },
	{ MINI_CORE_CORRUPT, MINI_MM_WHY_CORRUPT },
};

static void each_error_of_the_core_has_its_reason(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(core_errors); i++) {
		u32 why = 4711;
		int error = mini_refuse_core(&why, core_errors[i].error);

		KUNIT_EXPECT_EQ_MSG(test, core_errors[i].why, why, "core error %d",
				    core_errors[i].error);
		KUNIT_EXPECT_EQ(test, errnos[core_errors[i].why], error);
	}
}

/* --- names ----------------------------------------------------------------------------------- */

static bool may_be_in_a_name(int byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       (byte >= '0' && byte <= '9') || byte == '_' || byte == '-' || byte == '.';
}

static void names_have_letters_digits_and_three_signs(struct kunit *test)
{
	char name[] = "a?z";
	int byte;

	for (byte = 1; byte < 256; byte++) {
		u32 why = MINI_MM_WHY_NONE;

		name[1] = byte;
		KUNIT_EXPECT_EQ_MSG(test, may_be_in_a_name(byte) ? 0 : -EINVAL,
				    mini_check_name(name, sizeof(name), &why), "byte %d", byte);
		KUNIT_EXPECT_EQ_MSG(test,
				    may_be_in_a_name(byte) ? MINI_MM_WHY_NONE : MINI_MM_WHY_NAME,
				    why, "byte %d", byte);
	}
}

static void names_have_one_letter_at_least_and_an_end(struct kunit *test)
{
	u32 why;

	KUNIT_EXPECT_EQ(test, -EINVAL, mini_check_name("", 4, &why));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NAME, why);
	KUNIT_EXPECT_EQ(test, 0, mini_check_name("a", 4, NULL));
	KUNIT_EXPECT_EQ(test, 0, mini_check_name("abc", 4, NULL));
	KUNIT_EXPECT_EQ(test, -ENAMETOOLONG, mini_check_name("abcd", 4, &why));
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_NAME_LONG, why);
	/* What is behind the end does not count. */
	KUNIT_EXPECT_EQ(test, 0, mini_check_name("a\0??", 4, NULL));
}

/* --- limits ---------------------------------------------------------------------------------- */

/*
 * Counts up to one below the limit without making anything: so many arenas would take the test
 * machine's memory. A moment long nobody else can make more than one.
 */
static u32 pretend_that_there_are_more(u32 *counter, u32 limit)
{
	u32 more;

	down_write(&mini_registry);
	more = limit - 1 - *counter;
	*counter += more;
	up_write(&mini_registry);
	return more;
}

static void end_pretending(u32 *counter, u32 more)
{
	down_write(&mini_registry);
	*counter -= more;
	up_write(&mini_registry);
}

static void there_are_no_more_arenas_than_the_limit(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_create first = { .name = "kunit-last", .size = PAGE_SIZE };
	struct mini_mm_arena_create second = { .name = "kunit-toomany", .size = PAGE_SIZE };
	u32 more = pretend_that_there_are_more(&mini_nr_arenas, MINI_MAX_ARENAS);
	long results[2];

	results[0] = mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &first);
	results[1] = mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &second);
	end_pretending(&mini_nr_arenas, more);
	KUNIT_EXPECT_EQ(test, 0, results[0]);
	KUNIT_EXPECT_EQ(test, -ENOSPC, results[1]);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_LIMIT, second.why);
}

static void there_are_no_more_caches_than_the_limit(struct kunit *test)
{
	struct mini_arena *arena = mini_kunit_arena(test, 1);
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_cache_create first = { .name = "last", .arena = arena->id, .size = 64 };
	struct mini_mm_cache_create second = { .name = "too-many", .arena = arena->id, .size = 64 };
	u32 more = pretend_that_there_are_more(&mini_nr_caches, MINI_MAX_CACHES);
	long results[2];

	results[0] = mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_CREATE, &first);
	results[1] = mini_kunit_ioctl(test, client, MINI_MM_IOC_CACHE_CREATE, &second);
	end_pretending(&mini_nr_caches, more);
	KUNIT_EXPECT_EQ(test, 0, results[0]);
	KUNIT_EXPECT_EQ(test, -ENOSPC, results[1]);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_LIMIT, second.why);
	KUNIT_EXPECT_EQ(test, 1, arena->nr_caches);
}

static void a_region_is_no_larger_than_max_region_mb(struct kunit *test)
{
	struct mini_kunit_client *client = mini_kunit_open(test);
	struct mini_mm_arena_create create = { .name = "kunit-large", .size = SZ_2M };
	struct mini_mm_info info;
	unsigned int before = mini_max_region_mb;
	long results[2];

	mini_max_region_mb = 1;
	results[0] = mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &create);
	KUNIT_EXPECT_EQ(test, MINI_MM_WHY_SIZE, create.why);
	create.size = SZ_1M;
	results[1] = mini_kunit_ioctl(test, client, MINI_MM_IOC_ARENA_CREATE, &create);
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_ioctl(test, client, MINI_MM_IOC_INFO, &info));
	mini_max_region_mb = before;
	KUNIT_EXPECT_EQ(test, -EINVAL, results[0]);
	KUNIT_EXPECT_EQ(test, 0, results[1]);
	KUNIT_EXPECT_EQ(test, 1, info.max_region_mb);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_reason_has_the_errno_that_the_header_says),
	KUNIT_CASE(each_error_of_the_core_has_its_reason),
	KUNIT_CASE(names_have_letters_digits_and_three_signs),
	KUNIT_CASE(names_have_one_letter_at_least_and_an_end),
	KUNIT_CASE(there_are_no_more_arenas_than_the_limit),
	KUNIT_CASE(there_are_no_more_caches_than_the_limit),
	KUNIT_CASE(a_region_is_no_larger_than_max_region_mb),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_handles_reasons",
	.test_cases = cases,
};

kunit_test_suite(suite);
