// SPDX-License-Identifier: GPL-2.0
/* Migrate types: whose pageblock a block comes from, and when a pageblock changes its type. */
#include "free_area.hpp"

#include <gtest/gtest.h>

#include "all_page_engines.hpp"

namespace mini_mm {
namespace {

constexpr MigrateType kUnmovable = MigrateType::unmovable;
constexpr MigrateType kMovable = MigrateType::movable;
constexpr MigrateType kReclaimable = MigrateType::reclaimable;
constexpr MigrateType kAllTypes[] = {kUnmovable, kMovable, kReclaimable};
constexpr std::uint32_t kPageblock = kPageblockOrder.pages();

template <class Engine>
class TestTypes : public TestPages<Engine> {
 public:
  using TestPages<Engine>::TestPages;

  Result<PageIndex> take(unsigned order, MigrateType type) { return this->engine.allocate(Order(order), type); }
  MigrateType type_of(std::uint32_t page) const { return this->engine.type_of(PageIndex(page)); }
  std::uint64_t fallbacks() const { return this->engine.statistics().fallbacks; }
  std::uint64_t claims() const { return this->engine.statistics().claims; }

  /* Every page is in use; then pageblock i has type types[i]: the caller frees what it wants free. */
  void fill_with(std::initializer_list<MigrateType> types) {
    std::vector<std::pair<std::uint32_t, MigrateType>> blocks;
    for (const MigrateType type : types) {
      const Result<PageIndex> block = take(kPageblockOrder.value, type);
      ASSERT_TRUE(block);
      blocks.emplace_back(block.value.value, type);
    }
    ASSERT_EQ(this->engine.free_pages(), 0u);
    for (const auto& [page, type] : blocks) {
      ASSERT_EQ(type_of(page), type);
      ASSERT_EQ(this->free(page, kPageblockOrder.value), Error::none);
      settle_all(this->engine);
      /* As 512 pages, so that some of them can be freed. */
      for (std::uint32_t i = 0; i < kPageblock; ++i) {
        ASSERT_EQ(this->engine.claim(PageIndex(page + i), 1), Error::none);
      }
      ASSERT_EQ(type_of(page), type);
    }
  }
  void free_pages(std::uint32_t from, std::uint32_t count) {
    for (std::uint32_t page = from; page < from + count; ++page) ASSERT_EQ(this->free(page, 0), Error::none);
    settle_all(this->engine);
  }
  /* The first page of a pageblock of this type. */
  std::uint32_t first_of(MigrateType type) const {
    std::uint32_t page = 0;
    while (type_of(page) != type) page += kPageblock;
    return page;
  }
  void expect_sound() const { EXPECT_STREQ(this->engine.broken_invariant(), nullptr); }
};

template <class Engine>
class FreeAreaTest : public testing::Test {};
using Buddies = testing::Types<Eager, EagerLowest, Lazy, LazyLowest>;
TYPED_TEST_SUITE(FreeAreaTest, Buddies, EngineNames);

TYPED_TEST(FreeAreaTest, all_pageblocks_are_unmovable_at_first) {
  TestTypes<TypeParam> pages(4 * kPageblock);
  for (std::uint32_t page = 0; page < 4 * kPageblock; page += 37) EXPECT_EQ(pages.type_of(page), kUnmovable);
  EXPECT_TRUE(pages.take(0, kUnmovable));
  EXPECT_EQ(pages.fallbacks(), 0u);
}

TYPED_TEST(FreeAreaTest, blocks_of_a_type_come_from_its_own_pageblocks) {
  TestTypes<TypeParam> pages(8 * kPageblock);
  std::vector<std::pair<std::uint32_t, MigrateType>> held;
  for (int i = 0; i < 300; ++i) {
    for (const MigrateType type : kAllTypes) {
      const Result<PageIndex> page = pages.take(static_cast<unsigned>(i % 2), type);
      ASSERT_TRUE(page);
      held.emplace_back(page.value.value, type);
    }
  }
  for (const auto& [page, type] : held) ASSERT_EQ(pages.type_of(page), type) << page;
  pages.expect_sound();
}

TYPED_TEST(FreeAreaTest, a_block_of_a_pageblock_or_more_is_claimed_whole) {
  TestTypes<TypeParam> pages(4 * kPageblock);
  const std::uint32_t page = pages.take(0, kMovable).value.value;
  EXPECT_EQ(pages.fallbacks(), 1u);
  EXPECT_EQ(pages.claims(), 2u) << "the largest block was of two pageblocks";
  const std::uint32_t two = page & ~(2 * kPageblock - 1);
  for (std::uint32_t at = 0; at < 4 * kPageblock; at += kPageblock) {
    EXPECT_EQ(pages.type_of(at), at - two < 2 * kPageblock ? kMovable : kUnmovable);
  }
  EXPECT_TRUE(pages.take(9, kMovable));
  EXPECT_EQ(pages.fallbacks(), 1u) << "the rest of it is movable's own";
  pages.expect_sound();
}

TYPED_TEST(FreeAreaTest, a_pageblock_of_which_half_is_free_is_claimed_and_its_free_blocks_with_it) {
  TestTypes<TypeParam> pages(4 * kPageblock);
  pages.fill_with({kMovable, kMovable, kMovable, kMovable});
  pages.free_pages(0, 200);
  pages.free_pages(300, 56);
  ASSERT_EQ(pages.engine.free_pages(), kPageblock / 2);
  const std::uint64_t before = pages.claims();
  ASSERT_TRUE(pages.take(0, kUnmovable));
  EXPECT_EQ(pages.claims(), before + 1);
  EXPECT_EQ(pages.type_of(0), kUnmovable);
  FreeCounts counts;
  pages.engine.count_free(counts);
  std::uint32_t free_pages = 0;
  for (unsigned order = 0; order <= 10; ++order) {
    free_pages += counts.blocks[static_cast<unsigned>(kUnmovable)][order] << order;
    EXPECT_EQ(counts.blocks[static_cast<unsigned>(kMovable)][order], 0u);
  }
  EXPECT_EQ(free_pages, kPageblock / 2 - 1);
  pages.expect_sound();
}

TYPED_TEST(FreeAreaTest, a_pageblock_of_which_less_than_half_is_free_lends_its_smallest_block) {
  TestTypes<TypeParam> pages(4 * kPageblock);
  pages.fill_with({kMovable, kMovable, kMovable, kMovable});
  pages.free_pages(0, 128);
  pages.free_pages(200, 1);
  pages.free_pages(256, 126);
  ASSERT_EQ(pages.engine.free_pages(), kPageblock / 2 - 1);
  const std::uint64_t claims = pages.claims(), fallbacks = pages.fallbacks();
  EXPECT_EQ(pages.take(0, kUnmovable).value.value, 200u);
  EXPECT_EQ(pages.claims(), claims);
  EXPECT_EQ(pages.fallbacks(), fallbacks + 1);
  EXPECT_EQ(pages.type_of(200), kMovable);
  pages.expect_sound();
}

TYPED_TEST(FreeAreaTest, a_movable_request_leaves_small_blocks_where_they_are_and_claims_with_large_ones) {
  for (const bool large : {false, true}) {
    TestTypes<TypeParam> pages(4 * kPageblock);
    pages.fill_with({kUnmovable, kUnmovable, kUnmovable, kUnmovable});
    /* Half of the first pageblock, in pieces of 8 pages, or of 16. */
    const std::uint32_t piece = large ? 16 : 8;
    for (std::uint32_t at = 0; at < kPageblock; at += 2 * piece) pages.free_pages(at, piece);
    const std::uint64_t claims = pages.claims();
    ASSERT_TRUE(pages.take(0, kMovable));
    EXPECT_EQ(pages.claims(), claims + large);
    EXPECT_EQ(pages.type_of(0), large ? kMovable : kUnmovable);
    /* What cannot be moved claims with any. */
    if (large) continue;
    ASSERT_TRUE(pages.take(0, kReclaimable));
    EXPECT_EQ(pages.claims(), claims) << "a page less than half of it is free by now";
    pages.free_pages(8, 8);
    ASSERT_TRUE(pages.take(0, kReclaimable));
    EXPECT_EQ(pages.claims(), claims + 1);
    EXPECT_EQ(pages.type_of(0), kReclaimable);
    pages.expect_sound();
  }
}

TYPED_TEST(FreeAreaTest, fallbacks_come_in_linux_order) {
  const struct {
    MigrateType request, first, second;
  } kCases[] = {
      {kUnmovable, kReclaimable, kMovable}, {kMovable, kReclaimable, kUnmovable}, {kReclaimable, kUnmovable, kMovable}};
  for (const auto& [request, first, second] : kCases) {
    TestTypes<TypeParam> pages(4 * kPageblock);
    pages.fill_with({request, request, first, second});
    pages.free_pages(pages.first_of(first), 1);
    pages.free_pages(pages.first_of(second), 1);
    EXPECT_EQ(pages.type_of(pages.take(0, request).value.value), first);
    EXPECT_EQ(pages.type_of(pages.take(0, request).value.value), second);
    EXPECT_EQ(pages.take(0, request).error, Error::no_free_block);
    pages.expect_sound();
  }
}

TYPED_TEST(FreeAreaTest, the_own_type_is_served_first_however_large_its_block) {
  TestTypes<TypeParam> pages(4 * kPageblock);
  pages.fill_with({kMovable, kMovable, kReclaimable, kUnmovable});
  const std::uint32_t own = pages.first_of(kReclaimable);
  pages.free_pages(pages.first_of(kUnmovable), 1);
  pages.free_pages(pages.first_of(kMovable), 1);
  pages.free_pages(own, 64);
  const std::uint64_t fallbacks = pages.fallbacks();
  for (int i = 0; i < 64; ++i) EXPECT_EQ(pages.take(0, kReclaimable).value.value / kPageblock, own / kPageblock);
  EXPECT_EQ(pages.fallbacks(), fallbacks);
  EXPECT_EQ(pages.type_of(pages.take(0, kReclaimable).value.value), kUnmovable);
}

TYPED_TEST(FreeAreaTest, a_region_of_fewer_pageblocks_than_types_has_none) {
  for (const std::uint32_t size : {1u, 64u, 1024u, 3 * kPageblock - 1}) {
    TestTypes<TypeParam> pages(size);
    for (const MigrateType type : kAllTypes) {
      const Result<PageIndex> page = pages.take(0, type);
      if (size == 1 && type != kUnmovable) continue;
      ASSERT_TRUE(page);
      EXPECT_EQ(pages.type_of(page.value.value), kUnmovable);
    }
    EXPECT_EQ(pages.fallbacks(), 0u);
    EXPECT_EQ(pages.claims(), 0u);
    pages.expect_sound();
  }
  TestTypes<TypeParam> pages(3 * kPageblock);
  EXPECT_EQ(pages.type_of(pages.take(0, kMovable).value.value), kMovable) << "with three pageblocks there are types";
}

TYPED_TEST(FreeAreaTest, two_pageblocks_of_different_types_that_merge_are_of_one) {
  TestTypes<TypeParam> pages(4 * kPageblock);
  pages.fill_with({kUnmovable, kMovable, kMovable, kReclaimable});
  ASSERT_EQ(pages.type_of(0), kUnmovable);
  ASSERT_EQ(pages.type_of(kPageblock), kReclaimable) << "the last one to be had";
  pages.free_pages(0, 2 * kPageblock);
  EXPECT_TRUE(pages.map[PageIndex(0)].is(PageKind::free, Order(10)));
  EXPECT_EQ(pages.type_of(0), pages.type_of(kPageblock));
  pages.expect_sound();
  pages.free_pages(2 * kPageblock, kPageblock);
  for (const MigrateType type : kAllTypes) {
    EXPECT_TRUE(pages.take(9, type));
    pages.expect_sound();
  }
}

TYPED_TEST(FreeAreaTest, the_counts_by_type_add_up) {
  TestTypes<TypeParam> pages(7 * kPageblock + 100);
  std::vector<std::pair<std::uint32_t, unsigned>> held;
  for (unsigned i = 0; i < 120; ++i) {
    const unsigned order = i % 5;
    held.emplace_back(pages.take(order, kAllTypes[i % 3]).value.value, order);
  }
  for (std::size_t i = 0; i < held.size(); i += 4) ASSERT_EQ(pages.free(held[i].first, held[i].second), Error::none);
  FreeCounts counts;
  pages.engine.count_free(counts);
  std::uint32_t free_pages = 0;
  for (Order order; order <= pages.engine.max_order(); order = order.up()) {
    EXPECT_EQ(counts.of(order), pages.engine.free_blocks(order));
    for (const auto& type : counts.blocks) free_pages += type[order.value] * order.pages();
  }
  EXPECT_EQ(free_pages, pages.engine.free_pages());
  for (const auto& type : counts.blocks) {
    std::uint32_t blocks = 0;
    for (const std::uint32_t count : type) blocks += count;
    EXPECT_GT(blocks, 0u);
  }
}

TYPED_TEST(FreeAreaTest, the_last_pageblock_may_be_a_part_of_one) {
  TestTypes<TypeParam> pages(3 * kPageblock + 100);
  std::uint32_t free_pages = pages.engine.free_pages();
  std::vector<std::uint32_t> held;
  while (const Result<PageIndex> page = pages.take(0, kAllTypes[free_pages % 3])) {
    held.push_back(page.value.value);
    --free_pages;
  }
  EXPECT_EQ(free_pages, 0u);
  pages.expect_sound();
  for (const std::uint32_t page : held) ASSERT_EQ(pages.free(page, 0), Error::none);
  settle_all(pages.engine);
  pages.expect_sound();
  EXPECT_EQ(free_blocks_of(pages.engine), merged_blocks_of(pages.map, pages.engine.max_order()));
}

}  // namespace
}  // namespace mini_mm
