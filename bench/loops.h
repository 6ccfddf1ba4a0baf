/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loops that are measured. Included once for each side, ours.c and kernel.c, which define how that side takes and
 * gives: so both run the same code, and each call in it is a direct one.
 *
 *   side_take(), side_give()		one piece of memory
 *   side_take_bulk(), side_give_bulk()	many
 *   SIDE_LOOPS				the name of the table
 *
 * What is constant for a table entry is a constant argument here: the compiler makes a loop of its own for each.
 */
#include "../module/glue/compat.h"

/* The subject is copied, so that it stays in registers across the calls. */
#define SUBJECT(worker) const struct bench_subject subject = (worker)->run->subject

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
	SUBJECT(worker);
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
	SUBJECT(worker);
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
	SUBJECT(worker);
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
	SUBJECT(worker);
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

#define LOOP(name, expression) \
	static noinline u32 name(struct bench_worker *worker, void **slots, u32 count) \
	{ \
		return expression; \
	}

#define TIMED_LOOPS(prefix, memory, timed) \
	LOOP(prefix##_hot_##timed, hot(worker, count, memory, timed)) \
	LOOP(prefix##_batches_##timed, batches(worker, slots, count, memory, timed, false)) \
	LOOP(prefix##_shuffled_##timed, batches(worker, slots, count, memory, timed, true)) \
	LOOP(prefix##_take_##timed, take_some(worker, slots, count, memory, timed)) \
	LOOP(prefix##_give_##timed, give_some(worker, slots, count, memory, timed, false))

#define BULK_LOOPS(prefix, memory) \
	LOOP(prefix##_bulk_0, bulks(worker, slots, count, memory, 0)) \
	LOOP(prefix##_bulk_1, bulks(worker, slots, count, memory, 1))

#define LOOPS(prefix, memory) \
	TIMED_LOOPS(prefix, memory, 0) \
	TIMED_LOOPS(prefix, memory, 1)

#define ENTRY(prefix, kind) { prefix##_##kind##_0, prefix##_##kind##_1 }

#define ENTRIES(prefix) \
	[BENCH_LOOP_HOT] = ENTRY(prefix, hot), \
	[BENCH_LOOP_BATCHES] = ENTRY(prefix, batches), \
	[BENCH_LOOP_SHUFFLED] = ENTRY(prefix, shuffled), \
	[BENCH_LOOP_TAKE] = ENTRY(prefix, take), \
	[BENCH_LOOP_GIVE] = ENTRY(prefix, give)

LOOPS(objects, MINI_MM_BENCH_OBJECTS)
LOOPS(kmalloc, MINI_MM_BENCH_KMALLOC)
LOOPS(pages, MINI_MM_BENCH_PAGES)
BULK_LOOPS(objects, MINI_MM_BENCH_OBJECTS)
BULK_LOOPS(pages, MINI_MM_BENCH_PAGES)

const bench_loop_table SIDE_LOOPS[] = {
	[MINI_MM_BENCH_OBJECTS] = { ENTRIES(objects), [BENCH_LOOP_BULK] = ENTRY(objects, bulk) },
	[MINI_MM_BENCH_KMALLOC] = { ENTRIES(kmalloc) },
	[MINI_MM_BENCH_PAGES] = { ENTRIES(pages), [BENCH_LOOP_BULK] = ENTRY(pages, bulk) },
};
