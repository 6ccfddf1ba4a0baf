/* SPDX-License-Identifier: GPL-2.0 */
#include "text/proc_files.hpp"

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

#include "text/numbers.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

[[noreturn]] void misread(std::string_view file, const std::string& line) {
  throw std::runtime_error(fmt::format("{} has a line of another format: '{}'", file, line));
}

}  // namespace

std::vector<BuddyLine> parse_buddyinfo(std::string_view text) {
  std::vector<BuddyLine> result;
  std::istringstream file{std::string(text)};
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string node, number, zone;
    BuddyLine parsed;
    words >> node >> number >> zone >> parsed.arena;
    if (!words || node != "Node" || zone != "zone") misread("mini_buddyinfo", line);
    for (std::uint64_t blocks = 0; words >> blocks;) parsed.free_blocks.push_back(blocks);
    if (!words.eof()) misread("mini_buddyinfo", line);
    result.push_back(std::move(parsed));
  }
  return result;
}

std::vector<SlabLine> parse_slabinfo(std::string_view text) {
  std::vector<SlabLine> result;
  std::istringstream file{std::string(text)};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("slabinfo - version: ") || line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string colon, tunables, slabdata;
    SlabLine parsed;
    words >> parsed.cache >> parsed.active_objects >> parsed.objects >> parsed.slot_size >> parsed.objects_per_slab >>
        parsed.pages_per_slab >> colon >> tunables >> parsed.magazine_size >> parsed.batch >> parsed.depot_magazines >>
        colon >> slabdata >> parsed.active_slabs >> parsed.slabs >> parsed.depot_objects;
    if (!words || tunables != "tunables" || slabdata != "slabdata") misread("mini_slabinfo", line);
    result.push_back(std::move(parsed));
  }
  return result;
}

std::string buddyinfo_table(const std::vector<BuddyLine>& lines, std::uint64_t page_size) {
  std::vector<std::string> headings = {"arena", ">free"};
  const std::size_t orders = lines.empty() ? 0 : lines.front().free_blocks.size();
  for (std::size_t order = 0; order < orders; order++) headings.push_back(fmt::format(">{}", order));
  Table table(headings);

  std::vector<std::string> sizes = {"blocks of", ""};
  for (std::size_t order = 0; order < orders; order++) sizes.push_back(short_size_text(page_size << order));
  if (orders != 0) table.row(std::move(sizes));

  for (const BuddyLine& line : lines) {
    std::uint64_t free_pages = 0;
    std::vector<std::string> cells = {line.arena, ""};
    for (std::size_t order = 0; order < orders; order++) {
      const std::uint64_t blocks = order < line.free_blocks.size() ? line.free_blocks[order] : 0;
      free_pages += blocks << order;
      cells.push_back(std::to_string(blocks));
    }
    cells[1] = size_text(free_pages * page_size);
    table.row(std::move(cells));
  }
  return table.text();
}

std::string slabinfo_table(const std::vector<SlabLine>& lines, std::uint64_t page_size) {
  Table table({"cache", ">objects", ">of", ">in use", ">slot", ">per slab", ">slab", ">slabs", ">active", ">memory",
               ">magazine", ">batch"});
  for (const SlabLine& line : lines) {
    const std::uint64_t slab = line.pages_per_slab * page_size;
    table.row({line.cache, std::to_string(line.active_objects), std::to_string(line.objects),
               percent_text(line.active_objects, line.objects), fmt::format("{} B", line.slot_size),
               std::to_string(line.objects_per_slab), size_text(slab), std::to_string(line.slabs),
               std::to_string(line.active_slabs), size_text(slab * line.slabs), std::to_string(line.magazine_size),
               std::to_string(line.batch)});
  }
  return table.text();
}

}  // namespace minimm
