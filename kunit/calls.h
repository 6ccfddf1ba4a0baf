/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device's calls for the suites: each as a function, through an open file and user memory as a
 * process would make it. Those that return no result assert that the call succeeds.
 */
#ifndef MINI_MM_KUNIT_CALLS_H
#define MINI_MM_KUNIT_CALLS_H

#include "fixture.h"

/* Without KEEP they go away with the client. */
u32 mini_call_arena(struct kunit *test, struct mini_kunit_client *client, const char *name,
		    unsigned long pages, u32 flags);
u32 mini_call_cache(struct kunit *test, struct mini_kunit_client *client, u32 arena,
		    const char *name, u32 size, u32 flags);
/*
 * ARENA_RESET, ARENA_DESTROY, CACHE_SHRINK or CACHE_DESTROY. The call's result; the answer in
 * *@target.
 */
long mini_call_target(struct kunit *test, struct mini_kunit_client *client, unsigned int command,
		      u32 id, struct mini_mm_target *target);

void mini_call_arena_info(struct kunit *test, struct mini_kunit_client *client, u32 id,
			  struct mini_mm_arena_info *info);
void mini_call_cache_info(struct kunit *test, struct mini_kunit_client *client, u32 id,
			  struct mini_mm_cache_info *info);
void mini_call_handle_info(struct kunit *test, struct mini_kunit_client *client, u64 handle,
			   struct mini_mm_handle_info *info);

/* A batch of one operation, which comes back with its result. */
struct mini_mm_op mini_call_op(struct kunit *test, struct mini_kunit_client *client,
			       struct mini_mm_op op);
/* The @count operations at @user. The call's result; the answer in *@batch. */
long mini_call_batch(struct kunit *test, struct mini_kunit_client *client, void __user *user,
		     u32 count, struct mini_mm_batch *batch);

u64 mini_call_alloc_pages(struct kunit *test, struct mini_kunit_client *client, u32 arena,
			  u32 order, u32 flags);
u64 mini_call_alloc_object(struct kunit *test, struct mini_kunit_client *client, u32 cache,
			   u32 flags);
/* The operation's reason, 0 for success. Zero @length: up to the block's end. */
u32 mini_call_free_pages(struct kunit *test, struct mini_kunit_client *client, u64 handle);
u32 mini_call_free_object(struct kunit *test, struct mini_kunit_client *client, u64 handle);
u32 mini_call_fill(struct kunit *test, struct mini_kunit_client *client, u64 handle, u64 offset,
		   u64 length, u8 byte);
u32 mini_call_check(struct kunit *test, struct mini_kunit_client *client, u64 handle, u64 offset,
		    u64 length, u8 byte);
/* Reads to @user and from there to @buffer. */
void mini_call_read(struct kunit *test, struct mini_kunit_client *client, u64 handle, u64 offset,
		    u64 length, void __user *user, void *buffer);

/* That @why is the reason it should be, and @result its errno; @what for the log. */
void mini_expect_refused(struct kunit *test, const char *what, u32 expected, long result, u32 why);

#endif /* MINI_MM_KUNIT_CALLS_H */
