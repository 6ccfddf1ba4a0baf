// SPDX-License-Identifier: GPL-2.0
/* What is the slub engine's own: its lists, the links in free objects, and what a write over one does. */
#include "slub_cache.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engines.hpp"

namespace mini_mm {
namespace {

using Slub = SlubCache<Source>;

class SlubCacheTest : public EngineTest<Slub> {
 protected:
  std::uint64_t word(const std::byte* place) {
    std::uint64_t value;
    std::memcpy(&value, place, sizeof(value));
    return value;
  }
  SlubState state(const void* object) { return SlubState(arena.map()[arena.page_of(object)]); }
};

TEST_F(SlubCacheTest, keeps_no_management_data_in_its_slabs) {
  Slub cache = make({.id = 1, .size = 64});
  const auto objects = take_many(cache, 64);
  EXPECT_EQ(arena.arena.pages().free_pages(), 511u) << "64 objects of 64 bytes and nothing else";
  for (std::byte* object : objects) fill(object, 64, 0xff);
  EXPECT_STREQ(cache.broken_invariant(), nullptr);
  const BlockView view = arena.arena.view(arena.page_of(objects[0]));
  EXPECT_EQ(view.kind, PageKind::slub);
  EXPECT_EQ(view.cache, 1u);
  EXPECT_EQ(view.in_use, 64u);
}

TEST_F(SlubCacheTest, packs_ids_counts_and_indexes_of_every_size_into_the_entry) {
  PageEntry& entry = arena.map()[PageIndex(0)];
  for (const std::uint32_t cache : {1u, 4711u, kCacheIdMask}) {
    SlubPage(entry).start(cache);
    for (std::uint32_t in_use : {0u, 1u, 255u, 512u}) {
      for (std::uint32_t first : {0u, 3u, 4u, 511u, SlubState::kNone}) {
        SlubPage(entry).set(in_use, first);
        EXPECT_EQ(SlubState(entry).cache(), cache);
        EXPECT_EQ(SlubState(entry).in_use(), in_use);
        EXPECT_EQ(SlubState(entry).first(), first);
        EXPECT_FALSE(SlubState(entry).aside());
      }
    }
  }
  SlubPage(entry).put_aside();
  EXPECT_TRUE(SlubState(entry).aside());
  EXPECT_EQ(SlubState(entry).cache(), kCacheIdMask);
}

TEST_F(SlubCacheTest, serves_the_objects_of_a_new_slab_in_an_order_that_its_seed_decides) {
  const auto order = [&](std::uint64_t seed) {
    Slub cache = make({.id = 1, .size = 64, .seed = seed});
    std::vector<std::size_t> offsets;
    for (int slab = 0; slab < 2; ++slab) {
      const auto objects = take_many(cache, 64);
      for (const std::byte* object : objects) offsets.push_back(arena.arena.region().offset(object) % kPageSize);
    }
    return offsets;
  };
  const auto first = order(1);
  EXPECT_EQ(std::set<std::size_t>(first.begin(), first.begin() + 64).size(), 64u) << "each object once";
  EXPECT_FALSE(std::is_sorted(first.begin(), first.begin() + 64));
  EXPECT_FALSE(std::equal(first.begin(), first.begin() + 64, first.begin() + 64)) << "each slab in its own order";
  EXPECT_EQ(order(1), first);
  EXPECT_NE(order(2), first);
}

TEST_F(SlubCacheTest, encodes_links_so_that_they_look_like_nothing) {
  Slub cache = make({.id = 1, .size = 64});
  const auto objects = take_many(cache, 64);
  for (std::byte* object : objects) ASSERT_EQ(cache.free(object), Error::none);
  std::set<std::uint64_t> words;
  for (std::byte* object : objects) {
    const std::uint64_t link = word(object + 32);
    words.insert(link);
    EXPECT_GT(link >> 10, 0u);
  }
  EXPECT_EQ(words.size(), 64u);
}

TEST_F(SlubCacheTest, writes_to_the_middle_of_a_freed_object_and_nowhere_else) {
  Slub cache = make({.id = 1, .size = 64});
  std::byte* object = take(cache);
  fill(object, 64, 0x11);
  ASSERT_EQ(cache.free(object), Error::none);
  EXPECT_TRUE(still_filled(object, 32, 0x11));
  EXPECT_TRUE(still_filled(object + 40, 24, 0x11));
  EXPECT_FALSE(still_filled(object + 32, 8, 0x11));
}

TEST_F(SlubCacheTest, leaves_freed_objects_alone_that_must_keep_their_content) {
  Slub cache = make({.id = 1, .size = 64, .keep_freed = true});
  EXPECT_EQ(cache.layout().slot_size, 72u);
  std::byte* object = take(cache);
  fill(object, 64, 0x11);
  ASSERT_EQ(cache.free(object), Error::none);
  EXPECT_TRUE(still_filled(object, 64, 0x11));
  EXPECT_EQ(cache.free(object), Error::double_free);
}

TEST_F(SlubCacheTest, allocates_from_the_active_slab_then_from_partial_ones_then_from_empty_ones) {
  Slub cache = make({.id = 1, .size = 2048});
  const auto objects = take_many(cache, 6);
  EXPECT_EQ(lists_of(cache), (SlabLists{3, 0, 0}));
  for (const std::size_t i : {0u, 2u, 3u}) give_back(cache, objects[i]);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 1, 1}));
  (void)slab_events(arena.world);
  EXPECT_EQ(take(cache), objects[0]) << "the partial slab";
  EXPECT_EQ(arena.page_of(take(cache)), arena.page_of(objects[2])) << "the empty slab";
  (void)take(cache);
  EXPECT_EQ(slab_events(arena.world), Events{});
  (void)take(cache);
  EXPECT_EQ(slab_events(arena.world).size(), 1u) << "a new slab";
}

TEST_F(SlubCacheTest, keeps_five_empty_slabs) {
  Slub cache = make({.id = 1, .size = 4096});
  for (std::byte* object : take_many(cache, 20)) give_back(cache, object);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 0, Slub::kMinPartial + 1})) << "and the active one";
  EXPECT_EQ(cache.shrink(), Slub::kMinPartial + 1);
  EXPECT_EQ(arena.free_blocks(), at_start);
}

TEST_F(SlubCacheTest, sees_a_double_free_by_the_link_that_only_free_objects_have) {
  Slub cache = make({.id = 1, .size = 64});
  std::byte* object = take(cache);
  std::byte* other = take(cache);
  ASSERT_EQ(cache.free(object), Error::none);
  EXPECT_EQ(cache.free(object), Error::double_free);
  /* What looks like a link but is in no list is somebody's content. */
  std::byte old_link[8];
  std::memcpy(old_link, object + 32, 8);
  ASSERT_EQ(take(cache), object);
  std::memcpy(object + 32, old_link, 8);
  EXPECT_EQ(cache.owns(object), Error::none);
  EXPECT_EQ(cache.free(object), Error::none);
  EXPECT_EQ(cache.free(other), Error::none);
  EXPECT_STREQ(cache.broken_invariant(), nullptr);
}

/* Two objects of a slab are out, and the link of the one that will be served next is overwritten. */
class SlubCacheWithADamagedLink : public SlubCacheTest {
 protected:
  SlubCacheWithADamagedLink() {
    EXPECT_EQ(cache.free(lost), Error::none);
    damaged = arena.page_of(lost);
    (void)slab_events(arena.world);
  }
  void put_aside() {
    EXPECT_EQ(lists_of(cache).damaged, 1u);
    ASSERT_EQ(arena.world.damages.size(), 1u);
    EXPECT_EQ(arena.world.damages[0].kind, DamageKind::bookkeeping);
    EXPECT_EQ(arena.world.damages[0].slab, damaged);
    EXPECT_STREQ(cache.broken_invariant(), "a slab's bookkeeping was overwritten");
    EXPECT_EQ(cache.free(held), Error::corrupt);
    EXPECT_EQ(cache.owns(lost), Error::corrupt);
    std::byte* object = take(cache);
    EXPECT_NE(arena.page_of(object), damaged);
    EXPECT_EQ(cache.free(object), Error::none);
    EXPECT_EQ(arena.damage(), "");
  }

  Slub cache = make({.id = 1, .size = 64});
  std::byte* held = take(cache);
  std::byte* lost = take(cache);
  PageIndex damaged;
};

TEST_F(SlubCacheWithADamagedLink, finds_it_when_the_list_is_followed) {
  EXPECT_NE(word(lost + 32), 0u);
  fill(lost, 64, 0);
  EXPECT_STREQ(cache.broken_invariant(), "a list of free objects is damaged");
  std::byte* object = take(cache);
  EXPECT_NE(arena.page_of(object), damaged) << "the cache goes on with another slab";
  EXPECT_EQ(cache.free(object), Error::none);
  put_aside();
}

TEST_F(SlubCacheWithADamagedLink, finds_a_link_that_was_copied_from_another_object) {
  std::byte* other = take(cache);
  std::byte* third = take(cache);
  ASSERT_EQ(cache.free(other), Error::none);
  ASSERT_EQ(cache.free(third), Error::none);
  std::memcpy(third + 32, other + 32, 8);
  EXPECT_NE(arena.page_of(take(cache)), damaged);
  put_aside();
}

TEST_F(SlubCacheWithADamagedLink, finds_it_when_the_cache_is_validated) {
  lost[35] ^= std::byte{1};
  EXPECT_EQ(cache.validate(), 1u);
  EXPECT_EQ(cache.validate(), 0u) << "once is enough";
  put_aside();
}

TEST_F(SlubCacheWithADamagedLink, finds_it_at_the_next_free_with_debug_f) {
  Slub careful = make({.id = 2, .size = 64, .checks = {.consistency = true}});
  const auto objects = take_many(careful, 3);
  ASSERT_EQ(careful.free(objects[0]), Error::none);
  ASSERT_EQ(careful.free(objects[1]), Error::none);
  objects[0][32] ^= std::byte{1};
  EXPECT_EQ(careful.free(objects[2]), Error::corrupt);
  EXPECT_EQ(lists_of(careful).damaged, 1u);
}

TEST_F(SlubCacheWithADamagedLink, does_not_give_a_slab_back_of_which_an_object_was_freed_twice) {
  /* Without its link a freed object cannot be told from one that is out. */
  fill(lost, 64, 0);
  EXPECT_EQ(cache.free(lost), Error::none);
  EXPECT_EQ(state(lost).in_use(), 0u) << "while another object is out";
  EXPECT_EQ(cache.shrink(), 0u);
  EXPECT_EQ(lists_of(cache).damaged, 1u);
  fill(held, 64, 0x22);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(SlubCacheTest, says_what_is_wrong_with_it) {
  Slub cache = make({.id = 1, .size = 2048});
  const auto objects = take_many(cache, 6);
  for (const std::size_t i : {0u, 2u, 3u}) give_back(cache, objects[i]);
  PageEntry& partial = arena.map()[arena.page_of(objects[1])];
  PageEntry& empty = arena.map()[arena.page_of(objects[2])];
  const auto broken_with = [&](PageEntry& entry, std::uint32_t in_use) {
    const PageEntry before = entry;
    SlubPage(entry).set(in_use, SlubState(entry).first());
    const char* broken = cache.broken_invariant();
    entry = before;
    return broken;
  };
  EXPECT_STREQ(broken_with(partial, 2), "the list of partial slabs is damaged");
  EXPECT_STREQ(broken_with(partial, 0), "the list of partial slabs is damaged");
  EXPECT_STREQ(broken_with(empty, 1), "the list of empty slabs is damaged");
  EXPECT_STREQ(broken_with(arena.map()[arena.page_of(objects[5])], 1), "a list of free objects is damaged");
  ++const_cast<ObjectStatistics&>(cache.statistics()).grown;
  EXPECT_STREQ(cache.broken_invariant(), "the number of slabs is wrong");
}

}  // namespace
}  // namespace mini_mm
