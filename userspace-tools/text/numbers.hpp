/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers as people write them: 21, 0x15, 21K; and sizes and times as people read them. A number that is
 * malformed, negative or too large is a UsageError whose text names it.
 */
#pragma once

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace minimm {

/* The command line, or a line of a script, makes no sense. Exit status 2. */
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/* Decimal, or hexadecimal after 0x; 0 to @max. */
std::uint64_t parse_number(std::string_view text, std::uint64_t max = std::numeric_limits<std::uint64_t>::max());

/* A number, and K, M or G for powers of 1,024. */
std::uint64_t parse_size(std::string_view text, std::uint64_t max = std::numeric_limits<std::uint64_t>::max());

/* 4096 is "4 KiB", 5000 is "5000 B", 67108864 is "64 MiB": the largest unit that is exact, or one with a decimal. */
std::string size_text(std::uint64_t bytes);

/* As short as it goes, for headings: 4K, 2M. */
std::string short_size_text(std::uint64_t bytes);

/* 1.5 s, 3 min, 2 h, 5 d */
std::string age_text(std::uint64_t nanoseconds);

/* @part in @whole, "12.5%"; 0% of nothing. */
std::string percent_text(std::uint64_t part, std::uint64_t whole);

/* "1 page", "2 pages". */
std::string count_text(std::uint64_t count, std::string_view noun);

}  // namespace minimm
