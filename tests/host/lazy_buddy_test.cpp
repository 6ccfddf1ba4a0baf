// SPDX-License-Identifier: GPL-2.0
/* The DELAY-2 rule: when a freed block stays whole, when it is merged, and what that costs. */
#include "lazy_buddy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "all_page_engines.hpp"

namespace mini_mm {
namespace {

/* 256 pages, of which the first ones are in use one by one; the low watermark is 4. */
class Delay2 : public testing::Test {
 protected:
  void take_pages(std::uint32_t count) {
    for (std::uint32_t page = 0; page < count; ++page) ASSERT_EQ(pages.page_of(0), page);
    (void)pages.world.take_events();
  }
  PageKind kind(std::uint32_t page) { return pages.map[PageIndex(page)].kind(); }
  void free(std::uint32_t page) {
    ASSERT_EQ(pages.free(page, 0), Error::none);
    ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
  }

  TestPages<Lazy> pages{256};
};

TEST_F(Delay2, delays_a_block_while_its_order_has_a_slack_of_two_or_more) {
  take_pages(4);
  free(0); /* slack 4 */
  free(1); /* slack 3 - 1 = 2 */
  EXPECT_EQ(kind(0), PageKind::delayed);
  EXPECT_EQ(kind(1), PageKind::delayed) << "both buddies are free, and not merged";
  EXPECT_EQ(pages.engine.delayed_pages(), 2u);
  EXPECT_EQ(pages.world.take_events(), Events{});
  EXPECT_EQ(pages.engine.free_pages(), 254u) << "they are free nevertheless";
}

TEST_F(Delay2, merges_the_block_alone_at_a_slack_of_one) {
  take_pages(5);
  free(0); /* slack 5 */
  free(1); /* slack 4 - 1 = 3 */
  EXPECT_EQ(pages.engine.delayed_pages(), 2u);
  free(4); /* slack 3 - 2 = 1: merged with 5, 6-7 */
  EXPECT_EQ(pages.world.take_events(), (Events{merge(4, 0), merge(4, 1)}));
  EXPECT_EQ(pages.engine.delayed_pages(), 2u);
  EXPECT_EQ(kind(4), PageKind::free);
}

TEST_F(Delay2, merges_the_block_and_a_delayed_one_at_a_slack_of_none) {
  take_pages(4);
  free(0);
  free(1);
  free(2); /* slack 2 - 2 = 0 */
  EXPECT_EQ(kind(2), PageKind::free);
  EXPECT_EQ(kind(1), PageKind::free) << "the one delayed last";
  EXPECT_EQ(kind(0), PageKind::delayed);
  EXPECT_EQ(pages.engine.delayed_pages(), 1u);
  EXPECT_EQ(pages.world.take_events(), Events{}) << "neither had a free buddy";
  free(3); /* slack 1 - 1 = 0: 2 and 3, then 0 and 1, and so on to the whole region */
  Events expected{merge(2, 0), merge(0, 0)};
  for (unsigned order = 1; order < 8; ++order) expected.push_back(merge(0, order));
  EXPECT_EQ(pages.world.take_events(), expected);
  EXPECT_EQ(pages.engine.delayed_pages(), 0u);
  EXPECT_EQ(pages.free_blocks().back(), 1u);
}

TEST_F(Delay2, counts_each_order_by_itself) {
  take_pages(4);
  const std::uint32_t pair = pages.page_of(1);
  (void)pages.world.take_events();
  ASSERT_EQ(pages.free(pair, 1), Error::none); /* slack 1, whatever order 0 has */
  EXPECT_EQ(pages.map[PageIndex(pair)].kind(), PageKind::free);
  EXPECT_EQ(pages.engine.delayed_pages(), 0u);
}

TEST_F(Delay2, serves_a_delayed_block_of_the_very_order_first_and_the_newest_of_them) {
  take_pages(8);
  free(2);
  free(5);
  EXPECT_EQ(pages.page_of(0), 5u);
  EXPECT_EQ(pages.page_of(0), 2u);
  EXPECT_EQ(pages.page_of(0), 8u);
}

TEST_F(Delay2, splits_a_delayed_block_only_when_no_smaller_one_is_free) {
  std::vector<std::uint32_t> fours;
  for (int i = 0; i < 8; ++i) fours.push_back(pages.page_of(2));
  ASSERT_EQ(pages.free(fours[0], 2), Error::none);
  ASSERT_EQ(pages.engine.delayed_pages(), 4u);
  const std::uint32_t page = pages.page_of(0);
  EXPECT_EQ(page, fours[0]) << "the others are of order 5 and above";
  EXPECT_EQ(pages.engine.delayed_pages(), 0u);
  EXPECT_EQ(pages.page_of(0), page + 1) << "what was split off is free for all";
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
}

/* --- what it is for ---------------------------------------------------------------------------------------- */

/* Splits and merges of a mix of four orders, of which a quarter is freed and allocated again and again. */
template <class Engine>
std::size_t events_of_a_steady_mix() {
  TestPages<Engine> pages(4096);
  std::mt19937 random(1);
  std::vector<std::vector<std::uint32_t>> held(4);
  for (unsigned order = 0; order < 4; ++order) {
    for (int i = 0; i < 120; ++i) held[order].push_back(pages.page_of(order));
  }
  (void)pages.world.take_events();
  for (int round = 0; round < 200; ++round) {
    for (unsigned order = 0; order < 4; ++order) {
      std::shuffle(held[order].begin(), held[order].end(), random);
      for (int i = 0; i < 30; ++i) EXPECT_EQ(pages.free(held[order][static_cast<std::size_t>(i)], order), Error::none);
    }
    for (unsigned order = 4; order-- > 0;) {
      for (int i = 0; i < 30; ++i) held[order][static_cast<std::size_t>(i)] = pages.page_of(order);
    }
  }
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
  return pages.world.take_events().size();
}

TEST(LazyBuddyTest, a_steady_mix_neither_splits_nor_merges) {
  EXPECT_EQ(events_of_a_steady_mix<Lazy>(), 0u);
  EXPECT_EQ(events_of_a_steady_mix<LazyLowest>(), 0u);
  EXPECT_GT(events_of_a_steady_mix<Eager>(), 1000u) << "what is saved";
}

template <class Engine>
class LazyBuddies : public testing::Test {};
using BothLazy = testing::Types<Lazy, LazyLowest>;
TYPED_TEST_SUITE(LazyBuddies, BothLazy, EngineNames);

TYPED_TEST(LazyBuddies, merge_at_most_two_blocks_of_an_order_in_the_worst_free) {
  TestPages<TypeParam> pages(2048);
  const auto seed = std::random_device()();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  std::vector<std::pair<std::uint32_t, unsigned>> held;
  unsigned most = 0;
  std::size_t longest = 0;
  for (int i = 0; i < 200000; ++i) {
    /* In waves, so that orders run out of slack. */
    const bool filling = i / 500 % 2 == 0;
    if (held.empty() || random() % 10 < (filling ? 7u : 3u)) {
      const auto order = static_cast<unsigned>(std::countr_zero(random() | 0x40u));
      if (const auto page = pages.allocate(order)) held.emplace_back(page.value.value, order);
      for (const Event& event : pages.world.take_events()) ASSERT_EQ(event.what, Event::What::split);
      continue;
    }
    std::swap(held[random() % held.size()], held.back());
    ASSERT_EQ(pages.free(held.back().first, held.back().second), Error::none);
    held.pop_back();
    unsigned merges[kMaxOrder + 1] = {};
    const Events events = pages.world.take_events();
    for (const Event& event : events) {
      ASSERT_EQ(event.what, Event::What::merge);
      ASSERT_LE(++merges[event.order], 2u) << "order " << event.order << " in operation " << i;
      most = std::max(most, merges[event.order]);
    }
    longest = std::max(longest, events.size());
  }
  EXPECT_EQ(most, 2u) << "the worst case was never reached";
  std::printf("the worst free merged %zu times\n", longest);
  ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
}

/* --- where delaying ends ------------------------------------------------------------------------------------ */

TYPED_TEST(LazyBuddies, delay_nothing_below_the_low_watermark) {
  TestPages<TypeParam> pages(4096);
  ASSERT_EQ(pages.engine.watermarks().low, 64u);
  for (std::uint32_t i = 0; i < 4096; ++i) ASSERT_TRUE(pages.allocate(0));
  for (std::uint32_t page = 0; page < 64; ++page) {
    ASSERT_EQ(pages.free(page, 0), Error::none);
    ASSERT_EQ(pages.engine.delayed_pages(), 0u) << page;
  }
  ASSERT_EQ(pages.free(64, 0), Error::none);
  EXPECT_EQ(pages.engine.delayed_pages(), 1u);
}

TYPED_TEST(LazyBuddies, settle_a_delayed_block_with_each_free_below_the_low_watermark) {
  TestPages<TypeParam> pages(4096);
  for (std::uint32_t i = 0; i < 4096; ++i) ASSERT_TRUE(pages.allocate(0));
  for (std::uint32_t page = 0; page < 100; ++page) ASSERT_EQ(pages.free(page, 0), Error::none);
  ASSERT_EQ(pages.engine.delayed_pages(), 36u);
  for (int i = 0; i < 32; ++i) ASSERT_TRUE(pages.allocate(1)) << "what was merged goes";
  ASSERT_EQ(pages.engine.free_pages(), 36u);
  for (std::uint32_t i = 0; i < 28; ++i) {
    ASSERT_EQ(pages.free(2000 + i, 0), Error::none);
    ASSERT_EQ(pages.engine.delayed_pages(), 35 - i);
  }
  ASSERT_EQ(pages.engine.free_pages(), 64u);
  ASSERT_EQ(pages.free(3000, 0), Error::none);
  EXPECT_EQ(pages.engine.delayed_pages(), 9u) << "from the watermark on they are delayed again";
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
}

/* 128 pages in use one by one, of which the first 64 come back: two are merged, the others delayed. */
template <class Engine>
void delay_62(TestPages<Engine>& pages) {
  for (std::uint32_t i = 0; i < 128; ++i) ASSERT_TRUE(pages.allocate(0));
  for (std::uint32_t page = 0; page < 64; ++page) ASSERT_EQ(pages.free(page, 0), Error::none);
  ASSERT_EQ(pages.engine.delayed_pages(), 62u);
}

TYPED_TEST(LazyBuddies, settle_no_more_blocks_at_once_than_asked_for) {
  TestPages<TypeParam> pages(128);
  delay_62(pages);
  EXPECT_TRUE(pages.engine.settle(5));
  EXPECT_EQ(pages.engine.delayed_pages(), 57u);
  EXPECT_TRUE(pages.engine.settle(0));
  EXPECT_EQ(pages.engine.delayed_pages(), 57u);
  EXPECT_TRUE(pages.engine.settle(1000));
  EXPECT_EQ(pages.engine.delayed_pages(), 0u);
  EXPECT_FALSE(pages.engine.settle(1000)) << "nothing was left to be done";
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
}

TYPED_TEST(LazyBuddies, settle_the_largest_blocks_first) {
  TestPages<TypeParam> pages(1024);
  std::vector<std::uint32_t> held[3];
  for (unsigned order = 0; order < 3; ++order) {
    for (int i = 0; i < 8; ++i) held[order].push_back(pages.page_of(order));
    for (std::size_t i = 0; i < 2; ++i) ASSERT_EQ(pages.free(held[order][i], order), Error::none);
  }
  ASSERT_EQ(pages.engine.delayed_pages(), 2u + 4 + 8);
  EXPECT_TRUE(pages.engine.settle(2));
  EXPECT_EQ(pages.engine.delayed_pages(), 2u + 4);
  EXPECT_TRUE(pages.engine.settle(1));
  EXPECT_EQ(pages.engine.delayed_pages(), 2u + 2);
}

TYPED_TEST(LazyBuddies, serve_a_larger_request_once_they_have_settled) {
  TestPages<TypeParam> pages(128);
  delay_62(pages);
  EXPECT_EQ(pages.allocate(6).error, Error::no_free_block) << "64 pages are free, in pieces";
  settle_all(pages.engine);
  EXPECT_EQ(pages.page_of(6), 0u);
  EXPECT_EQ(pages.engine.free_pages(), 0u);
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
}

TYPED_TEST(LazyBuddies, never_have_more_delayed_than_in_use_when_blocks_are_cut) {
  TestPages<TypeParam> pages(512);
  std::vector<std::uint32_t> held;
  for (int i = 0; i < 8; ++i) held.push_back(pages.page_of(3));
  for (std::size_t i = 0; i < 4; ++i) ASSERT_EQ(pages.free(held[i], 3), Error::none);
  ASSERT_EQ(pages.engine.delayed_pages(), 32u); /* four of each: no slack */
  pages.engine.trim(PageIndex(held[4]), Order(3), 5);
  EXPECT_EQ(pages.engine.delayed_pages(), 24u) << "three of this order are in use now";
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
}

/* --- with migrate types, and with the placement lowest ------------------------------------------------------ */

TYPED_TEST(LazyBuddies, keep_delayed_blocks_for_their_type_when_another_claims_the_pageblock) {
  TestPages<TypeParam> pages(2048);
  const auto take = [&](unsigned order, MigrateType type) { return pages.engine.allocate(Order(order), type); };
  for (std::uint32_t page = 0; page < 8; ++page) ASSERT_EQ(pages.page_of(0), page);
  ASSERT_EQ(pages.free(2, 0), Error::none);
  ASSERT_EQ(pages.free(5, 0), Error::none);
  ASSERT_EQ(pages.engine.delayed_pages(), 2u);
  /* All other pageblocks go to movable, and then it claims the first one. */
  ASSERT_EQ(take(10, MigrateType::movable).value.value, 1024u);
  ASSERT_EQ(take(9, MigrateType::movable).value.value, 512u);
  ASSERT_EQ(take(3, MigrateType::movable).error, Error::none);
  ASSERT_EQ(pages.engine.type_of(PageIndex(0)), MigrateType::movable);
  EXPECT_EQ(pages.engine.delayed_pages(), 2u);
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
  FreeCounts counts;
  pages.engine.count_free(counts);
  EXPECT_EQ(counts.blocks[static_cast<unsigned>(MigrateType::unmovable)][0], 2u);

  EXPECT_GT(take(0, MigrateType::movable).value.value, 7u) << "they are not movable's";
  EXPECT_LT(take(0, MigrateType::unmovable).value.value, 8u);
  EXPECT_LT(take(0, MigrateType::unmovable).value.value, 8u);
  EXPECT_EQ(pages.engine.delayed_pages(), 0u);
  ASSERT_EQ(pages.free(1, 0), Error::none);
  ASSERT_EQ(pages.engine.delayed_pages(), 1u);
  EXPECT_EQ(take(0, MigrateType::movable).value.value, 1u) << "what is freed now is";
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
}

TEST(LazyLowestTest, takes_the_lowest_delayed_block_of_the_very_order_even_above_larger_delayed_ones) {
  TestPages<LazyLowest> pages(256);
  std::vector<std::uint32_t> twos, ones;
  for (int i = 0; i < 8; ++i) twos.push_back(pages.page_of(1));
  for (int i = 0; i < 8; ++i) ones.push_back(pages.page_of(0));
  ASSERT_EQ(pages.free(twos[1], 1), Error::none);
  ASSERT_EQ(pages.free(ones[6], 0), Error::none);
  ASSERT_EQ(pages.free(ones[3], 0), Error::none);
  ASSERT_EQ(pages.engine.delayed_pages(), 4u);
  (void)pages.world.take_events();
  EXPECT_EQ(pages.page_of(0), ones[3]);
  EXPECT_EQ(pages.page_of(0), ones[6]);
  EXPECT_EQ(pages.world.take_events(), Events{});
  EXPECT_EQ(pages.page_of(0), twos[1]) << "then the lowest of all that fit";
}

TEST(LazyLowestTest, takes_a_merged_block_below_all_delayed_ones) {
  TestPages<LazyLowest> pages(256);
  for (std::uint32_t page = 0; page < 9; ++page) ASSERT_EQ(pages.page_of(0), page);
  ASSERT_EQ(pages.page_of(2), 12u);
  ASSERT_EQ(pages.free(6, 0), Error::none);
  ASSERT_EQ(pages.engine.delayed_pages(), 1u);
  ASSERT_EQ(pages.free(12, 2), Error::none); /* slack 1: merged */
  EXPECT_EQ(pages.page_of(0), 6u) << "9 is free, but above";
  settle_all(pages.engine);
  ASSERT_EQ(pages.free(2, 0), Error::none);
  settle_all(pages.engine);
  ASSERT_EQ(pages.free(5, 0), Error::none);
  ASSERT_EQ(pages.engine.delayed_pages(), 1u);
  EXPECT_EQ(pages.page_of(0), 2u);
  EXPECT_EQ(pages.page_of(0), 5u);
  EXPECT_EQ(pages.page_of(0), 9u);
}

}  // namespace
}  // namespace mini_mm
