// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer's target for the core's C border (module/core/border.h): tests/fuzz/run core. Each input is a run of its
 * own.
 */
#include "session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  mini_mm::fuzz::Input input(bytes, size);
  mini_mm::fuzz::Session(input).run();
  return 0;
}
