/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The class object engine: size classes on demand. A request looks for the class that fits; if there is none
 * yet, one is made with chunks at least that large; a request larger than the cache's objects is refused.
 *
 * Classes lie eight to a doubling, so that a chunk wastes at most an eighth of itself, or less than eight bytes:
 *
 *      8 16 24 ... 64    72 80 ... 128    144 160 ... 256    ...    4,608 5,120 ... 8,192
 *
 * A class is a slab cache (slab_cache.hpp); the descriptors of its slabs say which, above the cache's id, so that
 * an object's class is found in O(orders) from its address. The caller holds the cache's lock.
 */
#pragma once

#include <new>

#include "slab_cache.hpp"

namespace mini_mm {

/* Which class serves a size, and how large its chunks are. */
struct SizeClass {
  static constexpr unsigned kStep = 8;
  static constexpr unsigned kToADoubling = 8;
  static constexpr unsigned kLinear = 64; /* up to here a class each kStep bytes */
  static constexpr unsigned kCount = 64;

  /* @size 1 to SlabLayout::kMaxObjectSize. */
  static constexpr unsigned of(std::uint32_t size) {
    if (size <= kLinear) return (size - 1) / kStep;
    const unsigned doubling = doublings_below(size);
    const std::uint32_t start = kLinear << doubling;
    return kLinear / kStep + doubling * kToADoubling + (size - start - 1) / (start / kToADoubling);
  }

  static constexpr std::uint32_t chunk(unsigned index) {
    if (index < kLinear / kStep) return (index + 1) * kStep;
    const unsigned doubling = (index - kLinear / kStep) / kToADoubling;
    const unsigned step = (index - kLinear / kStep) % kToADoubling + 1;
    const std::uint32_t start = kLinear << doubling;
    return start + step * (start / kToADoubling);
  }

 private:
  /* The largest n with kLinear * 2^n < size. */
  static constexpr unsigned doublings_below(std::uint32_t size) {
    return static_cast<unsigned>(std::bit_width((size - 1) / kLinear)) - 1;
  }
};

static_assert(SizeClass::of(SlabLayout::kMaxObjectSize) == SizeClass::kCount - 1);
static_assert(SizeClass::chunk(SizeClass::kCount - 1) == SlabLayout::kMaxObjectSize);

template <SlabSource Source>
class ClassCache {
 public:
  static constexpr const char* kName = "class";
  static constexpr std::uint32_t kLargestOfAnySize = SlabLayout::kMaxObjectSize;

  /* The layout of the largest objects. */
  static Result<SlabLayout> layout_for(const CacheRequest& request, Order max_order) {
    return SlabCache<Source>::layout_for(request, max_order);
  }

  ClassCache(Region& region, Source source, const CacheRequest& request, const SlabLayout& layout)
      : region_(region), source_(source), request_(request), layout_(layout) {}

  ClassCache(const ClassCache&) = delete;
  ClassCache& operator=(const ClassCache&) = delete;

  [[gnu::noinline]] Result<void*> allocate(std::uint32_t size = 0) {
    if (size == 0) size = layout_.object_size;
    if (size > layout_.object_size) {
      ++failures_;
      return Error::too_large;
    }
    const unsigned index = SizeClass::of(size);
    if (!is_made(index)) {
      const Error error = make(index);
      if (error != Error::none) {
        ++failures_;
        return error;
      }
    }
    return at(index).allocate();
  }

  [[nodiscard, gnu::noinline]] Error free(void* object) {
    const Result<unsigned> index = class_of(object);
    if (index) return at(index.value).free(object);
    ++refused_;
    return index.error;
  }

  /* O(orders). */
  [[nodiscard]] Error owns(const void* address) const {
    const Result<unsigned> index = class_of(address);
    return index ? at(index.value).owns(address) : index.error;
  }
  Result<std::uint32_t> usable_size(const void* address) const {
    const Result<unsigned> index = class_of(address);
    return index ? at(index.value).usable_size(address) : Result<std::uint32_t>(index.error);
  }
  std::byte* track(const void* address) const {
    const Result<unsigned> index = class_of(address);
    return index ? at(index.value).track(address) : nullptr;
  }

  std::uint32_t shrink(std::uint32_t slabs = UINT32_MAX) {
    std::uint32_t pages = 0;
    for_each_class(*this, [&](auto& cache) {
      const std::uint32_t given = cache.shrink(slabs);
      pages += given;
      slabs -= given / cache.layout().pages;
    });
    return pages;
  }

  std::uint32_t validate() {
    std::uint32_t reports = 0;
    for_each_class(*this, [&](auto& cache) { reports += cache.validate(); });
    return reports;
  }

  void relist() {
    for_each_class(*this, [](auto& cache) { cache.relist(); });
  }

  const SlabLayout& layout() const { return layout_; }
  /* How many classes there are by now. */
  std::uint32_t classes() const {
    std::uint32_t count = 0;
    for_each_class(*this, [&](const auto&) { ++count; });
    return count;
  }

  ObjectStatistics statistics() const {
    ObjectStatistics all{.failures = failures_, .refused = refused_};
    for_each_class(*this, [&](const auto& cache) {
      const ObjectStatistics& its = cache.statistics();
      all.allocations += its.allocations;
      all.frees += its.frees;
      all.failures += its.failures;
      all.refused += its.refused;
      all.grown += its.grown;
      all.reaped += its.reaped;
    });
    return all;
  }
  std::uint64_t active_objects() const {
    return sum<std::uint64_t>([](const auto& cache) { return cache.active_objects(); });
  }
  std::uint64_t total_objects() const {
    return sum<std::uint64_t>([](const auto& cache) { return cache.total_objects(); });
  }
  std::uint32_t full_slabs() const {
    return sum<std::uint32_t>([](const auto& cache) { return cache.full_slabs(); });
  }
  std::uint32_t partial_slabs() const {
    return sum<std::uint32_t>([](const auto& cache) { return cache.partial_slabs(); });
  }
  std::uint32_t empty_slabs() const {
    return sum<std::uint32_t>([](const auto& cache) { return cache.empty_slabs(); });
  }
  std::uint32_t damaged_slabs() const {
    return sum<std::uint32_t>([](const auto& cache) { return cache.damaged_slabs(); });
  }

  [[nodiscard]] const char* broken_invariant() const {
    const char* broken = nullptr;
    for_each_class(*this, [&](const auto& cache) {
      if (!broken) broken = cache.broken_invariant();
    });
    return broken;
  }

 private:
  using Cache = SlabCache<Source>;

  bool is_made(unsigned index) const { return made_ >> index & 1; }
  Cache& at(unsigned index) { return *std::launder(reinterpret_cast<Cache*>(places_[index])); }
  const Cache& at(unsigned index) const { return *std::launder(reinterpret_cast<const Cache*>(places_[index])); }

  template <class Self, class F>
  static void for_each_class(Self& self, F f) {
    for (std::uint64_t left = self.made_; left != 0; left &= left - 1) {
      f(self.at(static_cast<unsigned>(std::countr_zero(left))));
    }
  }

  template <class Number, class F>
  Number sum(F f) const {
    Number total = 0;
    for_each_class(*this, [&](const auto& cache) { total += f(cache); });
    return total;
  }

  Error make(unsigned index) {
    CacheRequest request = request_;
    request.id |= index << kCacheIdBits;
    request.size = SizeClass::chunk(index) < request_.size ? SizeClass::chunk(index) : request_.size;
    const Result<SlabLayout> layout = Cache::layout_for(request, max_order_of(region_.map().pages()));
    if (!layout) return layout.error;
    void* const place = places_[index];
    ::new (place) Cache(region_, source_, request, layout.value);
    made_ |= std::uint64_t{1} << index;
    return Error::none;
  }

  /*
   * Where the slab that @page is in starts, if it is in one. A tail that was isolated does not say; but then it is the
   * slab to the left, if that reaches so far, which its class knows.
   */
  PageIndex slab_at(PageIndex page) const {
    const PageMap& map = region_.map();
    PageIndex at = map.block_of(page);
    if (map[at].kind() == PageKind::tail && map[at].head_of_tail() < page.value)
      return PageIndex(map[at].head_of_tail());
    while ((map[at].kind() == PageKind::tail || map[at].kind() == PageKind::isolated) && at.value > 0 &&
           page.value - at.value < SlabLayout::kMaxSlabPages) {
      at = map.block_of(PageIndex(at.value - 1));
    }
    return at;
  }

  /* Of the slab at @address, if that is one of this cache. */
  Result<unsigned> class_of(const void* address) const {
    if (!region_.contains(address)) return Error::outside;
    const PageIndex slab = slab_at(region_.page_of(address));
    if (region_.map()[slab].kind() != PageKind::slab) return Error::wrong_cache;
    const SlabHeader* descriptor = SlabHeader::of(region_, slab);
    if (!descriptor) return Error::corrupt;
    if ((descriptor->cache & kCacheIdMask) != request_.id) return Error::wrong_cache;
    const unsigned index = descriptor->cache >> kCacheIdBits;
    if (index >= SizeClass::kCount || !is_made(index)) return Error::corrupt;
    return index;
  }

  Region region_;
  Source source_;
  CacheRequest request_;
  SlabLayout layout_;
  std::uint64_t made_ = 0; /* a bit for each class */
  std::uint64_t failures_ = 0;
  std::uint64_t refused_ = 0;
  alignas(Cache) std::byte places_[SizeClass::kCount][sizeof(Cache)];
};

}  // namespace mini_mm
