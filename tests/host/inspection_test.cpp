// SPDX-License-Identifier: GPL-2.0
/*
 * Inspection: a bit that is flipped in the page map, or in the index of free blocks, is found, what is damaged goes out
 * of use, and the engine works on as if nothing had been.
 */
#include "inspection.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "all_page_engines.hpp"

namespace mini_mm {
namespace {

void nothing_more(PageIndex, std::uint32_t) {}

/* Blocks in use of an engine, with the payload that an arena gives them. */
template <class Engine>
class InspectedPages {
 public:
  static constexpr std::uint32_t kPages = 256;

  explicit InspectedPages(unsigned seed) {
    std::minstd_rand random(seed);
    for (int i = 0; i < 150; ++i) {
      if (random() % 5 < 3) {
        take(Order(static_cast<unsigned>(random() % 4)));
      } else if (!blocks.empty()) {
        give(random() % blocks.size());
      }
    }
  }

  std::vector<Finding> inspect() {
    std::vector<Finding> findings;
    Inspection inspection(
        pages.map, pages.engine, [](PageIndex) { return false; }, nothing_more);
    for (PageIndex at; at.value < kPages; at = at + kInspectionWindow.pages()) {
      const std::uint32_t count = inspection.window(at, [&](const Finding& found) { findings.push_back(found); });
      EXPECT_EQ(count, findings.size());
    }
    return findings;
  }

  PageEntry& entry(std::uint32_t page) { return pages.map[PageIndex(page)]; }
  std::uint32_t& word(std::uint32_t page, unsigned number) {
    return reinterpret_cast<std::uint32_t*>(&entry(page))[number];
  }

  void take(Order order) {
    const Result<PageIndex> page = pages.engine.allocate(order);
    if (!page) return;
    pages.map[page.value].set_mobility(order, MigrateType::unmovable);
    blocks.push_back({page.value, order});
  }
  void give(std::size_t which) {
    ASSERT_EQ(pages.engine.free(blocks[which].page, blocks[which].order), Error::none);
    blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(which));
  }

  TestPages<Engine> pages{kPages};
  std::vector<Block> blocks; /* in use */
};

template <class Engine>
class InspectionTest : public testing::Test {};
TYPED_TEST_SUITE(InspectionTest, AllPageEngines, EngineNames);

TYPED_TEST(InspectionTest, finds_nothing_in_a_map_that_is_whole) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    InspectedPages<TypeParam> inspected(seed);
    const std::vector<PageEntry> before = inspected.pages.snapshot();
    EXPECT_TRUE(inspected.inspect().empty()) << "seed " << seed;
    EXPECT_EQ(std::memcmp(before.data(), inspected.pages.snapshot().data(), before.size() * sizeof(PageEntry)), 0);
  }
}

/* Whether bit @bit of word @word of an entry says something: what only one place says, nobody can check. */
template <class Engine>
bool says_something(const PageEntry& entry, unsigned word, unsigned bit) {
  const bool linked = same_text(Engine::kPlacement, "lifo");
  switch (entry.kind()) {
    case PageKind::inside:
      return word == 0;
    case PageKind::free:
    case PageKind::delayed:
      if (word == 0) return bit >= 24 || linked;
      if (word == 1 && bit >= 24) return entry.kind() == PageKind::delayed;
      return word == 1 && linked;
    case PageKind::allocated:
      if (word == 2) return bit >= 2;
      return word == 0 && bit >= 24;
    default:
      return false;
  }
}

TYPED_TEST(InspectionTest, finds_each_bit_that_flips_and_works_on) {
  std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
  int found = 0;
  for (int flip = 0; flip < 1500; ++flip) {
    const auto seed = static_cast<unsigned>(random() % 50 + 1);
    InspectedPages<TypeParam> inspected(seed);
    const auto page = static_cast<std::uint32_t>(random() % inspected.kPages);
    const auto word = static_cast<unsigned>(random() % 3);
    const auto bit = static_cast<unsigned>(random() % 32);
    const bool expected = says_something<TypeParam>(inspected.entry(page), word, bit);
    const std::string where = "seed " + std::to_string(seed) + ", page " + std::to_string(page) + " of kind " +
                              std::to_string(static_cast<int>(inspected.entry(page).kind())) + " and order " +
                              std::to_string(inspected.entry(page).order().value) + ", word " + std::to_string(word) +
                              ", bit " + std::to_string(bit);
    inspected.word(page, word) ^= 1u << bit;
    const bool seen = !inspected.inspect().empty();
    found += seen;
    ASSERT_TRUE(seen || !expected) << where;

    ASSERT_STREQ(inspected.pages.engine.broken_invariant(), nullptr) << where;
    ASSERT_TRUE(inspected.inspect().empty()) << where << ": once is enough";
    /* No page of a block in use is handed out again, and what is not isolated can be freed. */
    std::set<std::uint32_t> held;
    for (const Block& block : inspected.blocks) {
      for (std::uint32_t i = 0; i < block.order.pages(); ++i) held.insert(block.page.value + i);
    }
    while (const Result<PageIndex> more = inspected.pages.engine.allocate(Order(0))) {
      ASSERT_TRUE(held.insert(more.value.value).second) << where << ": page " << more.value.value << " is given twice";
    }
    for (const Block& block : inspected.blocks) {
      const Error error = inspected.pages.engine.free(block.page, block.order);
      ASSERT_TRUE(error == Error::none || expected) << where;
    }
    ASSERT_STREQ(inspected.pages.engine.broken_invariant(), nullptr) << where;
  }
  EXPECT_GT(found, 100);
}

/* Of the eager buddy, 16 pages: 0 in use, 1 free, 2-3 free, 4-7 in use, 8-15 free. */
class InspectionOfABuddy : public testing::Test {
 protected:
  InspectionOfABuddy() {
    EXPECT_EQ(take(0), 0u);
    EXPECT_EQ(take(2), 4u);
    EXPECT_TRUE(inspect().empty());
  }

  std::uint32_t take(unsigned order) {
    const std::uint32_t page = pages.page_of(order);
    entry(page).set_mobility(Order(order), MigrateType::unmovable);
    return page;
  }
  PageEntry& entry(std::uint32_t page) { return pages.map[PageIndex(page)]; }
  std::vector<Finding> inspect() {
    std::vector<Finding> findings;
    Inspection inspection(
        pages.map, pages.engine, [](PageIndex) { return false; }, nothing_more);
    inspection.window(PageIndex(0), [&](const Finding& found) { findings.push_back(found); });
    EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
    return findings;
  }
  /* The only finding. */
  void expect(Flaw flaw, std::uint32_t page, std::uint32_t count) {
    const std::vector<Finding> findings = inspect();
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].flaw, flaw) << static_cast<int>(findings[0].flaw);
    EXPECT_EQ(findings[0].page.value, page);
    EXPECT_EQ(findings[0].pages, count);
    EXPECT_EQ(entry(page).kind() == PageKind::isolated, is_isolated(flaw));
  }

  TestPages<Eager> pages{16};
};

TEST_F(InspectionOfABuddy, isolates_a_block_in_use_of_no_kind) {
  entry(4).set(static_cast<PageKind>(14), Order(2));
  expect(Flaw::kind, 4, 4);
  EXPECT_EQ(pages.free(4, 2), Error::corrupt);
  EXPECT_EQ(pages.engine.free_pages(), 11u);
}

TEST_F(InspectionOfABuddy, isolates_a_block_whose_order_does_not_go_with_its_payload) {
  entry(4).set_mobility(Order(1), MigrateType::unmovable);
  expect(Flaw::payload, 4, 4);
}

TEST_F(InspectionOfABuddy, isolates_all_of_a_block_in_use_whose_order_became_smaller) {
  entry(4).set(PageKind::allocated, Order(0));
  expect(Flaw::order, 4, 4);
}

TEST_F(InspectionOfABuddy, isolates_only_the_block_whose_order_became_larger) {
  entry(0).set(PageKind::allocated, Order(3));
  expect(Flaw::order, 0, 1);
  EXPECT_EQ(pages.free(4, 2), Error::none);
}

TEST_F(InspectionOfABuddy, isolates_a_head_that_is_gone) {
  entry(4).set_inside();
  expect(Flaw::no_head, 4, 4);
}

TEST_F(InspectionOfABuddy, isolates_a_free_block_that_no_list_knows) {
  entry(0).start(PageKind::free, Order(0));
  expect(Flaw::not_listed, 0, 1);
}

TEST_F(InspectionOfABuddy, empties_an_entry_inside_a_block) {
  entry(6).start(static_cast<PageKind>(8), Order(0));
  entry(6).set_next(5);
  expect(Flaw::entry, 6 - 2, 4);
  EXPECT_TRUE(entry(6).is_empty());
  EXPECT_EQ(pages.free(4, 2), Error::none);
}

TEST_F(InspectionOfABuddy, makes_a_torn_list_anew_and_loses_nothing) {
  entry(1).set_next(77);
  expect(Flaw::index, 1, 1);
  EXPECT_EQ(pages.engine.free_pages(), 11u);
}

TEST_F(InspectionOfABuddy, isolates_a_tail_without_a_slab) {
  entry(4).set(PageKind::tail, Order(2));
  entry(4).set_payload(0);
  expect(Flaw::tail, 4, 4);
}

TEST(Inspection, isolates_a_tail_that_names_another_slab_than_the_one_it_lies_behind) {
  TestPages<Eager> pages(16);
  for (const std::uint32_t page : {0u, 2u, 3u}) {
    EXPECT_EQ(pages.page_of(page == 0 ? 1 : 0), page);
    pages.map[PageIndex(page)].set(page == 3 ? PageKind::tail : PageKind::slab, Order(page == 0 ? 1 : 0));
  }
  const auto flaws_when_it_names = [&](std::uint32_t head) {
    pages.map[PageIndex(3)].set_head_of_tail(head);
    Inspection inspection(
        pages.map, pages.engine, [](PageIndex page) { return page.value == 0 || page.value == 2; }, nothing_more);
    return inspection.window(PageIndex(0), [](const Finding& found) { EXPECT_EQ(found.flaw, Flaw::tail); });
  };
  EXPECT_EQ(flaws_when_it_names(2), 0u);
  EXPECT_EQ(flaws_when_it_names(0), 1u);
  EXPECT_EQ(pages.map[PageIndex(3)].kind(), PageKind::isolated);
}

TEST_F(InspectionOfABuddy, takes_no_tail_for_a_block_that_waits_for_a_cpu) {
  entry(0).set_head_of_tail(0);
  entry(0).set(PageKind::cached, Order(0));
  expect(Flaw::payload, 0, 1);
}

TEST_F(InspectionOfABuddy, isolates_a_slab_that_no_cache_has) {
  entry(4).set(PageKind::slab, Order(2));
  expect(Flaw::slab, 4, 4);
}

TEST(Inspection, keeps_an_isolated_block_over_which_the_order_of_the_slab_before_it_grows) {
  TestPages<Eager> pages(4);
  EXPECT_EQ(pages.page_of(0), 0u);
  EXPECT_EQ(pages.page_of(0), 1u);
  pages.map[PageIndex(0)].set(PageKind::slab, Order(0));
  const auto inspect = [&] {
    Inspection inspection(
        pages.map, pages.engine, [](PageIndex page) { return page.value == 0; }, nothing_more);
    return inspection.window(PageIndex(0), [](const Finding& found) { EXPECT_EQ(found.pages, 1u); });
  };
  pages.map[PageIndex(1)].set(static_cast<PageKind>(14), Order(0));
  EXPECT_EQ(inspect(), 1u);
  pages.map[PageIndex(0)].set(PageKind::slab, Order(1));
  EXPECT_EQ(inspect(), 1u);
  EXPECT_TRUE(pages.map[PageIndex(1)].is_isolated_of(Order(0)));
}

TEST(Inspection, takes_no_page_inside_for_an_isolated_block_again) {
  TestPages<Eager> pages(4);
  pages.map[PageIndex(1)].start_isolated(Order(0));
  pages.map[PageIndex(1)].set_inside();
  EXPECT_EQ(pages.page_of(2), 0u);
  pages.map[PageIndex(0)].set(static_cast<PageKind>(14), Order(2));
  const auto inspect = [&](Flaw flaw) {
    Inspection inspection(
        pages.map, pages.engine, [](PageIndex) { return false; }, nothing_more);
    EXPECT_EQ(inspection.window(PageIndex(0), [&](const Finding& found) { EXPECT_EQ(found.flaw, flaw); }), 1u);
  };
  inspect(Flaw::kind);
  pages.map[PageIndex(0)].set_inside();
  pages.map[PageIndex(1)].start(PageKind::isolated, Order(0));
  inspect(Flaw::no_head);
  EXPECT_TRUE(pages.map[PageIndex(0)].is_isolated_of(Order(2)));
}

TEST(Inspection, counts_blocks_anew_when_some_that_were_isolated_are_one_again) {
  TestPages<LazyBuddy<Lifo, FakePlatform>> pages(16);
  EXPECT_EQ(pages.page_of(2), 0u);
  const auto inspect = [&] {
    Inspection inspection(
        pages.map, pages.engine, [](PageIndex) { return false; }, nothing_more);
    (void)inspection.window(PageIndex(0), [](const Finding&) {});
    EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
  };
  for (const unsigned order : {2u, 0u, 2u}) {
    pages.map[PageIndex(0)].set(PageKind::isolated, Order(order));
    inspect();
  }
}

/* The indexes are made anew for all of the region, so from a page map that is right everywhere. */
TEST(Inspection, follows_no_damage_in_another_window) {
  TestPages<Eager> pages(3 * 1024);
  pages.map[PageIndex(1024)].set(PageKind::free, Order(14));
  std::vector<Finding> findings;
  Inspection inspection(
      pages.map, pages.engine, [](PageIndex) { return false; }, nothing_more);
  inspection.window(PageIndex(0), [&](const Finding& found) { findings.push_back(found); });
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
  ASSERT_GE(findings.size(), 2u);
  EXPECT_EQ(findings[0].flaw, Flaw::index) << "its neighbour in the list is no free block of this order any more";
  EXPECT_EQ(findings[1].flaw, Flaw::order);
  EXPECT_EQ(inspection.window(PageIndex(1024), [](const Finding&) {}), 0u) << "that was found with it";
}

/* Its blocks may still be somebody's, and nothing but the entry would say that a page of them is free. */
TEST(InspectionOfFirstFit, does_not_take_a_page_inside_an_isolated_block_for_free) {
  TestPages<Naive> pages(16);
  const auto inspect = [&] {
    Inspection inspection(
        pages.map, pages.engine, [](PageIndex) { return false; }, nothing_more);
    return inspection.window(PageIndex(0), [](const Finding&) {});
  };
  pages.map[PageIndex(4)].start(static_cast<PageKind>(14), Order(2));
  for (const unsigned page : {5u, 6u, 7u}) pages.map[PageIndex(page)].set_inside();
  EXPECT_EQ(inspect(), 1u);
  ASSERT_TRUE(pages.map[PageIndex(4)].is(PageKind::isolated, Order(2)));
  pages.map[PageIndex(6)].start(PageKind::free, Order(0));
  EXPECT_EQ(inspect(), 1u);
  EXPECT_TRUE(pages.map[PageIndex(6)].is_empty());
  EXPECT_EQ(pages.engine.free_pages(), 12u);
}

/* First fit has no index that a free page could be missing in. */
TEST(InspectionOfFirstFit, isolates_a_free_page_at_which_a_slab_starts) {
  TestPages<Naive> pages(16);
  std::vector<Finding> findings;
  Inspection inspection(
      pages.map, pages.engine, [](PageIndex page) { return page.value == 5; }, nothing_more);
  inspection.window(PageIndex(0), [&](const Finding& found) { findings.push_back(found); });
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].flaw, Flaw::not_listed);
  EXPECT_EQ(findings[0].page.value, 5u);
  EXPECT_EQ(pages.engine.free_pages(), 15u);
}

}  // namespace
}  // namespace mini_mm
