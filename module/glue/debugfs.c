// SPDX-License-Identifier: GPL-2.0
/*
 * What each arena has below /sys/kernel/debug/mini_mm/<arena>/: the numbers of its reports, what the
 * per-CPU layer holds (percpu.c), what is held and by whom (leaks.c), who had a page or an object (owner: write "PAGE
 * OFFSET" and read the answer through the same open file), and fault injection: writing n to fail_{page,object,slab}
 * makes the n-th allocation of that kind from now fail, as if the arena were full; it counts down and rests at 0.
 * Beside the arenas: fragmentation (fragmentation.c), and how long interrupts were off (locks.c).
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "leaks.h"
#include "owner.h"

static struct dentry *root;

static int reports_show(struct seq_file *seq, void *unused)
{
	mini_reports_show(seq, seq->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(reports);

static int percpu_show(struct seq_file *seq, void *unused)
{
	mini_percpu_show(seq, seq->private);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(percpu);

/* What is held is gathered once, when the file is opened: it may be read in pieces. */
static int leaks_show(struct seq_file *seq, void *unused)
{
	mini_leaks_show(seq, seq->private);
	return 0;
}

static int leaks_open(struct inode *inode, struct file *file)
{
	struct mini_leaks *leaks = mini_leaks_gather(inode->i_private);
	int error = leaks ? single_open(file, leaks_show, leaks) : -ENOMEM;

	if (error)
		mini_leaks_forget(leaks);
	return error;
}

static int leaks_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;

	mini_leaks_forget(seq->private);
	return single_release(inode, file);
}

static const struct file_operations leaks_fops = {
	.owner = THIS_MODULE,
	.open = leaks_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = leaks_release,
};

/* What was asked last through an open file. */
struct question {
	u32 page, offset;
};

static int owner_show(struct seq_file *seq, void *unused)
{
	struct question *asked = seq->private;
	struct mini_arena *arena = file_inode(seq->file)->i_private;
	struct mini_owners owners;

	if (mini_owners_at(arena, READ_ONCE(asked->page), READ_ONCE(asked->offset), &owners))
		mini_owners_print(seq, &owners);
	return 0;
}

static int owner_open(struct inode *inode, struct file *file)
{
	struct question *asked = kzalloc(sizeof(*asked), GFP_KERNEL_ACCOUNT);
	int error = asked ? single_open(file, owner_show, asked) : -ENOMEM;

	if (error)
		kfree(asked);
	return error;
}

static ssize_t owner_write(struct file *file, const char __user *user, size_t size, loff_t *position)
{
	struct seq_file *seq = file->private_data;
	struct question *asked = seq->private;
	char text[32] = "";
	u32 page, offset;

	if (size >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, user, size))
		return -EFAULT;
	if (sscanf(text, "%u %u", &page, &offset) != 2)
		return -EINVAL;
	WRITE_ONCE(asked->page, page);
	WRITE_ONCE(asked->offset, offset);
	return size;
}

static int owner_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;

	kfree(seq->private);
	return single_release(inode, file);
}

static const struct file_operations owner_fops = {
	.owner = THIS_MODULE,
	.open = owner_open,
	.read = seq_read,
	.write = owner_write,
	.llseek = seq_lseek,
	.release = owner_release,
};

static int fail_get(void *data, u64 *value)
{
	const struct mini_fail_file *file = data;

	*value = atomic_read(&file->arena->fail[file->point]);
	return 0;
}

static int fail_set(void *data, u64 value)
{
	const struct mini_fail_file *file = data;

	if (value > INT_MAX)
		return -ERANGE;
	mini_fail_nth(file->arena, file->point, value);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(fail_operations, fail_get, fail_set, "%llu\n");

static const char *const fail_names[MINI_CORE_FAULT_POINTS] = {
	[MINI_CORE_FAULT_PAGE] = "fail_page",
	[MINI_CORE_FAULT_OBJECT] = "fail_object",
	[MINI_CORE_FAULT_SLAB] = "fail_slab",
};

static void add_fail_file(struct mini_arena *arena, enum mini_core_fault_point point)
{
	struct mini_fail_file *file = &arena->fail_files[point];

	*file = (struct mini_fail_file){ .arena = arena, .point = point };
	debugfs_create_file(fail_names[point], 0600, arena->debugfs, file, &fail_operations);
}

void mini_debugfs_add_arena(struct mini_arena *arena)
{
	int point;

	arena->debugfs = debugfs_create_dir(arena->name, root);
	for (point = 0; point < MINI_CORE_FAULT_POINTS; point++)
		add_fail_file(arena, point);
	debugfs_create_file("reports", 0400, arena->debugfs, arena, &reports_fops);
	debugfs_create_file("percpu", 0400, arena->debugfs, arena, &percpu_fops);
	debugfs_create_file("leaks", 0400, arena->debugfs, arena, &leaks_fops);
	debugfs_create_file("owner", 0600, arena->debugfs, arena, &owner_fops);
}

void mini_debugfs_remove_arena(struct mini_arena *arena)
{
	debugfs_remove_recursive(arena->debugfs);
}

static int interrupts_off_show(struct seq_file *seq, void *unused)
{
	mini_interrupts_show(seq);
	return 0;
}

static int interrupts_off_open(struct inode *inode, struct file *file)
{
	return single_open(file, interrupts_off_show, NULL);
}

static ssize_t interrupts_off_write(struct file *file, const char __user *user, size_t size, loff_t *position)
{
	bool on;
	int error = kstrtobool_from_user(user, size, &on);

	if (error)
		return error;
	mini_interrupts_measure(on);
	return size;
}

static const struct file_operations interrupts_off_fops = {
	.owner = THIS_MODULE,
	.open = interrupts_off_open,
	.read = seq_read,
	.write = interrupts_off_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void mini_debugfs_init(void)
{
	root = debugfs_create_dir("mini_mm", NULL);
	mini_fragmentation_init(root);
	debugfs_create_file("interrupts_off", 0600, root, NULL, &interrupts_off_fops);
}

void mini_debugfs_exit(void)
{
	debugfs_remove_recursive(root);
}
