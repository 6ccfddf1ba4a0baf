// SPDX-License-Identifier: GPL-2.0
/*
 * What the KUnit suites see beyond the kernel API. Nothing of it is exported where the kernel has no KUnit.
 */
#include <kunit/visibility.h>

#include "device.h"
#include "examine.h"
#include "lookup.h"
#include "owner.h"

#define VISIBLE_TO_KUNIT EXPORT_SYMBOL_IF_KUNIT

VISIBLE_TO_KUNIT(mini_registry);
VISIBLE_TO_KUNIT(mini_default_arena);
VISIBLE_TO_KUNIT(mini_arena_by_id);
VISIBLE_TO_KUNIT(mini_arena_unmake);
VISIBLE_TO_KUNIT(mini_arena_live);
VISIBLE_TO_KUNIT(mini_arena_read_stats);
VISIBLE_TO_KUNIT(mini_arena_reap);
VISIBLE_TO_KUNIT(mini_parse_debug);
VISIBLE_TO_KUNIT(mini_region_acquire);
VISIBLE_TO_KUNIT(mini_region_release);
VISIBLE_TO_KUNIT(mini_arena_relieve);
VISIBLE_TO_KUNIT(mini_fail_nth);
VISIBLE_TO_KUNIT(mini_arena_drain);
VISIBLE_TO_KUNIT(mini_cache_drain);
VISIBLE_TO_KUNIT(mini_span_search);
VISIBLE_TO_KUNIT(mini_lookup);
VISIBLE_TO_KUNIT(mini_cache_tune);
VISIBLE_TO_KUNIT(mini_arena_tune);
VISIBLE_TO_KUNIT(mini_arena_read_all_stats);
VISIBLE_TO_KUNIT(mini_cache_read_all_stats);
VISIBLE_TO_KUNIT(mini_magazine_size);
VISIBLE_TO_KUNIT(mini_run_alloc);
VISIBLE_TO_KUNIT(mini_range_alloc);
VISIBLE_TO_KUNIT(mini_run_free);
VISIBLE_TO_KUNIT(mini_pages_alloc);
VISIBLE_TO_KUNIT(mini_arena_compact);
VISIBLE_TO_KUNIT(mini_handle_get);
VISIBLE_TO_KUNIT(mini_handle_put);
VISIBLE_TO_KUNIT(mini_pages_free);
VISIBLE_TO_KUNIT(mini_object_alloc_size);
VISIBLE_TO_KUNIT(mini_object_free);
VISIBLE_TO_KUNIT(mini_cache_read_stats);
VISIBLE_TO_KUNIT(mini_general_cache);
VISIBLE_TO_KUNIT(mini_cache_validate);
VISIBLE_TO_KUNIT(mini_core_page_engine);
VISIBLE_TO_KUNIT(mini_core_placement);
VISIBLE_TO_KUNIT(mini_core_find_page_engine);
VISIBLE_TO_KUNIT(mini_core_arena_page_engine);
VISIBLE_TO_KUNIT(mini_core_arena_placement);
VISIBLE_TO_KUNIT(mini_core_pageblock_type);
VISIBLE_TO_KUNIT(mini_core_arena_block);
VISIBLE_TO_KUNIT(mini_core_arena_broken);
VISIBLE_TO_KUNIT(mini_core_cache_broken);
VISIBLE_TO_KUNIT(mini_core_cache_read_layout);
VISIBLE_TO_KUNIT(mini_core_cache_engine);
VISIBLE_TO_KUNIT(mini_core_error_text);
VISIBLE_TO_KUNIT(mini_core_object_engine_name);
VISIBLE_TO_KUNIT(mini_core_object_size);
VISIBLE_TO_KUNIT(mini_core_object_track);
VISIBLE_TO_KUNIT(mini_owners_at);
VISIBLE_TO_KUNIT(mini_device_operations);
VISIBLE_TO_KUNIT(mini_clients_count);
VISIBLE_TO_KUNIT(mini_handles_count);
VISIBLE_TO_KUNIT(mini_nr_arenas);
VISIBLE_TO_KUNIT(mini_nr_caches);
VISIBLE_TO_KUNIT(mini_max_region_mb);
VISIBLE_TO_KUNIT(mini_refuse);
VISIBLE_TO_KUNIT(mini_refuse_core);
VISIBLE_TO_KUNIT(mini_check_name);
VISIBLE_TO_KUNIT(mini_client_limits);
VISIBLE_TO_KUNIT(mini_arena_examine);
VISIBLE_TO_KUNIT(mini_core_page_map);
VISIBLE_TO_KUNIT(mini_core_block_of);
