/* SPDX-License-Identifier: GPL-2.0 */
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "text/map_picture.hpp"

namespace minimm {
namespace {

mini_mm_block free_block(std::uint32_t page, std::uint16_t order) { return {page, MINI_MM_KIND_FREE, order, 0, 0}; }
mini_mm_block pages(std::uint32_t page, std::uint16_t order) { return {page, MINI_MM_KIND_PAGES, order, 0, 0}; }
mini_mm_block cached(std::uint32_t page, std::uint16_t order) { return {page, MINI_MM_KIND_CACHED, order, 0, 0}; }
mini_mm_block slab(std::uint32_t page, std::uint16_t order, std::uint32_t cache, std::uint32_t in_use) {
  return {page, MINI_MM_KIND_SLAB, order, cache, in_use};
}

/* 16 pages: blocks of 4 and 1 pages, two slabs of foo, the rest free. */
MapRegion small_region() {
  MapRegion region;
  region.arena = "small";
  region.pages = 16;
  region.blocks = {pages(0, 2), slab(4, 0, 7, 5), slab(5, 0, 7, 21), pages(6, 0), free_block(7, 0), free_block(8, 3)};
  region.caches = {{7, "small:foo", 192, 21, 1}, {9, "small:bar", 64, 64, 1}};
  region.holders = {{"minimm", 2, 5}};
  return region;
}

/* 64 MiB: a megabyte of pages, a slab and a page behind it, the rest free. */
MapRegion large_region() {
  MapRegion region;
  region.arena = "default";
  region.pages = 16384;
  region.blocks = {pages(0, 8), slab(256, 2, 3, 4), pages(260, 0)};
  for (std::uint32_t page = 261; page < region.pages;) {
    const int order = std::min(std::countr_zero(page), 10);
    region.blocks.push_back(free_block(page, static_cast<std::uint16_t>(order)));
    page += 1u << order;
  }
  region.caches = {{3, "big", 3000, 5, 4}};
  return region;
}

TEST(Map, of_few_pages_shows_each_and_where_blocks_begin) {
  EXPECT_EQ(draw_map(small_region(), {80, 16, false, false}),
            "arena small: 64 KiB, 16 pages of 4 KiB; a cell is 1 page\n"
            "      0 |#######|A|A|#|.|. . . . . . . .|\n"
            ".  free         9 pages  56.2%  2 blocks, the largest 32 KiB\n"
            "#  page blocks  5 pages  31.2%  2 blocks\n"
            "     minimm     5 pages  31.2%  2 blocks\n"
            "A  small:foo    2 pages  12.5%  2 slabs, 26 of 42 objects of 192 B\n"
            "in use  [##################......................]  43.8% (7 of 16 pages)\n");
}

TEST(Map, blocks_in_the_lists_of_cpus_are_neither_free_nor_in_use) {
  MapRegion region = small_region();
  region.blocks = {pages(0, 2), cached(4, 1), cached(6, 0), free_block(7, 0), free_block(8, 3)};
  region.holders.clear();
  EXPECT_EQ(draw_map(region, {80, 16, false, false}),
            "arena small: 64 KiB, 16 pages of 4 KiB; a cell is 1 page\n"
            "      0 |#######|: :|:|.|. . . . . . . .|\n"
            ".  free           9 pages  56.2%  2 blocks, the largest 32 KiB\n"
            ":  in CPUs' lists  3 pages  18.8%  2 blocks\n"
            "#  page blocks    4 pages  25.0%  1 block\n"
            "in use  [##########..............................]  25.0% (4 of 16 pages)\n");
  EXPECT_NE(draw_map(region, {80, 16, true, false}).find("│∘ ∘│∘│·│"), std::string::npos);
  EXPECT_NE(draw_map(region, {80, 16, false, true}).find("\033[94m:"), std::string::npos);
}

TEST(Map, of_a_slab_of_three_pages_has_no_line_in_it) {
  MapRegion region = small_region();
  region.blocks = {slab(0, 1, 7, 5), slab(2, 0, 7, 0),  free_block(3, 0), slab(4, 1, 7, 6),
                   slab(6, 0, 7, 0), slab(7, 0, 9, 64), free_block(8, 3)};
  region.caches = {{7, "small:foo", 2048, 6, 3}, {9, "small:bar", 64, 64, 1}};
  region.holders.clear();
  const std::string text = draw_map(region, {80, 16, false, false});
  EXPECT_NE(text.find("      0 |A A A|.|A A A|B|. . . . . . . .|\n"), std::string::npos) << text;
  EXPECT_NE(text.find("2 slabs, 11 of 12 objects of 2 KiB\n"), std::string::npos) << text;
}

TEST(Map, in_unicode_has_lines_and_shades) {
  const std::string text = draw_map(small_region(), {80, 16, true, false});
  EXPECT_NE(text.find("      0 │███████│A│A│█│·│· · · · · · · ·│\n"), std::string::npos) << text;
  EXPECT_NE(text.find("in use  ██████████████████░░░░░░░░░░░░░░░░░░░░░░  43.8%"), std::string::npos) << text;
}

TEST(Map, in_a_narrow_terminal_has_more_rows) {
  const std::string text = draw_map(small_region(), {26, 16, false, false});
  EXPECT_NE(text.find("      0 |#######|A|A|#|.|\n      8 |. . . . . . . .|\n"), std::string::npos) << text;
}

TEST(Map, colours_are_sequences_around_the_same_text) {
  const std::string plain = draw_map(small_region(), {80, 16, true, false});
  std::string coloured = draw_map(small_region(), {80, 16, true, true});
  EXPECT_NE(coloured, plain);
  for (std::size_t at = coloured.find('\033'); at != std::string::npos; at = coloured.find('\033'))
    coloured.erase(at, coloured.find('m', at) - at + 1);
  EXPECT_EQ(coloured, plain);
}

TEST(Map, of_many_pages_has_cells_of_a_power_of_two) {
  EXPECT_EQ(draw_map(large_region(), {80, 16, false, false}),
            "arena default: 64 MiB, 16384 pages of 4 KiB; a cell is 16 pages\n"
            "      0 ################a...............................................\n"
            "   1024 ................................................................\n"
            "   2048 ................................................................\n"
            "   3072 ................................................................\n"
            "   4096 ................................................................\n"
            "   5120 ................................................................\n"
            "   6144 ................................................................\n"
            "   7168 ................................................................\n"
            "   8192 ................................................................\n"
            "   9216 ................................................................\n"
            "  10240 ................................................................\n"
            "  11264 ................................................................\n"
            "  12288 ................................................................\n"
            "  13312 ................................................................\n"
            "  14336 ................................................................\n"
            "  15360 ................................................................\n"
            ".  free         16123 pages  98.4%  23 blocks, the largest 4 MiB\n"
            "#  page blocks    257 pages   1.6%  2 blocks\n"
            "A  big              4 pages   0.0%  1 slab, 4 of 5 objects of 3000 B\n"
            "in use  [#.......................................]  1.6% (261 of 16384 pages)\n");
}

TEST(Map, fits_the_rows_asked_for) {
  for (const std::uint64_t count : {1ull, 100ull, 511ull, 513ull, 1025ull, 16384ull, 262144ull, 100000ull}) {
    for (const unsigned columns : {1u, 20u, 80u, 200u}) {
      MapRegion region;
      region.pages = count;
      region.blocks = {pages(0, 0)};
      const std::string text = draw_map(region, {columns, 16, false, false});
      std::size_t rows = 0, widest = 0;
      for (std::size_t at = text.find('\n') + 1; text[at] == ' '; at = text.find('\n', at) + 1) {
        rows++;
        widest = std::max(widest, text.find('\n', at) - at);
      }
      EXPECT_LE(rows, 16u) << count << " pages, " << columns << " columns";
      EXPECT_LE(widest, std::max(columns, 17u)) << count << " pages, " << columns << " columns";
    }
  }
}

TEST(Map, what_the_walk_missed_is_marked) {
  MapRegion region = small_region();
  region.blocks.pop_back();
  const std::string text = draw_map(region, {80, 16, false, false});
  EXPECT_NE(text.find("      0 |#######|A|A|#|.|? ? ? ? ? ? ? ?|\n"), std::string::npos) << text;
  EXPECT_NE(text.find("?  changed while read  8 pages  50.0%\n"), std::string::npos) << text;
}

TEST(Map, blocks_past_the_end_are_cut) {
  MapRegion region = small_region();
  region.pages = 10;
  const std::string text = draw_map(region, {80, 16, false, false});
  EXPECT_NE(text.find("      0 |#######|A|A|#|.|. .|\n"), std::string::npos) << text;
}

TEST(Map, more_caches_than_letters_share_a_star) {
  MapRegion region;
  region.pages = 32;
  for (std::uint32_t i = 0; i < 32; i++) {
    region.blocks.push_back(slab(i, 0, i + 1, 1));
    region.caches.push_back({i + 1, "c", 8, 512});
  }
  const std::string text = draw_map(region, {80, 16, false, false});
  EXPECT_NE(text.find("|X|Y|Z|*|*|*|*|*|*|"), std::string::npos) << text;
}

TEST(Map, slabs_of_descriptors_have_no_objects_to_count) {
  MapRegion region = small_region();
  region.caches.push_back({0, "slab descriptors", 0, 0});
  region.blocks[4] = slab(7, 0, 0, 3);
  const std::string text = draw_map(region, {80, 16, false, false});
  EXPECT_NE(text.find("slab descriptors   1 page   6.2%  1 slab\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace minimm
