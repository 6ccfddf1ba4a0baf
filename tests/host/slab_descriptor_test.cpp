// SPDX-License-Identifier: GPL-2.0
#include "slab_descriptor.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "memory.hpp"

namespace mini_mm {
namespace {

class SlabDescriptorTest : public testing::Test {
 protected:
  static constexpr std::uint16_t kObjects = 5;

  SlabDescriptorTest() { descriptor.start(42, PageIndex(2), kObjects); }

  Memory region_memory{4 * kPageSize, kPageSize, 0xa5};
  std::vector<PageEntry> entries = std::vector<PageEntry>(4);
  PageMap map{entries.data(), 4};
  Region region{region_memory.get(), map};

  Memory memory{SlabDescriptor::bytes(kObjects), SlabDescriptor::kAlign, 0xa5};
  SlabDescriptor& descriptor = *reinterpret_cast<SlabDescriptor*>(memory.get());
};

TEST_F(SlabDescriptorTest, takes_sixteen_bytes_and_two_for_each_object) {
  EXPECT_EQ(SlabDescriptor::bytes(1), 32u);
  EXPECT_EQ(SlabDescriptor::bytes(8), 32u);
  EXPECT_EQ(SlabDescriptor::bytes(9), 48u);
  EXPECT_EQ(SlabDescriptor::bytes(512), 16u + 1024u);
}

TEST_F(SlabDescriptorTest, starts_with_all_objects_free) {
  EXPECT_EQ(descriptor.cache, 42u);
  EXPECT_EQ(descriptor.page, 2u);
  EXPECT_EQ(descriptor.objects, kObjects);
  EXPECT_EQ(descriptor.in_use, 0u);
  EXPECT_EQ(descriptor.colour, 0u);
  EXPECT_TRUE(descriptor.consistent());
}

TEST_F(SlabDescriptorTest, serves_its_objects_from_the_first_to_the_last) {
  for (std::uint16_t i = 0; i < kObjects; ++i) {
    EXPECT_EQ(descriptor.pop(), i);
    EXPECT_EQ(descriptor.in_use, i + 1);
    EXPECT_EQ(descriptor.next()[i], SlabDescriptor::kInUse);
    EXPECT_TRUE(descriptor.plausible());
    EXPECT_TRUE(descriptor.consistent());
  }
  EXPECT_EQ(descriptor.first_free, SlabDescriptor::kEnd);
}

TEST_F(SlabDescriptorTest, serves_the_most_recently_freed_object_first) {
  for (std::uint16_t i = 0; i < kObjects; ++i) (void)descriptor.pop();
  for (const auto i : {std::uint16_t{3}, std::uint16_t{0}, std::uint16_t{4}}) {
    descriptor.push(i);
    EXPECT_TRUE(descriptor.consistent());
  }
  EXPECT_EQ(descriptor.in_use, 2u);
  EXPECT_EQ(descriptor.pop(), 4u);
  EXPECT_EQ(descriptor.pop(), 0u);
  EXPECT_EQ(descriptor.pop(), 3u);
}

TEST_F(SlabDescriptorTest, of_a_single_object_works) {
  descriptor.start(1, PageIndex(0), 1);
  EXPECT_EQ(descriptor.pop(), 0u);
  EXPECT_EQ(descriptor.first_free, SlabDescriptor::kEnd);
  EXPECT_TRUE(descriptor.plausible());
  descriptor.push(0);
  EXPECT_TRUE(descriptor.plausible());
  EXPECT_TRUE(descriptor.consistent());
}

TEST_F(SlabDescriptorTest, is_found_again_through_its_reference) {
  for (const std::size_t offset : {std::size_t{0}, std::size_t{16}, 4 * kPageSize - 32}) {
    auto* placed = reinterpret_cast<SlabDescriptor*>(region_memory.get() + offset);
    map[PageIndex(1)].set_payload(SlabDescriptor::reference(region, placed));
    EXPECT_EQ(SlabDescriptor::of(region, PageIndex(1)), placed);
  }
}

TEST_F(SlabDescriptorTest, is_null_when_its_reference_leaves_the_region) {
  for (const std::uint32_t payload :
       {static_cast<std::uint32_t>(4 * kPageSize / SlabDescriptor::kAlign), 0xffffffffu}) {
    map[PageIndex(1)].set_payload(payload);
    EXPECT_EQ(SlabDescriptor::of(region, PageIndex(1)), nullptr);
  }
}

/* Objects 0 and 1 are out; 2, 3 and 4 are free, in this order. */
class DamagedSlabDescriptor : public SlabDescriptorTest {
 protected:
  DamagedSlabDescriptor() {
    (void)descriptor.pop();
    (void)descriptor.pop();
  }
};

TEST_F(DamagedSlabDescriptor, is_seen_when_the_free_list_leaves_the_slab) {
  descriptor.next()[2] = kObjects;
  EXPECT_FALSE(descriptor.consistent());
}

TEST_F(DamagedSlabDescriptor, is_seen_when_the_free_list_starts_outside_of_the_slab) {
  descriptor.first_free = kObjects;
  EXPECT_FALSE(descriptor.consistent());
}

TEST_F(DamagedSlabDescriptor, is_seen_when_the_free_list_is_a_circle) {
  descriptor.next()[4] = 2;
  EXPECT_FALSE(descriptor.consistent());
}

TEST_F(DamagedSlabDescriptor, is_seen_when_the_free_list_is_cut) {
  descriptor.next()[3] = SlabDescriptor::kEnd;
  EXPECT_FALSE(descriptor.consistent());
}

TEST_F(DamagedSlabDescriptor, is_seen_when_the_free_list_holds_an_object_that_is_out) {
  descriptor.next()[4] = 0;
  EXPECT_FALSE(descriptor.consistent());
}

TEST_F(DamagedSlabDescriptor, is_seen_when_the_count_is_wrong) {
  descriptor.in_use = 3;
  EXPECT_FALSE(descriptor.consistent());
}

TEST_F(DamagedSlabDescriptor, is_not_plausible_when_the_next_object_is_out) {
  EXPECT_TRUE(descriptor.plausible());
  descriptor.first_free = 1;
  EXPECT_FALSE(descriptor.plausible());
}

TEST_F(DamagedSlabDescriptor, is_not_plausible_when_the_next_object_is_outside_of_the_slab) {
  for (const std::uint16_t index : {kObjects, SlabDescriptor::kInUse}) {
    descriptor.first_free = index;
    EXPECT_FALSE(descriptor.plausible());
  }
}

TEST_F(DamagedSlabDescriptor, is_not_plausible_when_it_is_full_and_has_a_free_object) {
  descriptor.in_use = kObjects;
  EXPECT_FALSE(descriptor.plausible());
}

TEST_F(DamagedSlabDescriptor, is_not_plausible_when_it_has_room_and_no_free_object) {
  descriptor.first_free = SlabDescriptor::kEnd;
  EXPECT_FALSE(descriptor.plausible());
}

TEST_F(DamagedSlabDescriptor, is_not_plausible_when_more_objects_are_out_than_there_are) {
  descriptor.in_use = kObjects + 1;
  EXPECT_FALSE(descriptor.plausible());
}

}  // namespace
}  // namespace mini_mm
