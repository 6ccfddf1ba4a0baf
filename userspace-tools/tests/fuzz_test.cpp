/* SPDX-License-Identifier: GPL-2.0 */
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "device.hpp"
#include "fuzz/arguments.hpp"
#include "fuzz/errnos.hpp"
#include "fuzz/memory.hpp"
#include "fuzz/worker.hpp"

namespace minimm {
namespace {

constexpr int kMany = 20000;

struct FuzzTest : testing::Test {
  FuzzTest() {
    for (std::uint64_t i = 5; i < 8; i++) {
      world.arenas.add(random, i);
      world.caches.add(random, i);
      world.own().add(random, 100 + i);
    }
  }

  std::unique_ptr<FuzzShared> shared = std::make_unique<FuzzShared>();
  FuzzWorld world{"fz0.0-", 4096, true, shared.get()};
  Random random{1};
};

template <class Argument>
void damage(Random& random, const FuzzWorld& world, Argument& argument) {
  const Argument was = argument;
  mutate(random, one_in(random, 2) ? Mutation::flip : Mutation::garbage,
         std::as_writable_bytes(std::span(&argument, 1)));
  keep_safe(argument, was, world);
}

bool harmless(std::uint64_t id, std::uint64_t foreign) { return id == 0 || (id >= 5 && id < 8) || (id & foreign) != 0; }

TEST_F(FuzzTest, a_seed_has_the_same_arguments_each_time) {
  Random first(42), second(42), other(43);
  bool differs = false;
  for (int i = 0; i < kMany; i++) {
    const mini_mm_op a = make_op(first, world), b = make_op(second, world), c = make_op(other, world);
    ASSERT_EQ(std::memcmp(&a, &b, sizeof(a)), 0);
    differs = differs || std::memcmp(&a, &c, sizeof(a)) != 0;
    const mini_mm_arena_create d = make_arena_create(first, world), e = make_arena_create(second, world);
    ASSERT_EQ(std::memcmp(&d, &e, sizeof(d)), 0);
    make_arena_create(other, world);
  }
  EXPECT_TRUE(differs);
}

TEST_F(FuzzTest, workers_and_lives_have_seeds_of_their_own) {
  EXPECT_EQ(fuzz_seed(1, 2, 3), fuzz_seed(1, 2, 3));
  EXPECT_NE(fuzz_seed(1, 2, 3), fuzz_seed(1, 3, 2));
  EXPECT_NE(fuzz_seed(1, 2, 3), fuzz_seed(1, 2, 4));
  EXPECT_NE(fuzz_seed(1, 2, 3), fuzz_seed(2, 2, 3));
}

TEST_F(FuzzTest, whatever_is_done_to_it_an_operation_names_only_what_is_ours) {
  for (int i = 0; i < kMany; i++) {
    mini_mm_op op = make_op(random, world);
    const std::uint32_t opcode = op.opcode;
    damage(random, world, op);
    ASSERT_TRUE(harmless(op.target, kForeignId));
    ASSERT_TRUE(op.handle == 0 || (op.handle >= 105 && op.handle < 108) || (op.handle & kForeignHandle) != 0);
    /* A cache's id is no arena's. */
    if (op.opcode != opcode) ASSERT_NE(op.target & kForeignId, 0u);
  }
}

TEST_F(FuzzTest, whatever_is_done_to_them_the_other_structures_do_so_too) {
  for (int i = 0; i < kMany; i++) {
    mini_mm_target target{};
    target.id = world.arena(random);
    damage(random, world, target);
    ASSERT_TRUE(harmless(target.id, kForeignId));
    mini_mm_tune tune = make_tune(random, world);
    damage(random, world, tune);
    ASSERT_TRUE(harmless(tune.arena, kForeignId) && harmless(tune.cache, kForeignId));
    mini_mm_cache_create cache = make_cache_create(random, world);
    damage(random, world, cache);
    ASSERT_TRUE(harmless(cache.arena, kForeignId));
    mini_mm_replay_open open = make_replay_open(random, world);
    damage(random, world, open);
    ASSERT_TRUE(harmless(open.arena, kForeignId));
    ASSERT_TRUE(open.slots <= 4096 || open.slots > MINI_MM_REPLAY_SLOTS_MAX);
    mini_mm_batch batch{};
    batch.ops = 0x1000;
    batch.count = 3;
    damage(random, world, batch);
    ASSERT_EQ(batch.ops, 0x1000u);
    ASSERT_TRUE(batch.count <= 3 || batch.count > MINI_MM_BATCH_MAX) << "what lies behind them is not for the kernel";
  }
}

TEST_F(FuzzTest, arenas_have_names_of_the_runs_own_and_no_size_that_the_machine_feels) {
  for (int i = 0; i < kMany; i++) {
    mini_mm_arena_create arena = make_arena_create(random, world);
    damage(random, world, arena);
    ASSERT_TRUE(name_in(arena.name).starts_with(world.prefix));
    const bool refused = arena.size % world.page_size != 0 || arena.size >= 1ull << 45;
    ASSERT_TRUE(refused || arena.size <= 1u << 20) << arena.size;
    ASSERT_EQ(name_in(arena.debug).find('T'), std::string_view::npos);
  }
}

TEST_F(FuzzTest, a_replay_frees_what_is_in_use_and_takes_what_is_not) {
  std::uint32_t in_use = 0;
  int right = 0;
  for (int i = 0; i < kMany; i++) {
    const std::uint32_t before = in_use;
    const mini_mm_replay_op op = make_replay_op(random, in_use);
    const std::uint32_t slot = op.what >> 4;
    if (slot < 32) right += ((op.what & 0xf) == MINI_MM_REPLAY_FREE) == ((before >> slot & 1) != 0);
  }
  EXPECT_GT(right, kMany * 9 / 10);
}

TEST(FuzzMemoryTest, what_is_placed_well_is_there_and_what_straddles_is_not) {
  FuzzMemory memory;
  Random random(1);
  const std::array<std::byte, 64> bytes{std::byte{0x5a}};
  std::array<std::byte, 64> back{};
  for (int i = 0; i < 1000; i++) {
    back = {};
    const std::uint64_t at = memory.place(random, FuzzMemory::Part::arguments, Pointer::good, bytes);
    EXPECT_TRUE(memory.fetch(at, back));
    EXPECT_EQ(back, bytes);
    for (const Pointer bad : {Pointer::none, Pointer::unmapped, Pointer::read_only, Pointer::kernel})
      EXPECT_FALSE(memory.fetch(memory.place(random, FuzzMemory::Part::pointed_to, bad, bytes), back));
    memory.race(random);
  }
}

TEST(FuzzMemoryTest, operations_that_race_do_not_reach_where_the_kernel_writes) {
  FuzzMemory memory;
  Random random(1);
  const std::vector<std::byte> operations(100 * sizeof(mini_mm_op));
  std::uint64_t highest = 0, lowest = UINT64_MAX, written = UINT64_MAX;
  for (int i = 0; i < kMany; i++) {
    const std::uint64_t at = memory.place(random, FuzzMemory::Part::pointed_to, Pointer::racing, operations);
    highest = std::max(highest, at + operations.size());
    lowest = std::min(lowest, at);
    written = std::min(written, memory.room(random, Pointer::racing, operations.size()));
  }
  EXPECT_EQ(highest, lowest + FuzzMemory::kRacing / 2);
  EXPECT_LE(highest, written);
}

TEST(FuzzErrnoTest, damage_is_none_of_the_errors_that_calls_may_end_with) {
  EXPECT_TRUE(is_known_errno(0));
  EXPECT_TRUE(is_known_errno(EINVAL));
  EXPECT_FALSE(is_known_errno(EUCLEAN));
  EXPECT_FALSE(is_known_errno(EIO));
}

}  // namespace
}  // namespace minimm
