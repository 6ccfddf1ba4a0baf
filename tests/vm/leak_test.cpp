// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing reaches a client that is not meant for it: no byte that another one wrote, no address of the kernel's, and
 * nothing that was never written.
 *
 * An arena is filled with a canary from end to end and freed again; whatever is read, mapped or answered afterwards is
 * scanned for it. An answer is scanned as a whole, padding and unused fields too, and so is what stands behind it.
 */
#include <sys/mman.h>

#include <algorithm>
#include <array>

#include "client.hpp"

namespace mini_mm_test {
namespace {

/* No two neighbouring bytes are the same, so that no shift of it looks like it. */
constexpr std::array<std::uint8_t, 8> kCanary = {0xca, 0x4a, 0x21, 0xee, 0x5d, 0x93, 0x37, 0xb8};
/* What stands behind each answer. */
constexpr std::uint8_t kUntouched = 0xa5;

bool has_canary(const std::uint8_t* bytes, std::size_t length) {
  /* Four bytes of it are enough, wherever it is cut. */
  for (std::size_t from = 0; from + 4 <= kCanary.size(); from++)
    if (std::search(bytes, bytes + length, kCanary.begin() + static_cast<std::ptrdiff_t>(from),
                    kCanary.begin() + static_cast<std::ptrdiff_t>(from) + 4) != bytes + length)
      return true;
  return false;
}

/* The upper half of the address space, but for small negative numbers. */
bool has_kernel_address(const std::uint8_t* bytes, std::size_t length) {
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= length; at += 4) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + at, sizeof(word));
    if (word >= 0xffff800000000000 && word < 0xffffffffffff0000) return true;
  }
  return false;
}

class LeakTest : public ArenaTest {
 protected:
  static constexpr std::size_t kPage = 4096;

  void SetUp() override {
    ArenaTest::SetUp();
    fill_with_canary();
  }

  /* All pages of the arena, through mappings, and then all of them free. */
  void fill_with_canary() {
    std::vector<std::uint64_t> handles;
    for (std::uint64_t i = 0; i < kPages; i++) handles.push_back(client_.alloc_pages(arena_, 0));
    for (const std::uint64_t handle : handles) {
      std::uint8_t* page = map(handle, kPage);
      for (std::size_t i = 0; i < kPage; i++) page[i] = kCanary[i % kCanary.size()];
      ASSERT_TRUE(has_canary(page, kPage));
      munmap(page, kPage);
    }
    for (const std::uint64_t handle : handles) ASSERT_EQ(client_.free_pages(handle).result, 0);
  }

  std::uint8_t* map(std::uint64_t handle, std::size_t length) {
    void* place =
        mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, client_.fd(), static_cast<off_t>(handle * kPage));
    EXPECT_NE(place, MAP_FAILED) << std::strerror(errno);
    return static_cast<std::uint8_t*>(place);
  }

  std::vector<std::uint8_t> read_all(std::uint64_t handle, std::size_t length) {
    std::vector<std::uint8_t> bytes(length, kUntouched);
    mini_mm_read read{};
    read.handle = handle;
    read.length = length;
    read.buffer = reinterpret_cast<std::uintptr_t>(bytes.data());
    EXPECT_EQ(client_.call(MINI_MM_IOC_READ, &read), 0) << "why " << read.why;
    return bytes;
  }

  static bool is_zero(const std::uint8_t* bytes, std::size_t length) {
    return std::all_of(bytes, bytes + length, [](std::uint8_t byte) { return byte == 0; });
  }

  /* Makes a call, and scans its answer and what lies behind it. */
  template <class Argument>
  int scanned(unsigned long command, Argument& argument, const char* what) {
    struct {
      Argument argument;
      std::array<std::uint8_t, 256> behind;
    } room;
    std::memcpy(&room.argument, &argument, sizeof(argument));
    room.behind.fill(kUntouched);
    const int error = client_.call(command, &room.argument);
    std::memcpy(&argument, &room.argument, sizeof(argument));
    clean(&argument, sizeof(argument), what);
    EXPECT_EQ(std::count(room.behind.begin(), room.behind.end(), kUntouched), 256) << what << " writes behind itself";
    return error;
  }

  static void clean(const void* bytes, std::size_t length, const char* what) {
    EXPECT_FALSE(has_canary(static_cast<const std::uint8_t*>(bytes), length)) << what << " shows what others wrote";
    EXPECT_FALSE(has_kernel_address(static_cast<const std::uint8_t*>(bytes), length)) << what << " shows an address";
  }
};

TEST_F(LeakTest, a_mapped_block_is_all_zeros) {
  for (const std::uint32_t order : {0u, 1u, 3u, 6u}) {
    const std::size_t length = kPage << order;
    std::uint8_t* block = map(client_.alloc_pages(arena_, order), length);
    EXPECT_TRUE(is_zero(block, length)) << "order " << order;
    munmap(block, length);
  }
}

TEST_F(LeakTest, what_is_read_of_new_memory_is_all_zeros) {
  struct {
    const char* what;
    mini_mm_op op;
    std::size_t length;
  } const kinds[] = {
      {"pages", {.opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena_, .order = 2}, 4 * kPage},
      {"a run",
       {.opcode = MINI_MM_OP_RANGE_ALLOC, .target = arena_, .offset = MINI_MM_ANYWHERE, .length = 3 * kPage},
       3 * kPage},
      {"kmalloc", {.opcode = MINI_MM_OP_KMALLOC, .target = arena_, .length = 300}, 300},
      {"kmalloc of pages", {.opcode = MINI_MM_OP_KMALLOC, .target = arena_, .length = 20000}, 20000},
      {"vmalloc", {.opcode = MINI_MM_OP_VMALLOC, .target = arena_, .length = 10000}, 10000},
  };
  for (const auto& kind : kinds) {
    const mini_mm_op done = client_.operate(kind.op);
    ASSERT_EQ(done.result, 0) << kind.what;
    const std::vector<std::uint8_t> bytes = read_all(done.handle, kind.length);
    EXPECT_TRUE(is_zero(bytes.data(), bytes.size())) << kind.what;
  }
}

TEST_F(LeakTest, what_is_read_of_new_objects_is_all_zeros_whatever_the_engine_and_its_checks) {
  for (const char* engine : {"slab", "slub", "slob", "class"}) {
    for (const char* debug : {"", "P", "FZPU"}) {
      mini_mm_cache_create create = cache_request(arena_, "objects", 200);
      std::strcpy(create.engine, engine);
      std::strcpy(create.debug, debug);
      ASSERT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &create), 0) << engine;
      for (int i = 0; i < 40; i++) {
        const std::uint64_t object = client_.alloc_object(create.id);
        const std::vector<std::uint8_t> bytes = read_all(object, 200);
        ASSERT_TRUE(is_zero(bytes.data(), bytes.size())) << engine << " " << debug;
        ASSERT_EQ(client_.free_object(object).result, 0);
      }
      mini_mm_target target{};
      target.id = create.id;
      ASSERT_EQ(client_.call(MINI_MM_IOC_CACHE_DESTROY, &target), 0);
    }
  }
}

TEST_F(LeakTest, no_answer_shows_what_it_should_not) {
  const std::uint32_t cache = make_cache("scanned", 100);
  const std::uint64_t object = client_.alloc_object(cache);
  const std::uint64_t pages = client_.alloc_pages(arena_, 1);
  mini_mm_info info;
  std::memset(&info, kUntouched, sizeof(info));
  EXPECT_EQ(scanned(MINI_MM_IOC_INFO, info, "INFO"), 0);
  mini_mm_arena_info arena{};
  arena.id = arena_;
  EXPECT_EQ(scanned(MINI_MM_IOC_ARENA_INFO, arena, "ARENA_INFO"), 0);
  mini_mm_cache_info of_cache{};
  of_cache.id = cache;
  EXPECT_EQ(scanned(MINI_MM_IOC_CACHE_INFO, of_cache, "CACHE_INFO"), 0);
  for (const std::uint64_t handle : {object, pages}) {
    mini_mm_handle_info of_handle{};
    of_handle.handle = handle;
    EXPECT_EQ(scanned(MINI_MM_IOC_HANDLE_INFO, of_handle, "HANDLE_INFO"), 0);
  }
  mini_mm_target target{};
  target.id = arena_;
  EXPECT_EQ(scanned(MINI_MM_IOC_ARENA_DRAIN, target, "ARENA_DRAIN"), 0);
  EXPECT_EQ(scanned(MINI_MM_IOC_ARENA_COMPACT, target, "ARENA_COMPACT"), 0);
  target.id = cache;
  EXPECT_EQ(scanned(MINI_MM_IOC_CACHE_SHRINK, target, "CACHE_SHRINK"), 0);
  mini_mm_cache_create create = cache_request(arena_, "scanned", 1);
  EXPECT_NE(scanned(MINI_MM_IOC_CACHE_CREATE, create, "CACHE_CREATE"), 0);
  mini_mm_self_test test{};
  test.bug = MINI_MM_BUG_FLIP_MAGAZINE;
  test.tries = 1;
  EXPECT_EQ(scanned(MINI_MM_IOC_SELF_TEST, test, "SELF_TEST"), 0);
}

TEST_F(LeakTest, no_array_that_a_call_fills_shows_what_it_should_not) {
  const std::uint32_t cache = make_cache("scanned", 100);
  for (int i = 0; i < 20; i++) client_.alloc_object(cache);
  std::vector<mini_mm_block> blocks(1024);
  std::memset(blocks.data(), kUntouched, blocks.size() * sizeof(blocks[0]));
  mini_mm_map map{};
  map.arena = arena_;
  map.blocks = reinterpret_cast<std::uintptr_t>(blocks.data());
  map.count = 512;
  EXPECT_EQ(scanned(MINI_MM_IOC_MAP, map, "MAP"), 0);
  clean(blocks.data(), map.count * sizeof(blocks[0]), "MAP");
  EXPECT_EQ(reinterpret_cast<std::uint8_t*>(&blocks[map.count])[0], kUntouched) << "MAP writes behind its blocks";

  std::vector<mini_mm_finding> findings(16);
  mini_mm_examine examine{};
  examine.arena = arena_;
  examine.findings = reinterpret_cast<std::uintptr_t>(findings.data());
  examine.count = 16;
  EXPECT_EQ(scanned(MINI_MM_IOC_EXAMINE, examine, "EXAMINE"), 0);
  clean(findings.data(), findings.size() * sizeof(findings[0]), "EXAMINE");
}

TEST_F(LeakTest, no_event_of_a_log_shows_what_it_should_not) {
  mini_mm_arena_create create = arena_request("logged", 1 << 20);
  create.log_events = 256;
  ASSERT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), 0);
  for (int i = 0; i < 10; i++) client_.alloc_pages(create.id, 0);
  std::vector<mini_mm_event> events(256);
  mini_mm_log log{};
  log.arena = create.id;
  log.events = reinterpret_cast<std::uintptr_t>(events.data());
  log.count = 256;
  EXPECT_EQ(scanned(MINI_MM_IOC_LOG, log, "LOG"), 0);
  EXPECT_GT(log.count, 10u);
  clean(events.data(), log.count * sizeof(events[0]), "LOG");
}

TEST_F(LeakTest, a_compacted_block_keeps_its_own_bytes_and_shows_no_others) {
  std::vector<std::uint64_t> handles;
  for (int i = 0; i < 64; i++) handles.push_back(client_.alloc_pages(arena_, 0, MINI_MM_MOVABLE));
  for (std::size_t i = 0; i < handles.size(); i += 2) ASSERT_EQ(client_.free_pages(handles[i]).result, 0);
  mini_mm_target target{};
  target.id = arena_;
  ASSERT_EQ(client_.call(MINI_MM_IOC_ARENA_COMPACT, &target), 0);
  for (std::size_t i = 1; i < handles.size(); i += 2) {
    const std::vector<std::uint8_t> bytes = read_all(handles[i], kPage);
    ASSERT_TRUE(is_zero(bytes.data(), bytes.size())) << "block " << i;
  }
}

}  // namespace
}  // namespace mini_mm_test
