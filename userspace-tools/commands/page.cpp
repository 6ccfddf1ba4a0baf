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
  std::string arena = "default";

  void run(Session& session) const {
    session.made.emplace();
    mini_mm_op op{};
    op.opcode = MINI_MM_OP_PAGE_ALLOC;
    op.flags = session.keep_flag() | (zero ? MINI_MM_ZERO : 0);
    op.target = session.device().arena(arena).id;
    op.order = order;
    allocate(session, op, count, fmt::format("page alloc --order {} in arena {}", order, arena));
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
    command.option("--arena", "ARENA", alloc.arena, "where; 'default' if not given");
    command.footer("Example: h=$(minimm page alloc --order 3)");
  }
  {
    auto [command, free] = page.leaf<Free>("free", "free blocks of pages");
    command.positional("HANDLE", free.handles, "what 'page alloc' printed");
  }
}

}  // namespace minimm
