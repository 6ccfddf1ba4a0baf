/* SPDX-License-Identifier: GPL-2.0 */
#include "fuzz/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "device.hpp"

namespace minimm {
namespace {

/* Arenas have up to so much; larger ones are asked for only where no machine has them. */
constexpr std::uint64_t kLargestArena = 1u << 20;
constexpr std::uint64_t kNoMachine = 1ull << 45;
constexpr std::uint32_t kMostSlots = 4096;
constexpr std::size_t kManyHandles = 64;

constexpr std::array kRequests = {
    MINI_MM_IOC_INFO,          MINI_MM_IOC_ARENA_CREATE, MINI_MM_IOC_ARENA_INFO,    MINI_MM_IOC_ARENA_RESET,
    MINI_MM_IOC_ARENA_DESTROY, MINI_MM_IOC_CACHE_CREATE, MINI_MM_IOC_CACHE_INFO,    MINI_MM_IOC_CACHE_SHRINK,
    MINI_MM_IOC_CACHE_DESTROY, MINI_MM_IOC_BATCH,        MINI_MM_IOC_HANDLE_INFO,   MINI_MM_IOC_READ,
    MINI_MM_IOC_MAP,           MINI_MM_IOC_LOG,          MINI_MM_IOC_ARENA_COMPACT, MINI_MM_IOC_REPLAY_OPEN,
    MINI_MM_IOC_REPLAY_RUN,    MINI_MM_IOC_REPLAY_CLOSE, MINI_MM_IOC_ARENA_DRAIN,   MINI_MM_IOC_TUNE,
    MINI_MM_IOC_EXAMINE,       MINI_MM_IOC_SELF_TEST};

/* Numbers at which counts, sizes and offsets go wrong. */
std::uint64_t edge(Random& random) {
  const std::uint64_t base =
      any_of<std::uint64_t>(random, {0,          1,          7,          8,          64,         255,        256,
                                     4095,       4096,       8192,       65535,      65536,      1u << 20,   0x7fffffff,
                                     0x80000000, 0xffffffff, 1ull << 32, 1ull << 62, ~0ull >> 1, 1ull << 63, ~0ull});
  return base + any_of<std::uint64_t>(random, {0, 0, 0, 1, ~0ull});
}

template <class Number>
Number usually(Random& random, Number usual) {
  return one_in(random, 16) ? static_cast<Number>(edge(random)) : usual;
}

std::uint32_t some_flags(Random& random, std::uint32_t allowed) {
  const auto flags = static_cast<std::uint32_t>(random.next()) & static_cast<std::uint32_t>(random.next());
  return flags & (one_in(random, 32) ? 0xff : allowed);
}

std::uint64_t mine_or_not(Random& random, const FuzzPool& pool, const FuzzShared::Posts& posts, std::uint64_t foreign) {
  switch (random.below(16)) {
    case 0:
      return foreign | random.below(1000);
    case 1:
    case 2:
      return posts.made[random.below(FuzzShared::kPosts)];
    default:
      return pool.pick(random);
  }
}

/* Debug letters; T writes each operation to the kernel log, which is not the place for millions. */
std::string some_letters(Random& random) {
  std::string letters;
  for (const char letter : {'F', 'Z', 'P', 'U'})
    if (one_in(random, 6)) letters += letter;
  /* Each operation looks at all there is. */
  if (one_in(random, 24)) letters += 'V';
  if (one_in(random, 32)) letters += 'x';
  return letters;
}

/* Most of what is made outlives its open file, which is closed every now and then. */
std::uint32_t usually_kept(Random& random) { return one_in(random, 4) ? 0 : MINI_MM_KEEP; }

std::string some_name(Random& random, const std::string& prefix) {
  const std::string tail = std::to_string(random.below(64));
  return prefix + any_of<std::string>(random, {tail, tail, tail, tail, tail, tail, "", ":", "a b", "\x80"});
}

const char* some_object_engine(Random& random) {
  return any_of(random, {"", "", "slab", "slub", "slob", "class", "slag"});
}

template <class Number>
void keep_number(Number& now, Number was, Number foreign) {
  if (now != was) now |= foreign;
}

void no_letter_t(char* letters, std::size_t length) { std::replace(letters, letters + length, 'T', 'F'); }

}  // namespace

void FuzzPool::add(Random& random, std::uint64_t number) {
  if (full())
    made_[random.below(static_cast<std::uint32_t>(made_.size()))] = number;
  else
    made_.push_back(number);
}

std::uint64_t FuzzPool::pick(Random& random) const {
  return made_.empty() ? 0 : made_[random.below(static_cast<std::uint32_t>(made_.size()))];
}

std::uint32_t FuzzWorld::arena(Random& random) const {
  return static_cast<std::uint32_t>(mine_or_not(random, arenas, shared->arenas, kForeignId));
}

std::uint32_t FuzzWorld::cache(Random& random) const {
  return static_cast<std::uint32_t>(mine_or_not(random, caches, shared->caches, kForeignId));
}

std::uint64_t FuzzWorld::handle(Random& random) const {
  return mine_or_not(random, handles[file], shared->handles, kForeignHandle);
}

mini_mm_arena_create make_arena_create(Random& random, const FuzzWorld& world) {
  mini_mm_arena_create arena{};
  set_name(arena.name, some_name(random, world.prefix));
  set_name(arena.page_engine, any_of(random, {"", "eager", "eager", "lazy", "naive", "buddha"}));
  set_name(arena.placement, any_of(random, {"", "", "lifo", "lowest"}));
  set_name(arena.object_engine, some_object_engine(random));
  set_name(arena.debug, some_letters(random));
  arena.size = usually(random, world.page_size << (2 + random.below(7)));
  arena.flags = some_flags(random, 0) | usually_kept(random);
  arena.min_free = one_in(random, 4) ? usually<std::uint64_t>(random, world.page_size) : 0;
  arena.log_events = one_in(random, 3) ? usually<std::uint32_t>(random, 64u << random.below(5)) : 0;
  arena.magazine_size = usually<std::uint16_t>(random, any_of<std::uint16_t>(random, {0, 1, 16, 256, 0xffff}));
  arena.batch = usually<std::uint16_t>(random, any_of<std::uint16_t>(random, {0, 1, 8}));
  if (one_in(random, 4)) arena.max_handles = usually<std::uint32_t>(random, random.below(128));
  if (one_in(random, 4)) arena.max_caches = usually<std::uint32_t>(random, random.below(8));
  if (one_in(random, 4)) arena.max_bytes = usually<std::uint64_t>(random, world.page_size * random.below(64));
  return arena;
}

mini_mm_cache_create make_cache_create(Random& random, const FuzzWorld& world) {
  mini_mm_cache_create cache{};
  set_name(cache.name, some_name(random, "c"));
  cache.arena = world.arena(random);
  cache.size = usually<std::uint32_t>(random, 8 + random.below(8u << random.below(11)));
  cache.align = one_in(random, 3) ? usually<std::uint32_t>(random, 1u << random.below(13)) : 0;
  cache.flags =
      usually_kept(random) | some_flags(random, MINI_MM_OFF_SLAB | MINI_MM_RECLAIMABLE | MINI_MM_HWCACHE_ALIGN |
                                                    (world.reproducible ? 0u : MINI_MM_TYPESAFE_BY_RCU));
  set_name(cache.engine, some_object_engine(random));
  set_name(cache.debug, some_letters(random));
  cache.slab_pages = one_in(random, 3) ? usually<std::uint32_t>(random, random.below(9)) : 0;
  return cache;
}

mini_mm_tune make_tune(Random& random, const FuzzWorld& world) {
  mini_mm_tune tune{};
  if (one_in(random, 2)) tune.arena = world.arena(random);
  if (tune.arena == 0 || one_in(random, 8)) tune.cache = world.cache(random);
  tune.magazine_size = usually<std::uint32_t>(random, any_of(random, {0u, 1u, 2u, 64u, 256u}));
  tune.batch = usually<std::uint32_t>(random, random.below(65));
  return tune;
}

mini_mm_self_test make_self_test(Random& random) {
  mini_mm_self_test test{};
  set_name(test.debug, some_letters(random));
  set_name(test.object_engine, some_object_engine(random));
  set_name(test.placement, any_of(random, {"", "lifo", "lowest"}));
  test.seed = random.next();
  test.bug = usually<std::uint32_t>(random, 1 + random.below(MINI_MM_BUGS - 1));
  test.tries = 1 + random.below(2);
  return test;
}

mini_mm_op make_op(Random& random, const FuzzWorld& world) {
  mini_mm_op op{};
  /* Arenas that are always full have little to show. */
  const bool rather_free = world.handles[world.file].size() > kManyHandles && one_in(random, 2);
  op.opcode = rather_free ? 0u + MINI_MM_OP_FREE : MINI_MM_OP_PAGE_ALLOC + random.below(MINI_MM_OP_RANGE_ALLOC);
  switch (op.opcode) {
    case MINI_MM_OP_PAGE_ALLOC:
      op.order = usually(random, random.below(6));
      op.flags = some_flags(random, MINI_MM_KEEP | MINI_MM_ZERO | MINI_MM_MOVABLE | MINI_MM_RECLAIMABLE);
      op.target = world.arena(random);
      break;
    case MINI_MM_OP_RANGE_ALLOC:
      op.offset = one_in(random, 2) ? MINI_MM_ANYWHERE : usually(random, world.page_size * random.below(64));
      op.order = op.offset == MINI_MM_ANYWHERE ? usually(random, random.below(3)) : 0;
      [[fallthrough]];
    case MINI_MM_OP_KMALLOC:
    case MINI_MM_OP_VMALLOC:
      op.length = usually<std::uint64_t>(random, 1 + random.below(16u << random.below(11)));
      op.flags = some_flags(random, MINI_MM_KEEP | MINI_MM_ZERO);
      op.target = world.arena(random);
      break;
    case MINI_MM_OP_OBJ_ALLOC:
      op.length = one_in(random, 2) ? 0 : usually<std::uint64_t>(random, random.below(8192));
      op.flags = some_flags(random, MINI_MM_KEEP | MINI_MM_ZERO);
      op.target = world.cache(random);
      break;
    case MINI_MM_OP_FILL:
    case MINI_MM_OP_CHECK:
      op.offset = usually<std::uint64_t>(random, one_in(random, 2) ? 0 : random.below(4096));
      op.length = usually<std::uint64_t>(random, random.below(4096));
      op.byte = static_cast<std::uint8_t>(random.below(2));
      [[fallthrough]];
    default:
      op.handle = world.handle(random);
  }
  return op;
}

mini_mm_replay_open make_replay_open(Random& random, const FuzzWorld& world) {
  mini_mm_replay_open open{};
  open.arena = world.arena(random);
  open.slots = usually(random, 32 + random.below(256));
  open.nr_caches = usually(random, 2 + random.below(MINI_MM_REPLAY_CACHES_MAX - 1));
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(open.nr_caches, MINI_MM_REPLAY_CACHES_MAX); i++) {
    mini_mm_replay_cache& cache = open.caches[i];
    cache.size = usually(random, 64 + random.below(2048));
    cache.align = one_in(random, 4) ? 1u << random.below(8) : 0;
    cache.flags = one_in(random, 4) ? random.below(3) : 0;
    set_name(cache.engine, some_object_engine(random));
  }
  return open;
}

mini_mm_replay_op make_replay_op(Random& random, std::uint32_t& in_use) {
  const std::uint32_t slot = random.below(32);
  const bool frees = (in_use >> slot & 1) != 0;
  const std::uint32_t code = frees ? 0u + MINI_MM_REPLAY_FREE : MINI_MM_REPLAY_PAGES + random.below(3);
  mini_mm_replay_op op{MINI_MM_REPLAY_WHAT(code, slot), 0};
  in_use ^= 1u << slot;
  if (code == MINI_MM_REPLAY_PAGES) op.argument = random.below(4) | random.below(3) << 8;
  if (code == MINI_MM_REPLAY_OBJECT) op.argument = random.below(2);
  if (code == MINI_MM_REPLAY_KMALLOC) op.argument = 1 + random.below(8192);
  if (one_in(random, 128)) op.what = usually(random, op.what ^ 1u << random.below(32));
  if (one_in(random, 128)) op.argument = static_cast<std::uint32_t>(edge(random));
  return op;
}

std::uint32_t wrong_request(Random& random, std::uint32_t request) {
  const std::uint32_t wrong = request ^ 1u << random.below(32);
  const bool is_one = std::find(kRequests.begin(), kRequests.end(), wrong) != kRequests.end();
  return is_one ? request ^ 0x8000 : wrong;
}

Mutation some_mutation(Random& random) {
  return any_of(random, {Mutation::none, Mutation::none, Mutation::none, Mutation::none, Mutation::none, Mutation::none,
                         Mutation::flip, Mutation::flip, Mutation::garbage});
}

void mutate(Random& random, Mutation mutation, std::span<std::byte> bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  if (mutation == Mutation::flip) {
    for (std::uint32_t flips = 1 + random.below(4); flips != 0; flips--)
      bytes[random.below(size)] ^= std::byte{1} << random.below(8);
  } else if (mutation == Mutation::garbage) {
    const std::uint32_t from = one_in(random, 2) ? 0 : random.below(size);
    for (std::uint32_t i = from; i < size; i++) bytes[i] = std::byte(random.below(256));
  }
}

void keep_safe(mini_mm_arena_create& now, const mini_mm_arena_create& was, const FuzzWorld& world) {
  static_cast<void>(was);
  world.prefix.copy(now.name, sizeof(now.name));
  no_letter_t(now.debug, sizeof(now.debug));
  if (now.size > kLargestArena && now.size % world.page_size == 0) now.size |= kNoMachine;
}

void keep_safe(mini_mm_cache_create& now, const mini_mm_cache_create& was, const FuzzWorld& world) {
  keep_number(now.arena, was.arena, kForeignId);
  no_letter_t(now.debug, sizeof(now.debug));
  if (world.reproducible) now.flags &= ~MINI_MM_TYPESAFE_BY_RCU;
}

void keep_safe(mini_mm_target& now, const mini_mm_target& was, const FuzzWorld&) {
  keep_number(now.id, was.id, kForeignId);
}

void keep_safe(mini_mm_tune& now, const mini_mm_tune& was, const FuzzWorld&) {
  keep_number(now.arena, was.arena, kForeignId);
  keep_number(now.cache, was.cache, kForeignId);
}

void keep_safe(mini_mm_examine& now, const mini_mm_examine& was, const FuzzWorld&) {
  keep_number(now.arena, was.arena, kForeignId);
  now.findings = was.findings;
}

void keep_safe(mini_mm_self_test& now, const mini_mm_self_test&, const FuzzWorld&) {
  no_letter_t(now.debug, sizeof(now.debug));
  /* Others wait meanwhile. */
  if (now.tries <= MINI_MM_SELF_TEST_TRIES) now.tries %= 3;
}

void keep_safe(mini_mm_op& now, const mini_mm_op& was, const FuzzWorld&) {
  /* What is an arena's id for one opcode is a cache's for another. */
  if (now.opcode != was.opcode)
    now.target |= kForeignId;
  else
    keep_number(now.target, was.target, kForeignId);
  keep_number<__u64>(now.handle, was.handle, kForeignHandle);
}

void keep_safe(mini_mm_read& now, const mini_mm_read& was, const FuzzWorld&) {
  keep_number<__u64>(now.handle, was.handle, kForeignHandle);
  now.buffer = was.buffer;
}

void keep_safe(mini_mm_replay_open& now, const mini_mm_replay_open& was, const FuzzWorld&) {
  keep_number(now.arena, was.arena, kForeignId);
  if (now.slots > kMostSlots) now.slots |= MINI_MM_REPLAY_SLOTS_MAX | 1;
}

void keep_safe(mini_mm_batch& now, const mini_mm_batch& was, const FuzzWorld&) {
  now.ops = was.ops;
  /* Behind the operations there lies what other calls have left: read as operations, that could name anybody's. */
  if (now.count > was.count && now.count <= MINI_MM_BATCH_MAX) now.count |= kTooMany;
}

void keep_safe(mini_mm_map& now, const mini_mm_map& was, const FuzzWorld&) {
  keep_number(now.arena, was.arena, kForeignId);
  now.blocks = was.blocks;
}

void keep_safe(mini_mm_log& now, const mini_mm_log& was, const FuzzWorld&) {
  keep_number(now.arena, was.arena, kForeignId);
  now.events = was.events;
}

void keep_safe(mini_mm_arena_info& now, const mini_mm_arena_info& was, const FuzzWorld&) {
  keep_number(now.id, was.id, kForeignId);
}

void keep_safe(mini_mm_cache_info& now, const mini_mm_cache_info& was, const FuzzWorld&) {
  keep_number(now.id, was.id, kForeignId);
}

void keep_safe(mini_mm_handle_info& now, const mini_mm_handle_info& was, const FuzzWorld&) {
  keep_number<__u64>(now.handle, was.handle, kForeignHandle);
}

void keep_safe(mini_mm_replay_run& now, const mini_mm_replay_run& was, const FuzzWorld&) {
  now.ops = was.ops;
  now.histogram = was.histogram;
}

}  // namespace minimm
