/* SPDX-License-Identifier: GPL-2.0 */
#include "compare/measure.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "refused.hpp"

namespace minimm {
namespace {

constexpr std::uint64_t kHuge = 2u << 20;
constexpr std::uint32_t kTimedRuns = 2;
/* In one call, so that a large stream can be interrupted, and progress be shown. */
constexpr std::size_t kOpsACall = 1u << 20;

/* An arena under a name that nobody else has; it goes with the object, and with the open file at the latest. */
class OwnArena {
 public:
  OwnArena(const Device& device, const EngineChoice& engines, std::uint64_t size) : device_(device) {
    static unsigned number = 0;
    mini_mm_arena_create create{};
    set_name(create.name, fmt::format("cmp-{}-{}", ::getpid(), number++ % 1000));
    set_name(create.page_engine, engines.page_engine);
    set_name(create.placement, engines.placement);
    set_name(create.object_engine, engines.object_engine);
    create.size = size;
    id_ = device.create(create).id;
  }
  ~OwnArena() {
    try {
      device_.destroy(info());
    } catch (const Refused&) {
      /* Another error is on its way already; the arena goes with the open file. */
    }
  }
  OwnArena(const OwnArena&) = delete;
  OwnArena& operator=(const OwnArena&) = delete;

  mini_mm_arena_info info() const { return device_.arena(id_); }
  std::uint32_t id() const { return id_; }

 private:
  const Device& device_;
  std::uint32_t id_;
};

class OpenReplay {
 public:
  OpenReplay(const Device& device, std::uint32_t arena, std::uint32_t slots, const std::vector<StreamCache>& caches,
             const std::string& engine)
      : device_(device) {
    mini_mm_replay_open open{};
    open.arena = arena;
    open.slots = std::max(slots, 1u);
    open.nr_caches = static_cast<std::uint32_t>(caches.size());
    for (std::size_t i = 0; i < caches.size(); i++) {
      open.caches[i].size = caches[i].size;
      open.caches[i].align = caches[i].align;
      open.caches[i].flags = caches[i].construct == Construct::once        ? MINI_MM_REPLAY_CONSTRUCTOR
                             : caches[i].construct == Construct::each_time ? MINI_MM_REPLAY_CONSTRUCT_EACH_TIME
                                                                           : 0;
      set_name(open.caches[i].engine, engine);
    }
    device.replay_open(open);
  }
  ~OpenReplay() {
    try {
      device_.replay_close();
    } catch (const Refused&) {
      /* As with the arena. */
    }
  }
  OpenReplay(const OpenReplay&) = delete;
  OpenReplay& operator=(const OpenReplay&) = delete;

 private:
  const Device& device_;
};

/* False if all are unmovable already. */
bool make_unmovable(Stream& stream) {
  bool changed = false;
  for (mini_mm_replay_op& op : stream.ops) {
    if ((op.what & 15) != MINI_MM_REPLAY_PAGES || op.argument >> 8 == 0) continue;
    op.argument &= 0xff;
    changed = true;
  }
  return changed;
}

/* "" when it is not a matter of what the module can do. */
std::string absence(const Refused& refused) {
  if (refused.why() == MINI_MM_WHY_ENGINE) return "not in this module";
  if (refused.why() == MINI_MM_WHY_UNSUPPORTED) return "not able to do this workload";
  return "";
}

}  // namespace

FreeMemory free_memory(const mini_mm_arena_info& arena, std::uint64_t page_size) {
  const int huge_order = std::countr_zero(kHuge / page_size);
  FreeMemory free;
  free.pages = arena.free_pages;
  free.optimum = arena.free_pages >> huge_order;
  for (int order = 0; order < MINI_MM_ORDERS; order++) {
    if (arena.free_blocks[order] == 0) continue;
    free.largest_order = order;
    if (order >= huge_order) free.huge_blocks += arena.free_blocks[order] << (order - huge_order);
  }
  if (free.pages != 0)
    free.unusable =
        static_cast<double>(free.pages - (free.huge_blocks << huge_order)) / static_cast<double>(free.pages);
  return free;
}

std::vector<Row> Measure::probe(const std::vector<EngineChoice>& choices, std::uint32_t& order) const {
  std::vector<Row> rows;
  order = MINI_MM_ORDERS - 1;
  for (const EngineChoice& choice : choices) {
    Row row;
    row.engines = choice;
    try {
      const OwnArena arena(device_, choice, settings_.size);
      const OpenReplay replay(device_, arena.id(), 1, {{64}}, choice.object_engine);
      const mini_mm_arena_info made = arena.info();
      order = std::min(order, made.max_order);
      if (choice.page_engine.empty()) {
        row.engines.page_engine = name_in(made.page_engine);
        row.engines.placement = name_in(made.placement);
      }
    } catch (const Refused& refused) {
      row.absent = absence(refused);
      if (row.absent.empty()) throw;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

bool Measure::run_section(const Stream& stream, std::size_t begin, const StreamSection& section, bool timed, Row& row,
                          RunFigures& figures, const Stop& stop) const {
  Histogram::Buckets buckets{};
  while (begin < section.end) {
    mini_mm_replay_run run{};
    run.ops = reinterpret_cast<std::uintptr_t>(&stream.ops[begin]);
    run.count = static_cast<std::uint32_t>(std::min(section.end - begin, kOpsACall));
    const bool time = timed;
    if (time) {
      run.flags = MINI_MM_REPLAY_TIMED;
      run.histogram = reinterpret_cast<std::uintptr_t>(buckets.data());
    }
    device_.replay_run(run, begin);
    begin += run.done;
    if (time && section.measured) {
      row.times.add(buckets, run.max_cycles);
      row.timed_ns += run.ns;
      row.timed_cycles += run.cycles;
    }
    if (section.measured) {
      figures.ns += run.ns;
      figures.cycles += run.cycles;
      figures.ops += run.allocations + run.frees + run.failures;
    }
    figures.allocations += run.allocations;
    figures.failures += run.failures;
    figures.violations += run.violations;
    figures.live_requested = run.live_requested;
    figures.peak_requested = run.peak_requested;
    figures.peak_granted = run.peak_granted;
    if (stop()) return false;
  }
  return true;
}

/* An engine without migrate types gets the same stream without them. */
bool Measure::run_or_adapt(Row& row, bool timed, const Stop& stop) const {
  try {
    return run_once(row, timed, stop);
  } catch (const Refused& refused) {
    if (refused.why() != MINI_MM_WHY_UNSUPPORTED || row.unmovable) throw;
    auto adapted = std::make_shared<Stream>(*row.stream);
    if (!make_unmovable(*adapted)) throw;
    row.unmovable = true;
    row.stream = std::move(adapted);
  }
  return run_once(row, timed, stop);
}

bool Measure::run_once(Row& row, bool timed, const Stop& stop) const {
  const std::uint64_t page_size = device_.info().page_size;
  const OwnArena arena(device_, row.engines, settings_.size);
  const Stream& stream = *row.stream;
  const OpenReplay replay(device_, arena.id(), stream.slots, stream.caches, row.engines.object_engine);
  RunFigures figures;
  std::size_t begin = 0;
  for (const StreamSection& section : stream.sections) {
    const mini_mm_arena_info before = arena.info();
    if (!run_section(stream, begin, section, timed, row, figures, stop)) return false;
    begin = section.end;
    const mini_mm_arena_info after = arena.info();
    if (!section.measured) continue;
    figures.splits += after.splits - before.splits;
    figures.merges += after.merges - before.merges;
  }
  if (timed) {
    /* Exact for engines of several sizes too, which are asked only while operations are timed. */
    for (RunFigures& run : row.runs) run.peak_granted = figures.peak_granted;
    return true;
  }
  const mini_mm_arena_info end = arena.info();
  figures.used_bytes = (end.pages - end.free_pages) * page_size;
  figures.metadata_bytes = end.metadata_bytes;
  figures.free = free_memory(end, page_size);
  if (settings_.compact) {
    figures.moved = device_.compact(end).freed;
    figures.compacted = free_memory(arena.info(), page_size);
  }
  row.runs.push_back(figures);
  return true;
}

Measure::Done Measure::run(std::vector<Row>& rows, const Stop& stop, const Progress& progress) const {
  const auto present = static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.absent.empty(); }));
  const std::uint32_t rounds = settings_.repeats + std::min(settings_.repeats, kTimedRuns);
  Done done{0, present * rounds};
  for (std::uint32_t round = 0; round < rounds; round++) {
    for (Row& row : rows) {
      if (!row.absent.empty()) continue;
      if (stop()) return done;
      progress(done.runs, done.of, row);
      try {
        if (!run_or_adapt(row, round >= settings_.repeats, stop)) return done;
        done.runs++;
      } catch (const Refused& refused) {
        row.absent = absence(refused);
        if (row.absent.empty() || round != 0) throw;
        done.of -= rounds;
      }
    }
  }
  return done;
}

}  // namespace minimm
