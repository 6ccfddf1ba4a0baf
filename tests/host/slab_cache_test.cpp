// SPDX-License-Identifier: GPL-2.0
/* What is the slab engine's own; what all engines do is in object_engine_test.cpp. */
#include "slab_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "slab_lists.hpp"

namespace mini_mm {
namespace {

class SlabCacheTest : public testing::Test {
 protected:
  /* Two objects a slab of one page, so that a slab's states are a step apart. */
  static constexpr std::uint32_t kHalfPage = 2048;

  static void* take(Cache& cache) {
    const Result<void*> object = cache.allocate();
    EXPECT_TRUE(object);
    return object.value;
  }
  static std::vector<void*> take(Cache& cache, std::size_t count) {
    std::vector<void*> objects(count);
    std::generate(objects.begin(), objects.end(), [&] { return take(cache); });
    return objects;
  }
  static void give_back(Cache& cache, void* object) {
    EXPECT_EQ(cache.free(object), Error::none);
    EXPECT_EQ(cache.broken_invariant(), nullptr);
  }

  TestArena arena{512};
};

TEST_F(SlabCacheTest, moves_a_slab_from_partial_to_full_and_back_to_empty) {
  Cache cache = arena.cache(1, arena.layout(kHalfPage));
  void* first = take(cache);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0}));
  void* second = take(cache);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 0, 0}));
  EXPECT_EQ(cache.broken_invariant(), nullptr);
  give_back(cache, first);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0}));
  give_back(cache, second);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 0, 1}));
  EXPECT_EQ(cache.active_objects(), 0u);
}

TEST_F(SlabCacheTest, with_one_object_a_slab_knows_only_full_and_empty_slabs) {
  Cache cache = arena.cache(1, arena.layout(4096));
  ASSERT_EQ(cache.layout().objects, 1u);
  void* object = take(cache);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 0, 0}));
  give_back(cache, object);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 0, 1}));
  (void)take(cache);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 0, 0}));
  EXPECT_EQ(cache.broken_invariant(), nullptr);
}

TEST_F(SlabCacheTest, allocates_from_a_partial_slab_before_an_empty_one_before_a_new_one) {
  Cache cache = arena.cache(1, arena.layout(kHalfPage));
  const std::vector<void*> objects = take(cache, 4);
  give_back(cache, objects[0]);
  give_back(cache, objects[1]);
  give_back(cache, objects[2]);
  ASSERT_EQ(lists_of(cache), (SlabLists{0, 1, 1}));
  (void)slab_events(arena.world);

  EXPECT_EQ(arena.page_of(take(cache)), arena.page_of(objects[3])) << "the partial slab";
  const void* third = take(cache);
  EXPECT_EQ(arena.page_of(third), arena.page_of(objects[0])) << "the empty slab";
  (void)take(cache);
  EXPECT_EQ(slab_events(arena.world), Events{});
  const void* fifth = take(cache);
  EXPECT_EQ(slab_events(arena.world), Events{grow(arena.page_of(fifth).value)}) << "a new slab";
}

TEST_F(SlabCacheTest, allocates_from_the_slab_that_became_partial_last) {
  Cache cache = arena.cache(1, arena.layout(kHalfPage));
  const std::vector<void*> objects = take(cache, 6);
  for (int i : {2, 4, 0}) give_back(cache, objects[static_cast<std::size_t>(i)]);
  EXPECT_EQ(take(cache), objects[0]);
  EXPECT_EQ(take(cache), objects[4]);
  EXPECT_EQ(take(cache), objects[2]);
}

TEST_F(SlabCacheTest, allocates_the_object_that_was_freed_last) {
  Cache cache = arena.cache(1, arena.layout(64));
  const std::vector<void*> objects = take(cache, 10);
  for (int i : {3, 7, 5}) give_back(cache, objects[static_cast<std::size_t>(i)]);
  EXPECT_EQ(take(cache), objects[5]);
  EXPECT_EQ(take(cache), objects[7]);
  EXPECT_EQ(take(cache), objects[3]);
}

/* Any size from 8 to 8,192 bytes, any alignment, management data on and off the slab. */
struct Shape {
  std::uint32_t align;
  Management management;
};

constexpr Shape kShapes[] = {{0, Management::automatic},  {0, Management::on_slab},    {0, Management::off_slab},
                             {64, Management::automatic}, {1024, Management::on_slab}, {4096, Management::on_slab},
                             {4096, Management::off_slab}};

std::string name_of(const testing::TestParamInfo<Shape>& instance) {
  static constexpr const char* kNames[] = {"automatic", "on_slab", "off_slab"};
  return std::string(kNames[static_cast<int>(instance.param.management)]) + "_aligned_to_" +
         std::to_string(instance.param.align);
}

class SlabCacheOfEverySize : public SlabCacheTest, public testing::WithParamInterface<Shape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, SlabCacheOfEverySize, testing::ValuesIn(kShapes), name_of);

TEST_P(SlabCacheOfEverySize, gives_aligned_objects_that_keep_their_content_and_returns_all_pages) {
  const auto at_start = arena.free_blocks();
  for (std::uint32_t size = 8; size <= 8192; size += size < 64 ? 1 : 127) {
    Cache cache = arena.cache(7, arena.layout(size, GetParam().align, GetParam().management));
    /* Two slabs and an object more: all neighbourhoods of an object occur. */
    const std::vector<void*> objects = take(cache, 2u * cache.layout().objects + 1);
    ASSERT_EQ(lists_of(cache).full, cache.layout().objects == 1 ? 3u : 2u);
    for (std::size_t i = 0; i < objects.size(); ++i) {
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(objects[i]) % cache.layout().align, 0u);
      ASSERT_EQ(cache.owns(objects[i]), Error::none);
      fill(objects[i], size, static_cast<unsigned>(i));
    }
    ASSERT_EQ(cache.broken_invariant(), nullptr) << size << ": an object overlaps the management data";
    ASSERT_EQ(arena.damage(), "") << size << ": an object overlaps a descriptor slab's";
    for (std::size_t i = 0; i < objects.size(); ++i) {
      ASSERT_TRUE(still_filled(objects[i], size, static_cast<unsigned>(i))) << size << ": objects overlap";
      ASSERT_EQ(cache.free(objects[i]), Error::none);
    }
    ASSERT_EQ(cache.broken_invariant(), nullptr);
    cache.shrink();
    ASSERT_EQ(arena.free_blocks(), at_start) << size;
  }
}

/* A constructor has no argument but the object, so what it saw is global to these tests. */
std::vector<void*> constructed;
void construct(void* object) {
  constructed.push_back(object);
  fill(object, 100, 0x5c);
}

class SlabCacheConstructor : public SlabCacheTest {
 protected:
  SlabCacheConstructor() { constructed.clear(); }
  Cache cache = arena.cache(1, arena.layout(100), construct);
  std::uint32_t objects_a_slab = cache.layout().objects;
};

TEST_F(SlabCacheConstructor, runs_once_for_each_object_of_a_new_slab) {
  const std::vector<void*> objects = take(cache, objects_a_slab);
  EXPECT_EQ(constructed.size(), objects_a_slab);
  EXPECT_EQ(std::set<void*>(objects.begin(), objects.end()), std::set<void*>(constructed.begin(), constructed.end()));
  (void)take(cache);
  EXPECT_EQ(constructed.size(), 2 * objects_a_slab);
}

TEST_F(SlabCacheConstructor, does_not_run_again_while_the_slab_lives) {
  for (int i = 0; i < 3; ++i) {
    void* object = take(cache);
    EXPECT_TRUE(still_filled(object, 100, 0x5c)) << "objects stay constructed";
    give_back(cache, object);
  }
  EXPECT_EQ(constructed.size(), objects_a_slab);
}

TEST_F(SlabCacheConstructor, runs_again_for_the_slab_that_follows_a_shrink) {
  give_back(cache, take(cache));
  EXPECT_EQ(cache.shrink(), cache.layout().order.pages());
  (void)take(cache);
  EXPECT_EQ(constructed.size(), 2 * objects_a_slab);
}

TEST_F(SlabCacheTest, starts_successive_slabs_at_successive_colours_and_then_over_again) {
  Cache cache = arena.cache(1, arena.layout(1000));
  const SlabLayout& layout = cache.layout();
  ASSERT_GE(layout.colours, 2u);
  for (std::uint32_t slab = 0; slab < 3u * layout.colours; ++slab) {
    const std::vector<void*> objects = take(cache, layout.objects);
    const std::size_t offset = arena.arena.region().offset(objects[0]) % layout.slab_bytes();
    EXPECT_EQ(offset, slab % layout.colours * layout.colour_step);
    for (std::size_t i = 1; i < objects.size(); ++i) {
      EXPECT_EQ(static_cast<std::byte*>(objects[i]) - static_cast<std::byte*>(objects[i - 1]), layout.slot_size);
    }
  }
}

TEST_F(SlabCacheTest, of_any_colour_keeps_its_objects_off_the_management_data) {
  for (const std::uint32_t size : {24u, 100u, 200u, 300u, 500u}) {
    Cache cache = arena.cache(1, arena.layout(size, 0, Management::on_slab));
    const std::vector<void*> objects = take(cache, std::size_t{cache.layout().objects} * cache.layout().colours);
    for (void* object : objects) fill(object, size, 0xff);
    EXPECT_EQ(cache.broken_invariant(), nullptr) << size;
    for (void* object : objects) ASSERT_EQ(cache.free(object), Error::none);
    cache.shrink();
  }
}

TEST_F(SlabCacheTest, keeps_a_few_empty_slabs_when_nothing_is_in_use) {
  Cache cache = arena.cache(1, arena.layout(4096));
  const std::vector<void*> objects = take(cache, 100);
  for (void* object : objects) give_back(cache, object);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 0, Cache::kSpareSlabs}));
  EXPECT_EQ(cache.statistics().reaped, 100u - Cache::kSpareSlabs);
}

TEST_F(SlabCacheTest, keeps_as_many_empty_slabs_as_are_in_use_and_a_few_more) {
  Cache cache = arena.cache(1, arena.layout(4096));
  const std::vector<void*> objects = take(cache, 20);
  for (std::size_t i = 0; i < 12; ++i) {
    give_back(cache, objects[i]);
    EXPECT_EQ(lists_of(cache).empty, i + 1) << "12 are not too many for 8 in use";
  }
  give_back(cache, objects[12]);
  EXPECT_EQ(lists_of(cache), (SlabLists{7, 0, 11})) << "13 are too many for 7 in use";
}

TEST_F(SlabCacheTest, at_its_limit_of_empty_slabs_takes_and_gives_back_without_its_source) {
  Cache cache = arena.cache(1, arena.layout(4096));
  const std::vector<void*> objects = take(cache, 20);
  for (std::size_t i = 0; i < 12; ++i) give_back(cache, objects[i]);
  (void)slab_events(arena.world);
  for (int i = 0; i < 10; ++i) give_back(cache, take(cache));
  EXPECT_EQ(slab_events(arena.world), Events{});
}

TEST_F(SlabCacheTest, shrinks_by_its_empty_slabs_and_no_others) {
  Cache cache = arena.cache(1, arena.layout(8192));
  const std::uint32_t pages = cache.layout().order.pages();
  ASSERT_EQ(cache.layout().objects, 1u);
  const std::vector<void*> objects = take(cache, 5);
  for (std::size_t i = 0; i < 3; ++i) give_back(cache, objects[i]);
  (void)slab_events(arena.world);
  EXPECT_EQ(cache.shrink(), 3 * pages);
  EXPECT_EQ(lists_of(cache), (SlabLists{2, 0, 0}));
  EXPECT_EQ(slab_events(arena.world).size(), 3u);
  EXPECT_EQ(cache.shrink(), 0u);
  EXPECT_EQ(cache.broken_invariant(), nullptr);
}

}  // namespace
}  // namespace mini_mm
