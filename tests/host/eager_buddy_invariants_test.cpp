// SPDX-License-Identifier: GPL-2.0
/*
 * Each thing that the buddy's invariants can complain about, brought about on purpose. An invariant that
 * cannot fail proves nothing.
 */
#include <gtest/gtest.h>

#include "eager_buddy.hpp"
#include "test_buddy.hpp"

namespace mini_mm {
namespace {

/* 0-1 in use, 2-3 free, 4 in use, 5 free, 6-7 in use, 8-11 free, 12 free (the tail). */
class EagerBuddyInvariants : public testing::Test {
 protected:
  EagerBuddyInvariants() {
    const Result<PageIndex> tail = buddy.allocate(0);
    for (unsigned order : {2u, 1u, 1u, 0u, 1u}) EXPECT_TRUE(buddy.allocate(order));
    EXPECT_EQ(buddy.free(tail.value.value, 0), Error::none);
    EXPECT_EQ(buddy.free(8, 2), Error::none);
    EXPECT_EQ(buddy.free(2, 1), Error::none);
    EXPECT_TRUE(entry(0).is(PageKind::allocated, Order(1)));
    EXPECT_TRUE(entry(2).is(PageKind::free, Order(1)));
    EXPECT_TRUE(entry(4).is(PageKind::allocated, Order(0)));
    EXPECT_TRUE(entry(5).is(PageKind::free, Order(0)));
    EXPECT_TRUE(entry(6).is(PageKind::allocated, Order(1)));
    EXPECT_TRUE(entry(8).is(PageKind::free, Order(2)));
    EXPECT_TRUE(entry(12).is(PageKind::free, Order(0)));
    EXPECT_EQ(buddy.damage(), "");
  }

  PageEntry& entry(std::uint32_t page) { return buddy.map[PageIndex(page)]; }
  const char* broken() { return buddy.engine.broken_invariant(); }

  TestBuddy buddy{13};
};

TEST_F(EagerBuddyInvariants, see_a_block_that_lost_its_start) {
  entry(6).set_inside();
  EXPECT_STREQ(broken(), "a block starts inside another");
}

TEST_F(EagerBuddyInvariants, see_a_block_of_no_known_kind) {
  entry(6).set(static_cast<PageKind>(7), Order(1));
  EXPECT_STREQ(broken(), "a block is of no known kind");
}

TEST_F(EagerBuddyInvariants, see_a_block_that_is_not_aligned) {
  entry(6).set(PageKind::allocated, Order(2));
  EXPECT_STREQ(broken(), "a block is not aligned to its order");
}

TEST_F(EagerBuddyInvariants, see_a_block_above_the_highest_order) {
  entry(0).set(PageKind::allocated, Order(4));
  EXPECT_STREQ(broken(), "a block is not aligned to its order");
}

TEST_F(EagerBuddyInvariants, see_a_block_that_reaches_past_the_end) {
  entry(12).set(PageKind::free, Order(2));
  EXPECT_STREQ(broken(), "a block reaches past the region's end");
}

TEST_F(EagerBuddyInvariants, see_free_buddies_that_are_not_merged) {
  entry(0).set(PageKind::free, Order(1));
  EXPECT_STREQ(broken(), "two free buddies are not merged");
}

TEST_F(EagerBuddyInvariants, see_a_free_block_that_is_not_counted) {
  entry(6).set(PageKind::free, Order(1));
  EXPECT_STREQ(broken(), "the number of free pages is wrong");
}

TEST_F(EagerBuddyInvariants, see_a_counted_free_block_that_is_in_use) {
  entry(8).set(PageKind::allocated, Order(2));
  EXPECT_STREQ(broken(), "the number of free pages is wrong");
}

TEST_F(EagerBuddyInvariants, see_a_free_block_that_is_in_no_list) {
  /* 8-11 turns into 8-9 free, 10-11 in use, and 6-7 is free instead: as many free pages, other blocks. */
  entry(8).set(PageKind::free, Order(1));
  entry(10).set(PageKind::allocated, Order(1));
  entry(6).set(PageKind::free, Order(1));
  EXPECT_STREQ(broken(), "a free block is not in the free list of its type");
}

TEST_F(EagerBuddyInvariants, see_a_broken_link_between_free_blocks) {
  entry(5).set_prev(5);
  EXPECT_STREQ(broken(), "a free list is damaged");
}

TEST_F(EagerBuddyInvariants, see_a_free_list_that_leads_out_of_the_region) {
  const std::uint32_t last = entry(5).next() == PageEntry::kNone ? 5 : 12;
  entry(last).set_next(13);
  EXPECT_STREQ(broken(), "a free list is damaged");
}

TEST_F(EagerBuddyInvariants, see_a_listed_block_that_is_in_use_while_another_one_is_free) {
  /* 4 is free instead of 5: the counts are right, the list is not. */
  entry(4).set(PageKind::free, Order(0));
  entry(5).set(PageKind::allocated, Order(0));
  EXPECT_STREQ(broken(), "a free list is damaged");
}

}  // namespace
}  // namespace mini_mm
