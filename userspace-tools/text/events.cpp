/* SPDX-License-Identifier: GPL-2.0 */
#include "text/events.hpp"

namespace minimm {

std::string_view event_name(std::uint16_t kind) {
  switch (kind) {
    case MINI_MM_EVENT_PAGE_ALLOC:
      return "page alloc";
    case MINI_MM_EVENT_PAGE_FREE:
      return "page free";
    case MINI_MM_EVENT_PAGE_SPLIT:
      return "split";
    case MINI_MM_EVENT_PAGE_MERGE:
      return "merge";
    case MINI_MM_EVENT_SLAB_GROW:
      return "slab grow";
    case MINI_MM_EVENT_SLAB_REAP:
      return "slab reap";
    case MINI_MM_EVENT_OBJ_ALLOC:
      return "obj alloc";
    case MINI_MM_EVENT_OBJ_FREE:
      return "obj free";
    case MINI_MM_EVENT_PAGE_FAIL:
      return "page fail";
    case MINI_MM_EVENT_OBJ_FAIL:
      return "obj fail";
    case MINI_MM_EVENT_REFUSED:
      return "refused";
  }
  return "event";
}

bool concerns(const mini_mm_event& event, const Place& place) {
  std::uint64_t pages = event.pages;
  switch (event.kind) {
    case MINI_MM_EVENT_PAGE_FAIL:
    case MINI_MM_EVENT_OBJ_FAIL:
      return false;
    case MINI_MM_EVENT_OBJ_ALLOC:
    case MINI_MM_EVENT_OBJ_FREE:
      pages = 1;
      break;
    case MINI_MM_EVENT_PAGE_SPLIT:
      if (place.offset) return false;
      break;
    case MINI_MM_EVENT_PAGE_MERGE:
      if (place.offset) return false;
      /* Of two buddies. */
      pages *= 2;
      break;
    default:
      pages = pages == 0 ? 1 : pages;
  }
  const bool of_object =
      event.cache != 0 && event.kind != MINI_MM_EVENT_SLAB_GROW && event.kind != MINI_MM_EVENT_SLAB_REAP;
  if (place.offset && of_object) return event.page == place.page && event.offset == *place.offset;
  return event.page < std::uint64_t{place.page} + place.pages && place.page < event.page + pages;
}

Json as_json(const mini_mm_event& event) {
  Json json{{"seq", event.seq}, {"time_ns", event.time_ns}, {"event", event_name(event.kind)}};
  const bool of_object = event.kind == MINI_MM_EVENT_OBJ_ALLOC || event.kind == MINI_MM_EVENT_OBJ_FREE;
  const bool nowhere = event.kind == MINI_MM_EVENT_PAGE_FAIL || event.kind == MINI_MM_EVENT_OBJ_FAIL;
  if (!nowhere) json.add("page", event.page);
  if (event.cache == 0) json.add("order", event.order);
  if (event.cache != 0) json.add("cache", event.cache);
  if (event.pages != 0) json.add("pages", event.pages);
  if (of_object) json.add("offset", event.offset);
  json.add("pid", event.pid);
  return json;
}

}  // namespace minimm
