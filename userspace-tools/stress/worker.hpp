/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One thread of 'minimm stress'. It allocates blocks of random kinds, fills each with a byte of its own, and
 * later checks and frees a random one of those it holds; what it holds grows and shrinks within its budget.
 * A round is one batch: fill what the round before allocated, then allocate, or check and free, until the
 * batch is full. Nothing is allocated on the way, and the kernel is called once a round.
 */
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "device.hpp"
#include "refused.hpp"
#include "stress/random.hpp"

namespace minimm {

enum class Verify { ends, full };

/* Something that can be allocated. */
struct StressKind {
  mini_mm_opcode alloc;
  mini_mm_opcode free;
  std::uint32_t target; /* cache or arena */
  std::uint32_t order;
  std::uint64_t size; /* bytes */
  std::uint64_t cost; /* bytes of the arena, with its share of the slab */
};

struct StressPlan {
  const Device& device;
  std::vector<StressKind> kinds;
  std::uint64_t seed;
  std::uint32_t batch; /* operations a call */
  Verify verify;
  std::uint64_t budget; /* bytes a thread may hold */
  std::uint32_t blocks; /* and how many blocks */
};

struct StressCounts {
  std::uint64_t allocations = 0;
  std::uint64_t frees = 0;
  std::uint64_t full = 0;   /* allocations that found the arena full */
  std::uint64_t errors = 0; /* checks that found another byte */
  std::uint64_t refused = 0;
  std::optional<Refused> first_error;
  std::optional<Refused> first_refused;

  std::uint64_t operations() const { return allocations + frees; }
  void add(const StressCounts& other);
};

class StressWorker {
 public:
  StressWorker(const StressPlan& plan, std::uint32_t number);

  /* Until @stop; then frees all that it holds. */
  void run(const std::atomic<bool>& stop);

  /* So far; for any thread. */
  std::uint64_t operations() const { return progress_.load(std::memory_order_relaxed); }
  /* Once run() has returned. */
  const StressCounts& counts() const { return counts_; }

 private:
  struct Block {
    std::uint64_t handle;
    std::uint8_t kind;
    std::uint8_t byte;
  };
  enum class Mode { grow, shrink, drain };

  void round(Mode mode);
  void fill_fresh();
  void push_alloc(std::uint8_t kind);
  void push_check_and_free();
  void push_over(mini_mm_opcode opcode, const Block& block);
  mini_mm_op& push(std::uint32_t opcode, const Block& block);
  bool may_hold(const StressKind& kind) const;
  void take_results();
  void take_refusal(const mini_mm_op& op, const Block& block);

  const StressPlan& plan_;
  Random random_;
  std::vector<mini_mm_op> ops_;
  std::vector<Block> blocks_of_ops_;
  std::size_t used_ = 0; /* of the two above */
  std::vector<Block> fresh_;
  std::vector<Block> held_;
  std::uint64_t bytes_ = 0; /* what fresh_ and held_ cost, and what is being allocated */
  std::uint32_t pending_ = 0;
  StressCounts counts_;
  std::atomic<std::uint64_t> progress_ = 0;
};

}  // namespace minimm
