/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A story as one picture, all steps below each other, for a screen or for print. It needs nothing else.
 */
#pragma once

#include <string>

#include "explain/story.hpp"

namespace minimm {

std::string story_svg(const Story& story);

}  // namespace minimm
