// SPDX-License-Identifier: GPL-2.0
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "seat.h"

long mini_kunit_call(struct mini_kunit_seat *seat, unsigned int command, void *argument)
{
	void __user *user = seat->client->page;
	struct file *file = seat->client->file;
	size_t size = _IOC_SIZE(command);
	long result;

	if (copy_to_user(user, argument, size))
		return -EFAULT;
	result = file->f_op->unlocked_ioctl(file, command, (unsigned long)user);
	return copy_from_user(argument, user, size) ? -EFAULT : result;
}

/* The operations lie in the user's page behind the call's own structure. */
long mini_kunit_batch(struct mini_kunit_seat *seat, u32 count)
{
	void __user *user = seat->client->page + sizeof(struct mini_mm_batch);
	struct mini_mm_batch batch = { .ops = (unsigned long)user, .count = count };
	size_t size = count * sizeof(struct mini_mm_op);
	long result;

	BUILD_BUG_ON(sizeof(batch) + sizeof(seat->ops) > PAGE_SIZE);
	if (copy_to_user(user, seat->ops, size))
		return -EFAULT;
	result = mini_kunit_call(seat, MINI_MM_IOC_BATCH, &batch);
	return copy_from_user(seat->ops, user, size) ? -EFAULT : result;
}

struct mini_kunit_table *mini_kunit_lay_table(struct kunit *test, unsigned long pages)
{
	struct mini_kunit_table *table = kunit_kzalloc(test, sizeof(*table), GFP_KERNEL);
	unsigned int nr = mini_kunit_team_size();
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, table);
	table->in = mini_kunit_arena_debug(test, pages, "");
	table->of = mini_kunit_cache(test, table->in, 64, 0);
	table->arena = table->in->id;
	table->cache = table->of->id;
	table->seats = kunit_kcalloc(test, nr, sizeof(*table->seats), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, table->seats);
	for (i = 0; i < nr; i++) {
		table->seats[i].table = table;
		table->seats[i].client = mini_kunit_open(test);
	}
	return table;
}

void mini_kunit_clear_table(struct kunit *test, struct mini_kunit_table *table)
{
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&table->odd));
	KUNIT_EXPECT_EQ(test, 0, atomic64_read(&table->in->nr_handles));
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(table->in));
	mini_arena_drain(table->in);
	mini_arena_reap(table->in);
	mini_kunit_expect_whole(test, table->in);
}

void mini_kunit_keep(struct kunit *test, struct mini_kunit_table *table, bool objects)
{
	struct mini_kunit_seat *seat = table->seats;
	int i;

	table->objects = objects;
	for (i = 0; i < MINI_KUNIT_KEPT; i++) {
		seat->ops[0] = objects ? mini_kunit_alloc_object(table->cache, MINI_MM_KEEP) :
					 mini_kunit_alloc_pages(table->arena, 0, MINI_MM_KEEP);
		KUNIT_ASSERT_EQ(test, 0L, mini_kunit_batch(seat, 1));
		KUNIT_ASSERT_EQ(test, 0, seat->ops[0].result);
		table->kept[i] = seat->ops[0].handle;
	}
}

void mini_kunit_free_kept(struct kunit *test, struct mini_kunit_table *table)
{
	struct mini_kunit_seat *seat = table->seats;
	int i;

	for (i = 0; i < MINI_KUNIT_KEPT; i++) {
		seat->ops[0] = mini_kunit_free(table->kept[i], table->objects);
		KUNIT_EXPECT_EQ(test, 0L, mini_kunit_batch(seat, 1));
	}
}
