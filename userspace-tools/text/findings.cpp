/* SPDX-License-Identifier: GPL-2.0 */
#include "text/findings.hpp"

#include <fmt/format.h>

#include <array>

#include "text/numbers.hpp"

namespace minimm {
namespace {

struct Kind {
  std::uint32_t kind;
  std::string_view name;
  std::string_view words; /* {0} page, {1} pages, {2} cache, {3} object, {4} byte of it, {5} what is there */
};

constexpr std::array kKinds = {
    Kind{MINI_MM_FINDING_NO_HEAD, "no-head",
         "pages {0} to {6}: no block starts where one should; they are out of use from now on"},
    Kind{MINI_MM_FINDING_KIND, "kind",
         "pages {0} to {6}: the page map calls them something that does not exist; they are out of use from now on"},
    Kind{MINI_MM_FINDING_ORDER, "order",
         "pages {0} to {6}: a block of an order that it cannot have; they are out of use from now on"},
    Kind{MINI_MM_FINDING_ENTRY, "entry",
         "pages {0} to {6}: an entry inside the block was not empty; mended, the block is in order"},
    Kind{MINI_MM_FINDING_PAYLOAD, "payload",
         "pages {0} to {6}: the page map contradicts itself about this block; they are out of use from now on"},
    Kind{MINI_MM_FINDING_NOT_LISTED, "not-listed",
         "pages {0} to {6}: said to be free, but no free list knows them; they are out of use from now on"},
    Kind{MINI_MM_FINDING_FREE_LIST, "free-list",
         "pages {0} to {6}: the free list was damaged there; it was made anew, and nothing is lost"},
    Kind{MINI_MM_FINDING_TAIL, "tail",
         "pages {0} to {6}: the rest of a slab that is not there; they are out of use from now on"},
    Kind{MINI_MM_FINDING_SLABLESS, "no-slab",
         "pages {0} to {6}: said to be a slab, but no cache has it; they are out of use from now on"},
    Kind{MINI_MM_FINDING_SLAB, "slab",
         "cache {2}, pages {0} to {6}: the slab's management data was overwritten; nothing is allocated from it any "
         "more"},
    Kind{MINI_MM_FINDING_RED_ZONE, "red-zone",
         "cache {2}, slab at page {0}, object {3}: somebody wrote {5:#04x} outside of it, at byte {4}; mended"},
    Kind{MINI_MM_FINDING_POISON, "poison",
         "cache {2}, slab at page {0}, object {3}: somebody wrote {5:#04x} to byte {4} after it was freed; mended"},
    Kind{MINI_MM_FINDING_SLAB_LIST, "slab-list",
         "cache {2}: a list of its slabs was damaged; all of them were made anew"},
    Kind{MINI_MM_FINDING_DESCRIPTORS, "descriptors",
         "{1} slabs of management data were damaged; nothing is allocated from them any more"},
    Kind{MINI_MM_FINDING_MAGAZINE, "magazine",
         "cache {2}: a CPU's magazine held something that is no object to be freed; it was dropped"},
    Kind{MINI_MM_FINDING_CPU_LIST, "cpu-list",
         "from page {0} on: a CPU's list was damaged and had lost {1} blocks; they are free again"},
    Kind{MINI_MM_FINDING_INVARIANT, "invariant",
         "the arena's counts do not add up; the kernel's log (dmesg) says which"},
};

const Kind* find(std::uint32_t kind) {
  for (const Kind& known : kKinds)
    if (known.kind == kind) return &known;
  return nullptr;
}

}  // namespace

std::string finding_name(std::uint32_t kind) {
  const Kind* known = find(kind);
  return known != nullptr ? std::string(known->name) : fmt::format("finding-{}", kind);
}

std::string finding_text(const mini_mm_finding& finding, std::string_view cache) {
  const Kind* known = find(finding.kind);
  if (known == nullptr) return fmt::format("page {}: {}", finding.page, finding_name(finding.kind));
  return fmt::format(fmt::runtime(known->words), finding.page, finding.pages, cache, finding.object, finding.offset,
                     finding.found, finding.page + finding.pages - (finding.pages == 0 ? 0 : 1));
}

std::string bug_text(std::uint32_t bug) {
  static constexpr std::array<const char*, MINI_MM_BUGS> kBugs = {
      "",
      "object freed twice",
      "the same, others between",
      "free inside an object",
      "free into another cache",
      "page block freed twice",
      "block of another order",
      "write behind an object",
      "write before an object",
      "write to a freed object",
      "flipped bit: page map",
      "flipped bit: free list",
      "flipped bit: slab's data",
      "flipped bit: magazine",
  };
  return bug < kBugs.size() ? kBugs[bug] : "?";
}

}  // namespace minimm
