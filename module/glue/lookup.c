// SPDX-License-Identifier: GPL-2.0
/*
 * Which arena an address is in, for frees that name none.
 *
 * The regions stand in a table, sorted by address and searched by halving, in any context under RCU. There
 * are two such tables: a change writes the one that nobody reads and makes it the current one. So nothing is
 * allocated and no change can fail. Changes are made under mini_registry.
 */
#include <linux/rcupdate.h>

#include "internal.h"

struct span {
	const void *start;
	const void *end;
	struct mini_arena *arena;
};

struct table {
	u32 count;
	struct span spans[MINI_MAX_ARENAS];
};

static struct table tables[2];
static struct table __rcu *current_table = (struct table __force __rcu *)&tables[0];
/* When this grace period is over, nobody reads the other table any more. */
static unsigned long other_is_free;

static struct table *current_one(void)
{
	return rcu_dereference_protected(current_table, lockdep_is_held(&mini_registry));
}

/* The table that nobody reads, empty. */
static struct table *other_table(void)
{
	struct table *other = current_one() == &tables[0] ? &tables[1] : &tables[0];

	cond_synchronize_rcu_expedited(other_is_free);
	other->count = 0;
	return other;
}

static void make_current(struct table *table)
{
	rcu_assign_pointer(current_table, table);
	other_is_free = get_state_synchronize_rcu();
}

void mini_lookup_add(struct mini_arena *arena)
{
	const void *start = mini_page_address(arena, 0);
	const struct span added = { start, start + (arena->region.nr_pages << PAGE_SHIFT), arena };
	const struct table *old = current_one();
	struct table *new = other_table();
	u32 i;

	lockdep_assert_held_write(&mini_registry);
	for (i = 0; i < old->count && old->spans[i].start < start; i++)
		new->spans[new->count++] = old->spans[i];
	new->spans[new->count++] = added;
	for (; i < old->count; i++)
		new->spans[new->count++] = old->spans[i];
	make_current(new);
}

void mini_lookup_remove(struct mini_arena *arena)
{
	const struct table *old = current_one();
	struct table *new = other_table();
	u32 i;

	lockdep_assert_held_write(&mini_registry);
	for (i = 0; i < old->count; i++)
		if (old->spans[i].arena != arena)
			new->spans[new->count++] = old->spans[i];
	make_current(new);
	cond_synchronize_rcu_expedited(other_is_free);
}

struct mini_arena *mini_arena_at(const void *address)
{
	const struct table *table = rcu_dereference(current_table);
	u32 low = 0, high = table->count;

	while (low < high) {
		u32 middle = (low + high) / 2;
		const struct span *span = &table->spans[middle];

		if (address < span->start)
			high = middle;
		else if (address >= span->end)
			low = middle + 1;
		else
			return span->arena;
	}
	return NULL;
}
