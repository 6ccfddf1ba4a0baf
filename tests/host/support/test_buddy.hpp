// SPDX-License-Identifier: GPL-2.0
/*
 * A page engine with its page map and its world, and nothing else: the engine never looks at the
 * region's memory, so these tests have none.
 */
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "fake_platform.hpp"
#include "map_damage.hpp"
#include "memory.hpp"
#include "page_engines.hpp"

namespace mini_mm {

template <class Engine>
class TestPages {
 public:
  explicit TestPages(std::uint32_t pages, std::uint32_t min_free = 0)
      : entries(pages),
        map(entries.data(), pages),
        memory_(Engine::bytes(pages) + 8, 8, 0),
        platform(world),
        engine(map, platform, memory_.get(), min_free) {}

  TestPages(const TestPages&) = delete;
  TestPages& operator=(const TestPages&) = delete;

  Result<PageIndex> allocate(unsigned order) { return engine.allocate(Order(order)); }
  Error free(std::uint32_t page, unsigned order) { return engine.free(PageIndex(page), Order(order)); }

  /* The page, or all ones when there is none. */
  std::uint32_t page_of(unsigned order) {
    const Result<PageIndex> page = allocate(order);
    return page ? page.value.value : ~std::uint32_t{0};
  }

  /* How many blocks of each order are free. */
  std::vector<std::uint32_t> free_blocks() const {
    std::vector<std::uint32_t> counts;
    for (Order order; order <= engine.max_order(); order = order.up()) counts.push_back(engine.free_blocks(order));
    return counts;
  }

  std::string damage() const {
    const char* broken = engine.broken_invariant();
    return broken ? broken : map_damage(map, engine.max_order());
  }

  /* The whole map, to compare or to bring back. */
  std::vector<PageEntry> snapshot() const { return entries; }
  bool map_equals(const std::vector<PageEntry>& other) const { return changed_entries(other) == 0; }
  std::size_t changed_entries(const std::vector<PageEntry>& before) const {
    std::size_t changed = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      changed += std::memcmp(&entries[i], &before[i], sizeof(PageEntry)) != 0;
    }
    return changed;
  }

  std::vector<PageEntry> entries;
  PageMap map;

 private:
  Memory memory_;

 public:
  World world;
  FakePlatform platform;
  Engine engine;
};

using TestBuddy = TestPages<EagerBuddy<Lifo, FakePlatform>>;

}  // namespace mini_mm
