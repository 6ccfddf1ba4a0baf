/* SPDX-License-Identifier: GPL-2.0 */
#include "bench/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "figures/output.hpp"
#include "text/numbers.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

constexpr double kShares[] = {0.5, 0.99, 0.999};

std::string figure(double value) { return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value); }

std::string spread_text(const Spread& spread) { return fmt::format("{}..{}", figure(spread.low), figure(spread.high)); }

std::string coloured(const std::string& verdict, bool colours) {
  if (!colours) return verdict;
  if (verdict.ends_with("faster")) return "\033[32m" + verdict + "\033[0m";
  return verdict.ends_with("slower") ? "\033[31m" + verdict + "\033[0m" : verdict;
}

/* Of the clock's cycles in the unit that is shown. */
double converted(double cycles, const Side& side, Unit unit) {
  if (unit != Unit::ns || side.latency_cycles == 0) return cycles;
  return cycles * static_cast<double>(side.latency_ns) / static_cast<double>(side.latency_cycles);
}

std::vector<double> latencies_of(const Histogram& times, const Side& side, Unit unit) {
  std::vector<double> latencies;
  for (const double share : kShares) latencies.push_back(converted(times.percentile(share), side, unit));
  latencies.push_back(converted(static_cast<double>(times.highest()), side, unit));
  return latencies;
}

bool timed(const Line& line) { return line.ours.allocs.count() != 0; }

std::string figures_table(const BenchReport& report, bool colours) {
  const std::string unit = ">ours " + unit_name(report.settings.unit);
  Table table({"work", unit, ">min..max", ">kernel", ">min..max", ">kernel/ours", ">95% interval", "verdict"});
  std::string without;
  for (const Line& line : report.lines) {
    if (!line.refused.empty())
      without += (line.measured() ? fmt::format("only {}: ", count_text(line.ours.figures.size(), "round")) : "") +
                 line.refused + '\n';
    if (!line.measured()) continue;
    const Spread ours = line.ours.spread();
    std::vector<std::string> cells = {line.work.name, figure(ours.median), spread_text(ours)};
    if (const auto ratio = line.ratio()) {
      const Spread kernel = line.kernel.spread();
      const bool sure = line.ours.figures.size() >= 6;
      cells.insert(cells.end(), {figure(kernel.median), spread_text(kernel), fmt::format("{:.2f}", ratio->median),
                                 sure ? fmt::format("{:.2f}..{:.2f}", ratio->low, ratio->high) : "-",
                                 coloured(line.verdict(), colours)});
    } else {
      cells.insert(cells.end(), {"-", "-", "-", "-", ""});
    }
    table.row(std::move(cells));
  }
  return table.text() + without;
}

std::string latencies_table(const BenchReport& report) {
  if (std::none_of(report.lines.begin(), report.lines.end(), timed)) return "";
  Table table({"single calls, " + unit_name(report.settings.unit), "call", ">ours p50", ">p99", ">p99.9", ">max",
               ">kernel p50", ">p99", ">p99.9", ">max"});
  for (const Line& line : report.lines) {
    if (!timed(line)) continue;
    for (const auto& [call, times] : {std::pair{"alloc", &Side::allocs}, {"free", &Side::frees}}) {
      std::vector<std::string> cells = {line.work.name, call};
      for (const Side* side : {&line.ours, &line.kernel})
        for (const double value : latencies_of(side->*times, *side, report.settings.unit))
          cells.push_back((side->*times).count() == 0 ? "-" : figure(value));
      table.row(std::move(cells));
    }
  }
  return '\n' + table.text();
}

Json side_json(const Side& side, Unit unit) {
  const Spread spread = side.spread();
  Json json{{"median", spread.median}, {"min", spread.low}, {"max", spread.high}};
  Json rounds = Json::array();
  for (const double figure : side.figures) rounds.add(figure);
  json.add("rounds", rounds);
  for (const auto& [call, times] : {std::pair{"alloc", &Side::allocs}, {"free", &Side::frees}}) {
    if ((side.*times).count() == 0) continue;
    const std::vector<double> values = latencies_of(side.*times, side, unit);
    json.add(call, {{"p50", values[0]}, {"p99", values[1]}, {"p99.9", values[2]}, {"max", values[3]}});
  }
  return json;
}

}  // namespace

std::string unit_name(Unit unit) {
  switch (unit) {
    case Unit::cycles:
      return "cycles";
    case Unit::instructions:
      return "instructions";
    default:
      return "ns";
  }
}

std::string table_text(const BenchReport& report, bool colours) {
  std::string text = fmt::format("{}, {}, region of {} MiB: {} for an allocation and its free, {}\n", report.release,
                                 count_text(report.cpus, "CPU"), report.region_mb, unit_name(report.settings.unit),
                                 count_text(report.settings.repeats, "repeat"));
  text += figures_table(report, colours) + latencies_table(report);
  if (report.partial())
    text += fmt::format("partial: {} of {} rounds of all works\n", report.rounds, report.settings.repeats);
  return text;
}

Json as_json(const BenchReport& report) {
  const Unit unit = report.settings.unit;
  Json works = Json::array();
  for (const Line& line : report.lines) {
    Json json{{"name", line.work.name}};
    if (!line.refused.empty()) json.add("refused", line.refused);
    if (line.measured()) {
      json.add("ours", side_json(line.ours, unit));
      if (const auto ratio = line.ratio()) {
        json.add("kernel", side_json(line.kernel, unit));
        json.add("kernel_by_ours", {{"median", ratio->median}, {"low", ratio->low}, {"high", ratio->high}});
        json.add("verdict", line.verdict());
      }
    }
    works.add(json);
  }
  return {{"release", report.release},
          {"cpus", report.cpus},
          {"region_mb", report.region_mb},
          {"unit", unit_name(unit)},
          {"repeats", report.settings.repeats},
          {"partial", report.partial()},
          {"works", works}};
}

std::string csv_text(const BenchReport& report) {
  std::string text = "work,unit,refused,repeats";
  for (const char* side : {"ours", "kernel"}) {
    text += fmt::format(",{0},{0}_min,{0}_max", side);
    for (const char* call : {"alloc", "free"})
      text += fmt::format(",{0}_{1}_p50,{0}_{1}_p99,{0}_{1}_p999,{0}_{1}_max", side, call);
  }
  text += ",kernel_by_ours,low,high,verdict\n";
  for (const Line& line : report.lines) {
    text += fmt::format("{},{},{},{}", line.work.name, unit_name(report.settings.unit), csv_field(line.refused),
                        line.ours.figures.size());
    for (const Side* side : {&line.ours, &line.kernel}) {
      const Spread spread = side->spread();
      text +=
          side->figures.empty() ? ",,," : fmt::format(",{:.3f},{:.3f},{:.3f}", spread.median, spread.low, spread.high);
      for (const Histogram Side::*times : {&Side::allocs, &Side::frees})
        for (const double value : latencies_of(side->*times, *side, report.settings.unit))
          text += (side->*times).count() == 0 ? "," : fmt::format(",{:.1f}", value);
    }
    const auto ratio = line.ratio();
    text += ratio ? fmt::format(",{:.4f},{:.4f},{:.4f},{}\n", ratio->median, ratio->low, ratio->high, line.verdict())
                  : ",,,,\n";
  }
  return text;
}

}  // namespace minimm
