// SPDX-License-Identifier: GPL-2.0
/* The functions that border.h wants from the glue, and the memory of an arena. */
#include "world.hpp"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

#include "require.hpp"

using mini_mm::fuzz::require;

namespace {

constexpr std::size_t kPage = std::size_t{1} << MINI_CORE_PAGE_SHIFT;
constexpr std::size_t kAlignment = kPage << MINI_CORE_MAX_ORDER;
constexpr std::size_t kRoom = mini_arena::kMostPages * kPage;

/* One piece of memory for all runs, with a block of the highest order before it and one behind it, which are nobody's.
 */
std::byte* room() {
  static std::byte* const base = [] {
    void* place = mmap(nullptr, kRoom + 3 * kAlignment, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(place != MAP_FAILED, "no memory for a region");
    const auto start = (reinterpret_cast<std::uintptr_t>(place) + 2 * kAlignment - 1) & ~(kAlignment - 1);
    auto* const aligned = reinterpret_cast<std::byte*>(start);
    ASAN_POISON_MEMORY_REGION(aligned - kPage, kRoom + 2 * kPage);
    return aligned;
  }();
  return base;
}

std::unique_ptr<std::max_align_t[]> zeros(std::size_t bytes) {
  const std::size_t units = (bytes + sizeof(std::max_align_t) - 1) / sizeof(std::max_align_t);
  auto memory = std::make_unique<std::max_align_t[]>(units);
  ASAN_POISON_MEMORY_REGION(reinterpret_cast<std::byte*>(memory.get()) + bytes,
                            units * sizeof(std::max_align_t) - bytes);
  return memory;
}

}  // namespace

mini_arena::mini_arena(int engine, std::uint32_t nr_pages, std::uint32_t min_free)
    : base(room()), pages(nr_pages), bookkeeping(zeros(mini_core_arena_bytes(engine, nr_pages))), has_slab(nr_pages) {
  ASAN_UNPOISON_MEMORY_REGION(base, pages * kPage);
  const mini_core_arena_request request{engine, pages, min_free};
  core = mini_core_arena_create(bookkeeping.get(), base, &request, this);
}

/* The next run finds zeros, whatever this one has written. */
mini_arena::~mini_arena() {
  madvise(base, pages * kPage, MADV_DONTNEED);
  ASAN_POISON_MEMORY_REGION(base, pages * kPage);
}

void mini_arena::mark(std::uint32_t page, std::uint32_t count, bool slab) {
  for (std::uint32_t i = 0; i < count; ++i) has_slab.at(page + i) = slab;
}

void mini_arena::give_back_late_slabs() {
  for (const std::uint32_t page : late_slabs) {
    mark(page, 1, false);
    mini_core_give_back_slab(core, page);
  }
  late_slabs.clear();
}

extern "C" {

const int* mini_glue_faults(mini_arena* arena) { return arena->faults; }
const int* mini_glue_cache_faults(mini_cache* cache) { return cache->arena->faults; }

bool mini_glue_should_fail(mini_arena* arena, mini_core_fault_point point) {
  int& countdown = arena->faults[point];
  return countdown > 0 && --countdown == 0;
}
bool mini_glue_cache_should_fail(mini_cache* cache, mini_core_fault_point point) {
  return mini_glue_should_fail(cache->arena, point);
}

void mini_glue_page_split(mini_arena* arena, uint32_t page, uint32_t from, uint32_t to) {
  require(page < arena->pages && from > to && from <= MINI_CORE_MAX_ORDER, "a split of order %u to %u at page %u", from,
          to, page);
}
void mini_glue_page_merge(mini_arena* arena, uint32_t page, uint32_t from, uint32_t to) {
  require(page < arena->pages && from < to && to <= MINI_CORE_MAX_ORDER, "a merge of order %u to %u at page %u", from,
          to, page);
}

bool mini_glue_has_slab(mini_arena* arena, uint32_t page) { return arena->has_slab.at(page); }
void mini_glue_pages_isolated(mini_arena* arena, uint32_t page, uint32_t pages) { arena->mark(page, pages, false); }

int mini_glue_take_slab(mini_cache* cache, const mini_core_slab_request* request, uint32_t* page) {
  mini_arena* const arena = cache->arena;
  const int error = mini_core_take_slab(arena->core, request, MINI_CORE_UNMOVABLE, page);
  if (error == 0) arena->mark(*page, cache->marked_pages(), true);
  return error;
}

void mini_glue_give_back_slab(mini_cache* cache, uint32_t page) {
  mini_arena* const arena = cache->arena;
  arena->mark(page, cache->marked_pages(), false);
  if (cache->late) {
    arena->mark(page, 1, true);
    arena->late_slabs.push_back(page);
  } else {
    mini_core_give_back_slab(arena->core, page);
  }
}

void mini_glue_slab_grow(mini_cache* cache, uint32_t page) {
  require(page < cache->arena->pages, "a slab at page %u", page);
}
void mini_glue_slab_reap(mini_cache* cache, uint32_t page) {
  require(page < cache->arena->pages, "a slab at page %u goes", page);
}
void mini_glue_cache_damage(mini_cache* cache, const mini_core_damage*) { ++cache->damages; }

}  // extern "C"
