/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A story for a terminal, and as JSON.
 */
#pragma once

#include <string>

#include "explain/story.hpp"
#include "text/json.hpp"
#include "text/map_picture.hpp"

namespace minimm {

/* Title, introduction, and the segment before the first step. */
std::string beginning_text(const Story& story, const MapStyle& style);
std::string step_text(const Story& story, std::size_t number, const MapStyle& style);

Json as_json(const Story& story);

}  // namespace minimm
