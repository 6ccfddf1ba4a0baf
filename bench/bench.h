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

enum bench_loop {
	BENCH_LOOP_HOT,	     /* pairs */
	BENCH_LOOP_BATCHES,  /* batches of the size that was asked for; so the next two */
	BENCH_LOOP_SHUFFLED,
	BENCH_LOOP_BULK,
	BENCH_LOOP_TAKE,     /* allocations, into the slots */
	BENCH_LOOP_GIVE,     /* frees, of what is in them */
};

/* Run a loop @count times, with a clock around each call in a timed pass. They give how many times they could. */
u32 bench_our_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count);
u32 bench_kernel_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count);
u32 bench_empty_loop(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count);

/* Brings two arguments where a call wants them. */
static __always_inline void bench_pass(unsigned long first, unsigned long second)
{
#ifdef CONFIG_X86_64
	asm volatile("" : : "D"(first), "S"(second) : "memory");
#else
	asm volatile("" : : "r"(first), "r"(second) : "memory");
#endif
}

/* From one CPU to another. @made and @done are written by the one, @freed by the other. */
struct bench_ring {
	u64 made;
	bool done;
	u64 freed ____cacheline_aligned_in_smp;
};

struct bench_run {
	struct mini_mm_bench_run *asked;
	u32 (*side)(struct bench_worker *worker, enum bench_loop loop, void **slots, u32 count);
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
	enum bench_loop loop;
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
