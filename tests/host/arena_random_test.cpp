// SPDX-License-Identifier: GPL-2.0
/*
 * Random operation sequences over a whole arena against the simplest model there is: the set of the
 * intervals that are held, each filled with a pattern. All invariants are checked after every operation.
 */
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "test_arena.hpp"

namespace mini_mm {
namespace {

enum class Action { take_pages, free_pages, take_object, free_object, shrink, free_wrongly, fail_next };

/* @pick chooses the order, the cache, the block: whatever the action needs. */
struct Step {
  Action action;
  std::uint32_t pick;
};

void showValue(const Step& step, std::ostream& out) {
  static constexpr const char* kNames[] = {"take_pages", "free_pages",   "take_object", "free_object",
                                           "shrink",     "free_wrongly", "fail_next"};
  out << kNames[static_cast<int>(step.action)] << '(' << step.pick << ')';
}

using Steps = std::vector<Step>;

/* Sequences lean towards taking or towards giving back, so that arenas run full as well as empty. */
rc::Gen<Steps> steps() {
  const auto leaning = [](std::size_t take, std::size_t give) {
    const auto action = rc::gen::weightedElement<Action>({{take, Action::take_pages},
                                                          {give, Action::free_pages},
                                                          {take * 4, Action::take_object},
                                                          {give * 4, Action::free_object},
                                                          {1, Action::shrink},
                                                          {2, Action::free_wrongly},
                                                          {1, Action::fail_next}});
    const auto step = rc::gen::construct<Step>(action, rc::gen::resize(100, rc::gen::arbitrary<std::uint32_t>()));
    return rc::gen::resize(400, rc::gen::container<Steps>(step));
  };
  return rc::gen::oneOf(leaning(5, 3), leaning(4, 4), leaning(3, 4));
}

/* What is held: no two intervals overlap, and each keeps its pattern. */
class Model {
 public:
  void take(void* place, std::size_t bytes) {
    auto* first = static_cast<std::byte*>(place);
    const auto next = held_.lower_bound(first);
    if (next != held_.end()) RC_ASSERT(first + bytes <= next->first);
    if (next != held_.begin()) RC_ASSERT(std::prev(next)->first + std::prev(next)->second.bytes <= first);
    held_[first] = {bytes, ++patterns_};
    fill(place, bytes, patterns_);
  }

  void give_back(void* place) {
    const auto block = held_.find(static_cast<std::byte*>(place));
    RC_ASSERT(still_filled(place, block->second.bytes, block->second.pattern));
    held_.erase(block);
  }

 private:
  struct Held {
    std::size_t bytes;
    unsigned pattern;
  };
  std::map<std::byte*, Held> held_;
  unsigned patterns_ = 0;
};

class Play {
 public:
  explicit Play(std::uint32_t pages) : arena_(pages) {
    const struct {
      std::uint32_t size, align;
      Management management;
    } shapes[] = {{8, 0, Management::automatic},    {21, 0, Management::automatic},  {64, 0, Management::off_slab},
                  {100, 64, Management::automatic}, {500, 0, Management::automatic}, {512, 0, Management::automatic},
                  {1700, 0, Management::automatic}, {2048, 0, Management::on_slab},  {3000, 4096, Management::off_slab},
                  {8192, 0, Management::automatic}};
    std::uint32_t id = 0;
    for (const auto& shape : shapes) {
      const Result<SlabLayout> layout =
          SlabLayout::make(shape.size, shape.align, shape.management, arena_.arena.pages().max_order());
      if (layout) caches_.push_back(arena_.cache(++id, layout.value));
    }
    objects_.resize(caches_.size());
    at_start_ = arena_.free_blocks();
  }

  void run(const Steps& all) {
    for (const Step& step : all) {
      one(step);
      check();
    }
    give_everything_back();
  }

 private:
  using Engine = EagerBuddy<Lifo, FakePlatform>;
  static constexpr FaultPoint kFaultPoints[] = {FaultPoint::page, FaultPoint::object, FaultPoint::slab};

  void one(const Step& step) {
    const std::size_t cache = step.pick % caches_.size();
    switch (step.action) {
      case Action::take_pages:
        return take_pages(Order(step.pick % (engine().max_order().value + 1u)));
      case Action::free_pages:
        if (!blocks_.empty()) free_pages(step.pick % blocks_.size());
        return;
      case Action::take_object:
        return take_object(cache);
      case Action::free_object:
        if (!objects_[cache].empty()) free_object(cache, step.pick % objects_[cache].size());
        return;
      case Action::shrink:
        caches_[cache].shrink(step.pick % 3);
        return;
      case Action::free_wrongly:
        return free_wrongly(step.pick, cache);
      case Action::fail_next:
        return arena_.world.fail_next(static_cast<FaultPoint>(step.pick % 3), 1 + step.pick % 5);
    }
  }

  void take_pages(Order order) {
    const bool told_to_fail = arena_.world.failure_pending(FaultPoint::page);
    const Result<PageIndex> page = engine().allocate(order);
    if (page) {
      RC_ASSERT(page.value.aligned(order));
      model_.take(arena_.arena.region().address(page.value), order.bytes());
      blocks_.push_back({page.value, order});
      return;
    }
    RC_ASSERT(page.error == Error::no_free_block || (told_to_fail && page.error == Error::injected));
    if (told_to_fail) return;
    for (Order other = order; other <= engine().max_order(); other = other.up()) {
      RC_ASSERT(engine().free_blocks(other) == 0u);
    }
  }

  void free_pages(std::size_t which) {
    const Block block = blocks_[which];
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(which));
    model_.give_back(arena_.arena.region().address(block.page));
    RC_ASSERT(engine().free(block.page, block.order) == Error::none);
  }

  void take_object(std::size_t cache) {
    const SlabLayout& layout = caches_[cache].layout();
    const bool told_to_fail = any_failure_pending();
    const Result<void*> object = caches_[cache].allocate();
    if (!object) {
      RC_ASSERT(object.error == Error::no_free_block || (told_to_fail && object.error == Error::injected));
      if (told_to_fail || layout.off_slab) return;
      for (Order order = layout.order; order <= engine().max_order(); order = order.up()) {
        RC_ASSERT(engine().free_blocks(order) == 0u);
      }
      return;
    }
    RC_ASSERT(reinterpret_cast<std::uintptr_t>(object.value) % layout.align == 0u);
    model_.take(object.value, layout.object_size);
    objects_[cache].push_back(object.value);
  }

  void free_object(std::size_t cache, std::size_t which) {
    void* object = objects_[cache][which];
    objects_[cache].erase(objects_[cache].begin() + static_cast<std::ptrdiff_t>(which));
    model_.give_back(object);
    RC_ASSERT(caches_[cache].free(object) == Error::none);
    RC_ASSERT(caches_[cache].owns(object) != Error::none);
  }

  /* None of these may succeed, or change anything that the invariants or the model would see. */
  void free_wrongly(std::uint32_t pick, std::size_t cache) {
    if (!blocks_.empty()) {
      const Block& block = blocks_[pick % blocks_.size()];
      RC_ASSERT(engine().free(block.page, block.order.up()) != Error::none);
      RC_ASSERT(caches_[cache].free(arena_.arena.region().address(block.page)) == Error::wrong_cache);
      if (block.order.value > 0) RC_ASSERT(engine().free(block.page + 1, Order(0)) == Error::not_allocated);
    }
    if (!objects_[cache].empty()) {
      auto* object = static_cast<std::byte*>(objects_[cache][pick % objects_[cache].size()]);
      RC_ASSERT(caches_[cache].free(object + 1) == Error::not_an_object);
      RC_ASSERT(caches_[(cache + 1) % caches_.size()].free(object) == Error::wrong_cache);
    }
    const PageIndex any(pick % arena_.pages());
    if (arena_.map()[arena_.map().block_of(any)].kind() == PageKind::free) {
      RC_ASSERT(engine().free(any, Order(0)) == Error::double_free);
    }
  }

  void give_everything_back() {
    for (const FaultPoint point : kFaultPoints) arena_.world.fail_next(point, 0);
    while (!blocks_.empty()) free_pages(0);
    for (std::size_t cache = 0; cache < caches_.size(); ++cache) {
      while (!objects_[cache].empty()) free_object(cache, 0);
      caches_[cache].shrink();
      const ObjectStatistics& statistics = caches_[cache].statistics();
      RC_ASSERT(statistics.allocations == statistics.frees);
      RC_ASSERT(statistics.grown == statistics.reaped);
    }
    check();
    RC_ASSERT(arena_.free_blocks() == at_start_);
    RC_ASSERT(engine().statistics().allocations == engine().statistics().frees);
    RC_ASSERT(engine().statistics().splits == engine().statistics().merges);
  }

  void check() {
    RC_ASSERT(arena_.damage() == "");
    for (std::size_t cache = 0; cache < caches_.size(); ++cache) {
      const char* broken = caches_[cache].broken_invariant();
      RC_ASSERT(std::string(broken ? broken : "") == "");
      RC_ASSERT(caches_[cache].active_objects() == objects_[cache].size());
    }
  }

  bool any_failure_pending() const {
    return std::any_of(std::begin(kFaultPoints), std::end(kFaultPoints),
                       [this](FaultPoint point) { return arena_.world.failure_pending(point); });
  }

  Engine& engine() { return arena_.arena.pages(); }

  TestArena arena_;
  std::deque<Cache> caches_;
  std::vector<Block> blocks_;
  std::vector<std::vector<void*>> objects_;
  std::vector<std::uint32_t> at_start_;
  Model model_;
};

RC_GTEST_PROP(ArenaInRandomUse, keeps_every_block_whole_and_ends_as_it_began, ()) {
  const auto pages = *rc::gen::inRange<std::uint32_t>(1, 600);
  const Steps all = *steps();
  Play(pages).run(all);
}

}  // namespace
}  // namespace mini_mm
