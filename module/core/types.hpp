/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The core's vocabulary: page indexes, orders, results.
 *
 * The core names a page by its index in the arena's region and never by an address of the kernel's; a
 * block is 2^order pages whose first index is a multiple of 2^order.
 */
#pragma once

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace mini_mm {

inline constexpr unsigned kPageShift = 12;
inline constexpr std::size_t kPageSize = std::size_t{1} << kPageShift;

/* Ids of caches have this many bits: what holds one has room for more beside it. */
inline constexpr unsigned kCacheIdBits = 20;
inline constexpr std::uint32_t kCacheIdMask = (std::uint32_t{1} << kCacheIdBits) - 1;

/* The highest order of any arena, Linux' MAX_PAGE_ORDER: blocks of 4 MiB. */
inline constexpr unsigned kMaxOrder = 10;

/* Why the core refused. The C border has the same numbers. */
enum class Error : int {
  none = 0,
  no_free_block, /* no free block of this order or above */
  bad_order,     /* order above the arena's highest */
  outside,       /* the page or address is not in the region */
  not_allocated, /* the page is no allocated block's first page */
  double_free,   /* the block or object is free already */
  wrong_order,   /* the block was allocated with another order */
  wrong_kind,    /* a slab freed as a page block */
  wrong_cache,   /* the address is in no slab of this cache */
  not_an_object, /* the address is not where an object of the slab starts */
  bad_size,
  bad_alignment,
  corrupt,     /* the bookkeeping contradicts itself */
  in_use,      /* objects are still held */
  injected,    /* made to fail on purpose */
  unsupported, /* this engine cannot do that */
  too_large,   /* larger than the largest object of the cache or the engine */
};

template <class T>
struct [[nodiscard]] Result {
  T value{};
  Error error = Error::none;

  constexpr Result(T v) : value(v) {}
  constexpr Result(Error e) : error(e) {}
  constexpr explicit operator bool() const { return error == Error::none; }
};

struct Order {
  static constexpr unsigned kLargest = 31;

  std::uint32_t value = 0;

  constexpr Order() = default;
  /* What no arena serves stays what no arena serves. */
  constexpr explicit Order(unsigned v) : value(v < kLargest ? v : kLargest) {}
  constexpr std::uint32_t pages() const { return std::uint32_t{1} << value; }
  constexpr std::size_t bytes() const { return kPageSize << value; }
  constexpr Order up() const { return Order(value + 1); }
  constexpr Order down() const {
    Order next(*this);
    --next.value;
    return next;
  }
  constexpr auto operator<=>(const Order&) const = default;
};

struct PageIndex {
  std::uint32_t value = 0;

  constexpr PageIndex() = default;
  constexpr explicit PageIndex(std::uint32_t v) : value(v) {}
  constexpr PageIndex operator+(std::uint32_t pages) const { return PageIndex(value + pages); }
  /* The other half of the parent block: the index with bit `order` flipped (Knuth, TAOCP vol. 1 §2.5). */
  constexpr PageIndex buddy(Order order) const { return PageIndex(value ^ order.pages()); }
  constexpr PageIndex parent(Order order) const { return PageIndex(value & ~order.pages()); }
  constexpr PageIndex align_down(Order order) const { return PageIndex(value & ~(order.pages() - 1)); }
  constexpr bool aligned(Order order) const { return (value & (order.pages() - 1)) == 0; }
  constexpr auto operator<=>(const PageIndex&) const = default;
};

struct Block {
  PageIndex page;
  Order order;
};

/*
 * What can become of a block while it is in use (Linux' migrate types): nothing; it may be moved elsewhere;
 * its content can be dropped and made again. Blocks of one kind are kept together, so that what cannot be
 * moved does not lie scattered among what can.
 */
enum class MigrateType : std::uint8_t { unmovable = 0, movable, reclaimable };
inline constexpr unsigned kMigrateTypes = 3;

/* Whether a request may take what the minimum watermark holds back. */
enum class Reserve : bool { keep = false, use = true };

constexpr std::size_t round_up(std::size_t value, std::size_t power_of_two) {
  return (value + power_of_two - 1) & ~(power_of_two - 1);
}

constexpr std::size_t round_down(std::size_t value, std::size_t power_of_two) { return value & ~(power_of_two - 1); }

/* The highest order that an arena of this many pages serves. */
constexpr Order max_order_of(std::uint32_t pages) {
  const auto log2 = static_cast<unsigned>(std::bit_width(pages)) - 1;
  return Order(log2 < kMaxOrder ? log2 : kMaxOrder);
}

}  // namespace mini_mm
