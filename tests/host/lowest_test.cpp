// SPDX-License-Identifier: GPL-2.0
/* The placement lowest: what it serves, and what that does for large blocks. */
#include "lowest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "all_page_engines.hpp"
#include "memory.hpp"

namespace mini_mm {
namespace {

struct TestIndex {
  explicit TestIndex(std::uint32_t pages)
      : entries(pages), map(entries.data(), pages), memory(Lowest::bytes(pages), 8, 0) {
    index.use(memory.get(), pages);
  }
  void insert(std::uint32_t page, unsigned order) {
    map[PageIndex(page)].set(PageKind::free, Order(order));
    index.insert(map, {PageIndex(page), Order(order)});
  }
  void remove(std::uint32_t page, unsigned order) { index.remove(map, {PageIndex(page), Order(order)}); }
  bool check(unsigned order) const { return index.check(map, Order(order), PageKind::free); }

  std::vector<PageEntry> entries;
  PageMap map;
  Memory memory;
  Lowest index;
};

TEST(LowestTest, serves_the_lowest_address_whatever_the_order) {
  TestIndex test(2048);
  test.insert(1, 0);
  test.insert(512, 9);
  test.insert(4, 2);
  test.insert(1024, 10);
  EXPECT_EQ(test.index.find(Order(0), Order(10)).value.page.value, 1u);
  EXPECT_EQ(test.index.find(Order(1), Order(10)).value.page.value, 4u);
  EXPECT_EQ(test.index.find(Order(3), Order(10)).value.page.value, 512u);
  EXPECT_EQ(test.index.find(Order(10), Order(10)).value.page.value, 1024u);
  test.remove(1, 0);
  test.insert(6, 0);
  const Block block = test.index.find(Order(0), Order(10)).value;
  EXPECT_EQ(block.page.value, 4u) << "a larger block below a page that would fit";
  EXPECT_EQ(block.order, Order(2));
}

TEST(LowestTest, has_nothing_above_the_highest_order_that_is_asked_for) {
  TestIndex test(2048);
  EXPECT_EQ(test.index.find(Order(0), Order(10)).error, Error::no_free_block);
  test.insert(0, 3);
  EXPECT_EQ(test.index.find(Order(0), Order(2)).error, Error::no_free_block);
  EXPECT_TRUE(test.index.find(Order(0), Order(3)));
  EXPECT_EQ(test.index.find(Order(4), Order(10)).error, Error::no_free_block);
}

TEST(LowestTest, needs_memory_for_regions_of_any_size) {
  for (const std::uint32_t pages : {1u, 2u, 63u, 64u, 1023u, 1025u, 70000u}) {
    TestIndex test(pages);
    EXPECT_EQ(Lowest::bytes(pages) % 8, 0u);
    for (Order order; order <= max_order_of(pages); order = order.up()) {
      const std::uint32_t last = (pages >> order.value) - 1;
      test.insert(last << order.value, order.value);
      EXPECT_EQ(test.index.find(order, order).value.page.value, last << order.value);
      EXPECT_TRUE(test.check(order.value));
    }
  }
}

TEST(LowestTest, its_check_sees_blocks_that_are_not_free_of_another_order_and_not_counted) {
  TestIndex test(64);
  test.insert(8, 1);
  test.insert(16, 1);
  EXPECT_TRUE(test.check(1));
  test.map[PageIndex(16)].set(PageKind::allocated, Order(1));
  EXPECT_FALSE(test.check(1));
  test.map[PageIndex(16)].set(PageKind::free, Order(2));
  EXPECT_FALSE(test.check(1));
  test.map[PageIndex(16)].set(PageKind::free, Order(1));
  EXPECT_TRUE(test.check(1));
  auto* first_word = reinterpret_cast<std::uint64_t*>(test.memory.get() + BitTree::bytes(64));
  *first_word ^= std::uint64_t{1} << (8 >> 1); /* the tree of order 1 forgets the block at 8 */
  EXPECT_FALSE(test.check(1));
  *first_word ^= std::uint64_t{1} << (8 >> 1) | std::uint64_t{1} << 40; /* and has one behind the region's end */
  EXPECT_FALSE(test.check(1));
}

/* Every engine that places so serves what a plain list of all free pages says. */
RC_GTEST_PROP(LowestInRandomUse, serves_the_lowest_aligned_free_run, ()) {
  const auto pages = *rc::gen::inRange<std::uint32_t>(1, 300);
  const auto steps =
      *rc::gen::resize(300, rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>()));
  TestPages<EagerLowest> test(pages);
  std::vector<char> used(pages);
  std::vector<std::pair<std::uint32_t, unsigned>> held;
  for (const std::uint32_t what : steps) {
    if (what % 5 < 3 || held.empty()) {
      const unsigned order = what / 5 % (test.engine.max_order().value + 1u);
      /* The lowest free block that fits starts where the lowest free run does: both are aligned. */
      std::uint32_t expected = 0;
      const std::uint32_t size = Order(order).pages();
      while (expected + size <= pages && std::memchr(&used[expected], 1, size)) expected += size;
      const Result<PageIndex> page = test.allocate(order);
      RC_ASSERT(page.error == (expected + size <= pages ? Error::none : Error::no_free_block));
      if (!page) continue;
      RC_ASSERT(page.value.value == expected);
      std::fill_n(used.begin() + expected, size, 1);
      held.emplace_back(expected, order);
    } else {
      std::swap(held[what / 5 % held.size()], held.back());
      const auto [page, order] = held.back();
      held.pop_back();
      RC_ASSERT(test.free(page, order) == Error::none);
      std::fill_n(used.begin() + page, Order(order).pages(), 0);
    }
    RC_ASSERT(test.damage() == "");
  }
}

/*
 * LLFree's fragmentation run (Wrenger et al., USENIX ATC 2023) on 256 MiB: all pages one by one, half of them
 * freed at random, then 100 times a tenth freed and allocated again. How many free blocks of 2 MiB there are
 * at the end, in percent of what the free pages could make.
 */
template <class Engine>
double percent_of_the_optimum(unsigned seed) {
  constexpr std::uint32_t kPages = 65536;
  TestPages<Engine> test(kPages);
  std::mt19937 random(seed);
  std::vector<std::uint32_t> held(kPages);
  for (std::uint32_t& page : held) page = test.page_of(0);
  const auto free_some = [&](std::size_t count) {
    for (; count > 0; --count) {
      std::swap(held[random() % held.size()], held.back());
      EXPECT_EQ(test.free(held.back(), 0), Error::none);
      held.pop_back();
    }
    (void)test.world.take_events();
  };
  free_some(kPages / 2);
  for (int round = 0; round < 100; ++round) {
    free_some(kPages / 10);
    for (std::uint32_t i = 0; i < kPages / 10; ++i) held.push_back(test.page_of(0));
  }
  settle_all(test.engine);
  EXPECT_STREQ(test.engine.broken_invariant(), nullptr);
  const auto blocks = free_blocks_of(test.engine);
  return 100.0 * (blocks[9] + 2 * blocks[10]) / (test.engine.free_pages() / 512);
}

TEST(LLFreesFragmentationRun, leaves_94_percent_of_the_large_blocks_whole_with_lowest_and_hardly_any_with_lifo) {
  const auto seed = std::random_device()();
  std::printf("seed %u\n", seed);
  const double eager_lowest = percent_of_the_optimum<EagerLowest>(seed);
  const double lazy_lowest = percent_of_the_optimum<LazyLowest>(seed);
  const double eager_lifo = percent_of_the_optimum<Eager>(seed);
  const double lazy_lifo = percent_of_the_optimum<Lazy>(seed);
  std::printf("of the optimum: eager/lowest %.1f%%, lazy/lowest %.1f%%, eager/lifo %.1f%%, lazy/lifo %.1f%%\n",
              eager_lowest, lazy_lowest, eager_lifo, lazy_lifo);
  EXPECT_GE(eager_lowest, 94);
  EXPECT_GE(lazy_lowest, 94);
  EXPECT_LE(eager_lifo, 15) << "Linux' own figure";
}

}  // namespace
}  // namespace mini_mm
