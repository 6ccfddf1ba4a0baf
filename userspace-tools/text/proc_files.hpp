/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /proc/mini_buddyinfo and /proc/mini_slabinfo, whose formats are those of the kernel's own files. A text
 * that has another format is a std::runtime_error that quotes the line.
 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minimm {

struct BuddyLine {
  std::string arena;
  std::vector<std::uint64_t> free_blocks; /* by order */
};

struct SlabLine {
  std::string cache;
  std::uint64_t active_objects = 0;
  std::uint64_t objects = 0;
  std::uint64_t slot_size = 0; /* bytes */
  std::uint64_t objects_per_slab = 0;
  std::uint64_t pages_per_slab = 0;
  std::uint64_t magazine_size = 0;   /* limit: objects in a CPU's magazine; 0 when there are none */
  std::uint64_t batch = 0;           /* batchcount */
  std::uint64_t depot_magazines = 0; /* sharedfactor: how many full ones the depot can hold */
  std::uint64_t active_slabs = 0;
  std::uint64_t slabs = 0;
  std::uint64_t depot_objects = 0; /* sharedavail */
};

std::vector<BuddyLine> parse_buddyinfo(std::string_view text);
std::vector<SlabLine> parse_slabinfo(std::string_view text);

std::string buddyinfo_table(const std::vector<BuddyLine>& lines, std::uint64_t page_size);
std::string slabinfo_table(const std::vector<SlabLine>& lines, std::uint64_t page_size);

}  // namespace minimm
