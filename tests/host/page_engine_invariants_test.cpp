// SPDX-License-Identifier: GPL-2.0
/*
 * Each thing that the invariants of the lazy buddy, of naive and of the placement lowest can complain about, brought
 * about on purpose; those of the eager buddy are in eager_buddy_invariants_test.cpp.
 */
#include <gtest/gtest.h>

#include "all_page_engines.hpp"

namespace mini_mm {
namespace {

template <class Engine>
class Broken : public testing::Test {
 protected:
  PageEntry& entry(std::uint32_t page) { return pages.map[PageIndex(page)]; }
  const char* broken() { return pages.engine.broken_invariant(); }
  /* Takes the blocks of @orders, and checks that they lie one behind the other. */
  void take(std::initializer_list<unsigned> orders) {
    std::uint32_t expected = 0;
    for (const unsigned order : orders) {
      EXPECT_EQ(pages.page_of(order), expected);
      expected += Order(order).pages();
    }
  }

  TestPages<Engine> pages{64};
};

/* 0-7 in use one by one but 2 and 5, which are delayed; 8-9 and 10-11 in use; 12-15, 16-31 and 32-63 free. */
class LazyBuddyInvariants : public Broken<Lazy> {
 protected:
  LazyBuddyInvariants() {
    take({0, 0, 0, 0, 0, 0, 0, 0, 1, 1});
    EXPECT_EQ(pages.free(2, 0), Error::none);
    EXPECT_EQ(pages.free(5, 0), Error::none);
    EXPECT_TRUE(entry(2).is(PageKind::delayed, Order(0)));
    EXPECT_TRUE(entry(5).is(PageKind::delayed, Order(0)));
    EXPECT_STREQ(broken(), nullptr);
  }
};

TEST_F(LazyBuddyInvariants, see_a_delayed_block_that_is_in_use) {
  entry(2).set(PageKind::allocated, Order(0));
  EXPECT_STREQ(broken(), "the number of blocks in use of an order is wrong");
}

TEST_F(LazyBuddyInvariants, see_a_block_in_use_that_is_taken_for_delayed) {
  entry(0).set(PageKind::delayed, Order(0));
  EXPECT_STREQ(broken(), "the number of blocks in use of an order is wrong");
}

TEST_F(LazyBuddyInvariants, see_a_delayed_block_that_is_not_counted) {
  /* 12-15 are taken for delayed as well: then too few pages are free. */
  entry(12).set(PageKind::delayed, Order(2));
  EXPECT_STREQ(broken(), "the number of free pages is wrong");
}

TEST_F(LazyBuddyInvariants, see_a_block_of_an_order_in_place_of_two_of_another) {
  entry(8).set(PageKind::allocated, Order(2));
  entry(10).set_inside();
  EXPECT_STREQ(broken(), "the number of blocks in use of an order is wrong");
}

TEST_F(LazyBuddyInvariants, see_a_delayed_block_of_no_migrate_type) {
  entry(5).set_more(kMigrateTypes);
  EXPECT_STREQ(broken(), "a block is in a state that this engine does not have");
}

TEST_F(LazyBuddyInvariants, see_a_damaged_list_of_delayed_blocks) {
  entry(5).set_prev(9);
  EXPECT_STREQ(broken(), "a list of delayed blocks is damaged");
}

TEST_F(LazyBuddyInvariants, see_a_list_of_delayed_blocks_that_leads_out_of_the_region) {
  entry(2).set_next(64);
  EXPECT_STREQ(broken(), "a list of delayed blocks is damaged");
}

TEST_F(LazyBuddyInvariants, see_another_block_delayed_in_the_place_of_a_listed_one) {
  entry(5).set(PageKind::allocated, Order(0));
  entry(6).set(PageKind::delayed, Order(0));
  EXPECT_STREQ(broken(), "a list of delayed blocks is damaged");
}

TEST_F(LazyBuddyInvariants, do_not_mind_delayed_buddies_but_free_ones) {
  ASSERT_EQ(pages.free(3, 0), Error::none);
  EXPECT_TRUE(entry(3).is(PageKind::delayed, Order(0)));
  EXPECT_STREQ(broken(), nullptr);
  entry(2).set(PageKind::free, Order(0));
  entry(3).set(PageKind::free, Order(0));
  EXPECT_STREQ(broken(), "two free buddies are not merged");
}

/* --- naive ------------------------------------------------------------------------------------------------ */

/* 0-3 in use, 4-5 free, 6 and 7 in use, the rest free. */
class NaiveInvariants : public Broken<Naive> {
 protected:
  NaiveInvariants() {
    take({2, 1, 0, 0});
    EXPECT_EQ(pages.free(4, 1), Error::none);
    EXPECT_STREQ(broken(), nullptr);
  }
};

TEST_F(NaiveInvariants, see_a_free_page_below_the_first_that_may_be) {
  ASSERT_EQ(pages.page_of(0), 4u);
  ASSERT_EQ(pages.page_of(0), 5u);
  ASSERT_EQ(pages.page_of(0), 8u); /* now it knows that all below 8 is in use */
  entry(7).set(PageKind::free, Order(0));
  EXPECT_STREQ(broken(), "a page is free below the first one that may be");
}

TEST_F(NaiveInvariants, see_free_pages_in_one_block) {
  entry(4).set(PageKind::free, Order(1));
  entry(5).set_inside();
  EXPECT_STREQ(broken(), "free pages are in one block");
}

TEST_F(NaiveInvariants, see_a_wrong_number_of_free_pages) {
  entry(4).set(PageKind::allocated, Order(0));
  EXPECT_STREQ(broken(), "the number of free pages is wrong");
}

TEST_F(NaiveInvariants, see_a_delayed_block) {
  entry(4).set(PageKind::delayed, Order(0));
  EXPECT_STREQ(broken(), "a block is in a state that this engine does not have");
}

TEST_F(NaiveInvariants, see_a_block_that_lost_its_start) {
  entry(6).set_inside();
  EXPECT_STREQ(broken(), "a block starts inside another");
}

TEST_F(NaiveInvariants, see_a_block_of_no_known_kind) {
  entry(6).set(static_cast<PageKind>(7), Order(0));
  EXPECT_STREQ(broken(), "a block is of no known kind");
}

TEST_F(NaiveInvariants, see_a_block_that_is_not_aligned_or_reaches_past_the_end) {
  entry(6).set(PageKind::allocated, Order(2));
  EXPECT_STREQ(broken(), "a block is not aligned to its order");
  entry(6).set(PageKind::allocated, Order(0));
  TestPages<Naive> odd(37);
  odd.map[PageIndex(36)].set(PageKind::free, Order(1));
  EXPECT_STREQ(odd.engine.broken_invariant(), "a block reaches past the region's end");
}

/* --- the eager buddy, and lowest ---------------------------------------------------------------------------- */

using EagerInvariants = Broken<Eager>;

TEST_F(EagerInvariants, see_a_delayed_block) {
  take({0, 0});
  entry(1).set(PageKind::delayed, Order(0));
  EXPECT_STREQ(broken(), "a block is in a state that this engine does not have");
}

/* 0 in use, 1 free, 2 and 3 in use, the rest free. */
class LowestInvariants : public Broken<EagerLowest> {
 protected:
  LowestInvariants() {
    take({0, 0, 0, 0});
    EXPECT_EQ(pages.free(1, 0), Error::none);
    EXPECT_STREQ(broken(), nullptr);
  }
};

TEST_F(LowestInvariants, see_another_page_free_than_the_index_says) {
  entry(1).set(PageKind::allocated, Order(0));
  entry(2).set(PageKind::free, Order(0));
  EXPECT_STREQ(broken(), "a free list is damaged");
}

TEST_F(LowestInvariants, see_a_free_block_that_the_index_does_not_have) {
  entry(1).set(PageKind::allocated, Order(0));
  entry(2).set(PageKind::free, Order(0));
  entry(3).set(PageKind::free, Order(0));
  EXPECT_STREQ(broken(), "two free buddies are not merged");
  entry(3).set(PageKind::allocated, Order(0));
  entry(1).set(PageKind::free, Order(0));
  EXPECT_STREQ(broken(), "the number of free pages is wrong");
}

}  // namespace
}  // namespace mini_mm
