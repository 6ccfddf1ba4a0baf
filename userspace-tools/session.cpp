/* SPDX-License-Identifier: GPL-2.0 */
#include "session.hpp"

#include <cstdio>

namespace minimm {

Device& Session::device() {
  if (!device_) device_.emplace();
  return *device_;
}

void Session::show(const Json& document) { show(document.line() + '\n'); }

void Session::show(const std::string& text) {
  if (sink_ != nullptr)
    *sink_ += text;
  else
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void Session::note(const std::string& text) {
  if (sink_ != nullptr) return;
  std::fflush(stdout);
  const std::string line = "minimm: " + text + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace minimm
