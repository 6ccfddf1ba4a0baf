// SPDX-License-Identifier: GPL-2.0
/*
 * Every registered page engine as a list of types for typed tests: a new one gets them by being registered.
 * One of them comes a second time, chosen at run time.
 */
#pragma once

#include <gtest/gtest.h>

#include <concepts>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "fake_platform.hpp"
#include "map_damage.hpp"
#include "page_engines.hpp"
#include "test_buddy.hpp"

namespace mini_mm {

using Eager = EagerBuddy<Lifo, FakePlatform>;
using EagerLowest = EagerBuddy<Lowest, FakePlatform>;
using Lazy = LazyBuddy<Lifo, FakePlatform>;
using LazyLowest = LazyBuddy<Lowest, FakePlatform>;
using Naive = NaivePages<FakePlatform>;

/* AnyPageEngine, made like the others: it is @kWhich of them. */
template <unsigned kWhich>
class Chosen : public AnyPageEngine<FakePlatform> {
 public:
  static constexpr std::size_t bytes(std::uint32_t pages) { return AnyPageEngine::bytes(kWhich, pages); }
  Chosen(PageMap& map, FakePlatform& world, std::byte* memory, std::uint32_t min_free = 0)
      : AnyPageEngine(map, world, memory, min_free, kWhich) {}
};
using ChosenLazyLowest = Chosen<PageEngines<FakePlatform>::index_of_type<LazyLowest>()>;

template <class Engine>
inline constexpr bool kHasTypes = !std::same_as<Engine, Naive>;
template <class Engine>
inline constexpr bool kIsBuddy = !std::same_as<Engine, Naive>;

template <class List>
struct TypesOf;
template <class... Engines>
struct TypesOf<EngineList<Engines...>> {
  using With = testing::Types<Engines..., ChosenLazyLowest>;
};
using AllPageEngines = TypesOf<PageEngines<FakePlatform>>::With;

/* For the names of typed tests: "lazy_lowest". */
struct EngineNames {
  template <class Engine>
  static std::string GetName(int) {
    std::string name = std::string(Engine::kName) + "_" + Engine::kPlacement;
    for (char& letter : name) letter = letter == '-' ? '_' : letter;
    return name;
  }
};

template <class Engine>
void settle_all(Engine& engine) {
  while (engine.settle(64)) {
  }
}

/* Free blocks by order, of all migrate types. */
template <class Engine>
std::vector<std::uint32_t> free_blocks_of(const Engine& engine) {
  FreeCounts counts;
  engine.count_free(counts);
  std::vector<std::uint32_t> blocks;
  for (Order order; order <= engine.max_order(); order = order.up()) blocks.push_back(counts.of(order));
  return blocks;
}

/* What they are when everything that can be merged is, told from the page map alone. */
inline std::vector<std::uint32_t> merged_blocks_of(const PageMap& map, Order max_order) {
  std::vector<char> used(map.pages());
  for (PageIndex page; page.value < map.pages(); page = page + map[page].order().pages()) {
    if (!is_free(map[page].kind())) std::fill_n(used.begin() + page.value, map[page].order().pages(), 1);
  }
  std::vector<std::uint32_t> blocks(max_order.value + 1u);
  const ExpectedFreeBlocks expected(used, max_order);
  for (const auto& [page, order] : expected.blocks()) ++blocks[order];
  return blocks;
}

/* An engine without types and one with see the sum in the same way. */
template <class Engine>
std::uint32_t counted_free_pages(const Engine& engine) {
  std::uint32_t pages = 0;
  FreeCounts counts;
  engine.count_free(counts);
  for (Order order; order.value <= kMaxOrder; order = order.up()) pages += counts.of(order) * order.pages();
  return pages;
}

/* What can be told of an engine at any time: compared before and after what must change nothing. */
template <class Engine>
struct StateOf {
  explicit StateOf(const TestPages<Engine>& pages)
      : entries(pages.snapshot()),
        blocks(free_blocks_of(pages.engine)),
        free_pages(pages.engine.free_pages()),
        delayed(pages.engine.delayed_pages()) {}

  bool operator==(const StateOf& other) const {
    return entries.size() == other.entries.size() &&
           std::memcmp(entries.data(), other.entries.data(), entries.size() * sizeof(PageEntry)) == 0 &&
           blocks == other.blocks && free_pages == other.free_pages && delayed == other.delayed;
  }

  std::vector<PageEntry> entries;
  std::vector<std::uint32_t> blocks;
  std::uint32_t free_pages, delayed;
};

}  // namespace mini_mm
