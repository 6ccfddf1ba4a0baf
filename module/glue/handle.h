/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Handles: what clients of the device have instead of addresses. A handle owns one page block, one object
 * or what kmalloc or vmalloc gave; the memory goes back when it is out of the table and nobody uses it any more.
 */
#ifndef MINI_MM_HANDLE_H
#define MINI_MM_HANDLE_H

#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched.h>

#include "pages.h"

/* An open file of the device. */
struct mini_client {
	struct mini_holder holder;
	struct mutex replaying;	     /* the replay, and what is done with it; outside mini_registry */
	struct mini_replay *replay; /* or NULL */
	bool made_something; /* an arena or a cache that goes away with it */
	u32 nr_arenas, nr_caches; /* that it has made and that are there; under mini_registry, as the next one */
	u64 region_bytes;	  /* of these arenas */
};

struct mini_handle {
	u64 id; /* never reused */
	refcount_t users;
	u32 mapped; /* mappings; under the table's lock, as the next two */
	bool moving; /* its block is being moved: whoever wants to use it waits */
	bool movable;
	bool is_run; /* exactly size bytes of pages, whatever the order */
	enum mini_mm_kind kind;
	u32 order; /* page blocks */
	struct mini_arena *arena;
	struct mini_cache *cache; /* objects, and kmalloc's that are in one */
	struct mini_holder *holder;
	struct list_head node; /* holder->handles */
	void *address;
	size_t size;
	u64 charged; /* bytes that count against the quotas of the arena and, while it is @counted, the holder */
	bool counted;

	/* Content that nobody has written, [from, to): it is zeroed before it is shown. */
	struct mutex content;
	size_t unwritten_from;
	size_t unwritten_to;

	pid_t pid; /* who allocated it, and when */
	char comm[TASK_COMM_LEN];
	u64 born_ns;
	struct rcu_head rcu;
};

int mini_handles_init(void);
void mini_handles_exit(void);
u64 mini_handles_count(void);

void mini_holder_init(struct mini_holder *holder);

/*
 * The functions below may sleep. Those that take a @client see what is kept and what is the client's
 * own. @why as in mini_refuse(). The allocating ones are called under mini_registry.
 */

int mini_handle_alloc_pages(struct mini_client *client, struct mini_arena *arena, u32 order, u32 flags, u64 *id,
			    u32 *why);
/* Exactly @length bytes of pages; from byte @offset of the region on, or anywhere aligned to 2^align_order pages. */
int mini_handle_alloc_run(struct mini_client *client, struct mini_arena *arena, u64 offset, u64 length, u32 align_order,
			  u32 flags, u64 *id, u32 *why);
/* @size: bytes, or 0 for the cache's object size. */
int mini_handle_alloc_object(struct mini_client *client, struct mini_cache *cache, u64 size, u32 flags, u64 *id,
			     u32 *why);
/* @kind: KMALLOC or VMALLOC. */
int mini_handle_alloc_bytes(struct mini_client *client, struct mini_arena *arena, enum mini_mm_kind kind, u64 size,
			    u32 flags, u64 *id, u32 *why);
/* @kind: PAGES or OBJECT, what the caller takes it for; FREE for any. */
int mini_handle_free(struct mini_client *client, u64 id, enum mini_mm_kind kind, u32 *why);

/* A handle in use, to be given back with mini_handle_put(); NULL and *@error when refused. */
struct mini_handle *mini_handle_get(struct mini_client *client, u64 id, int *error, u32 *why);
/* The first one after @id, or NULL. */
struct mini_handle *mini_handle_get_next(struct mini_client *client, u64 id);
void mini_handle_put(struct mini_handle *handle);

/*
 * The handle of the movable block of @order at @page, when there is one, and nobody uses or maps it: others wait
 * until mini_handle_end_move() says where it is now.
 */
struct mini_handle *mini_handle_begin_move(struct mini_arena *arena, u32 page, u32 order);
void mini_handle_end_move(struct mini_handle *handle, u32 page);

/* The same for a mapping: while there is one, the handle cannot be freed. */
struct mini_handle *mini_handle_map(struct mini_client *client, u64 id, int *error);
void mini_handle_map_again(struct mini_handle *handle);
void mini_handle_unmap(struct mini_handle *handle);

static inline bool mini_handle_is_kept(const struct mini_handle *handle)
{
	return handle->holder == &handle->arena->holder;
}

/* --- between handle.c, the table, and handle_alloc.c, the memory ----------------------------------- */

/* A record that nobody knows yet, of @bytes that are about to be allocated; NULL and *@error when refused. */
struct mini_handle *mini_handle_new(struct mini_holder *holder, struct mini_arena *arena, u64 bytes, u32 *why,
				    int *error);
/* Takes a record back that nobody knows any more. Its arena may be gone as soon as it is told. */
void mini_handle_drop(struct mini_handle *handle);
/* Makes a complete handle known; on failure its memory and its record are gone. */
int mini_handle_publish(struct mini_handle *handle, u32 flags, u64 *id, u32 *why);
/* Gives the memory back, whatever its kind. */
void mini_handle_give_back(struct mini_handle *handle);

/* Of a block or a run of pages, or of what else lies in the region. */
static inline u32 mini_handle_first_page(const struct mini_handle *handle)
{
	return mini_offset(handle->arena, handle->address) >> PAGE_SHIFT;
}

/* --- holders --------------------------------------------------------------------------------------- */

/*
 * Frees all handles of a holder but those that are mapped. Returns how many. Nobody else frees handles of
 * this holder meanwhile: its file is being closed, or mini_registry is held for writing.
 */
u64 mini_holder_free_all(struct mini_holder *holder);

/* --- compact.c: may sleep; mini_registry held ------------------------------------------------------ */

/* Moves what can be moved down. *@moved: pages. -EINTR after a signal. */
int mini_arena_compact(struct mini_arena *arena, u64 *moved);

/* --- content.c: [offset, offset + length) lies in the block -------------------------------------- */

void mini_content_fill(struct mini_handle *handle, size_t offset, size_t length, u8 byte);
/* 0, or -EILSEQ and the offset of the first wrong byte. */
int mini_content_check(struct mini_handle *handle, size_t offset, size_t length, u8 byte, u64 *wrong_at);
/* Makes all content defined, so that it may be shown. */
void mini_content_define(struct mini_handle *handle, size_t offset, size_t length);

#endif /* MINI_MM_HANDLE_H */
