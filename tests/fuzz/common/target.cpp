// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer's target, for the session.hpp of whatever is fuzzed: tests/fuzz/run. Each input is a run of its own.
 */
#include "session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  mini_mm::fuzz::Input input(bytes, size);
  mini_mm::fuzz::Session(input).run();
  return 0;
}
