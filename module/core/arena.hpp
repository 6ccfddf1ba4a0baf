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
#include "inspection.hpp"
#include "page_engines.hpp"
#include "slub_page.hpp"

namespace mini_mm {

/* What a walk over the region sees of one block. */
struct BlockView {
  PageIndex page;
  Order order;
  PageKind kind = PageKind::inside;
  std::uint32_t cache = 0;  /* slabs and their tails only */
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
   * A slab for @request.objects, all free, its management data in place and its constructor not run. A slab of a
   * number of pages that is no power of two is cut from the block that covers it: its first piece is its head, the
   * further ones are its tail, and what is left over goes back. no_free_block when pages, for the slab or its
   * descriptor, have run out; then nothing is taken.
   */
  Result<PageIndex> take_slab(const SlabRequest& request, MigrateType type = MigrateType::unmovable) {
    Result<PageIndex> page = engine_.allocate(request.order, type);
    /* An engine that keeps blocks of one type together does; another one serves the slab all the same. */
    if (page.error == Error::unsupported) page = engine_.allocate(request.order);
    if (!page) return page;
    if (request.in_page_map) {
      SlubPage(map_[page.value]).start(request.cache);
    } else {
      const Result<SlabHeader*> descriptor = descriptor_for(page.value, request);
      if (!descriptor) {
        (void)engine_.free(page.value, request.order);
        return descriptor.error;
      }
      map_[page.value].set_payload(SlabHeader::reference(region_, descriptor.value));
    }
    cut(page.value, request);
    return page;
  }

  /* As the engine's functions of these names; the page map remembers what the blocks are. */
  Result<PageIndex> allocate(Order order, MigrateType type, Reserve reserve) {
    const Result<PageIndex> page = engine_.allocate(order, type, reserve);
    if (page) map_[page.value].set_mobility(order, type);
    return page;
  }
  Result<PageIndex> allocate_run(std::uint32_t pages, Order alignment, MigrateType type, Reserve reserve) {
    const Result<PageIndex> page = engine_.allocate_run(pages, alignment, type, reserve);
    if (page) remember(page.value, pages, type);
    return page;
  }
  [[nodiscard]] Error claim(PageIndex first, std::uint32_t pages, MigrateType type) {
    const Error error = engine_.claim(first, pages);
    if (error == Error::none) remember(first, pages, type);
    return error;
  }

  /*
   * Up to @nr blocks as allocate() gives them, in @chain, for a list of a CPU. More than the first one only while free
   * memory is above the low watermark.
   */
  [[nodiscard]] Error allocate_chain(mini_page_chain& chain, std::uint32_t nr, Order order, MigrateType type,
                                     Reserve reserve) {
    chain = {PageEntry::kNone, 0};
    while (chain.count < nr && (chain.count == 0 || engine_.free_pages() >= engine_.watermarks().low)) {
      const Result<PageIndex> page = allocate(order, type, reserve);
      if (!page) return chain.count > 0 ? Error::none : page.error;
      mini_page_chain_push(&chain, map_.raw(), page.value.value, order.value);
    }
    return Error::none;
  }

  /*
   * Frees the first @nr blocks of @chain, or all of it. A chain that leads to what is none of its blocks ends there:
   * its rest waits for reclaim_cached().
   */
  void free_chain(mini_page_chain& chain, Order order, std::uint32_t nr) {
    for (; nr > 0 && chain.count > 0; --nr) {
      if (!mini_page_is_cached(map_.raw(), map_.pages(), chain.first, order.value)) {
        chain = {PageEntry::kNone, 0};
        return;
      }
      (void)engine_.free(PageIndex(mini_page_chain_pop(&chain, map_.raw(), order.value)), order);
    }
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
    const std::uint32_t pages = slab_pages(page);
    if (map_[page].kind() == PageKind::slab) {
      SlabHeader* descriptor = SlabHeader::of(region_, page);
      if (region_.page_of(descriptor).value - page.value >= pages) (void)descriptors_.free(descriptor);
    }
    for (std::uint32_t at = 0; at < pages;) {
      const Order order = map_[page + at].order();
      give_back_piece(page + at, order);
      at += order.pages();
    }
  }

  /* The block that starts at @page, which is less than the region's pages. */
  BlockView view(PageIndex page) const {
    const PageEntry& entry = map_[page];
    BlockView block{page, entry.order(), entry.kind()};
    if (is_free(block.kind)) block.order = engine_.free_block(page);
    switch (block.kind) {
      case PageKind::slab:
        if (const SlabHeader* descriptor = SlabHeader::of(region_, page)) {
          block.cache = __atomic_load_n(&descriptor->cache, __ATOMIC_RELAXED) & kCacheIdMask;
          block.in_use = __atomic_load_n(&descriptor->in_use, __ATOMIC_RELAXED);
        }
        break;
      case PageKind::slub:
        block.cache = SlubState(entry).cache();
        block.in_use = SlubState(entry).in_use();
        break;
      case PageKind::tail:
        if (entry.head_of_tail() < page.value && map_[PageIndex(entry.head_of_tail())].kind() != PageKind::tail)
          block.cache = view(PageIndex(entry.head_of_tail())).cache;
        break;
      default:
        break;
    }
    return block;
  }

  /*
   * Inspection (inspection.hpp) of the window of blocks that starts at @first; what it finds goes to @report(finding).
   * When something was isolated, every cache of the arena has to be relisted. How much was found.
   */
  template <class Report>
  std::uint32_t inspect(PageIndex first, Report report) {
    Inspection inspection(
        map_, engine_, [this](PageIndex page) { return has_slab(page); },
        [this](PageIndex page, std::uint32_t pages) { world_.on_isolate(page, pages); });
    const std::uint32_t found = inspection.window(first, report);
    if (found) descriptors_.relist();
    return found;
  }
  /* Frees the blocks of that window that wait for a CPU, when there is no list that they could be in. How many. */
  std::uint32_t reclaim_cached(PageIndex first) {
    std::uint32_t reclaimed = 0;
    for (PageIndex page = first; page.value < map_.pages() && page.value - first.value < kInspectionWindow.pages();) {
      const Order order = map_[page].order();
      const bool waits = map_[page].kind() == PageKind::cached;
      if (waits) {
        map_[page].start(PageKind::allocated, order);
        (void)engine_.free(page, order);
        ++reclaimed;
      }
      /* It may be part of a larger one now, which began further down. */
      page = page + order.pages();
    }
    return reclaimed;
  }
  /* Looks at the management data of slabs that lies off them: in damaged slabs of it nobody gets any more. How many. */
  std::uint32_t inspect_descriptors() { return descriptors_.validate(); }

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

  Result<SlabHeader*> descriptor_for(PageIndex page, const SlabRequest& request) {
    const std::size_t bytes = request.metadata_bytes ? request.metadata_bytes : SlabDescriptor::bytes(request.objects);
    std::byte* const end = region_.address(page) + request.slab_pages() * kPageSize;
    const Result<SlabHeader*> descriptor =
        request.off_slab ? descriptors_.allocate(bytes) : reinterpret_cast<SlabHeader*>(end - bytes);
    if (!descriptor) return descriptor;
    if (request.metadata_bytes) {
      descriptor.value->start_header(request.cache, page, request.objects);
    } else {
      static_cast<SlabDescriptor*>(descriptor.value)->start(request.cache, page, request.objects);
    }
    return descriptor;
  }

  /* Marks the pieces of a new slab, and gives the rest of its block back. */
  void cut(PageIndex page, const SlabRequest& request) {
    const std::uint32_t pages = request.slab_pages();
    if (pages != request.order.pages()) engine_.trim(page, request.order, pages);
    for_each_piece(page.value, page.value + pages, request.order, [&](Block piece) {
      const bool head = piece.page == page;
      if (!head) map_[piece.page].set_head_of_tail(page.value);
      const PageKind kind = !head ? PageKind::tail : request.in_page_map ? PageKind::slub : PageKind::slab;
      map_[piece.page].set(kind, piece.order);
    });
  }

  void give_back_piece(PageIndex page, Order order) {
    map_[page].set_more(0);
    map_[page].set(PageKind::allocated, order);
    (void)engine_.free(page, order);
  }

  /* A slab starts at @page: the world knows whose, or its management data names that page. */
  bool has_slab(PageIndex page) const {
    if (world_.has_slab(page)) return true;
    const SlabHeader* header = SlabHeader::of(region_, page);
    return map_[page].kind() == PageKind::slab && header && header->page == page.value;
  }

  /* Of the slab that starts at @page. */
  std::uint32_t slab_pages(PageIndex page) const {
    std::uint32_t pages = map_[page].order().pages();
    while (page.value + pages < map_.pages()) {
      const PageEntry& next = map_[page + pages];
      if (next.kind() != PageKind::tail || next.head_of_tail() != page.value) break;
      pages += next.order().pages();
    }
    return pages;
  }

  void remember(PageIndex first, std::uint32_t pages, MigrateType type) {
    for (PageIndex at = first; at.value < first.value + pages; at = at + map_[at].order().pages()) {
      map_[at].set_mobility(map_[at].order(), type);
    }
  }

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
