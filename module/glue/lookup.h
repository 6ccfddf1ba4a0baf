/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which arena an address is in, for frees that name none: lookup.c.
 */
#ifndef MINI_MM_LOOKUP_H
#define MINI_MM_LOOKUP_H

#include <linux/rcupdate.h>

#include "internal.h"

/* mini_registry held for writing; the second waits until nobody looks at the arena any more. */
void mini_lookup_add(struct mini_arena *arena);
void mini_lookup_remove(struct mini_arena *arena);

/* A region; when its arena went, @bytes is 0 and @arena NULL. */
struct mini_span {
	const void *start;
	u64 bytes;
	struct page *first_page;
	struct mini_arena *arena;
};

struct mini_lookup {
	u32 count;
	u32 hint; /* where the last search ended */
	struct mini_span spans[MINI_MAX_ARENAS];
};

extern struct mini_lookup __rcu *mini_lookup;

const struct mini_span *mini_span_search(struct mini_lookup *lookup, const void *address);

/* In an RCU read-side section, for as long as what it gives shall stay; so the next ones. */
static __always_inline struct mini_lookup *mini_lookup_now(void)
{
	return rcu_dereference_check(mini_lookup, rcu_read_lock_sched_held());
}

/* The region that was looked for last. */
static __always_inline const struct mini_span *mini_lookup_hint(const struct mini_lookup *lookup)
{
	return &lookup->spans[READ_ONCE(lookup->hint)];
}

/* NULL when the address is in none. */
static inline struct mini_arena *mini_arena_at(const void *address)
{
	const struct mini_span *span = mini_span_search(mini_lookup_now(), address);

	return span ? READ_ONCE(span->arena) : NULL;
}

#endif /* MINI_MM_LOOKUP_H */
