/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Placement: which free block serves a request. A placement owns the index of free blocks; the buddy
 * engine above it splits and merges.
 */
#pragma once

#include <concepts>

#include "page_map.hpp"

namespace mini_mm {

template <class T>
concept Placement = requires(T& index, const T& view, PageMap& map, Block block, Order order) {
  { T::kName } -> std::convertible_to<const char*>;
  { index.insert(map, block) } -> std::same_as<void>;
  { index.remove(map, block) } -> std::same_as<void>;
  /* Takes a block of at least @order out of the index; Error::no_free_block when there is none. */
  { index.take(map, order, order) } -> std::same_as<Result<Block>>;
  { view.count(order) } -> std::same_as<std::uint32_t>;
  { view.check(map, order) } -> std::same_as<bool>;
};

/*
 * A free list an order, most recently freed first, and the smallest order that fits: what Linux does
 * with free_area[], and what keeps recently used pages warm. take() is O(orders), the rest O(1).
 */
class Lifo {
 public:
  static constexpr const char* kName = "lifo";

  void insert(PageMap& map, Block block) { lists_[block.order.value].push_front(map, block.page); }
  void remove(PageMap& map, Block block) { lists_[block.order.value].remove(map, block.page); }

  Result<Block> take(PageMap& map, Order order, Order max_order) {
    for (; order <= max_order; order = order.up()) {
      PageList& list = lists_[order.value];
      if (list.empty()) continue;
      const Block block{list.front(), order};
      list.remove(map, block.page);
      return block;
    }
    return Error::no_free_block;
  }

  std::uint32_t count(Order order) const { return lists_[order.value].size(); }

  [[nodiscard]] bool check(const PageMap& map, Order order) const {
    return lists_[order.value].check(map, [&](PageIndex page) { return map[page].is(PageKind::free, order); });
  }

 private:
  PageList lists_[kMaxOrder + 1];
};

static_assert(Placement<Lifo>);

}  // namespace mini_mm
