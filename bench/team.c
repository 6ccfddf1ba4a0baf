// SPDX-License-Identifier: GPL-2.0
/*
 * A team: one thread a CPU, bound to it. They begin together, when the last of them has arrived, and stay until they
 * are told to go, so that none is still in this module's code when the call returns.
 */
#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <linux/sched.h>

#include "bench.h"

static int team_thread(void *data)
{
	struct bench_worker *worker = data;
	struct bench_run *run = worker->run;

	atomic_dec(&run->arrived);
	while (atomic_read(&run->arrived) > 0) {
		cpu_relax();
		cond_resched();
	}
	bench_work(worker);
	if (atomic_dec_and_test(&run->working))
		complete(&run->finished);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int create_threads(struct bench_run *run)
{
	u32 nr = 0;
	int cpu;

	for_each_online_cpu(cpu) {
		struct bench_worker *worker = &run->workers[nr];
		struct task_struct *task;

		if (nr == run->asked->cpus)
			break;
		task = kthread_create(team_thread, worker, "mini_mm_bench/%d", cpu);
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, cpu);
		worker->task = task;
		nr++;
	}
	return nr < run->asked->cpus ? -ENXIO : 0;
}

int bench_team_run(struct bench_run *run)
{
	u32 nr = run->asked->cpus;
	int error;
	u32 i;

	atomic_set(&run->arrived, nr);
	atomic_set(&run->working, nr);
	init_completion(&run->finished);
	error = create_threads(run);
	if (!error) {
		for (i = 0; i < nr; i++)
			wake_up_process(run->workers[i].task);
		if (wait_for_completion_interruptible(&run->finished)) {
			WRITE_ONCE(run->stop, true);
			error = -EINTR;
			wait_for_completion(&run->finished);
		}
	}
	for (i = 0; i < nr; i++) {
		if (run->workers[i].task)
			kthread_stop(run->workers[i].task);
		run->workers[i].task = NULL;
	}
	return error;
}
