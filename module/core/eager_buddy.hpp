/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The eager binary buddy system (Knuth, TAOCP vol. 1 §2.5, algorithms R and S).
 *
 * A request is rounded up to 2^order pages. The placement picks a free block of at least that order;
 * while it is too large, it is split and its upper half goes back to the free blocks. A freed block is
 * merged with its buddy, the other half of its parent, for as long as that is free and whole. The region
 * may have any size: a block is never merged across its end.
 *
 * Both operations cost O(orders). The caller holds the arena's lock. page_engine.hpp says what the
 * functions promise; the lazy buddy is made of the same parts (lazy_buddy.hpp).
 */
#pragma once

#include "free_area.hpp"
#include "platform.hpp"

namespace mini_mm {

template <Placement FreeBlocks, Platform World>
class EagerBuddy {
 public:
  static constexpr const char* kName = "eager";
  static constexpr const char* kPlacement = FreeBlocks::kName;

  static constexpr std::size_t bytes(std::uint32_t pages) { return FreeArea<FreeBlocks>::bytes(pages); }

  /*
   * Takes over all pages of @map, free. @memory: bytes(pages) of zeros, aligned to 8. @min_free: the minimum
   * watermark, in pages. O(pages / 2^max_order + orders).
   */
  EagerBuddy(PageMap& map, World& world, std::byte* memory, std::uint32_t min_free = 0)
      : map_(map),
        world_(world),
        max_order_(max_order_of(map.pages())),
        watermarks_(Watermarks::of(map.pages(), min_free)),
        area_(map, max_order_, memory) {
    cover_with_free_blocks();
  }

  [[gnu::noinline, gnu::flatten]] Result<PageIndex> allocate(Order order, MigrateType type = MigrateType::unmovable,
                                                             Reserve reserve = Reserve::keep) {
    /* The usual case: nothing stands in the way, and a block of the very order and type is free. */
    if constexpr (FreeBlocks::kSmallestFirst) {
      if (order <= max_order_ && !world_.failure_pending(FaultPoint::page) &&
          watermarks_.allows(free_pages_, order.pages(), reserve)) {
        if (const Result<PageIndex> page = area_.pop(order, type)) {
          free_pages_ -= order.pages();
          return hand_out({page.value, order}, order);
        }
      }
    }
    return search(order, type, reserve);
  }

  Result<PageIndex> allocate_run(std::uint32_t pages, Order alignment, MigrateType type, Reserve reserve) {
    return allocate_and_trim(*this, pages, alignment, type, reserve);
  }

  [[nodiscard, gnu::noinline, gnu::flatten]] Error free(PageIndex page, Order order) {
    if (!is_freeable(map_, page, order, max_order_)) return refuse(why_not_freeable(map_, page, order, max_order_));
    ++statistics_.frees;
    give_back({page, order});
    return Error::none;
  }

  Error refuse(Error error) {
    ++statistics_.refused;
    return error;
  }

  void trim(PageIndex page, Order order, std::uint32_t pages) {
    const std::uint32_t end = page.value + pages;
    for_each_piece(page.value, end, order,
                   [&](Block piece) { map_[piece.page].set(PageKind::allocated, piece.order); });
    for_each_piece(end, page.value + order.pages(), order, [&](Block piece) { give_back(piece); });
  }

  [[nodiscard]] Error claim(PageIndex first, std::uint32_t pages) {
    if (!all_free(first, pages)) {
      ++statistics_.failures;
      return Error::no_free_block;
    }
    const std::uint32_t end = first.value + pages;
    for (PageIndex at = map_.block_of(first); at.value < end;) {
      const Block block{at, map_[at].order()};
      area_.remove(block);
      cut_out(block, first.value, end);
      at = at + block.order.pages();
    }
    ++statistics_.allocations;
    return Error::none;
  }

  bool settle(std::uint32_t) { return false; }

  Order free_block(PageIndex page) const { return map_[page].order(); }
  Order max_order() const { return max_order_; }
  std::uint32_t free_pages() const { return free_pages_; }
  std::uint32_t delayed_pages() const { return 0; }
  std::uint32_t free_blocks(Order order) const { return area_.count(order); }
  const Watermarks& watermarks() const { return watermarks_; }
  void count_free(FreeCounts& counts) const { area_.count(counts); }
  MigrateType type_of(PageIndex page) const { return area_.type_of(page); }
  const PageStatistics& statistics() const { return statistics_; }

  Membership membership(PageIndex page) const {
    return map_[page].kind() == PageKind::free ? area_.membership({page, map_[page].order()}) : Membership::none;
  }

  [[nodiscard]] bool nothing_else_in(PageIndex page, Order order) const { return area_.nothing_else_in({page, order}); }

  void rebuild() {
    area_.clear();
    free_pages_ = 0;
    for (PageIndex page; page.value < map_.pages();) {
      const Block block{page, map_[page].order()};
      page = page + block.order.pages();
      if (!is_free(map_[block.page].kind())) continue;
      free_pages_ += block.order.pages();
      insert_merged_downwards(block);
    }
  }

  /*
   * The blocks tile the region, each aligned and whole; the index of free blocks holds exactly the free ones;
   * no two free buddies are unmerged; the count of free pages is right.
   */
  [[nodiscard]] const char* broken_invariant() const {
    return broken_tiling([](Block, PageKind kind) { return kind == PageKind::delayed; });
  }

  /* --- the parts, for an engine that merges at another time ---------------------------------------- */

  FreeArea<FreeBlocks>& area() { return area_; }
  const FreeArea<FreeBlocks>& area() const { return area_; }
  PageStatistics& count() { return statistics_; }

  /* none, or why a request is refused before a block is looked for: bad_order, injected, no_free_block. */
  Error why_not_servable(Order order, Reserve reserve, std::uint32_t more_free_pages = 0) {
    if (order > max_order_) return Error::bad_order;
    if (world_.should_fail(FaultPoint::page)) return Error::injected;
    return watermarks_.allows(free_pages_ + more_free_pages, order.pages(), reserve) ? Error::none
                                                                                     : Error::no_free_block;
  }

  /* Takes a block of at least @order out of the free ones. */
  Result<Block> take(Order order, MigrateType type) {
    const Result<Block> block = area_.find(order, type);
    if (block) {
      area_.remove(block.value, type);
      free_pages_ -= block.value.order.pages();
      return block;
    }
    const Result<Block> other = area_.take_from_others(order, type, statistics_);
    if (other) free_pages_ -= other.value.order.pages();
    return other;
  }

  /* Splits @block, which is in no index, down to @order; the lower half is what is handed out. */
  PageIndex hand_out(Block block, Order order) {
    if (block.order > order) split(block, order);
    map_[block.page].start(PageKind::allocated, order);
    ++statistics_.allocations;
    return block.page;
  }

  /* Makes a block that is in no index free, merged as far as it goes. */
  void give_back(Block block) {
    free_pages_ += block.order.pages();
    if (can_merge(block.page, block.order)) {
      merge(block.page, block.order);
    } else {
      area_.insert(block);
    }
  }

  /* All of [@first, @first + @pages) lies in the region and is free. */
  bool all_free(PageIndex first, std::uint32_t pages) const {
    if (pages == 0 || first.value >= map_.pages() || pages > map_.pages() - first.value) return false;
    for (PageIndex at = map_.block_of(first); at.value < first.value + pages; at = at + map_[at].order().pages()) {
      if (!is_free(map_[at].kind())) return false;
    }
    return true;
  }

  /* The invariants; @wrong(block, kind) tells what else must not be. */
  template <class Wrong>
  [[nodiscard]] const char* broken_tiling(Wrong wrong) const {
    std::uint32_t free_pages = 0;
    FreeCounts seen, listed;
    for (PageIndex page; page.value < map_.pages();) {
      const PageEntry& entry = map_[page];
      const Order order = entry.order();
      if (entry.kind() == PageKind::inside) return "a block starts inside another";
      if (!is_known(entry.kind())) return "a block is of no known kind";
      if (order > max_order_ || !page.aligned(order)) return "a block is not aligned to its order";
      if (page.value + order.pages() > map_.pages()) return "a block reaches past the region's end";
      if (wrong(Block{page, order}, entry.kind())) return "a block is in a state that this engine does not have";
      if (entry.kind() == PageKind::free) {
        if (can_merge(page, order)) return "two free buddies are not merged";
        free_pages += order.pages();
        ++seen.blocks[static_cast<unsigned>(type_of(page))][order.value];
      }
      page = page + order.pages();
    }
    if (free_pages != free_pages_) return "the number of free pages is wrong";
    area_.count(listed);
    for (Order order; order <= max_order_; order = order.up()) {
      for (unsigned type = 0; type < kMigrateTypes; ++type) {
        if (seen.blocks[type][order.value] != listed.blocks[type][order.value])
          return "a free block is not in the free list of its type";
      }
      if (!area_.check(order)) return "a free list is damaged";
    }
    return nullptr;
  }

 private:
  /* From the end to the start, so that the lowest block of each order is the first one served. */
  void cover_with_free_blocks() {
    for (std::uint32_t end = map_.pages(); end > 0;) {
      /* The last block of a greedy tiling from 0: as large as the lowest set bit of its end allows. */
      const auto alignment = static_cast<unsigned>(std::countr_zero(end));
      const Order order(alignment < max_order_.value ? alignment : max_order_.value);
      end -= order.pages();
      add_free({PageIndex(end), order});
    }
  }

  void add_free(Block block) {
    free_pages_ += block.order.pages();
    area_.insert(block);
  }

  [[gnu::noinline, gnu::flatten]] Result<PageIndex> search(Order order, MigrateType type, Reserve reserve) {
    const Error error = why_not_servable(order, reserve);
    const Result<Block> block = error == Error::none ? take(order, area_.served_as(type)) : Result<Block>(error);
    if (!block) {
      if (block.error != Error::bad_order) ++statistics_.failures;
      return block.error;
    }
    return hand_out(block.value, order);
  }

  /* Down to @order; all parts but the first are free. */
  void split(Block block, Order order) {
    const MigrateType type = area_.type_of(block.page);
    world_.on_split(block.page, block.order, order);
    statistics_.splits += block.order.value - order.value;
    free_pages_ += block.order.pages() - order.pages();
    while (block.order > order) {
      block.order = block.order.down();
      area_.insert({block.page.buddy(block.order), block.order}, type);
    }
  }

  /* A block that can_merge() becomes free, merged as far as it goes. */
  [[gnu::noinline, gnu::flatten]] void merge(PageIndex page, Order order) {
    Block whole{page, order};
    do {
      area_.remove({whole.page.buddy(whole.order), whole.order});
      const PageIndex lower = whole.page.parent(whole.order);
      map_[lower + whole.order.pages()].set_inside();
      whole = {lower, whole.order.up()};
    } while (can_merge(whole.page, whole.order));
    world_.on_merge(page, order, whole.order);
    statistics_.merges += whole.order.value - order.value;
    area_.unify(whole);
    area_.insert(whole);
  }

  bool can_merge(PageIndex page, Order order) const {
    if (order >= max_order_) return false;
    const PageIndex buddy = page.buddy(order);
    return buddy.value + order.pages() <= map_.pages() && map_[buddy].is(PageKind::free, order);
  }

  /* Makes @block free while no block above it is in an index. */
  void insert_merged_downwards(Block block) {
    while (block.page.buddy(block.order) < block.page && can_merge(block.page, block.order)) {
      const PageIndex lower = block.page.buddy(block.order);
      area_.remove({lower, block.order});
      map_[block.page].set_inside();
      block = {lower, block.order.up()};
    }
    area_.unify(block);
    area_.insert(block);
  }

  /* Of @block, which is in no index, what lies in [@first, @end) becomes allocated, and the rest free. */
  void cut_out(Block block, std::uint32_t first, std::uint32_t end) {
    const std::uint32_t start = block.page.value;
    const std::uint32_t stop = start + block.order.pages();
    if (start >= first && stop <= end) {
      map_[block.page].set(PageKind::allocated, block.order);
      free_pages_ -= block.order.pages();
    } else if (stop <= first || start >= end) {
      area_.insert(block);
    } else {
      const Order half = block.order.down();
      world_.on_split(block.page, block.order, half);
      ++statistics_.splits;
      cut_out({block.page, half}, first, end);
      cut_out({block.page + half.pages(), half}, first, end);
    }
  }

  PageMap map_;
  World world_;
  Order max_order_;
  Watermarks watermarks_;
  std::uint32_t free_pages_ = 0;
  FreeArea<FreeBlocks> area_;
  PageStatistics statistics_;
};

}  // namespace mini_mm
