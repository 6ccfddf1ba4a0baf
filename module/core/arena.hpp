/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An arena: one region, one page engine, and what object caches need from both.
 *
 * Nothing here is global, so an arena in the kernel, one in a host test and one private to a KUnit case
 * are the same class. The caller supplies all memory: the region, and metadata_bytes() of zeros beside
 * it, in which the arena lives with its page map. The caller holds the arena's lock in each call; caches
 * hold their own and reach the arena through a SlabSource that takes it.
 */
#pragma once

#include <new>

#include "descriptor_store.hpp"
#include "page_engines.hpp"

namespace mini_mm {

/* What a walk over the region sees of one block. */
struct BlockView {
  PageIndex page;
  Order order;
  PageKind kind = PageKind::inside;
  std::uint32_t cache = 0;  /* slabs only */
  std::uint32_t in_use = 0; /* slabs only: objects that are out */
};

template <Platform World, class Engine = EagerBuddy<Lifo, World>>
class Arena {
 public:
  static constexpr std::uint32_t kMaxPages = PageMap::kMaxPages;

  /* @which: for an engine that is chosen at run time. */
  template <class... Which>
  static constexpr std::size_t metadata_bytes(std::uint32_t pages, Which... which) {
    return engine_memory(pages) + Engine::bytes(which..., pages);
  }

  /*
   * Makes an arena in @metadata (metadata_bytes(@pages) of zeros, aligned for max_align_t) over @base
   * (page aligned; to its highest order, if blocks shall be physically aligned). 1 <= @pages <= kMaxPages.
   * @min_free: the minimum watermark, in pages. @which: as for metadata_bytes().
   */
  template <class... Which>
  static Arena* create(void* metadata, std::byte* base, std::uint32_t pages, const World& world,
                       std::uint32_t min_free = 0, Which... which) {
    return ::new (metadata) Arena(static_cast<std::byte*>(metadata), base, pages, world, min_free, which...);
  }

  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  Region& region() { return region_; }
  const Region& region() const { return region_; }
  Engine& pages() { return engine_; }
  const Engine& pages() const { return engine_; }

  /*
   * A block that holds a slab for @request.objects, all free, its descriptor in place and its constructor
   * not run. no_free_block when pages, for the slab or its descriptor, have run out; then nothing is taken.
   */
  Result<PageIndex> take_slab(const SlabRequest& request) {
    const Result<PageIndex> page = engine_.allocate(request.order);
    if (!page) return page;
    const Result<SlabDescriptor*> descriptor =
        request.off_slab ? descriptors_.allocate(request.objects)
                         : SlabDescriptor::on_slab(region_, page.value, request.order, request.objects);
    if (!descriptor) {
      (void)engine_.free(page.value, request.order);
      return descriptor.error;
    }
    descriptor.value->start(request.cache, page.value, request.objects);
    map_[page.value].set_payload(SlabDescriptor::reference(region_, descriptor.value));
    map_[page.value].set(PageKind::slab, request.order);
    return page;
  }

  /*
   * Frees the @pages from @first on, which are whole blocks in use, as the engine's allocate_run() and claim()
   * give them. Anything else is refused, counted, and changes nothing. O(blocks).
   */
  [[nodiscard]] Error free_run(PageIndex first, std::uint32_t pages) {
    const Error error = why_run_not_freeable(first, pages);
    if (error != Error::none) return engine_.refuse(error);
    for (PageIndex at = first; at.value < first.value + pages;) {
      const Order order = map_[at].order();
      (void)engine_.free(at, order);
      at = at + order.pages();
    }
    return Error::none;
  }

  /* Takes back what take_slab gave; no object of it is out. */
  void give_back_slab(PageIndex page) {
    const Order order = map_[page].order();
    SlabDescriptor* descriptor = SlabDescriptor::of(region_, page);
    if (region_.page_of(descriptor).align_down(order) != page) (void)descriptors_.free(descriptor);
    map_[page].set(PageKind::allocated, order);
    (void)engine_.free(page, order);
  }

  /* The block that starts at @page, which is less than the region's pages. */
  BlockView view(PageIndex page) const {
    const PageEntry& entry = map_[page];
    BlockView block{page, entry.order(), entry.kind()};
    if (is_free(block.kind)) block.order = engine_.free_block(page);
    if (block.kind == PageKind::slab) {
      if (const SlabDescriptor* descriptor = SlabDescriptor::of(region_, page)) {
        block.cache = __atomic_load_n(&descriptor->cache, __ATOMIC_RELAXED);
        block.in_use = __atomic_load_n(&descriptor->in_use, __ATOMIC_RELAXED);
      }
    }
    return block;
  }

  /* Every invariant of the page engine and of the descriptor store, or what is broken. O(blocks). */
  [[nodiscard]] const char* broken_invariant() const {
    if (const char* broken = engine_.broken_invariant()) return broken;
    return descriptors_.broken_invariant();
  }

 private:
  /* Descriptor slabs come straight from the page engine: the arena's lock is held already. */
  class OwnPages {
   public:
    explicit OwnPages(Arena& arena) : arena_(&arena) {}
    bool should_fail(FaultPoint) { return false; }
    Result<PageIndex> take_slab(const SlabRequest& request) { return arena_->take_slab(request); }
    void give_back_slab(PageIndex page) { arena_->give_back_slab(page); }
    void on_grow(PageIndex) {}
    void on_reap(PageIndex) {}
    void on_damage(const Damage&) {}

   private:
    Arena* arena_;
  };

  Error why_run_not_freeable(PageIndex first, std::uint32_t pages) const {
    if (pages == 0 || first.value >= map_.pages() || pages > map_.pages() - first.value) return Error::outside;
    const std::uint32_t end = first.value + pages;
    for (PageIndex at = first; at.value < end;) {
      const Order order = map_[at].order();
      const Error error = why_not_freeable(map_, at, order, engine_.max_order());
      if (error != Error::none) return error;
      at = at + order.pages();
      if (at.value > end) return Error::wrong_order;
    }
    return Error::none;
  }

  /* The arena lies in its metadata first, then the page map, then what the engine needs. */
  static constexpr std::size_t map_offset() { return round_up(sizeof(Arena), alignof(PageEntry)); }
  static constexpr std::size_t engine_memory(std::uint32_t pages) {
    return round_up(map_offset() + PageMap::bytes(pages), sizeof(std::uint64_t));
  }

  template <class... Which>
  Arena(std::byte* metadata, std::byte* base, std::uint32_t pages, const World& world, std::uint32_t min_free,
        Which... which)
      : world_(world),
        map_(reinterpret_cast<PageEntry*>(metadata + map_offset()), pages),
        region_(base, map_),
        engine_(map_, world_, metadata + engine_memory(pages), min_free, which...),
        descriptors_(region_, OwnPages(*this), engine_.max_order()) {}

  World world_;
  PageMap map_;
  Region region_;
  Engine engine_;
  DescriptorStore<OwnPages> descriptors_;
};

}  // namespace mini_mm
