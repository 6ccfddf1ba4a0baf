/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a comparison found: a summary for each line, and how it is printed and written.
 */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/measure.hpp"
#include "text/json.hpp"

namespace minimm {

struct Summary {
  std::string pages; /* the engines: "lazy/lowest" */
  std::string objects;
  std::string variant;
  std::string absent;     /* why there are no figures, or "" */
  bool unmovable = false; /* the engine has no migrate types */
  std::size_t repeats = 0;
  Spread ns; /* an operation; so the next four */
  Spread cycles;
  double splits = 0;
  double merges = 0;
  double p50 = 0, p99 = 0, max = 0; /* ns; zero when there was no timed run */
  bool timed = false;
  std::uint64_t operations = 0; /* that were measured, in a run */
  std::uint64_t failures = 0;   /* in a run; so what follows */
  std::uint64_t violations = 0;
  std::uint64_t peak_requested = 0;
  double internal = 0;  /* (granted - requested) / requested, when most was requested */
  double footprint = 0; /* bytes taken of the arena for each that is in use, at the end; 0 when none is */
  FreeMemory free;
  std::optional<FreeMemory> compacted;
  std::uint64_t moved = 0;
  std::uint64_t metadata_bytes = 0;

  bool measured() const { return repeats != 0; }
  double per_second() const { return ns.median == 0 ? 0 : 1e9 / ns.median; }
  /* "lazy/lowest slab, each time" */
  std::string label() const;
};

Summary summary_of(const Row& row);

struct Comparison {
  std::string workload;
  std::uint64_t size;
  std::uint64_t seed;
  std::uint32_t repeats;
  bool compact;
  Measure::Done done;
  std::vector<Summary> lines;

  bool partial() const { return done.runs < done.of; }
  /* "partial: 3 of 12 runs", or "". */
  std::string partial_text() const;
};

/* For a terminal of @columns: one table, or two below one another if one would be too wide. */
std::string table_text(const Comparison& comparison, unsigned columns);
Json as_json(const Comparison& comparison);
/* A heading, and a row an engine. */
std::string csv_text(const Comparison& comparison);

/* "254/256 (99.2%)" */
std::string blocks_text(const FreeMemory& free);
/* Of the optimum, 1 if that is none. */
double contiguity(const FreeMemory& free);

}  // namespace minimm
