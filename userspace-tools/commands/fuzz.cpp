/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <cerrno>

#include "commands/commands.hpp"
#include "fuzz/calls.hpp"
#include "fuzz/run.hpp"
#include "refused.hpp"
#include "stress/random.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

constexpr std::uint32_t kMostSeconds = 1u << 20;

struct Fuzz {
  std::optional<std::uint32_t> seconds;
  std::uint64_t seed = random_seed();
  std::uint32_t threads = 2;
  std::uint32_t processes = 2;
  std::uint64_t calls = 0;

  void run(Session& session) const {
    if (seconds && (*seconds == 0 || *seconds > kMostSeconds))
      throw UsageError(fmt::format("fuzz: --seconds has to be 1 to {}", kMostSeconds));
    if (threads == 0 || processes == 0) throw UsageError("fuzz: --threads and --processes have to be 1 or more");
    if (std::uint64_t{threads} * processes > FuzzShared::kWorkers)
      throw UsageError(fmt::format("fuzz: --threads times --processes may be {} at most", FuzzShared::kWorkers));

    const FuzzSettings settings{seconds.value_or(calls == 0 ? 10 : 0), seed, threads, processes, calls};
    const Device& device = session.device();
    if (!session.json)
      Session::show(fmt::format("fuzz: seed {}, {} process{} of {}{}{}\n", seed, processes, processes == 1 ? "" : "es",
                                count_text(threads, "thread"),
                                settings.seconds == 0 ? "" : fmt::format(", {} s", settings.seconds),
                                calls == 0 ? "" : fmt::format(", {} calls", calls)));
    std::fflush(stdout);
    const FuzzResult result = run_fuzz(device, settings);
    session.interrupted = result.interrupted;
    if (session.json)
      Session::show(as_json(result));
    else
      Session::show(as_text(result));
    judge(result);
  }

 private:
  static double rate(const FuzzResult& result) { return static_cast<double>(result.calls) / result.seconds; }

  static std::string as_text(const FuzzResult& result) {
    Table calls({"call", ">count", ">ok", "refused"});
    for (const FuzzLine& line : result.lines) {
      std::string refused;
      for (const auto& [error, count] : line.refused)
        refused += fmt::format("{}{} {}", refused.empty() ? "" : ", ", errno_name(error), count);
      calls.row({std::string(line.call), std::to_string(line.count), std::to_string(line.ok), refused});
    }
    Table table({"", ">"});
    table.row({"seconds", fmt::format("{:.1f}{}", result.seconds, result.interrupted ? " (interrupted)" : "")});
    table.row({"calls", std::to_string(result.calls)});
    table.row({"calls a second", fmt::format("{:.0f}", rate(result))});
    table.row({"processes killed in mid-call", std::to_string(result.killed)});
    if (result.digest != 0) table.row({"digest of calls and results", fmt::format("{:016x}", result.digest)});
    table.row({"things left or wrong", std::to_string(result.wrong.size())});
    return calls.text() + "\n" + table.text();
  }

  Json as_json(const FuzzResult& result) const {
    Json calls_made = Json::array();
    for (const FuzzLine& line : result.lines) {
      Json refused{};
      for (const auto& [error, count] : line.refused) refused.add(errno_name(error), count);
      calls_made.add(Json{{"call", line.call}, {"count", line.count}, {"ok", line.ok}, {"refused", refused}});
    }
    return Json{{"seed", seed},
                {"threads", threads},
                {"processes", processes},
                {"seconds", result.seconds},
                {"calls", result.calls},
                {"calls_per_second", rate(result)},
                {"killed", result.killed},
                {"digest", fmt::format("{:016x}", result.digest)},
                {"interrupted", result.interrupted},
                {"wrong", std::uint64_t{result.wrong.size()}},
                {"table", calls_made}};
  }

  static void judge(const FuzzResult& result) {
    if (result.wrong.empty()) return;
    Refused refused(EUCLEAN, "fuzz", result.wrong.front(), "fuzz");
    for (std::size_t i = 1; i < result.wrong.size(); i++)
      refused.also(Refused(EUCLEAN, "fuzz", result.wrong[i], "fuzz"));
    throw refused;
  }
};

}  // namespace

void add_fuzz(Command root) {
  auto [command, fuzz] = root.leaf<Fuzz>("fuzz", "make calls at random, right ones and wrong ones, and look for harm");
  command.option("--seconds", "S", fuzz.seconds, "how long; 10 if neither this nor --calls is given");
  command.option("--calls", "N", fuzz.calls, "how many calls, of all workers together");
  command.option("--seed", "N", fuzz.seed, "of the random numbers; random if not given, and printed");
  command.option("--threads", "T", fuzz.threads, "threads of each process; 2 if not given");
  command.option("--processes", "P", fuzz.processes, "how many, killed and replaced if more than one; 2 if not given");
}

}  // namespace minimm
