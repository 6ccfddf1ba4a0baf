/* SPDX-License-Identifier: GPL-2.0 */
/* Between the files of the shim. */
#ifndef SHIM_RUNTIME_H
#define SHIM_RUNTIME_H

#include "shim.h"
#include "world.h"

/* True when the countdown ends with this one. */
bool shim_is_over(uint32_t *countdown);
/* True when an allocation shall fail. One that may sleep has to be able to. */
bool shim_fails(gfp_t gfp);
/* Die unless all memory is back, and all xarrays are empty. */
void shim_memory_end(void);
void shim_xarray_end(void);

#endif /* SHIM_RUNTIME_H */
