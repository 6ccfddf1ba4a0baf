/* SPDX-License-Identifier: GPL-2.0 */
#include "bench/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "device.hpp"
#include "refused.hpp"

namespace minimm {
namespace {

Histogram::Buckets buckets_of(const __u64 (&counts)[MINI_MM_REPLAY_BUCKETS]) {
  Histogram::Buckets buckets{};
  std::copy(std::begin(counts), std::end(counts), buckets.begin());
  return buckets;
}

std::vector<double> ratios_of(const Line& line) {
  std::vector<double> ratios;
  const std::size_t rounds = std::min(line.ours.figures.size(), line.kernel.figures.size());
  for (std::size_t i = 0; i < rounds; i++)
    if (line.ours.figures[i] > 0) ratios.push_back(line.kernel.figures[i] / line.ours.figures[i]);
  return ratios;
}

std::string times_text(double times) {
  if (times >= 9.95) return fmt::format("{:.0f}x", times);
  return times >= 1.095 ? fmt::format("{:.1f}x", times) : fmt::format("{:.2f}x", times);
}

}  // namespace

std::string verdict_of(const std::vector<double>& ratios) {
  if (ratios.empty()) return "";
  const std::optional<Spread> interval = median_interval(ratios);
  if (!interval) return "too few repeats";
  if (interval->low > 1) return times_text(interval->median) + " faster";
  if (interval->high < 1) return times_text(1 / interval->median) + " slower";
  return "no difference";
}

std::optional<Spread> Line::ratio() const {
  const std::vector<double> ratios = ratios_of(*this);
  if (ratios.empty()) return std::nullopt;
  const std::optional<Spread> interval = median_interval(ratios);
  return interval ? interval : spread_of(ratios);
}

std::string Line::verdict() const { return verdict_of(ratios_of(*this)); }

bool BenchMeasure::run_side(const Work& work, mini_mm_bench_side side, mini_mm_bench_run& run) const {
  run = work.run;
  run.side = side;
  if (settings_.latencies) run.flags |= MINI_MM_BENCH_LATENCIES;
  set_name(run.page_engine, settings_.page_engine);
  set_name(run.placement, settings_.placement);
  set_name(run.object_engine, settings_.object_engine);
  return device_.run(run, fmt::format("bench {}", work.name));
}

void BenchMeasure::add(Side& side, const mini_mm_bench_run& run) const {
  const __u64 took = settings_.unit == Unit::ns ? run.ns : run.cycles;
  side.figures.push_back(static_cast<double>(took) / static_cast<double>(run.pairs));
  side.allocs.add(buckets_of(run.allocs), run.max_alloc);
  side.frees.add(buckets_of(run.frees), run.max_free);
  side.latency_cycles += run.latency_cycles;
  side.latency_ns += run.latency_ns;
}

bool BenchMeasure::run_line(Line& line) const {
  /* Several pages large: not for the stack. */
  const auto ours = std::make_unique<mini_mm_bench_run>();
  const auto kernel = std::make_unique<mini_mm_bench_run>();
  try {
    if (!run_side(line.work, MINI_MM_BENCH_OURS, *ours)) return false;
    if (!settings_.ours_only && !run_side(line.work, MINI_MM_BENCH_KERNEL, *kernel)) return false;
  } catch (const Refused& refused) {
    /* Memory that lies in pieces now may lie together in the next round. */
    line.refused = refused.line();
    return true;
  }
  add(line.ours, *ours);
  if (!settings_.ours_only) add(line.kernel, *kernel);
  return true;
}

std::uint32_t BenchMeasure::run(std::vector<Line>& lines, const std::function<bool()>& stop,
                                const Progress& progress) const {
  const std::size_t of = lines.size() * settings_.repeats;
  std::size_t done = 0;
  for (std::uint32_t round = 0; round < settings_.repeats; round++)
    for (Line& line : lines) {
      progress(done++, of, line.work.name);
      if (stop() || !run_line(line)) return round;
    }
  return settings_.repeats;
}

}  // namespace minimm
