/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Examinations: an arena is looked at as a whole for damage. What is found is reported like any other damage
 * (report.c), and noted for who asked.
 */
#ifndef MINI_MM_EXAMINE_H
#define MINI_MM_EXAMINE_H

#include "internal.h"

struct mini_examination {
	raw_spinlock_t lock; /* the findings; inside of all other locks */
	struct mini_mm_finding *findings;
	u32 room, count;
	u64 found; /* more than @count when there was no room */
	u64 pages, slabs, objects; /* that were looked at */
	u64 isolated_pages;
};

/*
 * Examines @arena, whose damage is noted in @examination: its room is filled in. mini_registry held; may sleep.
 * O(pages + objects); the arena's lock is held for a window of pages at a time, a cache's for all of its objects.
 */
void mini_arena_examine(struct mini_arena *arena, struct mini_examination *examination);

/* Notes what is found while somebody examines the arena; any context. */
void mini_note_finding(struct mini_arena *arena, struct mini_mm_finding finding);

#endif /* MINI_MM_EXAMINE_H */
