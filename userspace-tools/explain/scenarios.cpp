/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/scenarios.hpp"

#include "explain/scenario_lists.hpp"

namespace minimm {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all = [] {
    std::vector<Scenario> list = page_scenarios();
    for (auto* more : {slab_scenarios, engine_scenarios})
      for (Scenario& scenario : more()) list.push_back(std::move(scenario));
    return list;
  }();
  return all;
}

std::vector<ScenarioStep> steps_from(std::string_view text) {
  std::vector<ScenarioStep> steps;
  std::string sentence;
  while (!text.empty()) {
    const std::size_t line_end = text.find('\n');
    std::string_view line = trimmed(text.substr(0, line_end));
    text.remove_prefix(line_end == std::string_view::npos ? text.size() : line_end + 1);
    if (line.starts_with('#')) {
      sentence += (sentence.empty() ? "" : " ") + std::string(trimmed(line.substr(1)));
      continue;
    }
    while (!line.empty()) {
      const std::size_t end = line.find(';');
      const std::string_view command = trimmed(line.substr(0, end));
      line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
      if (command.empty()) continue;
      steps.push_back({sentence, {std::string(command)}});
      sentence.clear();
    }
  }
  return steps;
}

}  // namespace minimm
