/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ioctl layer: one handler a call. A handler gets the caller's structure, already copied in, and
 * what it changes there is copied back, also when it refuses.
 */
#ifndef MINI_MM_DEVICE_H
#define MINI_MM_DEVICE_H

#include <linux/fs.h>

#include "handle.h"

/* The reserved fields of a structure. */
#define mini_reserved_is_zero(array) (!memchr_inv(array, 0, sizeof(array)))

/* A name field as a string, or NULL when it does not end. "" becomes @fallback. */
const char *mini_text_field(const char *field, size_t length, const char *fallback);

/* The fields of a target that are none yet; its reason is none so far. */
int mini_check_target(struct mini_mm_target *target);

int mini_ioctl_info(struct mini_client *client, void *argument);
int mini_ioctl_arena_create(struct mini_client *client, void *argument);
int mini_ioctl_arena_info(struct mini_client *client, void *argument);
int mini_ioctl_arena_reset(struct mini_client *client, void *argument);
int mini_ioctl_arena_destroy(struct mini_client *client, void *argument);
int mini_ioctl_arena_compact(struct mini_client *client, void *argument);
int mini_ioctl_arena_drain(struct mini_client *client, void *argument);
int mini_ioctl_tune(struct mini_client *client, void *argument);
int mini_ioctl_cache_create(struct mini_client *client, void *argument);
int mini_ioctl_cache_info(struct mini_client *client, void *argument);
int mini_ioctl_cache_shrink(struct mini_client *client, void *argument);
int mini_ioctl_cache_destroy(struct mini_client *client, void *argument);
int mini_ioctl_batch(struct mini_client *client, void *argument);
int mini_ioctl_handle_info(struct mini_client *client, void *argument);
int mini_ioctl_read(struct mini_client *client, void *argument);
int mini_ioctl_map(struct mini_client *client, void *argument);
int mini_ioctl_log(struct mini_client *client, void *argument);
int mini_ioctl_examine(struct mini_client *client, void *argument);
int mini_ioctl_self_test(struct mini_client *client, void *argument);
int mini_ioctl_replay_open(struct mini_client *client, void *argument);
int mini_ioctl_replay_run(struct mini_client *client, void *argument);
int mini_ioctl_replay_close(struct mini_client *client, void *argument);

/* Undo what a create call made, when its answer cannot be delivered. */
void mini_undo_arena_create(struct mini_client *client, void *argument);
void mini_undo_cache_create(struct mini_client *client, void *argument);
void mini_undo_replay_open(struct mini_client *client, void *argument);

/* Ends the client's replay, if it has one. May sleep. */
void mini_replay_release(struct mini_client *client);

u32 mini_clients_count(void);

extern const struct file_operations mini_device_operations;

int mini_device_mmap(struct file *file, struct vm_area_struct *vma);

#endif /* MINI_MM_DEVICE_H */
