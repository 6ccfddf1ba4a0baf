/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A story as a picture: the segment after each step as a bar, to scale, its blocks labelled, those that changed
 * outlined; splits and merges as a tree between the bars; slabs with a cell an object.
 */
#pragma once

#include <string>

#include "explain/story.hpp"

namespace minimm {

/* One file, all steps below each other, for a screen or for print. */
std::string story_svg(const Story& story);

/* The picture of one step (or of the beginning, with kBeginning) without style, for a page that has svg_classes(). */
std::string step_svg(const Story& story, std::size_t number);

}  // namespace minimm
