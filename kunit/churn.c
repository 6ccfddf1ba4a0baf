// SPDX-License-Identifier: GPL-2.0
#include "churn.h"

/* Bytes from one copy of the tag to the next, and one at the end: a page block of order 3 has 65. */
#define STEP 512
/* Page blocks of a crowd are of orders below this. */
#define ORDERS 5

static bool tagged(const struct mini_kunit_block *block)
{
	const u64 *last = block->at + block->size - sizeof(u64);
	size_t offset;

	for (offset = 0; offset < block->size; offset += STEP)
		if (*(const u64 *)(block->at + offset) != block->tag)
			return false;
	return *last == block->tag;
}

static void set_tag(struct mini_kunit_block *block)
{
	size_t offset;

	for (offset = 0; offset < block->size; offset += STEP)
		*(u64 *)(block->at + offset) = block->tag;
	*(u64 *)(block->at + block->size - sizeof(u64)) = block->tag;
}

bool mini_kunit_take(struct mini_kunit_block *block, struct mini_arena *arena, struct mini_cache *cache,
		     unsigned int order, u64 tag)
{
	struct page *page;

	block->cache = cache;
	block->order = order;
	block->tag = tag;
	if (cache) {
		block->at = mini_kmem_cache_alloc(cache, GFP_ATOMIC);
		block->size = cache->object_size;
	} else {
		page = mini_alloc_pages(arena, GFP_ATOMIC, order);
		block->at = page ? page_address(page) : NULL;
		block->size = PAGE_SIZE << order;
	}
	if (block->at)
		set_tag(block);
	return block->at;
}

bool mini_kunit_give(struct mini_kunit_block *block, struct mini_arena *arena)
{
	bool sound = tagged(block);

	if (block->cache)
		mini_kmem_cache_free(block->cache, block->at);
	else
		mini_free_pages(arena, virt_to_page(block->at), block->order);
	block->at = NULL;
	return sound;
}

static struct mini_cache *any_cache(struct mini_kunit_churn *churn)
{
	u32 choice;

	if (!churn->nr_caches)
		return NULL;
	choice = mini_kunit_below(&churn->random, churn->nr_caches + !!churn->orders);
	return choice < churn->nr_caches ? churn->caches[choice] : NULL;
}

void mini_kunit_churn_step(struct mini_kunit_churn *churn)
{
	struct mini_kunit_block *block = &churn->held[mini_kunit_below(&churn->random, MINI_KUNIT_HELD)];
	struct mini_cache *cache;
	unsigned int order;

	if (block->at) {
		churn->overwritten += !mini_kunit_give(block, churn->arena);
		return;
	}
	cache = any_cache(churn);
	order = cache ? 0 : mini_kunit_below(&churn->random, churn->orders);
	if (mini_kunit_take(block, churn->arena, cache, order, churn->tag++))
		churn->taken++;
	else
		churn->none_left++;
}

void mini_kunit_churn_end(struct mini_kunit_churn *churn)
{
	struct mini_kunit_block *block;

	for (block = churn->held; block < churn->held + MINI_KUNIT_HELD; block++)
		if (block->at)
			churn->overwritten += !mini_kunit_give(block, churn->arena);
}

void mini_kunit_churn_expect(struct kunit *test, const struct mini_kunit_churn *churn)
{
	KUNIT_EXPECT_EQ(test, 0ULL, churn->overwritten);
	KUNIT_EXPECT_GT(test, churn->taken, 0ULL);
}

static void churn_until_over(struct mini_kunit_thread *thread)
{
	struct mini_kunit_crowd *crowd = thread->data;
	struct mini_kunit_churn *churn = &crowd->churns[thread->index];

	churn->random = thread->random;
	do {
		mini_kunit_churn_step(churn);
		cond_resched();
	} while (!READ_ONCE(crowd->over));
	mini_kunit_churn_end(churn);
}

void mini_kunit_crowd_start(struct kunit *test, struct mini_kunit_crowd *crowd, struct mini_arena *arena,
			    struct mini_cache *cache)
{
	unsigned int i;

	*crowd = (struct mini_kunit_crowd){ .cache = cache, .threads = mini_kunit_team_size() };
	crowd->churns = kunit_kcalloc(test, crowd->threads, sizeof(*crowd->churns), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, crowd->churns);
	for (i = 0; i < crowd->threads; i++) {
		crowd->churns[i].arena = arena;
		crowd->churns[i].caches = &crowd->cache;
		crowd->churns[i].nr_caches = cache ? 1 : 0;
		crowd->churns[i].orders = cache ? 0 : ORDERS;
		crowd->churns[i].tag = (u64)(i + 1) << 32;
	}
	crowd->team = mini_kunit_start(test, crowd->threads, churn_until_over, crowd);
}

u64 mini_kunit_crowd_end(struct kunit *test, struct mini_kunit_crowd *crowd)
{
	unsigned int i;
	u64 taken = 0;

	WRITE_ONCE(crowd->over, true);
	mini_kunit_join(test, crowd->team);
	for (i = 0; i < crowd->threads; i++) {
		mini_kunit_churn_expect(test, &crowd->churns[i]);
		taken += crowd->churns[i].taken;
	}
	return taken;
}
