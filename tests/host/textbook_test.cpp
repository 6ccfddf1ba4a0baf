// SPDX-License-Identifier: GPL-2.0
/* The textbooks' worked examples, step by step. */
#include <gtest/gtest.h>

#include <vector>

#include "all_page_engines.hpp"
#include "slab_lists.hpp"

namespace mini_mm {
namespace {

/* The order that a request of @bytes is rounded up to. */
unsigned order_for(std::size_t bytes) {
  unsigned order = 0;
  while (Order(order).bytes() < bytes) ++order;
  return order;
}

using Counts = std::vector<std::uint32_t>;

/*
 * A segment of 256 KB. 21 KB are asked for: the segment is divided into A_L and A_R of 128 KB, A_L into
 * B_L and B_R of 64 KB, B_L into C_L and C_R of 32 KB; C_L serves the request. Either buddy system does so, with either
 * placement.
 */
template <class Engine>
class TwentyOneKilobytesOutOf256 : public testing::Test {
 protected:
  static constexpr unsigned kSegment = 6, kA = 5, kB = 4, kC = 3;
  static constexpr std::uint32_t kCLeft = 0, kCRight = 8, kBRight = 16, kARight = 32;

  PageKind kind(std::uint32_t page) { return buddy.map[PageIndex(page)].kind(); }
  bool is_free(std::uint32_t page, unsigned order) {
    return buddy.map[PageIndex(page)].is(PageKind::free, Order(order));
  }

  TestPages<Engine> buddy{256 / 4};
};
using Buddies = testing::Types<Eager, EagerLowest, Lazy, LazyLowest>;
TYPED_TEST_SUITE(TwentyOneKilobytesOutOf256, Buddies, EngineNames);

TYPED_TEST(TwentyOneKilobytesOutOf256, get_32_because_that_is_the_next_power_of_two) {
  EXPECT_EQ(order_for(21 * 1024), this->kC);
  EXPECT_EQ(Order(this->kC).bytes(), 32u * 1024);
}

TYPED_TEST(TwentyOneKilobytesOutOf256, split_the_segment_three_times_and_leave_a_right_b_right_and_c_right_free) {
  EXPECT_TRUE(this->is_free(0, this->kSegment));
  EXPECT_EQ(this->buddy.page_of(order_for(21 * 1024)), this->kCLeft);
  EXPECT_EQ(this->buddy.world.take_events(),
            (Events{split(0, this->kSegment), split(0, this->kA), split(0, this->kB)}));
  EXPECT_EQ(this->kind(this->kCLeft), PageKind::allocated);
  EXPECT_TRUE(this->is_free(this->kCRight, this->kC));
  EXPECT_TRUE(this->is_free(this->kBRight, this->kB));
  EXPECT_TRUE(this->is_free(this->kARight, this->kA));
  EXPECT_EQ(this->buddy.free_blocks(), (Counts{0, 0, 0, 1, 1, 1, 0}));
  EXPECT_EQ(this->buddy.damage(), "");
}

TYPED_TEST(TwentyOneKilobytesOutOf256, merge_back_to_b_left_then_a_left_then_the_segment) {
  (void)this->buddy.page_of(this->kC);
  (void)this->buddy.world.take_events();
  EXPECT_EQ(this->buddy.free(this->kCLeft, this->kC), Error::none);
  EXPECT_EQ(this->buddy.world.take_events(), (Events{merge(0, this->kC), merge(0, this->kB), merge(0, this->kA)}));
  EXPECT_TRUE(this->is_free(0, this->kSegment));
  EXPECT_EQ(this->buddy.engine.free_pages(), 64u);
}

TYPED_TEST(TwentyOneKilobytesOutOf256, asked_for_again_take_c_right_without_a_split) {
  (void)this->buddy.page_of(this->kC);
  (void)this->buddy.world.take_events();
  EXPECT_EQ(this->buddy.page_of(this->kC), this->kCRight);
  EXPECT_EQ(this->buddy.world.take_events(), Events{});
  /* The segment is whole again only when both came back, whichever is first. */
  EXPECT_EQ(this->buddy.free(this->kCLeft, this->kC), Error::none);
  EXPECT_EQ(this->buddy.world.take_events(), Events{});
  EXPECT_EQ(this->buddy.free(this->kCRight, this->kC), Error::none);
  EXPECT_TRUE(this->is_free(0, this->kSegment));
}

/* 16 pages, of which 5, 10, 12, 13, 14 and 15 are free. */
class TwoPagesOfSixteen : public testing::Test {
 protected:
  TwoPagesOfSixteen() {
    for (int i = 0; i < 16; ++i) (void)buddy.page_of(0);
    for (std::uint32_t page : {5u, 10u, 12u, 13u, 14u, 15u}) EXPECT_EQ(buddy.free(page, 0), Error::none);
    (void)buddy.world.take_events();
  }
  bool is_free(std::uint32_t page, unsigned order) {
    return buddy.map[PageIndex(page)].is(PageKind::free, Order(order));
  }

  TestBuddy buddy{16};
};

TEST_F(TwoPagesOfSixteen, start_with_12_to_15_as_one_free_block_beside_5_and_10) {
  EXPECT_EQ(buddy.free_blocks(), (Counts{2, 0, 1, 0, 0}));
  EXPECT_TRUE(is_free(5, 0));
  EXPECT_TRUE(is_free(10, 0));
  EXPECT_TRUE(is_free(12, 2));
}

TEST_F(TwoPagesOfSixteen, come_from_a_split_of_12_and_leave_14_and_15_at_order_1) {
  EXPECT_EQ(buddy.page_of(1), 12u);
  EXPECT_EQ(buddy.world.take_events(), Events{split(12, 2)});
  EXPECT_TRUE(is_free(14, 1));
  EXPECT_EQ(buddy.free_blocks(), (Counts{2, 1, 0, 0, 0})) << "5 and 10 are left alone: they are no buddies";
  EXPECT_EQ(buddy.damage(), "");
}

TEST_F(TwoPagesOfSixteen, asked_for_again_take_14_and_a_third_time_fail_although_two_pages_are_free) {
  EXPECT_EQ(buddy.page_of(1), 12u);
  EXPECT_EQ(buddy.page_of(1), 14u);
  EXPECT_EQ(buddy.engine.free_pages(), 2u);
  EXPECT_EQ(buddy.allocate(1).error, Error::no_free_block);
}

TEST(FreeingPageZeroAndThenOne, merges_them_with_the_second_free) {
  TestBuddy buddy(8);
  for (int i = 0; i < 8; ++i) (void)buddy.page_of(0);
  (void)buddy.world.take_events();
  EXPECT_EQ(buddy.free(0, 0), Error::none);
  EXPECT_EQ(buddy.free_blocks(), (Counts{1, 0, 0, 0}));
  EXPECT_EQ(buddy.world.take_events(), Events{}) << "page 1 is in use";
  EXPECT_EQ(buddy.free(1, 0), Error::none);
  EXPECT_EQ(buddy.free_blocks(), (Counts{0, 1, 0, 0}));
  EXPECT_EQ(buddy.world.take_events(), Events{merge(0, 0)}) << "2 and 3 are in use";
}

TEST(SixtyFourObjectsOf64Bytes, fill_a_page_whose_management_data_lies_elsewhere) {
  TestArena arena(16);
  Cache cache = arena.cache(1, arena.layout(64, 0, Management::off_slab));
  EXPECT_EQ(cache.layout().order, Order(0));
  EXPECT_EQ(cache.layout().objects, 64u);
  std::vector<bool> seen(64);
  for (int i = 0; i < 64; ++i) {
    const std::size_t offset = arena.arena.region().offset(cache.allocate().value);
    ASSERT_LT(offset, kPageSize) << "the first page";
    seen[offset / 64] = true;
  }
  EXPECT_EQ(seen, std::vector<bool>(64, true));
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 0, 0}));
  (void)cache.allocate();
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 1, 0})) << "the 65th needs a second slab";
}

TEST(TaskStructs, of_1_7_kilobytes_lie_nine_in_a_slab_of_16_kilobytes) {
  TestArena arena(64);
  Cache cache = arena.cache(1, arena.layout(1700));
  EXPECT_EQ(cache.layout().order, Order(2));
  EXPECT_EQ(cache.layout().objects, 9u) << "2 in a page would waste a sixth, 9 in 4 pages waste little";
}

TEST(TaskStructs, come_from_a_partial_slab_then_an_empty_one_then_a_new_one_made_of_contiguous_pages) {
  TestArena arena(64);
  Cache cache = arena.cache(1, arena.layout(1700));
  std::vector<void*> tasks;
  for (int i = 0; i < 18; ++i) tasks.push_back(cache.allocate().value);
  EXPECT_EQ(lists_of(cache), (SlabLists{2, 0, 0}));
  /* A process ends: its structure goes back to its slab and is the next one served. */
  EXPECT_EQ(cache.free(tasks[4]), Error::none);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 1, 0}));
  EXPECT_EQ(cache.allocate().value, tasks[4]);
  /* All of one slab end: it stays, empty, for the next process. */
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(cache.free(tasks[i]), Error::none);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 0, 1}));
  (void)slab_events(arena.world);
  EXPECT_TRUE(cache.allocate());
  EXPECT_EQ(slab_events(arena.world), Events{}) << "no new slab was needed";
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 1, 0}));
}

}  // namespace
}  // namespace mini_mm
