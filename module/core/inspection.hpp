/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inspection: looks for damage in the page map and in the indexes of free blocks, names it, and takes what is damaged
 * out of use. What a bit flip or a stray write did there is found before an allocator follows it.
 *
 * The page map says many things twice, and each is held against the other:
 *
 *      blocks tile the region             a head that is missing, one too many, an order or an alignment that cannot be
 *      kinds are few                      a kind that is none; one flipped bit makes no kind of `allocated`
 *      the payload repeats the order      of blocks in use, in a CPU's list, or isolated
 *      the index of free blocks           free blocks that it does not know, links that do not agree, bits too many
 *      a slab's tail names its head       tails without one
 *      caches know their slabs            slabs that are none
 *
 * No block reaches from one window of 2^kMaxOrder pages into the next, so that a window is looked at under one hold of
 * the arena's lock: O(2^kMaxOrder) as long as nothing is found. Pages of which nobody can tell any more what they are
 * become `isolated`: nobody gets them, and who frees them is refused. A damaged index is made anew from the page map,
 * which loses nothing. All indexes and counts are made anew then, which takes O(pages), but happens once for each
 * damage.
 *
 * The caller holds the arena's lock. What a slab's own bookkeeping says is the object engine's to check.
 */
#pragma once

#include "page_engine.hpp"
#include "slab_layout.hpp"

namespace mini_mm {

enum class Flaw : std::uint8_t {
  no_head = 0, /* no block starts where one should; isolated */
  kind,        /* a block is of no kind that this arena has; isolated */
  order,       /* a block's order cannot be; isolated */
  entry,       /* the entry of a page inside a block is not empty; emptied */
  payload,     /* the payload of a block in use does not go with its order; isolated */
  not_listed,  /* a free block is in no index; isolated */
  index,       /* an index of free blocks is damaged; made anew */
  tail,        /* the tail of a slab that is not there; isolated */
  slab,        /* a slab that no cache has; isolated */
};

constexpr bool is_isolated(Flaw flaw) { return flaw != Flaw::entry && flaw != Flaw::index; }

inline constexpr Order kInspectionWindow{kMaxOrder};

struct Finding {
  Flaw flaw;
  PageIndex page;
  std::uint32_t pages;
};

/*
 * @HasSlab: has_slab(page) says whether a slab starts there, from another source than the page map.
 * @OnIsolate: on_isolate(page, pages) is called for all pages that are isolated.
 */
template <PageEngine Engine, class HasSlab, class OnIsolate>
class Inspection {
 public:
  Inspection(PageMap& map, Engine& engine, HasSlab has_slab, OnIsolate on_isolate)
      : map_(map), engine_(engine), has_slab_(has_slab), on_isolate_(on_isolate) {}

  /*
   * The window that starts at @first; each finding goes to @report(finding). How many. When there is one, so do those
   * of all other windows: the indexes are made anew from a page map in which nothing is wrong any more.
   */
  template <class Report>
  std::uint32_t window(PageIndex first, Report report) {
    std::uint32_t findings = judge_window(first, report);
    if (findings == 0) {
      if (engine_.nothing_else_in(first, kInspectionWindow)) return 0;
      report(Finding{Flaw::index, first, end_of(first) - first.value});
      ++findings;
    }
    for (PageIndex other; other.value < map_.pages(); other = other + kInspectionWindow.pages()) {
      if (other != first) findings += judge_window(other, report);
    }
    engine_.rebuild();
    return findings;
  }

 private:
  std::uint32_t end_of(PageIndex window) const {
    const std::uint32_t left = map_.pages() - window.value;
    return window.value + (left < kInspectionWindow.pages() ? left : kInspectionWindow.pages());
  }

  template <class Report>
  std::uint32_t judge_window(PageIndex first, Report report) {
    const std::uint32_t end = end_of(first);
    std::uint32_t findings = 0;
    for (std::uint32_t at = first.value; at < end;) {
      const Judgement verdict = judge(PageIndex(at), end);
      if (verdict.flawed) {
        ++findings;
        report(Finding{verdict.flaw, PageIndex(at), verdict.end - at});
        if (is_isolated(verdict.flaw)) isolate(at, verdict.end);
      }
      at = verdict.end;
    }
    return findings;
  }

  /* What is to be said of the pages up to @end. */
  struct Judgement {
    std::uint32_t end;
    bool flawed = false;
    Flaw flaw = Flaw::no_head;
  };

  Judgement judge(PageIndex page, std::uint32_t window_end) {
    const PageEntry& entry = map_[page];
    const auto damaged = [&](Flaw flaw, std::uint32_t end) { return Judgement{end, true, flaw}; };
    if (entry.kind() == PageKind::inside) return damaged(Flaw::no_head, next_head(page, window_end));
    if (!is_known(entry.kind())) return damaged(Flaw::kind, next_head(page, window_end));
    if (!fits(page, window_end)) return damaged(Flaw::order, next_head(page, window_end));
    const std::uint32_t end = page.value + entry.order().pages();
    Judgement verdict{end};
    for (std::uint32_t inner = page.value + 1; inner < end; ++inner) {
      if (map_[PageIndex(inner)].is_empty()) continue;
      /* Either this is a block of its own, and the order before it too large; or nothing should be here. */
      if (!(repeats_its_order(entry) && says_its_order(entry)) && is_plausible_inside(entry, PageIndex(inner), end))
        return damaged(Flaw::order, inner);
      map_[PageIndex(inner)].set_inside();
      verdict = {end, true, Flaw::entry};
    }
    if (verdict.flawed) return verdict;
    switch (entry.kind()) {
      case PageKind::allocated:
      case PageKind::cached:
      case PageKind::isolated:
        if (has_slab_(page)) return damaged(Flaw::kind, end);
        if (says_its_order(entry)) return verdict;
        /* If nothing starts behind it, its order is what was changed. */
        if (end < window_end && map_[PageIndex(end)].kind() == PageKind::inside)
          return damaged(Flaw::order, next_head(PageIndex(end), window_end));
        return damaged(Flaw::payload, end);
      case PageKind::free:
      case PageKind::delayed:
        /* No index lists a slab, but first fit has none beside the page map. */
        if (has_slab_(page)) return damaged(Flaw::not_listed, end);
        switch (engine_.membership(page)) {
          case Membership::whole:
          case Membership::unknown:
            return verdict;
          case Membership::torn:
            return {end, true, Flaw::index};
          case Membership::none:
            return damaged(Flaw::not_listed, end);
        }
        return verdict;
      case PageKind::tail:
        return has_head(page) ? verdict : damaged(Flaw::tail, end);
      case PageKind::slab:
      case PageKind::slub:
        return has_slab_(page) ? verdict : damaged(Flaw::slab, end);
      case PageKind::inside:
        break;
    }
    return verdict;
  }

  /* A block of this order can be here. */
  bool fits(PageIndex page, std::uint32_t window_end) const {
    const Order order = map_[page].order();
    return order <= engine_.max_order() && page.aligned(order) && page.value + order.pages() <= window_end;
  }

  /* What an entry inside a block looks like that is really one of its own, up to @end at most. */
  bool is_plausible(PageIndex page, std::uint32_t end) const {
    const PageEntry& entry = map_[page];
    if (entry.kind() == PageKind::inside || !is_known(entry.kind()) || !fits(page, end)) return false;
    for (std::uint32_t inner = page.value + 1; inner < page.value + entry.order().pages(); ++inner) {
      if (!map_[PageIndex(inner)].is_empty()) return false;
    }
    switch (entry.kind()) {
      case PageKind::allocated:
      case PageKind::cached:
        return !has_slab_(page) && says_its_order(entry);
      case PageKind::free:
      case PageKind::delayed:
        return !has_slab_(page) && engine_.membership(page) != Membership::none;
      case PageKind::tail:
        return has_head(page);
      case PageKind::slab:
      case PageKind::slub:
        return has_slab_(page);
      case PageKind::isolated:
        return says_its_order(entry);
      case PageKind::inside:
        break;
    }
    return false;
  }

  /*
   * The same inside the block of @head. A slab's does not repeat its order. So nobody believes a page in it that it is
   * free if nothing but its own entry says so: an object's memory would be given out.
   */
  bool is_plausible_inside(const PageEntry& head, PageIndex page, std::uint32_t end) const {
    if (!is_plausible(page, end)) return false;
    return is_free(head.kind()) || repeats_its_order(head) || !is_free(map_[page].kind()) ||
           engine_.membership(page) != Membership::unknown;
  }

  static bool repeats_its_order(const PageEntry& entry) {
    return entry.kind() == PageKind::allocated || entry.kind() == PageKind::cached ||
           entry.kind() == PageKind::isolated;
  }

  static bool says_its_order(const PageEntry& entry) {
    if (entry.kind() == PageKind::isolated) return entry.is_isolated_of(entry.order());
    return entry.payload() / MINI_PAGE_TYPES == entry.order().value &&
           entry.payload() % MINI_PAGE_TYPES < kMigrateTypes;
  }

  /* The slab that a tail names is the one it lies behind. */
  bool has_head(PageIndex tail) const {
    const std::uint32_t head = map_[tail].head_of_tail();
    if (head >= tail.value || tail.value - head >= SlabLayout::kMaxSlabPages) return false;
    PageIndex at = tail;
    do {
      at = map_.block_of(PageIndex(at.value - 1));
    } while (at.value > head && (map_[at].kind() == PageKind::tail || map_[at].kind() == PageKind::isolated));
    return at.value == head && (map_[at].kind() == PageKind::slab || map_[at].kind() == PageKind::slub);
  }

  /* Where the next block starts after @page. */
  std::uint32_t next_head(PageIndex page, std::uint32_t window_end) const {
    std::uint32_t at = page.value + 1;
    while (at < window_end && !is_plausible(PageIndex(at), window_end)) ++at;
    return at;
  }

  void isolate(std::uint32_t from, std::uint32_t to) {
    on_isolate_(PageIndex(from), to - from);
    for_each_piece(from, to, engine_.max_order(), [&](Block piece) {
      map_[piece.page].start_isolated(piece.order);
      for (std::uint32_t i = 1; i < piece.order.pages(); ++i) {
        map_[piece.page + i].set_inside();
        /* A single bit more would make an isolated block of it again, if it had been one. */
        map_[piece.page + i].set_payload(0);
      }
    });
  }

  PageMap map_;
  Engine& engine_;
  HasSlab has_slab_;
  OnIsolate on_isolate_;
};

}  // namespace mini_mm
