// SPDX-License-Identifier: GPL-2.0
#include "blocks.h"

#define TEXT_BYTES 1024

u32 mini_kunit_index(const struct mini_arena *arena, const struct page *page)
{
	return min(page_to_pfn(page) - arena->region.first_pfn, arena->region.nr_pages);
}

u32 mini_kunit_take_block(struct kunit *test, struct mini_arena *arena, unsigned int order)
{
	struct page *page = mini_alloc_pages(arena, 0, order);

	KUNIT_ASSERT_NOT_NULL_MSG(test, page, "no block of order %u", order);
	KUNIT_ASSERT_LT(test, mini_kunit_index(arena, page), arena->region.nr_pages);
	return mini_kunit_index(arena, page);
}

void mini_kunit_give_block(struct mini_arena *arena, u32 page, unsigned int order)
{
	mini_free_pages(arena, mini_page(arena, page), order);
}

static char *text_buffer(struct kunit *test)
{
	char *text = kunit_kzalloc(test, TEXT_BYTES, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, text);
	return text;
}

const char *mini_kunit_free_blocks(struct kunit *test, struct mini_arena *arena)
{
	char *text = text_buffer(test);
	struct mini_core_arena_stats stats;
	unsigned int order;
	int length = 0;

	mini_arena_drain(arena);
	mini_arena_read_stats(arena, &stats);
	for (order = 0; order <= stats.max_order; order++)
		length += scnprintf(text + length, TEXT_BYTES - length, "%s%u", order ? " " : "",
				    stats.free_blocks[order]);
	return text;
}

static int describe(const struct mini_core_block *block, char *text, int room)
{
	u32 last = block->page + (1U << block->order) - 1;
	int length = scnprintf(text, room, "%s%u", block->page ? ", " : "", block->page);

	if (block->order)
		length += scnprintf(text + length, room - length, "-%u", last);
	switch (block->kind) {
	case MINI_CORE_FREE:
		return length + scnprintf(text + length, room - length, " free");
	case MINI_CORE_ALLOCATED:
		return length + scnprintf(text + length, room - length, " used");
	case MINI_CORE_SLAB:
		return length + scnprintf(text + length, room - length, " %s %u",
					  block->cache ? "slab" : "descriptors", block->in_use);
	default:
		return length + scnprintf(text + length, room - length, " of kind %u", block->kind);
	}
}

const char *mini_kunit_blocks(struct kunit *test, struct mini_arena *arena)
{
	char *text = text_buffer(test);
	struct mini_core_block block;
	unsigned long flags;
	int length = 0;
	u32 page;

	mini_arena_drain(arena);
	for (page = 0; page < arena->region.nr_pages; page += 1U << block.order) {
		raw_spin_lock_irqsave(&arena->lock, flags);
		mini_core_arena_block(arena->core, page, &block);
		raw_spin_unlock_irqrestore(&arena->lock, flags);
		length += describe(&block, text + length, TEXT_BYTES - length);
	}
	KUNIT_EXPECT_EQ_MSG(test, arena->region.nr_pages, page,
			    "the last block reaches past the end");
	KUNIT_ASSERT_LT_MSG(test, length, TEXT_BYTES - 1, "too many blocks for a text");
	return text;
}

const char *mini_kunit_statistics(struct kunit *test, struct mini_arena *arena)
{
	char *text = text_buffer(test);
	struct mini_core_arena_stats stats;

	mini_arena_read_stats(arena, &stats);
	scnprintf(text, TEXT_BYTES,
		  "allocations %llu, frees %llu, failures %llu, refused %llu, splits %llu, merges %llu",
		  stats.allocations, stats.frees, stats.failures, stats.refused, stats.splits,
		  stats.merges);
	return text;
}

void mini_kunit_expect_sound(struct kunit *test, struct mini_arena *arena)
{
	unsigned long flags;
	const char *broken;

	raw_spin_lock_irqsave(&arena->lock, flags);
	broken = mini_core_arena_broken(arena->core);
	raw_spin_unlock_irqrestore(&arena->lock, flags);
	KUNIT_EXPECT_NULL_MSG(test, broken, "%s", broken);
}
