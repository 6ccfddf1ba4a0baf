// SPDX-License-Identifier: GPL-2.0
/*
 * The content of a block as its client fills and checks it.
 *
 * A block comes with whatever was in it. What its client has not written is never shown: the unwritten
 * part, one range from the first to the last byte that no fill has covered, is zeroed before it is read.
 * Filling one end of a large block, as a stress test does, costs that end only.
 */
#include <linux/sched.h>
#include <linux/string.h>

#include "handle.h"

/* Bytes between two chances to schedule. */
#define STEP SZ_64K

static void set_bytes(u8 *at, u8 byte, size_t length)
{
	while (length) {
		size_t some = min_t(size_t, length, STEP);

		memset(at, byte, some);
		at += some;
		length -= some;
		cond_resched();
	}
}

/* Zeroes the unwritten part from its start up to @end. */
static void define_up_to(struct mini_handle *handle, size_t end)
{
	end = min(end, handle->unwritten_to);
	if (end <= handle->unwritten_from)
		return;
	set_bytes(handle->address + handle->unwritten_from, 0, end - handle->unwritten_from);
	handle->unwritten_from = end;
}

void mini_content_fill(struct mini_handle *handle, size_t offset, size_t length, u8 byte)
{
	size_t end = offset + length;

	mutex_lock(&handle->content);
	if (end >= handle->unwritten_to) {
		/* The far end: what is left unwritten ends where the fill starts. */
		handle->unwritten_to = max(handle->unwritten_from, min(handle->unwritten_to, offset));
	} else if (end > handle->unwritten_from) {
		define_up_to(handle, offset);
		handle->unwritten_from = end;
	}
	set_bytes(handle->address + offset, byte, length);
	mutex_unlock(&handle->content);
}

int mini_content_check(struct mini_handle *handle, size_t offset, size_t length, u8 byte, u64 *wrong_at)
{
	const u8 *start = handle->address + offset;
	const u8 *wrong = NULL;
	size_t done;

	mutex_lock(&handle->content);
	if (offset < handle->unwritten_to)
		define_up_to(handle, offset + length);
	for (done = 0; done < length && !wrong; done += STEP) {
		wrong = memchr_inv(start + done, byte, min_t(size_t, length - done, STEP));
		cond_resched();
	}
	mutex_unlock(&handle->content);
	if (!wrong)
		return 0;
	*wrong_at = wrong - (const u8 *)handle->address;
	return -EILSEQ;
}

void mini_content_define(struct mini_handle *handle, size_t offset, size_t length)
{
	mutex_lock(&handle->content);
	if (offset < handle->unwritten_to)
		define_up_to(handle, offset + length);
	mutex_unlock(&handle->content);
}
