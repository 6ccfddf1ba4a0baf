// SPDX-License-Identifier: GPL-2.0
/*
 * The page map held against what a buddy system must look like, page by page and without any help from
 * the engine.
 *
 * Eager merging leaves no choice: which pages are in use decides what the free blocks are, namely the
 * largest aligned blocks that hold no used page. So the expected blocks come from the used pages alone.
 */
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "page_map.hpp"

namespace mini_mm {

/* First page and order of each free block, in the order of addresses. */
using FreeBlockList = std::vector<std::pair<std::uint32_t, unsigned>>;

class ExpectedFreeBlocks {
 public:
  ExpectedFreeBlocks(std::vector<char> used, Order max_order) : used_(std::move(used)) {
    for (std::uint32_t page = 0; page < used_.size(); page += max_order.pages()) cover(page, max_order);
  }

  const FreeBlockList& blocks() const { return blocks_; }

 private:
  void cover(std::uint32_t page, Order order) {
    if (page >= used_.size()) return;
    if (page + order.pages() <= used_.size() && !std::memchr(&used_[page], true, order.pages())) {
      blocks_.emplace_back(page, order.value);
    } else if (order.value > 0) {
      cover(page, order.down());
      cover(page + order.down().pages(), order.down());
    }
  }

  std::vector<char> used_; /* for each page whether it is in use */
  FreeBlockList blocks_;
};

/* What is wrong with @map, or nothing. O(pages). */
inline std::string map_damage(const PageMap& map, Order max_order) {
  std::vector<char> used(map.pages());
  FreeBlockList free;
  for (PageIndex page; page.value < map.pages();) {
    const std::string at = " at page " + std::to_string(page.value);
    const PageEntry& entry = map[page];
    const Order order = entry.order();
    if (entry.kind() == PageKind::inside || !is_known(entry.kind())) return "no block starts" + at;
    if (order > max_order || page.value % order.pages() != 0) return "a misaligned block" + at;
    if (page.value + order.pages() > map.pages()) return "a block beyond the end" + at;
    for (std::uint32_t i = 1; i < order.pages(); ++i) {
      if (map[page + i].kind() != PageKind::inside) return "another block starts inside the block" + at;
    }
    if (entry.kind() == PageKind::free) {
      free.emplace_back(page.value, order.value);
    } else {
      std::fill_n(used.begin() + page.value, order.pages(), true);
    }
    page = page + order.pages();
  }
  return free == ExpectedFreeBlocks(used, max_order).blocks() ? "" : "the free blocks are not the largest possible";
}

}  // namespace mini_mm
