// SPDX-License-Identifier: GPL-2.0
/*
 * What the core does for the per-CPU layer: chains of blocks, batches of objects, and blocks that wait in a CPU's list,
 * which every engine takes for in use and no engine takes back.
 */
#include <gtest/gtest.h>

#include <vector>

#include "all_page_engines.hpp"
#include "any_object_cache.hpp"
#include "test_arena.hpp"

namespace mini_mm {
namespace {

/* --- chains ------------------------------------------------------------------------------------------ */

class ArenaChain : public testing::Test {
 protected:
  Error allocate(std::uint32_t nr, unsigned order, MigrateType type = MigrateType::unmovable) {
    return arena.arena.allocate_chain(chain, nr, Order(order), type, Reserve::keep);
  }
  std::vector<std::uint32_t> pages() {
    std::vector<std::uint32_t> pages;
    for (std::uint32_t at = chain.first; at != PageEntry::kNone; at = arena.map()[PageIndex(at)].next()) {
      pages.push_back(at);
    }
    return pages;
  }

  TestArena arena{128};
  std::vector<std::uint32_t> at_start = arena.free_blocks();
  mini_page_chain chain = mini_page_no_chain();
};

TEST_F(ArenaChain, holds_as_many_blocks_as_were_asked_for_each_of_them_cached) {
  ASSERT_EQ(allocate(5, 1), Error::none);
  EXPECT_EQ(chain.count, 5u);
  ASSERT_EQ(pages().size(), 5u);
  for (const std::uint32_t page : pages()) {
    EXPECT_TRUE(arena.map()[PageIndex(page)].is(PageKind::cached, Order(1)));
    EXPECT_EQ(arena.map()[PageIndex(page)].payload(), mini_page_list_number(1, 0));
  }
  EXPECT_EQ(arena.arena.pages().free_pages(), 118u);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(ArenaChain, goes_back_in_parts_and_leaves_the_arena_as_it_was) {
  ASSERT_EQ(allocate(5, 2), Error::none);
  arena.arena.free_chain(chain, Order(2), 2);
  EXPECT_EQ(chain.count, 3u);
  EXPECT_EQ(pages().size(), 3u);
  EXPECT_EQ(arena.damage(), "");
  arena.arena.free_chain(chain, Order(2), 100);
  EXPECT_EQ(chain.count, 0u);
  EXPECT_EQ(pages().size(), 0u);
  arena.arena.free_chain(chain, Order(2), 1);
  EXPECT_EQ(arena.free_blocks(), at_start);
  EXPECT_EQ(arena.damage(), "");
  EXPECT_EQ(arena.arena.pages().statistics().refused, 0u);
}

TEST_F(ArenaChain, gets_one_block_at_a_time_once_memory_is_short) {
  const std::uint32_t low = arena.arena.pages().watermarks().low;
  ASSERT_GT(low, 0u);
  ASSERT_EQ(allocate(128, 0), Error::none);
  EXPECT_EQ(arena.arena.pages().free_pages(), low - 1);
  ASSERT_EQ(allocate(128, 0), Error::none);
  EXPECT_EQ(chain.count, 1u);
  EXPECT_EQ(arena.arena.pages().free_pages(), low - 2);
}

TEST_F(ArenaChain, says_why_there_is_not_one_block) {
  ASSERT_TRUE(arena.arena.pages().allocate(Order(7)));
  EXPECT_EQ(allocate(3, 0), Error::no_free_block);
  EXPECT_EQ(chain.count, 0u);
  EXPECT_EQ(chain.first, PageEntry::kNone);
  EXPECT_EQ(allocate(3, 11), Error::bad_order);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(ArenaChain, is_shorter_when_an_allocation_fails_after_the_first) {
  arena.world.fail_next(FaultPoint::page, 3);
  ASSERT_EQ(allocate(5, 0), Error::none);
  EXPECT_EQ(chain.count, 2u);
  arena.world.fail_next(FaultPoint::page, 1);
  arena.arena.free_chain(chain, Order(0), 2);
  EXPECT_EQ(allocate(5, 0), Error::injected);
  EXPECT_EQ(chain.count, 0u);
}

TEST_F(ArenaChain, holds_blocks_of_the_migrate_type_that_was_asked_for) {
  TestArena large(4096);
  ASSERT_EQ(large.arena.allocate_chain(chain, 3, Order(0), MigrateType::movable, Reserve::keep), Error::none);
  EXPECT_EQ(large.map()[PageIndex(chain.first)].mobility(), MigrateType::movable);
}

/* --- cached blocks, as engines see them --------------------------------------------------------------- */

template <class Engine>
class CachedBlock : public testing::Test {};
TYPED_TEST_SUITE(CachedBlock, AllPageEngines, EngineNames);

TYPED_TEST(CachedBlock, is_in_use_for_the_invariants_and_is_not_taken_back) {
  TestPages<TypeParam> pages(64);
  const std::vector<std::uint32_t> at_start = free_blocks_of(pages.engine);
  const std::uint32_t page = pages.page_of(2);
  const std::uint32_t neighbour = pages.page_of(2);
  mini_page_chain chain = mini_page_no_chain();
  mini_page_chain_push(&chain, pages.map.raw(), page, 2);
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);

  EXPECT_EQ(pages.free(page, 2), Error::double_free);
  EXPECT_EQ(pages.free(page, 1), Error::double_free);
  EXPECT_EQ(pages.free(page + 1, 0), Error::not_allocated);
  EXPECT_EQ(pages.engine.statistics().refused, 3u);

  EXPECT_EQ(pages.free(neighbour, 2), Error::none);
  settle_all(pages.engine);
  EXPECT_TRUE(pages.map[PageIndex(page)].is(PageKind::cached, Order(2))) << "no merge swallows it";
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);

  EXPECT_EQ(mini_page_chain_pop(&chain, pages.map.raw(), 2), page);
  EXPECT_EQ(pages.free(page, 2), Error::none);
  settle_all(pages.engine);
  EXPECT_EQ(free_blocks_of(pages.engine), at_start);
  EXPECT_STREQ(pages.engine.broken_invariant(), nullptr);
}

/* --- batches of objects ------------------------------------------------------------------------------- */

/* A cache whose engine is chosen at run time, in memory of its own. */
class ObjectBatch : public testing::TestWithParam<unsigned> {
 protected:
  using Any = AnyObjectCache<Source>;

  std::uint32_t take(std::uint32_t nr) {
    objects.resize(nr);
    return cache.allocate_some(nr, objects.data(), error);
  }

  TestArena arena{64};
  Memory memory{Any::bytes(GetParam()), alignof(std::max_align_t), 0};
  Any& cache = *Any::create(memory.get(), GetParam(), arena.arena.region(), Source(arena.arena, arena.world),
                            {.id = 1, .size = 512}, arena.arena.pages().max_order())
                    .value;
  std::vector<void*> objects;
  Error error = Error::none;
};
INSTANTIATE_TEST_SUITE_P(Engines, ObjectBatch, testing::Range(0u, ObjectEngines<Source>::kCount),
                         [](const auto& which) { return std::string(ObjectEngines<Source>::name(which.param)); });

TEST_P(ObjectBatch, gets_no_more_than_was_asked_for) {
  EXPECT_EQ(take(3), 3u);
  EXPECT_EQ(error, Error::none);
  EXPECT_EQ(cache.active_objects(), 3u);
  for (void* object : objects) EXPECT_EQ(cache.free(object), Error::none);
}

TEST_P(ObjectBatch, makes_one_slab_at_most) {
  const std::uint32_t taken = take(1000);
  EXPECT_EQ(error, Error::none);
  EXPECT_GT(taken, 1u);
  EXPECT_EQ(cache.statistics().grown, 1u);
  EXPECT_EQ(cache.active_objects(), taken);
  EXPECT_EQ(take(1), 1u) << "and a new one for the first object when the others are full";
  EXPECT_EQ(cache.statistics().grown, 2u);
  EXPECT_STREQ(cache.broken_invariant(), nullptr);
}

TEST_P(ObjectBatch, says_why_there_is_not_one_object) {
  ASSERT_TRUE(arena.arena.pages().allocate(arena.arena.pages().max_order()));
  EXPECT_EQ(take(3), 0u);
  EXPECT_EQ(error, Error::no_free_block);
}

TEST_P(ObjectBatch, is_shorter_when_an_allocation_fails_after_the_first) {
  arena.world.fail_next(FaultPoint::object, 3);
  EXPECT_EQ(take(5), 2u);
  EXPECT_EQ(error, Error::none);
  arena.world.fail_next(FaultPoint::object, 1);
  EXPECT_EQ(take(5), 0u);
  EXPECT_EQ(error, Error::injected);
}

}  // namespace
}  // namespace mini_mm
