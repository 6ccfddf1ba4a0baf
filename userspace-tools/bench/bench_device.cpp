/* SPDX-License-Identifier: GPL-2.0 */
#include "bench/bench_device.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "refused.hpp"

namespace minimm {
namespace {

constexpr const char* kPath = MINI_MM_BENCH_DEVICE_PATH;

struct BenchReason {
  mini_mm_bench_reason why;
  const char* name;
  const char* words; /* {} is the number of CPUs asked for */
};

constexpr BenchReason kReasons[] = {
    {MINI_MM_BENCH_WHY_WORK, "work", "the module has no such work; build minimm and the module from the same source"},
    {MINI_MM_BENCH_WHY_FLAGS, "flags", "the module has no such flag; build minimm and the module from the same source"},
    {MINI_MM_BENCH_WHY_RESERVED, "reserved",
     "the module does not know all that was asked; build minimm and the module from the same source"},
    {MINI_MM_BENCH_WHY_SIZE, "size", "the size is out of range; objects have 8 to 8192 bytes"},
    {MINI_MM_BENCH_WHY_COUNT, "count", "a count is out of range; see minimm bench --help"},
    {MINI_MM_BENCH_WHY_CPUS, "cpus", "needs {} CPUs"},
    {MINI_MM_BENCH_WHY_UNSUPPORTED, "unsupported", "this kernel cannot do it on both sides"},
    {MINI_MM_BENCH_WHY_ARENA, "arena",
     "no arena of {} MiB with this cache; give another --region, or the machine more memory (the kernel log says "
     "more)"},
    {MINI_MM_BENCH_WHY_MEMORY, "memory", "takes more than half of the free memory"},
    {MINI_MM_BENCH_WHY_EXHAUSTED, "exhausted", "the memory ran out; give a larger --region"},
};

}  // namespace

BenchDevice::BenchDevice() : fd_(::open(kPath, O_RDWR | O_CLOEXEC)) {
  if (fd_ >= 0) return;
  if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
    throw Refused(errno, "no-device",
                  "the module is not loaded; as root run 'modprobe mini_mm_bench', or 'insmod mini_mm_bench.ko'",
                  kPath);
  if (errno == EACCES || errno == EPERM)
    throw Refused(errno, "no-permission", "only root may use the device; run minimm as root, or with sudo", kPath);
  throw Refused(errno, MINI_MM_WHY_NONE, kPath);
}

BenchDevice::~BenchDevice() { ::close(fd_); }

bool BenchDevice::run(mini_mm_bench_run& run, const std::string& tried) const {
  if (::ioctl(fd_, MINI_MM_BENCH_IOC_RUN, &run) == 0) return true;
  const int error = errno;
  if (error == EINTR) return false;
  for (const BenchReason& reason : kReasons)
    if (reason.why == run.why) {
      const std::uint32_t number = reason.why == MINI_MM_BENCH_WHY_CPUS ? run.cpus : run.region_mb;
      throw Refused(error, reason.name, fmt::format(fmt::runtime(reason.words), number), tried);
    }
  throw Refused(error, MINI_MM_WHY_NONE, tried);
}

}  // namespace minimm
