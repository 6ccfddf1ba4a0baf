// SPDX-License-Identifier: GPL-2.0
#include "types.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mini_mm {
namespace {

TEST(Order, is_a_power_of_two_of_pages) {
  EXPECT_EQ(Order(0).pages(), 1u);
  EXPECT_EQ(Order(3).pages(), 8u);
  EXPECT_EQ(Order(kMaxOrder).pages(), 1024u);
  EXPECT_EQ(Order(0).bytes(), 4096u);
  EXPECT_EQ(Order(kMaxOrder).bytes(), 4u << 20);
}

TEST(Order, up_and_down_are_inverse) {
  for (unsigned order = 0; order < kMaxOrder; ++order) {
    EXPECT_EQ(Order(order).up(), Order(order + 1));
    EXPECT_EQ(Order(order).up().down(), Order(order));
  }
}

TEST(Order, that_no_arena_serves_stays_so_however_large_it_is) {
  EXPECT_EQ(Order(31).value, 31u);
  for (unsigned order : {32u, 255u, 256u, 266u, 0xffffffffu}) EXPECT_EQ(Order(order), Order(31));
}

TEST(PageIndex, the_buddys_buddy_is_the_block_itself) {
  for (unsigned order = 0; order <= kMaxOrder; ++order) {
    for (std::uint32_t page = 0; page < 4096; page += Order(order).pages()) {
      const PageIndex buddy = PageIndex(page).buddy(Order(order));
      EXPECT_NE(buddy.value, page);
      EXPECT_TRUE(buddy.aligned(Order(order)));
      EXPECT_EQ(buddy.buddy(Order(order)).value, page);
    }
  }
}

TEST(PageIndex, buddies_lie_side_by_side_in_one_parent) {
  for (unsigned order = 0; order < kMaxOrder; ++order) {
    for (std::uint32_t page = 0; page < 4096; page += Order(order).pages()) {
      const PageIndex block(page);
      const PageIndex buddy = block.buddy(Order(order));
      const PageIndex parent = block.parent(Order(order));
      EXPECT_EQ(parent, buddy.parent(Order(order)));
      EXPECT_EQ(parent, block < buddy ? block : buddy);
      EXPECT_TRUE(parent.aligned(Order(order + 1)));
      EXPECT_EQ(std::max(block, buddy).value - parent.value, Order(order).pages());
    }
  }
}

TEST(PageIndex, aligning_down_finds_the_block_that_holds_the_page) {
  EXPECT_EQ(PageIndex(13).align_down(Order(0)).value, 13u);
  EXPECT_EQ(PageIndex(13).align_down(Order(1)).value, 12u);
  EXPECT_EQ(PageIndex(13).align_down(Order(2)).value, 12u);
  EXPECT_EQ(PageIndex(13).align_down(Order(3)).value, 8u);
  EXPECT_TRUE(PageIndex(12).aligned(Order(2)));
  EXPECT_FALSE(PageIndex(12).aligned(Order(3)));
}

TEST(Types, rounding_reaches_the_next_multiple_and_keeps_multiples) {
  EXPECT_EQ(round_up(0, 16), 0u);
  EXPECT_EQ(round_up(1, 16), 16u);
  EXPECT_EQ(round_up(16, 16), 16u);
  EXPECT_EQ(round_up(17, 16), 32u);
  EXPECT_EQ(round_down(15, 16), 0u);
  EXPECT_EQ(round_down(16, 16), 16u);
  EXPECT_EQ(round_down(31, 16), 16u);
}

TEST(Types, the_highest_order_is_the_largest_block_that_fits_the_region_up_to_4_mib) {
  EXPECT_EQ(max_order_of(1), Order(0));
  EXPECT_EQ(max_order_of(2), Order(1));
  EXPECT_EQ(max_order_of(3), Order(1));
  EXPECT_EQ(max_order_of(4), Order(2));
  EXPECT_EQ(max_order_of(1000), Order(9));
  EXPECT_EQ(max_order_of(1023), Order(9));
  EXPECT_EQ(max_order_of(1024), Order(10));
  EXPECT_EQ(max_order_of(0xffffff), Order(10));
}

TEST(Result, is_either_a_value_or_an_error) {
  const Result<PageIndex> good = PageIndex(7);
  EXPECT_TRUE(good);
  EXPECT_EQ(good.value.value, 7u);
  EXPECT_EQ(good.error, Error::none);
  const Result<PageIndex> bad = Error::no_free_block;
  EXPECT_FALSE(bad);
  EXPECT_EQ(bad.error, Error::no_free_block);
}

}  // namespace
}  // namespace mini_mm
