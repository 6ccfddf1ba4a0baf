// SPDX-License-Identifier: GPL-2.0
/* What holds for every page engine: runs of any number of pages, exact ranges, and how both go back. */
#include <gtest/gtest.h>

#include <algorithm>

#include "all_page_engines.hpp"
#include "arena.hpp"

namespace mini_mm {
namespace {

template <class Engine>
class PageEngineRunsTest : public testing::Test {
 protected:
  static Result<PageIndex> run(TestPages<Engine>& pages, std::uint32_t wanted, unsigned alignment = 0) {
    return pages.engine.allocate_run(wanted, Order(alignment), MigrateType::unmovable, Reserve::keep);
  }

  /* The blocks from @page on, which have @wanted pages in all. */
  static FreeBlockList blocks(const PageMap& map, PageIndex page, std::uint32_t wanted) {
    FreeBlockList list;
    for (PageIndex at = page; at.value < page.value + wanted; at = at + map[at].order().pages()) {
      EXPECT_EQ(map[at].kind(), PageKind::allocated) << "page " << at.value;
      EXPECT_TRUE(at.aligned(map[at].order()));
      list.emplace_back(at.value, map[at].order().value);
    }
    EXPECT_EQ(list.back().first + Order(list.back().second).pages(), page.value + wanted);
    return list;
  }
};
TYPED_TEST_SUITE(PageEngineRunsTest, AllPageEngines, EngineNames);

TYPED_TEST(PageEngineRunsTest, of_every_size_have_exactly_that_many_pages_and_go_back_block_by_block) {
  TestPages<TypeParam> pages(256 + 64);
  const auto at_start = free_blocks_of(pages.engine);
  for (std::uint32_t wanted = 1; wanted <= 256; ++wanted) {
    const Result<PageIndex> first = this->run(pages, wanted);
    ASSERT_TRUE(first) << wanted;
    ASSERT_EQ(pages.engine.free_pages(), 320 - wanted);
    ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
    auto blocks = this->blocks(pages.map, first.value, wanted);
    if (wanted % 2 != 0) std::reverse(blocks.begin(), blocks.end());
    for (const auto& [page, order] : blocks) ASSERT_EQ(pages.free(page, order), Error::none);
    ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
    settle_all(pages.engine);
    ASSERT_EQ(free_blocks_of(pages.engine), at_start) << wanted;
  }
}

TYPED_TEST(PageEngineRunsTest, beside_each_other_never_overlap_and_leave_nothing_over) {
  TestPages<TypeParam> pages(1024);
  std::vector<std::pair<PageIndex, std::uint32_t>> held;
  std::uint32_t left = 1024;
  for (std::uint32_t wanted = 1; left >= wanted; ++wanted) {
    const Result<PageIndex> first = this->run(pages, wanted);
    if (!first) break;
    held.emplace_back(first.value, wanted);
    left -= wanted;
    ASSERT_EQ(pages.engine.free_pages(), left);
    ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
  }
  ASSERT_GT(held.size(), 20u);
  std::sort(held.begin(), held.end());
  for (std::size_t i = 1; i < held.size(); ++i) {
    EXPECT_LE(held[i - 1].first.value + held[i - 1].second, held[i].first.value);
  }
}

TYPED_TEST(PageEngineRunsTest, are_aligned_as_asked_for) {
  TestPages<TypeParam> pages(512);
  (void)pages.page_of(0);
  for (unsigned alignment = 0; alignment <= 8; ++alignment) {
    for (const std::uint32_t wanted : {1u, 3u, 17u}) {
      const Result<PageIndex> first = this->run(pages, wanted, alignment);
      ASSERT_TRUE(first);
      EXPECT_TRUE(first.value.aligned(Order(alignment)));
      for (const auto& [page, order] : this->blocks(pages.map, first.value, wanted)) {
        ASSERT_EQ(pages.free(page, order), Error::none);
      }
    }
  }
  EXPECT_EQ(pages.engine.free_pages(), 511u);
}

TYPED_TEST(PageEngineRunsTest, of_no_pages_or_of_more_than_the_largest_block_are_refused) {
  TestPages<TypeParam> pages(97);
  const StateOf<TypeParam> before(pages);
  for (const std::uint32_t wanted : {0u, 65u, 97u, 98u, 0x80000000u, ~0u}) {
    EXPECT_EQ(this->run(pages, wanted).error, Error::bad_size) << wanted;
  }
  EXPECT_EQ(this->run(pages, 1, 7).error, Error::bad_order);
  EXPECT_TRUE(StateOf<TypeParam>(pages) == before);
  EXPECT_EQ(pages.engine.statistics().failures, 0u);
}

TYPED_TEST(PageEngineRunsTest, that_do_not_fit_fail_and_change_nothing) {
  TestPages<TypeParam> pages(16);
  ASSERT_EQ(pages.engine.claim(PageIndex(7), 2), Error::none);
  const StateOf<TypeParam> before(pages);
  EXPECT_EQ(this->run(pages, 9).error, Error::no_free_block);
  EXPECT_TRUE(StateOf<TypeParam>(pages) == before);
  EXPECT_EQ(pages.engine.statistics().failures, 1u);
}

TYPED_TEST(PageEngineRunsTest, are_what_trim_leaves_of_a_block) {
  for (std::uint32_t rest = 1; rest <= 64; ++rest) {
    TestPages<TypeParam> pages(128);
    const PageIndex block = pages.allocate(6).value;
    pages.engine.trim(block, Order(6), rest);
    ASSERT_EQ(pages.engine.free_pages(), 128 - rest);
    ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
    for (const auto& [page, order] : this->blocks(pages.map, block, rest)) {
      ASSERT_EQ(pages.free(page, order), Error::none);
    }
    ASSERT_EQ(pages.engine.free_pages(), 128u);
    ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
  }
}

/* --- exact ranges ---------------------------------------------------------------------------------------- */

TYPED_TEST(PageEngineRunsTest, claimed_are_exactly_the_range_whatever_blocks_it_cuts) {
  for (std::uint32_t first = 0; first < 37; first += 3) {
    for (std::uint32_t wanted = 1; first + wanted <= 37; ++wanted) {
      TestPages<TypeParam> pages(37); /* 32, 4, 1 */
      const auto at_start = free_blocks_of(pages.engine);
      ASSERT_EQ(pages.engine.claim(PageIndex(first), wanted), Error::none);
      ASSERT_EQ(pages.engine.free_pages(), 37 - wanted);
      ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
      for (std::uint32_t page = 0; page < 37; ++page) {
        const bool free = is_free(pages.map[pages.map.block_of(PageIndex(page))].kind());
        ASSERT_EQ(free, page < first || page >= first + wanted) << page;
      }
      for (const auto& [page, order] : this->blocks(pages.map, PageIndex(first), wanted)) {
        ASSERT_EQ(pages.free(page, order), Error::none);
      }
      settle_all(pages.engine);
      ASSERT_EQ(free_blocks_of(pages.engine), at_start);
      ASSERT_STREQ(pages.engine.broken_invariant(), nullptr);
    }
  }
}

TYPED_TEST(PageEngineRunsTest, claimed_may_hold_blocks_whose_merging_was_put_off) {
  TestPages<TypeParam> pages(64);
  std::vector<std::uint32_t> held;
  while (const Result<PageIndex> page = pages.allocate(0)) held.push_back(page.value.value);
  for (std::uint32_t page = 20; page < 40; ++page) ASSERT_EQ(pages.free(page, 0), Error::none);
  ASSERT_EQ(pages.engine.claim(PageIndex(21), 18), Error::none);
  EXPECT_EQ(pages.engine.free_pages(), 2u);
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
  for (const std::uint32_t page : {20u, 39u}) EXPECT_TRUE(is_free(pages.map[PageIndex(page)].kind()));
}

TYPED_TEST(PageEngineRunsTest, claimed_of_which_a_page_is_in_use_are_refused_counted_and_change_nothing) {
  TestPages<TypeParam> pages(64);
  ASSERT_EQ(pages.engine.claim(PageIndex(20), 6), Error::none);
  const StateOf<TypeParam> before(pages);
  std::uint64_t failures = 0;
  const std::pair<std::uint32_t, std::uint32_t> ranges[] = {{20, 1}, {19, 2}, {25, 2}, {0, 64},  {18, 10}, {22, 2},
                                                            {64, 1}, {63, 2}, {0, 0},  {1, ~0u}, {~0u, 2}};
  for (const auto& [first, wanted] : ranges) {
    EXPECT_EQ(pages.engine.claim(PageIndex(first), wanted), Error::no_free_block) << first << ", " << wanted;
    EXPECT_EQ(pages.engine.statistics().failures, ++failures);
    EXPECT_TRUE(StateOf<TypeParam>(pages) == before);
  }
  EXPECT_EQ(pages.engine.claim(PageIndex(19), 1), Error::none);
  EXPECT_EQ(pages.engine.claim(PageIndex(26), 38), Error::none);
}

/* --- given back together ----------------------------------------------------------------------------------- */

template <class Engine>
class TestRunArena {
 public:
  explicit TestRunArena(std::uint32_t pages)
      : memory_(pages * kPageSize, max_order_of(pages).bytes(), 0xa5),
        metadata_(Owner::metadata_bytes(pages), alignof(std::max_align_t), 0),
        arena(*Owner::create(metadata_.get(), memory_.get(), pages, FakePlatform(world))) {}

  std::uint32_t free_pages() const { return arena.pages().free_pages(); }
  std::uint64_t refused() const { return arena.pages().statistics().refused; }
  Result<PageIndex> run(std::uint32_t pages) {
    return arena.pages().allocate_run(pages, Order(0), MigrateType::unmovable, Reserve::keep);
  }

 private:
  using Owner = Arena<FakePlatform, Engine>;
  Memory memory_;
  Memory metadata_;

 public:
  World world;
  Owner& arena;
};

TYPED_TEST(PageEngineRunsTest, go_back_through_the_arena_all_at_once) {
  TestRunArena<TypeParam> test(256);
  for (std::uint32_t wanted = 1; wanted <= 128; ++wanted) {
    const Result<PageIndex> first = test.run(wanted);
    ASSERT_TRUE(first);
    ASSERT_EQ(test.arena.free_run(first.value, wanted), Error::none);
    ASSERT_EQ(test.free_pages(), 256u);
    ASSERT_STREQ(test.arena.broken_invariant(), nullptr);
  }
  EXPECT_EQ(test.refused(), 0u);
}

TYPED_TEST(PageEngineRunsTest, go_back_whole_or_not_at_all) {
  TestRunArena<TypeParam> test(256);
  ASSERT_EQ(test.arena.pages().claim(PageIndex(64), 21), Error::none); /* 64-79, 80-83, 84 */
  std::uint64_t refused = 0;
  const auto refuses = [&](std::uint32_t first, std::uint32_t pages, Error error) {
    EXPECT_EQ(test.arena.free_run(PageIndex(first), pages), error) << first << ", " << pages;
    EXPECT_EQ(test.refused(), ++refused) << first << ", " << pages;
    EXPECT_EQ(test.free_pages(), 256u - 21);
  };
  refuses(64, 18, Error::wrong_order); /* it ends within 80-83 */
  refuses(64, 1, Error::wrong_order);
  refuses(64, 22, Error::double_free); /* the last one is free */
  refuses(65, 20, Error::not_allocated);
  refuses(63, 2, Error::double_free);
  refuses(64, 0, Error::outside);
  refuses(256, 1, Error::outside);
  refuses(255, 2, Error::outside);
  refuses(64, ~0u, Error::outside);
  EXPECT_EQ(test.arena.free_run(PageIndex(80), 5), Error::none) << "whole blocks of it";
  EXPECT_EQ(test.arena.free_run(PageIndex(64), 16), Error::none);
  EXPECT_EQ(test.free_pages(), 256u);
  EXPECT_STREQ(test.arena.broken_invariant(), nullptr);
}

}  // namespace
}  // namespace mini_mm
