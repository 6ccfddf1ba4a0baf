/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The geometry of a cache's slabs: how large a slot is, how many fit, where the management data goes,
 * what is left for colouring (Bonwick 1994, §3.2 and §4.1).
 *
 * The slab is the smallest block that wastes at most an eighth; where no order up to kMaxSlabOrder does,
 * the one that wastes the smallest share. Or it has as many pages as was asked for, cut from the block that
 * covers them: a slab of three 4 KB pages holds six objects of 2 KB. Objects of an eighth of a page or more have their
 * management data off the slab: two objects of half a page would otherwise not fit a page.
 */
#pragma once

#include "object_guard.hpp"
#include "slab_descriptor.hpp"

namespace mini_mm {

enum class Management { automatic, on_slab, off_slab };

struct SlabLayout {
  static constexpr std::uint32_t kMinObjectSize = 8;
  static constexpr std::uint32_t kMaxObjectSize = 8192;
  static constexpr std::uint32_t kMinAlign = 8;
  static constexpr std::uint32_t kMaxAlign = kPageSize;
  static constexpr std::uint32_t kOffSlabThreshold = kPageSize / 8;
  static constexpr std::uint32_t kWasteShare = 8;
  static constexpr Order kMaxSlabOrder = Order(3);
  static constexpr std::uint32_t kMaxSlabPages = kMaxSlabOrder.pages();
  /* Slabs are staggered by cache lines; smaller steps would not reach another line. */
  static constexpr std::uint32_t kCacheLine = 64;

  std::uint32_t object_size = 0;
  std::uint32_t slot_size = 0;
  std::uint32_t align = 0;
  std::uint32_t colour_step = 0; /* bytes */
  std::uint16_t colours = 1;     /* starting offsets 0, step, ... (colours - 1) * step */
  std::uint16_t objects = 0;     /* in a slab */
  std::uint16_t pages = 0;       /* of a slab */
  Order order;                   /* of the block that a slab is cut from, and so a slab's alignment */
  Order head_order;              /* of a slab's first piece, which the page map has at its first page */
  bool off_slab = false;
  ObjectGuard guard;

  /*
   * @size 8 to 8,192 bytes, @align 0 (for 8) or a power of two up to a page, @max_order the arena's, @checks
   * and @behind what needs room in the slot, @slab_pages 1 to kMaxSlabPages or 0 for as many as are best. bad_size,
   * bad_alignment; bad_size also when the slab or the arena's largest block is too small for one object.
   */
  static Result<SlabLayout> make(std::uint32_t size, std::uint32_t align, Management management, Order max_order,
                                 ObjectChecks checks = {}, std::uint32_t slab_pages = 0, std::uint32_t behind = 0) {
    if (size < kMinObjectSize || size > kMaxObjectSize || slab_pages > kMaxSlabPages) return Error::bad_size;
    if (align > kMaxAlign || (align & (align - 1)) != 0) return Error::bad_alignment;
    SlabLayout layout;
    layout.object_size = size;
    layout.align = align < kMinAlign ? kMinAlign : align;
    layout.guard = ObjectGuard(checks, size, layout.align, behind);
    layout.slot_size = layout.guard.slot_size();
    layout.off_slab = management == Management::off_slab ||
                      (management == Management::automatic && layout.slot_size >= kOffSlabThreshold);
    const Order highest = max_order < kMaxSlabOrder ? max_order : kMaxSlabOrder;
    if (!(slab_pages ? layout.take_pages(slab_pages, highest) : layout.choose_order(highest))) return Error::bad_size;
    layout.head_order = Order(static_cast<unsigned>(std::bit_width(layout.pages)) - 1);
    layout.colour_step = layout.align > kCacheLine ? layout.align : kCacheLine;
    layout.colours =
        static_cast<std::uint16_t>((layout.slab_bytes() - layout.used(layout.objects)) / layout.colour_step + 1);
    return layout;
  }

  std::size_t slab_bytes() const { return pages * kPageSize; }

  SlabRequest request(std::uint32_t cache) const { return {cache, order, off_slab, objects, pages}; }

 private:
  bool take_pages(std::uint32_t count, Order highest) {
    pages = static_cast<std::uint16_t>(count);
    order = Order(static_cast<unsigned>(std::bit_width(count - 1)));
    objects = capacity(slab_bytes());
    return order <= highest && objects > 0;
  }

  bool choose_order(Order highest) {
    bool found = false;
    std::size_t best_waste = 0;
    for (Order candidate; candidate <= highest; candidate = candidate.up()) {
      const std::uint16_t fit = capacity(candidate.bytes());
      if (fit == 0) continue;
      /* Shares are compared at the size of the largest slab, in whole numbers. */
      const std::size_t scaled = (candidate.bytes() - used(fit)) << (highest.value - candidate.value);
      if (!found || scaled < best_waste) {
        found = true;
        best_waste = scaled;
        order = candidate;
        pages = static_cast<std::uint16_t>(candidate.pages());
        objects = fit;
      }
      if (scaled * kWasteShare <= highest.bytes()) break;
    }
    return found;
  }

  std::size_t used(std::uint32_t count) const {
    return count * std::size_t{slot_size} + (off_slab ? 0 : SlabDescriptor::bytes(count));
  }

  std::uint16_t capacity(std::size_t bytes) const {
    const std::size_t share = slot_size + (off_slab ? 0 : sizeof(std::uint16_t));
    auto count = static_cast<std::uint32_t>(bytes / share);
    if (off_slab && count > SlabDescriptor::kMostOffSlab) count = SlabDescriptor::kMostOffSlab;
    while (count > 0 && used(count) > bytes) --count;
    return static_cast<std::uint16_t>(count);
  }
};

}  // namespace mini_mm
