// SPDX-License-Identifier: GPL-2.0
#include "fixture.h"

static void an_arena_of_its_own(struct kunit *test)
{
	mini_kunit_expect_whole(test, mini_kunit_arena(test, 64));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_arena_of_its_own),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_concurrency",
	.test_cases = cases,
};

kunit_test_suite(suite);
