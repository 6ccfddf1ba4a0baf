/* SPDX-License-Identifier: GPL-2.0 */
#include "compare/summary.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "figures/output.hpp"
#include "text/numbers.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

std::string dash_or(bool there, std::string text) { return there ? std::move(text) : "-"; }

/* Three figures or so. */
std::string figure(double value) {
  if (value >= 100) return fmt::format("{:.0f}", value);
  return value >= 10 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string rate(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.2f} M", per_second / 1e6);
  return per_second >= 1e3 ? fmt::format("{:.1f} k", per_second / 1e3) : fmt::format("{:.0f}", per_second);
}

std::string percent(double share) { return fmt::format("{:.1f}%", share * 100); }

struct Column {
  const char* heading;
  std::string (*cell)(const Summary& line);
};

constexpr Column kNames[] = {
    {"engine", [](const Summary& line) { return line.pages; }},
    {"objects", [](const Summary& line) { return dash_or(!line.objects.empty(), line.objects); }},
    {"variant", [](const Summary& line) { return line.variant; }},
};

constexpr Column kTimes[] = {
    {">ns/op", [](const Summary& line) { return figure(line.ns.median); }},
    {">min..max", [](const Summary& line) { return fmt::format("{}..{}", figure(line.ns.low), figure(line.ns.high)); }},
    {">ops/s", [](const Summary& line) { return rate(line.per_second()); }},
    {">cycles/op", [](const Summary& line) { return figure(line.cycles.median); }},
    {">p50 ns", [](const Summary& line) { return dash_or(line.timed, figure(line.p50)); }},
    {">p99 ns", [](const Summary& line) { return dash_or(line.timed, figure(line.p99)); }},
    {">max ns", [](const Summary& line) { return dash_or(line.timed, figure(line.max)); }},
    {">failed", [](const Summary& line) { return std::to_string(line.failures); }},
};

constexpr Column kMemory[] = {
    {">splits/op", [](const Summary& line) { return fmt::format("{:.3f}", line.splits); }},
    {">merges/op", [](const Summary& line) { return fmt::format("{:.3f}", line.merges); }},
    {">internal", [](const Summary& line) { return percent(line.internal); }},
    {">footprint",
     [](const Summary& line) { return dash_or(line.footprint != 0, fmt::format("{:.2f}", line.footprint)); }},
    {">2 MiB blocks", [](const Summary& line) { return blocks_text(line.free); }},
    {">unusable", [](const Summary& line) { return percent(line.free.unusable); }},
    {">largest",
     [](const Summary& line) {
       return dash_or(line.free.largest_order >= 0, std::to_string(line.free.largest_order));
     }},
    {">metadata", [](const Summary& line) { return size_text(line.metadata_bytes); }},
};

constexpr Column kCompacted = {
    ">compacted", [](const Summary& line) { return line.compacted ? blocks_text(*line.compacted) : std::string("-"); }};

bool any(const Comparison& comparison, std::string Summary::*field) {
  for (const Summary& line : comparison.lines)
    if (!(line.*field).empty()) return true;
  return false;
}

std::vector<Column> name_columns(const Comparison& comparison) {
  std::vector<Column> names = {kNames[0]};
  if (any(comparison, &Summary::objects)) names.push_back(kNames[1]);
  if (any(comparison, &Summary::variant)) names.push_back(kNames[2]);
  return names;
}

Table table_with(const std::vector<Column>& columns, const std::vector<Summary>& lines) {
  std::vector<std::string> headings;
  headings.reserve(columns.size());
  for (const Column& column : columns) headings.emplace_back(column.heading);
  Table table(headings);
  for (const Summary& line : lines) {
    std::vector<std::string> cells;
    cells.reserve(columns.size());
    for (const Column& column : columns) cells.push_back(column.cell(line));
    table.row(std::move(cells));
  }
  return table;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    lines.push_back(text.substr(at, text.find('\n', at) - at));
  return lines;
}

/* Names, then @columns; where there are no figures, why, across all of them. */
std::string table_of(const Comparison& comparison, const std::vector<Column>& columns) {
  std::vector<Summary> measured;
  for (const Summary& line : comparison.lines)
    if (line.measured()) measured.push_back(line);
  const std::vector<std::string> names = lines_of(table_with(name_columns(comparison), comparison.lines).text());
  const std::vector<std::string> figures = lines_of(table_with(columns, measured).text());
  std::size_t width = 0;
  for (const std::string& name : names) width = std::max(width, display_width(name));

  std::string text;
  std::size_t next = 0;
  for (std::size_t i = 0; i < names.size(); i++) {
    const bool there = i == 0 || comparison.lines[i - 1].measured();
    const std::string why = there ? "" : comparison.lines[i - 1].absent;
    text += names[i] + std::string(width - display_width(names[i]) + 2, ' ') +
            (there         ? figures[next++]
             : why.empty() ? "not run"
                           : why) +
            '\n';
  }
  return text;
}

std::vector<Column> memory_columns(const Comparison& comparison) {
  std::vector<Column> columns(std::begin(kMemory), std::end(kMemory));
  if (comparison.compact) columns.insert(columns.begin() + 5, kCompacted);
  return columns;
}

std::size_t width_of(const std::string& table) { return display_width(table.substr(0, table.find('\n'))); }

std::string notes(const Comparison& comparison) {
  std::string text;
  for (const Summary& line : comparison.lines) {
    if (line.unmovable && line.measured())
      text += fmt::format("{}: the engine has no migrate types; all of its blocks were unmovable\n", line.label());
    if (line.violations != 0)
      text += fmt::format("{}: {} of its objects were not as the constructor had left them\n", line.label(),
                          line.violations);
  }
  if (comparison.partial()) text += comparison.partial_text() + '\n';
  return text;
}

}  // namespace

std::string Summary::label() const {
  std::string text = pages;
  if (!objects.empty()) text += ' ' + objects;
  if (!variant.empty()) text += ", " + variant;
  return text;
}

Summary summary_of(const Row& row) {
  Summary line;
  line.pages = row.engines.pages();
  line.objects = row.engines.object_engine;
  line.variant = row.variant;
  line.absent = row.absent;
  line.unmovable = row.unmovable;
  line.repeats = row.runs.size();
  if (row.runs.empty()) return line;
  std::vector<double> ns, cycles;
  for (const RunFigures& run : row.runs) {
    ns.push_back(run.ns_per_op());
    cycles.push_back(run.cycles_per_op());
  }
  line.ns = spread_of(ns);
  line.cycles = spread_of(cycles);
  const RunFigures& last = row.runs.back();
  if (last.ops != 0) {
    line.splits = static_cast<double>(last.splits) / static_cast<double>(last.ops);
    line.merges = static_cast<double>(last.merges) / static_cast<double>(last.ops);
  }
  line.operations = last.ops;
  line.failures = last.failures;
  line.violations = last.violations;
  line.peak_requested = last.peak_requested;
  if (last.peak_requested != 0)
    line.internal = static_cast<double>(last.peak_granted) / static_cast<double>(last.peak_requested) - 1;
  if (last.live_requested != 0)
    line.footprint = static_cast<double>(last.used_bytes) / static_cast<double>(last.live_requested);
  line.free = last.free;
  line.compacted = last.compacted;
  line.moved = last.moved;
  line.metadata_bytes = last.metadata_bytes;
  line.timed = row.times.count() != 0;
  line.p50 = row.ns_of(row.times.percentile(0.5));
  line.p99 = row.ns_of(row.times.percentile(0.99));
  line.max = row.ns_of(static_cast<double>(row.times.highest()));
  return line;
}

double contiguity(const FreeMemory& free) {
  return free.optimum == 0 ? 1 : static_cast<double>(free.huge_blocks) / static_cast<double>(free.optimum);
}

std::string blocks_text(const FreeMemory& free) {
  return fmt::format("{}/{} ({})", free.huge_blocks, free.optimum, percent(contiguity(free)));
}

std::string Comparison::partial_text() const {
  return partial() ? fmt::format("partial: {} of {} runs", done.runs, done.of) : "";
}

std::string table_text(const Comparison& comparison, unsigned columns) {
  const std::vector<Column> times(std::begin(kTimes), std::end(kTimes));
  const std::vector<Column> memory = memory_columns(comparison);
  std::vector<Column> all = times;
  all.insert(all.end(), memory.begin(), memory.end());
  std::string text = table_of(comparison, all);
  if (width_of(text) > columns) text = table_of(comparison, times) + '\n' + table_of(comparison, memory);
  return text + notes(comparison);
}

/* --- files ------------------------------------------------------------------------------------------------ */

namespace {

Json as_json(const Spread& spread) { return {{"median", spread.median}, {"min", spread.low}, {"max", spread.high}}; }

Json as_json(const FreeMemory& free) {
  Json json{{"pages", free.pages},
            {"blocks_2m", free.huge_blocks},
            {"blocks_2m_optimum", free.optimum},
            {"unusable", free.unusable}};
  if (free.largest_order >= 0) json.add("largest_order", static_cast<std::uint32_t>(free.largest_order));
  return json;
}

Json as_json(const Summary& line) {
  Json json{{"engine", line.pages}, {"object_engine", line.objects}, {"variant", line.variant}};
  if (!line.absent.empty()) json.add("absent", line.absent);
  if (!line.measured()) return json;
  json.add("repeats", line.repeats);
  json.add("unmovable", line.unmovable);
  json.add("operations", line.operations);
  json.add("ns_per_op", as_json(line.ns));
  json.add("cycles_per_op", as_json(line.cycles));
  json.add("ops_per_second", line.per_second());
  if (line.timed) json.add("latency_ns", {{"p50", line.p50}, {"p99", line.p99}, {"max", line.max}});
  json.add("splits_per_op", line.splits);
  json.add("merges_per_op", line.merges);
  json.add("failures", line.failures);
  json.add("violations", line.violations);
  json.add("peak_requested_bytes", line.peak_requested);
  json.add("internal_fragmentation", line.internal);
  json.add("footprint", line.footprint);
  json.add("free", as_json(line.free));
  if (line.compacted) {
    json.add("compacted", as_json(*line.compacted));
    json.add("moved_pages", line.moved);
  }
  json.add("metadata_bytes", line.metadata_bytes);
  return json;
}

}  // namespace

Json as_json(const Comparison& comparison) {
  Json lines = Json::array();
  for (const Summary& line : comparison.lines) lines.add(as_json(line));
  return {{"workload", comparison.workload},
          {"size", comparison.size},
          {"seed", comparison.seed},
          {"repeats", comparison.repeats},
          {"partial", comparison.partial()},
          {"runs", comparison.done.runs},
          {"runs_planned", comparison.done.of},
          {"engines", lines}};
}

std::string csv_text(const Comparison& comparison) {
  std::string text =
      "workload,engine,object_engine,variant,absent,repeats,operations,ns_per_op,ns_per_op_min,ns_per_op_max,"
      "ops_per_second,cycles_per_op,p50_ns,p99_ns,max_ns,splits_per_op,merges_per_op,failures,violations,"
      "internal_fragmentation,footprint,free_pages,blocks_2m,blocks_2m_optimum,unusable,largest_order,metadata_bytes,"
      "compacted_blocks_2m\n";
  for (const Summary& line : comparison.lines) {
    text += fmt::format("{},{},{},{},{},{}", csv_field(comparison.workload), line.pages, line.objects,
                        csv_field(line.variant), csv_field(line.absent), line.repeats);
    if (!line.measured()) {
      text += std::string(22, ',') + '\n';
      continue;
    }
    text += fmt::format(",{},{:.3f},{:.3f},{:.3f},{:.0f},{:.3f}", line.operations, line.ns.median, line.ns.low,
                        line.ns.high, line.per_second(), line.cycles.median);
    text += line.timed ? fmt::format(",{:.1f},{:.1f},{:.1f}", line.p50, line.p99, line.max) : ",,,";
    text += fmt::format(",{:.4f},{:.4f},{},{},{:.4f},{:.4f},{},{},{},{:.4f},{},{},{}\n", line.splits, line.merges,
                        line.failures, line.violations, line.internal, line.footprint, line.free.pages,
                        line.free.huge_blocks, line.free.optimum, line.free.unusable, line.free.largest_order,
                        line.metadata_bytes, line.compacted ? std::to_string(line.compacted->huge_blocks) : "");
  }
  return text;
}

}  // namespace minimm
