// SPDX-License-Identifier: GPL-2.0
/*
 * Which arena an address is in, for frees that name none.
 *
 * The regions stand in a table, sorted by address and searched by halving, in any context. There are two such
 * tables: an arena that comes is put into the one that nobody reads, which then becomes the current one; an arena
 * that goes is struck out where it stands. So nothing is allocated and no change can fail. Changes are made under
 * mini_registry.
 *
 * Who looks is in an RCU read-side section; with preemption off is one too, as the hot paths have it.
 */
#include <linux/rcupdate.h>

#include "lookup.h"
#include "pages.h"

static struct mini_lookup tables[2];
struct mini_lookup __rcu *mini_lookup = (struct mini_lookup __force __rcu *)&tables[0];
/* Nobody reads the other one any more. */
static bool other_is_free = true;

static struct mini_lookup *current_one(void)
{
	return rcu_dereference_protected(mini_lookup, lockdep_is_held(&mini_registry));
}

/* The table that nobody reads, empty. */
static struct mini_lookup *other_table(void)
{
	struct mini_lookup *other = current_one() == &tables[0] ? &tables[1] : &tables[0];

	if (!other_is_free)
		synchronize_rcu_expedited();
	other->count = 0;
	other->hint = 0;
	return other;
}

/* Those that were struck out are left behind. */
static void copy_span(struct mini_lookup *table, const struct mini_span *span)
{
	if (span->arena)
		table->spans[table->count++] = *span;
}

void mini_lookup_add(struct mini_arena *arena)
{
	const void *start = mini_page_address(arena, 0);
	const struct mini_span added = { start, arena->region.nr_pages << PAGE_SHIFT, arena->first_page, arena };
	const struct mini_lookup *old = current_one();
	struct mini_lookup *new = other_table();
	u32 i;

	lockdep_assert_held_write(&mini_registry);
	for (i = 0; i < old->count && old->spans[i].start < start; i++)
		copy_span(new, &old->spans[i]);
	copy_span(new, &added);
	for (; i < old->count; i++)
		copy_span(new, &old->spans[i]);
	rcu_assign_pointer(mini_lookup, new);
	other_is_free = false;
}

void mini_lookup_remove(struct mini_arena *arena)
{
	struct mini_lookup *table = current_one();
	u32 i;

	lockdep_assert_held_write(&mini_registry);
	for (i = 0; i < table->count; i++)
		if (table->spans[i].arena == arena) {
			/* No address is in it any more: the hot path of mini_kfree() asks for nothing else. */
			WRITE_ONCE(table->spans[i].bytes, 0);
			WRITE_ONCE(table->spans[i].arena, NULL);
		}
	synchronize_rcu_expedited();
	other_is_free = true;
}

const struct mini_span *mini_span_search(struct mini_lookup *lookup, const void *address)
{
	u32 low = 0, high = lookup->count;

	while (low < high) {
		u32 middle = (low + high) / 2;
		const struct mini_span *span = &lookup->spans[middle];

		if (address < span->start) {
			high = middle;
		} else if (address - span->start >= READ_ONCE(span->bytes)) {
			low = middle + 1;
		} else {
			WRITE_ONCE(lookup->hint, middle);
			return span;
		}
	}
	return NULL;
}
