/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Locks, RCU, preemption and interrupts, as counters. With one thread nobody can wait for anybody: whoever would have
 * to, would do so for ever.
 */
#ifndef SHIM_LOCKING_H
#define SHIM_LOCKING_H

#include "basics.h"

struct shim_context {
	int irqs_off, preemption_off, readers; /* how deep; of RCU */
	int rwsems, mutexes, cpus;	       /* how many are held */
};

extern struct shim_context shim_context;

/* Dies where the kernel could not sleep. */
void might_sleep(void);

#define cond_resched() might_sleep()
#define in_task() true
#define irqs_disabled() (shim_context.irqs_off > 0)
#define preemptible() (!shim_context.preemption_off && !irqs_disabled())
#define preempt_disable() ((void)shim_context.preemption_off++)
#define preempt_enable() shim_leave(&shim_context.preemption_off, "preemption")
#define local_irq_save(flags) ((flags) = (unsigned long)shim_context.irqs_off++)
#define local_irq_restore(flags) \
	(shim_leave(&shim_context.irqs_off, "interrupts"), \
	 shim_require((int)(flags) == shim_context.irqs_off, "interrupts are not restored as they were"))
#define lockdep_assert_irqs_disabled() shim_require(irqs_disabled(), "interrupts are on")

static inline void shim_leave(int *depth, const char *what)
{
	shim_require(*depth > 0, "%s: left, but not entered", what);
	--*depth;
}

/* --- spinlocks ---------------------------------------------------------------------------------------- */

typedef struct {
	bool held;
} spinlock_t;

typedef spinlock_t raw_spinlock_t;

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->held = false;
}

static inline void spin_lock(spinlock_t *lock)
{
	shim_require(!lock->held, "a spinlock is taken twice");
	lock->held = true;
	preempt_disable();
}

static inline void spin_unlock(spinlock_t *lock)
{
	shim_require(lock->held, "a spinlock is released that nobody holds");
	lock->held = false;
	preempt_enable();
}

#define raw_spin_lock_init spin_lock_init
#define raw_spin_lock spin_lock
#define raw_spin_unlock spin_unlock
#define raw_spin_lock_irqsave(lock, flags) (local_irq_save(flags), spin_lock(lock))
#define raw_spin_unlock_irqrestore(lock, flags) (spin_unlock(lock), local_irq_restore(flags))

/* --- locks that sleep --------------------------------------------------------------------------------- */

struct rw_semaphore {
	int readers;
	bool written;
};

#define DECLARE_RWSEM(name) struct rw_semaphore name

void down_read(struct rw_semaphore *semaphore);
void up_read(struct rw_semaphore *semaphore);
void down_write(struct rw_semaphore *semaphore);
void up_write(struct rw_semaphore *semaphore);

struct mutex {
	bool held;
};

#define DEFINE_MUTEX(name) struct mutex name

static inline void mutex_init(struct mutex *mutex)
{
	mutex->held = false;
}

bool mutex_trylock(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
int mutex_lock_interruptible(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

static inline bool shim_rwsem_is_held(const struct rw_semaphore *semaphore)
{
	return semaphore->written || semaphore->readers;
}

static inline bool shim_spinlock_is_held(const spinlock_t *lock)
{
	return lock->held;
}

#define lockdep_is_held(lock) \
	_Generic((lock), struct rw_semaphore *: shim_rwsem_is_held, spinlock_t *: shim_spinlock_is_held, \
		 const spinlock_t *: shim_spinlock_is_held)(lock)
#define lockdep_assert_held(lock) shim_require(lockdep_is_held(lock), #lock " is not held")
#define lockdep_assert_held_write(lock) shim_require((lock)->written, #lock " is not held for writing")

typedef struct {
	int unused;
} wait_queue_head_t;

#define DECLARE_WAIT_QUEUE_HEAD(name) wait_queue_head_t name
#define wake_up_all(queue) ((void)(queue))
#define wait_event(queue, condition) \
	((void)(queue), might_sleep(), shim_require(condition, "waits for ever: " #condition))

/* --- RCU: callbacks run when the fuzzer says, or at a barrier ------------------------------------------- */

struct rcu_head {
	struct rcu_head *next;
	void (*function)(struct rcu_head *head);
};

#define rcu_read_lock() ((void)shim_context.readers++)
#define rcu_read_unlock() shim_leave(&shim_context.readers, "an RCU read-side section")
#define rcu_read_lock_sched_held() (!preemptible())
#define rcu_dereference_check(pointer, condition) \
	(shim_require(shim_context.readers || (condition), "nobody reads " #pointer), pointer)
#define rcu_dereference_protected(pointer, condition) (shim_require(condition, #condition), pointer)
#define rcu_assign_pointer(pointer, value) ((pointer) = (value))
#define synchronize_rcu_expedited() \
	(might_sleep(), shim_require(!shim_context.readers, "a reader waits for readers"))

void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head));
void rcu_barrier(void);

/* --- one CPU ------------------------------------------------------------------------------------------ */

#define cpu_online_mask NULL
#define num_possible_cpus() 1
#define for_each_possible_cpu(cpu) for (cpu = 0; cpu < 1; cpu++)
#define cpu_online(cpu) ((void)(cpu), true)
#define raw_smp_processor_id() 0
#define smp_processor_id() (shim_require(!preemptible(), "which CPU it is may change"), 0)
#define this_cpu_ptr(pointer) (shim_require(!preemptible(), "the CPU may change"), pointer)
#define per_cpu_ptr(pointer, cpu) ((void)(cpu), pointer)
#define per_cpu(variable, cpu) (*per_cpu_ptr(&(variable), cpu))
#define DEFINE_PER_CPU(type, name) type name
#define cpus_read_lock() (might_sleep(), (void)shim_context.cpus++)
#define cpus_read_unlock() shim_leave(&shim_context.cpus, "the lock of CPUs")

static inline void on_each_cpu(void (*function)(void *), void *info, bool wait)
{
	shim_require(wait && !irqs_disabled(), "waits for CPUs with interrupts off");
	shim_context.irqs_off++;
	function(info);
	shim_context.irqs_off--;
}

static inline void on_each_cpu_cond_mask(bool (*condition)(int cpu, void *info), void (*function)(void *), void *info,
					 bool wait, const void *mask)
{
	if (condition(0, info))
		on_each_cpu(function, info, wait);
}

/* --- switches in the code ------------------------------------------------------------------------------- */

#define DECLARE_STATIC_KEY_FALSE(name) extern bool name
#define DEFINE_STATIC_KEY_FALSE(name) bool name
#define static_branch_unlikely(key) (*(key))
#define static_key_enabled static_branch_unlikely
#define static_branch_enable(key) ((void)(*(key) = true))
#define static_branch_disable(key) ((void)(*(key) = false))

#endif /* SHIM_LOCKING_H */
