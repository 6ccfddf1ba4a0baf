/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Streams on engines, in the kernel. Each run has an arena of its own, of which nothing is left; the engines take
 * turns, so that what else the machine does hits all of them alike. Single operations are timed in runs of their
 * own, for timing costs time.
 */
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compare/engines.hpp"
#include "compare/stream.hpp"
#include "device.hpp"
#include "figures/statistics.hpp"

namespace minimm {

/* Where the free memory of an arena lies. */
struct FreeMemory {
  std::uint64_t pages = 0;
  std::uint64_t huge_blocks = 0; /* of 2 MiB, in free blocks of that size and above */
  std::uint64_t optimum = 0;     /* if all free pages lay together */
  double unusable = 0;           /* share of the free pages that is in smaller blocks */
  int largest_order = -1;        /* of a free block; -1 when there is none */
};

FreeMemory free_memory(const mini_mm_arena_info& arena, std::uint64_t page_size);

/* One run. The first five are of what is measured, the others of all. */
struct RunFigures {
  std::uint64_t ns = 0;
  std::uint64_t cycles = 0;
  std::uint64_t ops = 0; /* that called an allocator */
  std::uint64_t splits = 0;
  std::uint64_t merges = 0;
  std::uint64_t allocations = 0;
  std::uint64_t failures = 0;
  std::uint64_t violations = 0;
  std::uint64_t peak_requested = 0;
  std::uint64_t peak_granted = 0;
  std::uint64_t live_requested = 0; /* bytes at the end, and what they take up of the arena */
  std::uint64_t used_bytes = 0;
  std::uint64_t metadata_bytes = 0;
  FreeMemory free;
  std::optional<FreeMemory> compacted;
  std::uint64_t moved = 0; /* pages, by compaction */

  double ns_per_op() const { return ops == 0 ? 0 : static_cast<double>(ns) / static_cast<double>(ops); }
  double cycles_per_op() const { return ops == 0 ? 0 : static_cast<double>(cycles) / static_cast<double>(ops); }
};

/* A line of the comparison. */
struct Row {
  EngineChoice engines;
  std::string variant;
  std::shared_ptr<const Stream> stream;
  bool unmovable = false; /* the engine has no migrate types, so the stream is without them */
  std::string absent;     /* why it cannot be run in this module, or "" */
  std::vector<RunFigures> runs;
  Histogram times; /* cycles */
  std::uint64_t timed_ns = 0;
  std::uint64_t timed_cycles = 0;

  double ns_of(double cycles) const {
    return timed_cycles == 0 ? 0 : cycles * static_cast<double>(timed_ns) / static_cast<double>(timed_cycles);
  }
};

struct MeasureSettings {
  std::uint64_t size;
  std::uint32_t repeats;
  bool compact;
};

class Measure {
 public:
  using Stop = std::function<bool()>;
  /* Before each run: how many are done, of how many, and on what. */
  using Progress = std::function<void(std::size_t done, std::size_t of, const Row& next)>;

  Measure(const Device& device, const MeasureSettings& settings) : device_(device), settings_(settings) {}

  /* Which of @choices the module has; the others' reasons in absent. @order: the lowest of their highest orders. */
  std::vector<Row> probe(const std::vector<EngineChoice>& choices, std::uint32_t& order) const;

  /* How many of how many runs were done. */
  struct Done {
    std::size_t runs;
    std::size_t of;
  };
  Done run(std::vector<Row>& rows, const Stop& stop, const Progress& progress) const;

 private:
  bool run_or_adapt(Row& row, bool timed, const Stop& stop) const;
  bool run_once(Row& row, bool timed, const Stop& stop) const;
  bool run_section(const Stream& stream, std::size_t begin, const StreamSection& section, bool timed, Row& row,
                   RunFigures& figures, const Stop& stop) const;

  const Device& device_;
  MeasureSettings settings_;
};

}  // namespace minimm
