// SPDX-License-Identifier: GPL-2.0
/*
 * The arena of the host benchmarks: a region from mmap(), its lock, and for each page whose slab it is, which is how a
 * free of what is no object of a cache is seen (in the kernel page->private says it).
 */
#pragma once

#include <sys/mman.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include "arena.hpp"

namespace mini_mm::bench {

class SilentPlatform {
 public:
  bool should_fail(FaultPoint) { return false; }
  bool failure_pending(FaultPoint) const { return false; }
  void on_split(PageIndex, Order, Order) {}
  void on_merge(PageIndex, Order, Order) {}
};
static_assert(Platform<SilentPlatform>);

class BenchRegion {
 public:
  static constexpr std::uint32_t kPages = 32768; /* 128 MiB; only what is touched is taken */
  using BenchArena = Arena<SilentPlatform>;

  BenchRegion()
      : base_(map(kPages * kPageSize)),
        arena_(BenchArena::create(map(BenchArena::metadata_bytes(kPages)), base_, kPages, SilentPlatform())) {}

  BenchRegion(const BenchRegion&) = delete;
  BenchRegion& operator=(const BenchRegion&) = delete;

  BenchArena& arena() { return *arena_; }

  Result<PageIndex> take_slab(const SlabRequest& request) {
    const std::lock_guard guard(lock_);
    const Result<PageIndex> page = arena_->take_slab(request);
    if (page) mark(page.value, request.slab_pages(), static_cast<std::uint8_t>(request.cache));
    return page;
  }

  void give_back_slab(PageIndex page, std::uint32_t pages) {
    const std::lock_guard guard(lock_);
    mark(page, pages, 0);
    arena_->give_back_slab(page);
  }

  /* Whether @object lies in a slab of the cache with this id, which is not 0. */
  bool is_in_slab_of(std::uint32_t id, const void* object) const {
    const std::size_t page =
        (reinterpret_cast<std::uintptr_t>(object) - reinterpret_cast<std::uintptr_t>(base_)) >> kPageShift;
    return page < kPages && marks_[page] == id;
  }

 private:
  static std::byte* map(std::size_t bytes) {
    void* place = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED) throw std::bad_alloc();
    return static_cast<std::byte*>(place);
  }

  void mark(PageIndex page, std::uint32_t pages, std::uint8_t id) {
    for (std::uint32_t i = 0; i < pages; ++i) marks_[page.value + i] = id;
  }

  std::byte* const base_;
  BenchArena* const arena_;
  std::mutex lock_;
  std::array<std::uint8_t, kPages> marks_{};
};

}  // namespace mini_mm::bench
