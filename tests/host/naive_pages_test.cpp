// SPDX-License-Identifier: GPL-2.0
/* First fit, exact: what makes naive the contrast to the buddies. */
#include "naive_pages.hpp"

#include <gtest/gtest.h>

#include "all_page_engines.hpp"

namespace mini_mm {
namespace {

class NaivePagesTest : public testing::Test {
 protected:
  Result<PageIndex> run(std::uint32_t wanted, unsigned alignment = 0) {
    return pages.engine.allocate_run(wanted, Order(alignment), MigrateType::unmovable, Reserve::keep);
  }
  PageKind kind(std::uint32_t page) { return pages.map[PageIndex(page)].kind(); }

  TestPages<Naive> pages{64};
};

TEST_F(NaivePagesTest, give_21_kilobytes_six_pages_and_not_eight) {
  EXPECT_EQ(run((21 * 1024 + kPageSize - 1) / kPageSize).value.value, 0u);
  EXPECT_EQ(pages.engine.free_pages(), 58u);
  EXPECT_EQ(run(1).value.value, 6u) << "the very next page";
  EXPECT_EQ(pages.world.take_events(), Events{}) << "nothing is split";
}

TEST_F(NaivePagesTest, serve_the_first_run_that_is_long_enough) {
  /* 2 free at 10, 5 at 20, 3 at 40, and the last page. */
  ASSERT_EQ(pages.engine.claim(PageIndex(0), 10), Error::none);
  ASSERT_EQ(pages.engine.claim(PageIndex(12), 8), Error::none);
  ASSERT_EQ(pages.engine.claim(PageIndex(25), 15), Error::none);
  ASSERT_EQ(pages.engine.claim(PageIndex(43), 20), Error::none);
  EXPECT_EQ(run(3).value.value, 20u);
  EXPECT_EQ(run(3).value.value, 40u);
  EXPECT_EQ(run(2).value.value, 10u);
  EXPECT_EQ(run(3).error, Error::no_free_block) << "23, 24 and 63 are no run";
  EXPECT_EQ(run(1).value.value, 23u);
  EXPECT_EQ(run(1).value.value, 24u);
  EXPECT_EQ(run(1).value.value, 63u);
  EXPECT_EQ(run(1).error, Error::no_free_block);
}

TEST_F(NaivePagesTest, align_a_block_to_its_order_and_a_run_as_asked_for) {
  EXPECT_EQ(pages.page_of(0), 0u);
  EXPECT_EQ(pages.page_of(3), 8u);
  EXPECT_EQ(run(3, 2).value.value, 4u);
  EXPECT_EQ(run(7).value.value, 16u) << "neither 1-3 nor the page left at 7 will do";
  EXPECT_EQ(pages.page_of(0), 1u);
}

TEST_F(NaivePagesTest, join_what_is_free_at_once_whatever_it_was_before) {
  for (std::uint32_t page = 0; page < 64; ++page) ASSERT_EQ(pages.page_of(0), page);
  for (const std::uint32_t page : {31u, 33u, 32u}) ASSERT_EQ(pages.free(page, 0), Error::none);
  EXPECT_EQ(run(3).value.value, 31u) << "a run that no buddy system could give";
}

TEST_F(NaivePagesTest, have_no_migrate_types_and_say_so) {
  const StateOf<Naive> before(pages);
  for (const MigrateType type : {MigrateType::movable, MigrateType::reclaimable}) {
    EXPECT_EQ(pages.engine.allocate(Order(0), type).error, Error::unsupported);
    EXPECT_EQ(pages.engine.allocate_run(3, Order(0), type, Reserve::keep).error, Error::unsupported);
  }
  EXPECT_TRUE(StateOf<Naive>(pages) == before);
  EXPECT_EQ(pages.engine.statistics().failures, 0u) << "nothing has run out";
  EXPECT_EQ(pages.engine.type_of(PageIndex(7)), MigrateType::unmovable);
}

TEST_F(NaivePagesTest, put_nothing_off) {
  ASSERT_EQ(pages.free(pages.page_of(2), 2), Error::none);
  EXPECT_FALSE(pages.engine.settle(64));
  EXPECT_EQ(pages.engine.delayed_pages(), 0u);
}

TEST_F(NaivePagesTest, show_free_pages_as_the_blocks_of_a_buddy_system) {
  const auto expect_blocks = [&](FreeBlockList expected) {
    FreeBlockList blocks;
    for (PageIndex page; page.value < 64;) {
      const bool free = kind(page.value) == PageKind::free;
      const Order order = free ? pages.engine.free_block(page) : pages.map[page].order();
      if (free) blocks.emplace_back(page.value, order.value);
      page = page + order.pages();
    }
    EXPECT_EQ(blocks, expected);
  };
  expect_blocks({{0, 6}});
  ASSERT_EQ(pages.engine.claim(PageIndex(5), 1), Error::none);
  expect_blocks({{0, 2}, {4, 0}, {6, 1}, {8, 3}, {16, 4}, {32, 5}});
  ASSERT_EQ(pages.engine.claim(PageIndex(40), 24), Error::none);
  expect_blocks({{0, 2}, {4, 0}, {6, 1}, {8, 3}, {16, 4}, {32, 3}});
  EXPECT_EQ(free_blocks_of(pages.engine), (std::vector<std::uint32_t>{1, 1, 1, 2, 1, 0, 0}));
}

TEST(NaivePagesOfAnOddRegion, show_blocks_that_end_where_it_ends) {
  TestPages<Naive> pages(37);
  EXPECT_EQ(pages.engine.free_block(PageIndex(32)), Order(2));
  EXPECT_EQ(pages.engine.free_block(PageIndex(36)), Order(0));
  EXPECT_EQ(pages.engine.allocate_run(32, Order(0), MigrateType::unmovable, Reserve::keep).value.value, 0u);
  EXPECT_EQ(pages.engine.allocate_run(5, Order(0), MigrateType::unmovable, Reserve::keep).value.value, 32u);
}

}  // namespace
}  // namespace mini_mm
