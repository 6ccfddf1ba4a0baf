/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists of free page blocks of a CPU (or thread), for C11 and C++20: magazines (magazine.h) without arrays. A block
 * that waits in one is `cached` in the page map, and linked to the next one by its entry there, so that a whole list
 * changes hands in O(1), and who frees a block again, or with another order, is seen at once.
 *
 *      CPU:     loaded 17 -> 16 -> 4      previous 80 -> 81 -> 7 -> 12
 *      depot:   33 -> 32 -> 9 -> 8, ...
 *
 * There is one list an order and migrate type; `capacity` 0 turns a list off. Context and window are as for magazines.
 */
#ifndef MINI_MM_PERCPU_PAGE_LIST_H
#define MINI_MM_PERCPU_PAGE_LIST_H

#include "window.h"

/* The page map's entry of a block's first page; core/page_map.hpp says what is in it. */
struct mini_page_entry {
	uint32_t head; /* next:24 order:4 kind:4 */
	uint32_t prev;
	uint32_t payload;
};

enum {
	MINI_PAGE_NONE = 0xffffff,
	MINI_PAGE_ORDERS = 16,
	MINI_PAGE_TYPES = 4,
	/* Kinds, as in core/page_map.hpp. */
	MINI_PAGE_KIND_ALLOCATED = 2,
	MINI_PAGE_KIND_CACHED = 7,
};

/* An entry's first word, without the link. */
static inline uint32_t mini_page_head(uint32_t kind, uint32_t order)
{
	return kind << 28 | order << 24;
}

/* The same of a block that waits in a list, for one that is allocated. */
static inline uint32_t mini_page_cached(uint32_t allocated)
{
	return allocated ^ (MINI_PAGE_KIND_ALLOCATED ^ MINI_PAGE_KIND_CACHED) << 28;
}

struct mini_page_chain {
	uint32_t first; /* MINI_PAGE_NONE at its end */
	uint32_t count; /* blocks */
};

static inline struct mini_page_chain mini_page_no_chain(void)
{
	const struct mini_page_chain none = { MINI_PAGE_NONE, 0 };

	return none;
}

/* Takes the first block of @chain, which is not empty; it is allocated then. */
static inline uint32_t mini_page_chain_pop(struct mini_page_chain *chain, struct mini_page_entry *map, uint32_t order)
{
	const uint32_t page = chain->first;

	chain->first = map[page].head & MINI_PAGE_NONE;
	chain->count--;
	__atomic_store_n(&map[page].head, mini_page_head(MINI_PAGE_KIND_ALLOCATED, order), __ATOMIC_RELAXED);
	return page;
}

/* Links an allocated block in front of @chain. */
static inline void mini_page_chain_push(struct mini_page_chain *chain, struct mini_page_entry *map, uint32_t page,
					uint32_t order)
{
	__atomic_store_n(&map[page].head, mini_page_head(MINI_PAGE_KIND_CACHED, order) | chain->first,
			 __ATOMIC_RELAXED);
	chain->first = page;
	chain->count++;
}

/* Of one order and type. */
struct mini_page_list {
	uint32_t first; /* of the loaded chain */
	uint32_t room;	/* blocks that it can still take */
	uint32_t head;	/* what the entry of an allocated block of this order is */
	uint32_t capacity; /* blocks in a chain; 0 turns the list off */
};

struct mini_page_cpu {
	struct mini_window window;
	uint64_t allocations, frees;
	struct mini_page_list lists[MINI_PAGE_ORDERS][MINI_PAGE_TYPES];
	struct mini_page_chain previous[MINI_PAGE_ORDERS][MINI_PAGE_TYPES];
};

/* A block of the loaded chain, now allocated, or MINI_PAGE_NONE. Inside of the window, or as mini_page_swap(). */
static inline uint32_t mini_page_take(struct mini_page_cpu *cpu, struct mini_page_list *list,
				      struct mini_page_entry *map)
{
	const uint32_t page = list->first;

	if (mini_likely(page != MINI_PAGE_NONE)) {
		struct mini_page_entry *entry = &map[page];

		list->first = entry->head & MINI_PAGE_NONE;
		list->room++;
		__atomic_store_n(&entry->head, list->head, __ATOMIC_RELAXED);
		cpu->allocations++;
	}
	return page;
}

/* Whether the block at @page, in the map, is allocated and of this order. */
static inline bool mini_page_is_allocated(const struct mini_page_entry *entry, uint32_t order)
{
	return mini_once(entry->head) == mini_page_head(MINI_PAGE_KIND_ALLOCATED, order);
}

/* The list where the allocated block at @entry belongs. */
static inline struct mini_page_list *mini_page_list_of(struct mini_page_cpu *cpu, const struct mini_page_entry *entry,
						       uint32_t order)
{
	return &cpu->lists[order][entry->payload % MINI_PAGE_TYPES];
}

/* Takes an allocated block of this list back. False: the loaded chain is full. As mini_page_take(). */
static inline bool mini_page_give(struct mini_page_cpu *cpu, struct mini_page_list *list, struct mini_page_entry *entry,
				  uint32_t page)
{
	if (!mini_likely(list->room))
		return false;
	list->room--;
	__atomic_store_n(&entry->head, mini_page_cached(list->head) | list->first, __ATOMIC_RELAXED);
	list->first = page;
	cpu->frees++;
	return true;
}

/* --- with interrupts off, and the window not busy --------------------------------------------------------- */

/* Puts @chain in the place of the loaded one, which is returned. */
static inline struct mini_page_chain mini_page_load(struct mini_page_list *list, struct mini_page_chain chain)
{
	const struct mini_page_chain before = { list->first, list->capacity - list->room };

	list->first = chain.first;
	list->room = list->capacity - chain.count;
	return before;
}

#endif /* MINI_MM_PERCPU_PAGE_LIST_H */
