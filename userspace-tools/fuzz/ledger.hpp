/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a worker writes down its calls: that one is under way, what it came to, and a digest of them all.
 */
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>

#include "fuzz/calls.hpp"

namespace minimm {

inline std::uint64_t fuzz_clock_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

class FuzzLedger {
 public:
  FuzzLedger(FuzzShared& shared, std::uint32_t worker) : shared_(shared), watch_(shared.watches[worker]) {}

  /* @act returns -1 and sets errno when it fails. What it came to: 0, or the errno. */
  template <class Act>
  int call(FuzzCall call, Act&& act) {
    watch_.call = static_cast<std::uint8_t>(call);
    watch_.since_ns = fuzz_clock_ns();
    const int error = act() == -1 ? errno : 0;
    watch_.since_ns = 0;
    watch_.calls.fetch_add(1, std::memory_order_relaxed);
    note(call, error);
    return error;
  }

  /* What is no call of its own. */
  void operation(int error) { note(FuzzCall::operation, error); }

  /* FNV-1a (Fowler, Noll, Vo), eight bytes at a time. */
  void mix(std::uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001b3; }
  std::uint64_t digest() const { return digest_; }

  std::uint64_t calls() const { return watch_.calls.load(std::memory_order_relaxed); }

 private:
  void note(FuzzCall call, int error) {
    shared_.count(call, error);
    mix(static_cast<std::uint64_t>(call) << 32 | static_cast<std::uint32_t>(error));
  }

  FuzzShared& shared_;
  FuzzShared::Watch& watch_;
  std::uint64_t digest_ = 0xcbf29ce484222325;
};

}  // namespace minimm
