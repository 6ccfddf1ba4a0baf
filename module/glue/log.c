// SPDX-License-Identifier: GPL-2.0
/*
 * The event log of an arena: the last N events in a ring, numbered from 1 without gaps, for who wants to
 * tell step by step what the allocators did. What is not read in time is overwritten and counted as lost.
 *
 * Events are recorded in the order in which they happen, because whoever records one holds the lock of
 * what it is about (a request that got nothing apart: it changed nothing). log->lock is therefore the
 * innermost lock of all, and held for one event, or for EVENTS_AT_ONCE when the ring is read. An arena
 * without a log pays for one test of a pointer.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"
#include "log.h"

/* Events that are copied under one hold of the log's lock. */
#define EVENTS_AT_ONCE 64

struct mini_log {
	raw_spinlock_t lock;
	u64 next; /* the number of the next event; the first is 1 */
	u32 size;
	struct mini_mm_event events[]; /* event n is at n % size */
};

struct mini_log *mini_log_create(u32 events)
{
	struct mini_log *log = kvzalloc(struct_size(log, events, events), GFP_KERNEL_ACCOUNT);

	if (!log)
		return NULL;
	raw_spin_lock_init(&log->lock);
	log->next = 1;
	log->size = events;
	return log;
}

void mini_log_destroy(struct mini_log *log)
{
	kvfree(log);
}

void mini_log_add(struct mini_log *log, struct mini_mm_event event)
{
	unsigned long flags;

	/* In an interrupt, current is whom it interrupted. */
	event.pid = in_task() ? task_tgid_nr(current) : 0;
	mini_lock_irqsave(&log->lock, flags);
	event.seq = log->next++;
	/* Under the lock, so that times grow with numbers. */
	event.time_ns = ktime_get_ns();
	log->events[event.seq % log->size] = event;
	mini_unlock_irqrestore(&log->lock, flags);
}

void mini_log_add_slab(struct mini_cache *cache, enum mini_mm_event_kind kind, u32 page)
{
	struct mini_core_cache_layout layout;

	lockdep_assert_held(&cache->lock);
	mini_core_cache_read_layout(cache->core, &layout);
	mini_log_add(cache->arena->log, (struct mini_mm_event){
						.kind = kind,
						.page = page,
						.pages = layout.pages_per_slab,
						.cache = cache->id,
					});
}

void mini_log_add_object(struct mini_cache *cache, enum mini_mm_event_kind kind, const void *object)
{
	/* What is freed may be any address. */
	u64 offset = object ? mini_offset(cache->arena, object) : 0;

	mini_log_add(cache->arena->log, (struct mini_mm_event){
						.kind = kind,
						.page = min_t(u64, offset >> PAGE_SHIFT, U32_MAX),
						.offset = offset & ~PAGE_MASK,
						.cache = cache->id,
					});
}

u32 mini_log_read(struct mini_log *log, u64 *after, struct mini_mm_event *events, u32 room, u64 *lost)
{
	u64 oldest, next;
	unsigned long flags;
	u32 count;

	mini_lock_irqsave(&log->lock, flags);
	oldest = log->next > log->size ? log->next - log->size : 1;
	next = *after < log->next ? *after + 1 : log->next;
	if (next < oldest) {
		*lost += oldest - next;
		next = oldest;
	}
	for (count = 0; count < room && next < log->next; count++, next++)
		events[count] = log->events[next % log->size];
	mini_unlock_irqrestore(&log->lock, flags);
	if (count)
		*after = next - 1;
	return count;
}

/* Up to @room events behind call->after; *@count is 0 when there are no more. */
static int next_events(struct mini_mm_log *call, struct mini_mm_event *events, u32 room, u32 *count)
{
	struct mini_arena *arena;
	int error = 0;

	down_read(&mini_registry);
	arena = mini_arena_by_id(call->arena);
	if (!arena)
		error = mini_refuse(&call->why, MINI_MM_WHY_NO_ARENA);
	else if (!arena->log)
		error = mini_refuse(&call->why, MINI_MM_WHY_NO_LOG);
	else
		*count = mini_log_read(arena->log, &call->after, events, min_t(u32, room, EVENTS_AT_ONCE),
				       &call->lost);
	up_read(&mini_registry);
	return error;
}

int mini_ioctl_log(struct mini_client *client, void *argument)
{
	struct mini_mm_log *call = argument;
	struct mini_mm_event __user *user = u64_to_user_ptr(call->events);
	struct mini_mm_event *events;
	u32 room = call->count;
	u32 some;
	int error;

	BUILD_BUG_ON(sizeof(*events) != 40);
	call->why = 0;
	if (call->flags)
		return mini_refuse(&call->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(call->reserved))
		return mini_refuse(&call->why, MINI_MM_WHY_RESERVED);
	if (!room || room > MINI_MM_LOG_MAX)
		return mini_refuse(&call->why, MINI_MM_WHY_COUNT);
	events = kmalloc_array(EVENTS_AT_ONCE, sizeof(*events), GFP_KERNEL_ACCOUNT);
	if (!events)
		return mini_refuse(&call->why, MINI_MM_WHY_NO_MEMORY);
	call->count = 0;
	call->lost = 0;
	do {
		u64 before = call->after;
		u64 lost = call->lost;

		error = next_events(call, events, room - call->count, &some);
		if (error)
			break;
		/* Without mini_registry: a page fault may wait for long. */
		if (copy_to_user(user + call->count, events, some * sizeof(*events))) {
			error = mini_refuse(&call->why, MINI_MM_WHY_FAULT);
			call->after = before;
			call->lost = lost;
			break;
		}
		call->count += some;
		cond_resched();
	} while (some && call->count < room);
	kfree(events);
	return error;
}
