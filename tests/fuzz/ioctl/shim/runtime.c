// SPDX-License-Identifier: GPL-2.0
/* Contexts, locks, RCU, texts, time, and the files of the device. */
#include "runtime.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct shim_context shim_context;
struct shim_countdowns shim_countdowns;
struct task_struct shim_task = { .comm = "fuzz" };

static const struct file_operations *device;
static struct rcu_head *callbacks, **last_callback = &callbacks;
static u64 now_ns, random_state;

static void say(const char *format, va_list values)
{
	fputs("fuzz: ", stderr);
	vfprintf(stderr, format, values);
	if (format[strlen(format) - 1] != '\n')
		fputc('\n', stderr);
}

void shim_found(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	say(format, values);
	abort();
}

void shim_print(const char *format, ...)
{
	va_list values;

	if (!getenv("FUZZ_TRACE"))
		return;
	va_start(values, format);
	say(format, values);
	va_end(values);
}

bool shim_is_over(uint32_t *countdown)
{
	return *countdown && !--*countdown;
}

void shim_start(void)
{
	memset(&shim_countdowns, 0, sizeof(shim_countdowns));
	memset(shim_user, 0, sizeof(shim_user));
	now_ns = 0;
	random_state = 0;
}

void shim_check_idle(void)
{
	const struct shim_context idle = {};

	shim_require(!memcmp(&shim_context, &idle, sizeof(idle)),
		     "a call has left interrupts off %d, preemption off %d, readers %d, rwsems %d, mutexes %d, CPUs %d",
		     shim_context.irqs_off, shim_context.preemption_off, shim_context.readers, shim_context.rwsems,
		     shim_context.mutexes, shim_context.cpus);
}

void shim_end(void)
{
	shim_check_idle();
	shim_require(!callbacks, "a callback of RCU waits, and the module is gone");
	shim_require(!device, "the module is gone, its device is not");
	shim_memory_end();
	shim_xarray_end();
}

/* --- contexts and locks --------------------------------------------------------------------------------- */

void might_sleep(void)
{
	shim_require(preemptible() && !shim_context.readers, "sleeps where it may not");
}

void shim_need_rcu(void)
{
	shim_require(shim_context.readers, "a list is walked under RCU, outside of a read-side section");
}

void down_read(struct rw_semaphore *semaphore)
{
	might_sleep();
	shim_require(!shim_rwsem_is_held(semaphore), "a semaphore is taken twice");
	semaphore->readers++;
	shim_context.rwsems++;
}

void up_read(struct rw_semaphore *semaphore)
{
	shim_leave(&semaphore->readers, "a semaphore");
	shim_context.rwsems--;
}

void down_write(struct rw_semaphore *semaphore)
{
	might_sleep();
	shim_require(!shim_rwsem_is_held(semaphore), "a semaphore is taken twice");
	semaphore->written = true;
	shim_context.rwsems++;
}

void up_write(struct rw_semaphore *semaphore)
{
	shim_require(semaphore->written, "a semaphore is released that nobody holds");
	semaphore->written = false;
	shim_context.rwsems--;
}

bool mutex_trylock(struct mutex *mutex)
{
	if (mutex->held)
		return false;
	mutex->held = true;
	shim_context.mutexes++;
	return true;
}

void mutex_lock(struct mutex *mutex)
{
	might_sleep();
	shim_require(mutex_trylock(mutex), "a mutex is taken twice");
}

int mutex_lock_interruptible(struct mutex *mutex)
{
	if (shim_signal_pending())
		return -EINTR;
	mutex_lock(mutex);
	return 0;
}

void mutex_unlock(struct mutex *mutex)
{
	shim_require(mutex->held, "a mutex is released that nobody holds");
	mutex->held = false;
	shim_context.mutexes--;
}

void call_rcu(struct rcu_head *head, void (*function)(struct rcu_head *head))
{
	head->function = function;
	head->next = NULL;
	*last_callback = head;
	last_callback = &head->next;
}

/* Those that callbacks themselves send wait for the next grace period. */
void shim_pass_grace_period(void)
{
	struct rcu_head *head = callbacks;

	callbacks = NULL;
	last_callback = &callbacks;
	while (head) {
		struct rcu_head *next = head->next;

		head->function(head);
		head = next;
	}
}

void rcu_barrier(void)
{
	might_sleep();
	shim_pass_grace_period();
}

/* --- signals, time, random numbers ------------------------------------------------------------------------- */

/* Stays so: the countdown rests at 1. */
static bool has_come(uint32_t *countdown)
{
	if (*countdown > 1)
		--*countdown;
	return *countdown == 1;
}

bool shim_fatal_signal_pending(void)
{
	return has_come(&shim_countdowns.fatal_signal);
}

bool shim_signal_pending(void)
{
	return has_come(&shim_countdowns.signal) || shim_countdowns.fatal_signal == 1;
}

u64 ktime_get_ns(void)
{
	return now_ns += 100;
}

u64 get_random_u64(void)
{
	return random_state += 0x9e3779b97f4a7c15ULL;
}

/* --- texts ------------------------------------------------------------------------------------------------ */

int scnprintf(char *text, size_t size, const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(text, size, format, values);
	va_end(values);
	return !size ? 0 : length < (int)size ? length : (int)size - 1;
}

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size);

	shim_require(size, "a text is copied into nothing");
	if (length == size) {
		memcpy(to, from, size - 1);
		to[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(to, from, length + 1);
	return length;
}

void *memchr_inv(const void *start, int byte, size_t size)
{
	const unsigned char *at = start;

	for (; size; at++, size--)
		if (*at != (unsigned char)byte)
			return (void *)at;
	return NULL;
}

void sort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *), void *swap)
{
	shim_require(!swap, "sort: elements are swapped as bytes");
	qsort(base, count, size, compare);
}

int kstrtouint(const char *text, unsigned int base, unsigned int *value)
{
	*value = strtoul(text, NULL, base);
	return 0;
}

/* --- the device -------------------------------------------------------------------------------------------- */

int misc_register(struct miscdevice *registered)
{
	if (shim_fails(GFP_KERNEL))
		return -ENOMEM;
	device = registered->fops;
	return 0;
}

void misc_deregister(struct miscdevice *registered)
{
	shim_require(device == registered->fops, "another device is taken away");
	device = NULL;
}

struct shim_client {
	struct file file;
};

int shim_open(struct shim_client **client)
{
	int error;

	*client = calloc(1, sizeof(**client));
	error = device->open(NULL, &(*client)->file);
	if (error)
		free(*client);
	return error;
}

long shim_ioctl(struct shim_client *client, unsigned int command, unsigned long address)
{
	return device->unlocked_ioctl(&client->file, command, address);
}

void shim_close(struct shim_client *client)
{
	device->release(NULL, &client->file);
	free(client);
}

struct shim_mapping {
	struct vm_area_struct vma;
};

int shim_map(struct shim_client *client, uint64_t handle, uint64_t bytes, bool shared, struct shim_mapping **mapping)
{
	struct vm_area_struct *vma;
	struct vm_fault fault;
	int error;

	*mapping = calloc(1, sizeof(**mapping));
	vma = &(*mapping)->vma;
	vma->vm_end = bytes;
	vma->vm_pgoff = handle;
	vma->vm_flags = shared ? VM_SHARED : 0;
	error = device->mmap(&client->file, vma);
	if (error) {
		free(*mapping);
		return error;
	}
	fault = (struct vm_fault){ .vma = vma, .pgoff = handle };
	for (; fault.address < bytes; fault.address += PAGE_SIZE, fault.pgoff++)
		vma->vm_ops->fault(&fault);
	return 0;
}

struct shim_mapping *shim_map_again(const struct shim_mapping *mapping)
{
	struct shim_mapping *copy = malloc(sizeof(*copy));

	*copy = *mapping;
	copy->vma.vm_ops->open(&copy->vma);
	return copy;
}

void shim_unmap(struct shim_mapping *mapping)
{
	mapping->vma.vm_ops->close(&mapping->vma);
	free(mapping);
}
