// SPDX-License-Identifier: GPL-2.0
#include "descriptor_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "test_arena.hpp"

namespace mini_mm {
namespace {

class DescriptorStoreTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kMostObjects = kPageSize / SlabLayout::kMinObjectSize;

  SlabDescriptor* take(std::uint32_t objects) {
    const Result<SlabHeader*> place = store.allocate(SlabDescriptor::bytes(objects));
    EXPECT_TRUE(place);
    return static_cast<SlabDescriptor*>(place.value);
  }
  void is_whole() {
    EXPECT_EQ(store.broken_invariant(), nullptr);
    EXPECT_EQ(arena.damage(), "");
  }

  TestArena arena{256};
  std::vector<std::uint32_t> at_start = arena.free_blocks();
  DescriptorStore<Source> store{arena.arena.region(), Source(arena.arena, arena.world),
                                arena.arena.pages().max_order()};
};

TEST_F(DescriptorStoreTest, has_a_place_for_every_number_of_objects_up_to_a_page_of_the_smallest) {
  std::vector<SlabDescriptor*> places;
  for (std::uint32_t objects = 1; objects <= kMostObjects; ++objects) {
    SlabDescriptor* place = take(objects);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(place) % SlabDescriptor::kAlign, 0u);
    fill(place, SlabDescriptor::bytes(objects), objects);
    places.push_back(place);
  }
  is_whole();
  for (std::uint32_t objects = 1; objects <= kMostObjects; ++objects) {
    SlabDescriptor* place = places[objects - 1];
    ASSERT_TRUE(still_filled(place, SlabDescriptor::bytes(objects), objects)) << "places overlap";
    ASSERT_EQ(store.free(place), Error::none);
  }
  is_whole();
  EXPECT_EQ(arena.free_blocks(), at_start);
}

TEST_F(DescriptorStoreTest, has_no_place_for_more_objects_than_that) {
  EXPECT_EQ(store.allocate(SlabDescriptor::bytes(kMostObjects + 1)).error, Error::bad_size);
  EXPECT_EQ(store.allocate(SlabDescriptor::bytes(0xffff)).error, Error::bad_size);
  EXPECT_EQ(arena.free_blocks(), at_start);
}

TEST_F(DescriptorStoreTest, gives_its_pages_back_with_the_last_descriptor_on_them) {
  SlabDescriptor* one = take(10);
  SlabDescriptor* two = take(10);
  EXPECT_EQ(store.free(one), Error::none);
  EXPECT_NE(arena.free_blocks(), at_start);
  EXPECT_EQ(store.free(two), Error::none);
  EXPECT_EQ(arena.free_blocks(), at_start);
  is_whole();
}

TEST_F(DescriptorStoreTest, takes_back_descriptors_of_all_sizes_in_any_order) {
  std::vector<std::uint32_t> sizes = {1, 24, 25, 56, 57, 120, 121, 248, 249, 512};
  do {
    std::vector<SlabDescriptor*> places;
    for (std::uint32_t objects : sizes) places.push_back(take(objects));
    std::sort(places.begin(), places.end());
    for (SlabDescriptor* place : places) ASSERT_EQ(store.free(place), Error::none);
    ASSERT_EQ(arena.free_blocks(), at_start);
    std::rotate(sizes.begin(), sizes.begin() + 1, sizes.end());
  } while (sizes.front() != 1);
  is_whole();
}

TEST_F(DescriptorStoreTest, refuses_what_it_did_not_give) {
  SlabDescriptor* place = take(10);
  int elsewhere = 0;
  EXPECT_NE(store.free(reinterpret_cast<SlabDescriptor*>(&elsewhere)), Error::none);
  EXPECT_NE(store.free(nullptr), Error::none);
  EXPECT_NE(store.free(place + 1), Error::none);
  EXPECT_EQ(store.free(place), Error::none);
  EXPECT_NE(store.free(place), Error::none);
  is_whole();
}

TEST_F(DescriptorStoreTest, fails_cleanly_when_the_arena_is_full) {
  while (arena.arena.pages().allocate(Order(0))) continue;
  EXPECT_EQ(store.allocate(SlabDescriptor::bytes(10)).error, Error::no_free_block);
  is_whole();
}

TEST(DescriptorStore, works_in_an_arena_of_a_single_page) {
  TestArena arena(1);
  DescriptorStore<Source> store(arena.arena.region(), Source(arena.arena, arena.world), Order(0));
  for (const std::uint32_t objects : {1u, 512u}) {
    const Result<SlabHeader*> place = store.allocate(SlabDescriptor::bytes(objects));
    ASSERT_TRUE(place);
    EXPECT_EQ(store.free(place.value), Error::none);
    EXPECT_EQ(arena.arena.pages().free_pages(), 1u);
  }
}

}  // namespace
}  // namespace mini_mm
