// SPDX-License-Identifier: GPL-2.0
/*
 * Owners: who allocated and who freed an object or a block of pages, and from where (debug letter U).
 *
 * The core keeps room for two records with each object and does not know what is in them. Blocks have a table beside
 * the page map, two records a page, of which those of a block's first page mean something. A record stays until its
 * place is allocated again: so a second free can be held against the first one.
 *
 * A stack is looked up before a lock is taken, for that may need memory; it is noted under the lock.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>

#include "compat.h"
#include "owner.h"
#include "pages.h"

int mini_owner_init(void)
{
	return mini_stack_init();
}

static struct mini_owner this_one(u64 stack)
{
	struct mini_owner owner = {
		.when_ns = ktime_get_ns(),
		.stack = stack,
		.pid = task_pid_nr(current),
		.cpu_and_flags = (raw_smp_processor_id() & 0xffff) | MINI_OWNER_NOTED |
				 (in_task() ? 0 : MINI_OWNER_IN_INTERRUPT),
	};

	/* Not get_task_comm(), whose lock is none for interrupts: a name that changes just now may be torn. */
	data_race(memcpy(owner.comm, current->comm, sizeof(owner.comm)));
	owner.comm[sizeof(owner.comm) - 1] = '\0';
	return owner;
}

/* --- objects ------------------------------------------------------------------------------------------ */

u64 mini_owner_stack(const struct mini_cache *cache, unsigned long caller)
{
	return cache->debug & MINI_DEBUG_OWNER ? mini_stack_save(caller) : 0;
}

void mini_owner_note(struct mini_cache *cache, void *object, enum mini_owner_what what, u64 stack)
{
	struct mini_owners *owners;

	lockdep_assert_held(&cache->lock);
	BUILD_BUG_ON(sizeof(*owners) != MINI_CORE_TRACK_BYTES);
	if (likely(!(cache->debug & MINI_DEBUG_OWNER)))
		return;
	owners = mini_core_object_track(cache->core, object);
	if (owners)
		owners->of[what] = this_one(stack);
}

void mini_owner_note_object_handle(struct mini_cache *cache, const void *object)
{
	struct mini_owners *owners;
	unsigned long flags;

	if (likely(!(cache->debug & MINI_DEBUG_OWNER)))
		return;
	mini_lock_irqsave(&cache->lock, flags);
	owners = mini_core_object_track(cache->core, object);
	if (owners)
		owners->of[MINI_OWNER_ALLOCATED].cpu_and_flags |= MINI_OWNER_BY_HANDLE;
	mini_unlock_irqrestore(&cache->lock, flags);
}

/* --- blocks ------------------------------------------------------------------------------------------- */

struct mini_owners *mini_owners_create(u32 pages)
{
	return mini_owner_init() ? NULL : kvcalloc(pages, sizeof(struct mini_owners), GFP_KERNEL_ACCOUNT);
}

void mini_owners_destroy(struct mini_owners *owners)
{
	kvfree(owners);
}

u64 mini_owner_stack_of_pages(const struct mini_arena *arena, unsigned long caller)
{
	return unlikely(arena->owners) ? mini_stack_save(caller) : 0;
}

void mini_owner_note_taken(struct mini_arena *arena, u32 page, u32 pages, u64 stack)
{
	const struct mini_owner owner = this_one(stack);
	const u32 end = page + pages;
	struct mini_core_block block;
	struct mini_owner *noted;
	unsigned long flags;

	mini_lock_irqsave(&arena->lock, flags);
	for (; page < end; page += 1U << block.order) {
		mini_core_arena_block(arena->core, page, &block);
		noted = &arena->owners[page].of[MINI_OWNER_ALLOCATED];
		*noted = owner;
		noted->cpu_and_flags |= block.order << MINI_OWNER_ORDER_SHIFT;
	}
	mini_unlock_irqrestore(&arena->lock, flags);
}

void mini_owner_note_freed(struct mini_arena *arena, u32 page, u32 pages, u64 stack)
{
	const struct mini_owner owner = this_one(stack);
	const u32 end = page + pages;

	lockdep_assert_held(&arena->lock);
	/* Where blocks began cannot be seen any more, but where something was allocated can. */
	for (; page < end; page++)
		if (mini_owner_is_noted(&arena->owners[page].of[MINI_OWNER_ALLOCATED]))
			arena->owners[page].of[MINI_OWNER_FREED] = owner;
}

void mini_owner_note_moved(struct mini_arena *arena, u32 from, u32 to)
{
	lockdep_assert_held(&arena->lock);
	if (unlikely(arena->owners))
		arena->owners[to].of[MINI_OWNER_ALLOCATED] = arena->owners[from].of[MINI_OWNER_ALLOCATED];
}

void mini_owner_note_handle(struct mini_arena *arena, u32 page, u32 pages)
{
	const u32 end = page + pages;
	unsigned long flags;

	if (likely(!arena->owners))
		return;
	mini_lock_irqsave(&arena->lock, flags);
	for (; page < end; page++)
		arena->owners[page].of[MINI_OWNER_ALLOCATED].cpu_and_flags |= MINI_OWNER_BY_HANDLE;
	mini_unlock_irqrestore(&arena->lock, flags);
}

/* --- looking ------------------------------------------------------------------------------------------ */

/* The block that was allocated last of those that a free page was in, as far as blocks are aligned. */
static u32 last_block_at(const struct mini_arena *arena, u32 page)
{
	const struct mini_owner *noted;
	u32 found = page;
	u64 when = 0;
	u32 order, first;

	for (order = 0; order <= MINI_CORE_MAX_ORDER; order++) {
		first = round_down(page, 1U << order);
		noted = &arena->owners[first].of[MINI_OWNER_ALLOCATED];
		if (noted->when_ns <= when || page - first >= 1U << (noted->cpu_and_flags >> MINI_OWNER_ORDER_SHIFT))
			continue;
		when = noted->when_ns;
		found = first;
	}
	return found;
}

/* The block that holds @page, or the last one that did. Under the arena's lock. */
static u32 noted_page(const struct mini_arena *arena, u32 page, struct mini_core_block *block)
{
	const u32 first = mini_core_block_of(arena->core, page);

	mini_core_arena_block(arena->core, first, block);
	return block->kind == MINI_CORE_ALLOCATED || !arena->owners ? first : last_block_at(arena, page);
}

static bool owners_of_object(struct mini_arena *arena, u32 cache_id, const void *object, struct mini_owners *owners)
{
	struct mini_cache *cache;
	unsigned long flags;
	const void *track;

	rcu_read_lock();
	cache = xa_load(&mini_caches, cache_id);
	track = NULL;
	if (cache && cache->arena == arena) {
		mini_lock_irqsave(&cache->lock, flags);
		track = mini_core_object_track(cache->core, object);
		if (track)
			memcpy(owners, track, sizeof(*owners));
		mini_unlock_irqrestore(&cache->lock, flags);
	}
	rcu_read_unlock();
	return track;
}

bool mini_owners_at(struct mini_arena *arena, u32 page, u32 offset, struct mini_owners *owners)
{
	struct mini_core_block block;
	unsigned long flags;
	u32 noted;

	if (page >= arena->region.nr_pages || offset >= PAGE_SIZE)
		return false;
	mini_lock_irqsave(&arena->lock, flags);
	noted = noted_page(arena, page, &block);
	if (arena->owners)
		*owners = arena->owners[noted];
	mini_unlock_irqrestore(&arena->lock, flags);
	if (block.kind == MINI_CORE_SLAB || block.kind == MINI_CORE_SLUB || block.kind == MINI_CORE_TAIL)
		return owners_of_object(arena, block.cache, mini_page_address(arena, page) + offset, owners);
	return arena->owners;
}

static u64 age_ms(const struct mini_owner *owner)
{
	return div_u64(ktime_get_ns() - owner->when_ns, NSEC_PER_MSEC);
}

void mini_owner_show(const void *track)
{
	const struct mini_owners *owners = track;
	const struct mini_owner *owner;
	int what;

	for (what = 0; owners && what < MINI_OWNERS; what++) {
		owner = &owners->of[what];
		if (!mini_owner_is_noted(owner))
			continue;
		pr_notice("  %s %llu.%03llu s ago by %s (pid %u)%s on CPU %u:\n", mini_owner_verb(what),
			  age_ms(owner) / MSEC_PER_SEC, age_ms(owner) % MSEC_PER_SEC, owner->comm, owner->pid,
			  owner->cpu_and_flags & MINI_OWNER_IN_INTERRUPT ? " in an interrupt" : "",
			  owner->cpu_and_flags & 0xffff);
		mini_stack_print(owner->stack);
	}
}

/* A frame as a symbol; never as an address. */
static const char *symbol_of(unsigned long frame, char *text)
{
	sprint_symbol(text, frame);
	return *text && strncmp(text, "0x", 2) ? text : "(code that is gone: a module's, or its init)";
}

const char *mini_owner_call_site(u64 stack, char *text)
{
	unsigned long frames[MINI_STACK_FRAMES];
	unsigned int nr = mini_stack_frames(stack, frames);
	unsigned int i;

	for (i = 0; i + 1 < nr && within_module(frames[i], THIS_MODULE); i++)
		;
	return nr ? symbol_of(frames[i], text) : "(no stack was kept)";
}

bool mini_owner_is_of_module(u64 stack, const struct module *module)
{
	unsigned long frames[MINI_STACK_FRAMES];
	unsigned int nr = mini_stack_frames(stack, frames);
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (within_module(frames[i], module))
			return true;
	return false;
}

void mini_owner_print_stack(struct seq_file *seq, u64 stack)
{
	unsigned long frames[MINI_STACK_FRAMES];
	unsigned int nr = mini_stack_frames(stack, frames);
	char text[KSYM_SYMBOL_LEN];
	unsigned int i;

	for (i = 0; i < nr; i++)
		seq_printf(seq, "\t%s\n", symbol_of(frames[i], text));
}

void mini_owners_print(struct seq_file *seq, const struct mini_owners *owners)
{
	const struct mini_owner *owner;
	int what;

	for (what = 0; what < MINI_OWNERS; what++) {
		owner = &owners->of[what];
		if (!mini_owner_is_noted(owner))
			continue;
		seq_printf(seq, "%s %llu %u ", mini_owner_verb(what), age_ms(owner), owner->pid);
		seq_escape(seq, owner->comm, " \t\n\\");
		seq_putc(seq, '\n');
		mini_owner_print_stack(seq, owner->stack);
	}
}
