/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xoshiro256**, seeded with splitmix64 (Blackman and Vigna 2018): quick, and the same everywhere for the
 * same seed.
 */
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <random>

namespace minimm {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      word = mixed ^ (mixed >> 31);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  /* 0 to @end - 1. */
  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(((next() >> 32) * end) >> 32); }

 private:
  std::array<std::uint64_t, 4> state_;
};

/* For a run that was given none; short, so that people can type it. */
inline std::uint64_t random_seed() {
  std::random_device device;
  return device();
}

}  // namespace minimm
