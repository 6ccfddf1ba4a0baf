/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arena's own caches for off-slab descriptors: one for each of a few sizes, out of the arena's
 * pages, with their management data on the slab. An empty slab goes back at once, so that an arena
 * whose caches are gone has all its pages back.
 *
 * The caller holds the arena's lock.
 */
#pragma once

#include "slab_cache.hpp"

namespace mini_mm {

/* The id under which the page map shows descriptor slabs; caches of clients have ids above it. */
inline constexpr std::uint32_t kDescriptorCache = 0;

template <SlabSource Source>
class DescriptorStore {
 public:
  DescriptorStore(Region& region, Source source, Order max_order)
      : caches_{{region, source, kDescriptorCache, layout(64, max_order), nullptr},
                {region, source, kDescriptorCache, layout(128, max_order), nullptr},
                {region, source, kDescriptorCache, layout(256, max_order), nullptr},
                {region, source, kDescriptorCache, layout(512, max_order), nullptr},
                {region, source, kDescriptorCache, layout(kLargest, max_order), nullptr}} {}

  /* A place for @bytes of management data. bad_size above kLargest. */
  Result<SlabHeader*> allocate(std::size_t bytes) {
    for (Cache& cache : caches_) {
      if (cache.layout().object_size < bytes) continue;
      const Result<void*> place = cache.allocate();
      if (!place) return place.error;
      return static_cast<SlabHeader*>(place.value);
    }
    return Error::bad_size;
  }

  [[nodiscard]] Error free(SlabHeader* descriptor) {
    Error error = Error::wrong_cache;
    for (Cache& cache : caches_) {
      if (cache.owns(descriptor) != Error::none) continue;
      error = cache.free(descriptor);
      cache.shrink();
      break;
    }
    return error;
  }

  /* As an object engine's; O(descriptors). */
  std::uint32_t validate() {
    std::uint32_t reports = 0;
    for (Cache& cache : caches_) reports += cache.validate();
    return reports;
  }
  void relist() {
    for (Cache& cache : caches_) cache.relist();
  }

  [[nodiscard]] const char* broken_invariant() const {
    for (const Cache& cache : caches_) {
      if (const char* broken = cache.broken_invariant()) return broken;
    }
    return nullptr;
  }

 private:
  using Cache = SlabCache<Source>;

  static constexpr std::uint32_t kLargest =
      static_cast<std::uint32_t>(SlabDescriptor::bytes(SlabDescriptor::kMostOffSlab));

  static SlabLayout layout(std::uint32_t size, Order max_order) {
    return SlabLayout::make(size, SlabDescriptor::kAlign, Management::on_slab, max_order).value;
  }

  Cache caches_[5];
};

}  // namespace mini_mm
