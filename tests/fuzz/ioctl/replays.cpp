// SPDX-License-Identifier: GPL-2.0
/* Replays: a table of slots, and streams of operations on it. */
#include <cstring>

#include "session.hpp"

namespace mini_mm::fuzz {
void Session::fill_replay_open(Argument& argument) {
  mini_mm_replay_open& open = argument.replay_open;
  open.arena = one_of(arenas_);
  open.slots = kSlots;
  slots_ = {};
  open.nr_caches = input_.below(4);
  for (std::uint32_t i = 0; i < open.nr_caches; ++i) {
    mini_mm_replay_cache& cache = open.caches[i];
    const std::uint32_t flags = input_.byte();
    cache.size = object_size();
    cache.flags = flags & 1 ? MINI_MM_REPLAY_CONSTRUCTOR : flags & 2 ? MINI_MM_REPLAY_CONSTRUCT_EACH_TIME : 0;
    if (flags & 4) cache.align = 1u << input_.below(13);
    if (flags & 8) set_text(cache.engine, sizeof(cache.engine), object_engine());
  }
}

/* Mostly what is right for the slot; an operation that is wrong ends the call. */
void Session::fill_replay_run(Argument& argument) {
  mini_mm_replay_run& run = argument.replay_run;
  mini_mm_replay_op ops[24];
  const std::uint32_t count = 1 + input_.below(24);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t choice = input_.byte();
    const std::uint32_t slot = input_.byte() < 250 ? input_.below(kSlots) : kSlots;
    const std::uint32_t code = choice >= 250 ? choice % 16 : slots_[slot] ? MINI_MM_REPLAY_FREE : 1 + choice % 3;
    slots_[slot] = !slots_[slot];
    ops[i].what = MINI_MM_REPLAY_WHAT(code, slot);
    ops[i].argument = code == MINI_MM_REPLAY_PAGES    ? input_.below(4) | input_.below(4) << 8
                      : code == MINI_MM_REPLAY_OBJECT ? input_.below(4)
                      : code == MINI_MM_REPLAY_FREE   ? 0
                                                      : input_.word();
    trace("  operation %u on slot %u, %#x", code, slot, ops[i].argument);
  }
  std::memcpy(shim_user + kBuffer, ops, count * sizeof(*ops));
  run.ops = buffer();
  run.count = count;
  if (input_.below(4)) return;
  run.flags = MINI_MM_REPLAY_TIMED;
  run.histogram = input_.bit() ? SHIM_USER_START + kBuffer + sizeof(ops) : 0;
}

}  // namespace mini_mm::fuzz
