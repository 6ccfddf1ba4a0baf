// SPDX-License-Identifier: GPL-2.0
/* What is the class engine's own: classes on demand, and which one serves a size. */
#include "class_cache.hpp"

#include <gtest/gtest.h>

#include "engines.hpp"

namespace mini_mm {
namespace {

using Classes = ClassCache<Source>;

TEST(SizeClass, is_the_smallest_one_whose_chunks_are_large_enough) {
  for (std::uint32_t size = 1; size <= SlabLayout::kMaxObjectSize; ++size) {
    const unsigned index = SizeClass::of(size);
    ASSERT_LT(index, SizeClass::kCount);
    ASSERT_GE(SizeClass::chunk(index), size);
    if (index > 0) {
      ASSERT_LT(SizeClass::chunk(index - 1), size);
    }
  }
}

TEST(SizeClass, wastes_an_eighth_of_a_chunk_or_less_than_eight_bytes) {
  for (std::uint32_t size = 1; size <= SlabLayout::kMaxObjectSize; ++size) {
    const std::uint32_t chunk = SizeClass::chunk(SizeClass::of(size));
    ASSERT_TRUE(chunk - size < 8 || (chunk - size) * 8 <= chunk) << size << " in " << chunk;
  }
}

class ClassCacheTest : public EngineTest<Classes> {};

TEST_F(ClassCacheTest, makes_a_class_when_none_fits_and_looks_for_one_that_does_first) {
  Classes cache = make({.id = 1, .size = 8192});
  EXPECT_EQ(cache.classes(), 0u);
  std::vector<std::byte*> objects = {take(cache, 100)};
  EXPECT_EQ(cache.classes(), 1u);
  EXPECT_EQ(cache.usable_size(objects[0]).value, 104u);
  for (const std::uint32_t size : {97u, 104u}) objects.push_back(take(cache, size));
  EXPECT_EQ(cache.classes(), 1u) << "they fit";
  EXPECT_EQ(arena.page_of(objects[1]), arena.page_of(objects[0]));
  objects.push_back(take(cache, 105));
  EXPECT_EQ(cache.classes(), 2u);
  EXPECT_EQ(cache.usable_size(objects.back()).value, 112u);
  empty(cache, objects);
  EXPECT_EQ(cache.classes(), 2u) << "classes stay";
}

TEST_F(ClassCacheTest, has_room_for_all_classes_there_are) {
  Classes cache = make({.id = 1, .size = 8192});
  std::vector<std::byte*> objects;
  for (unsigned i = 0; i < SizeClass::kCount; ++i) {
    objects.push_back(take(cache, SizeClass::chunk(i)));
    fill(objects.back(), SizeClass::chunk(i), i);
  }
  EXPECT_EQ(cache.classes(), SizeClass::kCount);
  EXPECT_EQ(cache.statistics().grown, SizeClass::kCount);
  for (unsigned i = 0; i < SizeClass::kCount; ++i) {
    EXPECT_EQ(cache.usable_size(objects[i]).value, SizeClass::chunk(i));
    EXPECT_TRUE(still_filled(objects[i], SizeClass::chunk(i), i));
  }
  empty(cache, objects);
}

TEST_F(ClassCacheTest, refuses_what_is_larger_than_its_slabs_objects) {
  Classes cache = make({.id = 1, .size = 1000});
  EXPECT_EQ(cache.allocate(1001).error, Error::too_large);
  EXPECT_EQ(cache.statistics().failures, 1u);
  EXPECT_EQ(cache.classes(), 0u);
  std::byte* object = take(cache, 1000);
  EXPECT_EQ(cache.usable_size(object).value, 1000u) << "the largest class ends there";
}

TEST_F(ClassCacheTest, shows_its_slabs_under_its_own_id) {
  Classes cache = make({.id = kCacheIdMask, .size = 1000});
  std::byte* object = take(cache, 60);
  const BlockView view = arena.arena.view(arena.page_of(object));
  EXPECT_EQ(view.cache, kCacheIdMask);
  EXPECT_EQ(view.in_use, 1u);
}

TEST_F(ClassCacheTest, shrinks_all_its_classes_by_no_more_slabs_than_it_is_told) {
  Classes cache = make({.id = 1, .size = 4096});
  for (const std::uint32_t size : {100u, 1000u, 3000u, 4096u}) give_back(cache, take(cache, size));
  ASSERT_EQ(lists_of(cache).empty, 4u);
  (void)cache.shrink(3);
  EXPECT_EQ(lists_of(cache).empty, 1u);
  (void)cache.shrink();
  EXPECT_EQ(arena.free_blocks(), at_start);
}

TEST_F(ClassCacheTest, takes_back_an_object_whose_part_of_the_slab_was_isolated) {
  Classes cache = make({.id = 1, .size = 1000, .slab_pages = 7});
  std::byte* first = take(cache);
  const PageIndex slab = arena.page_of(first);
  ASSERT_EQ(arena.map()[slab + 4].kind(), PageKind::tail);
  arena.map()[slab + 4].start(PageKind::isolated, Order(1));
  std::vector<std::byte*> objects = {first};
  while (cache.full_slabs() == 0) objects.push_back(take(cache));
  for (std::byte* object : objects) {
    EXPECT_EQ(cache.usable_size(object).value, 1000u);
    EXPECT_EQ(cache.free(object), Error::none);
  }
  EXPECT_EQ(cache.active_objects(), 0u);
  EXPECT_NE(cache.owns(arena.arena.region().address(slab + 7)), Error::none) << "the slab ends there";
}

TEST_F(ClassCacheTest, does_not_follow_a_class_that_there_is_not) {
  Classes cache = make({.id = 1, .size = 1000});
  std::byte* object = take(cache, 60);
  SlabHeader* descriptor = SlabHeader::of(arena.arena.region(), arena.page_of(object));
  descriptor->cache = 1 | 5u << kCacheIdBits;
  EXPECT_EQ(cache.free(object), Error::corrupt);
  descriptor->cache = 1 | 999u << kCacheIdBits;
  EXPECT_EQ(cache.free(object), Error::corrupt);
  EXPECT_EQ(cache.statistics().refused, 2u);
}

}  // namespace
}  // namespace mini_mm
