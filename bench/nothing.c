// SPDX-License-Identifier: GPL-2.0
/*
 * The loops on nothing: what they cost themselves. Two arguments of each call, as many as any of them has, are brought
 * where they belong: what is left of another side's figure, when this one is subtracted, is its calls.
 */
#include <linux/compiler.h>

#include "bench.h"

static __always_inline void *side_take(const struct bench_subject *subject, const u32 memory)
{
	void *taken = (void *)subject;

	bench_pass((__force u32)subject->gfp, subject->order);
	OPTIMIZER_HIDE_VAR(taken);
	return taken;
}

static __always_inline void side_give(const struct bench_subject *subject, void *taken, const u32 memory)
{
	bench_pass((unsigned long)taken, subject->order);
}

static __always_inline bool side_take_bulk(const struct bench_subject *subject, void **slots, u32 nr,
					   const u32 memory)
{
	bench_pass(nr, (unsigned long)slots);
	return true;
}

static __always_inline void side_give_bulk(const struct bench_subject *subject, void **slots, u32 nr,
					   const u32 memory)
{
	bench_pass(nr, (unsigned long)slots);
}

#define side_loop bench_empty_loop
#include "loops.h"
