// SPDX-License-Identifier: GPL-2.0
#include "bit_tree.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

#include "memory.hpp"

namespace mini_mm {
namespace {

struct TestTree {
  explicit TestTree(std::uint32_t bound) : memory(BitTree::bytes(bound), 8, 0) { tree.use(memory.get(), bound); }
  Memory memory; /* just as large as it says: what is beyond, the address sanitizer sees */
  BitTree tree;
};

TEST(BitTreeTest, is_empty_at_first) {
  for (const std::uint32_t bound : {1u, 63u, 64u, 65u, 4096u, 4097u, 262144u, 262145u}) {
    TestTree test(bound);
    EXPECT_EQ(test.tree.first(), BitTree::kNone) << bound;
    EXPECT_FALSE(test.tree.contains(bound - 1));
    EXPECT_TRUE(test.tree.consistent(bound));
  }
}

TEST(BitTreeTest, takes_a_bit_a_number_and_a_word_for_each_64_words_below) {
  EXPECT_EQ(BitTree::bytes(1), 8u);
  EXPECT_EQ(BitTree::bytes(64), 8u);
  EXPECT_EQ(BitTree::bytes(65), 8u * (2 + 1));
  EXPECT_EQ(BitTree::bytes(4096), 8u * (64 + 1));
  EXPECT_EQ(BitTree::bytes(4097), 8u * (65 + 2 + 1));
  EXPECT_EQ(BitTree::bytes(1u << 24), 8u * (262144 + 4096 + 64 + 1)) << "as many as a page map can have";
}

TEST(BitTreeTest, finds_each_number_alone) {
  for (const std::uint32_t bound : {1u, 64u, 65u, 4097u, 300000u}) {
    TestTree test(bound);
    for (std::uint32_t number = 0; number < bound; number += number < 200 ? 1 : 97) {
      test.tree.insert(number);
      ASSERT_EQ(test.tree.first(), number);
      ASSERT_TRUE(test.tree.contains(number));
      ASSERT_FALSE(number > 0 && test.tree.contains(number - 1));
      test.tree.erase(number);
      ASSERT_EQ(test.tree.first(), BitTree::kNone);
    }
    ASSERT_TRUE(test.tree.consistent(bound));
  }
}

RC_GTEST_PROP(BitTreeInRandomUse, finds_the_lowest_of_what_a_set_holds, ()) {
  const auto bound = *rc::gen::element<std::uint32_t>(1, 5, 64, 100, 5000, 270000);
  const auto numbers =
      *rc::gen::resize(500, rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange<std::uint32_t>(0, bound)));
  TestTree test(bound);
  std::set<std::uint32_t> model;
  for (const std::uint32_t number : numbers) {
    /* In or out; and every third time the lowest goes. */
    if (model.erase(number) != 0) {
      test.tree.erase(number);
    } else {
      model.insert(number);
      test.tree.insert(number);
    }
    if (number % 3 == 0 && !model.empty()) {
      test.tree.erase(*model.begin());
      model.erase(model.begin());
    }
    RC_ASSERT(test.tree.first() == (model.empty() ? BitTree::kNone : *model.begin()));
    RC_ASSERT(test.tree.contains(number) == (model.count(number) != 0));
  }
  RC_ASSERT(test.tree.consistent(bound));
  std::vector<std::uint32_t> members;
  RC_ASSERT(test.tree.all_of(bound, [&](std::uint32_t number) {
    members.push_back(number);
    return true;
  }));
  RC_ASSERT(members == std::vector<std::uint32_t>(model.begin(), model.end()));
}

TEST(BitTreeTest, sees_an_upper_bit_that_does_not_say_what_is_below) {
  TestTree test(5000);
  test.tree.insert(4000);
  EXPECT_TRUE(test.tree.consistent(5000));
  auto* words = reinterpret_cast<std::uint64_t*>(test.memory.get());
  words[7] = 1; /* numbers 448 to 511, of which the level above knows nothing */
  EXPECT_FALSE(test.tree.consistent(5000));
  words[7] = 0;
  words[4000 / 64] = 0;
  EXPECT_FALSE(test.tree.consistent(5000));
}

}  // namespace
}  // namespace mini_mm
