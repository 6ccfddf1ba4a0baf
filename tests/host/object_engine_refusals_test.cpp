// SPDX-License-Identifier: GPL-2.0
/* What every object engine refuses, and that it changes nothing then. */
#include <gtest/gtest.h>

#include "any_object_cache.hpp"
#include "engines.hpp"

namespace mini_mm {
namespace {

template <class Engine>
class ObjectEngineRefuses : public EngineTest<Engine> {
 protected:
  ObjectEngineRefuses() {
    objects = this->take_many(cache, 3);
    (void)slab_events(this->arena.world);
  }

  void refuses(void* address, Error error) {
    const SlabLists lists = lists_of(cache);
    const std::uint64_t active = cache.active_objects();
    const ObjectStatistics before = cache.statistics();
    EXPECT_EQ(cache.owns(address), error);
    EXPECT_EQ(cache.usable_size(address).error, error);
    EXPECT_EQ(cache.statistics().refused, before.refused) << "a question is no refused free";
    EXPECT_EQ(cache.free(address), error);
    EXPECT_EQ(cache.statistics().refused, before.refused + 1);
    EXPECT_EQ(cache.statistics().frees, before.frees);
    EXPECT_EQ(cache.active_objects(), active);
    EXPECT_EQ(lists_of(cache), lists);
    EXPECT_EQ(slab_events(this->arena.world), Events{});
  }
  void is_whole() {
    EXPECT_STREQ(cache.broken_invariant(), nullptr);
    EXPECT_EQ(cache.validate(), 0u);
    EXPECT_EQ(this->arena.damage(), "");
  }

  Engine cache = this->make({.id = 1, .size = 64});
  std::vector<std::byte*> objects;
};
TYPED_TEST_SUITE(ObjectEngineRefuses, AllObjectEngines, EngineName);

TYPED_TEST(ObjectEngineRefuses, an_address_outside_of_the_region) {
  int elsewhere = 0;
  this->refuses(&elsewhere, Error::outside);
  this->refuses(nullptr, Error::outside);
  this->refuses(this->arena.base() + 512 * kPageSize, Error::outside);
  EXPECT_EQ(this->cache.track(&elsewhere), nullptr);
  this->is_whole();
}

TYPED_TEST(ObjectEngineRefuses, an_address_in_a_page_block_or_a_free_page) {
  const PageIndex page = this->arena.arena.pages().allocate(Order(2)).value;
  for (std::uint32_t i = 0; i < 4; ++i) {
    this->refuses(this->arena.arena.region().address(page + i), Error::wrong_cache);
  }
  this->refuses(this->arena.base() + 511 * kPageSize, Error::wrong_cache);
  this->is_whole();
}

/* Each engine beside each, among slabs of all sizes. */
TYPED_TEST(ObjectEngineRefuses, the_object_of_another_cache_of_any_engine) {
  using Any = AnyObjectCache<Source>;
  for (unsigned which = 0; which < Any::Engines::kCount; ++which) {
    const Memory memory(Any::bytes(which), alignof(std::max_align_t), 0);
    for (const std::uint32_t size : {64u, 128u, 1000u, 4000u}) {
      for (const std::uint32_t slab_pages : {0u, 3u}) {
        Any& other =
            *Any::create(memory.get(), which, this->arena.arena.region(), Source(this->arena.arena, this->arena.world),
                         {.id = 2, .size = size, .slab_pages = slab_pages}, this->arena.arena.pages().max_order())
                 .value;
        auto* object = static_cast<std::byte*>(other.allocate().value);
        (void)slab_events(this->arena.world);
        this->refuses(object, Error::wrong_cache);
        this->refuses(this->arena.arena.region().address(this->arena.page_of(object)) + kPageSize - 8,
                      Error::wrong_cache);
        for (std::byte* mine : this->objects) EXPECT_EQ(other.free(mine), Error::wrong_cache);
        EXPECT_EQ(other.owns(object), Error::none);
        EXPECT_EQ(other.free(object), Error::none);
        other.shrink();
        (void)slab_events(this->arena.world);
      }
    }
  }
  this->is_whole();
}

TYPED_TEST(ObjectEngineRefuses, every_address_inside_of_an_object) {
  for (std::ptrdiff_t i = 1; i < 64; ++i) this->refuses(this->objects[1] + i, Error::not_an_object);
  this->is_whole();
}

TYPED_TEST(ObjectEngineRefuses, an_object_that_is_free_whatever_was_written_to_it_before) {
  for (const int byte : {0x00, 0x6b, 0xff}) {
    std::byte* object = this->take(this->cache);
    fill(object, 64, static_cast<unsigned>(byte));
    ASSERT_EQ(this->cache.free(object), Error::none);
    (void)slab_events(this->arena.world);
    this->refuses(object, Error::double_free);
    this->refuses(object, Error::double_free);
  }
  this->is_whole();
}

TYPED_TEST(ObjectEngineRefuses, every_object_of_a_slab_but_those_that_are_out) {
  const auto many = this->take_many(this->cache, this->cache.layout().objects / 2);
  for (std::size_t i = 0; i < many.size(); i += 2) ASSERT_EQ(this->cache.free(many[i]), Error::none);
  (void)slab_events(this->arena.world);
  for (std::size_t i = 0; i < many.size(); ++i) {
    if (i % 2 == 0)
      this->refuses(many[i], Error::double_free);
    else
      EXPECT_EQ(this->cache.owns(many[i]), Error::none);
  }
  this->is_whole();
}

TYPED_TEST(ObjectEngineRefuses, an_object_whose_slab_went_back) {
  for (std::byte* object : this->objects) EXPECT_EQ(this->cache.free(object), Error::none);
  this->cache.shrink();
  (void)slab_events(this->arena.world);
  this->refuses(this->objects[0], Error::wrong_cache);
  this->is_whole();
}

TYPED_TEST(ObjectEngineRefuses, what_lies_behind_a_slab_that_is_no_power_of_two) {
  auto cut = this->make({.id = 5, .size = 1024, .slab_pages = 3});
  const std::byte* object = this->take(cut);
  const PageIndex slab = this->arena.page_of(object).align_down(Order(2));
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(cut.owns(this->arena.arena.region().address(slab + i) + 4),
              i < 3 ? Error::not_an_object : Error::wrong_cache);
  }
  const Result<PageIndex> page = this->arena.arena.pages().allocate(Order(0));
  ASSERT_TRUE(page);
  EXPECT_EQ(page.value, slab + 3) << "the page that was left over is the smallest free block";
  EXPECT_EQ(cut.owns(this->arena.arena.region().address(page.value)), Error::wrong_cache);
  EXPECT_EQ(this->arena.damage(), "");
}

}  // namespace
}  // namespace mini_mm
