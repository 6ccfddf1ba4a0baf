/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The engines that a comparison can ask for, by name. Whether the module has one, only the module knows.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minimm {

/* "" stands for the module's own choice. */
struct EngineChoice {
  std::string page_engine;
  std::string placement;
  std::string object_engine;

  /* "lazy/lowest" */
  std::string pages() const;
};

/* From "eager/lifo,naive" and "slab,slub": each of the one with each of the other. UsageError lists the valid names. */
std::vector<EngineChoice> parse_engines(std::string_view pages, std::string_view objects);

/* All page engines there may be, in their usual placements; all object engines. */
extern const std::string_view kAllEngines;
extern const std::string_view kAllObjectEngines;

}  // namespace minimm
