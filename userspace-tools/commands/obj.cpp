/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/operations.hpp"

namespace minimm {
namespace {

struct Alloc {
  std::string cache;
  std::uint32_t count = 1;
  std::uint64_t size = 0;
  bool zero = false;

  void run(Session& session) const {
    session.made.emplace();
    mini_mm_op op{};
    op.opcode = MINI_MM_OP_OBJ_ALLOC;
    op.flags = session.keep_flag() | (zero ? MINI_MM_ZERO : 0);
    op.target = session.device().cache(cache).id;
    op.length = size;
    allocate(session, op, count, fmt::format("obj alloc {}", cache));
  }
};

struct Free {
  std::vector<std::uint64_t> handles;

  void run(Session& session) const { release(session, MINI_MM_OP_OBJ_FREE, handles, "obj free"); }
};

}  // namespace

void add_obj(Command root) {
  Command obj = root.group("obj", "objects of a cache");
  {
    auto [command, alloc] = obj.leaf<Alloc>("alloc", "allocate objects; prints a handle a line");
    command.positional("CACHE", alloc.cache, "'cache', or 'arena:cache' outside the default arena");
    command.option("--count", "K", alloc.count, "how many objects; 1 if not given");
    command.size("--size", alloc.size, "bytes, up to the cache's size, which it is if not given");
    command.flag("--zero", alloc.zero, "filled with zeros");
    command.footer("Example: minimm cache create foo --size 192 && minimm obj alloc foo --count 3");
  }
  {
    auto [command, free] = obj.leaf<Free>("free", "free objects");
    command.positional("HANDLE", free.handles, "what 'obj alloc' printed");
  }
}

}  // namespace minimm
