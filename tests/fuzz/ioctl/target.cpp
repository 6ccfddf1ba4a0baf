// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer's target for the ioctl layer (module/glue): tests/fuzz/run ioctl. Each input is a run of its own, from
 * loading the module to unloading it.
 */
#include "session.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  mini_mm::fuzz::Input input(bytes, size);
  mini_mm::fuzz::Session(input).run();
  return 0;
}
