/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Quotas: what a client of the device may have at a time, so that none can take the machine's memory, nor all there is
 * of something from the others. Two apply to each handle: that of the open file that it belongs to (module parameters),
 * and that of its arena (given when the arena is made). What is kept belongs to its arena, and only that one's applies.
 *
 * The kernel API knows no quotas: its users are part of the kernel.
 */
#ifndef MINI_MM_QUOTA_H
#define MINI_MM_QUOTA_H

#include <linux/atomic.h>
#include <linux/types.h>

/* Of an arena: what all clients together may have in it; 0 for no limit. */
struct mini_quota {
	u32 handles;
	u32 caches;
	u64 bytes;
};

/* Of each open file; module parameters. */
struct mini_client_limits {
	unsigned int handles, caches, arenas;
	unsigned int mb;       /* in handles and as arenas; 0 for half of the machine's memory */
	unsigned int total_mb; /* of the regions of all arenas, when a client makes one; 0 the same */
};

extern struct mini_client_limits mini_client_limits;

/* What is in use of one. */
struct mini_usage {
	atomic64_t handles;
	atomic64_t bytes;
};

struct mini_arena;
struct mini_cache;
struct mini_client;
struct mini_holder;
struct mini_mm_info;

/*
 * Counts a handle of @bytes for @holder and for its arena. MINI_MM_WHY_NONE, or whose quota is used up: then nothing is
 * counted. Each is told for itself when it has no more of it. Any context.
 */
u32 mini_quota_take_handle(struct mini_holder *holder, struct mini_arena *arena, u64 bytes);
void mini_quota_leave_holder(struct mini_holder *holder, u64 bytes);
void mini_quota_leave_arena(struct mini_arena *arena, u64 bytes);

/*
 * Whether @client may make a cache in @arena, or an arena of @bytes: MINI_MM_WHY_NONE, or what is used up. @client is
 * NULL for what shall be kept. mini_registry held.
 */
u32 mini_quota_allows_cache(const struct mini_client *client, const struct mini_arena *arena);
u32 mini_quota_allows_arena(const struct mini_client *client, u64 bytes);

/* @by 1: an arena, or a cache, has come; -1: it goes. mini_registry held for writing. */
void mini_quota_count_arena(const struct mini_arena *arena, int by);
void mini_quota_count_cache(const struct mini_cache *cache, int by);

/* The limits that apply to each client. */
void mini_quota_describe(struct mini_mm_info *info);

#endif /* MINI_MM_QUOTA_H */
