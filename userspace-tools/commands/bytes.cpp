/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/operations.hpp"

namespace minimm {
namespace {

/* kmalloc and vmalloc: bytes of an arena, by different ways. */
template <std::uint32_t kOpcode>
struct Alloc {
  static constexpr const char* kName = kOpcode == MINI_MM_OP_KMALLOC ? "kmalloc" : "vmalloc";

  std::uint64_t size = 0;
  std::uint32_t count = 1;
  bool zero = false;
  std::string arena = "default";

  void run(Session& session) const {
    session.made.emplace();
    mini_mm_op op{};
    op.opcode = kOpcode;
    op.flags = session.keep_flag() | (zero ? MINI_MM_ZERO : 0);
    op.target = session.device().arena(arena).id;
    op.length = size;
    allocate(session, op, count, fmt::format("{} {} in arena {}", kName, short_size_text(size), arena));
  }

  static void add(Command root, const std::string& help, const std::string& example) {
    auto [command, alloc] = root.leaf<Alloc>(kName, help);
    command.positional_size("SIZE", alloc.size, "in bytes, or with K, M or G");
    command.option("--count", "K", alloc.count, "how many; 1 if not given");
    command.flag("--zero", alloc.zero, "filled with zeros");
    command.option("--arena", "ARENA", alloc.arena, "where; 'default' if not given");
    command.footer(example);
  }
};

struct Free {
  std::vector<std::uint64_t> handles;

  void run(Session& session) const { release(session, MINI_MM_OP_FREE, handles, "free"); }
};

}  // namespace

void add_bytes(Command root) {
  Alloc<MINI_MM_OP_KMALLOC>::add(root,
                                 "allocate bytes from the general caches, above 8K from pages; prints a handle a line",
                                 "Example: h=$(minimm kmalloc 100) && minimm fill $h 0xa5");
  Alloc<MINI_MM_OP_VMALLOC>::add(root,
                                 "allocate bytes from scattered pages, mapped contiguously; prints a handle a line",
                                 "Example: h=$(minimm vmalloc 1M --zero)");
  auto [command, free] = root.leaf<Free>("free", "free whatever has a handle");
  command.positional("HANDLE", free.handles, "what an allocating command printed");
}

}  // namespace minimm
