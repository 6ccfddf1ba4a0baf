// SPDX-License-Identifier: GPL-2.0
/* Lists of page blocks: what they say in the page map, and what they do not take. */
#include "percpu/page_list.h"

#include <gtest/gtest.h>

#include <vector>

#include "page_map.hpp"

namespace mini_mm {
namespace {

constexpr std::uint32_t kCapacity = 3;

/* 64 pages, in blocks of two, all allocated; and the list of such blocks that are movable. */
class CpuPageListTest : public testing::Test {
 protected:
  CpuPageListTest() {
    mini_window_set(&cpu.window, true);
    for (std::uint32_t page = 0; page < 64; page += kOrder.pages()) {
      map[PageIndex(page)].start(PageKind::allocated, kOrder);
      map[PageIndex(page)].set_mobility(kOrder, MigrateType::movable);
    }
    for (mini_page_list& each : cpu.lists) mini_page_load(&each, mini_page_no_chain());
    list.capacity = kCapacity;
    list.head = mini_page_head(MINI_PAGE_KIND_CACHED, kOrder.value);
    mini_page_load(&list, mini_page_no_chain());
  }

  const PageEntry& entry(std::uint32_t page) const { return map[PageIndex(page)]; }
  std::uint32_t count() const { return mini_page_list_count(&list); }
  bool is_allocated(std::uint32_t page, std::uint32_t order) { return mini_page_is_allocated(&map.raw()[page], order); }
  bool give(std::uint32_t page) { return mini_page_give(&cpu, &map.raw()[page], page); }
  std::uint32_t take() { return mini_page_take(&cpu, &list, map.raw()); }
  mini_page_chain chain_of(std::initializer_list<std::uint32_t> pages) {
    mini_page_chain chain = mini_page_no_chain();
    for (const std::uint32_t page : pages) mini_page_chain_push(&chain, map.raw(), page, kOrder.value);
    return chain;
  }

  static constexpr Order kOrder{1};

  std::vector<PageEntry> entries{64};
  PageMap map{entries.data(), 64};
  mini_page_cpu cpu{};
  mini_page_list& list =
      cpu.lists[mini_page_list_number(kOrder.value, static_cast<std::uint32_t>(MigrateType::movable))];
};

/* --- chains ------------------------------------------------------------------------------------------ */

TEST_F(CpuPageListTest, a_chain_is_linked_through_the_page_map) {
  const mini_page_chain chain = chain_of({4, 16, 8});
  EXPECT_EQ(chain.first, 8u);
  EXPECT_EQ(chain.count, 3u);
  EXPECT_EQ(entry(8).next(), 16u);
  EXPECT_EQ(entry(16).next(), 4u);
  EXPECT_EQ(entry(4).next(), PageEntry::kNone);
  for (const std::uint32_t page : {4u, 8u, 16u}) EXPECT_TRUE(entry(page).is(PageKind::cached, kOrder));
}

TEST_F(CpuPageListTest, what_leaves_a_chain_is_allocated_and_linked_to_nothing) {
  mini_page_chain chain = chain_of({4, 16});
  for (const std::uint32_t page : {16u, 4u}) {
    EXPECT_EQ(mini_page_chain_pop(&chain, map.raw(), kOrder.value), page);
    EXPECT_TRUE(entry(page).is(PageKind::allocated, kOrder));
    EXPECT_EQ(entry(page).next(), 0u);
  }
  EXPECT_EQ(chain.first, MINI_PAGE_NONE);
  EXPECT_EQ(chain.count, 0u);
}

/* --- the hot path ------------------------------------------------------------------------------------ */

TEST_F(CpuPageListTest, an_empty_list_gives_nothing_and_counts_nothing) {
  EXPECT_EQ(take(), static_cast<std::uint32_t>(MINI_PAGE_NONE));
  EXPECT_EQ(cpu.allocations, 0u);
  EXPECT_EQ(count(), 0u);
}

TEST_F(CpuPageListTest, what_was_freed_last_is_allocated_first) {
  for (const std::uint32_t page : {10u, 30u, 20u}) ASSERT_TRUE(give(page));
  EXPECT_EQ(count(), 3u);
  for (const std::uint32_t page : {20u, 30u, 10u}) EXPECT_EQ(take(), page);
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(cpu.allocations, 3u);
}

TEST_F(CpuPageListTest, the_page_map_says_who_waits_and_who_is_allocated) {
  EXPECT_TRUE(is_allocated(10, 1));
  ASSERT_TRUE(give(10));
  EXPECT_TRUE(entry(10).is(PageKind::cached, kOrder));
  EXPECT_FALSE(is_allocated(10, 1)) << "so it cannot be freed again";
  ASSERT_TRUE(give(12));
  EXPECT_EQ(entry(12).next(), 10u);
  ASSERT_EQ(take(), 12u);
  EXPECT_TRUE(entry(12).is(PageKind::allocated, kOrder));
  EXPECT_EQ(entry(12).mobility(), MigrateType::movable) << "it goes into the same list again";
  EXPECT_TRUE(is_allocated(12, 1));
}

TEST_F(CpuPageListTest, a_block_is_allocated_of_its_own_order_only) {
  for (const std::uint32_t order : {0u, 2u, 15u, 16u, 17u, 31u, 255u, 256u, 257u, 1u << 24, ~0u}) {
    EXPECT_FALSE(is_allocated(10, order)) << order;
  }
}

TEST_F(CpuPageListTest, no_other_kind_is_allocated_whatever_the_order) {
  for (const PageKind kind : {PageKind::inside, PageKind::free, PageKind::slab, PageKind::delayed, PageKind::tail,
                              PageKind::slub, PageKind::cached}) {
    map[PageIndex(10)].set(kind, kOrder);
    for (std::uint32_t order = 0; order < 1024; ++order) ASSERT_FALSE(is_allocated(10, order)) << order;
  }
}

TEST_F(CpuPageListTest, a_full_list_takes_no_more_and_leaves_the_block_allocated) {
  for (const std::uint32_t page : {2u, 4u, 6u}) ASSERT_TRUE(give(page));
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(give(8));
    EXPECT_TRUE(is_allocated(8, 1));
    EXPECT_EQ(count(), kCapacity);
  }
  EXPECT_EQ(take(), 6u);
  EXPECT_TRUE(give(8));
}

TEST_F(CpuPageListTest, a_list_that_is_turned_off_takes_nothing) {
  list.capacity = 0;
  mini_page_load(&list, mini_page_no_chain());
  EXPECT_FALSE(give(8));
  EXPECT_EQ(take(), static_cast<std::uint32_t>(MINI_PAGE_NONE));
  EXPECT_EQ(count(), 0u);
}

TEST_F(CpuPageListTest, each_order_and_migrate_type_has_a_list_of_its_own) {
  std::vector<bool> seen(MINI_PAGE_ORDERS * MINI_PAGE_TYPES);
  for (std::uint32_t order = 0; order <= kMaxOrder; ++order) {
    for (std::uint32_t type = 0; type < kMigrateTypes; ++type) {
      const std::size_t number = mini_page_list_number(order, type);
      ASSERT_LT(number, seen.size());
      EXPECT_FALSE(seen[number]);
      seen[number] = true;
    }
  }
  map[PageIndex(10)].set_mobility(kOrder, MigrateType::unmovable);
  EXPECT_FALSE(give(10)) << "the list of unmovable blocks is off";
}

/* --- chains change places ---------------------------------------------------------------------------- */

TEST_F(CpuPageListTest, a_whole_chain_is_loaded_and_the_one_before_comes_back) {
  ASSERT_TRUE(give(40));
  const mini_page_chain before = mini_page_load(&list, chain_of({4, 16}));
  EXPECT_EQ(before.first, 40u);
  EXPECT_EQ(before.count, 1u);
  EXPECT_EQ(count(), 2u);
  EXPECT_TRUE(give(20)) << "there is room for one more";
  EXPECT_FALSE(give(22));
  for (const std::uint32_t page : {20u, 16u, 4u}) EXPECT_EQ(take(), page);
  EXPECT_EQ(take(), static_cast<std::uint32_t>(MINI_PAGE_NONE));
}

TEST_F(CpuPageListTest, a_full_chain_can_be_loaded) {
  mini_page_load(&list, chain_of({2, 4, 6}));
  EXPECT_EQ(count(), kCapacity);
  EXPECT_FALSE(give(8));
  EXPECT_EQ(mini_page_load(&list, mini_page_no_chain()).count, kCapacity);
  EXPECT_EQ(count(), 0u);
}

}  // namespace
}  // namespace mini_mm
