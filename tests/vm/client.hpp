// SPDX-License-Identifier: GPL-2.0
/*
 * An open file of /dev/mini_mm for tests: raw calls, nothing checked on the way in.
 */
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "uapi/mini_mm.h"

namespace mini_mm_test {

class Client {
 public:
  Client() : fd_(open(MINI_MM_DEVICE_PATH, O_RDWR | O_CLOEXEC)) {
    EXPECT_GE(fd_, 0) << MINI_MM_DEVICE_PATH << ": " << std::strerror(errno);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  int fd() const { return fd_; }

  /* 0 or the errno. */
  template <class Argument>
  int call(unsigned long command, Argument* argument) const {
    return ioctl(fd_, command, argument) == 0 ? 0 : errno;
  }

  /* The call itself has to succeed; the results are in the operations. */
  void batch(std::vector<mini_mm_op>& ops) const {
    mini_mm_batch batch{};
    batch.ops = reinterpret_cast<std::uintptr_t>(ops.data());
    batch.count = static_cast<std::uint32_t>(ops.size());
    ASSERT_EQ(call(MINI_MM_IOC_BATCH, &batch), 0);
    ASSERT_EQ(batch.done, ops.size());
  }

  mini_mm_op operate(const mini_mm_op& op) const {
    std::vector<mini_mm_op> ops{op};
    batch(ops);
    return ops[0];
  }

  std::uint64_t alloc_pages(std::uint32_t arena, std::uint32_t order, std::uint32_t flags = 0) const {
    const mini_mm_op done = operate({.opcode = MINI_MM_OP_PAGE_ALLOC, .flags = flags, .target = arena, .order = order});
    EXPECT_EQ(done.result, 0);
    return done.handle;
  }

  mini_mm_op free_pages(std::uint64_t handle) const {
    return operate({.opcode = MINI_MM_OP_PAGE_FREE, .handle = handle});
  }

  std::uint64_t alloc_object(std::uint32_t cache, std::uint32_t flags = 0) const {
    const mini_mm_op done = operate({.opcode = MINI_MM_OP_OBJ_ALLOC, .flags = flags, .target = cache});
    EXPECT_EQ(done.result, 0);
    return done.handle;
  }

  mini_mm_op free_object(std::uint64_t handle) const {
    return operate({.opcode = MINI_MM_OP_OBJ_FREE, .handle = handle});
  }

  mini_mm_arena_info arena(const std::string& name) const {
    mini_mm_arena_info info{};
    info.lookup = MINI_MM_LOOKUP_NAME;
    std::strncpy(info.name, name.c_str(), sizeof(info.name) - 1);
    EXPECT_EQ(call(MINI_MM_IOC_ARENA_INFO, &info), 0);
    return info;
  }

  mini_mm_cache_info cache(std::uint32_t id) const {
    mini_mm_cache_info info{};
    info.id = id;
    EXPECT_EQ(call(MINI_MM_IOC_CACHE_INFO, &info), 0);
    return info;
  }

 private:
  int fd_;
};

inline mini_mm_arena_create arena_request(const char* name, std::uint64_t size) {
  mini_mm_arena_create create{};
  std::strncpy(create.name, name, sizeof(create.name) - 1);
  create.size = size;
  return create;
}

inline mini_mm_cache_create cache_request(std::uint32_t arena, const char* name, std::uint32_t size) {
  mini_mm_cache_create create{};
  std::strncpy(create.name, name, sizeof(create.name) - 1);
  create.arena = arena;
  create.size = size;
  return create;
}

/* A client with an arena of 1 MiB that goes away with it. */
class ArenaTest : public testing::Test {
 protected:
  void SetUp() override {
    mini_mm_arena_create create = arena_request("test", 1 << 20);
    ASSERT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), 0) << "why " << create.why;
    arena_ = create.id;
  }

  std::uint32_t make_cache(const char* name, std::uint32_t size) {
    mini_mm_cache_create create = cache_request(arena_, name, size);
    EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &create), 0) << "why " << create.why;
    return create.id;
  }

  std::uint64_t free_pages() { return client_.arena("test").free_pages; }

  static constexpr std::uint64_t kPages = 256;

  Client client_;
  std::uint32_t arena_ = 0;
};

}  // namespace mini_mm_test
