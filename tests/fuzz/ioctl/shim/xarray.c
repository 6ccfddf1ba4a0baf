// SPDX-License-Identifier: GPL-2.0
/* An xarray as an array of entries that is sorted by index. A reserved one is there, but holds nothing. */
#include <stdlib.h>

#include "runtime.h"

struct shim_entry {
	unsigned long index;
	void *entry;
};

/* In all of them. */
static unsigned long entries_in_use;

void shim_xarray_end(void)
{
	shim_require(!entries_in_use, "%lu entries of xarrays were forgotten", entries_in_use);
}

/* The first entry from @index on. */
static size_t position(const struct xarray *array, unsigned long index)
{
	size_t low = 0, high = array->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (array->entries[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_there(const struct xarray *array, size_t at, unsigned long index)
{
	return at < array->count && array->entries[at].index == index;
}

static void insert(struct xarray *array, size_t at, unsigned long index, void *entry)
{
	if (array->count == array->room) {
		array->room = array->room ? 2 * array->room : 16;
		array->entries = realloc(array->entries, array->room * sizeof(*array->entries));
	}
	memmove(&array->entries[at + 1], &array->entries[at], (array->count - at) * sizeof(*array->entries));
	array->entries[at] = (struct shim_entry){ index, entry };
	array->count++;
	entries_in_use++;
}

/* The memory of an empty one goes. */
static void forget_if_empty(struct xarray *array)
{
	if (array->count)
		return;
	free(array->entries);
	array->entries = NULL;
	array->room = 0;
}

void *xa_load(const struct xarray *array, unsigned long index)
{
	size_t at = position(array, index);

	return is_there(array, at, index) ? array->entries[at].entry : NULL;
}

void *shim_xa_find(const struct xarray *array, unsigned long *index, bool here_too)
{
	size_t at = position(array, *index);

	if (!here_too && is_there(array, at, *index))
		at++;
	while (at < array->count && !array->entries[at].entry)
		at++;
	if (at == array->count)
		return NULL;
	*index = array->entries[at].index;
	return array->entries[at].entry;
}

void *xa_store(struct xarray *array, unsigned long index, void *entry, gfp_t gfp)
{
	size_t at = position(array, index);
	void *before = NULL;

	/* Only what was not there needs memory. */
	if (!is_there(array, at, index)) {
		if (shim_fails(gfp))
			return ERR_PTR(-ENOMEM);
		xa_lock(array);
		insert(array, at, index, entry);
	} else {
		xa_lock(array);
		before = array->entries[at].entry;
		array->entries[at].entry = entry;
	}
	xa_unlock(array);
	return before;
}

void *__xa_erase(struct xarray *array, unsigned long index)
{
	size_t at = position(array, index);
	void *before;

	lockdep_assert_held(&array->lock);
	if (!is_there(array, at, index))
		return NULL;
	before = array->entries[at].entry;
	array->count--;
	entries_in_use--;
	memmove(&array->entries[at], &array->entries[at + 1], (array->count - at) * sizeof(*array->entries));
	forget_if_empty(array);
	return before;
}

void *xa_erase(struct xarray *array, unsigned long index)
{
	void *before;

	xa_lock(array);
	before = __xa_erase(array, index);
	xa_unlock(array);
	return before;
}

/* 1 when the numbers have begun anew. */
int xa_alloc_cyclic(struct xarray *array, u32 *id, void *entry, struct xa_limit limit, u32 *next, gfp_t gfp)
{
	u32 found = max(*next, limit.min);
	bool wrapped = false;

	while (is_there(array, position(array, found), found) || found > limit.max) {
		shim_require(!wrapped || found < limit.max, "all ids are taken");
		wrapped |= found >= limit.max;
		found = found >= limit.max ? limit.min : found + 1;
	}
	if (shim_fails(gfp))
		return -ENOMEM;
	xa_lock(array);
	insert(array, position(array, found), found, entry);
	xa_unlock(array);
	*id = found;
	*next = found + 1;
	return wrapped;
}

void xa_destroy(struct xarray *array)
{
	entries_in_use -= array->count;
	array->count = 0;
	forget_if_empty(array);
}
