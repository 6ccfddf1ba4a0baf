/* SPDX-License-Identifier: GPL-2.0 */
#include <unistd.h>

#include "commands/commands.hpp"
#include "commands/proc_file.hpp"
#include "text/proc_files.hpp"

namespace minimm {
namespace {

struct Slabinfo {
  void run(Session& session) const {
    const std::vector<SlabLine> lines = parse_slabinfo(read_proc_file("/proc/mini_slabinfo"));
    if (!session.json) return Session::show(slabinfo_table(lines, static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))));
    Json caches = Json::array();
    for (const SlabLine& line : lines)
      caches.add(Json{{"cache", line.cache},
                      {"active_objects", line.active_objects},
                      {"objects", line.objects},
                      {"slot_size", line.slot_size},
                      {"objects_per_slab", line.objects_per_slab},
                      {"pages_per_slab", line.pages_per_slab},
                      {"active_slabs", line.active_slabs},
                      {"slabs", line.slabs},
                      {"magazine_size", line.magazine_size},
                      {"batch", line.batch},
                      {"depot_magazines", line.depot_magazines},
                      {"depot_objects", line.depot_objects}});
    Session::show(Json{{"caches", caches}});
  }
};

}  // namespace

void add_slabinfo(Command root) { root.leaf<Slabinfo>("slabinfo", "the caches, from /proc/mini_slabinfo (root only)"); }

}  // namespace minimm
