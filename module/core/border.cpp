// SPDX-License-Identifier: GPL-2.0
/*
 * The core as C sees it: the one translation unit in which its templates are instantiated for the
 * kernel.
 */
#include "border.h"

#include "arena.hpp"

namespace mini_mm {
namespace {

class GlueArena {
 public:
  explicit GlueArena(mini_arena* arena) : arena_(arena) {}
  bool should_fail(FaultPoint point) {
    return mini_glue_should_fail(arena_, static_cast<mini_core_fault_point>(point));
  }
  void on_split(PageIndex page, Order order) { mini_glue_page_split(arena_, page.value, order.value); }
  void on_merge(PageIndex page, Order order) { mini_glue_page_merge(arena_, page.value, order.value); }

 private:
  mini_arena* arena_;
};

class GlueCache {
 public:
  explicit GlueCache(mini_cache* cache) : cache_(cache) {}
  bool should_fail(FaultPoint point) {
    return mini_glue_cache_should_fail(cache_, static_cast<mini_core_fault_point>(point));
  }
  Result<PageIndex> take_slab(const SlabRequest& request) {
    const mini_core_slab_request asked{request.cache, request.order.value, request.objects, request.off_slab};
    PageIndex page;
    const int error = mini_glue_take_slab(cache_, &asked, &page.value);
    return error == 0 ? Result<PageIndex>(page) : Result<PageIndex>(static_cast<Error>(error));
  }
  void give_back_slab(PageIndex page) { mini_glue_give_back_slab(cache_, page.value); }
  void on_grow(PageIndex page) { mini_glue_slab_grow(cache_, page.value); }
  void on_reap(PageIndex page) { mini_glue_slab_reap(cache_, page.value); }
  void on_damage(const Damage& damage) {
    const mini_core_damage seen{static_cast<mini_core_damage_kind>(damage.kind), damage.slab.value, damage.object,
                                damage.offset, damage.found};
    mini_glue_cache_damage(cache_, &seen);
  }

 private:
  mini_cache* cache_;
};

static_assert(Platform<GlueArena>);
static_assert(SlabSource<GlueCache>);

using KernelArena = Arena<GlueArena>;
using KernelCache = SlabCache<GlueCache>;

KernelArena& core(mini_core_arena* arena) { return *reinterpret_cast<KernelArena*>(arena); }
const KernelArena& core(const mini_core_arena* arena) { return *reinterpret_cast<const KernelArena*>(arena); }
KernelCache& core(mini_core_cache* cache) { return *reinterpret_cast<KernelCache*>(cache); }
const KernelCache& core(const mini_core_cache* cache) { return *reinterpret_cast<const KernelCache*>(cache); }

bool same_text(const char* a, const char* b) {
  for (; *a != '\0' && *a == *b; ++a, ++b) {
  }
  return *a == *b;
}

static_assert(kPageShift == MINI_CORE_PAGE_SHIFT && kMaxOrder == MINI_CORE_MAX_ORDER);
static_assert(KernelArena::kMaxPages == MINI_CORE_MAX_PAGES);
static_assert(SlabLayout::kMinObjectSize == MINI_CORE_MIN_OBJECT);
static_assert(SlabLayout::kMaxObjectSize == MINI_CORE_MAX_OBJECT);
static_assert(static_cast<int>(Error::injected) == MINI_CORE_INJECTED);
static_assert(static_cast<int>(Error::wrong_cache) == MINI_CORE_WRONG_CACHE);
static_assert(static_cast<int>(PageKind::slab) == MINI_CORE_SLAB);
static_assert(static_cast<int>(FaultPoint::slab) + 1 == MINI_CORE_FAULT_POINTS);
static_assert(static_cast<int>(DamageKind::poison) == MINI_CORE_DAMAGE_POISON);
static_assert(static_cast<int>(Management::off_slab) == MINI_CORE_MANAGEMENT_OFF_SLAB);

}  // namespace
}  // namespace mini_mm

using namespace mini_mm;

extern "C" {

const char* mini_core_error_text(int error) {
  switch (static_cast<Error>(error)) {
    case Error::none:
      return "no error";
    case Error::no_free_block:
      return "no free block is large enough";
    case Error::bad_order:
      return "the order is above the arena's highest";
    case Error::outside:
      return "it is not in the arena's region";
    case Error::not_allocated:
      return "it is not the first page of an allocated block";
    case Error::double_free:
      return "it is free already";
    case Error::wrong_order:
      return "it was allocated with another order";
    case Error::wrong_kind:
      return "it is a slab";
    case Error::wrong_cache:
      return "it is in no slab of this cache";
    case Error::not_an_object:
      return "no object starts there";
    case Error::bad_size:
      return "the size is out of range";
    case Error::bad_alignment:
      return "the alignment is no power of two up to a page";
    case Error::corrupt:
      return "the bookkeeping is damaged";
    case Error::in_use:
      return "objects are still held";
    case Error::injected:
      return "it was made to fail";
  }
  return "unknown error";
}

const char* mini_core_page_engines(void) { return EagerBuddy<Lifo, GlueArena>::kName; }
const char* mini_core_placements(void) { return Lifo::kName; }
const char* mini_core_object_engines(void) { return KernelCache::kName; }
bool mini_core_has_page_engine(const char* name) { return same_text(name, mini_core_page_engines()); }
bool mini_core_has_placement(const char* name) { return same_text(name, mini_core_placements()); }

size_t mini_core_arena_bytes(uint32_t pages) { return KernelArena::metadata_bytes(pages); }

mini_core_arena* mini_core_arena_create(void* metadata, void* base, uint32_t pages, mini_arena* owner) {
  return reinterpret_cast<mini_core_arena*>(
      KernelArena::create(metadata, static_cast<std::byte*>(base), pages, GlueArena(owner)));
}

int mini_core_page_alloc(mini_core_arena* arena, uint32_t order, uint32_t* page) {
  const Result<PageIndex> found = core(arena).pages().allocate(Order(order));
  *page = found.value.value;
  return static_cast<int>(found.error);
}

int mini_core_page_free(mini_core_arena* arena, uint32_t page, uint32_t order) {
  return static_cast<int>(core(arena).pages().free(PageIndex(page), Order(order)));
}

int mini_core_take_slab(mini_core_arena* arena, const mini_core_slab_request* request, uint32_t* page) {
  const Result<PageIndex> slab = core(arena).take_slab(
      {request->cache, Order(request->order), request->off_slab, static_cast<std::uint16_t>(request->objects)});
  *page = slab.value.value;
  return static_cast<int>(slab.error);
}

void mini_core_give_back_slab(mini_core_arena* arena, uint32_t page) { core(arena).give_back_slab(PageIndex(page)); }

uint32_t mini_core_block_of(const mini_core_arena* arena, uint32_t page) {
  return core(arena).region().map().block_of(PageIndex(page)).value;
}

void mini_core_arena_block(const mini_core_arena* arena, uint32_t page, mini_core_block* block) {
  const BlockView view = core(arena).view(PageIndex(page));
  *block = {view.page.value, view.order.value, static_cast<uint32_t>(view.kind), view.cache, view.in_use};
}

void mini_core_arena_read_stats(const mini_core_arena* arena, mini_core_arena_stats* stats) {
  const auto& engine = core(arena).pages();
  const PageStatistics& counted = engine.statistics();
  *stats = {counted.allocations,
            counted.frees,
            counted.failures,
            counted.refused,
            counted.splits,
            counted.merges,
            core(arena).region().map().pages(),
            engine.free_pages(),
            engine.max_order().value,
            {}};
  for (Order order; order <= engine.max_order(); order = order.up()) {
    stats->free_blocks[order.value] = engine.free_blocks(order);
  }
}

const char* mini_core_arena_broken(const mini_core_arena* arena) { return core(arena).broken_invariant(); }

size_t mini_core_cache_bytes(void) { return sizeof(KernelCache); }

int mini_core_cache_create(void* memory, mini_core_arena* arena, mini_cache* owner,
                           const mini_core_cache_request* request, mini_core_cache** cache) {
  const ObjectChecks checks{.red_zones = request->red_zones, .poison = request->poison && !request->constructor};
  const Result<SlabLayout> layout =
      SlabLayout::make(request->size, request->align, static_cast<Management>(request->management),
                       core(arena).pages().max_order(), checks);
  if (!layout) return static_cast<int>(layout.error);
  *cache = reinterpret_cast<mini_core_cache*>(::new (memory) KernelCache(
      core(arena).region(), GlueCache(owner), request->id, layout.value, request->constructor));
  return MINI_CORE_OK;
}

int mini_core_object_alloc(mini_core_cache* cache, void** object) {
  const Result<void*> found = core(cache).allocate();
  *object = found.value;
  return static_cast<int>(found.error);
}

int mini_core_object_free(mini_core_cache* cache, void* object) { return static_cast<int>(core(cache).free(object)); }

uint32_t mini_core_cache_shrink(mini_core_cache* cache, uint32_t slabs) { return core(cache).shrink(slabs); }

uint32_t mini_core_cache_validate(mini_core_cache* cache) { return core(cache).validate(); }

void mini_core_cache_read_layout(const mini_core_cache* cache, mini_core_cache_layout* layout) {
  const SlabLayout& made = core(cache).layout();
  *layout = {made.object_size,   made.slot_size, made.align,   made.objects,
             made.order.pages(), made.colours,   made.off_slab};
}

void mini_core_cache_read_stats(const mini_core_cache* cache, mini_core_cache_stats* stats) {
  const KernelCache& counted = core(cache);
  const ObjectStatistics& all = counted.statistics();
  *stats = {all.allocations,
            all.frees,
            all.failures,
            all.refused,
            all.grown,
            all.reaped,
            counted.active_objects(),
            counted.full_slabs(),
            counted.partial_slabs(),
            counted.empty_slabs(),
            counted.damaged_slabs()};
}

const char* mini_core_cache_broken(const mini_core_cache* cache) { return core(cache).broken_invariant(); }

}  // extern "C"
