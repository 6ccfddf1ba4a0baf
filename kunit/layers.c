// SPDX-License-Identifier: GPL-2.0
#include <linux/cpumask.h>
#include <linux/smp.h>

#include "layers.h"

struct mini_arena *mini_kunit_layered_arena(struct kunit *test, unsigned long pages, unsigned int size)
{
	const struct mini_arena_params params = { .size = pages << PAGE_SHIFT, .debug = "", .magazine_size = size };

	return mini_kunit_arena_as(test, &params);
}

u64 mini_kunit_cached_objects(struct mini_cache *cache)
{
	struct mini_core_cache_stats stats;
	u64 cached;
	u32 shared;

	mini_cache_read_all_stats(cache, &stats, &cached, &shared);
	return cached;
}

u64 mini_kunit_cached_pages(struct mini_arena *arena)
{
	struct mini_core_arena_stats stats;
	u64 cached;

	mini_arena_read_all_stats(arena, &stats, &cached);
	return cached;
}

struct mini_core_cache_stats mini_kunit_cache_stats(struct mini_cache *cache)
{
	struct mini_core_cache_stats stats;

	mini_cache_read_stats(cache, &stats);
	return stats;
}

u32 mini_kunit_rounds_of(struct mini_cache *cache, int cpu)
{
	const struct mini_magazine_cpu *its = per_cpu_ptr(cache->layer.cpus, cpu);

	return mini_magazine_rounds(its) + (its->previous ? its->previous->rounds : 0);
}

u32 mini_kunit_blocks_of(struct mini_arena *arena, int cpu, unsigned int order)
{
	const struct mini_page_cpu *its = per_cpu_ptr(arena->layer.cpus, cpu);
	const size_t number = mini_page_list_number(order, MINI_CORE_UNMOVABLE);

	return mini_page_list_count(&its->lists[number]) + its->previous[number].count;
}

int mini_kunit_another_cpu(struct kunit *test, int here)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (cpu != here)
			return cpu;
	kunit_skip(test, "there is one CPU only");
	return here;
}

static int take(void *data)
{
	struct mini_kunit_work *work = data;
	struct page *page;
	int i;

	for (i = 0; i < work->nr; i++) {
		page = work->cache ? NULL : mini_alloc_pages(work->arena, 0, work->order);
		work->taken[i] = work->cache ? mini_kmem_cache_alloc(work->cache, 0) :
				 page	     ? page_address(page) :
					       NULL;
		if (!work->taken[i])
			return -ENOMEM;
	}
	return 0;
}

static int give(void *data)
{
	struct mini_kunit_work *work = data;
	int i;

	for (i = 0; i < work->nr; i++) {
		if (work->cache)
			mini_kmem_cache_free(work->cache, work->taken[i]);
		else
			mini_free_pages(work->arena, virt_to_page(work->taken[i]), work->order);
	}
	return 0;
}

void mini_kunit_take_on(struct kunit *test, int cpu, struct mini_kunit_work *work)
{
	KUNIT_ASSERT_LE(test, work->nr, MINI_KUNIT_BATCH);
	KUNIT_ASSERT_EQ(test, 0, smp_call_on_cpu(cpu, take, work, false));
}

void mini_kunit_give_on(struct kunit *test, int cpu, struct mini_kunit_work *work)
{
	KUNIT_ASSERT_EQ(test, 0, smp_call_on_cpu(cpu, give, work, false));
}
