// SPDX-License-Identifier: GPL-2.0
/*
 * The model: what of the region somebody has, as intervals of bytes that must not overlap. Page blocks and objects are
 * the same here: the core may give nothing out of which a byte is held already, whatever it is.
 *
 * Blocks that wait in a list of a CPU are held too. What is `lost` was damaged: its free was refused, so nobody may get
 * it any more.
 */
#pragma once

#include <cstdint>
#include <map>

#include "require.hpp"

namespace mini_mm::fuzz {

enum class Kind { block, cached, object };

struct Holding {
  std::uint64_t start = 0; /* bytes from the region's start */
  std::uint64_t bytes = 0;
  Kind kind = Kind::block;
  std::uint32_t order = 0; /* of blocks */
  std::uint32_t owner = 0; /* of objects: which cache; of cached blocks: which chain */
  std::uint8_t pattern = 0;
  bool lost = false;
};

class Holdings {
 public:
  void add(const Holding& holding) {
    const auto next = all_.lower_bound(holding.start);
    const bool after = next != all_.end() && next->second.start < holding.start + holding.bytes;
    const bool before =
        next != all_.begin() && std::prev(next)->second.start + std::prev(next)->second.bytes > holding.start;
    require(!after && !before, "bytes %#lx to %#lx are given out, and somebody has some of them", holding.start,
            holding.start + holding.bytes);
    all_.emplace(holding.start, holding);
  }
  void remove(std::uint64_t start) { all_.erase(start); }

  /* What starts there, or null. */
  Holding* at(std::uint64_t start) {
    const auto found = all_.find(start);
    return found == all_.end() ? nullptr : &found->second;
  }
  /* What holds the byte at @offset, or null. */
  Holding* over(std::uint64_t offset) {
    auto found = all_.upper_bound(offset);
    if (found == all_.begin()) return nullptr;
    --found;
    return offset < found->second.start + found->second.bytes ? &found->second : nullptr;
  }
  /* The first one from @offset on, or from the start, that @suits; null when there is none. */
  template <class Suits>
  Holding* pick(std::uint64_t offset, Suits suits) {
    for (auto at = all_.lower_bound(offset); at != all_.end(); ++at) {
      if (suits(at->second)) return &at->second;
    }
    for (auto& [start, holding] : all_) {
      if (start < offset && suits(holding)) return &holding;
    }
    return nullptr;
  }
  template <class Suits>
  std::uint64_t count(Suits suits) const {
    std::uint64_t count = 0;
    for (const auto& [start, holding] : all_) count += suits(holding);
    return count;
  }

 private:
  std::map<std::uint64_t, Holding> all_;
};

}  // namespace mini_mm::fuzz
