// SPDX-License-Identifier: GPL-2.0
/*
 * Compaction of an arena: movable page blocks of clients go to lower places, so that the free pages come together.
 *
 * Handles name memory, not addresses, so a block that no process has mapped and that no call is using can be moved
 * behind its handle's back. Who wants to use the handle meanwhile waits (mini_handle_begin_move()). So do replays,
 * whose blocks are moved while they are not running.
 */
#include <linux/highmem.h>
#include <linux/sched/signal.h>

#include "handle.h"
#include "owner.h"
#include "replay.h"

/* Blocks that are looked at under one hold of the arena's lock. */
#define STEPS_AT_ONCE 64

static enum mini_core_compaction_step next_block(struct mini_arena *arena, struct mini_core_compaction *state,
						 u32 *page, u32 *order)
{
	enum mini_core_compaction_step step;
	unsigned long flags;

	mini_lock_irqsave(&arena->lock, flags);
	step = mini_core_compaction_next(arena->core, state, STEPS_AT_ONCE, page, order);
	mini_unlock_irqrestore(&arena->lock, flags);
	return step;
}

static void note_place(struct mini_arena *arena, u32 from, u32 to, u32 order)
{
	mini_note_pages_taken(arena, to, order);
	mini_owner_note_moved(arena, from, to);
}

static bool take_place(struct mini_arena *arena, struct mini_core_compaction *state, u32 page, u32 order, u32 *to)
{
	enum mini_core_compaction_step step;
	unsigned long flags;

	do {
		mini_lock_irqsave(&arena->lock, flags);
		step = mini_core_compaction_place(arena->core, state, page, order, STEPS_AT_ONCE, to);
		if (step == MINI_CORE_COMPACTION_FOUND)
			note_place(arena, page, *to, order);
		mini_arena_verify(arena);
		mini_unlock_irqrestore(&arena->lock, flags);
	} while (step == MINI_CORE_COMPACTION_AGAIN);
	return step == MINI_CORE_COMPACTION_FOUND;
}

/* Who has the block: one of the two, or nobody who lets it go. */
struct owner {
	struct mini_handle *handle;
	struct mini_replay *replay;
};

static struct owner begin_move(struct mini_arena *arena, u32 from, u32 order)
{
	struct owner owner = { .handle = mini_handle_begin_move(arena, from, order) };

	if (!owner.handle)
		owner.replay = mini_replay_begin_move(arena, from, order);
	return owner;
}

static void end_move(const struct owner *owner, u32 from, u32 to)
{
	if (owner->handle)
		mini_handle_end_move(owner->handle, to);
	else
		mini_replay_end_move(owner->replay, from, to);
}

/* How many pages were moved: none when the block is in use, or when there is no place below it. */
static u32 move(struct mini_arena *arena, struct mini_core_compaction *state, u32 from, u32 order)
{
	const struct owner owner = begin_move(arena, from, order);
	u32 to;
	u32 i;

	if (!owner.handle && !owner.replay)
		return 0;
	if (!take_place(arena, state, from, order, &to)) {
		end_move(&owner, from, from);
		return 0;
	}
	for (i = 0; i < 1U << order; i++) {
		copy_highpage(mini_page(arena, to + i), mini_page(arena, from + i));
		cond_resched();
	}
	end_move(&owner, from, to);
	mini_pages_free(arena, from, order);
	return 1U << order;
}

int mini_arena_compact(struct mini_arena *arena, u64 *moved)
{
	enum mini_core_compaction_step step;
	struct mini_core_compaction state;
	u32 page, order;

	lockdep_assert_held(&mini_registry);
	*moved = 0;
	mini_arena_relieve(arena);
	mini_core_compaction_start(arena->core, &state);
	do {
		step = next_block(arena, &state, &page, &order);
		if (step == MINI_CORE_COMPACTION_FOUND)
			*moved += move(arena, &state, page, order);
		if (signal_pending(current))
			return -EINTR;
		cond_resched();
	} while (step != MINI_CORE_COMPACTION_DONE);
	/* What was moved away from is free now, but merged only if the engine merges at once. */
	mini_arena_relieve(arena);
	return 0;
}
