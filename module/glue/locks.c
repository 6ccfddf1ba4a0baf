// SPDX-License-Identifier: GPL-2.0
/*
 * How long interrupts are off: a histogram for each CPU, and the longest time with the function that ended it.
 */
#include <linux/cpu.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "locks.h"

DEFINE_STATIC_KEY_FALSE(mini_times_interrupts);

/* Times up to so many microseconds; the last ones are longer. */
static const u32 most_us[] = { 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000 };

struct times {
	u64 since_ns;
	u32 depth;
	u64 longest_ns;
	unsigned long where;
	u64 counts[ARRAY_SIZE(most_us) + 1];
};

static DEFINE_PER_CPU(struct times, times);

/* Of those who start and stop it. */
static DEFINE_MUTEX(measuring);

void mini_interrupts_go_off(void)
{
	struct times *here = this_cpu_ptr(&times);

	if (!here->depth++)
		here->since_ns = ktime_get_mono_fast_ns();
}

void mini_interrupts_go_on(unsigned long where)
{
	struct times *here = this_cpu_ptr(&times);
	unsigned int i;
	u64 took;

	/* It may have been started, or have started anew, since they went off. */
	if (!here->depth || --here->depth)
		return;
	took = ktime_get_mono_fast_ns() - here->since_ns;
	for (i = 0; i < ARRAY_SIZE(most_us) && took > most_us[i] * NSEC_PER_USEC; i++)
		;
	here->counts[i]++;
	if (took > here->longest_ns) {
		here->longest_ns = took;
		here->where = where;
	}
}

unsigned long mini_lock_and_time(raw_spinlock_t *lock)
{
	unsigned long flags;

	local_irq_save(flags);
	mini_interrupts_go_off();
	raw_spin_lock(lock);
	return flags;
}

void mini_unlock_and_time(raw_spinlock_t *lock, unsigned long flags)
{
	raw_spin_unlock(lock);
	mini_interrupts_go_on(_RET_IP_);
	local_irq_restore(flags);
}

static void start_anew(void *unused)
{
	memset(this_cpu_ptr(&times), 0, sizeof(times));
}

void mini_interrupts_measure(bool on)
{
	int cpu;

	mutex_lock(&measuring);
	static_branch_disable(&mini_times_interrupts);
	if (on) {
		cpus_read_lock();
		for_each_possible_cpu(cpu)
			if (!cpu_online(cpu))
				memset(per_cpu_ptr(&times, cpu), 0, sizeof(times));
		on_each_cpu(start_anew, NULL, true);
		cpus_read_unlock();
		static_branch_enable(&mini_times_interrupts);
	}
	mutex_unlock(&measuring);
}

void mini_interrupts_show(struct seq_file *seq)
{
	const struct times *longest = NULL;
	unsigned int i;
	u64 count;
	int cpu;

	for_each_possible_cpu(cpu)
		if (!longest || per_cpu(times, cpu).longest_ns > longest->longest_ns)
			longest = per_cpu_ptr(&times, cpu);
	seq_printf(seq, "measured %d\n", static_key_enabled(&mini_times_interrupts));
	seq_printf(seq, "longest_ns %llu", longest->longest_ns);
	if (longest->where)
		seq_printf(seq, " %ps", (void *)longest->where);
	seq_putc(seq, '\n');
	for (i = 0; i <= ARRAY_SIZE(most_us); i++) {
		count = 0;
		for_each_possible_cpu(cpu)
			count += per_cpu(times, cpu).counts[i];
		if (i < ARRAY_SIZE(most_us))
			seq_printf(seq, "up_to_us %u %llu\n", most_us[i], count);
		else
			seq_printf(seq, "longer %llu\n", count);
	}
}
