// SPDX-License-Identifier: GPL-2.0
/* The registered page engines by their names, and one of them chosen at run time. */
#include "page_engines.hpp"

#include <gtest/gtest.h>

#include <string>

#include "all_page_engines.hpp"

namespace mini_mm {
namespace {

using Any = AnyPageEngine<FakePlatform>;

std::string found(const char* name, const char* placement, const char* usual = "lifo") {
  const unsigned which = Any::find(name, placement, usual);
  if (which == kNoEngine) return "none";
  return std::string(Any::Engines::name(which)) + "/" + Any::placement(which);
}

TEST(PageEnginesTest, are_found_by_their_names) {
  EXPECT_EQ(found("eager", "lifo"), "eager/lifo");
  EXPECT_EQ(found("eager", "lowest"), "eager/lowest");
  EXPECT_EQ(found("lazy", "lifo"), "lazy/lifo");
  EXPECT_EQ(found("lazy", "lowest"), "lazy/lowest");
  EXPECT_EQ(found("naive", "first-fit"), "naive/first-fit");
}

TEST(PageEnginesTest, take_the_usual_placement_if_they_have_it_else_their_own) {
  EXPECT_EQ(found("eager", "", "lowest"), "eager/lowest");
  EXPECT_EQ(found("lazy", "", "lifo"), "lazy/lifo");
  EXPECT_EQ(found("naive", "", "lowest"), "naive/first-fit");
  EXPECT_EQ(found("eager", "", "first-fit"), "eager/lifo");
}

TEST(PageEnginesTest, are_none_of_an_unknown_name_or_of_a_placement_that_they_do_not_have) {
  EXPECT_EQ(found("", "lifo"), "none");
  EXPECT_EQ(found("best", ""), "none");
  EXPECT_EQ(found("eage", ""), "none");
  EXPECT_EQ(found("eagerly", "lifo"), "none");
  EXPECT_EQ(found("eager", "highest"), "none");
  EXPECT_EQ(found("eager", "first-fit"), "none");
  EXPECT_EQ(found("naive", "lifo"), "none");
}

class ChosenPageEngine : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(All, ChosenPageEngine, testing::Range(0u, Any::Engines::kCount));

TEST_P(ChosenPageEngine, is_the_one_that_was_chosen_in_the_memory_that_it_asks_for) {
  std::vector<PageEntry> entries(3000);
  PageMap map(entries.data(), 3000);
  World world;
  FakePlatform platform(world);
  Memory memory(Any::bytes(GetParam(), 3000) + 1, 8, 0);
  Any engine(map, platform, memory.get(), 100, GetParam());
  EXPECT_STREQ(engine.name(), Any::Engines::name(GetParam()));
  EXPECT_STREQ(engine.placement(), Any::placement(GetParam()));
  EXPECT_EQ(engine.free_pages(), 3000u);
  EXPECT_EQ(engine.max_order(), Order(10));
  EXPECT_EQ(engine.watermarks().min, 100u);
  const Result<PageIndex> page = engine.allocate(Order(3));
  ASSERT_TRUE(page);
  EXPECT_EQ(engine.free_pages(), 2992u);
  EXPECT_EQ(engine.free(page.value, Order(2)), Error::wrong_order);
  EXPECT_EQ(engine.free(page.value, Order(3)), Error::none);
  ASSERT_EQ(engine.claim(PageIndex(77), 10), Error::none);
  EXPECT_EQ(engine.claim(PageIndex(86), 1), Error::no_free_block);
  EXPECT_EQ(engine.statistics().allocations, 2u);
  EXPECT_EQ(engine.statistics().refused, 1u);
  EXPECT_EQ(engine.statistics().failures, 1u);
  EXPECT_STREQ(engine.broken_invariant(), nullptr);
}

TEST(PageEnginesTest, ask_for_memory_in_words_and_the_one_of_unknown_choice_for_the_most) {
  for (const std::uint32_t pages : {1u, 100u, 70000u}) {
    std::size_t most = 0;
    for (unsigned which = 0; which < Any::Engines::kCount; ++which) {
      EXPECT_EQ(Any::bytes(which, pages) % 8, 0u);
      most = std::max(most, Any::bytes(which, pages));
    }
    EXPECT_EQ(Any::bytes(pages), most);
  }
}

}  // namespace
}  // namespace mini_mm
