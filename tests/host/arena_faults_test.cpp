// SPDX-License-Identifier: GPL-2.0
/*
 * A fixed scenario over pages and caches, again and again, in which the first allocation of a kind fails,
 * then the second, and so on until none is left to fail.
 */
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "slab_lists.hpp"

namespace mini_mm {
namespace {

class Scenario {
 public:
  Scenario(FaultPoint point, unsigned n) : point_(point) { arena_.world.fail_next(point, n); }

  /* Whether the failure that was asked for came. */
  bool run() {
    for (unsigned round = 0; round < 3; ++round) {
      for (const unsigned order : {0u, 3u, 1u, 0u, 2u}) take_pages(order);
      for (Cache& cache : caches_) {
        for (unsigned i = 0; i < cache.layout().objects + 2u; ++i) take_object(cache);
      }
      give_back_every_second();
    }
    return !arena_.world.failure_pending(point_);
  }

  void give_everything_back() {
    give_back_every_second();
    while (!pages_.empty() || !objects_.empty()) give_back_every_second();
    for (Cache& cache : caches_) cache.shrink();
    check();
    EXPECT_EQ(arena_.free_blocks(), at_start_) << "pages were lost";
    EXPECT_EQ(arena_.arena.pages().free_pages(), arena_.pages());
  }

 private:
  struct Object {
    Cache* cache;
    void* address;
  };

  void check() {
    ASSERT_EQ(arena_.damage(), "");
    for (Cache& cache : caches_) ASSERT_EQ(cache.broken_invariant(), nullptr);
  }

  void take_pages(unsigned order) {
    const auto before = arena_.free_blocks();
    const Result<PageIndex> page = arena_.arena.pages().allocate(Order(order));
    check();
    if (page) {
      pages_.push_back({page.value, Order(order)});
    } else {
      failed_cleanly(page.error, before);
    }
  }

  void take_object(Cache& cache) {
    const auto before = arena_.free_blocks();
    const SlabLists lists = lists_of(cache);
    const Result<void*> object = cache.allocate();
    check();
    if (object) {
      objects_.push_back({&cache, object.value});
    } else {
      failed_cleanly(object.error, before);
      EXPECT_EQ(lists_of(cache), lists);
    }
  }

  void failed_cleanly(Error error, const std::vector<std::uint32_t>& before) {
    EXPECT_EQ(error, Error::injected);
    EXPECT_FALSE(arena_.world.failure_pending(point_)) << "an allocation failed that was not told to";
    EXPECT_EQ(arena_.free_blocks(), before) << "a failed allocation took something";
    EXPECT_EQ(++failures_, 1u);
  }

  void give_back_every_second() {
    std::vector<Block> kept_pages;
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      if (i % 2 == 0) {
        EXPECT_EQ(arena_.arena.pages().free(pages_[i].page, pages_[i].order), Error::none);
      } else {
        kept_pages.push_back(pages_[i]);
      }
    }
    std::vector<Object> kept_objects;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      if (i % 2 == 0) {
        EXPECT_EQ(objects_[i].cache->free(objects_[i].address), Error::none);
      } else {
        kept_objects.push_back(objects_[i]);
      }
    }
    pages_ = kept_pages;
    objects_ = kept_objects;
    check();
  }

  FaultPoint point_;
  TestArena arena_{500};
  std::vector<std::uint32_t> at_start_ = arena_.free_blocks();
  Cache caches_[4] = {arena_.cache(1, arena_.layout(256)), arena_.cache(2, arena_.layout(1000)),
                      arena_.cache(3, arena_.layout(4096)),
                      arena_.cache(4, arena_.layout(2048, 0, Management::on_slab))};
  std::vector<Block> pages_;
  std::vector<Object> objects_;
  unsigned failures_ = 0;
};

std::string name_of(const testing::TestParamInfo<FaultPoint>& instance) {
  static constexpr const char* kNames[] = {"page", "object", "slab"};
  return kNames[static_cast<int>(instance.param)];
}

class ArenaFaults : public testing::TestWithParam<FaultPoint> {};
INSTANTIATE_TEST_SUITE_P(Points, ArenaFaults, testing::Values(FaultPoint::page, FaultPoint::object, FaultPoint::slab),
                         name_of);

TEST_P(ArenaFaults, whichever_allocation_fails_nothing_is_lost_and_the_rest_works) {
  unsigned n = 1;
  for (bool failed = true; failed; ++n) {
    SCOPED_TRACE("allocation " + std::to_string(n) + " fails");
    Scenario scenario(GetParam(), n);
    failed = scenario.run();
    scenario.give_everything_back();
    if (HasFailure()) return;
  }
  EXPECT_GT(n, 10u) << "the scenario has too few allocations of this kind to prove anything";
}

}  // namespace
}  // namespace mini_mm
