// SPDX-License-Identifier: GPL-2.0
#include "placement.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mini_mm {
namespace {

class LifoTest : public testing::Test {
 protected:
  void insert(std::uint32_t page, unsigned order) {
    map[PageIndex(page)].set(PageKind::free, Order(order));
    index.insert(map, {PageIndex(page), Order(order)});
  }
  Result<Block> take(unsigned order, unsigned max_order = 4) {
    const Result<Block> found = index.find(Order(order), Order(max_order));
    if (found) index.remove(map, found.value);
    return found;
  }

  std::vector<PageEntry> entries = std::vector<PageEntry>(32);
  PageMap map{entries.data(), 32};
  Lifo index;
};

TEST_F(LifoTest, has_nothing_to_take_at_first) { EXPECT_EQ(take(0).error, Error::no_free_block); }

TEST_F(LifoTest, serves_the_newest_block_of_an_order_first) {
  for (std::uint32_t page : {4u, 0u, 2u}) insert(page, 0);
  EXPECT_EQ(take(0).value.page.value, 2u);
  EXPECT_EQ(take(0).value.page.value, 0u);
  EXPECT_EQ(take(0).value.page.value, 4u);
  EXPECT_FALSE(take(0));
}

TEST_F(LifoTest, serves_the_smallest_order_that_fits_even_if_a_larger_block_is_newer) {
  insert(4, 1);
  insert(0, 0);
  insert(8, 2);
  const Result<Block> block = take(1);
  EXPECT_EQ(block.value.page.value, 4u);
  EXPECT_EQ(block.value.order, Order(1));
  EXPECT_EQ(take(1).value.order, Order(2));
  EXPECT_FALSE(take(1));
  EXPECT_EQ(index.count(Order(0)), 1u);
}

TEST_F(LifoTest, looks_up_to_the_highest_order_and_no_further) {
  insert(0, 4);
  EXPECT_FALSE(take(0, 3));
  EXPECT_TRUE(take(0, 4));
}

TEST_F(LifoTest, counts_its_blocks_by_order) {
  insert(0, 0);
  insert(2, 1);
  insert(4, 1);
  EXPECT_EQ(index.count(Order(0)), 1u);
  EXPECT_EQ(index.count(Order(1)), 2u);
  index.remove(map, {PageIndex(2), Order(1)});
  EXPECT_EQ(index.count(Order(1)), 1u);
}

TEST_F(LifoTest, its_check_sees_a_member_that_is_not_free_or_of_another_order) {
  insert(0, 1);
  insert(2, 1);
  EXPECT_TRUE(index.check(map, Order(1), PageKind::free));
  map[PageIndex(2)].set(PageKind::allocated, Order(1));
  EXPECT_FALSE(index.check(map, Order(1), PageKind::free));
  map[PageIndex(2)].set(PageKind::free, Order(0));
  EXPECT_FALSE(index.check(map, Order(1), PageKind::free));
  map[PageIndex(2)].set(PageKind::free, Order(1));
  EXPECT_TRUE(index.check(map, Order(1), PageKind::free));
}

}  // namespace
}  // namespace mini_mm
