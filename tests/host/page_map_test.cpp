// SPDX-License-Identifier: GPL-2.0
#include "page_map.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mini_mm {
namespace {

struct Map {
  explicit Map(std::uint32_t pages) : entries(pages), map(entries.data(), pages) {}
  PageEntry& operator[](std::uint32_t page) { return map[PageIndex(page)]; }

  std::vector<PageEntry> entries;
  PageMap map;
};

TEST(PageEntry, is_inside_of_a_block_when_all_its_bits_are_zero) {
  Map map(1);
  EXPECT_EQ(map[0].kind(), PageKind::inside);
}

TEST(PageEntry, keeps_each_field_when_another_one_is_written) {
  Map map(1);
  PageEntry& entry = map[0];
  entry.set_next(0xfffffe);
  entry.set_prev(0x123456);
  entry.set_payload(0xdeadbeef);
  entry.set(PageKind::slab, Order(10));
  EXPECT_EQ(entry.next(), 0xfffffeu);
  EXPECT_EQ(entry.prev(), 0x123456u);
  EXPECT_EQ(entry.payload(), 0xdeadbeefu);
  EXPECT_TRUE(entry.is(PageKind::slab, Order(10)));
  entry.set_next(5);
  entry.set_prev(PageEntry::kNone);
  EXPECT_EQ(entry.next(), 5u);
  EXPECT_EQ(entry.prev(), PageEntry::kNone);
  EXPECT_EQ(entry.kind(), PageKind::slab);
  EXPECT_EQ(entry.order(), Order(10));
}

TEST(PageEntry, is_of_a_kind_and_an_order_only_when_both_are_right) {
  Map map(1);
  map[0].set(PageKind::free, Order(3));
  EXPECT_TRUE(map[0].is(PageKind::free, Order(3)));
  EXPECT_FALSE(map[0].is(PageKind::free, Order(2)));
  EXPECT_FALSE(map[0].is(PageKind::allocated, Order(3)));
  map[0].set_inside();
  EXPECT_EQ(map[0].kind(), PageKind::inside);
}

TEST(PageMap, takes_twelve_bytes_a_page) {
  EXPECT_EQ(PageMap::bytes(1), 12u);
  EXPECT_EQ(PageMap::bytes(PageMap::kMaxPages), 12u * 0xffffff);
}

TEST(PageMap, finds_the_block_of_every_page_at_every_order) {
  for (unsigned order = 0; order <= kMaxOrder; ++order) {
    Map map(2048);
    const std::uint32_t pages = Order(order).pages();
    for (std::uint32_t block = 0; block < 2048; block += pages) map[block].set(PageKind::allocated, Order(order));
    for (std::uint32_t page = 0; page < 2048; ++page) {
      ASSERT_EQ(map.map.block_of(PageIndex(page)).value, page / pages * pages) << "page " << page;
    }
  }
}

TEST(PageMap, finds_the_block_of_every_page_among_blocks_of_mixed_orders) {
  Map map(16);
  const Block blocks[] = {{PageIndex(0), Order(0)},
                          {PageIndex(1), Order(0)},
                          {PageIndex(2), Order(1)},
                          {PageIndex(4), Order(2)},
                          {PageIndex(8), Order(3)}};
  for (const Block& block : blocks) map.map[block.page].set(PageKind::free, block.order);
  for (const Block& block : blocks) {
    for (std::uint32_t i = 0; i < block.order.pages(); ++i) {
      EXPECT_EQ(map.map.block_of(block.page + i), block.page);
    }
  }
}

TEST(PageMap, a_damaged_map_without_any_block_is_no_endless_search) {
  Map map(2048);
  EXPECT_EQ(map.map.block_of(PageIndex(2047)).value, 1024u);
}

class PageListTest : public testing::Test {
 protected:
  std::vector<std::uint32_t> content() {
    std::vector<std::uint32_t> pages;
    EXPECT_TRUE(list.check(map.map, [&](PageIndex page) {
      pages.push_back(page.value);
      return true;
    }));
    EXPECT_EQ(list.size(), pages.size());
    EXPECT_EQ(list.empty(), pages.empty());
    return pages;
  }
  bool check() {
    return list.check(map.map, [](PageIndex) { return true; });
  }
  void push(std::uint32_t page) { list.push_front(map.map, PageIndex(page)); }
  void remove(std::uint32_t page) { list.remove(map.map, PageIndex(page)); }

  using Pages = std::vector<std::uint32_t>;
  Map map{8};
  PageList list;
};

TEST_F(PageListTest, starts_empty) { EXPECT_EQ(content(), Pages{}); }

TEST_F(PageListTest, has_the_newest_first) {
  for (std::uint32_t page : {3u, 0u, 7u}) push(page);
  EXPECT_EQ(content(), (Pages{7, 0, 3}));
  EXPECT_EQ(list.front().value, 7u);
}

TEST_F(PageListTest, gives_up_its_first_its_middle_and_its_last_member) {
  for (std::uint32_t page : {4u, 3u, 2u, 1u, 0u}) push(page);
  remove(0);
  EXPECT_EQ(content(), (Pages{1, 2, 3, 4}));
  remove(2);
  EXPECT_EQ(content(), (Pages{1, 3, 4}));
  remove(4);
  EXPECT_EQ(content(), (Pages{1, 3}));
  remove(1);
  remove(3);
  EXPECT_EQ(content(), Pages{});
}

TEST_F(PageListTest, takes_a_removed_member_again) {
  for (std::uint32_t page : {0u, 1u, 2u}) push(page);
  remove(1);
  push(1);
  EXPECT_EQ(content(), (Pages{1, 2, 0}));
}

TEST_F(PageListTest, leaves_kind_order_and_payload_of_its_members_alone) {
  map[5].set(PageKind::slab, Order(2));
  map[5].set_payload(99);
  push(5);
  push(6);
  remove(5);
  EXPECT_TRUE(map[5].is(PageKind::slab, Order(2)));
  EXPECT_EQ(map[5].payload(), 99u);
}

TEST_F(PageListTest, its_check_sees_a_link_out_of_the_region) {
  for (std::uint32_t page : {0u, 1u}) push(page);
  map[1].set_next(8);
  EXPECT_FALSE(check());
}

TEST_F(PageListTest, its_check_sees_a_back_link_that_does_not_match) {
  for (std::uint32_t page : {0u, 1u, 2u}) push(page);
  map[0].set_prev(2);
  EXPECT_FALSE(check());
}

TEST_F(PageListTest, its_check_sees_a_list_that_is_too_short) {
  for (std::uint32_t page : {0u, 1u, 2u}) push(page);
  map[1].set_next(PageEntry::kNone);
  EXPECT_FALSE(check());
}

TEST_F(PageListTest, its_check_sees_a_list_that_is_too_long) {
  for (std::uint32_t page : {0u, 1u, 2u}) push(page);
  map[0].set_next(3);
  map[3].set_prev(0);
  map[3].set_next(PageEntry::kNone);
  EXPECT_FALSE(check());
}

TEST_F(PageListTest, its_check_ends_in_a_circle) {
  for (std::uint32_t page : {0u, 1u}) push(page);
  map[0].set_next(1);
  map[1].set_prev(0);
  EXPECT_FALSE(check());
}

TEST_F(PageListTest, its_check_sees_a_member_that_does_not_belong) {
  for (std::uint32_t page : {0u, 1u, 2u}) push(page);
  EXPECT_FALSE(list.check(map.map, [](PageIndex page) { return page.value != 0; }));
}

}  // namespace
}  // namespace mini_mm
