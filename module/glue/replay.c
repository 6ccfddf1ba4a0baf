// SPDX-License-Identifier: GPL-2.0
/*
 * Replays, opened and closed.
 *
 * A replay pins its arena and its own caches: nobody can destroy them although nothing of theirs may be live
 * just now. That changes under mini_registry held for writing, as everything that makes and destroys does; in
 * between, a replay needs that lock no more. Compaction moves the movable blocks of a replay that is not running.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "replay.h"

static const u32 cache_flags = MINI_MM_REPLAY_CONSTRUCTOR | MINI_MM_REPLAY_CONSTRUCT_EACH_TIME;

static int no_replay(u32 *why)
{
	*why = MINI_MM_WHY_REPLAY;
	return -ENXIO;
}

static int check_cache(const struct mini_mm_replay_cache *cache, u32 *why)
{
	if (cache->flags & ~cache_flags || cache->flags == cache_flags)
		return mini_refuse(why, MINI_MM_WHY_FLAGS);
	if (cache->reserved)
		return mini_refuse(why, MINI_MM_WHY_RESERVED);
	if (cache->flags && cache->size < MINI_MM_REPLAY_CONSTRUCTED)
		return mini_refuse(why, MINI_MM_WHY_SIZE);
	if (!mini_text_field(cache->engine, sizeof(cache->engine), ""))
		return mini_refuse(why, MINI_MM_WHY_ENGINE);
	return 0;
}

static int check_open(struct mini_mm_replay_open *open)
{
	u32 i;

	if (open->flags)
		return mini_refuse(&open->why, MINI_MM_WHY_FLAGS);
	if (open->reserved0 || !mini_reserved_is_zero(open->reserved))
		return mini_refuse(&open->why, MINI_MM_WHY_RESERVED);
	if (open->nr_caches > MINI_MM_REPLAY_CACHES_MAX)
		return mini_refuse(&open->why, MINI_MM_WHY_COUNT);
	if (memchr_inv(&open->caches[open->nr_caches], 0,
		       (MINI_MM_REPLAY_CACHES_MAX - open->nr_caches) * sizeof(open->caches[0])))
		return mini_refuse(&open->why, MINI_MM_WHY_RESERVED);
	if (!open->slots || open->slots > MINI_MM_REPLAY_SLOTS_MAX)
		return mini_refuse(&open->why, MINI_MM_WHY_SLOT);
	for (i = 0; i < open->nr_caches; i++) {
		int error = check_cache(&open->caches[i], &open->why);

		if (error)
			return error;
	}
	return 0;
}

/* "replay-N", with an N that no cache of the arena has. */
static int make_named(struct mini_cache_request *request, struct mini_cache **cache, u32 *why)
{
	static u32 number; /* under mini_registry */
	char name[MINI_MM_CACHE_NAME_LEN];
	int error;

	request->name = name;
	do {
		snprintf(name, sizeof(name), "replay-%u", ++number);
		error = mini_cache_make(request, cache, why);
	} while (error == -EEXIST);
	return error;
}

static int make_cache(struct mini_client *client, struct mini_replay *replay,
		      const struct mini_mm_replay_cache *asked, u32 *why)
{
	struct mini_replay_cache *made = &replay->caches[replay->nr_caches];
	struct mini_cache_request request = {
		.arena = replay->arena,
		.size = asked->size,
		.align = asked->align,
		.engine = asked->engine,
		.client = client,
		.constructor = asked->flags & MINI_MM_REPLAY_CONSTRUCTOR ? mini_replay_construct : NULL,
	};
	struct mini_core_cache_layout layout;
	int error;

	error = mini_refuse(why, mini_quota_allows_cache(client, replay->arena));
	if (error)
		return error;
	error = make_named(&request, &made->cache, why);
	if (error)
		return error;
	*why = MINI_MM_WHY_NONE;
	mini_core_cache_read_layout(made->cache->core, &layout);
	made->granted = layout.slot_size;
	made->check = asked->flags & MINI_MM_REPLAY_CONSTRUCTOR;
	made->construct_each_time = asked->flags & MINI_MM_REPLAY_CONSTRUCT_EACH_TIME;
	made->cache->pins = 1;
	replay->nr_caches++;
	return 0;
}

/* Nothing of it is live any more. mini_registry held for writing. */
static void unpin(struct mini_replay *replay)
{
	u64 live;
	u32 i;

	for (i = 0; i < replay->nr_caches; i++) {
		replay->caches[i].cache->pins = 0;
		/* By force, for objects of a slab that was put aside as damaged could not be freed. */
		mini_cache_unmake(replay->caches[i].cache, true, &live);
	}
	list_del(&replay->node);
}

static int pin(struct mini_client *client, struct mini_replay *replay, struct mini_mm_replay_open *open)
{
	int error = 0;
	u32 i;

	lockdep_assert_held_write(&mini_registry);
	replay->arena = mini_arena_by_id(open->arena);
	if (!replay->arena)
		return mini_refuse(&open->why, MINI_MM_WHY_NO_ARENA);
	list_add_tail(&replay->node, &replay->arena->replays);
	for (i = 0; i < open->nr_caches && !error; i++)
		error = make_cache(client, replay, &open->caches[i], &open->why);
	if (error)
		unpin(replay);
	return error;
}

static int open_replay(struct mini_client *client, struct mini_mm_replay_open *open)
{
	/* A table that is too large for the machine is refused, and no process dies for it. */
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	struct mini_replay *replay;
	int error;

	if (client->replay)
		return mini_refuse(&open->why, MINI_MM_WHY_REPLAY);
	replay = kzalloc(sizeof(*replay), GFP_KERNEL_ACCOUNT);
	if (!replay)
		return mini_refuse(&open->why, MINI_MM_WHY_NO_MEMORY);
	replay->busy = &client->replaying;
	mini_replay_construct(replay->model);
	replay->nr_slots = open->slots;
	replay->slots = kvcalloc(open->slots, sizeof(*replay->slots), gfp);
	if (!replay->slots) {
		error = mini_refuse(&open->why, MINI_MM_WHY_NO_MEMORY);
		goto err_free;
	}
	down_write(&mini_registry);
	error = pin(client, replay, open);
	up_write(&mini_registry);
	if (error)
		goto err_free;
	client->replay = replay;
	return 0;

err_free:
	kvfree(replay->slots);
	kfree(replay);
	return error;
}

static u64 close_replay(struct mini_client *client)
{
	struct mini_replay *replay = client->replay;
	u64 freed = 0;
	u32 i;

	for (i = 0; i < replay->nr_slots; i++) {
		freed += mini_replay_free(replay, &replay->slots[i]);
		cond_resched();
	}
	down_write(&mini_registry);
	unpin(replay);
	up_write(&mini_registry);
	client->replay = NULL;
	kvfree(replay->slots);
	kfree(replay);
	return freed;
}

/* --- moving ---------------------------------------------------------------------------------------- */

/* What page @page has in its private field, if that is a slot of the replay's. */
static struct mini_slot *slot_of(const struct mini_replay *replay, u32 page)
{
	unsigned long private = READ_ONCE(page_private(mini_page(replay->arena, page))) - MINI_MARK_REPLAY;
	unsigned long offset = private - (unsigned long)replay->slots;

	if (offset >= replay->nr_slots * sizeof(*replay->slots) || offset % sizeof(*replay->slots))
		return NULL;
	return (struct mini_slot *)private;
}

struct mini_replay *mini_replay_begin_move(struct mini_arena *arena, u32 page, u32 order)
{
	struct mini_replay *replay;
	struct mini_slot *slot;

	lockdep_assert_held(&mini_registry);
	list_for_each_entry(replay, &arena->replays, node) {
		slot = slot_of(replay, page);
		if (!slot)
			continue;
		/* Opening and closing take the two locks the other way round. */
		if (!mutex_trylock(replay->busy))
			return NULL;
		if (slot->state == MINI_SLOT_PAGES && slot->movable && slot->detail == order &&
		    slot->address == mini_page_address(arena, page))
			return replay;
		mutex_unlock(replay->busy);
	}
	return NULL;
}

void mini_replay_end_move(struct mini_replay *replay, u32 from, u32 to)
{
	struct mini_slot *slot = slot_of(replay, from);

	set_page_private(mini_page(replay->arena, from), 0);
	slot->address = mini_page_address(replay->arena, to);
	set_page_private(mini_page(replay->arena, to), (unsigned long)slot | MINI_MARK_REPLAY);
	mutex_unlock(replay->busy);
}

/* --- calls ----------------------------------------------------------------------------------------- */

int mini_ioctl_replay_open(struct mini_client *client, void *argument)
{
	struct mini_mm_replay_open *open = argument;
	int error;

	open->why = 0;
	error = check_open(open);
	if (error)
		return error;
	if (mutex_lock_interruptible(&client->replaying))
		return mini_refuse(&open->why, MINI_MM_WHY_INTERRUPTED);
	error = open_replay(client, open);
	mutex_unlock(&client->replaying);
	return error;
}

void mini_undo_replay_open(struct mini_client *client, void *argument)
{
	mini_replay_release(client);
}

void mini_replay_release(struct mini_client *client)
{
	mutex_lock(&client->replaying);
	if (client->replay)
		close_replay(client);
	mutex_unlock(&client->replaying);
}

int mini_ioctl_replay_run(struct mini_client *client, void *argument)
{
	struct mini_mm_replay_run *asked = argument;
	struct mini_mm_replay_run run = {
		.ops = asked->ops,
		.histogram = asked->histogram,
		.count = asked->count,
		.flags = asked->flags,
	};
	int error;

	if (asked->flags & ~MINI_MM_REPLAY_TIMED) {
		error = mini_refuse(&run.why, MINI_MM_WHY_FLAGS);
	} else if (!mini_reserved_is_zero(asked->reserved) ||
		   (asked->histogram && !(asked->flags & MINI_MM_REPLAY_TIMED))) {
		error = mini_refuse(&run.why, MINI_MM_WHY_RESERVED);
	} else if (!asked->count) {
		error = mini_refuse(&run.why, MINI_MM_WHY_COUNT);
	} else if (mutex_lock_interruptible(&client->replaying)) {
		error = mini_refuse(&run.why, MINI_MM_WHY_INTERRUPTED);
	} else {
		error = client->replay ? mini_replay_execute(client->replay, &run) : no_replay(&run.why);
		mutex_unlock(&client->replaying);
	}
	*asked = run;
	return error;
}

int mini_ioctl_replay_close(struct mini_client *client, void *argument)
{
	struct mini_mm_replay_close *close = argument;
	int error = 0;

	close->why = 0;
	if (close->flags)
		return mini_refuse(&close->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(close->reserved))
		return mini_refuse(&close->why, MINI_MM_WHY_RESERVED);
	if (mutex_lock_interruptible(&client->replaying))
		return mini_refuse(&close->why, MINI_MM_WHY_INTERRUPTED);
	if (client->replay)
		close->freed = close_replay(client);
	else
		error = no_replay(&close->why);
	mutex_unlock(&client->replaying);
	return error;
}
