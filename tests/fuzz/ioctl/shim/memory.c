// SPDX-License-Identifier: GPL-2.0
/*
 * Memory. Pages are a piece of a file in memory, so that vmap() can show them at a second place; those that are free
 * are poisoned for AddressSanitizer. Bytes come from malloc(), whose ends and leaks it watches.
 */
#define _GNU_SOURCE
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime.h"

#define PAGES 4096u
/* Frame numbers from here on: a block of the highest order begins there. */
#define FIRST_PFN 1024u
/* The kernel leaves in page->private what it likes. */
#define KERNELS_OWN 0x5eadbeef

static struct page pages[PAGES];
static unsigned long pages_in_use, pieces_in_use, mappings_in_use;
static unsigned char *base;
static int pages_file;

unsigned char shim_user[SHIM_USER_BYTES] __attribute__((aligned(4096)));

bool shim_fails(gfp_t gfp)
{
	if (gfp & __GFP_DIRECT_RECLAIM)
		might_sleep();
	return shim_is_over(&shim_countdowns.allocation);
}

void shim_memory_end(void)
{
	shim_require(!pages_in_use, "%lu pages did not come back", pages_in_use);
	shim_require(!pieces_in_use, "%lu pieces of memory did not come back", pieces_in_use);
	shim_require(!mappings_in_use, "%lu mappings were not taken away", mappings_in_use);
}

/* --- bytes ------------------------------------------------------------------------------------------------- */

void *shim_allocate(size_t size, gfp_t gfp)
{
	void *memory;

	/* More than the machine has. */
	if (shim_fails(gfp) || size > PAGES * PAGE_SIZE)
		return NULL;
	memory = malloc(size);
	memset(memory, gfp & __GFP_ZERO ? 0 : SHIM_UNDEFINED, size);
	pieces_in_use++;
	return memory;
}

void shim_free(const void *memory)
{
	if (!memory)
		return;
	pieces_in_use--;
	free((void *)memory);
}

struct kmem_cache {
	size_t size;
	unsigned long in_use;
};

struct kmem_cache *shim_cache_create(size_t size)
{
	struct kmem_cache *cache = kzalloc(sizeof(*cache), GFP_KERNEL);

	if (cache)
		cache->size = size;
	return cache;
}

void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *object = kzalloc(cache->size, gfp);

	cache->in_use += object != NULL;
	return object;
}

void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	cache->in_use--;
	kfree(object);
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	shim_require(!cache->in_use, "%lu objects of a cache that goes are in use", cache->in_use);
	kfree(cache);
}

/* --- pages ------------------------------------------------------------------------------------------------- */

static void __attribute__((constructor)) make_pages(void)
{
	pages_file = memfd_create("pages", 0);
	shim_require(pages_file >= 0 && !ftruncate(pages_file, PAGES * PAGE_SIZE), "no memory for pages");
	base = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, pages_file, 0);
	shim_require(base != MAP_FAILED, "no memory for pages");
	ASAN_POISON_MEMORY_REGION(base, PAGES * PAGE_SIZE);
}

static unsigned long index_of(const struct page *page)
{
	shim_require(page >= pages && page < pages + PAGES, "no struct page is there");
	return page - pages;
}

unsigned long page_to_pfn(const struct page *page)
{
	return index_of(page) + FIRST_PFN;
}

struct page *pfn_to_page(unsigned long pfn)
{
	return &pages[pfn - FIRST_PFN];
}

void *page_address(const struct page *page)
{
	return base + (page - pages) * PAGE_SIZE;
}

struct page *virt_to_page(const void *address)
{
	return &pages[((const unsigned char *)address - base) / PAGE_SIZE];
}

int get_order(unsigned long size)
{
	return order_base_2(PFN_UP(size));
}

static bool is_free(unsigned long first, unsigned long count)
{
	while (count && !pages[first].allocated) {
		first++;
		count--;
	}
	return !count;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	unsigned long count = BIT(order);
	unsigned long first = 0;
	unsigned long i;

	if (shim_fails(gfp))
		return NULL;
	while (first + count <= PAGES && !is_free(first, count))
		first += count;
	if (first + count > PAGES)
		return NULL;
	for (i = 0; i < count; i++)
		pages[first + i] = (struct page){ .allocated = true, .private = KERNELS_OWN };
	pages[first].references = 1;
	pages_in_use += count;
	ASAN_UNPOISON_MEMORY_REGION(page_address(&pages[first]), count * PAGE_SIZE);
	return &pages[first];
}

void __free_pages(struct page *page, unsigned int order)
{
	unsigned long i;

	shim_require(index_of(page) % BIT(order) == 0, "a block is freed that is none");
	shim_require(page->references == 1, "a page is freed of which there are %d references", page->references);
	for (i = 0; i < BIT(order); i++) {
		shim_require(page[i].allocated, "a page is freed twice");
		shim_require(i == 0 || !page[i].references, "a page of a block is referred to for itself");
		shim_require(!page[i].private || page[i].private == KERNELS_OWN, "a page goes back with our mark");
		page[i].allocated = false;
	}
	pages_in_use -= BIT(order);
	ASAN_POISON_MEMORY_REGION(page_address(page), PAGE_SIZE << order);
}

void split_page(struct page *page, unsigned int order)
{
	unsigned long i;

	for (i = 1; i < BIT(order); i++)
		page[i].references = 1;
}

bool page_ref_freeze(struct page *page, int references)
{
	if (page->references != references)
		return false;
	page->references = 0;
	return true;
}

void page_ref_unfreeze(struct page *page, int references)
{
	page->references = references;
}

unsigned long totalram_pages(void)
{
	return PAGES;
}

void si_meminfo(struct sysinfo *info)
{
	info->freeram = PAGES - pages_in_use;
}

/* --- mappings ---------------------------------------------------------------------------------------------- */

struct area {
	char *start;
	struct area *next;
	unsigned long count;
	struct page *pages[];
};

static struct area *areas;

void *vmap(struct page **mapped, unsigned int count, unsigned long flags, int protection)
{
	struct area *area;
	unsigned int i;

	if (shim_fails(GFP_KERNEL))
		return NULL;
	area = malloc(struct_size(area, pages, count));
	area->count = count;
	area->start = mmap(NULL, count * PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < count; i++) {
		area->pages[i] = mapped[i];
		mmap(area->start + i * PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		     pages_file, index_of(mapped[i]) * PAGE_SIZE);
	}
	area->next = areas;
	areas = area;
	mappings_in_use++;
	return area->start;
}

void vunmap(const void *address)
{
	struct area **at = &areas;
	struct area *area;

	while (*at && (*at)->start != address)
		at = &(*at)->next;
	area = *at;
	shim_require(area, "a mapping is taken away that is not there");
	*at = area->next;
	munmap(area->start, area->count * PAGE_SIZE);
	free(area);
	mappings_in_use--;
}

struct page *vmalloc_to_page(const void *address)
{
	struct area *area;

	for (area = areas; area; area = area->next)
		if ((unsigned long)address - (unsigned long)area->start < area->count * PAGE_SIZE)
			return area->pages[((const char *)address - area->start) / PAGE_SIZE];
	shim_found("nothing is mapped at an address");
}

vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long address, unsigned long pfn)
{
	shim_require(vma->vm_flags & VM_PFNMAP, "a frame is put into a mapping that takes none");
	shim_require(address < vma->vm_end, "a frame is put behind a mapping");
	shim_require(pfn - FIRST_PFN < PAGES && pfn_to_page(pfn)->allocated, "a client sees a page that is free");
	return 0;
}

/* --- user memory --------------------------------------------------------------------------------------------- */

/* Bytes that can be accessed from @address on. */
static unsigned long accessible(unsigned long address, unsigned long size)
{
	unsigned long room = address - SHIM_USER_START < SHIM_USER_BYTES ?
				     SHIM_USER_START + SHIM_USER_BYTES - address : 0;

	might_sleep();
	shim_require(!shim_context.rwsems, "user memory is accessed under mini_registry: that may take long");
	if (shim_is_over(&shim_countdowns.user_access))
		room = min(room, size / 2);
	return min(room, size);
}

static void *at_user(unsigned long address)
{
	return shim_user + (address - SHIM_USER_START);
}

unsigned long copy_from_user(void *to, const void *from, unsigned long size)
{
	unsigned long some = accessible((unsigned long)from, size);

	if (some)
		memcpy(to, at_user((unsigned long)from), some);
	memset((char *)to + some, 0, size - some);
	return size - some;
}

/* Four bytes that nobody has written are no accident. */
static void look_for_undefined(const void *from, unsigned long size)
{
	static const unsigned char undefined[4] = { SHIM_UNDEFINED, SHIM_UNDEFINED, SHIM_UNDEFINED, SHIM_UNDEFINED };
	unsigned long i;

	for (i = 0; i + 4 <= size; i += 4)
		shim_require(memcmp((const char *)from + i, undefined, 4),
			     "byte %lu of %lu for a client is undefined", i, size);
}

unsigned long copy_to_user(void *to, const void *from, unsigned long size)
{
	unsigned long some = accessible((unsigned long)to, size);

	look_for_undefined(from, size);
	if (some)
		memcpy(at_user((unsigned long)to), from, some);
	return size - some;
}

unsigned long clear_user(void *to, unsigned long size)
{
	unsigned long some = accessible((unsigned long)to, size);

	if (some)
		memset(at_user((unsigned long)to), 0, some);
	return size - some;
}
