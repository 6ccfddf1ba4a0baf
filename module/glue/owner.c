// SPDX-License-Identifier: GPL-2.0
/*
 * Owners: who allocated and who freed an object, and from where (debug letter U). The core keeps room for two records
 * with each object and does not know what is in them; a report of the object shows both.
 *
 * A stack is looked up before the cache's lock is taken, for that may need memory; it is noted under the lock.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "compat.h"
#include "internal.h"

struct owner {
	u64 when_ns;
	u64 stack; /* a handle of the stack depot, or the caller's address */
	u32 pid;
	u32 cpu_and_flags;
};

/* In the upper half of cpu_and_flags. */
#define IN_INTERRUPT BIT(16)
#define NOTED BIT(17)

int mini_owner_init(void)
{
	return mini_stack_init();
}

u64 mini_owner_stack(const struct mini_cache *cache, unsigned long caller)
{
	return cache->debug & MINI_DEBUG_OWNER ? mini_stack_save(caller) : 0;
}

void mini_owner_note(struct mini_cache *cache, void *object, enum mini_owner_what what, u64 stack)
{
	struct owner *owners;

	lockdep_assert_held(&cache->lock);
	BUILD_BUG_ON(MINI_OWNERS * sizeof(*owners) != MINI_CORE_TRACK_BYTES);
	if (likely(!(cache->debug & MINI_DEBUG_OWNER)))
		return;
	owners = mini_core_object_track(cache->core, object);
	if (!owners)
		return;
	owners[what] = (struct owner){
		.when_ns = ktime_get_ns(),
		.stack = stack,
		.pid = task_pid_nr(current),
		.cpu_and_flags = (raw_smp_processor_id() & 0xffff) | NOTED | (in_task() ? 0 : IN_INTERRUPT),
	};
}

static void show(const struct owner *owner, const char *what)
{
	u64 age_ms = div_u64(ktime_get_ns() - owner->when_ns, NSEC_PER_MSEC);

	if (!(owner->cpu_and_flags & NOTED))
		return;
	pr_notice("  %s %llu.%03llu s ago by pid %u%s on CPU %u:\n", what, age_ms / MSEC_PER_SEC,
		  age_ms % MSEC_PER_SEC, owner->pid, owner->cpu_and_flags & IN_INTERRUPT ? " (interrupt)" : "",
		  owner->cpu_and_flags & 0xffff);
	mini_stack_print(owner->stack);
}

void mini_owner_show(const void *track)
{
	const struct owner *owners = track;

	if (!owners)
		return;
	show(&owners[MINI_OWNER_ALLOCATED], "allocated");
	show(&owners[MINI_OWNER_FREED], "freed");
}
