/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "commands/commands.hpp"
#include "commands/debugfs.hpp"
#include "refused.hpp"
#include "stress/random.hpp"
#include "stress/run.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

constexpr std::uint32_t kFewestABatch = 4; /* a block may take three operations */
constexpr std::uint32_t kMostThreads = 256;
constexpr std::uint32_t kMostSeconds = 1u << 20;

struct Stress {
  std::uint32_t seconds = 10;
  std::uint32_t threads = 2;
  std::uint64_t seed = random_seed();
  std::uint32_t batch = 512;
  std::string verify = "ends";
  std::string arena = "default";

  void run(Session& session) const {
    if (seconds == 0) throw UsageError("stress: --seconds has to be 1 or more");
    if (threads == 0) throw UsageError("stress: --threads has to be 1 or more");
    if (batch < kFewestABatch) throw UsageError(fmt::format("stress: --batch has to be {} or more", kFewestABatch));
    if (verify != "ends" && verify != "full") throw UsageError("stress: --verify is 'ends' or 'full'");

    const Device& device = session.device();
    const Sight before = look(device, arena);
    if (!session.json) Session::show(announcement());
    std::fflush(stdout);
    const bool timed = time_interrupts();
    const StressResult result = run_stress(
        device, before.arena, {seconds, threads, seed, batch, verify == "full" ? Verify::full : Verify::ends});
    session.interrupted = result.interrupted;
    const Sight after = look(device, before.arena.id);
    show(session, result, before.arena, after.arena, timed ? std::optional(interrupt_times()) : std::nullopt);
    judge(result, before, after);
  }

 private:
  struct Sight {
    mini_mm_arena_info arena;
    bool alone; /* nobody else had the device open while it was read */
  };

  /* @which: its name, or its id. */
  static Sight look(const Device& device, const auto& which) {
    const bool alone = device.info().clients == 1;
    const mini_mm_arena_info now = device.arena(which);
    return {now, alone && device.info().clients == 1};
  }

  std::string announcement() const {
    return fmt::format("stress of arena {}: seed {}, {}, {} s, batches of {}, verifying {}\n", arena, seed,
                       count_text(threads, "thread"), seconds, batch,
                       verify == "full" ? "all bytes" : "pages at their ends");
  }

  /* What the module's own locks cost everybody else; of all arenas. */
  static std::string text_of(const InterruptTimes& times) {
    return fmt::format("{} us, in {}", (times.longest_ns + 999) / 1000, times.where);
  }

  void show(const Session& session, const StressResult& result, const mini_mm_arena_info& before,
            const mini_mm_arena_info& after, const std::optional<InterruptTimes>& interrupts) const {
    const StressCounts& counts = result.counts;
    const double rate = static_cast<double>(counts.operations()) / result.seconds;
    const bool as_before = before.free_pages == after.free_pages &&
                           std::equal(std::begin(before.free_blocks), std::end(before.free_blocks), after.free_blocks);
    if (session.json) {
      Json figures{{"arena", arena},
                   {"seed", seed},
                   {"threads", threads},
                   {"batch", batch},
                   {"verify", verify},
                   {"seconds", result.seconds},
                   {"operations", counts.operations()},
                   {"operations_per_second", rate},
                   {"allocations", counts.allocations},
                   {"frees", counts.frees},
                   {"arena_full", counts.full},
                   {"verification_errors", counts.errors},
                   {"refused", counts.refused},
                   {"interrupted", result.interrupted},
                   {"arena_as_before", as_before}};
      if (interrupts) figures.add("interrupts_off", as_json(*interrupts));
      return Session::show(figures);
    }
    Table table({"", ">"});
    table.row({"seconds", fmt::format("{:.1f}{}", result.seconds, result.interrupted ? " (interrupted)" : "")});
    table.row({"operations", std::to_string(counts.operations())});
    table.row({"operations a second", fmt::format("{:.0f}", rate)});
    table.row({"allocations", std::to_string(counts.allocations)});
    table.row({"frees", std::to_string(counts.frees)});
    table.row({"allocations that found the arena full", std::to_string(counts.full)});
    table.row({"verification errors", std::to_string(counts.errors)});
    table.row({"other refusals", std::to_string(counts.refused)});
    table.row({"free blocks of the arena", as_before ? "as before" : "not as before"});
    if (interrupts) {
      table.row({"longest time with interrupts off", text_of(*interrupts)});
      table.row({"times above 100 us", fmt::format("{} of {}", interrupts->longer_than(100), interrupts->count())});
    }
    Session::show(table.text());
  }

  static void judge(const StressResult& result, const Sight& before, const Sight& after) {
    const StressCounts& counts = result.counts;
    if (counts.first_error) throw *counts.first_error;
    if (counts.first_refused) throw *counts.first_refused;
    if (counts.allocations != counts.frees)
      throw Refused(EUCLEAN, "lost", fmt::format("{} allocations, but {} frees", counts.allocations, counts.frees),
                    "stress");
    /* With others at work on the arena, at its start or its end, its free pages say nothing. */
    if (before.alone && after.alone && before.arena.handles == after.arena.handles &&
        before.arena.free_pages != after.arena.free_pages)
      throw Refused(
          EUCLEAN, "lost",
          fmt::format("{} pages were free before, {} are now", before.arena.free_pages, after.arena.free_pages),
          "stress");
    if (counts.operations() == 0) throw Refused(ENOMEM, MINI_MM_WHY_FULL, "stress (nothing could be allocated)");
  }
};

}  // namespace

void add_stress(Command root) {
  auto [command, stress] = root.leaf<Stress>("stress", "allocate, fill, check and free at random, as fast as it goes");
  command.option("--seconds", "S", stress.seconds, "how long; 10 if not given", Need::optional, kMostSeconds);
  command.option("--threads", "T", stress.threads, "how many threads; 2 if not given", Need::optional, kMostThreads);
  command.option("--seed", "N", stress.seed, "of the random numbers; random if not given, and printed");
  command.option("--arena", "ARENA", stress.arena, "where; 'default' if not given");
  command.option("--verify", "HOW", stress.verify, "'ends': pages in their first and last 64 bytes; or 'full'");
  command.option("--batch", "N", stress.batch, "operations a call, 4 to 16384; 512 if not given", Need::optional,
                 MINI_MM_BATCH_MAX);
}

}  // namespace minimm
