// SPDX-License-Identifier: GPL-2.0
/*
 * An arena on ordinary memory with its world, and caches on it. The memory starts full of rubbish: the
 * core may count on zeros in the metadata only.
 */
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "arena.hpp"
#include "fake_platform.hpp"
#include "map_damage.hpp"
#include "memory.hpp"

namespace mini_mm {

using ArenaOfTests = Arena<FakePlatform>;
using Source = FakeSource<ArenaOfTests>;
using Cache = SlabCache<Source>;

static_assert(SlabSource<Source>);

class TestArena {
 public:
  explicit TestArena(std::uint32_t pages)
      : pages_(pages),
        memory_(pages * kPageSize, max_order_of(pages).bytes(), 0xa5),
        metadata_(ArenaOfTests::metadata_bytes(pages), alignof(std::max_align_t), 0),
        arena(*ArenaOfTests::create(metadata_.get(), memory_.get(), pages, FakePlatform(world))) {}

  TestArena(const TestArena&) = delete;
  TestArena& operator=(const TestArena&) = delete;

  Cache cache(std::uint32_t id, const SlabLayout& layout, Constructor constructor = nullptr) {
    return Cache(arena.region(), Source(arena, world), id, layout, constructor);
  }

  template <ObjectEngine Engine>
  Engine cache(const CacheRequest& request) {
    const Result<SlabLayout> made = Engine::layout_for(request, arena.pages().max_order());
    if (!made) throw std::invalid_argument("no such cache");
    return Engine(arena.region(), Source(arena, world), request, made.value);
  }

  SlabLayout layout(std::uint32_t size, std::uint32_t align = 0, Management management = Management::automatic,
                    ObjectChecks checks = {}) {
    return SlabLayout::make(size, align, management, arena.pages().max_order(), checks).value;
  }

  std::byte* base() const { return memory_.get(); }
  std::uint32_t pages() const { return pages_; }
  PageMap& map() { return arena.region().map(); }
  PageIndex page_of(const void* address) const { return arena.region().page_of(address); }

  /* How many blocks of each order are free. */
  std::vector<std::uint32_t> free_blocks() const {
    std::vector<std::uint32_t> counts;
    const auto& engine = arena.pages();
    for (Order order; order <= engine.max_order(); order = order.up()) counts.push_back(engine.free_blocks(order));
    return counts;
  }

  std::string damage() const {
    const char* broken = arena.broken_invariant();
    return broken ? broken : map_damage(arena.region().map(), arena.pages().max_order());
  }

 private:
  std::uint32_t pages_;
  Memory memory_;
  Memory metadata_;

 public:
  World world;
  ArenaOfTests& arena;
};

}  // namespace mini_mm
