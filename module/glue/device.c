// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mini_mm: opening, closing, and the way of a call to its handler.
 */
#define pr_fmt(fmt) "mini_mm: " fmt

#include <linux/compat.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"

union any_argument {
	struct mini_mm_info info;
	struct mini_mm_arena_create arena_create;
	struct mini_mm_arena_info arena_info;
	struct mini_mm_target target;
	struct mini_mm_tune tune;
	struct mini_mm_cache_create cache_create;
	struct mini_mm_cache_info cache_info;
	struct mini_mm_batch batch;
	struct mini_mm_handle_info handle_info;
	struct mini_mm_read read;
	struct mini_mm_map map;
	struct mini_mm_log log;
	struct mini_mm_examine examine;
	struct mini_mm_self_test self_test;
	struct mini_mm_replay_open replay_open;
	struct mini_mm_replay_run replay_run;
	struct mini_mm_replay_close replay_close;
};

struct call {
	unsigned int command;
	int (*handler)(struct mini_client *client, void *argument);
	void (*undo)(struct mini_client *client, void *argument);
};

#define CALL(name, function) \
	[_IOC_NR(MINI_MM_IOC_##name)] = { MINI_MM_IOC_##name, mini_ioctl_##function }
#define CREATE(name, function) \
	[_IOC_NR(MINI_MM_IOC_##name)] = { MINI_MM_IOC_##name, mini_ioctl_##function, mini_undo_##function }

static const struct call calls[] = {
	CALL(INFO, info),
	CREATE(ARENA_CREATE, arena_create),
	CALL(ARENA_INFO, arena_info),
	CALL(ARENA_RESET, arena_reset),
	CALL(ARENA_DESTROY, arena_destroy),
	CREATE(CACHE_CREATE, cache_create),
	CALL(CACHE_INFO, cache_info),
	CALL(CACHE_SHRINK, cache_shrink),
	CALL(CACHE_DESTROY, cache_destroy),
	CALL(BATCH, batch),
	CALL(HANDLE_INFO, handle_info),
	CALL(READ, read),
	CALL(MAP, map),
	CALL(LOG, log),
	CALL(ARENA_COMPACT, arena_compact),
	CALL(ARENA_DRAIN, arena_drain),
	CALL(TUNE, tune),
	CALL(EXAMINE, examine),
	CALL(SELF_TEST, self_test),
	CREATE(REPLAY_OPEN, replay_open),
	CALL(REPLAY_RUN, replay_run),
	CALL(REPLAY_CLOSE, replay_close),
};

static atomic_t nr_clients;

u32 mini_clients_count(void)
{
	return atomic_read(&nr_clients);
}

static int device_open(struct inode *inode, struct file *file)
{
	struct mini_client *client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);

	if (!client)
		return -ENOMEM;
	mini_holder_init(&client->holder);
	mutex_init(&client->replaying);
	file->private_data = client;
	atomic_inc(&nr_clients);
	return 0;
}

/* A client's caches and arenas go with it; what others still use stays, and is kept from now on. */
static void release_what_it_made(struct mini_client *client)
{
	struct mini_cache *cache;
	struct mini_arena *arena;
	unsigned long index;
	u64 live;

	down_write(&mini_registry);
	xa_for_each(&mini_caches, index, cache)
		if (cache->client == client && mini_cache_unmake(cache, false, &live)) {
			cache->client = NULL;
			cache->flags |= MINI_MM_KEEP;
		}
	for_each_mini_arena(index, arena)
		if (arena->client == client && mini_arena_unmake(arena, false, &live)) {
			arena->client = NULL;
			arena->kept = true;
		}
	up_write(&mini_registry);
}

static int device_release(struct inode *inode, struct file *file)
{
	struct mini_client *client = file->private_data;

	mini_replay_release(client);
	down_read(&mini_registry);
	mini_holder_free_all(&client->holder);
	up_read(&mini_registry);
	if (client->made_something)
		release_what_it_made(client);
	atomic_dec(&nr_clients);
	kfree(client);
	return 0;
}

static long device_ioctl(struct file *file, unsigned int command, unsigned long address)
{
	struct mini_client *client = file->private_data;
	void __user *user = (void __user *)address;
	unsigned int nr = _IOC_NR(command);
	size_t size = _IOC_SIZE(command);
	union any_argument argument;
	const struct call *call;
	int error;

	if (nr >= ARRAY_SIZE(calls) || calls[nr].command != command)
		return -ENOTTY;
	call = &calls[nr];
	BUILD_BUG_ON(sizeof(argument) > 512);
	memset(&argument, 0, sizeof(argument));
	if (_IOC_DIR(command) & _IOC_WRITE && copy_from_user(&argument, user, size))
		return -EFAULT;
	/* An answer that cannot be delivered should be found out before anything is done. */
	if (copy_to_user(user, &argument, size))
		return -EFAULT;
	error = call->handler(client, &argument);
	if (copy_to_user(user, &argument, size)) {
		if (!error && call->undo)
			call->undo(client, &argument);
		return -EFAULT;
	}
	return error;
}

const struct file_operations mini_device_operations = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = mini_device_mmap,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MINI_MM_DEVICE_NAME,
	.fops = &mini_device_operations,
	.mode = 0600,
};

int mini_device_init(void)
{
	return misc_register(&device);
}

void mini_device_exit(void)
{
	misc_deregister(&device);
}
