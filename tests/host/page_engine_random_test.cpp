// SPDX-License-Identifier: GPL-2.0
/*
 * Every page engine in random use against a model that knows of each page only who owns it.
 *
 * From that follows what an engine may do: what it hands out was free, is aligned, and is as large as asked for;
 * what it refuses could not be had, once the work that was put off is done. The invariants are looked at now
 * and then, for they cost O(pages).
 *
 *      MINI_MM_TEST_OPERATIONS=N   how many operations on each engine (1000000)
 *      MINI_MM_TEST_SEED=N         repeats a run
 */
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <utility>
#include <vector>

#include "all_page_engines.hpp"

namespace mini_mm {
namespace {

unsigned long from_environment(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text ? std::strtoul(text, nullptr, 10) : otherwise;
}

template <class Engine>
class RandomUse {
 public:
  RandomUse(std::uint32_t size, std::uint32_t min_free, unsigned long seed)
      : pages_(size, min_free), owned_(size), random_(seed) {}

  void step() {
    const unsigned what = below(100);
    const unsigned fill = filling_ ? 48 : 24;
    if (what < fill) return allocate();
    if (what < fill + 6) return allocate_run();
    if (what < fill + 8) return claim();
    if (what < fill + 10) return wrong_free();
    if (what < fill + 12) return trim();
    if (what < fill + 13) return settle();
    if (what < fill + 14) return fail_on_purpose();
    free();
  }

  /* Fills until requests fail, and empties until most pages are free. */
  void turn() {
    const std::uint32_t free_pages = pages_.engine.free_pages();
    if (filling_ && failed_ > 20) {
      filling_ = false;
    } else if (!filling_ && free_pages > pages_.map.pages() / 10 * 9) {
      filling_ = true;
      failed_ = 0;
    }
  }

  void check() {
    ASSERT_STREQ(pages_.engine.broken_invariant(), nullptr);
    std::uint32_t free_pages = 0;
    for (const char owned : owned_) free_pages += !owned;
    ASSERT_EQ(pages_.engine.free_pages(), free_pages);
    ASSERT_EQ(counted_free_pages(pages_.engine), free_pages);
    for (std::uint32_t page = 0; page < owned_.size(); ++page) {
      const PageEntry& entry = pages_.map[pages_.map.block_of(PageIndex(page))];
      ASSERT_EQ(is_free(entry.kind()), !owned_[page]) << "page " << page;
    }
    ASSERT_EQ(pages_.engine.statistics().refused, refused_);
    ASSERT_EQ(pages_.engine.statistics().frees, frees_);
    (void)pages_.world.take_events();
  }

  void end() {
    while (!held_.empty()) free();
    settle_all(pages_.engine);
    check();
    ASSERT_EQ(free_blocks_of(pages_.engine), merged_blocks_of(pages_.map, highest()));
    ASSERT_EQ(pages_.engine.delayed_pages(), 0u);
  }

  /* What has happened, so that nobody takes a run in which little did for a good one. */
  std::uint64_t served = 0, runs = 0, claims = 0, trims = 0, failures = 0;
  const PageStatistics& statistics() const { return pages_.engine.statistics(); }

 private:
  using Held = std::pair<std::uint32_t, unsigned>;

  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  Order highest() const { return pages_.engine.max_order(); }

  MigrateType any_type() { return kHasTypes<Engine> ? static_cast<MigrateType>(below(kMigrateTypes)) : MigrateType{}; }
  Reserve any_reserve() { return below(4) == 0 ? Reserve::use : Reserve::keep; }
  Order any_order() {
    const unsigned limit = below(highest().value + 1u);
    return Order(static_cast<unsigned>(std::countr_zero(static_cast<std::uint32_t>(random_()) | 1u << limit)));
  }

  bool all_free(std::uint32_t first, std::uint32_t pages) const {
    return first + pages <= owned_.size() && !std::memchr(&owned_[first], 1, pages);
  }
  bool any_free(std::uint32_t pages, Order alignment) const {
    for (std::uint32_t page = 0; page + pages <= owned_.size(); page += alignment.pages()) {
      if (all_free(page, pages)) return true;
    }
    return false;
  }

  /* The blocks from @first on become held: @pages in all. */
  void own(std::uint32_t first, std::uint32_t pages) {
    for (std::uint32_t at = first; at < first + pages;) {
      const PageEntry& entry = pages_.map[PageIndex(at)];
      ASSERT_EQ(entry.kind(), PageKind::allocated);
      ASSERT_TRUE(PageIndex(at).aligned(entry.order()));
      held_.emplace_back(at, entry.order().value);
      at += entry.order().pages();
      ASSERT_LE(at, first + pages);
    }
    std::fill_n(owned_.begin() + first, pages, 1);
  }

  /* A request for @pages pages, of which an engine of powers of two needs a block of @order. */
  template <class Request>
  void request(std::uint32_t pages, Order order, Order alignment, Reserve reserve, Request request) {
    Result<PageIndex> got = request();
    if (got.error == Error::no_free_block && pages_.engine.delayed_pages() > 0) {
      settle_all(pages_.engine);
      got = request();
    }
    if (!got) {
      ++failures;
      ++failed_;
      ASSERT_EQ(got.error, Error::no_free_block);
      const std::uint32_t needed = kIsBuddy<Engine> ? order.pages() : pages;
      if (!pages_.engine.watermarks().allows(pages_.engine.free_pages(), needed, reserve)) return;
      ASSERT_FALSE(any_free(needed, kIsBuddy<Engine> ? order : alignment)) << pages << " pages could have been had";
      return;
    }
    ASSERT_TRUE(got.value.aligned(alignment));
    ASSERT_TRUE(all_free(got.value.value, pages)) << "page " << got.value.value << " is somebody's";
    if (reserve == Reserve::keep) {
      ASSERT_GE(pages_.engine.free_pages(), pages_.engine.watermarks().min);
    }
    own(got.value.value, pages);
  }

  void allocate() {
    const Order order = any_order();
    const MigrateType type = any_type();
    const Reserve reserve = any_reserve();
    ++served;
    request(order.pages(), order, order, reserve, [&] { return pages_.engine.allocate(order, type, reserve); });
  }

  void allocate_run() {
    const std::uint32_t wanted = 1 + below(any_order().pages());
    const Order alignment(below(4) == 0 ? below(highest().value + 1u) : 0);
    const Order covering(static_cast<unsigned>(std::bit_width(wanted - 1)));
    const Order order = covering < alignment ? alignment : covering;
    const MigrateType type = any_type();
    const Reserve reserve = any_reserve();
    ++runs;
    request(wanted, order, alignment, reserve,
            [&] { return pages_.engine.allocate_run(wanted, alignment, type, reserve); });
  }

  void claim() {
    const auto size = static_cast<std::uint32_t>(owned_.size());
    const std::uint32_t first = below(size + 8);
    const std::uint32_t wanted = below(40);
    const bool possible = wanted > 0 && first < size && all_free(first, wanted);
    const Error error = pages_.engine.claim(PageIndex(first), wanted);
    ASSERT_EQ(error, possible ? Error::none : Error::no_free_block) << first << ", " << wanted;
    if (!possible) return;
    ++claims;
    own(first, wanted);
  }

  Held take_any() {
    std::swap(held_[below(static_cast<unsigned>(held_.size()))], held_.back());
    const Held block = held_.back();
    held_.pop_back();
    return block;
  }

  void trim() {
    if (held_.empty()) return;
    const auto [page, order] = take_any();
    const std::uint32_t rest = 1 + below(Order(order).pages());
    pages_.engine.trim(PageIndex(page), Order(order), rest);
    std::fill_n(owned_.begin() + page, Order(order).pages(), 0);
    ++trims;
    own(page, rest);
  }

  void free() {
    if (held_.empty()) return;
    const auto [page, order] = take_any();
    ASSERT_EQ(pages_.free(page, order), Error::none);
    std::fill_n(owned_.begin() + page, Order(order).pages(), 0);
    ++frees_;
  }

  void wrong_free() {
    const std::uint32_t page = below(static_cast<unsigned>(owned_.size()) + 4);
    const unsigned order = below(highest().value + 3u);
    Error expected = Error::not_allocated;
    if (page >= owned_.size()) {
      expected = Error::outside;
    } else if (order > highest().value) {
      expected = Error::bad_order;
    } else if (!owned_[page]) {
      expected = Error::double_free;
    } else {
      for (const auto& [start, own_order] : held_) {
        if (start != page) continue;
        if (own_order == order) return;
        expected = Error::wrong_order;
      }
    }
    ASSERT_EQ(pages_.free(page, order), expected) << page << " of order " << order;
    ++refused_;
  }

  void settle() {
    const std::uint32_t before = pages_.engine.delayed_pages();
    ASSERT_EQ(pages_.engine.settle(1 + below(8)), before > 0);
    if (before > 0) {
      ASSERT_LT(pages_.engine.delayed_pages(), before);
    }
  }

  void fail_on_purpose() {
    pages_.world.fail_next(FaultPoint::page);
    ASSERT_EQ(pages_.engine.allocate(any_order(), any_type()).error, Error::injected);
  }

  TestPages<Engine> pages_;
  std::vector<char> owned_; /* a page */
  std::vector<Held> held_;
  std::mt19937 random_;
  std::uint64_t refused_ = 0, frees_ = 0;
  bool filling_ = true;
  unsigned failed_ = 0;
};

template <class Engine>
class PageEngineInRandomUse : public testing::Test {};
TYPED_TEST_SUITE(PageEngineInRandomUse, AllPageEngines, EngineNames);

TYPED_TEST(PageEngineInRandomUse, hands_out_what_is_free_and_refuses_what_is_not) {
  const unsigned long operations = from_environment("MINI_MM_TEST_OPERATIONS", 1000000);
  const unsigned long seed = from_environment("MINI_MM_TEST_SEED", std::random_device()());
  std::printf("MINI_MM_TEST_SEED=%lu\n", seed);
  /* Five pageblocks and a tail, so that there are migrate types; and one of a few pages. */
  const std::pair<std::uint32_t, std::uint32_t> kRegions[] = {{2609, 0}, {2609, 120}, {83, 0}};
  for (const auto& [size, min_free] : kRegions) {
    RandomUse<TypeParam> use(size, min_free, seed);
    for (unsigned long i = 0; i < operations / std::size(kRegions); ++i) {
      use.step();
      if (this->HasFatalFailure()) FAIL() << "in operation " << i << " in " << size << " pages";
      use.turn();
      if (i % 997 == 0) {
        ASSERT_NO_FATAL_FAILURE(use.check()) << "after operation " << i;
      }
    }
    ASSERT_NO_FATAL_FAILURE(use.end());
    EXPECT_GT(use.served, operations / 20);
    for (const std::uint64_t happened : {use.runs, use.claims, use.trims, use.failures}) EXPECT_GT(happened, 20u);
    if (size > 2000 && kHasTypes<TypeParam>) {
      EXPECT_GT(use.statistics().fallbacks, 20u);
      EXPECT_GT(use.statistics().claims, 0u);
    }
  }
}

}  // namespace
}  // namespace mini_mm
