/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a bench found, for a terminal and for files.
 */
#pragma once

#include <string>
#include <vector>

#include "bench/measure.hpp"
#include "text/json.hpp"

namespace minimm {

struct BenchReport {
  std::string release; /* of the kernel */
  std::uint32_t cpus;
  std::uint32_t region_mb;
  BenchSettings settings;
  std::uint32_t rounds; /* that were done of all works */
  std::vector<Line> lines;

  bool partial() const { return rounds < settings.repeats; }
};

std::string unit_name(Unit unit);
/* The figures, and below them the latencies if there are any. */
std::string table_text(const BenchReport& report, bool colours);
Json as_json(const BenchReport& report);
/* A heading, and a row a work. */
std::string csv_text(const BenchReport& report);
std::string svg_chart(const BenchReport& report);

}  // namespace minimm
