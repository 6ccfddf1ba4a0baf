/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The management data of a slub slab, which is its page map entry: whose it is, how many of its objects are out,
 * and which object is the first free one. No stray write of a client can reach it.
 *
 *      payload   cache:20  in_use:10  first:2 (low bits)
 *      more      first:8 (high bits)
 *
 * Changed under the cache's lock; the payload alone may be read without.
 */
#pragma once

#include "page_map.hpp"

namespace mini_mm {

class SlubState {
 public:
  static constexpr std::uint32_t kMostObjects = 512;
  /* The first free object of a slab that has none. */
  static constexpr std::uint32_t kNone = 1023;
  /* in_use of a slab that was put aside. */
  static constexpr std::uint32_t kAside = 1023;

  explicit SlubState(const PageEntry& entry) : payload_(entry.payload()), more_(entry.more()) {}

  std::uint32_t cache() const { return payload_ & kCacheIdMask; }
  bool aside() const { return count() == kAside; }
  std::uint32_t in_use() const { return aside() ? 0 : count(); }
  std::uint32_t first() const { return payload_ >> 30 | more_ << 2; }

 private:
  std::uint32_t count() const { return payload_ >> kCacheIdBits & 1023; }

  std::uint32_t payload_;
  std::uint32_t more_;
};

/* The same, to be written. */
class SlubPage {
 public:
  explicit SlubPage(PageEntry& entry) : entry_(entry) {}

  void start(std::uint32_t cache) { write(cache, 0, SlubState::kNone); }
  void set(std::uint32_t in_use, std::uint32_t first) { write(SlubState(entry_).cache(), in_use, first); }
  void put_aside() { set(SlubState::kAside, SlubState::kNone); }

 private:
  void write(std::uint32_t cache, std::uint32_t in_use, std::uint32_t first) {
    entry_.set_payload(cache | in_use << kCacheIdBits | first << 30);
    entry_.set_more(first >> 2);
  }

  PageEntry& entry_;
};

}  // namespace mini_mm
