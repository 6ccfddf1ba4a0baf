/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event log of an arena: log.c.
 */
#ifndef MINI_MM_LOG_H
#define MINI_MM_LOG_H

#include "internal.h"

/* May sleep. NULL when there is no memory. */
struct mini_log *mini_log_create(u32 events);
void mini_log_destroy(struct mini_log *log);
/* Any context, as the next two; only when there is a log. Number, time and pid are filled in. */
void mini_log_add(struct mini_log *log, struct mini_mm_event event);
/* With the cache's lock held. */
void mini_log_add_slab(struct mini_cache *cache, enum mini_mm_event_kind kind, u32 page);
void mini_log_add_object(struct mini_cache *cache, enum mini_mm_event_kind kind, const void *object);
/*
 * Up to @room events behind number *@after, oldest first; their number is returned, *@after becomes the last
 * one's. Those that were overwritten are added to *@lost. O(@room) under the log's lock.
 */
u32 mini_log_read(struct mini_log *log, u64 *after, struct mini_mm_event *events, u32 room, u64 *lost);

/* What happened to a block; under the arena's lock, but for a request that got nothing. */
static inline void mini_log_block(struct mini_arena *arena, enum mini_mm_event_kind kind, u32 page,
				  unsigned int order)
{
	if (unlikely(arena->log))
		mini_log_add(arena->log, (struct mini_mm_event){
			.kind = kind,
			.order = order,
			.page = page,
			/* An order that is refused may be any number. */
			.pages = order < MINI_MM_ORDERS ? 1U << order : 0,
		});
}

/* What happened to an object; under the cache's lock, but for a request that got nothing. */
static inline void mini_log_object(struct mini_cache *cache, enum mini_mm_event_kind kind, const void *object)
{
	if (unlikely(cache->arena->log))
		mini_log_add_object(cache, kind, object);
}

static inline void mini_log_slab(struct mini_cache *cache, enum mini_mm_event_kind kind, u32 page)
{
	if (unlikely(cache->arena->log))
		mini_log_add_slab(cache, kind, page);
}

#endif /* MINI_MM_LOG_H */
