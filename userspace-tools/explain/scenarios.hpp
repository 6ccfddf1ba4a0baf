/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The textbooks' worked examples as data: which segment, which commands, and what must come of them.
 *
 * A command is what one could type after 'minimm'. A '-' in front: it is meant to be refused. $page_5 stands
 * for the handle of the block at page 5; a variable set with "$x = ..." for those that a command made, and
 * $x_0, $x_1, ... for each of them.
 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minimm {

struct Check {
  enum class What {
    blocks,      /* the region: "0-7 pages, 8-15 free" */
    free_blocks, /* by order: "0 0 0 1" */
    splits,      /* in this step; so the next two */
    merges,
    handed_out, /* first pages of the blocks: "12" */
    layout,     /* of the cache @subject: "4 objects in 3 pages" */
    slabs,      /* of the cache @subject: "1 full, 0 partial, 0 empty" */
    refused,    /* the reason's name, or "" */
  };
  What what;
  std::string expected;
  std::string subject = {};
};

struct ScenarioStep {
  std::string sentence;
  std::vector<std::string> commands;
  std::vector<Check> checks = {};
};

struct Scenario {
  std::string name;
  std::string title;
  std::string introduction;
  std::uint64_t size = 0; /* of the segment, bytes */
  std::string page_engine;
  std::string placement;
  std::string object_engine;
  bool halves_have_names = false;
  std::vector<ScenarioStep> steps;
};

/* In the order in which a lecture has them. */
const std::vector<Scenario>& scenarios();

/* One's own steps, from text: a command a line, or several with ';' between; comments are the next step's sentence. */
std::vector<ScenarioStep> steps_from(std::string_view text);

}  // namespace minimm
