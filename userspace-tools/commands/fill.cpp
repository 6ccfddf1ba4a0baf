/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/operations.hpp"

namespace minimm {
namespace {

struct Fill {
  std::uint64_t handle = 0;
  std::uint8_t byte = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  void run(Session& session) const {
    mini_mm_op op{};
    op.opcode = MINI_MM_OP_FILL;
    op.handle = handle;
    op.offset = offset;
    op.length = length;
    op.byte = byte;
    perform(session, op, fmt::format("fill {}", handle));
    if (session.json) Session::show(Json{{"filled", handle}, {"byte", byte}});
  }
};

}  // namespace

void add_fill(Command root) {
  auto [command, fill] = root.leaf<Fill>("fill", "fill a block or an object with a byte");
  command.positional("HANDLE", fill.handle, "what to fill");
  command.positional("BYTE", fill.byte, "0 to 255, or 0x00 to 0xff");
  command.size("--offset", fill.offset, "from here on; 0 if not given");
  command.size("--length", fill.length, "so many bytes; to the end if not given");
}

}  // namespace minimm
