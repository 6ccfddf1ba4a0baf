/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/checks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "explain/slabs.hpp"
#include "explain/words.hpp"
#include "text/numbers.hpp"

namespace minimm {
namespace {

std::string count_of(const Step& step, std::uint16_t kind) {
  return std::to_string(std::count_if(step.events.begin(), step.events.end(),
                                      [kind](const mini_mm_event& event) { return event.kind == kind; }));
}

std::string handed_out(const Step& step) {
  std::vector<std::uint32_t> pages;
  for (const mini_mm_event& event : step.events)
    if (event.kind == MINI_MM_EVENT_PAGE_ALLOC) pages.push_back(event.page);
  return fmt::format("{}", fmt::join(pages, " "));
}

std::string layout(const Story& story, const std::string& name) {
  for (const auto& [id, cache] : story.caches)
    if (cache.name == name)
      return fmt::format("{} in {}", count_text(cache.objects, "object"), count_text(cache.pages, "page"));
  return "no such cache";
}

std::string slabs(const Story& story, const Step& step, const std::string& name) {
  unsigned full = 0, partial = 0, empty = 0;
  for (const auto& [page, slab] : step.after.slabs) {
    const auto cache = story.caches.find(slab.cache);
    if (cache == story.caches.end() || cache->second.name != name) continue;
    const std::string_view state = state_of(slab);
    ++(state == "full" ? full : state == "partial" ? partial : empty);
  }
  return fmt::format("{} full, {} partial, {} empty", full, partial, empty);
}

}  // namespace

CheckResult evaluate(const Check& check, const Story& story, const Step& step, const std::string& refused) {
  using What = Check::What;
  switch (check.what) {
    case What::blocks:
      return {"blocks", check.expected, blocks_text(step.after.blocks)};
    case What::free_blocks:
      return {"free blocks an order", check.expected, fmt::format("{}", fmt::join(step.after.free_blocks, " "))};
    case What::splits:
      return {"splits", check.expected, count_of(step, MINI_MM_EVENT_PAGE_SPLIT)};
    case What::merges:
      return {"merges", check.expected, count_of(step, MINI_MM_EVENT_PAGE_MERGE)};
    case What::handed_out:
      return {"handed out", check.expected, handed_out(step)};
    case What::layout:
      return {"slabs of " + check.subject, check.expected, layout(story, check.subject)};
    case What::slabs:
      return {"slabs of " + check.subject, check.expected, slabs(story, step, check.subject)};
    case What::refused:
      return {"refused", check.expected, refused};
  }
  return {};
}

}  // namespace minimm
