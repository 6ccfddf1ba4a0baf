// SPDX-License-Identifier: GPL-2.0
/* Red zones, poison and tracks on every object engine. */
#include <gtest/gtest.h>

#include <algorithm>

#include "engines.hpp"

namespace mini_mm {
namespace {

constexpr ObjectChecks kBoth{.red_zones = true, .poison = true};
constexpr ObjectChecks kAll{.red_zones = true, .poison = true, .track = true, .consistency = true};
constexpr std::uint32_t kSize = 64;

template <class Engine>
class ObjectEngineWithChecks : public EngineTest<Engine> {
 protected:
  std::byte* allocate() { return this->take(cache_); }

  /* Takes the reports so far: exactly one, and it says this. */
  void reported(DamageKind kind, std::int32_t offset, std::uint8_t found) {
    ASSERT_EQ(this->arena.world.damages.size(), 1u);
    const Damage seen = this->arena.world.damages[0];
    EXPECT_EQ(seen.kind, kind);
    EXPECT_EQ(seen.offset, offset);
    EXPECT_EQ(seen.found, found);
    this->arena.world.damages.clear();
  }
  void is_whole() {
    EXPECT_EQ(this->arena.world.damages.size(), 0u);
    EXPECT_EQ(cache_.validate(), 0u);
    EXPECT_STREQ(cache_.broken_invariant(), nullptr);
    EXPECT_EQ(this->arena.damage(), "");
  }

  Engine cache_ = this->make({.id = 1, .size = kSize, .checks = kBoth});
};
TYPED_TEST_SUITE(ObjectEngineWithChecks, AllObjectEngines, EngineName);

TYPED_TEST(ObjectEngineWithChecks, has_nothing_to_report_of_what_is_used_as_it_should_be) {
  std::vector<std::byte*> objects;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 200; ++i) {
      objects.push_back(this->allocate());
      std::fill_n(objects.back(), kSize, std::byte{0xff});
    }
    this->is_whole();
    for (std::size_t i = 0; i < objects.size(); i += 2) ASSERT_EQ(this->cache_.free(objects[i]), Error::none);
    for (std::size_t i = objects.size() & ~std::size_t{1}; i > 0; i -= 2) {
      objects.erase(objects.begin() + static_cast<std::ptrdiff_t>(i - 2));
    }
    this->is_whole();
  }
  this->empty(this->cache_, objects);
  EXPECT_EQ(this->arena.world.damages.size(), 0u);
}

TYPED_TEST(ObjectEngineWithChecks, finds_a_write_past_an_object_when_it_is_freed) {
  std::byte* object = this->allocate();
  object[kSize] = std::byte{1};
  EXPECT_EQ(this->cache_.free(object), Error::none);
  this->reported(DamageKind::red_zone, kSize, 1);
  this->is_whole();
}

TYPED_TEST(ObjectEngineWithChecks, finds_a_write_before_an_object_when_it_is_validated) {
  std::byte* object = this->allocate();
  object[-1] = std::byte{1};
  EXPECT_EQ(this->cache_.validate(), 1u);
  this->reported(DamageKind::red_zone, -1, 1);
  this->is_whole();
}

TYPED_TEST(ObjectEngineWithChecks, finds_a_write_to_a_freed_object_when_it_is_allocated_again) {
  std::byte* other = this->allocate();
  std::byte* object = this->allocate();
  EXPECT_EQ(this->cache_.free(object), Error::none);
  object[50] = std::byte{1};
  EXPECT_EQ(this->allocate(), object);
  ASSERT_EQ(this->arena.world.damages.size(), 1u);
  EXPECT_EQ(this->arena.world.damages[0].kind, DamageKind::poison);
  EXPECT_EQ(this->arena.world.damages[0].found, 1);
  this->arena.world.damages.clear();
  this->is_whole();
  EXPECT_EQ(this->cache_.free(other), Error::none);
}

TYPED_TEST(ObjectEngineWithChecks, finds_a_write_to_a_freed_object_when_it_is_validated) {
  std::byte* object = this->allocate();
  std::byte* other = this->allocate();
  EXPECT_EQ(this->cache_.free(object), Error::none);
  object[0] = std::byte{1};
  other[0] = std::byte{1};
  EXPECT_EQ(this->cache_.validate(), 1u);
  ASSERT_EQ(this->arena.world.damages.size(), 1u);
  EXPECT_EQ(this->arena.world.damages[0].kind, DamageKind::poison);
  EXPECT_EQ(this->arena.world.damages[0].slab, this->arena.page_of(object));
  this->arena.world.damages.clear();
  this->is_whole();
}

TYPED_TEST(ObjectEngineWithChecks, validates_full_slabs_too) {
  const auto objects = this->take_many(this->cache_, 2u * this->cache_.layout().objects);
  objects[3][kSize] = std::byte{1};
  EXPECT_EQ(this->cache_.validate(), 1u);
  this->reported(DamageKind::red_zone, kSize, 1);
  this->is_whole();
}

void construct(void* object) { *static_cast<std::uint64_t*>(object) = 0x1234; }

TYPED_TEST(ObjectEngineWithChecks, keeps_constructed_objects_constructed_within_red_zones) {
  auto constructed =
      this->make({.id = 2, .size = kSize, .constructor = construct, .checks = {.red_zones = true, .track = true}});
  for (int i = 0; i < 3; ++i) {
    std::byte* object = this->take(constructed);
    EXPECT_EQ(*reinterpret_cast<std::uint64_t*>(object), 0x1234u);
    EXPECT_EQ(constructed.free(object), Error::none);
    EXPECT_EQ(constructed.validate(), 0u);
  }
}

TYPED_TEST(ObjectEngineWithChecks, has_room_for_zones_and_tracks_of_all_its_objects) {
  const std::uint32_t sizes[] = {8, 50, 512, 1700, 4096, 8192};
  for (const std::uint32_t size : sizes) {
    if (size > largest_object<TypeParam>()) continue;
    for (const std::uint32_t align : {8u, 256u, 4096u}) {
      for (const Management management : {Management::automatic, Management::off_slab}) {
        auto cache = this->make({.id = 1, .size = size, .align = align, .management = management, .checks = kAll});
        std::vector<std::byte*> objects;
        for (int i = 0; i < 2 * cache.layout().objects + 1; ++i) {
          objects.push_back(this->take(cache));
          ASSERT_NE(objects.back(), nullptr);
          EXPECT_EQ(reinterpret_cast<std::uintptr_t>(objects.back()) % cache.layout().align, 0u);
          std::byte* track = cache.track(objects.back());
          ASSERT_EQ(reinterpret_cast<std::uintptr_t>(track) % 8, 0u);
          EXPECT_TRUE(
              std::all_of(track, track + ObjectGuard::kTrackBytes, [](std::byte b) { return b == std::byte{0}; }));
          std::fill_n(track, ObjectGuard::kTrackBytes, std::byte{0xee});
          std::fill_n(objects.back(), size, std::byte{0xff});
        }
        EXPECT_EQ(cache.validate(), 0u);
        this->empty(cache, objects);
        if (this->HasFailure()) FAIL() << size << " bytes aligned to " << align;
      }
    }
  }
}

TYPED_TEST(ObjectEngineWithChecks, tells_where_the_track_of_a_damaged_object_is) {
  auto cache = this->make({.id = 1, .size = kSize, .checks = kAll});
  std::byte* object = this->take(cache);
  std::byte* const track = cache.track(object);
  object[kSize] = std::byte{1};
  EXPECT_EQ(cache.validate(), 1u);
  ASSERT_EQ(this->arena.world.damages.size(), 1u);
  EXPECT_EQ(this->arena.world.damages[0].track, track);
  EXPECT_EQ(this->cache_.track(object), nullptr) << "not in a cache without tracks";
}

TYPED_TEST(ObjectEngineWithChecks, keeps_the_track_of_an_object_that_is_free) {
  auto cache = this->make({.id = 1, .size = kSize, .checks = {.track = true}});
  (void)this->take(cache);
  std::byte* object = this->take(cache);
  std::byte* const track = cache.track(object);
  std::fill_n(track, ObjectGuard::kTrackBytes, std::byte{0xee});
  EXPECT_EQ(cache.free(object), Error::none);
  for (std::uint32_t i = 0; i < ObjectGuard::kTrackBytes; ++i) ASSERT_EQ(track[i], std::byte{0xee});
  if (cache.track(object)) {
    EXPECT_EQ(cache.track(object), track);
  }
}

}  // namespace
}  // namespace mini_mm
