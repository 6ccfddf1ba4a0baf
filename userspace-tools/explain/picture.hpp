/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The picture of one step: splits and merges as a tree, the segment as a bar to scale below it, and the slabs with
 * a cell an object. What the step changed is outlined.
 */
#pragma once

#include <string_view>

#include "explain/markup.hpp"
#include "explain/story.hpp"

namespace minimm {

constexpr double kPictureWidth = 1200;
constexpr double kPictureMargin = 30;

/* Draws from @y downwards, and returns where it ended. @number: a step, or kBeginning (engine.hpp). */
double draw_picture(Canvas& canvas, const Story& story, std::size_t number, double y);

/* The style sheet for its classes. Colours are the variables --paper, --ink, --free, --pages, --own, --c0 to --c4. */
std::string_view picture_style();

}  // namespace minimm
