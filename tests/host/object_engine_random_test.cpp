// SPDX-License-Identifier: GPL-2.0
/*
 * Random operations on each object engine against a model: which objects are out, how large they are and what is
 * written in them. OBJECT_OPERATIONS=N is how many (1000000); the seed is RapidCheck's.
 */
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "engines.hpp"

namespace mini_mm {
namespace {

std::uint64_t seed() {
  const char* parameters = std::getenv("RC_PARAMS");
  const char* given = parameters ? std::strstr(parameters, "seed=") : nullptr;
  return given ? std::strtoull(given + 5, nullptr, 10) : 1;
}

unsigned long operations() {
  const char* given = std::getenv("OBJECT_OPERATIONS");
  return given ? std::strtoul(given, nullptr, 10) : 1000000;
}

template <class Engine>
class RandomOperations : public EngineTest<Engine> {
 protected:
  struct Held {
    std::byte* object;
    std::uint32_t bytes;
    unsigned pattern;
  };

  std::uint32_t below(std::size_t bound) { return static_cast<std::uint32_t>(random() % bound); }

  void allocate(Engine& cache) {
    const std::uint32_t size = below(4) ? 0 : 1 + below(cache.layout().object_size);
    const Result<void*> object = cache.allocate(size);
    if (!object) {
      ASSERT_EQ(object.error, Error::no_free_block);
      return;
    }
    auto* place = static_cast<std::byte*>(object.value);
    const std::uint32_t bytes = cache.usable_size(place).value;
    ASSERT_GE(bytes, size ? size : cache.layout().object_size);
    held.push_back({place, bytes, below(256)});
    fill(place, bytes, held.back().pattern);
  }

  void release(Engine& cache) {
    if (held.empty()) return;
    std::swap(held[below(held.size())], held.back());
    const Held last = held.back();
    held.pop_back();
    ASSERT_TRUE(still_filled(last.object, last.bytes, last.pattern)) << "somebody else wrote there";
    ASSERT_EQ(cache.free(last.object), Error::none);
    freed = last.object;
  }

  void release_wrongly(Engine& cache) {
    if (!held.empty()) {
      const Held& one = held[below(held.size())];
      ASSERT_NE(cache.free(one.object + 1 + below(one.bytes - 1)), Error::none);
    }
    bool out = freed == nullptr;
    for (const Held& one : held) out = out || (freed >= one.object && freed < one.object + one.bytes);
    if (!out) {
      ASSERT_NE(cache.free(freed), Error::none);
    }
  }

  void step(Engine& cache) {
    switch (below(32)) {
      case 0:
        return release_wrongly(cache);
      case 1:
        (void)cache.shrink(below(4));
        return;
      case 2:
        growing = below(2) != 0;
        return;
      default:
        return below(8) < (growing ? 5u : 3u) ? allocate(cache) : release(cache);
    }
  }

  void run(const CacheRequest& request, unsigned long steps) {
    Engine cache = this->make(request);
    for (unsigned long i = 0; i < steps; ++i) {
      step(cache);
      if (i % 1024 == 0) {
        ASSERT_STREQ(cache.broken_invariant(), nullptr);
        ASSERT_EQ(this->arena.damage(), "");
        ASSERT_EQ(cache.active_objects(), held.size());
        ASSERT_LE(held.size(), cache.total_objects());
      }
      if (this->HasFatalFailure()) return;
    }
    ASSERT_EQ(cache.validate(), 0u);
    ASSERT_EQ(this->arena.world.damages.size(), 0u);
    while (!held.empty()) release(cache);
    this->empty(cache, {});
  }

  /* Several shapes of caches, one after the other. */
  void run_all() {
    const unsigned long steps = operations() / 5;
    run({.id = 1, .size = 40, .seed = random()}, steps);
    run({.id = 2, .size = 1000, .slab_pages = 5, .seed = random()}, steps);
    run({.id = 3, .size = 3000, .align = 64, .management = Management::off_slab, .seed = random()}, steps);
    run({.id = 4, .size = 100, .checks = {.red_zones = true, .track = true, .consistency = true}, .seed = random()},
        steps);
    run({.id = 5, .size = 700, .checks = {.red_zones = true, .poison = true}, .keep_freed = true, .seed = random()},
        steps);
  }

  std::mt19937_64 random{seed()};
  std::vector<Held> held;
  std::byte* freed = nullptr;
  bool growing = true;
};
TYPED_TEST_SUITE(RandomOperations, AllObjectEngines, EngineName);

TYPED_TEST(RandomOperations, agree_with_the_model) { this->run_all(); }

}  // namespace
}  // namespace mini_mm
