// SPDX-License-Identifier: GPL-2.0
/* What has to hold: a line that says what does not, and the end of the program, which the fuzzer takes for a finding.
 */
#pragma once

#include <cstdio>
#include <cstdlib>

namespace mini_mm::fuzz {

template <class... Values>
void say(const char* format, Values... values) {
  std::fputs("fuzz: ", stderr);
  if constexpr (sizeof...(values) == 0) {
    std::fputs(format, stderr);
  } else {
    std::fprintf(stderr, format, values...);
  }
  std::fputc('\n', stderr);
}

template <class... Values>
void require(bool holds, const char* format, Values... values) {
  if (holds) return;
  say(format, values...);
  std::abort();
}

inline bool is_traced() {
  static const bool traced = std::getenv("FUZZ_TRACE") != nullptr;
  return traced;
}

template <class... Values>
void trace(const char* format, Values... values) {
  if (is_traced()) say(format, values...);
}

}  // namespace mini_mm::fuzz
