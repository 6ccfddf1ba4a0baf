/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compaction: movable blocks of the region's upper end move into free blocks lower down, so that the free pages
 * come together (Linux' mm/compaction.c has two scanners that meet as well, but fills the upper end).
 *
 * One scanner goes down from the end and stops at each movable block; for each order another goes up from the
 * start, over what is in use or too small, to a free block that lies below. What cannot be moved is passed by. The
 * copying is the caller's: he gets a block, makes sure that nobody uses it, gets a place for it, copies, and
 * frees the old one. So he holds the arena's lock in each call and not between them; a scanner that finds the
 * region changed under it passes something by, and no more.
 */
#pragma once

#include "arena.hpp"

namespace mini_mm {

struct Compaction {
  /* Where the scanners are; all below it was seen by the one that goes down. */
  std::uint32_t high = 0;
  std::uint32_t low[kMaxOrder + 1] = {};

  enum class Step {
    found, /* a movable block */
    again, /* none yet: call again */
    done,  /* no movable block is left that could go anywhere */
  };

  template <class Arena>
  static Compaction start(const Arena& arena) {
    Compaction compaction;
    compaction.high = arena.region().map().pages();
    return compaction;
  }

  /* The next movable block from above, in @found; looks at no more than @steps blocks. */
  template <class Arena>
  Step next(const Arena& arena, std::uint32_t steps, Block& found) {
    const PageMap& map = arena.region().map();
    for (; steps > 0; --steps) {
      if (high <= lowest()) return Step::done;
      const PageIndex start = map.block_of(PageIndex(high - 1));
      const PageEntry& entry = map[start];
      high = start.value;
      if (entry.kind() == PageKind::allocated && entry.mobility() == MigrateType::movable) {
        found = {start, entry.order()};
        return Step::found;
      }
    }
    return Step::again;
  }

  /*
   * Takes a free place of @block's order below it, in @to; looks at no more than @steps blocks. `done` when there
   * is none.
   */
  template <class Arena>
  Step place(Arena& arena, Block block, std::uint32_t steps, PageIndex& to) {
    const PageMap& map = arena.region().map();
    std::uint32_t& at = low[block.order.value];
    for (; steps > 0; --steps) {
      /* The block that was stopped at may be part of a larger one by now. */
      at = round_up(at, block.order.pages());
      if (at + block.order.pages() > block.page.value) return Step::done;
      const PageIndex start = map.block_of(PageIndex(at));
      const BlockView view = arena.view(start);
      const std::uint32_t end = start.value + (view.kind == PageKind::inside ? 1 : view.order.pages());
      if (is_free(view.kind) && at + block.order.pages() <= end &&
          arena.claim(PageIndex(at), block.order.pages(), MigrateType::movable) == Error::none) {
        to = PageIndex(at);
        at += block.order.pages();
        return Step::found;
      }
      at = end;
    }
    return Step::again;
  }

 private:
  static std::uint32_t round_up(std::uint32_t page, std::uint32_t pages) { return (page + pages - 1) & ~(pages - 1); }

  std::uint32_t lowest() const {
    std::uint32_t lowest = low[0];
    for (std::uint32_t at : low) lowest = at < lowest ? at : lowest;
    return lowest;
  }
};

}  // namespace mini_mm
