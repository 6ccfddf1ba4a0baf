// SPDX-License-Identifier: GPL-2.0
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/processor.h>
#include <linux/sched/mm.h>
#include <linux/wait.h>

#include "fixture.h"
#include "team.h"

/* Turns of waiting for the others before a thread sleeps: those who meet part closer together, and sooner. */
#define SPINS 200000

struct mini_kunit_team {
	struct mm_struct *mm;
	struct completion go;
	bool called_off; /* before they were let go */
	wait_queue_head_t meeting;
	atomic_t arrivals; /* at all meetings so far */
	unsigned int size;
	unsigned int made;
	struct mini_kunit_thread threads[];
};

unsigned int mini_kunit_team_size(void)
{
	return max(2U, num_online_cpus());
}

static int live(void *data)
{
	struct mini_kunit_thread *thread = data;
	struct mini_kunit_team *team = thread->team;

	wait_for_completion(&team->go);
	if (!team->called_off) {
		if (team->mm)
			kthread_use_mm(team->mm);
		thread->work(thread);
		if (team->mm)
			kthread_unuse_mm(team->mm);
	}
	/* The module may be unloaded as soon as it is known that the thread has ended. */
	kthread_complete_and_exit(&thread->ended, 0);
}

static void join(void *data)
{
	struct mini_kunit_team *team = data;
	unsigned int i;

	team->called_off |= team->made < team->size;
	complete_all(&team->go);
	for (i = 0; i < team->made; i++)
		wait_for_completion(&team->threads[i].ended);
	if (team->mm)
		mmput(team->mm);
}

static void make_thread(struct kunit *test, struct mini_kunit_team *team, unsigned int cpu)
{
	struct mini_kunit_thread *thread = &team->threads[team->made];
	struct task_struct *task = kthread_create(live, thread, "mini_mm_kunit/%u", team->made);

	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(task), "no thread: %ld", PTR_ERR(task));
	kthread_bind(task, cpu);
	team->made++;
	wake_up_process(task);
}

struct mini_kunit_team *mini_kunit_start(struct kunit *test, unsigned int nr,
					 void (*work)(struct mini_kunit_thread *thread), void *data)
{
	struct mini_kunit_team *team = kunit_kzalloc(test, struct_size(team, threads, nr), GFP_KERNEL);
	u64 seed = mini_kunit_seed(test);
	unsigned int cpu = nr_cpu_ids;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, team);
	init_completion(&team->go);
	init_waitqueue_head(&team->meeting);
	team->size = nr;
	for (i = 0; i < nr; i++) {
		struct mini_kunit_thread *thread = &team->threads[i];

		thread->test = test;
		thread->team = team;
		thread->index = i;
		thread->data = data;
		thread->work = work;
		prandom_seed_state(&thread->random, seed + i);
		init_completion(&thread->ended);
	}
	team->mm = current->mm;
	if (team->mm)
		mmget(team->mm);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, join, team));
	for (i = 0; i < nr; i++) {
		cpu = cpumask_next(cpu, cpu_online_mask);
		if (cpu >= nr_cpu_ids)
			cpu = cpumask_first(cpu_online_mask);
		make_thread(test, team, cpu);
	}
	complete_all(&team->go);
	return team;
}

void mini_kunit_join(struct kunit *test, struct mini_kunit_team *team)
{
	kunit_release_action(test, join, team);
}

void mini_kunit_run(struct kunit *test, void (*work)(struct mini_kunit_thread *thread), void *data)
{
	mini_kunit_join(test, mini_kunit_start(test, mini_kunit_team_size(), work, data));
}

void mini_kunit_meet(struct mini_kunit_thread *thread)
{
	struct mini_kunit_team *team = thread->team;
	int all = ++thread->meetings * team->size;
	int spins;

	if (atomic_inc_return(&team->arrivals) == all)
		wake_up_all(&team->meeting);
	for (spins = 0; atomic_read(&team->arrivals) < all; spins++) {
		if (spins == SPINS)
			wait_event(team->meeting, atomic_read(&team->arrivals) >= all);
		cpu_relax();
	}
}
