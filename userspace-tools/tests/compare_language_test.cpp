/* SPDX-License-Identifier: GPL-2.0 */
#include <gtest/gtest.h>

#include "compare/language.hpp"
#include "tests/streams.hpp"
#include "text/numbers.hpp"

namespace minimm {
namespace {

constexpr Ground kGround{1024, 4096, 9, 3};

Stream stream_of(std::string_view text) { return WorkloadFile("w", text).make(kGround); }

/* Its complaint, or "none". */
std::string complaint(std::string_view text) {
  try {
    stream_of(text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "none";
}

StreamWalk walk_of(std::string_view text) {
  const Stream stream = stream_of(text);
  StreamWalk walk;
  walk.walk(stream);
  return walk;
}

TEST(WorkloadFiles, fill_until_a_share_of_the_arena_or_so_many_bytes) {
  EXPECT_EQ(walk_of("fill pages order 0 until 90%").live.size(), 922u);
  EXPECT_EQ(walk_of("fill pages order 2 movable until 1M").live.size(), 64u);
  EXPECT_EQ(walk_of("fill kmalloc 100 until 1000").live.size(), 10u);
}

TEST(WorkloadFiles, free_at_random_the_last_or_all) {
  EXPECT_EQ(walk_of("alloc page 0 times 100\nfree random 25%").live.size(), 75u);
  EXPECT_EQ(walk_of("alloc page 0 times 100\nfree random 7").live.size(), 93u);
  EXPECT_EQ(walk_of("alloc page 0 times 100\nfree random 7000").live.size(), 0u);
  EXPECT_EQ(walk_of("alloc page 0 times 3; free last").live.size(), 2u);
  EXPECT_EQ(walk_of("alloc page 0 times 3; free last 2").live.size(), 1u);
  EXPECT_EQ(walk_of("alloc page 0 times 3\nfree all").live.size(), 0u);
}

TEST(WorkloadFiles, repeat_what_is_in_braces) {
  const StreamWalk walk = walk_of(
      "fill pages order 0 until 50%   # half\n"
      "repeat 10 {\n"
      "  free random 10%\n"
      "  repeat 2 { alloc pages 0..3; free last }\n"
      "}\n");
  EXPECT_EQ(walk.allocations, 512u + 20);
}

TEST(WorkloadFiles, take_sizes_from_a_range) {
  const Stream stream = stream_of("alloc kmalloc 16..512 times 1000");
  std::uint32_t low = ~0u, high = 0;
  for (const mini_mm_replay_op& op : stream.ops) {
    low = std::min(low, op.argument);
    high = std::max(high, op.argument);
  }
  EXPECT_GE(low, 16u);
  EXPECT_LT(low, 32u);
  EXPECT_LE(high, 512u);
  EXPECT_GT(high, 480u);
}

TEST(WorkloadFiles, have_caches) {
  const WorkloadFile file("w",
                          "cache task 1700 align 64 constructor\ncache x 1K constructor each-time\nalloc object x");
  EXPECT_TRUE(file.objects());
  const Stream stream = file.make(kGround);
  ASSERT_EQ(stream.caches.size(), 2u);
  EXPECT_EQ(stream.caches[0].size, 1700u);
  EXPECT_EQ(stream.caches[0].align, 64u);
  EXPECT_EQ(stream.caches[0].construct, Construct::once);
  EXPECT_EQ(stream.caches[1].size, 1024u);
  EXPECT_EQ(stream.caches[1].construct, Construct::each_time);
  EXPECT_EQ(stream.ops[0].argument, 1u);
  EXPECT_FALSE(WorkloadFile("w", "alloc page 0").objects());
}

TEST(WorkloadFiles, may_be_traces) {
  const Stream stream = stream_of("a 700 page 3\na 3 kmalloc 100\nf 700\na 700 kmalloc 8\nf 3\nf 700");
  StreamWalk walk;
  walk.walk(stream);
  EXPECT_TRUE(walk.live.empty());
  EXPECT_EQ(walk.allocations, 3u);
  /* Names of slots are not their numbers. */
  EXPECT_EQ(stream.slots, 2u);
}

TEST(WorkloadFiles, measure_everything_unless_they_say_from_where) {
  EXPECT_EQ(stream_of("alloc page 0 times 5").measured_ops(), 5u);
  EXPECT_EQ(stream_of("alloc page 0 times 5\nmeasure\nfree all").measured_ops(), 5u);
  EXPECT_EQ(stream_of("measure\nalloc page 0 times 5\nmeasure off\nfree all").measured_ops(), 5u);
}

TEST(WorkloadFiles, choose_a_seed) {
  EXPECT_EQ(WorkloadFile("w", "seed 7\nalloc page 0").seed(), 7u);
  EXPECT_FALSE(WorkloadFile("w", "alloc page 0").seed());
}

struct Wrong {
  const char* text;
  const char* complaint;
};

class WrongFiles : public testing::TestWithParam<Wrong> {};

TEST_P(WrongFiles, are_refused_with_line_and_column) { EXPECT_EQ(complaint(GetParam().text), GetParam().complaint); }

INSTANTIATE_TEST_SUITE_P(
    All, WrongFiles,
    testing::Values(
        Wrong{"allocate page 0",
              "w:1:1: expected a statement (seed, cache, measure, fill, alloc, free, repeat, a, f), found 'allocate'"},
        Wrong{"\n\n  alloc page x", "w:3:14: expected an order up to 15, found 'x'"},
        Wrong{"alloc page 16", "w:1:12: expected an order up to 15, found '16'"},
        Wrong{"alloc page 10", "w:1:7: the arena's highest order is 9"},
        Wrong{"alloc page", "w:1:11: expected an order up to 15, found the end of the file"},
        Wrong{"alloc\n", "w:1:6: expected what to allocate (pages, object, kmalloc), found the end of the line"},
        Wrong{"alloc page 0 twice", "w:1:14: expected the end of the line, found 'twice'"},
        Wrong{"alloc object task", "w:1:14: expected the name of a cache that is above, found 'task'"},
        Wrong{"alloc kmalloc 0", "w:1:15: expected bytes from 1 up, found '0'"},
        Wrong{"alloc kmalloc 8..4", "w:1:15: expected bytes in ascending order, found '8..4'"},
        Wrong{"alloc kmalloc 8..", "w:1:15: expected bytes up to 4194304, found '8..'"},
        Wrong{"fill page 0", "w:1:12: expected 'until', found the end of the file"},
        Wrong{"fill page 0 until 101%", "w:1:19: expected a percentage up to 100, found '101%'"},
        Wrong{"free 50%", "w:1:6: expected which blocks (random, last, all), found '50%'"},
        Wrong{"repeat 3 {\n alloc page 0\n", "w:3:1: expected '}', found the end of the file"},
        Wrong{"alloc page 0\n}", "w:2:1: a '}' without its '{'"},
        Wrong{"repeat 3\n{", "w:1:9: expected '{', found the end of the line"},
        Wrong{"cache t 7", "w:1:9: expected a size from 8 up, found '7'"},
        Wrong{"cache t 9000", "w:1:9: expected a size up to 8192, found '9000'"},
        Wrong{"cache t 64\ncache t 64", "w:2:7: a cache 't' is there already"},
        Wrong{"cache t 32 constructor", "w:1:12: objects with a constructor have 64 bytes at least"},
        Wrong{"seed 1\nseed 2", "w:2:1: a file has one seed"},
        Wrong{"a 1 page 0\na 1 page 0", "w:2:3: slot 1 is in use"}, Wrong{"a 1 page 0\nf 2", "w:2:3: slot 2 is empty"},
        Wrong{"a 1 page 0\nfree all\nalloc page 0\nf 1", "w:4:3: slot 1 is empty"},
        Wrong{"# nothing\n", "w: nothing is allocated in it"}, Wrong{"", "w: nothing is allocated in it"},
        Wrong{"repeat 16777216 {\nrepeat 16777216 {\n}\n}", "w:2:8: more than 16777216 rounds"},
        Wrong{"fill kmalloc 1 until 64M", "w:1:6: more than 16777216 operations"}));

TEST(WorkloadFiles, may_not_nest_without_end) {
  std::string text;
  for (int i = 0; i < 17; i++) text += "repeat 1 { ";
  EXPECT_EQ(complaint(text), "w:1:184: more than 16 repeats inside one another");
}

}  // namespace
}  // namespace minimm
