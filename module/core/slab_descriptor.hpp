/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The management data of one slab: how many objects are out, and which are free (Bonwick 1994, §3.2,
 * kmem_slab and kmem_bufctl in one).
 *
 * The free objects form a list through next(), an index an object; an object that is out has kInUse
 * there, so that a second free is seen in O(1). On-slab descriptors end where the slab ends; off-slab
 * ones come from the arena's descriptor store. The slab's page map entry holds where it lies.
 *
 *      on the slab:   | colour | object 0 | object 1 | ... | rest | descriptor |
 */
#pragma once

#include "region.hpp"

namespace mini_mm {

/* What the descriptors of all engines begin with: whose the slab is, and how many of its objects are out. */
struct SlabHeader {
  static constexpr std::size_t kAlign = 16;

  std::uint32_t cache; /* id of the cache in kCacheIdBits; above them what the engine likes */
  std::uint32_t page;  /* the slab's first page: a descriptor that does not say its own slab is damaged */
  std::uint16_t objects;
  std::uint16_t in_use;

  /* The header of the slab that starts at @page, or null when its reference leaves the region. */
  static SlabHeader* of(const Region& region, PageIndex page) {
    const std::size_t offset = std::size_t{region.map()[page].payload()} * kAlign;
    if (offset >= std::size_t{region.map().pages()} << kPageShift) return nullptr;
    return reinterpret_cast<SlabHeader*>(region.at_offset(offset));
  }

  /*
   * Puts the slab at @page aside: of() gives null from now on, so that its objects can be neither allocated nor freed.
   * Its header is left alone: where the reference leads, or led, may be somebody's object.
   */
  static void forget(Region& region, PageIndex page) { region.map()[page].set_payload(~0u); }

  static std::uint32_t reference(const Region& region, const SlabHeader* header) {
    return static_cast<std::uint32_t>(region.offset(header) / kAlign);
  }

  void start_header(std::uint32_t cache_id, PageIndex first_page, std::uint16_t count) {
    cache = cache_id;
    page = first_page.value;
    objects = count;
    in_use = 0;
  }

  /* Makes the slab one that no cache takes for its own, on its way back to its source, which may take its time. */
  void leave() { page = kOnItsWay; }
  bool on_its_way() const { return page == kOnItsWay; }

 private:
  /* No page, and nothing that stray writes are likely to leave. */
  static constexpr std::uint32_t kOnItsWay = 0xa5ffffff;
};

struct SlabDescriptor : SlabHeader {
  static constexpr std::uint16_t kEnd = 0xffff;
  static constexpr std::uint16_t kInUse = 0xfffe;
  static constexpr std::size_t kColourUnit = 8;
  /* The most that one off the slab has room for: a page of the smallest objects. */
  static constexpr std::uint32_t kMostOffSlab = kPageSize / 8;

  std::uint16_t first_free;
  std::uint16_t colour; /* offset of object 0, in units of kColourUnit bytes */

  /* One for each object, right behind the descriptor: the next free object, kEnd, or kInUse. */
  std::uint16_t* next() { return reinterpret_cast<std::uint16_t*>(this + 1); }
  const std::uint16_t* next() const { return reinterpret_cast<const std::uint16_t*>(this + 1); }

  static constexpr std::size_t bytes(std::uint32_t objects) {
    return round_up(sizeof(SlabDescriptor) + objects * sizeof(std::uint16_t), kAlign);
  }

  static SlabDescriptor* of(const Region& region, PageIndex page) {
    return static_cast<SlabDescriptor*>(SlabHeader::of(region, page));
  }

  /* All @count objects free, the first one first. O(count). */
  void start(std::uint32_t cache_id, PageIndex first_page, std::uint16_t count) {
    start_header(cache_id, first_page, count);
    first_free = 0;
    colour = 0;
    for (std::uint16_t i = 0; i < count; ++i) next()[i] = i + 1 < count ? static_cast<std::uint16_t>(i + 1) : kEnd;
  }

  /* Takes a free object out; the caller knows that there is one, and that the descriptor is plausible(). */
  [[nodiscard]] std::uint16_t pop() {
    const std::uint16_t index = first_free;
    first_free = next()[index];
    next()[index] = kInUse;
    ++in_use;
    return index;
  }

  void push(std::uint16_t index) {
    next()[index] = first_free;
    first_free = index;
    --in_use;
  }

  /* The counts and the head of the free list do not contradict each other. O(1). */
  [[nodiscard]] bool plausible() const {
    if (first_free == kEnd) return in_use == objects;
    return in_use < objects && first_free < objects && next()[first_free] != kInUse;
  }

  /* The free list is whole and has objects - in_use members. O(objects). */
  [[nodiscard]] bool consistent() const {
    std::uint32_t out = 0;
    for (std::uint16_t i = 0; i < objects; ++i) out += next()[i] == kInUse;
    std::uint32_t free = 0;
    for (std::uint16_t i = first_free; i != kEnd; i = next()[i]) {
      if (i >= objects || next()[i] == kInUse || ++free > objects) return false;
    }
    return out == in_use && free + out == objects;
  }
};

static_assert(sizeof(SlabDescriptor) == 16);

}  // namespace mini_mm
