/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every page engine is, and what all of them share: counters, watermarks, and the reasons for which a
 * free is refused. The caller of an engine holds the arena's lock.
 */
#pragma once

#include <concepts>

#include "page_map.hpp"

namespace mini_mm {

struct PageStatistics {
  std::uint64_t allocations = 0;
  std::uint64_t frees = 0;
  std::uint64_t failures = 0; /* requests that found no block */
  std::uint64_t refused = 0;  /* frees that were refused */
  std::uint64_t splits = 0;
  std::uint64_t merges = 0;
  std::uint64_t fallbacks = 0; /* blocks taken from another migrate type */
  std::uint64_t claims = 0;    /* pageblocks that changed their migrate type */
};

/*
 * How many free pages are few (Linux' zone watermarks). Ordinary requests leave `min` pages free, which is none
 * unless the arena's maker asks for it; below `low` memory is short, and work that was put off is done;
 * from `high` on all is well.
 */
struct Watermarks {
  std::uint32_t min = 0;
  std::uint32_t low = 0;
  std::uint32_t high = 0;

  /* The distances are Linux': a quarter of min, or a share of the region, whichever is larger. */
  static constexpr Watermarks of(std::uint32_t pages, std::uint32_t min) {
    const std::uint32_t distance = min / 4 > pages / kShare ? min / 4 : pages / kShare;
    return {min, min + distance, min + 2 * distance};
  }

  constexpr bool allows(std::uint32_t free_pages, std::uint32_t wanted, Reserve reserve) const {
    return min == 0 || reserve == Reserve::use || free_pages >= wanted + min;
  }

 private:
  static constexpr std::uint32_t kShare = 64;
};

/* Free blocks of each order, and of each migrate type. */
struct FreeCounts {
  std::uint32_t blocks[kMigrateTypes][kMaxOrder + 1] = {};

  std::uint32_t of(Order order) const {
    std::uint32_t sum = 0;
    for (const auto& type : blocks) sum += type[order.value];
    return sum;
  }
};

template <class T>
concept PageEngine = requires(T& engine, const T& view, Order order, PageIndex page, std::uint32_t pages,
                              MigrateType type, Reserve reserve, Error error, FreeCounts& counts) {
  /* "eager", and "lifo": an engine and a placement, which together name one of them. */
  { T::kName } -> std::convertible_to<const char*>;
  { T::kPlacement } -> std::convertible_to<const char*>;
  /* Bytes that it needs beside the page map, a multiple of 8. */
  { T::bytes(pages) } -> std::same_as<std::size_t>;

  /*
   * A block of 2^order pages, its first index a multiple of 2^order. bad_order; no_free_block; injected;
   * unsupported when the engine has no migrate types and one is asked for.
   */
  { engine.allocate(order, type, reserve) } -> std::same_as<Result<PageIndex>>;
  /*
   * Gives back what allocate(order) returned. Anything else is refused, counted, and changes nothing:
   * outside, not_allocated, double_free, wrong_order, wrong_kind.
   */
  { engine.free(page, order) } -> std::same_as<Error>;
  /* Counts a free that somebody else refused for @error, and gives that back. */
  { engine.refuse(error) } -> std::same_as<Error>;
  /*
   * Exactly @pages pages in a row, the first a multiple of 2^order: blocks that can be freed one by one.
   * bad_size when the largest block is smaller, else as allocate().
   */
  { engine.allocate_run(pages, order, type, reserve) } -> std::same_as<Result<PageIndex>>;
  /*
   * Makes the allocated block at @page one of its first @pages pages only: it becomes allocated blocks of its
   * own, the largest aligned ones first, and the rest is freed. 1 <= @pages <= 2^order.
   */
  { engine.trim(page, order, pages) } -> std::same_as<void>;
  /*
   * Allocates exactly the @pages from @page on, as blocks that can be freed one by one; no_free_block when one
   * of them is in use.
   */
  { engine.claim(page, pages) } -> std::same_as<Error>;
  /* Does some of the work that was put off, at most @pages blocks of it. False: there was none. */
  { engine.settle(pages) } -> std::same_as<bool>;

  /* The free block that starts at @page, which is free: its order. */
  { view.free_block(page) } -> std::same_as<Order>;
  { view.max_order() } -> std::same_as<Order>;
  { view.free_pages() } -> std::same_as<std::uint32_t>;
  { view.delayed_pages() } -> std::same_as<std::uint32_t>;
  { view.watermarks() } -> std::same_as<const Watermarks&>;
  { view.count_free(counts) } -> std::same_as<void>;
  /* The migrate type of the pageblock that holds @page. */
  { view.type_of(page) } -> std::same_as<MigrateType>;
  { view.statistics() } -> std::same_as<const PageStatistics&>;
  /* How the free block that starts at @page stands to the index of such blocks. O(1). */
  { view.membership(page) } -> std::same_as<Membership>;
  /* No index says that a free block starts in the 2^order pages from @page on where none does. O(2^order). */
  { view.nothing_else_in(page, order) } -> std::same_as<bool>;
  /*
   * Makes the indexes of free blocks and all counts anew from the page map, whose blocks tile the region. What was put
   * off is done. O(pages).
   */
  { engine.rebuild() } -> std::same_as<void>;
  /* Every invariant, or what is broken. O(blocks), or O(pages). */
  { view.broken_invariant() } -> std::same_as<const char*>;
};

constexpr bool is_free(PageKind kind) { return kind == PageKind::free || kind == PageKind::delayed; }

/* @page can be freed as a block of @order. */
inline bool is_freeable(const PageMap& map, PageIndex page, Order order, Order max_order) {
  return page.value < map.pages() && order <= max_order && map[page].is(PageKind::allocated, order);
}

/* Why it cannot: none when it can. */
[[gnu::noinline]] inline Error why_not_freeable(const PageMap& map, PageIndex page, Order order, Order max_order) {
  if (page.value >= map.pages()) return Error::outside;
  if (order > max_order) return Error::bad_order;
  const PageEntry& entry = map[page];
  switch (entry.kind()) {
    case PageKind::allocated:
      return entry.order() == order ? Error::none : Error::wrong_order;
    case PageKind::slab:
    case PageKind::slub:
    case PageKind::tail:
      return Error::wrong_kind;
    case PageKind::free:
    case PageKind::delayed:
    case PageKind::cached:
      return Error::double_free;
    case PageKind::inside:
      return is_free(map[map.block_of(page)].kind()) ? Error::double_free : Error::not_allocated;
    case PageKind::isolated:
      break;
  }
  return Error::corrupt;
}

/*
 * Calls @piece(block) for the largest aligned blocks, none above @highest, that tile [@from, @to), the lowest
 * first.
 */
template <class Piece>
void for_each_piece(std::uint32_t from, std::uint32_t to, Order highest, Piece piece) {
  while (from < to) {
    auto order = static_cast<unsigned>(std::bit_width(to - from)) - 1;
    const auto alignment = static_cast<unsigned>(std::countr_zero(from));
    if (from != 0 && alignment < order) order = alignment;
    if (order > highest.value) order = highest.value;
    piece(Block{PageIndex(from), Order(order)});
    from += Order(order).pages();
  }
}

/* allocate_run() of an engine that knows powers of two only: what is too much goes back. */
template <class Engine>
Result<PageIndex> allocate_and_trim(Engine& engine, std::uint32_t pages, Order alignment, MigrateType type,
                                    Reserve reserve) {
  if (pages == 0 || pages > engine.max_order().pages()) return Error::bad_size;
  const Order covering(static_cast<unsigned>(std::bit_width(pages - 1)));
  const Order order = covering < alignment ? alignment : covering;
  const Result<PageIndex> page = engine.allocate(order, type, reserve);
  if (page && pages != order.pages()) engine.trim(page.value, order, pages);
  return page;
}

}  // namespace mini_mm
