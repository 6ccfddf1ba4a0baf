// SPDX-License-Identifier: GPL-2.0
/* What every object engine does. */
#include <gtest/gtest.h>

#include <set>

#include "any_object_cache.hpp"
#include "engines.hpp"

namespace mini_mm {
namespace {

static_assert(ObjectEngine<AnyObjectCache<Source>>);

template <class Engine>
class ObjectEngineTest : public EngineTest<Engine> {};
TYPED_TEST_SUITE(ObjectEngineTest, AllObjectEngines, EngineName);

TYPED_TEST(ObjectEngineTest, takes_nothing_from_its_source_before_the_first_object) {
  auto cache = this->make({.id = 1, .size = 64});
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 0, 0}));
  EXPECT_EQ(this->arena.free_blocks(), this->at_start);
  EXPECT_STREQ(cache.broken_invariant(), nullptr);
}

TYPED_TEST(ObjectEngineTest, gives_aligned_objects_that_keep_their_content_and_returns_all_pages) {
  for (const Management management : {Management::automatic, Management::off_slab}) {
    for (const std::uint32_t align : {0u, 64u, 1024u, 4096u}) {
      for (std::uint32_t size = 8; size <= largest_object<TypeParam>(); size += size < 64 ? 4 : 331) {
        auto cache = this->make({.id = 7, .size = size, .align = align, .management = management});
        /* Two slabs and an object more: all neighbourhoods of an object occur. */
        const auto objects = this->take_many(cache, 2u * cache.layout().objects + 1);
        for (std::size_t i = 0; i < objects.size(); ++i) {
          ASSERT_EQ(reinterpret_cast<std::uintptr_t>(objects[i]) % cache.layout().align, 0u);
          ASSERT_EQ(cache.owns(objects[i]), Error::none);
          ASSERT_GE(cache.usable_size(objects[i]).value, size);
          fill(objects[i], cache.usable_size(objects[i]).value, static_cast<unsigned>(i));
        }
        ASSERT_STREQ(cache.broken_invariant(), nullptr) << size << ": an object overlaps the management data";
        ASSERT_EQ(this->arena.damage(), "") << size << ": an object overlaps a descriptor slab's";
        for (std::size_t i = 0; i < objects.size(); ++i) {
          ASSERT_TRUE(still_filled(objects[i], cache.usable_size(objects[i]).value, static_cast<unsigned>(i)))
              << size << ": objects overlap";
        }
        this->empty(cache, objects);
        if (this->HasFailure()) FAIL() << size << " bytes aligned to " << align;
      }
    }
  }
}

TYPED_TEST(ObjectEngineTest, counts_what_it_did) {
  auto cache = this->make({.id = 1, .size = 2048});
  const auto objects = this->take_many(cache, 3);
  this->arena.world.fail_next(FaultPoint::object);
  EXPECT_EQ(cache.allocate().error, Error::injected);
  EXPECT_EQ(cache.allocate(2049).error, Error::too_large);
  EXPECT_EQ(cache.allocate(UINT32_MAX).error, Error::too_large);
  this->give_back(cache, objects[0]);
  EXPECT_EQ(cache.free(objects[0]), Error::double_free);
  this->give_back(cache, objects[1]);
  const ObjectStatistics statistics = cache.statistics();
  EXPECT_EQ(statistics.allocations, 3u);
  EXPECT_EQ(statistics.frees, 2u);
  EXPECT_EQ(statistics.failures, 3u);
  EXPECT_EQ(statistics.refused, 1u);
  EXPECT_EQ(statistics.grown, 2u);
  EXPECT_EQ(cache.active_objects(), 1u);
  EXPECT_GE(cache.total_objects(), 1u);
}

TYPED_TEST(ObjectEngineTest, knows_its_slabs_by_how_full_they_are) {
  auto cache = this->make({.id = 1, .size = 2048});
  ASSERT_EQ(cache.layout().objects, 2u);
  const auto objects = this->take_many(cache, 3);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 1, 0}));
  EXPECT_EQ(cache.total_objects(), 4u);
  this->give_back(cache, objects[0]);
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 2, 0}));
  this->give_back(cache, objects[1]);
  EXPECT_EQ(lists_of(cache).partial, 1u);
  this->give_back(cache, objects[2]);
  cache.shrink();
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 0, 0}));
}

TYPED_TEST(ObjectEngineTest, says_which_slabs_it_took_and_gave_back) {
  auto cache = this->make({.id = 1, .size = 2048});
  std::byte* object = this->take(cache);
  const std::uint32_t page = this->arena.page_of(object).value;
  EXPECT_EQ(slab_events(this->arena.world), Events{grow(page)});
  this->give_back(cache, object);
  cache.shrink();
  EXPECT_EQ(slab_events(this->arena.world), Events{reap(page)});
}

TYPED_TEST(ObjectEngineTest, shrinks_by_no_more_slabs_than_it_is_told) {
  auto cache = this->make({.id = 1, .size = 4096});
  const auto objects = this->take_many(cache, 4);
  for (std::byte* object : objects) this->give_back(cache, object);
  const std::uint32_t empty = lists_of(cache).empty;
  EXPECT_EQ(cache.shrink(0), 0u);
  EXPECT_EQ(cache.shrink(1), empty ? 1u : 0u);
  EXPECT_EQ(lists_of(cache).empty, empty ? empty - 1 : 0u);
  EXPECT_EQ(cache.shrink(), empty ? empty - 1 : 0u);
  EXPECT_EQ(this->arena.free_blocks(), this->at_start);
}

TYPED_TEST(ObjectEngineTest, keeps_few_empty_slabs_when_nothing_is_in_use) {
  auto cache = this->make({.id = 1, .size = 4096});
  for (std::byte* object : this->take_many(cache, 100)) this->give_back(cache, object);
  EXPECT_LE(lists_of(cache).empty, 6u);
}

TYPED_TEST(ObjectEngineTest, fails_cleanly_when_the_arena_is_full_and_goes_on_with_what_comes_back) {
  auto cache = this->make({.id = 1, .size = 2048});
  std::vector<std::byte*> objects;
  while (const Result<void*> object = cache.allocate()) objects.push_back(static_cast<std::byte*>(object.value));
  EXPECT_GT(objects.size(), 900u);
  EXPECT_EQ(cache.allocate().error, Error::no_free_block);
  EXPECT_EQ(cache.statistics().failures, 2u);
  EXPECT_STREQ(cache.broken_invariant(), nullptr);
  EXPECT_EQ(this->arena.damage(), "");
  this->give_back(cache, objects.back());
  EXPECT_EQ(this->take(cache), objects.back());
  this->empty(cache, objects);
}

TYPED_TEST(ObjectEngineTest, asks_for_a_new_slab_before_it_takes_one) {
  auto cache = this->make({.id = 1, .size = 2048});
  (void)this->take_many(cache, 2);
  const std::uint32_t free_pages = this->arena.arena.pages().free_pages();
  this->arena.world.fail_next(FaultPoint::slab);
  EXPECT_EQ(cache.allocate().error, Error::injected);
  EXPECT_EQ(this->arena.arena.pages().free_pages(), free_pages);
  EXPECT_EQ(cache.statistics().grown, 1u);
  (void)this->take(cache);
}

TYPED_TEST(ObjectEngineTest, serves_every_size_up_to_its_own) {
  auto cache = this->make({.id = 1, .size = 4000});
  std::vector<std::byte*> objects;
  for (std::uint32_t size = 1; size <= 4000; size += size < 100 ? 1 : 57) {
    objects.push_back(this->take(cache, size));
    const std::uint32_t usable = cache.usable_size(objects.back()).value;
    ASSERT_GE(usable, size);
    if (serves_several_sizes<TypeParam>()) {
      ASSERT_LE(usable, std::max(size + 7, size + size / 8)) << size;
    } else {
      ASSERT_EQ(usable, 4000u);
    }
    fill(objects.back(), usable, size);
  }
  EXPECT_STREQ(cache.broken_invariant(), nullptr);
  this->empty(cache, objects);
}

/* A constructor has no argument but the object, so what it saw is global to these tests. */
std::vector<void*> constructed;
void construct(void* object) {
  constructed.push_back(object);
  fill(object, 100, 0x5c);
}

TYPED_TEST(ObjectEngineTest, gives_objects_that_are_constructed) {
  constructed.clear();
  auto cache = this->make({.id = 1, .size = 100, .constructor = construct});
  std::vector<std::byte*> objects;
  for (int i = 0; i < 100; ++i) {
    objects.push_back(this->take(cache));
    ASSERT_TRUE(still_filled(objects.back(), 100, 0x5c));
    if (i % 3 == 0) {
      ASSERT_EQ(cache.free(objects.back()), Error::none);
      objects.pop_back();
    }
  }
  const std::uint64_t runs = keeps_objects_constructed<TypeParam>() ? cache.total_objects() : 100;
  EXPECT_EQ(constructed.size(), runs);
  this->empty(cache, objects);
}

/* A slab of exactly N pages, whatever N is. */
TYPED_TEST(ObjectEngineTest, takes_slabs_of_the_number_of_pages_that_was_asked_for) {
  for (std::uint32_t pages = 1; pages <= SlabLayout::kMaxSlabPages; ++pages) {
    for (const Management management : {Management::automatic, Management::off_slab}) {
      const std::uint32_t size = 1024;
      auto cache = this->make({.id = 3, .size = size, .management = management, .slab_pages = pages});
      EXPECT_EQ(cache.layout().pages, pages);
      const std::uint32_t before = this->arena.arena.pages().free_pages();
      auto objects = this->take_many(cache, cache.layout().objects);
      EXPECT_EQ(cache.statistics().grown, 1u);
      const std::uint32_t taken = before - this->arena.arena.pages().free_pages();
      if (cache.layout().off_slab) {
        EXPECT_LE(taken, pages + 2) << "a slab of descriptors has at most two";
      } else {
        EXPECT_EQ(taken, pages);
      }
      EXPECT_EQ(this->arena.damage(), "");
      for (std::byte* object : objects) fill(object, size, 0xff);
      EXPECT_STREQ(cache.broken_invariant(), nullptr);
      objects.push_back(this->take(cache));
      EXPECT_EQ(cache.statistics().grown, 2u);
      this->empty(cache, objects);
    }
  }
}

TYPED_TEST(ObjectEngineTest, shows_all_pages_of_a_slab_as_its_own) {
  auto cache = this->make({.id = 3, .size = 2048, .slab_pages = 7});
  std::byte* object = this->take(cache);
  const PageIndex head = this->arena.page_of(object).align_down(cache.layout().order);
  std::vector<unsigned> orders;
  std::uint32_t page = head.value;
  while (page < head.value + 7) {
    const BlockView view = this->arena.arena.view(PageIndex(page));
    EXPECT_EQ(view.cache, 3u);
    EXPECT_EQ(view.in_use, page == head.value ? 1u : 0u);
    orders.push_back(view.order.value);
    EXPECT_EQ(this->arena.arena.pages().free(PageIndex(page), view.order), Error::wrong_kind);
    page += view.order.pages();
  }
  EXPECT_EQ(orders, (std::vector<unsigned>{2, 1, 0}));
  EXPECT_NE(this->arena.arena.view(PageIndex(page)).cache, 3u) << "the eighth page is somebody else's";
  this->empty(cache, {object});
}

TYPED_TEST(ObjectEngineTest, refuses_a_number_of_pages_that_no_slab_has) {
  const Order highest = this->arena.arena.pages().max_order();
  EXPECT_EQ(TypeParam::layout_for({.id = 1, .size = 64, .slab_pages = 9}, highest).error, Error::bad_size);
  EXPECT_EQ(
      TypeParam::layout_for({.id = 1, .size = 4096, .checks = {.red_zones = true}, .slab_pages = 1}, highest).error,
      Error::bad_size);
  EXPECT_EQ(TypeParam::layout_for({.id = 1, .size = 64, .slab_pages = 3}, Order(1)).error, Error::bad_size);
  EXPECT_EQ(TypeParam::layout_for({.id = 1, .size = 7}, highest).error, Error::bad_size);
  EXPECT_EQ(TypeParam::layout_for({.id = 1, .size = 8193}, highest).error, Error::bad_size);
  EXPECT_EQ(TypeParam::layout_for({.id = 1, .size = 64, .align = 48}, highest).error, Error::bad_alignment);
}

/* Two textbook figures. */
TYPED_TEST(ObjectEngineTest, fits_64_objects_of_64_bytes_into_a_page) {
  auto cache = this->make({.id = 1, .size = 64, .management = Management::off_slab});
  const auto objects = this->take_many(cache, 64);
  EXPECT_EQ(std::set<std::byte*>(objects.begin(), objects.end()).size(), 64u);
  for (const std::byte* object : objects) EXPECT_EQ(this->arena.page_of(object), this->arena.page_of(objects[0]));
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 0, 0}));
  (void)this->take(cache);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 1, 0})) << "the 65th needs a second slab";
}

TYPED_TEST(ObjectEngineTest, fits_six_objects_of_2_kilobytes_into_a_slab_of_12_kilobytes) {
  auto cache = this->make({.id = 1, .size = 2048, .management = Management::off_slab, .slab_pages = 3});
  EXPECT_EQ(cache.layout().objects, 6u);
  EXPECT_EQ(cache.layout().slab_bytes(), 12u * 1024);
  auto objects = this->take_many(cache, 6);
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 0, 0}));
  objects.push_back(this->take(cache));
  EXPECT_EQ(lists_of(cache), (SlabLists{1, 1, 0})) << "the seventh needs a second slab";
  this->empty(cache, objects);
}

TYPED_TEST(ObjectEngineTest, works_in_an_arena_of_a_single_page) {
  TestArena single(1);
  auto cache = single.cache<TypeParam>({.id = 1, .size = 64});
  const Result<void*> object = cache.allocate();
  ASSERT_TRUE(object);
  EXPECT_EQ(cache.free(object.value), Error::none);
  cache.shrink();
  EXPECT_EQ(single.arena.pages().free_pages(), 1u);
}

TEST(AnyObjectCache, is_the_engine_that_was_chosen) {
  using Any = AnyObjectCache<Source>;
  for (unsigned which = 0; which < Any::Engines::kCount; ++which) {
    TestArena arena(64);
    const Memory memory(Any::bytes(which), alignof(std::max_align_t), 0);
    Any& cache = *Any::create(memory.get(), which, arena.arena.region(), Source(arena.arena, arena.world),
                              {.id = 1, .size = 100, .checks = {.track = true}}, arena.arena.pages().max_order())
                      .value;
    EXPECT_STREQ(cache.name(), Any::Engines::name(which));
    void* object = cache.allocate().value;
    EXPECT_EQ(cache.owns(object), Error::none);
    EXPECT_GE(cache.usable_size(object).value, 100u);
    EXPECT_NE(cache.track(object), nullptr);
    EXPECT_EQ(cache.active_objects(), 1u);
    EXPECT_GE(cache.total_objects(), 1u);
    EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0}));
    EXPECT_EQ(cache.statistics().allocations, 1u);
    EXPECT_EQ(cache.layout().object_size, 100u);
    EXPECT_EQ(cache.validate(), 0u);
    EXPECT_EQ(cache.allocate(101).error, Error::too_large);
    EXPECT_EQ(cache.free(object), Error::none);
    cache.shrink();
    EXPECT_STREQ(cache.broken_invariant(), nullptr);
    EXPECT_EQ(arena.arena.pages().free_pages(), 64u);
  }
  EXPECT_STREQ(Any::Engines::joined(), "slab, slub, slob, class");
}

TEST(AnyObjectCache, says_why_a_cache_cannot_be_made) {
  TestArena arena(64);
  const Memory memory(AnyObjectCache<Source>::bytes(2), alignof(std::max_align_t), 0);
  EXPECT_EQ(AnyObjectCache<Source>::create(memory.get(), 2, arena.arena.region(), Source(arena.arena, arena.world),
                                           {.id = 1, .size = 5000}, arena.arena.pages().max_order())
                .error,
            Error::too_large);
}

}  // namespace
}  // namespace mini_mm
