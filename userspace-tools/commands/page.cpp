/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/operations.hpp"

namespace minimm {
namespace {

struct Alloc {
  std::uint32_t order = 0;
  std::uint32_t count = 1;
  bool zero = false;
  bool movable = false;
  bool reclaimable = false;
  std::string arena = "default";

  void run(Session& session) const {
    session.made.emplace();
    mini_mm_op op{};
    op.opcode = MINI_MM_OP_PAGE_ALLOC;
    op.flags = session.keep_flag() | (zero ? MINI_MM_ZERO : 0) | (movable ? MINI_MM_MOVABLE : 0) |
               (reclaimable ? MINI_MM_RECLAIMABLE : 0);
    op.target = session.device().arena(arena).id;
    op.order = order;
    allocate(session, op, count, fmt::format("page alloc --order {} in arena {}", order, arena));
  }
};

struct Range {
  std::uint64_t size = 0;
  std::uint64_t at = MINI_MM_ANYWHERE;
  bool zero = false;
  std::string arena = "default";

  void run(Session& session) const {
    mini_mm_op op{};
    op.opcode = MINI_MM_OP_RANGE_ALLOC;
    op.flags = session.keep_flag() | (zero ? MINI_MM_ZERO : 0);
    op.target = session.device().arena(arena).id;
    op.offset = at;
    op.length = size;
    const std::string where = at == MINI_MM_ANYWHERE ? "" : fmt::format(" at {}", at);
    allocate(session, op, 1, fmt::format("page range of {} bytes{} in arena {}", size, where, arena));
  }
};

struct Free {
  std::vector<std::uint64_t> handles;

  void run(Session& session) const { release(session, MINI_MM_OP_PAGE_FREE, handles, "page free"); }
};

}  // namespace

void add_page(Command root) {
  Command page = root.group("page", "blocks of 2^N pages");
  {
    auto [command, alloc] = page.leaf<Alloc>("alloc", "allocate blocks of pages; prints a handle a line");
    command.option("--order", "N", alloc.order, "2^N pages a block", Need::required);
    command.option("--count", "K", alloc.count, "how many blocks; 1 if not given");
    command.flag("--zero", alloc.zero, "filled with zeros");
    command.flag("--movable", alloc.movable, "may be moved to another place while it is not mapped");
    command.flag("--reclaimable", alloc.reclaimable, "kept together with blocks whose content can be made again");
    command.option("--arena", "ARENA", alloc.arena, "where; 'default' if not given");
    command.footer("Example: h=$(minimm page alloc --order 3)");
  }
  {
    auto [command, range] =
        page.leaf<Range>("range", "allocate exactly so many pages, wherever they are or at one place; prints a handle");
    command.size("--size", range.size, "bytes, with K, M or G; rounded up to whole pages", Need::required);
    command.size("--at", range.at, "bytes from the region's start, a multiple of the page size");
    command.flag("--zero", range.zero, "filled with zeros");
    command.option("--arena", "ARENA", range.arena, "where; 'default' if not given");
    command.footer("Example: minimm page range --size 21K");
  }
  {
    auto [command, free] = page.leaf<Free>("free", "free blocks of pages");
    command.positional("HANDLE", free.handles, "what 'page alloc' printed");
  }
}

}  // namespace minimm
