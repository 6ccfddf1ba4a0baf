// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_concurrency_close: files that are closed, and arenas that are destroyed, under the hands of
 * others who use them.
 */
#include <linux/file.h>
#include <linux/fs.h>

#include "seat.h"

#define ROUNDS 10
/* Tries of those who use an arena that somebody else takes away. */
#define TRIES 200

/* What is taken away, and through which file. */
struct prey {
	struct mini_kunit_table *table;
	struct mini_kunit_seat owners[ROUNDS];
	u32 arena, cache; /* this round's */
	atomic_t destroyed; /* an arena's id */
	bool told;
};

static struct prey *make_prey(struct kunit *test)
{
	struct prey *prey = kunit_kzalloc(test, sizeof(*prey), GFP_KERNEL);
	int round;

	KUNIT_ASSERT_NOT_NULL(test, prey);
	prey->table = mini_kunit_lay_table(test, 64);
	for (round = 0; round < ROUNDS; round++) {
		prey->owners[round].table = prey->table;
		prey->owners[round].client = mini_kunit_open(test);
	}
	return prey;
}

static u32 count_arenas(struct prey *prey)
{
	struct mini_mm_info info = {};

	return mini_kunit_call(prey->table->seats, MINI_MM_IOC_INFO, &info) ? 0 : info.arenas;
}

static void expect_caught(struct kunit *test, struct prey *prey, u32 arenas)
{
	KUNIT_EXPECT_EQ(test, arenas, count_arenas(prey));
	mini_kunit_clear_table(test, prey->table);
}

/* An arena and a cache that go with their owner's file. */
static void make_arena(struct prey *prey, struct mini_kunit_seat *owner, int round)
{
	struct mini_mm_arena_create arena = { .size = 16 << PAGE_SHIFT };
	struct mini_mm_cache_create cache = { .name = "prey", .size = 64 };

	snprintf(arena.name, sizeof(arena.name), "%s-%d", prey->table->in->name, round);
	atomic_add(mini_kunit_call(owner, MINI_MM_IOC_ARENA_CREATE, &arena), &prey->table->odd);
	cache.arena = arena.id;
	atomic_add(mini_kunit_call(owner, MINI_MM_IOC_CACHE_CREATE, &cache), &prey->table->odd);
	prey->arena = arena.id;
	prey->cache = cache.id;
}

static bool is_gone(const struct mini_mm_op *op)
{
	return op->result == -ENOENT && (op->why == MINI_MM_WHY_NO_ARENA || op->why == MINI_MM_WHY_NO_CACHE);
}

/* Allocates and frees there until it is gone, or often enough. */
static void use_arena(struct mini_kunit_seat *seat, const struct prey *prey)
{
	struct mini_mm_op *op = seat->ops;
	int i;

	for (i = 0; i < TRIES; i++) {
		bool object = i % 2;

		*op = object ? mini_kunit_alloc_object(prey->cache, MINI_MM_KEEP) :
			       mini_kunit_alloc_pages(prey->arena, 0, 0);
		atomic_add(mini_kunit_batch(seat, 1), &seat->table->odd);
		if (is_gone(op))
			return;
		if (op->result) {
			atomic_inc(&seat->table->odd);
			continue;
		}
		*op = mini_kunit_free(op->handle, object);
		atomic_add(mini_kunit_batch(seat, 1) || op->result, &seat->table->odd);
	}
}

/* --- closing ------------------------------------------------------------------------------------------- */

static void close_or_use(struct mini_kunit_thread *thread)
{
	struct prey *prey = thread->data;
	struct mini_kunit_seat *seat = &prey->table->seats[thread->index];
	struct mini_mm_target target;
	long error;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		if (!thread->index)
			make_arena(prey, &prey->owners[round], round);
		mini_kunit_meet(thread);
		if (thread->index)
			use_arena(seat, prey);
		else
			mini_kunit_close(thread->test, prey->owners[round].client);
		mini_kunit_meet(thread);
		if (thread->index)
			continue;
		/* What was in use when its owner went has stayed, and is of nobody. */
		target = (struct mini_mm_target){ .id = prey->arena };
		error = mini_kunit_call(seat, MINI_MM_IOC_ARENA_DESTROY, &target);
		atomic_add(error && error != -ENOENT, &prey->table->odd);
	}
}

static void an_arena_may_go_with_its_file_while_others_use_it(struct kunit *test)
{
	struct prey *prey = make_prey(test);
	u32 arenas = count_arenas(prey);

	mini_kunit_run(test, close_or_use, prey);
	expect_caught(test, prey, arenas);
}

/* --- one file of all ------------------------------------------------------------------------------------ */

/* The threads' seats are at the same file: who puts it last closes it. */
static void share_a_file(struct kunit *test, struct mini_kunit_table *table)
{
	struct mini_kunit_client *first = mini_kunit_open(test);
	unsigned int nr = mini_kunit_team_size();
	struct mini_kunit_client *clients = kunit_kcalloc(test, nr, sizeof(*clients), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, clients);
	for (i = 0; i < nr; i++) {
		clients[i].page = table->seats[i].client->page;
		clients[i].file = get_file(first->file);
		table->seats[i].client = &clients[i];
	}
	mini_kunit_close(test, first);
}

static void hold_and_put(struct mini_kunit_thread *thread)
{
	struct mini_kunit_seat *seat = mini_kunit_seat_of(thread);
	struct mini_kunit_table *table = seat->table;
	int i, j;

	for (i = 0; i < 10; i++) {
		for (j = 0; j < 4; j++)
			seat->ops[j] = j % 2 ? mini_kunit_alloc_object(table->cache, 0) :
					       mini_kunit_alloc_pages(table->arena, 0, 0);
		atomic_add(mini_kunit_batch(seat, 4), &table->odd);
		for (j = 0; j < 4; j++)
			atomic_add(!!seat->ops[j].result, &table->odd);
	}
	__fput_sync(seat->client->file);
}

static void what_all_threads_hold_goes_with_their_file(struct kunit *test)
{
	struct mini_kunit_table *table = mini_kunit_lay_table(test, 64 * mini_kunit_team_size());
	u32 clients = mini_clients_count();

	share_a_file(test, table);
	mini_kunit_run(test, hold_and_put, table);
	KUNIT_EXPECT_EQ(test, clients, mini_clients_count());
	mini_kunit_clear_table(test, table);
}

static void make_a_cache_and_put(struct mini_kunit_thread *thread)
{
	struct mini_kunit_seat *seat = mini_kunit_seat_of(thread);
	struct mini_mm_cache_create create = {
		.arena = seat->table->arena,
		.size = 64,
		.flags = thread->index ? MINI_MM_KEEP : 0,
	};

	snprintf(create.name, sizeof(create.name), "of-thread-%u", thread->index);
	mini_kunit_meet(thread);
	atomic_add(mini_kunit_call(seat, MINI_MM_IOC_CACHE_CREATE, &create), &seat->table->odd);
	__fput_sync(seat->client->file);
}

static void what_any_thread_makes_goes_with_the_file_unless_it_is_kept(struct kunit *test)
{
	struct mini_kunit_table *table = mini_kunit_lay_table(test, 64);

	share_a_file(test, table);
	mini_kunit_run(test, make_a_cache_and_put, table);
	/* The table's own, and those of all threads but the first. */
	KUNIT_EXPECT_EQ(test, mini_kunit_team_size(), table->in->nr_caches);
	mini_kunit_clear_table(test, table);
}

/* --- destroying ---------------------------------------------------------------------------------------- */

static void destroy_or_use(struct mini_kunit_thread *thread)
{
	struct prey *prey = thread->data;
	struct mini_kunit_seat *seat = &prey->table->seats[thread->index];
	struct mini_mm_target target;
	long error;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		if (!thread->index)
			make_arena(prey, seat, round);
		mini_kunit_meet(thread);
		if (thread->index) {
			use_arena(seat, prey);
		} else {
			do {
				target = (struct mini_mm_target){ .id = prey->arena };
				error = mini_kunit_call(seat, MINI_MM_IOC_ARENA_DESTROY, &target);
				atomic_add(error == -EBUSY && !target.live, &prey->table->odd);
				cond_resched();
			} while (error == -EBUSY);
			atomic_add(!!error, &prey->table->odd);
		}
		mini_kunit_meet(thread);
	}
}

static void an_arena_is_destroyed_when_nobody_holds_anything(struct kunit *test)
{
	struct prey *prey = make_prey(test);
	u32 arenas = count_arenas(prey);

	mini_kunit_run(test, destroy_or_use, prey);
	expect_caught(test, prey, arenas);
}

/* One makes an arena, the others destroy it as soon as they find it. */
static void make_or_destroy(struct mini_kunit_thread *thread)
{
	struct prey *prey = thread->data;
	struct mini_kunit_seat *seat = &prey->table->seats[thread->index];
	struct mini_mm_arena_create create = { .name = "short-lived", .size = PAGE_SIZE };
	struct mini_mm_arena_info info;
	struct mini_mm_target target;

	mini_kunit_meet(thread);
	if (!thread->index) {
		atomic_add(mini_kunit_call(seat, MINI_MM_IOC_ARENA_CREATE, &create), &prey->table->odd);
		prey->arena = create.id;
		WRITE_ONCE(prey->told, true);
		return;
	}
	while (!READ_ONCE(prey->told)) {
		info = (struct mini_mm_arena_info){ .lookup = MINI_MM_LOOKUP_NAME, .name = "short-lived" };
		if (mini_kunit_call(seat, MINI_MM_IOC_ARENA_INFO, &info))
			continue;
		target = (struct mini_mm_target){ .id = info.id };
		if (!mini_kunit_call(seat, MINI_MM_IOC_ARENA_DESTROY, &target))
			atomic_set(&prey->destroyed, info.id);
	}
}

static void an_arena_may_be_destroyed_while_its_maker_is_told(struct kunit *test)
{
	struct prey *prey = make_prey(test);
	u32 arenas = count_arenas(prey);
	int round;

	for (round = 0; round < ROUNDS; round++) {
		struct mini_mm_target target = {};

		atomic_set(&prey->destroyed, 0);
		prey->told = false;
		mini_kunit_run(test, make_or_destroy, prey);
		target.id = prey->arena;
		if (atomic_read(&prey->destroyed))
			KUNIT_EXPECT_EQ(test, prey->arena, atomic_read(&prey->destroyed));
		else
			KUNIT_EXPECT_EQ(test, 0L, mini_kunit_call(prey->table->seats, MINI_MM_IOC_ARENA_DESTROY,
								  &target));
	}
	expect_caught(test, prey, arenas);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_arena_may_go_with_its_file_while_others_use_it),
	KUNIT_CASE(what_all_threads_hold_goes_with_their_file),
	KUNIT_CASE(what_any_thread_makes_goes_with_the_file_unless_it_is_kept),
	KUNIT_CASE(an_arena_is_destroyed_when_nobody_holds_anything),
	KUNIT_CASE(an_arena_may_be_destroyed_while_its_maker_is_told),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_concurrency_close",
	.test_cases = cases,
};

kunit_test_suite(suite);
