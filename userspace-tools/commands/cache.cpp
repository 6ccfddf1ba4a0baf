/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <sstream>

#include "commands/commands.hpp"
#include "commands/magazines.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

/* "hwcache_align,typesafe_by_rcu" */
std::uint32_t parse_flags(const std::string& text) {
  std::uint32_t flags = 0;
  std::istringstream words(text + ',');
  for (std::string word; std::getline(words, word, ',');) {
    if (word == "hwcache_align")
      flags |= MINI_MM_HWCACHE_ALIGN;
    else if (word == "typesafe_by_rcu")
      flags |= MINI_MM_TYPESAFE_BY_RCU;
    else if (word == "reclaim_account")
      flags |= MINI_MM_RECLAIMABLE;
    else
      throw UsageError(fmt::format(
          "'{}' is no flag; there are hwcache_align, typesafe_by_rcu and reclaim_account, with ',' between them",
          word));
  }
  return flags;
}

struct Create {
  std::string name, engine, debug;
  std::uint32_t size = 0;
  std::uint32_t align = 0;
  std::uint32_t slab_pages = 0;
  bool off_slab = false;
  std::uint32_t flags = 0;
  std::string arena = "default";

  void run(Session& session) const {
    mini_mm_cache_create cache{};
    cache.flags = session.keep_flag() | (off_slab ? MINI_MM_OFF_SLAB : 0) | flags;
    set_name(cache.name, name);
    set_name(cache.engine, engine);
    set_name(cache.debug, debug);
    cache.slab_pages = slab_pages;
    cache.arena = session.device().arena(arena).id;
    cache.size = size;
    cache.align = align;
    cache = session.device().create(cache);
    if (session.json) Session::show(Json{{"id", cache.id}, {"name", name_in(session.device().cache(cache.id).name)}});
  }
};

struct List {
  void run(Session& session) const {
    const std::vector<mini_mm_cache_info> caches = session.device().caches();
    if (session.json) {
      Json list = Json::array();
      for (const mini_mm_cache_info& cache : caches) list.add(as_json(cache, session.device()));
      return Session::show(Json{{"caches", list}});
    }
    Table table({"cache", "engine", ">size", ">slot", ">align", ">per slab", ">pages", ">colours", ">objects", ">full",
                 ">partial", ">empty", ">cached", ">magazine", "management", "kept"});
    for (const mini_mm_cache_info& cache : caches)
      table.row({std::string(name_in(cache.name)), std::string(name_in(cache.engine)),
                 std::to_string(cache.object_size), std::to_string(cache.slot_size), std::to_string(cache.align),
                 std::to_string(cache.objects_per_slab), std::to_string(cache.pages_per_slab),
                 std::to_string(cache.colours), std::to_string(cache.active_objects), std::to_string(cache.full_slabs),
                 std::to_string(cache.partial_slabs), std::to_string(cache.empty_slabs),
                 std::to_string(cache.cached_objects), std::to_string(cache.magazine_size),
                 (cache.flags & MINI_MM_OFF_SLAB) != 0 ? "off slab" : "on slab",
                 (cache.flags & MINI_MM_KEEP) != 0 ? "yes" : "no"});
    Session::show(table.text());
  }

  static Json as_json(const mini_mm_cache_info& cache, const Device& device) {
    return {{"id", cache.id},
            {"name", name_in(cache.name)},
            {"arena", name_in(device.arena(cache.arena).name)},
            {"engine", name_in(cache.engine)},
            {"object_size", cache.object_size},
            {"slot_size", cache.slot_size},
            {"align", cache.align},
            {"objects_per_slab", cache.objects_per_slab},
            {"pages_per_slab", cache.pages_per_slab},
            {"colours", cache.colours},
            {"off_slab", (cache.flags & MINI_MM_OFF_SLAB) != 0},
            {"hwcache_align", (cache.flags & MINI_MM_HWCACHE_ALIGN) != 0},
            {"typesafe_by_rcu", (cache.flags & MINI_MM_TYPESAFE_BY_RCU) != 0},
            {"keep", (cache.flags & MINI_MM_KEEP) != 0},
            {"active_objects", cache.active_objects},
            {"full_slabs", cache.full_slabs},
            {"partial_slabs", cache.partial_slabs},
            {"empty_slabs", cache.empty_slabs},
            {"allocations", cache.allocations},
            {"frees", cache.frees},
            {"failures", cache.failures},
            {"refused", cache.refused},
            {"grown", cache.grown},
            {"reaped", cache.reaped},
            {"magazine_size", cache.magazine_size},
            {"batch", cache.batch},
            {"cached_objects", cache.cached_objects}};
  }
};

struct Shrink {
  std::string name;

  void run(Session& session) const {
    const mini_mm_target target = session.device().shrink(session.device().cache(name));
    if (session.json) return Session::show(Json{{"name", name}, {"freed_pages", target.freed}});
    Session::show(fmt::format("{}: gave {} back to the arena\n", name, count_text(target.freed, "page")));
  }
};

struct Tune {
  std::string name;
  Magazines magazines;

  void run(Session& session) const {
    session.device().tune(session.device().cache(name), magazines.size.value(), magazines.batch);
    const mini_mm_cache_info cache = session.device().cache(name);
    show_magazines(session, name, "objects", cache.magazine_size, cache.batch);
  }
};

struct Destroy {
  std::string name;

  void run(Session& session) const {
    session.device().destroy(session.device().cache(name));
    if (session.json) Session::show(Json{{"destroyed", name}});
  }
};

}  // namespace

void add_cache(Command root) {
  const char* const which = "'cache', or 'arena:cache' outside the default arena";
  Command cache = root.group("cache", "caches of objects of one size");
  {
    auto [command, create] = cache.leaf<Create>("create", "make a cache");
    command.positional("NAME", create.name, "up to 31 letters, digits, '_', '-' and '.'");
    command.size("--size", create.size, "of an object, 8 bytes to 8K", Need::required);
    command.size("--align", create.align, "of an object, a power of two up to a page; 8 if not given");
    command.flag("--off-slab", create.off_slab, "management data outside the slab, whatever the size");
    command.option(
        "--flags", "FLAGS", [&flags = create.flags](const std::string& text) { flags = parse_flags(text); },
        "any of hwcache_align, typesafe_by_rcu and reclaim_account, with ',' between them");
    command.option("--engine", "ENGINE", create.engine, "how objects are allocated; 'minimm info' lists the engines");
    command.option("--slab-pages", "N", create.slab_pages, "in a slab, 1 to 8; the engine chooses if not given");
    command.option("--debug", "LETTERS", create.debug, "checks, any of F Z P U T V, more than the arena's");
    command.option("--arena", "ARENA", create.arena, "where; 'default' if not given");
    command.footer("Example: minimm cache create foo --size 192 --align 64");
  }
  cache.leaf<List>("list", "the caches, with their geometry and how full they are");
  {
    auto [command, shrink] = cache.leaf<Shrink>("shrink", "give a cache's empty slabs back to the arena");
    command.positional("CACHE", shrink.name, which);
  }
  {
    auto [command, tune] = cache.leaf<Tune>("tune", "resize the CPUs' magazines of a cache");
    command.positional("CACHE", tune.name, which);
    add_magazines(command, tune.magazines, Need::required);
    command.footer("Example: minimm cache tune foo --magazine-size 16 --batch 4");
  }
  {
    auto [command, destroy] = cache.leaf<Destroy>("destroy", "destroy a cache; none of its objects may be held");
    command.positional("CACHE", destroy.name, which);
  }
}

}  // namespace minimm
