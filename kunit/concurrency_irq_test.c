// SPDX-License-Identifier: GPL-2.0
/*
 * Suite mini_mm_concurrency_irq: allocating and freeing in interrupts, alone and while the CPU that is
 * interrupted is in the allocator itself.
 */
#include <linux/hrtimer.h>
#include <linux/irq_work.h>
#include <linux/preempt.h>

#include "churn.h"
#include "glue/compat.h"

/* --- one visit --------------------------------------------------------------------------------------- */

/* What a case does in an interrupt: it notes what it found, the case looks at it afterwards. */
struct visit {
	struct irq_work work;
	void (*act)(struct visit *visit);
	bool in_hard_interrupt;
	struct mini_arena *arena;
	struct mini_cache *cache;
	struct mini_kunit_block block;
	void *objects[8];
	int found;
};

static void arrive(struct irq_work *work)
{
	struct visit *visit = container_of(work, struct visit, work);

	visit->in_hard_interrupt = in_hardirq();
	visit->act(visit);
}

/* Does @act in a hard interrupt, once, and returns when it is done. */
static void interrupt(struct kunit *test, struct visit *visit, void (*act)(struct visit *visit))
{
	visit->act = act;
	visit->work = IRQ_WORK_INIT_HARD(arrive);
	irq_work_queue(&visit->work);
	irq_work_sync(&visit->work);
	KUNIT_EXPECT_TRUE(test, visit->in_hard_interrupt);
}

static struct visit *make_visit(struct kunit *test, unsigned long pages, unsigned int size)
{
	struct visit *visit = kunit_kzalloc(test, sizeof(*visit), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, visit);
	visit->arena = mini_kunit_arena(test, pages);
	visit->cache = mini_kunit_cache(test, visit->arena, size, 0);
	return visit;
}

static void end_visit(struct kunit *test, struct visit *visit)
{
	mini_kmem_cache_destroy(visit->cache);
	mini_kunit_expect_whole(test, visit->arena);
}

static void take_zeroed_pages(struct visit *visit)
{
	struct page *page = mini_alloc_pages(visit->arena, GFP_ATOMIC | __GFP_ZERO, 3);

	if (!page)
		return;
	visit->found = !memchr_inv(page_address(page), 0, PAGE_SIZE << 3);
	mini_free_pages(visit->arena, page, 3);
}

static void zeroed_pages_can_be_had_in_an_interrupt(struct kunit *test)
{
	struct visit *visit = make_visit(test, 8, 64);
	struct page *page = mini_alloc_pages(visit->arena, 0, 3);

	KUNIT_ASSERT_NOT_NULL(test, page);
	memset(page_address(page), 0xa5, PAGE_SIZE << 3);
	mini_free_pages(visit->arena, page, 3);
	interrupt(test, visit, take_zeroed_pages);
	KUNIT_EXPECT_EQ(test, 1, visit->found);
	end_visit(test, visit);
}

static void take_bulk(struct visit *visit)
{
	visit->found = mini_kmem_cache_alloc_bulk(visit->cache, GFP_ATOMIC, ARRAY_SIZE(visit->objects),
						  visit->objects);
}

static void give_bulk(struct visit *visit)
{
	mini_kmem_cache_free_bulk(visit->cache, visit->found, visit->objects);
}

static void a_bulk_can_be_had_in_an_interrupt_and_given_back_in_another(struct kunit *test)
{
	struct visit *visit = make_visit(test, 64, 2048);

	interrupt(test, visit, take_bulk);
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(visit->objects), visit->found);
	KUNIT_EXPECT_EQ(test, ARRAY_SIZE(visit->objects), mini_arena_live(visit->arena));
	interrupt(test, visit, give_bulk);
	end_visit(test, visit);
}

static void swap_blocks(struct visit *visit)
{
	visit->found = mini_kunit_give(&visit->block, visit->arena);
	mini_kunit_take(&visit->block, visit->arena, visit->block.cache, 0, visit->block.tag + 1);
}

static void what_a_task_allocated_an_interrupt_may_free_and_the_other_way_round(struct kunit *test)
{
	struct visit *visit = make_visit(test, 64, 2048);
	int round;

	for (round = 0; round < 4; round++) {
		struct mini_cache *cache = round % 2 ? visit->cache : NULL;

		KUNIT_ASSERT_TRUE(test, mini_kunit_take(&visit->block, visit->arena, cache, 0, round));
		interrupt(test, visit, swap_blocks);
		KUNIT_EXPECT_EQ(test, 1, visit->found);
		KUNIT_ASSERT_NOT_NULL(test, visit->block.at);
		KUNIT_EXPECT_EQ(test, round + 1ULL, visit->block.tag);
		KUNIT_EXPECT_TRUE(test, mini_kunit_give(&visit->block, visit->arena));
	}
	end_visit(test, visit);
}

static void take_one_page(struct visit *visit)
{
	mini_kunit_take(&visit->block, visit->arena, NULL, 0, 1);
}

static void an_interrupt_reaps_empty_slabs_before_it_is_refused(struct kunit *test)
{
	struct visit *visit = make_visit(test, 1, 64);

	/* The only page is a slab, and empty. */
	mini_kmem_cache_free(visit->cache, mini_kmem_cache_alloc(visit->cache, 0));
	KUNIT_EXPECT_EQ(test, 0, mini_kunit_free_pages(visit->arena));
	interrupt(test, visit, take_one_page);
	KUNIT_ASSERT_NOT_NULL(test, visit->block.at);
	mini_kunit_give(&visit->block, visit->arena);

	/* Now it is a slab that is in use. */
	visit->objects[0] = mini_kmem_cache_alloc(visit->cache, 0);
	KUNIT_ASSERT_NOT_NULL(test, visit->objects[0]);
	interrupt(test, visit, take_one_page);
	KUNIT_EXPECT_NULL(test, visit->block.at);
	mini_kmem_cache_free(visit->cache, visit->objects[0]);
	end_visit(test, visit);
}

static void shrink(struct visit *visit)
{
	visit->found = mini_kmem_cache_shrink(visit->cache);
}

static void a_cache_can_be_shrunk_in_an_interrupt(struct kunit *test)
{
	struct visit *visit = make_visit(test, 64, 2048);

	interrupt(test, visit, take_bulk);
	give_bulk(visit);
	KUNIT_EXPECT_GT(test, 64, mini_kunit_free_pages(visit->arena));
	interrupt(test, visit, shrink);
	KUNIT_EXPECT_GT(test, visit->found, 0);
	KUNIT_EXPECT_EQ(test, 64, mini_kunit_free_pages(visit->arena));
	end_visit(test, visit);
}

static void free_twice(struct visit *visit)
{
	mini_kmem_cache_free(visit->cache, visit->objects[0]);
	mini_kmem_cache_free(visit->cache, visit->objects[0]);
}

static void a_wrong_free_in_an_interrupt_is_refused_and_counted(struct kunit *test)
{
	struct visit *visit = make_visit(test, 64, 2048);

	visit->objects[0] = mini_kmem_cache_alloc(visit->cache, 0);
	mini_kunit_provoke(visit->arena);
	interrupt(test, visit, free_twice);
	mini_kunit_expect_reports(test, visit->arena, MINI_REPORT_DOUBLE_FREE, 1);
	KUNIT_EXPECT_EQ(test, 0ULL, mini_arena_live(visit->arena));
	end_visit(test, visit);
}

static void construct(void *object)
{
	*(u64 *)object = !!in_hardirq();
}

static void objects_can_be_constructed_in_an_interrupt(struct kunit *test)
{
	struct visit *visit = make_visit(test, 64, 2048);
	int i;

	mini_kmem_cache_destroy(visit->cache);
	visit->cache = mini_kmem_cache_create(visit->arena, "constructed", 64, 0, 0, construct);
	KUNIT_ASSERT_NOT_NULL(test, visit->cache);
	interrupt(test, visit, take_bulk);
	KUNIT_ASSERT_EQ(test, ARRAY_SIZE(visit->objects), visit->found);
	for (i = 0; i < ARRAY_SIZE(visit->objects); i++)
		KUNIT_EXPECT_EQ(test, 1ULL, *(u64 *)visit->objects[i]);
	give_bulk(visit);
	end_visit(test, visit);
}

/* --- many visits -------------------------------------------------------------------------------------- */

#define VISITS 100
#define STEPS_A_VISIT 4
#define NS_BETWEEN_VISITS 30000

struct timer_case {
	const char *name;
	enum hrtimer_mode mode;
	const char *debug;
	unsigned int orders; /* page blocks too */
};

/* One CPU's: a timer that churns, and the thread that it interrupts. */
struct visited {
	struct hrtimer timer;
	bool hard;
	unsigned int visits;
	unsigned int elsewhere; /* visits in another context than wanted */
	bool over;
	struct mini_kunit_churn in_interrupt;
	struct mini_kunit_churn in_task;
};

struct visits {
	const struct timer_case *param;
	struct visited *visited; /* one a thread */
};

static enum hrtimer_restart visit_again(struct hrtimer *timer)
{
	struct visited *visited = container_of(timer, struct visited, timer);
	int i;

	visited->elsewhere += visited->hard ? !in_hardirq() : !in_serving_softirq();
	for (i = 0; i < STEPS_A_VISIT; i++)
		mini_kunit_churn_step(&visited->in_interrupt);
	if (++visited->visits == VISITS) {
		/* The thread looks at all this when it sees that it is over. */
		smp_store_release(&visited->over, true);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(NS_BETWEEN_VISITS));
	return HRTIMER_RESTART;
}

static void churn_until_it_is_over(struct mini_kunit_thread *thread)
{
	const struct visits *visits = thread->data;
	struct visited *visited = &visits->visited[thread->index];

	visited->in_task.random = thread->random;
	prandom_seed_state(&visited->in_interrupt.random, prandom_u32_state(&thread->random));
	hrtimer_start(&visited->timer, ns_to_ktime(NS_BETWEEN_VISITS), visits->param->mode);
	/* Pairs with the release of the last visit: what it left is whole. */
	while (!smp_load_acquire(&visited->over)) {
		mini_kunit_churn_step(&visited->in_task);
		cond_resched();
	}
	mini_kunit_churn_end(&visited->in_task);
}

static const struct timer_case timer_cases[] = {
	{ "hard interrupts, objects", HRTIMER_MODE_REL_PINNED_HARD, "", 0 },
	{ "hard interrupts, objects and pages", HRTIMER_MODE_REL_PINNED_HARD, "", 3 },
	{ "hard interrupts, every invariant checked", HRTIMER_MODE_REL_PINNED_HARD, "V", 3 },
	{ "soft interrupts, objects and pages", HRTIMER_MODE_REL_PINNED_SOFT, "", 3 },
};

KUNIT_ARRAY_PARAM_DESC(timer, timer_cases, name);

static void interrupts_may_come_while_their_cpu_is_in_the_allocator(struct kunit *test)
{
	struct visits visits = { .param = test->param_value };
	struct mini_arena *arena = mini_kunit_arena_debug(test, 64, visits.param->debug);
	unsigned int threads = mini_kunit_team_size();
	struct mini_cache *caches[2];
	unsigned int i;

	caches[0] = mini_kunit_cache(test, arena, 64, 0);
	caches[1] = mini_kunit_cache(test, arena, 1024, 0);
	visits.visited = kunit_kcalloc(test, threads, sizeof(*visits.visited), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, visits.visited);
	for (i = 0; i < threads; i++) {
		struct visited *visited = &visits.visited[i];
		struct mini_kunit_churn churn = {
			.arena = arena,
			.caches = caches,
			.nr_caches = ARRAY_SIZE(caches),
			.orders = visits.param->orders,
			.tag = (u64)(i + 1) << 32,
		};

		visited->in_task = churn;
		churn.tag |= 1ULL << 63;
		visited->in_interrupt = churn;
		visited->hard = visits.param->mode == HRTIMER_MODE_REL_PINNED_HARD;
		mini_hrtimer_setup(&visited->timer, visit_again, CLOCK_MONOTONIC, visits.param->mode);
	}
	mini_kunit_run(test, churn_until_it_is_over, &visits);
	for (i = 0; i < threads; i++) {
		struct visited *visited = &visits.visited[i];

		hrtimer_cancel(&visited->timer);
		mini_kunit_churn_end(&visited->in_interrupt);
		KUNIT_EXPECT_EQ(test, 0, visited->elsewhere);
		mini_kunit_churn_expect(test, &visited->in_interrupt);
		mini_kunit_churn_expect(test, &visited->in_task);
	}
	for (i = 0; i < ARRAY_SIZE(caches); i++)
		mini_kmem_cache_destroy(caches[i]);
	mini_kunit_expect_whole(test, arena);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(zeroed_pages_can_be_had_in_an_interrupt),
	KUNIT_CASE(a_bulk_can_be_had_in_an_interrupt_and_given_back_in_another),
	KUNIT_CASE(what_a_task_allocated_an_interrupt_may_free_and_the_other_way_round),
	KUNIT_CASE(an_interrupt_reaps_empty_slabs_before_it_is_refused),
	KUNIT_CASE(a_cache_can_be_shrunk_in_an_interrupt),
	KUNIT_CASE(a_wrong_free_in_an_interrupt_is_refused_and_counted),
	KUNIT_CASE(objects_can_be_constructed_in_an_interrupt),
	KUNIT_CASE_PARAM(interrupts_may_come_while_their_cpu_is_in_the_allocator, timer_gen_params),
	{}
};

static struct kunit_suite suite = {
	.name = "mini_mm_concurrency_irq",
	.test_cases = cases,
};

kunit_test_suite(suite);
