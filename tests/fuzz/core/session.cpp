// SPDX-License-Identifier: GPL-2.0
/* A run: its arena, its steps, and what is checked in between and at the end. */
#include "session.hpp"

#include <cstring>

namespace mini_mm::fuzz {
namespace {

/* An engine and a placement, some of which do not go together. */
int chosen_engine(Input& input) {
  const char* const engine = mini_core_page_engine(input.below(3));
  const char* const placement = mini_core_placement(input.below(3));
  const int found = mini_core_find_page_engine(engine, placement ? placement : "", "lifo");
  return found < 0 ? mini_core_find_page_engine(engine, "", "lifo") : found;
}

/* Small ones most of the time, and sometimes enough of them for migrate types. */
std::uint32_t chosen_pages(Input& input) {
  const std::uint32_t kind = input.byte();
  if (kind < 128) return 1 + kind;
  return 1 + input.below(kind < 192 ? 1100 : mini_arena::kMostPages);
}

}  // namespace

Session::Session(Input& input) : input_(input) {
  const int engine = chosen_engine(input);
  const std::uint32_t pages = chosen_pages(input);
  const std::uint32_t min_free = input.bit() ? input.below(1 + pages / 4) : 0;
  arena_ = std::make_unique<mini_arena>(engine, pages, min_free);
  trace("%s, %s, %u pages, %u of them kept back", mini_core_arena_page_engine(arena_->core),
        mini_core_arena_placement(arena_->core), pages, min_free);
  has_types_ = std::strcmp(mini_core_arena_page_engine(arena_->core), "naive") != 0;
}

void Session::run() {
  for (unsigned steps = 1; !input_.empty(); ++steps) {
    step();
    if (steps % 8 == 0) check();
  }
  check();
  finish();
}

void Session::step() {
  struct Operation {
    const char* name;
    void (Session::*run)();
  };
  /* What keeps the others busy comes more often. */
  static constexpr Operation kOperations[] = {
      {"allocate_pages", &Session::allocate_pages},
      {"allocate_pages", &Session::allocate_pages},
      {"free_pages", &Session::free_pages},
      {"free_pages", &Session::free_pages},
      {"free_pages_wrongly", &Session::free_pages_wrongly},
      {"allocate_run", &Session::allocate_run},
      {"claim_run", &Session::claim_run},
      {"free_run", &Session::free_run},
      {"fill_chain", &Session::fill_chain},
      {"pop_from_chain", &Session::pop_from_chain},
      {"push_to_chain", &Session::push_to_chain},
      {"empty_chain", &Session::empty_chain},
      {"settle", &Session::settle},
      {"compact", &Session::compact},
      {"make_cache", &Session::make_cache},
      {"make_cache", &Session::make_cache},
      {"end_cache", &Session::end_cache},
      {"allocate_object", &Session::allocate_object},
      {"allocate_object", &Session::allocate_object},
      {"allocate_object", &Session::allocate_object},
      {"allocate_objects", &Session::allocate_objects},
      {"allocate_objects", &Session::allocate_objects},
      {"free_object", &Session::free_object},
      {"free_object", &Session::free_object},
      {"free_object", &Session::free_object},
      {"free_object_wrongly", &Session::free_object_wrongly},
      {"ask_about_an_address", &Session::ask_about_an_address},
      {"shrink", &Session::shrink},
      {"validate", &Session::validate},
      {"fail_an_allocation", &Session::fail_an_allocation},
      {"examine", &Session::examine},
      {"pass_a_grace_period", &Session::pass_a_grace_period},
      {"flip_in_page_map", &Session::flip_in_page_map},
      {"flip_in_slab", &Session::flip_in_slab},
  };
  const Operation& operation = kOperations[input_.below(std::size(kOperations))];
  trace("%s", operation.name);
  (this->*operation.run)();
}

void Session::check() {
  /* What was put aside stays so: that is no new damage. */
  const char* broken = mini_core_arena_broken(arena_->core);
  const bool aside = damaged_ && broken && std::strcmp(broken, "a slab's bookkeeping was overwritten") == 0;
  require(!broken || aside, "the arena: %s", broken);
  if (damaged_) return;
  check_map();
  for (unsigned i = 0; i < kCaches; ++i) {
    if (!caches_[i]) continue;
    broken = mini_core_cache_broken(caches_[i]->core);
    require(!broken, "cache %u: %s", i, broken);
    mini_core_cache_stats stats;
    mini_core_cache_read_stats(caches_[i]->core, &stats);
    const std::uint64_t out =
        held_.count([&](const Holding& held) { return held.kind == Kind::object && held.owner == i; });
    require(stats.active_objects == out, "cache %u says that %lu objects are out, and %lu are", i, stats.active_objects,
            out);
    require(stats.total_objects >= out, "cache %u has room for %lu objects, and %lu are out", i, stats.total_objects,
            out);
  }
}

/* The page map shows the blocks of the model, and no others, and the free pages that are counted. */
void Session::check_map() {
  mini_core_block block;
  std::uint64_t blocks = 0;
  std::uint64_t free = 0;
  for (std::uint32_t page = 0; page < arena_->pages; page += 1u << block.order) {
    mini_core_arena_block(arena_->core, page, &block);
    require(block.kind != MINI_CORE_INSIDE, "no block starts at page %u", page);
    if (block.kind == MINI_CORE_FREE || block.kind == MINI_CORE_DELAYED) free += 1u << block.order;
    if (block.kind != MINI_CORE_ALLOCATED && block.kind != MINI_CORE_CACHED) continue;
    const Holding* held = held_.at(std::uint64_t{page} * kPageSize);
    const Kind kind = block.kind == MINI_CORE_CACHED ? Kind::cached : Kind::block;
    require(held && held->kind == kind && held->order == block.order, "a block of order %u at page %u is nobody's",
            block.order, page);
    ++blocks;
  }
  require(blocks == held_.count([](const Holding& held) { return held.kind != Kind::object; }),
          "blocks that are held are not in the page map");
  mini_core_arena_stats stats;
  mini_core_arena_read_stats(arena_->core, &stats);
  require(free == stats.free_pages, "%lu pages are free, and %u are counted", free, stats.free_pages);
}

void Session::finish() {
  std::memset(arena_->faults, 0, sizeof(arena_->faults));
  for (unsigned i = 0; i < kChains; ++i) empty_chain(i, UINT32_MAX);
  for (unsigned i = 0; i < kCaches; ++i) end_cache(i);
  const auto is_block = [](const Holding& held) { return held.kind == Kind::block && !held.lost; };
  while (const Holding* block = held_.pick(0, is_block)) release_block(*block);
  arena_->give_back_late_slabs();
  while (mini_core_arena_settle(arena_->core, 1)) {
  }
  check();
  mini_core_arena_stats stats;
  mini_core_arena_read_stats(arena_->core, &stats);
  require(damaged_ || stats.free_pages == arena_->pages, "all was freed, and %u of %u pages are free", stats.free_pages,
          arena_->pages);
}

/* Of a page block both ends of each page: that is where slabs keep what they manage. */
void Session::fill(const Holding& holding, std::uint8_t pattern) {
  std::byte* const at = arena_->address(holding.start);
  if (holding.kind == Kind::object) {
    std::memset(at, pattern, holding.bytes);
    return;
  }
  for (std::uint64_t page = 0; page < holding.bytes; page += kPageSize) {
    std::memset(at + page, pattern, 32);
    std::memset(at + page + kPageSize - 32, pattern, 32);
  }
}

void Session::check_pattern(const Holding& holding) const {
  const std::byte* const at = arena_->address(holding.start);
  const auto is_filled = [&](const std::byte* from, std::uint64_t bytes) {
    for (std::uint64_t i = 0; i < bytes; ++i) {
      if (from[i] != std::byte{holding.pattern}) return false;
    }
    return true;
  };
  bool whole = true;
  if (holding.kind == Kind::object) {
    whole = is_filled(at, holding.bytes);
  } else {
    for (std::uint64_t page = 0; page < holding.bytes && whole; page += kPageSize)
      whole = is_filled(at + page, 32) && is_filled(at + page + kPageSize - 32, 32);
  }
  require(whole, "somebody wrote to what is held from byte %#lx on", holding.start);
}

}  // namespace mini_mm::fuzz
