// SPDX-License-Identifier: GPL-2.0
/*
 * A fuzzer's bytes as numbers. Every sequence of bytes means something, and behind its end there are zeros, so that
 * nothing has to be refused and an input that is cut or changed anywhere is another run.
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace mini_mm::fuzz {

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : next_(bytes), end_(bytes + size) {}

  bool empty() const { return next_ == end_; }
  std::uint32_t byte() { return empty() ? 0 : *next_++; }
  std::uint32_t word() {
    const std::uint32_t low = byte();
    return low | byte() << 8;
  }
  bool bit() { return byte() & 1; }
  /* 0 to @bound - 1, which is at most 65,535. */
  std::uint32_t below(std::uint32_t bound) { return (bound <= 256 ? byte() : word()) % bound; }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

}  // namespace mini_mm::fuzz
