/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page map: twelve bytes for each page of the region, kept outside of it.
 *
 * Only the entry of a block's first page means something; the others are `inside`. So a split or a
 * merge writes one entry, whatever the order, and the block that holds a page is found by rounding its
 * index down, order by order, to the first entry that is no `inside`.
 *
 * An entry links its block into one list (free blocks of an order, slabs of a cache) by index, not by
 * pointer: a link can be checked against the region before it is followed.
 *
 *      word 0   next:24  order:4  kind:4
 *      word 1   prev:24  more:8       (delayed: its migrate type)
 *      word 2   payload:32   (slab: where its descriptor lies; tail: the slab's first page; slub: slub_page.hpp;
 *                             allocated, cached: its migrate type and order, as mini_page_list_number();
 *                             isolated: its order)
 *
 * The words are read and written as relaxed atomics: `kind` and `order` may be looked at without a lock
 * by who then takes the lock and looks again.
 */
#pragma once

#include "percpu/page_list.h"
#include "types.hpp"

namespace mini_mm {

enum class PageKind : std::uint8_t {
  inside = 0,
  free,
  slab,         /* the first block of a slab; the payload says where its descriptor lies */
  delayed,      /* free, but not merged with its buddy yet (lazy_buddy.hpp) */
  tail,         /* a further block of the slab to the left of it */
  slub,         /* a slab whose management data is this entry (slub_cache.hpp) */
  cached,       /* free, and in a CPU's list (percpu/page_list.h), which the engine takes for in use */
  isolated = 8, /* nobody's any more, for its entry was damaged (inspection.hpp); one bit away from none but inside */
  /* The highest, so that no order, however wrong, makes another kind of it (mini_page_is_allocated()). */
  allocated = 15,
};

constexpr bool is_known(PageKind kind) {
  return kind <= PageKind::cached || kind == PageKind::isolated || kind == PageKind::allocated;
}

class PageEntry {
 public:
  static constexpr std::uint32_t kNone = 0xffffff;

  PageKind kind() const { return static_cast<PageKind>(load(head_) >> 28); }
  Order order() const { return Order((load(head_) >> 24) & 0xf); }
  std::uint32_t next() const { return load(head_) & kNone; }
  std::uint32_t prev() const { return load(prev_) & kNone; }
  std::uint32_t payload() const { return load(payload_); }

  bool is(PageKind kind, Order order) const {
    return load(head_) >> 24 == (static_cast<std::uint32_t>(kind) << 4 | order.value);
  }
  void set(PageKind kind, Order order) {
    store(head_, next() | order.value << 24 | static_cast<std::uint32_t>(kind) << 28);
  }
  /* The same for a block that is in no list: its links mean nothing. */
  void start(PageKind kind, Order order) { store(head_, order.value << 24 | static_cast<std::uint32_t>(kind) << 28); }
  void set_inside() { store(head_, 0); }
  /* As set_inside() leaves it. */
  bool is_empty() const { return load(head_) == 0; }
  void set_next(std::uint32_t index) { store(head_, (load(head_) & ~kNone) | index); }
  void set_prev(std::uint32_t index) { store(prev_, (load(prev_) & ~kNone) | index); }
  void set_payload(std::uint32_t payload) { store(payload_, payload); }
  /* The payload of an allocated block of @order. */
  void set_mobility(Order order, MigrateType type) {
    set_payload(static_cast<std::uint32_t>(mini_page_list_number(order.value, static_cast<std::uint32_t>(type))));
  }
  MigrateType mobility() const { return static_cast<MigrateType>(payload() % MINI_PAGE_TYPES); }

  /* The payload of a tail: where its slab starts, in a form that no block in use has. */
  void set_head_of_tail(std::uint32_t index) { set_payload(kTailMark | index); }
  /* kNone when it says nothing of the kind. */
  std::uint32_t head_of_tail() const { return payload() >> 24 == kTailMark >> 24 ? payload() & kNone : kNone; }

  /* An isolated block says its order twice, too: in a form that neither a block in use nor a tail has. */
  void start_isolated(Order order) {
    start(PageKind::isolated, order);
    set_payload(kIsolatedMark | order.value);
  }
  bool is_isolated_of(Order order) const {
    return is(PageKind::isolated, order) && payload() == (kIsolatedMark | order.value);
  }

  /* Eight bits beside the payload. */
  std::uint32_t more() const { return load(prev_) >> 24; }
  void set_more(std::uint32_t bits) { store(prev_, prev() | bits << 24); }

 private:
  static constexpr std::uint32_t kTailMark = 0xa5u << 24;
  static constexpr std::uint32_t kIsolatedMark = 0x5au << 24;

  static std::uint32_t load(const std::uint32_t& word) { return __atomic_load_n(&word, __ATOMIC_RELAXED); }
  static void store(std::uint32_t& word, std::uint32_t value) { __atomic_store_n(&word, value, __ATOMIC_RELAXED); }

  std::uint32_t head_;
  std::uint32_t prev_;
  std::uint32_t payload_;
};

static_assert(sizeof(PageEntry) == sizeof(mini_page_entry));
static_assert(PageEntry::kNone == MINI_PAGE_NONE && kMaxOrder < MINI_PAGE_ORDERS && kMigrateTypes < MINI_PAGE_TYPES);
static_assert(static_cast<int>(PageKind::allocated) == MINI_PAGE_KIND_ALLOCATED);
static_assert(static_cast<int>(PageKind::cached) == MINI_PAGE_KIND_CACHED);

class PageMap {
 public:
  /* Indexes are 24 bits, and the last one means "none". */
  static constexpr std::uint32_t kMaxPages = PageEntry::kNone;

  /* @entries: all zeros, one for each page. */
  PageMap(PageEntry* entries, std::uint32_t pages) : entries_(entries), pages_(pages) {}

  static constexpr std::size_t bytes(std::uint32_t pages) { return std::size_t{pages} * sizeof(PageEntry); }

  std::uint32_t pages() const { return pages_; }
  /* As C sees it. */
  mini_page_entry* raw() { return reinterpret_cast<mini_page_entry*>(entries_); }
  PageEntry& operator[](PageIndex page) { return entries_[page.value]; }
  const PageEntry& operator[](PageIndex page) const { return entries_[page.value]; }

  /* The first page of the block that holds @page. O(orders). */
  PageIndex block_of(PageIndex page) const {
    Order order;
    while (entries_[page.value].kind() == PageKind::inside && order.value < kMaxOrder) {
      order = order.up();
      page = page.align_down(order);
    }
    return page;
  }

 private:
  PageEntry* entries_;
  std::uint32_t pages_;
};

/* How a block stands to an index of blocks: in it; in it, but a link is wrong; not in it; there is no index to ask. */
enum class Membership { whole, torn, none, unknown };

/* A list of blocks, linked through their page map entries; newest first. All operations are O(1). */
class PageList {
 public:
  bool empty() const { return first_ == PageEntry::kNone; }
  std::uint32_t size() const { return size_; }
  PageIndex front() const { return PageIndex(first_); }

  void push_front(PageMap map, PageIndex page) {
    map[page].set_prev(PageEntry::kNone);
    map[page].set_next(first_);
    if (!empty()) map[front()].set_prev(page.value);
    first_ = page.value;
    ++size_;
  }

  /* Takes the newest out; there is one. */
  PageIndex pop_front(PageMap map) {
    const PageIndex page = front();
    first_ = map[page].next();
    if (!empty()) map[front()].set_prev(PageEntry::kNone);
    --size_;
    return page;
  }

  void remove(PageMap map, PageIndex page) {
    const std::uint32_t next = map[page].next();
    const std::uint32_t prev = map[page].prev();
    if (prev == PageEntry::kNone) {
      first_ = next;
    } else {
      map[PageIndex(prev)].set_next(next);
    }
    if (next != PageEntry::kNone) map[PageIndex(next)].set_prev(prev);
    --size_;
  }

  /*
   * How a block stands to this list, by its own links and those of its neighbours, which have to be like it. O(1), and
   * no link is followed out of the region.
   */
  Membership membership(const PageMap& map, PageIndex page) const {
    const auto is_like = [&](std::uint32_t other) {
      return other < map.pages() && map[PageIndex(other)].kind() == map[page].kind() &&
             map[PageIndex(other)].order() == map[page].order() &&
             /* Which list of several a delayed block is in. */
             (map[page].kind() != PageKind::delayed || map[PageIndex(other)].more() == map[page].more());
    };
    const std::uint32_t next = map[page].next();
    const std::uint32_t prev = map[page].prev();
    const bool is_first = first_ == page.value;
    const bool next_agrees = is_like(next) && map[PageIndex(next)].prev() == page.value;
    const bool prev_agrees = is_like(prev) && map[PageIndex(prev)].next() == page.value;
    if ((next == PageEntry::kNone || next_agrees) && (prev == PageEntry::kNone ? is_first : prev_agrees))
      return Membership::whole;
    return is_first || next_agrees || prev_agrees ? Membership::torn : Membership::none;
  }

  /*
   * Walks the list and holds each block against @holds(page). False when a link leaves the region, a
   * back link does not match, the length is not size(), or @holds is false for a block. O(size).
   */
  template <class Predicate>
  [[nodiscard]] bool check(const PageMap& map, Predicate holds) const {
    std::uint32_t seen = 0;
    std::uint32_t prev = PageEntry::kNone;
    for (std::uint32_t at = first_; at != PageEntry::kNone; at = map[PageIndex(at)].next()) {
      if (at >= map.pages() || map[PageIndex(at)].prev() != prev) return false;
      if (++seen > size_ || !holds(PageIndex(at))) return false;
      prev = at;
    }
    return seen == size_;
  }

  /* Whether the list is whole, and its blocks are of this kind and order. O(size). */
  [[nodiscard]] bool holds_only(const PageMap& map, PageKind kind, Order order) const {
    return check(map, [&](PageIndex page) { return map[page].is(kind, order); });
  }

 private:
  std::uint32_t first_ = PageEntry::kNone;
  std::uint32_t size_ = 0;
};

}  // namespace mini_mm
