/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints, mini_mm:*. Pages are indexes in the arena's region, objects byte offsets in it.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mini_mm

#if !defined(MINI_MM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MINI_MM_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>

#include "uapi/mini_mm.h"

DECLARE_EVENT_CLASS(mini_block,
	TP_PROTO(const char *arena, u32 page, unsigned int order),
	TP_ARGS(arena, page, order),
	TP_STRUCT__entry(
		__array(char, arena, MINI_MM_ARENA_NAME_LEN)
		__field(u32, page)
		__field(unsigned int, order)
	),
	TP_fast_assign(
		strscpy(__entry->arena, arena, sizeof(__entry->arena));
		__entry->page = page;
		__entry->order = order;
	),
	TP_printk("arena=%s page=%u order=%u", __entry->arena, __entry->page, __entry->order)
);

/* A block was handed out. */
DEFINE_EVENT(mini_block, mini_page_alloc,
	TP_PROTO(const char *arena, u32 page, unsigned int order), TP_ARGS(arena, page, order));
/* A block is about to be freed. */
DEFINE_EVENT(mini_block, mini_page_free,
	TP_PROTO(const char *arena, u32 page, unsigned int order), TP_ARGS(arena, page, order));
/* A free block of this order is split into two of order - 1. */
DEFINE_EVENT(mini_block, mini_page_split,
	TP_PROTO(const char *arena, u32 page, unsigned int order), TP_ARGS(arena, page, order));
/* Two free buddies of this order, the lower one at page, are merged. */
DEFINE_EVENT(mini_block, mini_page_merge,
	TP_PROTO(const char *arena, u32 page, unsigned int order), TP_ARGS(arena, page, order));

DECLARE_EVENT_CLASS(mini_object,
	TP_PROTO(const char *arena, const char *cache, u64 offset),
	TP_ARGS(arena, cache, offset),
	TP_STRUCT__entry(
		__array(char, arena, MINI_MM_ARENA_NAME_LEN)
		__array(char, cache, MINI_MM_CACHE_NAME_LEN)
		__field(u64, offset)
	),
	TP_fast_assign(
		strscpy(__entry->arena, arena, sizeof(__entry->arena));
		strscpy(__entry->cache, cache, sizeof(__entry->cache));
		__entry->offset = offset;
	),
	TP_printk("arena=%s cache=%s offset=%#llx", __entry->arena, __entry->cache, __entry->offset)
);

DEFINE_EVENT(mini_object, mini_obj_alloc,
	TP_PROTO(const char *arena, const char *cache, u64 offset), TP_ARGS(arena, cache, offset));
DEFINE_EVENT(mini_object, mini_obj_free,
	TP_PROTO(const char *arena, const char *cache, u64 offset), TP_ARGS(arena, cache, offset));

DECLARE_EVENT_CLASS(mini_slab,
	TP_PROTO(const char *arena, const char *cache, u32 page),
	TP_ARGS(arena, cache, page),
	TP_STRUCT__entry(
		__array(char, arena, MINI_MM_ARENA_NAME_LEN)
		__array(char, cache, MINI_MM_CACHE_NAME_LEN)
		__field(u32, page)
	),
	TP_fast_assign(
		strscpy(__entry->arena, arena, sizeof(__entry->arena));
		strscpy(__entry->cache, cache, sizeof(__entry->cache));
		__entry->page = page;
	),
	TP_printk("arena=%s cache=%s page=%u", __entry->arena, __entry->cache, __entry->page)
);

/* A cache took a slab from its arena. */
DEFINE_EVENT(mini_slab, mini_slab_grow,
	TP_PROTO(const char *arena, const char *cache, u32 page), TP_ARGS(arena, cache, page));
/* A cache gives an empty slab back. */
DEFINE_EVENT(mini_slab, mini_slab_reap,
	TP_PROTO(const char *arena, const char *cache, u32 page), TP_ARGS(arena, cache, page));

#endif /* MINI_MM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH glue
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
