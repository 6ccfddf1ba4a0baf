/* SPDX-License-Identifier: GPL-2.0 */
#include "figures/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace minimm {

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {median, values.front(), values.back()};
}

std::optional<Spread> median_interval(std::vector<double> values) {
  constexpr double kOutside = 0.025; /* on each side */
  const std::size_t n = values.size();
  /* The probability that the median is below the k-th smallest value: that fewer than k of n are below it. */
  double ways = std::ldexp(1, -static_cast<int>(n));
  double below = ways;
  std::size_t k = 0;
  while (k < n / 2 && below <= kOutside) {
    k++;
    ways *= static_cast<double>(n - k + 1) / static_cast<double>(k);
    below += ways;
  }
  if (k == 0) return std::nullopt;
  Spread interval = spread_of(values);
  std::sort(values.begin(), values.end());
  interval.low = values[k - 1];
  interval.high = values[n - k];
  return interval;
}

double bucket_start(std::uint32_t bucket) {
  if (bucket < 8) return bucket;
  const std::uint32_t power = bucket / 8 + 2;
  return std::ldexp(8 + bucket % 8, static_cast<int>(power) - 3);
}

void Histogram::add(const Buckets& buckets, std::uint64_t highest) {
  for (std::size_t i = 0; i < buckets.size(); i++) buckets_[i] += buckets[i];
  highest_ = std::max(highest_, highest);
}

std::uint64_t Histogram::count() const { return std::accumulate(buckets_.begin(), buckets_.end(), std::uint64_t{0}); }

double Histogram::percentile(double share) const {
  const std::uint64_t all = count();
  if (all == 0) return 0;
  /* The rank of the value that is asked for, from 1. */
  const double rank = std::max(1.0, std::ceil(share * static_cast<double>(all)));
  double below = 0;
  for (std::uint32_t i = 0; i < buckets_.size(); i++) {
    const auto here = static_cast<double>(buckets_[i]);
    if (here > 0 && below + here >= rank) {
      /* As if the values lay evenly in the bucket, whose last one is just below the next one's first. */
      const double start = bucket_start(i);
      const double width = bucket_start(i + 1) - start;
      const double value = start + width * (rank - below - 1) / here;
      return std::min(value, static_cast<double>(highest_));
    }
    below += here;
  }
  return static_cast<double>(highest_);
}

}  // namespace minimm
