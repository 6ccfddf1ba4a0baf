// SPDX-License-Identifier: GPL-2.0
/* How many slabs a cache has in each state, comparable and printable; and its events alone. */
#pragma once

#include <ostream>

#include "test_arena.hpp"

namespace mini_mm {

struct SlabLists {
  std::uint32_t full, partial, empty;
  std::uint32_t damaged = 0;

  bool operator==(const SlabLists&) const = default;
  friend std::ostream& operator<<(std::ostream& out, const SlabLists& lists) {
    return out << lists.full << " full, " << lists.partial << " partial, " << lists.empty << " empty, " << lists.damaged
               << " damaged";
  }
};

inline SlabLists lists_of(const ObjectEngine auto& cache) {
  return {cache.full_slabs(), cache.partial_slabs(), cache.empty_slabs(), cache.damaged_slabs()};
}

/* What happened to slabs since the last look; splits and merges of pages left out. */
inline Events slab_events(World& world) {
  Events events = world.take_events();
  std::erase_if(
      events, [](const Event& event) { return event.what == Event::What::split || event.what == Event::What::merge; });
  return events;
}

}  // namespace mini_mm
