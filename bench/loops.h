/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loops that are measured. Included once for each side, ours.c and kernel.c, which define how that side takes and
 * gives: so both run the same code, and each call in it is a direct one.
 *
 *   side_take(), side_give()		one piece of memory
 *   side_take_bulk(), side_give_bulk()	many
 *   side_loop				the name of the function that runs a loop
 *
 * @memory and @timed are constants wherever a loop is inlined, so that the compiler makes one of its own for each. The
 * subject is copied in each, so that it stays in registers across the calls.
 */
#include "../module/glue/compat.h"

static __always_inline void *take(struct bench_worker *worker, const struct bench_subject *subject,
				  const u32 memory, const bool timed)
{
	void *taken;
	u64 start;

	if (!timed)
		return side_take(subject, memory);
	start = mini_cycles_now();
	taken = side_take(subject, memory);
	bench_record(worker->run, &worker->allocs, mini_cycles_now() - start, 1);
	return taken;
}

static __always_inline void give(struct bench_worker *worker, const struct bench_subject *subject, void *taken,
				 const u32 memory, const bool timed)
{
	u64 start;

	if (!timed) {
		side_give(subject, taken, memory);
		return;
	}
	start = mini_cycles_now();
	side_give(subject, taken, memory);
	bench_record(worker->run, &worker->frees, mini_cycles_now() - start, 1);
}

static __always_inline u32 hot(struct bench_worker *worker, u32 count, const u32 memory, const bool timed)
{
	const struct bench_subject subject = worker->run->subject;
	u32 i;

	for (i = 0; i < count; i++) {
		void *taken = take(worker, &subject, memory, timed);

		if (unlikely(!taken))
			break;
		give(worker, &subject, taken, memory, timed);
	}
	return i;
}

static __always_inline u32 take_some(struct bench_worker *worker, void **slots, u32 count, const u32 memory,
				     const bool timed)
{
	const struct bench_subject subject = worker->run->subject;
	u32 i;

	for (i = 0; i < count; i++) {
		slots[i] = take(worker, &subject, memory, timed);
		if (unlikely(!slots[i]))
			break;
	}
	return i;
}

static __always_inline u32 give_some(struct bench_worker *worker, void **slots, u32 count, const u32 memory,
				     const bool timed, const bool shuffled)
{
	const u32 *order = worker->run->shuffled;
	const struct bench_subject subject = worker->run->subject;
	u32 i;

	for (i = 0; i < count; i++)
		give(worker, &subject, slots[shuffled ? order[i] : i], memory, timed);
	return i;
}

static __always_inline u32 batches(struct bench_worker *worker, void **slots, u32 count, const u32 memory,
				   const bool timed, const bool shuffled)
{
	u32 batch = worker->run->asked->batch;
	u32 i;

	for (i = 0; i < count; i++) {
		u32 taken = take_some(worker, slots, batch, memory, timed);

		if (unlikely(taken < batch)) {
			give_some(worker, slots, taken, memory, timed, false);
			break;
		}
		give_some(worker, slots, batch, memory, timed, shuffled);
	}
	return i;
}

static __always_inline u32 bulks(struct bench_worker *worker, void **slots, u32 count, const u32 memory,
				 const bool timed)
{
	u32 batch = worker->run->asked->batch;
	const struct bench_subject subject = worker->run->subject;
	u32 i;

	for (i = 0; i < count; i++) {
		u64 start = timed ? mini_cycles_now() : 0;

		if (unlikely(!side_take_bulk(&subject, slots, batch, memory)))
			break;
		if (timed) {
			bench_record(worker->run, &worker->allocs, mini_cycles_now() - start, batch);
			start = mini_cycles_now();
		}
		side_give_bulk(&subject, slots, batch, memory);
		if (timed)
			bench_record(worker->run, &worker->frees, mini_cycles_now() - start, batch);
	}
	return i;
}

static __always_inline u32 any_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count,
				    const u32 memory, const bool timed)
{
	switch (loop) {
	case BENCH_LOOP_HOT:
		return hot(worker, count, memory, timed);
	case BENCH_LOOP_BATCHES:
		return batches(worker, slots, count, memory, timed, false);
	case BENCH_LOOP_SHUFFLED:
		return batches(worker, slots, count, memory, timed, true);
	case BENCH_LOOP_BULK:
		/* There is no bulk call of kmalloc. */
		return memory == MINI_MM_BENCH_KMALLOC ? 0 : bulks(worker, slots, count, memory, timed);
	case BENCH_LOOP_TAKE:
		return take_some(worker, slots, count, memory, timed);
	default:
		return give_some(worker, slots, count, memory, timed, false);
	}
}

static noinline u32 object_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	return any_loop(worker, loop, slots, count, MINI_MM_BENCH_OBJECTS, false);
}

static noinline u32 timed_object_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	return any_loop(worker, loop, slots, count, MINI_MM_BENCH_OBJECTS, true);
}

static noinline u32 kmalloc_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	return any_loop(worker, loop, slots, count, MINI_MM_BENCH_KMALLOC, false);
}

static noinline u32 timed_kmalloc_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	return any_loop(worker, loop, slots, count, MINI_MM_BENCH_KMALLOC, true);
}

static noinline u32 page_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	return any_loop(worker, loop, slots, count, MINI_MM_BENCH_PAGES, false);
}

static noinline u32 timed_page_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	return any_loop(worker, loop, slots, count, MINI_MM_BENCH_PAGES, true);
}

u32 side_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	bool timed = worker->run->timed;

	switch (worker->run->asked->memory) {
	case MINI_MM_BENCH_OBJECTS:
		return (timed ? timed_object_loop : object_loop)(worker, loop, slots, count);
	case MINI_MM_BENCH_KMALLOC:
		return (timed ? timed_kmalloc_loop : kmalloc_loop)(worker, loop, slots, count);
	default:
		return (timed ? timed_page_loop : page_loop)(worker, loop, slots, count);
	}
}
