/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <memory>

#include "commands/commands.hpp"
#include "commands/text_file.hpp"
#include "compare/chart.hpp"
#include "compare/language.hpp"
#include "compare/summary.hpp"
#include "compare/workloads.hpp"
#include "figures/output.hpp"
#include "figures/progress.hpp"
#include "refused.hpp"
#include "stress/signals.hpp"
#include "terminal.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

constexpr std::uint32_t kMostRepeats = 1000;
constexpr std::uint64_t kSmallest = 256 << 10;

struct Compare {
  std::string workload = "frag";
  std::string engines;
  std::string object_engines;
  std::uint64_t size = 64 << 20;
  std::uint32_t repeats = 5;
  std::uint64_t seed = 0;
  bool compact = false;
  bool list = false;
  std::string json_file, csv, svg, html;

  void run(Session& session) const {
    if (list) return show_workloads(session);
    if (repeats == 0) throw UsageError("compare: --repeats has to be 1 or more");
    if (size < kSmallest) throw UsageError("compare: --size has to be 256K or more");
    const Workload* named = find_workload(workload);
    std::optional<WorkloadFile> file;
    if (named == nullptr) file = read_file();
    const bool objects = named != nullptr ? named->objects : file->objects();
    const mini_mm_info info = session.device().info();
    const EngineNames names(name_in(info.page_engines), name_in(info.placements), name_in(info.object_engines));
    const std::vector<EngineChoice> choices = chosen(names, objects);
    Output json_output(json_file), csv_output(csv), svg_output(svg), html_output(html);

    const Comparison comparison = measure(session, choices, named, file);
    json_output.write([&] { return as_json(comparison).line() + '\n'; });
    csv_output.write([&] { return csv_text(comparison); });
    svg_output.write([&] { return svg_chart(comparison); });
    html_output.write([&] { return html_page(comparison); });
    if (session.json)
      Session::show(as_json(comparison));
    else
      Session::show(announcement(comparison) + table_text(comparison, terminal_columns()));
  }

 private:
  static void show_workloads(Session& session) {
    if (session.json) {
      Json all = Json::array();
      for (const Workload& one : workloads())
        all.add(Json{{"name", one.name}, {"help", one.help}, {"objects", one.objects}});
      return Session::show(Json{{"workloads", all}});
    }
    Table table({"workload", "what it does"});
    for (const Workload& one : workloads()) table.row({std::string(one.name), std::string(one.help)});
    Session::show(table.text() + "A file is a workload too: docs/workloads.md has its language.\n");
  }

  /* A name without a dot or a slash is one of ours, mistyped, unless there is such a file. */
  WorkloadFile read_file() const {
    const bool path = workload.find_first_of("./") != std::string::npos;
    if (!path && !std::ifstream(workload))
      throw UsageError(
          fmt::format("compare: unknown workload '{}'; there are {}, and files", workload, workload_names()));
    return WorkloadFile(workload, read_text_file(workload, "workload"));
  }

  bool named_engines() const { return !engines.empty() || !object_engines.empty(); }

  std::vector<EngineChoice> chosen(const EngineNames& names, bool objects) const {
    if (!named_engines()) return all_engines(names, objects);
    const std::string all = objects ? fmt::format("{}", fmt::join(names.object_engines, ",")) : "";
    return parse_engines(engines.empty() ? "eager/lifo" : engines, object_engines.empty() ? all : object_engines,
                         names);
  }

  Comparison measure(Session& session, const std::vector<EngineChoice>& choices, const Workload* named,
                     const std::optional<WorkloadFile>& file) const {
    const SignalWatch signals;
    const Device& device = session.device();
    const Measure machine(device, {size, repeats, compact});
    Ground ground{size / device.info().page_size, device.info().page_size, 0, seed};
    if (file && file->seed() && seed == 0) ground.seed = *file->seed();
    std::vector<Row> present = machine.probe(choices, ground.max_order);
    /* All that there are: what there is not need not be said. */
    if (!named_engines()) std::erase_if(present, [](const Row& row) { return !row.absent.empty(); });
    refuse_none(present);
    std::vector<Variant> variants;
    if (named != nullptr)
      variants = named->make(ground);
    else
      variants.push_back({"", file->make(ground)});

    std::vector<std::shared_ptr<const Stream>> streams;
    streams.reserve(variants.size());
    for (Variant& variant : variants) streams.push_back(std::make_shared<Stream>(std::move(variant.stream)));
    std::vector<Row> rows;
    for (const Row& row : present)
      for (std::size_t i = 0; i < variants.size(); i++) {
        rows.push_back(row);
        rows.back().variant = variants[i].name;
        rows.back().stream = streams[i];
      }
    Measure::Done done;
    {
      Progress progress("compare");
      done = machine.run(
          rows, [&] { return signals.came(); },
          [&](std::size_t runs, std::size_t of, const Row& next) {
            progress.show(runs, of, summary_of(next).label());
          });
    }
    session.interrupted = signals.came();
    refuse_none(rows);
    Comparison comparison{workload, size, ground.seed, repeats, compact, done, {}};
    for (const Row& row : rows) comparison.lines.push_back(summary_of(row));
    return comparison;
  }

  void refuse_none(const std::vector<Row>& rows) const {
    if (std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.absent.empty(); })) return;
    const std::string example =
        rows.empty() ? "" : fmt::format(": {} is {}", summary_of(rows.front()).label(), rows.front().absent);
    throw Refused(EOPNOTSUPP, "no-engine", "none of the engines can do it" + example,
                  fmt::format("compare {}", workload));
  }

  std::string announcement(const Comparison& comparison) const {
    return fmt::format("{} on {}: seed {}, {}, {} operations each\n", comparison.workload, size_text(comparison.size),
                       comparison.seed, count_text(comparison.repeats, "repeat"), operations(comparison));
  }

  static std::uint64_t operations(const Comparison& comparison) {
    std::uint64_t most = 0;
    for (const Summary& line : comparison.lines) most = std::max(most, line.operations);
    return most;
  }
};

}  // namespace

void add_compare(Command root) {
  auto [command, compare] = root.leaf<Compare>("compare", "one workload on several engines, inside the kernel");
  command.option("--workload", "NAME|FILE", compare.workload,
                 fmt::format("{}, or a file; 'frag' if not given", workload_names()));
  command.flag("--workloads", compare.list, "list the workloads");
  command.option("--engines", "LIST", compare.engines,
                 "page engines and placements, such as eager/lifo,lazy/lowest; if not given, all (eager/lifo for "
                 "workloads with objects)");
  command.option("--object-engines", "LIST", compare.object_engines,
                 "such as slab,slub, each with each page engine; if not given, all for workloads with objects");
  command.size("--size", compare.size, "of the arena that each run has for itself; 64M if not given");
  command.option("--repeats", "N", compare.repeats, "runs of each engine, in turns; 5 if not given", Need::optional,
                 kMostRepeats);
  command.option("--seed", "N", compare.seed, "of the workload's random numbers; 0 if not given");
  command.flag("--compact", compare.compact, "measure the free blocks once more after a compaction");
  command.option("--json-file", "FILE", compare.json_file, "write the figures as JSON");
  command.option("--csv", "FILE", compare.csv, "write them as CSV, a row an engine");
  command.option("--svg", "FILE", compare.svg, "draw them");
  command.option("--html", "FILE", compare.html, "write a page with the picture and the figures");
  command.footer(
      "The times are medians of the repeats, min..max their spread. p50, p99 and max are of single operations,\n"
      "timed in runs of their own. Internal fragmentation: what was granted above what was requested, when most\n"
      "was requested. 2 MiB blocks: of free memory, against what it would be if it lay together.");
}

}  // namespace minimm
