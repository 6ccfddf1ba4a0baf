/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bench's parts: loops (loops.h) do the work, workers (work.c) run them in pieces that are timed, a team (team.c)
 * is one worker a CPU, and a run (run.c) is all of it for one ioctl (main.c).
 */
#ifndef MINI_MM_BENCH_H
#define MINI_MM_BENCH_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/slab.h>
#include <linux/types.h>

#include "mini_mm.h"
#include "uapi/mini_mm_bench.h"

/* Memory that there is not is a figure, and no reason to warn or to end processes. */
#define BENCH_GFP (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)

/* What is allocated and freed. */
struct bench_subject {
	struct mini_arena *arena;
	struct mini_cache *ours;
	struct kmem_cache *theirs;
	u32 size;
	u32 order;
	gfp_t gfp;
};

struct bench_latencies {
	u64 buckets[MINI_MM_REPLAY_BUCKETS];
	u64 max;
};

struct bench_worker;

/* Does @count pairs (HOT), batches (BATCHES, SHUFFLED, BULK) or calls (TAKE, GIVE); gives how many it could do. */
typedef u32 (*bench_loop)(struct bench_worker *worker, void **slots, u32 count);

enum bench_loop_kind {
	BENCH_LOOP_HOT,
	BENCH_LOOP_BATCHES,
	BENCH_LOOP_SHUFFLED,
	BENCH_LOOP_BULK,
	BENCH_LOOP_TAKE,
	BENCH_LOOP_GIVE,
	BENCH_LOOPS
};

/* One memory's: without and with a clock around each call. NULL where it cannot be. */
typedef bench_loop bench_loop_table[BENCH_LOOPS][2];

extern const bench_loop_table bench_our_loops[];
extern const bench_loop_table bench_kernel_loops[];

/* From one CPU to another. @made and @done are written by the one, @freed by the other. */
struct bench_ring {
	u64 made;
	bool done;
	u64 freed ____cacheline_aligned_in_smp;
};

struct bench_run {
	struct mini_mm_bench_run *asked;
	const bench_loop_table *loops;
	struct bench_subject subject;
	struct bench_ring ring;
	void **live;
	u32 *shuffled; /* 0 to batch - 1 in random order */
	u8 *cold;
	size_t cold_bytes;
	u64 clock_cycles; /* reading the clock */
	struct bench_worker *workers;

	/* One pass. */
	u64 pairs; /* each worker's */
	bool timed;
	bool stop;
	bool exhausted;
	atomic_t arrived;
	atomic_t working;
	struct completion finished;
};

struct bench_worker {
	struct bench_run *run;
	struct task_struct *task;
	u32 index;
	void **slots;
	u64 pairs;
	u64 cycles;
	struct bench_latencies allocs;
	struct bench_latencies frees;

	/* What a timer's interrupt is asked to do, and what came of it. */
	struct hrtimer timer;
	struct completion called;
	bench_loop loop;
	void **loop_slots;
	u32 loop_count;
};

/* How many slots each worker needs. */
size_t bench_slots(const struct mini_mm_bench_run *asked);
/* A worker's part of a pass. */
void bench_work(struct bench_worker *worker);
/* Allocates @nr into @slots, and frees them. Gives how many there were. */
u32 bench_take_all(struct bench_worker *worker, void **slots, u32 nr);
void bench_give_all(struct bench_worker *worker, void **slots, u32 nr);

/* Runs bench_work() on as many CPUs as there are workers. 0, -EINTR, or -ENOMEM. */
int bench_team_run(struct bench_run *run);

/* Counts a call; @calls of them that took @cycles together. */
void bench_record(struct bench_run *run, struct bench_latencies *latencies, u64 cycles, u32 calls);

int bench_refuse(struct mini_mm_bench_run *asked, enum mini_mm_bench_reason why, int error);
/* One measurement, whose arguments are known to be in range. */
int bench_measure(struct mini_mm_bench_run *asked);

#endif /* MINI_MM_BENCH_H */
