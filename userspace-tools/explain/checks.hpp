/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a step came out as its scenario says.
 */
#pragma once

#include <string>

#include "explain/scenarios.hpp"
#include "explain/story.hpp"

namespace minimm {

/* @step is complete; @refused: the name of the reason for which its command was refused, or "". */
CheckResult evaluate(const Check& check, const Story& story, const Step& step, const std::string& refused);

}  // namespace minimm
