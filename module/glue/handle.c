// SPDX-License-Identifier: GPL-2.0
/*
 * The table of handles, and the two kinds of holders: open files, and arenas for what is kept.
 *
 * The table is an xarray by id; its lock decides races between a free, another free and a mapping. The
 * memory behind a handle goes back when its last user is gone.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "handle.h"
#include "leaks.h"

/* Kept handles that are named one by one in the report at unload. */
#define REPORTED_HANDLES 16

static DEFINE_XARRAY(table);
static atomic64_t last_id;
static atomic_t nr_handles;
static struct kmem_cache *records;
/* Those who want a handle whose block is being moved. */
static DECLARE_WAIT_QUEUE_HEAD(end_of_move);

int mini_handles_init(void)
{
	records = KMEM_CACHE(mini_handle, SLAB_ACCOUNT);
	return records ? 0 : -ENOMEM;
}

void mini_handles_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(records);
	xa_destroy(&table);
}

u64 mini_handles_count(void)
{
	return atomic_read(&nr_handles);
}

void mini_holder_init(struct mini_holder *holder)
{
	spin_lock_init(&holder->lock);
	INIT_LIST_HEAD(&holder->handles);
}

/* --- making ------------------------------------------------------------------------------------- */

struct mini_handle *mini_handle_new(struct mini_holder *holder, struct mini_arena *arena, u64 bytes, u32 *why,
				    int *error)
{
	struct mini_handle *handle;
	u32 used_up;

	if (atomic_inc_return(&nr_handles) > MINI_MAX_HANDLES) {
		*error = mini_refuse(why, MINI_MM_WHY_LIMIT);
		goto err_count;
	}
	used_up = mini_quota_take_handle(holder, arena, bytes);
	if (used_up) {
		*error = mini_refuse(why, used_up);
		goto err_count;
	}
	handle = kmem_cache_zalloc(records, GFP_KERNEL);
	if (!handle) {
		*error = mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
		goto err_quota;
	}
	handle->charged = bytes;
	handle->counted = true;
	refcount_set(&handle->users, 1);
	mutex_init(&handle->content);
	handle->id = atomic64_inc_return(&last_id);
	handle->arena = arena;
	handle->holder = holder;
	handle->pid = task_tgid_nr(current);
	get_task_comm(handle->comm, current);
	handle->born_ns = ktime_get_ns();
	atomic64_inc(&arena->nr_handles);
	return handle;

err_quota:
	mini_quota_leave_holder(holder, bytes);
	mini_quota_leave_arena(arena, bytes);
err_count:
	atomic_dec(&nr_handles);
	return NULL;
}

static void free_record_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(records, container_of(rcu, struct mini_handle, rcu));
}

/* The arena may be gone as soon as it is told: nothing of it is touched after. */
void mini_handle_drop(struct mini_handle *handle)
{
	if (handle->counted)
		mini_quota_leave_holder(handle->holder, handle->charged);
	mini_quota_leave_arena(handle->arena, handle->charged);
	atomic64_dec(&handle->arena->nr_handles);
	atomic_dec(&nr_handles);
	call_rcu(&handle->rcu, free_record_rcu);
}

/* The holder may go any time after. */
static void leave_holder(struct mini_handle *handle)
{
	struct mini_holder *holder = handle->holder;

	handle->counted = false;
	mini_quota_leave_holder(holder, handle->charged);
	spin_lock(&holder->lock);
	list_del_init(&handle->node);
	holder->count--;
	spin_unlock(&holder->lock);
}

int mini_handle_publish(struct mini_handle *handle, u32 flags, u64 *id, u32 *why)
{
	struct mini_holder *holder = handle->holder;
	u64 new_id = handle->id;

	handle->unwritten_to = handle->size;
	if (flags & MINI_MM_ZERO)
		mini_content_define(handle, 0, handle->size);
	/* In the list first: whoever finds it in the table may free it at once. */
	spin_lock(&holder->lock);
	list_add_tail(&handle->node, &holder->handles);
	holder->count++;
	spin_unlock(&holder->lock);
	if (!xa_err(xa_store(&table, new_id, handle, GFP_KERNEL_ACCOUNT))) {
		*id = new_id;
		return 0;
	}

	leave_holder(handle);
	mini_handle_give_back(handle);
	mini_handle_drop(handle);
	return mini_refuse(why, MINI_MM_WHY_NO_MEMORY);
}

/* --- finding -------------------------------------------------------------------------------------- */

static bool is_moving(u64 id)
{
	struct mini_handle *handle;
	bool moving;

	xa_lock(&table);
	handle = xa_load(&table, id);
	moving = handle && handle->moving;
	xa_unlock(&table);
	return moving;
}

/* The handle @id, and the table locked; waits while the handle's block is being moved. */
static struct mini_handle *lock_and_load(u64 id)
{
	struct mini_handle *handle;

	for (;;) {
		xa_lock(&table);
		handle = xa_load(&table, id);
		if (likely(!handle || !handle->moving))
			return handle;
		xa_unlock(&table);
		wait_event(end_of_move, !is_moving(id));
	}
}

static bool visible(const struct mini_handle *handle, const struct mini_client *client)
{
	return mini_handle_is_kept(handle) || handle->holder == &client->holder;
}

static enum mini_mm_reason why_not(const struct mini_handle *handle, const struct mini_client *client)
{
	if (!handle)
		return MINI_MM_WHY_NO_HANDLE;
	return visible(handle, client) ? MINI_MM_WHY_NONE : MINI_MM_WHY_NOT_YOURS;
}

struct mini_handle *mini_handle_get(struct mini_client *client, u64 id, int *error, u32 *why)
{
	enum mini_mm_reason reason;
	struct mini_handle *handle;

	handle = lock_and_load(id);
	reason = why_not(handle, client);
	if (!reason)
		refcount_inc(&handle->users);
	xa_unlock(&table);
	*error = mini_refuse(why, reason);
	return reason ? NULL : handle;
}

struct mini_handle *mini_handle_get_next(struct mini_client *client, u64 id)
{
	struct mini_handle *handle;
	unsigned long index = id;

	xa_lock(&table);
	do {
		handle = xa_find_after(&table, &index, ULONG_MAX, XA_PRESENT);
		if (handle && handle->moving) {
			xa_unlock(&table);
			wait_event(end_of_move, !is_moving(index));
			/* It may be gone by now: found again, or the next one is. */
			index--;
			xa_lock(&table);
			continue;
		}
	} while (handle && !visible(handle, client));
	if (handle)
		refcount_inc(&handle->users);
	xa_unlock(&table);
	return handle;
}

void mini_handle_put(struct mini_handle *handle)
{
	if (!refcount_dec_and_test(&handle->users))
		return;
	mini_handle_give_back(handle);
	mini_handle_drop(handle);
}

/* --- freeing -------------------------------------------------------------------------------------- */

int mini_handle_free(struct mini_client *client, u64 id, enum mini_mm_kind kind, u32 *why)
{
	enum mini_mm_reason reason;
	struct mini_handle *handle;

	handle = lock_and_load(id);
	reason = why_not(handle, client);
	if (!reason && handle->kind != kind && kind != MINI_MM_KIND_FREE)
		reason = kind == MINI_MM_KIND_PAGES ? MINI_MM_WHY_NOT_PAGES : MINI_MM_WHY_NOT_OBJECT;
	if (!reason && handle->mapped)
		reason = MINI_MM_WHY_MAPPED;
	if (!reason)
		__xa_erase(&table, id);
	xa_unlock(&table);
	if (reason)
		return mini_refuse(why, reason);
	leave_holder(handle);
	mini_handle_put(handle);
	return 0;
}

/* Takes a handle out of the table unless it is mapped or somebody else does. */
static bool unpublish(struct mini_handle *handle)
{
	bool mine = false;

	lock_and_load(handle->id);
	if (!handle->mapped)
		mine = __xa_erase(&table, handle->id) == handle;
	xa_unlock(&table);
	return mine;
}

u64 mini_holder_free_all(struct mini_holder *holder)
{
	struct mini_handle *handle, *next;
	u64 freed = 0;

	list_for_each_entry_safe(handle, next, &holder->handles, node) {
		if (unpublish(handle)) {
			leave_holder(handle);
			mini_handle_put(handle);
			freed++;
		}
		cond_resched();
	}
	return freed;
}

/* --- mapping -------------------------------------------------------------------------------------- */

struct mini_handle *mini_handle_map(struct mini_client *client, u64 id, int *error)
{
	enum mini_mm_reason reason;
	struct mini_handle *handle;

	handle = lock_and_load(id);
	reason = why_not(handle, client);
	if (!reason && handle->kind != MINI_MM_KIND_PAGES)
		reason = MINI_MM_WHY_NOT_PAGES;
	if (!reason) {
		refcount_inc(&handle->users);
		handle->mapped++;
	}
	xa_unlock(&table);
	*error = mini_refuse(NULL, reason);
	return reason ? NULL : handle;
}

void mini_handle_map_again(struct mini_handle *handle)
{
	xa_lock(&table);
	refcount_inc(&handle->users);
	handle->mapped++;
	xa_unlock(&table);
}

void mini_handle_unmap(struct mini_handle *handle)
{
	xa_lock(&table);
	handle->mapped--;
	xa_unlock(&table);
	mini_handle_put(handle);
}

/* --- moving ---------------------------------------------------------------------------------------- */

struct mini_handle *mini_handle_begin_move(struct mini_arena *arena, u32 page, u32 order)
{
	u64 mark = READ_ONCE(page_private(mini_page(arena, page)));
	struct mini_handle *handle;
	bool idle;

	xa_lock(&table);
	handle = mini_is_mark_of_handle(mark) ? xa_load(&table, mark >> MINI_MARK_BITS) : NULL;
	idle = handle && handle->movable && !handle->moving && !handle->mapped && handle->arena == arena &&
	       handle->order == order && mini_handle_first_page(handle) == page && refcount_read(&handle->users) == 1;
	if (idle)
		handle->moving = true;
	xa_unlock(&table);
	return idle ? handle : NULL;
}

void mini_handle_end_move(struct mini_handle *handle, u32 page)
{
	xa_lock(&table);
	set_page_private(mini_page(handle->arena, mini_handle_first_page(handle)), 0);
	handle->address = mini_page_address(handle->arena, page);
	set_page_private(mini_page(handle->arena, page), mini_mark_of_handle(handle->id));
	handle->moving = false;
	xa_unlock(&table);
	wake_up_all(&end_of_move);
}

/* --- reporting ------------------------------------------------------------------------------------- */

static void describe(const struct mini_handle *handle, char *text, size_t size)
{
	switch (handle->kind) {
	case MINI_MM_KIND_OBJECT:
		snprintf(text, size, "object of cache %s", handle->cache->name);
		break;
	case MINI_MM_KIND_KMALLOC:
		snprintf(text, size, "%zu bytes by kmalloc", handle->size);
		break;
	case MINI_MM_KIND_VMALLOC:
		snprintf(text, size, "%zu bytes by vmalloc", handle->size);
		break;
	default:
		snprintf(text, size, "pages of order %u", handle->order);
	}
}

void mini_report_held(struct mini_arena *arena)
{
	char what[32 + MINI_MM_CACHE_NAME_LEN];
	u64 now = ktime_get_ns();
	struct mini_handle *handle;
	u64 named = 0;
	u64 live;

	if (arena->holder.count)
		pr_notice("arena %s: %llu page blocks and objects are still held, and freed now\n", arena->name,
			  arena->holder.count);
	list_for_each_entry(handle, &arena->holder.handles, node) {
		if (named++ == REPORTED_HANDLES) {
			pr_notice("  ... and %llu more\n", arena->holder.count - REPORTED_HANDLES);
			break;
		}
		describe(handle, what, sizeof(what));
		pr_notice("  handle %llu: %s, kept by %s (pid %d) %llu.%03llu s ago\n", handle->id, what,
			  handle->comm, handle->pid, (now - handle->born_ns) / NSEC_PER_SEC,
			  (now - handle->born_ns) % NSEC_PER_SEC / NSEC_PER_MSEC);
	}
	mini_holder_free_all(&arena->holder);
	live = mini_arena_live(arena);
	if (!live)
		return;
	pr_notice("arena %s: %llu page blocks and objects of other modules are still held, and freed now\n",
		  arena->name, live);
	mini_leaks_report(arena);
}
