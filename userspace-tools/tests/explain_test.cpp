/* SPDX-License-Identifier: GPL-2.0 */
#include <gtest/gtest.h>

#include <algorithm>

#include "explain/scenarios.hpp"
#include "explain/slabs.hpp"
#include "explain/words.hpp"

namespace minimm {
namespace {

mini_mm_event block(std::uint16_t kind, std::uint32_t page, std::uint16_t order) {
  mini_mm_event event{};
  event.kind = kind;
  event.page = page;
  event.order = order;
  event.pages = 1u << order;
  return event;
}

mini_mm_event slab(std::uint16_t kind, std::uint32_t page, std::uint32_t pages, std::uint32_t cache) {
  mini_mm_event event{};
  event.kind = kind;
  event.page = page;
  event.pages = pages;
  event.cache = cache;
  return event;
}

/* @byte: from the start of page @page on. */
mini_mm_event object(std::uint16_t kind, std::uint32_t page, std::uint32_t byte, std::uint32_t cache) {
  mini_mm_event event{};
  event.kind = kind;
  event.page = page + byte / 4096;
  event.offset = byte % 4096;
  event.cache = cache;
  return event;
}

constexpr std::uint32_t kTcb = 3, kOther = 4;

/* A segment of 256 KB; a cache of four 3 KB objects in three pages, and one of four 1 KB objects in a page. */
Story segment(bool names = false) {
  Story story;
  story.pages = 64;
  story.halves_have_names = names;
  story.caches[kTcb] = {"tcb", 3072, 3072, 4, 3, true};
  story.caches[kOther] = {"other", 1024, 1024, 4, 1, true};
  return story;
}

std::vector<std::string> words_of(const Story& story, const std::vector<mini_mm_event>& events) {
  SlabTracker slabs(story.caches);
  return tell(story, events, slabs, {}, {});
}

using Lines = std::vector<std::string>;

/* --- words ------------------------------------------------------------------------------------- */

TEST(ExplainWords, the_textbooks_split_has_its_names) {
  EXPECT_EQ(words_of(segment(true), {block(MINI_MM_EVENT_PAGE_SPLIT, 0, 6), block(MINI_MM_EVENT_PAGE_SPLIT, 0, 5),
                                     block(MINI_MM_EVENT_PAGE_SPLIT, 0, 4), block(MINI_MM_EVENT_PAGE_ALLOC, 0, 3)}),
            (Lines{"64 pages at 0 (256 KB) are split into 0 and 32: A_L and A_R, 128 KB each",
                   "A_L, 32 pages at 0 (128 KB) are split into 0 and 16: B_L and B_R, 64 KB each",
                   "B_L, 16 pages at 0 (64 KB) are split into 0 and 8: C_L and C_R, 32 KB each",
                   "C_L, 8 pages at 0 (32 KB) are handed out"}));
}

TEST(ExplainWords, a_merge_says_who_came_to_whom) {
  EXPECT_EQ(words_of(segment(), {block(MINI_MM_EVENT_PAGE_FREE, 1, 0), block(MINI_MM_EVENT_PAGE_MERGE, 0, 0)}),
            (Lines{"page 1 (4 KB) comes back", "page 1 merges with its buddy, page 0: 2 pages at 0 (8 KB)"}));
  EXPECT_EQ(words_of(segment(), {block(MINI_MM_EVENT_PAGE_FREE, 0, 0), block(MINI_MM_EVENT_PAGE_MERGE, 0, 0)})[1],
            "page 0 merges with its buddy, page 1: 2 pages at 0 (8 KB)");
  EXPECT_EQ(words_of(segment(), {block(MINI_MM_EVENT_PAGE_FREE, 36, 2), block(MINI_MM_EVENT_PAGE_MERGE, 32, 2)})[1],
            "the 4 pages at 36 merge with their buddy, the 4 pages at 32: 8 pages at 32 (32 KB)");
  EXPECT_EQ(words_of(segment(true), {block(MINI_MM_EVENT_PAGE_FREE, 32, 5), block(MINI_MM_EVENT_PAGE_MERGE, 0, 5)})[1],
            "A_R merges with its buddy, A_L: 64 pages at 0 (256 KB), the whole segment");
}

TEST(ExplainWords, many_blocks_are_summed_up) {
  std::vector<mini_mm_event> events;
  for (std::uint32_t page = 0; page < 16; page++) {
    if (page % 2 == 0) events.push_back(block(MINI_MM_EVENT_PAGE_SPLIT, page, 1));
    events.push_back(block(MINI_MM_EVENT_PAGE_ALLOC, page, 0));
  }
  EXPECT_EQ(words_of(segment(), events), Lines{"16 blocks, 16 pages (64 KB), are handed out, with 8 splits"});
}

TEST(ExplainWords, what_could_not_be_had_is_said) {
  EXPECT_EQ(words_of(segment(), {block(MINI_MM_EVENT_PAGE_FAIL, 0, 1), slab(MINI_MM_EVENT_OBJ_FAIL, 0, 0, kTcb)}),
            (Lines{"no block of 2 pages (8 KB) can be had", "no object of tcb can be had"}));
}

TEST(ExplainWords, a_slab_goes_from_empty_to_full_and_back) {
  const Story story = segment();
  SlabTracker slabs(story.caches);
  EXPECT_EQ(tell(story, {slab(MINI_MM_EVENT_SLAB_GROW, 8, 3, kTcb), object(MINI_MM_EVENT_OBJ_ALLOC, 8, 0, kTcb)}, slabs,
                 {}, {}),
            (Lines{"a new slab of 3 pages (12 KB) from the pages at 8, for tcb: room for 4 objects",
                   "of the block of 4 pages, 1 page at the end goes back at once",
                   "object 0 is handed out; slab at page 8 of tcb: empty -> partial (1 of 4 in use)"}));
  EXPECT_EQ(tell(story,
                 {object(MINI_MM_EVENT_OBJ_ALLOC, 8, 3072, kTcb), object(MINI_MM_EVENT_OBJ_ALLOC, 8, 6144, kTcb),
                  object(MINI_MM_EVENT_OBJ_ALLOC, 8, 9216, kTcb)},
                 slabs, {}, {}),
            Lines{"objects 1 to 3 are handed out; slab at page 8 of tcb: partial -> full (4 of 4 in use)"});
  EXPECT_EQ(tell(story, {object(MINI_MM_EVENT_OBJ_FREE, 8, 0, kTcb), object(MINI_MM_EVENT_OBJ_FREE, 8, 6144, kTcb)},
                 slabs, {}, {}),
            Lines{"objects 0 and 2 are free again; slab at page 8 of tcb: full -> partial (2 of 4 in use)"});
}

TEST(ExplainWords, slabs_of_the_arenas_own_are_seen_in_the_map) {
  const Story story = segment();
  SlabTracker slabs(story.caches);
  Snapshot after;
  after.blocks = {{0, MINI_MM_KIND_SLAB, 0, kTcb, 1}, {1, MINI_MM_KIND_SLAB, 0, 0, 1}};
  const Lines lines = tell(story, {}, slabs, {}, after);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines[0].starts_with("page 1 becomes a slab of the arena's own")) << lines[0];
  EXPECT_EQ(tell(story, {}, slabs, after, after), Lines{}) << "it was there before";
}

TEST(ExplainWords, sizes_are_those_of_the_textbook) {
  EXPECT_EQ(kilobytes(0), "0 bytes");
  EXPECT_EQ(kilobytes(1700), "1700 bytes");
  EXPECT_EQ(kilobytes(21 * 1024), "21 KB");
  EXPECT_EQ(kilobytes(1 << 20), "1 MB");
}

TEST(ExplainWords, only_the_blocks_at_the_left_have_names) {
  const Story story = segment(true);
  EXPECT_EQ(block_name(story, 0, 5), "A_L");
  EXPECT_EQ(block_name(story, 8, 3), "C_R");
  EXPECT_EQ(block_name(story, 0, 6), "") << "the segment";
  EXPECT_EQ(block_name(story, 48, 4), "");
  EXPECT_EQ(block_name(segment(false), 0, 5), "");
}

TEST(ExplainWords, blocks_are_ranges_of_pages) {
  EXPECT_EQ(
      blocks_text({{0, MINI_MM_KIND_PAGES, 3, 0, 0}, {8, MINI_MM_KIND_FREE, 0, 0, 0}, {9, MINI_MM_KIND_SLAB, 0, 1, 1}}),
      "0-7 pages, 8 free, 9 slab");
}

/* --- the state of slabs ------------------------------------------------------------------------- */

TEST(ExplainSlabs, two_caches_have_slabs_of_their_own) {
  const StoryCaches caches = segment().caches;
  SlabTracker slabs(caches);
  for (const mini_mm_event& event :
       {slab(MINI_MM_EVENT_SLAB_GROW, 4, 3, kTcb), slab(MINI_MM_EVENT_SLAB_GROW, 7, 1, kOther),
        object(MINI_MM_EVENT_OBJ_ALLOC, 4, 9216, kTcb), object(MINI_MM_EVENT_OBJ_ALLOC, 7, 2048, kOther),
        object(MINI_MM_EVENT_OBJ_ALLOC, 7, 0, kOther)})
    slabs.take(event);
  ASSERT_EQ(slabs.slabs().size(), 2u);
  EXPECT_EQ(slabs.slabs().at(4).used, (std::vector<bool>{false, false, false, true}));
  EXPECT_EQ(slabs.slabs().at(7).used, (std::vector<bool>{true, false, true, false}));
  EXPECT_EQ(slabs.slabs().at(7).in_use, 2u);
  EXPECT_EQ(slabs.slab_at(kTcb, 6), &slabs.slabs().at(4)) << "its last page";
  EXPECT_EQ(slabs.slab_at(kTcb, 7), nullptr) << "another cache's";
  EXPECT_EQ(slabs.slab_at(kTcb, 3), nullptr);
}

TEST(ExplainSlabs, colours_do_not_move_objects_to_another_cell) {
  const StoryCaches caches = segment().caches;
  SlabTracker slabs(caches);
  slabs.take(slab(MINI_MM_EVENT_SLAB_GROW, 0, 1, kOther));
  slabs.take(object(MINI_MM_EVENT_OBJ_ALLOC, 0, 1024 + 192, kOther));
  EXPECT_EQ(slabs.slabs().at(0).used, (std::vector<bool>{false, true, false, false}));
}

TEST(ExplainSlabs, a_slab_that_goes_back_is_forgotten) {
  const StoryCaches caches = segment().caches;
  SlabTracker slabs(caches);
  slabs.take(slab(MINI_MM_EVENT_SLAB_GROW, 0, 1, kOther));
  slabs.take(slab(MINI_MM_EVENT_SLAB_REAP, 0, 1, kOther));
  EXPECT_TRUE(slabs.slabs().empty());
}

TEST(ExplainSlabs, a_free_that_was_refused_leaves_the_object_out) {
  const StoryCaches caches = segment().caches;
  SlabTracker slabs(caches);
  std::uint64_t seq = 0;
  for (mini_mm_event event :
       {slab(MINI_MM_EVENT_SLAB_GROW, 0, 1, kOther), object(MINI_MM_EVENT_OBJ_ALLOC, 0, 0, kOther),
        object(MINI_MM_EVENT_OBJ_FREE, 0, 8, kOther), object(MINI_MM_EVENT_REFUSED, 0, 8, kOther)}) {
    event.seq = ++seq;
    slabs.take(event);
  }
  EXPECT_EQ(slabs.slabs().at(0).in_use, 1u);
}

TEST(ExplainSlabs, states_are_empty_partial_and_full) {
  EXPECT_EQ(state_of({1, 0, 1, 0, {false, false}}), "empty");
  EXPECT_EQ(state_of({1, 0, 1, 1, {false, true}}), "partial");
  EXPECT_EQ(state_of({1, 0, 1, 2, {true, true}}), "full");
}

/* --- scenarios ---------------------------------------------------------------------------------- */

TEST(ExplainScenarios, have_names_of_their_own_and_say_what_they_do) {
  std::vector<std::string> names;
  for (const Scenario& scenario : scenarios()) {
    EXPECT_EQ(std::count(names.begin(), names.end(), scenario.name), 0) << scenario.name;
    names.push_back(scenario.name);
    EXPECT_FALSE(scenario.title.empty() || scenario.introduction.empty() || scenario.steps.empty()) << scenario.name;
    for (const ScenarioStep& step : scenario.steps)
      EXPECT_TRUE(step.sentence.ends_with('.') && !step.commands.empty()) << scenario.name;
  }
}

TEST(ExplainScenarios, commands_of_ones_own_are_apart_by_semicolons_and_lines) {
  const std::vector<ScenarioStep> steps =
      steps_from("page alloc --size 21K; page alloc --order 0 ;\n# All of it\n#  comes back.\n\n page free $1 $2\n");
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_EQ(steps[0].commands, Lines{"page alloc --size 21K"});
  EXPECT_EQ(steps[1].commands, Lines{"page alloc --order 0"});
  EXPECT_EQ(steps[2].commands, Lines{"page free $1 $2"});
  EXPECT_EQ(steps[0].sentence, "");
  EXPECT_EQ(steps[2].sentence, "All of it comes back.");
  EXPECT_TRUE(steps_from(" ; \n # only words").empty());
}

}  // namespace
}  // namespace minimm
