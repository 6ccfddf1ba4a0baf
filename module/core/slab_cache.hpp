/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The slab object engine (Bonwick, "The Slab Allocator", USENIX 1994; Linux' SLAB).
 *
 * A cache serves objects of one size from slabs that it takes from its source. Every slab is on one of
 * three lists: full (no object free), partial, empty (all free). An allocation takes from a partial slab
 * first, then from an empty one, then from a new slab; a free moves its slab the other way. The
 * constructor runs once for each object when its slab is made, and objects go back constructed. Successive slabs
 * start their objects at different offsets (colours), so that the same field of different objects does
 * not fall on the same cache line.
 *
 * Empty slabs stay, for the next allocation, up to as many as there are slabs in use and kSpareSlabs
 * more; what exceeds that goes back to the source at once. So both operations are O(1) amortised: a
 * slab is made once for as many allocations as it holds. With red zones or poison (object_guard.hpp) each
 * object is looked at when it is handed out and when it comes back. The caller holds the cache's lock.
 */
#pragma once

#include "object_engine.hpp"
#include "slab_descriptor.hpp"

namespace mini_mm {

template <SlabSource Source>
class SlabCache {
 public:
  static constexpr const char* kName = "slab";
  static constexpr std::uint32_t kLargestOfAnySize = 0;
  static constexpr std::uint32_t kSpareSlabs = 4;

  static Result<SlabLayout> layout_for(const CacheRequest& request, Order max_order) {
    return SlabLayout::make(request.size, request.align, request.management, max_order, request.checks,
                            request.slab_pages);
  }

  SlabCache(Region& region, Source source, const CacheRequest& request, const SlabLayout& layout)
      : SlabCache(region, source, request.id, layout, request.constructor) {}
  /* @id: what the source knows the cache by. @constructor may be null; it must not sleep. */
  SlabCache(Region& region, Source source, std::uint32_t id, const SlabLayout& layout, Constructor constructor)
      : region_(region),
        source_(source),
        layout_(layout),
        constructor_(constructor),
        id_(id),
        last_colour_(colour(layout.colours - 1u)) {}

  /* A slab that turns out damaged is put aside. */
  [[gnu::noinline, gnu::flatten]] Result<void*> allocate(std::uint32_t size = 0) {
    const Result<SlabDescriptor*> slab = size > layout_.object_size ? Result<SlabDescriptor*>(Error::too_large)
                                         : source_.should_fail(FaultPoint::object)
                                             ? Result<SlabDescriptor*>(Error::injected)
                                             : slab_with_a_free_object();
    if (!slab) {
      ++statistics_.failures;
      return slab.error;
    }
    SlabDescriptor& descriptor = *slab.value;
    PageList& before = descriptor.in_use == 0 ? empty_ : partial_;
    const std::uint16_t index = descriptor.pop();
    PageList& after = descriptor.in_use == descriptor.objects ? full_ : partial_;
    if (&before != &after) after.push_front(region_.map(), before.pop_front(region_.map()));
    ++active_objects_;
    ++statistics_.allocations;
    std::byte* const found = object(descriptor, index);
    if (layout_.guard.active()) guard_taken(PageIndex(descriptor.page), index, found);
    return static_cast<void*>(found);
  }

  [[nodiscard, gnu::noinline, gnu::flatten]] Error free(void* address) {
    Slot slot;
    if (const Error error = find_taken(address, slot); error != Error::none) {
      ++statistics_.refused;
      return error;
    }
    SlabDescriptor& descriptor = *slot.descriptor;
    const PageIndex slab(descriptor.page);
    PageList& before = descriptor.in_use == descriptor.objects ? full_ : partial_;
    if (layout_.guard.active()) guard_freed(slab, slot.index, object(descriptor, slot.index));
    descriptor.push(slot.index);
    move(slab, before, descriptor.in_use == 0 ? empty_ : partial_);
    --active_objects_;
    ++statistics_.frees;
    /* At most twice: there is one empty slab more, and one in use less. */
    while (empty_.size() > most_empty_slabs()) reap(empty_.front());
    return Error::none;
  }

  /* O(1). */
  [[nodiscard]] Error owns(const void* address) const {
    Slot slot;
    return find_taken(address, slot);
  }

  Result<std::uint32_t> usable_size(const void* address) const {
    const Error error = owns(address);
    return error == Error::none ? Result<std::uint32_t>(layout_.object_size) : Result<std::uint32_t>(error);
  }

  std::byte* track(const void* address) const {
    Slot slot;
    return find(address, slot) == Error::none ? layout_.guard.track_at(object(*slot.descriptor, slot.index)) : nullptr;
  }

  std::uint32_t shrink(std::uint32_t slabs = UINT32_MAX) {
    std::uint32_t pages = 0;
    for (; slabs > 0 && !empty_.empty(); --slabs) {
      reap(empty_.front());
      pages += layout_.pages;
    }
    return pages;
  }

  /* Slabs whose free list or counts are damaged are put aside, lists, red zones and poison are mended. */
  std::uint32_t validate() { return mend_lists() + validate(full_) + validate(partial_) + validate(empty_); }

  void relist() {
    full_ = partial_ = empty_ = PageList();
    active_objects_ = 0;
    std::uint64_t found = 0;
    for (PageIndex slab; slab.value < region_.map().pages(); slab = slab + 1) {
      if (!region_.map()[slab].is(PageKind::slab, layout_.head_order)) continue;
      const SlabDescriptor* descriptor = descriptor_of(slab);
      if (!descriptor) continue;
      right_list(*this, *descriptor).push_front(region_.map(), slab);
      active_objects_ += descriptor->in_use;
      ++found;
    }
    lost_ = static_cast<std::uint32_t>(statistics_.slabs() - found - damaged_.size());
  }

  std::uint32_t id() const { return id_; }
  const SlabLayout& layout() const { return layout_; }
  const ObjectStatistics& statistics() const { return statistics_; }
  std::uint64_t active_objects() const { return active_objects_; }
  std::uint64_t total_objects() const { return statistics_.slabs() * layout_.objects; }
  std::uint32_t full_slabs() const { return full_.size(); }
  std::uint32_t partial_slabs() const { return partial_.size(); }
  std::uint32_t empty_slabs() const { return empty_.size(); }
  std::uint32_t damaged_slabs() const { return damaged_.size() + lost_; }

  /* Each list holds slabs of this cache in its state, the free list of each is whole, the counts add up. */
  [[nodiscard]] const char* broken_invariant() const {
    std::uint64_t active = 0;
    const auto holds = [&](const PageList& list) {
      return list.check(region_.map(), [&](PageIndex page) {
        if (!whole(page, list)) return false;
        active += descriptor_of(page)->in_use;
        return true;
      });
    };
    if (!holds(full_)) return "the list of full slabs is damaged";
    if (!holds(partial_)) return "the list of partial slabs is damaged";
    if (!holds(empty_)) return "the list of empty slabs is damaged";
    if (damaged_slabs() != 0) return "a slab's bookkeeping was overwritten";
    if (active != active_objects_) return "the number of active objects is wrong";
    if (statistics_.slabs() != full_.size() + partial_.size() + empty_.size()) return "the number of slabs is wrong";
    if (empty_.size() > most_empty_slabs()) return "too many empty slabs are kept";
    return nullptr;
  }

 private:
  struct Slot {
    SlabDescriptor* descriptor = nullptr;
    std::uint16_t index = 0;
  };

  /* What the descriptor of a slab of the @n-th colour says. */
  std::uint16_t colour(unsigned n) const {
    return static_cast<std::uint16_t>(n * layout_.colour_step / SlabDescriptor::kColourUnit);
  }

  std::uint32_t most_empty_slabs() const { return kSpareSlabs + full_.size() + partial_.size(); }

  Result<SlabDescriptor*> slab_with_a_free_object() {
    if (SlabDescriptor* partial = first_whole(partial_)) return partial;
    if (SlabDescriptor* empty = first_whole(empty_)) return empty;
    return grow();
  }

  /* The front of @list, from which can be allocated, or null; damaged slabs before it are put aside. */
  SlabDescriptor* first_whole(PageList& list) {
    for (; !list.empty(); put_aside(list.front(), list)) {
      SlabDescriptor* descriptor = descriptor_of(list.front());
      if (descriptor && descriptor->first_free != SlabDescriptor::kEnd &&
          (descriptor->in_use == 0) == (&list == &empty_)) {
        return descriptor;
      }
    }
    return nullptr;
  }

  [[gnu::noinline]] void put_aside(PageIndex slab, PageList& list) {
    source_.on_damage({DamageKind::bookkeeping, slab});
    SlabHeader::forget(region_, slab);
    move(slab, list, damaged_);
  }

  /* A slab of this cache, its free list sound, and in the state that @list is for. O(objects). */
  bool whole(PageIndex page, const PageList& list) const {
    const SlabDescriptor* descriptor = descriptor_of(page);
    if (!descriptor || !descriptor->consistent()) return false;
    if (!region_.map()[page].is(PageKind::slab, layout_.head_order)) return false;
    if (region_.map()[page].more() != check_of(descriptor->colour)) return false;
    return &list == &right_list(*this, *descriptor);
  }

  /* What the page map repeats of a slab's colour: nothing else would tell that it was changed. */
  static std::uint32_t check_of(std::uint16_t colour) { return colour & 0xffu; }

  /* The list of @self for a slab with this descriptor. */
  template <class Self>
  static auto& right_list(Self& self, const SlabDescriptor& descriptor) {
    return descriptor.in_use == descriptor.objects ? self.full_ : descriptor.in_use ? self.partial_ : self.empty_;
  }

  /* 1 if there was something to mend. */
  std::uint32_t mend_lists() {
    const auto holds = [&](const PageList& list) {
      return list.holds_only(region_.map(), PageKind::slab, layout_.head_order);
    };
    if (holds(full_) && holds(partial_) && holds(empty_)) return 0;
    source_.on_damage({.kind = DamageKind::list, .slab = PageIndex(PageEntry::kNone)});
    relist();
    return 1;
  }

  /* The first slab of @list that is not whole, in @found; false when there is none. */
  bool find_damaged(const PageList& list, PageIndex& found) const {
    bool damaged = false;
    (void)list.check(region_.map(), [&](PageIndex page) {
      damaged = !whole(page, list);
      found = page;
      return !damaged;
    });
    return damaged;
  }

  std::uint32_t validate(PageList& list) {
    std::uint32_t reports = 0;
    for (PageIndex slab; find_damaged(list, slab); ++reports) put_aside(slab, list);
    if (!layout_.guard.active()) return reports;
    (void)list.check(region_.map(), [&](PageIndex slab) {
      const SlabDescriptor& descriptor = *descriptor_of(slab);
      for (std::uint16_t i = 0; i < descriptor.objects; ++i) {
        std::byte* const at = object(descriptor, i);
        reports += descriptor.next()[i] == SlabDescriptor::kInUse
                       ? layout_.guard.check_in_use(at, reporter(slab, i, at))
                       : layout_.guard.check_free(at, reporter(slab, i, at));
      }
      return true;
    });
    return reports;
  }

  [[gnu::noinline]] Result<SlabDescriptor*> grow() {
    if (source_.should_fail(FaultPoint::slab)) return Error::injected;
    const Result<PageIndex> slab = source_.take_slab(layout_.request(id_));
    if (!slab) return slab.error;
    SlabDescriptor& descriptor = *SlabDescriptor::of(region_, slab.value);
    descriptor.colour = colour(next_colour_);
    region_.map()[slab.value].set_more(check_of(descriptor.colour));
    next_colour_ = static_cast<std::uint16_t>((next_colour_ + 1) % layout_.colours);
    for (std::uint16_t i = 0; i < descriptor.objects; ++i) {
      layout_.guard.start(object(descriptor, i));
      if (constructor_) constructor_(object(descriptor, i));
    }
    empty_.push_front(region_.map(), slab.value);
    ++statistics_.grown;
    source_.on_grow(slab.value);
    return &descriptor;
  }

  [[gnu::noinline]] void reap(PageIndex slab) {
    empty_.remove(region_.map(), slab);
    ++statistics_.reaped;
    source_.on_reap(slab);
    SlabDescriptor::of(region_, slab)->leave();
    source_.give_back_slab(slab);
  }

  void move(PageIndex slab, PageList& from, PageList& to) {
    if (&from == &to) return;
    from.remove(region_.map(), slab);
    to.push_front(region_.map(), slab);
  }

  /* Null when the slab's bookkeeping was overwritten. */
  SlabDescriptor* descriptor_of(PageIndex slab) const {
    SlabDescriptor* descriptor = SlabDescriptor::of(region_, slab);
    return descriptor && descriptor->cache == id_ && sound(*descriptor, slab) ? descriptor : nullptr;
  }

  /* The descriptor is that of @slab, and does not contradict itself. O(1). */
  bool sound(const SlabDescriptor& descriptor, PageIndex slab) const {
    return descriptor.page == slab.value && descriptor.objects == layout_.objects && descriptor.plausible() &&
           descriptor.colour <= last_colour_;
  }

  std::byte* object(const SlabDescriptor& descriptor, std::uint16_t index) const {
    return first_object(descriptor) + std::size_t{index} * layout_.slot_size;
  }

  std::byte* first_object(const SlabDescriptor& descriptor) const {
    return region_.address(PageIndex(descriptor.page)) + descriptor.colour * SlabDescriptor::kColourUnit +
           layout_.guard.object_offset();
  }

  [[gnu::noinline]] void guard_taken(PageIndex slab, std::uint16_t index, std::byte* at) {
    (void)layout_.guard.check_free(at, reporter(slab, index, at));
    layout_.guard.make_in_use(at);
  }

  [[gnu::noinline]] void guard_freed(PageIndex slab, std::uint16_t index, std::byte* at) {
    (void)layout_.guard.check_in_use(at, reporter(slab, index, at));
    layout_.guard.make_free(at);
  }

  auto reporter(PageIndex slab, std::uint16_t index, std::byte* at) {
    return [this, slab, index, at](DamageKind kind, std::int32_t offset, std::uint8_t found) {
      source_.on_damage({kind, slab, index, offset, found, layout_.guard.track_at(at)});
    };
  }

  /* The object at @address, out or free, in @slot. */
  Error find(const void* address, Slot& slot) const {
    if (!region_.contains(address)) return Error::outside;
    const PageIndex page = region_.page_of(address);
    const PageIndex slab = page.align_down(layout_.order);
    if (page.value - slab.value >= layout_.pages) return Error::wrong_cache;
    if (!region_.map()[slab].is(PageKind::slab, layout_.head_order)) return Error::wrong_cache;
    SlabDescriptor* descriptor = SlabDescriptor::of(region_, slab);
    if (!descriptor) return Error::corrupt;
    if (descriptor->cache != id_) return Error::wrong_cache;
    if (descriptor->on_its_way()) return Error::double_free;
    if (!sound(*descriptor, slab)) return Error::corrupt;
    const auto offset = static_cast<std::uint32_t>(region_.offset(address) - region_.offset(first_object(*descriptor)));
    const std::uint32_t index = offset / layout_.slot_size;
    if (index >= descriptor->objects || index * layout_.slot_size != offset) return Error::not_an_object;
    slot = {descriptor, static_cast<std::uint16_t>(index)};
    return Error::none;
  }

  /* The same for one that is out. */
  Error find_taken(const void* address, Slot& slot) const {
    if (const Error error = find(address, slot); error != Error::none) return error;
    if (slot.descriptor->next()[slot.index] != SlabDescriptor::kInUse) return Error::double_free;
    return slot.descriptor->in_use == 0 ? Error::corrupt : Error::none;
  }

  Region region_;
  Source source_;
  SlabLayout layout_;
  Constructor constructor_;
  std::uint32_t id_;
  std::uint16_t last_colour_;
  std::uint16_t next_colour_ = 0;
  PageList full_;
  PageList partial_;
  PageList empty_;
  PageList damaged_;
  std::uint32_t lost_ = 0; /* damaged too, and in no list */
  std::uint64_t active_objects_ = 0;
  ObjectStatistics statistics_;
};

}  // namespace mini_mm
