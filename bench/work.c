// SPDX-License-Identifier: GPL-2.0
/*
 * A worker's part of a pass: the loops in pieces. Only the pieces are timed; between them the CPU is given to others,
 * signals are looked at, and caches are made cold. A piece is short enough that nobody waits long for the CPU.
 */
#include <linux/completion.h>
#include <linux/sched.h>

#include "bench.h"
#include "../module/glue/compat.h"

#define PIECE 1024
/* In an interrupt, with which everything else waits. */
#define INTERRUPT_PIECE 64

#define RING_SLOTS 256
#define RING_PIECE 16

size_t bench_slots(const struct mini_mm_bench_run *asked)
{
	switch (asked->shape) {
	case MINI_MM_BENCH_HOT:
		return 1;
	case MINI_MM_BENCH_FILL:
		return (((u64)asked->region_mb << 20) >> PAGE_SHIFT) >> asked->order;
	case MINI_MM_BENCH_HANDOVER:
		return RING_SLOTS;
	default:
		return asked->batch;
	}
}

/* --- pieces ---------------------------------------------------------------------------------------- */

static u32 timed_piece(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	u64 start = mini_cycles_now();
	u32 done = worker->run->side(worker, loop, slots, count);

	worker->cycles += mini_cycles_now() - start;
	return done;
}

static enum hrtimer_restart timer_fires(struct hrtimer *timer)
{
	struct bench_worker *worker = container_of(timer, struct bench_worker, timer);

	worker->loop_count = timed_piece(worker, worker->loop, worker->loop_slots, worker->loop_count);
	complete(&worker->called);
	return HRTIMER_NORESTART;
}

static u32 piece_in_interrupt(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	worker->loop = loop;
	worker->loop_slots = slots;
	worker->loop_count = count;
	reinit_completion(&worker->called);
	mini_hrtimer_setup(&worker->timer, timer_fires, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	hrtimer_start(&worker->timer, ns_to_ktime(1000), HRTIMER_MODE_REL_PINNED_HARD);
	wait_for_completion(&worker->called);
	/* The callback has called complete(), but may not have returned yet. */
	hrtimer_cancel(&worker->timer);
	return worker->loop_count;
}

static void walk_cold_buffer(struct bench_run *run)
{
	size_t i;

	for (i = 0; i < run->cold_bytes; i += L1_CACHE_BYTES) {
		WRITE_ONCE(run->cold[i], READ_ONCE(run->cold[i]) + 1);
		if (!(i & (SZ_1M - 1)))
			cond_resched();
	}
}

static u32 piece(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count)
{
	struct bench_run *run = worker->run;
	u32 done;

	if (run->cold)
		walk_cold_buffer(run);
	if (run->asked->flags & MINI_MM_BENCH_INTERRUPT)
		done = piece_in_interrupt(worker, loop, slots, count);
	else
		done = timed_piece(worker, loop, slots, count);
	cond_resched();
	return done;
}

static u32 longest_piece(const struct mini_mm_bench_run *asked)
{
	u32 most = asked->flags & MINI_MM_BENCH_INTERRUPT ? INTERRUPT_PIECE : PIECE;

	/* Zeroing takes a time that grows with the block. */
	return max(asked->flags & MINI_MM_BENCH_ZERO ? most >> asked->order : most, 1u);
}

static bool stopped(const struct bench_run *run)
{
	return READ_ONCE(run->stop);
}

static void exhausted(struct bench_run *run)
{
	WRITE_ONCE(run->exhausted, true);
	WRITE_ONCE(run->stop, true);
}

/* --- shapes ---------------------------------------------------------------------------------------- */

u32 bench_take_all(struct bench_worker *worker, void **slots, u32 nr)
{
	u32 most = longest_piece(worker->run->asked);
	u32 taken = 0;

	while (taken < nr && !stopped(worker->run)) {
		u32 wanted = min(nr - taken, most);
		u32 got = piece(worker, BENCH_LOOP_TAKE, slots + taken, wanted);

		taken += got;
		if (got < wanted)
			break;
	}
	return taken;
}

void bench_give_all(struct bench_worker *worker, void **slots, u32 nr)
{
	u32 most = longest_piece(worker->run->asked);
	u32 given = 0;

	while (given < nr)
		given += piece(worker, BENCH_LOOP_GIVE, slots + given, min(nr - given, most));
}

static void fill_and_drain(struct bench_worker *worker)
{
	struct bench_run *run = worker->run;
	u32 most = bench_slots(run->asked);

	while (worker->pairs < run->pairs && !stopped(run)) {
		u32 taken = bench_take_all(worker, worker->slots, most);

		bench_give_all(worker, worker->slots, taken);
		worker->pairs += taken;
		if (!taken)
			exhausted(run);
	}
}

static void repeat_loop(struct bench_worker *worker, enum bench_loop loop)
{
	struct bench_run *run = worker->run;
	u32 pairs_each = loop == BENCH_LOOP_HOT ? 1 : run->asked->batch;
	u32 most = run->cold ? 1 : max(longest_piece(run->asked) / pairs_each, 1u);
	u64 left = DIV_ROUND_UP_ULL(run->pairs, pairs_each);

	while (left && !stopped(run)) {
		u32 wanted = min_t(u64, left, most);
		u32 done = piece(worker, loop, worker->slots, wanted);

		worker->pairs += (u64)done * pairs_each;
		left -= done;
		if (done < wanted)
			exhausted(run);
	}
}

static void wait_a_little(void)
{
	cpu_relax();
	cond_resched();
}

/*
 * The ring's slots are the first worker's; both counts only grow. A count is released after what it says has been
 * written or read in the slots, and acquired by the other one before it reads or writes there.
 */
static void produce(struct bench_worker *worker)
{
	struct bench_run *run = worker->run;
	struct bench_ring *ring = &run->ring;
	u64 made = 0;

	while (made < run->pairs && !stopped(run)) {
		u32 wanted = min_t(u64, RING_PIECE, run->pairs - made);
		u32 got;

		/* Slots that were freed may be written. */
		if (made - smp_load_acquire(&ring->freed) > RING_SLOTS - RING_PIECE) {
			wait_a_little();
			continue;
		}
		got = piece(worker, BENCH_LOOP_TAKE, worker->slots + made % RING_SLOTS, wanted);
		made += got;
		/* The slots are written. */
		smp_store_release(&ring->made, made);
		if (got < wanted)
			exhausted(run);
	}
	/* After the last count. */
	smp_store_release(&ring->done, true);
}

/* Frees all that was made, even if it was the last before a signal. */
static void consume(struct bench_worker *worker)
{
	struct bench_run *run = worker->run;
	struct bench_ring *ring = &run->ring;
	void **slots = run->workers[0].slots;
	u64 freed = 0;

	for (;;) {
		/* Before the count, which then is the last one. */
		bool done = smp_load_acquire(&ring->done);
		/* What it counts has been written. */
		u32 ready = smp_load_acquire(&ring->made) - freed;

		if (!ready && done)
			break;
		if (!ready) {
			wait_a_little();
			continue;
		}
		ready = min3(ready, (u32)RING_PIECE, (u32)(RING_SLOTS - freed % RING_SLOTS));
		freed += piece(worker, BENCH_LOOP_GIVE, slots + freed % RING_SLOTS, ready);
		/* The slots have been read. */
		smp_store_release(&ring->freed, freed);
	}
	worker->pairs = freed;
}

void bench_work(struct bench_worker *worker)
{
	switch (worker->run->asked->shape) {
	case MINI_MM_BENCH_HOT:
		return repeat_loop(worker, BENCH_LOOP_HOT);
	case MINI_MM_BENCH_BATCHES:
		return repeat_loop(worker, BENCH_LOOP_BATCHES);
	case MINI_MM_BENCH_SHUFFLED:
		return repeat_loop(worker, BENCH_LOOP_SHUFFLED);
	case MINI_MM_BENCH_BULK:
		return repeat_loop(worker, BENCH_LOOP_BULK);
	case MINI_MM_BENCH_FILL:
		return fill_and_drain(worker);
	case MINI_MM_BENCH_HANDOVER:
		return worker->index ? consume(worker) : produce(worker);
	}
}
