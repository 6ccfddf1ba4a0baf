/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes as 16 a line, with their offset and characters. Lines equal to the one before are shown as one '*';
 * the last line is the offset of the end.
 */
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace minimm {

class Hexdump {
 public:
  explicit Hexdump(std::uint64_t first_offset) : offset_(first_offset) {}

  /* The lines for the next bytes; all calls but the last give a multiple of 16. */
  std::string lines(std::span<const std::uint8_t> bytes);
  std::string end() const;

 private:
  std::uint64_t offset_;
  std::string previous_;
  bool collapsing_ = false;
};

}  // namespace minimm
