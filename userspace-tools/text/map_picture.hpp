/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An arena's region as a picture of text. One cell is a run of 2^n pages, n as small as fits the terminal's
 * width and some rows; a region of few pages has a cell a page, with lines between its blocks. Blocks of
 * pages are shown as shades, slabs as the letter of their cache, what waits in a CPU's list as small rings or
 * colons; a legend says who holds what.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <cstdint>
#include <string>
#include <vector>

namespace minimm {

/* One with id 0 stands for the slabs of descriptors: management data that is kept off the other slabs. */
struct MapCache {
  std::uint32_t id = 0;
  std::string name;
  std::uint32_t object_size = 0;
  std::uint32_t objects_per_slab = 0;
  std::uint32_t pages_per_slab = 0; /* a slab of 3 pages is blocks of 2 and 1; 0: each block is a slab */
};

/* Who holds blocks of pages. */
struct MapHolder {
  std::string who;
  std::uint64_t blocks = 0;
  std::uint64_t pages = 0;
};

struct MapRegion {
  std::string arena;
  std::uint64_t pages = 0;
  std::uint64_t page_size = 4096;
  std::vector<mini_mm_block> blocks; /* in address order */
  std::vector<MapCache> caches;
  std::vector<MapHolder> holders;
};

struct MapStyle {
  unsigned columns = 80;
  unsigned rows = 16;
  bool unicode = false;
  bool colours = false;
};

std::string draw_map(const MapRegion& region, const MapStyle& style);

}  // namespace minimm
