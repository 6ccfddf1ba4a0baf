/* SPDX-License-Identifier: GPL-2.0 */
/* The module as the fuzzer commands it, beside the calls of its device (module.c). For C and C++. */
#ifndef FUZZ_IOCTL_MODULE_H
#define FUZZ_IOCTL_MODULE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct module_parameters {
	uint32_t region_mb, max_region_mb;
	const char *page_engine, *placement, *object_engine, *debug;
	uint32_t magazine_size, batch;
	uint32_t client_handles, client_caches, client_arenas;
};

/* Before it is loaded. */
void module_set_parameters(const struct module_parameters *parameters);
/* As a write to an arena's fail_... does; nothing when there is no such arena. */
void module_fail_nth(uint32_t arena, uint32_t point, uint32_t nth);
/* As a write to interrupts_off does. */
void module_measure_interrupts(bool on);

#ifdef __cplusplus
}
#endif

#endif /* FUZZ_IOCTL_MODULE_H */
