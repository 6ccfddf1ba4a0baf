/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory: pages, allocations by bytes, mappings, user memory, and the xarray. What the glue gets is counted, and an
 * allocation fails when the fuzzer wants it to (world.h).
 */
#ifndef SHIM_MEMORY_H
#define SHIM_MEMORY_H

#include "basics.h"
#include "locking.h"

#define __GFP_DIRECT_RECLAIM 1u
#define __GFP_ZERO 2u
#define __GFP_MOVABLE 4u
#define __GFP_RECLAIMABLE 8u
#define __GFP_HIGH 16u
#define __GFP_MEMALLOC 32u
#define __GFP_NOMEMALLOC 64u
#define __GFP_NOWARN 0u
#define __GFP_NORETRY 0u
#define __GFP_RETRY_MAYFAIL 0u
#define GFP_KERNEL __GFP_DIRECT_RECLAIM
#define GFP_KERNEL_ACCOUNT GFP_KERNEL

/* --- bytes -------------------------------------------------------------------------------------------- */

/* Filled with SHIM_UNDEFINED when it need not be zero. */
void *shim_allocate(size_t size, gfp_t gfp);
void shim_free(const void *memory);

#define kmalloc(size, gfp) shim_allocate(size, gfp)
#define kzalloc(size, gfp) shim_allocate(size, (gfp) | __GFP_ZERO)
#define kmalloc_array(count, size, gfp) shim_allocate((count) * (size), gfp)
#define kvzalloc kzalloc
#define kvcalloc(count, size, gfp) kzalloc((size_t)(count) * (size), gfp)
#define alloc_percpu_gfp(type, gfp) ((type *)kzalloc(sizeof(type), gfp))
#define kfree shim_free
#define kvfree shim_free
#define free_percpu shim_free
#define ZERO_SIZE_PTR ((void *)16)
#define ZERO_OR_NULL_PTR(pointer) ((unsigned long)(pointer) <= 16)

struct kmem_cache;

#define SLAB_HWCACHE_ALIGN 1u
#define SLAB_TYPESAFE_BY_RCU 2u
#define SLAB_PANIC 4u
#define SLAB_ACCOUNT 8u
#define SLAB_RECLAIM_ACCOUNT 16u
#define SLAB_CONSISTENCY_CHECKS 32u
#define SLAB_RED_ZONE 64u
#define SLAB_POISON 128u
#define SLAB_STORE_USER 256u
#define SLAB_TRACE 512u
#define KMEM_CACHE(type, flags) shim_cache_create(sizeof(struct type))

struct kmem_cache *shim_cache_create(size_t size);
void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *object);
void kmem_cache_destroy(struct kmem_cache *cache);

#define cache_line_size() 64u

/* --- pages -------------------------------------------------------------------------------------------- */

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define PAGE_ALIGN(size) round_up(size, PAGE_SIZE)
#define PAGE_ALIGNED(address) (!((unsigned long)(address) & ~PAGE_MASK))
#define PFN_UP(size) DIV_ROUND_UP(size, PAGE_SIZE)
#define MAX_PAGE_ORDER 10

struct page {
	unsigned long private;
	int references; /* of a block only of its first page */
	bool allocated;
	struct rcu_head rcu_head;
};

struct sysinfo {
	unsigned long freeram;
};

#define page_private(page) ((page)->private)
#define set_page_private(page, value) ((void)((page)->private = (value)))

unsigned long page_to_pfn(const struct page *page);
struct page *pfn_to_page(unsigned long pfn);
void *page_address(const struct page *page);
struct page *virt_to_page(const void *address);
int get_order(unsigned long size);

struct page *alloc_pages(gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
#define __free_page(page) __free_pages(page, 0)
void split_page(struct page *page, unsigned int order);
bool page_ref_freeze(struct page *page, int references);
void page_ref_unfreeze(struct page *page, int references);
void si_meminfo(struct sysinfo *info);
unsigned long totalram_pages(void);
#define want_init_on_alloc(gfp) false

#define clear_highpage(page) ((void)memset(page_address(page), 0, PAGE_SIZE))
#define copy_highpage(to, from) ((void)memcpy(page_address(to), page_address(from), PAGE_SIZE))

/* --- mappings ----------------------------------------------------------------------------------------- */

#define VM_MAP 0
#define PAGE_KERNEL 0

void *vmap(struct page **pages, unsigned int count, unsigned long flags, int protection);
void vunmap(const void *address);
struct page *vmalloc_to_page(const void *address);

struct file;
struct vm_operations_struct;

struct vm_area_struct {
	unsigned long vm_start, vm_end, vm_pgoff, vm_flags;
	void *vm_private_data;
	const struct vm_operations_struct *vm_ops;
};

struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address, pgoff;
};

typedef int vm_fault_t;

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
	vm_fault_t (*fault)(struct vm_fault *vmf);
};

enum { VM_SHARED = 1, VM_IO = 2, VM_PFNMAP = 4, VM_DONTEXPAND = 8, VM_DONTDUMP = 16 };

#define vm_flags_set(vma, flags) ((void)((vma)->vm_flags |= (flags)))

vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long address, unsigned long pfn);

/* --- user memory -------------------------------------------------------------------------------------- */

#define u64_to_user_ptr(address) ((void *)(unsigned long)(address))

/* How many bytes were not copied. */
unsigned long copy_from_user(void *to, const void *from, unsigned long size);
unsigned long copy_to_user(void *to, const void *from, unsigned long size);
unsigned long clear_user(void *to, unsigned long size);

/* --- xarray: an array that is sorted by index ------------------------------------------------------------- */

struct xarray {
	spinlock_t lock;
	struct shim_entry *entries;
	size_t count, room;
};

struct xa_limit {
	u32 min, max;
};

#define DEFINE_XARRAY(name) struct xarray name
#define DEFINE_XARRAY_ALLOC1(name) struct xarray name
#define XA_LIMIT(low, high) { low, high }
#define xa_limit_31b ((struct xa_limit)XA_LIMIT(1, INT_MAX))
#define XA_PRESENT 0
#define xa_mk_value(value) ((void *)((value) << 1 | 1))
#define xa_to_value(entry) ((unsigned long)(entry) >> 1)
#define xa_lock(array) spin_lock(&(array)->lock)
#define xa_unlock(array) spin_unlock(&(array)->lock)
#define xa_init(array) memset(array, 0, sizeof(*(array)))
#define xa_for_each(array, index, entry) \
	for (index = 0, entry = shim_xa_find(array, &index, true); entry; \
	     entry = shim_xa_find(array, &index, false))
#define xa_find_after(array, index, last, filter) shim_xa_find(array, index, false)

/* Of what xa_store() gave. */
static inline int xa_err(const void *entry)
{
	return IS_ERR_OR_NULL(entry) ? (long)entry : 0;
}

void *shim_xa_find(const struct xarray *array, unsigned long *index, bool here_too);
void *xa_load(const struct xarray *array, unsigned long index);
void *xa_store(struct xarray *array, unsigned long index, void *entry, gfp_t gfp);
void *__xa_erase(struct xarray *array, unsigned long index);
void *xa_erase(struct xarray *array, unsigned long index);
int xa_alloc_cyclic(struct xarray *array, u32 *id, void *entry, struct xa_limit limit, u32 *next, gfp_t gfp);
void xa_destroy(struct xarray *array);

#endif /* SHIM_MEMORY_H */
