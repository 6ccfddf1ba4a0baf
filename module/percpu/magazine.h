/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Magazines of objects (Bonwick & Adams, "Magazines and Vmem", USENIX 2001, section 3), for C11 and C++20.
 *
 * Each CPU (or thread) has two magazines of one cache: it takes objects from and puts them into the one that is
 * loaded, and swaps it with the previous one when that helps. When neither helps, one of them is exchanged with the
 * depot, where full and empty magazines lie, and only when the depot does not help either, the object engine is asked.
 *
 *      CPU:     loaded [o o o . . .]   previous [o o o o o o]
 *      depot:   full   [o o o o o o] -> [o o o o o o]         empty [. . . . . .]
 *
 * mini_magazine_take() and mini_magazine_give() are all of the hot path. The caller stays on its CPU. They need no
 * atomic operation, for they work inside of the CPU's window (window.h). The other functions are for who stays on its
 * CPU with interrupts off, and has seen that the window is not busy.
 */
#ifndef MINI_MM_PERCPU_MAGAZINE_H
#define MINI_MM_PERCPU_MAGAZINE_H

#include "window.h"

struct mini_magazine {
	struct mini_magazine *next;    /* in the depot */
	uint32_t rounds;	       /* objects in it, while it is not loaded */
	void *bottom;		       /* NULL, which ends the objects below */
	__extension__ void *objects[]; /* which C++ has as an extension */
};

struct mini_magazine_cpu {
	struct mini_window window;
	void **top;	      /* of the loaded magazine: where the next object goes, above the last one */
	void **end;	      /* of its room */
	void **bottom;	      /* where its first object is */
	uint64_t allocations; /* by mini_magazine_take(); what there is now says how many were freed */
	struct mini_magazine *loaded, *previous; /* or NULL */
	void *none[1];				 /* NULL: the bottom of a magazine that is not there */
};

static inline uint32_t mini_magazine_rounds(const struct mini_magazine_cpu *cpu)
{
	return (uint32_t)(mini_once(cpu->top) - mini_once(cpu->bottom));
}

/* An object of the loaded magazine, or NULL. Inside of the window, or as the other functions. */
static inline void *mini_magazine_take(struct mini_magazine_cpu *cpu)
{
	void **top = cpu->top;
	void *object = top[-1];

	if (mini_likely(object)) {
		mini_set(cpu->top, top - 1);
		mini_add(&cpu->allocations, 1);
	}
	return object;
}

/* False: the loaded magazine is full, or @object was just freed. As above. */
static inline bool mini_magazine_give(struct mini_magazine_cpu *cpu, void *object)
{
	void **top = cpu->top;

	if (!mini_likely(top != cpu->end) || !mini_likely(top[-1] != object))
		return false;
	*top = object;
	mini_set(cpu->top, top + 1);
	return true;
}

/* Up to @nr objects of the loaded magazine, the one that was freed last as the last. How many. */
static inline size_t mini_magazine_pop_some(struct mini_magazine_cpu *cpu, size_t nr, void **objects)
{
	size_t taken = 0;

	if (mini_window_enter(&cpu->window)) {
		const size_t rounds = (size_t)(cpu->top - cpu->bottom);

		taken = nr < rounds ? nr : rounds;
		mini_set(cpu->top, cpu->top - taken);
		mini_add(&cpu->allocations, taken);
		if (mini_likely(taken))
			__builtin_memcpy(objects, cpu->top, taken * sizeof(*objects));
	}
	mini_window_leave(&cpu->window);
	return taken;
}

/* By anybody: whether there may be an object on this CPU. What it says may be over already. */
static inline bool mini_magazine_has_some(const struct mini_magazine_cpu *cpu)
{
	return mini_once(cpu->previous) || mini_once(cpu->top) != mini_once(cpu->bottom);
}

/* Whether @object is the one that was freed last on this CPU. */
static inline bool mini_magazine_is_on_top(const struct mini_magazine_cpu *cpu, const void *object)
{
	return cpu->top[-1] == object;
}

/* --- with interrupts off, and the window not busy --------------------------------------------------------- */

/* Puts @magazine of room for @size, or nothing, in the place of the loaded one, which is returned. */
static inline struct mini_magazine *mini_magazine_load(struct mini_magazine_cpu *cpu, struct mini_magazine *magazine,
						       uint32_t size)
{
	struct mini_magazine *before = cpu->loaded;

	if (before)
		before->rounds = mini_magazine_rounds(cpu);
	cpu->loaded = magazine;
	mini_set(cpu->bottom, magazine ? magazine->objects : cpu->none + 1);
	mini_set(cpu->top, cpu->bottom + (magazine ? magazine->rounds : 0));
	cpu->end = cpu->bottom + (magazine ? size : 0);
	return before;
}

/* Swaps the two. */
static inline void mini_magazine_swap(struct mini_magazine_cpu *cpu, uint32_t size)
{
	mini_set(cpu->previous, mini_magazine_load(cpu, cpu->previous, size));
}

/* Of a CPU that has never been used. */
static inline void mini_magazine_start(struct mini_magazine_cpu *cpu, bool open)
{
	mini_window_set(&cpu->window, open);
	mini_magazine_load(cpu, (struct mini_magazine *)0, 0);
}

#endif /* MINI_MM_PERCPU_MAGAZINE_H */
