/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Works measured on both sides in turns, so that what else the machine does hits both alike: all works once, ours and
 * the kernel's one right after the other, then all again. A ratio is made of two figures that are neighbours in time.
 */
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/bench_device.hpp"
#include "bench/works.hpp"
#include "figures/statistics.hpp"

namespace minimm {

enum class Unit { ns, cycles, instructions };

/* One side of one work. */
struct Side {
  std::vector<double> figures; /* a pair of calls, one a round */
  Histogram allocs;            /* cycles */
  Histogram frees;
  std::uint64_t latency_cycles = 0;
  std::uint64_t latency_ns = 0;

  Spread spread() const { return spread_of(figures); }
};

struct Line {
  Work work;
  std::string refused; /* why a round could not be measured, the last time, or "" */
  Side ours;
  Side kernel;

  bool measured() const { return !ours.figures.empty(); }
  /* The kernel's figure by ours: above 1 we are faster. Nothing when only one side was measured. */
  std::optional<Spread> ratio() const;
  /* "2.1x faster", "1.3x slower", "no difference", or why nothing can be said. */
  std::string verdict() const;
};

/* A kernel's figure by ours, of so many rounds: what to call it. */
std::string verdict_of(const std::vector<double>& ratios);

struct BenchSettings {
  std::uint32_t repeats = 9;
  Unit unit = Unit::ns;
  bool ours_only = false;
  bool latencies = true;
  std::string page_engine, placement, object_engine;
};

class BenchMeasure {
 public:
  using Progress = std::function<void(std::size_t done, std::size_t of, const std::string& next)>;

  BenchMeasure(const BenchDevice& device, BenchSettings settings) : device_(device), settings_(std::move(settings)) {}

  /* Fills @lines; how many rounds of all were done: fewer when a signal came. */
  std::uint32_t run(std::vector<Line>& lines, const std::function<bool()>& stop, const Progress& progress) const;

 private:
  /* False when a signal came; so run_line(). */
  bool run_side(const Work& work, mini_mm_bench_side side, mini_mm_bench_run& run) const;
  void add(Side& side, const mini_mm_bench_run& run) const;
  /* Both sides once; a round that one of them refuses leaves no figures, only why. */
  bool run_line(Line& line) const;

  const BenchDevice& device_;
  BenchSettings settings_;
};

}  // namespace minimm
