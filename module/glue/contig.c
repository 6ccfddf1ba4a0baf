// SPDX-License-Identifier: GPL-2.0
/*
 * Contiguous pages of any number, and exact ranges of the region.
 */
#include <linux/mm.h>

#include "compat.h"
#include "pages.h"

struct page *mini_alloc_contig_pages(struct mini_arena *arena, unsigned long nr, unsigned int align_order, gfp_t gfp)
{
	const struct mini_core_page_request request = mini_page_request(gfp, align_order);
	u32 page;

	if (!arena)
		arena = mini_default_arena;
	if (nr > arena->region.nr_pages || mini_run_alloc(arena, nr, &request, &page))
		return NULL;
	return mini_zeroed_if_asked(arena, page, nr, gfp);
}
EXPORT_SYMBOL_MINI_MM(mini_alloc_contig_pages);

struct page *mini_alloc_contig_range(struct mini_arena *arena, unsigned long start, unsigned long end, gfp_t gfp)
{
	if (!arena)
		arena = mini_default_arena;
	if (start >= end || end > arena->region.nr_pages || mini_range_alloc(arena, start, end - start))
		return NULL;
	return mini_zeroed_if_asked(arena, start, end - start, gfp);
}
EXPORT_SYMBOL_MINI_MM(mini_alloc_contig_range);

void mini_free_contig_range(struct mini_arena *arena, struct page *page, unsigned long nr)
{
	if (!page)
		return;
	if (!arena)
		arena = mini_default_arena;
	mini_run_free(arena, mini_page_index(arena, page), min(nr, arena->region.nr_pages + 1));
}
EXPORT_SYMBOL_MINI_MM(mini_free_contig_range);

void *mini_alloc_pages_exact(struct mini_arena *arena, size_t size, gfp_t gfp)
{
	struct page *page = size ? mini_alloc_contig_pages(arena, DIV_ROUND_UP(size, PAGE_SIZE), 0, gfp) : NULL;

	return page ? page_address(page) : NULL;
}
EXPORT_SYMBOL_MINI_MM(mini_alloc_pages_exact);

void mini_free_pages_exact(struct mini_arena *arena, void *address, size_t size)
{
	if (address)
		mini_free_contig_range(arena, virt_to_page(address), DIV_ROUND_UP(size, PAGE_SIZE));
}
EXPORT_SYMBOL_MINI_MM(mini_free_pages_exact);
