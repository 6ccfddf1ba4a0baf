/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The locks of arenas and caches, and for how long interrupts are off because of them.
 *
 * Writing 1 to /sys/kernel/debug/mini_mm/interrupts_off starts to measure each such time, from where interrupts go off,
 * with the wait for the lock, to where they go on again. While nobody measures, it costs a nop at each end. What a
 * caller of mini_mm does with interrupts off for other reasons counts as long as mini_mm is at work.
 */
#ifndef MINI_MM_LOCKS_H
#define MINI_MM_LOCKS_H

#include <linux/irqflags.h>
#include <linux/jump_label.h>
#include <linux/spinlock.h>

struct seq_file;

DECLARE_STATIC_KEY_FALSE(mini_times_interrupts);

/* Interrupts are off. Pairs may be nested. */
void mini_interrupts_go_off(void);
/* @where: what is told if that was the longest time. */
void mini_interrupts_go_on(unsigned long where);

unsigned long mini_lock_and_time(raw_spinlock_t *lock);
void mini_unlock_and_time(raw_spinlock_t *lock, unsigned long flags);

static __always_inline unsigned long mini_lock(raw_spinlock_t *lock)
{
	unsigned long flags;

	if (static_branch_unlikely(&mini_times_interrupts))
		flags = mini_lock_and_time(lock);
	else
		raw_spin_lock_irqsave(lock, flags);
	return flags;
}

#define mini_lock_irqsave(lock, flags) ((flags) = mini_lock(lock))

static __always_inline void mini_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	if (static_branch_unlikely(&mini_times_interrupts))
		mini_unlock_and_time(lock, flags);
	else
		raw_spin_unlock_irqrestore(lock, flags);
}

/* Anew from nothing, or not any more. Context: may sleep. */
void mini_interrupts_measure(bool on);
void mini_interrupts_show(struct seq_file *seq);

#endif /* MINI_MM_LOCKS_H */
