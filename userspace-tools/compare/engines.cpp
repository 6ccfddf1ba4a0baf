/* SPDX-License-Identifier: GPL-2.0 */
#include "compare/engines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "text/numbers.hpp"

namespace minimm {
namespace {

/* That there may be, in some module. */
constexpr std::string_view kPageEngines = "eager,lazy,naive";
constexpr std::string_view kPlacements = "lifo,lowest";
constexpr std::string_view kObjectEngines = "slab,slub,slob,class";

std::string one_of(std::string_view name, const std::vector<std::string>& names, const char* what) {
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw UsageError(fmt::format("compare: unknown {} '{}'; there are {}", what, name, fmt::join(names, ", ")));
  return std::string(name);
}

template <class Take>
void each_of(std::string_view list, Take take) {
  for (;;) {
    const std::size_t comma = list.find(',');
    take(list.substr(0, comma));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
    if (list.starts_with(' ')) list.remove_prefix(1);
  }
}

/* Those of @list, then those of @more that are not in it. */
std::vector<std::string> names_of(std::string_view list, std::string_view more) {
  std::vector<std::string> names;
  const auto add = [&names](std::string_view name) {
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  };
  each_of(list, add);
  each_of(more, add);
  return names;
}

}  // namespace

EngineNames::EngineNames(std::string_view page_list, std::string_view placement_list, std::string_view object_list)
    : page_engines(names_of(page_list, kPageEngines)),
      placements(names_of(placement_list, kPlacements)),
      object_engines(names_of(object_list, kObjectEngines)) {}

std::string EngineChoice::pages() const { return placement.empty() ? page_engine : page_engine + '/' + placement; }

std::vector<EngineChoice> parse_engines(std::string_view pages, std::string_view objects, const EngineNames& names) {
  std::vector<EngineChoice> choices;
  each_of(pages, [&](std::string_view pair) {
    const std::size_t slash = pair.find('/');
    EngineChoice choice;
    choice.page_engine = one_of(pair.substr(0, slash), names.page_engines, "page engine");
    if (slash != std::string_view::npos)
      choice.placement = one_of(pair.substr(slash + 1), names.placements, "placement");
    each_of(objects, [&](std::string_view name) {
      if (!objects.empty()) choice.object_engine = one_of(name, names.object_engines, "object engine");
      choices.push_back(choice);
    });
  });
  return choices;
}

std::vector<EngineChoice> all_engines(const EngineNames& names, bool objects) {
  std::vector<EngineChoice> choices;
  if (objects) {
    for (const std::string& name : names.object_engines) choices.push_back({"", "", name});
    return choices;
  }
  for (const std::string& engine : names.page_engines)
    for (const std::string& placement : names.placements) choices.push_back({engine, placement, ""});
  return choices;
}

}  // namespace minimm
