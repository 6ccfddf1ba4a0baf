// SPDX-License-Identifier: GPL-2.0
/* What holds for every page engine: blocks of 2^order pages, and frees that are refused. */
#include "page_engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "all_page_engines.hpp"

namespace mini_mm {
namespace {

/* Less than a block, a tail, one and several highest blocks, and regions with migrate types. */
constexpr std::uint32_t kSizes[] = {1, 2, 3, 13, 64, 97, 511, 1023, 1024, 1536, 2047, 3001};

template <class Engine>
class PageEngineTest : public testing::Test {
  static_assert(PageEngine<Engine>);
};
TYPED_TEST_SUITE(PageEngineTest, AllPageEngines, EngineNames);

TYPED_TEST(PageEngineTest, starts_with_all_pages_free_in_the_largest_possible_blocks) {
  for (const std::uint32_t size : kSizes) {
    TestPages<TypeParam> pages(size);
    EXPECT_EQ(pages.engine.free_pages(), size);
    EXPECT_EQ(pages.engine.delayed_pages(), 0u);
    EXPECT_EQ(pages.engine.max_order(), max_order_of(size));
    EXPECT_EQ(free_blocks_of(pages.engine), merged_blocks_of(pages.map, pages.engine.max_order()));
    EXPECT_EQ(pages.engine.broken_invariant(), nullptr);
    EXPECT_EQ(pages.world.take_events(), Events{});
  }
}

TYPED_TEST(PageEngineTest, serves_every_order_until_none_is_left_and_takes_all_back_to_the_start_state) {
  for (const std::uint32_t size : kSizes) {
    TestPages<TypeParam> pages(size);
    const auto at_start = free_blocks_of(pages.engine);
    for (unsigned order = 0; order <= pages.engine.max_order().value; ++order) {
      std::vector<std::uint32_t> held;
      std::vector<char> owned(size);
      while (const Result<PageIndex> page = pages.allocate(order)) {
        ASSERT_TRUE(page.value.aligned(Order(order)));
        ASSERT_LE(page.value.value + Order(order).pages(), size);
        ASSERT_TRUE(pages.map[page.value].is(PageKind::allocated, Order(order)));
        for (std::uint32_t i = 0; i < Order(order).pages(); ++i) {
          ASSERT_FALSE(owned[page.value.value + i]) << "a page was given out twice";
          owned[page.value.value + i] = true;
        }
        held.push_back(page.value.value);
      }
      ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
      ASSERT_EQ(held.size(), size >> order);
      ASSERT_EQ(pages.engine.free_pages(), size - held.size() * Order(order).pages());
      for (const std::uint32_t page : held) ASSERT_EQ(pages.free(page, order), Error::none);
      ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
      ASSERT_EQ(pages.engine.free_pages(), size);
      settle_all(pages.engine);
      ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
      ASSERT_EQ(free_blocks_of(pages.engine), at_start) << "order " << order << " of " << size;
    }
  }
}

TYPED_TEST(PageEngineTest, counts_what_it_serves_takes_back_and_cannot_serve) {
  TestPages<TypeParam> pages(64);
  std::vector<std::uint32_t> held;
  while (const Result<PageIndex> page = pages.allocate(2)) held.push_back(page.value.value);
  for (const std::uint32_t page : held) EXPECT_EQ(pages.free(page, 2), Error::none);
  EXPECT_EQ(pages.engine.statistics().allocations, 16u);
  EXPECT_EQ(pages.engine.statistics().frees, 16u);
  EXPECT_EQ(pages.engine.statistics().failures, 1u);
  EXPECT_EQ(pages.engine.statistics().refused, 0u);
}

TYPED_TEST(PageEngineTest, the_index_of_free_blocks_says_what_the_page_map_says) {
  TestPages<TypeParam> pages(2047);
  std::vector<std::uint32_t> held;
  while (const Result<PageIndex> page = pages.allocate(1)) held.push_back(page.value.value);
  for (std::size_t i = 0; i < held.size(); i += 3) EXPECT_EQ(pages.free(held[i], 1), Error::none);
  EXPECT_EQ(counted_free_pages(pages.engine), pages.engine.free_pages());
  for (PageIndex page; page.value < 2047;) {
    const bool free = is_free(pages.map[page].kind());
    const Order order = free ? pages.engine.free_block(page) : pages.map[page].order();
    ASSERT_TRUE(page.aligned(order));
    for (std::uint32_t i = 0; free && i < order.pages(); ++i) {
      ASSERT_TRUE(is_free(pages.map[pages.map.block_of(page + i)].kind()));
    }
    page = page + order.pages();
  }
  settle_all(pages.engine);
  EXPECT_EQ(free_blocks_of(pages.engine), merged_blocks_of(pages.map, pages.engine.max_order()));
}

/* --- what is refused --------------------------------------------------------------------------------- */

TYPED_TEST(PageEngineTest, an_order_above_the_highest_is_refused_and_is_no_failure) {
  TestPages<TypeParam> pages(97);
  const StateOf<TypeParam> before(pages);
  for (const unsigned order : {7u, 10u, 11u, 31u, 32u, 255u, 256u, ~0u}) {
    EXPECT_EQ(pages.allocate(order).error, Error::bad_order) << order;
  }
  EXPECT_EQ(pages.engine.statistics().failures, 0u);
  EXPECT_TRUE(StateOf<TypeParam>(pages) == before);
}

TYPED_TEST(PageEngineTest, each_wrong_free_is_refused_for_its_reason_counted_and_changes_nothing) {
  TestPages<TypeParam> pages(97);
  /* A block of each order, and some that were free before: merged, delayed, or never in use. */
  std::vector<std::pair<std::uint32_t, unsigned>> held;
  for (unsigned order = 0; order <= 4; ++order) held.emplace_back(pages.page_of(order), order);
  std::vector<std::uint32_t> freed;
  for (int i = 0; i < 8; ++i) freed.push_back(pages.page_of(0));
  for (const std::uint32_t page : freed) ASSERT_EQ(pages.free(page, 0), Error::none);

  const StateOf<TypeParam> before(pages);
  std::uint64_t refused = 0;
  const auto refuses = [&](std::uint32_t page, unsigned order, Error error) {
    EXPECT_EQ(pages.free(page, order), error) << page << " of order " << order;
    EXPECT_EQ(pages.engine.statistics().refused, ++refused);
    EXPECT_TRUE(StateOf<TypeParam>(pages) == before);
  };
  for (const std::uint32_t page : {97u, 98u, 1000u, 0x1000000u, ~0u}) refuses(page, 0, Error::outside);
  for (const auto& [page, own] : held) {
    for (unsigned order = 0; order <= 6; ++order) {
      if (order != own) refuses(page, order, Error::wrong_order);
    }
    refuses(page, 7, Error::bad_order);
    for (std::uint32_t i = 1; i < Order(own).pages(); ++i) refuses(page + i, 0, Error::not_allocated);
  }
  for (std::uint32_t page = 0; page < 97; ++page) {
    if (is_free(pages.map[pages.map.block_of(PageIndex(page))].kind())) refuses(page, 0, Error::double_free);
  }
  for (const auto& [page, order] : held) EXPECT_EQ(pages.free(page, order), Error::none);
  EXPECT_EQ(pages.engine.statistics().frees, held.size() + freed.size());
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
}

TYPED_TEST(PageEngineTest, a_slabs_pages_are_not_freed_as_a_page_block) {
  TestPages<TypeParam> pages(16);
  for (const PageKind kind : {PageKind::slab, PageKind::tail, PageKind::slub}) {
    const PageIndex page = pages.allocate(1).value;
    pages.map[page].set(kind, Order(1));
    EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
    EXPECT_EQ(pages.engine.free(page, Order(1)), Error::wrong_kind);
    pages.map[page].set(PageKind::allocated, Order(1));
    EXPECT_EQ(pages.engine.free(page, Order(1)), Error::none);
  }
  EXPECT_EQ(pages.engine.statistics().refused, 3u);
}

TYPED_TEST(PageEngineTest, an_injected_failure_fails_one_request_is_counted_and_changes_nothing) {
  TestPages<TypeParam> pages(64);
  (void)pages.page_of(0);
  const StateOf<TypeParam> before(pages);
  pages.world.fail_next(FaultPoint::page);
  EXPECT_EQ(pages.allocate(0).error, Error::injected);
  pages.world.fail_next(FaultPoint::page);
  EXPECT_EQ(pages.engine.allocate_run(3, Order(0), MigrateType::unmovable, Reserve::keep).error, Error::injected);
  EXPECT_TRUE(StateOf<TypeParam>(pages) == before);
  EXPECT_EQ(pages.engine.statistics().failures, 2u);
  EXPECT_TRUE(pages.allocate(0));
  EXPECT_TRUE(pages.engine.allocate_run(3, Order(0), MigrateType::unmovable, Reserve::keep));
}

TYPED_TEST(PageEngineTest, a_refused_request_does_not_use_up_an_injected_failure) {
  TestPages<TypeParam> pages(64);
  pages.world.fail_next(FaultPoint::page);
  EXPECT_EQ(pages.allocate(7).error, Error::bad_order);
  EXPECT_EQ(pages.engine.allocate_run(0, Order(0), MigrateType::unmovable, Reserve::keep).error, Error::bad_size);
  EXPECT_TRUE(pages.world.failure_pending(FaultPoint::page));
}

/* --- watermarks ---------------------------------------------------------------------------------------- */

TYPED_TEST(PageEngineTest, ordinary_requests_leave_the_minimum_and_those_that_may_go_to_the_last_page) {
  TestPages<TypeParam> pages(128, 16);
  EXPECT_EQ(pages.engine.watermarks().min, 16u);
  EXPECT_EQ(pages.engine.watermarks().low, 20u) << "a quarter of min above it";
  EXPECT_EQ(pages.engine.watermarks().high, 24u);
  EXPECT_EQ(pages.allocate(7).error, Error::no_free_block) << "it would leave none";
  std::vector<std::uint32_t> held;
  while (const Result<PageIndex> page = pages.allocate(0)) held.push_back(page.value.value);
  EXPECT_EQ(pages.engine.free_pages(), 16u);
  EXPECT_EQ(pages.engine.statistics().failures, 2u);
  EXPECT_EQ(pages.engine.allocate_run(1, Order(0), MigrateType::unmovable, Reserve::keep).error, Error::no_free_block);
  while (const auto page = pages.engine.allocate(Order(0), MigrateType::unmovable, Reserve::use)) {
    held.push_back(page.value.value);
  }
  EXPECT_EQ(pages.engine.free_pages(), 0u);
  EXPECT_EQ(held.size(), 128u);
  for (const std::uint32_t page : held) EXPECT_EQ(pages.free(page, 0), Error::none);
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
}

TYPED_TEST(PageEngineTest, without_a_minimum_every_page_can_be_had) {
  TestPages<TypeParam> pages(128);
  EXPECT_EQ(pages.engine.watermarks().min, 0u);
  EXPECT_TRUE(pages.allocate(7));
  EXPECT_EQ(pages.engine.free_pages(), 0u);
}

/* The distance between two watermarks: a quarter of min, or a 64th of the region. */
TEST(WatermarksTest, lie_a_quarter_of_min_apart_or_a_share_of_the_region) {
  EXPECT_EQ(Watermarks::of(6400, 0).low, 100u);
  EXPECT_EQ(Watermarks::of(6400, 0).high, 200u);
  EXPECT_EQ(Watermarks::of(6400, 800).low, 1000u);
  EXPECT_EQ(Watermarks::of(6400, 800).high, 1200u);
  EXPECT_EQ(Watermarks::of(63, 0).low, 0u);
}

TEST(WatermarksTest, allow_what_leaves_exactly_min) {
  const Watermarks marks = Watermarks::of(64, 8);
  EXPECT_TRUE(marks.allows(12, 4, Reserve::keep));
  EXPECT_FALSE(marks.allows(11, 4, Reserve::keep));
  EXPECT_TRUE(marks.allows(11, 4, Reserve::use));
  EXPECT_TRUE(Watermarks::of(64, 0).allows(0, 4, Reserve::keep)) << "no minimum, no opinion";
}

}  // namespace
}  // namespace mini_mm
