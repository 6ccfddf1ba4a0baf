// SPDX-License-Identifier: GPL-2.0
/*
 * The world that the core sees in a host test: it remembers each event, and makes the n-th allocation of
 * a kind fail.
 *
 * The core copies its Platform and its SlabSource, so both are only handles of one World.
 */
#pragma once

#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "platform.hpp"

namespace mini_mm {

struct Event {
  enum class What { split, merge, grow, reap, damage };

  What what;
  std::uint32_t page;
  unsigned order = 0; /* splits and merges only */

  bool operator==(const Event&) const = default;

  friend std::ostream& operator<<(std::ostream& out, const Event& event) {
    static constexpr const char* kNames[] = {"split", "merge", "grow", "reap", "damage"};
    return out << kNames[static_cast<int>(event.what)] << " of page " << event.page << ", order " << event.order;
  }
};

constexpr Event split(std::uint32_t page, unsigned order) { return {Event::What::split, page, order}; }
constexpr Event merge(std::uint32_t page, unsigned order) { return {Event::What::merge, page, order}; }
constexpr Event grow(std::uint32_t page) { return {Event::What::grow, page}; }
constexpr Event reap(std::uint32_t page) { return {Event::What::reap, page}; }
constexpr Event damage(std::uint32_t page) { return {Event::What::damage, page}; }

using Events = std::vector<Event>;

class World {
 public:
  /* The @n-th request at @point from now on fails, 1 being the next; 0 takes that back. */
  void fail_next(FaultPoint point, unsigned n = 1) { left_[static_cast<int>(point)] = n; }

  /* Whether a failure that was asked for is still to come. */
  bool failure_pending(FaultPoint point) const { return left_[static_cast<int>(point)] != 0; }

  bool should_fail(FaultPoint point) {
    unsigned& left = left_[static_cast<int>(point)];
    return left != 0 && --left == 0;
  }

  void record(const Event& event) { events_.push_back(event); }

  /* The events since the last call. */
  Events take_events() { return std::exchange(events_, {}); }

  std::vector<Damage> damages;

 private:
  unsigned left_[3] = {};
  Events events_;
};

class FakePlatform {
 public:
  explicit FakePlatform(World& world) : world_(&world) {}
  bool should_fail(FaultPoint point) { return world_->should_fail(point); }
  bool failure_pending(FaultPoint point) const { return world_->failure_pending(point); }
  bool has_slab(PageIndex) const { return false; }
  void on_isolate(PageIndex, std::uint32_t) {}
  void on_split(PageIndex page, Order from, Order to) {
    for (Order order = from; order > to; order = order.down()) world_->record(split(page.value, order.value));
  }
  void on_merge(PageIndex page, Order from, Order to) {
    for (Order order = from; order < to; order = order.up()) {
      page = page.parent(order);
      world_->record(merge(page.value, order.value));
    }
  }

 private:
  World* world_;
};

static_assert(Platform<FakePlatform>);

template <class Arena>
class FakeSource {
 public:
  FakeSource(Arena& arena, World& world) : arena_(&arena), world_(&world) {}
  bool should_fail(FaultPoint point) { return world_->should_fail(point); }
  Result<PageIndex> take_slab(const SlabRequest& request) { return arena_->take_slab(request); }
  void give_back_slab(PageIndex page) { arena_->give_back_slab(page); }
  void on_grow(PageIndex page) { world_->record(grow(page.value)); }
  void on_reap(PageIndex page) { world_->record(reap(page.value)); }
  void on_damage(const Damage& seen) {
    world_->record(damage(seen.slab.value));
    world_->damages.push_back(seen);
  }

 private:
  Arena* arena_;
  World* world_;
};

}  // namespace mini_mm
