/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The window in which a CPU changes what is its own, for C11 and C++20: a counter that only this CPU changes, so that plain
 * loads and stores in program order are enough. An interrupt that comes in while somebody is in the window does not get
 * in, and goes another way; when it returns, the counter is what it was. Nobody gets into a window that is closed.
 */
#ifndef MINI_MM_PERCPU_WINDOW_H
#define MINI_MM_PERCPU_WINDOW_H

#if defined(__KERNEL__) && !defined(__cplusplus)
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#define mini_likely(condition) __builtin_expect(!!(condition), 1)
/* So that the compiler computes it once, and not again for each use. */
#define mini_hide(value) __asm__("" : "+r"(value))
/* A value that somebody else may be changing. */
#define mini_once(place) __atomic_load_n(&(place), __ATOMIC_RELAXED)

struct mini_window {
	int32_t inside; /* who is inside, or tries to get there; less one */
};

enum {
	MINI_WINDOW_OPEN = -1,
	MINI_WINDOW_CLOSED = 1 << 16,
};

/* Adds 1 to *@number: whether it is 0 then. On x86 one instruction, whose flags tell; the compiler makes five of it. */
static inline bool mini_becomes_zero(int32_t *number)
{
	bool zero;

#ifdef __x86_64__
	__asm__ volatile("incl %0" : "+m"(*number), "=@ccz"(zero) : : "memory");
#else
	zero = ++*number == 0;
#endif
	return zero;
}

/* False: leave it at once. */
static inline bool mini_window_enter(struct mini_window *window)
{
	const bool entered = mini_becomes_zero(&window->inside);

	/* Interrupts of this CPU only: what the compiler could reorder is all there is to order. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return mini_likely(entered);
}

static inline void mini_window_leave(struct mini_window *window)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	window->inside--;
}

/* Whether this is an interrupt of somebody in the window, or on the way there. */
static inline bool mini_window_is_busy(const struct mini_window *window)
{
	return window->inside != MINI_WINDOW_OPEN && window->inside != MINI_WINDOW_CLOSED;
}

/* Not while it is busy. */
static inline void mini_window_set(struct mini_window *window, bool open)
{
	window->inside = open ? MINI_WINDOW_OPEN : MINI_WINDOW_CLOSED;
}

#endif /* MINI_MM_PERCPU_WINDOW_H */
