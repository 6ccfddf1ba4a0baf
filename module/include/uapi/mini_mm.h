/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The ioctl ABI of /dev/mini_mm, for C and C++.
 *
 * Every structure has the same layout for 32- and 64-bit callers: fixed-width fields, naturally
 * aligned, pointers carried as __u64. Unknown flag bits and reserved fields that are not zero are
 * refused with -EINVAL. A refused call also says why: @why holds an enum mini_mm_reason, more precise
 * than the errno that the call returns, and is written back whenever the structure itself is readable
 * and writable.
 *
 * Memory is named by handles: 64-bit numbers that are never reused and say nothing about addresses. A
 * handle belongs to the open file that made it and goes away with it; one made with MINI_MM_KEEP
 * belongs to its arena, may be used through any open file, and goes away when it is freed, when the
 * arena is reset, or when the module is unloaded. Arenas and caches are named by ids (never reused
 * either), found by name with the INFO calls.
 */
#ifndef _UAPI_MINI_MM_H
#define _UAPI_MINI_MM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MINI_MM_ABI_VERSION 4
#define MINI_MM_DEVICE_NAME "mini_mm"
#define MINI_MM_DEVICE_PATH "/dev/mini_mm"

/* Names: letters, digits, '_', '-' and '.', with the NUL in the length. */
#define MINI_MM_ARENA_NAME_LEN 16
#define MINI_MM_CACHE_NAME_LEN 32
/* "arena:cache", as in /proc/mini_slabinfo. */
#define MINI_MM_FULL_NAME_LEN 48
#define MINI_MM_ENGINE_NAME_LEN 16
#define MINI_MM_DEBUG_LEN 16
/* Lists of names, "a, b, c". */
#define MINI_MM_NAMES_LEN 64
#define MINI_MM_COMM_LEN 16

/* Orders 0 to MINI_MM_ORDERS - 1 have a place in the tables below; an arena serves up to its max_order. */
#define MINI_MM_ORDERS 16
#define MINI_MM_OBJECT_SIZE_MIN 8
#define MINI_MM_OBJECT_SIZE_MAX 8192
/* Operations in one MINI_MM_IOC_BATCH call, blocks in one MINI_MM_IOC_MAP call. */
#define MINI_MM_BATCH_MAX 16384
#define MINI_MM_MAP_MAX 65536
/* Events that an arena can remember, and that one MINI_MM_IOC_LOG call can give. */
#define MINI_MM_LOG_MAX 65536
/* The largest magazine_size and batch of the per-CPU layer, and the magazine_size of an arena that shall have none. */
#define MINI_MM_MAGAZINE_MAX 256
#define MINI_MM_NO_MAGAZINES 0xffff

/* Flags of operations and of the create calls; each call names those that it takes. */
#define MINI_MM_KEEP (1u << 0)	   /* outlives the open file */
#define MINI_MM_ZERO (1u << 1)	   /* the block is all zeros */
#define MINI_MM_OFF_SLAB (1u << 2) /* cache: slab management data outside the slab, whatever the size */
/* The mobility of a page block, as the kernel's __GFP_ bits; none of them is unmovable. */
#define MINI_MM_MOVABLE (1u << 3)     /* may be moved to another place while it is not mapped */
#define MINI_MM_RECLAIMABLE (1u << 4)
#define MINI_MM_HWCACHE_ALIGN (1u << 5)	  /* cache: objects aligned to the processor's cache lines */
#define MINI_MM_TYPESAFE_BY_RCU (1u << 6) /* cache: slabs go back only after a grace period */

/* How an INFO call finds its subject. */
enum mini_mm_lookup {
	MINI_MM_LOOKUP_ID = 0,	 /* the one with this id (or handle) */
	MINI_MM_LOOKUP_NEXT = 1, /* the first with a larger id: start at 0 and walk the list to -ENOENT */
	MINI_MM_LOOKUP_NAME = 2, /* the one with this name; caches by full name ("cache" or "arena:cache") */
};

enum mini_mm_kind {
	MINI_MM_KIND_FREE = 0,	 /* a free block (map only) */
	MINI_MM_KIND_PAGES = 1,	 /* a block of 2^order pages */
	MINI_MM_KIND_SLAB = 2,	 /* a slab of a cache (map only) */
	MINI_MM_KIND_OBJECT = 3, /* an object of a cache (handles only) */
	MINI_MM_KIND_KMALLOC = 4, /* bytes from the general caches, or pages when they are many (handles only) */
	MINI_MM_KIND_VMALLOC = 5, /* scattered pages, mapped contiguously (handles only) */
	MINI_MM_KIND_CACHED = 6, /* a free block in a CPU's list (map only) */
	MINI_MM_KIND_ISOLATED = 7, /* out of use, for its bookkeeping was damaged (map only) */
};

/* Why a call or an operation was refused. */
enum mini_mm_reason {
	MINI_MM_WHY_NONE = 0,
	MINI_MM_WHY_OPCODE = 1,		/* EINVAL: no such operation, or no such lookup */
	MINI_MM_WHY_FLAGS = 2,		/* EINVAL: a flag bit that this call does not take */
	MINI_MM_WHY_RESERVED = 3,	/* EINVAL: a reserved field is not zero */
	MINI_MM_WHY_COUNT = 4,		/* EINVAL: zero operations or more than the limit */
	MINI_MM_WHY_FAULT = 5,		/* EFAULT: user memory that cannot be read or written */
	MINI_MM_WHY_ORDER = 6,		/* EINVAL: order above the arena's max_order */
	MINI_MM_WHY_SIZE = 7,		/* EINVAL: size of an object, an allocation or an arena out of range */
	MINI_MM_WHY_ALIGN = 8,		/* EINVAL: alignment no power of two or above a page */
	MINI_MM_WHY_NAME = 9,		/* EINVAL: empty name, or a character that names may not have */
	MINI_MM_WHY_NAME_LONG = 10,	/* ENAMETOOLONG: no NUL within the field */
	MINI_MM_WHY_NAME_TAKEN = 11,	/* EEXIST */
	MINI_MM_WHY_NO_ARENA = 12,	/* ENOENT */
	MINI_MM_WHY_NO_CACHE = 13,	/* ENOENT */
	MINI_MM_WHY_NO_HANDLE = 14,	/* ENOENT: freed before, or never made */
	MINI_MM_WHY_NOT_YOURS = 15,	/* EACCES: the handle belongs to another open file */
	MINI_MM_WHY_NOT_PAGES = 16,	/* EBADF: the handle names something else, a page block is needed */
	MINI_MM_WHY_NOT_OBJECT = 17,	/* EBADF: the handle names something else, an object is needed */
	MINI_MM_WHY_RANGE = 18,		/* ERANGE: offset and length reach past the block's end */
	MINI_MM_WHY_FULL = 19,		/* ENOMEM: the arena has no free block of this order */
	MINI_MM_WHY_NO_MEMORY = 20,	/* ENOMEM: the kernel has no memory for the bookkeeping */
	MINI_MM_WHY_NO_REGION = 21,	/* ENOMEM: no physically contiguous region of this size */
	MINI_MM_WHY_LIVE = 22,		/* EBUSY: still in use, @live says by how many blocks and objects */
	MINI_MM_WHY_MAPPED = 23,	/* EBUSY: the block is mapped by a process */
	MINI_MM_WHY_DEFAULT = 24,	/* EPERM: the default arena goes with the module, kmalloc's caches with their arena */
	MINI_MM_WHY_ENGINE = 25,	/* EINVAL: unknown page engine, placement or object engine */
	MINI_MM_WHY_DEBUG = 26,		/* EINVAL: unknown debug letter */
	MINI_MM_WHY_MISMATCH = 27,	/* EILSEQ: the check found another byte, @detail says at which offset */
	MINI_MM_WHY_INTERRUPTED = 28,	/* EINTR: a signal came in, @done says how far the batch got */
	MINI_MM_WHY_LIMIT = 29,		/* ENOSPC: too many arenas, caches or handles */
	MINI_MM_WHY_CORRUPT = 30,	/* EUCLEAN: the allocator found its own state damaged and refused */
	MINI_MM_WHY_UNSUPPORTED = 31,	/* EOPNOTSUPP: this page engine cannot do that */
	MINI_MM_WHY_TOO_LARGE = 32,	/* EMSGSIZE: larger than the largest object of this engine */
	MINI_MM_WHY_NO_LOG = 33,	/* ENODATA: the arena keeps no event log */
	MINI_MM_WHY_REPLAY = 34,	/* EBUSY or ENXIO: a replay is open already, or none is */
	MINI_MM_WHY_SLOT = 35,		/* EINVAL: a replay's operation names a slot or a cache that it has not */
	MINI_MM_WHY_MAGAZINE = 36,	/* EINVAL: magazine_size or batch above MINI_MM_MAGAZINE_MAX */
	MINI_MM_WHY_CLIENT_QUOTA = 37,	/* EDQUOT: the open file has as many handles, bytes, caches or arenas as it may */
	MINI_MM_WHY_ARENA_QUOTA = 38,	/* EDQUOT: clients have as many handles, bytes or caches of the arena as they may */
};

/* --- MINI_MM_IOC_INFO ------------------------------------------------------------------------- */

struct mini_mm_info {
	__u32 abi_version;
	__u32 page_size;	/* bytes */
	__u32 arenas;		/* how many there are now */
	__u32 caches;
	__u64 handles;
	__u64 region_bytes;	/* of all arenas together */
	__u64 metadata_bytes;	/* bookkeeping outside the regions, of all arenas together */
	__u32 max_region_mb;	/* the largest region an arena may have, MiB; 0 when only the free memory limits it */
	__u32 clients;		/* open files of the device */
	char version[16];	/* the module's version */
	char page_engines[MINI_MM_NAMES_LEN];	/* what there is to choose from */
	char placements[MINI_MM_NAMES_LEN];
	char object_engines[MINI_MM_NAMES_LEN];
	/* What an open file may have at a time, and in MiB what the regions of all arenas may have together (ABI 4). */
	__u32 client_handles;
	__u32 client_caches;
	__u32 client_arenas;
	__u32 total_mb;
	__u64 client_bytes;
	__u64 reserved[1];
};

/* --- arenas -------------------------------------------------------------------------------------- */

struct mini_mm_arena_create {
	char name[MINI_MM_ARENA_NAME_LEN];
	char page_engine[MINI_MM_ENGINE_NAME_LEN];	/* "" is the module's default */
	char placement[MINI_MM_ENGINE_NAME_LEN];	/* "" is the module's default */
	char debug[MINI_MM_DEBUG_LEN];			/* letters, "" for none */
	__u64 size;	/* bytes, a multiple of the page size */
	__u32 flags;	/* MINI_MM_KEEP */
	__u32 id;	/* out */
	__u32 why;	/* out */
	__u32 longest_mb;	/* out, with WHY_NO_REGION: the longest run that was found, MiB */
	__u64 min_free;	/* bytes, the minimum watermark: what ordinary requests leave free; 0 for none */
	__u32 log_events;	/* how many events the arena remembers for MINI_MM_IOC_LOG; 0 for none */
	/* Pages in a CPU's list, objects in a CPU's magazine; 0 is the module's default, MINI_MM_NO_MAGAZINES none. */
	__u16 magazine_size;
	__u16 batch;	/* that go between a CPU and the engines at a time; 0 is the module's default */
	char object_engine[MINI_MM_ENGINE_NAME_LEN];	/* of caches that choose none, kmalloc's too; "" is the module's default */
	/* What all clients together may have in it at a time; 0 for no limit (ABI 4). */
	__u32 max_handles;
	__u32 max_caches;
	__u64 max_bytes;
	__u64 reserved[2];
};

struct mini_mm_arena_info {
	__u32 lookup;	/* in: enum mini_mm_lookup */
	__u32 id;	/* in with ID and NEXT; out */
	char name[MINI_MM_ARENA_NAME_LEN];	/* in with NAME; out */
	__u32 why;	/* out, as all that follows */
	__u32 max_order;
	char page_engine[MINI_MM_ENGINE_NAME_LEN];
	char placement[MINI_MM_ENGINE_NAME_LEN];
	char debug[MINI_MM_DEBUG_LEN];
	__u64 pages;
	__u64 free_pages;
	__u64 metadata_bytes;
	__u64 handles;
	__u32 caches;
	__u32 flags;	/* MINI_MM_KEEP */
	__u64 allocations;	/* of page blocks, since the arena was made; so the next five */
	__u64 frees;
	__u64 failures;		/* requests that found no block */
	__u64 refused;		/* frees of what was not allocated, or with a wrong order */
	__u64 splits;
	__u64 merges;
	__u64 free_blocks[MINI_MM_ORDERS];
	char object_engine[MINI_MM_ENGINE_NAME_LEN];
	__u64 min_free;		/* watermarks, pages */
	__u64 low_free;
	__u64 high_free;
	__u64 delayed_pages;	/* free, but not merged with their buddies yet */
	__u32 magazine_size;	/* pages in a CPU's list, as the region's size allows; 0 when there are no lists */
	__u32 batch;
	__u64 cached_pages;	/* in CPUs' lists and their depots: neither free nor anybody's */
	/* What all clients together may have in it at a time; 0 for no limit (ABI 4). */
	__u32 max_handles;
	__u32 max_caches;
	__u64 max_bytes;
};

/* MINI_MM_IOC_ARENA_DESTROY, _ARENA_RESET, _ARENA_COMPACT, _ARENA_DRAIN, _CACHE_DESTROY, _CACHE_SHRINK */
struct mini_mm_target {
	__u32 id;
	__u32 flags;	/* none yet */
	__u32 why;	/* out */
	__u32 caches;	/* out, reset: caches destroyed */
	__u64 live;	/* out: blocks and objects that are still held */
	/*
	 * out: reset: handles freed; shrink: pages given back to the arena; compact: pages moved; drain: pages and
	 * objects that went from the CPUs and their depots back to the engines
	 */
	__u64 freed;
	__u64 reserved[2];
};

/*
 * The per-CPU layer of an arena (its page lists, kmalloc's caches, and those that are made from now on), or of one cache.
 * What is larger than the arena can spare is cut; the INFO calls say what came of it.
 */
struct mini_mm_tune {
	__u32 arena;	/* id; 0 with @cache */
	__u32 cache;	/* id; 0 for the arena */
	__u32 magazine_size;	/* up to MINI_MM_MAGAZINE_MAX; 0 turns the layer off */
	__u32 batch;	/* up to MINI_MM_MAGAZINE_MAX; 0 is half of @magazine_size */
	__u32 flags;	/* none yet */
	__u32 why;	/* out */
	__u64 reserved[2];
};

/* --- caches -------------------------------------------------------------------------------------- */

struct mini_mm_cache_create {
	char name[MINI_MM_CACHE_NAME_LEN];
	__u32 arena;	/* id */
	__u32 size;	/* bytes, MINI_MM_OBJECT_SIZE_MIN to _MAX */
	__u32 align;	/* bytes, a power of two up to the page size; 0 is 8 */
	__u32 flags;	/* MINI_MM_KEEP, _OFF_SLAB, _HWCACHE_ALIGN, _TYPESAFE_BY_RCU */
	__u32 id;	/* out */
	__u32 why;	/* out */
	char engine[MINI_MM_ENGINE_NAME_LEN];	/* "" is the arena's default */
	char debug[MINI_MM_DEBUG_LEN];	/* letters, more than the arena's */
	__u32 slab_pages;	/* pages in a slab, 1 to 8; 0 lets the engine choose */
	__u32 reserved0;
	__u64 reserved[4];
};

struct mini_mm_cache_info {
	__u32 lookup;	/* in: enum mini_mm_lookup */
	__u32 id;	/* in with ID and NEXT; out */
	char name[MINI_MM_FULL_NAME_LEN];	/* in with NAME; out: the full name */
	__u32 why;	/* out, as all that follows */
	__u32 arena;	/* id */
	char engine[MINI_MM_ENGINE_NAME_LEN];
	__u32 object_size;	/* as asked for */
	__u32 slot_size;	/* with padding and debug areas */
	__u32 align;
	__u32 objects_per_slab;
	__u32 pages_per_slab;
	__u32 colours;		/* how many starting offsets its slabs take in turn */
	__u32 flags;		/* MINI_MM_KEEP, _OFF_SLAB, _HWCACHE_ALIGN, _TYPESAFE_BY_RCU */
	__u32 reserved0;
	__u64 active_objects;
	__u64 full_slabs;
	__u64 partial_slabs;
	__u64 empty_slabs;
	__u64 allocations;
	__u64 frees;
	__u64 failures;
	__u64 refused;
	__u64 grown;	/* slabs taken from the arena */
	__u64 reaped;	/* slabs given back */
	__u32 magazine_size;	/* objects in a CPU's magazine, as the arena's size allows; 0 when there are none */
	__u32 batch;
	__u64 cached_objects;	/* in magazines of CPUs and of the depot: nobody's, but not free in their slabs */
	__u32 reserved[4];
};

/* --- operations ---------------------------------------------------------------------------------- */

enum mini_mm_opcode {
	MINI_MM_OP_PAGE_ALLOC = 1,	/* @target: arena id; @order; flags KEEP, ZERO, MOVABLE or RECLAIMABLE; gives @handle */
	MINI_MM_OP_PAGE_FREE = 2,	/* @handle */
	/* @target: cache id; @length: bytes, 0 for the cache's object size; flags KEEP, ZERO; gives @handle */
	MINI_MM_OP_OBJ_ALLOC = 3,
	MINI_MM_OP_OBJ_FREE = 4,	/* @handle */
	MINI_MM_OP_FILL = 5,		/* @handle, @offset, @length, @byte */
	MINI_MM_OP_CHECK = 6,		/* @handle, @offset, @length, @byte */
	MINI_MM_OP_KMALLOC = 7,		/* @target: arena id; @length: bytes; flags KEEP, ZERO; gives @handle */
	MINI_MM_OP_VMALLOC = 8,		/* @target: arena id; @length: bytes; flags KEEP, ZERO; gives @handle */
	MINI_MM_OP_FREE = 9,		/* @handle, whatever its kind */
	/*
	 * Exactly @length bytes of pages, rounded up to whole ones, from byte @offset of the region on, or
	 * wherever they are with MINI_MM_ANYWHERE: then aligned to 2^@order pages. @target: arena id; flags KEEP,
	 * ZERO; gives @handle.
	 */
	MINI_MM_OP_RANGE_ALLOC = 10,
};

#define MINI_MM_ANYWHERE (~0ull)

/* Fields that an opcode does not name are reserved and must be zero. */
struct mini_mm_op {
	__u32 opcode;
	__u32 flags;
	__u64 handle;
	__u32 target;
	__u32 order;
	__u64 offset;
	__u64 length;	/* bytes; 0 means up to the block's end */
	__u8 byte;
	__u8 reserved[3];
	__s32 result;	/* out: 0 or a negative errno; 0 on the way in */
	__u32 why;	/* out; 0 on the way in */
	__u32 reserved2;
	__u64 detail;	/* out: CHECK: offset of the first wrong byte; 0 on the way in */
};

/*
 * The operations are done in order, each whatever became of those before it. The call returns 0 when
 * all were tried; each has its own result. A call that ends early (EINTR, EFAULT) has done exactly
 * @done of them: those have their results, the others have not happened.
 */
struct mini_mm_batch {
	__u64 ops;	/* struct mini_mm_op[count] */
	__u32 count;	/* 1 to MINI_MM_BATCH_MAX */
	__u32 flags;	/* none yet */
	__u32 done;	/* out */
	__u32 why;	/* out */
	__u64 reserved[2];
};

/* --- looking ------------------------------------------------------------------------------------- */

struct mini_mm_handle_info {
	__u32 lookup;	/* in: MINI_MM_LOOKUP_ID or _NEXT, over all handles that are kept or the caller's own */
	__u32 why;	/* out */
	__u64 handle;	/* in, out */
	__u32 kind;	/* out, as all that follows: MINI_MM_KIND_PAGES, _OBJECT, _KMALLOC or _VMALLOC */
	__u32 flags;	/* MINI_MM_KEEP */
	__u32 arena;
	__u32 cache;	/* id: of objects, and of kmalloc's where they are in a cache; else 0 */
	__u32 order;	/* page blocks only */
	__u32 mapped;	/* how many mappings there are */
	__u64 size;	/* bytes, as asked for */
	__u64 page;	/* index in the arena's region of the page of the first byte */
	__u64 offset;	/* of that byte in that page */
	__u64 age_ns;
	__u32 pid;	/* of who allocated it */
	__u32 reserved0;
	char comm[MINI_MM_COMM_LEN];
	__u64 reserved[4];
};

/* Copies part of a block to the caller; bytes that were never written read as zero. */
struct mini_mm_read {
	__u64 handle;
	__u64 offset;
	__u64 length;	/* bytes, at least 1 */
	__u64 buffer;	/* char[length] */
	__u32 flags;	/* none yet */
	__u32 why;	/* out */
	__u64 reserved[2];
};

struct mini_mm_block {
	__u32 page;	/* index of the first page */
	__u16 kind;	/* MINI_MM_KIND_FREE, _PAGES, _SLAB or _CACHED */
	__u16 order;
	__u32 cache;	/* slabs only: id, or 0 for the arena's own slabs of off-slab management data */
	__u32 in_use;	/* objects, slabs only */
};

/* Walks the region: blocks in address order from @page on; @page comes back as where to go on. */
struct mini_mm_map {
	__u32 arena;	/* id */
	__u32 flags;	/* none yet */
	__u64 page;	/* in: where to start, 0 or what the last call gave; out: the arena's pages at the end */
	__u64 blocks;	/* struct mini_mm_block[count] */
	__u32 count;	/* in: room, 1 to MINI_MM_MAP_MAX; out: how many were written */
	__u32 why;	/* out */
	__u64 reserved[2];
};

/* What an arena's event log tells, in the order in which it happened. */
enum mini_mm_event_kind {
	MINI_MM_EVENT_PAGE_ALLOC = 1,	/* a block was handed out: @page, @order, @pages */
	MINI_MM_EVENT_PAGE_FREE = 2,	/* a block comes back; merges follow: @page, @order, @pages */
	MINI_MM_EVENT_PAGE_SPLIT = 3,	/* a free block of @order at @page is split into halves */
	MINI_MM_EVENT_PAGE_MERGE = 4,	/* two free buddies of @order, the lower one at @page, are merged */
	MINI_MM_EVENT_SLAB_GROW = 5,	/* @cache took a slab of @pages at @page */
	MINI_MM_EVENT_SLAB_REAP = 6,	/* @cache gives an empty slab of @pages at @page back */
	MINI_MM_EVENT_OBJ_ALLOC = 7,	/* an object of @cache was handed out: @page, @offset */
	MINI_MM_EVENT_OBJ_FREE = 8,	/* an object of @cache comes back: @page, @offset */
	MINI_MM_EVENT_PAGE_FAIL = 9,	/* a request for a block of @order, @pages, got nothing */
	MINI_MM_EVENT_OBJ_FAIL = 10,	/* a request for an object of @cache got nothing */
	MINI_MM_EVENT_REFUSED = 11,	/* a free was refused, and changed nothing: its event comes before */
};

/* Fields that a kind does not name are zero. */
struct mini_mm_event {
	__u64 seq;	/* counts up from 1 without gaps */
	__u64 time_ns;	/* CLOCK_MONOTONIC */
	__u16 kind;	/* enum mini_mm_event_kind */
	__u16 order;
	__u32 page;	/* index of the block's, the slab's, or the object's first page */
	__u32 pages;
	__u32 offset;	/* of the object in that page, bytes */
	__u32 cache;	/* id */
	__u32 pid;	/* of who did it; 0 in an interrupt */
};

/* The events behind @after that are still remembered, oldest first. */
struct mini_mm_log {
	__u32 arena;	/* id */
	__u32 flags;	/* none yet */
	__u64 after;	/* in: the last seq that was seen, 0 for none; out: the last that was delivered */
	__u64 events;	/* struct mini_mm_event[count] */
	__u32 count;	/* in: room, 1 to MINI_MM_LOG_MAX; out: how many were written */
	__u32 why;	/* out */
	__u64 lost;	/* out: events behind @after that were overwritten before they were read */
	__u64 reserved[2];
};

/* --- replay -------------------------------------------------------------------------------------- */

/*
 * A stream of operations that the kernel executes on one arena without handles in between. What they allocate
 * lies in slots: a table that the open file has from _REPLAY_OPEN to _REPLAY_CLOSE, or until it is closed; both
 * free what is left. Meanwhile the arena stays.
 */
#define MINI_MM_REPLAY_SLOTS_MAX (1u << 24)
#define MINI_MM_REPLAY_CACHES_MAX 8

/* A cache of the replay's own, made with it and gone with it; no handle gets an object of it. */
struct mini_mm_replay_cache {
	__u32 size;	/* bytes; with a constructor at least MINI_MM_REPLAY_CONSTRUCTED */
	__u32 align;	/* as for MINI_MM_IOC_CACHE_CREATE */
	__u32 flags;	/* MINI_MM_REPLAY_CONSTRUCTOR or MINI_MM_REPLAY_CONSTRUCT_EACH_TIME */
	__u32 reserved;
	char engine[MINI_MM_ENGINE_NAME_LEN];	/* "" is the arena's default */
};

/* The constructor computes for about two microseconds and writes the first bytes of the object, so many: */
#define MINI_MM_REPLAY_CONSTRUCTED 64
#define MINI_MM_REPLAY_CONSTRUCTOR (1u << 0)	     /* the cache's own: the engine runs it */
#define MINI_MM_REPLAY_CONSTRUCT_EACH_TIME (1u << 1) /* the replay runs it after each allocation */

struct mini_mm_replay_open {
	__u32 arena;	/* id */
	__u32 slots;	/* 1 to MINI_MM_REPLAY_SLOTS_MAX */
	__u32 nr_caches;	/* up to MINI_MM_REPLAY_CACHES_MAX; those behind are zero */
	__u32 flags;	/* none yet */
	__u32 why;	/* out */
	__u32 reserved0;
	__u64 reserved[3];
	struct mini_mm_replay_cache caches[MINI_MM_REPLAY_CACHES_MAX];
};

enum mini_mm_replay_code {
	MINI_MM_REPLAY_PAGES = 1,   /* @argument: order, and enum mini_mm_replay_mobility << 8 */
	MINI_MM_REPLAY_OBJECT = 2,  /* @argument: which of the replay's caches */
	MINI_MM_REPLAY_KMALLOC = 3, /* @argument: bytes */
	MINI_MM_REPLAY_FREE = 4,    /* what is in the slot; nothing if its allocation failed */
};

enum mini_mm_replay_mobility {
	MINI_MM_REPLAY_UNMOVABLE = 0,
	MINI_MM_REPLAY_MOVABLE = 1,
	MINI_MM_REPLAY_RECLAIMABLE = 2,
};

struct mini_mm_replay_op {
	__u32 what;	/* MINI_MM_REPLAY_WHAT() */
	__u32 argument;	/* zero for FREE */
};

#define MINI_MM_REPLAY_WHAT(code, slot) ((__u32)(code) | (__u32)(slot) << 4)

/*
 * Times of single operations: as many as have v cycles are counted in bucket v below 8; above, with 2^k the
 * largest power of two in v, in bucket (k - 2) * 8 + (v >> (k - 3)) % 8. So a bucket is an eighth of 2^k wide.
 */
#define MINI_MM_REPLAY_BUCKETS 496

/*
 * Time each operation: @histogram, @max_cycles. What kmalloc grants is exact only so for engines of several sizes: they
 * are asked beside the times.
 */
#define MINI_MM_REPLAY_TIMED (1u << 0)

/*
 * The operations are done in order. The call ends early (EINTR, EFAULT, or at an operation that cannot be)
 * after exactly @done of them; the figures are those of what was done. An allocation for which there is no memory
 * is a figure too. Slots keep what is in them from one call to the next.
 */
struct mini_mm_replay_run {
	__u64 ops;	/* struct mini_mm_replay_op[count] */
	__u64 histogram;	/* __u64[MINI_MM_REPLAY_BUCKETS], out; with TIMED only, else 0 */
	__u32 count;	/* at least 1 */
	__u32 flags;	/* MINI_MM_REPLAY_TIMED */
	__u32 done;	/* out, as all that follows */
	__u32 why;
	__u64 ns;	/* that the operations took */
	__u64 cycles;	/* the same by the processor's time stamp counter, where it has one, else ns again */
	__u64 allocations;	/* that succeeded */
	__u64 frees;
	__u64 failures;	/* allocations for which there was no memory */
	__u64 violations;	/* objects that were not as the cache's constructor had left them */
	__u64 max_cycles;	/* of one operation */
	__u64 live_requested;	/* bytes in all slots now: as asked for, */
	__u64 live_granted;	/* and as they take up */
	__u64 peak_requested;	/* the same when @live_requested was highest, since the replay was opened */
	__u64 peak_granted;
	__u64 reserved[4];
};

struct mini_mm_replay_close {
	__u32 flags;	/* none yet */
	__u32 why;	/* out */
	__u64 freed;	/* out: how many slots were in use */
	__u64 reserved[2];
};

/* --- looking for damage ------------------------------------------------------------------------------ */

/* What was damaged, and what became of it. */
enum mini_mm_finding_kind {
	/* The page map. Isolated: nobody gets these pages any more, and who frees them is refused. */
	MINI_MM_FINDING_NO_HEAD = 1,	/* no block starts at @page where one should: isolated */
	MINI_MM_FINDING_KIND = 2,	/* the block at @page is of no kind that there is: isolated */
	MINI_MM_FINDING_ORDER = 3,	/* the order of the block at @page cannot be: isolated */
	MINI_MM_FINDING_ENTRY = 4,	/* an entry inside the block at @page was not empty: mended */
	MINI_MM_FINDING_PAYLOAD = 5,	/* the entry of the block in use at @page contradicts itself: isolated */
	MINI_MM_FINDING_NOT_LISTED = 6,	/* the free block at @page is in no free list: isolated */
	MINI_MM_FINDING_FREE_LIST = 7,	/* the free list, or tree, around @page: made anew */
	MINI_MM_FINDING_TAIL = 8,	/* the pages at @page belong to a slab that is not there: isolated */
	MINI_MM_FINDING_SLABLESS = 9,	/* a slab at @page that no cache has: isolated */
	/* Slabs of @cache. */
	MINI_MM_FINDING_SLAB = 10,	/* management data of the slab at @page: put aside */
	MINI_MM_FINDING_RED_ZONE = 11,	/* of object number @object of the slab at @page, at byte @offset of it: mended */
	MINI_MM_FINDING_POISON = 12,	/* the same, written to after it was freed: mended */
	MINI_MM_FINDING_SLAB_LIST = 13,	/* the links between slabs: all lists made anew */
	MINI_MM_FINDING_DESCRIPTORS = 14, /* slabs of management data that lies off its slabs, @pages of them: put aside */
	MINI_MM_FINDING_MAGAZINE = 15,	/* what waited in a magazine was no object that could be freed: dropped */
	MINI_MM_FINDING_CPU_LIST = 16,	/* a CPU's list, which has lost @pages blocks from @page on: they are free again */
	MINI_MM_FINDING_INVARIANT = 17,	/* counts of the arena, or of @cache, that do not add up: see the kernel's log */
};

/* Fields that a kind does not name are zero. */
struct mini_mm_finding {
	__u32 kind;	/* enum mini_mm_finding_kind */
	__u32 page;	/* index in the region */
	__u32 pages;
	__u32 cache;	/* id */
	__u32 object;	/* index in the slab */
	__s32 offset;	/* of the first wrong byte, from the object's start */
	__u32 found;	/* that byte */
	__u32 reserved;
};

#define MINI_MM_FINDINGS_MAX 4096

/*
 * Empties the per-CPU layer of an arena, and then looks at every page, slab and object of it, whatever its debug
 * letters are: flag F at once. What is damaged is mended or taken out of use; the arena works on.
 */
struct mini_mm_examine {
	__u32 arena;	/* id */
	__u32 flags;	/* none yet */
	__u64 findings;	/* struct mini_mm_finding[count] */
	__u32 count;	/* in: room, 1 to MINI_MM_FINDINGS_MAX; out: how many were written */
	__u32 why;	/* out, as all that follows */
	__u64 found;	/* how many there were */
	__u64 pages;	/* that were looked at */
	__u64 slabs;
	__u64 objects;
	__u64 isolated_pages;	/* now, whenever they were */
	__u64 reserved[2];
};

/* What a caller, or a stray write, can do wrong. */
enum mini_mm_bug {
	MINI_MM_BUG_DOUBLE_FREE = 1,	/* an object freed twice in a row */
	MINI_MM_BUG_DOUBLE_FREE_LATER = 2, /* the same, with another one freed in between */
	MINI_MM_BUG_INSIDE = 3,		/* a free of an address inside an object */
	MINI_MM_BUG_WRONG_CACHE = 4,	/* an object freed into another cache */
	MINI_MM_BUG_BLOCK_TWICE = 5,	/* a page block freed twice */
	MINI_MM_BUG_WRONG_ORDER = 6,	/* a page block freed with another order */
	MINI_MM_BUG_OVERFLOW = 7,	/* a write behind an object, which is then freed */
	MINI_MM_BUG_UNDERFLOW = 8,	/* a write before an object, which is then freed */
	MINI_MM_BUG_WRITE_AFTER_FREE = 9, /* a write to a freed object, which is then allocated again */
	/* A flipped bit in: */
	MINI_MM_BUG_FLIP_PAGE_MAP = 10,	/* kind or order of a block in the page map */
	MINI_MM_BUG_FLIP_FREE_LIST = 11, /* a link of a free list */
	MINI_MM_BUG_FLIP_DESCRIPTOR = 12, /* a slab's management data */
	MINI_MM_BUG_FLIP_MAGAZINE = 13,	/* an object's address in a magazine */
	MINI_MM_BUGS = 14,
};

#define MINI_MM_SELF_TEST_TRIES 64

/*
 * Does one thing wrong on purpose, in small arenas that are made for it and that nobody else can see, and tells who
 * noticed. Each try has an arena of its own. While one is under way, calls that look for arenas wait.
 */
struct mini_mm_self_test {
	char debug[MINI_MM_DEBUG_LEN];	/* letters of the arenas, "" for none */
	char object_engine[MINI_MM_ENGINE_NAME_LEN];	/* "" is the module's default */
	char placement[MINI_MM_ENGINE_NAME_LEN];	/* of the page engine eager; "" is the module's default */
	__u64 seed;	/* of what is random */
	__u32 bug;	/* enum mini_mm_bug */
	__u32 tries;	/* 1 to MINI_MM_SELF_TEST_TRIES; out: those that could be made */
	__u32 flags;	/* none yet */
	__u32 why;	/* out, as all that follows */
	__u32 at_once;	/* noticed by the operation that was wrong, or by the next one on the same memory */
	__u32 at_check;	/* noticed by an examination (MINI_MM_IOC_EXAMINE) */
	__u32 missed;
	__u32 broken;	/* after which the arena did not work */
	__u64 pair_ns;	/* what an allocation and a free of an object take with these letters */
	__u64 reserved[4];
};

#define MINI_MM_IOC_MAGIC 0xBD
#define MINI_MM_IOC_INFO _IOR(MINI_MM_IOC_MAGIC, 0x00, struct mini_mm_info)
#define MINI_MM_IOC_ARENA_CREATE _IOWR(MINI_MM_IOC_MAGIC, 0x01, struct mini_mm_arena_create)
#define MINI_MM_IOC_ARENA_INFO _IOWR(MINI_MM_IOC_MAGIC, 0x02, struct mini_mm_arena_info)
#define MINI_MM_IOC_ARENA_RESET _IOWR(MINI_MM_IOC_MAGIC, 0x03, struct mini_mm_target)
#define MINI_MM_IOC_ARENA_DESTROY _IOWR(MINI_MM_IOC_MAGIC, 0x04, struct mini_mm_target)
#define MINI_MM_IOC_CACHE_CREATE _IOWR(MINI_MM_IOC_MAGIC, 0x05, struct mini_mm_cache_create)
#define MINI_MM_IOC_CACHE_INFO _IOWR(MINI_MM_IOC_MAGIC, 0x06, struct mini_mm_cache_info)
#define MINI_MM_IOC_CACHE_SHRINK _IOWR(MINI_MM_IOC_MAGIC, 0x07, struct mini_mm_target)
#define MINI_MM_IOC_CACHE_DESTROY _IOWR(MINI_MM_IOC_MAGIC, 0x08, struct mini_mm_target)
#define MINI_MM_IOC_BATCH _IOWR(MINI_MM_IOC_MAGIC, 0x09, struct mini_mm_batch)
#define MINI_MM_IOC_HANDLE_INFO _IOWR(MINI_MM_IOC_MAGIC, 0x0a, struct mini_mm_handle_info)
#define MINI_MM_IOC_READ _IOWR(MINI_MM_IOC_MAGIC, 0x0b, struct mini_mm_read)
#define MINI_MM_IOC_MAP _IOWR(MINI_MM_IOC_MAGIC, 0x0c, struct mini_mm_map)
#define MINI_MM_IOC_LOG _IOWR(MINI_MM_IOC_MAGIC, 0x0d, struct mini_mm_log)
#define MINI_MM_IOC_ARENA_COMPACT _IOWR(MINI_MM_IOC_MAGIC, 0x11, struct mini_mm_target)
#define MINI_MM_IOC_REPLAY_OPEN _IOWR(MINI_MM_IOC_MAGIC, 0x0e, struct mini_mm_replay_open)
#define MINI_MM_IOC_REPLAY_RUN _IOWR(MINI_MM_IOC_MAGIC, 0x0f, struct mini_mm_replay_run)
#define MINI_MM_IOC_REPLAY_CLOSE _IOWR(MINI_MM_IOC_MAGIC, 0x10, struct mini_mm_replay_close)
#define MINI_MM_IOC_ARENA_DRAIN _IOWR(MINI_MM_IOC_MAGIC, 0x12, struct mini_mm_target)
#define MINI_MM_IOC_TUNE _IOWR(MINI_MM_IOC_MAGIC, 0x13, struct mini_mm_tune)
#define MINI_MM_IOC_EXAMINE _IOWR(MINI_MM_IOC_MAGIC, 0x14, struct mini_mm_examine)
#define MINI_MM_IOC_SELF_TEST _IOWR(MINI_MM_IOC_MAGIC, 0x15, struct mini_mm_self_test)

/*
 * mmap: offset = handle * page size, length up to the block's, MAP_SHARED, page blocks only. A mapped
 * block cannot be freed (MINI_MM_WHY_MAPPED).
 */

#endif /* _UAPI_MINI_MM_H */
