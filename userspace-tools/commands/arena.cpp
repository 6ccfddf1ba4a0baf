/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/magazines.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

struct Create {
  std::string name, page_engine, placement, object_engine, debug;
  std::uint64_t size = 0;
  std::uint64_t min_free = 0;
  std::uint32_t log_events = 0;
  std::uint32_t max_handles = 0, max_caches = 0;
  std::uint64_t max_bytes = 0;
  Magazines magazines;

  void run(Session& session) const {
    mini_mm_arena_create arena{};
    set_name(arena.name, name);
    set_name(arena.page_engine, page_engine);
    set_name(arena.placement, placement);
    set_name(arena.object_engine, object_engine);
    set_name(arena.debug, debug);
    arena.size = size;
    arena.min_free = min_free;
    arena.flags = session.keep_flag();
    arena.log_events = log_events;
    arena.max_handles = max_handles;
    arena.max_caches = max_caches;
    arena.max_bytes = max_bytes;
    if (magazines.size)
      arena.magazine_size = *magazines.size != 0 ? *magazines.size : std::uint16_t{MINI_MM_NO_MAGAZINES};
    arena.batch = magazines.batch;
    arena = session.device().create(arena);
    if (session.json) Session::show(Json{{"id", arena.id}, {"name", name}, {"size", size}});
  }
};

struct Compact {
  std::string name;

  void run(Session& session) const {
    const mini_mm_arena_info arena = session.device().arena(name);
    const std::uint64_t page_size = session.device().info().page_size;
    const std::uint64_t before = largest_block(arena) * page_size;
    const mini_mm_target target = session.device().compact(arena);
    const std::uint64_t after = largest_block(session.device().arena(name)) * page_size;
    if (session.json)
      return Session::show(Json{{"name", name},
                                {"moved_pages", target.freed},
                                {"largest_free_block_before", before},
                                {"largest_free_block", after}});
    Session::show(fmt::format("{}: moved {}; the largest free block was {}, and is {} now\n", name,
                              count_text(target.freed, "page"), size_text(before), size_text(after)));
  }

  /* In pages; 0 when nothing is free. */
  static std::uint64_t largest_block(const mini_mm_arena_info& arena) {
    std::uint64_t largest = 0;
    for (std::uint32_t order = 0; order <= arena.max_order && order < MINI_MM_ORDERS; order++)
      if (arena.free_blocks[order] != 0) largest = std::uint64_t{1} << order;
    return largest;
  }
};

struct Drain {
  std::string name;

  void run(Session& session) const {
    const mini_mm_target target = session.device().drain(session.device().arena(name));
    if (session.json) return Session::show(Json{{"name", name}, {"drained", target.freed}});
    Session::show(
        fmt::format("{}: {} pages and objects went from the CPUs back to the allocators\n", name, target.freed));
  }
};

struct Tune {
  std::string name;
  Magazines magazines;

  void run(Session& session) const {
    session.device().tune(session.device().arena(name), magazines.size.value(), magazines.batch);
    const mini_mm_arena_info arena = session.device().arena(name);
    show_magazines(session, name, "pages", arena.magazine_size, arena.batch);
  }
};

struct List {
  void run(Session& session) const {
    const std::vector<mini_mm_arena_info> arenas = session.device().arenas();
    const std::uint64_t page_size = session.device().info().page_size;
    if (session.json) {
      Json list = Json::array();
      for (const mini_mm_arena_info& arena : arenas) list.add(as_json(arena, page_size));
      return Session::show(Json{{"arenas", list}});
    }
    Table table({"arena", ">size", ">free", ">in use", "pages", "placement", "objects", ">max order", ">caches",
                 ">handles", ">metadata", ">magazine", ">cached", "debug", "kept"});
    for (const mini_mm_arena_info& arena : arenas)
      table.row({std::string(name_in(arena.name)), size_text(arena.pages * page_size),
                 size_text(arena.free_pages * page_size),
                 percent_text(arena.pages - arena.free_pages - arena.cached_pages, arena.pages),
                 std::string(name_in(arena.page_engine)), std::string(name_in(arena.placement)),
                 std::string(name_in(arena.object_engine)), std::to_string(arena.max_order),
                 std::to_string(arena.caches), std::to_string(arena.handles), size_text(arena.metadata_bytes),
                 std::to_string(arena.magazine_size), size_text(arena.cached_pages * page_size),
                 arena.debug[0] == '\0' ? "-" : std::string(name_in(arena.debug)),
                 (arena.flags & MINI_MM_KEEP) != 0 ? "yes" : "no"});
    Session::show(table.text());
  }

  static Json as_json(const mini_mm_arena_info& arena, std::uint64_t page_size) {
    Json free_blocks = Json::array();
    for (std::uint32_t order = 0; order <= arena.max_order && order < MINI_MM_ORDERS; order++)
      free_blocks.add(arena.free_blocks[order]);
    return {{"id", arena.id},
            {"name", name_in(arena.name)},
            {"size", arena.pages * page_size},
            {"pages", arena.pages},
            {"free_pages", arena.free_pages},
            {"delayed_pages", arena.delayed_pages},
            {"cached_pages", arena.cached_pages},
            {"min_free_pages", arena.min_free},
            {"low_free_pages", arena.low_free},
            {"high_free_pages", arena.high_free},
            {"page_engine", name_in(arena.page_engine)},
            {"placement", name_in(arena.placement)},
            {"object_engine", name_in(arena.object_engine)},
            {"debug", name_in(arena.debug)},
            {"magazine_size", arena.magazine_size},
            {"batch", arena.batch},
            {"max_order", arena.max_order},
            {"caches", arena.caches},
            {"handles", arena.handles},
            {"metadata_bytes", arena.metadata_bytes},
            {"max_handles", arena.max_handles},
            {"max_caches", arena.max_caches},
            {"max_bytes", std::uint64_t{arena.max_bytes}},
            {"keep", (arena.flags & MINI_MM_KEEP) != 0},
            {"allocations", arena.allocations},
            {"frees", arena.frees},
            {"failures", arena.failures},
            {"refused", arena.refused},
            {"splits", arena.splits},
            {"merges", arena.merges},
            {"free_blocks", free_blocks}};
  }
};

struct Reset {
  std::string name;

  void run(Session& session) const {
    const mini_mm_target target = session.device().reset(session.device().arena(name));
    if (session.json)
      return Session::show(Json{{"name", name}, {"freed_handles", target.freed}, {"destroyed_caches", target.caches}});
    Session::show(fmt::format("{}: freed {}, destroyed {}\n", name, count_text(target.freed, "handle"),
                              count_text(target.caches, "cache")));
  }
};

struct Destroy {
  std::string name;

  void run(Session& session) const {
    session.device().destroy(session.device().arena(name));
    if (session.json) Session::show(Json{{"destroyed", name}});
  }
};

}  // namespace

void add_arena(Command root) {
  Command arena = root.group("arena", "regions of memory with allocators of their own");
  {
    auto [command, create] = arena.leaf<Create>("create", "make an arena");
    command.positional("NAME", create.name, "up to 15 letters, digits, '_', '-' and '.'");
    command.size("--size", create.size, "bytes, with K, M or G; a multiple of the page size", Need::required);
    command.option("--page-engine", "ENGINE", create.page_engine,
                   "how pages are allocated; 'minimm info' lists the engines");
    command.option("--placement", "PLACEMENT", create.placement,
                   "which free block is taken; 'minimm info' lists the placements");
    command.option("--object-engine", "ENGINE", create.object_engine, "of kmalloc, and of caches that choose none");
    command.size("--min-free", create.min_free,
                 "bytes that ordinary requests leave free: the minimum watermark; 0 if not given");
    command.option("--debug", "LETTERS", create.debug, "checks, any of F Z P U T V");
    command.option("--log", "N", create.log_events, "remember the last N events, for 'minimm log'", Need::optional,
                   MINI_MM_LOG_MAX);
    command.option("--max-handles", "N", create.max_handles,
                   "that all clients together may have in it; no limit if not given");
    command.option("--max-caches", "N", create.max_caches, "the same of caches");
    command.size("--max-bytes", create.max_bytes, "the same of bytes in handles");
    add_magazines(command, create.magazines, Need::optional);
    command.footer("Example: minimm arena create small --size 256K");
  }
  {
    auto [command, compact] =
        arena.leaf<Compact>("compact", "move movable page blocks together, so that the free pages are too");
    command.positional("NAME", compact.name, "the arena");
  }
  {
    auto [command, drain] =
        arena.leaf<Drain>("drain", "give what waits in CPUs' lists and magazines back to the allocators");
    command.positional("NAME", drain.name, "the arena");
  }
  {
    auto [command, tune] = arena.leaf<Tune>("tune", "resize the CPUs' page lists and kmalloc's magazines");
    command.positional("NAME", tune.name, "the arena");
    add_magazines(command, tune.magazines, Need::required);
    command.footer("Example: minimm arena tune default --magazine-size none");
  }
  arena.leaf<List>("list", "the arenas, with how full they are");
  {
    auto [command, reset] = arena.leaf<Reset>("reset", "free all kept allocations of an arena and destroy its caches");
    command.positional("NAME", reset.name, "the arena");
  }
  {
    auto [command, destroy] = arena.leaf<Destroy>("destroy", "give an arena's memory back; nothing may be held in it");
    command.positional("NAME", destroy.name, "the arena");
  }
}

}  // namespace minimm
