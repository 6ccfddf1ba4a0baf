/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One thread of 'minimm fuzz': calls drawn at random, each right, or wrong in one of many ways, one after the other.
 * What it calls depends on its seed alone, as long as nobody else is at work.
 */
#pragma once

#include <optional>

#include "fuzz/arguments.hpp"
#include "fuzz/files.hpp"
#include "fuzz/ledger.hpp"
#include "fuzz/memory.hpp"

namespace minimm {

struct FuzzPlan {
  FuzzShared* shared;
  std::string prefix; /* of arenas; each worker adds its number */
  std::uint64_t seed;
  std::uint64_t calls; /* of each worker; 0 for no end */
  std::uint64_t page_size;
  std::array<int, 2> post;
  bool alone;  /* the only worker */
  bool compat; /* the kernel takes 32-bit calls */
};

/* The seed of the @life-th process that has the place of worker @number. */
std::uint64_t fuzz_seed(std::uint64_t seed, std::uint32_t number, std::uint32_t life);
std::string fuzz_prefix(const FuzzPlan& plan, std::uint32_t number);

class FuzzWorker {
 public:
  FuzzWorker(const FuzzPlan& plan, std::uint32_t number, std::uint32_t life);

  /* Until the run is stopped, or all its calls are made. */
  void run();

  std::uint64_t digest() const { return ledger_.digest(); }
  FuzzMemory& memory() { return memory_; }

 private:
  /* How a call is made. */
  struct Manner {
    Mutation mutation;
    Pointer pointer;
    bool wrong_request;
    bool compat;
  };

  void step();
  Manner draw();
  Pointer inner();
  std::uint64_t room(std::size_t bytes) { return memory_.room(random_, inner(), bytes); }

  /* @heard: what is in @argument came from the kernel. */
  template <class Argument>
  int call(FuzzCall call, std::uint32_t request, Argument& argument, bool* heard = nullptr);
  void forget(std::uint32_t why, std::uint32_t arena, std::uint32_t cache);

  void info();
  void arena_create();
  void arena_info();
  void arena_act(FuzzCall call, std::uint32_t request);
  void arena_destroy();
  void cache_create();
  void cache_info();
  void cache_act(FuzzCall call, std::uint32_t request);
  void tune();
  void batch();
  void take_result(const mini_mm_op& op);
  void handle_info();
  void read();
  void map();
  void log();
  void examine();
  void self_test();
  void replay_open();
  void replay_run();
  void replay_close();

  const FuzzPlan& plan_;
  FuzzLedger ledger_;
  Random random_;
  FuzzWorld world_;
  FuzzMemory memory_;
  std::optional<FuzzFiles> files_;
};

}  // namespace minimm
