// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_layer_window: interrupts that come in while their CPU is in the window of its magazines and lists. Here
 * the case itself is in the window, so that they surely do.
 */
#include <linux/delay.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>

#include "churn.h"
#include "layers.h"

#define PAGES 256
#define OBJECTS 4

struct intrusion {
	struct irq_work work;
	struct mini_arena *arena;
	struct mini_cache *cache;
	bool served;
	bool done;
};

/* What the window protects, of one CPU. */
struct state {
	int inside_cache, inside_arena;
	void **top;
	u64 objects, blocks;
	struct mini_page_list list;
};

static struct state state_of(struct intrusion *intrusion)
{
	const struct mini_magazine_cpu *magazines = this_cpu_ptr(intrusion->cache->layer.cpus);
	const struct mini_page_cpu *lists = this_cpu_ptr(intrusion->arena->layer.cpus);

	return (struct state){
		.inside_cache = READ_ONCE(magazines->window.inside),
		.inside_arena = READ_ONCE(lists->window.inside),
		.top = READ_ONCE(magazines->top),
		.objects = READ_ONCE(magazines->allocations),
		.blocks = READ_ONCE(lists->allocations),
		.list = lists->lists[0],
	};
}

static void intrude(struct irq_work *work)
{
	struct intrusion *intrusion = container_of(work, struct intrusion, work);
	struct page *page = mini_alloc_pages(intrusion->arena, GFP_ATOMIC, 0);
	void *objects[OBJECTS];
	int i, nr = 0;

	for (i = 0; i < OBJECTS; i++) {
		objects[i] = mini_kmem_cache_alloc(intrusion->cache, GFP_ATOMIC);
		nr += !!objects[i];
	}
	intrusion->served = page && nr == OBJECTS;
	for (i = 0; i < OBJECTS; i++)
		mini_kmem_cache_free(intrusion->cache, objects[i]);
	mini_free_pages(intrusion->arena, page, 0);
	/* Whoever waits looks at all this when it sees that it is done. */
	smp_store_release(&intrusion->done, true);
}

/* From inside of both windows: false when the interrupt does not come. */
static bool is_intruded(struct intrusion *intrusion)
{
	const unsigned long deadline = jiffies + 10 * HZ;

	irq_work_queue(&intrusion->work);
	/* Pairs with the release of the interrupt. */
	while (!smp_load_acquire(&intrusion->done))
		if (time_after(jiffies, deadline))
			return false;
	return true;
}

static void an_interrupt_in_the_window_goes_past_the_layer(struct kunit *test)
{
	struct intrusion *intrusion = kunit_kzalloc(test, sizeof(*intrusion), GFP_KERNEL);
	struct mini_magazine_cpu *magazines;
	struct mini_core_cache_stats stats;
	struct state before, after;
	struct mini_page_cpu *lists;
	bool entered, intruded;

	KUNIT_ASSERT_NOT_NULL(test, intrusion);
	intrusion->work = IRQ_WORK_INIT_HARD(intrude);
	intrusion->arena = mini_kunit_layered_arena(test, PAGES, 16);
	intrusion->cache = mini_kunit_cache(test, intrusion->arena, 64, 0);
	mini_kunit_stay(test);
	mini_kmem_cache_free(intrusion->cache, mini_kunit_object(test, intrusion->cache));
	mini_free_pages(intrusion->arena, mini_alloc_pages(intrusion->arena, 0, 0), 0);

	preempt_disable();
	magazines = this_cpu_ptr(intrusion->cache->layer.cpus);
	lists = this_cpu_ptr(intrusion->arena->layer.cpus);
	entered = mini_window_enter(&magazines->window);
	entered &= mini_window_enter(&lists->window);
	before = state_of(intrusion);
	intruded = is_intruded(intrusion);
	after = state_of(intrusion);
	mini_window_leave(&lists->window);
	mini_window_leave(&magazines->window);
	preempt_enable();

	KUNIT_EXPECT_TRUE(test, entered);
	KUNIT_ASSERT_TRUE(test, intruded);
	KUNIT_EXPECT_TRUE(test, intrusion->served);
	KUNIT_EXPECT_MEMEQ(test, &before, &after, sizeof(before));
	KUNIT_EXPECT_EQ(test, MINI_WINDOW_OPEN, magazines->window.inside);
	KUNIT_EXPECT_EQ(test, MINI_WINDOW_OPEN, lists->window.inside);
	stats = mini_kunit_cache_stats(intrusion->cache);
	KUNIT_EXPECT_EQ(test, 1ULL + OBJECTS, stats.allocations);
	KUNIT_EXPECT_EQ(test, 1ULL + OBJECTS, stats.frees);
	KUNIT_EXPECT_EQ(test, 0ULL, stats.active_objects);
}

/* --- a drain of a CPU that is in the window -------------------------------------------------------------- */

struct siege {
	struct mini_arena *arena;
	struct mini_cache *cache;
	bool held, drained, too_early;
};

static void hold_the_window(struct siege *siege)
{
	struct mini_magazine_cpu *magazines;

	mini_kmem_cache_free(siege->cache, mini_kmem_cache_alloc(siege->cache, 0));
	preempt_disable();
	magazines = this_cpu_ptr(siege->cache->layer.cpus);
	mini_window_enter(&magazines->window);
	/* The other thread drains when it sees that the window is busy. */
	smp_store_release(&siege->held, true);
	mdelay(50);
	siege->too_early = READ_ONCE(siege->drained);
	mini_window_leave(&magazines->window);
	preempt_enable();
}

static void hold_or_drain(struct mini_kunit_thread *thread)
{
	struct siege *siege = thread->data;

	if (thread->index == 0) {
		hold_the_window(siege);
	} else if (thread->index == 1) {
		/* Pairs with the release of the one who holds it. */
		while (!smp_load_acquire(&siege->held))
			cond_resched();
		mini_arena_drain(siege->arena);
		WRITE_ONCE(siege->drained, true);
	}
}

static void a_drain_that_finds_the_window_busy_comes_again(struct kunit *test)
{
	struct siege *siege = kunit_kzalloc(test, sizeof(*siege), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, siege);
	mini_kunit_another_cpu(test, raw_smp_processor_id());
	siege->arena = mini_kunit_layered_arena(test, PAGES, 16);
	siege->cache = mini_kunit_cache(test, siege->arena, 64, 0);
	mini_kunit_run(test, hold_or_drain, siege);
	KUNIT_EXPECT_FALSE(test, siege->too_early);
	KUNIT_EXPECT_TRUE(test, siege->drained);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_kunit_cached_objects(siege->cache));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(an_interrupt_in_the_window_goes_past_the_layer),
	KUNIT_CASE(a_drain_that_finds_the_window_busy_comes_again),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_layer_window",
	.test_cases = cases,
};

kunit_test_suite(suite);
