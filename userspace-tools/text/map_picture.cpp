/* SPDX-License-Identifier: GPL-2.0 */
#include "text/map_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "text/numbers.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

/* Who has a page. Caches count up from kFirstCache, in the order of MapRegion::caches. */
using Owner = std::uint32_t;
constexpr Owner kUnknown = 0; /* the region changed while it was read */
constexpr Owner kFree = 1;
constexpr Owner kPages = 2;
constexpr Owner kCached = 3;   /* free, but in a CPU's list */
constexpr Owner kIsolated = 4; /* out of use: its bookkeeping was damaged */
constexpr Owner kFirstCache = 5;

constexpr std::size_t kLetters = 26;
constexpr unsigned kLabel = 8; /* the index of a row's first page, and a blank */
constexpr unsigned kFewestColumns = 8;
constexpr unsigned kBar = 40;

struct Cell {
  Owner owner = kUnknown; /* of the most pages that are not free; kFree if all are */
  std::uint64_t used = 0;
  std::uint64_t pages = 0;
};

/* A row, with a colour sequence only where the colour changes. */
class Row {
 public:
  explicit Row(bool colours) : colours_(colours) {}

  void add(int colour, std::string_view symbol) {
    if (colours_ && colour != colour_) text_ += fmt::format("\033[{}m", colour);
    colour_ = colour;
    text_ += symbol;
  }

  std::string take() {
    add(kPlain, "");
    return std::move(text_);
  }

  static constexpr int kPlain = 0;

 private:
  const bool colours_;
  int colour_ = kPlain;
  std::string text_;
};

class Picture {
 public:
  Picture(const MapRegion& region, const MapStyle& style) : region_(region), style_(style) {
    owners_.resize(region.pages, kUnknown);
    starts_.resize(region.pages + 1, false);
    starts_[region.pages] = true;
    slabs_.resize(kFirstCache + region.caches.size());
    for (const mini_mm_block& block : region.blocks) paint(block);
  }

  std::string text() const {
    const unsigned width = std::max(style_.columns, kLabel + kFewestColumns) - kLabel;
    const std::uint64_t few = std::bit_floor((width - 1) / 2);
    if (region_.pages <= few * style_.rows) return headline(1) + rows_of_pages(few) + legend();
    const std::uint64_t columns = std::bit_floor(width);
    const std::uint64_t cells = columns * style_.rows;
    const std::uint64_t run = std::bit_ceil((region_.pages + cells - 1) / cells);
    return headline(run) + rows_of_cells(columns, run) + legend();
  }

 private:
  void paint(const mini_mm_block& block) {
    const std::uint64_t end = std::min<std::uint64_t>(block.page + (std::uint64_t{1} << block.order), region_.pages);
    if (block.page >= end) return;
    if (block.page >= slab_end_ || block.kind != MINI_MM_KIND_SLAB) begin(block);
    starts_[end] = end >= slab_end_;
    std::fill(owners_.begin() + block.page, owners_.begin() + static_cast<std::ptrdiff_t>(end), owner_of(block));
  }

  /* A block that is no part of the slab before it. */
  void begin(const mini_mm_block& block) {
    const Owner owner = owner_of(block);
    starts_[block.page] = true;
    slabs_[owner]++;
    slab_end_ = block.page;
    if (owner >= kFirstCache) slab_end_ += region_.caches[owner - kFirstCache].pages_per_slab;
  }

  Owner owner_of(const mini_mm_block& block) const {
    if (block.kind == MINI_MM_KIND_FREE) return kFree;
    if (block.kind == MINI_MM_KIND_PAGES) return kPages;
    if (block.kind == MINI_MM_KIND_CACHED) return kCached;
    if (block.kind == MINI_MM_KIND_ISOLATED) return kIsolated;
    for (std::size_t i = 0; i < region_.caches.size(); i++)
      if (region_.caches[i].id == block.cache) return kFirstCache + static_cast<Owner>(i);
    return kUnknown;
  }

  std::string headline(std::uint64_t run) const {
    return fmt::format("arena {}: {}, {} of {}; a cell is {}\n", region_.arena,
                       size_text(region_.pages * region_.page_size), count_text(region_.pages, "page"),
                       size_text(region_.page_size), count_text(run, "page"));
  }

  std::string rows_of_cells(std::uint64_t columns, std::uint64_t run) const {
    std::string text;
    for (std::uint64_t first = 0; first < region_.pages; first += columns * run) {
      Row row(style_.colours);
      const std::uint64_t end = std::min(first + columns * run, region_.pages);
      for (std::uint64_t page = first; page < end; page += run) add_cell(row, cell(page, std::min(page + run, end)));
      text += label(first) + row.take() + '\n';
    }
    return text;
  }

  /* A page takes two characters: a line where a block begins, then its own. */
  std::string rows_of_pages(std::uint64_t columns) const {
    std::string text;
    for (std::uint64_t first = 0; first < region_.pages; first += columns) {
      Row row(style_.colours);
      const std::uint64_t end = std::min(first + columns, region_.pages);
      for (std::uint64_t page = first; page < end; page++) {
        const Cell single = cell(page, page + 1);
        if (starts_[page])
          row.add(Row::kPlain, line_between());
        else if (owners_[page] == kPages)
          add_cell(row, single);
        else
          row.add(colour(owners_[page]), " ");
        add_cell(row, single);
      }
      if (starts_[end]) row.add(Row::kPlain, line_between());
      text += label(first) + row.take() + '\n';
    }
    return text;
  }

  static std::string label(std::uint64_t page) { return fmt::format("{:>{}} ", page, kLabel - 1); }

  Cell cell(std::uint64_t first, std::uint64_t end) const {
    std::vector<std::uint64_t> pages_of(kFirstCache + region_.caches.size());
    for (std::uint64_t page = first; page < end; page++) pages_of[owners_[page]]++;
    Cell cell{kFree, end - first - pages_of[kFree], end - first};
    pages_of[kFree] = 0;
    if (cell.used != 0)
      cell.owner = static_cast<Owner>(std::max_element(pages_of.begin(), pages_of.end()) - pages_of.begin());
    return cell;
  }

  void add_cell(Row& row, const Cell& cell) const { row.add(colour(cell.owner), symbol(cell)); }

  std::string symbol(const Cell& cell) const {
    if (cell.owner == kUnknown) return "?";
    if (cell.owner == kFree) return style_.unicode ? "·" : ".";
    if (cell.owner == kCached) return style_.unicode ? "∘" : ":";
    if (cell.owner == kIsolated) return style_.unicode ? "✗" : "!";
    if (cell.owner == kPages) {
      constexpr std::array<const char*, 4> shades = {"░", "▒", "▓", "█"};
      constexpr std::array<const char*, 4> marks = {"-", "+", "=", "#"};
      const std::uint64_t quarter = (4 * cell.used - 1) / cell.pages;
      return style_.unicode ? shades[quarter] : marks[quarter];
    }
    const std::size_t cache = cell.owner - kFirstCache;
    if (cache >= kLetters) return "*";
    return std::string(1, static_cast<char>((cell.used == cell.pages ? 'A' : 'a') + static_cast<char>(cache)));
  }

  static int colour(Owner owner) {
    constexpr std::array<int, 5> of_caches = {32, 33, 35, 36, 31};
    if (owner == kFree) return 90;
    if (owner == kPages) return 34;
    if (owner == kCached) return 94;
    if (owner == kUnknown) return 37;
    if (owner == kIsolated) return 91;
    return of_caches[(owner - kFirstCache) % of_caches.size()];
  }

  std::string line_between() const { return style_.unicode ? "│" : "|"; }

  std::string legend() const {
    std::vector<std::uint64_t> pages(kFirstCache + region_.caches.size());
    std::vector<std::uint64_t> blocks(pages.size()), objects(pages.size());
    for (const Owner owner : owners_) pages[owner]++;
    std::uint64_t largest = 0;
    for (const mini_mm_block& block : region_.blocks) {
      const Owner owner = owner_of(block);
      blocks[owner]++;
      objects[owner] += block.in_use;
      if (owner == kFree) largest = std::max(largest, region_.page_size << block.order);
    }

    Table table({"", "", ">", ">", ""});
    const auto line = [&](Owner owner, const std::string& name, const std::string& what) {
      Row key(style_.colours);
      add_cell(key, {owner, owner == kFree ? 0u : 1u, 1});
      table.row({key.take(), name, count_text(pages[owner], "page"), percent_text(pages[owner], region_.pages), what});
    };
    line(kFree, "free",
         largest == 0 ? "" : fmt::format("{}, the largest {}", count_text(blocks[kFree], "block"), size_text(largest)));
    if (blocks[kCached] != 0) line(kCached, "in CPUs' lists", count_text(blocks[kCached], "block"));
    if (blocks[kPages] != 0) line(kPages, "page blocks", count_text(blocks[kPages], "block"));
    if (blocks[kIsolated] != 0) line(kIsolated, "out of use", count_text(blocks[kIsolated], "block"));
    for (const MapHolder& holder : region_.holders)
      table.row({"", "  " + holder.who, count_text(holder.pages, "page"), percent_text(holder.pages, region_.pages),
                 count_text(holder.blocks, "block")});
    for (std::size_t i = 0; i < region_.caches.size(); i++) {
      const MapCache& cache = region_.caches[i];
      const Owner owner = kFirstCache + static_cast<Owner>(i);
      if (blocks[owner] == 0) continue;
      const std::string slabs = count_text(slabs_[owner], "slab");
      line(owner, cache.name,
           cache.object_size == 0 ? slabs
                                  : fmt::format("{}, {} of {} objects of {}", slabs, objects[owner],
                                                slabs_[owner] * cache.objects_per_slab, size_text(cache.object_size)));
    }
    if (pages[kUnknown] != 0) line(kUnknown, "changed while read", "");
    return table.text() + usage_bar(region_.pages - pages[kFree] - pages[kCached] - pages[kUnknown]);
  }

  std::string usage_bar(std::uint64_t used) const {
    const std::uint64_t full = region_.pages == 0 ? 0 : (used * kBar + region_.pages - 1) / region_.pages;
    std::string bar;
    for (unsigned i = 0; i < kBar; i++) bar += i < full ? (style_.unicode ? "█" : "#") : (style_.unicode ? "░" : ".");
    return fmt::format("in use  {}{}{}  {} ({} of {})\n", style_.unicode ? "" : "[", bar, style_.unicode ? "" : "]",
                       percent_text(used, region_.pages), used, count_text(region_.pages, "page"));
  }

  const MapRegion& region_;
  const MapStyle& style_;
  std::vector<Owner> owners_;        /* by page */
  std::vector<bool> starts_;         /* by page: a block begins here, or a slab */
  std::vector<std::uint64_t> slabs_; /* by owner */
  std::uint32_t slab_end_ = 0;       /* of the slab that is being painted */
};

}  // namespace

std::string draw_map(const MapRegion& region, const MapStyle& style) { return Picture(region, style).text(); }

}  // namespace minimm
