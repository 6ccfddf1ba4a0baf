/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

#include "explain/engine.hpp"
#include "explain/slabs.hpp"
#include "explain/words.hpp"
#include "text/numbers.hpp"

namespace minimm {
namespace {

constexpr double kBar = 64, kBranch = 24, kBranchGap = 18, kGap = 16;
constexpr double kLetter = 10; /* about the width of one, in a bar */
constexpr std::size_t kMostRows = 10, kMostSlabs = 12, kColours = 5, kLongSlab = 16, kCellsARow = 32;

struct Extent {
  std::uint32_t page;
  std::uint32_t order;

  bool operator==(const Extent&) const = default;
};
using Row = std::vector<Extent>;

bool holds(const Row& row, const Extent& extent) { return std::find(row.begin(), row.end(), extent) != row.end(); }

/* A block, or all the blocks of a slab. */
struct Part {
  std::uint32_t page = 0;
  std::uint32_t pages = 0;
  std::uint32_t kind = 0;
  std::uint32_t cache = 0;
  std::uint32_t in_use = 0;

  bool operator==(const Part&) const = default;
  bool is_free() const { return kind == MINI_MM_KIND_FREE; }
  bool own() const { return kind == MINI_MM_KIND_SLAB && cache == 0; }
};

std::vector<Part> parts_of(const Snapshot& snapshot) {
  std::vector<Part> parts;
  std::uint32_t end = 0; /* of the slab before */
  for (const mini_mm_block& block : snapshot.blocks) {
    if (block.page < end) continue;
    const auto slab = snapshot.slabs.find(block.page);
    const bool of_slab = block.kind == MINI_MM_KIND_SLAB && slab != snapshot.slabs.end();
    const std::uint32_t pages = of_slab ? slab->second.pages : 1u << block.order;
    if (of_slab) end = block.page + pages;
    parts.push_back({block.page, pages, block.kind, block.cache, block.in_use});
  }
  return parts;
}

/* What a split or a merge takes, and what it makes. */
struct Change {
  Row from, to;
};

std::optional<Change> change_of(const mini_mm_event& event) {
  const std::uint32_t order = event.order;
  if (event.kind == MINI_MM_EVENT_PAGE_SPLIT && order > 0)
    return Change{{{event.page, order}}, {{event.page, order - 1}, {event.page + (1u << (order - 1)), order - 1}}};
  if (event.kind == MINI_MM_EVENT_PAGE_MERGE)
    return Change{{{event.page, order}, {event.page + (1u << order), order}}, {{event.page, order + 1}}};
  return std::nullopt;
}

/* The tree, a row a generation; time runs downwards. links[i] lead from rows[i] to rows[i + 1]. */
struct Tree {
  std::vector<Row> rows;
  std::vector<std::vector<std::pair<Extent, Extent>>> links;

  void add(const Change& change) {
    const bool goes_on = !rows.empty() && std::any_of(change.from.begin(), change.from.end(),
                                                      [&](const Extent& extent) { return holds(rows.back(), extent); });
    if (!goes_on) {
      if (!rows.empty()) links.emplace_back();
      rows.emplace_back();
    }
    for (const Extent& extent : change.from)
      if (!holds(rows.back(), extent)) rows.back().push_back(extent);
    rows.push_back(change.to);
    links.emplace_back();
    for (const Extent& from : change.from)
      for (const Extent& to : change.to) links.back().emplace_back(from, to);
  }
};

class Picture {
 public:
  Picture(Canvas& canvas, const Story& story, std::size_t number)
      : canvas_(canvas), story_(story), step_(number == kBeginning ? nullptr : &story.steps[number]) {
    after_ = step_ == nullptr ? &story.before : &step_->after;
    before_ = number == kBeginning ? after_ : number == 0 ? &story.before : &story.steps[number - 1].after;
  }

  double draw(double y) {
    y = draw_tree(y);
    y = draw_bar(y);
    return draw_slabs(y);
  }

 private:
  double scale() const { return (kPictureWidth - 2 * kPictureMargin) / story_.pages; }

  Box box(const Extent& extent, double y, double height) const {
    return {kPictureMargin + extent.page * scale(), y, (1u << extent.order) * scale(), height};
  }

  std::string size(std::uint32_t order) const { return kilobytes(std::uint64_t{story_.page_size} << order); }

  double draw_tree(double y) {
    Tree tree;
    std::size_t splits = 0, merges = 0;
    if (step_ != nullptr) {
      for (const mini_mm_event& event : step_->events) {
        if (const std::optional<Change> change = change_of(event)) tree.add(*change);
        splits += event.kind == MINI_MM_EVENT_PAGE_SPLIT;
        merges += event.kind == MINI_MM_EVENT_PAGE_MERGE;
      }
    }
    if (tree.rows.empty()) return y;
    if (tree.rows.size() > kMostRows) {
      const std::string both = splits != 0 && merges != 0 ? " and " : "";
      canvas_.text(kPictureMargin, y + 20,
                   fmt::format("({}{}{} on the way)", splits == 0 ? "" : count_text(splits, "split"), both,
                               merges == 0 ? "" : count_text(merges, "merge")),
                   "small faint");
      return y + 34;
    }
    for (std::size_t row = 0; row < tree.rows.size(); row++) {
      const double top = y + static_cast<double>(row) * (kBranch + kBranchGap);
      if (row + 1 < tree.rows.size())
        for (const auto& [from, to] : tree.links[row])
          canvas_.line(box(from, 0, 0).middle(), top + kBranch, box(to, 0, 0).middle(), top + kBranch + kBranchGap,
                       "branch");
      for (const Extent& extent : tree.rows[row]) draw_branch(extent, top);
    }
    return y + static_cast<double>(tree.rows.size()) * (kBranch + kBranchGap) + 4;
  }

  void draw_branch(const Extent& extent, double y) {
    const Box place = box(extent, y, kBranch);
    canvas_.rectangle(place, "twig");
    const std::string name = block_name(story_, extent.page, extent.order);
    const std::string full = name.empty() ? size(extent.order) : name + " " + size(extent.order);
    for (const std::string& label : {name.empty() ? full : name, std::to_string(extent.page)})
      if (static_cast<double>(label.size()) * kLetter <= place.width)
        return canvas_.text(place.middle(), y + 17, label, "small middle");
  }

  const StoryCache* cache(std::uint32_t id) const {
    const auto found = story_.caches.find(id);
    return found == story_.caches.end() ? nullptr : &found->second;
  }

  /* Caches take the colours in turn. */
  std::string colour(std::uint32_t id) const {
    if (id == 0) return "own";
    const auto place = std::distance(story_.caches.begin(), story_.caches.find(id));
    return fmt::format("c{}", static_cast<std::size_t>(place) % kColours);
  }

  std::string colour(const Part& part) const {
    if (part.is_free()) return "free";
    return part.kind == MINI_MM_KIND_PAGES ? "pages" : colour(part.cache);
  }

  std::string title(const Part& part) const {
    const StoryCache* owner = cache(part.cache);
    if (part.kind == MINI_MM_KIND_SLAB) return owner == nullptr ? "slabs' data" : owner->name;
    const std::string name =
        std::has_single_bit(part.pages)
            ? block_name(story_, part.page, static_cast<std::uint32_t>(std::countr_zero(part.pages)))
            : "";
    return !name.empty() ? name : part.is_free() ? "free" : "in use";
  }

  Box box(const Part& part, double y) const {
    return {kPictureMargin + part.page * scale(), y, part.pages * scale(), kBar};
  }

  double draw_bar(double y) {
    const std::vector<Part> parts = parts_of(*after_), before = parts_of(*before_);
    double labelled = -1e9;
    for (const Part& part : parts) {
      const Box place = box(part, y);
      canvas_.rectangle(place, colour(part));
      label(part, place);
      /* Not where the last one still is. */
      if (place.x - labelled < 3 * kLetter) continue;
      canvas_.text(place.x, y + kBar + 18, std::to_string(part.page), "small faint");
      labelled = place.x;
    }
    for (const Part& part : parts)
      if (std::find(before.begin(), before.end(), part) == before.end()) canvas_.rectangle(box(part, y), "changed");
    if (std::any_of(parts.begin(), parts.end(), [](const Part& part) { return part.own(); })) {
      canvas_.text(kPictureMargin, y + kBar + 40, "grey: management data of slabs that have none on them",
                   "small faint");
      y += 22;
    }
    return y + kBar + 18 + kGap;
  }

  void label(const Part& part, const Box& place) {
    const std::string name = title(part), bytes = kilobytes(std::uint64_t{part.pages} * story_.page_size);
    const auto fits = [&](const std::string& text) {
      return static_cast<double>(text.size()) * kLetter <= place.width;
    };
    const std::string classes = part.is_free() ? "middle" : "middle on";
    if (fits(name) && fits(bytes)) {
      canvas_.text(place.middle(), place.y + 28, name, classes);
      canvas_.text(place.middle(), place.y + 50, bytes, classes + " small");
    } else if (fits(name)) {
      canvas_.text(place.middle(), place.y + 39, name, classes);
    }
  }

  double draw_slabs(double y) {
    std::size_t drawn = 0;
    for (const auto& [page, slab] : after_->slabs) {
      if (slab.used.empty()) continue;
      if (++drawn > kMostSlabs) {
        canvas_.text(kPictureMargin, y + 16, "and more slabs", "small faint");
        return y + 30;
      }
      y = draw_slab(slab, y);
    }
    return y;
  }

  double draw_slab(const Slab& slab, double y) {
    const StoryCache* owner = cache(slab.cache);
    canvas_.text(
        kPictureMargin, y + 16,
        fmt::format("slab at page {} of {}, {}: {}, {} of {} in use", slab.page, owner == nullptr ? "?" : owner->name,
                    kilobytes(std::uint64_t{slab.pages} * story_.page_size), state_of(slab), slab.in_use,
                    slab.used.size()),
        "small");
    y += 24;
    const auto old = before_->slabs.find(slab.page);
    const bool known = old != before_->slabs.end() && old->second.cache == slab.cache;
    const bool is_long = slab.used.size() > kLongSlab;
    const double width = is_long ? 34 : 64, height = is_long ? 18 : 28;
    for (std::size_t i = 0; i < slab.used.size(); i++) {
      const std::size_t row = i / kCellsARow;
      const Box cell{kPictureMargin + static_cast<double>(i % kCellsARow) * width,
                     y + static_cast<double>(row) * height, width - 2, height - 2};
      canvas_.rectangle(cell, slab.used[i] ? colour(slab.cache) : "free");
      const bool before = known && i < old->second.used.size() && old->second.used[i];
      if (slab.used[i] != before) canvas_.rectangle(cell, "changed");
      if (!is_long)
        canvas_.text(cell.middle(), cell.y + 19, std::to_string(i),
                     slab.used[i] ? "small middle on" : "small middle faint");
    }
    const std::size_t rows = (slab.used.size() + kCellsARow - 1) / kCellsARow;
    return y + static_cast<double>(rows) * height + kGap;
  }

  Canvas& canvas_;
  const Story& story_;
  const Step* step_;
  const Snapshot* before_;
  const Snapshot* after_;
};

}  // namespace

double draw_picture(Canvas& canvas, const Story& story, std::size_t number, double y) {
  return Picture(canvas, story, number).draw(y);
}

std::string_view picture_style() {
  return R"(
svg { font-family: 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif; }
svg text { fill: var(--ink); font-size: 18px; }
svg .small { font-size: 15px; }
svg .large { font-size: 30px; font-weight: bold; }
svg .bold { font-weight: bold; }
svg .mono { font-family: 'DejaVu Sans Mono', Menlo, monospace; font-size: 15px; }
svg .middle { text-anchor: middle; }
svg .end { text-anchor: end; }
svg .faint { opacity: 0.7; }
svg text.on { fill: var(--paper); }
svg rect { stroke: var(--ink); stroke-width: 1; }
svg .paper { fill: var(--paper); stroke: none; }
svg .free { fill: var(--free); }
svg .pages { fill: var(--pages); }
svg .own { fill: var(--own); }
svg .c0 { fill: var(--c0); }
svg .c1 { fill: var(--c1); }
svg .c2 { fill: var(--c2); }
svg .c3 { fill: var(--c3); }
svg .c4 { fill: var(--c4); }
svg .changed { fill: none; stroke: var(--changed); stroke-width: 4; }
svg .twig { fill: var(--paper); }
svg .branch { stroke: var(--ink); stroke-width: 1.5; }
)";
}

}  // namespace minimm
