// SPDX-License-Identifier: GPL-2.0
/*
 * Single pages, many at a time: a CPU's list gives and takes them in a few instructions each.
 */
#include <linux/highmem.h>
#include <linux/mm.h>

#include "compat.h"
#include "hot.h"

unsigned long mini_alloc_pages_bulk(struct mini_arena *arena, gfp_t gfp, unsigned long nr, struct page **pages)
{
	unsigned long i;

	if (!arena)
		arena = mini_default_arena;
	for (i = 0; i < nr; i++) {
		if (pages[i])
			continue;
		pages[i] = mini_block_get(arena, gfp, 0, mini_list_for(gfp, 0));
		if (!pages[i])
			break;
		if (gfp & __GFP_ZERO)
			clear_highpage(pages[i]);
	}
	return i;
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
