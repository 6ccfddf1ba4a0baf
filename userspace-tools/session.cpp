/* SPDX-License-Identifier: GPL-2.0 */
#include "session.hpp"

#include <cstdio>

namespace minimm {

Device& Session::device() {
  if (!device_) device_.emplace();
  return *device_;
}

void Session::show(const Json& document) { show(document.line() + '\n'); }

void Session::show(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

}  // namespace minimm
