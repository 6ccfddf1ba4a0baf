/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slob object engine: a simple list of blocks (Kernighan and Ritchie's allocator, as in Linux' SLOB by Mackall).
 *
 * Objects of any size up to the cache's lie side by side in pages. There are three lists of pages that have room,
 * for objects of up to 256 bytes, up to 1,024, and larger ones up to a page, so that small objects do not break up
 * the room of large ones. A request takes the first page of its list with a long enough run of free units, and the
 * first such run in it; that page then comes first, so that the next search starts where this one ended. A page without
 * objects goes back at once.
 *
 * What is free and where objects start is in bitmaps (slob_page.hpp), at the page's end or, where objects would
 * leave no room for that, off the page. So stray writes to free memory harm nothing, and a second free or a wrong
 * address is seen in O(1). A page's longest free run has an upper bound, by which most pages are passed over without
 * a look at their bitmaps; after kMostPages pages a new one is taken.
 *
 * Free memory belongs to no object: so the constructor runs at each allocation, poison fills all of it, and what a
 * freed object's track said is lost when its place is used again. The caller holds the cache's lock.
 */
#pragma once

#include "object_engine.hpp"
#include "slob_page.hpp"

namespace mini_mm {

template <SlabSource Source>
class SlobCache {
 public:
  static constexpr const char* kName = "slob";
  static constexpr std::uint32_t kLargestOfAnySize = kPageSize;
  static constexpr std::uint32_t kLists = 3;
  /* The largest object of each list. */
  static constexpr std::uint32_t kLargest[kLists] = {256, 1024, kPageSize};
  /* Pages that one allocation looks at. */
  static constexpr std::uint32_t kMostPages = 64;

  /* too_large for objects above a page. */
  static Result<SlabLayout> layout_for(const CacheRequest& request, Order max_order) {
    if (request.size > kPageSize && request.size <= SlabLayout::kMaxObjectSize) return Error::too_large;
    std::uint32_t pages = request.slab_pages ? request.slab_pages : 1;
    Result<SlabLayout> made = Error::none;
    /* With what is checked around it, an object of a page needs more than one. */
    do {
      made = SlabLayout::make(request.size, request.align, Management::off_slab, max_order, request.checks, pages);
    } while (made.error == Error::bad_size && request.slab_pages == 0 && ++pages <= SlabLayout::kMaxSlabPages);
    if (!made) return made;
    SlabLayout& layout = made.value;
    layout.guard = guard_for(request.checks, layout.align, request.size);
    layout.slot_size = layout.guard.slot_size();
    layout.off_slab = request.management == Management::off_slab || list_of(request.size) == kLists - 1 ||
                      objects_in(layout, units_of(layout, false)) == 0;
    layout.objects = objects_in(layout, units_of(layout, layout.off_slab));
    layout.colours = 1;
    return made;
  }

  SlobCache(Region& region, Source source, const CacheRequest& request, const SlabLayout& layout)
      : region_(region),
        source_(source),
        layout_(layout),
        checks_(request.checks),
        constructor_(request.constructor),
        id_(request.id),
        all_off_slab_(layout.off_slab &&
                      (request.management == Management::off_slab || list_of(request.size) < kLists - 1)) {}

  [[gnu::noinline]] Result<void*> allocate(std::uint32_t size = 0) {
    if (size == 0) size = layout_.object_size;
    const ObjectGuard guard = guard_for(checks_, layout_.align, size);
    const std::uint32_t units = guard.slot_size() / SlobPage::kUnit;
    const Result<Place> found = size > layout_.object_size                ? Result<Place>(Error::too_large)
                                : source_.should_fail(FaultPoint::object) ? Result<Place>(Error::injected)
                                                                          : room_for(list_of(size), units);
    if (!found) {
      ++statistics_.failures;
      return found.error;
    }
    const auto [slab, page, unit] = found.value;
    page->take(unit, units);
    put_on(list_of(size), page->free_units == 0, slab);
    ++active_objects_;
    ++statistics_.allocations;
    std::byte* const slot = address(slab, unit);
    std::byte* const object = slot + guard.object_offset();
    if (guard.poisons()) (void)ObjectGuard::check_filled(slot, guard.slot_size(), reporter(slab, unit, nullptr));
    guard.make_in_use(object);
    if (std::byte* track = guard.track_at(object)) __builtin_memset(track, 0, ObjectGuard::kTrackBytes);
    if (constructor_) constructor_(object);
    return static_cast<void*>(object);
  }

  [[nodiscard, gnu::noinline]] Error free(void* object) {
    const Result<Place> place = place_of(object);
    if (!place) {
      ++statistics_.refused;
      return place.error;
    }
    const auto [slab, page, unit] = place.value;
    const std::uint32_t units = page->length(unit);
    if (checks_.red_zones) (void)check_object(slab, unit, units);
    if (checks_.poison) ObjectGuard::fill_free(address(slab, unit), units * SlobPage::kUnit);
    page->give_back(unit, units);
    put_on(state_of(slab).list, false, slab);
    --active_objects_;
    ++statistics_.frees;
    if (page->in_use == 0) reap(slab);
    return Error::none;
  }

  /* O(1). */
  [[nodiscard]] Error owns(const void* address) const { return place_of(address).error; }

  /* O(the object's units / 64). */
  Result<std::uint32_t> usable_size(const void* address) const {
    const Result<Place> place = place_of(address);
    if (!place) return place.error;
    return guard_of(place.value.page->length(place.value.unit)).size();
  }

  /* Only of an object that is out. */
  std::byte* track(const void* object) const {
    const Result<Place> place = place_of(object);
    if (!place) return nullptr;
    const ObjectGuard guard = guard_of(place.value.page->length(place.value.unit));
    return guard.track_at(address(place.value.slab, place.value.unit) + guard.object_offset());
  }

  /* There are no empty slabs to be given back. */
  std::uint32_t shrink(std::uint32_t = UINT32_MAX) { return 0; }

  /* Slabs whose bitmaps or counts are damaged are put aside, red zones and poison are mended. */
  std::uint32_t validate() {
    std::uint32_t reports = mend_lists() + validate(full_);
    for (PageList& list : lists_) reports += validate(list);
    return reports;
  }

  void relist() {
    full_ = PageList();
    for (PageList& list : lists_) list = PageList();
    active_objects_ = 0;
    std::uint64_t found = 0;
    for (PageIndex slab; slab.value < region_.map().pages(); slab = slab + 1) {
      if (!region_.map()[slab].is(PageKind::slab, layout_.head_order)) continue;
      const SlobPage* page = page_at(slab);
      if (!page) continue;
      add_to(state_of(slab).list, page->free_units == 0, slab);
      active_objects_ += page->in_use;
      ++found;
    }
    lost_ = static_cast<std::uint32_t>(statistics_.slabs() - found - damaged_.size());
  }

  const SlabLayout& layout() const { return layout_; }
  const ObjectStatistics& statistics() const { return statistics_; }
  std::uint64_t active_objects() const { return active_objects_; }
  /* Of the largest objects, unless there are more than that already. */
  std::uint64_t total_objects() const {
    const std::uint64_t large = statistics_.slabs() * layout_.objects;
    return large > active_objects_ ? large : active_objects_;
  }
  std::uint32_t full_slabs() const { return full_.size(); }
  std::uint32_t partial_slabs() const { return lists_[0].size() + lists_[1].size() + lists_[2].size(); }
  std::uint32_t empty_slabs() const { return 0; }
  std::uint32_t damaged_slabs() const { return damaged_.size() + lost_; }
  /* Pages with room on one of the three lists. */
  std::uint32_t listed(std::uint32_t list) const { return lists_[list].size(); }

  /* Each list holds pages in its state, the bitmaps of each are whole, the counts add up. */
  [[nodiscard]] const char* broken_invariant() const {
    std::uint64_t active = 0;
    const auto holds = [&](const PageList& list) {
      return list.check(region_.map(), [&](PageIndex slab) {
        if (!whole(slab, list)) return false;
        active += page_at(slab)->in_use;
        return true;
      });
    };
    if (!holds(full_)) return "the list of full slabs is damaged";
    for (const PageList& list : lists_) {
      if (!holds(list)) return "a list of partial slabs is damaged";
    }
    if (damaged_slabs() != 0) return "a slab's bookkeeping was overwritten";
    if (active != active_objects_) return "the number of active objects is wrong";
    if (statistics_.slabs() != full_.size() + partial_slabs()) return "the number of slabs is wrong";
    return nullptr;
  }

 private:
  struct Place {
    PageIndex slab;
    SlobPage* page = nullptr;
    std::uint32_t unit = 0;
  };

  /* Which list a page is on, kept in the page map, where no stray write reaches it. */
  struct State {
    std::uint32_t list;
    bool full;
  };
  State state_of(PageIndex slab) const {
    const std::uint32_t bits = region_.map()[slab].more();
    return {bits >> 1, (bits & 1) != 0};
  }

  static constexpr std::uint32_t list_of(std::uint32_t size) {
    return size > kLargest[0] ? size > kLargest[1] ? 2 : 1 : 0;
  }

  /* A slot is as long as it has to be; only where it starts is aligned. */
  static ObjectGuard guard_for(ObjectChecks checks, std::uint32_t align, std::uint32_t size) {
    return ObjectGuard(checks, static_cast<std::uint32_t>(round_up(size, SlobPage::kUnit)), align, 0, SlobPage::kUnit);
  }
  /* The guard of an object whose slot has @units: nothing but the bitmaps says how long it is. */
  ObjectGuard guard_of(std::uint32_t units) const {
    return guard_for(checks_, layout_.align, units * SlobPage::kUnit - ObjectGuard::around(checks_, layout_.align));
  }

  static std::uint32_t units_of(const SlabLayout& layout, bool off_slab) {
    const auto bytes = static_cast<std::uint32_t>(layout.slab_bytes());
    return (bytes - (off_slab ? 0 : SlobPage::bytes(bytes / SlobPage::kUnit))) / SlobPage::kUnit;
  }
  static std::uint16_t objects_in(const SlabLayout& layout, std::uint32_t units) {
    const std::uint32_t bytes = units * SlobPage::kUnit;
    if (bytes < layout.slot_size) return 0;
    return static_cast<std::uint16_t>((bytes - layout.slot_size) / round_up(layout.slot_size, layout.align) + 1);
  }
  bool off_slab(std::uint32_t list) const { return all_off_slab_ || list == kLists - 1; }
  std::uint32_t units_on(std::uint32_t list) const { return units_of(layout_, off_slab(list)); }

  std::byte* address(PageIndex slab, std::uint32_t unit) const {
    return region_.address(slab) + std::size_t{unit} * SlobPage::kUnit;
  }

  /* Null when the page's bookkeeping was overwritten. */
  SlobPage* page_at(PageIndex slab) const {
    auto* page = static_cast<SlobPage*>(SlabHeader::of(region_, slab));
    const bool whole = page && page->cache == id_ && page->page == slab.value && state_of(slab).list < kLists &&
                       page->objects == units_on(state_of(slab).list) && page->plausible();
    return whole ? page : nullptr;
  }

  PageList& list_for(const State& state) { return state.full ? full_ : lists_[state.list]; }

  /* Makes @slab the first of the list where it belongs now. */
  void put_on(std::uint32_t list, bool full, PageIndex slab) {
    list_for(state_of(slab)).remove(region_.map(), slab);
    add_to(list, full, slab);
  }
  void add_to(std::uint32_t list, bool full, PageIndex slab) {
    region_.map()[slab].set_more(list << 1 | full);
    list_for({list, full}).push_front(region_.map(), slab);
  }

  Result<Place> room_for(std::uint32_t list, std::uint32_t units) {
    const std::uint32_t step = layout_.align / SlobPage::kUnit;
    std::uint32_t next = lists_[list].empty() ? PageEntry::kNone : lists_[list].front().value;
    for (std::uint32_t looked = 0; looked < kMostPages && next != PageEntry::kNone; ++looked) {
      const PageIndex slab(next);
      next = region_.map()[slab].next();
      SlobPage* page = page_at(slab);
      if (!page) {
        put_aside(slab, lists_[list]);
      } else if (page->longest >= units) {
        const std::uint32_t unit = page->find(units, step);
        if (unit != SlobPage::kNone) return Place{slab, page, unit};
      }
    }
    return grow(list);
  }

  Result<Place> grow(std::uint32_t list) {
    if (source_.should_fail(FaultPoint::slab)) return Error::injected;
    SlabRequest request = layout_.request(id_);
    request.off_slab = off_slab(list);
    request.objects = static_cast<std::uint16_t>(units_on(list));
    request.metadata_bytes = static_cast<std::uint16_t>(SlobPage::bytes(units_of(layout_, true)));
    const Result<PageIndex> slab = source_.take_slab(request);
    if (!slab) return slab.error;
    auto* page = static_cast<SlobPage*>(SlabHeader::of(region_, slab.value));
    page->start();
    if (checks_.poison) ObjectGuard::fill_free(address(slab.value, 0), units_on(list) * SlobPage::kUnit);
    add_to(list, false, slab.value);
    ++statistics_.grown;
    source_.on_grow(slab.value);
    return Place{slab.value, page, 0};
  }

  void reap(PageIndex slab) {
    list_for(state_of(slab)).remove(region_.map(), slab);
    ++statistics_.reaped;
    source_.on_reap(slab);
    SlabHeader::of(region_, slab)->leave();
    source_.give_back_slab(slab);
  }

  void put_aside(PageIndex slab, PageList& list) {
    source_.on_damage({DamageKind::bookkeeping, slab});
    SlabHeader::forget(region_, slab);
    list.remove(region_.map(), slab);
    damaged_.push_front(region_.map(), slab);
  }

  /* A page of this cache, its bitmaps sound, and in the state that @list is for. O(units). */
  bool whole(PageIndex slab, const PageList& list) const {
    const SlobPage* page = page_at(slab);
    if (!page || !region_.map()[slab].is(PageKind::slab, layout_.head_order)) return false;
    const State state = state_of(slab);
    const PageList& right = state.full ? full_ : lists_[state.list];
    return &list == &right && state.full == (page->free_units == 0) && page->in_use > 0 && page->consistent();
  }

  /* 1 if there was something to mend. */
  std::uint32_t mend_lists() {
    const auto holds = [&](const PageList& list) {
      return list.holds_only(region_.map(), PageKind::slab, layout_.head_order);
    };
    if (holds(full_) && holds(lists_[0]) && holds(lists_[1]) && holds(lists_[2])) return 0;
    source_.on_damage({.kind = DamageKind::list, .slab = PageIndex(PageEntry::kNone)});
    relist();
    return 1;
  }

  std::uint32_t validate(PageList& list) {
    std::uint32_t reports = 0;
    std::uint32_t next = list.empty() ? PageEntry::kNone : list.front().value;
    while (next != PageEntry::kNone) {
      const PageIndex slab(next);
      next = region_.map()[slab].next();
      if (whole(slab, list)) {
        reports += check_page(slab, *page_at(slab));
      } else {
        put_aside(slab, list);
        ++reports;
      }
    }
    return reports;
  }

  std::uint32_t check_page(PageIndex slab, const SlobPage& page) {
    std::uint32_t reports = 0;
    for (std::uint32_t unit = 0; unit < page.objects;) {
      const bool out = page.is_start(unit);
      const std::uint32_t units = out ? page.length(unit) : page.next_used(unit) - unit;
      if (out && checks_.red_zones) reports += check_object(slab, unit, units);
      if (!out && checks_.poison) {
        reports +=
            ObjectGuard::check_filled(address(slab, unit), units * SlobPage::kUnit, reporter(slab, unit, nullptr));
      }
      unit += units;
    }
    return reports;
  }

  std::uint32_t check_object(PageIndex slab, std::uint32_t unit, std::uint32_t units) {
    const ObjectGuard guard = guard_of(units);
    std::byte* const object = address(slab, unit) + guard.object_offset();
    return guard.check_in_use(object, reporter(slab, unit, guard.track_at(object)));
  }

  auto reporter(PageIndex slab, std::uint32_t unit, const std::byte* track) {
    return [this, slab, unit, track](DamageKind kind, std::int32_t offset, std::uint8_t found) {
      source_.on_damage({kind, slab, static_cast<std::uint16_t>(unit), offset, found, track});
    };
  }

  /* The object that is out at @address. */
  Result<Place> place_of(const void* address) const {
    if (!region_.contains(address)) return Error::outside;
    const PageIndex at = region_.page_of(address);
    const PageIndex slab = at.align_down(layout_.order);
    if (at.value - slab.value >= layout_.pages) return Error::wrong_cache;
    if (!region_.map()[slab].is(PageKind::slab, layout_.head_order)) return Error::wrong_cache;
    const SlabHeader* header = SlabHeader::of(region_, slab);
    if (!header) return Error::corrupt;
    if (header->cache != id_) return Error::wrong_cache;
    if (header->on_its_way()) return Error::double_free;
    SlobPage* page = page_at(slab);
    if (!page) return Error::corrupt;
    const auto offset = static_cast<std::uint32_t>(region_.offset(address) - region_.offset(region_.address(slab)) -
                                                   layout_.guard.object_offset());
    const std::uint32_t unit = offset / SlobPage::kUnit;
    if (unit >= page->objects || offset % SlobPage::kUnit != 0) return Error::not_an_object;
    if (!page->is_used(unit)) return Error::double_free;
    if (!page->is_start(unit)) return Error::not_an_object;
    if (page->in_use == 0) return Error::corrupt;
    return Place{slab, page, unit};
  }

  Region region_;
  Source source_;
  SlabLayout layout_;
  ObjectChecks checks_;
  Constructor constructor_;
  std::uint32_t id_;
  bool all_off_slab_;
  PageList lists_[kLists];
  PageList full_;
  PageList damaged_;
  std::uint32_t lost_ = 0; /* damaged too, and in no list */
  std::uint64_t active_objects_ = 0;
  ObjectStatistics statistics_;
};

}  // namespace mini_mm
