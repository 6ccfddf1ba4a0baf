/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <set>

#include "text/numbers.hpp"

namespace minimm {
namespace {

/* Of one kind in a row; more become one line. */
constexpr std::size_t kMostBlocks = 12;

class Teller {
 public:
  Teller(const Story& story, SlabTracker& slabs) : story_(story), slabs_(slabs) {}

  std::vector<std::string> tell(const std::vector<mini_mm_event>& events) {
    for (std::size_t at = 0; at < events.size();) {
      std::size_t end = at + 1;
      if (about_blocks(events[at])) {
        while (end < events.size() && about_blocks(events[end])) end++;
        tell_blocks(
            {events.begin() + static_cast<std::ptrdiff_t>(at), events.begin() + static_cast<std::ptrdiff_t>(end)});
      } else if (about_objects(events[at])) {
        while (end < events.size() && of_same_slab(events[at], events[end])) end++;
        tell_objects(
            {events.begin() + static_cast<std::ptrdiff_t>(at), events.begin() + static_cast<std::ptrdiff_t>(end)});
      } else {
        slabs_.take(events[at]);
        tell_other(events[at]);
      }
      at = end;
    }
    return std::move(lines_);
  }

 private:
  using Events = std::vector<mini_mm_event>;

  static bool about_blocks(const mini_mm_event& event) {
    return event.kind >= MINI_MM_EVENT_PAGE_ALLOC && event.kind <= MINI_MM_EVENT_PAGE_MERGE;
  }
  static bool about_objects(const mini_mm_event& event) {
    return event.kind == MINI_MM_EVENT_OBJ_ALLOC || event.kind == MINI_MM_EVENT_OBJ_FREE;
  }
  bool of_same_slab(const mini_mm_event& a, const mini_mm_event& b) const {
    return a.kind == b.kind && a.cache == b.cache && slabs_.slab_at(a.cache, a.page) != nullptr &&
           slabs_.slab_at(a.cache, a.page) == slabs_.slab_at(b.cache, b.page);
  }

  std::string bytes(std::uint64_t pages) const { return kilobytes(pages * story_.page_size); }

  /* "8 pages at 0 (32 KB)", with its name if it has one. */
  std::string block(std::uint32_t page, std::uint32_t order) const {
    const std::string name = block_name(story_, page, order);
    if (order == 0 && name.empty()) return fmt::format("page {} ({})", page, bytes(1));
    return fmt::format("{}{} at {} ({})", name.empty() ? "" : name + ", ", count_text(1u << order, "page"), page,
                       bytes(1u << order));
  }

  /* "A_L", or "page 3", or "the 4 pages at 8". */
  std::string short_block(std::uint32_t page, std::uint32_t order) const {
    std::string name = block_name(story_, page, order);
    if (!name.empty()) return name;
    return order == 0 ? fmt::format("page {}", page) : fmt::format("the {} pages at {}", 1u << order, page);
  }

  void tell_blocks(const Events& events) {
    if (events.size() > kMostBlocks) return sum_up_blocks(events);
    for (const mini_mm_event& event : events) tell_block(event);
  }

  void tell_block(const mini_mm_event& event) {
    const bool one = event.order == 0;
    switch (event.kind) {
      case MINI_MM_EVENT_PAGE_SPLIT:
        tell_split(event);
        break;
      case MINI_MM_EVENT_PAGE_MERGE:
        tell_merge(event);
        break;
      case MINI_MM_EVENT_PAGE_ALLOC:
        lines_.push_back(fmt::format("{} {} handed out", block(event.page, event.order), one ? "is" : "are"));
        break;
      default:
        freed_ = event.page;
        lines_.push_back(fmt::format("{} {} back", block(event.page, event.order), one ? "comes" : "come"));
    }
  }

  void tell_split(const mini_mm_event& event) {
    if (event.order == 0) return;
    const std::uint32_t half = event.order - 1u;
    const std::uint32_t right = event.page + (1u << half);
    const std::string left_name = block_name(story_, event.page, half), right_name = block_name(story_, right, half);
    std::string names;
    if (!left_name.empty()) names = fmt::format(": {} and {}, {} each", left_name, right_name, bytes(1u << half));
    lines_.push_back(
        fmt::format("{} are split into {} and {}{}", block(event.page, event.order), event.page, right, names));
  }

  /* The one that came back, or grew just now, merges with the other. */
  void tell_merge(const mini_mm_event& event) {
    const std::uint32_t right = event.page + (1u << event.order);
    const bool from_right = freed_ == right;
    const std::string merged = block(event.page, event.order + 1u);
    const bool segment = std::uint32_t{2} << event.order == story_.pages;
    lines_.push_back(fmt::format(
        "{} {} with {} buddy, {}: {}{}", short_block(from_right ? right : event.page, event.order),
        event.order == 0 || !block_name(story_, event.page, event.order).empty() ? "merges" : "merge",
        event.order == 0 || !block_name(story_, event.page, event.order).empty() ? "its" : "their",
        short_block(from_right ? event.page : right, event.order), merged, segment ? ", the whole segment" : ""));
    freed_ = event.page;
  }

  void sum_up_blocks(const Events& events) {
    const auto count = [&](std::uint16_t kind) {
      return static_cast<std::uint64_t>(
          std::count_if(events.begin(), events.end(), [&](const mini_mm_event& event) { return event.kind == kind; }));
    };
    const auto pages = [&](std::uint16_t kind) {
      std::uint64_t sum = 0;
      for (const mini_mm_event& event : events) sum += event.kind == kind ? event.pages : 0;
      return sum;
    };
    const auto line = [&](std::uint16_t kind, const std::string& verb, std::uint16_t along, const std::string& what) {
      const std::uint64_t blocks = count(kind), others = count(along);
      const std::string on_the_way = others == 0 ? "" : fmt::format(", with {}", count_text(others, what));
      if (blocks != 0)
        lines_.push_back(fmt::format("{}, {} ({}), {}{}", count_text(blocks, "block"), count_text(pages(kind), "page"),
                                     bytes(pages(kind)), verb, on_the_way));
      else if (others != 0)
        lines_.push_back(fmt::format("{} on the way", count_text(others, what)));
    };
    line(MINI_MM_EVENT_PAGE_ALLOC, "are handed out", MINI_MM_EVENT_PAGE_SPLIT, "split");
    line(MINI_MM_EVENT_PAGE_FREE, "come back", MINI_MM_EVENT_PAGE_MERGE, "merge");
  }

  const std::string& cache_name(std::uint32_t id) const {
    static const std::string unknown = "a cache that is gone";
    const auto found = story_.caches.find(id);
    return found == story_.caches.end() ? unknown : found->second.name;
  }

  /* Some objects of one slab, all handed out or all back. */
  void tell_objects(const Events& events) {
    const bool out = events[0].kind == MINI_MM_EVENT_OBJ_ALLOC;
    const std::string& cache = cache_name(events[0].cache);
    const Slab* slab = slabs_.slab_at(events[0].cache, events[0].page);
    if (slab == nullptr) {
      lines_.push_back(
          fmt::format("{}: {} {}", cache, count_text(events.size(), "object"), out ? "handed out" : "back"));
      return;
    }
    const std::string before(state_of(*slab));
    std::set<std::uint32_t> objects;
    for (const mini_mm_event& event : events) {
      objects.insert(slabs_.object_of(*slab, event));
      slabs_.take(event);
    }
    const std::string after(state_of(*slab));
    const bool one = events.size() == 1;
    lines_.push_back(fmt::format("{} {} {}; slab at page {} of {}: {} ({} of {} in use)", listed(objects),
                                 one ? "is" : "are", out ? "handed out" : "free again", slab->page, cache,
                                 before == after ? after : before + " -> " + after, slab->in_use, slab->used.size()));
  }

  /* "object 3", "objects 0 to 63", "objects 1, 4 and 5". */
  static std::string listed(const std::set<std::uint32_t>& objects) {
    if (objects.size() == 1) return fmt::format("object {}", *objects.begin());
    if (*objects.rbegin() - *objects.begin() + 1 == objects.size())
      return fmt::format("objects {} to {}", *objects.begin(), *objects.rbegin());
    if (objects.size() > 8) return count_text(objects.size(), "object");
    const std::vector<std::uint32_t> some(objects.begin(), std::prev(objects.end()));
    return fmt::format("objects {} and {}", fmt::join(some, ", "), *objects.rbegin());
  }

  void tell_other(const mini_mm_event& event) {
    switch (event.kind) {
      case MINI_MM_EVENT_SLAB_GROW: {
        const Slab* slab = slabs_.slab_at(event.cache, event.page);
        const std::size_t room = slab == nullptr ? 0 : slab->used.size();
        lines_.push_back(fmt::format("a new slab of {} ({}) from the pages at {}, for {}{}",
                                     count_text(event.pages, "page"), bytes(event.pages), event.page,
                                     cache_name(event.cache),
                                     room == 0 ? "" : fmt::format(": room for {}", count_text(room, "object"))));
        if (const std::uint32_t whole = std::bit_ceil(event.pages);
            whole > event.pages && story_.page_engine != "naive")
          lines_.push_back(fmt::format("of the block of {}, {} at the end {} back at once", count_text(whole, "page"),
                                       count_text(whole - event.pages, "page"),
                                       whole - event.pages == 1 ? "goes" : "go"));
        break;
      }
      case MINI_MM_EVENT_SLAB_REAP:
        /* What merges now are its pages. */
        freed_ = event.page;
        lines_.push_back(fmt::format("the empty slab at page {} of {} goes back: {} ({})", event.page,
                                     cache_name(event.cache), count_text(event.pages, "page"), bytes(event.pages)));
        break;
      case MINI_MM_EVENT_PAGE_FAIL:
        lines_.push_back(
            fmt::format("no block of {} ({}) can be had", count_text(event.pages, "page"), bytes(event.pages)));
        break;
      case MINI_MM_EVENT_OBJ_FAIL:
        lines_.push_back(fmt::format("no object of {} can be had", cache_name(event.cache)));
        break;
      case MINI_MM_EVENT_REFUSED:
        lines_.push_back("that free is refused, and changes nothing");
        break;
      default:
        lines_.push_back("something that this minimm has no words for");
    }
  }

  const Story& story_;
  SlabTracker& slabs_;
  std::vector<std::string> lines_;
  std::uint32_t freed_ = ~std::uint32_t{0};
};

/* First pages of the arena's own slabs. */
std::set<std::uint32_t> own_slabs(const Snapshot& snapshot) {
  std::set<std::uint32_t> pages;
  for (const mini_mm_block& block : snapshot.blocks)
    if (block.kind == MINI_MM_KIND_SLAB && block.cache == 0) pages.insert(block.page);
  return pages;
}

}  // namespace

std::string kilobytes(std::uint64_t bytes) {
  if (bytes != 0 && bytes % (1024 * 1024) == 0) return fmt::format("{} MB", bytes / (1024 * 1024));
  if (bytes != 0 && bytes % 1024 == 0) return fmt::format("{} KB", bytes / 1024);
  return fmt::format("{} bytes", bytes);
}

std::string block_name(const Story& story, std::uint32_t page, std::uint32_t order) {
  if (!story.halves_have_names || !std::has_single_bit(story.pages)) return "";
  const auto segment = static_cast<std::uint32_t>(std::countr_zero(story.pages));
  constexpr std::uint32_t letters = 26;
  if (order >= segment || segment - order > letters) return "";
  if (page != 0 && page != 1u << order) return "";
  return fmt::format("{}_{}", static_cast<char>('A' + static_cast<char>(segment - 1 - order)), page == 0 ? 'L' : 'R');
}

std::vector<std::string> tell(const Story& story, const std::vector<mini_mm_event>& events, SlabTracker& slabs,
                              const Snapshot& before, const Snapshot& after) {
  std::vector<std::string> lines = Teller(story, slabs).tell(events);
  const std::set<std::uint32_t> then = own_slabs(before);
  for (const std::uint32_t page : own_slabs(after))
    if (!then.contains(page))
      lines.push_back(
          fmt::format("page {} becomes a slab of the arena's own: there lies the management data of slabs "
                      "that have none on them",
                      page));
  return lines;
}

std::string blocks_text(const std::vector<mini_mm_block>& blocks) {
  std::string text;
  for (const mini_mm_block& block : blocks) {
    const std::uint32_t last = block.page + (1u << block.order) - 1;
    const char* kind = block.kind == MINI_MM_KIND_FREE ? "free" : block.kind == MINI_MM_KIND_PAGES ? "pages" : "slab";
    const std::string range = last == block.page ? fmt::format("{}", last) : fmt::format("{}-{}", block.page, last);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", range, kind);
  }
  return text;
}

}  // namespace minimm
