/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The management data of one slob page: two bits for each unit of 8 bytes, whether it is in use and whether an
 * object starts there. An object reaches to the next one's start or the next free unit.
 *
 *      in use   1 1 1 0 0 1 1 1 1 0        objects of 2, 1, 3 and 1 units:
 *      starts   1 0 1 0 0 1 0 0 1 0        at 0, 2, 5 and 8
 *
 * The bitmaps lie right behind the descriptor. All searches go word by word.
 */
#pragma once

#include "slab_descriptor.hpp"

namespace mini_mm {

struct SlobPage : SlabHeader { /* SlabHeader::objects: the units of the page */
  static constexpr std::uint32_t kUnit = 8;
  static constexpr std::uint32_t kWordBits = 64;

  std::uint16_t free_units;
  std::uint16_t longest; /* no run of free units is longer */

  static constexpr std::uint32_t words(std::uint32_t units) { return (units + kWordBits - 1) / kWordBits; }
  static constexpr std::uint32_t bytes(std::uint32_t units) {
    return static_cast<std::uint32_t>(
        round_up(sizeof(SlobPage) + 2 * words(units) * sizeof(std::uint64_t), SlabHeader::kAlign));
  }

  /* All units free; the header is in place. O(units / 64). */
  void start() {
    free_units = longest = objects;
    __builtin_memset(used(), 0, 2 * words(objects) * sizeof(std::uint64_t));
  }

  bool is_used(std::uint32_t unit) const { return used()[unit / kWordBits] >> unit % kWordBits & 1; }
  bool is_start(std::uint32_t unit) const { return starts()[unit / kWordBits] >> unit % kWordBits & 1; }

  /*
   * The first run of @count free units that starts at a multiple of @step, or kNone; then @longest is known to be
   * right. O(units).
   */
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::uint32_t find(std::uint32_t count, std::uint32_t step) {
    std::uint32_t most = 0;
    for (std::uint32_t from = next_free(0); from < objects;) {
      const std::uint32_t to = next_used(from);
      const auto first = static_cast<std::uint32_t>(round_up(from, step));
      if (first + count <= to) return first;
      most = to - from > most ? to - from : most;
      from = next_free(to);
    }
    longest = static_cast<std::uint16_t>(most);
    return kNone;
  }

  /* Makes the free units from @first on one object. */
  void take(std::uint32_t first, std::uint32_t count) {
    set(used(), first, count, true);
    starts()[first / kWordBits] |= std::uint64_t{1} << first % kWordBits;
    free_units = static_cast<std::uint16_t>(free_units - count);
    ++in_use;
  }

  /* Takes back the object of @count units that starts at @first. */
  void give_back(std::uint32_t first, std::uint32_t count) {
    set(used(), first, count, false);
    starts()[first / kWordBits] &= ~(std::uint64_t{1} << first % kWordBits);
    free_units = static_cast<std::uint16_t>(free_units + count);
    --in_use;
    longest = free_units;
  }

  /* How many units the object at @first has. */
  std::uint32_t length(std::uint32_t first) const {
    return next(first + 1, [this](std::uint32_t word) { return ~used()[word] | starts()[word]; }) - first;
  }

  std::uint32_t next_free(std::uint32_t from) const {
    return next(from, [this](std::uint32_t word) { return ~used()[word]; });
  }
  std::uint32_t next_used(std::uint32_t from) const {
    return next(from, [this](std::uint32_t word) { return used()[word]; });
  }

  /* The counts do not contradict each other. O(1). */
  [[nodiscard]] bool plausible() const {
    return free_units <= objects && longest <= objects && in_use + free_units <= objects &&
           (in_use == 0) == (free_units == objects);
  }

  /* Every object starts in used units, every run of them with an object, and the counts are right. O(units). */
  [[nodiscard]] bool consistent() const {
    std::uint32_t units = 0;
    std::uint32_t out = 0;
    std::uint32_t run = 0;
    std::uint32_t most = 0;
    for (std::uint32_t unit = 0; unit < objects; ++unit) {
      if (is_start(unit) && !is_used(unit)) return false;
      if (is_used(unit) && !is_start(unit) && (unit == 0 || !is_used(unit - 1))) return false;
      units += is_used(unit);
      out += is_start(unit);
      run = is_used(unit) ? 0 : run + 1;
      most = run > most ? run : most;
    }
    return out == in_use && units + free_units == objects && most <= longest;
  }

 private:
  std::uint64_t* used() { return reinterpret_cast<std::uint64_t*>(this + 1); }
  const std::uint64_t* used() const { return reinterpret_cast<const std::uint64_t*>(this + 1); }
  std::uint64_t* starts() { return used() + words(objects); }
  const std::uint64_t* starts() const { return used() + words(objects); }

  /* The first unit from @from on whose bit is set in bits(its word); the number of units when there is none. */
  template <class Bits>
  std::uint32_t next(std::uint32_t from, Bits bits) const {
    for (std::uint32_t at = from; at < objects; at = (at / kWordBits + 1) * kWordBits) {
      const std::uint64_t left = bits(at / kWordBits) >> at % kWordBits;
      if (left == 0) continue;
      at += static_cast<std::uint32_t>(std::countr_zero(left));
      return at < objects ? at : objects;
    }
    return objects;
  }

  static void set(std::uint64_t* bits, std::uint32_t first, std::uint32_t count, bool to) {
    while (count > 0) {
      const std::uint32_t shift = first % kWordBits;
      const std::uint32_t some = count < kWordBits - shift ? count : kWordBits - shift;
      const std::uint64_t ones = some < kWordBits ? (std::uint64_t{1} << some) - 1 : ~std::uint64_t{0};
      const std::uint64_t mask = ones << shift;
      std::uint64_t& word = bits[first / kWordBits];
      word = to ? word | mask : word & ~mask;
      first += some;
      count -= some;
    }
  }
};

static_assert(sizeof(SlobPage) == 16);

}  // namespace mini_mm
