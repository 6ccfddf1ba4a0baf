/* SPDX-License-Identifier: GPL-2.0 */
#include "text/interrupts.hpp"

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

namespace minimm {

std::uint64_t InterruptTimes::count() const { return longer_than(0); }

std::uint64_t InterruptTimes::longer_than(std::uint32_t us) const {
  std::uint64_t sum = longer;
  for (const Share& some : up_to)
    if (some.us > us) sum += some.count;
  return sum;
}

InterruptTimes parse_interrupt_times(std::string_view text) {
  InterruptTimes times;
  std::istringstream file{std::string(text)};
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "measured") {
      continue;
    } else if (what == "longest_ns") {
      words >> times.longest_ns;
      if (words && !words.eof()) words >> times.where;
    } else if (what == "up_to_us") {
      InterruptTimes::Share& some = times.up_to.emplace_back();
      words >> some.us >> some.count;
    } else if (what == "longer") {
      words >> times.longer;
    } else {
      words.setstate(std::ios::failbit);
    }
    if (!words) throw std::runtime_error(fmt::format("debugfs has a line of another format: '{}'", line));
  }
  return times;
}

Json as_json(const InterruptTimes& times) {
  Json up_to = Json::array();
  for (const InterruptTimes::Share& some : times.up_to) up_to.add(Json{{"us", some.us}, {"count", some.count}});
  return {{"longest_ns", times.longest_ns},
          {"where", times.where},
          {"count", times.count()},
          {"up_to", up_to},
          {"longer", times.longer}};
}

}  // namespace minimm
