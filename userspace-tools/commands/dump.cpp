/* SPDX-License-Identifier: GPL-2.0 */
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "commands/commands.hpp"
#include "text/hexdump.hpp"

namespace minimm {
namespace {

struct Dump {
  std::uint64_t handle = 0;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  void run(Session& session) const {
    const std::uint64_t size = session.device().handle(handle).size;
    std::uint64_t left = length != 0 ? length : size - std::min(offset, size);
    Hexdump dump(offset);
    std::string hex;
    std::array<std::uint8_t, 65536> buffer;
    /* The kernel refuses what reaches past the end, and so the first read even of nothing. */
    std::uint64_t at = offset;
    do {
      const auto bytes = std::span(buffer).first(std::clamp<std::uint64_t>(left, 1, buffer.size()));
      session.device().read(handle, at, bytes);
      at += bytes.size();
      left -= std::min<std::uint64_t>(left, bytes.size());
      if (!session.json)
        Session::show(dump.lines(bytes));
      else
        for (const std::uint8_t byte : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
    } while (left != 0);
    if (session.json) return Session::show(Json{{"handle", handle}, {"offset", offset}, {"hex", hex}});
    Session::show(dump.end());
  }
};

}  // namespace

void add_dump(Command root) {
  auto [command, dump] = root.leaf<Dump>("dump", "show the bytes of a block or an object");
  command.positional("HANDLE", dump.handle, "what to show");
  command.size("--offset", dump.offset, "from here on; 0 if not given");
  command.size("--length", dump.length, "so many bytes; to the end if not given");
}

}  // namespace minimm
