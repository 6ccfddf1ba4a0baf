// SPDX-License-Identifier: GPL-2.0
/*
 * What the device does: handles and who holds them, content, mappings, looking at the region.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <algorithm>

#include "client.hpp"

namespace mini_mm_test {
namespace {

class DeviceTest : public ArenaTest {
 protected:
  std::string content(std::uint64_t handle, std::uint64_t offset, std::uint64_t length) {
    std::string bytes(length, '?');
    mini_mm_read read{
        .handle = handle, .offset = offset, .length = length, .buffer = reinterpret_cast<std::uintptr_t>(bytes.data())};
    EXPECT_EQ(client_.call(MINI_MM_IOC_READ, &read), 0);
    return bytes;
  }

  mini_mm_op fill(std::uint64_t handle, std::uint8_t byte, std::uint64_t offset = 0, std::uint64_t length = 0) {
    return client_.operate(
        {.opcode = MINI_MM_OP_FILL, .handle = handle, .offset = offset, .length = length, .byte = byte});
  }

  mini_mm_op check(std::uint64_t handle, std::uint8_t byte, std::uint64_t offset = 0, std::uint64_t length = 0) {
    return client_.operate(
        {.opcode = MINI_MM_OP_CHECK, .handle = handle, .offset = offset, .length = length, .byte = byte});
  }

  char* map(std::uint64_t handle, std::size_t bytes) {
    void* at =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, client_.fd(), static_cast<off_t>(handle * 4096));
    EXPECT_NE(at, MAP_FAILED) << std::strerror(errno);
    return static_cast<char*>(at);
  }

  /* A block of the arena that held this byte throughout before. */
  std::uint64_t used_block(std::uint32_t order, std::uint8_t byte) {
    const std::uint64_t first = client_.alloc_pages(arena_, order);
    fill(first, byte);
    client_.free_pages(first);
    return client_.alloc_pages(arena_, order);
  }
};

TEST_F(DeviceTest, what_is_not_kept_goes_away_with_the_open_file) {
  {
    Client other;
    other.alloc_pages(arena_, 3);
    EXPECT_EQ(free_pages(), kPages - 8);
  }
  EXPECT_EQ(free_pages(), kPages);
}

TEST_F(DeviceTest, what_is_kept_outlives_the_open_file_and_anybody_may_free_it) {
  std::uint64_t handle = 0;
  {
    Client other;
    handle = other.alloc_pages(arena_, 3, MINI_MM_KEEP);
  }
  EXPECT_EQ(free_pages(), kPages - 8);
  EXPECT_EQ(client_.free_pages(handle).result, 0);
  EXPECT_EQ(free_pages(), kPages);
}

TEST_F(DeviceTest, a_reset_frees_what_is_kept_and_destroys_idle_caches) {
  const std::uint32_t idle = make_cache("idle", 64);
  const std::uint32_t busy = make_cache("busy", 64);
  client_.alloc_object(idle, MINI_MM_KEEP);
  client_.alloc_object(busy);
  client_.alloc_pages(arena_, 4, MINI_MM_KEEP);
  mini_mm_target target{.id = arena_};
  ASSERT_EQ(client_.call(MINI_MM_IOC_ARENA_RESET, &target), 0);
  EXPECT_EQ(target.freed, 2u);
  EXPECT_EQ(target.caches, 1u);
  EXPECT_EQ(target.live, 1u);
  EXPECT_EQ(client_.cache(busy).active_objects, 1u);
}

TEST_F(DeviceTest, an_arena_made_without_keep_goes_away_with_its_file) {
  const std::uint32_t before = client_.arena("default").id;
  {
    Client other;
    mini_mm_arena_create create = arena_request("mine", 1 << 20);
    ASSERT_EQ(other.call(MINI_MM_IOC_ARENA_CREATE, &create), 0);
    mini_mm_cache_create cache = cache_request(create.id, "its", 64);
    ASSERT_EQ(other.call(MINI_MM_IOC_CACHE_CREATE, &cache), 0);
    other.alloc_object(cache.id);
  }
  mini_mm_arena_info info{};
  info.lookup = MINI_MM_LOOKUP_NAME;
  std::strcpy(info.name, "mine");
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_INFO, &info), ENOENT);
  EXPECT_EQ(client_.arena("default").id, before);
}

TEST_F(DeviceTest, handles_and_ids_are_never_used_again) {
  const std::uint64_t first = client_.alloc_pages(arena_, 0);
  client_.free_pages(first);
  const std::uint64_t second = client_.alloc_pages(arena_, 0);
  EXPECT_NE(first, second);
  const std::uint32_t cache = make_cache("one", 64);
  mini_mm_target target{.id = cache};
  ASSERT_EQ(client_.call(MINI_MM_IOC_CACHE_DESTROY, &target), 0);
  EXPECT_NE(make_cache("one", 64), cache);
}

TEST_F(DeviceTest, zeroed_pages_and_objects_are_zero) {
  used_block(2, 0xee);
  client_.free_pages(used_block(2, 0xee));
  const std::uint64_t block = client_.alloc_pages(arena_, 2, MINI_MM_ZERO);
  EXPECT_EQ(check(block, 0).result, 0);
  const std::uint32_t cache = make_cache("zero", 256);
  const std::uint64_t object = client_.alloc_object(cache);
  fill(object, 0xee);
  client_.free_object(object);
  EXPECT_EQ(content(client_.alloc_object(cache, MINI_MM_ZERO), 0, 256), std::string(256, '\0'));
}

TEST_F(DeviceTest, a_fill_is_read_back_and_a_wrong_byte_is_found_at_its_offset) {
  const std::uint64_t block = client_.alloc_pages(arena_, 1);
  EXPECT_EQ(fill(block, 0xa5).result, 0);
  EXPECT_EQ(check(block, 0xa5).result, 0);
  EXPECT_EQ(fill(block, 0x5a, 5000, 1).result, 0);
  const mini_mm_op wrong = check(block, 0xa5);
  EXPECT_EQ(wrong.result, -EILSEQ);
  EXPECT_EQ(wrong.why, MINI_MM_WHY_MISMATCH);
  EXPECT_EQ(wrong.detail, 5000u);
  EXPECT_EQ(check(block, 0xa5, 0, 5000).result, 0);
  EXPECT_EQ(check(block, 0xa5, 5001).result, 0);
  EXPECT_EQ(content(block, 4999, 3), "\xa5\x5a\xa5");
}

TEST_F(DeviceTest, what_was_never_written_reads_as_zero_and_what_was_written_stays) {
  const std::uint64_t block = used_block(1, 0xee);
  fill(block, 0x11, 0, 64);
  fill(block, 0x22, 8192 - 64, 64);
  fill(block, 0x33, 1000, 10);
  EXPECT_EQ(content(block, 0, 8192), std::string(64, '\x11') + std::string(936, '\0') + std::string(10, '\x33') +
                                         std::string(8192 - 1010 - 64, '\0') + std::string(64, '\x22'));
}

TEST_F(DeviceTest, fills_in_any_order_are_all_kept) {
  std::string expected(4096, '\0');
  const std::uint64_t block = used_block(0, 0xee);
  std::uint32_t random = 12345;
  for (int i = 0; i < 200; ++i) {
    random = random * 1664525 + 1013904223;
    const std::uint32_t offset = (random >> 8) % 4096;
    const std::uint32_t length = 1 + (random >> 20) % std::min(4096 - offset, 97u);
    const auto byte = static_cast<std::uint8_t>(i);
    fill(block, byte, offset, length);
    expected.replace(offset, length, length, static_cast<char>(byte));
    if (i % 10 == 0) {
      const std::uint32_t some = 1 + (random >> 4) % (4096 - offset);
      ASSERT_EQ(content(block, offset, some), expected.substr(offset, some)) << "after fill " << i;
    }
  }
  EXPECT_EQ(content(block, 0, 4096), expected);
}

TEST_F(DeviceTest, a_mapped_block_shows_and_takes_its_content) {
  const std::uint64_t block = used_block(1, 0xee);
  fill(block, 0x77, 0, 16);
  char* at = map(block, 8192);
  EXPECT_EQ(std::string(at, 8192), std::string(16, '\x77') + std::string(8176, '\0'));
  at[8191] = 'z';
  EXPECT_EQ(content(block, 8191, 1), "z");
  munmap(at, 8192);
}

TEST_F(DeviceTest, a_mapped_block_cannot_be_freed_until_it_is_unmapped_everywhere) {
  const std::uint64_t block = client_.alloc_pages(arena_, 1, MINI_MM_KEEP);
  char* at = map(block, 8192);
  EXPECT_EQ(client_.free_pages(block).why, MINI_MM_WHY_MAPPED);
  munmap(at, 4096);
  EXPECT_EQ(client_.free_pages(block).why, MINI_MM_WHY_MAPPED);
  mini_mm_target target{.id = arena_};
  ASSERT_EQ(client_.call(MINI_MM_IOC_ARENA_RESET, &target), 0);
  EXPECT_EQ(target.freed, 0u);
  EXPECT_EQ(target.live, 1u);
  munmap(at + 4096, 4096);
  EXPECT_EQ(client_.free_pages(block).result, 0);
  EXPECT_EQ(free_pages(), kPages);
}

TEST_F(DeviceTest, a_forked_child_shares_the_mapping_and_keeps_it_busy) {
  const std::uint64_t block = client_.alloc_pages(arena_, 0);
  char* at = map(block, 4096);
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    at[0] = 'c';
    char byte;
    (void)!read(ready[0], &byte, 1);
    _exit(0);
  }
  munmap(at, 4096);
  EXPECT_EQ(client_.free_pages(block).why, MINI_MM_WHY_MAPPED);
  (void)!write(ready[1], "", 1);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(content(block, 0, 1), "c");
  EXPECT_EQ(client_.free_pages(block).result, 0);
  close(ready[0]);
  close(ready[1]);
}

TEST_F(DeviceTest, a_mapping_outlives_the_file_descriptor) {
  char* at = nullptr;
  {
    Client other;
    const std::uint64_t block = other.alloc_pages(arena_, 0);
    at = static_cast<char*>(
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, other.fd(), static_cast<off_t>(block * 4096)));
    ASSERT_NE(at, MAP_FAILED);
  }
  at[0] = 'x';
  EXPECT_EQ(free_pages(), kPages - 1);
  munmap(at, 4096);
  EXPECT_EQ(free_pages(), kPages);
}

TEST_F(DeviceTest, a_handle_says_what_it_names_and_who_made_it) {
  const std::uint64_t block = client_.alloc_pages(arena_, 3, MINI_MM_KEEP);
  mini_mm_handle_info info{};
  info.handle = block;
  ASSERT_EQ(client_.call(MINI_MM_IOC_HANDLE_INFO, &info), 0);
  EXPECT_EQ(info.kind, MINI_MM_KIND_PAGES);
  EXPECT_EQ(info.order, 3u);
  EXPECT_EQ(info.size, 8u * 4096);
  EXPECT_EQ(info.page % 8, 0u);
  EXPECT_EQ(info.flags, MINI_MM_KEEP);
  EXPECT_EQ(info.arena, arena_);
  EXPECT_EQ(info.pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(client_.free_pages(block).result, 0);

  const std::uint32_t cache = make_cache("named", 100);
  mini_mm_handle_info object{};
  object.handle = client_.alloc_object(cache);
  ASSERT_EQ(client_.call(MINI_MM_IOC_HANDLE_INFO, &object), 0);
  EXPECT_EQ(object.kind, MINI_MM_KIND_OBJECT);
  EXPECT_EQ(object.cache, cache);
  EXPECT_EQ(object.size, 100u);
  EXPECT_LT(object.offset, 4096u);
}

TEST_F(DeviceTest, the_map_tiles_the_region_and_names_every_block) {
  const std::uint32_t cache = make_cache("mapped", 512);
  const std::uint64_t object = client_.alloc_object(cache);
  const std::uint64_t block = client_.alloc_pages(arena_, 4);
  /* In steps of three blocks, so that going on where the last call ended is tried too. */
  mini_mm_map map{.arena = arena_};
  std::vector<mini_mm_block> blocks;
  while (map.page < kPages) {
    mini_mm_block some[3];
    map.blocks = reinterpret_cast<std::uintptr_t>(some);
    map.count = 3;
    ASSERT_EQ(client_.call(MINI_MM_IOC_MAP, &map), 0);
    ASSERT_GT(map.count, 0u);
    blocks.insert(blocks.end(), some, some + map.count);
  }
  std::uint64_t at = 0;
  std::uint64_t free = 0;
  for (const mini_mm_block& seen : blocks) {
    EXPECT_EQ(seen.page, at);
    at += 1u << seen.order;
    if (seen.kind == MINI_MM_KIND_FREE) free += 1u << seen.order;
  }
  EXPECT_EQ(at, kPages);
  EXPECT_EQ(free, free_pages());
  const auto is_slab = [&](const mini_mm_block& seen) {
    return seen.kind == MINI_MM_KIND_SLAB && seen.cache == cache && seen.in_use == 1;
  };
  EXPECT_EQ(std::count_if(blocks.begin(), blocks.end(), is_slab), 1);
  const auto is_block = [&](const mini_mm_block& seen) { return seen.kind == MINI_MM_KIND_PAGES && seen.order == 4; };
  EXPECT_EQ(std::count_if(blocks.begin(), blocks.end(), is_block), 1);
  client_.free_object(object);
  client_.free_pages(block);
}

TEST_F(DeviceTest, walking_the_handles_finds_ones_own_and_the_kept_ones) {
  Client other;
  const std::uint64_t mine = client_.alloc_pages(arena_, 0);
  const std::uint64_t foreign = other.alloc_pages(arena_, 0);
  const std::uint64_t kept = other.alloc_pages(arena_, 0, MINI_MM_KEEP);
  std::vector<std::uint64_t> seen;
  for (mini_mm_handle_info info{.lookup = MINI_MM_LOOKUP_NEXT, .handle = mine - 1};
       client_.call(MINI_MM_IOC_HANDLE_INFO, &info) == 0;) {
    seen.push_back(info.handle);
  }
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{mine, kept}));
  EXPECT_NE(foreign, kept);
  client_.free_pages(kept);
}

TEST_F(DeviceTest, shrinking_gives_empty_slabs_back_and_a_full_arena_does_so_by_itself) {
  const std::uint32_t cache = make_cache("shrink", 1024);
  std::vector<mini_mm_op> ops(64, {.opcode = MINI_MM_OP_OBJ_ALLOC, .target = cache});
  client_.batch(ops);
  for (mini_mm_op& op : ops) op = {.opcode = MINI_MM_OP_OBJ_FREE, .handle = op.handle};
  client_.batch(ops);
  EXPECT_GT(client_.cache(cache).empty_slabs, 0u);
  const std::uint64_t all = client_.alloc_pages(arena_, 8);
  EXPECT_EQ(client_.cache(cache).empty_slabs, 0u);
  client_.free_pages(all);

  client_.free_object(client_.alloc_object(cache));
  mini_mm_target target{.id = cache};
  ASSERT_EQ(client_.call(MINI_MM_IOC_CACHE_SHRINK, &target), 0);
  EXPECT_GT(target.freed, 0u);
  EXPECT_EQ(free_pages(), kPages);
}

TEST_F(DeviceTest, metadata_is_at_most_sixteen_bytes_a_page) {
  const mini_mm_arena_info info = client_.arena("default");
  EXPECT_GT(info.metadata_bytes, 0u);
  EXPECT_LE(info.metadata_bytes, info.pages * 16);
}

TEST_F(DeviceTest, reading_and_filling_a_block_of_the_highest_order) {
  const mini_mm_arena_info info = client_.arena("default");
  const std::uint64_t block = client_.alloc_pages(info.id, info.max_order);
  EXPECT_EQ(fill(block, 0x42).result, 0);
  EXPECT_EQ(check(block, 0x42).result, 0);
  EXPECT_EQ(client_.free_pages(block).result, 0);
}

}  // namespace
}  // namespace mini_mm_test
