// SPDX-License-Identifier: GPL-2.0
/*
 * The calls about the per-CPU layer: draining, resizing, and what is refused. Clients of the device go past the layer:
 * that something is in it is for tests with another module (tests/cli/percpu.bats).
 */
#include "client.hpp"

namespace mini_mm_test {
namespace {

class PercpuTest : public ArenaTest {
 protected:
  /* 0, or what was said to be wrong. */
  std::uint32_t tune(mini_mm_tune request) {
    const int error = client_.call(MINI_MM_IOC_TUNE, &request);
    EXPECT_EQ(error == 0, request.why == 0);
    return request.why;
  }

  std::uint32_t make_cache_of(const char* engine) {
    mini_mm_cache_create create = cache_request(arena_, engine, 64);
    std::strcpy(create.engine, engine);
    EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &create), 0) << "why " << create.why;
    return create.id;
  }

  /* An arena of 64 MiB, which has room for the lists that are asked for. */
  mini_mm_arena_info make_large(std::uint16_t magazine_size, std::uint16_t batch) {
    mini_mm_arena_create create = arena_request("large", 64 << 20);
    create.magazine_size = magazine_size;
    create.batch = batch;
    EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), 0) << "why " << create.why;
    return client_.arena("large");
  }
};

TEST_F(PercpuTest, an_arena_has_the_lists_that_were_asked_for_and_its_caches_too) {
  const mini_mm_arena_info large = make_large(48, 5);
  EXPECT_EQ(large.magazine_size, 48u);
  EXPECT_EQ(large.batch, 5u);
  EXPECT_EQ(large.cached_pages, 0u);
  mini_mm_cache_create create = cache_request(large.id, "small", 64);
  ASSERT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &create), 0);
  EXPECT_EQ(client_.cache(create.id).magazine_size, 48u);
  EXPECT_EQ(client_.cache(create.id).batch, 5u);
  EXPECT_EQ(client_.cache(create.id).cached_objects, 0u);
}

TEST_F(PercpuTest, none_is_none_and_half_a_list_is_the_batch) {
  EXPECT_EQ(make_large(MINI_MM_NO_MAGAZINES, 0).magazine_size, 0u);
  EXPECT_EQ(client_.arena("large").batch, 0u);
  EXPECT_EQ(tune({.arena = client_.arena("large").id, .magazine_size = 32}), 0u);
  EXPECT_EQ(client_.arena("large").magazine_size, 32u);
  EXPECT_EQ(client_.arena("large").batch, 16u);
  EXPECT_EQ(tune({.arena = client_.arena("large").id}), 0u);
  EXPECT_EQ(client_.arena("large").magazine_size, 0u);
}

TEST_F(PercpuTest, a_small_arena_has_small_lists) {
  EXPECT_EQ(tune({.arena = arena_, .magazine_size = MINI_MM_MAGAZINE_MAX}), 0u);
  EXPECT_GT(client_.arena("test").magazine_size, 0u);
  EXPECT_LT(client_.arena("test").magazine_size, 64u);
}

TEST_F(PercpuTest, a_cache_is_resized_alone_and_goes_on_with_its_objects) {
  const std::uint32_t cache = make_cache("tuned", 64), other = make_cache("other", 64);
  const std::uint32_t before = client_.cache(other).magazine_size;
  const std::uint64_t object = client_.alloc_object(cache);
  EXPECT_EQ(tune({.cache = cache, .magazine_size = 16, .batch = 3}), 0u);
  EXPECT_EQ(client_.cache(cache).magazine_size, 16u);
  EXPECT_EQ(client_.cache(cache).batch, 3u);
  EXPECT_EQ(client_.cache(cache).active_objects, 1u);
  EXPECT_EQ(client_.cache(other).magazine_size, before);
  EXPECT_EQ(tune({.cache = cache}), 0u);
  EXPECT_EQ(client_.cache(cache).magazine_size, 0u);
  EXPECT_EQ(client_.free_object(object).result, 0);
}

TEST_F(PercpuTest, engines_of_several_sizes_have_no_magazines_but_may_be_told_so) {
  for (const char* engine : {"slob", "class"}) {
    const std::uint32_t cache = make_cache_of(engine);
    EXPECT_EQ(tune({.cache = cache, .magazine_size = 1}), MINI_MM_WHY_UNSUPPORTED) << engine;
    EXPECT_EQ(tune({.cache = cache}), 0u) << engine;
    EXPECT_EQ(client_.cache(cache).magazine_size, 0u) << engine;
  }
}

TEST_F(PercpuTest, sizes_above_the_limit_are_refused_and_change_nothing) {
  const std::uint32_t cache = make_cache("refused", 64);
  const mini_mm_cache_info before = client_.cache(cache);
  for (const std::uint32_t size : {MINI_MM_MAGAZINE_MAX + 1u, 0xffffffffu}) {
    EXPECT_EQ(tune({.cache = cache, .magazine_size = size}), MINI_MM_WHY_MAGAZINE) << size;
    EXPECT_EQ(tune({.cache = cache, .magazine_size = 8, .batch = size}), MINI_MM_WHY_MAGAZINE) << size;
    EXPECT_EQ(tune({.arena = arena_, .magazine_size = size}), MINI_MM_WHY_MAGAZINE) << size;
  }
  EXPECT_EQ(client_.cache(cache).magazine_size, before.magazine_size);
  EXPECT_EQ(client_.cache(cache).batch, before.batch);
  mini_mm_arena_create create = arena_request("refused", 1 << 20);
  create.magazine_size = MINI_MM_MAGAZINE_MAX + 1;
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), EINVAL);
  EXPECT_EQ(create.why, MINI_MM_WHY_MAGAZINE);
  create.magazine_size = 0;
  create.batch = MINI_MM_MAGAZINE_MAX + 1;
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), EINVAL);
  EXPECT_EQ(create.why, MINI_MM_WHY_MAGAZINE);
}

TEST_F(PercpuTest, what_does_not_exist_and_what_is_reserved_is_refused) {
  EXPECT_EQ(tune({.arena = 4711}), MINI_MM_WHY_NO_ARENA);
  EXPECT_EQ(tune({}), MINI_MM_WHY_NO_ARENA);
  EXPECT_EQ(tune({.cache = 4711}), MINI_MM_WHY_NO_CACHE);
  EXPECT_EQ(tune({.arena = arena_, .flags = 1}), MINI_MM_WHY_FLAGS);
  EXPECT_EQ(tune({.arena = arena_, .reserved = {0, 1}}), MINI_MM_WHY_RESERVED);
  EXPECT_EQ(tune({.arena = arena_, .cache = make_cache("both", 64)}), MINI_MM_WHY_RESERVED);
  mini_mm_target target{.id = 4711};
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_DRAIN, &target), ENOENT);
  EXPECT_EQ(target.why, MINI_MM_WHY_NO_ARENA);
  target = {.id = arena_, .flags = 1};
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_DRAIN, &target), EINVAL);
  EXPECT_EQ(target.why, MINI_MM_WHY_FLAGS);
}

TEST_F(PercpuTest, a_drain_leaves_alone_what_is_held) {
  const std::uint64_t object = client_.alloc_object(make_cache("held", 64));
  const std::uint64_t block = client_.alloc_pages(arena_, 2);
  const std::uint64_t free = free_pages();
  mini_mm_target target{.id = arena_};
  ASSERT_EQ(client_.call(MINI_MM_IOC_ARENA_DRAIN, &target), 0);
  EXPECT_EQ(target.freed, 0u);
  EXPECT_EQ(free_pages(), free);
  EXPECT_EQ(client_.free_object(object).result, 0);
  EXPECT_EQ(client_.free_pages(block).result, 0);
}

}  // namespace
}  // namespace mini_mm_test
