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

/* Names that a choice may have: those of the module, and others of which it is said that the module has them not. */
struct EngineNames {
  std::vector<std::string> page_engines;
  std::vector<std::string> placements;
  std::vector<std::string> object_engines;

  /* As the module lists them: "eager, lazy". */
  EngineNames(std::string_view page_engines, std::string_view placements, std::string_view object_engines);
};

/* From "eager/lifo,naive" and "slab,slub": each of the one with each of the other. UsageError lists the valid names. */
std::vector<EngineChoice> parse_engines(std::string_view pages, std::string_view objects, const EngineNames& names);

/* Each engine of @names in each placement, and each object engine if @objects: some of them no module may have. */
std::vector<EngineChoice> all_engines(const EngineNames& names, bool objects);

}  // namespace minimm
