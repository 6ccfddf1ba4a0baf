/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The window in which a CPU changes what is its own, for C11 and C++20: a counter that only this CPU changes, so that
 * plain loads and stores in program order are enough. An interrupt that comes in while somebody is in the window does
 * not get in, and goes another way; when it returns, the counter is what it was. Nobody gets into a window that is
 * closed.
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
/* A value that somebody else may be changing, and one that somebody else may be looking at: whole, in no order. */
#define mini_once(place) __atomic_load_n(&(place), __ATOMIC_RELAXED)
#define mini_set(place, value) __atomic_store_n(&(place), value, __ATOMIC_RELAXED)

/*
 * Changes of what only this CPU changes, while others may look. On x86 each of them is one instruction, without a lock
 * prefix; of the usual form the compiler makes three.
 */
#ifdef __x86_64__
#define MINI_IN_PLACE(instruction, place, kind, operand) \
	__asm__ volatile(instruction : "+m"(place) : kind(operand) : "memory")
#endif

static inline void mini_decrement(int32_t *number)
{
#ifdef __x86_64__
	MINI_IN_PLACE("subl %1, %0", *number, "ir", 1);
#else
	mini_set(*number, *number - 1);
#endif
}

static inline void mini_add(uint64_t *number, uint64_t added)
{
#ifdef __x86_64__
	MINI_IN_PLACE("addq %1, %0", *number, "er", added);
#else
	mini_set(*number, *number + added);
#endif
}

static inline void mini_flip(uint32_t *word, uint32_t bits)
{
#ifdef __x86_64__
	MINI_IN_PLACE("xorl %1, %0", *word, "ir", bits);
#else
	mini_set(*word, *word ^ bits);
#endif
}

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
	mini_set(*number, *number + 1);
	zero = *number == 0;
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
	mini_decrement(&window->inside);
}

/* Whether this is an interrupt of somebody in the window, or on the way there. */
static inline bool mini_window_is_busy(const struct mini_window *window)
{
	const int32_t inside = mini_once(window->inside);

	return inside != MINI_WINDOW_OPEN && inside != MINI_WINDOW_CLOSED;
}

/* Not while it is busy. */
static inline void mini_window_set(struct mini_window *window, bool open)
{
	mini_set(window->inside, open ? MINI_WINDOW_OPEN : MINI_WINDOW_CLOSED);
}

#endif /* MINI_MM_PERCPU_WINDOW_H */
