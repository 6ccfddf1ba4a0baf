// SPDX-License-Identifier: GPL-2.0
/*
 * The leak report: every block of pages and every object that is out, grouped by what it is and where it was allocated.
 *
 * The region is walked by the page map, block by block. In a slab each address at which an object may start is held
 * against the cache's engine, which knows those that are out: so the walk needs to know nothing of engines. A lock is
 * held for one block, or for one page of a slab; what changes meanwhile is seen as it was or as it is. Who it was is
 * known with debug letter U; what was allocated without it is counted by its kind only.
 *
 * It is read on demand, and said in the kernel log when a module goes whose functions are among the call sites, and of
 * all when mini_mm goes itself.
 *
 * Call sites are in a hash table of a fixed size. When it is as full as it may get, the others are summed up.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/hash.h>
#include <linux/kallsyms.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "compat.h"
#include "leaks.h"
#include "owner.h"
#include "pages.h"

#define SITES_BITS 9
#define SITES BIT(SITES_BITS)
/* Told apart: half of the table, so that a search is short. */
#define MOST_SITES (SITES / 2)
/* Named in the kernel log. */
#define REPORTED_SITES 16

struct site {
	/* What tells it from others. */
	u64 stack;
	u32 cache; /* id; 0 for blocks */
	u32 order; /* of blocks */
	bool noted;

	u64 count;
	u64 bytes;
	u64 oldest_ns; /* when; so the next two */
	u32 pid;
	char comm[TASK_COMM_LEN];
	char what[MINI_MM_CACHE_NAME_LEN];
};

struct mini_leaks {
	struct mini_arena *arena; /* while it is walked */
	u64 now_ns;
	u64 by_handles;
	unsigned int nr_sites;
	struct site others;
	struct site sites[SITES];
};

/* --- gathering ---------------------------------------------------------------------------------------- */

/* Something of this kind that is out. */
struct held {
	const struct mini_cache *cache; /* NULL: a block */
	u32 order;
	u64 bytes;
	const struct mini_owner *owner; /* NULL when not noted */
	bool by_handle;
};

static struct site *site_of(struct mini_leaks *leaks, const struct held *held)
{
	const struct site key = {
		.stack = held->owner ? held->owner->stack : 0,
		.cache = held->cache ? held->cache->id : 0,
		.order = held->order,
		.noted = held->owner,
	};
	u32 at = hash_64(key.stack ^ (u64)key.cache << 32 ^ key.order << 1 ^ key.noted, SITES_BITS);
	struct site *site;

	for (;; at = (at + 1) % SITES) {
		site = &leaks->sites[at];
		if (!site->count)
			break;
		if (site->stack == key.stack && site->cache == key.cache && site->order == key.order &&
		    site->noted == key.noted)
			return site;
	}
	if (leaks->nr_sites == MOST_SITES)
		return &leaks->others;
	leaks->nr_sites++;
	*site = key;
	if (held->cache)
		strscpy(site->what, held->cache->name, sizeof(site->what));
	else
		snprintf(site->what, sizeof(site->what), "pages,order=%u", held->order);
	return site;
}

/* Under the lock of what is held. */
static void add(struct mini_leaks *leaks, const struct held *held)
{
	struct site *site;

	if (held->by_handle) {
		leaks->by_handles++;
		return;
	}
	site = site_of(leaks, held);
	if (held->owner && (!site->oldest_ns || held->owner->when_ns < site->oldest_ns)) {
		site->oldest_ns = held->owner->when_ns;
		site->pid = held->owner->pid;
		memcpy(site->comm, held->owner->comm, sizeof(site->comm));
	}
	site->count++;
	site->bytes += held->bytes;
}

static void add_block(struct mini_leaks *leaks, u32 page, u32 order)
{
	struct mini_arena *arena = leaks->arena;
	const struct mini_owner *owner = arena->owners ? &arena->owners[page].of[MINI_OWNER_ALLOCATED] : NULL;
	const bool noted = owner && mini_owner_is_noted(owner);

	lockdep_assert_held(&arena->lock);
	add(leaks, &(struct held){
			   .order = order,
			   .bytes = PAGE_SIZE << order,
			   .owner = noted ? owner : NULL,
			   .by_handle = (noted && owner->cpu_and_flags & MINI_OWNER_BY_HANDLE) ||
					mini_is_mark_of_handle(page_private(mini_page(arena, page))),
		   });
}

static void add_object(struct mini_leaks *leaks, const struct mini_cache *cache, const void *object, u32 size)
{
	const struct mini_owners *owners = mini_core_object_track(cache->core, object);
	const struct mini_owner *owner = owners ? &owners->of[MINI_OWNER_ALLOCATED] : NULL;
	const bool noted = owner && mini_owner_is_noted(owner);

	add(leaks, &(struct held){
			   .cache = cache,
			   .bytes = size,
			   .owner = noted ? owner : NULL,
			   .by_handle = noted && owner->cpu_and_flags & MINI_OWNER_BY_HANDLE,
		   });
}

/* The objects that start in a page of a slab. */
static void walk_page(struct mini_leaks *leaks, struct mini_cache *cache, u32 page)
{
	const void *start = mini_page_address(cache->arena, page);
	unsigned long flags;
	u32 offset, size;

	mini_lock_irqsave(&cache->lock, flags);
	for (offset = 0; offset < PAGE_SIZE; offset += round_up(size, MINI_CORE_MIN_OBJECT)) {
		if (!mini_core_object_size(cache->core, start + offset, &size))
			add_object(leaks, cache, start + offset, size);
		else
			size = MINI_CORE_MIN_OBJECT;
	}
	mini_unlock_irqrestore(&cache->lock, flags);
}

static void walk_slab(struct mini_leaks *leaks, const struct mini_core_block *block)
{
	struct mini_cache *cache;
	u32 i;

	for (i = 0; i < 1U << block->order; i++) {
		rcu_read_lock();
		/* Of id 0 are the slabs that the arena has for itself. */
		cache = block->cache ? xa_load(&mini_caches, block->cache) : NULL;
		if (cache && cache->arena == leaks->arena)
			walk_page(leaks, cache, block->page + i);
		rcu_read_unlock();
		cond_resched();
	}
}

static void walk(struct mini_leaks *leaks)
{
	struct mini_arena *arena = leaks->arena;
	struct mini_core_block block;
	unsigned long flags;
	u32 page;

	for (page = 0; page < arena->region.nr_pages; page += 1U << block.order) {
		mini_lock_irqsave(&arena->lock, flags);
		mini_core_arena_block(arena->core, page, &block);
		if (block.kind == MINI_CORE_ALLOCATED)
			add_block(leaks, page, block.order);
		mini_unlock_irqrestore(&arena->lock, flags);
		if (block.kind == MINI_CORE_SLAB || block.kind == MINI_CORE_SLUB || block.kind == MINI_CORE_TAIL)
			walk_slab(leaks, &block);
		/* A block that was split or merged since the last step: go on at the next page. */
		if (block.kind == MINI_CORE_INSIDE)
			block.order = 0;
		cond_resched();
	}
}

static int by_bytes(const void *left, const void *right)
{
	const struct site *a = left, *b = right;

	return a->bytes == b->bytes ? 0 : a->bytes < b->bytes ? 1 : -1;
}

struct mini_leaks *mini_leaks_gather(struct mini_arena *arena)
{
	struct mini_leaks *leaks = kvzalloc(sizeof(*leaks), GFP_KERNEL_ACCOUNT);

	if (!leaks)
		return NULL;
	/* What waits in the per-CPU layer looks as if it were out. */
	mini_arena_drain(arena);
	leaks->arena = arena;
	strscpy(leaks->others.what, "others", sizeof(leaks->others.what));
	walk(leaks);
	leaks->arena = NULL;
	leaks->now_ns = ktime_get_ns();
	/* Those that are not there have no bytes: they come last. */
	sort(leaks->sites, SITES, sizeof(leaks->sites[0]), by_bytes, NULL);
	return leaks;
}

void mini_leaks_forget(struct mini_leaks *leaks)
{
	kvfree(leaks);
}

/* --- showing ------------------------------------------------------------------------------------------ */

static u64 age_ms(const struct mini_leaks *leaks, const struct site *site)
{
	return div_u64(leaks->now_ns - min(site->oldest_ns, leaks->now_ns), NSEC_PER_MSEC);
}

static void show(struct seq_file *seq, const struct mini_leaks *leaks, const struct site *site)
{
	if (!site->oldest_ns) {
		seq_printf(seq, "%9llu %12llu %10s %8s  %-32s -\n", site->count, site->bytes, "-", "-", site->what);
		return;
	}
	seq_printf(seq, "%9llu %12llu %10llu %8u  %-32s ", site->count, site->bytes, age_ms(leaks, site), site->pid,
		   site->what);
	seq_escape(seq, site->comm, " \t\n\\");
	seq_putc(seq, '\n');
	if (site != &leaks->others)
		mini_owner_print_stack(seq, site->stack);
}

void mini_leaks_show(struct seq_file *seq, const struct mini_leaks *leaks)
{
	unsigned int i;

	seq_printf(seq, "%9s %12s %10s %8s  %-32s %s\n", "count", "bytes", "oldest_ms", "pid", "what", "comm");
	for (i = 0; i < leaks->nr_sites; i++)
		show(seq, leaks, &leaks->sites[i]);
	if (leaks->others.count)
		show(seq, leaks, &leaks->others);
}

static void report(const struct mini_leaks *leaks, const struct site *site, char *text)
{
	if (!site->noted) {
		pr_notice("  %llu of %s, %llu bytes; who allocated them is noted with debug=U\n", site->count,
			  site->what, site->bytes);
		return;
	}
	pr_notice("  %llu of %s, %llu bytes, the oldest %llu.%03llu s ago by %s (pid %u), from %s\n", site->count,
		  site->what, site->bytes, age_ms(leaks, site) / MSEC_PER_SEC, age_ms(leaks, site) % MSEC_PER_SEC,
		  site->comm, site->pid, mini_owner_call_site(site->stack, text));
}

/* Those of @module, or all of them when it is NULL. */
static void report_sites(struct mini_arena *arena, const struct module *module)
{
	struct mini_leaks *leaks = mini_leaks_gather(arena);
	char *text = kmalloc(KSYM_SYMBOL_LEN, GFP_KERNEL);
	unsigned int reported = 0, more = 0;
	const struct site *site;
	unsigned int i;

	for (i = 0; leaks && text && i < leaks->nr_sites; i++) {
		site = &leaks->sites[i];
		if (module && !mini_owner_is_of_module(site->stack, module))
			continue;
		if (reported == REPORTED_SITES) {
			more++;
			continue;
		}
		if (module && !reported)
			pr_notice("module %s goes, and leaves in arena %s:\n", module->name, arena->name);
		report(leaks, site, text);
		reported++;
	}
	if (more)
		pr_notice("  ... and more of %u other call sites\n", more);
	kfree(text);
	mini_leaks_forget(leaks);
}

void mini_leaks_report(struct mini_arena *arena)
{
	report_sites(arena, NULL);
}

/* --- modules that go ------------------------------------------------------------------------------------ */

static bool notes_owners(struct mini_arena *arena)
{
	struct mini_cache *cache;

	if (arena->owners)
		return true;
	list_for_each_entry(cache, &arena->caches, node)
		if (cache->debug & MINI_DEBUG_OWNER)
			return true;
	return false;
}

/* This is when its functions still have names: mini_mm itself goes only after its users. */
static int on_module(struct notifier_block *block, unsigned long what, void *data)
{
	struct mini_arena *arena;
	unsigned long index;

	if (what != MODULE_STATE_GOING || data == THIS_MODULE)
		return NOTIFY_DONE;
	down_read(&mini_registry);
	for_each_mini_arena(index, arena)
		if (notes_owners(arena))
			report_sites(arena, data);
	up_read(&mini_registry);
	return NOTIFY_DONE;
}

static struct notifier_block modules = { .notifier_call = on_module };

int mini_leaks_init(void)
{
	return register_module_notifier(&modules);
}

void mini_leaks_exit(void)
{
	unregister_module_notifier(&modules);
}
