// SPDX-License-Identifier: GPL-2.0
/*
 * Which errno goes with which reason, and what a name may look like.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "internal.h"

static const int mini_errnos[] = {
	[MINI_MM_WHY_NONE] = 0,
	[MINI_MM_WHY_OPCODE] = -EINVAL,
	[MINI_MM_WHY_FLAGS] = -EINVAL,
	[MINI_MM_WHY_RESERVED] = -EINVAL,
	[MINI_MM_WHY_COUNT] = -EINVAL,
	[MINI_MM_WHY_FAULT] = -EFAULT,
	[MINI_MM_WHY_ORDER] = -EINVAL,
	[MINI_MM_WHY_SIZE] = -EINVAL,
	[MINI_MM_WHY_ALIGN] = -EINVAL,
	[MINI_MM_WHY_NAME] = -EINVAL,
	[MINI_MM_WHY_NAME_LONG] = -ENAMETOOLONG,
	[MINI_MM_WHY_NAME_TAKEN] = -EEXIST,
	[MINI_MM_WHY_NO_ARENA] = -ENOENT,
	[MINI_MM_WHY_NO_CACHE] = -ENOENT,
	[MINI_MM_WHY_NO_HANDLE] = -ENOENT,
	[MINI_MM_WHY_NOT_YOURS] = -EACCES,
	[MINI_MM_WHY_NOT_PAGES] = -EBADF,
	[MINI_MM_WHY_NOT_OBJECT] = -EBADF,
	[MINI_MM_WHY_RANGE] = -ERANGE,
	[MINI_MM_WHY_FULL] = -ENOMEM,
	[MINI_MM_WHY_NO_MEMORY] = -ENOMEM,
	[MINI_MM_WHY_NO_REGION] = -ENOMEM,
	[MINI_MM_WHY_LIVE] = -EBUSY,
	[MINI_MM_WHY_MAPPED] = -EBUSY,
	[MINI_MM_WHY_DEFAULT] = -EPERM,
	[MINI_MM_WHY_ENGINE] = -EINVAL,
	[MINI_MM_WHY_DEBUG] = -EINVAL,
	[MINI_MM_WHY_MISMATCH] = -EILSEQ,
	[MINI_MM_WHY_INTERRUPTED] = -EINTR,
	[MINI_MM_WHY_LIMIT] = -ENOSPC,
	[MINI_MM_WHY_CORRUPT] = -EUCLEAN,
	[MINI_MM_WHY_UNSUPPORTED] = -EOPNOTSUPP,
	[MINI_MM_WHY_TOO_LARGE] = -EMSGSIZE,
	[MINI_MM_WHY_NO_LOG] = -ENODATA,
	[MINI_MM_WHY_REPLAY] = -EBUSY, /* or -ENXIO */
	[MINI_MM_WHY_SLOT] = -EINVAL,
	[MINI_MM_WHY_MAGAZINE] = -EINVAL,
	[MINI_MM_WHY_CLIENT_QUOTA] = -EDQUOT,
	[MINI_MM_WHY_ARENA_QUOTA] = -EDQUOT,
};

int mini_refuse(u32 *why, enum mini_mm_reason reason)
{
	if (why)
		*why = reason;
	return mini_errnos[reason];
}

int mini_refuse_core(u32 *why, int core_error)
{
	switch (core_error) {
	case MINI_CORE_NO_FREE_BLOCK:
	case MINI_CORE_INJECTED:
		return mini_refuse(why, MINI_MM_WHY_FULL);
	case MINI_CORE_BAD_ORDER:
		return mini_refuse(why, MINI_MM_WHY_ORDER);
	case MINI_CORE_BAD_SIZE:
		return mini_refuse(why, MINI_MM_WHY_SIZE);
	case MINI_CORE_BAD_ALIGNMENT:
		return mini_refuse(why, MINI_MM_WHY_ALIGN);
	case MINI_CORE_UNSUPPORTED:
		return mini_refuse(why, MINI_MM_WHY_UNSUPPORTED);
	case MINI_CORE_TOO_LARGE:
		return mini_refuse(why, MINI_MM_WHY_TOO_LARGE);
	case MINI_CORE_IN_USE:
		return mini_refuse(why, MINI_MM_WHY_LIVE);
	default:
		/* Handles name only what is allocated: any other refusal means damage. */
		return mini_refuse(why, MINI_MM_WHY_CORRUPT);
	}
}

int mini_check_name(const char *name, size_t length, u32 *why)
{
	size_t used = strnlen(name, length);
	size_t i;

	if (used == length)
		return mini_refuse(why, MINI_MM_WHY_NAME_LONG);
	if (used == 0)
		return mini_refuse(why, MINI_MM_WHY_NAME);
	for (i = 0; i < used; i++)
		if (!(isascii(name[i]) && (isalnum(name[i]) || strchr("_-.", name[i]))))
			return mini_refuse(why, MINI_MM_WHY_NAME);
	return 0;
}
