// SPDX-License-Identifier: GPL-2.0
/*
 * One measurement: an arena and a cache of its own, a pass to warm up, a pass that counts, one with a clock around each
 * call if that is wanted; and then nothing of it is left.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "bench.h"
#include "../module/glue/compat.h"

#define NAME "mini_mm_bench"
#define WARM_UP_SHARE 8
#define WARM_UP_MOST 20000
#define LOOP_TRIES 3

int bench_refuse(struct mini_mm_bench_run *asked, enum mini_mm_bench_reason why, int error)
{
	asked->why = why;
	return error;
}

/* --- latencies ------------------------------------------------------------------------------------- */

static u32 bucket_of(u64 value)
{
	u32 power;

	if (value < 8)
		return value;
	power = __fls(value);
	return (power - 2) * 8 + (value >> (power - 3)) % 8;
}

void bench_record(struct bench_run *run, struct bench_latencies *latencies, u64 cycles, u32 calls)
{
	cycles = cycles > run->clock_cycles ? cycles - run->clock_cycles : 0;
	if (calls > 1)
		cycles = div_u64(cycles, calls);
	latencies->buckets[bucket_of(cycles)] += calls;
	latencies->max = max(latencies->max, cycles);
}

static u64 least_clock_cycles(void)
{
	u64 least = U64_MAX;
	int i;

	for (i = 0; i < 100; i++) {
		u64 start = mini_cycles_now();

		least = min(least, mini_cycles_now() - start);
	}
	return least;
}

static void add_latencies(u64 *buckets, u64 *highest, const struct bench_latencies *latencies)
{
	u32 i;

	for (i = 0; i < MINI_MM_REPLAY_BUCKETS; i++)
		buckets[i] += latencies->buckets[i];
	*highest = max(*highest, latencies->max);
}

/* --- passes ---------------------------------------------------------------------------------------- */

struct pass_figures {
	u64 pairs;
	u64 cycles;
	u64 wall_ns;
	u64 wall_cycles;
};

/* -ENOSPC when an allocation failed, what bench_team_run() says, or 0. */
static int pass(struct bench_run *run, u64 operations, bool timed, struct pass_figures *figures)
{
	bool handover = run->asked->shape == MINI_MM_BENCH_HANDOVER;
	u64 start_ns, start_cycles;
	int error;
	u32 i;

	run->pairs = handover ? operations : DIV_ROUND_UP_ULL(operations, run->asked->cpus);
	run->timed = timed;
	run->ring = (struct bench_ring){};
	for (i = 0; i < run->asked->cpus; i++) {
		run->workers[i].pairs = 0;
		run->workers[i].cycles = 0;
	}
	start_ns = ktime_get_ns();
	start_cycles = mini_cycles_now();
	error = bench_team_run(run);
	*figures = (struct pass_figures){
		.wall_ns = ktime_get_ns() - start_ns,
		.wall_cycles = mini_cycles_now() - start_cycles,
	};
	for (i = 0; i < run->asked->cpus; i++) {
		const struct bench_worker *worker = &run->workers[i];

		figures->pairs += worker->pairs;
		figures->cycles = handover ? figures->cycles + worker->cycles : max(figures->cycles, worker->cycles);
	}
	if (!error && run->exhausted)
		error = -ENOSPC;
	return error;
}

/* What the loops of a pass that took @figures cost themselves; 0 where workers wait for each other. */
static u64 cost_of_loop(struct bench_run *run, const struct pass_figures *figures)
{
	const typeof(run->side) side = run->side;
	u64 least = figures->cycles;
	struct pass_figures empty;
	int i;

	if (run->asked->cpus > 1 || run->cold || run->asked->flags & MINI_MM_BENCH_INTERRUPT)
		return 0;
	/* The least of a few: whatever disturbs such a loop makes it longer. */
	run->side = bench_empty_loop;
	for (i = 0; i < LOOP_TRIES; i++)
		if (!pass(run, run->asked->operations, false, &empty))
			least = min(least, empty.cycles);
	run->side = side;
	return least < figures->cycles ? least : 0;
}

static int passes(struct bench_run *run)
{
	struct mini_mm_bench_run *asked = run->asked;
	struct pass_figures figures;
	int error;
	u32 i;

	error = pass(run, min_t(u64, DIV_ROUND_UP_ULL(asked->operations, WARM_UP_SHARE), WARM_UP_MOST), false,
		     &figures);
	if (!error)
		error = pass(run, asked->operations, false, &figures);
	if (error)
		return error;
	asked->pairs = figures.pairs;
	asked->loop_cycles = cost_of_loop(run, &figures);
	asked->cycles = figures.cycles - asked->loop_cycles;
	asked->ns = mul_u64_u64_div_u64(asked->cycles, figures.wall_ns, max(figures.wall_cycles, 1ULL));
	if (!(asked->flags & MINI_MM_BENCH_LATENCIES))
		return 0;
	error = pass(run, asked->operations, true, &figures);
	asked->latency_ns = figures.wall_ns;
	asked->latency_cycles = figures.wall_cycles;
	for (i = 0; i < asked->cpus; i++) {
		add_latencies(asked->allocs, &asked->max_alloc, &run->workers[i].allocs);
		add_latencies(asked->frees, &asked->max_free, &run->workers[i].frees);
	}
	return error;
}

static int with_live(struct bench_run *run)
{
	u32 live = run->asked->live;
	int error = -EINTR;
	u32 taken = 0;

	/* In pieces, on whatever CPU this is: nothing of it is timed. */
	while (taken < live && !signal_pending(current)) {
		u32 wanted = min_t(u32, live - taken, 1024);
		u32 got = bench_take_all(&run->workers[0], run->live + taken, wanted);

		taken += got;
		if (got < wanted) {
			error = -ENOSPC;
			break;
		}
	}
	if (taken == live)
		error = passes(run);
	bench_give_all(&run->workers[0], run->live, taken);
	return error;
}

/* --- what it needs --------------------------------------------------------------------------------- */

static int make_subject(struct bench_run *run)
{
	struct mini_mm_bench_run *asked = run->asked;
	const struct mini_arena_params params = {
		.size = (unsigned long)asked->region_mb << 20,
		.page_engine = *asked->page_engine ? asked->page_engine : NULL,
		.placement = *asked->placement ? asked->placement : NULL,
		.object_engine = *asked->object_engine ? asked->object_engine : NULL,
		.debug = "",
	};
	bool objects = asked->memory == MINI_MM_BENCH_OBJECTS;
	struct bench_subject *subject = &run->subject;

	subject->size = asked->size;
	subject->order = asked->order;
	subject->gfp = asked->flags & MINI_MM_BENCH_INTERRUPT ? GFP_ATOMIC | __GFP_NOWARN : BENCH_GFP;
	if (asked->flags & MINI_MM_BENCH_ZERO)
		subject->gfp |= __GFP_ZERO;
	if (asked->side == MINI_MM_BENCH_KERNEL) {
		if (objects)
			subject->theirs = kmem_cache_create(NAME, asked->size, 0, SLAB_NO_MERGE, NULL);
		return objects && !subject->theirs ? bench_refuse(asked, MINI_MM_BENCH_WHY_ARENA, -ENOMEM) : 0;
	}
	subject->arena = mini_arena_create(NAME, &params);
	if (IS_ERR(subject->arena))
		return bench_refuse(asked, MINI_MM_BENCH_WHY_ARENA, PTR_ERR(subject->arena));
	if (objects)
		subject->ours = mini_kmem_cache_create(subject->arena, NAME, asked->size, 0, 0, NULL);
	return objects && !subject->ours ? bench_refuse(asked, MINI_MM_BENCH_WHY_ARENA, -ENOMEM) : 0;
}

static int make_shuffled(struct bench_run *run)
{
	struct rnd_state random;
	u32 nr = run->asked->batch;
	u32 i;

	if (run->asked->shape != MINI_MM_BENCH_SHUFFLED)
		return 0;
	run->shuffled = kvmalloc_array(nr, sizeof(*run->shuffled), GFP_KERNEL);
	if (!run->shuffled)
		return -ENOMEM;
	/* The same order each time. */
	prandom_seed_state(&random, nr);
	for (i = 0; i < nr; i++) {
		u32 other = prandom_u32_state(&random) % (i + 1);

		run->shuffled[i] = run->shuffled[other];
		run->shuffled[other] = i;
	}
	return 0;
}

static int make_room(struct bench_run *run)
{
	struct mini_mm_bench_run *asked = run->asked;
	u32 i;

	run->workers = kvcalloc(asked->cpus, sizeof(*run->workers), GFP_KERNEL);
	if (!run->workers)
		return -ENOMEM;
	for (i = 0; i < asked->cpus; i++) {
		struct bench_worker *worker = &run->workers[i];

		worker->run = run;
		worker->index = i;
		init_completion(&worker->called);
		/* Bulk calls want entries that are NULL. */
		worker->slots = kvcalloc(bench_slots(asked), sizeof(*worker->slots), GFP_KERNEL);
		if (!worker->slots)
			return -ENOMEM;
	}
	if (asked->live) {
		run->live = kvcalloc(asked->live, sizeof(*run->live), GFP_KERNEL);
		if (!run->live)
			return -ENOMEM;
	}
	if (asked->flags & MINI_MM_BENCH_COLD) {
		run->cold_bytes = (size_t)asked->cold_mb << 20;
		run->cold = vmalloc(run->cold_bytes);
		if (!run->cold)
			return -ENOMEM;
	}
	return make_shuffled(run);
}

static void unmake(struct bench_run *run)
{
	u32 i;

	mini_kmem_cache_destroy(run->subject.ours);
	mini_arena_destroy(run->subject.arena);
	kmem_cache_destroy(run->subject.theirs);
	kvfree(run->shuffled);
	vfree(run->cold);
	kvfree(run->live);
	for (i = 0; run->workers && i < run->asked->cpus; i++)
		kvfree(run->workers[i].slots);
	kvfree(run->workers);
}

/* The kernel would rather end processes than give us nothing. */
static bool takes_too_much(const struct mini_mm_bench_run *asked)
{
	u64 unit = asked->memory == MINI_MM_BENCH_PAGES ? PAGE_SIZE << asked->order : asked->size;
	u64 bytes = (asked->live + (u64)bench_slots(asked) * asked->cpus) * (unit + sizeof(void *));
	struct sysinfo info;

	si_meminfo(&info);
	return bytes + ((u64)asked->cold_mb << 20) > (u64)info.freeram * info.mem_unit / 2;
}

int bench_measure(struct mini_mm_bench_run *asked)
{
	struct bench_run *run;
	int error;

	if (asked->side == MINI_MM_BENCH_KERNEL && takes_too_much(asked))
		return bench_refuse(asked, MINI_MM_BENCH_WHY_MEMORY, -ENOMEM);
	run = kzalloc(sizeof(*run), GFP_KERNEL);
	if (!run)
		return bench_refuse(asked, MINI_MM_BENCH_WHY_MEMORY, -ENOMEM);
	run->asked = asked;
	run->side = asked->side == MINI_MM_BENCH_OURS ? bench_our_loop : bench_kernel_loop;
	run->clock_cycles = least_clock_cycles();
	/* The arena first: the buffers leave holes in what it needs in one piece. */
	error = make_subject(run);
	if (!error) {
		error = make_room(run);
		if (!error)
			error = with_live(run);
		if (error == -ENOSPC)
			asked->why = MINI_MM_BENCH_WHY_EXHAUSTED;
		else if (error == -EINTR)
			asked->why = MINI_MM_BENCH_WHY_INTERRUPTED;
		else if (error)
			asked->why = MINI_MM_BENCH_WHY_MEMORY;
	}
	unmake(run);
	kfree(run);
	return error;
}
