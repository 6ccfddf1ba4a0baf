/* SPDX-License-Identifier: GPL-2.0 */
#include "figures/output.hpp"

#include <cerrno>

#include "refused.hpp"

namespace minimm {

Output::Output(const std::string& file) : file_(file) {
  if (file_.empty()) return;
  stream_.open(file_);
  if (!stream_) throw Refused(errno, MINI_MM_WHY_NONE, file_);
}

void Output::write(const std::function<std::string()>& text) {
  if (file_.empty()) return;
  stream_ << text();
  stream_.close();
  if (!stream_) throw Refused(errno, MINI_MM_WHY_NONE, file_);
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace minimm
