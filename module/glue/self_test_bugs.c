// SPDX-License-Identifier: GPL-2.0
/*
 * The bugs of the self-test: what callers do wrong, stray writes, and single bits that flip in each kind of metadata.
 * A stray write is followed by the operation that has to notice it, if any does.
 */
#include <linux/mm.h>
#include <linux/preempt.h>

#include "pages.h"
#include "self_test.h"

/* --- what callers do wrong ---------------------------------------------------------------------------- */

/* An object that is out; whoever takes it forgets it. */
static u8 *take_object(struct mini_victim *victim)
{
	u32 i = mini_victim_random(victim, MINI_VICTIM_OBJECTS);
	void *object;

	while (!victim->objects[i])
		i = (i + 1) % MINI_VICTIM_OBJECTS;
	object = victim->objects[i];
	victim->objects[i] = NULL;
	return object;
}

static struct page *take_block(struct mini_victim *victim, unsigned int *order)
{
	u32 i = mini_victim_random(victim, MINI_VICTIM_BLOCKS);
	struct page *block;

	while (!victim->blocks[i])
		i = (i + 1) % MINI_VICTIM_BLOCKS;
	block = victim->blocks[i];
	*order = victim->orders[i];
	victim->blocks[i] = NULL;
	return block;
}

static void free_twice(struct mini_victim *victim)
{
	void *object = take_object(victim);

	mini_kmem_cache_free(victim->cache, object);
	mini_kmem_cache_free(victim->cache, object);
}

static void free_twice_later(struct mini_victim *victim)
{
	void *object = take_object(victim);

	mini_kmem_cache_free(victim->cache, object);
	mini_kmem_cache_free(victim->cache, take_object(victim));
	mini_kmem_cache_free(victim->cache, object);
}

static void free_block_twice(struct mini_victim *victim)
{
	unsigned int order;
	struct page *block = take_block(victim, &order);

	mini_free_pages(victim->arena, block, order);
	mini_free_pages(victim->arena, block, order);
}

static void free_with_wrong_order(struct mini_victim *victim)
{
	unsigned int order;
	struct page *block = take_block(victim, &order);

	mini_free_pages(victim->arena, block, order + 1);
}

/* --- stray writes ------------------------------------------------------------------------------------- */

static void write_and_free(struct mini_victim *victim, s32 offset)
{
	u8 *object = take_object(victim);

	/* What lies before the region is not the arena's to be damaged: another one. */
	if (object + offset < (u8 *)victim->cache->base)
		object = take_object(victim);
	object[offset] ^= 0xff;
	mini_kmem_cache_free(victim->cache, object);
}

static void write_after_free(struct mini_victim *victim)
{
	u8 *object = take_object(victim);
	void *again;
	int i;

	mini_kmem_cache_free(victim->cache, object);
	object[mini_victim_random(victim, MINI_VICTIM_SIZE)] ^= 0xff;
	/* Until it comes again, if it does. */
	for (i = 0; i < MINI_VICTIM_OBJECTS; i++) {
		again = mini_kmem_cache_alloc(victim->cache, 0);
		if (again == object)
			break;
	}
}

/* --- flipped bits ------------------------------------------------------------------------------------- */

static void flip(void *bytes, u32 bit)
{
	((u8 *)bytes)[bit / 8] ^= 1 << bit % 8;
}

/* The entry of a block's first page; of a free block if @want_free. */
static struct mini_page_entry *some_entry(struct mini_victim *victim, bool want_free)
{
	struct mini_core_arena *core = victim->arena->core;
	u32 pages = victim->arena->region.nr_pages;
	u32 page = mini_victim_random(victim, pages);
	struct mini_core_block block;
	u32 i;

	for (i = 0; i < pages; i++) {
		mini_core_arena_block(core, mini_core_block_of(core, (page + i) % pages), &block);
		if (!want_free || block.kind == MINI_CORE_FREE)
			return mini_core_page_map(core) + block.page;
	}
	return NULL;
}

static bool flip_page_map(struct mini_victim *victim)
{
	flip(&some_entry(victim, false)->head, 24 + mini_victim_random(victim, 8));
	return true;
}

static bool flip_free_list(struct mini_victim *victim)
{
	struct mini_page_entry *entry = some_entry(victim, true);

	/* Where the placement links no blocks, there is nothing that could lead astray. */
	if (!entry || strcmp(mini_core_arena_placement(victim->arena->core), "lifo"))
		return false;
	flip(mini_victim_random(victim, 2) ? &entry->head : &entry->prev, mini_victim_random(victim, 24));
	return true;
}

static bool flip_descriptor(struct mini_victim *victim)
{
	struct mini_arena *arena = victim->arena;
	struct mini_core_cache_layout layout;
	struct mini_page_entry *entry;
	struct mini_core_block block;
	u32 page, bits;

	page = mini_offset(arena, take_object(victim)) >> PAGE_SHIFT;
	mini_core_arena_block(arena->core, mini_core_block_of(arena->core, page), &block);
	entry = mini_core_page_map(arena->core) + block.page;
	if (block.kind == MINI_CORE_SLUB) {
		flip(&entry->payload, mini_victim_random(victim, 32));
		return true;
	}
	mini_core_cache_read_layout(victim->cache->core, &layout);
	/* Of the other engines it is the header that all descriptors begin with: 12 bytes. */
	bits = strcmp(mini_core_cache_engine(victim->cache->core), "slab") ? 12 * 8 :
									     (16 + 2 * layout.objects_per_slab) * 8;
	flip(mini_page_address(arena, 0) + (size_t)entry->payload * 16, mini_victim_random(victim, bits));
	return true;
}

static bool flip_magazine(struct mini_victim *victim)
{
	struct mini_magazine_cpu *cpu;
	bool done = false;
	u32 rounds;

	preempt_disable();
	cpu = this_cpu_ptr(victim->cache->layer.cpus);
	rounds = cpu->loaded ? mini_magazine_rounds(cpu) : 0;
	if (rounds) {
		flip(&cpu->loaded->objects[mini_victim_random(victim, rounds)], mini_victim_random(victim, 64));
		done = true;
	}
	preempt_enable();
	return done;
}

bool mini_bug_commit(struct mini_victim *victim, enum mini_mm_bug bug)
{
	switch (bug) {
	case MINI_MM_BUG_DOUBLE_FREE:
		free_twice(victim);
		return true;
	case MINI_MM_BUG_DOUBLE_FREE_LATER:
		free_twice_later(victim);
		return true;
	case MINI_MM_BUG_INSIDE:
		mini_kmem_cache_free(victim->cache, take_object(victim) + 8);
		return true;
	case MINI_MM_BUG_WRONG_CACHE:
		mini_kmem_cache_free(victim->other, take_object(victim));
		return true;
	case MINI_MM_BUG_BLOCK_TWICE:
		free_block_twice(victim);
		return true;
	case MINI_MM_BUG_WRONG_ORDER:
		free_with_wrong_order(victim);
		return true;
	case MINI_MM_BUG_OVERFLOW:
		write_and_free(victim, MINI_VICTIM_SIZE);
		return true;
	case MINI_MM_BUG_UNDERFLOW:
		write_and_free(victim, -1);
		return true;
	case MINI_MM_BUG_WRITE_AFTER_FREE:
		write_after_free(victim);
		return true;
	case MINI_MM_BUG_FLIP_PAGE_MAP:
		return flip_page_map(victim);
	case MINI_MM_BUG_FLIP_FREE_LIST:
		return flip_free_list(victim);
	case MINI_MM_BUG_FLIP_DESCRIPTOR:
		return flip_descriptor(victim);
	case MINI_MM_BUG_FLIP_MAGAZINE:
		return flip_magazine(victim);
	default:
		return false;
	}
}
