// SPDX-License-Identifier: GPL-2.0
/* Page blocks, runs, lists of a CPU, compaction. */
#include <algorithm>
#include <cstring>

#include "session.hpp"

namespace mini_mm::fuzz {
namespace {

bool is_block(const Holding& held) { return held.kind == Kind::block && !held.lost; }

std::uint64_t start_of(std::uint32_t page) { return std::uint64_t{page} * kPageSize; }
std::uint32_t page_of(const Holding& held) { return static_cast<std::uint32_t>(held.start / kPageSize); }

}  // namespace

mini_core_page_request Session::page_request() {
  const std::uint32_t how = input_.byte();
  const std::uint32_t order = how % 16 < 12 ? how % 4 : input_.below(MINI_CORE_MAX_ORDER + 3);
  return {order, static_cast<mini_core_migrate_type>(how / 16 % MINI_CORE_MIGRATE_TYPES), how >= 128};
}

Holding* Session::a_block() { return held_.pick(start_of(any_page()), is_block); }

void Session::hold_block(std::uint32_t page, std::uint32_t order) {
  require(page % (1u << order) == 0, "a block of order %u at page %u", order, page);
  require(page < arena_->pages && 1u << order <= arena_->pages - page, "a block of order %u at page %u of %u", order,
          page, arena_->pages);
  const Holding block{start_of(page), start_of(1u << order), Kind::block, order, 0, ++next_pattern_};
  held_.add(block);
  fill(block, block.pattern);
}

/* A run consists of blocks that can be freed one by one. */
void Session::hold_run(std::uint32_t page, std::uint32_t pages) {
  require(page < arena_->pages && pages <= arena_->pages - page, "a run of %u pages at page %u", pages, page);
  mini_core_block block;
  for (std::uint32_t at = page; at < page + pages; at += 1u << block.order) {
    mini_core_arena_block(arena_->core, at, &block);
    require(block.kind == MINI_CORE_ALLOCATED, "page %u of a run is of kind %u", at, block.kind);
    require(1u << block.order <= page + pages - at, "a run ends inside of the block at page %u", at);
    hold_block(at, block.order);
  }
}

void Session::release_block(const Holding block) {
  check_pattern(block);
  const int error = mini_core_page_free(arena_->core, page_of(block), block.order);
  require(error == 0 || damaged_, "page %u of order %u is not taken back: %s", page_of(block), block.order,
          mini_core_error_text(error));
  if (error == 0) {
    held_.remove(block.start);
  } else {
    held_.at(block.start)->lost = true;
  }
}

/* A request down to the last page fails only when there is no block. First fit may have one that is not aligned. */
void Session::foretell_failure(const mini_core_page_request& request, int error) const {
  if (damaged_ || error != MINI_CORE_NO_FREE_BLOCK || !request.use_reserve || !has_types_) return;
  mini_core_arena_stats stats;
  mini_core_arena_read_stats(arena_->core, &stats);
  for (std::uint32_t order = request.order; order <= stats.max_order; ++order) {
    require(stats.free_blocks[order] == 0, "no block of order %u is found, and one of order %u is free", request.order,
            order);
  }
}

void Session::allocate_pages() {
  const mini_core_page_request request = page_request();
  std::uint32_t page;
  int error;
  if (request.type == MINI_CORE_UNMOVABLE && !request.use_reserve && input_.bit()) {
    const std::int64_t found = mini_core_page_alloc_plain(arena_->core, request.order);
    error = found < 0 ? static_cast<int>(-found) : 0;
    page = static_cast<std::uint32_t>(found);
  } else {
    error = mini_core_page_alloc(arena_->core, &request, &page);
  }
  if (error == 0) {
    hold_block(page, request.order);
  } else {
    foretell_failure(request, error);
  }
}

void Session::free_pages() {
  if (const Holding* block = a_block()) release_block(*block);
}

void Session::free_pages_wrongly() {
  const std::uint32_t how = input_.byte();
  const std::uint32_t page = how & 1 ? any_page() : input_.word() * (how & 2 ? 1u : 70000u);
  const std::uint32_t order = how & 4 ? how >> 3 : how >> 3 & 3;
  const Holding* held = held_.at(start_of(page));
  if (held && is_block(*held) && held->order == order) return;
  require(mini_core_page_free(arena_->core, page, order) != 0, "page %u of order %u was taken back, and nobody had it",
          page, order);
}

void Session::allocate_run() {
  const mini_core_page_request request = page_request();
  const std::uint32_t pages = input_.bit() ? input_.below(16) : input_.word();
  std::uint32_t page;
  const int error = mini_core_run_alloc(arena_->core, pages, &request, &page);
  if (error != 0) return;
  require(pages > 0 && page % (1u << request.order) == 0, "a run of %u pages of order %u at page %u", pages,
          request.order, page);
  hold_run(page, pages);
}

void Session::claim_run() {
  const std::uint32_t how = input_.byte();
  const std::uint32_t page = how & 1 ? UINT32_MAX - input_.byte() : any_page() + how / 32;
  const std::uint32_t pages = how & 2 ? UINT32_MAX - input_.byte() : input_.below(64);
  if (mini_core_run_claim(arena_->core, page, pages) != 0) return;
  require(pages > 0, "nothing was claimed");
  hold_run(page, pages);
}

/* These pages are exactly some of the blocks that are held. */
bool Session::is_tiled(std::uint32_t page, std::uint32_t pages) {
  if (pages == 0 || page >= arena_->pages || pages > arena_->pages - page) return false;
  std::uint64_t at = start_of(page);
  while (at < start_of(page + pages)) {
    const Holding* held = held_.at(at);
    if (!held || !is_block(*held)) return false;
    at += held->bytes;
  }
  return at == start_of(page + pages);
}

void Session::free_run() {
  const Holding* block = input_.bit() ? a_block() : nullptr;
  const std::uint32_t page = block ? page_of(*block) : any_page();
  std::uint32_t pages = input_.byte() < 250 ? input_.below(32) : UINT32_MAX;
  if (block && input_.bit()) pages = 1u << block->order;
  const bool tiled = is_tiled(page, pages);
  if (tiled) {
    for (std::uint64_t at = start_of(page); at < start_of(page + pages); at += held_.at(at)->bytes)
      check_pattern(*held_.at(at));
  }
  const int error = mini_core_run_free(arena_->core, page, pages);
  require(damaged_ ? tiled || error != 0 : tiled == (error == 0), "a run of %u pages at page %u: %s", pages, page,
          mini_core_error_text(error));
  if (error != 0) return;
  for (std::uint64_t at = start_of(page); at < start_of(page + pages);) {
    const std::uint64_t bytes = held_.at(at)->bytes;
    held_.remove(at);
    at += bytes;
  }
}

void Session::fill_chain() {
  const unsigned which = input_.below(kChains);
  Chain& chain = chains_[which];
  if (chain.blocks.count > 0) return;
  const mini_core_page_request request = page_request();
  const std::uint32_t room = 1 + input_.below(32);
  const int error = mini_core_page_alloc_chain(arena_->core, &request, room, &chain.blocks);
  require((error == 0) == (chain.blocks.count > 0) && chain.blocks.count <= room, "a chain of %u blocks of %u: %s",
          chain.blocks.count, room, mini_core_error_text(error));
  if (error != 0) return;
  chain.order = request.order;
  chain.type = request.type;
  const mini_page_entry* const map = mini_core_page_map(arena_->core);
  std::uint32_t page = chain.blocks.first;
  for (std::uint32_t i = 0; i < chain.blocks.count; ++i, page = map[page].head & MINI_PAGE_NONE) {
    require(mini_page_is_cached(map, arena_->pages, page, chain.order), "page %u of a chain is not cached", page);
    held_.add({start_of(page), start_of(1u << chain.order), Kind::cached, chain.order, which});
  }
  require(page == MINI_PAGE_NONE, "a chain is longer than it says");
}

void Session::pop_from_chain() {
  Chain& chain = chains_[input_.below(kChains)];
  if (chain.blocks.count == 0) return;
  const std::uint32_t page = mini_page_chain_pop(&chain.blocks, mini_core_page_map(arena_->core), chain.order);
  held_.remove(start_of(page));
  hold_block(page, chain.order);
}

/* A block goes into the list of its order and type only; a list that is empty becomes one of these. */
void Session::push_to_chain() {
  const unsigned which = input_.below(kChains);
  Chain& chain = chains_[which];
  Holding* const block = a_block();
  if (!block) return;
  mini_page_entry* const map = mini_core_page_map(arena_->core);
  const mini_page_entry& entry = map[page_of(*block)];
  if (!mini_page_is_allocated(&entry, block->order)) return;
  const std::uint32_t type = entry.payload % MINI_PAGE_TYPES;
  if (chain.blocks.count == 0) {
    chain.order = block->order;
    chain.type = type;
  }
  if (chain.order != block->order || chain.type != type) return;
  mini_page_chain_push(&chain.blocks, map, page_of(*block), chain.order);
  block->kind = Kind::cached;
  block->owner = which;
}

void Session::empty_chain() {
  const unsigned which = input_.below(kChains);
  empty_chain(which, input_.bit() ? UINT32_MAX : input_.below(8));
}

/* Up to @blocks of it. What a damaged chain has lost is nobody's, and waits for reclaim_cached(). */
void Session::empty_chain(unsigned which, std::uint32_t blocks) {
  Chain& chain = chains_[which];
  const mini_page_entry* const map = mini_core_page_map(arena_->core);
  const std::uint32_t before = chain.blocks.count;
  std::uint32_t page = chain.blocks.first;
  for (std::uint32_t i = 0; !damaged_ && i < std::min(blocks, before); ++i, page = map[page].head & MINI_PAGE_NONE)
    held_.remove(start_of(page));
  mini_core_page_free_chain(arena_->core, &chain.blocks, chain.order, blocks);
  const std::uint32_t left = blocks < before ? before - blocks : 0;
  require(damaged_ || chain.blocks.count == left, "a chain of %u blocks has %u after %u were freed", before,
          chain.blocks.count, blocks);
  if (!damaged_) return;
  /* Only the map knows now which ones were freed. */
  const auto is_gone = [&](const Holding& held) {
    return held.kind == Kind::cached && held.owner == which &&
           (chain.blocks.count == 0 || !mini_page_is_cached(map, arena_->pages, page_of(held), held.order));
  };
  while (const Holding* gone = held_.pick(0, is_gone)) held_.remove(gone->start);
}

void Session::settle() { (void)mini_core_arena_settle(arena_->core, input_.below(32)); }

void Session::move_block(mini_core_compaction& state, std::uint32_t page, std::uint32_t order) {
  const Holding* const from = held_.at(start_of(page));
  require(from && from->kind == Kind::block && from->order == order, "page %u of order %u shall move, and is nobody's",
          page, order);
  if (from->lost || input_.byte() % 4 == 3) return; /* it is in use */
  const std::uint32_t steps = 1 + input_.below(64);
  std::uint32_t to;
  mini_core_compaction_step step;
  do {
    step = mini_core_compaction_place(arena_->core, &state, page, order, steps, &to);
  } while (step == MINI_CORE_COMPACTION_AGAIN);
  if (step != MINI_CORE_COMPACTION_FOUND) return;
  require(to < page, "page %u shall move up, to %u", page, to);
  Holding moved = *from;
  moved.start = start_of(to);
  held_.add(moved);
  std::memcpy(arena_->address(moved.start), arena_->address(from->start), from->bytes);
  release_block(*from);
}

void Session::compact() {
  mini_core_compaction state;
  mini_core_compaction_start(arena_->core, &state);
  const std::uint32_t steps = 1 + input_.below(64);
  for (;;) {
    std::uint32_t page;
    std::uint32_t order;
    switch (mini_core_compaction_next(arena_->core, &state, steps, &page, &order)) {
      case MINI_CORE_COMPACTION_FOUND:
        move_block(state, page, order);
        break;
      case MINI_CORE_COMPACTION_AGAIN:
        break;
      case MINI_CORE_COMPACTION_DONE:
        return;
    }
  }
}

}  // namespace mini_mm::fuzz
