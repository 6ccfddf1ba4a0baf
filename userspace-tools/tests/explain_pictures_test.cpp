/* SPDX-License-Identifier: GPL-2.0 */
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "explain/engine.hpp"
#include "explain/html.hpp"
#include "explain/markup.hpp"
#include "explain/picture.hpp"
#include "explain/svg.hpp"
#include "explain/text.hpp"

namespace minimm {
namespace {

/* A segment of 16 pages that is split for a page, with a slab beside it; every text is as hostile as can be. */
Story hostile_story() {
  const std::string hostile = "</script><b a='1' b=\"2\">&amp; \x01";
  Story story;
  story.name = story.title = story.introduction = story.page_engine = story.placement = hostile;
  story.pages = 16;
  story.halves_have_names = true;
  story.caches[5] = {hostile, 1024, 1024, 4, 1, false};
  story.before.blocks = {{0, MINI_MM_KIND_FREE, 4, 0, 0}};
  story.before.free_blocks = {0, 0, 0, 0, 1};
  story.before.free_pages = 16;
  Step step;
  step.sentence = step.refused = hostile;
  step.commands = step.told = {hostile, "A_L and A_R"};
  step.checks = {{hostile, hostile, "another"}};
  for (std::uint16_t order = 4; order > 0; order--) {
    mini_mm_event split{};
    split.kind = MINI_MM_EVENT_PAGE_SPLIT;
    split.order = order;
    step.events.push_back(split);
  }
  step.after.blocks = {{0, MINI_MM_KIND_SLAB, 0, 5, 1},
                       {1, MINI_MM_KIND_PAGES, 0, 0, 0},
                       {2, MINI_MM_KIND_SLAB, 1, 0, 1},
                       {4, MINI_MM_KIND_FREE, 2, 0, 0},
                       {8, MINI_MM_KIND_FREE, 3, 0, 0}};
  step.after.free_blocks = {0, 0, 1, 1, 0};
  step.after.free_pages = 12;
  step.after.slabs[0] = {5, 0, 1, 1, {false, true, false, false}};
  story.steps.push_back(step);
  return story;
}

/*
 * What is wrong with @markup's tags: each is closed in its turn, attributes are quoted, and an & begins an
 * entity. "" for nothing. In <script> and <style> only the end tag counts.
 */
std::string complaint_about(const std::string& markup) {
  std::vector<std::string> open;
  for (std::size_t at = 0; at < markup.size(); at++) {
    if (markup[at] == '&') {
      const std::size_t end = markup.find(';', at);
      if (end == std::string::npos || end - at > 6) return "a bare & at " + markup.substr(at, 20);
      continue;
    }
    if (static_cast<unsigned char>(markup[at]) < ' ' && markup[at] != '\n') return "a control character";
    if (markup[at] != '<') continue;
    const std::size_t end = markup.find('>', at);
    if (end == std::string::npos) return "a < without its end";
    std::string tag = markup.substr(at + 1, end - at - 1);
    if (tag.find('<') != std::string::npos) return "a < in a tag: " + tag;
    at = end;
    if (tag.starts_with("!") || tag.starts_with("?") || tag.ends_with("/")) continue;
    if (tag.starts_with("/")) {
      if (open.empty() || open.back() != tag.substr(1)) return "an end without its start: " + tag;
      open.pop_back();
      continue;
    }
    open.push_back(tag.substr(0, tag.find(' ')));
    if (open.back() != "script" && open.back() != "style") continue;
    at = markup.find("</" + open.back() + ">", at);
    if (at == std::string::npos) return open.back() + " without its end";
    at--;
  }
  return open.empty() ? "" : open.back() + " is not closed";
}

TEST(ExplainMarkup, escapes_all_that_means_something) {
  EXPECT_EQ(escaped("<a b='c' d=\"e\">&\n"), "&lt;a b=&#39;c&#39; d=&quot;e&quot;&gt;&amp;?");
}

TEST(ExplainMarkup, puts_the_side_of_a_name_below_the_line) {
  EXPECT_EQ(html_text("A_L and B_R, not $A_LL or x_L"), "A<sub>L</sub> and B<sub>R</sub>, not $A_LL or x_L");
  EXPECT_EQ(svg_text("A_L & B"), R"(A<tspan dy="4" font-size="75%">L</tspan><tspan dy="-4"> &amp; B</tspan>)");
}

TEST(ExplainMarkup, breaks_lines_at_blanks) {
  EXPECT_EQ(lines_of("one two three", 8), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(lines_of("unbreakable", 4), std::vector<std::string>{"unbreakable"});
  EXPECT_TRUE(lines_of("", 4).empty());
}

TEST(ExplainPictures, are_well_formed_whatever_the_text) {
  const Story story = hostile_story();
  EXPECT_EQ(complaint_about(story_svg(story)), "");
  EXPECT_EQ(complaint_about(story_html(story)), "");
  EXPECT_EQ(complaint_about("<a><b></a></b>"), "an end without its start: /a") << "so that it can fail";
}

TEST(ExplainPictures, need_nothing_from_elsewhere) {
  for (const std::string& text : {story_svg(hostile_story()), story_html(hostile_story())}) {
    for (const char* outside : {"src=", "href=", "@import", "url("}) EXPECT_EQ(text.find(outside), std::string::npos);
    const std::size_t link = text.find("http");
    EXPECT_TRUE(link == std::string::npos || text.substr(link).starts_with("http://www.w3.org/2000/svg")) << link;
  }
}

TEST(ExplainPictures, have_the_blocks_to_scale_and_outline_what_changed) {
  const Story story = hostile_story();
  Canvas before, after;
  draw_picture(before, story, kBeginning, 0);
  draw_picture(after, story, 0, 0);
  EXPECT_NE(before.markup().find(R"(width="1140.0" height="64.0" class="free")"), std::string::npos) << before.markup();
  EXPECT_EQ(before.markup().find("changed"), std::string::npos);
  EXPECT_NE(after.markup().find(R"(width="570.0" height="64.0" class="free")"), std::string::npos) << "8 of 16 pages";
  EXPECT_NE(after.markup().find(R"(width="71.2" height="64.0" class="c0")"), std::string::npos) << "the slab";
  EXPECT_NE(after.markup().find(R"(width="71.2" height="64.0" class="changed")"), std::string::npos);
  EXPECT_NE(after.markup().find("branch"), std::string::npos) << "the tree";
}

TEST(ExplainPictures, of_a_slab_of_several_blocks_show_one_part) {
  Story story = hostile_story();
  Snapshot& after = story.steps[0].after;
  after.blocks = {{0, MINI_MM_KIND_SLAB, 1, 5, 1},
                  {2, MINI_MM_KIND_SLAB, 0, 5, 0},
                  {3, MINI_MM_KIND_FREE, 0, 0, 0},
                  {4, MINI_MM_KIND_FREE, 2, 0, 0},
                  {8, MINI_MM_KIND_FREE, 3, 0, 0}};
  after.slabs[0] = {5, 0, 3, 1, {false, true, false, false}};
  Canvas canvas;
  draw_picture(canvas, story, 0, 0);
  EXPECT_NE(canvas.markup().find(R"(width="213.8" height="64.0" class="c0")"), std::string::npos) << canvas.markup();
}

TEST(ExplainPages, walk_through_the_beginning_and_every_step) {
  Story story = hostile_story();
  story.steps.push_back(story.steps[0]);
  const std::string page = story_html(story);
  std::size_t sections = 0;
  for (std::size_t at = page.find("<section>"); at != std::string::npos; at = page.find("<section>", at + 1))
    sections++;
  EXPECT_EQ(sections, 3u);
  EXPECT_NE(page.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_NE(page.find("ArrowRight"), std::string::npos);
}

TEST(ExplainText, has_cells_of_objects_and_what_is_not_as_it_should_be) {
  Story story = hostile_story();
  story.steps[0].checks = {{"splits", "3", "4"}};
  const std::string text = step_text(story, 0, {80, 16, false, false});
  EXPECT_NE(text.find("|..|##|..|..|\n"), std::string::npos) << text;
  EXPECT_NE(text.find("  ! NOT as it should be: splits '4', expected '3'\n"), std::string::npos) << text;
  EXPECT_FALSE(story.holds());
  story.steps[0].checks = {{"splits", "3", "3"}};
  EXPECT_EQ(step_text(story, 0, {80, 16, false, false}).find("NOT as"), std::string::npos);
  EXPECT_TRUE(story.holds());
}

TEST(ExplainJson, has_the_events_and_the_state_after_each_step) {
  const std::string json = as_json(hostile_story()).line();
  EXPECT_NE(json.find(R"("event":"split","page":0,"order":4)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("used":[false,true,false,false])"), std::string::npos) << json;
  EXPECT_NE(json.find(R"("as_expected":false)"), std::string::npos);
}

}  // namespace
}  // namespace minimm
