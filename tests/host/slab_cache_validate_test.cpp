// SPDX-License-Identifier: GPL-2.0
/*
 * What a cache with red zones and poison sees of stray writes, when an object changes hands and when the cache is
 * validated, and that a slab which was put aside harms nothing.
 */
#include <gtest/gtest.h>

#include <vector>

#include "slab_cache.hpp"
#include "slab_lists.hpp"

namespace mini_mm {
namespace {

constexpr ObjectChecks kBoth{.red_zones = true, .poison = true};
constexpr std::uint32_t kSize = 64;

class SlabCacheWithChecks : public testing::Test {
 protected:
  std::byte* allocate() { return static_cast<std::byte*>(cache.allocate().value); }

  /* Takes the reports so far: exactly one, and it says this. */
  void reported(DamageKind kind, std::int32_t offset, std::uint8_t found) {
    ASSERT_EQ(arena.world.damages.size(), 1u);
    const Damage seen = arena.world.damages[0];
    EXPECT_EQ(seen.kind, kind);
    EXPECT_EQ(seen.offset, offset);
    EXPECT_EQ(seen.found, found);
    arena.world.damages.clear();
  }
  void is_whole() {
    EXPECT_EQ(arena.world.damages.size(), 0u);
    EXPECT_EQ(cache.validate(), 0u);
    EXPECT_EQ(cache.broken_invariant(), nullptr);
    EXPECT_EQ(arena.damage(), "");
  }
  SlabDescriptor& descriptor(const void* object) {
    return *SlabDescriptor::of(arena.arena.region(), arena.page_of(object));
  }

  TestArena arena{64};
  Cache cache = arena.cache(1, arena.layout(kSize, 0, Management::automatic, kBoth));
};

TEST_F(SlabCacheWithChecks, finds_a_write_to_a_freed_object_when_it_is_allocated_again) {
  std::byte* object = allocate();
  EXPECT_EQ(cache.free(object), Error::none);
  object[50] = std::byte{1};
  EXPECT_EQ(allocate(), object);
  reported(DamageKind::poison, 50, 1);
  is_whole();
}

TEST_F(SlabCacheWithChecks, finds_a_write_to_a_freed_object_when_it_is_validated) {
  std::byte* object = allocate();
  std::byte* other = allocate();
  EXPECT_EQ(cache.free(object), Error::none);
  object[0] = std::byte{1};
  other[0] = std::byte{1};
  EXPECT_EQ(cache.validate(), 1u);
  reported(DamageKind::poison, 0, 1);
  is_whole();
}

TEST_F(SlabCacheWithChecks, names_the_object_in_its_slab) {
  std::byte* first = allocate();
  std::byte* second = allocate();
  second[kSize] = std::byte{1};
  EXPECT_EQ(cache.validate(), 1u);
  EXPECT_EQ(arena.world.damages[0].slab, arena.page_of(first));
  EXPECT_EQ(arena.world.damages[0].object, 1);
}

TEST_F(SlabCacheWithChecks, validates_full_partial_and_empty_slabs) {
  const std::uint16_t in_a_slab = cache.layout().objects;
  std::vector<std::byte*> objects;
  for (int i = 0; i < 3 * in_a_slab; ++i) objects.push_back(allocate());
  EXPECT_EQ(cache.free(objects[static_cast<std::size_t>(in_a_slab)]), Error::none);
  for (int i = 2 * in_a_slab; i < 3 * in_a_slab; ++i) {
    EXPECT_EQ(cache.free(objects[static_cast<std::size_t>(i)]), Error::none);
  }
  ASSERT_EQ(lists_of(cache), (SlabLists{1, 1, 1}));
  objects[0][kSize] = std::byte{1};
  objects[static_cast<std::size_t>(in_a_slab) + 1][kSize] = std::byte{1};
  objects.back()[0] = std::byte{1};
  EXPECT_EQ(cache.validate(), 3u);
  arena.world.damages.clear();
  is_whole();
}

TEST_F(SlabCacheWithChecks, puts_slabs_with_a_damaged_free_list_aside_when_validated) {
  std::byte* object = allocate();
  SlabDescriptor& damaged = descriptor(object);
  damaged.next()[damaged.first_free] = damaged.first_free;
  EXPECT_EQ(cache.validate(), 1u);
  EXPECT_EQ(arena.world.damages[0].kind, DamageKind::bookkeeping);
  EXPECT_EQ(arena.world.damages[0].slab, arena.page_of(object));
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 0, 0, 1}));
  EXPECT_EQ(cache.validate(), 0u) << "once is enough";
}

TEST_F(SlabCacheWithChecks, refuses_what_lies_in_a_slab_that_was_put_aside_and_keeps_its_lists) {
  std::byte* object = allocate();
  SlabDescriptor& damaged = descriptor(object);
  /* Every count agrees with a full slab; only the list that it is on does not. */
  damaged.in_use = damaged.objects;
  damaged.first_free = SlabDescriptor::kEnd;
  std::byte* other = allocate();
  ASSERT_NE(arena.page_of(other), arena.page_of(object));
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0, 1}));
  EXPECT_EQ(cache.free(object), Error::corrupt);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0, 1}));
  EXPECT_EQ(cache.free(other), Error::none);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(SlabCacheWithChecks, writes_nothing_where_a_damaged_reference_leads) {
  std::byte* object = allocate();
  std::byte* elsewhere = arena.arena.region().address(arena.arena.pages().allocate(Order(0)).value);
  std::fill_n(elsewhere, kPageSize, std::byte{0x42});
  arena.map()[arena.page_of(object)].set_payload(
      static_cast<std::uint32_t>(arena.arena.region().offset(elsewhere) / SlabDescriptor::kAlign));
  (void)allocate();
  EXPECT_EQ(lists_of(cache).damaged, 1u);
  for (std::size_t i = 0; i < kPageSize; ++i) ASSERT_EQ(elsewhere[i], std::byte{0x42}) << i;
}

void construct(void* object) { *static_cast<std::uint64_t*>(object) = 0x1234; }

TEST_F(SlabCacheWithChecks, keeps_constructed_objects_constructed_within_red_zones) {
  Cache constructed = arena.cache(2, arena.layout(kSize, 0, Management::automatic, {.red_zones = true}), construct);
  auto* object = static_cast<std::uint64_t*>(constructed.allocate().value);
  EXPECT_EQ(*object, 0x1234u);
  EXPECT_EQ(constructed.free(object), Error::none);
  EXPECT_EQ(*object, 0x1234u);
  EXPECT_EQ(constructed.validate(), 0u);
}

class SlabCacheOfAnySize : public testing::TestWithParam<std::tuple<std::uint32_t, std::uint32_t, Management>> {};

TEST_P(SlabCacheOfAnySize, has_room_for_the_zones_of_all_its_objects) {
  const auto [size, align, management] = GetParam();
  TestArena arena(256);
  Cache cache = arena.cache(1, arena.layout(size, align, management, kBoth));
  std::vector<std::byte*> objects;
  for (int i = 0; i < 2 * cache.layout().objects + 1; ++i) {
    objects.push_back(static_cast<std::byte*>(cache.allocate().value));
    ASSERT_NE(objects.back(), nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(objects.back()) % cache.layout().align, 0u);
    std::fill_n(objects.back(), size, std::byte{0xff});
  }
  EXPECT_EQ(cache.validate(), 0u);
  for (std::byte* object : objects) EXPECT_EQ(cache.free(object), Error::none);
  EXPECT_EQ(cache.validate(), 0u);
  EXPECT_EQ(arena.damage(), "");
}

INSTANTIATE_TEST_SUITE_P(Sizes, SlabCacheOfAnySize,
                         testing::Combine(testing::Values(8u, 50u, 512u, 1700u, 4096u, 8192u),
                                          testing::Values(8u, 256u, 4096u),
                                          testing::Values(Management::on_slab, Management::off_slab)));

}  // namespace
}  // namespace mini_mm
