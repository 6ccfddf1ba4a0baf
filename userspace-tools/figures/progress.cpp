/* SPDX-License-Identifier: GPL-2.0 */
#include "figures/progress.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace minimm {

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\r\033[K");
}

void Progress::show(std::size_t done, std::size_t of, const std::string& next) {
  if (!on_terminal_ || std::chrono::steady_clock::now() - start_ < std::chrono::seconds(2)) return;
  fmt::print(stderr, "\r{}: {} of {} runs, now {}\033[K", command_, done, of, next);
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace minimm
