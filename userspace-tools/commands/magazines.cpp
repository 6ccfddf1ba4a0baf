/* SPDX-License-Identifier: GPL-2.0 */
#include "commands/magazines.hpp"

#include <fmt/format.h>

namespace minimm {

void add_magazines(Command command, Magazines& magazines, Need need) {
  const auto take = [&size = magazines.size](const std::string& text) {
    if (text == "0") throw UsageError("'0' is no size; 'none' turns the per-CPU layer off");
    size = text == "none" ? 0 : static_cast<std::uint16_t>(parse_number(text, MINI_MM_NO_MAGAZINES - 1));
  };
  command.option("--magazine-size", "N|none", take, "objects in a CPU's magazine, pages in a CPU's list; 256 at most",
                 need);
  command.option("--batch", "N", magazines.batch,
                 "how many go between a CPU and the allocators at a time; half of them if not given");
}

void show_magazines(const Session& session, const std::string& name, const char* what, std::uint32_t size,
                    std::uint32_t batch) {
  if (session.json) return Session::show(Json{{"name", name}, {"magazine_size", size}, {"batch", batch}});
  if (size == 0) return Session::show(fmt::format("{}: the CPUs keep no {}\n", name, what));
  Session::show(fmt::format("{}: lists of {} {}, {} at a time\n", name, size, what, batch));
}

}  // namespace minimm
