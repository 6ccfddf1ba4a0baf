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
	MINI_PAGE_NONE = 0xffffff, /* also the bits of a link */
	MINI_PAGE_ORDERS = 16,
	MINI_PAGE_TYPES = 4,
	/* Kinds, as in core/page_map.hpp. */
	MINI_PAGE_KIND_CACHED = 6,
	MINI_PAGE_KIND_ALLOCATED = 15,
};

/* An entry's first word, without the link. */
static inline uint32_t mini_page_head(uint32_t kind, uint32_t order)
{
	return kind << 28 | order << 24;
}

/* Changes one kind into the other where it stands, and leaves link and order. */
#define MINI_PAGE_CACHED_OR_ALLOCATED ((uint32_t)(MINI_PAGE_KIND_ALLOCATED ^ MINI_PAGE_KIND_CACHED) << 28)

/* The payload of an allocated block: which list of a CPU it belongs into. */
static inline size_t mini_page_list_number(size_t order, uint32_t type)
{
	return order * MINI_PAGE_TYPES + type;
}

struct mini_page_chain {
	uint32_t first; /* MINI_PAGE_NONE at its end */
	uint32_t count; /* blocks */
};

static inline struct mini_page_chain mini_page_no_chain(void)
{
	const struct mini_page_chain none = {MINI_PAGE_NONE, 0};

	return none;
}

/* Takes the first block of @chain, which is not empty; it is allocated then. */
static inline uint32_t mini_page_chain_pop(struct mini_page_chain *chain, struct mini_page_entry *map, uint32_t order)
{
	const uint32_t page = chain->first;

	chain->first = mini_once(map[page].head) & MINI_PAGE_NONE;
	mini_set(chain->count, chain->count - 1);
	mini_set(map[page].head, mini_page_head(MINI_PAGE_KIND_ALLOCATED, order));
	return page;
}

/* Links an allocated block in front of @chain. */
static inline void mini_page_chain_push(struct mini_page_chain *chain, struct mini_page_entry *map, uint32_t page,
					uint32_t order)
{
	mini_set(map[page].head, mini_page_head(MINI_PAGE_KIND_CACHED, order) | chain->first);
	chain->first = page;
	mini_set(chain->count, chain->count + 1);
}

/* Whether @page, a link of the map of @pages, names a block that waits in a chain of @order. */
static inline int mini_page_is_cached(const struct mini_page_entry *map, uint32_t pages, uint32_t page, uint32_t order)
{
	return page < pages && mini_once(map[page].head) >> 24 == MINI_PAGE_KIND_CACHED * 16 + order;
}

/* Of one order and type; the previous chain stands elsewhere. */
struct mini_page_list {
	uint32_t first;	   /* of the loaded chain */
	int32_t filled;	   /* blocks in it, less its capacity and 1: 0 is one too many */
	uint32_t head;	   /* what the entry of a block in it is, without the link */
	uint32_t capacity; /* blocks in a chain; 0 turns the list off */
};

struct mini_page_cpu {
	struct mini_page_list lists[MINI_PAGE_ORDERS * MINI_PAGE_TYPES]; /* by mini_page_list_number() */
	struct mini_window window;
	uint64_t allocations; /* by mini_page_take(); what there is now says how many were freed */
	struct mini_page_chain previous[MINI_PAGE_ORDERS * MINI_PAGE_TYPES];
};

/* Blocks of the loaded chain. */
static inline uint32_t mini_page_list_count(const struct mini_page_list *list)
{
	return mini_once(list->capacity) + 1 + (uint32_t)mini_once(list->filled);
}

/* A block of the loaded chain, now allocated, or MINI_PAGE_NONE. Inside of the window, or as mini_page_load(). */
static inline uint32_t mini_page_take(struct mini_page_cpu *cpu, struct mini_page_list *list,
				      struct mini_page_entry *map)
{
	const uint32_t page = list->first;

	if (mini_likely(page != MINI_PAGE_NONE)) {
		struct mini_page_entry *entry = &map[page];

		list->first = mini_once(entry->head) & MINI_PAGE_NONE;
		mini_decrement(&list->filled);
		mini_flip(&entry->head, MINI_PAGE_CACHED_OR_ALLOCATED);
		mini_add(&cpu->allocations, 1);
	}
	return page;
}

/* Kind and order of a block. */
static inline uint32_t mini_page_state(const struct mini_page_entry *entry)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return mini_once(((const uint8_t *)&entry->head)[3]);
#else
	return mini_once(entry->head) >> 24;
#endif
}

/* Whether the block at @entry is allocated and of @order, which may be any number. */
static inline bool mini_page_is_allocated(const struct mini_page_entry *entry, uint64_t order)
{
	/* In 64 bits, where no order makes the sum wrap around to another kind. */
	return mini_page_state(entry) == MINI_PAGE_KIND_ALLOCATED * 16 + order;
}

/* Takes the allocated block at @entry back. False: the loaded chain is full. As mini_page_take(). */
static inline bool mini_page_give(struct mini_page_cpu *cpu, struct mini_page_entry *entry, uint32_t page)
{
	struct mini_page_list *list = &cpu->lists[entry->payload];

	mini_hide(list);
	if (!mini_likely(!mini_becomes_zero(&list->filled))) {
		mini_decrement(&list->filled);
		return false;
	}
	mini_set(entry->head, list->head | list->first);
	list->first = page;
	return true;
}

/* --- with interrupts off, and the window not busy --------------------------------------------------------- */

/* Puts @chain in the place of the loaded one, which is returned. */
static inline struct mini_page_chain mini_page_load(struct mini_page_list *list, struct mini_page_chain chain)
{
	const struct mini_page_chain before = {list->first, mini_page_list_count(list)};

	list->first = chain.first;
	mini_set(list->filled, (int32_t)(chain.count - list->capacity) - 1);
	return before;
}

#endif /* MINI_MM_PERCPU_PAGE_LIST_H */
