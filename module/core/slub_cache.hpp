/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slub object engine (Lameter, "SLUB: The unqueued slab allocator", 2007; Linux' SLUB).
 *
 * A slab's management data is its page map entry (slub_page.hpp), and a free object holds the link to the next
 * one: slabs carry nothing but objects. Objects come from the active slab. When it has none left, a partial slab
 * becomes the active one, then an empty one, then a new one; a full slab is on no list until an object of it comes
 * back. At most kMinPartial empty slabs stay.
 *
 * The link lies in the middle of a free object, where a write past its neighbour's end does not reach at once, or
 * behind it if the object may not be written to. It is encoded (slub_link.hpp), so a stray write is seen when the
 * list is followed: then the slab is put aside, and the cache goes on with others. The list of a new slab is
 * shuffled. An object that is out has no link, so a second free is seen in O(1) and confirmed by a walk of the
 * slab's list. The caller holds the cache's lock.
 */
#pragma once

#include "object_engine.hpp"
#include "slub_link.hpp"
#include "slub_page.hpp"

namespace mini_mm {

template <SlabSource Source>
class SlubCache {
 public:
  static constexpr const char* kName = "slub";
  static constexpr std::uint32_t kLargestOfAnySize = 0;
  static constexpr std::uint32_t kMinPartial = 5;

  static Result<SlabLayout> layout_for(const CacheRequest& request, Order max_order) {
    Result<SlabLayout> layout =
        SlabLayout::make(request.size, request.align, Management::off_slab, max_order, request.checks,
                         request.slab_pages, link_lies_behind(request) ? SlubLinks::kBytes : 0);
    layout.value.colours = 1;
    return layout;
  }

  SlubCache(Region& region, Source source, const CacheRequest& request, const SlabLayout& layout)
      : region_(region),
        source_(source),
        layout_(layout),
        links_(request.seed),
        constructor_(request.constructor),
        id_(request.id),
        link_offset_(link_lies_behind(request)
                         ? layout.guard.behind_offset()
                         : static_cast<std::uint32_t>(round_down(request.size / 2, SlubLinks::kBytes))),
        walks_at_free_(request.checks.consistency) {}

  [[gnu::noinline]] Result<void*> allocate(std::uint32_t size = 0) {
    const Result<PageIndex> slab = size > layout_.object_size                ? Result<PageIndex>(Error::too_large)
                                   : source_.should_fail(FaultPoint::object) ? Result<PageIndex>(Error::injected)
                                                                             : slab_with_a_free_object();
    if (!slab) {
      ++statistics_.failures;
      return slab.error;
    }
    const SlubState state = state_of(slab.value);
    const std::uint32_t index = state.first();
    std::byte* const found = object(slab.value, index);
    set(slab.value, state.in_use() + 1, links_.next(link_at(found)));
    links_.wipe(link_at(found));
    ++active_objects_;
    ++statistics_.allocations;
    if (layout_.guard.active()) {
      (void)layout_.guard.check_free(found, reporter(slab.value, index, found));
      layout_.guard.make_in_use(found);
    }
    return static_cast<void*>(found);
  }

  [[nodiscard, gnu::noinline]] Error free(void* address) {
    const Result<Slot> slot = slot_of(address);
    if (!slot) {
      if (slot.error == Error::corrupt && slot.value.damaged) put_aside(slot.value.slab);
      ++statistics_.refused;
      return slot.error;
    }
    const auto [slab, index, damaged] = slot.value;
    std::byte* const freed = object(slab, index);
    if (layout_.guard.active()) {
      (void)layout_.guard.check_in_use(freed, reporter(slab, index, freed));
      layout_.guard.make_free(freed);
    }
    const SlubState before = state_of(slab);
    links_.write(link_at(freed), before.first());
    set(slab, before.in_use() - 1, index);
    if (!is_active(slab)) list_again(slab, before.in_use());
    --active_objects_;
    ++statistics_.frees;
    return Error::none;
  }

  /* O(1), and O(objects in a slab) for what looks free. */
  [[nodiscard]] Error owns(const void* address) const { return slot_of(address).error; }

  Result<std::uint32_t> usable_size(const void* address) const {
    const Error error = owns(address);
    return error == Error::none ? Result<std::uint32_t>(layout_.object_size) : Result<std::uint32_t>(error);
  }

  std::byte* track(const void* address) const {
    const Result<Slot> slot = place_of(address);
    return slot ? layout_.guard.track_at(object(slot.value.slab, slot.value.index)) : nullptr;
  }

  std::uint32_t shrink(std::uint32_t slabs = UINT32_MAX) {
    std::uint32_t pages = 0;
    if (slabs > 0 && has_active_ && state_of(active_).in_use() == 0) {
      has_active_ = false;
      empty_.push_front(region_.map(), active_);
    }
    for (; slabs > 0 && !empty_.empty(); --slabs) {
      if (reap(empty_.front())) pages += layout_.pages;
    }
    return pages;
  }

  /* Slabs whose free list is damaged are put aside, red zones and poison are mended. */
  std::uint32_t validate() {
    std::uint32_t reports = mend_lists();
    for_each_slab([&](PageIndex slab) {
      FreeObjects free;
      if (!walk(slab, free)) {
        put_aside(slab);
        ++reports;
        return;
      }
      if (!layout_.guard.active()) return;
      for (std::uint32_t i = 0; i < layout_.objects; ++i) {
        std::byte* const at = object(slab, i);
        reports += free.has(i) ? layout_.guard.check_free(at, reporter(slab, i, at))
                               : layout_.guard.check_in_use(at, reporter(slab, i, at));
      }
    });
    return reports;
  }

  void relist() {
    partial_ = empty_ = PageList();
    active_objects_ = 0;
    std::uint64_t found = 0;
    has_active_ = has_active_ && is_mine(active_);
    for_each_slab([&](PageIndex slab) {
      const std::uint32_t in_use = state_of(slab).in_use();
      active_objects_ += in_use;
      ++found;
      if (is_active(slab) || in_use >= layout_.objects) return;
      (in_use == 0 ? empty_ : partial_).push_front(region_.map(), slab);
    });
    lost_ = static_cast<std::uint32_t>(statistics_.slabs() - found - damaged_.size());
  }

  const SlabLayout& layout() const { return layout_; }
  const ObjectStatistics& statistics() const { return statistics_; }
  std::uint64_t active_objects() const { return active_objects_; }
  std::uint64_t total_objects() const { return statistics_.slabs() * layout_.objects; }
  std::uint32_t full_slabs() const {
    return static_cast<std::uint32_t>(statistics_.slabs()) - partial_.size() - empty_.size() - damaged_slabs() -
           (has_active_ && !active_is(layout_.objects));
  }
  std::uint32_t partial_slabs() const {
    return partial_.size() + (has_active_ && !active_is(0) && !active_is(layout_.objects));
  }
  std::uint32_t empty_slabs() const { return empty_.size() + (has_active_ && active_is(0)); }
  std::uint32_t damaged_slabs() const { return damaged_.size() + lost_; }

  /* O(pages of the region), for nothing else knows of full slabs. */
  [[nodiscard]] const char* broken_invariant() const {
    std::uint64_t active = 0;
    std::uint64_t found = 0;
    bool lists_are_whole = true;
    for_each_slab([&](PageIndex slab) {
      FreeObjects free;
      lists_are_whole = lists_are_whole && walk(slab, free);
      active += state_of(slab).in_use();
      ++found;
    });
    if (!partial_is_whole()) return "the list of partial slabs is damaged";
    if (!empty_is_whole()) return "the list of empty slabs is damaged";
    if (has_active_ && !is_mine(active_)) return "the active slab is none";
    if (!lists_are_whole) return "a list of free objects is damaged";
    if (damaged_slabs() != 0) return "a slab's bookkeeping was overwritten";
    if (active != active_objects_) return "the number of active objects is wrong";
    if (statistics_.slabs() != found) return "the number of slabs is wrong";
    if (empty_.size() > kMinPartial) return "too many empty slabs are kept";
    return nullptr;
  }

 private:
  struct Slot {
    PageIndex slab;
    std::uint32_t index = 0;
    bool damaged = false; /* the slab's list of free objects is */
  };

  /* Which objects of a slab are free. */
  class FreeObjects {
   public:
    bool has(std::uint32_t index) const { return words_[index / 64] >> index % 64 & 1; }
    void add(std::uint32_t index) { words_[index / 64] |= std::uint64_t{1} << index % 64; }

   private:
    std::uint64_t words_[SlubState::kMostObjects / 64] = {};
  };

  static bool link_lies_behind(const CacheRequest& request) {
    return request.checks.poison || request.constructor || request.keep_freed;
  }

  SlubState state_of(PageIndex slab) const { return SlubState(region_.map()[slab]); }
  void set(PageIndex slab, std::uint32_t in_use, std::uint32_t first) {
    SlubPage(region_.map()[slab]).set(in_use, first);
  }
  bool is_active(PageIndex slab) const { return has_active_ && slab == active_; }
  bool active_is(std::uint32_t in_use) const { return state_of(active_).in_use() == in_use; }

  /* The first page of a slab of this cache that was not put aside. */
  bool is_mine(PageIndex slab) const {
    const PageEntry& entry = region_.map()[slab];
    if (!entry.is(PageKind::slub, layout_.head_order)) return false;
    const SlubState state(entry);
    return state.cache() == id_ && !state.aside();
  }

  template <class InItsState>
  bool is_whole(const PageList& list, InItsState in_its_state) const {
    return list.check(region_.map(), [&](PageIndex slab) {
      return is_mine(slab) && !is_active(slab) && in_its_state(state_of(slab).in_use());
    });
  }
  bool partial_is_whole() const {
    return is_whole(partial_, [&](std::uint32_t in_use) { return in_use > 0 && in_use < layout_.objects; });
  }
  bool empty_is_whole() const {
    return is_whole(empty_, [](std::uint32_t in_use) { return in_use == 0; });
  }

  /* 1 if there was something to mend: in a list, or a slab that does not know any more whose it is. */
  std::uint32_t mend_lists() {
    std::uint64_t found = 0;
    for_each_slab([&](PageIndex) { ++found; });
    if (partial_is_whole() && empty_is_whole() && found + damaged_slabs() == statistics_.slabs() &&
        (!has_active_ || is_mine(active_)))
      return 0;
    source_.on_damage({.kind = DamageKind::list, .slab = PageIndex(PageEntry::kNone)});
    relist();
    return 1;
  }

  template <class F>
  void for_each_slab(F f) const {
    for (PageIndex page; page.value < region_.map().pages(); page = page + 1) {
      if (is_mine(page)) f(page);
    }
  }

  std::byte* object(PageIndex slab, std::uint32_t index) const {
    return region_.address(slab) + std::size_t{index} * layout_.slot_size + layout_.guard.object_offset();
  }
  std::byte* link_at(std::byte* object) const { return object + link_offset_; }

  bool is_index(std::uint32_t next) const { return next < layout_.objects || next == SlubState::kNone; }

  /* Makes the active slab one whose first free object can be taken. */
  Result<PageIndex> slab_with_a_free_object() {
    for (;;) {
      if (!has_active_) {
        const Result<PageIndex> slab = take_from(partial_, empty_);
        if (!slab) return slab;
        active_ = slab.value;
        has_active_ = true;
      }
      const SlubState state = state_of(active_);
      if (state.in_use() == layout_.objects) {
        has_active_ = false;
      } else if (first_is_sound(active_, state)) {
        return active_;
      } else {
        put_aside(active_);
      }
    }
  }

  Result<PageIndex> take_from(PageList& partial, PageList& empty) {
    PageList& list = partial.empty() ? empty : partial;
    if (list.empty()) return grow();
    const PageIndex slab = list.front();
    list.remove(region_.map(), slab);
    return slab;
  }

  /* The first free object has a link, and that one is the last when it is the last that is free. */
  bool first_is_sound(PageIndex slab, const SlubState& state) const {
    const std::uint32_t next = links_.next(link_at(object(slab, state.first())));
    return is_index(next) && (next == SlubState::kNone) == (state.in_use() + 1 == layout_.objects);
  }

  /* Puts a slab of which an object came back where it belongs now; @in_use: before that. */
  void list_again(PageIndex slab, std::uint32_t in_use) {
    if (in_use < layout_.objects) {
      if (in_use > 1) return;
      partial_.remove(region_.map(), slab);
    }
    PageList& list = in_use == 1 ? empty_ : partial_;
    list.push_front(region_.map(), slab);
    if (empty_.size() > kMinPartial) (void)reap(empty_.front());
  }

  void put_aside(PageIndex slab) {
    source_.on_damage({DamageKind::bookkeeping, slab});
    const std::uint32_t in_use = state_of(slab).in_use();
    if (is_active(slab)) {
      has_active_ = false;
    } else if (in_use == 0) {
      empty_.remove(region_.map(), slab);
    } else if (in_use < layout_.objects) {
      partial_.remove(region_.map(), slab);
    }
    SlubPage(region_.map()[slab]).put_aside();
    damaged_.push_front(region_.map(), slab);
  }

  /* Follows the list of free objects of @slab. False when it is not what the slab's count says. O(objects). */
  bool walk(PageIndex slab, FreeObjects& free) const {
    const SlubState state = state_of(slab);
    std::uint32_t count = 0;
    std::uint32_t at = state.first();
    for (; at < layout_.objects && !free.has(at); ++count) {
      free.add(at);
      at = links_.next(link_at(object(slab, at)));
    }
    return at == SlubState::kNone && count + state.in_use() == layout_.objects;
  }

  Result<PageIndex> grow() {
    if (source_.should_fail(FaultPoint::slab)) return Error::injected;
    SlabRequest request = layout_.request(id_);
    request.in_page_map = true;
    const Result<PageIndex> slab = source_.take_slab(request);
    if (!slab) return slab;
    for (std::uint32_t i = 0; i < layout_.objects; ++i) {
      layout_.guard.start(object(slab.value, i));
      if (constructor_) constructor_(object(slab.value, i));
    }
    set(slab.value, 0,
        links_.shuffle(layout_.objects, [&](std::uint32_t i) { return link_at(object(slab.value, i)); }));
    ++statistics_.grown;
    source_.on_grow(slab.value);
    return slab;
  }

  /*
   * False when the slab is put aside instead: an object that was freed twice, after its link was overwritten, counts
   * twice, and so somebody may still have another one.
   */
  bool reap(PageIndex slab) {
    FreeObjects free;
    if (!walk(slab, free)) {
      put_aside(slab);
      return false;
    }
    empty_.remove(region_.map(), slab);
    ++statistics_.reaped;
    source_.on_reap(slab);
    /* The source may keep it for a while: it is not to be found again. */
    SlubPage(region_.map()[slab]).put_aside();
    source_.give_back_slab(slab);
    return true;
  }

  auto reporter(PageIndex slab, std::uint32_t index, std::byte* at) {
    return [this, slab, index, at](DamageKind kind, std::int32_t offset, std::uint8_t found) {
      source_.on_damage({kind, slab, static_cast<std::uint16_t>(index), offset, found, layout_.guard.track_at(at)});
    };
  }

  /* The object at @address, out or free. */
  Result<Slot> place_of(const void* address) const {
    if (!region_.contains(address)) return Error::outside;
    const PageIndex page = region_.page_of(address);
    const PageIndex slab = page.align_down(layout_.order);
    const PageEntry& entry = region_.map()[slab];
    if (page.value - slab.value >= layout_.pages) return Error::wrong_cache;
    if (!entry.is(PageKind::slub, layout_.head_order)) return Error::wrong_cache;
    if (SlubState(entry).cache() != id_) return Error::wrong_cache;
    if (SlubState(entry).aside()) return Error::corrupt;
    const auto offset = static_cast<std::uint32_t>(region_.offset(address) - region_.offset(object(slab, 0)));
    const std::uint32_t index = offset / layout_.slot_size;
    if (index >= layout_.objects || index * layout_.slot_size != offset) return Error::not_an_object;
    return Slot{slab, index};
  }

  /* The same for one that is out. */
  Result<Slot> slot_of(const void* address) const {
    Result<Slot> slot = place_of(address);
    if (!slot) return slot;
    const auto [slab, index, damaged] = slot.value;
    /* What was in the object when it was allocated may still look like a link: only the list can tell. */
    if (!walks_at_free_ && !is_index(links_.next(link_at(object(slab, index))))) {
      slot.error = state_of(slab).in_use() == 0 ? Error::double_free : Error::none;
      return slot;
    }
    FreeObjects free;
    slot.value.damaged = !walk(slab, free);
    slot.error = slot.value.damaged ? Error::corrupt : free.has(index) ? Error::double_free : Error::none;
    return slot;
  }

  Region region_;
  Source source_;
  SlabLayout layout_;
  SlubLinks links_;
  Constructor constructor_;
  std::uint32_t id_;
  std::uint32_t link_offset_; /* from the object's start */
  bool walks_at_free_;
  bool has_active_ = false;
  PageIndex active_;
  PageList partial_;
  PageList empty_;
  PageList damaged_;
  std::uint32_t lost_ = 0; /* damaged too, and in no list */
  std::uint64_t active_objects_ = 0;
  ObjectStatistics statistics_;
};

}  // namespace mini_mm
