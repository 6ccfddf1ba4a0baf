// SPDX-License-Identifier: GPL-2.0
/* Objects from mini_mm's layer, one cache a size. */
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>

#include "layer.hpp"

namespace mini_mm::bench {

class Objects {
 public:
  explicit Objects(std::size_t size) : cache_(cache_of(size)) {}
  void* allocate() const { return allocate_object(cache_); }
  void free(void* object) const { free_object(cache_, object); }

 private:
  static CacheId cache_of(std::size_t size) {
    static std::mutex lock;
    static std::map<std::size_t, CacheId> caches;
    const std::lock_guard guard(lock);
    const auto [place, is_new] = caches.try_emplace(size);
    if (is_new) place->second = make_cache(static_cast<std::uint32_t>(size));
    return place->second;
  }

  CacheId cache_;
};

inline std::string allocator() { return "mini_mm"; }

}  // namespace mini_mm::bench
