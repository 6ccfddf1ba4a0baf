/* SPDX-License-Identifier: GPL-2.0 */
#include "figures/statistics.hpp"

#include <gtest/gtest.h>

#include <bit>

namespace minimm {
namespace {

/* As the header of the ABI has it. */
std::uint32_t bucket_of(std::uint64_t value) {
  if (value < 8) return static_cast<std::uint32_t>(value);
  const auto power = static_cast<std::uint32_t>(std::bit_width(value)) - 1;
  return (power - 2) * 8 + static_cast<std::uint32_t>(value >> (power - 3)) % 8;
}

Histogram histogram_of(const std::vector<std::uint64_t>& values) {
  Histogram::Buckets buckets{};
  std::uint64_t highest = 0;
  for (const std::uint64_t value : values) {
    buckets.at(bucket_of(value))++;
    highest = std::max(highest, value);
  }
  Histogram histogram;
  histogram.add(buckets, highest);
  return histogram;
}

TEST(Spread, of_an_odd_number_has_the_middle_one_as_median) {
  const Spread spread = spread_of({9, 1, 5});
  EXPECT_EQ(spread.median, 5);
  EXPECT_EQ(spread.low, 1);
  EXPECT_EQ(spread.high, 9);
}

TEST(Spread, of_an_even_number_has_the_mean_of_the_two_in_the_middle) {
  EXPECT_EQ(spread_of({4, 1, 2, 100}).median, 3);
}

TEST(Spread, of_one_or_none_is_no_spread) {
  const Spread one = spread_of({7});
  EXPECT_EQ(one.low, 7);
  EXPECT_EQ(one.median, 7);
  EXPECT_EQ(one.high, 7);
  EXPECT_EQ(spread_of({}).median, 0);
}

TEST(MedianInterval, needs_six_values) {
  EXPECT_FALSE(median_interval({}));
  EXPECT_FALSE(median_interval({1, 2, 3, 4, 5}));
  const auto interval = median_interval({6, 1, 2, 5, 3, 4});
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 1);
  EXPECT_EQ(interval->median, 3.5);
  EXPECT_EQ(interval->high, 6);
}

/* The ranks are those of every table of the sign test at 5%. */
TEST(MedianInterval, has_the_ranks_of_the_sign_test) {
  const auto rank_of_lower_end = [](int n) {
    std::vector<double> values;
    for (int i = 1; i <= n; i++) values.push_back(i);
    const auto interval = median_interval(values);
    EXPECT_EQ(interval->low + interval->high, n + 1);
    return interval->low;
  };
  EXPECT_EQ(rank_of_lower_end(8), 1);
  EXPECT_EQ(rank_of_lower_end(9), 2);
  EXPECT_EQ(rank_of_lower_end(11), 2);
  EXPECT_EQ(rank_of_lower_end(12), 3);
  EXPECT_EQ(rank_of_lower_end(20), 6);
  EXPECT_EQ(rank_of_lower_end(50), 18);
  EXPECT_EQ(rank_of_lower_end(1000), 469);
}

TEST(Buckets, begin_where_the_kernel_counts_from) {
  for (const std::uint64_t value : {0ull, 1ull, 7ull, 8ull, 9ull, 15ull, 16ull, 18ull, 1000ull, 1ull << 40, ~0ull}) {
    const std::uint32_t bucket = bucket_of(value);
    ASSERT_LT(bucket, static_cast<std::uint32_t>(MINI_MM_REPLAY_BUCKETS));
    EXPECT_LE(bucket_start(bucket), static_cast<double>(value)) << value;
    EXPECT_GE(bucket_start(bucket + 1), static_cast<double>(value)) << value;
  }
  EXPECT_EQ(bucket_start(8), 8);
  EXPECT_EQ(bucket_start(16), 16);
  EXPECT_EQ(bucket_start(17), 18);
}

TEST(Percentiles, are_within_an_eighth_of_the_value) {
  std::vector<std::uint64_t> values;
  for (std::uint64_t i = 1; i <= 10'000; i++) values.push_back(i);
  const Histogram histogram = histogram_of(values);
  EXPECT_EQ(histogram.count(), 10'000u);
  EXPECT_NEAR(histogram.percentile(0.5), 5000, 5000 / 8.0);
  EXPECT_NEAR(histogram.percentile(0.99), 9900, 9900 / 8.0);
  EXPECT_EQ(histogram.highest(), 10'000u);
}

TEST(Percentiles, of_one_value_are_that_value_at_most) {
  const Histogram histogram = histogram_of({100});
  for (const double share : {0.0, 0.5, 0.99, 1.0}) {
    EXPECT_LE(histogram.percentile(share), 100);
    EXPECT_GE(histogram.percentile(share), 96);
  }
}

TEST(Percentiles, see_the_slow_one_among_the_quick) {
  std::vector<std::uint64_t> values(99, 4);
  values.push_back(1'000'000);
  const Histogram histogram = histogram_of(values);
  EXPECT_LT(histogram.percentile(0.99), 5);
  EXPECT_GT(histogram.percentile(0.995), 900'000);
  EXPECT_LE(histogram.percentile(1), 1'000'000);
}

TEST(Percentiles, of_nothing_are_zero) { EXPECT_EQ(Histogram().percentile(0.5), 0); }

TEST(Histograms, add_up) {
  Histogram::Buckets buckets{};
  buckets[3] = 2;
  Histogram histogram;
  histogram.add(buckets, 3);
  histogram.add(buckets, 2);
  EXPECT_EQ(histogram.count(), 4u);
  EXPECT_EQ(histogram.highest(), 3u);
}

}  // namespace
}  // namespace minimm
