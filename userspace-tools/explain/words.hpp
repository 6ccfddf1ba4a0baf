/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events in words, as a textbook would say them: "64 pages at 0 (256 KB) are split into 0 and 32".
 */
#pragma once

#include <string>
#include <vector>

#include "explain/slabs.hpp"
#include "explain/story.hpp"

namespace minimm {

/* 256 KB, 1 MB, 1700 bytes. */
std::string kilobytes(std::uint64_t bytes);

/*
 * The textbook's name of a block: the segment is divided into A_L and A_R, A_L into B_L and B_R, and so on.
 * "" for what has none, or where the story does without.
 */
std::string block_name(const Story& story, std::uint32_t page, std::uint32_t order);

/*
 * What @events did to @slabs, which is taken along, a line each; many events of one kind are one line. @before
 * and @after: to tell the slabs that have no events, those of the arena's own.
 */
std::vector<std::string> tell(const Story& story, const std::vector<mini_mm_event>& events, SlabTracker& slabs,
                              const Snapshot& before, const Snapshot& after);

/* The region from its start to its end: "0-7 pages, 8 free, 9 slab". */
std::string blocks_text(const std::vector<mini_mm_block>& blocks);

}  // namespace minimm
