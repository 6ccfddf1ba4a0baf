/* SPDX-License-Identifier: GPL-2.0 */
#include "device.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "refused.hpp"

namespace minimm {
namespace {

constexpr const char* kPath = MINI_MM_DEVICE_PATH;

[[noreturn]] void refuse_open(int error) {
  if (error == ENOENT || error == ENXIO || error == ENODEV)
    throw Refused(error, "no-device",
                  "the module is not loaded; as root run 'modprobe mini_mm', or 'insmod mini_mm.ko'", kPath);
  if (error == EACCES || error == EPERM)
    throw Refused(error, "no-permission", "only root may use the device; run minimm as root, or with sudo", kPath);
  if (error == EISDIR || error == ELOOP || error == ENOTDIR || error == ENOTTY)
    throw Refused(error, "not-ours",
                  "what is there is not the module's device; remove it, and load the module again, which makes its own",
                  kPath);
  throw Refused(error, MINI_MM_WHY_NONE, kPath);
}

}  // namespace

Device::Device() : fd_(::open(kPath, O_RDWR | O_CLOEXEC)) {
  if (fd_ < 0) refuse_open(errno);
  try {
    mini_mm_info about{};
    if (const int error = call(MINI_MM_IOC_INFO, about); error != 0) refuse_open(error);
    /* The ABI only grows: a newer module does all that this minimm knows of. */
    const std::uint32_t abi = about.abi_version;
    if (abi < MINI_MM_ABI_VERSION)
      throw Refused(
          EPROTO, "version",
          fmt::format("the loaded module is older than this minimm: it speaks version {} of the ABI, and {} is "
                      "needed; load the module that came with minimm",
                      abi, MINI_MM_ABI_VERSION),
          kPath);
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Device::~Device() { ::close(fd_); }

template <class Argument>
int Device::call(unsigned long request, Argument& argument) const {
  while (::ioctl(fd_, request, &argument) != 0)
    if (errno != EINTR) return errno;
  return 0;
}

template <class Argument>
void Device::call_or_throw(unsigned long request, Argument& argument, const std::string& tried,
                           std::uint64_t number) const {
  if (const int error = call(request, argument); error != 0) throw Refused(error, argument.why, tried, number);
}

template <class Info, class Number>
std::vector<Info> Device::walk(unsigned long request, Number Info::*key, const char* tried) const {
  std::vector<Info> all;
  for (Number last = 0;; last = all.back().*key) {
    Info next{};
    next.lookup = MINI_MM_LOOKUP_NEXT;
    next.*key = last;
    const int error = call(request, next);
    if (error == ENOENT) return all;
    if (error != 0) throw Refused(error, next.why, tried);
    all.push_back(next);
  }
}

mini_mm_info Device::info() const {
  mini_mm_info info{};
  if (const int error = call(MINI_MM_IOC_INFO, info); error != 0) throw Refused(error, MINI_MM_WHY_NONE, "info");
  return info;
}

Refused Device::with_engines(Refused refused) const {
  if (refused.why() != MINI_MM_WHY_ENGINE) return refused;
  const mini_mm_info all = info();
  refused.explain(fmt::format("page engines are {}; placements are {}; object engines are {}",
                              name_in(all.page_engines), name_in(all.placements), name_in(all.object_engines)));
  return refused;
}

mini_mm_arena_info Device::arena(std::string_view name) const {
  mini_mm_arena_info info{};
  info.lookup = MINI_MM_LOOKUP_NAME;
  set_name(info.name, name);
  call_or_throw(MINI_MM_IOC_ARENA_INFO, info, fmt::format("arena '{}'", name));
  return info;
}

mini_mm_arena_info Device::arena(std::uint32_t id) const {
  mini_mm_arena_info info{};
  info.lookup = MINI_MM_LOOKUP_ID;
  info.id = id;
  call_or_throw(MINI_MM_IOC_ARENA_INFO, info, fmt::format("arena {}", id));
  return info;
}

std::vector<mini_mm_arena_info> Device::arenas() const {
  return walk(MINI_MM_IOC_ARENA_INFO, &mini_mm_arena_info::id, "arena list");
}

mini_mm_arena_create Device::create(mini_mm_arena_create arena) const {
  if (const int error = call(MINI_MM_IOC_ARENA_CREATE, arena); error != 0)
    throw with_engines(
        Refused(error, arena.why, fmt::format("arena create '{}'", name_in(arena.name)), arena.longest_mb));
  return arena;
}

mini_mm_target Device::act(unsigned long request, std::uint32_t id, const std::string& tried) const {
  mini_mm_target target{};
  target.id = id;
  if (const int error = call(request, target); error != 0) throw Refused(error, target.why, tried, target.live);
  return target;
}

mini_mm_target Device::reset(const mini_mm_arena_info& arena) const {
  return act(MINI_MM_IOC_ARENA_RESET, arena.id, fmt::format("arena reset {}", name_in(arena.name)));
}

mini_mm_target Device::compact(const mini_mm_arena_info& arena) const {
  return act(MINI_MM_IOC_ARENA_COMPACT, arena.id, fmt::format("arena compact {}", name_in(arena.name)));
}

mini_mm_target Device::drain(const mini_mm_arena_info& arena) const {
  return act(MINI_MM_IOC_ARENA_DRAIN, arena.id, fmt::format("arena drain {}", name_in(arena.name)));
}

mini_mm_target Device::destroy(const mini_mm_arena_info& arena) const {
  return act(MINI_MM_IOC_ARENA_DESTROY, arena.id, fmt::format("arena destroy {}", name_in(arena.name)));
}

mini_mm_cache_info Device::cache(std::string_view full_name) const {
  mini_mm_cache_info info{};
  info.lookup = MINI_MM_LOOKUP_NAME;
  set_name(info.name, full_name);
  call_or_throw(MINI_MM_IOC_CACHE_INFO, info, fmt::format("cache '{}'", full_name));
  return info;
}

mini_mm_cache_info Device::cache(std::uint32_t id) const {
  mini_mm_cache_info info{};
  info.lookup = MINI_MM_LOOKUP_ID;
  info.id = id;
  call_or_throw(MINI_MM_IOC_CACHE_INFO, info, fmt::format("cache {}", id));
  return info;
}

std::vector<mini_mm_cache_info> Device::caches() const {
  return walk(MINI_MM_IOC_CACHE_INFO, &mini_mm_cache_info::id, "cache list");
}

mini_mm_cache_create Device::create(mini_mm_cache_create cache) const {
  if (const int error = call(MINI_MM_IOC_CACHE_CREATE, cache); error != 0)
    throw with_engines(Refused(error, cache.why, fmt::format("cache create '{}'", name_in(cache.name))));
  return cache;
}

mini_mm_target Device::shrink(const mini_mm_cache_info& cache) const {
  return act(MINI_MM_IOC_CACHE_SHRINK, cache.id, fmt::format("cache shrink {}", name_in(cache.name)));
}

mini_mm_target Device::destroy(const mini_mm_cache_info& cache) const {
  return act(MINI_MM_IOC_CACHE_DESTROY, cache.id, fmt::format("cache destroy {}", name_in(cache.name)));
}

void Device::tune(const mini_mm_arena_info& arena, std::uint32_t magazine_size, std::uint32_t batch) const {
  mini_mm_tune tune{};
  tune.arena = arena.id;
  tune.magazine_size = magazine_size;
  tune.batch = batch;
  call_or_throw(MINI_MM_IOC_TUNE, tune, fmt::format("arena tune {}", name_in(arena.name)));
}

void Device::tune(const mini_mm_cache_info& cache, std::uint32_t magazine_size, std::uint32_t batch) const {
  mini_mm_tune tune{};
  tune.cache = cache.id;
  tune.magazine_size = magazine_size;
  tune.batch = batch;
  call_or_throw(MINI_MM_IOC_TUNE, tune, fmt::format("cache tune {}", name_in(cache.name)));
}

void Device::batch(std::span<mini_mm_op> ops, std::string_view tried) const {
  /* At least one call, so that the kernel gets to refuse an empty batch too. */
  do {
    mini_mm_batch batch{};
    batch.ops = reinterpret_cast<std::uintptr_t>(ops.data());
    batch.count = static_cast<std::uint32_t>(ops.size());
    if (::ioctl(fd_, MINI_MM_IOC_BATCH, &batch) == 0) return;
    if (errno != EINTR) throw Refused(errno, batch.why, std::string(tried));
    ops = ops.subspan(batch.done);
  } while (!ops.empty());
}

mini_mm_handle_info Device::handle(std::uint64_t handle) const {
  mini_mm_handle_info info{};
  info.lookup = MINI_MM_LOOKUP_ID;
  info.handle = handle;
  call_or_throw(MINI_MM_IOC_HANDLE_INFO, info, fmt::format("handle {}", handle));
  return info;
}

std::vector<mini_mm_handle_info> Device::handles() const {
  return walk(MINI_MM_IOC_HANDLE_INFO, &mini_mm_handle_info::handle, "handles");
}

void Device::read(std::uint64_t handle, std::uint64_t offset, std::span<std::uint8_t> bytes) const {
  mini_mm_read read{};
  read.handle = handle;
  read.offset = offset;
  read.length = bytes.size();
  read.buffer = reinterpret_cast<std::uintptr_t>(bytes.data());
  call_or_throw(MINI_MM_IOC_READ, read, fmt::format("handle {}", handle));
}

void Device::replay_open(mini_mm_replay_open open) const { call_or_throw(MINI_MM_IOC_REPLAY_OPEN, open, "replay"); }

bool Device::replay_run(mini_mm_replay_run& run, std::uint64_t first) const {
  /* Not call(): it would be made again, and do again what is done. */
  if (::ioctl(fd_, MINI_MM_IOC_REPLAY_RUN, &run) == 0) return true;
  if (errno == EINTR) return false;
  throw Refused(errno, run.why, "replay", first + run.done);
}

std::uint64_t Device::replay_close() const {
  mini_mm_replay_close close{};
  call_or_throw(MINI_MM_IOC_REPLAY_CLOSE, close, "replay");
  return close.freed;
}

Examination Device::examine(const mini_mm_arena_info& arena) const {
  Examination all;
  all.findings.resize(MINI_MM_FINDINGS_MAX);
  all.counts.arena = arena.id;
  all.counts.findings = reinterpret_cast<std::uintptr_t>(all.findings.data());
  all.counts.count = MINI_MM_FINDINGS_MAX;
  call_or_throw(MINI_MM_IOC_EXAMINE, all.counts, fmt::format("doctor: arena {}", name_in(arena.name)));
  all.findings.resize(all.counts.count);
  return all;
}

mini_mm_self_test Device::self_test(mini_mm_self_test test) const {
  const mini_mm_self_test asked = test;
  for (;;) {
    test = asked;
    const int error = ::ioctl(fd_, MINI_MM_IOC_SELF_TEST, &test) == 0 ? 0 : errno;
    if (error == 0) return test;
    if (error != EINTR) throw with_engines(Refused(error, test.why, "doctor: self-test"));
  }
}

std::vector<mini_mm_block> Device::map(const mini_mm_arena_info& arena) const {
  std::vector<mini_mm_block> blocks;
  for (std::uint64_t page = 0; page < arena.pages;) {
    const std::size_t before = blocks.size();
    const auto room = static_cast<std::uint32_t>(std::min<std::uint64_t>(arena.pages - page, MINI_MM_MAP_MAX));
    blocks.resize(before + room);
    mini_mm_map map{};
    map.arena = arena.id;
    map.page = page;
    map.blocks = reinterpret_cast<std::uintptr_t>(blocks.data() + before);
    map.count = room;
    call_or_throw(MINI_MM_IOC_MAP, map, fmt::format("map of arena {}", name_in(arena.name)));
    blocks.resize(before + map.count);
    if (map.count == 0) break;
    page = map.page;
  }
  return blocks;
}

EventLog Device::log(const mini_mm_arena_info& arena, std::uint64_t after) const {
  constexpr std::uint32_t room = 4096;
  EventLog all;
  all.last = after;
  for (std::uint32_t count = room; count == room;) {
    const std::size_t before = all.events.size();
    all.events.resize(before + room);
    mini_mm_log log{};
    log.arena = arena.id;
    log.after = all.last;
    log.events = reinterpret_cast<std::uintptr_t>(all.events.data() + before);
    log.count = room;
    call_or_throw(MINI_MM_IOC_LOG, log, fmt::format("log of arena {}", name_in(arena.name)));
    count = log.count;
    all.events.resize(before + count);
    all.last = log.after;
    all.lost += log.lost;
  }
  return all;
}

}  // namespace minimm
