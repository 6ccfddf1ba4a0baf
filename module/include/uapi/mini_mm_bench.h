/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The ioctl ABI of /dev/mini_mm_bench: one call is one measurement of mini_mm or of the kernel's own allocators.
 *
 * The rules are those of uapi/mini_mm.h: the same layout for 32- and 64-bit callers, unknown bits and reserved fields
 * that are not zero are -EINVAL, and @why says more precisely than the errno what was wrong.
 */
#ifndef _UAPI_MINI_MM_BENCH_H
#define _UAPI_MINI_MM_BENCH_H

#include "mini_mm.h"

#define MINI_MM_BENCH_DEVICE_PATH "/dev/mini_mm_bench"
#define MINI_MM_BENCH_DEVICE_NAME "mini_mm_bench"

#define MINI_MM_BENCH_BATCH_MAX 65536
/* With INTERRUPT, for everything else waits. */
#define MINI_MM_BENCH_INTERRUPT_BATCH_MAX 512
#define MINI_MM_BENCH_LIVE_MAX (1u << 24)
#define MINI_MM_BENCH_OPERATIONS_MAX 1000000000
#define MINI_MM_BENCH_KMALLOC_MAX (1u << 20)
#define MINI_MM_BENCH_COLD_MB_MAX 1024
#define MINI_MM_BENCH_REGION_MB_MAX 65536

enum mini_mm_bench_side {
	MINI_MM_BENCH_OURS = 1,
	MINI_MM_BENCH_KERNEL = 2,
};

enum mini_mm_bench_memory {
	MINI_MM_BENCH_OBJECTS = 1, /* of a cache of @size bytes */
	MINI_MM_BENCH_KMALLOC = 2, /* @size bytes */
	MINI_MM_BENCH_PAGES = 3,   /* blocks of @order */
};

enum mini_mm_bench_shape {
	MINI_MM_BENCH_HOT = 1,	    /* allocate, free, allocate, free, ... */
	MINI_MM_BENCH_BATCHES = 2,  /* allocate @batch, then free them in the same order */
	MINI_MM_BENCH_SHUFFLED = 3, /* allocate @batch, then free them in random order */
	MINI_MM_BENCH_BULK = 4,	    /* as BATCHES, by bulk calls; objects and single pages only */
	MINI_MM_BENCH_FILL = 5,	    /* allocate until @region_mb are full, then free all; pages only */
	MINI_MM_BENCH_HANDOVER = 6, /* one CPU allocates, another one frees; @cpus is 2 */
};

#define MINI_MM_BENCH_ZERO (1u << 0)	  /* of both sides zeroed memory is asked for */
#define MINI_MM_BENCH_COLD (1u << 1)	  /* before each batch a buffer of @cold_mb is walked, not timed */
#define MINI_MM_BENCH_INTERRUPT (1u << 2) /* in a timer's hard interrupt */
#define MINI_MM_BENCH_LATENCIES (1u << 3) /* a second pass, in which each call is timed: the histograms */

/* Why a measurement was refused or came to nothing. */
enum mini_mm_bench_reason {
	MINI_MM_BENCH_WHY_NONE = 0,
	MINI_MM_BENCH_WHY_WORK = 1,	   /* EINVAL: no such side, memory or shape */
	MINI_MM_BENCH_WHY_FLAGS = 2,	   /* EINVAL: a flag bit that there is not */
	MINI_MM_BENCH_WHY_RESERVED = 3,	   /* EINVAL: a field that this work does not have is not zero */
	MINI_MM_BENCH_WHY_SIZE = 4,	   /* EINVAL: size or order out of range */
	MINI_MM_BENCH_WHY_COUNT = 5,	   /* EINVAL: operations, batch, live, cold_mb or region_mb out of range */
	MINI_MM_BENCH_WHY_CPUS = 6,	   /* ENXIO: there are not as many CPUs online */
	MINI_MM_BENCH_WHY_UNSUPPORTED = 7, /* EOPNOTSUPP: this memory cannot be had in this shape */
	MINI_MM_BENCH_WHY_ARENA = 8,	   /* EINVAL, ENOMEM: the arena or its cache cannot be made */
	MINI_MM_BENCH_WHY_MEMORY = 9,	   /* ENOMEM: more than half of what the machine has free */
	MINI_MM_BENCH_WHY_EXHAUSTED = 10,  /* ENOSPC: an allocation failed, the arena is too small for this */
	MINI_MM_BENCH_WHY_INTERRUPTED = 11, /* EINTR: a signal came */
};

/* Fields that a work does not have are zero. */
struct mini_mm_bench_run {
	__u32 side;
	__u32 memory;
	__u32 shape;
	__u32 flags;
	__u32 size;	  /* bytes, objects and kmalloc */
	__u32 order;	  /* pages */
	__u32 batch;	  /* BATCHES, SHUFFLED, BULK: 1 to MINI_MM_BENCH_BATCH_MAX */
	__u32 cpus;	  /* that do this at once, each with its share of @operations */
	__u64 operations; /* pairs of an allocation and a free; rounded up to whole batches */
	__u32 live;	  /* allocated before, freed after */
	__u32 region_mb;  /* of the arena, which is made for this call */
	__u32 cold_mb;	  /* with COLD: larger than the last level cache */
	__u32 reserved0;
	char page_engine[MINI_MM_ENGINE_NAME_LEN]; /* "" is the module's default, so the next two */
	char placement[MINI_MM_ENGINE_NAME_LEN];
	char object_engine[MINI_MM_ENGINE_NAME_LEN];
	__u64 reserved[4];

	__u32 why;	/* out, as all that follows */
	__u32 reserved1;
	__u64 pairs;	/* that were done, without the clock between them */
	__u64 cycles;	/* they took; of several CPUs the slowest one's, of HANDOVER the two's together, without waiting */
	__u64 loop_cycles; /* that the loop around the calls took, subtracted from them; 0 where that is not known */
	__u64 ns;	/* the same */
	__u64 latency_cycles; /* that the second pass took by the clock, */
	__u64 latency_ns;     /* the same: what a cycle is */
	__u64 max_alloc; /* cycles of the slowest call; what reading the clock costs is subtracted */
	__u64 max_free;
	/* Calls by their cycles, in the buckets of MINI_MM_IOC_REPLAY_RUN; of a bulk call each element's share. */
	__u64 allocs[MINI_MM_REPLAY_BUCKETS];
	__u64 frees[MINI_MM_REPLAY_BUCKETS];
};

#define MINI_MM_BENCH_IOC_RUN _IOWR(MINI_MM_IOC_MAGIC, 0x40, struct mini_mm_bench_run)

#endif /* _UAPI_MINI_MM_BENCH_H */
