/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The free blocks of a buddy system by migrate type (Linux' free_area and pageblocks).
 *
 * The region is divided into pageblocks of 2^kPageblockOrder pages, each of one migrate type. A free block is
 * in the index of its pageblock's type. A request takes a block of its own type; when there is none, it takes
 * from another type (fallback), the largest block first, and claims the whole pageblock for its own type when
 * that pays: when the block is a pageblock or more, or when at least half of the pageblock is free. What cannot
 * be moved tries that with every block, so that it spoils few pageblocks; a movable request does so with large
 * ones only (half the order of a pageblock and up). Where nothing can be claimed, the smallest block is taken
 * and the pageblock keeps its type. (Linux also counts pages in use of a like kind as free.)
 *
 * All pageblocks are unmovable at first: the type of requests that say nothing. In a region of fewer
 * pageblocks than there are types, types mean nothing and all is unmovable (Linux:
 * page_group_by_mobility_disabled).
 */
#pragma once

#include "page_engine.hpp"
#include "placement.hpp"

namespace mini_mm {

/* 2 MiB, a huge page. */
inline constexpr Order kPageblockOrder = Order(9);

template <Placement FreeBlocks>
class FreeArea {
 public:
  static constexpr std::size_t bytes(std::uint32_t pages) {
    return round_up(pageblocks(pages), sizeof(std::uint64_t)) + kMigrateTypes * FreeBlocks::bytes(pages);
  }

  /* @memory: bytes(@map.pages()) of zeros, aligned to 8. */
  FreeArea(PageMap& map, Order max_order, std::byte* memory)
      : map_(map),
        max_order_(max_order),
        grouped_(map.pages() >= kMigrateTypes * kPageblockOrder.pages()),
        types_(reinterpret_cast<MigrateType*>(memory)) {
    memory += round_up(pageblocks(map.pages()), sizeof(std::uint64_t));
    for (FreeBlocks& blocks : blocks_) {
      blocks.use(memory, map.pages());
      memory += FreeBlocks::bytes(map.pages());
    }
  }

  /* What a request of @type is served as. */
  MigrateType served_as(MigrateType type) const { return grouped_ ? type : MigrateType::unmovable; }

  MigrateType type_of(PageIndex page) const { return types_[page.value >> kPageblockOrder.value]; }

  /* @type: that of the block, where the caller knows it. */
  void insert(Block block, MigrateType type) {
    map_[block.page].start(PageKind::free, block.order);
    of(type).insert(map_, block);
  }
  void insert(Block block) { insert(block, type_of(block.page)); }

  void remove(Block block, MigrateType type) { of(type).remove(map_, block); }
  void remove(Block block) { remove(block, type_of(block.page)); }

  /* A merged block of several pageblocks becomes of one type, so that its parts are when it is split. */
  void unify(Block block) {
    if (block.order > kPageblockOrder) set_types(block, type_of(block.page));
  }

  /* Takes a block of this very order and type out, where the placement is smallest first. */
  Result<PageIndex> pop(Order order, MigrateType type) { return of(type).pop(map_, order); }

  /* A block that serves a request of @order and @type from the blocks of this type; it stays where it is. */
  Result<Block> find(Order order, MigrateType type) const { return of(type).find(order, max_order_); }

  /* Takes a block for such a request out of those of another type. O(orders + pages of a pageblock). */
  [[gnu::noinline]] Result<Block> take_from_others(Order order, MigrateType type, PageStatistics& statistics) {
    if (!grouped_) return Error::no_free_block;
    for (unsigned at = max_order_.value + 1u; at-- > order.value;) {
      if (!may_claim(Order(at), type)) break;
      for (MigrateType other : fallbacks(type)) {
        const Result<Block> found = of(other).find(Order(at), Order(at));
        if (found && claim_pageblocks(found.value, type, statistics)) {
          ++statistics.fallbacks;
          return found;
        }
      }
    }
    for (Order at = order; at <= max_order_; at = at.up()) {
      for (MigrateType other : fallbacks(type)) {
        const Result<Block> found = of(other).find(at, at);
        if (!found) continue;
        remove(found.value);
        ++statistics.fallbacks;
        return found;
      }
    }
    return Error::no_free_block;
  }

  void count(FreeCounts& counts) const {
    for (unsigned type = 0; type < kMigrateTypes; ++type) {
      for (Order order; order <= max_order_; order = order.up()) {
        counts.blocks[type][order.value] += blocks_[type].count(order);
      }
    }
  }

  std::uint32_t count(Order order) const {
    std::uint32_t sum = 0;
    for (const FreeBlocks& blocks : blocks_) sum += blocks.count(order);
    return sum;
  }

  /* Whether a free block is in the index of its type. */
  Membership membership(Block block) const { return of(type_of(block.page)).membership(map_, block); }

  /* No index says that a free block starts in @window where none does. O(pages of it). */
  [[nodiscard]] bool nothing_else_in(Block window) const {
    for (const FreeBlocks& blocks : blocks_) {
      if (!blocks.nothing_else_in(map_, window, PageKind::free)) return false;
    }
    return true;
  }

  /* Forgets all blocks; pageblocks keep their types. */
  void clear() {
    for (FreeBlocks& blocks : blocks_) blocks.clear();
  }

  /* The indexes are whole, and what they hold of this order is free and of this order. O(blocks), or O(words). */
  [[nodiscard]] bool check(Order order) const {
    for (const FreeBlocks& blocks : blocks_) {
      if (!blocks.check(map_, order, PageKind::free)) return false;
    }
    return true;
  }

 private:
  static constexpr std::uint32_t pageblocks(std::uint32_t pages) {
    return (pages + kPageblockOrder.pages() - 1) >> kPageblockOrder.value;
  }

  struct Fallbacks {
    MigrateType first, second;
    const MigrateType* begin() const { return &first; }
    const MigrateType* end() const { return &second + 1; }
  };

  /* What is taken from when a type has run out, as in Linux. */
  static Fallbacks fallbacks(MigrateType type) {
    switch (type) {
      case MigrateType::movable:
        return {MigrateType::reclaimable, MigrateType::unmovable};
      case MigrateType::reclaimable:
        return {MigrateType::unmovable, MigrateType::movable};
      case MigrateType::unmovable:
        break;
    }
    return {MigrateType::reclaimable, MigrateType::movable};
  }

  static bool may_claim(Order order, MigrateType type) {
    return order.value >= kPageblockOrder.value / 2 || type != MigrateType::movable;
  }

  FreeBlocks& of(MigrateType type) { return blocks_[static_cast<unsigned>(type)]; }
  const FreeBlocks& of(MigrateType type) const { return blocks_[static_cast<unsigned>(type)]; }

  void set_types(Block block, MigrateType type) {
    for (std::uint32_t page = block.page.value; page < block.page.value + block.order.pages();
         page += kPageblockOrder.pages()) {
      types_[page >> kPageblockOrder.value] = type;
    }
  }

  /* Takes @block out, and its pageblocks over for @type, if that pays; else everything stays. */
  bool claim_pageblocks(Block block, MigrateType type, PageStatistics& statistics) {
    if (block.order < kPageblockOrder) return claim_around(block, type, statistics);
    remove(block);
    set_types(block, type);
    statistics.claims += block.order.pages() >> kPageblockOrder.value;
    return true;
  }

  bool claim_around(Block block, MigrateType type, PageStatistics& statistics) {
    const PageIndex start = block.page.align_down(kPageblockOrder);
    std::uint32_t end = start.value + kPageblockOrder.pages();
    if (end > map_.pages()) end = map_.pages();
    std::uint32_t free_pages = 0;
    for_each_free(start, end, [&](Block free) { free_pages += free.order.pages(); });
    if (free_pages * 2 < end - start.value) return false;
    remove(block);
    map_[block.page].set(PageKind::allocated, block.order);
    for_each_free(start, end, [&](Block free) {
      remove(free);
      of(type).insert(map_, free);
    });
    types_[start.value >> kPageblockOrder.value] = type;
    ++statistics.claims;
    return true;
  }

  template <class Visit>
  void for_each_free(PageIndex page, std::uint32_t end, Visit visit) {
    while (page.value < end) {
      const PageEntry& entry = map_[page];
      const Order order = entry.kind() == PageKind::inside ? Order(0) : entry.order();
      if (entry.kind() == PageKind::free) visit(Block{page, order});
      page = page + order.pages();
    }
  }

  PageMap map_;
  Order max_order_;
  bool grouped_;
  MigrateType* types_; /* one a pageblock */
  FreeBlocks blocks_[kMigrateTypes];
};

}  // namespace mini_mm
