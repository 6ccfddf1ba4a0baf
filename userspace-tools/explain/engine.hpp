/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a scenario in an arena of its own, and records what happens.
 */
#pragma once

#include <functional>
#include <optional>

#include "explain/scenarios.hpp"
#include "explain/story.hpp"
#include "refused.hpp"

namespace minimm {

/* Each step as it is done; before the first, kBeginning. */
using OnStep = std::function<void(const Story& story, std::size_t step)>;

constexpr std::size_t kBeginning = ~std::size_t{0};

/*
 * The arena and all in it belong to an open file of its own, and go away with that, whatever happens. A refusal
 * that was not meant ends the story, after its step was told. Refused when the module does not have what the
 * scenario needs; UsageError for a command that makes no sense.
 */
struct Outcome {
  Story story;
  std::optional<Refused> ending;
};
Outcome run_scenario(const Scenario& scenario, const OnStep& on_step);

}  // namespace minimm
