/* SPDX-License-Identifier: GPL-2.0 */
#include "report.hpp"

#include <cstdio>

namespace minimm {
namespace {

/* As much of a line as anybody reads: what it quotes may be a file without ends of lines. */
std::string shortened(const std::string& line) {
  constexpr std::size_t kHead = 400;
  constexpr std::size_t kTail = 100;
  if (line.size() <= kHead + kTail) return line;
  return line.substr(0, kHead) + " ... " + line.substr(line.size() - kTail);
}

void print_line(std::string line) {
  /* A name from the command line may hold anything; the message stays on its line. */
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  line += '\n';
  std::fflush(stdout);
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void report_one(const Refused& refused, bool json, const std::string& remark) {
  print_line(json ? refused.json() : shortened("minimm: " + refused.line() + remark));
}

}  // namespace

void report(const Refused& refused, bool json, const std::string& remark) {
  report_one(refused, json, remark);
  for (const Refused& other : refused.others()) report_one(other, json, remark);
}

void report(const std::string& error, const std::string& errno_name, const std::string& reason, bool json) {
  print_line(json ? error_json(error, errno_name, reason) : shortened("minimm: " + error));
}

}  // namespace minimm
