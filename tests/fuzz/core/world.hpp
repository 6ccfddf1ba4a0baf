// SPDX-License-Identifier: GPL-2.0
/*
 * What the glue is to the core, for one arena without locks: memory, whose slab a page is, faults, and slabs that go
 * back only after a grace period. Around the region and behind its bookkeeping nothing may be touched: AddressSanitizer
 * sees it.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/border.h"

/* The tags of border.h; it knows no more of them than that. */
struct mini_arena {
  mini_arena(int engine, std::uint32_t pages, std::uint32_t min_free);
  ~mini_arena();
  mini_arena(const mini_arena&) = delete;
  mini_arena& operator=(const mini_arena&) = delete;

  std::byte* address(std::uint64_t offset) const { return base + offset; }
  std::uint64_t offset(const void* address) const {
    return static_cast<std::uint64_t>(static_cast<const std::byte*>(address) - base);
  }
  void mark(std::uint32_t page, std::uint32_t pages, bool has_slab);
  /* A grace period has passed. */
  void give_back_late_slabs();

  static constexpr std::uint32_t kMostPages = 3000;

  std::byte* const base;
  const std::uint32_t pages;
  std::unique_ptr<std::max_align_t[]> bookkeeping;
  mini_core_arena* core = nullptr;
  int faults[MINI_CORE_FAULT_POINTS] = {};
  std::vector<bool> has_slab;
  std::vector<std::uint32_t> late_slabs;
};

struct mini_cache {
  /* Slabs of engines of several sizes differ, so that only the first page is known. */
  std::uint32_t marked_pages() const { return one_size ? layout.pages_per_slab : 1; }

  mini_arena* arena = nullptr;
  mini_core_cache_request request{};
  bool late = false; /* type-safe by RCU */
  bool one_size = false;
  std::unique_ptr<std::max_align_t[]> memory;
  mini_core_cache* core = nullptr;
  mini_core_cache_layout layout{};
  std::uint64_t damages = 0; /* that were reported */
};
