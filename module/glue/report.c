// SPDX-License-Identifier: GPL-2.0
/*
 * Reports: what callers did wrong, and what stray writes did. Each is counted by its kind in its arena
 * (/sys/kernel/debug/mini_mm/<arena>/reports) and said in the kernel log at a limited rate. The arena
 * goes on working.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/seq_file.h>

#include "examine.h"
#include "owner.h"
#include "pages.h"

static const char *const names[MINI_REPORTS] = {
	[MINI_REPORT_OUTSIDE] = "outside",
	[MINI_REPORT_NOT_ALLOCATED] = "not_allocated",
	[MINI_REPORT_NOT_AN_OBJECT] = "not_an_object",
	[MINI_REPORT_DOUBLE_FREE] = "double_free",
	[MINI_REPORT_WRONG_ORDER] = "wrong_order",
	[MINI_REPORT_WRONG_KIND] = "wrong_kind",
	[MINI_REPORT_WRONG_CACHE] = "wrong_cache",
	[MINI_REPORT_BOOKKEEPING] = "bookkeeping",
	[MINI_REPORT_RED_ZONE] = "red_zone",
	[MINI_REPORT_POISON] = "poison",
	[MINI_REPORT_INVARIANT] = "invariant",
};

/* False when nothing shall be said: somebody provokes reports and counts them. */
static bool count(struct mini_arena *arena, enum mini_report report)
{
	atomic_inc(&arena->reports[report]);
	return !READ_ONCE(arena->quiet);
}

/* Who had the object that a report was about; less often than reports are said. */
static void show_owners(const void *track)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);

	if (track && __ratelimit(&limit))
		mini_owner_show(track);
}

/* The same of a page, of which all that is known is copied first. Takes locks. */
static void show_owners_of_page(struct mini_arena *arena, u32 page)
{
	struct mini_owners owners;

	if (arena->owners && mini_owners_at(arena, page, 0, &owners))
		show_owners(&owners);
}

/* The kind of a free that the core refused. */
static enum mini_report refusal(int core_error)
{
	switch (core_error) {
	case MINI_CORE_OUTSIDE:
		return MINI_REPORT_OUTSIDE;
	case MINI_CORE_NOT_ALLOCATED:
		return MINI_REPORT_NOT_ALLOCATED;
	case MINI_CORE_NOT_AN_OBJECT:
		return MINI_REPORT_NOT_AN_OBJECT;
	case MINI_CORE_DOUBLE_FREE:
		return MINI_REPORT_DOUBLE_FREE;
	case MINI_CORE_BAD_ORDER:
	case MINI_CORE_WRONG_ORDER:
		return MINI_REPORT_WRONG_ORDER;
	case MINI_CORE_WRONG_KIND:
		return MINI_REPORT_WRONG_KIND;
	case MINI_CORE_WRONG_CACHE:
		return MINI_REPORT_WRONG_CACHE;
	default:
		return MINI_REPORT_BOOKKEEPING;
	}
}

void mini_report_page_free(struct mini_arena *arena, u32 page, unsigned int order, int core_error)
{
	if (!count(arena, refusal(core_error)))
		return;
	pr_notice_ratelimited("arena %s: page %u of order %u cannot be freed: %s\n", arena->name, page, order,
			      mini_core_error_text(core_error));
	show_owners_of_page(arena, page);
}

void mini_report_object_free(struct mini_cache *cache, const void *object, int core_error)
{
	if (!count(cache->arena, refusal(core_error)))
		return;
	pr_notice_ratelimited("cache %s: an object cannot be freed: %s\n", cache->name,
			      mini_core_error_text(core_error));
	show_owners(mini_core_object_track(cache->core, object));
}

/* @address lies in pages that an examination took out of use. */
static bool is_isolated(struct mini_arena *arena, const void *address)
{
	const u64 page = mini_offset(arena, address) >> PAGE_SHIFT;
	struct mini_core_block block;

	if (page >= arena->region.nr_pages)
		return false;
	mini_core_arena_block(arena->core, mini_core_block_of(arena->core, page), &block);
	return block.kind == MINI_CORE_ISOLATED;
}

void mini_report_magazine(struct mini_cache *cache, const void *object, int core_error)
{
	/* Of a slab that is out of use: that was reported, and its objects went with it. */
	if (core_error == MINI_CORE_CORRUPT || is_isolated(cache->arena, object))
		return;
	mini_note_finding(cache->arena,
			  (struct mini_mm_finding){ .kind = MINI_MM_FINDING_MAGAZINE, .cache = cache->id });
	mini_report_object_free(cache, object, core_error);
}

void mini_report_address(struct mini_arena *arena, const char *function, const void *address, int core_error)
{
	if (!count(arena ?: mini_default_arena, refusal(core_error)))
		return;
	if (!arena) {
		pr_notice_ratelimited("%s of %p is refused: nothing was allocated there\n", function, address);
		return;
	}
	pr_notice_ratelimited("%s of byte %llu of arena %s is refused: %s\n", function, mini_offset(arena, address),
			      arena->name, mini_core_error_text(core_error));
	show_owners_of_page(arena, mini_offset(arena, address) >> PAGE_SHIFT);
}

void mini_report_damage(struct mini_cache *cache, const struct mini_core_damage *damage)
{
	static const enum mini_report reports[] = {
		[MINI_CORE_DAMAGE_BOOKKEEPING] = MINI_REPORT_BOOKKEEPING,
		[MINI_CORE_DAMAGE_RED_ZONE] = MINI_REPORT_RED_ZONE,
		[MINI_CORE_DAMAGE_POISON] = MINI_REPORT_POISON,
		[MINI_CORE_DAMAGE_LIST] = MINI_REPORT_BOOKKEEPING,
	};
	static const enum mini_mm_finding_kind findings[] = {
		[MINI_CORE_DAMAGE_BOOKKEEPING] = MINI_MM_FINDING_SLAB,
		[MINI_CORE_DAMAGE_RED_ZONE] = MINI_MM_FINDING_RED_ZONE,
		[MINI_CORE_DAMAGE_POISON] = MINI_MM_FINDING_POISON,
		[MINI_CORE_DAMAGE_LIST] = MINI_MM_FINDING_SLAB_LIST,
	};

	mini_note_finding(cache->arena,
			  (struct mini_mm_finding){
				  .kind = findings[damage->kind],
				  .page = damage->kind == MINI_CORE_DAMAGE_LIST ? 0 : damage->slab,
				  .pages = damage->kind == MINI_CORE_DAMAGE_LIST ? 0 : cache->slab_pages,
				  .cache = cache->id,
				  .object = damage->object,
				  .offset = damage->offset,
				  .found = damage->found,
			  });

	if (!count(cache->arena, reports[damage->kind]))
		return;
	switch (damage->kind) {
	case MINI_CORE_DAMAGE_BOOKKEEPING:
		pr_notice_ratelimited("cache %s: the bookkeeping of its slab at page %u was overwritten; the slab is put aside\n",
				      cache->name, damage->slab);
		break;
	case MINI_CORE_DAMAGE_RED_ZONE:
		pr_notice_ratelimited("cache %s: red zone of object %u of its slab at page %u overwritten: %#04x at offset %d of %u bytes\n",
				      cache->name, damage->object, damage->slab, damage->found, damage->offset,
				      cache->object_size);
		break;
	case MINI_CORE_DAMAGE_POISON:
		pr_notice_ratelimited("cache %s: object %u of its slab at page %u was written to after it was freed: %#04x at offset %d of %u bytes\n",
				      cache->name, damage->object, damage->slab, damage->found, damage->offset,
				      cache->object_size);
		break;
	case MINI_CORE_DAMAGE_LIST:
		pr_notice_ratelimited("cache %s: its lists of slabs were damaged; they are made anew\n", cache->name);
		break;
	}
	show_owners(damage->track);
}

void mini_report_flaw(struct mini_arena *arena, const struct mini_core_finding *finding)
{
	static const char *const flaws[MINI_CORE_FLAWS] = {
		[MINI_CORE_FLAW_NO_HEAD] = "no block starts there, where one should",
		[MINI_CORE_FLAW_KIND] = "a block of no known kind",
		[MINI_CORE_FLAW_ORDER] = "a block of an order that cannot be",
		[MINI_CORE_FLAW_ENTRY] = "an entry inside the block is not empty",
		[MINI_CORE_FLAW_PAYLOAD] = "the entry of a block in use contradicts itself",
		[MINI_CORE_FLAW_NOT_LISTED] = "a free block that is in no free list",
		[MINI_CORE_FLAW_INDEX] = "a free list is damaged, and made anew",
		[MINI_CORE_FLAW_TAIL] = "pages of a slab that is not there",
		[MINI_CORE_FLAW_SLAB] = "a slab that no cache has",
	};

	/* The kinds of findings begin with the flaws, from 1. */
	BUILD_BUG_ON(MINI_MM_FINDING_SLABLESS != MINI_CORE_FLAW_SLAB + 1 || MINI_CORE_FLAW_SLAB + 1 != MINI_CORE_FLAWS);
	mini_note_finding(arena, (struct mini_mm_finding){
					 .kind = finding->flaw + 1,
					 .page = finding->page,
					 .pages = finding->pages,
				 });
	if (count(arena, MINI_REPORT_BOOKKEEPING))
		pr_notice_ratelimited("arena %s: page map at page %u, %u pages: %s%s\n", arena->name, finding->page,
				      finding->pages, flaws[finding->flaw],
				      finding->isolated ? "; they are out of use from now on" : "");
}

void mini_report_cpu_list(struct mini_arena *arena, u32 page, u32 lost)
{
	mini_note_finding(arena, (struct mini_mm_finding){
					 .kind = MINI_MM_FINDING_CPU_LIST,
					 .page = page,
					 .pages = lost,
				 });
	if (count(arena, MINI_REPORT_BOOKKEEPING))
		pr_notice_ratelimited("arena %s: a CPU's list was damaged and has lost %u blocks; they are free again\n",
				      arena->name, lost);
}

void mini_report_descriptors(struct mini_arena *arena, u32 damaged)
{
	mini_note_finding(arena, (struct mini_mm_finding){ .kind = MINI_MM_FINDING_DESCRIPTORS, .pages = damaged });
	if (count(arena, MINI_REPORT_BOOKKEEPING))
		pr_notice_ratelimited("arena %s: %u slabs of management data were damaged; they are put aside\n",
				      arena->name, damaged);
}

/* An allocator that contradicts itself is a bug of this module or damage that no check foresaw. */
void mini_report_invariant(struct mini_arena *arena, const char *where, const char *broken)
{
	if (count(arena, MINI_REPORT_INVARIANT))
		pr_err_ratelimited("BUG: %s: %s\n", where, broken);
}

void mini_reports_show(struct seq_file *seq, struct mini_arena *arena)
{
	int report;

	for (report = 0; report < MINI_REPORTS; report++)
		seq_printf(seq, "%-14s %u\n", names[report], atomic_read(&arena->reports[report]));
}
