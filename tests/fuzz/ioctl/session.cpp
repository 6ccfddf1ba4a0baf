// SPDX-License-Identifier: GPL-2.0
/* A run: the module comes and goes, and what happens in between. */
#include "session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "errnos.hpp"

namespace mini_mm::fuzz {

#define WHY(type) offsetof(type, why)

constexpr Session::Call Session::kCalls[] = {
    {"batch", MINI_MM_IOC_BATCH, WHY(mini_mm_batch), &Session::fill_batch, &Session::look_at_batch},
    {"batch", MINI_MM_IOC_BATCH, WHY(mini_mm_batch), &Session::fill_batch, &Session::look_at_batch},
    {"batch", MINI_MM_IOC_BATCH, WHY(mini_mm_batch), &Session::fill_batch, &Session::look_at_batch},
    {"batch", MINI_MM_IOC_BATCH, WHY(mini_mm_batch), &Session::fill_batch, &Session::look_at_batch},
    {"info", MINI_MM_IOC_INFO, 0, &Session::fill_nothing, nullptr},
    {"arena_create", MINI_MM_IOC_ARENA_CREATE, WHY(mini_mm_arena_create), &Session::fill_arena_create,
     &Session::look_at_new_arena},
    {"arena_info", MINI_MM_IOC_ARENA_INFO, WHY(mini_mm_arena_info), &Session::fill_arena_info, &Session::look_at_arena},
    {"arena_reset", MINI_MM_IOC_ARENA_RESET, WHY(mini_mm_target), &Session::fill_arena_target, nullptr},
    {"arena_destroy", MINI_MM_IOC_ARENA_DESTROY, WHY(mini_mm_target), &Session::fill_arena_target, nullptr},
    {"arena_compact", MINI_MM_IOC_ARENA_COMPACT, WHY(mini_mm_target), &Session::fill_arena_target, nullptr},
    {"arena_drain", MINI_MM_IOC_ARENA_DRAIN, WHY(mini_mm_target), &Session::fill_arena_target, nullptr},
    {"cache_create", MINI_MM_IOC_CACHE_CREATE, WHY(mini_mm_cache_create), &Session::fill_cache_create,
     &Session::look_at_new_cache},
    {"cache_info", MINI_MM_IOC_CACHE_INFO, WHY(mini_mm_cache_info), &Session::fill_cache_info, &Session::look_at_cache},
    {"cache_shrink", MINI_MM_IOC_CACHE_SHRINK, WHY(mini_mm_target), &Session::fill_cache_target, nullptr},
    {"cache_destroy", MINI_MM_IOC_CACHE_DESTROY, WHY(mini_mm_target), &Session::fill_cache_target, nullptr},
    {"tune", MINI_MM_IOC_TUNE, WHY(mini_mm_tune), &Session::fill_tune, nullptr},
    {"handle_info", MINI_MM_IOC_HANDLE_INFO, WHY(mini_mm_handle_info), &Session::fill_handle_info, nullptr},
    {"read", MINI_MM_IOC_READ, WHY(mini_mm_read), &Session::fill_read, nullptr},
    {"map", MINI_MM_IOC_MAP, WHY(mini_mm_map), &Session::fill_map, nullptr},
    {"log", MINI_MM_IOC_LOG, WHY(mini_mm_log), &Session::fill_log, nullptr},
    {"examine", MINI_MM_IOC_EXAMINE, WHY(mini_mm_examine), &Session::fill_examine, &Session::look_at_examination},
    {"self_test", MINI_MM_IOC_SELF_TEST, WHY(mini_mm_self_test), &Session::fill_self_test, nullptr},
    {"replay_open", MINI_MM_IOC_REPLAY_OPEN, WHY(mini_mm_replay_open), &Session::fill_replay_open, nullptr},
    {"replay_run", MINI_MM_IOC_REPLAY_RUN, WHY(mini_mm_replay_run), &Session::fill_replay_run, nullptr},
    {"replay_run", MINI_MM_IOC_REPLAY_RUN, WHY(mini_mm_replay_run), &Session::fill_replay_run, nullptr},
    {"replay_close", MINI_MM_IOC_REPLAY_CLOSE, WHY(mini_mm_replay_close), &Session::fill_nothing, nullptr},
};

void set_text(char* field, std::size_t size, const char* text) { std::strncpy(field, text, size); }

bool is_of_the_abi(long result) { return minimm::is_known_errno(static_cast<int>(-result)); }

void Session::run() {
  shim_start();
  if (load()) {
    while (!input_.empty()) step();
    unload();
  }
  shim_end();
}

/* Half of the time with what is usual. */
bool Session::load() {
  const std::uint32_t choices = input_.byte();
  const bool usual = choices & 1;
  empties_arenas_ = choices & 2;
  const module_parameters parameters{
      .region_mb = 1,
      .max_region_mb = 0,
      .page_engine = usual ? "eager" : page_engine(),
      .placement = usual ? "lifo" : placement(),
      .object_engine = usual ? "slab" : object_engine(),
      .debug = usual ? "" : debug(),
      .magazine_size = usual ? 64 : input_.below(257),
      .batch = usual ? 0 : input_.below(257),
      .client_handles = usual ? 1u << 19 : input_.byte(),
      .client_caches = usual ? 1u << 9 : input_.byte(),
      .client_arenas = usual ? 1u << 5 : input_.below(6),
  };
  module_set_parameters(&parameters);
  if (!usual) arm();
  const int error = shim_module_init();
  trace("module: %s, %s, %s, debug %s, magazines of %u: %d", parameters.page_engine, parameters.placement,
        parameters.object_engine, parameters.debug, parameters.magazine_size, error);
  require(is_of_the_abi(error), "loading the module ends with %d", error);
  shim_countdowns = {};
  if (error) return false;
  find_default_arena();
  return true;
}

/* A call in which nothing goes wrong. */
long Session::ask(shim_client* client, unsigned command, Argument& argument) {
  std::memcpy(shim_user, argument.bytes, _IOC_SIZE(command));
  const long result = shim_ioctl(client, command, SHIM_USER_START);
  std::memcpy(argument.bytes, shim_user, _IOC_SIZE(command));
  return result;
}

void Session::find_default_arena() {
  require(shim_open(&clients_[0]) == 0, "the device cannot be opened");
  Argument argument{};
  argument.arena_info.lookup = MINI_MM_LOOKUP_NEXT;
  require(ask(clients_[0], MINI_MM_IOC_ARENA_INFO, argument) == 0, "there is no default arena");
  arenas_.push_back(argument.arena_info.id);
}

void Session::unload() {
  check_contents();
  for (unsigned which = 0; which < kClients; ++which) close(which);
  if (empties_arenas_) empty_arenas();
  shim_module_exit();
}

void Session::step() {
  struct Step {
    const char* name;
    void (Session::*run)();
  };
  static constexpr Step kSteps[] = {
      {"open or close", &Session::open_or_close},
      {"map", &Session::map},
      {"unmap", &Session::unmap},
      {"grace period", &Session::pass_a_grace_period},
      {"fail in an arena", &Session::fail_in_arena},
      {"measure interrupts", &Session::measure_interrupts},
  };
  const std::uint32_t chosen = input_.below(32);
  if (chosen < std::size(kSteps)) {
    trace("%s", kSteps[chosen].name);
    (this->*kSteps[chosen].run)();
  } else {
    call();
  }
  shim_countdowns = {};
  shim_check_idle();
}

void Session::open_or_close() {
  const unsigned which = input_.below(kClients);
  if (clients_[which]) {
    close(which);
    return;
  }
  arm();
  const int error = shim_open(&clients_[which]);
  require(error == 0 || error == -ENOMEM, "opening the device ends with %d", error);
  if (error) clients_[which] = nullptr;
}

/* What is mapped keeps a file open. */
void Session::close(unsigned which) {
  for (std::size_t i = mappings_.size(); i-- > 0;) {
    if (mappings_[i].client == which) take_away(i);
  }
  if (clients_[which]) shim_close(clients_[which]);
  clients_[which] = nullptr;
  shim_check_idle();
}

/* Something goes wrong soon, or later, or not at all. */
void Session::arm() {
  struct Harm {
    const char* name;
    std::uint32_t* countdown;
  };
  const Harm kHarms[] = {
      {"an allocation fails", &shim_countdowns.allocation},    {"an allocation fails", &shim_countdowns.allocation},
      {"user memory is gone", &shim_countdowns.user_access},   {"a signal comes", &shim_countdowns.signal},
      {"a fatal signal comes", &shim_countdowns.fatal_signal},
  };
  const std::uint32_t kind = input_.byte();
  if (kind < 192) return;
  const Harm& harm = kHarms[kind % std::size(kHarms)];
  *harm.countdown = 1 + input_.below(kind % 16 == 0 ? 256 : 6);
  trace("  %s, the %u. time from now", harm.name, *harm.countdown);
}

std::uint32_t Session::wild() {
  static constexpr std::uint32_t kNumbers[] = {0, 1, 2, 7, 0x7fffffff, 0x80000000, 0xffffffff, 0x1000, 0xffff, 1 << 20};
  const std::uint32_t chosen = input_.byte();
  return chosen < std::size(kNumbers) ? kNumbers[chosen] : chosen < 128 ? chosen : input_.word() << chosen % 17;
}

std::uint64_t Session::wild_pointer() {
  const std::uint32_t chosen = input_.byte();
  return chosen < 64    ? 0
         : chosen < 192 ? SHIM_USER_START + SHIM_USER_BYTES - 4 * chosen
                        : ~std::uint64_t{0} - 16 * (chosen - 192);
}

/* A flipped bit, or a wild number at the place of another. */
void Session::damage(std::uint8_t* bytes, std::size_t size) {
  const std::uint32_t at = input_.word() % size;
  if (input_.bit()) {
    bytes[at] ^= static_cast<std::uint8_t>(1u << input_.below(8));
    return;
  }
  const std::uint32_t number = wild();
  std::memcpy(bytes + at / 4 * 4, &number, sizeof(number));
}

std::uint64_t Session::buffer() { return input_.byte() < 245 ? SHIM_USER_START + kBuffer : wild_pointer(); }

/* How many things of @size; mostly a few. */
std::uint32_t Session::room_for(std::uint32_t size) {
  const std::uint32_t most = (SHIM_USER_BYTES - kBuffer) / size;
  const std::uint32_t chosen = input_.byte();
  return chosen < 200 ? 1 + chosen % std::min(most, 100u) : chosen < 240 ? 1 + input_.word() % most : wild();
}

void Session::call() {
  shim_client* const client = clients_[input_.below(kClients)];
  const Call& call = kCalls[input_.below(std::size(kCalls))];
  const std::size_t size = _IOC_SIZE(call.command);
  if (!client) return;
  trace("%s", call.name);
  Argument argument{};
  (this->*call.fill)(argument);
  unsigned command = call.command;
  std::uint64_t address = SHIM_USER_START;
  const std::uint32_t harm = input_.byte();
  if (harm >= 192 && harm < 240) damage(argument.bytes, size);
  if (harm >= 240 && harm < 248) command ^= 1u << input_.below(32);
  if (harm >= 248) address = wild_pointer();
  std::memcpy(shim_user, argument.bytes, size);
  arm();
  const long result = shim_ioctl(client, command, address);
  Argument answer{};
  std::memcpy(answer.bytes, shim_user, size);
  const bool called = command == call.command && address == SHIM_USER_START;
  trace("  %ld%s%s", result, harm < 192 ? "" : ", harmed", called ? "" : ", another call");
  require(is_of_the_abi(result), "%s ends with %ld", call.name, result);
  /* Nobody is told what a batch has filled whose results could not be delivered. */
  if (_IOC_NR(command) == _IOC_NR(MINI_MM_IOC_BATCH) && (!called || result == -EFAULT)) content_.clear();
  if (called) check_result(call, result, answer);
}

void Session::check_result(const Call& call, long result, const Argument& answer) {
  /* The answer may not have been delivered. */
  if (result == -EFAULT) return;
  require(result != -ENOTTY, "there is no %s", call.name);
  const bool some_was_done = result == -EINTR && call.command == MINI_MM_IOC_BATCH;
  if (call.look && (result == 0 || some_was_done)) (this->*call.look)(answer);
  if (result == 0) return;
  std::uint32_t why = 0;
  if (call.why) std::memcpy(&why, answer.bytes + call.why, sizeof(why));
  trace("  reason %u", why);
  require(why != MINI_MM_WHY_NONE && why != MINI_MM_WHY_CORRUPT, "%s ends with %ld for reason %u", call.name, result,
          why);
}

void Session::map() {
  const unsigned which = input_.below(kClients);
  if (!clients_[which]) return;
  if (!mappings_.empty() && input_.below(4) == 0) {
    const Mapping& some = mappings_[input_.byte() % mappings_.size()];
    mappings_.push_back({shim_map_again(some.mapping), some.client, some.handle});
    return;
  }
  const std::uint64_t handle = one_of(handles_);
  const std::uint64_t bytes = std::uint64_t{4096} << input_.below(4);
  const bool shared = input_.byte() < 240;
  shim_mapping* mapping = nullptr;
  const int error = shim_map(clients_[which], handle, bytes, shared, &mapping);
  trace("  handle %lu: %d", handle, error);
  require(is_of_the_abi(error), "mmap ends with %d", error);
  if (!error) mappings_.push_back({mapping, which, handle});
}

void Session::unmap() {
  if (!mappings_.empty()) take_away(input_.byte() % mappings_.size());
}

void Session::take_away(std::size_t mapping) {
  shim_unmap(mappings_[mapping].mapping);
  mappings_.erase(mappings_.begin() + static_cast<std::ptrdiff_t>(mapping));
}

void Session::pass_a_grace_period() { shim_pass_grace_period(); }

void Session::fail_in_arena() {
  const std::uint32_t arena = one_of(arenas_);
  const std::uint32_t point = input_.byte();
  module_fail_nth(arena, point, input_.below(8));
}

void Session::measure_interrupts() { module_measure_interrupts(input_.bit()); }

}  // namespace mini_mm::fuzz
