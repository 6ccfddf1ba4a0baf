/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "explain/slabs.hpp"
#include "explain/words.hpp"
#include "text/numbers.hpp"
#include "text/table.hpp"

namespace minimm {
namespace {

constexpr unsigned kWidest = 100;
constexpr std::size_t kSeparated = 16; /* cells that have lines between them */
constexpr std::size_t kCellsARow = 64;

std::string wrapped(const std::string& text, const std::string& first, const std::string& others, unsigned columns) {
  const std::size_t width = std::clamp(columns, 40u, kWidest);
  std::string result, line = first;
  bool empty = true;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    at = end + 1;
    if (!empty && display_width(line) + 1 + display_width(word) > width) {
      result += line + '\n';
      line = others;
      empty = true;
    }
    line += (empty ? "" : " ") + word;
    empty = false;
  }
  return result + line + '\n';
}

MapRegion region_of(const Story& story, const Snapshot& snapshot) {
  MapRegion region;
  region.arena = story.name.empty() ? "of your own" : story.name;
  region.pages = story.pages;
  region.page_size = story.page_size;
  region.blocks = snapshot.blocks;
  for (const auto& [id, cache] : story.caches)
    region.caches.push_back({id, cache.name, cache.object_size, cache.objects, cache.pages});
  region.caches.push_back({0, "slab descriptors", 0, 0, 0});
  return region;
}

std::string free_blocks_text(const Story& story, const Snapshot& snapshot) {
  std::vector<std::string> headings = {"free blocks of"};
  std::vector<std::string> counts = {""};
  for (std::size_t order = 0; order < snapshot.free_blocks.size(); order++) {
    headings.push_back('>' + short_size_text(std::uint64_t{story.page_size} << order));
    counts.push_back(std::to_string(snapshot.free_blocks[order]));
  }
  headings.push_back(">free");
  counts.push_back(kilobytes(snapshot.free_pages * story.page_size));
  Table table(headings);
  table.row(counts);
  return table.text();
}

/* A cell an object: used, or free. */
std::string cells_text(const Slab& slab, const MapStyle& style) {
  const std::string line = style.unicode ? "│" : "|", used = style.unicode ? "█" : "#",
                    none = style.unicode ? "·" : ".";
  const bool separated = slab.used.size() <= kSeparated;
  std::string text = line;
  for (std::size_t i = 0; i < slab.used.size(); i++) {
    if (i != 0 && i % kCellsARow == 0) text.append(line).append("\n      ").append(line);
    const std::string& mark = slab.used[i] ? used : none;
    text += mark;
    if (separated) text.append(mark).append(line);
  }
  return separated ? text : text + line;
}

std::string slabs_text(const Story& story, const Snapshot& snapshot, const MapStyle& style) {
  std::string text;
  for (const auto& [page, slab] : snapshot.slabs) {
    const auto cache = story.caches.find(slab.cache);
    if (cache == story.caches.end() || slab.used.empty()) continue;
    text += fmt::format("slab at page {} of {} ({}): {}, {} of {} in use\n      {}\n", page, cache->second.name,
                        kilobytes(std::uint64_t{slab.pages} * story.page_size), state_of(slab), slab.in_use,
                        slab.used.size(), cells_text(slab, style));
  }
  return text;
}

std::string snapshot_text(const Story& story, const Snapshot& snapshot, const MapStyle& style) {
  return draw_map(region_of(story, snapshot), style) + slabs_text(story, snapshot, style) +
         free_blocks_text(story, snapshot);
}

}  // namespace

std::string beginning_text(const Story& story, const MapStyle& style) {
  std::string text;
  if (!story.title.empty()) text += story.title + '\n' + std::string(display_width(story.title), '=') + "\n\n";
  if (!story.introduction.empty()) text += wrapped(story.introduction, "", "", style.columns) + '\n';
  text += wrapped(fmt::format("A segment of {}, {} of {}; page engine {}, placement {}.",
                              kilobytes(std::uint64_t{story.pages} * story.page_size), count_text(story.pages, "page"),
                              kilobytes(story.page_size), story.page_engine, story.placement),
                  "", "", style.columns);
  return text + '\n' + snapshot_text(story, story.before, style);
}

std::string step_text(const Story& story, std::size_t number, const MapStyle& style) {
  const Step& step = story.steps[number];
  const std::string head = fmt::format("{}. ", number + 1), indent(head.size(), ' ');
  std::string text = "\n";
  if (!step.sentence.empty()) text += wrapped(step.sentence, head, indent, style.columns);
  for (std::size_t i = 0; i < step.commands.size(); i++)
    text += wrapped(step.commands[i], (i == 0 && step.sentence.empty() ? head : indent) + "$ ", indent + "  ",
                    style.columns);
  text += '\n';
  for (const std::string& told : step.told) text += wrapped(told, "  - ", "    ", style.columns);
  if (step.told.empty() && step.refused.empty()) text += "  - nothing happens in the segment\n";
  if (!step.refused.empty()) text += wrapped(step.refused, "  - ", "    ", style.columns);
  for (const CheckResult& check : step.checks)
    if (!check.holds())
      text +=
          wrapped(fmt::format("NOT as it should be: {} '{}', expected '{}'", check.what, check.found, check.expected),
                  "  ! ", "    ", style.columns);
  return text + '\n' + snapshot_text(story, step.after, style);
}

}  // namespace minimm
