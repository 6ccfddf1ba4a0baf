// SPDX-License-Identifier: GPL-2.0
/*
 * The hot path: a thread's magazines lie in its thread-local storage, at a place that is known when the program is
 * linked to the shared object (the initial-exec model, as malloc libraries have it). A thread that has none yet looks
 * like one whose magazine is empty and full at once, so nothing has to ask.
 *
 * No window (percpu/window.h): a signal handler may not allocate here, as it may not call malloc().
 */
#include "layer.hpp"

#include <array>
#include <cstdio>
#include <memory>

#include "depot.hpp"

namespace mini_mm::bench {
namespace {

constexpr CacheId kMaxCaches = 16;

void* nothing[1]; /* below the bottom of no magazine */

constexpr mini_magazine_cpu without_magazines() {
  mini_magazine_cpu cpu{};
  cpu.window.inside = MINI_WINDOW_CLOSED;
  cpu.bottom = cpu.top = cpu.end = nothing + 1;
  return cpu;
}

/* Each in a cache line of its own. */
struct alignas(64) ThreadCache {
  mini_magazine_cpu cpu = without_magazines();
};

constinit thread_local std::array<ThreadCache, kMaxCaches> mine;

BenchRegion region;
std::array<std::unique_ptr<Depot>, kMaxCaches> depots;
CacheId caches; /* their ids are 1 to this one; a page that is in no slab of any has 0 */

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "layer: %s\n", why);
  std::abort();
}

/* Gives back what a thread has when it ends. */
struct AtThreadExit {
  ~AtThreadExit() {
    for (CacheId cache = 1; cache <= caches; ++cache) {
      if (mine[cache].cpu.loaded) depots[cache]->finish(mine[cache].cpu);
    }
  }
  void arm() {} /* what is used is destroyed */
};
thread_local AtThreadExit at_thread_exit;

mini_magazine_cpu& started(CacheId cache) {
  mini_magazine_cpu& cpu = mine[cache].cpu;
  if (!cpu.loaded) {
    depots[cache]->start(cpu);
    at_thread_exit.arm();
  }
  return cpu;
}

[[gnu::noinline]] void* allocate_slow(CacheId cache) { return depots[cache]->allocate(started(cache)); }

[[gnu::noinline]] void free_slow(CacheId cache, void* object) {
  if (!region.is_in_slab_of(cache, object)) fail("free of what is no object of the cache");
  depots[cache]->free(started(cache), object);
}

}  // namespace

CacheId make_cache(std::uint32_t size) {
  if (caches + 1 == kMaxCaches) fail("too many caches");
  ++caches;
  depots[caches] = std::make_unique<Depot>(region, caches, size);
  return caches;
}

void* allocate_object(CacheId cache) {
  void* object = mini_magazine_take(&mine[cache].cpu);
  return mini_likely(object) ? object : allocate_slow(cache);
}

void free_object(CacheId cache, void* object) {
  if (mini_likely(region.is_in_slab_of(cache, object)) && mini_likely(mini_magazine_give(&mine[cache].cpu, object))) {
    return;
  }
  free_slow(cache, object);
}

}  // namespace mini_mm::bench
