/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/slabs.hpp"
#include "explain/text.hpp"
#include "text/events.hpp"

namespace minimm {
namespace {

Json strings(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.add(text);
  return list;
}

Json as_json(const Story& story, const Snapshot& snapshot) {
  Json blocks = Json::array();
  for (const mini_mm_block& block : snapshot.blocks) {
    Json json{{"page", block.page}, {"order", block.order}};
    if (block.kind == MINI_MM_KIND_SLAB) {
      json.add("kind", "slab");
      json.add("cache", block.cache);
      json.add("objects_in_use", block.in_use);
    } else {
      json.add("kind", block.kind == MINI_MM_KIND_FREE ? "free" : "pages");
    }
    blocks.add(json);
  }
  Json slabs = Json::array();
  for (const auto& [page, slab] : snapshot.slabs) {
    Json used = Json::array();
    for (const bool object : slab.used) used.add(object);
    const auto cache = story.caches.find(slab.cache);
    slabs.add(Json{{"page", page},
                   {"pages", slab.pages},
                   {"cache", cache == story.caches.end() ? "" : cache->second.name},
                   {"state", state_of(slab)},
                   {"in_use", slab.in_use},
                   {"used", used}});
  }
  return {
      {"blocks", blocks}, {"free_blocks", snapshot.free_blocks}, {"free_pages", snapshot.free_pages}, {"slabs", slabs}};
}

Json as_json(const Story& story, const Step& step) {
  Json events = Json::array();
  for (const mini_mm_event& event : step.events) events.add(minimm::as_json(event));
  Json checks = Json::array();
  for (const CheckResult& check : step.checks)
    checks.add(
        Json{{"what", check.what}, {"expected", check.expected}, {"found", check.found}, {"holds", check.holds()}});
  return {{"sentence", step.sentence},  {"commands", strings(step.commands)},
          {"told", strings(step.told)}, {"refused", step.refused},
          {"checks", checks},           {"events", events},
          {"lost", step.lost},          {"after", as_json(story, step.after)}};
}

}  // namespace

Json as_json(const Story& story) {
  Json caches = Json::array();
  for (const auto& [id, cache] : story.caches)
    caches.add(Json{{"id", id},
                    {"name", cache.name},
                    {"object_size", cache.object_size},
                    {"slot_size", cache.slot_size},
                    {"objects_per_slab", cache.objects},
                    {"pages_per_slab", cache.pages},
                    {"off_slab", cache.off_slab}});
  Json steps = Json::array();
  for (const Step& step : story.steps) steps.add(as_json(story, step));
  return {{"scenario", story.name},
          {"title", story.title},
          {"introduction", story.introduction},
          {"pages", story.pages},
          {"page_size", story.page_size},
          {"page_engine", story.page_engine},
          {"placement", story.placement},
          {"as_expected", story.holds()},
          {"caches", caches},
          {"before", as_json(story, story.before)},
          {"steps", steps}};
}

}  // namespace minimm
