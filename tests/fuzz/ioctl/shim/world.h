/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzer sees of the shim, and commands: a module that is loaded, clients of its device, their memory, and
 * what goes wrong. For C and C++.
 */
#ifndef SHIM_WORLD_H
#define SHIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What nobody has written yet looks so, on the stack (-ftrivial-auto-var-init=pattern) and off it. */
#define SHIM_UNDEFINED 0xaa
/* User memory is here; accesses outside fail. */
#define SHIM_USER_START 0x40000000ul
#define SHIM_USER_BYTES (256u << 10)

/* The n-th from now fails, or comes; 0 for none. */
struct shim_countdowns {
	uint32_t allocation;  /* of bytes, pages, mappings, or of an xarray */
	uint32_t user_access; /* half of it is done */
	uint32_t signal;      /* pending from then on, until this is set to 0 */
	uint32_t fatal_signal;
};

extern struct shim_countdowns shim_countdowns;
extern unsigned char shim_user[SHIM_USER_BYTES];

/* As at the start of the program: memory counts, time, random numbers. */
void shim_start(void);
/* Dies unless everything is as it was at the start: allocations, pages, locks, callbacks. */
void shim_end(void);
/* Dies when a lock is held, interrupts are off, or a section was not left: between two calls. */
void shim_check_idle(void);
/* A grace period has passed: what waited for it runs. */
void shim_pass_grace_period(void);

/* The module: its own functions, and the parameters that matter. */
int shim_module_init(void);
void shim_module_exit(void);

/* An open file of the device. Negative errnos. */
struct shim_client;

int shim_open(struct shim_client **client);
long shim_ioctl(struct shim_client *client, unsigned int command, unsigned long address);
void shim_close(struct shim_client *client);

/* A mapping of a file, which touches all of its pages. */
struct shim_mapping;

int shim_map(struct shim_client *client, uint64_t handle, uint64_t bytes, bool shared, struct shim_mapping **mapping);
/* A second one of the same, as a fork makes it. */
struct shim_mapping *shim_map_again(const struct shim_mapping *mapping);
void shim_unmap(struct shim_mapping *mapping);

#ifdef __cplusplus
}
#endif

#endif /* SHIM_WORLD_H */
