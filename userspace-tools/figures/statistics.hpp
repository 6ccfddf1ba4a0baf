/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures of a few repeats, and of many operations that were counted by how long they took.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace minimm {

struct Spread {
  double median = 0;
  double low = 0;
  double high = 0;
};

/* Zeros for no values. */
Spread spread_of(std::vector<double> values);

/*
 * The median, and between which values that of the whole population lies with a probability of 95% at least,
 * whatever its distribution: the k-th smallest and the k-th largest value, k from the binomial distribution. Nothing
 * for fewer than six values, which cannot say.
 */
std::optional<Spread> median_interval(std::vector<double> values);

/* The first value of a bucket of MINI_MM_IOC_REPLAY_RUN; that of the one behind the last is behind its end. */
double bucket_start(std::uint32_t bucket);

class Histogram {
 public:
  using Buckets = std::array<std::uint64_t, MINI_MM_REPLAY_BUCKETS>;

  void add(const Buckets& buckets, std::uint64_t highest);

  std::uint64_t count() const;
  /* The value that @share (0 to 1) of all are not above, to an eighth; 0 without any. */
  double percentile(double share) const;
  std::uint64_t highest() const { return highest_; }

 private:
  Buckets buckets_{};
  std::uint64_t highest_ = 0;
};

}  // namespace minimm
