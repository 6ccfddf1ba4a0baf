/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A set of numbers below a bound, as a tree of 64-bit words: a bit of one level says whether the word below
 * it has any. The lowest member is found in one word a level: three for 262,144 numbers.
 *
 *      level 1   1 . . 1 . ...                          one bit for 64 of those below
 *      level 0   0110...  0000...  0000...  0001...
 *
 * Nothing in it is a pointer or an index that a stray write could lead astray. insert() and erase() touch
 * one word, and one more for each level only where a word becomes the first or the last to have a bit.
 */
#pragma once

#include "types.hpp"

namespace mini_mm {

class BitTree {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /* Bytes for the numbers below @bound. */
  static constexpr std::size_t bytes(std::uint32_t bound) {
    std::size_t words = 0;
    for (std::uint32_t level = words_for(bound);; level = words_for(level)) {
      words += level;
      if (level <= 1) return words * sizeof(std::uint64_t);
    }
  }

  /* @memory: bytes(@bound) of zeros, aligned to 8. */
  void use(std::byte* memory, std::uint32_t bound) {
    auto* words = reinterpret_cast<std::uint64_t*>(memory);
    for (std::uint32_t level = words_for(bound);; level = words_for(level)) {
      levels_[height_++] = words;
      words += level;
      if (level <= 1) return;
    }
  }

  void insert(std::uint32_t number) {
    for (unsigned level = 0; level < height_; ++level) {
      std::uint64_t& word = levels_[level][number / kBits];
      const std::uint64_t before = word;
      word |= std::uint64_t{1} << number % kBits;
      if (before != 0) return;
      number /= kBits;
    }
  }

  void erase(std::uint32_t number) {
    for (unsigned level = 0; level < height_; ++level) {
      std::uint64_t& word = levels_[level][number / kBits];
      word &= ~(std::uint64_t{1} << number % kBits);
      if (word != 0) return;
      number /= kBits;
    }
  }

  [[nodiscard]] bool contains(std::uint32_t number) const { return levels_[0][number / kBits] >> number % kBits & 1; }

  /* Whether each level above says that something is where @number is. O(levels). */
  [[nodiscard]] bool is_reached(std::uint32_t number) const {
    for (unsigned level = 0; level < height_; ++level) {
      if ((levels_[level][number / kBits] >> number % kBits & 1) == 0) return false;
      number /= kBits;
    }
    return true;
  }

  /* Takes all members out, all of them below @bound. O(words). */
  void clear(std::uint32_t bound) {
    std::uint32_t words = words_for(bound);
    for (unsigned level = 0; level < height_; ++level) {
      for (std::uint32_t i = 0; i < words; ++i) levels_[level][i] = 0;
      words = words_for(words);
    }
  }

  /* The lowest member, or kNone. */
  [[nodiscard]] std::uint32_t first() const {
    std::uint32_t at = 0;
    for (unsigned level = height_; level-- > 0;) {
      const std::uint64_t word = levels_[level][at];
      if (word == 0) return kNone;
      at = at * kBits + static_cast<std::uint32_t>(std::countr_zero(word));
    }
    return at;
  }

  /* Whether @holds(member) for each member. O(words + members). */
  template <class Predicate>
  [[nodiscard]] bool all_of(std::uint32_t bound, Predicate holds) const {
    for (std::uint32_t i = 0; i < words_for(bound); ++i) {
      for (std::uint64_t word = levels_[0][i]; word != 0; word &= word - 1) {
        if (!holds(i * kBits + static_cast<std::uint32_t>(std::countr_zero(word)))) return false;
      }
    }
    return true;
  }

  /* Each upper bit says what is below it. O(words). */
  [[nodiscard]] bool consistent(std::uint32_t bound) const {
    std::uint32_t words = words_for(bound);
    for (unsigned level = 0; level + 1 < height_; ++level) {
      for (std::uint32_t i = 0; i < words; ++i) {
        const bool above = levels_[level + 1][i / kBits] >> i % kBits & 1;
        if (above != (levels_[level][i] != 0)) return false;
      }
      words = words_for(words);
    }
    return true;
  }

 private:
  static constexpr std::uint32_t kBits = 64;
  /* 64^4 = 2^24, more than a page map has. */
  static constexpr unsigned kLevels = 4;

  static constexpr std::uint32_t words_for(std::uint32_t bound) { return (bound + kBits - 1) / kBits; }

  std::uint64_t* levels_[kLevels] = {};
  unsigned height_ = 0;
};

}  // namespace mini_mm
