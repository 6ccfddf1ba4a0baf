/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The region: the memory that an arena manages, as addresses, beside its page map.
 */
#pragma once

#include "page_map.hpp"

namespace mini_mm {

class Region {
 public:
  /* @base: page aligned, @map.pages() pages long. */
  Region(std::byte* base, PageMap& map) : base_(base), map_(map) {}

  PageMap& map() { return map_; }
  const PageMap& map() const { return map_; }

  std::byte* address(PageIndex page) const { return base_ + (std::size_t{page.value} << kPageShift); }

  bool contains(const void* address) const { return offset(address) < std::size_t{map_.pages()} << kPageShift; }

  /* The page that holds @address, which lies in the region. */
  PageIndex page_of(const void* address) const {
    return PageIndex(static_cast<std::uint32_t>(offset(address) >> kPageShift));
  }

  /* Bytes from the region's start; wraps around for an address below it. */
  std::size_t offset(const void* address) const {
    return static_cast<std::size_t>(reinterpret_cast<std::uintptr_t>(address) -
                                    reinterpret_cast<std::uintptr_t>(base_));
  }

  std::byte* at_offset(std::size_t offset) const { return base_ + offset; }

 private:
  std::byte* base_;
  PageMap map_;
};

}  // namespace mini_mm
