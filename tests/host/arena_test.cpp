// SPDX-License-Identifier: GPL-2.0
#include "arena.hpp"

#include <gtest/gtest.h>

#include "slab_lists.hpp"

namespace mini_mm {
namespace {

class ArenaTest : public testing::Test {
 protected:
  static SlabRequest request(unsigned order, bool off_slab, std::uint16_t objects) {
    return {.cache = 5, .order = Order(order), .off_slab = off_slab, .objects = objects};
  }
  BlockView view(std::uint32_t page) const { return arena.arena.view(PageIndex(page)); }
  SlabDescriptor* descriptor(PageIndex page) { return SlabDescriptor::of(arena.arena.region(), page); }

  TestArena arena{64};
  std::vector<std::uint32_t> at_start = arena.free_blocks();
};

TEST_F(ArenaTest, needs_at_most_sixteen_bytes_a_page_of_metadata) {
  EXPECT_LE(ArenaOfTests::metadata_bytes(1024), 16u * 1024);
  EXPECT_LE(ArenaOfTests::metadata_bytes(ArenaOfTests::kMaxPages), std::size_t{16} * ArenaOfTests::kMaxPages);
}

TEST_F(ArenaTest, starts_free_whatever_the_size_of_its_region) {
  for (const std::uint32_t pages : {1u, 2u, 3u, 13u, 100u, 1025u}) {
    TestArena other(pages);
    EXPECT_EQ(other.arena.pages().free_pages(), pages);
    EXPECT_EQ(other.damage(), "");
  }
}

TEST_F(ArenaTest, does_not_touch_the_memory_of_page_blocks) {
  std::vector<PageIndex> pages;
  while (const Result<PageIndex> page = arena.arena.pages().allocate(Order(0))) pages.push_back(page.value);
  for (const PageIndex page : pages) EXPECT_EQ(arena.arena.pages().free(page, Order(0)), Error::none);
  EXPECT_TRUE(still_filled(arena.base(), 64 * kPageSize, 0xa5));
}

TEST_F(ArenaTest, puts_a_descriptor_at_the_end_of_the_slab_when_asked_to) {
  const PageIndex page = arena.arena.take_slab(request(1, false, 100)).value;
  const std::byte* end = arena.arena.region().address(page) + 2 * kPageSize;
  EXPECT_EQ(reinterpret_cast<std::byte*>(descriptor(page)) + SlabDescriptor::bytes(100), end);
  EXPECT_TRUE(descriptor(page)->consistent());
  EXPECT_EQ(arena.arena.pages().free_pages(), 62u);
  EXPECT_EQ(arena.damage(), "");
  arena.arena.give_back_slab(page);
  EXPECT_EQ(arena.free_blocks(), at_start);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(ArenaTest, puts_a_descriptor_on_a_page_of_its_own_when_asked_to) {
  const PageIndex page = arena.arena.take_slab(request(0, true, 2)).value;
  const PageIndex elsewhere = arena.page_of(descriptor(page));
  EXPECT_NE(elsewhere, page);
  EXPECT_EQ(view(elsewhere.value).kind, PageKind::slab);
  EXPECT_EQ(view(elsewhere.value).cache, kDescriptorCache);
  EXPECT_EQ(view(elsewhere.value).in_use, 1u);
  EXPECT_TRUE(descriptor(page)->consistent());
  EXPECT_EQ(arena.damage(), "");
  arena.arena.give_back_slab(page);
  EXPECT_EQ(arena.free_blocks(), at_start);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(ArenaTest, takes_nothing_when_there_is_no_page_for_the_slab) {
  const auto held = arena.arena.pages().allocate(arena.arena.pages().max_order());
  ASSERT_TRUE(held);
  EXPECT_EQ(arena.arena.take_slab(request(0, false, 10)).error, Error::no_free_block);
  EXPECT_EQ(arena.arena.take_slab(request(0, true, 10)).error, Error::no_free_block);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(ArenaTest, takes_nothing_when_there_is_no_page_for_the_descriptor) {
  TestArena single(1);
  EXPECT_EQ(single.arena.take_slab(request(0, true, 2)).error, Error::no_free_block);
  EXPECT_EQ(single.arena.pages().free_pages(), 1u);
  EXPECT_EQ(single.damage(), "");
  EXPECT_TRUE(single.arena.take_slab(request(0, false, 2)));
}

TEST_F(ArenaTest, takes_nothing_for_a_request_that_it_cannot_serve) {
  EXPECT_EQ(arena.arena.take_slab(request(7, false, 10)).error, Error::bad_order);
  EXPECT_EQ(arena.arena.take_slab(request(0, true, 513)).error, Error::bad_size);
  EXPECT_EQ(arena.free_blocks(), at_start);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(ArenaTest, does_not_let_a_slab_go_as_a_page_block) {
  const PageIndex page = arena.arena.take_slab(request(1, false, 10)).value;
  EXPECT_EQ(arena.arena.pages().free(page, Order(1)), Error::wrong_kind);
  EXPECT_EQ(view(page.value).kind, PageKind::slab);
}

TEST_F(ArenaTest, shows_each_block_with_what_it_is) {
  ASSERT_EQ(arena.arena.pages().allocate(Order(2)).value.value, 0u);
  const PageIndex slab = arena.arena.take_slab(request(1, false, 10)).value;
  (void)descriptor(slab)->pop();
  std::uint32_t pages = 0;
  std::vector<PageKind> kinds;
  while (pages < 64) {
    const BlockView block = view(pages);
    EXPECT_EQ(block.page.value, pages);
    kinds.push_back(block.kind);
    pages += block.order.pages();
  }
  EXPECT_EQ(pages, 64u);
  EXPECT_EQ(kinds, (std::vector{PageKind::allocated, PageKind::slab, PageKind::free, PageKind::free, PageKind::free,
                                PageKind::free}));
  EXPECT_EQ(view(0).order, Order(2));
  EXPECT_EQ(view(slab.value).cache, 5u);
  EXPECT_EQ(view(slab.value).in_use, 1u);
  EXPECT_EQ(view(1).kind, PageKind::inside);
}

TEST_F(ArenaTest, shows_a_slab_whose_descriptor_is_lost) {
  const PageIndex slab = arena.arena.take_slab(request(0, false, 10)).value;
  arena.map()[slab].set_payload(0xffffffff);
  EXPECT_EQ(view(slab.value).kind, PageKind::slab);
  EXPECT_EQ(view(slab.value).cache, 0u);
}

TEST_F(ArenaTest, knows_nothing_of_another_arenas_objects) {
  TestArena other(64);
  Cache cache = arena.cache(1, arena.layout(64));
  Cache same = other.cache(1, other.layout(64));
  void* object = cache.allocate().value;
  (void)same.allocate();
  EXPECT_EQ(same.free(object), Error::outside);
  EXPECT_EQ(cache.free(object), Error::none);
  EXPECT_EQ(same.active_objects(), 1u);
}

TEST_F(ArenaTest, reports_a_broken_invariant_of_its_pages) {
  arena.map()[PageIndex(0)].set_inside();
  EXPECT_STREQ(arena.arena.broken_invariant(), "a block starts inside another");
}

TEST_F(ArenaTest, reports_a_broken_invariant_of_its_descriptor_slabs) {
  const PageIndex slab = arena.arena.take_slab(request(0, true, 2)).value;
  SlabDescriptor* descriptor_slab = descriptor(arena.page_of(descriptor(slab)));
  ASSERT_EQ(arena.arena.broken_invariant(), nullptr);
  ++descriptor_slab->in_use;
  EXPECT_STREQ(arena.arena.broken_invariant(), "the list of partial slabs is damaged");
}

}  // namespace
}  // namespace mini_mm
