// SPDX-License-Identifier: GPL-2.0
/* Calls about arenas and caches. */
#include <cstdio>
#include <iterator>

#include "session.hpp"

namespace mini_mm::fuzz {
namespace {

constexpr const char* kPageEngines[] = {"eager", "lazy", "naive", ""};
constexpr const char* kPlacements[] = {"lifo", "lowest", "", "none"};
constexpr const char* kObjectEngines[] = {"slab", "slub", "slob", "class"};
constexpr const char* kDebug[] = {"", "", "", "", "F", "Z", "P", "U", "V", "T", "FZPU", "FZPUV", "FV", "ZU", "?", "UV"};

}  // namespace

const char* Session::page_engine() { return kPageEngines[input_.below(std::size(kPageEngines))]; }
const char* Session::placement() { return kPlacements[input_.below(std::size(kPlacements))]; }
const char* Session::object_engine() { return kObjectEngines[input_.below(std::size(kObjectEngines))]; }
const char* Session::debug() { return kDebug[input_.below(std::size(kDebug))]; }

std::uint32_t Session::object_size() { return input_.bit() ? 8 * input_.byte() : input_.below(8193); }

/* All files are closed. When what was kept is freed, too, all pages are free. */
void Session::empty_arenas() {
  shim_client* client = nullptr;
  require(shim_open(&client) == 0, "the device cannot be opened");
  Argument info{};
  info.arena_info.lookup = MINI_MM_LOOKUP_NEXT;
  while (ask(client, MINI_MM_IOC_ARENA_INFO, info) == 0) {
    const std::uint32_t id = info.arena_info.id;
    Argument target{};
    target.target.id = id;
    require(ask(client, MINI_MM_IOC_ARENA_RESET, target) == 0 && target.target.live == 0,
            "arena %u: %llu blocks and objects are nobody's", id, target.target.live);
    shim_pass_grace_period();
    ask(client, MINI_MM_IOC_ARENA_DRAIN, target);
    info = {};
    info.arena_info.id = id;
    ask(client, MINI_MM_IOC_ARENA_INFO, info);
    const mini_mm_arena_info& found = info.arena_info;
    require(found.free_pages == found.pages && found.handles == 0,
            "arena %u: nobody has anything, and of %llu pages %llu are free", id, found.pages, found.free_pages);
    info.arena_info.lookup = MINI_MM_LOOKUP_NEXT;
  }
  shim_close(client);
}

void Session::fill_nothing(Argument&) {}

void Session::fill_arena_create(Argument& argument) {
  mini_mm_arena_create& create = argument.arena_create;
  const std::uint32_t flags = input_.byte();
  std::snprintf(create.name, sizeof(create.name), "a%u", input_.below(16));
  set_text(create.page_engine, sizeof(create.page_engine), page_engine());
  set_text(create.placement, sizeof(create.placement), placement());
  if (flags & 1) set_text(create.object_engine, sizeof(create.object_engine), object_engine());
  set_text(create.debug, sizeof(create.debug), debug());
  create.size = (1 + (flags & 2 ? input_.byte() : input_.below(1200))) * std::uint64_t{4096};
  create.flags = flags & 4 ? MINI_MM_KEEP : 0;
  if (flags & 8) create.min_free = input_.byte() * 512u;
  if (flags & 16) create.log_events = 1 + input_.byte();
  if (flags & 32)
    create.magazine_size = static_cast<std::uint16_t>(input_.bit() ? MINI_MM_NO_MAGAZINES : input_.byte());
  if (flags & 64) create.batch = static_cast<std::uint16_t>(input_.byte());
  if (flags & 128) {
    create.max_handles = input_.byte();
    create.max_caches = input_.byte();
    create.max_bytes = input_.byte() * 4096u;
  }
  trace("  %s: %s, %s, %s, debug %s, %llu bytes, flags %#x, %u events", create.name, create.page_engine,
        create.placement, create.object_engine, create.debug, create.size, create.flags, create.log_events);
}

void Session::look_at_new_arena(const Argument& argument) { arenas_.push_back(argument.arena_create.id); }

void Session::fill_arena_info(Argument& argument) {
  mini_mm_arena_info& info = argument.arena_info;
  info.lookup = input_.below(3);
  info.id = one_of(arenas_);
  if (info.lookup == MINI_MM_LOOKUP_NAME) std::snprintf(info.name, sizeof(info.name), "a%u", input_.below(16));
}

/* Pages are somewhere: free, allocated, or in lists. */
void Session::look_at_arena(const Argument& argument) {
  const mini_mm_arena_info& info = argument.arena_info;
  require(info.free_pages + info.cached_pages <= info.pages, "of %llu pages %llu are free, and %llu in lists",
          info.pages, info.free_pages, info.cached_pages);
}

void Session::fill_arena_target(Argument& argument) { argument.target.id = one_of(arenas_); }

void Session::fill_cache_create(Argument& argument) {
  mini_mm_cache_create& create = argument.cache_create;
  const std::uint32_t flags = input_.byte();
  std::snprintf(create.name, sizeof(create.name), "c%u", input_.below(32));
  create.arena = one_of(arenas_);
  create.size = object_size();
  if (flags & 1) create.align = 1u << input_.below(14);
  if (flags & 2) create.flags |= MINI_MM_KEEP;
  if (flags & 4) create.flags |= MINI_MM_OFF_SLAB;
  if (flags & 8) create.flags |= MINI_MM_TYPESAFE_BY_RCU;
  if (flags & 16) create.flags |= MINI_MM_HWCACHE_ALIGN;
  if (flags & 32) create.flags |= MINI_MM_RECLAIMABLE;
  if (flags & 64) create.slab_pages = input_.below(10);
  if (flags & 128) set_text(create.engine, sizeof(create.engine), object_engine());
  set_text(create.debug, sizeof(create.debug), debug());
  trace("  %s in arena %u: %s, debug %s, %u bytes, aligned to %u, flags %#x", create.name, create.arena, create.engine,
        create.debug, create.size, create.align, create.flags);
}

void Session::look_at_new_cache(const Argument& argument) { caches_.push_back(argument.cache_create.id); }

void Session::fill_cache_info(Argument& argument) {
  mini_mm_cache_info& info = argument.cache_info;
  info.lookup = input_.below(3);
  info.id = one_of(caches_);
  if (info.lookup == MINI_MM_LOOKUP_NAME)
    std::snprintf(info.name, sizeof(info.name), input_.bit() ? "a%u:c%u" : "c%u", input_.below(16), input_.below(32));
}

/* The general ones are found only so. */
void Session::look_at_cache(const Argument& argument) {
  if (argument.cache_info.lookup == MINI_MM_LOOKUP_NEXT) caches_.push_back(argument.cache_info.id);
}

void Session::fill_cache_target(Argument& argument) { argument.target.id = one_of(caches_); }

void Session::fill_tune(Argument& argument) {
  mini_mm_tune& tune = argument.tune;
  (input_.bit() ? tune.arena : tune.cache) = input_.bit() ? one_of(arenas_) : one_of(caches_);
  tune.magazine_size = input_.below(258);
  tune.batch = input_.below(258);
}

void Session::fill_map(Argument& argument) {
  argument.map.arena = one_of(arenas_);
  argument.map.page = input_.bit() ? input_.word() : 0;
  argument.map.blocks = buffer();
  argument.map.count = room_for(sizeof(mini_mm_block));
}

void Session::fill_log(Argument& argument) {
  argument.log.arena = one_of(arenas_);
  argument.log.after = input_.byte();
  argument.log.events = buffer();
  argument.log.count = room_for(sizeof(mini_mm_event));
}

void Session::fill_examine(Argument& argument) {
  argument.examine.arena = one_of(arenas_);
  argument.examine.findings = buffer();
  argument.examine.count = room_for(sizeof(mini_mm_finding));
}

void Session::look_at_examination(const Argument& argument) {
  require(argument.examine.found == 0, "%llu things are damaged, and nobody has damaged any", argument.examine.found);
}

void Session::fill_self_test(Argument& argument) {
  mini_mm_self_test& test = argument.self_test;
  set_text(test.debug, sizeof(test.debug), debug());
  set_text(test.object_engine, sizeof(test.object_engine), object_engine());
  set_text(test.placement, sizeof(test.placement), placement());
  test.seed = input_.word();
  test.bug = input_.below(MINI_MM_BUGS + 1);
  test.tries = 1 + input_.below(4);
  trace("  bug %u, %u times, seed %llu: %s, %s, debug %s", test.bug, test.tries, test.seed, test.object_engine,
        test.placement, test.debug);
}

}  // namespace mini_mm::fuzz
