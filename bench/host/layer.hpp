// SPDX-License-Identifier: GPL-2.0
/*
 * The core and its per-CPU layer in user space, as a shared object: caches of objects of one size. What a CPU is in the
 * kernel is a thread here. Nothing of it can be inlined into the program that calls it, as nothing of malloc() can.
 */
#pragma once

#include <cstdint>

#define MINI_LAYER_API [[gnu::visibility("default")]]

namespace mini_mm::bench {

using CacheId = unsigned;

/* A cache of objects of @size bytes; ends the program when there are too many or @size is none. One thread at a time.
 */
MINI_LAYER_API CacheId make_cache(std::uint32_t size);

/* An object, or NULL when the region is full. */
MINI_LAYER_API void* allocate_object(CacheId cache);

/* Takes @object of @cache back; ends the program when it is none. */
MINI_LAYER_API void free_object(CacheId cache, void* object);

}  // namespace mini_mm::bench
