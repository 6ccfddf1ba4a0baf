/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <array>

#include "commands/commands.hpp"
#include "commands/names.hpp"
#include "figures/progress.hpp"
#include "text/findings.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

/* The letters that the self-test is done with, one arena each. */
constexpr std::array kLetters = {"", "F", "Z", "P", "U", "V", "FZP", "FZPU"};

struct Doctor {
  std::string arena;
  bool self_test = false;
  std::uint32_t tries = 8;
  std::uint64_t seed = 1;
  std::string object_engine, placement;

  void run(Session& session) const {
    if (self_test) {
      if (!arena.empty()) throw UsageError("doctor: --self-test makes arenas of its own; leave --arena out");
      if (tries == 0) throw UsageError("doctor: --tries has to be 1 or more");
      return test(session);
    }
    examine(session);
  }

 private:
  /* --- live arenas --------------------------------------------------------------------------------- */

  void examine(Session& session) const {
    const Device& device = session.device();
    const std::vector<mini_mm_arena_info> arenas =
        arena.empty() ? device.arenas() : std::vector<mini_mm_arena_info>{device.arena(arena)};
    Names names(device);
    Json list = Json::array();
    Table table({"arena", ">pages", ">slabs", ">objects", ">out of use", ">damaged"});
    std::string details;
    std::uint64_t found = 0;
    for (const mini_mm_arena_info& info : arenas) {
      const std::string name(name_in(info.name));
      const Examination seen = device.examine(info);
      found += seen.counts.found;
      table.row({name, std::to_string(seen.counts.pages), std::to_string(seen.counts.slabs),
                 std::to_string(seen.counts.objects), count_text(seen.counts.isolated_pages, "page"),
                 std::to_string(seen.counts.found)});
      Json findings = Json::array();
      for (const mini_mm_finding& finding : seen.findings) {
        const std::string cache = finding.cache == 0 ? "" : names.cache(finding.cache);
        details += fmt::format("{}: {}\n", name, finding_text(finding, cache));
        findings.add(as_json(finding, cache));
      }
      if (seen.counts.found > seen.findings.size())
        details += fmt::format("{}: and {} more\n", name, seen.counts.found - seen.findings.size());
      list.add(Json{{"arena", name},
                    {"pages", std::uint64_t{seen.counts.pages}},
                    {"slabs", std::uint64_t{seen.counts.slabs}},
                    {"objects", std::uint64_t{seen.counts.objects}},
                    {"isolated_pages", std::uint64_t{seen.counts.isolated_pages}},
                    {"found", std::uint64_t{seen.counts.found}},
                    {"findings", findings}});
    }
    if (session.json)
      Session::show(Json{{"arenas", list}});
    else
      Session::show(table.text() + (found == 0 ? "nothing is damaged\n" : details));
    if (found != 0)
      throw Refused(
          EUCLEAN, "damaged",
          fmt::format("{} found; what was damaged is mended or out of use, find out who wrote there: load the "
                      "module, or make the arena, with debug=FZPU",
                      count_text(found, "damage")),
          "doctor");
  }

  static Json as_json(const mini_mm_finding& finding, const std::string& cache) {
    Json json{{"kind", finding_name(finding.kind)}, {"page", finding.page}, {"pages", finding.pages}};
    if (!cache.empty()) json.add("cache", cache);
    if (finding.kind == MINI_MM_FINDING_RED_ZONE || finding.kind == MINI_MM_FINDING_POISON) {
      json.add("object", finding.object);
      json.add("offset", static_cast<double>(finding.offset));
      json.add("byte", finding.found);
    }
    return json;
  }

  /* --- bugs on purpose ------------------------------------------------------------------------------- */

  void test(Session& session) const {
    const Device& device = session.device();
    std::vector<std::string> headings = {"bug"};
    for (const char* letters : kLetters) headings.emplace_back(*letters == '\0' ? "no letters" : letters);
    Table table(headings);
    Json list = Json::array();
    std::array<std::uint64_t, kLetters.size()> pair_ns{};
    std::uint64_t broken = 0;
    Progress progress("doctor");
    for (std::uint32_t bug = MINI_MM_BUG_DOUBLE_FREE; bug < MINI_MM_BUGS; bug++) {
      std::vector<std::string> row = {bug_text(bug)};
      for (std::size_t i = 0; i < kLetters.size(); i++) {
        progress.show((bug - 1) * kLetters.size() + i, (MINI_MM_BUGS - 1) * kLetters.size(),
                      fmt::format("{} {}", bug_text(bug), kLetters[i]));
        const mini_mm_self_test result = device.self_test(asked(bug, kLetters[i]));
        row.push_back(cell(result));
        list.add(as_json(result));
        pair_ns[i] += result.pair_ns;
        broken += result.broken;
      }
      table.row(row);
    }
    std::vector<std::string> cost = {"alloc and free, ns"};
    for (const std::uint64_t sum : pair_ns) cost.push_back(std::to_string(sum / (MINI_MM_BUGS - 1)));
    table.row(cost);
    if (session.json)
      Session::show(Json{{"tries", tries}, {"seed", seed}, {"bugs", list}});
    else
      Session::show(table.text() + legend());
    if (broken != 0)
      throw Refused(EUCLEAN, "broken", fmt::format("{} did not work any more afterwards", count_text(broken, "arena")),
                    "doctor: self-test");
  }

  mini_mm_self_test asked(std::uint32_t bug, const char* letters) const {
    mini_mm_self_test test{};
    set_name(test.debug, letters);
    set_name(test.object_engine, object_engine);
    set_name(test.placement, placement);
    test.seed = seed;
    test.bug = bug;
    test.tries = tries;
    return test;
  }

  /* "at once", "check 15, missed 1"; "-" when there is nothing to be done wrong. */
  static std::string cell(const mini_mm_self_test& result) {
    if (result.tries == 0) return "-";
    if (result.at_once == result.tries) return "at once";
    if (result.at_check == result.tries) return "check";
    if (result.missed == result.tries) return "missed";
    std::string text;
    const auto add = [&](const char* what, std::uint32_t count) {
      if (count != 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", what, count);
    };
    add("at once", result.at_once);
    add("check", result.at_check);
    add("missed", result.missed);
    return text;
  }

  static Json as_json(const mini_mm_self_test& result) {
    return {{"bug", bug_text(result.bug)}, {"debug", name_in(result.debug)},
            {"tries", result.tries},       {"at_once", result.at_once},
            {"at_check", result.at_check}, {"missed", result.missed},
            {"broken", result.broken},     {"pair_ns", std::uint64_t{result.pair_ns}}};
  }

  std::string legend() const {
    return fmt::format(
        "{} of each, seed {}. at once: noticed by the operation itself or the next one on the same memory; check: by\n"
        "'minimm doctor', or when the cache is shrunk or destroyed with F; -: there is nothing of that kind.\n",
        tries == 1 ? "1 try" : fmt::format("{} tries", tries), seed);
  }
};

}  // namespace

void add_doctor(Command root) {
  auto [command, doctor] =
      root.leaf<Doctor>("doctor", "look for damage in arenas, in plain words; or test who would notice what");
  command.option("--arena", "ARENA", doctor.arena, "which; all of them if not given");
  command.flag("--self-test", doctor.self_test,
               "do everything wrong on purpose, in arenas of its own, and show which debug letters notice it");
  command.option("--tries", "N", doctor.tries, "self-test: tries of each bug; 8 if not given", Need::optional,
                 MINI_MM_SELF_TEST_TRIES);
  command.option("--seed", "N", doctor.seed, "self-test: of what is random; 1 if not given");
  command.option("--object-engine", "ENGINE", doctor.object_engine, "self-test: of its caches");
  command.option("--placement", "PLACEMENT", doctor.placement, "self-test: of its page engine, eager");
  command.footer("Examples: minimm doctor; minimm doctor --self-test --tries 4");
}

}  // namespace minimm
