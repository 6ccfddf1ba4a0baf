/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include "commands/commands.hpp"
#include "commands/operations.hpp"

namespace minimm {
namespace {

struct Check {
  std::uint64_t handle = 0;
  std::uint8_t byte = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  void run(Session& session) const {
    mini_mm_op op{};
    op.opcode = MINI_MM_OP_CHECK;
    op.handle = handle;
    op.offset = offset;
    op.length = length;
    op.byte = byte;
    perform(session, op, fmt::format("check {} for 0x{:02x}", handle, byte));
    if (session.json) Session::show(Json{{"checked", handle}, {"byte", byte}});
  }
};

}  // namespace

void add_check(Command root) {
  auto [command, check] = root.leaf<Check>("check", "check that a block or an object is filled with a byte");
  command.positional("HANDLE", check.handle, "what to check");
  command.positional("BYTE", check.byte, "0 to 255, or 0x00 to 0xff");
  command.size("--offset", check.offset, "from here on; 0 if not given");
  command.size("--length", check.length, "so many bytes; to the end if not given");
}

}  // namespace minimm
