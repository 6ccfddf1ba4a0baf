/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The placement `lowest`: the lowest address at which a block of at least the wanted order is free, whatever
 * its order, even when a smaller block is free higher up. So the high end of the region stays whole, which
 * is what large blocks need. (The lowest block of the smallest order that fits does not have that effect.)
 *
 * A tree of bits for each order says where its blocks start; a request looks at the first bit of each order
 * that is large enough: O(orders) words. Free blocks are not linked, so there is nothing in the page map
 * that a stray write could lead astray.
 */
#pragma once

#include "bit_tree.hpp"
#include "placement.hpp"

namespace mini_mm {

class Lowest {
 public:
  static constexpr const char* kName = "lowest";
  static constexpr bool kSmallestFirst = false;

  static constexpr std::size_t bytes(std::uint32_t pages) {
    std::size_t sum = 0;
    for (Order order; order.value <= kMaxOrder; order = order.up()) sum += BitTree::bytes(places(pages, order));
    return sum;
  }

  void use(std::byte* memory, std::uint32_t pages) {
    pages_ = pages;
    for (Order order; order.value <= kMaxOrder; order = order.up()) {
      starts_[order.value].use(memory, places(pages, order));
      memory += BitTree::bytes(places(pages, order));
    }
  }

  void insert(PageMap, Block block) {
    starts_[block.order.value].insert(block.page.value >> block.order.value);
    ++counts_[block.order.value];
    orders_ |= 1u << block.order.value;
  }

  void remove(PageMap, Block block) {
    starts_[block.order.value].erase(block.page.value >> block.order.value);
    if (--counts_[block.order.value] == 0) orders_ &= ~(1u << block.order.value);
  }

  Result<Block> find(Order order, Order max_order) const {
    Block lowest{PageIndex(~std::uint32_t{0}), order};
    std::uint32_t fit = orders_ >> order.value << order.value;
    if (fit == 0) return Error::no_free_block;
    for (; fit != 0; fit &= fit - 1) {
      const Order candidate(static_cast<unsigned>(std::countr_zero(fit)));
      if (candidate > max_order) break;
      const PageIndex start(starts_[candidate.value].first() << candidate.value);
      if (start < lowest.page) lowest = {start, candidate};
    }
    if (lowest.page.value == ~std::uint32_t{0}) return Error::no_free_block;
    return lowest;
  }

  static bool better(Block a, Block b) { return a.page < b.page; }

  std::uint32_t count(Order order) const { return counts_[order.value]; }

  Membership membership(const PageMap&, Block block) const {
    const BitTree& starts = starts_[block.order.value];
    const std::uint32_t number = block.page.value >> block.order.value;
    if (!starts.contains(number)) return Membership::none;
    return starts.is_reached(number) ? Membership::whole : Membership::torn;
  }

  [[nodiscard]] bool nothing_else_in(const PageMap& map, Block window, PageKind kind) const {
    for (Order order; order.value <= kMaxOrder; order = order.up()) {
      const std::uint32_t first = window.page.value >> order.value;
      const std::uint32_t end = (window.page.value + window.order.pages()) >> order.value;
      for (std::uint32_t number = first; number < end && number < places(pages_, order); ++number) {
        if (!starts_[order.value].contains(number)) continue;
        const std::uint32_t page = number << order.value;
        if (page >= pages_ || !map[PageIndex(page)].is(kind, order)) return false;
      }
    }
    return true;
  }

  void clear() {
    for (Order order; order.value <= kMaxOrder; order = order.up()) {
      starts_[order.value].clear(places(pages_, order));
      counts_[order.value] = 0;
    }
    orders_ = 0;
  }

  [[nodiscard]] bool check(const PageMap& map, Order order, PageKind kind) const {
    const BitTree& starts = starts_[order.value];
    const std::uint32_t whole = pages_ >> order.value;
    std::uint32_t seen = 0;
    const auto holds = [&](std::uint32_t number) {
      ++seen;
      return number < whole && map[PageIndex(number << order.value)].is(kind, order);
    };
    return starts.all_of(places(pages_, order), holds) && seen == counts_[order.value] &&
           (seen != 0) == ((orders_ >> order.value & 1) != 0) && starts.consistent(places(pages_, order));
  }

 private:
  /* Where a block of @order can start; one at least, so that a tree has a word. */
  static constexpr std::uint32_t places(std::uint32_t pages, Order order) {
    const std::uint32_t whole = pages >> order.value;
    return whole == 0 ? 1 : whole;
  }

  BitTree starts_[kMaxOrder + 1];
  std::uint32_t counts_[kMaxOrder + 1] = {};
  std::uint32_t orders_ = 0; /* a bit for each order that has a block */
  std::uint32_t pages_ = 0;
};

static_assert(Placement<Lowest>);

}  // namespace mini_mm
