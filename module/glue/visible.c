// SPDX-License-Identifier: GPL-2.0
/*
 * What the KUnit suites see beyond the kernel API. Nothing of it is exported where the kernel has no KUnit.
 */
#include <kunit/visibility.h>

#include "device.h"

EXPORT_SYMBOL_IF_KUNIT(mini_registry);
EXPORT_SYMBOL_IF_KUNIT(mini_default_arena);
EXPORT_SYMBOL_IF_KUNIT(mini_arena_unmake);
EXPORT_SYMBOL_IF_KUNIT(mini_arena_live);
EXPORT_SYMBOL_IF_KUNIT(mini_arena_read_stats);
EXPORT_SYMBOL_IF_KUNIT(mini_arena_reap);
EXPORT_SYMBOL_IF_KUNIT(mini_parse_debug);
EXPORT_SYMBOL_IF_KUNIT(mini_region_acquire);
EXPORT_SYMBOL_IF_KUNIT(mini_region_release);
EXPORT_SYMBOL_IF_KUNIT(mini_pages_alloc);
EXPORT_SYMBOL_IF_KUNIT(mini_pages_free);
EXPORT_SYMBOL_IF_KUNIT(mini_object_alloc);
EXPORT_SYMBOL_IF_KUNIT(mini_object_free);
EXPORT_SYMBOL_IF_KUNIT(mini_cache_read_stats);
EXPORT_SYMBOL_IF_KUNIT(mini_cache_validate);
EXPORT_SYMBOL_IF_KUNIT(mini_core_arena_block);
EXPORT_SYMBOL_IF_KUNIT(mini_core_arena_broken);
EXPORT_SYMBOL_IF_KUNIT(mini_core_cache_broken);
EXPORT_SYMBOL_IF_KUNIT(mini_core_cache_read_layout);
EXPORT_SYMBOL_IF_KUNIT(mini_core_error_text);
EXPORT_SYMBOL_IF_KUNIT(mini_device_operations);
EXPORT_SYMBOL_IF_KUNIT(mini_clients_count);
EXPORT_SYMBOL_IF_KUNIT(mini_handles_count);
