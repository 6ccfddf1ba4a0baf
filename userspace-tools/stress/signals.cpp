/* SPDX-License-Identifier: GPL-2.0 */
#include "stress/signals.hpp"

#include <atomic>

namespace minimm {
namespace {

constinit std::atomic<bool> signal_came = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void take_signal(int) { signal_came = true; }

}  // namespace

SignalWatch::SignalWatch() {
  signal_came = false;
  struct sigaction action {};
  action.sa_handler = take_signal;
  action.sa_flags = SA_RESETHAND;
  for (std::size_t i = 0; i < kSignals.size(); i++) ::sigaction(kSignals[i], &action, &before_[i]);
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < kSignals.size(); i++) ::sigaction(kSignals[i], &before_[i], nullptr);
}

bool SignalWatch::came() const { return signal_came; }

}  // namespace minimm
