/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "commands/commands.hpp"
#include "commands/names.hpp"
#include "stress/signals.hpp"
#include "text/events.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

constexpr std::chrono::milliseconds kPause{100};

std::string block_text(const mini_mm_event& event) {
  switch (event.kind) {
    case MINI_MM_EVENT_SLAB_GROW:
    case MINI_MM_EVENT_SLAB_REAP:
      return count_text(event.pages, "page");
    case MINI_MM_EVENT_OBJ_ALLOC:
    case MINI_MM_EVENT_OBJ_FREE:
      return fmt::format("at byte {}", event.offset);
    case MINI_MM_EVENT_OBJ_FAIL:
      return "-";
    case MINI_MM_EVENT_REFUSED:
      if (event.cache != 0) return fmt::format("at byte {}", event.offset);
      [[fallthrough]];
    default:
      return fmt::format("order {}", event.order);
  }
}

struct Log {
  std::string arena = "default";
  std::uint64_t after = 0;
  bool follow = false;

  void run(Session& session) const {
    const Device& device = session.device();
    const mini_mm_arena_info info = device.arena(arena);
    Names names(device);
    EventLog log = device.log(info, after);
    show(session, log, names, true);
    if (!follow) return;
    const SignalWatch signals;
    while (!signals.came()) {
      std::fflush(stdout);
      std::this_thread::sleep_for(kPause);
      log = device.log(info, log.last);
      if (!log.events.empty()) show(session, log, names, false);
    }
    session.interrupted = true;
  }

 private:
  void show(const Session& session, const EventLog& log, Names& names, bool headings) const {
    if (session.json) {
      Json events = Json::array();
      for (const mini_mm_event& event : log.events) events.add(as_json(event));
      return Session::show(Json{{"arena", arena}, {"events", events}, {"last", log.last}, {"lost", log.lost}});
    }
    if (log.lost != 0)
      Session::show(fmt::format("(lost: {}; the log of arena {} has no more room)\n",
                                count_text(log.lost, "older event"), arena));
    const std::vector<std::string> titles = {">number", ">microseconds", "event", ">page", "block", "cache", ">pid"};
    Table table(headings ? titles : std::vector<std::string>{">", ">", "", ">", "", "", ">"});
    for (const mini_mm_event& event : log.events) {
      const bool nowhere = event.kind == MINI_MM_EVENT_PAGE_FAIL || event.kind == MINI_MM_EVENT_OBJ_FAIL;
      table.row({std::to_string(event.seq), fmt::format("{}.{:03}", event.time_ns / 1000, event.time_ns % 1000),
                 std::string(event_name(event.kind)), nowhere ? "-" : std::to_string(event.page), block_text(event),
                 event.cache == 0 ? "-" : names.cache(event.cache),
                 event.pid == 0 ? "interrupt" : std::to_string(event.pid)});
    }
    Session::show(table.text());
  }
};

}  // namespace

void add_log(Command root) {
  auto [command, log] = root.leaf<Log>("log", "what happened in an arena: the last events that it remembers");
  command.option("--arena", "ARENA", log.arena, "which, made with --log; 'default' if not given");
  command.option("--after", "NUMBER", log.after, "only the events behind that one");
  command.flag("--follow", log.follow, "go on as more happens, until interrupted");
  command.footer(
      "Example: minimm arena create t --size 1M --log 1000 && minimm page alloc --order 2 --arena t && "
      "minimm log --arena t");
}

}  // namespace minimm
