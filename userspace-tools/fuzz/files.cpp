/* SPDX-License-Identifier: GPL-2.0 */
#include "fuzz/files.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <system_error>

namespace minimm {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/* Room for one file in a message. */
struct Letter {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  char byte = 0;
  iovec data{&byte, 1};
  msghdr header{};

  Letter() {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
};

int send_file(int socket, int fd) {
  Letter letter;
  cmsghdr* const first = CMSG_FIRSTHDR(&letter.header);
  first->cmsg_level = SOL_SOCKET;
  first->cmsg_type = SCM_RIGHTS;
  first->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(first), &fd, sizeof(fd));
  return ::sendmsg(socket, &letter.header, MSG_DONTWAIT) < 0 ? -1 : 0;
}

/* -1 when none came. */
int receive_file(int socket) {
  Letter letter;
  int fd = -1;
  if (::recvmsg(socket, &letter.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return -1;
  const cmsghdr* const first = CMSG_FIRSTHDR(&letter.header);
  if (first != nullptr && first->cmsg_type == SCM_RIGHTS) std::memcpy(&fd, CMSG_DATA(first), sizeof(fd));
  return fd;
}

}  // namespace

FuzzFiles::FuzzFiles(Random& random, FuzzLedger& ledger, FuzzWorld& world, const std::array<int, 2>& post)
    : random_(random), ledger_(ledger), world_(world), post_(post) {
  files_.fill(-1);
  for (std::uint32_t i = 0; i < kFuzzFiles; i++) reopen(i);
  if (::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) != 0) fail("fuzz: a pipe");
}

FuzzFiles::~FuzzFiles() {
  for (const Mapping& mapping : mappings_) ::munmap(mapping.address, mapping.length);
  for (const int fd : files_) ::close(fd);
  for (const int fd : pipe_) ::close(fd);
}

/* --- files ---------------------------------------------------------------------------------------- */

void FuzzFiles::replace(std::uint32_t which, int fd) {
  const int old = files_[which];
  files_[which] = fd;
  if (old >= 0) ::close(old);
  world_.handles[which].clear();
  world_.slots_in_use[which] = 0;
}

void FuzzFiles::reopen(std::uint32_t which) {
  int fd = -1;
  ledger_.call(FuzzCall::reopen, [&] { return fd = ::open(MINI_MM_DEVICE_PATH, O_RDWR | O_CLOEXEC); });
  if (fd < 0 && files_[which] < 0) fail(MINI_MM_DEVICE_PATH);
  if (fd >= 0) replace(which, fd);
}

void FuzzFiles::reopen_all() {
  while (!mappings_.empty()) drop(mappings_.size() - 1);
  for (std::uint32_t i = 0; i < kFuzzFiles; i++) reopen(i);
}

void FuzzFiles::duplicate() {
  int fd = -1;
  ledger_.call(FuzzCall::dup, [&] { return fd = ::dup(current()); });
  if (fd >= 0) replace(random_.below(kFuzzFiles), fd);
}

void FuzzFiles::pass() {
  const int full = ledger_.call(FuzzCall::pass, [&] {
    const int result = send_file(post_[0], current());
    /* Nobody takes so many. */
    return result != 0 && (errno == EAGAIN || errno == ETOOMANYREFS) ? 0 : result;
  });
  if (full != 0 || one_in(random_, 4)) return;
  const int fd = receive_file(post_[1]);
  if (fd >= 0) replace(random_.below(kFuzzFiles), fd);
}

void FuzzFiles::fork() {
  const bool killed = one_in(random_, 2);
  const int fd = current();
  pid_t child = -1;
  ledger_.call(FuzzCall::fork, [&] {
    child = ::fork();
    if (child != 0) return child;
    /* Between fork and exit only what a signal handler may do: the other threads are not there. */
    mini_mm_info info;
    ::ioctl(fd, MINI_MM_IOC_INFO, &info);
    for (const Mapping& mapping : mappings_) ::munmap(mapping.address, world_.page_size);
    if (killed) ::raise(SIGKILL);
    ::_exit(0);
  });
  if (child > 0) ::waitpid(child, nullptr, 0);
}

/* --- mappings ------------------------------------------------------------------------------------- */

void FuzzFiles::map() {
  const std::uint64_t offset = world_.handle(random_) * world_.page_size;
  const std::size_t length = world_.page_size << random_.below(5);
  const int protection = any_of(random_, {PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE});
  const int flags = one_in(random_, 16) ? MAP_PRIVATE : MAP_SHARED;
  void* address = MAP_FAILED;
  ledger_.call(FuzzCall::mmap, [&] {
    address = ::mmap(nullptr, length, protection, flags, current(), static_cast<off_t>(offset));
    return address == MAP_FAILED ? -1 : 0;
  });
  if (address == MAP_FAILED) return;
  mappings_.push_back({static_cast<char*>(address), length});
  if (mappings_.size() > kMappings) drop(0);
}

bool FuzzFiles::choose(std::size_t& which) {
  if (mappings_.empty()) return false;
  which = random_.below(static_cast<std::uint32_t>(mappings_.size()));
  return true;
}

std::size_t FuzzFiles::some_pages(const Mapping& mapping) {
  const auto pages = static_cast<std::uint32_t>(mapping.length / world_.page_size);
  return world_.page_size * (1 + random_.below(pages));
}

void FuzzFiles::drop(std::size_t which) {
  const Mapping mapping = mappings_[which];
  mappings_.erase(mappings_.begin() + static_cast<std::ptrdiff_t>(which));
  ledger_.call(FuzzCall::munmap, [&] { return ::munmap(mapping.address, mapping.length); });
}

void FuzzFiles::unmap() {
  std::size_t which = 0;
  if (!choose(which)) return;
  Mapping& mapping = mappings_[which];
  const std::size_t length = some_pages(mapping);
  if (length == mapping.length) return drop(which);
  /* Its end, or its beginning: what is left stays a mapping. */
  const bool end = one_in(random_, 2);
  char* const from = end ? mapping.address + mapping.length - length : mapping.address;
  if (ledger_.call(FuzzCall::munmap, [&] { return ::munmap(from, length); }) != 0) return;
  if (!end) mapping.address += length;
  mapping.length -= length;
}

/* Shrinks or moves; to grow is refused. */
void FuzzFiles::remap() {
  std::size_t which = 0;
  if (!choose(which)) return;
  Mapping& mapping = mappings_[which];
  const std::size_t length = one_in(random_, 4) ? 2 * mapping.length : some_pages(mapping);
  void* address = MAP_FAILED;
  ledger_.call(FuzzCall::mremap, [&] {
    address = ::mremap(mapping.address, mapping.length, length, MREMAP_MAYMOVE);
    return address == MAP_FAILED ? -1 : 0;
  });
  if (address != MAP_FAILED) mapping = {static_cast<char*>(address), length};
}

void FuzzFiles::protect() {
  std::size_t which = 0;
  if (!choose(which)) return;
  const int protection = any_of(random_, {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC});
  const std::size_t length = some_pages(mappings_[which]);
  ledger_.call(FuzzCall::mprotect, [&] { return ::mprotect(mappings_[which].address, length, protection); });
}

void FuzzFiles::advise() {
  std::size_t which = 0;
  if (!choose(which)) return;
  const int advice = any_of(random_, {MADV_DONTNEED, MADV_WILLNEED, MADV_DONTFORK, MADV_DOFORK, MADV_REMOVE});
  const std::size_t length = some_pages(mappings_[which]);
  ledger_.call(FuzzCall::madvise, [&] { return ::madvise(mappings_[which].address, length, advice); });
}

/* The kernel touches it, through a pipe: what cannot be touched is an error then, and no signal. */
void FuzzFiles::touch() {
  std::size_t which = 0;
  if (!choose(which)) return;
  char* const at = mappings_[which].address + some_pages(mappings_[which]) - world_.page_size;
  const std::size_t length = 1 + random_.below(static_cast<std::uint32_t>(world_.page_size));
  const int error = ledger_.call(FuzzCall::touch, [&] { return ::write(pipe_[1], at, length) < 0 ? -1 : 0; });
  if (error == 0) ledger_.call(FuzzCall::touch, [&] { return ::read(pipe_[0], at, length) < 0 ? -1 : 0; });
  std::array<char, 4096> rest;
  while (::read(pipe_[0], rest.data(), rest.size()) > 0) {
  }
}

std::uint64_t FuzzFiles::mapped() {
  std::size_t which = 0;
  return choose(which) ? reinterpret_cast<std::uintptr_t>(mappings_[which].address) : 0;
}

}  // namespace minimm
