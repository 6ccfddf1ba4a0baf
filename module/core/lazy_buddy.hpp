/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lazy buddy system with the DELAY-2 rule (T. P. Lee and R. E. Barkley, "A Watermark-Based Lazy Buddy
 * System for Kernel Memory Allocation", USENIX Summer 1989).
 *
 * Merging is put off: a block that is merged now is often split again by the next request. Each order counts
 * its blocks that are in use, A, and those that are free but delayed, D: still whole, in an index of their own,
 * and not merged with their buddies. The slack A - D says how far the order is from having more free blocks
 * than users:
 *
 *      slack on a free     what becomes of the block
 *      2 or more           it is delayed
 *      1                   it is freed for all, and merged
 *      0                   the same, and one delayed block of its order as well
 *
 * So a steady mix neither splits nor merges, and the worst free does two chains of merges: at most two an
 * order. Under the low watermark nothing is delayed any more, and each free settles one delayed block of its
 * order besides; settle() merges all, before a larger request is refused.
 *
 * A request takes a delayed block of its very order; when there is none, a larger one. The placement has the last
 * word between that and its choice among the merged blocks: `lifo` takes the smaller, `lowest` the lower one, or
 * delayed blocks would keep the high end of the region in pieces.
 */
#pragma once

#include "eager_buddy.hpp"

namespace mini_mm {

template <Placement FreeBlocks, Platform World>
class LazyBuddy {
 public:
  static constexpr const char* kName = "lazy";
  static constexpr const char* kPlacement = FreeBlocks::kName;

  static constexpr std::size_t bytes(std::uint32_t pages) {
    return Buddy::bytes(pages) + kMigrateTypes * FreeBlocks::bytes(pages);
  }

  LazyBuddy(PageMap& map, World& world, std::byte* memory, std::uint32_t min_free = 0)
      : map_(map), buddy_(map, world, memory, min_free) {
    memory += Buddy::bytes(map.pages());
    for (FreeBlocks& blocks : delayed_) {
      blocks.use(memory, map.pages());
      memory += FreeBlocks::bytes(map.pages());
    }
  }

  [[gnu::noinline]] Result<PageIndex> allocate(Order order, MigrateType type = MigrateType::unmovable,
                                               Reserve reserve = Reserve::keep) {
    const Error error = buddy_.why_not_servable(order, reserve, delayed_pages_);
    const Result<Block> block = error == Error::none ? take(order, area().served_as(type)) : Result<Block>(error);
    if (!block) {
      if (block.error != Error::bad_order) ++buddy_.count().failures;
      return block.error;
    }
    ++classes_[order.value].in_use;
    return buddy_.hand_out(block.value, order);
  }

  Result<PageIndex> allocate_run(std::uint32_t pages, Order alignment, MigrateType type, Reserve reserve) {
    return allocate_and_trim(*this, pages, alignment, type, reserve);
  }

  [[nodiscard, gnu::noinline]] Error free(PageIndex page, Order order) {
    const Error error = why_not_freeable(map_, page, order, max_order());
    if (error != Error::none) return refuse(error);
    ++buddy_.count().frees;
    Class& own = classes_[order.value];
    const std::uint32_t slack = own.in_use - own.delayed;
    --own.in_use;
    const bool is_short = free_pages() < watermarks().low;
    if (slack >= 2 && !is_short) {
      delay({page, order});
      return Error::none;
    }
    buddy_.give_back({page, order});
    if (slack == 0 || is_short) settle_one(order);
    return Error::none;
  }

  Error refuse(Error error) { return buddy_.refuse(error); }

  void trim(PageIndex page, Order order, std::uint32_t pages) {
    --classes_[order.value].in_use;
    for_each_piece(page.value, page.value + pages, order, [&](Block piece) { ++classes_[piece.order.value].in_use; });
    buddy_.trim(page, order, pages);
    balance(order);
  }

  [[nodiscard]] Error claim(PageIndex first, std::uint32_t pages) {
    if (buddy_.all_free(first, pages)) settle_all_of(first, first.value + pages);
    const Error error = buddy_.claim(first, pages);
    if (error != Error::none) return error;
    for (PageIndex at = first; at.value < first.value + pages; at = at + map_[at].order().pages()) {
      ++classes_[map_[at].order().value].in_use;
    }
    return error;
  }

  /* The largest first: they help most. */
  bool settle(std::uint32_t blocks) {
    if (delayed_pages_ == 0) return false;
    for (unsigned order = max_order().value + 1u; order-- > 0;) {
      for (; blocks > 0 && classes_[order].delayed > 0; --blocks) settle_one(Order(order));
    }
    return true;
  }

  Order free_block(PageIndex page) const { return map_[page].order(); }
  Order max_order() const { return buddy_.max_order(); }
  std::uint32_t free_pages() const { return buddy_.free_pages() + delayed_pages_; }
  std::uint32_t delayed_pages() const { return delayed_pages_; }
  std::uint32_t free_blocks(Order order) const { return buddy_.free_blocks(order) + classes_[order.value].delayed; }
  const Watermarks& watermarks() const { return buddy_.watermarks(); }
  MigrateType type_of(PageIndex page) const { return buddy_.type_of(page); }
  const PageStatistics& statistics() const { return buddy_.statistics(); }

  void count_free(FreeCounts& counts) const {
    buddy_.count_free(counts);
    for (unsigned type = 0; type < kMigrateTypes; ++type) {
      for (Order order; order <= max_order(); order = order.up()) {
        counts.blocks[type][order.value] += delayed_[type].count(order);
      }
    }
  }

  Membership membership(PageIndex page) const {
    const PageEntry& entry = map_[page];
    if (entry.kind() != PageKind::delayed) return buddy_.membership(page);
    return entry.more() < kMigrateTypes ? delayed_[entry.more()].membership(map_, {page, entry.order()})
                                        : Membership::none;
  }

  [[nodiscard]] bool nothing_else_in(PageIndex page, Order order) const {
    for (const FreeBlocks& blocks : delayed_) {
      if (!blocks.nothing_else_in(map_, {page, order}, PageKind::delayed)) return false;
    }
    return buddy_.nothing_else_in(page, order);
  }

  void rebuild() {
    for (FreeBlocks& blocks : delayed_) blocks.clear();
    buddy_.rebuild();
    for (Class& own : classes_) own = {};
    delayed_pages_ = 0;
    for (PageIndex page; page.value < map_.pages(); page = page + map_[page].order().pages()) {
      classes_[map_[page].order().value].in_use += !is_free(map_[page].kind());
    }
  }

  /* Those of the eager buddy, and: the counts of each order are right, and none has negative slack. */
  [[nodiscard]] const char* broken_invariant() const {
    Class seen[kMaxOrder + 1];
    const char* broken = buddy_.broken_tiling([&](Block block, PageKind kind) {
      Class& own = seen[block.order.value];
      if (kind == PageKind::delayed) {
        ++own.delayed;
        return map_[block.page].more() >= kMigrateTypes;
      }
      own.in_use += !is_free(kind);
      return false;
    });
    if (broken) return broken;
    std::uint32_t delayed_pages = 0;
    for (Order order; order <= max_order(); order = order.up()) {
      const Class& own = classes_[order.value];
      if (own.in_use != seen[order.value].in_use) return "the number of blocks in use of an order is wrong";
      if (own.delayed != seen[order.value].delayed) return "a delayed block is in no list";
      if (own.delayed > own.in_use) return "more blocks of an order are delayed than in use";
      for (const FreeBlocks& blocks : delayed_) {
        if (!blocks.check(map_, order, PageKind::delayed)) return "a list of delayed blocks is damaged";
      }
      delayed_pages += own.delayed * order.pages();
    }
    return delayed_pages == delayed_pages_ ? nullptr : "the number of delayed pages is wrong";
  }

 private:
  using Buddy = EagerBuddy<FreeBlocks, World>;

  /* The blocks of one order. */
  struct Class {
    std::uint32_t in_use = 0;
    std::uint32_t delayed = 0;
  };

  FreeArea<FreeBlocks>& area() { return buddy_.area(); }
  FreeBlocks& delayed(MigrateType type) { return delayed_[static_cast<unsigned>(type)]; }

  Result<Block> take(Order order, MigrateType type) {
    Result<Block> own = delayed(type).find(order, order);
    if (own && FreeBlocks::kSmallestFirst) {
      undelay(own.value);
      return own;
    }
    if (!own) own = delayed(type).find(order, max_order());
    const Result<Block> merged = area().find(order, type);
    if (!own || (merged && FreeBlocks::better(merged.value, own.value))) return buddy_.take(order, type);
    undelay(own.value);
    return own;
  }

  void delay(Block block) {
    const MigrateType type = type_of(block.page);
    map_[block.page].set(PageKind::delayed, block.order);
    delayed(type).insert(map_, block);
    map_[block.page].set_more(static_cast<std::uint32_t>(type));
    ++classes_[block.order.value].delayed;
    delayed_pages_ += block.order.pages();
  }

  /* Its pageblock may have been claimed by another type since: the block knows in whose list it is. */
  void undelay(Block block) {
    const unsigned type = map_[block.page].more();
    delayed_[type].remove(map_, block);
    --classes_[block.order.value].delayed;
    delayed_pages_ -= block.order.pages();
  }

  void settle_block(Block block) {
    undelay(block);
    buddy_.give_back(block);
  }

  void settle_one(Order order) {
    for (FreeBlocks& blocks : delayed_) {
      if (const Result<Block> block = blocks.find(order, order)) return settle_block(block.value);
    }
  }

  /* After blocks in use became blocks of other orders. */
  void balance(Order order) {
    while (classes_[order.value].delayed > classes_[order.value].in_use) settle_one(order);
  }

  void settle_all_of(PageIndex first, std::uint32_t end) {
    for (PageIndex at = map_.block_of(first); at.value < end;) {
      if (map_[at].kind() == PageKind::delayed) {
        settle_block({at, map_[at].order()});
        at = map_.block_of(at);
      }
      at = at + map_[at].order().pages();
    }
  }

  PageMap map_;
  Buddy buddy_;
  FreeBlocks delayed_[kMigrateTypes];
  Class classes_[kMaxOrder + 1];
  std::uint32_t delayed_pages_ = 0;
};

}  // namespace mini_mm
