/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The calls that 'minimm fuzz' makes: those of the ABI, and what else can be done with an open file or with a
 * mapping of its. What each came to is counted by errno, in memory that all workers share.
 */
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace minimm {

enum class FuzzCall : std::uint8_t {
  info,
  arena_create,
  arena_info,
  arena_reset,
  arena_destroy,
  arena_compact,
  arena_drain,
  tune,
  cache_create,
  cache_info,
  cache_shrink,
  cache_destroy,
  batch,
  handle_info,
  read,
  map,
  log,
  replay_open,
  replay_run,
  replay_close,
  examine,
  self_test,
  mmap,
  munmap,
  mremap,
  mprotect,
  madvise,
  touch,
  reopen,
  dup,
  pass,
  fork,
  operation, /* one of a batch's, with the result of its own */
};

inline constexpr std::size_t kFuzzCalls = static_cast<std::size_t>(FuzzCall::operation) + 1;
inline constexpr std::array<std::string_view, kFuzzCalls> kFuzzCallNames = {
    "INFO",        "ARENA_CREATE", "ARENA_INFO", "ARENA_RESET",  "ARENA_DESTROY", "ARENA_COMPACT", "ARENA_DRAIN",
    "TUNE",        "CACHE_CREATE", "CACHE_INFO", "CACHE_SHRINK", "CACHE_DESTROY", "BATCH",         "HANDLE_INFO",
    "READ",        "MAP",          "LOG",        "REPLAY_OPEN",  "REPLAY_RUN",    "REPLAY_CLOSE",  "EXAMINE",
    "SELF_TEST",   "mmap",         "munmap",     "mremap",       "mprotect",      "madvise",       "touch",
    "open, close", "dup",          "SCM_RIGHTS", "fork",         "operation"};

/* Larger than any errno. */
inline constexpr std::size_t kFuzzErrnos = 134;

/* What the processes of a run share; it lies in memory that is mapped into all of them. */
struct FuzzShared {
  static constexpr std::size_t kWorkers = 64;
  static constexpr std::size_t kPosts = 256;

  /* For whoever looks for calls that do not come back. */
  struct Watch {
    std::atomic<std::uint64_t> since_ns; /* 0: none is under way */
    std::atomic<std::uint8_t> call;
    std::atomic<std::uint64_t> calls; /* so far, of all that had this place */
  };

  /* What was made lately, by anybody, for anybody's calls. */
  struct Posts {
    std::array<std::atomic<std::uint64_t>, kPosts> made;
    std::atomic<std::uint32_t> next;

    void post(std::uint64_t id) { made[next.fetch_add(1, std::memory_order_relaxed) % kPosts] = id; }
  };

  std::atomic<bool> stop;
  std::array<std::array<std::atomic<std::uint64_t>, kFuzzErrnos>, kFuzzCalls> counts;
  std::array<Watch, kWorkers> watches;
  Posts arenas;
  Posts caches;
  Posts handles;
  std::atomic<std::uint64_t> digest;
  std::atomic<std::uint32_t> wrong_call; /* the first that ended in an unknown errno: its number and 1 */
  std::atomic<int> wrong_errno;

  void count(FuzzCall call, int error);
  std::uint64_t calls() const;
};

}  // namespace minimm
