/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happened in an arena, step by step, as it was recorded: the events of each step and the state that it
 * left. Everything that tells or draws it (text, JSON, SVG, HTML) works on this and asks the module nothing.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace minimm {

/* A cache's geometry; one that is gone keeps its own. */
struct StoryCache {
  std::string name; /* without its arena's */
  std::uint32_t object_size = 0;
  std::uint32_t slot_size = 0;
  std::uint32_t objects = 0; /* in a slab; 0 when the engine has no such number */
  std::uint32_t pages = 0;   /* in a slab */
  bool off_slab = false;
};
using StoryCaches = std::map<std::uint32_t, StoryCache>; /* by id */

/* A slab, with which of its objects are out. */
struct Slab {
  std::uint32_t cache = 0;
  std::uint32_t page = 0;
  std::uint32_t pages = 0;
  std::uint32_t in_use = 0;
  std::vector<bool> used; /* by object; empty when their number is not known */

  bool operator==(const Slab&) const = default;
};
using Slabs = std::map<std::uint32_t, Slab>; /* by first page */

struct Snapshot {
  std::vector<mini_mm_block> blocks;      /* in address order */
  std::vector<std::uint64_t> free_blocks; /* by order */
  std::uint64_t free_pages = 0;
  Slabs slabs;
};

/* Something that the scenario says must be so. */
struct CheckResult {
  std::string what;
  std::string expected;
  std::string found;

  bool holds() const { return expected == found; }
};

struct Step {
  std::string sentence;              /* what is asked for, and why */
  std::vector<std::string> commands; /* as one could type them */
  std::vector<mini_mm_event> events;
  std::uint64_t lost = 0;
  std::vector<std::string> told; /* the events in words */
  std::string refused;           /* why a command was; "" if none was */
  std::vector<CheckResult> checks;
  Snapshot after;
};

struct Story {
  std::string name;
  std::string title;
  std::string introduction;
  std::uint32_t pages = 0;
  std::uint32_t page_size = 4096;
  std::string page_engine;
  std::string placement;
  bool halves_have_names = false; /* A_L, A_R and so on */
  StoryCaches caches;
  Snapshot before;
  std::vector<Step> steps;

  bool holds() const {
    for (const Step& step : steps)
      for (const CheckResult& check : step.checks)
        if (!check.holds()) return false;
    return true;
  }
};

}  // namespace minimm
