/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An open /dev/mini_mm_bench.
 */
#pragma once

#include <uapi/mini_mm_bench.h>

#include <string>

namespace minimm {

class BenchDevice {
 public:
  /* Refused with what to run when there is no device or no permission. */
  BenchDevice();
  ~BenchDevice();
  BenchDevice(const BenchDevice&) = delete;
  BenchDevice& operator=(const BenchDevice&) = delete;

  /* False when a signal came. Refused names @tried. */
  bool run(mini_mm_bench_run& run, const std::string& tried) const;

 private:
  int fd_;
};

}  // namespace minimm
