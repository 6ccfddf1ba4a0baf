/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far a run of so many seconds is: in place on a terminal, each second; elsewhere a line each five.
 */
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "terminal.hpp"

namespace minimm {

class RunProgress {
 public:
  /* @unit such as "operations"; 0 seconds: nobody knows how long. */
  RunProgress(std::string command, std::string unit, std::uint32_t seconds);
  ~RunProgress();
  RunProgress(const RunProgress&) = delete;
  RunProgress& operator=(const RunProgress&) = delete;

  void show(std::chrono::steady_clock::duration elapsed, std::uint64_t count);

 private:
  const std::string command_;
  const std::string unit_;
  const std::uint32_t seconds_;
  const bool on_terminal_ = terminal_redraws();
  std::int64_t shown_ = 0;
};

}  // namespace minimm
