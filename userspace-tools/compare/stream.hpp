/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stream of operations for the kernel's replay, and how it is built. It is the same for every engine: it knows
 * nothing of what becomes of its allocations. The builder gives out the slots, so that no operation names one that
 * is in use or that is empty.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <cstdint>
#include <vector>

#include "stress/random.hpp"

namespace minimm {

enum class Construct { never, once, each_time };

struct StreamCache {
  std::uint32_t size;
  std::uint32_t align = 0;
  Construct construct = Construct::never;
};

/* Operations up to @end, from where the section before ends. */
struct StreamSection {
  std::size_t end;
  bool measured;
};

struct Stream {
  std::uint32_t slots = 0;
  std::vector<StreamCache> caches;
  std::vector<mini_mm_replay_op> ops;
  std::vector<StreamSection> sections;

  std::size_t measured_ops() const;
};

/* What a workload is made for. */
struct Ground {
  std::uint64_t pages;
  std::uint64_t page_size;
  std::uint32_t max_order;
  std::uint64_t seed;

  std::uint64_t bytes() const { return pages * page_size; }
};

class StreamBuilder {
 public:
  explicit StreamBuilder(const Ground& ground) : ground_(ground), random_(ground.seed) {}

  /* UsageError for more than MINI_MM_REPLAY_CACHES_MAX. Gives its number. */
  std::uint32_t add_cache(const StreamCache& cache);

  /* UsageError for more than MINI_MM_REPLAY_SLOTS_MAX blocks at a time. They give the number of the slot. */
  std::uint32_t pages(std::uint32_t order, mini_mm_replay_mobility mobility = MINI_MM_REPLAY_UNMOVABLE);
  std::uint32_t object(std::uint32_t cache);
  std::uint32_t kmalloc(std::uint32_t bytes);

  /* There is one. */
  void free_random();
  void free_last();
  void free_slot(std::uint32_t slot);
  bool in_use(std::uint32_t slot) const { return slot < place_.size() && place_[slot] != kNone; }

  /* When what is in it was allocated: a number of its own. */
  std::size_t born(std::uint32_t slot) const { return live_[place_[slot]].born; }

  std::size_t live() const { return live_.size(); }
  /* As asked for. */
  std::uint64_t live_bytes() const { return live_bytes_; }
  std::size_t ops() const { return stream_.ops.size(); }

  /* What follows is measured, or not; a stream starts with what is not. */
  void measure(bool on);

  const Ground& ground() const { return ground_; }
  Random& random() { return random_; }
  const std::vector<StreamCache>& caches() const { return stream_.caches; }
  Stream take();

 private:
  static constexpr std::uint32_t kNone = ~0u;
  struct Live {
    std::uint32_t slot;
    std::uint32_t bytes;
    std::size_t born;
  };

  std::uint32_t allocate(std::uint32_t code, std::uint32_t argument, std::uint32_t bytes);
  void free_at(std::size_t index);
  void end_section();

  Ground ground_;
  Random random_;
  Stream stream_;
  bool measured_ = false;
  std::vector<Live> live_;
  std::vector<std::uint32_t> place_; /* of a slot in live_ */
  std::vector<std::uint32_t> empty_; /* slots */
  std::uint64_t live_bytes_ = 0;
};

}  // namespace minimm
