// SPDX-License-Identifier: GPL-2.0
/*
 * Quotas: the limits of clients, and who is at them.
 */
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include "handle.h"
#include "quota.h"

/* Half of what there is of each, so that one client leaves something for others. */
struct mini_client_limits mini_client_limits = {
	.handles = MINI_MAX_HANDLES / 2,
	.caches = MINI_MAX_CACHES / 2,
	.arenas = MINI_MAX_ARENAS / 2,
};

module_param_named(client_handles, mini_client_limits.handles, uint, 0644);
MODULE_PARM_DESC(client_handles, "handles that an open file may have at a time (524288)");
module_param_named(client_caches, mini_client_limits.caches, uint, 0644);
MODULE_PARM_DESC(client_caches, "caches that an open file may have at a time (512)");
module_param_named(client_arenas, mini_client_limits.arenas, uint, 0644);
MODULE_PARM_DESC(client_arenas, "arenas that an open file may have at a time (32)");
module_param_named(client_mb, mini_client_limits.mb, uint, 0644);
MODULE_PARM_DESC(client_mb, "MiB that an open file may have at a time, in handles and as arenas; 0 for half of the machine's memory (0)");
/* Each arena takes at most half of the free memory; without this, many of them would take nearly all of it. */
module_param_named(total_mb, mini_client_limits.total_mb, uint, 0644);
MODULE_PARM_DESC(total_mb, "MiB that the regions of all arenas may have when a client makes one; 0 for half of the machine's memory (0)");

static u64 bytes_of(unsigned int mb)
{
	return mb ? (u64)mb << 20 : (u64)totalram_pages() << (PAGE_SHIFT - 1);
}

static bool add_within(atomic64_t *used, u64 more, u64 limit)
{
	if (atomic64_add_return(more, used) <= limit)
		return true;
	atomic64_sub(more, used);
	return false;
}

static bool use(struct mini_usage *usage, u64 bytes, u64 max_handles, u64 max_bytes)
{
	if (!add_within(&usage->handles, 1, max_handles))
		return false;
	if (add_within(&usage->bytes, bytes, max_bytes))
		return true;
	atomic64_dec(&usage->handles);
	return false;
}

static void unuse(struct mini_usage *usage, u64 bytes)
{
	atomic64_sub(bytes, &usage->bytes);
	atomic64_dec(&usage->handles);
}

/* What an open file may still take in handles, beside the regions of its arenas. */
static u64 max_bytes_of(const struct mini_client *client)
{
	const u64 limit = bytes_of(READ_ONCE(mini_client_limits.mb));
	const u64 regions = READ_ONCE(client->region_bytes);

	return limit > regions ? limit - regions : 0;
}

u32 mini_quota_take_handle(struct mini_holder *holder, struct mini_arena *arena, u64 bytes)
{
	const struct mini_quota *quota = &arena->quota;
	const bool kept = holder == &arena->holder;
	const u64 max_handles = kept ? S64_MAX : READ_ONCE(mini_client_limits.handles);
	const u64 max_bytes = kept ? S64_MAX : max_bytes_of(container_of(holder, struct mini_client, holder));

	if (!use(&arena->usage, bytes, quota->handles ?: S64_MAX, quota->bytes ?: S64_MAX))
		return MINI_MM_WHY_ARENA_QUOTA;
	if (use(&holder->usage, bytes, max_handles, max_bytes))
		return MINI_MM_WHY_NONE;
	unuse(&arena->usage, bytes);
	return MINI_MM_WHY_CLIENT_QUOTA;
}

void mini_quota_leave_holder(struct mini_holder *holder, u64 bytes)
{
	unuse(&holder->usage, bytes);
}

void mini_quota_leave_arena(struct mini_arena *arena, u64 bytes)
{
	unuse(&arena->usage, bytes);
}

u32 mini_quota_allows_cache(const struct mini_client *client, const struct mini_arena *arena)
{
	lockdep_assert_held(&mini_registry);
	if (arena->quota.caches && arena->nr_caches >= arena->quota.caches)
		return MINI_MM_WHY_ARENA_QUOTA;
	if (client && client->nr_caches >= READ_ONCE(mini_client_limits.caches))
		return MINI_MM_WHY_CLIENT_QUOTA;
	return MINI_MM_WHY_NONE;
}

static u64 all_region_bytes(void)
{
	struct mini_arena *arena;
	unsigned long index;
	u64 sum = 0;

	for_each_mini_arena(index, arena)
		sum += (u64)arena->region.nr_pages << PAGE_SHIFT;
	return sum;
}

u32 mini_quota_allows_arena(const struct mini_client *client, u64 bytes)
{
	const u64 total = bytes_of(READ_ONCE(mini_client_limits.total_mb));

	lockdep_assert_held(&mini_registry);
	if (bytes > total || all_region_bytes() > total - bytes)
		return MINI_MM_WHY_CLIENT_QUOTA;
	if (!client)
		return MINI_MM_WHY_NONE;
	if (client->nr_arenas >= READ_ONCE(mini_client_limits.arenas) || bytes > max_bytes_of(client) ||
	    atomic64_read(&client->holder.usage.bytes) > max_bytes_of(client) - bytes)
		return MINI_MM_WHY_CLIENT_QUOTA;
	return MINI_MM_WHY_NONE;
}

void mini_quota_count_arena(const struct mini_arena *arena, int by)
{
	struct mini_client *client = arena->client;

	lockdep_assert_held_write(&mini_registry);
	if (!client)
		return;
	client->nr_arenas += by;
	WRITE_ONCE(client->region_bytes, client->region_bytes + by * ((s64)arena->region.nr_pages << PAGE_SHIFT));
}

void mini_quota_count_cache(const struct mini_cache *cache, int by)
{
	lockdep_assert_held_write(&mini_registry);
	if (cache->client)
		cache->client->nr_caches += by;
}

void mini_quota_describe(struct mini_mm_info *info)
{
	info->client_handles = READ_ONCE(mini_client_limits.handles);
	info->client_caches = READ_ONCE(mini_client_limits.caches);
	info->client_arenas = READ_ONCE(mini_client_limits.arenas);
	info->total_mb = bytes_of(READ_ONCE(mini_client_limits.total_mb)) >> 20;
	info->client_bytes = bytes_of(READ_ONCE(mini_client_limits.mb));
}
