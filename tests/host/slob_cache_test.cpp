// SPDX-License-Identifier: GPL-2.0
/* What is the slob engine's own: its bitmaps, its three lists, and how tightly it packs. */
#include "slob_cache.hpp"

#include <gtest/gtest.h>

#include <random>

#include "engines.hpp"

namespace mini_mm {
namespace {

using Slob = SlobCache<Source>;

class SlobPageTest : public testing::Test {
 protected:
  static constexpr std::uint16_t kUnits = 500; /* no whole number of words */

  SlobPageTest() {
    page.start_header(1, PageIndex(0), kUnits);
    page.start();
  }

  Memory memory{SlobPage::bytes(kUnits), 16, 0xa5};
  SlobPage& page = *reinterpret_cast<SlobPage*>(memory.get());
};

TEST_F(SlobPageTest, starts_as_one_free_run) {
  EXPECT_EQ(page.find(kUnits, 1), 0u);
  EXPECT_EQ(page.find(kUnits + 1, 1), SlobPage::kNone);
  EXPECT_EQ(page.next_used(0), kUnits);
  EXPECT_TRUE(page.plausible());
  EXPECT_TRUE(page.consistent());
}

TEST_F(SlobPageTest, finds_the_first_run_that_is_long_enough_and_aligned) {
  page.take(0, 3);
  page.take(5, 60);
  page.take(70, 10);
  EXPECT_EQ(page.find(1, 1), 3u);
  EXPECT_EQ(page.find(2, 1), 3u);
  EXPECT_EQ(page.find(3, 1), 65u);
  EXPECT_EQ(page.find(1, 8), 80u) << "not 65: 72 is in use";
  EXPECT_EQ(page.find(6, 1), 80u);
  EXPECT_EQ(page.find(421, 1), SlobPage::kNone);
  EXPECT_EQ(page.longest, 420u) << "known from the search";
  EXPECT_EQ(page.length(0), 3u);
  EXPECT_EQ(page.length(5), 60u);
  EXPECT_TRUE(page.consistent());
}

TEST_F(SlobPageTest, tells_objects_apart_that_lie_side_by_side) {
  for (std::uint32_t at = 0; at < 200; at += 4) page.take(at, 4);
  for (std::uint32_t at = 0; at < 200; at += 4) {
    EXPECT_TRUE(page.is_start(at));
    EXPECT_FALSE(page.is_start(at + 1));
    EXPECT_EQ(page.length(at), 4u);
  }
  page.give_back(100, 4);
  EXPECT_FALSE(page.is_used(103));
  EXPECT_EQ(page.find(4, 1), 100u);
  EXPECT_EQ(page.length(96), 4u);
  EXPECT_TRUE(page.consistent());
}

TEST_F(SlobPageTest, agrees_with_a_row_of_letters_after_random_steps) {
  std::mt19937 random(1);
  std::string row(kUnits, '.');
  for (int i = 0; i < 5000; ++i) {
    const auto count = static_cast<std::uint32_t>(1 + random() % 90);
    const std::uint32_t found = page.find(count, 1);
    const std::size_t expected = row.find(std::string(count, '.'));
    ASSERT_EQ(found, expected == std::string::npos ? SlobPage::kNone : expected);
    if (found != SlobPage::kNone) {
      page.take(found, count);
      std::fill_n(row.begin() + found, count, 'x');
      row[found] = 'S';
    }
    const std::size_t start = row.find('S', random() % kUnits);
    if (random() % 2 && start != std::string::npos) {
      const auto first = static_cast<std::uint32_t>(start);
      const std::uint32_t length = page.length(first);
      ASSERT_EQ(std::min<std::size_t>(row.find_first_not_of('x', start + 1), kUnits) - start, length);
      page.give_back(first, length);
      std::fill_n(row.begin() + first, length, '.');
    }
    ASSERT_TRUE(page.consistent());
  }
}

class SlobCacheTest : public EngineTest<Slob> {
 protected:
  SlobPage& page(const void* object) {
    return *static_cast<SlobPage*>(SlabHeader::of(arena.arena.region(), arena.page_of(object)));
  }
};

TEST_F(SlobCacheTest, has_three_lists_by_the_size_of_the_object) {
  Slob cache = make({.id = 1, .size = 4096});
  const std::uint32_t sizes[] = {8, 256, 257, 1024, 1025, 2000};
  std::vector<std::byte*> objects;
  for (const std::uint32_t size : sizes) objects.push_back(take(cache, size));
  EXPECT_EQ(arena.page_of(objects[0]), arena.page_of(objects[1]));
  EXPECT_EQ(arena.page_of(objects[2]), arena.page_of(objects[3]));
  EXPECT_EQ(arena.page_of(objects[4]), arena.page_of(objects[5]));
  EXPECT_NE(arena.page_of(objects[0]), arena.page_of(objects[2]));
  EXPECT_NE(arena.page_of(objects[2]), arena.page_of(objects[4]));
  for (std::uint32_t list = 0; list < Slob::kLists; ++list) EXPECT_EQ(cache.listed(list), 1u);
  empty(cache, objects);
}

TEST_F(SlobCacheTest, packs_objects_of_all_sizes_side_by_side) {
  Slob cache = make({.id = 1, .size = 256});
  std::byte* next = take(cache, 8);
  for (const std::uint32_t size : {24u, 100u, 8u, 250u, 9u, 64u}) {
    const std::uint32_t before = cache.usable_size(next).value;
    std::byte* object = take(cache, size);
    EXPECT_EQ(object, next + before);
    EXPECT_EQ(cache.usable_size(object).value, (size + 7) / 8 * 8);
    next = object;
  }
}

TEST_F(SlobCacheTest, serves_the_first_hole_that_is_large_enough) {
  Slob cache = make({.id = 1, .size = 256});
  std::vector<std::byte*> objects;
  for (const std::uint32_t size : {64u, 64u, 128u, 64u}) objects.push_back(take(cache, size));
  ASSERT_EQ(cache.free(objects[0]), Error::none);
  ASSERT_EQ(cache.free(objects[2]), Error::none);
  EXPECT_EQ(take(cache, 100), objects[2]) << "the first hole has 64 bytes";
  EXPECT_EQ(take(cache, 40), objects[0]);
  EXPECT_EQ(take(cache, 24), objects[0] + 40) << "what is left of it";
}

TEST_F(SlobCacheTest, has_room_for_an_object_of_a_whole_page) {
  Slob cache = make({.id = 1, .size = 4096});
  std::byte* object = take(cache);
  EXPECT_EQ(arena.arena.region().offset(object) % kPageSize, 0u);
  fill(object, 4096, 0xff);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 0, 0}));
  empty(cache, {object});
  EXPECT_EQ(Slob::layout_for({.id = 1, .size = 4097}, Order(3)).error, Error::too_large);
}

TEST_F(SlobCacheTest, gives_a_page_back_with_its_last_object) {
  Slob cache = make({.id = 1, .size = 64});
  std::byte* one = take(cache);
  std::byte* two = take(cache);
  give_back(cache, one);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0}));
  give_back(cache, two);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 0, 0}));
  EXPECT_EQ(arena.free_blocks(), at_start);
}

TEST_F(SlobCacheTest, passes_over_pages_without_room_and_looks_at_no_more_than_it_may) {
  Slob cache = make({.id = 1, .size = 256});
  /* Pages of which every second object is free: no room for a larger one. */
  std::vector<std::byte*> objects;
  while (cache.statistics().grown < Slob::kMostPages + 10) objects.push_back(take(cache, 64));
  for (std::size_t i = 0; i < objects.size(); i += 2) ASSERT_EQ(cache.free(objects[i]), Error::none);
  const std::uint64_t grown = cache.statistics().grown;
  std::byte* large = take(cache, 200);
  EXPECT_LE(cache.statistics().grown, grown + 1);
  EXPECT_EQ(take(cache, 100), large + 200) << "the page that served last is the first one looked at";
  EXPECT_STREQ(cache.broken_invariant(), nullptr);
}

TEST_F(SlobCacheTest, is_not_harmed_by_what_is_written_to_free_memory) {
  Slob cache = make({.id = 1, .size = 256, .management = Management::off_slab});
  const auto objects = take_many(cache, 16);
  for (std::size_t i = 0; i < 16; i += 2) {
    ASSERT_EQ(cache.free(objects[i]), Error::none);
    fill(objects[i], 256, 0xff);
    EXPECT_EQ(cache.free(objects[i]), Error::double_free);
  }
  EXPECT_STREQ(cache.broken_invariant(), nullptr);
  EXPECT_EQ(cache.validate(), 0u);
}

struct Harm {
  const char* field;
  void (*overwrite)(SlobPage&);
  Error on_free;
};

class SlobCacheWithADamagedPage : public SlobCacheTest, public testing::WithParamInterface<Harm> {
 protected:
  Slob cache = make({.id = 1, .size = 64});
  std::vector<std::byte*> objects = take_many(cache, 3);
};

INSTANTIATE_TEST_SUITE_P(Fields, SlobCacheWithADamagedPage,
                         testing::Values(Harm{"cache", [](SlobPage& p) { p.cache = 77; }, Error::wrong_cache},
                                         Harm{"page", [](SlobPage& p) { ++p.page; }, Error::corrupt},
                                         Harm{"units", [](SlobPage& p) { ++p.objects; }, Error::corrupt},
                                         Harm{"in_use", [](SlobPage& p) { p.in_use = 0xffff; }, Error::corrupt},
                                         Harm{"in_use_none", [](SlobPage& p) { p.in_use = 0; }, Error::corrupt},
                                         Harm{"free_units", [](SlobPage& p) { p.free_units = 0xffff; }, Error::corrupt},
                                         Harm{"longest", [](SlobPage& p) { p.longest = 0xffff; }, Error::corrupt}),
                         [](const auto& instance) { return instance.param.field; });

TEST_P(SlobCacheWithADamagedPage, refuses_its_objects_and_serves_from_others) {
  const PageIndex damaged = arena.page_of(objects[0]);
  GetParam().overwrite(page(objects[0]));
  EXPECT_EQ(cache.free(objects[0]), GetParam().on_free);
  EXPECT_STREQ(cache.broken_invariant(), "a list of partial slabs is damaged");
  std::byte* other = take(cache);
  EXPECT_NE(arena.page_of(other), damaged);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0, 1}));
  ASSERT_EQ(arena.world.damages.size(), 1u);
  EXPECT_EQ(arena.world.damages[0].slab, damaged);
  EXPECT_EQ(cache.free(objects[1]), Error::corrupt);
  EXPECT_EQ(cache.free(other), Error::none);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(SlobCacheTest, puts_a_page_with_damaged_bitmaps_aside_when_validated) {
  Slob cache = make({.id = 1, .size = 64});
  const auto objects = take_many(cache, 3);
  auto* bitmaps = reinterpret_cast<std::byte*>(&page(objects[0]) + 1);
  bitmaps[20] = std::byte{1};
  EXPECT_EQ(cache.validate(), 1u);
  EXPECT_EQ(lists_of(cache).damaged, 1u);
  EXPECT_EQ(cache.validate(), 0u);
  EXPECT_STREQ(cache.broken_invariant(), "a slab's bookkeeping was overwritten");
}

int constructions = 0;
TEST_F(SlobCacheTest, constructs_at_each_allocation) {
  constructions = 0;
  Slob cache = make({.id = 1, .size = 64, .constructor = [](void*) { ++constructions; }});
  for (int i = 1; i <= 3; ++i) {
    give_back(cache, take(cache));
    EXPECT_EQ(constructions, i);
  }
}

}  // namespace
}  // namespace mini_mm
