/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stress run: caches of its own, threads, progress on standard error, and what came of it. It leaves the
 * arena as it was.
 */
#pragma once

#include <cstdint>

#include "stress/worker.hpp"

namespace minimm {

struct StressSettings {
  std::uint32_t seconds = 10;
  std::uint32_t threads = 2;
  std::uint64_t seed = 0;
  std::uint32_t batch = 512;
  Verify verify = Verify::ends;
};

struct StressResult {
  StressCounts counts;
  double seconds = 0; /* with the freeing at the end */
  bool interrupted = false;
};

StressResult run_stress(const Device& device, const mini_mm_arena_info& arena, const StressSettings& settings);

}  // namespace minimm
