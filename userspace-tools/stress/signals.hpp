/* SPDX-License-Identifier: GPL-2.0 */
/*
 * While one lives, the first SIGINT or SIGTERM asks for an end instead of being one; the second is one.
 */
#pragma once

#include <array>
#include <csignal>

namespace minimm {

class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  bool came() const;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM};
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace minimm
