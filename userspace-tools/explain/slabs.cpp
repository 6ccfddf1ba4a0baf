/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/slabs.hpp"

#include <algorithm>
#include <iterator>

namespace minimm {
namespace {

constexpr std::uint64_t kPageSize = 4096;

}  // namespace

std::string_view state_of(const Slab& slab) {
  if (slab.in_use == 0) return "empty";
  return slab.in_use == slab.used.size() ? "full" : "partial";
}

void SlabTracker::take(const mini_mm_event& event) {
  switch (event.kind) {
    case MINI_MM_EVENT_SLAB_GROW: {
      const auto cache = caches_.find(event.cache);
      slabs_[event.page] = {event.cache, event.page, event.pages, 0,
                            std::vector<bool>(cache == caches_.end() ? 0 : cache->second.objects)};
      break;
    }
    case MINI_MM_EVENT_SLAB_REAP:
      slabs_.erase(event.page);
      break;
    case MINI_MM_EVENT_OBJ_ALLOC:
      mark(event, true);
      break;
    case MINI_MM_EVENT_OBJ_FREE:
      mark(event, false);
      break;
    case MINI_MM_EVENT_REFUSED:
      /* The free before it did not happen after all. */
      if (event.cache != 0 && unmarked_ == event.seq - 1) mark(event, true);
      break;
    default:
      break;
  }
}

const Slab* SlabTracker::slab_at(std::uint32_t cache, std::uint32_t page) const {
  const auto behind = slabs_.upper_bound(page);
  if (behind == slabs_.begin()) return nullptr;
  const Slab& slab = std::prev(behind)->second;
  return slab.cache == cache && page < slab.page + slab.pages ? &slab : nullptr;
}

std::uint32_t SlabTracker::object_of(const Slab& slab, const mini_mm_event& event) const {
  const auto cache = caches_.find(slab.cache);
  if (cache == caches_.end() || cache->second.slot_size == 0) return 0;
  /* A slab's objects begin at its colour, which is smaller than a slot, or just as large: then the last one tells. */
  const std::uint64_t offset = (event.page - slab.page) * kPageSize + event.offset;
  const auto index = static_cast<std::uint32_t>(offset / cache->second.slot_size);
  return slab.used.empty() ? index : std::min(index, static_cast<std::uint32_t>(slab.used.size() - 1));
}

void SlabTracker::mark(const mini_mm_event& event, bool used) {
  const Slab* found = slab_at(event.cache, event.page);
  if (found == nullptr) return;
  Slab& slab = slabs_[found->page];
  const std::uint32_t object = object_of(slab, event);
  if (object >= slab.used.size()) {
    slab.in_use += used ? 1 : -(slab.in_use > 0);
  } else if (slab.used[object] != used) {
    if (!used) unmarked_ = event.seq;
    slab.used[object] = used;
    slab.in_use += used ? 1 : -1;
  }
}

}  // namespace minimm
