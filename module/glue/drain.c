// SPDX-License-Identifier: GPL-2.0
/*
 * Emptying the per-CPU layer: before a request is refused, when a cache shrinks or goes, when a CPU goes offline,
 * and when somebody asks for it.
 *
 * A CPU's magazines and lists are only ever touched by that CPU. So each CPU that has something is interrupted,
 * puts what it has into the depots, which takes O(caches), and whoever asked gives that back to the engines. An
 * interrupt that comes in while the CPU is at work on its own leaves it alone, and is sent again.
 *
 * A CPU that goes offline leaves what it has; it is emptied when it is gone.
 *
 * To wait for other CPUs needs a context in which they could wait for this one: where that is not so (interrupts
 * are off, or in one, or preemption is off) only this CPU and the depots are emptied. What other CPUs then still
 * have is bounded by the sizes of their lists (tune.c).
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/rculist.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "internal.h"

/* What is to be emptied: one cache, or all of an arena. */
struct drain {
	struct mini_arena *arena;
	struct mini_cache *cache; /* NULL for all of the arena */
	bool thoroughly;	  /* everything is unloaded, and windows are opened or closed */
	atomic_t busy;		  /* CPUs that were at work */
};

static bool can_wait_for_other_cpus(void)
{
	return in_task() && !irqs_disabled() && (!IS_ENABLED(CONFIG_PREEMPT_COUNT) || preemptible());
}

static bool cache_has_some(const struct mini_cache *cache, int cpu)
{
	return mini_magazine_has_some(per_cpu_ptr(cache->layer.cpus, cpu));
}

static bool has_some(int cpu, void *info)
{
	const struct drain *drain = info;
	const struct mini_cache *cache;

	if (drain->thoroughly)
		return true;
	if (drain->cache)
		return cache_has_some(drain->cache, cpu);
	if (mini_page_layer_has_some(drain->arena, cpu))
		return true;
	list_for_each_entry_rcu(cache, &drain->arena->caches, node)
		if (cache_has_some(cache, cpu))
			return true;
	return false;
}

/* Interrupts are off; @cpu is this one, or offline. False: it is at work. O(caches). */
static bool detach_untimed(const struct drain *drain, int cpu)
{
	struct mini_cache *cache;
	bool done = true;

	if (drain->cache)
		return mini_object_layer_detach(drain->cache, cpu);
	list_for_each_entry_rcu(cache, &drain->arena->caches, node)
		if (drain->thoroughly || cache_has_some(cache, cpu))
			done &= mini_object_layer_detach(cache, cpu);
	return mini_page_layer_detach(drain->arena, cpu) && done;
}

static bool detach(const struct drain *drain, int cpu)
{
	const bool timed = static_branch_unlikely(&mini_times_interrupts);
	bool done;

	if (timed)
		mini_interrupts_go_off();
	done = detach_untimed(drain, cpu);
	if (timed)
		mini_interrupts_go_on(_THIS_IP_);
	return done;
}

static void detach_here(void *info)
{
	struct drain *drain = info;

	if (!detach(drain, smp_processor_id()))
		atomic_inc(&drain->busy);
}

/* @everywhere: as can_wait_for_other_cpus() said before RCU, which may turn preemption off. */
static void detach_online(struct drain *drain, bool everywhere)
{
	unsigned long flags;

	if (!everywhere) {
		local_irq_save(flags);
		detach_here(drain);
		local_irq_restore(flags);
		return;
	}
	/* What a CPU is at when it is interrupted takes a few instructions. */
	do {
		atomic_set(&drain->busy, 0);
		on_each_cpu_cond_mask(has_some, detach_here, drain, true, cpu_online_mask);
	} while (atomic_read(&drain->busy));
}

/* Nobody goes online meanwhile. */
static void detach_offline(const struct drain *drain)
{
	unsigned long flags;
	int cpu;

	for_each_possible_cpu(cpu) {
		if (cpu_online(cpu))
			continue;
		rcu_read_lock();
		local_irq_save(flags);
		detach(drain, cpu);
		local_irq_restore(flags);
		rcu_read_unlock();
	}
}

u32 mini_cache_drain(struct mini_cache *cache)
{
	struct drain drain = { .arena = cache->arena, .cache = cache };

	detach_online(&drain, can_wait_for_other_cpus());
	return mini_object_layer_flush(cache);
}

/* May sleep. */
static void unload(struct drain *drain)
{
	cpus_read_lock();
	rcu_read_lock();
	detach_online(drain, true);
	rcu_read_unlock();
	detach_offline(drain);
	cpus_read_unlock();
}

void mini_cache_unload(struct mini_cache *cache)
{
	struct drain drain = { .arena = cache->arena, .cache = cache, .thoroughly = true };

	unload(&drain);
	mini_object_layer_flush(cache);
}

void mini_arena_unload(struct mini_arena *arena)
{
	struct drain drain = { .arena = arena, .thoroughly = true };

	unload(&drain);
	mini_arena_flush(arena);
}

static void set_off(unsigned long *slow, bool off)
{
	if (off)
		set_bit(MINI_SLOW_OFF, slow);
	else
		clear_bit(MINI_SLOW_OFF, slow);
}

void mini_arena_pause_layer(struct mini_arena *arena, bool pause)
{
	struct drain drain = { .arena = arena, .thoroughly = true };
	struct mini_cache *cache;

	lockdep_assert_held(&mini_registry);
	set_off(&arena->layer.slow, pause || !arena->layer.size);
	list_for_each_entry(cache, &arena->caches, node)
		set_off(&cache->layer.slow, pause || !cache->layer.size);
	unload(&drain);
}

u32 mini_arena_flush(struct mini_arena *arena)
{
	struct mini_cache *cache;
	u32 flushed = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(cache, &arena->caches, node)
		flushed += mini_object_layer_flush(cache);
	rcu_read_unlock();
	return flushed + mini_page_layer_flush(arena);
}

u32 mini_arena_drain(struct mini_arena *arena)
{
	const bool everywhere = can_wait_for_other_cpus();
	struct drain drain = { .arena = arena };

	rcu_read_lock();
	detach_online(&drain, everywhere);
	rcu_read_unlock();
	return mini_arena_flush(arena);
}

/* --- CPUs that go ------------------------------------------------------------------------------------- */

/*
 * Not in the callback itself: it runs with CPUs held, and who holds mini_registry may be waiting for those.
 */
static void drain_offline(struct work_struct *work)
{
	struct mini_arena *arena;
	unsigned long index;

	down_read(&mini_registry);
	cpus_read_lock();
	for_each_mini_arena(index, arena)
		detach_offline(&(struct drain){ .arena = arena, .thoroughly = true });
	cpus_read_unlock();
	up_read(&mini_registry);
}

static DECLARE_WORK(offline_work, drain_offline);
static int hotplug_state;

static int cpu_dead(unsigned int cpu)
{
	schedule_work(&offline_work);
	return 0;
}

int mini_drain_init(void)
{
	hotplug_state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "mini_mm:dead", NULL, cpu_dead);
	return min(hotplug_state, 0);
}

void mini_drain_exit(void)
{
	cpuhp_remove_state_nocalls(hotplug_state);
	flush_work(&offline_work);
}
