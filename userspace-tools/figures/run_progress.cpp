/* SPDX-License-Identifier: GPL-2.0 */
#include "figures/run_progress.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace minimm {

RunProgress::RunProgress(std::string command, std::string unit, std::uint32_t seconds)
    : command_(std::move(command)), unit_(std::move(unit)), seconds_(seconds) {}

RunProgress::~RunProgress() {
  if (on_terminal_ && shown_ != 0) fmt::print(stderr, "\r\033[K");
}

void RunProgress::show(std::chrono::steady_clock::duration elapsed, std::uint64_t count) {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(elapsed).count();
  if (now < shown_ + (on_terminal_ ? 1 : 5)) return;
  const std::string of = seconds_ == 0 ? "" : fmt::format("of {} ", seconds_);
  fmt::print(stderr, "{}{}: {} {}s, {} {}, {:.0f} a second{}", on_terminal_ ? "\r" : "", command_, now, of, count,
             unit_, static_cast<double>(count) / std::chrono::duration<double>(elapsed).count(),
             on_terminal_ ? "\033[K" : "\n");
  std::fflush(stderr);
  shown_ = now;
}

}  // namespace minimm
