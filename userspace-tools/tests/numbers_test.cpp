/* SPDX-License-Identifier: GPL-2.0 */
#include "text/numbers.hpp"

#include <gtest/gtest.h>

namespace minimm {
namespace {

std::string complaint(std::string_view text, std::uint64_t max = 1000) {
  try {
    parse_size(text, max);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

TEST(Numbers, are_decimal_or_hexadecimal) {
  EXPECT_EQ(parse_number("0"), 0u);
  EXPECT_EQ(parse_number("165"), 165u);
  EXPECT_EQ(parse_number("0xa5"), 165u);
  EXPECT_EQ(parse_number("0XFF"), 255u);
  EXPECT_EQ(parse_number("18446744073709551615"), ~std::uint64_t{0});
}

TEST(Numbers, have_nothing_around_them) {
  for (const char* text : {"", " 1", "1 ", "+1", "-1", "x", "1x", "0x", "0x-1", "1.5", "0b1", "1K"})
    EXPECT_THROW(parse_number(text), UsageError) << "'" << text << "'";
}

TEST(Numbers, end_at_their_maximum) {
  EXPECT_EQ(parse_number("255", 255), 255u);
  EXPECT_THROW(parse_number("256", 255), UsageError);
  EXPECT_THROW(parse_number("0x100", 255), UsageError);
  EXPECT_THROW(parse_number("18446744073709551616"), UsageError);
}

TEST(Sizes, have_suffixes_for_powers_of_1024) {
  EXPECT_EQ(parse_size("21"), 21u);
  EXPECT_EQ(parse_size("21K"), 21u * 1024);
  EXPECT_EQ(parse_size("64M"), 64u << 20);
  EXPECT_EQ(parse_size("1G"), 1u << 30);
  EXPECT_EQ(parse_size("4k"), 4096u);
  EXPECT_EQ(parse_size("0x10K"), 16384u);
}

TEST(Sizes, that_are_malformed_are_refused) {
  for (const char* text : {"", "K", "21KB", "21KiB", "-1K", "1.5M", "21T", "K21", "1 K"})
    EXPECT_THROW(parse_size(text), UsageError) << "'" << text << "'";
}

TEST(Sizes, do_not_overflow) {
  EXPECT_EQ(parse_size("17179869183G"), 17179869183ull << 30);
  EXPECT_THROW(parse_size("17179869184G"), UsageError);
  EXPECT_THROW(parse_size("4K", 4095), UsageError);
}

TEST(Sizes, that_are_wrong_are_named_with_what_is_wrong) {
  EXPECT_EQ(complaint("3q"), "'3q' is not a number (such as 21 or 0x15)");
  EXPECT_EQ(complaint("-3K"), "'-3K' is not a number from 0 up");
  EXPECT_EQ(complaint("1001"), "'1001' is too large: at most 1000");
  EXPECT_EQ(complaint("1K"), "'1K' is too large: at most 1000 bytes");
}

TEST(SizeText, takes_the_largest_unit_that_is_exact) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(192), "192 B");
  EXPECT_EQ(size_text(4096), "4 KiB");
  EXPECT_EQ(size_text(5000), "5000 B");
  EXPECT_EQ(size_text(64 << 20), "64 MiB");
  EXPECT_EQ(size_text(65320 * 1024ull), "63.8 MiB");
  EXPECT_EQ(size_text(197528), "192.9 KiB");
}

TEST(ShortSizeText, is_exact) {
  EXPECT_EQ(short_size_text(4096), "4K");
  EXPECT_EQ(short_size_text(2 << 20), "2M");
  EXPECT_EQ(short_size_text(4100), "4100B");
}

TEST(AgeText, takes_a_unit_that_fits) {
  EXPECT_EQ(age_text(1'250'000'000), "1.2 s");
  EXPECT_EQ(age_text(90'000'000'000), "90 s");
  EXPECT_EQ(age_text(600'000'000'000), "10 min");
  EXPECT_EQ(age_text(10'000'000'000'000), "2 h");
  EXPECT_EQ(age_text(300'000'000'000'000), "3 d");
}

TEST(PercentText, is_zero_of_nothing) {
  EXPECT_EQ(percent_text(1, 8), "12.5%");
  EXPECT_EQ(percent_text(0, 0), "0.0%");
}

TEST(CountText, has_a_plural) {
  EXPECT_EQ(count_text(0, "page"), "0 pages");
  EXPECT_EQ(count_text(1, "page"), "1 page");
  EXPECT_EQ(count_text(2, "page"), "2 pages");
}

}  // namespace
}  // namespace minimm
