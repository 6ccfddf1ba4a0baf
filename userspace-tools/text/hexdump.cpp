/* SPDX-License-Identifier: GPL-2.0 */
#include "text/hexdump.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace minimm {
namespace {

constexpr std::size_t kLine = 16;

std::string line_text(std::span<const std::uint8_t> bytes) {
  std::string hex;
  std::string characters;
  for (std::size_t i = 0; i < kLine; i++) {
    if (i == kLine / 2) hex += ' ';
    if (i >= bytes.size()) {
      hex += "   ";
      continue;
    }
    hex += fmt::format(" {:02x}", bytes[i]);
    characters += bytes[i] >= ' ' && bytes[i] <= '~' ? static_cast<char>(bytes[i]) : '.';
  }
  return fmt::format("{}  |{}|", hex, characters);
}

}  // namespace

std::string Hexdump::lines(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += kLine) {
    const auto line = bytes.subspan(at, std::min(kLine, bytes.size() - at));
    std::string shown = line_text(line);
    if (shown != previous_) {
      text += fmt::format("{:08x} {}\n", offset_, shown);
      collapsing_ = false;
    } else if (!collapsing_) {
      text += "*\n";
      collapsing_ = true;
    }
    previous_ = std::move(shown);
    offset_ += line.size();
  }
  return text;
}

std::string Hexdump::end() const { return fmt::format("{:08x}\n", offset_); }

}  // namespace minimm
