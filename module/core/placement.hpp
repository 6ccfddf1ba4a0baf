/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Placement: which free block serves a request. A placement owns an index of free blocks; the engine above
 * it splits and merges.
 */
#pragma once

#include <concepts>

#include "page_map.hpp"

namespace mini_mm {

template <class T>
concept Placement = requires(T& index, const T& view, PageMap map, Block block, Order order, std::byte* memory) {
  { T::kName } -> std::convertible_to<const char*>;
  /* No block is better than one of the very order; such a placement has pop(map, order), which takes one out. */
  { T::kSmallestFirst } -> std::convertible_to<bool>;
  /* Bytes that it needs beside the page map for a region of so many pages, a multiple of 8. */
  { T::bytes(std::uint32_t{}) } -> std::same_as<std::size_t>;
  { index.use(memory, std::uint32_t{}) } -> std::same_as<void>;
  { index.insert(map, block) } -> std::same_as<void>;
  { index.remove(map, block) } -> std::same_as<void>;
  /* The block that serves a request of @order, not above the second; Error::no_free_block when there is none. */
  { view.find(order, order) } -> std::same_as<Result<Block>>;
  /* Of two that find() gave, the one that it would have preferred. */
  { T::better(block, block) } -> std::same_as<bool>;
  { view.count(order) } -> std::same_as<std::uint32_t>;
  /* Whether a free block is in the index. O(1). */
  { view.membership(map, block) } -> std::same_as<Membership>;
  /* No block in the index starts in these pages that is not of this kind, and nothing above them says so. O(pages). */
  { view.nothing_else_in(map, block, PageKind::free) } -> std::same_as<bool>;
  /* Forgets all blocks. O(words). */
  { index.clear() } -> std::same_as<void>;
  /* The index of this order is whole and holds blocks of this kind only. O(blocks), or O(words). */
  { view.check(map, order, PageKind::free) } -> std::same_as<bool>;
};

/*
 * A free list an order, most recently freed first, and the smallest order that fits: what Linux does
 * with free_area[], and what keeps recently used pages warm. Everything is O(1).
 */
class Lifo {
 public:
  static constexpr const char* kName = "lifo";
  static constexpr bool kSmallestFirst = true;

  static constexpr std::size_t bytes(std::uint32_t) { return 0; }
  void use(std::byte*, std::uint32_t) {}

  void insert(PageMap map, Block block) {
    lists_[block.order.value].push_front(map, block.page);
    orders_ |= 1u << block.order.value;
  }

  void remove(PageMap map, Block block) {
    PageList& list = lists_[block.order.value];
    list.remove(map, block.page);
    if (list.empty()) orders_ &= ~(1u << block.order.value);
  }

  /* Takes the block out that find(order, order) gives. */
  Result<PageIndex> pop(PageMap map, Order order) {
    PageList& list = lists_[order.value];
    if (list.empty()) return Error::no_free_block;
    const PageIndex page = list.pop_front(map);
    if (list.empty()) orders_ &= ~(1u << order.value);
    return page;
  }

  Result<Block> find(Order order, Order max_order) const {
    const std::uint32_t fit = orders_ >> order.value << order.value;
    if (fit == 0) return Error::no_free_block;
    const Order smallest(static_cast<unsigned>(std::countr_zero(fit)));
    if (smallest > max_order) return Error::no_free_block;
    return Block{lists_[smallest.value].front(), smallest};
  }

  static bool better(Block a, Block b) { return a.order < b.order; }

  std::uint32_t count(Order order) const { return lists_[order.value].size(); }

  Membership membership(const PageMap& map, Block block) const {
    return lists_[block.order.value].membership(map, block.page);
  }
  /* What is in a list has links, and is asked for its membership. */
  [[nodiscard]] bool nothing_else_in(const PageMap&, Block, PageKind) const { return true; }

  void clear() { *this = Lifo(); }

  [[nodiscard]] bool check(const PageMap& map, Order order, PageKind kind) const {
    return lists_[order.value].empty() == ((orders_ >> order.value & 1) == 0) &&
           lists_[order.value].check(map, [&](PageIndex page) { return map[page].is(kind, order); });
  }

 private:
  PageList lists_[kMaxOrder + 1];
  std::uint32_t orders_ = 0; /* a bit for each order that has a block */
};

static_assert(Placement<Lifo>);

}  // namespace mini_mm
