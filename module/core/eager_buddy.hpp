/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The eager binary buddy system (Knuth, TAOCP vol. 1 §2.5, algorithms R and S).
 *
 * A request is rounded up to 2^order pages. The placement picks a free block of at least that order;
 * while it is too large, it is split and its upper half goes back to the free blocks. A freed block is
 * merged with its buddy, the other half of its parent, for as long as that is free and whole. The region
 * may have any size: a block is never merged across its end.
 *
 * Both operations cost O(orders). The caller holds the arena's lock.
 */
#pragma once

#include "page_map.hpp"
#include "placement.hpp"
#include "platform.hpp"

namespace mini_mm {

struct PageStatistics {
  std::uint64_t allocations = 0;
  std::uint64_t frees = 0;
  std::uint64_t failures = 0; /* requests that found no block */
  std::uint64_t refused = 0;  /* frees that were refused */
  std::uint64_t splits = 0;
  std::uint64_t merges = 0;
};

template <Placement FreeBlocks, Platform World>
class EagerBuddy {
 public:
  static constexpr const char* kName = "eager";

  /* Takes over all pages of @map, free. O(pages / 2^max_order + orders). */
  EagerBuddy(PageMap& map, World& world) : map_(map), world_(world), max_order_(max_order_of(map.pages())) {
    cover_with_free_blocks();
  }

  /* A block of 2^order pages, its first index a multiple of 2^order. */
  Result<PageIndex> allocate(Order order) {
    if (order > max_order_) return Error::bad_order;
    const Result<Block> found = world_.should_fail(FaultPoint::page) ? Result<Block>(Error::injected)
                                                                     : free_blocks_.take(map_, order, max_order_);
    if (!found) {
      ++statistics_.failures;
      return found.error;
    }
    const PageIndex page = split_down(found.value, order);
    map_[page].set(PageKind::allocated, order);
    free_pages_ -= order.pages();
    ++statistics_.allocations;
    return page;
  }

  /*
   * Gives back what allocate(order) returned. Anything else is refused, counted, and changes nothing:
   * outside, not_allocated, double_free, wrong_order, wrong_kind.
   */
  [[nodiscard]] Error free(PageIndex page, Order order) {
    const Error error = why_not_freeable(page, order);
    if (error != Error::none) {
      ++statistics_.refused;
      return error;
    }
    free_pages_ += order.pages();
    ++statistics_.frees;
    add_free(merge_up({page, order}));
    return Error::none;
  }

  Order max_order() const { return max_order_; }
  std::uint32_t free_pages() const { return free_pages_; }
  std::uint32_t free_blocks(Order order) const { return free_blocks_.count(order); }
  const PageStatistics& statistics() const { return statistics_; }

  /*
   * Every invariant that the blocks' first entries show, or what is broken: the blocks tile the region,
   * each aligned and whole; the index of free blocks holds exactly the free ones; no two free buddies are
   * unmerged; the count of free pages is right. O(blocks).
   */
  [[nodiscard]] const char* broken_invariant() const {
    std::uint32_t free_pages = 0;
    std::uint32_t counts[kMaxOrder + 1] = {};
    for (PageIndex page; page.value < map_.pages();) {
      const PageEntry& entry = map_[page];
      const Order order = entry.order();
      if (entry.kind() == PageKind::inside) return "a block starts inside another";
      if (entry.kind() > PageKind::slub) return "a block is of no known kind";
      if (order > max_order_ || !page.aligned(order)) return "a block is not aligned to its order";
      if (page.value + order.pages() > map_.pages()) return "a block reaches past the region's end";
      if (entry.kind() == PageKind::free) {
        if (can_merge(page, order)) return "two free buddies are not merged";
        free_pages += order.pages();
        ++counts[order.value];
      }
      page = page + order.pages();
    }
    if (free_pages != free_pages_) return "the number of free pages is wrong";
    for (Order order; order <= max_order_; order = order.up()) {
      if (counts[order.value] != free_blocks_.count(order)) return "a free block is in no free list";
      if (!free_blocks_.check(map_, order)) return "a free list is damaged";
    }
    return nullptr;
  }

 private:
  /* From the end to the start, so that the lowest block of each order is the first one served. */
  void cover_with_free_blocks() {
    free_pages_ = map_.pages();
    for (std::uint32_t end = map_.pages(); end > 0;) {
      /* The last block of a greedy tiling from 0: as large as the lowest set bit of its end allows. */
      const auto alignment = static_cast<unsigned>(std::countr_zero(end));
      const Order order(alignment < max_order_.value ? alignment : max_order_.value);
      end -= order.pages();
      add_free({PageIndex(end), order});
    }
  }

  void add_free(Block block) {
    map_[block.page].set(PageKind::free, block.order);
    free_blocks_.insert(map_, block);
  }

  PageIndex split_down(Block block, Order order) {
    while (block.order > order) {
      world_.on_split(block.page, block.order);
      ++statistics_.splits;
      block.order = block.order.down();
      add_free({block.page.buddy(block.order), block.order});
    }
    return block.page;
  }

  Block merge_up(Block block) {
    while (can_merge(block.page, block.order)) {
      const PageIndex buddy = block.page.buddy(block.order);
      free_blocks_.remove(map_, {buddy, block.order});
      map_[buddy].set_inside();
      map_[block.page].set_inside();
      world_.on_merge(block.page.parent(block.order), block.order);
      ++statistics_.merges;
      block = {block.page.parent(block.order), block.order.up()};
    }
    return block;
  }

  bool can_merge(PageIndex page, Order order) const {
    if (order >= max_order_) return false;
    const PageIndex buddy = page.buddy(order);
    return buddy.value + order.pages() <= map_.pages() && map_[buddy].is(PageKind::free, order);
  }

  Error why_not_freeable(PageIndex page, Order order) const {
    if (page.value >= map_.pages()) return Error::outside;
    if (order > max_order_) return Error::bad_order;
    const PageEntry& entry = map_[page];
    switch (entry.kind()) {
      case PageKind::allocated:
        return entry.order() == order ? Error::none : Error::wrong_order;
      case PageKind::slab:
      case PageKind::slub:
      case PageKind::tail:
        return Error::wrong_kind;
      case PageKind::free:
      case PageKind::delayed:
        return Error::double_free;
      case PageKind::inside:
        return map_[map_.block_of(page)].kind() == PageKind::free ? Error::double_free : Error::not_allocated;
    }
    return Error::corrupt;
  }

  PageMap& map_;
  World& world_;
  Order max_order_;
  std::uint32_t free_pages_ = 0;
  FreeBlocks free_blocks_;
  PageStatistics statistics_;
};

}  // namespace mini_mm
