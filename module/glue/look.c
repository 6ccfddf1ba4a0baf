// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that look at handles, at content, and at the region.
 */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"

/* Blocks that are looked at under one hold of the arena's lock. */
#define BLOCKS_AT_ONCE 64
/* Bytes between two chances to schedule. */
#define READ_STEP SZ_64K

static void describe_handle(const struct mini_handle *handle, struct mini_mm_handle_info *info)
{
	const void *address = handle->address;
	u64 offset;

	if (handle->kind == MINI_MM_KIND_VMALLOC)
		address = page_address(vmalloc_to_page(address));
	offset = mini_offset(handle->arena, address);
	info->handle = handle->id;
	info->kind = handle->kind;
	info->flags = mini_handle_is_kept(handle) ? MINI_MM_KEEP : 0;
	info->arena = handle->arena->id;
	info->cache = handle->cache ? handle->cache->id : 0;
	info->order = handle->order;
	info->mapped = READ_ONCE(handle->mapped);
	info->size = handle->size;
	info->page = offset >> PAGE_SHIFT;
	info->offset = offset & ~PAGE_MASK;
	info->age_ns = ktime_get_ns() - handle->born_ns;
	info->pid = handle->pid;
	memcpy(info->comm, handle->comm, min(sizeof(info->comm), sizeof(handle->comm)));
}

int mini_ioctl_handle_info(struct mini_client *client, void *argument)
{
	struct mini_mm_handle_info *info = argument;
	struct mini_mm_handle_info found = { .lookup = info->lookup };
	struct mini_handle *handle;
	int error = 0;

	if (info->reserved0 || !mini_reserved_is_zero(info->reserved))
		return mini_refuse(&info->why, MINI_MM_WHY_RESERVED);
	switch (info->lookup) {
	case MINI_MM_LOOKUP_ID:
		handle = mini_handle_get(client, info->handle, &error, &info->why);
		break;
	case MINI_MM_LOOKUP_NEXT:
		handle = mini_handle_get_next(client, info->handle);
		if (!handle)
			error = mini_refuse(&info->why, MINI_MM_WHY_NO_HANDLE);
		break;
	default:
		return mini_refuse(&info->why, MINI_MM_WHY_OPCODE);
	}
	if (!handle)
		return error;
	describe_handle(handle, &found);
	mini_handle_put(handle);
	*info = found;
	return 0;
}

static int copy_content(struct mini_handle *handle, const struct mini_mm_read *read)
{
	u8 __user *user = u64_to_user_ptr(read->buffer);
	const u8 *from = handle->address + read->offset;
	u64 done;

	mini_content_define(handle, read->offset, read->length);
	for (done = 0; done < read->length; done += READ_STEP) {
		if (copy_to_user(user + done, from + done, min_t(u64, read->length - done, READ_STEP)))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

int mini_ioctl_read(struct mini_client *client, void *argument)
{
	struct mini_mm_read *read = argument;
	struct mini_handle *handle;
	int error;

	read->why = 0;
	if (read->flags)
		return mini_refuse(&read->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(read->reserved))
		return mini_refuse(&read->why, MINI_MM_WHY_RESERVED);
	handle = mini_handle_get(client, read->handle, &error, &read->why);
	if (!handle)
		return error;
	if (!read->length || read->length > handle->size || read->offset > handle->size - read->length)
		error = mini_refuse(&read->why, MINI_MM_WHY_RANGE);
	else if (copy_content(handle, read))
		error = mini_refuse(&read->why, MINI_MM_WHY_FAULT);
	mini_handle_put(handle);
	return error;
}

static const u16 kinds[] = {
	/* Between two holds of the lock a block may have been merged into another: its rest is shown as free. */
	[MINI_CORE_INSIDE] = MINI_MM_KIND_FREE,
	[MINI_CORE_FREE] = MINI_MM_KIND_FREE,
	[MINI_CORE_ALLOCATED] = MINI_MM_KIND_PAGES,
	[MINI_CORE_SLAB] = MINI_MM_KIND_SLAB,
	[MINI_CORE_DELAYED] = MINI_MM_KIND_FREE,
	[MINI_CORE_TAIL] = MINI_MM_KIND_SLAB,
	[MINI_CORE_SLUB] = MINI_MM_KIND_SLAB,
	[MINI_CORE_CACHED] = MINI_MM_KIND_CACHED,
	[MINI_CORE_ISOLATED] = MINI_MM_KIND_ISOLATED,
};

static u32 look_at_blocks(struct mini_arena *arena, u64 *page, struct mini_mm_block *blocks, u32 room)
{
	struct mini_core_block block;
	unsigned long flags;
	u32 count;

	mini_lock_irqsave(&arena->lock, flags);
	for (count = 0; count < room && *page < arena->region.nr_pages; count++) {
		mini_core_arena_block(arena->core, *page, &block);
		if (block.kind == MINI_CORE_INSIDE)
			block.order = 0;
		blocks[count] = (struct mini_mm_block){
			.page = block.page,
			.kind = kinds[block.kind],
			.order = block.order,
			.cache = block.cache,
			.in_use = block.in_use,
		};
		*page += 1U << block.order;
	}
	mini_unlock_irqrestore(&arena->lock, flags);
	return count;
}

/* Up to @room blocks from map->page on; *@count is 0 at the region's end. */
static int next_blocks(struct mini_mm_map *map, struct mini_mm_block *blocks, u32 room, u32 *count)
{
	struct mini_arena *arena;

	down_read(&mini_registry);
	arena = mini_arena_by_id(map->arena);
	if (arena)
		*count = look_at_blocks(arena, &map->page, blocks, min_t(u32, room, BLOCKS_AT_ONCE));
	up_read(&mini_registry);
	return arena ? 0 : mini_refuse(&map->why, MINI_MM_WHY_NO_ARENA);
}

int mini_ioctl_map(struct mini_client *client, void *argument)
{
	struct mini_mm_map *map = argument;
	struct mini_mm_block __user *user = u64_to_user_ptr(map->blocks);
	struct mini_mm_block *blocks;
	u32 room = map->count;
	u32 some;
	int error;

	map->why = 0;
	if (map->flags)
		return mini_refuse(&map->why, MINI_MM_WHY_FLAGS);
	if (!mini_reserved_is_zero(map->reserved))
		return mini_refuse(&map->why, MINI_MM_WHY_RESERVED);
	if (!room || room > MINI_MM_MAP_MAX)
		return mini_refuse(&map->why, MINI_MM_WHY_COUNT);
	blocks = kmalloc_array(BLOCKS_AT_ONCE, sizeof(*blocks), GFP_KERNEL_ACCOUNT);
	if (!blocks)
		return mini_refuse(&map->why, MINI_MM_WHY_NO_MEMORY);
	map->count = 0;
	do {
		error = next_blocks(map, blocks, room - map->count, &some);
		if (error)
			break;
		/* Without mini_registry: a page fault may wait for long. */
		if (copy_to_user(user + map->count, blocks, some * sizeof(*blocks))) {
			error = mini_refuse(&map->why, MINI_MM_WHY_FAULT);
			map->page = blocks[0].page;
			break;
		}
		map->count += some;
		cond_resched();
	} while (some && map->count < room);
	kfree(blocks);
	return error;
}
