/* SPDX-License-Identifier: GPL-2.0 */
/*
 * First fit over runs of pages (Knuth, TAOCP vol. 1 §2.5, algorithm A), with nothing to help it: the contrast to
 * the buddy systems.
 *
 * Each free page is a block of its own in the page map. A request walks the map from the first page that may be
 * free to the first run that is long enough, where an order asks for it an aligned one; a free marks the pages.
 * Nothing is split or merged, no size is rounded up, and no index is kept; but both cost O(pages). There are no
 * migrate types.
 */
#pragma once

#include "page_engine.hpp"
#include "platform.hpp"

namespace mini_mm {

template <Platform World>
class NaivePages {
 public:
  static constexpr const char* kName = "naive";
  static constexpr const char* kPlacement = "first-fit";

  static constexpr std::size_t bytes(std::uint32_t) { return 0; }

  NaivePages(PageMap& map, World& world, std::byte*, std::uint32_t min_free = 0)
      : map_(map),
        world_(world),
        max_order_(max_order_of(map.pages())),
        watermarks_(Watermarks::of(map.pages(), min_free)) {
    make_free(0, map.pages());
  }

  [[gnu::noinline]] Result<PageIndex> allocate(Order order, MigrateType type = MigrateType::unmovable,
                                               Reserve reserve = Reserve::keep) {
    if (order > max_order_) return Error::bad_order;
    return allocate_run(order.pages(), order, type, reserve);
  }

  Result<PageIndex> allocate_run(std::uint32_t pages, Order alignment, MigrateType type, Reserve reserve) {
    if (pages == 0 || pages > max_order_.pages()) return Error::bad_size;
    if (alignment > max_order_) return Error::bad_order;
    if (type != MigrateType::unmovable) return Error::unsupported;
    const Result<PageIndex> run = world_.should_fail(FaultPoint::page) ? Result<PageIndex>(Error::injected)
                                  : watermarks_.allows(free_pages_, pages, reserve)
                                      ? first_fit(pages, alignment)
                                      : Result<PageIndex>(Error::no_free_block);
    if (!run) {
      ++statistics_.failures;
      return run;
    }
    use(run.value.value, run.value.value + pages);
    ++statistics_.allocations;
    return run;
  }

  [[nodiscard, gnu::noinline]] Error free(PageIndex page, Order order) {
    const Error error = why_not_freeable(map_, page, order, max_order_);
    if (error != Error::none) return refuse(error);
    ++statistics_.frees;
    make_free(page.value, page.value + order.pages());
    return Error::none;
  }

  Error refuse(Error error) {
    ++statistics_.refused;
    return error;
  }

  void trim(PageIndex page, Order order, std::uint32_t pages) {
    make_free(page.value, page.value + order.pages());
    use(page.value, page.value + pages);
  }

  [[nodiscard]] Error claim(PageIndex first, std::uint32_t pages) {
    const bool inside = pages > 0 && first.value < map_.pages() && pages <= map_.pages() - first.value;
    if (!inside || !all_free(first, pages)) {
      ++statistics_.failures;
      return Error::no_free_block;
    }
    use(first.value, first.value + pages);
    ++statistics_.allocations;
    return Error::none;
  }

  bool settle(std::uint32_t) { return false; }

  /* As a buddy system would see it: the largest aligned block that is free and starts there. O(pages of it). */
  Order free_block(PageIndex page) const {
    Order order;
    while (order < max_order_ && page.aligned(order.up()) && page.value + order.up().pages() <= map_.pages() &&
           all_free(page + order.pages(), order.pages())) {
      order = order.up();
    }
    return order;
  }

  Order max_order() const { return max_order_; }
  std::uint32_t free_pages() const { return free_pages_; }
  std::uint32_t delayed_pages() const { return 0; }
  const Watermarks& watermarks() const { return watermarks_; }
  MigrateType type_of(PageIndex) const { return MigrateType::unmovable; }
  const PageStatistics& statistics() const { return statistics_; }

  /* O(pages). */
  void count_free(FreeCounts& counts) const {
    for (PageIndex page; page.value < map_.pages();) {
      const bool free = is_free(page);
      const Order order = free ? free_block(page) : map_[page].order();
      if (free) ++counts.blocks[0][order.value];
      page = page + order.pages();
    }
  }

  std::uint32_t free_blocks(Order order) const {
    FreeCounts counts;
    count_free(counts);
    return counts.of(order);
  }

  /* The page map is the index. */
  Membership membership(PageIndex page) const {
    return map_[page].is(PageKind::free, Order(0)) ? Membership::unknown : Membership::none;
  }
  [[nodiscard]] bool nothing_else_in(PageIndex, Order) const { return true; }

  void rebuild() {
    free_pages_ = 0;
    first_free_ = 0;
    for (PageIndex page; page.value < map_.pages(); page = page + map_[page].order().pages()) {
      free_pages_ += is_free(page);
    }
  }

  /* O(pages). */
  [[nodiscard]] const char* broken_invariant() const {
    std::uint32_t free_pages = 0;
    for (PageIndex page; page.value < map_.pages();) {
      const PageEntry& entry = map_[page];
      const Order order = entry.order();
      if (entry.kind() == PageKind::inside) return "a block starts inside another";
      if (!is_known(entry.kind())) return "a block is of no known kind";
      if (entry.kind() == PageKind::delayed) return "a block is in a state that this engine does not have";
      if (order > max_order_ || !page.aligned(order)) return "a block is not aligned to its order";
      if (page.value + order.pages() > map_.pages()) return "a block reaches past the region's end";
      if (entry.kind() == PageKind::free) {
        if (order.value != 0) return "free pages are in one block";
        if (page.value < first_free_) return "a page is free below the first one that may be";
        ++free_pages;
      }
      page = page + order.pages();
    }
    return free_pages == free_pages_ ? nullptr : "the number of free pages is wrong";
  }

 private:
  bool is_free(PageIndex page) const { return map_[page].kind() == PageKind::free; }

  bool all_free(PageIndex page, std::uint32_t pages) const {
    for (std::uint32_t i = 0; i < pages; ++i) {
      if (!is_free(page + i)) return false;
    }
    return true;
  }

  Result<PageIndex> first_fit(std::uint32_t pages, Order alignment) {
    while (first_free_ < map_.pages() && !is_free(PageIndex(first_free_))) {
      first_free_ += map_[PageIndex(first_free_)].order().pages();
    }
    const std::uint32_t step = alignment.pages();
    for (std::uint32_t at = (first_free_ + step - 1) & ~(step - 1); at + pages <= map_.pages(); at += step) {
      if (all_free(PageIndex(at), pages)) return PageIndex(at);
    }
    return Error::no_free_block;
  }

  void make_free(std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t page = from; page < to; ++page) map_[PageIndex(page)].set(PageKind::free, Order(0));
    free_pages_ += to - from;
    if (from < first_free_) first_free_ = from;
  }

  void make_used(Block block) {
    map_[block.page].set(PageKind::allocated, block.order);
    for (std::uint32_t i = 1; i < block.order.pages(); ++i) map_[block.page + i].set_inside();
    free_pages_ -= block.order.pages();
  }

  void use(std::uint32_t from, std::uint32_t to) {
    for_each_piece(from, to, max_order_, [&](Block piece) { make_used(piece); });
  }

  PageMap map_;
  World world_;
  Order max_order_;
  Watermarks watermarks_;
  std::uint32_t free_pages_ = 0;
  std::uint32_t first_free_ = 0; /* no page below it is free */
  PageStatistics statistics_;
};

}  // namespace mini_mm
