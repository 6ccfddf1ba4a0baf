// SPDX-License-Identifier: GPL-2.0
/*
 * Slabs of caches that are type-safe by RCU (SLAB_TYPESAFE_BY_RCU): a reader may still look at an object that
 * was freed, so the slab stays what it is, in the page map too, until a grace period has passed.
 *
 * The callback's place is in the struct page of the slab's first page, which nobody else uses meanwhile: to give a slab
 * back may not need memory. The cache may be gone when the slab arrives; the arena waits for it. Meanwhile it has the
 * mark of a slab that is nobody's, or an examination would take it for damage.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include "lookup.h"
#include "pages.h"

static void arrive(struct rcu_head *rcu)
{
	struct page *page = container_of(rcu, struct page, rcu_head);
	struct mini_arena *arena;
	unsigned long flags;

	/* Nothing of it is left for the kernel's checks when the page goes back to it. */
	memset(rcu, 0, sizeof(*rcu));
	rcu_read_lock();
	arena = mini_arena_at(page_address(page));
	mini_lock_irqsave(&arena->lock, flags);
	set_page_private(page, 0);
	mini_core_give_back_slab(arena->core, page_to_pfn(page) - arena->region.first_pfn);
	mini_arena_verify(arena);
	mini_unlock_irqrestore(&arena->lock, flags);
	/* Last: then the arena may go, when the lookup is over. */
	atomic_dec_return_release(&arena->late_slabs);
	rcu_read_unlock();
}

void mini_slab_give_back_later(struct mini_arena *arena, u32 page)
{
	lockdep_assert_held(&arena->lock);
	set_page_private(mini_page(arena, page), MINI_MARK_SLAB);
	atomic_inc(&arena->late_slabs);
	call_rcu(&mini_page(arena, page)->rcu_head, arrive);
}

void mini_wait_for_late_slabs(struct mini_arena *arena)
{
	if (atomic_read_acquire(&arena->late_slabs))
		rcu_barrier();
}
