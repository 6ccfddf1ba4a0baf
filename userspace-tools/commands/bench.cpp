/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "bench/report.hpp"
#include "commands/commands.hpp"
#include "figures/output.hpp"
#include "figures/progress.hpp"
#include "refused.hpp"
#include "stress/signals.hpp"
#include "terminal.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

constexpr std::uint32_t kMostRepeats = 1000;

/* Twice the last level cache, as far as a small machine has the memory; many, where the processor does not say. */
std::uint32_t cold_buffer_mb() {
  constexpr long kUnknown = 64;
  constexpr long kMost = 128;
  const long bytes = ::sysconf(_SC_LEVEL3_CACHE_SIZE);
  const long mb = bytes > 0 ? (bytes >> 20) * 2 : kUnknown;
  return static_cast<std::uint32_t>(std::clamp(mb, 1L, kMost));
}

std::uint32_t cpus_online() { return static_cast<std::uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN))); }

std::string kernel_release() {
  utsname names{};
  ::uname(&names);
  return names.release;
}

Unit unit_of(const std::string& name) {
  for (const Unit unit : {Unit::ns, Unit::cycles, Unit::instructions})
    if (name == unit_name(unit)) return unit;
  throw UsageError(fmt::format("bench: unknown unit '{}'; there are ns, cycles and instructions", name));
}

struct Bench {
  std::vector<std::string> works;
  WorkOptions options;
  BenchSettings settings;
  std::string unit = "ns";
  std::optional<std::uint32_t> cpus;
  bool brief = false;
  bool list = false;
  std::string json_file, csv, svg;

  void run(Session& session) const {
    WorkOptions for_works = options;
    for_works.cpus = cpus.value_or(cpus_online());
    for_works.cold_mb = cold_buffer_mb();
    check(for_works);
    const std::vector<Work> chosen = chosen_works(all_works(for_works), works, brief);
    if (list) return show_works(session, chosen);
    BenchReport report{kernel_release(), cpus_online(), options.region_mb, settings, 0, {}};
    report.settings.unit = unit_of(unit);
    report.settings.latencies = !brief;
    for (const Work& work : chosen) report.lines.push_back({work, "", {}, {}});
    Output json_output(json_file), csv_output(csv), svg_output(svg);

    measure(session, report);
    json_output.write([&] { return as_json(report).line() + '\n'; });
    csv_output.write([&] { return csv_text(report); });
    svg_output.write([&] { return svg_chart(report); });
    if (session.json)
      Session::show(as_json(report));
    else
      Session::show(table_text(report, terminal_has_colours()));
  }

 private:
  void check(const WorkOptions& for_works) const {
    if (settings.repeats == 0) throw UsageError("bench: --repeats has to be 1 or more");
    if (for_works.cpus == 0) throw UsageError("bench: --cpus has to be 1 or more");
    if (options.operations == 0u) throw UsageError("bench: --operations has to be 1 or more");
    if (options.region_mb == 0) throw UsageError("bench: --region has to be 1 or more");
    if (options.size < MINI_MM_OBJECT_SIZE_MIN)
      throw UsageError(fmt::format("bench: --size has to be {} or more", MINI_MM_OBJECT_SIZE_MIN));
  }

  static void show_works(Session& session, const std::vector<Work>& all) {
    if (session.json) {
      Json json = Json::array();
      for (const Work& work : all) json.add(Json{{"name", work.name}, {"help", work.help}, {"brief", work.brief}});
      return Session::show(Json{{"works", json}});
    }
    Table table({"work", "brief", "what it does"});
    for (const Work& work : all) table.row({work.name, work.brief ? "yes" : "", work.help});
    Session::show(table.text());
  }

  void measure(Session& session, BenchReport& report) const {
    const SignalWatch signals;
    const BenchDevice device;
    {
      Progress progress("bench");
      report.rounds =
          BenchMeasure(device, report.settings)
              .run(
                  report.lines, [&] { return signals.came(); },
                  [&](std::size_t done, std::size_t of, const std::string& next) { progress.show(done, of, next); });
    }
    session.interrupted = signals.came();
    const auto refused = [](const Line& line) { return !line.measured() && !line.refused.empty(); };
    if (std::all_of(report.lines.begin(), report.lines.end(), refused))
      throw Refused(EOPNOTSUPP, "no-work", "none of the works can be measured: " + report.lines.front().refused,
                    "bench");
  }
};

}  // namespace

void add_bench(Command root) {
  auto [command, bench] = root.leaf<Bench>("bench", "mini_mm beside the kernel's own allocators, on the same work");
  command.words("WORK", bench.works, "such as object-hot, or all of object, kmalloc or pages; all if none is given");
  command.flag("--list", bench.list, "list the works");
  command.flag("--brief", bench.brief, "a few works if none is given, and no latencies of single calls");
  command.option("--repeats", "N", bench.settings.repeats, "rounds; 9 if not given, six are the least for a verdict",
                 Need::optional, kMostRepeats);
  command.option("--operations", "N", bench.options.operations, "allocations and frees in a measurement");
  command.option("--size", "BYTES", bench.options.size, "of objects and of kmalloc; 256 if not given", Need::optional,
                 MINI_MM_BENCH_KMALLOC_MAX);
  command.option("--cpus", "N", bench.cpus, "try up to so many at once; all if not given");
  command.option("--region", "MIB", bench.options.region_mb, "of the arena that each measurement has; 64 if not given",
                 Need::optional, MINI_MM_BENCH_REGION_MB_MAX);
  command.flag("--zero", bench.options.zero, "ask both sides for zeroed memory");
  command.flag("--ours", bench.settings.ours_only, "do not measure the kernel's");
  command.option("--page-engine", "NAME", bench.settings.page_engine, "of mini_mm's arena");
  command.option("--placement", "NAME", bench.settings.placement, "of mini_mm's arena");
  command.option("--object-engine", "NAME", bench.settings.object_engine, "of mini_mm's arena");
  command.option("--unit", "UNIT", bench.unit,
                 "ns, cycles, or instructions, which is what an emulated processor's cycles are under vm/run --icount; "
                 "ns if not given");
  command.option("--json-file", "FILE", bench.json_file, "write the figures as JSON");
  command.option("--csv", "FILE", bench.csv, "write them as CSV, a row a work");
  command.option("--svg", "FILE", bench.svg, "draw them");
  command.footer(
      "A figure is the median over the repeats of what an allocation and its free take together, min..max their\n"
      "spread. kernel/ours above 1: mini_mm is faster; a verdict is given only if 1 lies outside the 95% interval.\n"
      "Single calls are timed in passes of their own, in which reading the clock is subtracted.");
}

}  // namespace minimm
