/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "explain/scenario_lists.hpp"

namespace minimm {
namespace {

using What = Check::What;
constexpr std::uint64_t kKb = 1024;

std::string free_pages(unsigned first, unsigned end, unsigned step) {
  std::string command = "page free";
  for (unsigned page = first; page < end; page += step) command += fmt::format(" $page_{}", page);
  return command;
}

Scenario buddy_21k() {
  return {"buddy-21k",
          "21 KB out of a segment of 256 KB",
          "The buddy system serves a request with the smallest power of two that is large enough. A block that is too "
          "large is divided into two buddies, again and again; when both buddies are free, they become one again.",
          256 * kKb,
          "eager",
          "lifo",
          "",
          true,
          {{"The kernel asks for 21 KB. The next power of two is 32 KB, and all there is is the segment of 256 KB.",
            {"$first = page alloc --size 21K"},
            {{What::splits, "3"},
             {What::blocks, "0-7 pages, 8-15 free, 16-31 free, 32-63 free"},
             {What::free_blocks, "0 0 0 1 1 1 0"}}},
           {"21 KB more are asked for. C_R has just the right size: nothing has to be split.",
            {"$second = page alloc --size 21K"},
            {{What::splits, "0"}, {What::handed_out, "8"}, {What::free_blocks, "0 0 0 0 1 1 0"}}},
           {"The first comes back. Its buddy is in use, so nothing merges.",
            {"page free $first"},
            {{What::merges, "0"}, {What::free_blocks, "0 0 0 1 1 1 0"}}},
           {"The second comes back. C_L and C_R become B_L, B_L and B_R become A_L, A_L and A_R become the segment.",
            {"page free $second"},
            {{What::merges, "3"}, {What::blocks, "0-63 free"}, {What::free_blocks, "0 0 0 0 0 0 1"}}}}};
}

Scenario two_pages() {
  return {
      "two-pages",
      "Two pages, when 5, 10 and 12 to 15 are free",
      "Sixteen pages. Only what is contiguous and aligned is a block: 12 to 15 are one block of four pages, 5 and 10 "
      "are blocks of one.",
      64 * kKb,
      "eager",
      "lifo",
      "",
      false,
      {{"All sixteen pages are in use, and then 5, 10, 12, 13, 14 and 15 come back.",
        {"page alloc --order 0 --count 16", "page free $page_5 $page_10 $page_12 $page_13 $page_14 $page_15"},
        {{What::free_blocks, "2 0 1 0 0"}}},
       {"Two contiguous pages are asked for. There is no block of two: the block of four at 12 is split.",
        {"page alloc --order 1"},
        {{What::splits, "1"}, {What::handed_out, "12"}, {What::free_blocks, "2 1 0 0 0"}}},
       {"Two more: 14 and 15 are waiting.",
        {"page alloc --order 1"},
        {{What::splits, "0"}, {What::handed_out, "14"}, {What::free_blocks, "2 0 0 0 0"}}},
       {"And two more. Two pages are free, 5 and 10, but they are no buddies.",
        {"-page alloc --order 1"},
        {{What::refused, "full"}, {What::free_blocks, "2 0 0 0 0"}}}}};
}

Scenario free_0_then_1() {
  return {"free-0-then-1",
          "Freeing page 0, and then page 1",
          "A freed block looks at its buddy only: the one with which it was divided. The buddy of page 0 is page 1.",
          32 * kKb,
          "eager",
          "lifo",
          "",
          false,
          {{"All eight pages are in use.", {"page alloc --order 0 --count 8"}, {{What::free_blocks, "0 0 0 0"}}},
           {"Page 0 comes back. Its buddy, page 1, is in use: it stays alone.",
            {"page free $page_0"},
            {{What::merges, "0"}, {What::free_blocks, "1 0 0 0"}}},
           {"Page 1 comes back. Its buddy is free, and the two become one block; its buddy, 2 and 3, is in use.",
            {"page free $page_1"},
            {{What::merges, "1"}, {What::free_blocks, "0 1 0 0"}}}}};
}

Scenario lazy() {
  return {"lazy",
          "The lazy buddy: merging is put off",
          "What is freed is often asked for again at once. The lazy buddy system leaves freed blocks as they are while "
          "there is slack, and saves the merge and the split that would undo it (Lee and Barkley 1989).",
          64 * kKb,
          "lazy",
          "lifo",
          "",
          false,
          {{"Eight pages are taken one by one.", {"$p = page alloc --order 0 --count 8"}},
           {"One of them comes back. An eager buddy would look for its buddy at once.", {"page free $p_3"}},
           {"A page is asked for: the one that came back is there as it was.", {"$q = page alloc --order 0"}},
           {"All come back, and the buddies merge no sooner than they must.",
            {"page free $p_0 $p_1 $p_2 $p_4 $p_5 $p_6 $p_7 $q"}},
           {"A request for the whole segment: what was put off has to be done now.",
            {"page alloc --order 4"},
            {{What::handed_out, "0"}}}}};
}

Scenario lowest() {
  return {"lowest",
          "The lowest address first",
          "This placement takes the lowest free block that is large enough, whatever its order, even when a block of "
          "just the right size is free higher up. So the high end of the segment stays whole.",
          64 * kKb,
          "eager",
          "lowest",
          "",
          false,
          {{"All sixteen pages are in use; then page 13 comes back, and 0 to 3.",
            {"page alloc --order 0 --count 16", "page free $page_13 $page_0 $page_1 $page_2 $page_3"},
            {{What::free_blocks, "1 0 1 0 0"}}},
           {"A page is asked for. Page 13 would fit; the block of four at 0 lies lower, and is split.",
            {"page alloc --order 0"},
            {{What::handed_out, "0"}, {What::splits, "2"}}},
           {"The upper half comes back, page by page: it is whole again, for page 13 was left alone.",
            {free_pages(8, 13, 1) + " $page_14 $page_15"},
            {{What::free_blocks, "1 1 0 1 0"}}}}};
}

Scenario naive() {
  return {"naive",
          "First fit, without buddies: the contrast",
          "A list of runs of free pages; the first that is long enough is cut. No powers of two, and no buddies: runs "
          "that lie side by side become one.",
          256 * kKb,
          "naive",
          "",
          "",
          false,
          {{"21 KB are asked for.", {"$first = page alloc --size 21K"}},
           {"And 4 KB.", {"$second = page alloc --size 4K"}},
           {"The 21 KB come back.", {"page free $first"}},
           {"The 4 KB come back.", {"page free $second"}}}};
}

Scenario fragmentation() {
  return {"fragmentation",
          "A checkerboard: half is free, and two pages cannot be had",
          "External fragmentation: there is enough free memory, but not in one piece.",
          256 * kKb,
          "eager",
          "lifo",
          "",
          false,
          {{"All 64 pages are taken one by one.",
            {"page alloc --order 0 --count 64"},
            {{What::free_blocks, "0 0 0 0 0 0 0"}}},
           {"Every other page comes back. The buddy of each is in use.",
            {free_pages(0, 64, 2)},
            {{What::merges, "0"}, {What::free_blocks, "32 0 0 0 0 0 0"}}},
           {"Two contiguous pages are asked for. 128 KB are free, and 8 KB cannot be had.",
            {"-page alloc --order 1"},
            {{What::refused, "full"}}},
           {"One page more comes back, and merges: now there are two pages in a row.",
            {"page free $page_1"},
            {{What::merges, "1"}, {What::free_blocks, "31 1 0 0 0 0 0"}}},
           {"The two pages can be had.", {"page alloc --order 1"}, {{What::handed_out, "0"}}}}};
}

}  // namespace

std::vector<Scenario> page_scenarios() { return {buddy_21k(), two_pages(), free_0_then_1()}; }

std::vector<Scenario> engine_scenarios() { return {lazy(), lowest(), naive(), fragmentation()}; }

}  // namespace minimm
