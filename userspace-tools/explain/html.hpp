/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A story as a page for a lecture: one step at a time, forward and back with buttons and arrow keys. It is one
 * file that needs nothing else; without scripts, and in print, all steps are below each other.
 */
#pragma once

#include <string>

#include "explain/story.hpp"

namespace minimm {

std::string story_html(const Story& story);

}  // namespace minimm
