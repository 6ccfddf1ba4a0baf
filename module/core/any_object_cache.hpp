/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An object cache whose engine was chosen when it was made: a tag, and behind it the engine. Engines differ much in
 * size, so that the caller supplies bytes() for the one it wants. Models ObjectEngine by handing each call on.
 */
#pragma once

#include "object_engines.hpp"

namespace mini_mm {

template <SlabSource Source>
class AnyObjectCache {
 public:
  using Engines = ObjectEngines<Source>;

  /* Of the engine @which, less than Engines::kCount. */
  static constexpr std::size_t bytes(unsigned which) {
    return Engines::with(which, []<class Engine>(std::type_identity<Engine>) { return kOffset + sizeof(Engine); });
  }

  /* In bytes(@which) at @memory, aligned for max_align_t. bad_size, bad_alignment, too_large. */
  static Result<AnyObjectCache*> create(void* memory, unsigned which, Region& region, Source source,
                                        const CacheRequest& request, Order max_order) {
    return Engines::with(which, [&]<class Engine>(std::type_identity<Engine>) -> Result<AnyObjectCache*> {
      static_assert(ObjectEngine<Engine> && alignof(Engine) <= kOffset);
      const Result<SlabLayout> layout = Engine::layout_for(request, max_order);
      if (!layout) return layout.error;
      ::new (static_cast<std::byte*>(memory) + kOffset) Engine(region, source, request, layout.value);
      return ::new (memory) AnyObjectCache(which);
    });
  }

  AnyObjectCache(const AnyObjectCache&) = delete;
  AnyObjectCache& operator=(const AnyObjectCache&) = delete;

  const char* name() const { return Engines::name(which_); }

  Result<void*> allocate(std::uint32_t size = 0) {
    return visit(*this, [&](auto& cache) { return cache.allocate(size); });
  }
  /*
   * Up to @nr objects of the cache's size, for a magazine; more than the first one only from slabs that there are.
   * How many; @error: why not even one.
   */
  std::uint32_t allocate_some(std::uint32_t nr, void** objects, Error& error) {
    return visit(*this, [&](auto& cache) {
      std::uint32_t taken = 0;
      while (taken < nr && (taken == 0 || cache.total_objects() > cache.active_objects())) {
        const Result<void*> object = cache.allocate();
        error = object.error;
        if (!object) break;
        objects[taken++] = object.value;
      }
      if (taken > 0) error = Error::none;
      return taken;
    });
  }
  [[nodiscard]] Error free(void* object) {
    return visit(*this, [&](auto& cache) { return cache.free(object); });
  }
  [[nodiscard]] Error owns(const void* address) const {
    return visit(*this, [&](auto& cache) { return cache.owns(address); });
  }
  Result<std::uint32_t> usable_size(const void* address) const {
    return visit(*this, [&](auto& cache) { return cache.usable_size(address); });
  }
  std::byte* track(const void* address) const {
    return visit(*this, [&](auto& cache) { return cache.track(address); });
  }
  std::uint32_t shrink(std::uint32_t slabs = UINT32_MAX) {
    return visit(*this, [&](auto& cache) { return cache.shrink(slabs); });
  }
  std::uint32_t validate() {
    return visit(*this, [](auto& cache) { return cache.validate(); });
  }
  void relist() {
    visit(*this, [](auto& cache) { cache.relist(); });
  }
  [[nodiscard]] const char* broken_invariant() const {
    return visit(*this, [](auto& cache) { return cache.broken_invariant(); });
  }
  const SlabLayout& layout() const {
    return visit(*this, [](auto& cache) -> const SlabLayout& { return cache.layout(); });
  }
  ObjectStatistics statistics() const {
    return visit(*this, [](auto& cache) -> ObjectStatistics { return cache.statistics(); });
  }
  std::uint64_t active_objects() const {
    return visit(*this, [](auto& cache) { return cache.active_objects(); });
  }
  std::uint64_t total_objects() const {
    return visit(*this, [](auto& cache) { return cache.total_objects(); });
  }
  std::uint32_t full_slabs() const {
    return visit(*this, [](auto& cache) { return cache.full_slabs(); });
  }
  std::uint32_t partial_slabs() const {
    return visit(*this, [](auto& cache) { return cache.partial_slabs(); });
  }
  std::uint32_t empty_slabs() const {
    return visit(*this, [](auto& cache) { return cache.empty_slabs(); });
  }
  std::uint32_t damaged_slabs() const {
    return visit(*this, [](auto& cache) { return cache.damaged_slabs(); });
  }

 private:
  static constexpr std::size_t kOffset = alignof(std::max_align_t);
  static_assert(sizeof(unsigned) <= kOffset);

  explicit AnyObjectCache(unsigned which) : which_(which) {}

  /* @self const or not, and so the engine that @f gets. */
  template <class Self, class F>
  static decltype(auto) visit(Self& self, F f) {
    return Engines::with(self.which_, [&]<class Engine>(std::type_identity<Engine>) -> decltype(auto) {
      using Place = std::conditional_t<std::is_const_v<Self>, const std::byte, std::byte>;
      using Cache = std::conditional_t<std::is_const_v<Self>, const Engine, Engine>;
      return f(*std::launder(reinterpret_cast<Cache*>(reinterpret_cast<Place*>(&self) + kOffset)));
    });
  }

  unsigned which_;
};

}  // namespace mini_mm
