/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/engine.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "command_line.hpp"
#include "explain/checks.hpp"
#include "explain/words.hpp"
#include "refused.hpp"
#include "text/script.hpp"

namespace minimm {
namespace {

constexpr std::uint32_t kEvents = 16384; /* that the arena remembers: they are read after each command */

using Words = std::vector<std::string>;

bool begins(const Words& words, std::initializer_list<std::string_view> with) {
  return words.size() >= with.size() && std::equal(with.begin(), with.end(), words.begin());
}

/* The value behind an option, or "". */
std::string value_of(const Words& words, std::string_view option) {
  const auto found = std::find(words.begin(), words.end(), option);
  return found == words.end() || std::next(found) == words.end() ? "" : *std::next(found);
}

class Run {
 public:
  Run(const Scenario& scenario, const OnStep& on_step) : scenario_(scenario), on_step_(on_step) {
    session_.keep = false;
    session_.in_script = true;
  }

  Outcome run() {
    make_arena();
    for (const ScenarioStep& step : scenario_.steps) {
      take_step(step);
      /* Not before: the first step finds out what the module does not have. */
      if (story_.steps.size() == 1) on_step_(story_, kBeginning);
      on_step_(story_, story_.steps.size() - 1);
      if (ending_) break;
    }
    return {std::move(story_), std::move(ending_)};
  }

 private:
  void make_arena() {
    name_ = fmt::format("explain-{}", ::getpid());
    mini_mm_arena_create create{};
    set_name(create.name, name_);
    set_name(create.page_engine, scenario_.page_engine);
    set_name(create.placement, scenario_.placement);
    set_name(create.object_engine, scenario_.object_engine);
    create.size = scenario_.size;
    create.log_events = kEvents;
    try {
      arena_ = session_.device().arena(session_.device().create(create).id);
    } catch (const Refused& refused) {
      if (refused.why() != MINI_MM_WHY_ENGINE) throw;
      unsupported(
          fmt::format("this module does not have the page engine '{}'{}", scenario_.page_engine,
                      scenario_.placement.empty() ? "" : fmt::format(" with the placement '{}'", scenario_.placement)));
    }
    story_.name = scenario_.name;
    story_.title = scenario_.title;
    story_.introduction = scenario_.introduction;
    story_.pages = static_cast<std::uint32_t>(arena_.pages);
    story_.page_size = session_.device().info().page_size;
    story_.page_engine = name_in(arena_.page_engine);
    story_.placement = name_in(arena_.placement);
    story_.halves_have_names = scenario_.halves_have_names;
    story_.before = look();
  }

  [[noreturn]] void unsupported(const std::string& words) const {
    throw Refused(EOPNOTSUPP, "unsupported", words, fmt::format("explain {}", scenario_.name));
  }

  Snapshot look() {
    Snapshot snapshot;
    snapshot.blocks = session_.device().map(arena_);
    const mini_mm_arena_info now = session_.device().arena(arena_.id);
    snapshot.free_blocks.assign(now.free_blocks, now.free_blocks + now.max_order + 1);
    snapshot.free_pages = now.free_pages;
    snapshot.slabs = tracker_.slabs();
    return snapshot;
  }

  const Snapshot& latest() const { return story_.steps.empty() ? story_.before : story_.steps.back().after; }

  void take_step(const ScenarioStep& plan) {
    Step step;
    step.sentence = plan.sentence;
    step.after = latest();
    std::string refused;
    for (const std::string& command : plan.commands) {
      do_command(command, step, refused);
      if (ending_) break;
    }
    if (!ending_)
      for (const Check& check : plan.checks) step.checks.push_back(evaluate(check, story_, step, refused));
    story_.steps.push_back(std::move(step));
  }

  void do_command(const std::string& text, Step& step, std::string& refused) {
    step.commands.push_back(text.starts_with('-') ? text.substr(1) : text);
    const ScriptLine line = parse_script_line(text);
    const Words words = expand(line.words, variables_);
    const std::vector<std::uint64_t> made = execute(text, words, line.go_on, step, refused);
    learn_caches(words, step);
    const EventLog log = session_.device().log(arena_, last_event_);
    last_event_ = log.last;
    step.lost += log.lost;
    tell_rounding(words, log.events, step);
    Snapshot after = look();
    for (const std::string& told : tell(story_, log.events, tracker_, step.after, after)) step.told.push_back(told);
    if (log.lost != 0)
      step.told.push_back(
          fmt::format("({} are lost: there were more than are remembered)", count_text(log.lost, "earlier event")));
    after.slabs = tracker_.slabs();
    step.after = std::move(after);
    step.events.insert(step.events.end(), log.events.begin(), log.events.end());
    if (!line.variable.empty() || !made.empty()) remember(line.variable, made);
  }

  /* The handles that were made. What the command prints is not shown. */
  std::vector<std::uint64_t> execute(const std::string& text, const Words& words, bool go_on, Step& step,
                                     std::string& refused) {
    if (words.empty()) return {};
    for (const char* other : {"run", "explain", "stress"})
      if (words[0] == other) throw UsageError(fmt::format("explain: '{}' cannot be explained", other));
    session_.json = false;
    const Session::Capture quiet;
    try {
      run_command_line(in_our_arena(words), session_);
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("explain: in '{}': {}", text, error.what()));
    } catch (const Refused& error) {
      refused = error.reason();
      const Reason* reason = find_reason(error.why());
      step.refused =
          error.why() != MINI_MM_WHY_NONE && reason != nullptr
              ? fmt::format("refused ({}): {}", error.errno_name(), fmt::format(fmt::runtime(reason->words), ""))
              : error.line();
      if (!go_on) ending_ = error;
    }
    return session_.made.value_or(std::vector<std::uint64_t>{});
  }

  /* Commands name neither the arena nor, of caches, the part before the ':'. */
  Words in_our_arena(Words words) const {
    constexpr std::array takes_arena = {"kmalloc", "vmalloc", "map", "log"};
    const bool takes = begins(words, {"page", "alloc"}) || begins(words, {"cache", "create"}) ||
                       std::find(takes_arena.begin(), takes_arena.end(), words[0]) != takes_arena.end();
    if (takes && std::find(words.begin(), words.end(), "--arena") == words.end()) {
      words.push_back("--arena");
      words.push_back(name_);
    }
    const bool names_cache =
        begins(words, {"obj", "alloc"}) || begins(words, {"cache", "shrink"}) || begins(words, {"cache", "destroy"});
    if (names_cache && words.size() > 2 && words[2].find(':') == std::string::npos && !words[2].starts_with('-'))
      words[2] = fmt::format("{}:{}", name_, words[2]);
    return words;
  }

  /* New caches, in words too. */
  void learn_caches(const Words& words, Step& step) {
    for (const mini_mm_cache_info& info : session_.device().caches()) {
      if (info.arena != arena_.id || story_.caches.contains(info.id)) continue;
      const std::string full(name_in(info.name));
      const StoryCache& cache =
          story_.caches
              .emplace(info.id,
                       StoryCache{full.substr(full.find(':') + 1), info.object_size, info.slot_size,
                                  info.objects_per_slab, info.pages_per_slab, (info.flags & MINI_MM_OFF_SLAB) != 0})
              .first->second;
      const std::string wanted = value_of(words, "--slab-pages");
      if (!scenario_.name.empty() && !wanted.empty() && wanted != std::to_string(cache.pages))
        unsupported(fmt::format("this module chooses the size of a slab itself: {}, where the example has {}",
                                count_text(cache.pages, "page"), wanted));
      const std::uint64_t bytes = std::uint64_t{cache.pages} * story_.page_size;
      const std::uint64_t used = std::uint64_t{cache.objects} * cache.slot_size;
      step.told.push_back(
          fmt::format("{}: {} of {} in a slab of {} ({}); {}; management data {} the slab", cache.name,
                      count_text(cache.objects, "object"), kilobytes(cache.object_size),
                      count_text(cache.pages, "page"), kilobytes(bytes),
                      used == bytes ? "nothing is left over" : fmt::format("{} bytes are left over", bytes - used),
                      cache.off_slab ? "off" : "on"));
    }
  }

  void tell_rounding(const Words& words, const std::vector<mini_mm_event>& events, Step& step) const {
    const std::string asked = value_of(words, "--size");
    if (asked.empty() || !begins(words, {"page", "alloc"})) return;
    const std::uint64_t bytes = parse_size(asked);
    for (const mini_mm_event& event : events) {
      if (event.kind != MINI_MM_EVENT_PAGE_ALLOC) continue;
      const std::uint64_t got = std::uint64_t{event.pages} * story_.page_size;
      step.told.push_back(got == bytes ? fmt::format("{} fill a block: nothing is left over", kilobytes(bytes))
                                       : fmt::format("{} are rounded up to {}; {} of the block stay unused",
                                                     kilobytes(bytes), kilobytes(got), kilobytes(got - bytes)));
      return;
    }
  }

  void remember(const std::string& variable, const std::vector<std::uint64_t>& made) {
    const auto texts = [](std::span<const std::uint64_t> handles) {
      Words words;
      for (const std::uint64_t handle : handles) words.push_back(std::to_string(handle));
      return words;
    };
    for (const std::string& name : {variable, std::to_string(story_.steps.size() + 1)}) {
      if (name.empty()) continue;
      variables_[name] = texts(made);
      for (std::size_t i = 0; i < made.size(); i++) variables_[fmt::format("{}_{}", name, i)] = texts({&made[i], 1});
    }
    for (const std::uint64_t& handle : made) {
      const mini_mm_handle_info info = session_.device().handle(handle);
      if (info.kind == MINI_MM_KIND_PAGES) variables_[fmt::format("page_{}", info.page)] = texts({&handle, 1});
    }
  }

  const Scenario& scenario_;
  const OnStep& on_step_;
  Session session_;
  std::string name_;
  mini_mm_arena_info arena_{};
  std::uint64_t last_event_ = 0;
  Variables variables_;
  Story story_;
  SlabTracker tracker_{story_.caches};
  std::optional<Refused> ending_;
};

}  // namespace

Outcome run_scenario(const Scenario& scenario, const OnStep& on_step) { return Run(scenario, on_step).run(); }

}  // namespace minimm
