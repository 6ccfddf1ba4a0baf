// SPDX-License-Identifier: GPL-2.0
/*
 * What a slab cache does with damaged bookkeeping, and that each of its invariants can fail. What all engines refuse
 * is in object_engine_refusals_test.cpp.
 */
#include <gtest/gtest.h>

#include <vector>

#include "slab_cache.hpp"
#include "slab_lists.hpp"

namespace mini_mm {
namespace {

class SlabCacheRefuses : public testing::Test {
 protected:
  SlabCacheRefuses() {
    for (int i = 0; i < 3; ++i) objects.push_back(static_cast<std::byte*>(cache.allocate().value));
    (void)slab_events(arena.world);
  }

  void refuses(void* address, Error error) {
    const SlabLists lists = lists_of(cache);
    const std::uint64_t active = cache.active_objects();
    const ObjectStatistics before = cache.statistics();
    EXPECT_EQ(cache.owns(address), error);
    EXPECT_EQ(cache.statistics().refused, before.refused) << "a question is no refused free";
    EXPECT_EQ(cache.free(address), error);
    EXPECT_EQ(cache.statistics().refused, before.refused + 1);
    EXPECT_EQ(cache.statistics().frees, before.frees);
    EXPECT_EQ(cache.active_objects(), active);
    EXPECT_EQ(lists_of(cache), lists);
    EXPECT_EQ(slab_events(arena.world), Events{});
  }
  void is_whole() {
    EXPECT_EQ(cache.broken_invariant(), nullptr);
    EXPECT_EQ(arena.damage(), "");
  }
  SlabDescriptor& descriptor(const void* object) {
    return *SlabDescriptor::of(arena.arena.region(), arena.page_of(object));
  }

  TestArena arena{64};
  Cache cache = arena.cache(1, arena.layout(64));
  std::vector<std::byte*> objects;
};

TEST_F(SlabCacheRefuses, the_management_data_and_what_lies_before_the_first_object) {
  Cache coloured = arena.cache(2, arena.layout(300));
  ASSERT_GE(coloured.layout().colours, 2u);
  for (int i = 0; i < coloured.layout().objects; ++i) (void)coloured.allocate();
  const void* second_slab = coloured.allocate().value;
  std::byte* start = arena.arena.region().address(arena.page_of(second_slab));
  ASSERT_NE(start, second_slab);
  EXPECT_EQ(coloured.free(start), Error::not_an_object);
  EXPECT_EQ(coloured.free(start + coloured.layout().slab_bytes() - 16), Error::not_an_object);
  const std::size_t behind = std::size_t{coloured.layout().objects} * coloured.layout().slot_size;
  EXPECT_EQ(coloured.free(start + coloured.layout().colour_step + behind), Error::not_an_object);
  EXPECT_EQ(coloured.broken_invariant(), nullptr);
}

/* Each field of a descriptor overwritten, as by a client that writes beyond its object. */
struct Damage {
  const char* field;
  void (*overwrite)(SlabDescriptor&);
  Error on_free;
};

class SlabCacheWithADamagedSlab : public SlabCacheRefuses, public testing::WithParamInterface<Damage> {
 protected:
  SlabCacheWithADamagedSlab() { GetParam().overwrite(descriptor(objects[0])); }
};

INSTANTIATE_TEST_SUITE_P(
    Fields, SlabCacheWithADamagedSlab,
    testing::Values(
        Damage{"cache", [](SlabDescriptor& d) { d.cache = 0xffffffff; }, Error::wrong_cache},
        Damage{"page", [](SlabDescriptor& d) { ++d.page; }, Error::corrupt},
        Damage{"page_far_outside", [](SlabDescriptor& d) { d.page = 0xffffffff; }, Error::corrupt},
        Damage{"objects_more", [](SlabDescriptor& d) { ++d.objects; }, Error::corrupt},
        Damage{"objects_fewer", [](SlabDescriptor& d) { --d.objects; }, Error::corrupt},
        Damage{"in_use_too_many", [](SlabDescriptor& d) { d.in_use = 0xffff; }, Error::corrupt},
        Damage{"in_use_all", [](SlabDescriptor& d) { d.in_use = d.objects; }, Error::corrupt},
        Damage{"in_use_none", [](SlabDescriptor& d) { d.in_use = 0; }, Error::corrupt},
        Damage{"first_free_outside", [](SlabDescriptor& d) { d.first_free = d.objects; }, Error::corrupt},
        Damage{"first_free_an_object_that_is_out", [](SlabDescriptor& d) { d.first_free = 1; }, Error::corrupt},
        Damage{"first_free_none", [](SlabDescriptor& d) { d.first_free = SlabDescriptor::kEnd; }, Error::corrupt},
        Damage{"colour", [](SlabDescriptor& d) { d.colour = 0xffff; }, Error::corrupt},
        Damage{"everything", [](SlabDescriptor& d) { fill(&d, SlabDescriptor::bytes(d.objects), 0xff); },
               Error::wrong_cache}),
    [](const auto& instance) { return instance.param.field; });

TEST_P(SlabCacheWithADamagedSlab, refuses_the_slabs_objects_and_says_why) {
  for (void* object : objects) refuses(object, GetParam().on_free);
}

TEST_P(SlabCacheWithADamagedSlab, reports_a_broken_invariant) {
  EXPECT_STREQ(cache.broken_invariant(), "the list of partial slabs is damaged");
}

TEST_P(SlabCacheWithADamagedSlab, puts_the_slab_aside_and_serves_from_others) {
  const Result<void*> object = cache.allocate();
  ASSERT_TRUE(object);
  EXPECT_NE(arena.page_of(object.value), arena.page_of(objects[0]));
  EXPECT_EQ(slab_events(arena.world),
            (Events{damage(arena.page_of(objects[0]).value), grow(arena.page_of(object.value).value)}));
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0, 1}));
  EXPECT_STREQ(cache.broken_invariant(), "a slab's bookkeeping was overwritten");
  for (void* lost : objects) refuses(lost, Error::corrupt);
  EXPECT_EQ(cache.free(object.value), Error::none);
  EXPECT_EQ(arena.damage(), "");
}

TEST_P(SlabCacheWithADamagedSlab, leaves_other_caches_and_the_pages_alone) {
  Cache other = arena.cache(2, arena.layout(64));
  void* object = other.allocate().value;
  (void)cache.allocate();
  (void)cache.free(objects[0]);
  EXPECT_EQ(other.free(object), Error::none);
  EXPECT_EQ(other.broken_invariant(), nullptr);
  EXPECT_EQ(arena.damage(), "");
}

TEST_F(SlabCacheRefuses, objects_of_a_slab_whose_reference_leaves_the_region) {
  arena.map()[arena.page_of(objects[0])].set_payload(0xffffffff);
  refuses(objects[0], Error::corrupt);
  EXPECT_TRUE(cache.allocate());
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0, 1}));
}

TEST_F(SlabCacheRefuses, to_serve_from_an_empty_slab_that_was_damaged) {
  for (void* object : objects) EXPECT_EQ(cache.free(object), Error::none);
  descriptor(objects[0]).in_use = 1;
  EXPECT_STREQ(cache.broken_invariant(), "the list of empty slabs is damaged");
  const Result<void*> object = cache.allocate();
  ASSERT_TRUE(object);
  EXPECT_NE(arena.page_of(object.value), arena.page_of(objects[0]));
  EXPECT_EQ(lists_of(cache), (SlabLists{0, 1, 0, 1}));
}

TEST_F(SlabCacheRefuses, to_follow_a_free_list_beyond_an_overwritten_link) {
  descriptor(objects[0]).next()[descriptor(objects[0]).first_free] = 0x4141;
  EXPECT_TRUE(cache.allocate()) << "the head of the list is still good";
  const Result<void*> next = cache.allocate();
  ASSERT_TRUE(next);
  EXPECT_NE(arena.page_of(next.value), arena.page_of(objects[0]));
  EXPECT_EQ(lists_of(cache).damaged, 1u);
}

/* 2,048 bytes, two a slab: one full, one partial and one empty slab. */
class SlabCacheInvariants : public testing::Test {
 protected:
  SlabCacheInvariants() {
    for (int i = 0; i < 6; ++i) objects.push_back(cache.allocate().value);
    for (std::size_t i : {2u, 4u, 5u}) EXPECT_EQ(cache.free(objects[i]), Error::none);
    EXPECT_EQ(lists_of(cache), (SlabLists{1, 1, 1}));
    EXPECT_EQ(cache.broken_invariant(), nullptr);
  }

  PageEntry& entry(std::size_t object) { return arena.map()[arena.page_of(objects[object])]; }
  SlabDescriptor& descriptor(std::size_t object) {
    return *SlabDescriptor::of(arena.arena.region(), arena.page_of(objects[object]));
  }

  TestArena arena{64};
  Cache cache = arena.cache(1, arena.layout(2048));
  std::vector<void*> objects; /* 0 and 1: the full slab, 3: the partial one, 4 and 5: the empty one */
};

TEST_F(SlabCacheInvariants, see_a_full_slab_that_is_not_full) {
  descriptor(0).push(0);
  EXPECT_STREQ(cache.broken_invariant(), "the list of full slabs is damaged");
}

TEST_F(SlabCacheInvariants, see_a_partial_slab_that_is_empty) {
  descriptor(3).push(1);
  EXPECT_STREQ(cache.broken_invariant(), "the list of partial slabs is damaged");
}

TEST_F(SlabCacheInvariants, see_a_partial_slab_that_is_full) {
  (void)descriptor(3).pop();
  EXPECT_STREQ(cache.broken_invariant(), "the list of partial slabs is damaged");
}

TEST_F(SlabCacheInvariants, see_an_empty_slab_that_is_not_empty) {
  (void)descriptor(4).pop();
  EXPECT_STREQ(cache.broken_invariant(), "the list of empty slabs is damaged");
}

TEST_F(SlabCacheInvariants, see_a_damaged_free_list) {
  descriptor(4).next()[descriptor(4).first_free] = SlabDescriptor::kEnd;
  EXPECT_STREQ(cache.broken_invariant(), "the list of empty slabs is damaged");
}

TEST_F(SlabCacheInvariants, see_broken_links_between_slabs) {
  entry(0).set_prev(1);
  EXPECT_STREQ(cache.broken_invariant(), "the list of full slabs is damaged");
}

TEST_F(SlabCacheInvariants, see_a_slab_that_is_no_slab_in_the_page_map) {
  entry(3).set(PageKind::allocated, cache.layout().order);
  EXPECT_STREQ(cache.broken_invariant(), "the list of partial slabs is damaged");
}

TEST_F(SlabCacheInvariants, see_an_object_that_went_back_behind_the_caches_back) {
  Cache small = arena.cache(2, arena.layout(64));
  (void)small.allocate();
  const void* object = small.allocate().value;
  SlabDescriptor::of(arena.arena.region(), arena.page_of(object))->push(1);
  EXPECT_STREQ(small.broken_invariant(), "the number of active objects is wrong");
}

TEST_F(SlabCacheInvariants, see_a_wrong_number_of_slabs) {
  ++const_cast<ObjectStatistics&>(cache.statistics()).grown;
  EXPECT_STREQ(cache.broken_invariant(), "the number of slabs is wrong");
}

TEST_F(SlabCacheInvariants, see_a_slab_that_was_put_aside) {
  descriptor(3).objects = 9;
  (void)cache.allocate();
  EXPECT_STREQ(cache.broken_invariant(), "a slab's bookkeeping was overwritten");
}

/* No operation keeps too many empty slabs and no stray write makes it so; the private list alone can. */
struct EmptySlabs {
  using Member = PageList Cache::*;
  friend Member reveal(EmptySlabs);
};
template <class Tag, typename Tag::Member kMember>
struct Reveal {
  friend typename Tag::Member reveal(Tag) { return kMember; }
};
template struct Reveal<EmptySlabs, &Cache::empty_>;

TEST_F(SlabCacheInvariants, see_too_many_empty_slabs) {
  const SlabLayout& layout = cache.layout();
  for (std::uint32_t slabs = 2; slabs <= Cache::kSpareSlabs + 3; ++slabs) {
    EXPECT_EQ(cache.broken_invariant(), nullptr);
    const Result<PageIndex> slab = arena.arena.take_slab(layout.request(1));
    (cache.*reveal(EmptySlabs())).push_front(arena.map(), slab.value);
    ++const_cast<ObjectStatistics&>(cache.statistics()).grown;
  }
  EXPECT_STREQ(cache.broken_invariant(), "too many empty slabs are kept");
}

}  // namespace
}  // namespace mini_mm
