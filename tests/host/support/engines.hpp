// SPDX-License-Identifier: GPL-2.0
/*
 * All object engines as types of typed tests. They come from the list that registers them, so that a new engine
 * has these tests from its first line on.
 */
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "object_engines.hpp"
#include "slab_lists.hpp"
#include "test_arena.hpp"

namespace mini_mm {

template <class List>
struct TypesOf;
template <class... Engines>
struct TypesOf<EngineList<Engines...>> {
  using Types = testing::Types<Engines...>;
};
using AllObjectEngines = TypesOf<ObjectEngines<Source>>::Types;

struct EngineName {
  template <class Engine>
  static std::string GetName(int) {
    return Engine::kName;
  }
};

template <class Engine>
constexpr bool serves_several_sizes() {
  return same_text(Engine::kName, "slob") || same_text(Engine::kName, "class");
}

/* Constructors run once for each object of a new slab, and objects go back constructed. */
template <class Engine>
constexpr bool keeps_objects_constructed() {
  return !same_text(Engine::kName, "slob");
}

/* The largest object that a cache of the engine can have. */
template <class Engine>
constexpr std::uint32_t largest_object() {
  return same_text(Engine::kName, "slob") ? kPageSize : SlabLayout::kMaxObjectSize;
}

template <class E>
class EngineTest : public testing::Test {
 protected:
  using Engine = E;

  Engine make(const CacheRequest& request) { return arena.template cache<Engine>(request); }
  static std::byte* take(Engine& cache, std::uint32_t size = 0) {
    const Result<void*> object = cache.allocate(size);
    EXPECT_TRUE(object) << static_cast<int>(object.error);
    return static_cast<std::byte*>(object.value);
  }
  static std::vector<std::byte*> take_many(Engine& cache, std::size_t count) {
    std::vector<std::byte*> objects;
    for (std::size_t i = 0; i < count; ++i) objects.push_back(take(cache));
    return objects;
  }
  static void give_back(Engine& cache, std::byte* object) {
    EXPECT_EQ(cache.free(object), Error::none);
    EXPECT_STREQ(cache.broken_invariant(), nullptr);
  }
  /* Takes back @objects and the pages: the arena is as it was at the start. */
  void empty(Engine& cache, const std::vector<std::byte*>& objects) {
    for (std::byte* object : objects) ASSERT_EQ(cache.free(object), Error::none);
    EXPECT_STREQ(cache.broken_invariant(), nullptr);
    cache.shrink();
    EXPECT_EQ(cache.active_objects(), 0u);
    EXPECT_EQ(arena.free_blocks(), at_start);
    EXPECT_EQ(arena.damage(), "");
  }

  TestArena arena{512};
  std::vector<std::uint32_t> at_start = arena.free_blocks();
};

}  // namespace mini_mm
