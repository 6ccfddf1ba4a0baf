// SPDX-License-Identifier: GPL-2.0
/*
 * One run of the fuzzer: the module is loaded, several clients open its device, make calls, map blocks, and go, and it
 * is unloaded. The input chooses the calls and what is in them: right ones, with ids and handles that there are, and
 * then some in which a bit is flipped, a number is wild, or a pointer leads nowhere. While a call is under way, an
 * allocation, an access to user memory, or a signal may come amiss.
 *
 * What has to hold: a result is 0 or an errno of the ABI, and says why; nobody who damaged nothing is told of damage;
 * what is in a handle is zeros, or what it was filled with; and when the module is gone, everything is back. The rest
 * is the shim's to find (shim/), and the sanitizers'.
 */
#pragma once

#include <array>
#include <map>
#include <vector>

#include "input.hpp"
#include "module.h"
#include "require.hpp"
#include "shim/world.h"
#include "uapi/mini_mm.h"

namespace mini_mm::fuzz {

/* What a call reads and writes; the kernel's has as many bytes. */
union Argument {
  std::uint8_t bytes[512];
  mini_mm_info info;
  mini_mm_arena_create arena_create;
  mini_mm_arena_info arena_info;
  mini_mm_target target;
  mini_mm_tune tune;
  mini_mm_cache_create cache_create;
  mini_mm_cache_info cache_info;
  mini_mm_batch batch;
  mini_mm_handle_info handle_info;
  mini_mm_read read;
  mini_mm_map map;
  mini_mm_log log;
  mini_mm_examine examine;
  mini_mm_self_test self_test;
  mini_mm_replay_open replay_open;
  mini_mm_replay_run replay_run;
  mini_mm_replay_close replay_close;
};

class Session {
 public:
  explicit Session(Input& input) : input_(input) {}
  void run();

 private:
  static constexpr unsigned kClients = 3;
  /* Of a replay. */
  static constexpr std::uint32_t kSlots = 32;
  /* In one batch of checks. */
  static constexpr std::size_t kMostChecks = 256;
  /* Of user memory: first the argument, and from here on what it points to. */
  static constexpr std::uint32_t kBuffer = 4096;

  struct Call {
    const char* name;
    unsigned command;
    std::size_t why; /* where in the argument the reason is; 0: it has none */
    void (Session::*fill)(Argument& argument);
    void (Session::*look)(const Argument& argument); /* at the answer of one that succeeded; or null */
  };
  static const Call kCalls[];

  struct Mapping {
    shim_mapping* mapping;
    unsigned client;
    std::uint64_t handle;
  };

  /* session.cpp */
  bool load();
  static long ask(shim_client* client, unsigned command, Argument& argument);
  void find_default_arena();
  void unload();
  void step();
  void open_or_close();
  void close(unsigned which);
  void call();
  void map();
  void unmap();
  void take_away(std::size_t mapping);
  void pass_a_grace_period();
  void fail_in_arena();
  void measure_interrupts();
  void arm();
  void check_result(const Call& call, long result, const Argument& answer);
  std::uint32_t wild();
  std::uint64_t wild_pointer();
  void damage(std::uint8_t* bytes, std::size_t size);
  std::uint64_t buffer();
  std::uint32_t room_for(std::uint32_t size);
  template <class Id>
  Id one_of(const std::vector<Id>& ids) {
    const std::uint32_t chosen = input_.byte();
    return ids.empty() || chosen >= 240 ? wild() : ids[ids.size() - 1 - chosen % ids.size()];
  }

  /* arenas.cpp */
  void empty_arenas();
  void fill_nothing(Argument& argument);
  void fill_arena_create(Argument& argument);
  void fill_arena_info(Argument& argument);
  void fill_arena_target(Argument& argument);
  void fill_cache_create(Argument& argument);
  void fill_cache_info(Argument& argument);
  void fill_cache_target(Argument& argument);
  void fill_tune(Argument& argument);
  void fill_map(Argument& argument);
  void fill_log(Argument& argument);
  void fill_examine(Argument& argument);
  void fill_self_test(Argument& argument);
  void look_at_new_arena(const Argument& argument);
  void look_at_arena(const Argument& argument);
  void look_at_new_cache(const Argument& argument);
  void look_at_cache(const Argument& argument);
  void look_at_examination(const Argument& argument);
  const char* page_engine();
  const char* placement();
  const char* object_engine();
  const char* debug();
  std::uint32_t object_size();

  /* operations.cpp */
  void fill_batch(Argument& argument);
  void fill_handle_info(Argument& argument);
  void fill_read(Argument& argument);
  void look_at_batch(const Argument& argument);
  void check_contents();
  mini_mm_op operation();
  void look_at_operation(const mini_mm_op& asked, const mini_mm_op& answered);

  /* replays.cpp */
  void fill_replay_open(Argument& argument);
  void fill_replay_run(Argument& argument);

  Input& input_;
  bool empties_arenas_ = false; /* at the end; else there is something left for the module to take back */
  std::array<shim_client*, kClients> clients_{};
  std::vector<Mapping> mappings_;
  std::vector<std::uint32_t> arenas_, caches_;
  std::vector<std::uint64_t> handles_;
  std::array<bool, kSlots + 1> slots_{}; /* in use, as far as is known */
  std::vector<mini_mm_op> asked_;        /* by the last batch */
  std::map<std::uint64_t, std::uint8_t>
      content_; /* of handles, from end to end: zeros, or what they were filled with */
};

/* An errno of the ABI: negative, or 0. */
bool is_of_the_abi(long result);
void set_text(char* field, std::size_t size, const char* text);

}  // namespace mini_mm::fuzz
