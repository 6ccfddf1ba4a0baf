// SPDX-License-Identifier: GPL-2.0
/*
 * What the device refuses: each with the right errno and reason, and nothing changed.
 */
#include <sys/mman.h>

#include "client.hpp"

namespace mini_mm_test {
namespace {

struct Refusal {
  std::int32_t result;
  std::uint32_t why;
  bool operator==(const Refusal&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
  return out << "errno " << -refusal.result << ", reason " << refusal.why;
}

Refusal outcome(const mini_mm_op& op) { return {op.result, op.why}; }

using RefusalTest = ArenaTest;

TEST_F(RefusalTest, an_order_above_the_arenas_highest) {
  const mini_mm_op alloc{.opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena_, .order = 9};
  EXPECT_EQ(outcome(client_.operate(alloc)), (Refusal{-EINVAL, MINI_MM_WHY_ORDER}));
  const mini_mm_op huge{.opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena_, .order = 0xffffffff};
  EXPECT_EQ(outcome(client_.operate(huge)), (Refusal{-EINVAL, MINI_MM_WHY_ORDER}));
  EXPECT_EQ(free_pages(), kPages);
}

TEST_F(RefusalTest, object_sizes_out_of_range) {
  for (const std::uint32_t size : {0u, 7u, 8193u, 0xffffffffu}) {
    mini_mm_cache_create create = cache_request(arena_, "size", size);
    EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &create), EINVAL) << size;
    EXPECT_EQ(create.why, MINI_MM_WHY_SIZE) << size;
  }
}

TEST_F(RefusalTest, alignments_that_are_no_power_of_two_or_above_a_page) {
  for (const std::uint32_t align : {3u, 24u, 8192u, 0x80000000u}) {
    mini_mm_cache_create create = cache_request(arena_, "align", 64);
    create.align = align;
    EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &create), EINVAL) << align;
    EXPECT_EQ(create.why, MINI_MM_WHY_ALIGN) << align;
  }
}

TEST_F(RefusalTest, arena_sizes_that_are_no_pages_or_too_many) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{4095}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    mini_mm_arena_create create = arena_request("size", size);
    EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), EINVAL) << size;
    EXPECT_EQ(create.why, MINI_MM_WHY_SIZE) << size;
  }
}

TEST_F(RefusalTest, a_region_larger_than_half_of_the_memory) {
  mini_mm_arena_create create = arena_request("large", std::uint64_t{32} << 30);
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), EDQUOT);
  EXPECT_EQ(create.why, MINI_MM_WHY_CLIENT_QUOTA);
}

TEST_F(RefusalTest, names_that_are_empty_blank_too_long_or_taken) {
  struct Case {
    std::string name;
    int error;
    std::uint32_t why;
  };
  const Case cases[] = {
      {"", EINVAL, MINI_MM_WHY_NAME},           {"two words", EINVAL, MINI_MM_WHY_NAME},
      {"line\n", EINVAL, MINI_MM_WHY_NAME},     {"a:b", EINVAL, MINI_MM_WHY_NAME},
      {"\xc3\xa4", EINVAL, MINI_MM_WHY_NAME},   {std::string(16, 'n'), ENAMETOOLONG, MINI_MM_WHY_NAME_LONG},
      {"test", EEXIST, MINI_MM_WHY_NAME_TAKEN}, {"default", EEXIST, MINI_MM_WHY_NAME_TAKEN}};
  for (const Case& refused : cases) {
    mini_mm_arena_create create = arena_request("", 1 << 20);
    std::memcpy(create.name, refused.name.data(), refused.name.size());
    EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), refused.error) << refused.name;
    EXPECT_EQ(create.why, refused.why) << refused.name;
  }
  make_cache("taken", 64);
  mini_mm_cache_create again = cache_request(arena_, "taken", 128);
  EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &again), EEXIST);
  EXPECT_EQ(again.why, MINI_MM_WHY_NAME_TAKEN);
}

TEST_F(RefusalTest, unknown_engines_and_debug_letters) {
  mini_mm_arena_create create = arena_request("engine", 1 << 20);
  std::strcpy(create.page_engine, "buddha");
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), EINVAL);
  EXPECT_EQ(create.why, MINI_MM_WHY_ENGINE);
  create = arena_request("engine", 1 << 20);
  std::strcpy(create.debug, "x");
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &create), EINVAL);
  EXPECT_EQ(create.why, MINI_MM_WHY_DEBUG);
}

TEST_F(RefusalTest, arenas_and_caches_that_do_not_exist) {
  EXPECT_EQ(outcome(client_.operate({.opcode = MINI_MM_OP_PAGE_ALLOC, .target = 4711})),
            (Refusal{-ENOENT, MINI_MM_WHY_NO_ARENA}));
  EXPECT_EQ(outcome(client_.operate({.opcode = MINI_MM_OP_OBJ_ALLOC, .target = 4711})),
            (Refusal{-ENOENT, MINI_MM_WHY_NO_CACHE}));
  mini_mm_target target{.id = 4711};
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_DESTROY, &target), ENOENT);
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_RESET, &target), ENOENT);
  EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_DESTROY, &target), ENOENT);
  EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_SHRINK, &target), ENOENT);
  EXPECT_EQ(target.why, MINI_MM_WHY_NO_CACHE);
}

TEST_F(RefusalTest, handles_that_were_freed_or_made_up) {
  const std::uint64_t handle = client_.alloc_pages(arena_, 0);
  EXPECT_EQ(client_.free_pages(handle).result, 0);
  for (const std::uint64_t wrong : {handle, std::uint64_t{0}, ~std::uint64_t{0}, handle + 1000}) {
    EXPECT_EQ(outcome(client_.free_pages(wrong)), (Refusal{-ENOENT, MINI_MM_WHY_NO_HANDLE})) << wrong;
    EXPECT_EQ(outcome(client_.operate({.opcode = MINI_MM_OP_FILL, .handle = wrong})),
              (Refusal{-ENOENT, MINI_MM_WHY_NO_HANDLE}));
  }
}

TEST_F(RefusalTest, a_handle_of_another_open_file) {
  const std::uint64_t handle = client_.alloc_pages(arena_, 0);
  Client other;
  EXPECT_EQ(outcome(other.free_pages(handle)), (Refusal{-EACCES, MINI_MM_WHY_NOT_YOURS}));
  EXPECT_EQ(outcome(other.operate({.opcode = MINI_MM_OP_CHECK, .handle = handle})),
            (Refusal{-EACCES, MINI_MM_WHY_NOT_YOURS}));
  mini_mm_handle_info info{};
  info.handle = handle;
  EXPECT_EQ(other.call(MINI_MM_IOC_HANDLE_INFO, &info), EACCES);
  char byte;
  mini_mm_read read{.handle = handle, .length = 1, .buffer = reinterpret_cast<std::uintptr_t>(&byte)};
  EXPECT_EQ(other.call(MINI_MM_IOC_READ, &read), EACCES);
  EXPECT_EQ(mmap(nullptr, 4096, PROT_READ, MAP_SHARED, other.fd(), static_cast<off_t>(handle * 4096)), MAP_FAILED);
  EXPECT_EQ(errno, EACCES);
}

TEST_F(RefusalTest, a_page_handle_freed_as_an_object_and_the_other_way_round) {
  const std::uint64_t pages = client_.alloc_pages(arena_, 1);
  const std::uint64_t object = client_.alloc_object(make_cache("objects", 64));
  EXPECT_EQ(outcome(client_.free_object(pages)), (Refusal{-EBADF, MINI_MM_WHY_NOT_OBJECT}));
  EXPECT_EQ(outcome(client_.free_pages(object)), (Refusal{-EBADF, MINI_MM_WHY_NOT_PAGES}));
  EXPECT_EQ(mmap(nullptr, 4096, PROT_READ, MAP_SHARED, client_.fd(), static_cast<off_t>(object * 4096)), MAP_FAILED);
  EXPECT_EQ(errno, EBADF);
  EXPECT_EQ(client_.free_pages(pages).result, 0);
  EXPECT_EQ(client_.free_object(object).result, 0);
}

TEST_F(RefusalTest, unknown_flag_bits_in_every_call) {
  for (const std::uint32_t opcode : {MINI_MM_OP_PAGE_ALLOC, MINI_MM_OP_PAGE_FREE, MINI_MM_OP_OBJ_ALLOC,
                                     MINI_MM_OP_OBJ_FREE, MINI_MM_OP_FILL, MINI_MM_OP_CHECK}) {
    EXPECT_EQ(outcome(client_.operate({.opcode = opcode, .flags = 1u << 31, .target = arena_})),
              (Refusal{-EINVAL, MINI_MM_WHY_FLAGS}))
        << opcode;
  }
  mini_mm_arena_create arena = arena_request("flags", 1 << 20);
  arena.flags = 1u << 31;
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &arena), EINVAL);
  EXPECT_EQ(arena.why, MINI_MM_WHY_FLAGS);
  mini_mm_cache_create cache = cache_request(arena_, "flags", 64);
  cache.flags = MINI_MM_ZERO;
  EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &cache), EINVAL);
  EXPECT_EQ(cache.why, MINI_MM_WHY_FLAGS);
  for (const unsigned long command :
       {MINI_MM_IOC_ARENA_RESET, MINI_MM_IOC_ARENA_DESTROY, MINI_MM_IOC_CACHE_SHRINK, MINI_MM_IOC_CACHE_DESTROY}) {
    mini_mm_target target{.id = arena_, .flags = 1};
    EXPECT_EQ(client_.call(command, &target), EINVAL);
    EXPECT_EQ(target.why, MINI_MM_WHY_FLAGS);
  }
  mini_mm_op op{};
  mini_mm_batch batch{.ops = reinterpret_cast<std::uintptr_t>(&op), .count = 1, .flags = 1};
  EXPECT_EQ(client_.call(MINI_MM_IOC_BATCH, &batch), EINVAL);
  EXPECT_EQ(batch.why, MINI_MM_WHY_FLAGS);
  mini_mm_read read{.flags = 1};
  EXPECT_EQ(client_.call(MINI_MM_IOC_READ, &read), EINVAL);
  EXPECT_EQ(read.why, MINI_MM_WHY_FLAGS);
  mini_mm_map map{.flags = 1};
  EXPECT_EQ(client_.call(MINI_MM_IOC_MAP, &map), EINVAL);
  EXPECT_EQ(map.why, MINI_MM_WHY_FLAGS);
}

TEST_F(RefusalTest, reserved_fields_that_are_not_zero) {
  mini_mm_op alloc{.opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena_};
  const auto refused = [&](auto change) {
    mini_mm_op op = alloc;
    change(op);
    return outcome(client_.operate(op)).why == MINI_MM_WHY_RESERVED;
  };
  EXPECT_TRUE(refused([](mini_mm_op& op) { op.handle = 1; }));
  EXPECT_TRUE(refused([](mini_mm_op& op) { op.offset = 1; }));
  EXPECT_TRUE(refused([](mini_mm_op& op) { op.length = 1; }));
  EXPECT_TRUE(refused([](mini_mm_op& op) { op.byte = 1; }));
  EXPECT_TRUE(refused([](mini_mm_op& op) { op.reserved[2] = 1; }));
  EXPECT_TRUE(refused([](mini_mm_op& op) { op.reserved2 = 1; }));
  EXPECT_TRUE(refused([](mini_mm_op& op) { op.result = 1, op.why = 0; }));
  EXPECT_TRUE(refused([](mini_mm_op& op) { op.detail = 1; }));
  alloc = {.opcode = MINI_MM_OP_PAGE_FREE, .handle = 1, .order = 1};
  EXPECT_TRUE(refused([](mini_mm_op&) {}));
  EXPECT_EQ(free_pages(), kPages);

  mini_mm_arena_create arena = arena_request("reserved", 1 << 20);
  arena.reserved[1] = 1;
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, &arena), EINVAL);
  EXPECT_EQ(arena.why, MINI_MM_WHY_RESERVED);
  mini_mm_cache_create cache = cache_request(arena_, "reserved", 64);
  cache.reserved[0] = 1;
  EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &cache), EINVAL);
  EXPECT_EQ(cache.why, MINI_MM_WHY_RESERVED);
}

TEST_F(RefusalTest, batches_of_no_or_too_many_operations) {
  for (const std::uint32_t count : {0u, MINI_MM_BATCH_MAX + 1u, 0xffffffffu}) {
    mini_mm_op op{};
    mini_mm_batch batch{.ops = reinterpret_cast<std::uintptr_t>(&op), .count = count};
    EXPECT_EQ(client_.call(MINI_MM_IOC_BATCH, &batch), EINVAL);
    EXPECT_EQ(batch.why, MINI_MM_WHY_COUNT);
    EXPECT_EQ(batch.done, 0u);
  }
}

TEST_F(RefusalTest, unknown_operations_lookups_and_calls) {
  for (const std::uint32_t opcode : {0u, 64u, 0xffffffffu}) {
    EXPECT_EQ(outcome(client_.operate({.opcode = opcode})), (Refusal{-EINVAL, MINI_MM_WHY_OPCODE})) << opcode;
  }
  mini_mm_arena_info arena{};
  arena.lookup = 9;
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_INFO, &arena), EINVAL);
  EXPECT_EQ(arena.why, MINI_MM_WHY_OPCODE);
  EXPECT_EQ(client_.call(_IO(MINI_MM_IOC_MAGIC, 0x7f), &arena), ENOTTY);
  EXPECT_EQ(client_.call(_IOWR(MINI_MM_IOC_MAGIC, 0x02, char), &arena), ENOTTY);
}

TEST_F(RefusalTest, ranges_that_reach_past_the_block) {
  const std::uint64_t handle = client_.alloc_pages(arena_, 0);
  struct Range {
    std::uint64_t offset, length;
  };
  for (const auto [offset, length] :
       {Range{0, 4097}, Range{4096, 0}, Range{4095, 2}, Range{1, ~std::uint64_t{0}}, Range{~std::uint64_t{0}, 2}}) {
    EXPECT_EQ(
        outcome(client_.operate({.opcode = MINI_MM_OP_FILL, .handle = handle, .offset = offset, .length = length})),
        (Refusal{-ERANGE, MINI_MM_WHY_RANGE}))
        << offset << ' ' << length;
    char buffer[8];
    mini_mm_read read{
        .handle = handle, .offset = offset, .length = length, .buffer = reinterpret_cast<std::uintptr_t>(buffer)};
    EXPECT_EQ(client_.call(MINI_MM_IOC_READ, &read), ERANGE) << offset << ' ' << length;
  }
}

TEST_F(RefusalTest, an_arena_that_is_full) {
  std::vector<mini_mm_op> ops(kPages + 3, {.opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena_});
  client_.batch(ops);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    EXPECT_EQ(outcome(ops[i]), i < kPages ? (Refusal{0, 0}) : (Refusal{-ENOMEM, MINI_MM_WHY_FULL})) << i;
  }
  mini_mm_cache_create create = cache_request(arena_, "late", 64);
  ASSERT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, &create), 0);
  EXPECT_EQ(outcome(client_.operate({.opcode = MINI_MM_OP_OBJ_ALLOC, .target = create.id})),
            (Refusal{-ENOMEM, MINI_MM_WHY_FULL}));
}

TEST_F(RefusalTest, destroying_an_arena_or_a_cache_with_live_objects_says_how_many) {
  const std::uint32_t cache = make_cache("busy", 100);
  std::vector<mini_mm_op> ops(3, {.opcode = MINI_MM_OP_OBJ_ALLOC, .target = cache});
  client_.batch(ops);
  client_.alloc_pages(arena_, 2);
  mini_mm_target target{.id = cache};
  EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_DESTROY, &target), EBUSY);
  EXPECT_EQ(target.why, MINI_MM_WHY_LIVE);
  EXPECT_EQ(target.live, 3u);
  target = {.id = arena_};
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_DESTROY, &target), EBUSY);
  EXPECT_EQ(target.why, MINI_MM_WHY_LIVE);
  EXPECT_EQ(target.live, 4u);
}

TEST_F(RefusalTest, destroying_the_default_arena) {
  mini_mm_target target{.id = client_.arena("default").id};
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_DESTROY, &target), EPERM);
  EXPECT_EQ(target.why, MINI_MM_WHY_DEFAULT);
}

TEST_F(RefusalTest, one_bad_operation_in_the_middle_leaves_the_others_standing) {
  const std::uint64_t block = client_.alloc_pages(arena_, 0);
  std::vector<mini_mm_op> ops{{.opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena_, .order = 1},
                              {.opcode = MINI_MM_OP_PAGE_FREE, .handle = block + 4711},
                              {.opcode = MINI_MM_OP_PAGE_FREE, .handle = block}};
  client_.batch(ops);
  EXPECT_EQ(outcome(ops[0]), (Refusal{0, 0}));
  EXPECT_EQ(outcome(ops[1]), (Refusal{-ENOENT, MINI_MM_WHY_NO_HANDLE}));
  EXPECT_EQ(outcome(ops[2]), (Refusal{0, 0}));
  EXPECT_EQ(free_pages(), kPages - 2);
}

/* Memory whose second page cannot be touched. */
class HalfMapped {
 public:
  HalfMapped()
      : base_(static_cast<char*>(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    mprotect(base_ + 4096, 4096, PROT_NONE);
  }
  ~HalfMapped() { munmap(base_, 8192); }
  void* before_the_end(std::size_t bytes) { return base_ + 4096 - bytes; }
  void protect(int protection) { mprotect(base_, 4096, protection); }

 private:
  char* base_;
};

TEST_F(RefusalTest, user_memory_that_ends_in_the_middle) {
  HalfMapped memory;
  EXPECT_EQ(client_.call(MINI_MM_IOC_INFO, static_cast<mini_mm_info*>(nullptr)), EFAULT);
  EXPECT_EQ(client_.call(MINI_MM_IOC_INFO, static_cast<mini_mm_info*>(memory.before_the_end(8))), EFAULT);
  EXPECT_EQ(client_.call(MINI_MM_IOC_ARENA_CREATE, static_cast<mini_mm_arena_create*>(memory.before_the_end(8))),
            EFAULT);

  /* 64 operations are readable, the 65th is not: the first 64 are done. */
  auto* ops = static_cast<mini_mm_op*>(memory.before_the_end(64 * sizeof(mini_mm_op)));
  for (int i = 0; i < 64; ++i) ops[i] = {.opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena_};
  mini_mm_batch batch{.ops = reinterpret_cast<std::uintptr_t>(ops), .count = 65};
  EXPECT_EQ(client_.call(MINI_MM_IOC_BATCH, &batch), EFAULT);
  EXPECT_EQ(batch.why, MINI_MM_WHY_FAULT);
  EXPECT_EQ(batch.done, 64u);
  EXPECT_EQ(free_pages(), kPages - 64);
}

TEST_F(RefusalTest, results_that_cannot_be_written_happen_not_at_all) {
  HalfMapped memory;
  auto* ops = static_cast<mini_mm_op*>(memory.before_the_end(sizeof(mini_mm_op)));
  *ops = {.opcode = MINI_MM_OP_PAGE_ALLOC, .target = arena_};
  memory.protect(PROT_READ);
  mini_mm_batch batch{.ops = reinterpret_cast<std::uintptr_t>(ops), .count = 1};
  EXPECT_EQ(client_.call(MINI_MM_IOC_BATCH, &batch), EFAULT);
  EXPECT_EQ(batch.done, 0u);
  EXPECT_EQ(free_pages(), kPages);

  memory.protect(PROT_READ | PROT_WRITE);
  auto* create = static_cast<mini_mm_cache_create*>(memory.before_the_end(sizeof(mini_mm_cache_create)));
  *create = cache_request(arena_, "unseen", 64);
  memory.protect(PROT_READ);
  EXPECT_EQ(client_.call(MINI_MM_IOC_CACHE_CREATE, create), EFAULT);
  EXPECT_EQ(client_.arena("test").caches, 0u);
}

TEST_F(RefusalTest, a_private_or_oversized_mapping) {
  const auto handle = static_cast<off_t>(client_.alloc_pages(arena_, 1));
  EXPECT_EQ(mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, client_.fd(), handle * 4096), MAP_FAILED);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(mmap(nullptr, 12288, PROT_READ, MAP_SHARED, client_.fd(), handle * 4096), MAP_FAILED);
  EXPECT_EQ(errno, ERANGE);
  EXPECT_EQ(client_.free_pages(static_cast<std::uint64_t>(handle)).result, 0);
}

}  // namespace
}  // namespace mini_mm_test
