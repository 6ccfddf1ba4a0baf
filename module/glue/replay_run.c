// SPDX-License-Identifier: GPL-2.0
/*
 * Replays, run: each operation executed and, if that is wanted, timed.
 *
 * The operations come in chunks. What is measured is their execution alone, chunk by chunk, without the copies
 * from user memory; an operation's own cost in here (a switch and a slot) is in it, the same for all engines.
 */
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "replay.h"

#define CHUNK 256

/* What is too large for the stack. */
struct desk {
	struct mini_mm_replay_op ops[CHUNK];
	u64 histogram[MINI_MM_REPLAY_BUCKETS];
};

/* --- the constructor ------------------------------------------------------------------------------- */

/* Each waits for the one before: about five cycles. */
#define ROUNDS 1300
#define CONSTRUCTED 0x6d696e695f6d6d21ULL

static u64 grind(u64 value)
{
	int i;

	for (i = 0; i < ROUNDS; i++)
		value = (value ^ value >> 29) * 0xbf58476d1ce4e5b9ULL;
	return value;
}

void mini_replay_construct(void *object)
{
	u64 *words = object;
	u64 sum = grind(CONSTRUCTED);
	int i;

	for (i = 0; i < MINI_REPLAY_WORDS - 1; i++) {
		words[i] = CONSTRUCTED + i;
		sum += words[i];
	}
	words[i] = sum;
}

/* The first word and the last one: engines that write into free objects write at an end. */
static bool is_constructed(const struct mini_replay *replay, const void *object)
{
	const u64 *words = object;

	return words[0] == replay->model[0] && words[MINI_REPLAY_WORDS - 1] == replay->model[MINI_REPLAY_WORDS - 1];
}

/* --- one operation: 0, an error of the core, or REFUSED ----------------------------------------- */

#define REFUSED (-1)

/* Takes the slot: it holds @requested bytes, for which there went @granted. */
static void hold(struct mini_replay *replay, struct mini_slot *slot, enum mini_slot_state state, u32 detail,
		 u32 requested, u32 granted)
{
	slot->state = state;
	slot->detail = detail;
	slot->requested = requested;
	slot->granted = granted;
	replay->live_requested += requested;
	replay->live_granted += granted;
	if (replay->live_requested > replay->peak_requested) {
		replay->peak_requested = replay->live_requested;
		replay->peak_granted = replay->live_granted;
	}
}

static int replay_pages(struct mini_replay *replay, struct mini_slot *slot, u32 argument, u32 *why)
{
	const struct mini_core_page_request request = {
		.order = argument & 0xff,
		.type = (enum mini_core_migrate_type)(argument >> 8),
	};
	u32 order = request.order;
	u32 page;
	int error;

	BUILD_BUG_ON((int)MINI_MM_REPLAY_MOVABLE != (int)MINI_CORE_MOVABLE);
	BUILD_BUG_ON((int)MINI_MM_REPLAY_RECLAIMABLE != (int)MINI_CORE_RECLAIMABLE);
	if (argument >> 8 > MINI_MM_REPLAY_RECLAIMABLE) {
		*why = MINI_MM_WHY_FLAGS;
		return REFUSED;
	}
	error = mini_pages_request(replay->arena, &request, &page);
	if (error)
		return error;
	slot->address = mini_page_address(replay->arena, page);
	slot->movable = request.type == MINI_CORE_MOVABLE;
	if (slot->movable)
		set_page_private(mini_page(replay->arena, page), (unsigned long)slot | MINI_MARK_REPLAY);
	hold(replay, slot, MINI_SLOT_PAGES, order, PAGE_SIZE << order, PAGE_SIZE << order);
	return 0;
}

static int replay_object(struct mini_replay *replay, struct mini_slot *slot, u32 argument,
			 struct mini_mm_replay_run *run)
{
	struct mini_replay_cache *from;
	int error;

	if (argument >= replay->nr_caches) {
		run->why = MINI_MM_WHY_SLOT;
		return REFUSED;
	}
	from = &replay->caches[argument];
	error = mini_object_alloc(from->cache, &slot->address);
	if (error)
		return error;
	if (from->construct_each_time)
		mini_replay_construct(slot->address);
	else if (from->check && unlikely(!is_constructed(replay, slot->address)))
		run->violations++;
	hold(replay, slot, MINI_SLOT_OBJECT, argument, from->cache->object_size, from->granted);
	return 0;
}

static bool serves_several_sizes(const struct mini_cache *cache)
{
	return mini_core_object_engine_largest(mini_core_cache_engine(cache->core));
}

static int replay_kmalloc(struct mini_replay *replay, struct mini_slot *slot, u32 bytes, u32 *why)
{
	struct mini_cache *cache;
	int error;

	if (!bytes) {
		*why = MINI_MM_WHY_SIZE;
		return REFUSED;
	}
	error = mini_kmalloc_from(replay->arena, bytes, &slot->address);
	if (error)
		return error;
	cache = mini_general_cache(replay->arena, bytes);
	/* Engines of several sizes are asked only when operations are timed: correct_granted(). */
	hold(replay, slot, MINI_SLOT_KMALLOC, 0, bytes,
	     !cache ? PAGE_SIZE << get_order(bytes) : serves_several_sizes(cache) ? bytes : cache->object_size);
	return 0;
}

/* What an engine of several sizes has really granted; outside of what is timed. */
static void correct_granted(struct mini_replay *replay, struct mini_slot *slot)
{
	struct mini_cache *cache = mini_general_cache(replay->arena, slot->requested);
	u32 granted;

	if (!cache || !serves_several_sizes(cache))
		return;
	granted = mini_object_size(cache, slot->address);
	replay->live_granted += (u64)granted - slot->granted;
	if (replay->live_requested == replay->peak_requested)
		replay->peak_granted = replay->live_granted;
	slot->granted = granted;
}

static int allocate(struct mini_replay *replay, struct mini_slot *slot, const struct mini_mm_replay_op *op,
		    struct mini_mm_replay_run *run)
{
	switch (op->what & 0xf) {
	case MINI_MM_REPLAY_PAGES:
		return replay_pages(replay, slot, op->argument, &run->why);
	case MINI_MM_REPLAY_OBJECT:
		return replay_object(replay, slot, op->argument, run);
	case MINI_MM_REPLAY_KMALLOC:
		return replay_kmalloc(replay, slot, op->argument, &run->why);
	default:
		run->why = MINI_MM_WHY_OPCODE;
		return REFUSED;
	}
}

/* Whether an allocation that ended so is one for which there is no memory. */
static bool is_failure(int error)
{
	return error == MINI_CORE_NO_FREE_BLOCK || error == MINI_CORE_INJECTED;
}

static void free_pages_of(struct mini_replay *replay, const struct mini_slot *slot)
{
	u32 page = mini_offset(replay->arena, slot->address) >> PAGE_SHIFT;

	if (slot->movable)
		set_page_private(mini_page(replay->arena, page), 0);
	mini_pages_free(replay->arena, page, slot->detail);
}

bool mini_replay_free(struct mini_replay *replay, struct mini_slot *slot)
{
	enum mini_slot_state state = slot->state;

	slot->state = MINI_SLOT_EMPTY;
	if (state == MINI_SLOT_EMPTY || state == MINI_SLOT_FAILED)
		return false;
	replay->live_requested -= slot->requested;
	replay->live_granted -= slot->granted;
	if (state == MINI_SLOT_OBJECT)
		mini_object_free(replay->caches[slot->detail].cache, slot->address);
	else if (state == MINI_SLOT_KMALLOC)
		mini_kfree_past_the_layer(slot->address);
	else
		free_pages_of(replay, slot);
	return true;
}

/* 0 or the negative errno of what cannot be. *@worked: it called an allocator. */
static int operate(struct mini_replay *replay, const struct mini_mm_replay_op *op, struct mini_mm_replay_run *run,
		   bool *worked)
{
	bool frees = (op->what & 0xf) == MINI_MM_REPLAY_FREE;
	u32 number = op->what >> 4;
	struct mini_slot *slot;
	bool in_use;
	int error;

	if (number >= replay->nr_slots)
		return mini_refuse(&run->why, MINI_MM_WHY_SLOT);
	slot = &replay->slots[number];
	in_use = slot->state != MINI_SLOT_EMPTY;
	if (frees != in_use)
		return mini_refuse(&run->why, MINI_MM_WHY_SLOT);
	if (frees) {
		if (op->argument)
			return mini_refuse(&run->why, MINI_MM_WHY_RESERVED);
		*worked = mini_replay_free(replay, slot);
		run->frees += *worked;
		return 0;
	}
	error = allocate(replay, slot, op, run);
	*worked = true;
	if (!error) {
		run->allocations++;
	} else if (is_failure(error)) {
		slot->state = MINI_SLOT_FAILED;
		run->failures++;
	} else {
		return error == REFUSED ? mini_refuse(&run->why, run->why) : mini_refuse_core(&run->why, error);
	}
	return 0;
}

/* --- many operations ------------------------------------------------------------------------------- */

/* MINI_MM_REPLAY_BUCKETS of them: the header says which is which. */
static u32 bucket_of(u64 cycles)
{
	u32 power = fls64(cycles) - 1;

	return cycles < 8 ? cycles : (power - 2) * 8 + (cycles >> (power - 3) & 7);
}

static int do_some(struct mini_replay *replay, const struct mini_mm_replay_op *ops, u32 count,
		   struct mini_mm_replay_run *run)
{
	bool worked;
	int error;
	u32 i;

	for (i = 0; i < count; i++) {
		error = operate(replay, &ops[i], run, &worked);
		if (error)
			return error;
		run->done++;
	}
	return 0;
}

static int do_some_timed(struct mini_replay *replay, struct desk *desk, u32 count, struct mini_mm_replay_run *run)
{
	u32 i;

	for (i = 0; i < count; i++) {
		bool worked = false;
		u64 before = mini_cycles_now();
		int error = operate(replay, &desk->ops[i], run, &worked);
		u64 took = mini_cycles_now() - before;

		if (error)
			return error;
		run->done++;
		if ((desk->ops[i].what & 0xf) == MINI_MM_REPLAY_KMALLOC &&
		    replay->slots[desk->ops[i].what >> 4].state == MINI_SLOT_KMALLOC)
			correct_granted(replay, &replay->slots[desk->ops[i].what >> 4]);
		if (!worked)
			continue;
		desk->histogram[bucket_of(took)]++;
		run->max_cycles = max(run->max_cycles, took);
	}
	return 0;
}

static int do_chunk(struct mini_replay *replay, struct desk *desk, struct mini_mm_replay_run *run)
{
	const struct mini_mm_replay_op __user *user = u64_to_user_ptr(run->ops);
	u32 count = min_t(u32, run->count - run->done, CHUNK);
	u64 ns, cycles;
	int error;

	if (signal_pending(current))
		return mini_refuse(&run->why, MINI_MM_WHY_INTERRUPTED);
	if (copy_from_user(desk->ops, user + run->done, count * sizeof(*desk->ops)))
		return mini_refuse(&run->why, MINI_MM_WHY_FAULT);
	ns = ktime_get_ns();
	cycles = mini_cycles_now();
	error = run->flags & MINI_MM_REPLAY_TIMED ? do_some_timed(replay, desk, count, run) :
						    do_some(replay, desk->ops, count, run);
	run->cycles += mini_cycles_now() - cycles;
	run->ns += ktime_get_ns() - ns;
	return error;
}

int mini_replay_execute(struct mini_replay *replay, struct mini_mm_replay_run *run)
{
	void __user *histogram = u64_to_user_ptr(run->histogram);
	size_t bytes = sizeof_field(struct desk, histogram);
	struct desk *desk;
	int error = 0;

	/* What cannot be delivered should be found out before anything is done. */
	if (run->histogram && clear_user(histogram, bytes))
		return mini_refuse(&run->why, MINI_MM_WHY_FAULT);
	desk = kzalloc(sizeof(*desk), GFP_KERNEL_ACCOUNT);
	if (!desk)
		return mini_refuse(&run->why, MINI_MM_WHY_NO_MEMORY);
	while (run->done < run->count && !error) {
		error = do_chunk(replay, desk, run);
		cond_resched();
	}
	run->live_requested = replay->live_requested;
	run->live_granted = replay->live_granted;
	run->peak_requested = replay->peak_requested;
	run->peak_granted = replay->peak_granted;
	if (run->histogram && copy_to_user(histogram, desk->histogram, bytes) && !error)
		error = mini_refuse(&run->why, MINI_MM_WHY_FAULT);
	kfree(desk);
	return error;
}
