/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Owners: who allocated and who freed an object or a block of pages (debug letter U): owner.c.
 */
#ifndef MINI_MM_OWNER_H
#define MINI_MM_OWNER_H

#include "internal.h"

struct mini_owner {
	u64 when_ns;
	u64 stack; /* a handle of the stack depot, or the caller's address */
	u32 pid;
	u32 cpu_and_flags;
	char comm[TASK_COMM_LEN];
};

/* In the upper half of cpu_and_flags. */
#define MINI_OWNER_IN_INTERRUPT BIT(16)
#define MINI_OWNER_NOTED BIT(17)
#define MINI_OWNER_BY_HANDLE BIT(18) /* a client's handle has it */
#define MINI_OWNER_ORDER_SHIFT 24    /* blocks: their order */

enum mini_owner_what {
	MINI_OWNER_ALLOCATED,
	MINI_OWNER_FREED,
	MINI_OWNERS,
};

/* What is known of an object, or of a block by its first page. */
struct mini_owners {
	struct mini_owner of[MINI_OWNERS];
};

static inline bool mini_owner_is_noted(const struct mini_owner *owner)
{
	return owner->cpu_and_flags & MINI_OWNER_NOTED;
}

static inline const char *mini_owner_verb(enum mini_owner_what what)
{
	return what == MINI_OWNER_ALLOCATED ? "allocated" : "freed";
}

/* Before the first cache with debug U. May sleep. 0 or a negative errno. */
int mini_owner_init(void);

/* Who is calling, to be noted; before the cache's lock is taken. @caller: the address, if that is all there is. */
u64 mini_owner_stack(const struct mini_cache *cache, unsigned long caller);
/* Under the cache's lock, for an object that is out. */
void mini_owner_note(struct mini_cache *cache, void *object, enum mini_owner_what what, u64 stack);

/* For the blocks of an arena of @pages. May sleep. NULL when there is no memory. */
struct mini_owners *mini_owners_create(u32 pages);
void mini_owners_destroy(struct mini_owners *owners);
u64 mini_owner_stack_of_pages(const struct mini_arena *arena, unsigned long caller);
/* The blocks in these pages, which the caller has just got and nobody else knows of. Takes the arena's lock. */
void mini_owner_note_taken(struct mini_arena *arena, u32 page, u32 pages, u64 stack);
/* Under the arena's lock, when they are free again. */
void mini_owner_note_freed(struct mini_arena *arena, u32 page, u32 pages, u64 stack);
/* Under the arena's lock: the block at @to has got what that at @from had. */
void mini_owner_note_moved(struct mini_arena *arena, u32 from, u32 to);
/* A client's handle has what lies in these pages. Takes the arena's lock. */
void mini_owner_note_handle(struct mini_arena *arena, u32 page, u32 pages);
/* The same of an object. Takes the cache's lock. */
void mini_owner_note_object_handle(struct mini_cache *cache, const void *object);

/*
 * What is known of the object at byte @offset of @page, or of the block that holds that page. False: nothing. Takes
 * locks; any context.
 */
bool mini_owners_at(struct mini_arena *arena, u32 page, u32 offset, struct mini_owners *owners);

/* What is noted, in the kernel log. @track: as in struct mini_core_damage. */
void mini_owner_show(const void *track);
/* And as lines. */
void mini_owners_print(struct seq_file *seq, const struct mini_owners *owners);
/* The frames of a stack, a line each, never as addresses. */
void mini_owner_print_stack(struct seq_file *seq, u64 stack);
/* Whether one of the frames lies in that module. */
bool mini_owner_is_of_module(u64 stack, const struct module *module);
/* Where this module was called from; @text: KSYM_SYMBOL_LEN bytes to say it in. */
const char *mini_owner_call_site(u64 stack, char *text);

#endif /* MINI_MM_OWNER_H */
