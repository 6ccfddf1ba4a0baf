/* SPDX-License-Identifier: GPL-2.0 */
#include <unistd.h>

#include "commands/commands.hpp"
#include "commands/proc_file.hpp"
#include "text/proc_files.hpp"

namespace minimm {
namespace {

struct Buddyinfo {
  void run(Session& session) const {
    const std::vector<BuddyLine> lines = parse_buddyinfo(read_proc_file("/proc/mini_buddyinfo"));
    if (!session.json)
      return Session::show(buddyinfo_table(lines, static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))));
    Json arenas = Json::array();
    for (const BuddyLine& line : lines) arenas.add(Json{{"arena", line.arena}, {"free_blocks", line.free_blocks}});
    Session::show(Json{{"arenas", arenas}});
  }
};

}  // namespace

void add_buddyinfo(Command root) {
  root.leaf<Buddyinfo>("buddyinfo", "free blocks by order, from /proc/mini_buddyinfo");
}

}  // namespace minimm
