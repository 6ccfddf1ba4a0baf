// SPDX-License-Identifier: GPL-2.0
/*
 * mini_mm_bench: mini_mm's allocators and the kernel's, measured side by side by the same loops. One ioctl of
 * /dev/mini_mm_bench is one measurement (uapi/mini_mm_bench.h); 'minimm bench' takes many, and compares.
 */
#define pr_fmt(fmt) "mini_mm_bench: " fmt

#include <linux/compat.h>
#include <linux/cpumask.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bench.h"
#include "../module/glue/compat.h"

#define ALL_FLAGS (MINI_MM_BENCH_ZERO | MINI_MM_BENCH_COLD | MINI_MM_BENCH_INTERRUPT | MINI_MM_BENCH_LATENCIES)

/* Two measurements at a time would measure each other. */
static DEFINE_MUTEX(measuring);

static bool is_in(u64 value, u64 least, u64 most)
{
	return value >= least && value <= most;
}

static bool has_batch(u32 shape)
{
	return shape == MINI_MM_BENCH_BATCHES || shape == MINI_MM_BENCH_SHUFFLED || shape == MINI_MM_BENCH_BULK;
}

static bool has_nul(const char *name)
{
	return memchr(name, '\0', MINI_MM_ENGINE_NAME_LEN);
}

static bool can_be_had(const struct mini_mm_bench_run *asked)
{
	bool pages = asked->memory == MINI_MM_BENCH_PAGES;
	bool kernel = asked->side == MINI_MM_BENCH_KERNEL;

	if (asked->shape == MINI_MM_BENCH_BULK && (asked->memory == MINI_MM_BENCH_KMALLOC || asked->order))
		return false;
	if (asked->shape == MINI_MM_BENCH_FILL && (!pages || asked->cpus != 1))
		return false;
	/* There the kernel's own allocators do not work in hard interrupts. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && kernel && asked->flags & MINI_MM_BENCH_INTERRUPT)
		return false;
	return !kernel || asked->order <= MINI_KERNEL_MAX_ORDER;
}

static enum mini_mm_bench_reason what_is_wrong(const struct mini_mm_bench_run *asked)
{
	bool pages = asked->memory == MINI_MM_BENCH_PAGES;
	bool cold = asked->flags & MINI_MM_BENCH_COLD;
	bool interrupt = asked->flags & MINI_MM_BENCH_INTERRUPT;
	u32 batch_max = interrupt ? MINI_MM_BENCH_INTERRUPT_BATCH_MAX : MINI_MM_BENCH_BATCH_MAX;
	u32 size_max = asked->memory == MINI_MM_BENCH_OBJECTS ? MINI_MM_OBJECT_SIZE_MAX : MINI_MM_BENCH_KMALLOC_MAX;

	if (!is_in(asked->side, MINI_MM_BENCH_OURS, MINI_MM_BENCH_KERNEL) ||
	    !is_in(asked->memory, MINI_MM_BENCH_OBJECTS, MINI_MM_BENCH_PAGES) ||
	    !is_in(asked->shape, MINI_MM_BENCH_HOT, MINI_MM_BENCH_HANDOVER))
		return MINI_MM_BENCH_WHY_WORK;
	if (asked->flags & ~ALL_FLAGS)
		return MINI_MM_BENCH_WHY_FLAGS;
	if ((pages ? asked->size : asked->order) || (!has_batch(asked->shape) && asked->batch) ||
	    (!cold && asked->cold_mb) || asked->reserved0 || memchr_inv(asked->reserved, 0, sizeof(asked->reserved)) ||
	    !has_nul(asked->page_engine) || !has_nul(asked->placement) || !has_nul(asked->object_engine))
		return MINI_MM_BENCH_WHY_RESERVED;
	if (pages ? asked->order >= MINI_MM_ORDERS : !is_in(asked->size, MINI_MM_OBJECT_SIZE_MIN, size_max))
		return MINI_MM_BENCH_WHY_SIZE;
	if (!is_in(asked->operations, 1, MINI_MM_BENCH_OPERATIONS_MAX) ||
	    (has_batch(asked->shape) && !is_in(asked->batch, 1, batch_max)) ||
	    (cold && !is_in(asked->cold_mb, 1, MINI_MM_BENCH_COLD_MB_MAX)) ||
	    asked->live > MINI_MM_BENCH_LIVE_MAX || !is_in(asked->region_mb, 1, MINI_MM_BENCH_REGION_MB_MAX))
		return MINI_MM_BENCH_WHY_COUNT;
	if (!is_in(asked->cpus, 1, num_online_cpus()) || (asked->shape == MINI_MM_BENCH_HANDOVER && asked->cpus != 2))
		return MINI_MM_BENCH_WHY_CPUS;
	return can_be_had(asked) ? MINI_MM_BENCH_WHY_NONE : MINI_MM_BENCH_WHY_UNSUPPORTED;
}

static int run(struct mini_mm_bench_run *asked)
{
	enum mini_mm_bench_reason why = what_is_wrong(asked);
	int error;

	memset((u8 *)asked + offsetof(struct mini_mm_bench_run, why), 0,
	       sizeof(*asked) - offsetof(struct mini_mm_bench_run, why));
	switch (why) {
	case MINI_MM_BENCH_WHY_NONE:
		break;
	case MINI_MM_BENCH_WHY_CPUS:
		return bench_refuse(asked, why, -ENXIO);
	case MINI_MM_BENCH_WHY_UNSUPPORTED:
		return bench_refuse(asked, why, -EOPNOTSUPP);
	default:
		return bench_refuse(asked, why, -EINVAL);
	}
	if (mutex_lock_interruptible(&measuring))
		return bench_refuse(asked, MINI_MM_BENCH_WHY_INTERRUPTED, -EINTR);
	error = bench_measure(asked);
	mutex_unlock(&measuring);
	return error;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long address)
{
	void __user *user = (void __user *)address;
	struct mini_mm_bench_run *asked;
	int error;

	if (command != MINI_MM_BENCH_IOC_RUN)
		return -ENOTTY;
	asked = memdup_user(user, sizeof(*asked));
	if (IS_ERR(asked))
		return PTR_ERR(asked);
	error = run(asked);
	if (copy_to_user(user, asked, sizeof(*asked)))
		error = -EFAULT;
	kfree(asked);
	return error;
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MINI_MM_BENCH_DEVICE_NAME,
	.fops = &operations,
	.mode = 0600,
};

module_misc_device(device);

MINI_IMPORT_NS();
MODULE_DESCRIPTION("mini_mm's allocators and the kernel's, measured side by side");
MODULE_LICENSE("GPL");
