/* SPDX-License-Identifier: GPL-2.0 */
#include "compare/engines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "text/numbers.hpp"

namespace minimm {
namespace {

constexpr std::array<std::string_view, 3> kPageEngines = {"eager", "lazy", "naive"};
constexpr std::array<std::string_view, 2> kPlacements = {"lifo", "lowest"};
constexpr std::array<std::string_view, 4> kObjectEngines = {"slab", "slub", "slob", "class"};

std::string one_of(std::string_view name, std::span<const std::string_view> names, const char* what) {
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
  }
}

}  // namespace

const std::string_view kAllEngines = "eager/lifo,eager/lowest,lazy/lifo,lazy/lowest,naive";
const std::string_view kAllObjectEngines = "slab,slub,slob,class";

std::string EngineChoice::pages() const { return placement.empty() ? page_engine : page_engine + '/' + placement; }

std::vector<EngineChoice> parse_engines(std::string_view pages, std::string_view objects) {
  std::vector<EngineChoice> choices;
  each_of(pages, [&](std::string_view pair) {
    const std::size_t slash = pair.find('/');
    EngineChoice choice;
    choice.page_engine = one_of(pair.substr(0, slash), kPageEngines, "page engine");
    if (slash != std::string_view::npos) choice.placement = one_of(pair.substr(slash + 1), kPlacements, "placement");
    each_of(objects, [&](std::string_view name) {
      if (!objects.empty()) choice.object_engine = one_of(name, kObjectEngines, "object engine");
      choices.push_back(choice);
    });
  });
  return choices;
}

}  // namespace minimm
