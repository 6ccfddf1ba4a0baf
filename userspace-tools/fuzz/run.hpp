/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fuzz run: processes of threads that make calls, some killed in mid-call and replaced, a look for calls that do not
 * come back, and at the end whether anything is left of what they made.
 */
#pragma once

#include <map>
#include <string>
#include <vector>

#include "device.hpp"

namespace minimm {

struct FuzzSettings {
  std::uint32_t seconds = 10; /* 0: until all calls are made */
  std::uint64_t seed = 0;
  std::uint32_t threads = 2;
  std::uint32_t processes = 2;
  std::uint64_t calls = 0; /* of all workers together; 0 for no end */
};

struct FuzzLine {
  std::string_view call;
  std::uint64_t count = 0;
  std::uint64_t ok = 0;
  std::map<int, std::uint64_t> refused; /* by errno */
};

struct FuzzResult {
  std::vector<FuzzLine> lines; /* of the calls; of the operations in batches the last */
  std::uint64_t calls = 0;
  double seconds = 0;
  std::uint64_t killed = 0; /* processes, in mid-call */
  std::uint64_t digest = 0; /* of one worker; else 0 */
  bool interrupted = false;
  std::vector<std::string> wrong; /* a line each: what should not be so */
};

FuzzResult run_fuzz(const Device& device, const FuzzSettings& settings);

}  // namespace minimm
