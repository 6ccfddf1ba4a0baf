/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the calls of 'minimm fuzz' are given: structures that are right, and the same with bits flipped or filled
 * with anything. All that is random comes from one generator, so a seed has the same calls.
 *
 * Whatever is done to a structure, it keeps to the run's own arenas: an id, a handle or a name that came out
 * different is made into one that nobody can have (keep_safe()). Sizes that the machine would feel are made larger, so
 * that they are refused.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fuzz/calls.hpp"
#include "stress/random.hpp"

namespace minimm {

/* Bits that no id and no handle has within the life of a module; a handle with it is still an offset of mmap(). */
inline constexpr std::uint32_t kForeignId = 1u << 30;
inline constexpr std::uint64_t kForeignHandle = 1ull << 50;
/* A count that every call refuses. */
inline constexpr std::uint32_t kTooMany = 1u << 31;

inline constexpr std::size_t kFuzzFiles = 3;

/* Numbers that were made and, as far as is known, are still there. */
class FuzzPool {
 public:
  explicit FuzzPool(std::size_t most) : most_(most) {}

  bool full() const { return made_.size() >= most_; }
  std::size_t size() const { return made_.size(); }
  void add(Random& random, std::uint64_t number);
  void clear() { made_.clear(); }
  void remove(std::uint64_t number) { std::erase(made_, number); }
  /* 0 when it is empty. */
  std::uint64_t pick(Random& random) const;

 private:
  std::size_t most_;
  std::vector<std::uint64_t> made_;
};

/* What a worker may name. */
struct FuzzWorld {
  std::string prefix; /* of its arenas */
  std::uint64_t page_size;
  bool reproducible; /* nothing whose outcome depends on the time */
  FuzzShared* shared;
  FuzzPool arenas{4};
  FuzzPool caches{16};
  /* Whose is the call: of the open file of this number, which has handles and a replay of its own. */
  std::uint32_t file = 0;
  std::array<FuzzPool, kFuzzFiles> handles{FuzzPool(128), FuzzPool(128), FuzzPool(128)};
  std::array<std::uint32_t, kFuzzFiles> slots_in_use{}; /* of the replay's first 32, a bit each */

  FuzzPool& own() { return handles[file]; }

  /* One of its own most of the time; one of another worker's, one that is gone, or none that there can be. */
  std::uint32_t arena(Random& random) const;
  std::uint32_t cache(Random& random) const;
  std::uint64_t handle(Random& random) const;
};

mini_mm_arena_create make_arena_create(Random& random, const FuzzWorld& world);
mini_mm_cache_create make_cache_create(Random& random, const FuzzWorld& world);
mini_mm_tune make_tune(Random& random, const FuzzWorld& world);
mini_mm_self_test make_self_test(Random& random);
mini_mm_op make_op(Random& random, const FuzzWorld& world);
mini_mm_replay_open make_replay_open(Random& random, const FuzzWorld& world);
/* @in_use: a bit for each slot, as it will be then. */
mini_mm_replay_op make_replay_op(Random& random, std::uint32_t& in_use);

/* Another number, size or direction; no call that there is, for it would take the argument for its own. */
std::uint32_t wrong_request(Random& random, std::uint32_t request);

/* What is done to a structure. */
enum class Mutation { none, flip, garbage };

/* Nothing, most of the time. */
Mutation some_mutation(Random& random);

void mutate(Random& random, Mutation mutation, std::span<std::byte> bytes);

/* @was is the structure before it was mutated. Those without an overload name nothing that could come to harm. */
void keep_safe(mini_mm_arena_create& now, const mini_mm_arena_create& was, const FuzzWorld& world);
void keep_safe(mini_mm_cache_create& now, const mini_mm_cache_create& was, const FuzzWorld& world);
void keep_safe(mini_mm_target& now, const mini_mm_target& was, const FuzzWorld& world);
void keep_safe(mini_mm_tune& now, const mini_mm_tune& was, const FuzzWorld& world);
void keep_safe(mini_mm_examine& now, const mini_mm_examine& was, const FuzzWorld& world);
void keep_safe(mini_mm_self_test& now, const mini_mm_self_test& was, const FuzzWorld& world);
void keep_safe(mini_mm_op& now, const mini_mm_op& was, const FuzzWorld& world);
void keep_safe(mini_mm_read& now, const mini_mm_read& was, const FuzzWorld& world);
void keep_safe(mini_mm_replay_open& now, const mini_mm_replay_open& was, const FuzzWorld& world);
/* Those that only look: what they find of others would be another thing in each run. */
void keep_safe(mini_mm_arena_info& now, const mini_mm_arena_info& was, const FuzzWorld& world);
void keep_safe(mini_mm_cache_info& now, const mini_mm_cache_info& was, const FuzzWorld& world);
void keep_safe(mini_mm_handle_info& now, const mini_mm_handle_info& was, const FuzzWorld& world);
/* Pointers stay as they are, or they would lead into the worker's own memory. */
void keep_safe(mini_mm_batch& now, const mini_mm_batch& was, const FuzzWorld& world);
void keep_safe(mini_mm_map& now, const mini_mm_map& was, const FuzzWorld& world);
void keep_safe(mini_mm_log& now, const mini_mm_log& was, const FuzzWorld& world);
void keep_safe(mini_mm_replay_run& now, const mini_mm_replay_run& was, const FuzzWorld& world);
inline void keep_safe(mini_mm_info&, const mini_mm_info&, const FuzzWorld&) {}
inline void keep_safe(mini_mm_replay_close&, const mini_mm_replay_close&, const FuzzWorld&) {}

/* Any of @values. */
template <class Value>
Value any_of(Random& random, std::initializer_list<Value> values) {
  return values.begin()[random.below(static_cast<std::uint32_t>(values.size()))];
}

/* One in @n. */
inline bool one_in(Random& random, std::uint32_t n) { return random.below(n) == 0; }

}  // namespace minimm
