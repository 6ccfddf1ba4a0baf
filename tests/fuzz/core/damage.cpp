// SPDX-License-Identifier: GPL-2.0
/* Allocations that fail, grace periods, bits that flip, and examinations as glue/examine.c makes them. */
#include <algorithm>

#include "session.hpp"

namespace mini_mm::fuzz {

void Session::fail_an_allocation() {
  arena_->faults[input_.below(MINI_CORE_FAULT_POINTS)] = static_cast<int>(input_.below(8));
}

void Session::pass_a_grace_period() { arena_->give_back_late_slabs(); }

/* How much was found. */
std::uint64_t Session::examine_all() {
  std::uint64_t found = 0;
  bool isolated = false;
  for (std::uint32_t window = 0; window < arena_->pages; window += mini_core_window_pages()) {
    mini_core_finding findings[8];
    constexpr std::uint32_t kRoom = std::size(findings);
    const std::uint32_t count = mini_core_arena_inspect(arena_->core, window, findings, kRoom);
    for (std::uint32_t i = 0; i < std::min(count, kRoom); ++i) {
      require(findings[i].page < arena_->pages && findings[i].pages <= arena_->pages - findings[i].page,
              "a finding at page %u, of %u pages", findings[i].page, findings[i].pages);
      trace("  flaw %u at page %u, %u pages", findings[i].flaw, findings[i].page, findings[i].pages);
      isolated = isolated || findings[i].isolated;
    }
    isolated = isolated || count > kRoom;
    found += count;
  }
  for (const auto& cache : caches_) {
    if (cache && isolated) mini_core_cache_relist(cache->core);
  }
  found += mini_core_arena_inspect_descriptors(arena_->core);
  for (const auto& cache : caches_) {
    if (cache) found += mini_core_cache_validate(cache->core);
  }
  for (unsigned i = 0; i < kChains; ++i) empty_chain(i, UINT32_MAX);
  for (std::uint32_t window = 0; window < arena_->pages; window += mini_core_window_pages())
    found += mini_core_arena_reclaim_cached(arena_->core, window);
  return found;
}

void Session::examine() {
  const std::uint64_t found = examine_all();
  require(found == 0 || damaged_, "%lu things are damaged, and nobody has damaged any", found);
  check();
  /* Made anew, the lists are what they were. */
  for (const auto& cache : caches_) {
    if (cache && input_.bit()) mini_core_cache_relist(cache->core);
  }
  check();
}

void Session::flip_in_page_map() {
  const std::uint32_t page = any_page();
  mini_page_entry& entry = mini_core_page_map(arena_->core)[page];
  const std::uint32_t bit = 1u << input_.below(32);
  const std::uint32_t word = input_.below(3);
  trace("  page %u: %08x %08x %08x, word %u ^ %08x", page, entry.head, entry.prev, entry.payload, word, bit);
  damaged_ = true;
  switch (word) {
    case 0:
      entry.head ^= bit;
      break;
    case 1:
      entry.prev ^= bit;
      break;
    default:
      entry.payload ^= bit;
      break;
  }
  (void)examine_all();
  check();
}

/* In what a slab has beside the objects that are out: management data, links, red zones, free objects. */
void Session::flip_in_slab() {
  const std::uint32_t first = any_page();
  for (std::uint32_t i = 0; i < arena_->pages; ++i) {
    mini_core_block block;
    const std::uint32_t page = (first + i) % arena_->pages;
    mini_core_arena_block(arena_->core, mini_core_block_of(arena_->core, page), &block);
    if (block.kind != MINI_CORE_SLAB && block.kind != MINI_CORE_SLUB && block.kind != MINI_CORE_TAIL) continue;
    const std::uint32_t inside = input_.bit() ? kPageSize - 1 - input_.byte() : input_.below(kPageSize);
    const std::uint64_t offset = std::uint64_t{page} * kPageSize + inside;
    if (held_.over(offset)) return;
    damaged_ = true;
    *arena_->address(offset) ^= std::byte{1} << input_.below(8);
    (void)examine_all();
    check();
    return;
  }
}

}  // namespace mini_mm::fuzz
