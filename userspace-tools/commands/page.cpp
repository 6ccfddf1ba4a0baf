/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <optional>

#include "commands/commands.hpp"
#include "commands/operations.hpp"

namespace minimm {
namespace {

/* The smallest order of which a block has @bytes, or one that no arena has. */
std::uint32_t order_for(std::uint64_t bytes, std::uint64_t page_size) {
  std::uint32_t order = 0;
  while (order < MINI_MM_ORDERS && page_size << order < bytes) order++;
  return order;
}

struct Alloc {
  std::optional<std::uint32_t> order;
  std::optional<std::uint64_t> size;
  std::uint32_t count = 1;
  bool zero = false;
  bool movable = false;
  bool reclaimable = false;
  std::string arena = "default";

  void run(Session& session) const {
    if (!order && !size) throw UsageError("page alloc: --order is missing, or --size; see 'minimm page alloc --help'");
    if (order && size)
      throw UsageError("page alloc: --order and --size exclude each other; see 'minimm page alloc --help'");
    if (size == 0) throw UsageError("page alloc: --size has to be 1 or more; see 'minimm page alloc --help'");
    session.made.emplace();
    const std::uint64_t page_size = size ? session.device().info().page_size : 0;
    mini_mm_op op{};
    op.opcode = MINI_MM_OP_PAGE_ALLOC;
    op.flags = session.keep_flag() | (zero ? MINI_MM_ZERO : 0) | (movable ? MINI_MM_MOVABLE : 0) |
               (reclaimable ? MINI_MM_RECLAIMABLE : 0);
    op.target = session.device().arena(arena).id;
    op.order = size ? order_for(*size, page_size) : *order;
    if (!size) return allocate(session, op, count, fmt::format("page alloc --order {} in arena {}", *order, arena));
    allocate(session, op, count, fmt::format("page alloc --size {} in arena {}", *size, arena),
             {{"order", op.order}, {"bytes", page_size << op.order}});
    if (session.json) return;
    const std::uint64_t got = page_size << op.order;
    Session::note(fmt::format("{}{}: order {}, {}", size_text(*size),
                              got == *size ? "" : fmt::format(" are rounded up to {}", size_text(got)), op.order,
                              count_text(std::uint64_t{1} << op.order, "page")));
  }
};

struct Range {
  std::uint64_t size = 0;
  std::uint64_t at = MINI_MM_ANYWHERE;
  std::uint32_t align_order = 0;
  bool zero = false;
  std::string arena = "default";

  void run(Session& session) const {
    mini_mm_op op{};
    op.opcode = MINI_MM_OP_RANGE_ALLOC;
    op.flags = session.keep_flag() | (zero ? MINI_MM_ZERO : 0);
    op.target = session.device().arena(arena).id;
    op.offset = at;
    op.order = align_order;
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
    command.option("--order", "N", alloc.order, "2^N pages a block");
    command.size("--size", alloc.size, "instead: bytes, with K, M or G; rounded up to 2^N pages");
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
    command.option("--align-order", "N", range.align_order, "the first page is a multiple of 2^N; not with --at");
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
