// SPDX-License-Identifier: GPL-2.0
/*
 * One cache: an object engine, and the depot in front of it, both under one lock, as module/glue/object_layer.c has
 * them. Its functions are the slow path of a thread whose loaded magazine does not help.
 */
#pragma once

#include <cstdlib>
#include <mutex>

#include "any_object_cache.hpp"
#include "percpu/magazine.h"
#include "region.hpp"

namespace mini_mm::bench {

class BenchSource {
 public:
  explicit BenchSource(BenchRegion& region) : region_(&region) {}
  bool should_fail(FaultPoint) { return false; }
  Result<PageIndex> take_slab(const SlabRequest& request) {
    pages_ = request.slab_pages(); /* the same for each slab of a cache */
    return region_->take_slab(request);
  }
  void give_back_slab(PageIndex page) { region_->give_back_slab(page, pages_); }
  void on_grow(PageIndex) {}
  void on_reap(PageIndex) {}
  void on_damage(const Damage&) {}

 private:
  BenchRegion* region_;
  std::uint32_t pages_ = 0;
};
static_assert(SlabSource<BenchSource>);

class Depot {
 public:
  /* @id: not 0. */
  Depot(BenchRegion& region, std::uint32_t id, std::uint32_t size) : size_(rounds_for(size)) {
    using Cache = AnyObjectCache<BenchSource>;
    const Result<Cache*> cache = Cache::create(memory_, kSlab, region.arena().region(), BenchSource(region),
                                               {.id = id, .size = size}, region.arena().pages().max_order());
    if (!cache) std::abort();
    cache_ = cache.value;
    for (std::uint32_t i = 0; i < kMaxFull; ++i) put(new_magazine());
  }

  Depot(const Depot&) = delete;
  Depot& operator=(const Depot&) = delete;

  /* Of a thread that uses the cache for the first time: its two magazines. */
  void start(mini_magazine_cpu& thread) {
    mini_magazine_start(&thread, true);
    thread.previous = new_magazine();
    mini_magazine_load(&thread, new_magazine(), size_);
  }

  /* Of a thread that ends. */
  void finish(mini_magazine_cpu& thread) {
    const std::lock_guard guard(lock_);
    for (mini_magazine* magazine : {mini_magazine_load(&thread, nullptr, 0), thread.previous}) {
      flush(*magazine, magazine->rounds);
      std::free(magazine);
    }
    thread.previous = nullptr;
  }

  /* For a thread whose loaded magazine is empty. */
  void* allocate(mini_magazine_cpu& thread) {
    if (thread.previous->rounds == 0) {
      const std::lock_guard guard(lock_);
      if (mini_magazine* magazine = take_full()) {
        put(thread.previous);
        thread.previous = magazine;
      } else {
        Error error;
        thread.previous->rounds = cache_->allocate_some(size_, thread.previous->objects, error);
      }
    }
    mini_magazine_swap(&thread, size_);
    return mini_magazine_take(&thread);
  }

  /* For a thread whose loaded magazine is full, or that has just freed @object: then the program ends. */
  void free(mini_magazine_cpu& thread, void* object) {
    if (mini_magazine_is_on_top(&thread, object)) std::abort();
    if (thread.previous->rounds == size_) {
      const std::lock_guard guard(lock_);
      if (mini_magazine* magazine = full_count_ < kMaxFull ? take(empty_) : nullptr) {
        put(thread.previous);
        thread.previous = magazine;
      } else {
        flush(*thread.previous, size_ / 2);
      }
    }
    mini_magazine_swap(&thread, size_);
    if (!mini_magazine_give(&thread, object)) std::abort();
  }

 private:
  static constexpr unsigned kSlab = 0; /* of ObjectEngines */
  static constexpr std::uint32_t kMaxFull = 8;

  /* As module/glue/tune.c chooses them. */
  static std::uint32_t rounds_for(std::uint32_t size) { return size <= 256 ? 256 : size <= 1024 ? 128 : 64; }

  mini_magazine* new_magazine() const {
    /* In cache lines of their own: what one thread writes, no other one has. */
    const std::size_t bytes = round_up(sizeof(mini_magazine) + size_ * sizeof(void*), kLine);
    void* place = std::aligned_alloc(kLine, bytes);
    if (!place) std::abort();
    return ::new (place) mini_magazine{};
  }

  static mini_magazine* take(mini_magazine*& list) {
    mini_magazine* magazine = list;
    if (magazine) list = magazine->next;
    return magazine;
  }
  mini_magazine* take_full() {
    mini_magazine* magazine = take(full_);
    full_count_ -= magazine != nullptr;
    return magazine;
  }
  void put(mini_magazine* magazine) {
    mini_magazine*& list = magazine->rounds > 0 ? full_ : empty_;
    full_count_ += magazine->rounds > 0;
    magazine->next = list;
    list = magazine;
  }

  void flush(mini_magazine& magazine, std::uint32_t count) {
    for (; count > 0; --count) {
      if (cache_->free(magazine.objects[--magazine.rounds]) != Error::none) std::abort();
    }
  }

  static constexpr std::size_t kLine = 64;

  const std::uint32_t size_;
  std::mutex lock_;
  mini_magazine* full_ = nullptr;
  mini_magazine* empty_ = nullptr;
  std::uint32_t full_count_ = 0;
  AnyObjectCache<BenchSource>* cache_ = nullptr;
  alignas(std::max_align_t) std::byte memory_[AnyObjectCache<BenchSource>::bytes(kSlab)];
};

}  // namespace mini_mm::bench
