/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the kernels that this module builds for, 6.1 to 7.2, in one place. Other kernels are
 * refused by module/gate-build, before anything is compiled.
 */
#ifndef MINI_MM_COMPAT_H
#define MINI_MM_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>
#include <linux/version.h>

#ifndef CONFIG_64BIT
#error "mini_mm needs a 64-bit kernel: handles are 64-bit indexes"
#endif

/* The hot paths take the struct pages of a region for an array. */
#if defined(CONFIG_SPARSEMEM) && !defined(CONFIG_SPARSEMEM_VMEMMAP)
#error "mini_mm needs SPARSEMEM_VMEMMAP, or FLATMEM"
#endif

/* 6.4 made MAX_ORDER inclusive, 6.8 renamed it. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define MINI_KERNEL_MAX_ORDER (MAX_ORDER - 1)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
#define MINI_KERNEL_MAX_ORDER MAX_ORDER
#else
#define MINI_KERNEL_MAX_ORDER MAX_PAGE_ORDER
#endif

/* 6.13 wants the namespace as a string. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define EXPORT_SYMBOL_MINI_MM(symbol) EXPORT_SYMBOL_NS_GPL(symbol, MINI_MM)
#define MINI_IMPORT_NS() MODULE_IMPORT_NS(MINI_MM)
#define MINI_IMPORT_KUNIT_NS() MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#else
#define EXPORT_SYMBOL_MINI_MM(symbol) EXPORT_SYMBOL_NS_GPL(symbol, "MINI_MM")
#define MINI_IMPORT_NS() MODULE_IMPORT_NS("MINI_MM")
#define MINI_IMPORT_KUNIT_NS() MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#endif

/* 6.3 made a mapping's flags read-only but for functions. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define mini_vm_flags_set(vma, flags) ((void)((vma)->vm_flags |= (flags)))
#else
#define mini_vm_flags_set vm_flags_set
#endif

/* 6.13 sets a timer's function with the rest of it, 6.15 takes the old way away. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
static inline void mini_hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *timer),
				      clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#else
#define mini_hrtimer_setup hrtimer_setup
#endif

/* 6.14 dropped the suffix, when the variant without it had gone. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define mini_kernel_alloc_pages_bulk alloc_pages_bulk_array
#else
#define mini_kernel_alloc_pages_bulk alloc_pages_bulk
#endif

/* 6.5 can keep a cache from being merged with others of its size. */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE ((slab_flags_t)0)
#endif

/* The time stamp counter, where the processor has one; User Mode Linux does not offer it as get_cycles(). */
static __always_inline u64 mini_cycles_now(void)
{
#ifdef __x86_64__
	return __builtin_ia32_rdtsc();
#else
	return ktime_get_ns();
#endif
}

#define MINI_STACK_FRAMES 16

/*
 * Stacks: where the kernel has no depot for them, or cannot tell who called (User Mode Linux), @caller is all there is.
 */
#ifdef CONFIG_STACKDEPOT
static inline int mini_stack_init(void)
{
	return stack_depot_init();
}

static inline u64 mini_stack_save(unsigned long caller)
{
	unsigned long entries[MINI_STACK_FRAMES];
	unsigned int nr = stack_trace_save(entries, ARRAY_SIZE(entries), 1);

	if (!nr)
		entries[nr++] = caller;
	return stack_depot_save(entries, nr, GFP_NOWAIT | __GFP_NOWARN);
}

static inline void mini_stack_print(u64 stack)
{
	if (stack)
		stack_depot_print(stack);
}

/* The frames of a stack, the innermost first. How many. */
static inline unsigned int mini_stack_frames(u64 stack, unsigned long frames[MINI_STACK_FRAMES])
{
	unsigned long *entries;
	unsigned int nr = stack ? min_t(unsigned int, stack_depot_fetch(stack, &entries), MINI_STACK_FRAMES) : 0;

	if (nr)
		memcpy(frames, entries, nr * sizeof(*frames));
	return nr;
}
#else
static inline int mini_stack_init(void)
{
	return 0;
}

static inline u64 mini_stack_save(unsigned long caller)
{
	return caller;
}

static inline void mini_stack_print(u64 stack)
{
	pr_notice("    %pS\n", (void *)(unsigned long)stack);
}

static inline unsigned int mini_stack_frames(u64 stack, unsigned long frames[MINI_STACK_FRAMES])
{
	frames[0] = stack;
	return stack ? 1 : 0;
}
#endif

#endif /* MINI_MM_COMPAT_H */
