/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a stream does to its slots, found out by going through it: independent of the builder.
 */
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "compare/stream.hpp"

namespace minimm {

struct StreamWalk {
  std::map<std::uint32_t, std::uint64_t> live; /* bytes, by slot */
  std::uint64_t bytes = 0;
  std::uint64_t peak = 0;
  std::size_t allocations = 0;
  std::size_t frees = 0;
  std::size_t most_live = 0;

  static std::uint64_t bytes_of(const Stream& stream, const mini_mm_replay_op& op) {
    switch (op.what & 15) {
      case MINI_MM_REPLAY_PAGES:
        return std::uint64_t{4096} << (op.argument & 0xff);
      case MINI_MM_REPLAY_OBJECT:
        return stream.caches.at(op.argument).size;
      default:
        return op.argument;
    }
  }

  /* No operation names a slot that is not there, in use, or empty. */
  void step(const Stream& stream, const mini_mm_replay_op& op) {
    const std::uint32_t slot = op.what >> 4;
    ASSERT_LT(slot, stream.slots);
    if ((op.what & 15) == MINI_MM_REPLAY_FREE) {
      ASSERT_TRUE(live.contains(slot)) << "free of empty slot " << slot;
      bytes -= live[slot];
      live.erase(slot);
      frees++;
      return;
    }
    ASSERT_FALSE(live.contains(slot)) << "slot " << slot << " used twice";
    live[slot] = bytes_of(stream, op);
    bytes += live[slot];
    peak = std::max(peak, bytes);
    most_live = std::max(most_live, live.size());
    allocations++;
  }

  void walk(const Stream& stream, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; i++) ASSERT_NO_FATAL_FAILURE(step(stream, stream.ops[i])) << "operation " << i;
  }
  void walk(const Stream& stream) { walk(stream, 0, stream.ops.size()); }
};

}  // namespace minimm
