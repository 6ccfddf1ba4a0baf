// SPDX-License-Identifier: GPL-2.0
/*
 * The core as C sees it: the one translation unit in which its templates are instantiated for the
 * kernel.
 */
#include "border.h"

#include "any_object_cache.hpp"
#include "arena.hpp"
#include "compaction.hpp"

namespace mini_mm {
namespace {

/* Whether to ask the glue at all: @faults are its words for fault injection. */
bool is_pending(const int* faults, FaultPoint point) {
  return __atomic_load_n(&faults[static_cast<int>(point)], __ATOMIC_RELAXED) != 0;
}

class GlueArena {
 public:
  explicit GlueArena(mini_arena* arena) : arena_(arena), faults_(mini_glue_faults(arena)) {}
  bool should_fail(FaultPoint point) {
    return is_pending(faults_, point) && mini_glue_should_fail(arena_, static_cast<mini_core_fault_point>(point));
  }
  bool failure_pending(FaultPoint point) const { return is_pending(faults_, point); }
  bool has_slab(PageIndex page) const { return mini_glue_has_slab(arena_, page.value); }
  void on_isolate(PageIndex page, std::uint32_t pages) { mini_glue_pages_isolated(arena_, page.value, pages); }
  void on_split(PageIndex page, Order from, Order to) {
    mini_glue_page_split(arena_, page.value, from.value, to.value);
  }
  void on_merge(PageIndex page, Order from, Order to) {
    mini_glue_page_merge(arena_, page.value, from.value, to.value);
  }

 private:
  mini_arena* arena_;
  const int* faults_;
};

class GlueCache {
 public:
  explicit GlueCache(mini_cache* cache) : cache_(cache), faults_(mini_glue_cache_faults(cache)) {}
  bool should_fail(FaultPoint point) {
    return is_pending(faults_, point) && mini_glue_cache_should_fail(cache_, static_cast<mini_core_fault_point>(point));
  }
  Result<PageIndex> take_slab(const SlabRequest& request) {
    const mini_core_slab_request asked{request.cache,          request.order.value, request.objects,    request.pages,
                                       request.metadata_bytes, request.off_slab,    request.in_page_map};
    PageIndex page;
    const int error = mini_glue_take_slab(cache_, &asked, &page.value);
    return error == 0 ? Result<PageIndex>(page) : Result<PageIndex>(static_cast<Error>(error));
  }
  void give_back_slab(PageIndex page) { mini_glue_give_back_slab(cache_, page.value); }
  void on_grow(PageIndex page) { mini_glue_slab_grow(cache_, page.value); }
  void on_reap(PageIndex page) { mini_glue_slab_reap(cache_, page.value); }
  [[gnu::noinline]] void on_damage(const Damage& damage) {
    const mini_core_damage seen{static_cast<mini_core_damage_kind>(damage.kind),
                                damage.slab.value,
                                damage.object,
                                damage.offset,
                                damage.found,
                                damage.track};
    mini_glue_cache_damage(cache_, &seen);
  }

 private:
  mini_cache* cache_;
  const int* faults_;
};

static_assert(Platform<GlueArena>);
static_assert(SlabSource<GlueCache>);

using KernelPages = AnyPageEngine<GlueArena>;
using KernelArena = Arena<GlueArena, KernelPages>;
using KernelCache = AnyObjectCache<GlueCache>;

static_assert(PageEngine<KernelPages>);
static_assert(ObjectEngine<KernelCache>);

KernelArena& core(mini_core_arena* arena) { return *reinterpret_cast<KernelArena*>(arena); }
const KernelArena& core(const mini_core_arena* arena) { return *reinterpret_cast<const KernelArena*>(arena); }
KernelCache& core(mini_core_cache* cache) { return *reinterpret_cast<KernelCache*>(cache); }
const KernelCache& core(const mini_core_cache* cache) { return *reinterpret_cast<const KernelCache*>(cache); }

MigrateType type_of(const mini_core_page_request* request) { return static_cast<MigrateType>(request->type); }
Reserve reserve_of(const mini_core_page_request* request) {
  return request->use_reserve ? Reserve::use : Reserve::keep;
}

/* Whether the @i-th registered engine is the first one for which @text says what it says. */
template <class Text>
constexpr bool is_first(unsigned i, Text text) {
  for (unsigned before = 0; before < i; ++before) {
    if (same_text(text(before), text(i))) return false;
  }
  return true;
}

/* The @n-th different text, or null. */
template <class Text>
constexpr const char* nth(unsigned n, Text text) {
  for (unsigned i = 0; i < KernelPages::Engines::kCount; ++i) {
    if (is_first(i, text) && n-- == 0) return text(i);
  }
  return nullptr;
}

static_assert(kPageShift == MINI_CORE_PAGE_SHIFT && kMaxOrder == MINI_CORE_MAX_ORDER);
static_assert(KernelArena::kMaxPages == MINI_CORE_MAX_PAGES);
static_assert(SlabLayout::kMinObjectSize == MINI_CORE_MIN_OBJECT);
static_assert(SlabLayout::kMaxObjectSize == MINI_CORE_MAX_OBJECT);
static_assert(static_cast<int>(MigrateType::reclaimable) == MINI_CORE_RECLAIMABLE);
static_assert(sizeof(Compaction) == sizeof(mini_core_compaction));
static_assert(static_cast<int>(Compaction::Step::done) == MINI_CORE_COMPACTION_DONE);
static_assert(SlabLayout::kMaxSlabPages == MINI_CORE_MAX_SLAB_PAGES);
static_assert(kCacheIdMask == MINI_CORE_MAX_CACHE_ID);
static_assert(ObjectGuard::kTrackBytes == MINI_CORE_TRACK_BYTES);
static_assert(static_cast<int>(Error::too_large) == MINI_CORE_TOO_LARGE);
static_assert(static_cast<int>(Error::wrong_cache) == MINI_CORE_WRONG_CACHE);
static_assert(static_cast<int>(PageKind::slab) == MINI_CORE_SLAB);
static_assert(static_cast<int>(PageKind::cached) == MINI_CORE_CACHED);
static_assert(static_cast<int>(PageKind::isolated) == MINI_CORE_ISOLATED);
static_assert(static_cast<int>(FaultPoint::slab) + 1 == MINI_CORE_FAULT_POINTS);
static_assert(static_cast<int>(DamageKind::list) == MINI_CORE_DAMAGE_LIST);
static_assert(static_cast<int>(Flaw::slab) + 1 == MINI_CORE_FLAWS);
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
    case Error::unsupported:
      return "this engine cannot do that";
    case Error::too_large:
      return "it is larger than the largest object";
  }
  return "unknown error";
}

const char* mini_core_page_engine(unsigned int n) {
  return nth(n, [](unsigned i) { return KernelPages::Engines::name(i); });
}
const char* mini_core_placement(unsigned int n) {
  return nth(n, [](unsigned i) { return KernelPages::placement(i); });
}
const char* mini_core_object_engine_name(unsigned int index) { return KernelCache::Engines::name(index); }
bool mini_core_has_object_engine(const char* name) { return KernelCache::Engines::has(name); }
uint32_t mini_core_object_engine_largest(const char* name) {
  return KernelCache::Engines::with(
      KernelCache::Engines::index_of(name),
      []<class Engine>(std::type_identity<Engine>) -> uint32_t { return Engine::kLargestOfAnySize; });
}

int mini_core_find_page_engine(const char* name, const char* placement, const char* usual) {
  return static_cast<int>(KernelPages::find(name, placement, usual));
}

size_t mini_core_arena_bytes(int engine, uint32_t pages) {
  return KernelArena::metadata_bytes(pages, static_cast<unsigned>(engine));
}

mini_core_arena* mini_core_arena_create(void* metadata, void* base, const mini_core_arena_request* request,
                                        mini_arena* owner) {
  return reinterpret_cast<mini_core_arena*>(KernelArena::create(metadata, static_cast<std::byte*>(base), request->pages,
                                                                GlueArena(owner), request->min_free,
                                                                static_cast<unsigned>(request->engine)));
}

const char* mini_core_arena_page_engine(const mini_core_arena* arena) { return core(arena).pages().name(); }
const char* mini_core_arena_placement(const mini_core_arena* arena) { return core(arena).pages().placement(); }

/*
 * The hot functions are flat, so that the way to the engine is a few comparisons and a jump. An engine's allocate() and
 * free() stay functions (gnu::noinline), and so does what is rare in them: the usual way then needs no large frame.
 */
[[gnu::flatten]] int mini_core_page_alloc(mini_core_arena* arena, const mini_core_page_request* request,
                                          uint32_t* page) {
  const Result<PageIndex> found = core(arena).allocate(Order(request->order), type_of(request), reserve_of(request));
  *page = found.value.value;
  return static_cast<int>(found.error);
}

[[gnu::flatten]] int64_t mini_core_page_alloc_plain(mini_core_arena* arena, uint32_t order) {
  const Result<PageIndex> found = core(arena).allocate(Order(order), MigrateType::unmovable, Reserve::keep);
  return found ? static_cast<int64_t>(found.value.value) : -static_cast<int64_t>(found.error);
}

[[gnu::flatten]] int mini_core_page_alloc_chain(mini_core_arena* arena, const mini_core_page_request* request,
                                                uint32_t nr, mini_page_chain* chain) {
  return static_cast<int>(
      core(arena).allocate_chain(*chain, nr, Order(request->order), type_of(request), reserve_of(request)));
}

[[gnu::flatten]] void mini_core_page_free_chain(mini_core_arena* arena, mini_page_chain* chain, uint32_t order,
                                                uint32_t nr) {
  core(arena).free_chain(*chain, Order(order), nr);
}

mini_page_entry* mini_core_page_map(mini_core_arena* arena) { return core(arena).region().map().raw(); }

[[gnu::flatten]] int mini_core_page_free(mini_core_arena* arena, uint32_t page, uint32_t order) {
  return static_cast<int>(core(arena).pages().free(PageIndex(page), Order(order)));
}

int mini_core_run_alloc(mini_core_arena* arena, uint32_t pages, const mini_core_page_request* request, uint32_t* page) {
  const Result<PageIndex> found =
      core(arena).allocate_run(pages, Order(request->order), type_of(request), reserve_of(request));
  *page = found.value.value;
  return static_cast<int>(found.error);
}

int mini_core_run_claim(mini_core_arena* arena, uint32_t page, uint32_t pages) {
  return static_cast<int>(core(arena).claim(PageIndex(page), pages, MigrateType::unmovable));
}

int mini_core_run_free(mini_core_arena* arena, uint32_t page, uint32_t pages) {
  return static_cast<int>(core(arena).free_run(PageIndex(page), pages));
}

bool mini_core_arena_settle(mini_core_arena* arena, uint32_t blocks) { return core(arena).pages().settle(blocks); }

void mini_core_compaction_start(const mini_core_arena* arena, mini_core_compaction* state) {
  *reinterpret_cast<Compaction*>(state) = Compaction::start(core(arena));
}

mini_core_compaction_step mini_core_compaction_next(const mini_core_arena* arena, mini_core_compaction* state,
                                                    uint32_t steps, uint32_t* page, uint32_t* order) {
  Block found;
  const Compaction::Step step = reinterpret_cast<Compaction*>(state)->next(core(arena), steps, found);
  *page = found.page.value;
  *order = found.order.value;
  return static_cast<mini_core_compaction_step>(step);
}

mini_core_compaction_step mini_core_compaction_place(mini_core_arena* arena, mini_core_compaction* state, uint32_t page,
                                                     uint32_t order, uint32_t steps, uint32_t* to) {
  PageIndex place;
  const Compaction::Step step =
      reinterpret_cast<Compaction*>(state)->place(core(arena), {PageIndex(page), Order(order)}, steps, place);
  *to = place.value;
  return static_cast<mini_core_compaction_step>(step);
}

int mini_core_take_slab(mini_core_arena* arena, const mini_core_slab_request* request, mini_core_migrate_type type,
                        uint32_t* page) {
  const Result<PageIndex> slab =
      core(arena).take_slab({.cache = request->cache,
                             .order = Order(request->order),
                             .off_slab = request->off_slab,
                             .objects = static_cast<std::uint16_t>(request->objects),
                             .pages = static_cast<std::uint16_t>(request->pages),
                             .metadata_bytes = static_cast<std::uint16_t>(request->metadata_bytes),
                             .in_page_map = request->in_page_map},
                            static_cast<MigrateType>(type));
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

uint32_t mini_core_pageblock_pages(void) { return kPageblockOrder.pages(); }

mini_core_migrate_type mini_core_pageblock_type(const mini_core_arena* arena, uint32_t page) {
  return static_cast<mini_core_migrate_type>(core(arena).pages().type_of(PageIndex(page)));
}

void mini_core_arena_read_stats(const mini_core_arena* arena, mini_core_arena_stats* stats) {
  const KernelPages& engine = core(arena).pages();
  const PageStatistics& counted = engine.statistics();
  const Watermarks& watermarks = engine.watermarks();
  FreeCounts free;
  engine.count_free(free);
  *stats = {counted.allocations,
            counted.frees,
            counted.failures,
            counted.refused,
            counted.splits,
            counted.merges,
            core(arena).region().map().pages(),
            engine.free_pages(),
            engine.delayed_pages(),
            engine.max_order().value,
            watermarks.min,
            watermarks.low,
            watermarks.high,
            {},
            {}};
  for (Order order; order <= engine.max_order(); order = order.up()) {
    stats->free_blocks[order.value] = free.of(order);
    for (unsigned type = 0; type < kMigrateTypes; ++type) {
      stats->free_by_type[type][order.value] = free.blocks[type][order.value];
    }
  }
}

uint32_t mini_core_window_pages(void) { return kInspectionWindow.pages(); }

uint32_t mini_core_arena_inspect(mini_core_arena* arena, uint32_t page, mini_core_finding* findings, uint32_t room) {
  uint32_t count = 0;
  return core(arena).inspect(PageIndex(page), [&](const Finding& found) {
    if (count >= room) return;
    findings[count++] = {static_cast<mini_core_flaw>(found.flaw), found.page.value, found.pages,
                         is_isolated(found.flaw)};
  });
}

uint32_t mini_core_arena_reclaim_cached(mini_core_arena* arena, uint32_t page) {
  return core(arena).reclaim_cached(PageIndex(page));
}

uint32_t mini_core_arena_inspect_descriptors(mini_core_arena* arena) { return core(arena).inspect_descriptors(); }

const char* mini_core_arena_broken(const mini_core_arena* arena) { return core(arena).broken_invariant(); }

size_t mini_core_cache_bytes(const char* engine) { return KernelCache::bytes(KernelCache::Engines::index_of(engine)); }

int mini_core_cache_create(void* memory, mini_core_arena* arena, mini_cache* owner,
                           const mini_core_cache_request* request, mini_core_cache** cache) {
  const CacheRequest asked{.id = request->id,
                           .size = request->size,
                           .align = request->align,
                           .management = static_cast<Management>(request->management),
                           .constructor = request->constructor,
                           .checks = {.red_zones = request->red_zones,
                                      .poison = request->poison && !request->constructor,
                                      .track = request->track,
                                      .consistency = request->consistency},
                           .keep_freed = request->keep_freed,
                           .slab_pages = request->slab_pages,
                           .seed = request->seed};
  const Result<KernelCache*> made =
      KernelCache::create(memory, KernelCache::Engines::index_of(request->engine), core(arena).region(),
                          GlueCache(owner), asked, core(arena).pages().max_order());
  *cache = reinterpret_cast<mini_core_cache*>(made.value);
  return static_cast<int>(made.error);
}

const char* mini_core_cache_engine(const mini_core_cache* cache) { return core(cache).name(); }

[[gnu::flatten]] int mini_core_object_alloc(mini_core_cache* cache, uint32_t size, void** object) {
  const Result<void*> found = core(cache).allocate(size);
  *object = found.value;
  return static_cast<int>(found.error);
}

[[gnu::flatten]] uint32_t mini_core_object_alloc_some(mini_core_cache* cache, uint32_t nr, void** objects, int* error) {
  Error why = Error::none;
  const std::uint32_t taken = core(cache).allocate_some(nr, objects, why);
  *error = static_cast<int>(why);
  return taken;
}

[[gnu::flatten]] int mini_core_object_free(mini_core_cache* cache, void* object) {
  return static_cast<int>(core(cache).free(object));
}

int mini_core_object_size(const mini_core_cache* cache, const void* object, uint32_t* size) {
  const Result<std::uint32_t> usable = core(cache).usable_size(object);
  *size = usable.value;
  return static_cast<int>(usable.error);
}

void* mini_core_object_track(const mini_core_cache* cache, const void* object) { return core(cache).track(object); }

uint32_t mini_core_cache_shrink(mini_core_cache* cache, uint32_t slabs) { return core(cache).shrink(slabs); }

uint32_t mini_core_cache_validate(mini_core_cache* cache) { return core(cache).validate(); }

void mini_core_cache_relist(mini_core_cache* cache) { core(cache).relist(); }

void mini_core_cache_read_layout(const mini_core_cache* cache, mini_core_cache_layout* layout) {
  const SlabLayout& made = core(cache).layout();
  *layout = {made.object_size, made.slot_size, made.align, made.objects, made.pages, made.colours, made.off_slab};
}

void mini_core_cache_read_stats(const mini_core_cache* cache, mini_core_cache_stats* stats) {
  const KernelCache& counted = core(cache);
  const ObjectStatistics all = counted.statistics();
  *stats = {all.allocations,
            all.frees,
            all.failures,
            all.refused,
            all.grown,
            all.reaped,
            counted.active_objects(),
            counted.total_objects(),
            counted.full_slabs(),
            counted.partial_slabs(),
            counted.empty_slabs(),
            counted.damaged_slabs()};
}

const char* mini_core_cache_broken(const mini_core_cache* cache) { return core(cache).broken_invariant(); }

}  // extern "C"
