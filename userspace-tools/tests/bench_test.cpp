/* SPDX-License-Identifier: GPL-2.0 */
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/report.hpp"
#include "text/numbers.hpp"

namespace minimm {
namespace {

Line line_of(const std::string& name, double ours, double kernel, std::size_t rounds) {
  Line line;
  line.work.name = name;
  for (std::size_t i = 0; i < rounds; i++) {
    /* Both sides drift together, as they do on a machine that is busy now and then. */
    const double drift = 1 + 0.2 * static_cast<double>(i % 3);
    line.ours.figures.push_back(ours * drift);
    line.kernel.figures.push_back(kernel * drift);
  }
  return line;
}

BenchReport report_of(std::vector<Line> lines) {
  BenchReport report{"6.12", 2, 64, {}, 9, {}};
  report.lines = std::move(lines);
  return report;
}

bool has(const std::vector<Work>& works, const std::string& name) {
  return std::any_of(works.begin(), works.end(), [&](const Work& work) { return work.name == name; });
}

TEST(Verdict, is_given_when_the_interval_leaves_one_out) {
  EXPECT_EQ(line_of("a", 100, 210, 9).verdict(), "2.1x faster");
  EXPECT_EQ(line_of("a", 130, 100, 9).verdict(), "1.3x slower");
  EXPECT_EQ(line_of("a", 100, 103, 9).verdict(), "1.03x faster");
  EXPECT_EQ(line_of("a", 10, 3214, 9).verdict(), "321x faster");
}

TEST(Verdict, is_no_difference_when_rounds_disagree) {
  EXPECT_EQ(verdict_of({0.9, 1.1, 0.95, 1.05, 1.2, 0.8, 1.1, 0.9, 1}), "no difference");
  EXPECT_EQ(verdict_of({1, 1, 1, 1, 1, 1}), "no difference");
}

TEST(Verdict, wants_six_rounds) {
  EXPECT_EQ(line_of("a", 100, 300, 5).verdict(), "too few repeats");
  EXPECT_EQ(line_of("a", 100, 300, 6).verdict(), "3.0x faster");
  EXPECT_EQ(verdict_of({}), "");
}

TEST(Works, have_names_of_their_own) {
  const std::vector<Work> works = all_works({});
  for (const Work& work : works)
    EXPECT_EQ(std::count_if(works.begin(), works.end(), [&](const Work& other) { return other.name == work.name; }), 1)
        << work.name;
}

TEST(Works, are_chosen_by_name_or_by_the_beginning_of_it) {
  const std::vector<Work> works = all_works({});
  EXPECT_EQ(chosen_works(works, {"object-hot"}, false).size(), 1u);
  EXPECT_EQ(chosen_works(works, {"object-hot", "object-hot"}, false).size(), 1u);
  EXPECT_EQ(chosen_works(works, {"object-bulk"}, false).size(), 3u);
  EXPECT_EQ(chosen_works(works, {}, false).size(), works.size());
  EXPECT_LT(chosen_works(works, {}, true).size(), works.size());
  EXPECT_THROW(chosen_works(works, {"obj"}, false), UsageError);
  /* Named is named, brief or not. */
  EXPECT_EQ(chosen_works(works, {"object-random"}, true).size(), 1u);
}

TEST(Works, for_two_cpus_are_there_whatever_the_machine_has) {
  WorkOptions options;
  EXPECT_TRUE(has(all_works(options), "object-cpus-2"));
  EXPECT_FALSE(has(all_works(options), "object-cpus-3"));
  options.cpus = 12;
  const std::vector<Work> works = all_works(options);
  for (const char* name :
       {"pages-cpus-1", "pages-cpus-2", "pages-cpus-3", "pages-cpus-4", "pages-cpus-8", "pages-cpus-12"})
    EXPECT_TRUE(has(works, name)) << name;
}

TEST(Works, take_the_options) {
  WorkOptions options;
  options.operations = 7;
  options.zero = true;
  options.size = 64;
  for (const Work& work : all_works(options)) {
    EXPECT_EQ(work.run.operations, 7u);
    EXPECT_TRUE(work.run.flags & MINI_MM_BENCH_ZERO);
    EXPECT_EQ(work.run.size, work.run.memory == MINI_MM_BENCH_PAGES ? 0u : 64u);
  }
}

TEST(BenchTable, has_a_line_a_work_and_says_what_could_not_be_measured) {
  Line absent;
  absent.work.name = "object-cpus-2";
  absent.refused = "bench object-cpus-2: needs 2 CPUs (ENXIO)";
  const std::string text = table_text(report_of({line_of("object-hot", 40, 200, 9), absent}), false);
  EXPECT_NE(text.find("6.12, 2 CPUs, region of 64 MiB: ns for an allocation and its free"), std::string::npos);
  EXPECT_NE(text.find("5.00..5.00  5.0x faster\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nbench object-cpus-2: needs 2 CPUs (ENXIO)\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("\033["), std::string::npos);
  EXPECT_EQ(text.find("single calls"), std::string::npos);
}

TEST(BenchTable, says_when_it_is_partial) {
  BenchReport report = report_of({line_of("object-hot", 40, 200, 3)});
  report.rounds = 3;
  EXPECT_NE(table_text(report, false).find("partial: 3 of 9 rounds"), std::string::npos);
}

TEST(BenchTable, shows_latencies_in_the_unit) {
  Line line = line_of("object-hot", 40, 200, 9);
  Histogram::Buckets buckets{};
  buckets[7] = 10;
  line.ours.allocs.add(buckets, 7);
  line.ours.frees.add(buckets, 7);
  line.ours.latency_cycles = 100;
  line.ours.latency_ns = 50;
  const std::string text = table_text(report_of({line}), false);
  EXPECT_NE(text.find("object-hot        alloc       3.5"), std::string::npos) << text;
}

TEST(BenchFiles, have_every_figure) {
  const BenchReport report = report_of({line_of("object-hot", 40, 200, 9)});
  EXPECT_NE(
      as_json(report).line().find(R"("kernel_by_ours":{"median":5.0,"low":5.0,"high":5.0},"verdict":"5.0x faster")"),
      std::string::npos)
      << as_json(report).line();
  const std::string csv = csv_text(report);
  const std::string heading = csv.substr(0, csv.find('\n'));
  const std::string row = csv.substr(csv.find('\n') + 1);
  EXPECT_EQ(std::count(heading.begin(), heading.end(), ','), std::count(row.begin(), row.end(), ','));
  EXPECT_TRUE(svg_chart(report).starts_with("<svg "));
}

}  // namespace
}  // namespace minimm
