// SPDX-License-Identifier: GPL-2.0
/*
 * vmalloc: single pages of an arena, wherever they lie, mapped one behind the other. Works as long as there
 * are enough pages, however scattered; costs page tables of the kernel and may sleep. What is mapped is found
 * again by its address.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include "compat.h"
#include "pages.h"

/* Pages between two chances to schedule. */
#define STEP 1024

struct mapping {
	struct mini_arena *arena;
	const void *address;
	unsigned long nr_pages;
	struct page *pages[];
};

static DEFINE_XARRAY(mappings); /* by address, in pages */

static void free_pages_of(struct mapping *mapping, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		mini_pages_free(mapping->arena, mini_page_index(mapping->arena, mapping->pages[i]), 0);
		if (i % STEP == 0)
			cond_resched();
	}
}

/* All of them, or none. Past the per-CPU layer: what mapping costs is so much more. */
static bool take_pages(struct mapping *mapping, gfp_t gfp)
{
	unsigned long done;
	u32 page;

	for (done = 0; done < mapping->nr_pages; done++) {
		if (mini_pages_alloc(mapping->arena, 0, &page)) {
			free_pages_of(mapping, done);
			return false;
		}
		mapping->pages[done] = mini_zeroed_if_asked(mapping->arena, page, 1, gfp);
		if (done % STEP == 0)
			cond_resched();
	}
	return true;
}

int mini_vmalloc_from(struct mini_arena *arena, u64 size, gfp_t gfp, void **address, u32 *why)
{
	struct mapping *mapping;
	int error;

	might_sleep();
	if (!size || size > (u64)arena->region.nr_pages << PAGE_SHIFT)
		return mini_refuse(why, MINI_MM_WHY_SIZE);
	mapping = kvzalloc(struct_size(mapping, pages, PFN_UP(size)), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
	mapping->arena = arena;
	mapping->nr_pages = PFN_UP(size);
	if (!take_pages(mapping, gfp)) {
		error = mini_refuse(why, MINI_MM_WHY_FULL);
		goto err_free;
	}
	error = mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
	*address = vmap(mapping->pages, mapping->nr_pages, VM_MAP, PAGE_KERNEL);
	if (!*address)
		goto err_pages;
	mapping->address = *address;
	if (xa_err(xa_store(&mappings, (unsigned long)*address >> PAGE_SHIFT, mapping, GFP_KERNEL_ACCOUNT)))
		goto err_unmap;
	return mini_refuse(why, MINI_MM_WHY_NONE);

err_unmap:
	vunmap(*address);
err_pages:
	free_pages_of(mapping, mapping->nr_pages);
err_free:
	kvfree(mapping);
	return error;
}

/* The mapping is out of the table: nobody else has it. */
static void release(struct mapping *mapping)
{
	vunmap(mapping->address);
	free_pages_of(mapping, mapping->nr_pages);
	kvfree(mapping);
}

void mini_vmalloc_drop(struct mini_arena *arena)
{
	struct mapping *mapping;
	unsigned long index;

	xa_for_each(&mappings, index, mapping)
		if (mapping->arena == arena)
			release(xa_erase(&mappings, index));
}

static void *allocate(struct mini_arena *arena, unsigned long size, gfp_t gfp)
{
	void *address;

	return mini_vmalloc_from(arena ?: mini_default_arena, size, gfp, &address, NULL) ? NULL : address;
}

void *mini_vmalloc(struct mini_arena *arena, unsigned long size)
{
	return allocate(arena, size, 0);
}
EXPORT_SYMBOL_MINI_MM(mini_vmalloc);

void *mini_vzalloc(struct mini_arena *arena, unsigned long size)
{
	return allocate(arena, size, __GFP_ZERO);
}
EXPORT_SYMBOL_MINI_MM(mini_vzalloc);

void mini_vfree(const void *address)
{
	struct mapping *mapping = NULL;

	might_sleep();
	if (!address)
		return;
	if (PAGE_ALIGNED(address))
		mapping = xa_erase(&mappings, (unsigned long)address >> PAGE_SHIFT);
	if (mapping)
		release(mapping);
	else
		mini_report_address(NULL, "mini_vfree", address, MINI_CORE_NOT_ALLOCATED);
}
EXPORT_SYMBOL_MINI_MM(mini_vfree);
