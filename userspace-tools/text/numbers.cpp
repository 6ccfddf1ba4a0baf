/* SPDX-License-Identifier: GPL-2.0 */
#include "text/numbers.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace minimm {
namespace {

constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};

std::uint64_t checked(std::string_view digits, std::string_view whole, std::uint64_t max) {
  const bool hex = digits.starts_with("0x") || digits.starts_with("0X");
  if (hex) digits.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, hex ? 16 : 10);
  if (error == std::errc::result_out_of_range)
    throw UsageError(fmt::format("'{}' is too large: at most {}", whole, max));
  if (error != std::errc() || end != digits.data() + digits.size())
    throw UsageError(fmt::format("'{}' is not {}", whole,
                                 whole.starts_with('-') ? "a number from 0 up" : "a number (such as 21 or 0x15)"));
  if (number > max) throw UsageError(fmt::format("'{}' is too large: at most {}", whole, max));
  return number;
}

}  // namespace

std::uint64_t parse_number(std::string_view text, std::uint64_t max) { return checked(text, text, max); }

std::uint64_t parse_size(std::string_view text, std::uint64_t max) {
  constexpr std::string_view suffixes = "KMGkmg";
  const auto suffix = text.empty() ? std::string_view::npos : suffixes.find(text.back());
  if (suffix == std::string_view::npos) return checked(text, text, max);
  const auto shift = static_cast<unsigned>(suffix % 3 + 1) * 10;
  const std::uint64_t number = checked(text.substr(0, text.size() - 1), text, max);
  if (number > (max >> shift)) throw UsageError(fmt::format("'{}' is too large: at most {} bytes", text, max));
  return number << shift;
}

std::string size_text(std::uint64_t bytes) {
  std::size_t exact = 0;
  for (std::uint64_t rest = bytes; rest != 0 && rest % 1024 == 0 && exact + 1 < kUnits.size(); rest /= 1024) exact++;
  const std::uint64_t in_exact_unit = bytes >> (10 * exact);
  if (in_exact_unit < 10240) return fmt::format("{} {}", in_exact_unit, kUnits[exact]);
  double number = static_cast<double>(in_exact_unit);
  std::size_t unit = exact;
  for (; number >= 1024 && unit + 1 < kUnits.size(); number /= 1024) unit++;
  return fmt::format("{:.1f} {}", number, kUnits[unit]);
}

std::string short_size_text(std::uint64_t bytes) {
  std::size_t unit = 0;
  for (; bytes != 0 && bytes % 1024 == 0 && unit + 1 < kUnits.size(); bytes /= 1024) unit++;
  return fmt::format("{}{}", bytes, kUnits[unit][0]);
}

std::string age_text(std::uint64_t nanoseconds) {
  const std::uint64_t seconds = nanoseconds / 1'000'000'000;
  if (seconds < 10) return fmt::format("{:.1f} s", static_cast<double>(nanoseconds) / 1e9);
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  return fmt::format("{:.1f}%", whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string count_text(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace minimm
