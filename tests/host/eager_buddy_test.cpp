// SPDX-License-Identifier: GPL-2.0
#include "eager_buddy.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>

#include "test_buddy.hpp"

namespace mini_mm {
namespace {

/* 1, 2, primes, powers of two and their neighbours, round numbers, and more than one highest block. */
constexpr std::uint32_t kRegionSizes[] = {1,   2,   3,   4,   5,    7,    13,   16,   31,   32,   33,   97,
                                          127, 128, 129, 511, 1000, 1023, 1024, 1025, 1536, 2047, 3001, 4096};

using Counts = std::vector<std::uint32_t>;

class EagerBuddyAnySize : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Regions, EagerBuddyAnySize, testing::ValuesIn(kRegionSizes),
                         testing::PrintToStringParamName());

TEST_P(EagerBuddyAnySize, starts_with_all_pages_free_in_the_largest_possible_blocks) {
  TestBuddy buddy(GetParam());
  EXPECT_EQ(buddy.damage(), "");
  EXPECT_EQ(buddy.engine.free_pages(), GetParam());
  EXPECT_EQ(buddy.engine.max_order(), max_order_of(GetParam()));
  EXPECT_TRUE(buddy.world.take_events().empty());
}

TEST_P(EagerBuddyAnySize, serves_every_order_until_no_block_of_it_is_left_and_takes_all_back) {
  TestBuddy buddy(GetParam());
  const Counts at_start = buddy.free_blocks();
  for (unsigned order = 0; order <= buddy.engine.max_order().value; ++order) {
    std::vector<std::uint32_t> pages;
    while (const Result<PageIndex> page = buddy.allocate(order)) {
      ASSERT_TRUE(page.value.aligned(Order(order)));
      ASSERT_LE(page.value.value + Order(order).pages(), GetParam());
      pages.push_back(page.value.value);
    }
    ASSERT_EQ(buddy.damage(), "");
    EXPECT_EQ(pages.size(), GetParam() >> order);
    EXPECT_EQ(buddy.engine.free_pages(), GetParam() - pages.size() * Order(order).pages());
    std::sort(pages.begin(), pages.end());
    ASSERT_EQ(std::adjacent_find(pages.begin(), pages.end()), pages.end()) << "a block was given out twice";
    for (std::uint32_t page : pages) ASSERT_EQ(buddy.free(page, order), Error::none);
    ASSERT_EQ(buddy.damage(), "");
    EXPECT_EQ(buddy.free_blocks(), at_start) << "order " << order;
  }
}

TEST_P(EagerBuddyAnySize, merges_back_to_the_start_whatever_the_order_of_the_frees) {
  TestBuddy buddy(GetParam());
  const Counts at_start = buddy.free_blocks();
  std::vector<std::uint32_t> pages;
  while (const Result<PageIndex> page = buddy.allocate(0)) pages.push_back(page.value.value);
  const auto free_all = [&] {
    for (std::uint32_t page : pages) ASSERT_EQ(buddy.free(page, 0), Error::none);
    EXPECT_EQ(buddy.damage(), "");
    EXPECT_EQ(buddy.free_blocks(), at_start);
    for (std::size_t i = 0; i < pages.size(); ++i) ASSERT_TRUE(buddy.allocate(0));
  };
  std::sort(pages.begin(), pages.end());
  free_all();
  std::reverse(pages.begin(), pages.end());
  free_all();
  /* Every second page first: no free page has a free buddy until the other half comes. */
  std::stable_partition(pages.begin(), pages.end(), [](std::uint32_t page) { return page % 2 == 0; });
  free_all();
  std::shuffle(pages.begin(), pages.end(), std::mt19937(GetParam()));
  free_all();
}

TEST_P(EagerBuddyAnySize, serves_a_fresh_region_from_its_lowest_address_up) {
  for (unsigned order = 0; order <= max_order_of(GetParam()).value; ++order) {
    /* Sizes with a tail serve it first: it holds the smaller blocks. */
    if (GetParam() % Order(max_order_of(GetParam())).pages() != 0) continue;
    TestBuddy buddy(GetParam());
    for (std::uint32_t expected = 0; expected < GetParam(); expected += Order(order).pages()) {
      ASSERT_EQ(buddy.page_of(order), expected) << "order " << order;
    }
  }
}

TEST(EagerBuddy, a_fresh_region_with_a_tail_serves_from_the_smallest_block_that_fits) {
  TestBuddy buddy(13); /* 0-7, 8-11, 12 */
  EXPECT_EQ(buddy.free_blocks(), (Counts{1, 0, 1, 1}));
  EXPECT_EQ(buddy.page_of(0), 12u);
  EXPECT_EQ(buddy.page_of(1), 8u);
  EXPECT_EQ(buddy.page_of(1), 10u);
  EXPECT_EQ(buddy.page_of(1), 0u);
}

TEST(EagerBuddy, splits_down_to_the_order_and_says_each_split) {
  TestBuddy buddy(8);
  EXPECT_EQ(buddy.page_of(0), 0u);
  EXPECT_EQ(buddy.world.take_events(), (Events{split(0, 3), split(0, 2), split(0, 1)}));
  EXPECT_EQ(buddy.free_blocks(), (Counts{1, 1, 1, 0}));
  EXPECT_EQ(buddy.engine.statistics().splits, 3u);
}

TEST(EagerBuddy, does_not_split_a_block_of_the_right_order) {
  TestBuddy buddy(8);
  EXPECT_EQ(buddy.page_of(3), 0u);
  EXPECT_EQ(buddy.world.take_events(), Events{});
}

TEST(EagerBuddy, merges_upwards_as_far_as_it_goes_and_says_each_merge) {
  TestBuddy buddy(8);
  (void)buddy.page_of(0);
  (void)buddy.world.take_events();
  EXPECT_EQ(buddy.free(0, 0), Error::none);
  EXPECT_EQ(buddy.world.take_events(), (Events{merge(0, 0), merge(0, 1), merge(0, 2)}));
  EXPECT_EQ(buddy.free_blocks(), (Counts{0, 0, 0, 1}));
  EXPECT_EQ(buddy.engine.statistics().merges, 3u);
}

TEST(EagerBuddy, merges_with_a_buddy_below_and_with_a_buddy_above) {
  for (const bool upper_first : {false, true}) {
    TestBuddy buddy(8);
    for (int i = 0; i < 4; ++i) (void)buddy.page_of(1);
    (void)buddy.world.take_events();
    EXPECT_EQ(buddy.free(upper_first ? 6 : 4, 1), Error::none);
    EXPECT_EQ(buddy.world.take_events(), Events{});
    EXPECT_EQ(buddy.free(upper_first ? 4 : 6, 1), Error::none);
    EXPECT_EQ(buddy.world.take_events(), Events{merge(4, 1)}) << "a merge names the lower half";
    EXPECT_EQ(buddy.free_blocks(), (Counts{0, 0, 1, 0}));
    EXPECT_EQ(buddy.damage(), "");
  }
}

TEST(EagerBuddy, does_not_merge_neighbours_that_are_no_buddies) {
  TestBuddy buddy(4);
  for (int i = 0; i < 4; ++i) (void)buddy.page_of(0);
  EXPECT_EQ(buddy.free(1, 0), Error::none);
  EXPECT_EQ(buddy.free(2, 0), Error::none);
  EXPECT_EQ(buddy.free_blocks(), (Counts{2, 0, 0}));
}

TEST(EagerBuddy, does_not_merge_with_a_buddy_that_is_free_in_part_only) {
  for (const std::uint32_t free_half : {2u, 3u}) {
    TestBuddy buddy(4);
    (void)buddy.page_of(1);
    (void)buddy.page_of(0);
    (void)buddy.page_of(0);
    EXPECT_EQ(buddy.free(free_half, 0), Error::none);
    EXPECT_EQ(buddy.free(0, 1), Error::none) << "its buddy is 2-3";
    EXPECT_EQ(buddy.free_blocks(), (Counts{1, 1, 0}));
    EXPECT_EQ(buddy.damage(), "");
  }
}

TEST(EagerBuddy, never_makes_blocks_above_the_highest_order) {
  TestBuddy buddy(4 * 1024);
  EXPECT_EQ(buddy.free_blocks().back(), 4u);
  (void)buddy.page_of(10);
  EXPECT_EQ(buddy.free(0, 10), Error::none);
  EXPECT_EQ(buddy.free_blocks().back(), 4u);
  EXPECT_EQ(buddy.engine.statistics().merges, 0u);
}

TEST(EagerBuddy, never_merges_across_the_end_of_the_region) {
  TestBuddy buddy(7); /* 0-3, 4-5, 6; the buddy of 6 would be 7 */
  EXPECT_EQ(buddy.page_of(0), 6u);
  EXPECT_EQ(buddy.free(6, 0), Error::none);
  EXPECT_EQ(buddy.page_of(1), 4u);
  EXPECT_EQ(buddy.free(4, 1), Error::none);
  EXPECT_EQ(buddy.world.take_events(), Events{});
  EXPECT_EQ(buddy.free_blocks(), (Counts{1, 1, 1}));
}

TEST(EagerBuddy, serves_the_most_recently_freed_block_first) {
  TestBuddy buddy(8);
  for (int i = 0; i < 8; ++i) (void)buddy.page_of(0);
  for (std::uint32_t page : {2u, 6u, 0u}) EXPECT_EQ(buddy.free(page, 0), Error::none);
  EXPECT_EQ(buddy.page_of(0), 0u);
  EXPECT_EQ(buddy.page_of(0), 6u);
  EXPECT_EQ(buddy.page_of(0), 2u);
}

TEST(EagerBuddy, serves_the_smallest_order_that_fits_and_keeps_large_blocks_whole) {
  TestBuddy buddy(16);
  for (int i = 0; i < 16; ++i) (void)buddy.page_of(0);
  for (std::uint32_t page : {5u, 8u, 9u, 10u, 11u}) EXPECT_EQ(buddy.free(page, 0), Error::none);
  (void)buddy.world.take_events();
  EXPECT_EQ(buddy.page_of(0), 5u);
  EXPECT_EQ(buddy.world.take_events(), Events{});
  EXPECT_EQ(buddy.free_blocks(), (Counts{0, 0, 1, 0, 0}));
}

TEST(EagerBuddy, fails_cleanly_when_no_block_is_large_enough) {
  TestBuddy buddy(4);
  for (int i = 0; i < 4; ++i) (void)buddy.page_of(0);
  EXPECT_EQ(buddy.free(0, 0), Error::none);
  EXPECT_EQ(buddy.free(2, 0), Error::none);
  const auto before = buddy.snapshot();
  EXPECT_EQ(buddy.allocate(1).error, Error::no_free_block);
  EXPECT_EQ(buddy.engine.statistics().failures, 1u);
  EXPECT_TRUE(buddy.map_equals(before));
  EXPECT_EQ(buddy.engine.free_pages(), 2u);
}

TEST(EagerBuddy, refuses_an_order_above_its_highest) {
  TestBuddy buddy(1023);
  EXPECT_EQ(buddy.allocate(10).error, Error::bad_order);
  EXPECT_EQ(buddy.allocate(256).error, Error::bad_order);
  EXPECT_TRUE(buddy.allocate(9));
}

TEST(EagerBuddy, fails_when_the_platform_says_so_and_serves_the_next_request) {
  TestBuddy buddy(4);
  buddy.world.fail_next(FaultPoint::page);
  const auto before = buddy.snapshot();
  EXPECT_EQ(buddy.allocate(0).error, Error::injected);
  EXPECT_TRUE(buddy.map_equals(before));
  EXPECT_EQ(buddy.engine.statistics().failures, 1u);
  EXPECT_EQ(buddy.engine.statistics().allocations, 0u);
  EXPECT_TRUE(buddy.allocate(0));
}

TEST(EagerBuddy, counts_what_it_did) {
  TestBuddy buddy(4);
  (void)buddy.allocate(0);
  (void)buddy.allocate(1);
  (void)buddy.allocate(2);
  (void)buddy.free(0, 0);
  (void)buddy.free(0, 0);
  const PageStatistics& statistics = buddy.engine.statistics();
  EXPECT_EQ(statistics.allocations, 2u);
  EXPECT_EQ(statistics.frees, 1u);
  EXPECT_EQ(statistics.failures, 1u);
  EXPECT_EQ(statistics.refused, 1u);
  EXPECT_EQ(statistics.splits, 2u);
  EXPECT_EQ(statistics.merges, 1u);
  EXPECT_EQ(buddy.engine.free_pages(), 2u);
}

/* Pages 0-7 in use as one block of order 3, 8-11 as one of order 2, 12-15 free. */
class EagerBuddyRefuses : public testing::Test {
 protected:
  EagerBuddyRefuses() {
    (void)buddy.page_of(3);
    (void)buddy.page_of(2);
    (void)buddy.world.take_events();
  }

  void refuses(std::uint32_t page, unsigned order, Error error) {
    const auto before = buddy.snapshot();
    const Counts counts = buddy.free_blocks();
    const std::uint64_t refused = buddy.engine.statistics().refused;
    EXPECT_EQ(buddy.free(page, order), error);
    EXPECT_TRUE(buddy.map_equals(before)) << "a refused free changed the map";
    EXPECT_EQ(buddy.free_blocks(), counts);
    EXPECT_EQ(buddy.engine.free_pages(), 4u);
    EXPECT_EQ(buddy.engine.statistics().refused, refused + 1);
    EXPECT_EQ(buddy.engine.statistics().frees, frees);
    EXPECT_EQ(buddy.world.take_events(), Events{});
    EXPECT_EQ(buddy.damage(), "");
  }

  TestBuddy buddy{16};
  std::uint64_t frees = 0;
};

TEST_F(EagerBuddyRefuses, a_page_that_is_not_in_the_region) {
  refuses(16, 0, Error::outside);
  refuses(0xfffffe, 0, Error::outside);
  refuses(0xffffffff, 3, Error::outside);
}

TEST_F(EagerBuddyRefuses, a_block_of_another_order) {
  for (unsigned order : {0u, 2u, 4u}) refuses(0, order, Error::wrong_order);
  for (unsigned order : {0u, 1u, 3u}) refuses(8, order, Error::wrong_order);
}

TEST_F(EagerBuddyRefuses, an_order_above_its_highest) {
  for (unsigned order : {5u, 10u, 31u, 256u, 0xffffffffu}) refuses(0, order, Error::bad_order);
}

TEST_F(EagerBuddyRefuses, every_page_inside_of_a_block) {
  for (std::uint32_t page = 1; page < 8; ++page) {
    for (unsigned order = 0; order <= 3; ++order) refuses(page, order, Error::not_allocated);
  }
}

TEST_F(EagerBuddyRefuses, a_free_block_and_every_page_inside_of_it) {
  for (std::uint32_t page = 12; page < 16; ++page) refuses(page, 0, Error::double_free);
  refuses(12, 2, Error::double_free);
}

TEST_F(EagerBuddyRefuses, a_second_free_of_blocks_that_were_merged_since) {
  const std::uint32_t lower = buddy.page_of(1), upper = buddy.page_of(1);
  EXPECT_EQ(buddy.free(lower, 1), Error::none);
  EXPECT_EQ(buddy.free(upper, 1), Error::none);
  (void)buddy.world.take_events();
  frees = 2;
  refuses(lower, 1, Error::double_free);
  refuses(upper, 1, Error::double_free);
}

TEST_F(EagerBuddyRefuses, a_second_free_of_a_block_that_is_now_inside_of_another_one) {
  const std::uint32_t lower = buddy.page_of(1), upper = buddy.page_of(1);
  EXPECT_EQ(buddy.free(lower, 1), Error::none);
  EXPECT_EQ(buddy.free(upper, 1), Error::none);
  EXPECT_EQ(buddy.page_of(2), lower);
  EXPECT_EQ(buddy.free(upper, 1), Error::not_allocated);
  EXPECT_EQ(buddy.free(lower, 1), Error::wrong_order);
  EXPECT_EQ(buddy.damage(), "");
}

TEST_F(EagerBuddyRefuses, a_slab_and_what_is_inside_of_it) {
  buddy.map[PageIndex(8)].set(PageKind::slab, Order(2));
  refuses(8, 2, Error::wrong_kind);
  refuses(8, 0, Error::wrong_kind);
  refuses(9, 0, Error::not_allocated);
}

TEST_F(EagerBuddyRefuses, a_block_whose_map_entry_is_of_no_kind) {
  const PageEntry before = buddy.map[PageIndex(8)];
  buddy.map[PageIndex(8)].set(static_cast<PageKind>(9), Order(2));
  EXPECT_EQ(buddy.free(8, 2), Error::corrupt);
  buddy.map[PageIndex(8)] = before;
  EXPECT_EQ(buddy.free(8, 2), Error::none);
}

/* How many map entries an operation writes, whatever the size of the region: two or three an order. */
class EagerBuddyCost : public testing::Test {
 protected:
  static constexpr std::uint32_t kPages = 1 << 20;
  static constexpr std::size_t kLimit = 3 * (kMaxOrder + 1);

  template <class Operation>
  void costs_at_most(std::size_t limit, Operation operation) {
    const auto before = buddy.snapshot();
    operation();
    EXPECT_LE(buddy.changed_entries(before), limit);
  }

  TestBuddy buddy{kPages};
};

TEST_F(EagerBuddyCost, of_a_block_of_the_highest_order_does_not_grow_with_its_pages) {
  std::uint32_t page = 0;
  costs_at_most(2, [&] { page = buddy.page_of(kMaxOrder); });
  costs_at_most(2, [&] { EXPECT_EQ(buddy.free(page, kMaxOrder), Error::none); });
}

TEST_F(EagerBuddyCost, of_the_longest_chain_of_splits_and_merges_is_a_few_entries_an_order) {
  std::uint32_t page = 0;
  costs_at_most(kLimit, [&] { page = buddy.page_of(0); });
  EXPECT_EQ(buddy.engine.statistics().splits, kMaxOrder);
  costs_at_most(kLimit, [&] { EXPECT_EQ(buddy.free(page, 0), Error::none); });
  EXPECT_EQ(buddy.engine.statistics().merges, kMaxOrder);
}

TEST_F(EagerBuddyCost, does_not_grow_with_the_number_of_free_blocks) {
  for (std::uint32_t page = 0; page < kPages; ++page) (void)buddy.page_of(0);
  for (std::uint32_t page = 0; page < kPages; page += 2) (void)buddy.free(page, 0);
  costs_at_most(kLimit, [&] { EXPECT_EQ(buddy.free(1, 0), Error::none); }); /* its buddy is the list's last */
  costs_at_most(kLimit, [&] { EXPECT_EQ(buddy.free(777777, 0), Error::none); });
  costs_at_most(2, [&] { EXPECT_EQ(buddy.page_of(1), 777776u); });
}

TEST(EagerBuddy, manages_the_largest_region_to_its_last_page) {
  TestBuddy buddy(PageMap::kMaxPages);
  EXPECT_EQ(buddy.page_of(0), PageMap::kMaxPages - 1);
  EXPECT_EQ(buddy.free(PageMap::kMaxPages - 1, 0), Error::none);
  EXPECT_EQ(buddy.engine.broken_invariant(), nullptr);
  EXPECT_EQ(buddy.engine.free_pages(), PageMap::kMaxPages);
}

}  // namespace
}  // namespace mini_mm
