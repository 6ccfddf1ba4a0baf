/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An open /dev/mini_mm: one method an ioctl. Whatever the kernel refuses is thrown as Refused; a call that a
 * signal interrupted is made again. May be shared by threads.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "refused.hpp"

namespace minimm {

/* What was read of an arena's event log. */
struct EventLog {
  std::vector<mini_mm_event> events;
  std::uint64_t last = 0; /* the number to go on behind */
  std::uint64_t lost = 0; /* overwritten before they were read */
};

/* What an arena looked like. */
struct Examination {
  mini_mm_examine counts{};
  std::vector<mini_mm_finding> findings; /* the first MINI_MM_FINDINGS_MAX */
};

class Device {
 public:
  /* Refused with what to run when there is no device, no permission, or a module of another ABI. */
  Device();
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  mini_mm_info info() const;

  mini_mm_arena_info arena(std::string_view name) const;
  mini_mm_arena_info arena(std::uint32_t id) const;
  std::vector<mini_mm_arena_info> arenas() const;
  mini_mm_arena_create create(mini_mm_arena_create arena) const;
  mini_mm_target reset(const mini_mm_arena_info& arena) const;
  mini_mm_target compact(const mini_mm_arena_info& arena) const;
  mini_mm_target drain(const mini_mm_arena_info& arena) const;
  mini_mm_target destroy(const mini_mm_arena_info& arena) const;

  mini_mm_cache_info cache(std::string_view full_name) const;
  mini_mm_cache_info cache(std::uint32_t id) const;
  std::vector<mini_mm_cache_info> caches() const;
  mini_mm_cache_create create(mini_mm_cache_create cache) const;
  mini_mm_target shrink(const mini_mm_cache_info& cache) const;
  mini_mm_target destroy(const mini_mm_cache_info& cache) const;

  void tune(const mini_mm_arena_info& arena, std::uint32_t magazine_size, std::uint32_t batch) const;
  void tune(const mini_mm_cache_info& cache, std::uint32_t magazine_size, std::uint32_t batch) const;

  /* All of @ops, at most MINI_MM_BATCH_MAX; each carries its own result. @tried for the batch's refusal. */
  void batch(std::span<mini_mm_op> ops, std::string_view tried) const;

  mini_mm_handle_info handle(std::uint64_t handle) const;
  /* Those that are kept, and this open file's own. */
  std::vector<mini_mm_handle_info> handles() const;
  void read(std::uint64_t handle, std::uint64_t offset, std::span<std::uint8_t> bytes) const;

  void replay_open(mini_mm_replay_open open) const;
  /*
   * False when a signal came; how far it got is in @run either way. A Refused's number is @first and the operations
   * done: which one it was.
   */
  bool replay_run(mini_mm_replay_run& run, std::uint64_t first) const;
  /* How many slots were in use. */
  std::uint64_t replay_close() const;

  Examination examine(const mini_mm_arena_info& arena) const;
  mini_mm_self_test self_test(mini_mm_self_test test) const;

  std::vector<mini_mm_block> map(const mini_mm_arena_info& arena) const;
  /* All events behind number @after. */
  EventLog log(const mini_mm_arena_info& arena, std::uint64_t after) const;

 private:
  /* 0, or the errno. */
  template <class Argument>
  int call(unsigned long request, Argument& argument) const;
  template <class Argument>
  void call_or_throw(unsigned long request, Argument& argument, const std::string& tried,
                     std::uint64_t number = 0) const;
  template <class Info, class Number>
  std::vector<Info> walk(unsigned long request, Number Info::*key, const char* tried) const;
  /* Says what engines there are, where that was the matter. */
  Refused with_engines(Refused refused) const;
  mini_mm_target act(unsigned long request, std::uint32_t id, const std::string& tried) const;

  int fd_;
};

/* Copies @name into @field. One that is too long leaves no NUL in it, which the kernel refuses. */
template <std::size_t Length>
void set_name(char (&field)[Length], std::string_view name) {
  name.substr(0, Length).copy(field, Length);
}

/* The other way round. */
template <std::size_t Length>
std::string_view name_in(const char (&field)[Length]) {
  const std::string_view all(field, Length);
  return all.substr(0, all.find('\0'));
}

}  // namespace minimm
