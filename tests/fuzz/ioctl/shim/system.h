/* SPDX-License-Identifier: GPL-2.0 */
/* The rest: modules, processes, time, the log, files of the device, and what is there but does nothing. */
#ifndef SHIM_SYSTEM_H
#define SHIM_SYSTEM_H

#include "basics.h"
#include "memory.h"

/* --- modules ------------------------------------------------------------------------------------------ */

struct module {
	const char *name;
};

struct kernel_param {
	const char *name;
	void *arg;
};

struct kernel_param_ops {
	int (*set)(const char *text, const struct kernel_param *parameter);
	int (*get)(char *text, const struct kernel_param *parameter);
};

#define THIS_MODULE ((struct module *)NULL)
#define EXPORT_SYMBOL_NS_GPL(symbol, space)
#define MODULE_PARM_DESC(name, text)
#define MODULE_DESCRIPTION(text)
#define MODULE_AUTHOR(text)
#define MODULE_VERSION(text)
#define MODULE_LICENSE(text)
#define module_param_named(name, variable, type, mode)
#define module_param_cb(name, operations, variable, mode) const void *const shim_used_##name = operations
#define param_get_uint NULL
#define module_init(function) int shim_module_init(void) { return function(); }
#define module_exit(function) void shim_module_exit(void) { function(); }

int shim_module_init(void);
void shim_module_exit(void);
int kstrtouint(const char *text, unsigned int base, unsigned int *value);

struct notifier_block {
	int (*notifier_call)(struct notifier_block *block, unsigned long what, void *data);
};

#define MODULE_STATE_GOING 2
#define NOTIFY_DONE 0
#define register_module_notifier(block) ((void)(block), 0)
#define unregister_module_notifier(block) ((void)(block))

/* Frames are never looked up: nobody reads what names them. */
#define KSYM_SYMBOL_LEN 64
#define sprint_symbol(text, frame) ((void)(frame), (void)strscpy(text, "somebody", KSYM_SYMBOL_LEN))
#define within_module(frame, module) ((void)(frame), (void)(module), false)

/* --- processes and time ------------------------------------------------------------------------------- */

#define TASK_COMM_LEN 16

struct task_struct {
	char comm[TASK_COMM_LEN];
};

extern struct task_struct shim_task;

#define current (&shim_task)
#define task_pid_nr(task) ((void)(task), 1)
#define task_tgid_nr task_pid_nr
#define get_task_comm(text, task) strscpy(text, (task)->comm, sizeof(text))

bool shim_signal_pending(void);
bool shim_fatal_signal_pending(void);
#define signal_pending(task) ((void)(task), shim_signal_pending())
#define fatal_signal_pending(task) ((void)(task), shim_fatal_signal_pending())

#define NSEC_PER_USEC 1000L
#define NSEC_PER_MSEC 1000000L
#define NSEC_PER_SEC 1000000000L
#define MSEC_PER_SEC 1000L

u64 ktime_get_ns(void);
#define ktime_get_mono_fast_ns ktime_get_ns
/* The time stamp counter: the same in each run. */
#define __builtin_ia32_rdtsc ktime_get_ns

/* --- the log ------------------------------------------------------------------------------------------ */

/* Shown when the fuzzer is traced. */
void shim_print(const char *format, ...);

#define pr_info(...) shim_print(__VA_ARGS__)
#define pr_notice(...) shim_print(__VA_ARGS__)
#define pr_err(...) shim_print(__VA_ARGS__)
/* These are reports: nothing here does what they are about. */
#define pr_notice_ratelimited(...) shim_found(__VA_ARGS__)
#define pr_err_ratelimited(...) shim_found(__VA_ARGS__)

struct ratelimit_state {
	int unused;
};

#define DEFINE_RATELIMIT_STATE(name, interval, burst) struct ratelimit_state name
#define __ratelimit(state) ((void)(state), true)

struct seq_file;

/* Nobody opens a file in debugfs. */
static inline void seq_printf(struct seq_file *seq, const char *format, ...)
{
}

#define seq_putc(seq, letter) seq_printf(seq, "%c", letter)
#define seq_escape(seq, text, letters) seq_printf(seq, "%s", text)

/* --- the device --------------------------------------------------------------------------------------- */

struct inode;

struct file {
	void *private_data;
};

struct file_operations {
	struct module *owner;
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	long (*unlocked_ioctl)(struct file *file, unsigned int command, unsigned long address);
	long (*compat_ioctl)(struct file *file, unsigned int command, unsigned long address);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	void *llseek;
};

struct miscdevice {
	int minor, mode;
	const char *name;
	const struct file_operations *fops;
};

#define MISC_DYNAMIC_MINOR 255
#define compat_ptr_ioctl NULL
#define noop_llseek NULL

int misc_register(struct miscdevice *device);
void misc_deregister(struct miscdevice *device);

/* --- CPUs that go: none does ---------------------------------------------------------------------------- */

struct work_struct {
	void (*function)(struct work_struct *work);
};

#define DECLARE_WORK(name, function) struct work_struct name = { function }
#define schedule_work(work) ((work)->function(work))
#define flush_work(work) ((void)(work))
#define CPUHP_BP_PREPARE_DYN 1
#define cpuhp_setup_state_nocalls(state, name, startup, teardown) ((void)(teardown), state)
#define cpuhp_remove_state_nocalls(state) ((void)(state))

struct dentry;

/* --- tracepoints, which are off --------------------------------------------------------------------------- */

#define TP_PROTO(...) __VA_ARGS__
#define TP_ARGS(...)
#define DECLARE_EVENT_CLASS(class, ...)
#define DEFINE_EVENT(class, name, prototype, arguments) DEFINE_EVENT_(name, prototype)
#define DEFINE_EVENT_(name, ...) \
	static inline void trace_##name(__VA_ARGS__) {} \
	static inline bool trace_##name##_enabled(void) { return false; } \
	_Static_assert(true, "")

#endif /* SHIM_SYSTEM_H */
