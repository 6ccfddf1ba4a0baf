/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events of an arena's log, as names and as JSON.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <optional>
#include <string_view>

#include "text/json.hpp"

namespace minimm {

/* "split"; "event" for a kind that this minimm does not know. */
std::string_view event_name(std::uint16_t kind);

/* A block of pages, or an object: what a log is asked about. */
struct Place {
  std::uint32_t page = 0;
  std::uint32_t pages = 1;
  std::optional<std::uint32_t> offset; /* of the object in its page */
};

/*
 * Whether @event is about that place: of a block whatever happened to any of its pages; of an object what happened to
 * it, to its slab, and to the block that was there before.
 */
bool concerns(const mini_mm_event& event, const Place& place);

/* With the fields that its kind has. */
Json as_json(const mini_mm_event& event);

}  // namespace minimm
