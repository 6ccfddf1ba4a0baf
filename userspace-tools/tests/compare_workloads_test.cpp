/* SPDX-License-Identifier: GPL-2.0 */
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "compare/workloads.hpp"
#include "tests/streams.hpp"
#include "text/numbers.hpp"

namespace minimm {
namespace {

constexpr Ground kGround{4096, 4096, 10, 42};

bool same(const Stream& a, const Stream& b) {
  return a.ops.size() == b.ops.size() &&
         std::memcmp(a.ops.data(), b.ops.data(), a.ops.size() * sizeof(mini_mm_replay_op)) == 0;
}

TEST(Workloads, never_free_an_empty_slot_nor_use_one_twice) {
  for (const Workload& workload : workloads())
    for (const Ground ground : {kGround, Ground{64, 4096, 6, 1}, Ground{1000, 4096, 9, 7}})
      for (const Variant& variant : workload.make(ground)) {
        SCOPED_TRACE(std::string(workload.name) + ' ' + variant.name);
        StreamWalk walk;
        ASSERT_NO_FATAL_FAILURE(walk.walk(variant.stream));
        EXPECT_LE(walk.most_live, variant.stream.slots);
        EXPECT_GT(variant.stream.measured_ops(), 0u);
        EXPECT_EQ(variant.stream.sections.back().end, variant.stream.ops.size());
      }
}

TEST(Workloads, are_the_same_from_the_same_seed_and_others_from_another) {
  for (const Workload& workload : workloads()) {
    const Ground other{kGround.pages, kGround.page_size, kGround.max_order, kGround.seed + 1};
    EXPECT_TRUE(same(workload.make(kGround)[0].stream, workload.make(kGround)[0].stream)) << workload.name;
    EXPECT_FALSE(same(workload.make(kGround)[0].stream, workload.make(other)[0].stream)) << workload.name;
  }
}

TEST(Workloads, ask_for_no_order_that_the_arena_has_not) {
  for (const Workload& workload : workloads())
    for (const Variant& variant : workload.make({64, 4096, 3, 1}))
      for (const mini_mm_replay_op& op : variant.stream.ops)
        if ((op.what & 15) == MINI_MM_REPLAY_PAGES) ASSERT_LE(op.argument & 0xff, 3u) << workload.name;
}

TEST(Workloads, have_names_that_are_found) {
  std::set<std::string_view> names;
  for (const Workload& workload : workloads()) {
    EXPECT_EQ(find_workload(workload.name), &workload);
    EXPECT_TRUE(names.insert(workload.name).second);
    EXPECT_NE(workload_names().find(workload.name), std::string::npos);
  }
  EXPECT_EQ(find_workload("fragg"), nullptr);
}

TEST(Frag, fills_frees_half_and_exchanges_a_tenth_a_hundred_times) {
  const Stream stream = find_workload("frag")->make(kGround)[0].stream;
  ASSERT_EQ(stream.sections.size(), 2u);
  StreamWalk walk;
  walk.walk(stream, 0, kGround.pages);
  EXPECT_EQ(walk.bytes, kGround.bytes());
  walk.walk(stream, kGround.pages, stream.sections[0].end);
  EXPECT_EQ(walk.live.size(), kGround.pages / 2);
  const std::size_t tenth = kGround.pages / 2 / 10;
  EXPECT_EQ(stream.measured_ops(), 100 * 2 * tenth);
  walk.walk(stream, stream.sections[0].end, stream.ops.size());
  EXPECT_EQ(walk.live.size(), kGround.pages / 2);
  for (const mini_mm_replay_op& op : stream.ops)
    if ((op.what & 15) == MINI_MM_REPLAY_PAGES) ASSERT_EQ(op.argument, MINI_MM_REPLAY_MOVABLE << 8);
}

TEST(Steady, keeps_half_of_the_memory_in_use_while_it_is_measured) {
  for (const char* name : {"steady", "tasks", "mix", "churn"}) {
    const Stream stream = find_workload(name)->make(kGround)[0].stream;
    ASSERT_EQ(stream.sections.size(), 2u);
    StreamWalk walk;
    walk.walk(stream, 0, stream.sections[0].end);
    for (std::size_t i = stream.sections[0].end; i < stream.ops.size(); i++) {
      walk.step(stream, stream.ops[i]);
      /* And one block of order 9. */
      ASSERT_GT(walk.bytes, kGround.bytes() * 4 / 10 - (2u << 20)) << name;
      ASSERT_LT(walk.bytes, kGround.bytes() * 6 / 10 + (2u << 20)) << name;
    }
  }
}

TEST(Brief, returns_to_the_same_blocks_all_the_time) {
  const Stream stream = find_workload("brief")->make(kGround)[0].stream;
  ASSERT_EQ(stream.sections.size(), 2u);
  StreamWalk walk;
  walk.walk(stream, 0, stream.sections[0].end);
  const std::size_t staying = walk.live.size();
  std::size_t most = 0;
  for (std::size_t i = stream.sections[0].end; i < stream.ops.size(); i++) {
    walk.step(stream, stream.ops[i]);
    most = std::max(most, walk.live.size());
    ASSERT_GE(walk.live.size(), staying);
  }
  EXPECT_EQ(walk.live.size(), staying);
  EXPECT_EQ(most, staying + 4);
}

TEST(Churn, drifts_from_small_to_large) {
  const Stream stream = find_workload("churn")->make(kGround)[0].stream;
  const std::size_t begin = stream.sections[0].end;
  const auto mean = [&](std::size_t from, std::size_t to) {
    double sum = 0, count = 0;
    for (std::size_t i = from; i < to; i++)
      if ((stream.ops[i].what & 15) == MINI_MM_REPLAY_KMALLOC) {
        sum += stream.ops[i].argument;
        count++;
      }
    return sum / count;
  };
  const std::size_t eighth = (stream.ops.size() - begin) / 8;
  EXPECT_GT(mean(stream.ops.size() - eighth, stream.ops.size()), 2 * mean(begin, begin + eighth));
}

TEST(Churn, has_the_sizes_of_a_kernel) {
  const Stream stream = find_workload("churn")->make(kGround)[0].stream;
  std::size_t small = 0, all = 0;
  for (const mini_mm_replay_op& op : stream.ops) {
    if ((op.what & 15) == MINI_MM_REPLAY_FREE) continue;
    ASSERT_GE(op.argument, 16u);
    ASSERT_LE(op.argument, 32768u);
    all++;
    small += op.argument <= 512;
  }
  EXPECT_GT(small, all * 6 / 10);
}

TEST(Bonwick, differs_in_the_constructor_alone) {
  const std::vector<Variant> variants = find_workload("bonwick")->make(kGround);
  ASSERT_EQ(variants.size(), 2u);
  EXPECT_TRUE(same(variants[0].stream, variants[1].stream));
  EXPECT_EQ(variants[0].stream.caches[0].construct, Construct::once);
  EXPECT_EQ(variants[1].stream.caches[0].construct, Construct::each_time);
}

TEST(Builder, gives_slots_out_again) {
  StreamBuilder builder(kGround);
  for (int i = 0; i < 100; i++) {
    builder.pages(0);
    builder.pages(1);
    builder.free_random();
    builder.free_random();
  }
  EXPECT_EQ(builder.live(), 0u);
  EXPECT_EQ(builder.live_bytes(), 0u);
  EXPECT_EQ(builder.take().slots, 2u);
}

TEST(Builder, has_sections_only_where_something_is) {
  StreamBuilder builder(kGround);
  builder.measure(true);
  builder.measure(false);
  builder.pages(0);
  builder.measure(false);
  builder.free_last();
  builder.measure(true);
  const Stream stream = builder.take();
  ASSERT_EQ(stream.sections.size(), 1u);
  EXPECT_EQ(stream.sections[0].end, 2u);
  EXPECT_FALSE(stream.sections[0].measured);
}

TEST(Builder, refuses_a_cache_too_many) {
  StreamBuilder builder(kGround);
  for (int i = 0; i < MINI_MM_REPLAY_CACHES_MAX; i++) builder.add_cache({64});
  EXPECT_THROW(builder.add_cache({64}), UsageError);
}

}  // namespace
}  // namespace minimm
