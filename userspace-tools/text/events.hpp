/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events of an arena's log, as names and as JSON.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <string_view>

#include "text/json.hpp"

namespace minimm {

/* "split"; "event" for a kind that this minimm does not know. */
std::string_view event_name(std::uint16_t kind);

/* With the fields that its kind has. */
Json as_json(const mini_mm_event& event);

}  // namespace minimm
