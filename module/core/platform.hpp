/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the core asks of the world around it: the kernel module supplies one type that models Platform,
 * a host test another.
 *
 * All functions are called with the lock held that the core function which calls them names. None may
 * sleep or call back into the core, take_slab and give_back_slab excepted (see SlabSource).
 */
#pragma once

#include <concepts>

#include "types.hpp"

namespace mini_mm {

/* The allocations that can be made to fail on purpose. */
enum class FaultPoint : int { page = 0, object = 1, slab = 2 };

template <class T>
concept Platform = requires(T& platform, FaultPoint point, PageIndex page, std::uint32_t number, Order order) {
  /* True makes the allocation that asks fail, as if the arena were full. */
  { platform.should_fail(point) } -> std::same_as<bool>;
  /* False: should_fail() would say no, and need not be asked. Costs next to nothing. */
  { platform.failure_pending(point) } -> std::same_as<bool>;
  /* Whether a slab of a cache starts at this page: another source than the page map, to hold against it. */
  { platform.has_slab(page) } -> std::same_as<bool>;
  /* So many pages from this one on were isolated (inspection.hpp): what else is known of them is to be forgotten. */
  { platform.on_isolate(page, number) } -> std::same_as<void>;
  /* The block of the first order at @page was halved, and its lower half again, down to the second order. */
  { platform.on_split(page, order, order) } -> std::same_as<void>;
  /* The block of the first order at @page was merged with its buddy, and what came of it again, up to the second. */
  { platform.on_merge(page, order, order) } -> std::same_as<void>;
};

/* Pages for one slab, with a place for its management data. */
struct SlabRequest {
  std::uint32_t cache;              /* id of the cache that asks */
  Order order;                      /* of the block that the slab is cut from */
  bool off_slab;                    /* management data from the arena's descriptor store, else at the slab's end */
  std::uint16_t objects;            /* in the slab */
  std::uint16_t pages = 0;          /* of the slab: more than half of the block; 0 for all of it */
  std::uint16_t metadata_bytes = 0; /* of management data that begins with a SlabHeader; 0 for a SlabDescriptor */
  bool in_page_map = false;         /* the management data is the page map's entry (slub_page.hpp), nothing else */

  std::uint32_t slab_pages() const { return pages ? pages : order.pages(); }
};

/* What a stray write has changed. */
enum class DamageKind : int {
  bookkeeping = 0, /* a slab's management data: the slab is put aside */
  red_zone = 1,    /* the bytes before or behind an object */
  poison = 2,      /* a freed object */
  list = 3,        /* the links of a list of slabs: all lists were made anew */
};

struct Damage {
  DamageKind kind = DamageKind::bookkeeping;
  PageIndex slab;
  std::uint16_t object = 0;         /* index in the slab; so what follows: red zones and poison only */
  std::int32_t offset = 0;          /* of the first wrong byte, from the object's start */
  std::uint8_t found = 0;           /* that byte */
  const std::byte* track = nullptr; /* the object's ObjectGuard::track_at(), where there is one */
};

/*
 * Where an object engine gets its slabs: the arena, behind whatever lock the platform puts in front of
 * it. Called with the cache's lock held; takes the arena's lock inside (lock order: cache, then arena).
 */
template <class T>
concept SlabSource = requires(T& source, FaultPoint point, const SlabRequest& request, PageIndex page,
                              const Damage& damage) {
  { source.should_fail(point) } -> std::same_as<bool>;
  { source.take_slab(request) } -> std::same_as<Result<PageIndex>>;
  { source.give_back_slab(page) } -> std::same_as<void>;
  { source.on_grow(page) } -> std::same_as<void>;
  { source.on_reap(page) } -> std::same_as<void>;
  /* Once for each damage that is found. */
  { source.on_damage(damage) } -> std::same_as<void>;
};

}  // namespace mini_mm
