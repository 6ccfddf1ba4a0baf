// SPDX-License-Identifier: GPL-2.0
/*
 * Single pages, many at a time: some of them under each hold of the arena's lock.
 */
#include <linux/highmem.h>
#include <linux/mm.h>

#include "compat.h"
#include "internal.h"

/* What is done under one hold of an arena's lock. */
#define PAGES_AT_ONCE 64

/* Fills entries that are NULL, up to PAGES_AT_ONCE of them. Returns the first entry that was not looked at. */
static unsigned long take(struct mini_arena *arena, gfp_t gfp, unsigned long nr, struct page **pages, int *error)
{
	const struct mini_core_page_request request = mini_page_request(gfp, 0);
	unsigned long flags;
	unsigned long i;
	int taken = 0;
	u32 page;

	*error = MINI_CORE_OK;
	raw_spin_lock_irqsave(&arena->lock, flags);
	for (i = 0; i < nr && taken < PAGES_AT_ONCE; i++) {
		if (pages[i])
			continue;
		*error = mini_core_page_alloc(arena->core, &request, &page);
		if (*error)
			break;
		mini_note_pages_taken(arena, page, 0);
		pages[i] = mini_page(arena, page);
		taken++;
	}
	mini_arena_verify(arena);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	return i;
}

unsigned long mini_alloc_pages_bulk(struct mini_arena *arena, gfp_t gfp, unsigned long nr, struct page **pages)
{
	unsigned long done = 0;
	bool relieved = false;
	unsigned long i;
	int error;

	if (!arena)
		arena = mini_default_arena;
	while (done < nr) {
		unsigned long first = done;

		done += take(arena, gfp, nr - done, pages + done, &error);
		for (i = first; gfp & __GFP_ZERO && i < done; i++)
			clear_highpage(pages[i]);
		if (!error)
			continue;
		/* As for one page: what can be done comes before a refusal. */
		if (error != MINI_CORE_NO_FREE_BLOCK || relieved || !mini_arena_relieve(arena))
			break;
		relieved = true;
	}
	return done;
}
EXPORT_SYMBOL_MINI_MM(mini_alloc_pages_bulk);

void mini_free_pages_bulk(struct mini_arena *arena, unsigned long nr, struct page **pages)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		mini_free_pages(arena, pages[i], 0);
		pages[i] = NULL;
	}
}
EXPORT_SYMBOL_MINI_MM(mini_free_pages_bulk);
