/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an object engine is: it serves objects of up to one size out of slabs that it takes from its source.
 *
 * A new one models ObjectEngine, is made as `Engine(region, source, request, layout)` with the layout that its
 * layout_for(request, the arena's highest order) gave, and is registered in object_engines.hpp; the tests of
 * all engines then run on it. The caller holds the cache's lock in every call.
 */
#pragma once

#include "platform.hpp"
#include "slab_layout.hpp"

namespace mini_mm {

struct ObjectStatistics {
  std::uint64_t allocations = 0;
  std::uint64_t frees = 0;
  std::uint64_t failures = 0; /* requests that were not served */
  std::uint64_t refused = 0;  /* frees that were refused */
  std::uint64_t grown = 0;    /* slabs taken from the source */
  std::uint64_t reaped = 0;   /* slabs given back */

  std::uint64_t slabs() const { return grown - reaped; }
};

using Constructor = void (*)(void* object);

struct CacheRequest {
  std::uint32_t id = 0;    /* what the source knows the cache by; kCacheIdBits */
  std::uint32_t size = 0;  /* of an object; the largest, for engines that serve several */
  std::uint32_t align = 0; /* 0 for 8 */
  Management management = Management::automatic;
  Constructor constructor = nullptr; /* must not sleep */
  ObjectChecks checks = {};          /* poison: not with a constructor */
  bool keep_freed = false;           /* a freed object keeps its content until it is allocated again */
  std::uint32_t slab_pages = 0;      /* 1 to SlabLayout::kMaxSlabPages; 0 lets the engine choose */
  std::uint64_t seed = 0;            /* of what the engine does at random */
};

/*
 * What an engine does, beside its kName and kLargestOfAnySize: the largest object of an engine that serves objects of
 * any size up to it, 0 for engines of fixed slots. AnyObjectCache, which is one of them chosen at run time, models
 * it too.
 */
template <class T>
concept ObjectEngine = requires(T& cache, const T& view, void* object, const void* address, std::uint32_t n) {
  /*
   * @n bytes, or with 0 or none the cache's object size. Engines of fixed slots serve their object size. too_large;
   * no_free_block when the source has no slab to give.
   */
  { cache.allocate(n) } -> std::same_as<Result<void*>>;
  { cache.allocate() } -> std::same_as<Result<void*>>;
  /*
   * Gives back what allocate() returned. Anything else is refused, counted, and changes nothing:
   * outside, wrong_cache, not_an_object, double_free, corrupt.
   */
  { cache.free(object) } -> std::same_as<Error>;
  /* Whether @address is an object of this cache that is out: none, or why not (see free). */
  { view.owns(address) } -> std::same_as<Error>;
  /* How many bytes the object that is out at @address has; or why it is none. */
  { view.usable_size(address) } -> std::same_as<Result<std::uint32_t>>;
  /* Where the track of the object at @address is, out or free; null where there is none. */
  { view.track(address) } -> std::same_as<std::byte*>;
  /* Gives at most @n empty slabs back to the source. Returns the number of pages. O(@n). */
  { cache.shrink(n) } -> std::same_as<std::uint32_t>;
  /* Looks at its lists, every slab and every object, reports each damage, returns how many. O(objects). */
  { cache.validate() } -> std::same_as<std::uint32_t>;
  /*
   * Makes the lists of slabs and the counts anew from the page map, for when that was mended (inspection.hpp): slabs
   * that are no more there count as damaged. O(pages of the region).
   */
  { cache.relist() } -> std::same_as<void>;
  /* The first broken invariant in words, or null. O(objects). */
  { view.broken_invariant() } -> std::same_as<const char*>;
  /* The geometry of slabs of the largest objects. */
  { view.layout() } -> std::convertible_to<const SlabLayout&>;
  { view.statistics() } -> std::convertible_to<ObjectStatistics>;
  { view.active_objects() } -> std::same_as<std::uint64_t>;
  /* How many objects its slabs could hold. */
  { view.total_objects() } -> std::same_as<std::uint64_t>;
  { view.full_slabs() } -> std::same_as<std::uint32_t>;
  { view.partial_slabs() } -> std::same_as<std::uint32_t>;
  { view.empty_slabs() } -> std::same_as<std::uint32_t>;
  /* Slabs whose bookkeeping was overwritten: nothing is allocated from them any more. */
  { view.damaged_slabs() } -> std::same_as<std::uint32_t>;
};

}  // namespace mini_mm
