// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_concurrency_kmalloc: kmalloc on all CPUs at a time, and frees that look for their arena while
 * arenas come and go.
 */
#include <linux/err.h>
#include <linux/sizes.h>

#include "fixture.h"
#include "team.h"

#define STEPS 3000
#define HELD 16
#define ROUNDS 20

struct field {
	struct mini_arena *arena;
	void *blocks[ROUNDS];
	atomic_t odd; /* contents and sizes that should not be */
	atomic_t served;
};

static struct field *make_field(struct kunit *test, unsigned long pages)
{
	struct field *field = kunit_kzalloc(test, sizeof(*field), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, field);
	field->arena = mini_kunit_arena_debug(test, pages, "");
	return field;
}

/* --- everybody on everything -------------------------------------------------------------------------- */

struct holding {
	u8 *at; /* NULL: none */
	size_t size;
	u8 byte;
};

static bool is_whole(const struct holding *held)
{
	return mini_ksize(held->at) >= held->size && !memchr_inv(held->at, held->byte, held->size);
}

/* Small sizes mostly, and some that are served by pages. */
static size_t some_size(struct rnd_state *random)
{
	return 1 + mini_kunit_below(random, mini_kunit_below(random, 8) ? 300 : SZ_32K);
}

static void change(struct field *field, struct holding *held, struct rnd_state *random, u8 byte)
{
	size_t size = some_size(random);
	u8 *at;

	if (held->at && !is_whole(held))
		atomic_inc(&field->odd);
	if (held->at && mini_kunit_below(random, 2)) {
		mini_kfree(held->at);
		held->at = NULL;
		return;
	}
	at = mini_krealloc(field->arena, held->at, size, GFP_KERNEL);
	if (!at)
		return;
	if (held->at && memchr_inv(at, held->byte, min(size, held->size)))
		atomic_inc(&field->odd);
	*held = (struct holding){ at, size, byte };
	memset(at, byte, size);
	atomic_inc(&field->served);
}

static void work_on_everything(struct mini_kunit_thread *thread)
{
	struct field *field = thread->data;
	struct holding held[HELD] = {};
	int i;

	for (i = 0; i < STEPS; i++)
		change(field, &held[mini_kunit_below(&thread->random, HELD)], &thread->random, i * 7 + thread->index);
	for (i = 0; i < HELD; i++)
		mini_kfree(held[i].at);
}

static void what_one_cpu_has_another_does_not_get(struct kunit *test)
{
	struct field *field = make_field(test, 512);

	mini_kunit_run(test, work_on_everything, field);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&field->odd));
	KUNIT_EXPECT_GT(test, atomic_read(&field->served), STEPS / 4);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(field->arena));
	mini_arena_relieve(field->arena);
	mini_kunit_expect_whole(test, field->arena);
}

/* --- one block ------------------------------------------------------------------------------------------ */

static void free_each(struct mini_kunit_thread *thread)
{
	struct field *field = thread->data;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		mini_kunit_meet(thread);
		mini_kfree(field->blocks[i]);
	}
}

static void free_in_a_race(struct kunit *test, size_t size)
{
	struct field *field = make_field(test, 512);
	u32 refused = 0;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		field->blocks[i] = mini_kmalloc(field->arena, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, field->blocks[i]);
	}
	mini_kunit_provoke(field->arena);
	mini_kunit_run(test, free_each, field);
	/* Each CPU may have taken the object into its magazine: it is found when that is flushed. */
	mini_arena_drain(field->arena);
	for (i = 0; i < MINI_REPORTS; i++)
		refused += mini_kunit_reports(field->arena, i);
	KUNIT_EXPECT_EQ(test, ROUNDS * (mini_kunit_team_size() - 1), refused);
	mini_arena_relieve(field->arena);
	mini_kunit_expect_whole(test, field->arena);
}

static void of_frees_of_one_object_one_is_accepted(struct kunit *test)
{
	free_in_a_race(test, 100);
}

static void of_frees_of_one_block_of_pages_one_is_accepted(struct kunit *test)
{
	free_in_a_race(test, SZ_16K);
}

/* --- arenas that come and go ------------------------------------------------------------------------------ */

static void let_arenas_come_and_go(struct mini_kunit_thread *thread)
{
	const struct mini_arena_params params = { .size = SZ_64K, .debug = "" };
	struct field *field = thread->data;
	char name[16];
	int round;

	snprintf(name, sizeof(name), "kunit-guest-%u", thread->index);
	for (round = 0; round < ROUNDS; round++) {
		struct mini_arena *arena = mini_arena_create(name, &params);
		void *object;

		if (IS_ERR(arena)) {
			atomic_inc(&field->odd);
			continue;
		}
		object = mini_kmalloc(arena, 100, GFP_KERNEL);
		mini_kfree(object);
		/* It could not, were the object still there. */
		atomic_add(!object || mini_arena_live(arena), &field->odd);
		mini_arena_destroy(arena);
	}
}

static void make_or_use(struct mini_kunit_thread *thread)
{
	if (thread->index % 2)
		let_arenas_come_and_go(thread);
	else
		work_on_everything(thread);
}

static void frees_find_their_arena_while_others_come_and_go(struct kunit *test)
{
	struct field *field = make_field(test, 512);

	mini_kunit_run(test, make_or_use, field);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&field->odd));
	mini_arena_relieve(field->arena);
	mini_kunit_expect_whole(test, field->arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(what_one_cpu_has_another_does_not_get),
	KUNIT_CASE(of_frees_of_one_object_one_is_accepted),
	KUNIT_CASE(of_frees_of_one_block_of_pages_one_is_accepted),
	KUNIT_CASE(frees_find_their_arena_while_others_come_and_go),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_concurrency_kmalloc",
	.test_cases = cases,
};

kunit_test_suite(suite);
