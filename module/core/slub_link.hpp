/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The links between the free objects of a slub slab: a 64-bit word in each of them.
 *
 * A word is the index of the next free object, with 54 zero bits above it, mixed with a secret of the cache and
 * with the word's own address. So neither a stray write nor a copy of another link looks like a link, and no
 * link is followed out of its slab. (Linux mixes its links in the same spirit, CONFIG_SLAB_FREELIST_HARDENED.)
 */
#pragma once

#include "slub_page.hpp"

namespace mini_mm {

class SlubLinks {
 public:
  static constexpr std::uint32_t kBytes = 8;
  /* next() of what is no link. */
  static constexpr std::uint32_t kBroken = ~std::uint32_t{0};

  explicit SlubLinks(std::uint64_t seed) : random_(seed), secret_(random()) {}

  /* The index that the link at @place holds, SlubState::kNone at the list's end; kBroken when it is none. */
  std::uint32_t next(const std::byte* place) const {
    const std::uint64_t plain = read(place) ^ key(place);
    return plain > kIndexMask ? kBroken : static_cast<std::uint32_t>(plain);
  }

  void write(std::byte* place, std::uint32_t index) const { store(place, index ^ key(place)); }

  /* Makes @place hold no link. */
  void wipe(std::byte* place) const { store(place, ~key(place)); }

  /*
   * Links the @count objects, whose links lie at place(index), in a random order, and returns the first. O(@count).
   * Sattolo's algorithm (1986) makes a permutation of one cycle, in the words themselves; where it is cut open,
   * the list begins.
   */
  template <class Place>
  std::uint32_t shuffle(std::uint32_t count, Place place) {
    for (std::uint32_t i = 0; i < count; ++i) store(place(i), i);
    for (std::uint32_t i = count - 1; i > 0; --i) {
      std::byte* const a = place(i);
      std::byte* const b = place(below(i));
      const std::uint64_t kept = read(a);
      store(a, read(b));
      store(b, kept);
    }
    const std::uint32_t last = below(count);
    const auto first = static_cast<std::uint32_t>(read(place(last)));
    for (std::uint32_t i = 0; i < count; ++i) {
      write(place(i), i == last ? SlubState::kNone : static_cast<std::uint32_t>(read(place(i))));
    }
    return first;
  }

 private:
  static constexpr std::uint64_t kIndexMask = 1023;

  static std::uint64_t read(const std::byte* place) {
    std::uint64_t word = 0;
    __builtin_memcpy(&word, place, sizeof(word));
    return word;
  }
  static void store(std::byte* place, std::uint64_t word) { __builtin_memcpy(place, &word, sizeof(word)); }

  static constexpr std::uint64_t mix(std::uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
  }

  std::uint64_t key(const std::byte* place) const { return mix(secret_ + reinterpret_cast<std::uintptr_t>(place)); }

  /* SplitMix64 (Steele, Lea and Flood 2014). */
  std::uint64_t random() {
    random_ += 0x9e3779b97f4a7c15;
    return mix(random_);
  }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>((random() >> 32) * bound >> 32); }

  std::uint64_t random_;
  std::uint64_t secret_;
};

}  // namespace mini_mm
