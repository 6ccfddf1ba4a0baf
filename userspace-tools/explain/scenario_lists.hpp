/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of scenarios().
 */
#pragma once

#include <vector>

#include "explain/scenarios.hpp"

namespace minimm {

std::vector<Scenario> page_scenarios();
std::vector<Scenario> slab_scenarios();
/* Other page engines and placements, and fragmentation. */
std::vector<Scenario> engine_scenarios();

}  // namespace minimm
