/* SPDX-License-Identifier: GPL-2.0 */
#include "fuzz/compat.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <string>

namespace minimm {
namespace {

#ifdef __x86_64__

constexpr int kGetpid = 20;
constexpr int kIoctl = 54;

int call_32(int number, std::uint32_t first, std::uint32_t second, std::uint32_t third) {
  int result = number;
  asm volatile("int $0x80" : "+a"(result) : "b"(first), "c"(second), "d"(third) : "memory", "r8", "r9", "r10", "r11");
  return result;
}

/* There the call would be the host's. */
bool is_user_mode_linux() {
  std::ifstream cpus("/proc/cpuinfo");
  std::string line;
  while (std::getline(cpus, line))
    if (line.find("User Mode Linux") != std::string::npos) return true;
  return false;
}

#endif

}  // namespace

#ifdef __x86_64__

bool has_compat_calls() {
  if (is_user_mode_linux()) return false;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGSEGV, [](int) { ::_exit(1); });
    ::_exit(call_32(kGetpid, 0, 0, 0) == ::getpid() ? 0 : 1);
  }
  int status = 1;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

int compat_ioctl(int fd, std::uint32_t request, std::uint32_t address) {
  const int result = call_32(kIoctl, static_cast<std::uint32_t>(fd), request, address);
  if (result >= 0) return result;
  errno = -result;
  return -1;
}

#else

bool has_compat_calls() { return false; }

int compat_ioctl(int, std::uint32_t, std::uint32_t) {
  errno = ENOSYS;
  return -1;
}

#endif

}  // namespace minimm
