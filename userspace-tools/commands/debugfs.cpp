/* SPDX-License-Identifier: GPL-2.0 */
#include "commands/debugfs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "refused.hpp"

namespace minimm {
namespace {

constexpr const char* kInterruptsOff = "interrupts_off";

class File {
 public:
  File(const std::string& name, int flags)
      : path_("/sys/kernel/debug/mini_mm/" + name), fd_(::open(path_.c_str(), flags | O_CLOEXEC)) {
    if (fd_ < 0) error_ = errno;
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool ok() const { return fd_ >= 0; }
  int error() const { return error_; }

  bool write(const std::string& text) {
    return ::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  }

  std::string read() {
    std::string text;
    char piece[4096];
    ssize_t got = 0;
    while ((got = ::read(fd_, piece, sizeof(piece))) > 0) text.append(piece, static_cast<std::size_t>(got));
    if (got < 0) throw Refused(errno, MINI_MM_WHY_NONE, path_);
    return text;
  }

 private:
  std::string path_;
  int fd_;
  int error_ = 0;
};

}  // namespace

std::optional<std::vector<LeakSite>> read_leaks(std::string_view arena, std::string* why) {
  File file(fmt::format("{}/leaks", arena), O_RDONLY);
  if (file.ok()) return parse_leaks(file.read());
  if (why != nullptr)
    *why = file.error() == EACCES
               ? "what kernel modules hold is shown to root only"
               : "what kernel modules hold is not shown: debugfs is not mounted at /sys/kernel/debug";
  return std::nullopt;
}

std::vector<OwnerRecord> read_owners(std::string_view arena, std::uint64_t page, std::uint64_t offset) {
  File file(fmt::format("{}/owner", arena), O_RDWR);
  if (!file.ok() || !file.write(fmt::format("{} {}", page, offset))) return {};
  return parse_owners(file.read());
}

bool time_interrupts() {
  File file(kInterruptsOff, O_WRONLY);
  return file.ok() && file.write("1");
}

InterruptTimes interrupt_times() {
  File file(kInterruptsOff, O_RDWR);
  InterruptTimes times = parse_interrupt_times(file.read());
  file.write("0");
  return times;
}

}  // namespace minimm
