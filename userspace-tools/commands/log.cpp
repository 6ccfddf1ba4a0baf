/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include "commands/commands.hpp"
#include "commands/debugfs.hpp"
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

/* The place of what a handle has. Of what vmalloc gave, the first page: the others lie elsewhere. */
Place place_of(const mini_mm_handle_info& info, std::uint32_t page_size) {
  Place place{.page = static_cast<std::uint32_t>(info.page), .pages = 1, .offset = std::nullopt};
  if (info.cache != 0)
    place.offset = static_cast<std::uint32_t>(info.offset);
  else if (info.kind == MINI_MM_KIND_PAGES)
    place.pages = static_cast<std::uint32_t>(info.size / page_size);
  else if (info.kind == MINI_MM_KIND_KMALLOC)
    place.pages = static_cast<std::uint32_t>((info.size + page_size - 1) / page_size);
  return place;
}

struct Log {
  std::optional<std::uint64_t> handle;
  std::optional<std::uint32_t> page, offset;
  std::string arena;
  std::uint64_t after = 0;
  bool follow = false;

  void run(Session& session) {
    if (handle && (page || !arena.empty()))
      throw UsageError("log: a handle says where it lies; leave --arena and --page out");
    if (offset && !page) throw UsageError("log: --offset is a byte of a --page");
    const Device& device = session.device();
    if (arena.empty()) arena = "default";
    std::optional<Place> place;
    if (page) place = Place{.page = *page, .pages = 1, .offset = offset};
    if (handle) {
      const mini_mm_handle_info found = device.handle(*handle);
      arena = name_in(device.arena(found.arena).name);
      place = place_of(found, device.info().page_size);
    }
    const mini_mm_arena_info info = device.arena(arena);
    if (place && place->page >= info.pages)
      throw UsageError(fmt::format("log: arena {} has pages 0 to {}", arena, info.pages - 1));
    Names names(device);
    EventLog log = device.log(info, after);
    narrow(log, place);
    show(session, log, names, true, place);
    if (!follow) return;
    const SignalWatch signals;
    while (!signals.came()) {
      std::fflush(stdout);
      std::this_thread::sleep_for(kPause);
      log = device.log(info, log.last);
      narrow(log, place);
      if (!log.events.empty()) show(session, log, names, false, std::nullopt);
    }
    session.interrupted = true;
  }

 private:
  static void narrow(EventLog& log, const std::optional<Place>& place) {
    if (place) std::erase_if(log.events, [&](const mini_mm_event& event) { return !concerns(event, *place); });
  }

  /* Of a @place, who had it last is shown too. */
  void show(const Session& session, const EventLog& log, Names& names, bool headings,
            const std::optional<Place>& place) const {
    std::vector<OwnerRecord> owners;
    if (place) owners = read_owners(arena, place->page, place->offset.value_or(0));
    if (session.json) {
      Json events = Json::array();
      for (const mini_mm_event& event : log.events) events.add(minimm::as_json(event));
      Json document{{"arena", arena}, {"events", events}, {"last", log.last}, {"lost", log.lost}};
      if (place) document.add("owners", as_json(owners));
      return Session::show(document);
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
    for (const OwnerRecord& owner : owners) {
      Session::show(fmt::format("last {} {} ago by {} ({})\n", owner.verb, age_text(owner.age_ms * 1'000'000),
                                owner.comm, owner.pid));
      for (const std::string& frame : owner.stack) Session::show(fmt::format("    {}\n", frame));
    }
  }

  static Json as_json(const std::vector<OwnerRecord>& owners) {
    Json list = Json::array();
    for (const OwnerRecord& owner : owners) list.add(minimm::as_json(owner));
    return list;
  }
};

}  // namespace

void add_log(Command root) {
  auto [command, log] = root.leaf<Log>("log", "what happened in an arena: the last events that it remembers");
  command.positional("HANDLE", log.handle, "only what happened to this block or object, and who had it last");
  command.option("--arena", "ARENA", log.arena, "which, made with --log; 'default' if not given");
  command.option("--page", "PAGE", log.page, "only what happened to this page, and who had it last");
  command.option("--offset", "BYTE", log.offset, "of the page: only the object that starts there");
  command.option("--after", "NUMBER", log.after, "only the events behind that one");
  command.flag("--follow", log.follow, "go on as more happens, until interrupted");
  command.footer(
      "Example: minimm arena create t --size 1M --log 1000 && minimm page alloc --order 2 --arena t && "
      "minimm log --arena t");
}

}  // namespace minimm
