/* SPDX-License-Identifier: GPL-2.0 */
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "compare/chart.hpp"
#include "compare/summary.hpp"
#include "text/numbers.hpp"

namespace minimm {
namespace {

RunFigures run_of(std::uint64_t ns) {
  RunFigures run;
  run.ns = ns;
  run.cycles = ns * 2;
  run.ops = 100;
  run.splits = 50;
  run.merges = 25;
  run.failures = 3;
  run.peak_requested = 1000;
  run.peak_granted = 1250;
  run.live_requested = 800;
  run.used_bytes = 1200;
  run.metadata_bytes = 4096;
  run.free = {.pages = 1024, .huge_blocks = 1, .optimum = 2, .unusable = 0.5, .largest_order = 9};
  return run;
}

Comparison comparison() {
  Row there;
  there.engines = {"eager", "lifo", "slab"};
  there.variant = "each time";
  for (const std::uint64_t ns : {20'000u, 10'000u, 60'000u}) there.runs.push_back(run_of(ns));
  Histogram::Buckets buckets{};
  buckets[20] = 100; /* 24 to 25 cycles */
  there.times.add(buckets, 25);
  there.timed_ns = 50;
  there.timed_cycles = 100;
  Row absent;
  absent.engines = {"lazy", "lowest", "slub"};
  absent.absent = "not in this module";
  return {"work, \"load\"", 64 << 20, 7, 3, false, {4, 4}, {summary_of(there), summary_of(absent)}};
}

TEST(Summaries, have_the_median_and_rates_an_operation) {
  const Summary line = comparison().lines[0];
  EXPECT_EQ(line.ns.median, 200);
  EXPECT_EQ(line.ns.low, 100);
  EXPECT_EQ(line.ns.high, 600);
  EXPECT_EQ(line.cycles.median, 400);
  EXPECT_EQ(line.per_second(), 5e6);
  EXPECT_EQ(line.splits, 0.5);
  EXPECT_EQ(line.merges, 0.25);
  EXPECT_DOUBLE_EQ(line.internal, 0.25);
  EXPECT_DOUBLE_EQ(line.footprint, 1.5);
  EXPECT_NEAR(line.p50, 12.25, 0.5);
  EXPECT_EQ(line.max, 12.5);
  EXPECT_EQ(line.label(), "eager/lifo slab, each time");
}

TEST(FreeMemory, is_counted_in_blocks_of_2_mib_and_above) {
  mini_mm_arena_info arena{};
  arena.free_pages = 1024 + 512 + 8;
  arena.free_blocks[10] = 1;
  arena.free_blocks[9] = 1;
  arena.free_blocks[3] = 1;
  const FreeMemory free = free_memory(arena, 4096);
  EXPECT_EQ(free.huge_blocks, 3u);
  EXPECT_EQ(free.optimum, 3u);
  EXPECT_EQ(free.largest_order, 10);
  EXPECT_DOUBLE_EQ(free.unusable, 8.0 / 1544);
  EXPECT_EQ(blocks_text(free), "3/3 (100.0%)");
}

TEST(FreeMemory, may_be_none) {
  const FreeMemory free = free_memory({}, 4096);
  EXPECT_EQ(free.largest_order, -1);
  EXPECT_EQ(free.unusable, 0);
  EXPECT_EQ(contiguity(free), 1);
}

TEST(ComparisonTable, has_a_row_an_engine_and_says_what_is_absent) {
  const std::string wide = table_text(comparison(), 400);
  EXPECT_EQ(std::count(wide.begin(), wide.end(), '\n'), 3);
  EXPECT_NE(wide.find("\nlazy/lowest  slub                not in this module\n"), std::string::npos) << wide;
  EXPECT_NE(wide.find("1/2 (50.0%)"), std::string::npos);
  EXPECT_EQ(wide.find("partial"), std::string::npos);
}

TEST(ComparisonTable, is_two_tables_where_one_is_too_wide) {
  const std::string narrow = table_text(comparison(), 80);
  EXPECT_EQ(std::count(narrow.begin(), narrow.end(), '\n'), 7);
  EXPECT_EQ(narrow.find("engine"), 0u);
  EXPECT_NE(narrow.find("\n\nengine"), std::string::npos);
}

TEST(ComparisonTable, says_that_it_is_partial) {
  Comparison partial = comparison();
  partial.done = {3, 12};
  EXPECT_TRUE(table_text(partial, 80).ends_with("partial: 3 of 12 runs\n"));
}

TEST(ComparisonJson, has_the_figures_of_each_engine) {
  const auto json = nlohmann::json::parse(as_json(comparison()).line());
  EXPECT_EQ(json["workload"], "work, \"load\"");
  EXPECT_EQ(json["partial"], false);
  ASSERT_EQ(json["engines"].size(), 2u);
  EXPECT_EQ(json["engines"][0]["ns_per_op"]["median"], 200);
  EXPECT_EQ(json["engines"][0]["free"]["blocks_2m"], 1);
  EXPECT_EQ(json["engines"][0]["latency_ns"]["max"], 12.5);
  EXPECT_EQ(json["engines"][1]["absent"], "not in this module");
  EXPECT_FALSE(json["engines"][1].contains("ns_per_op"));
}

/* Fields of each line, quotes taken off. */
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string> fields{""};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
      fields.back() += text[++i];
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == ',' && !quoted) {
      fields.emplace_back();
    } else if (text[i] == '\n' && !quoted) {
      lines.push_back(fields);
      fields = {""};
    } else {
      fields.back() += text[i];
    }
  }
  return lines;
}

TEST(ComparisonCsv, has_a_row_an_engine_and_as_many_fields_in_each) {
  const auto lines = parse_csv(csv_text(comparison()));
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[1].size(), lines[0].size());
  EXPECT_EQ(lines[2].size(), lines[0].size());
  EXPECT_EQ(lines[1][0], "work, \"load\"");
  EXPECT_EQ(lines[0][7], "ns_per_op");
  EXPECT_EQ(lines[1][7], "200.000");
  EXPECT_EQ(lines[2][4], "not in this module");
}

TEST(ComparisonChart, is_whole_and_escapes_names) {
  const std::string svg = svg_chart(comparison());
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("work, &quot;load&quot;"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  for (const char* outside : {"href=", "src=", "url("}) EXPECT_EQ(svg.find(outside), std::string::npos);
  EXPECT_NE(html_page(comparison()).find(svg), std::string::npos);
}

TEST(ComparisonChart, may_have_nothing_to_show) {
  Comparison nothing = comparison();
  nothing.lines.erase(nothing.lines.begin());
  EXPECT_EQ(svg_chart(nothing).find("nan"), std::string::npos);
  EXPECT_NE(svg_chart(nothing).find("not in this module"), std::string::npos);
}

TEST(Engines, are_combined_each_with_each) {
  const EngineNames names("", "", "");
  const auto choices = parse_engines("eager/lifo,naive", "slab,slub", names);
  ASSERT_EQ(choices.size(), 4u);
  EXPECT_EQ(choices[0].pages(), "eager/lifo");
  EXPECT_EQ(choices[1].object_engine, "slub");
  EXPECT_EQ(choices[2].pages(), "naive");
  EXPECT_EQ(choices[2].placement, "");
  EXPECT_EQ(parse_engines("lazy/lowest", "", names).size(), 1u);
  EXPECT_EQ(all_engines(names, false).size(), 6u);
  EXPECT_EQ(all_engines(names, true).size(), 4u);
}

TEST(Engines, that_only_the_module_knows_are_known) {
  const EngineNames names("eager, best", "lifo, highest", "slab, pool");
  const auto choices = parse_engines("best/highest,lazy", "pool", names);
  ASSERT_EQ(choices.size(), 2u);
  EXPECT_EQ(choices[0].pages(), "best/highest");
  EXPECT_EQ(choices[0].object_engine, "pool");
  EXPECT_EQ(names.page_engines, (std::vector<std::string>{"eager", "best", "lazy", "naive"}));
}

std::string engines_complaint(std::string_view pages, std::string_view objects) {
  try {
    parse_engines(pages, objects, EngineNames("", "", ""));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

TEST(Engines, that_there_are_not_are_refused_with_those_there_are) {
  EXPECT_EQ(engines_complaint("eager,lasy", ""), "compare: unknown page engine 'lasy'; there are eager, lazy, naive");
  EXPECT_EQ(engines_complaint("eager/fifo", ""), "compare: unknown placement 'fifo'; there are lifo, lowest");
  EXPECT_EQ(engines_complaint("eager", "slab,swab"),
            "compare: unknown object engine 'swab'; there are slab, slub, slob, class");
  EXPECT_EQ(engines_complaint("eager,", ""), "compare: unknown page engine ''; there are eager, lazy, naive");
}

}  // namespace
}  // namespace minimm
