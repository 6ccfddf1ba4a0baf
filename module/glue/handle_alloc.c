// SPDX-License-Identifier: GPL-2.0
/*
 * What lies behind a handle: page blocks, runs of pages, objects, and bytes of kmalloc and vmalloc. Each kind is
 * allocated in its way, and goes back in its way.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "handle.h"
#include "owner.h"

void mini_handle_give_back(struct mini_handle *handle)
{
	u32 page;

	switch (handle->kind) {
	case MINI_MM_KIND_OBJECT:
		mini_object_free(handle->cache, handle->address);
		break;
	case MINI_MM_KIND_KMALLOC:
		mini_kfree_past_the_layer(handle->address);
		break;
	case MINI_MM_KIND_VMALLOC:
		mini_vfree(handle->address);
		break;
	default:
		page = mini_handle_first_page(handle);
		if (handle->is_run) {
			mini_run_free(handle->arena, page, handle->size >> PAGE_SHIFT);
			break;
		}
		set_page_private(mini_page(handle->arena, page), 0);
		mini_pages_free(handle->arena, page, handle->order);
	}
}

/* That what was allocated is a client's: a leak report is about the others. */
static void note_owner(const struct mini_handle *handle)
{
	struct mini_arena *arena = handle->arena;
	size_t at;

	if (handle->kind == MINI_MM_KIND_VMALLOC)
		for (at = 0; arena->owners && at < handle->size; at += PAGE_SIZE)
			mini_owner_note_handle(arena, mini_page_index(arena, vmalloc_to_page(handle->address + at)), 1);
	else if (handle->cache)
		mini_owner_note_object_handle(handle->cache, handle->address);
	else
		mini_owner_note_handle(arena, mini_handle_first_page(handle), PFN_UP(handle->size));
}

static int publish(struct mini_handle *handle, u32 flags, u64 *id, u32 *why)
{
	note_owner(handle);
	return mini_handle_publish(handle, flags, id, why);
}

static struct mini_holder *holder_for(struct mini_client *client, struct mini_arena *arena, u32 flags)
{
	return flags & MINI_MM_KEEP ? &arena->holder : &client->holder;
}

static struct mini_core_page_request request_of(u32 order, u32 flags)
{
	return (struct mini_core_page_request){
		.order = order,
		.type = flags & MINI_MM_MOVABLE	    ? MINI_CORE_MOVABLE :
			flags & MINI_MM_RECLAIMABLE ? MINI_CORE_RECLAIMABLE :
						      MINI_CORE_UNMOVABLE,
	};
}

/* What counts against quotas; an order that there is none of will be refused for what it is. */
static u64 bytes_of(u32 order)
{
	return order <= MINI_CORE_MAX_ORDER ? PAGE_SIZE << order : 0;
}

/* Free pages that do not lie together may do so after a compaction. */
static int request_or_compact(struct mini_arena *arena, const struct mini_core_page_request *request, u32 *page)
{
	int error = mini_pages_request(arena, request, page);
	u64 moved;

	if (error != MINI_CORE_NO_FREE_BLOCK || !request->order)
		return error;
	mini_arena_compact(arena, &moved);
	return moved ? mini_pages_request(arena, request, page) : error;
}

int mini_handle_alloc_pages(struct mini_client *client, struct mini_arena *arena, u32 order, u32 flags, u64 *id,
			    u32 *why)
{
	const struct mini_core_page_request request = request_of(order, flags);
	struct mini_handle *handle;
	int error;
	u32 page;

	handle = mini_handle_new(holder_for(client, arena, flags), arena, bytes_of(order), why, &error);
	if (!handle)
		return error;
	error = request_or_compact(arena, &request, &page);
	if (error) {
		mini_handle_drop(handle);
		return mini_refuse_core(why, error);
	}
	handle->kind = MINI_MM_KIND_PAGES;
	handle->order = order;
	handle->movable = request.type == MINI_CORE_MOVABLE;
	handle->address = mini_page_address(arena, page);
	handle->size = PAGE_SIZE << order;
	/* How compaction finds the handle of a block. */
	set_page_private(mini_page(arena, page), mini_mark_of_handle(handle->id));
	return publish(handle, flags, id, why);
}

int mini_handle_alloc_run(struct mini_client *client, struct mini_arena *arena, u64 offset, u64 length, u32 align_order,
			  u32 flags, u64 *id, u32 *why)
{
	const struct mini_core_page_request request = request_of(align_order, flags);
	u64 region = (u64)arena->region.nr_pages << PAGE_SHIFT;
	bool at = offset != MINI_MM_ANYWHERE;
	u32 page = offset >> PAGE_SHIFT;
	struct mini_handle *handle;
	int error;

	if (!length || length > region || (at && (!PAGE_ALIGNED(offset) || offset > region - length)))
		return mini_refuse(why, MINI_MM_WHY_RANGE);
	if (at && align_order)
		return mini_refuse(why, MINI_MM_WHY_RESERVED);
	handle = mini_handle_new(holder_for(client, arena, flags), arena, PAGE_ALIGN(length), why, &error);
	if (!handle)
		return error;
	error = at ? mini_range_alloc(arena, page, DIV_ROUND_UP(length, PAGE_SIZE)) :
		     mini_run_alloc(arena, DIV_ROUND_UP(length, PAGE_SIZE), &request, &page);
	if (error) {
		mini_handle_drop(handle);
		return mini_refuse_core(why, error);
	}
	handle->kind = MINI_MM_KIND_PAGES;
	handle->is_run = true;
	handle->size = PAGE_ALIGN(length);
	handle->order = get_order(handle->size);
	handle->address = mini_page_address(arena, page);
	return publish(handle, flags, id, why);
}

int mini_handle_alloc_object(struct mini_client *client, struct mini_cache *cache, u64 size, u32 flags, u64 *id,
			     u32 *why)
{
	struct mini_handle *handle;
	int error;

	if (size > cache->object_size)
		return mini_refuse(why, MINI_MM_WHY_TOO_LARGE);
	handle = mini_handle_new(holder_for(client, cache->arena, flags), cache->arena, cache->object_size, why,
				 &error);
	if (!handle)
		return error;
	error = mini_object_alloc_size(cache, size, &handle->address);
	if (error) {
		mini_handle_drop(handle);
		return mini_refuse_core(why, error);
	}
	handle->kind = MINI_MM_KIND_OBJECT;
	handle->cache = cache;
	handle->size = size ?: cache->object_size;
	return publish(handle, flags, id, why);
}

int mini_handle_alloc_bytes(struct mini_client *client, struct mini_arena *arena, enum mini_mm_kind kind, u64 size,
			    u32 flags, u64 *id, u32 *why)
{
	struct mini_handle *handle;
	int error;

	/* More than the region holds is refused for that, and not for a quota. */
	if (!size || size > (u64)arena->region.nr_pages << PAGE_SHIFT)
		return mini_refuse(why, MINI_MM_WHY_SIZE);
	handle = mini_handle_new(holder_for(client, arena, flags), arena, size, why, &error);
	if (!handle)
		return error;
	if (kind == MINI_MM_KIND_VMALLOC) {
		error = mini_vmalloc_from(arena, size, 0, &handle->address, why);
	} else {
		error = mini_kmalloc_from(arena, size, &handle->address);
		error = error ? mini_refuse_core(why, error) : 0;
		handle->cache = mini_general_cache(arena, size);
	}
	if (error) {
		mini_handle_drop(handle);
		return error;
	}
	handle->kind = kind;
	handle->size = size;
	return publish(handle, flags, id, why);
}
