// SPDX-License-Identifier: GPL-2.0
/*
 * A program of the time of version 3 of the ioctl ABI: built against the header as it was then (mini_mm_v3.h), it makes
 * each of its calls, and looks at what comes back. It has to work with every later module. TAP; 1 if something failed.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <initializer_list>

#include "mini_mm_v3.h"

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPages = 256;

int device = -1;
int tests = 0;
int failures = 0;
bool holds = true; /* in the test that runs */

void expect(bool condition, const char* text, int line) {
  if (condition) return;
  std::printf("# line %d: %s; errno %d\n", line, text, errno);
  holds = false;
}
#define EXPECT(condition) expect(condition, #condition, __LINE__)

template <class Argument>
std::uint64_t pointer(Argument* argument) {
  return reinterpret_cast<std::uintptr_t>(argument);
}

/* 0 or the errno. */
template <class Argument>
int call(unsigned long number, Argument& argument) {
  return ioctl(device, number, &argument) == 0 ? 0 : errno;
}

mini_mm_op operate(mini_mm_op op) {
  mini_mm_batch batch{};
  batch.ops = pointer(&op);
  batch.count = 1;
  EXPECT(call(MINI_MM_IOC_BATCH, batch) == 0 && batch.done == 1 && batch.why == MINI_MM_WHY_NONE);
  return op;
}

mini_mm_op request(mini_mm_opcode opcode, std::uint32_t target, std::uint64_t length = 0) {
  mini_mm_op op{};
  op.opcode = opcode;
  op.target = target;
  op.length = length;
  return op;
}

mini_mm_op on_handle(mini_mm_opcode opcode, std::uint64_t handle, std::uint8_t byte = 0) {
  mini_mm_op op{};
  op.opcode = opcode;
  op.handle = handle;
  op.byte = byte;
  return op;
}

std::uint32_t make_arena(const char* name) {
  mini_mm_arena_create create{};
  std::strcpy(create.name, name);
  std::strcpy(create.page_engine, "eager");
  std::strcpy(create.placement, "lifo");
  create.size = kPages * kPage;
  create.log_events = 64;
  create.magazine_size = 8;
  EXPECT(call(MINI_MM_IOC_ARENA_CREATE, create) == 0 && create.why == MINI_MM_WHY_NONE && create.id != 0);
  return create.id;
}

std::uint32_t make_cache(std::uint32_t arena, const char* name) {
  mini_mm_cache_create create{};
  std::strcpy(create.name, name);
  std::strcpy(create.engine, "slab");
  create.arena = arena;
  create.size = 100;
  create.align = 16;
  EXPECT(call(MINI_MM_IOC_CACHE_CREATE, create) == 0 && create.why == MINI_MM_WHY_NONE && create.id != 0);
  return create.id;
}

mini_mm_arena_info arena_info(std::uint32_t id) {
  mini_mm_arena_info info{};
  info.lookup = MINI_MM_LOOKUP_ID;
  info.id = id;
  EXPECT(call(MINI_MM_IOC_ARENA_INFO, info) == 0);
  return info;
}

mini_mm_target act(unsigned long number, std::uint32_t id) {
  mini_mm_target target{};
  target.id = id;
  EXPECT(call(number, target) == 0 && target.why == MINI_MM_WHY_NONE);
  return target;
}

void info_says_what_there_is(std::uint32_t) {
  mini_mm_info info{};
  EXPECT(call(MINI_MM_IOC_INFO, info) == 0);
  EXPECT(info.abi_version >= MINI_MM_ABI_VERSION && info.page_size == kPage);
  EXPECT(info.arenas >= 2 && info.clients >= 1);
  EXPECT(std::strstr(info.page_engines, "eager") && std::strstr(info.placements, "lifo"));
  EXPECT(std::strstr(info.object_engines, "slab"));
}

void arenas_are_found_by_id_name_and_one_after_the_other(std::uint32_t arena) {
  const mini_mm_arena_info info = arena_info(arena);
  EXPECT(std::strcmp(info.name, "v3") == 0 && std::strcmp(info.page_engine, "eager") == 0);
  EXPECT(info.pages == kPages && info.free_pages == kPages && info.free_blocks[8] == 1);
  mini_mm_arena_info named{};
  named.lookup = MINI_MM_LOOKUP_NAME;
  std::strcpy(named.name, "v3");
  EXPECT(call(MINI_MM_IOC_ARENA_INFO, named) == 0 && named.id == arena);
  mini_mm_arena_info next{};
  next.lookup = MINI_MM_LOOKUP_NEXT;
  bool seen = false;
  while (call(MINI_MM_IOC_ARENA_INFO, next) == 0) seen = seen || next.id == arena;
  EXPECT(errno == ENOENT && next.why == MINI_MM_WHY_NO_ARENA && seen);
}

void blocks_are_filled_checked_read_mapped_and_freed(std::uint32_t arena) {
  mini_mm_op op = request(MINI_MM_OP_PAGE_ALLOC, arena);
  op.order = 2;
  op.flags = MINI_MM_ZERO | MINI_MM_MOVABLE;
  const std::uint64_t handle = operate(op).handle;
  EXPECT(handle != 0 && operate(on_handle(MINI_MM_OP_CHECK, handle, 0)).result == 0);
  EXPECT(operate(on_handle(MINI_MM_OP_FILL, handle, 7)).result == 0);
  const mini_mm_op wrong = operate(on_handle(MINI_MM_OP_CHECK, handle, 8));
  EXPECT(wrong.result == -EILSEQ && wrong.why == MINI_MM_WHY_MISMATCH && wrong.detail == 0);
  char bytes[16] = {};
  mini_mm_read read{};
  read.handle = handle;
  read.offset = 4 * kPage - sizeof(bytes);
  read.length = sizeof(bytes);
  read.buffer = pointer(bytes);
  EXPECT(call(MINI_MM_IOC_READ, read) == 0 && bytes[0] == 7 && bytes[15] == 7);
  mini_mm_handle_info info{};
  info.handle = handle;
  EXPECT(call(MINI_MM_IOC_HANDLE_INFO, info) == 0 && info.kind == MINI_MM_KIND_PAGES && info.order == 2);
  EXPECT(info.size == 4 * kPage && info.arena == arena && info.pid == static_cast<std::uint32_t>(getpid()));
  void* at = mmap(nullptr, 4 * kPage, PROT_READ | PROT_WRITE, MAP_SHARED, device, static_cast<off_t>(handle * kPage));
  EXPECT(at != MAP_FAILED && static_cast<char*>(at)[kPage] == 7);
  EXPECT(operate(on_handle(MINI_MM_OP_PAGE_FREE, handle)).why == MINI_MM_WHY_MAPPED);
  EXPECT(munmap(at, 4 * kPage) == 0);
  EXPECT(operate(on_handle(MINI_MM_OP_PAGE_FREE, handle)).result == 0);
  EXPECT(operate(on_handle(MINI_MM_OP_PAGE_FREE, handle)).why == MINI_MM_WHY_NO_HANDLE);
}

void memory_of_all_other_kinds_is_had_and_freed(std::uint32_t arena) {
  mini_mm_op range = request(MINI_MM_OP_RANGE_ALLOC, arena, 3 * kPage);
  range.offset = MINI_MM_ANYWHERE;
  for (const mini_mm_op& op :
       {request(MINI_MM_OP_KMALLOC, arena, 100), request(MINI_MM_OP_VMALLOC, arena, 3 * kPage), range}) {
    const mini_mm_op done = operate(op);
    EXPECT(done.result == 0 && done.handle != 0);
    EXPECT(operate(on_handle(MINI_MM_OP_FREE, done.handle)).result == 0);
  }
}

void caches_serve_objects(std::uint32_t arena) {
  const std::uint32_t cache = make_cache(arena, "objects");
  const std::uint64_t handle = operate(request(MINI_MM_OP_OBJ_ALLOC, cache)).handle;
  mini_mm_cache_info info{};
  info.lookup = MINI_MM_LOOKUP_NAME;
  std::strcpy(info.name, "v3:objects");
  EXPECT(call(MINI_MM_IOC_CACHE_INFO, info) == 0 && info.id == cache && info.arena == arena);
  EXPECT(info.object_size == 100 && info.align == 16 && info.slot_size == 112 && info.active_objects == 1);
  EXPECT(operate(on_handle(MINI_MM_OP_OBJ_FREE, handle)).result == 0);
  EXPECT(act(MINI_MM_IOC_CACHE_SHRINK, cache).freed == info.pages_per_slab);
  act(MINI_MM_IOC_CACHE_DESTROY, cache);
}

void the_per_cpu_layer_is_tuned_and_drained(std::uint32_t arena) {
  EXPECT(arena_info(arena).magazine_size == 8);
  mini_mm_tune tune{};
  tune.arena = arena;
  tune.magazine_size = 4;
  EXPECT(call(MINI_MM_IOC_TUNE, tune) == 0 && arena_info(arena).magazine_size == 4);
  act(MINI_MM_IOC_ARENA_DRAIN, arena);
  EXPECT(arena_info(arena).cached_pages == 0);
}

void the_region_is_walked_and_compacted(std::uint32_t arena) {
  const std::uint64_t handle = operate(request(MINI_MM_OP_PAGE_ALLOC, arena)).handle;
  static mini_mm_block blocks[kPages];
  mini_mm_map map{};
  map.arena = arena;
  map.blocks = pointer(blocks);
  map.count = kPages;
  EXPECT(call(MINI_MM_IOC_MAP, map) == 0 && map.page == kPages);
  std::uint64_t pages = 0;
  std::uint64_t used = 0;
  for (std::uint32_t i = 0; i < map.count; ++i) {
    pages += 1u << blocks[i].order;
    used += blocks[i].kind == MINI_MM_KIND_PAGES;
  }
  EXPECT(pages == kPages && used == 1);
  act(MINI_MM_IOC_ARENA_COMPACT, arena);
  EXPECT(operate(on_handle(MINI_MM_OP_FREE, handle)).result == 0);
}

void the_log_tells_what_happened(std::uint32_t arena) {
  const std::uint64_t handle = operate(request(MINI_MM_OP_PAGE_ALLOC, arena)).handle;
  EXPECT(operate(on_handle(MINI_MM_OP_FREE, handle)).result == 0);
  mini_mm_event events[64];
  mini_mm_log log{};
  log.arena = arena;
  log.events = pointer(events);
  log.count = 64;
  EXPECT(call(MINI_MM_IOC_LOG, log) == 0 && log.count > 0 && log.after == events[log.count - 1].seq);
  bool allocated = false;
  for (std::uint32_t i = 0; i < log.count; ++i) {
    allocated = allocated || events[i].kind == MINI_MM_EVENT_PAGE_ALLOC;
    EXPECT(i == 0 || events[i].seq == events[i - 1].seq + 1);
  }
  EXPECT(allocated);
}

void a_replay_runs(std::uint32_t arena) {
  mini_mm_replay_open open{};
  open.arena = arena;
  open.slots = 4;
  open.nr_caches = 1;
  open.caches[0].size = 64;
  EXPECT(call(MINI_MM_IOC_REPLAY_OPEN, open) == 0);
  mini_mm_replay_op ops[] = {{MINI_MM_REPLAY_WHAT(MINI_MM_REPLAY_PAGES, 0), 1},
                             {MINI_MM_REPLAY_WHAT(MINI_MM_REPLAY_OBJECT, 1), 0},
                             {MINI_MM_REPLAY_WHAT(MINI_MM_REPLAY_KMALLOC, 2), 200},
                             {MINI_MM_REPLAY_WHAT(MINI_MM_REPLAY_FREE, 0), 0}};
  static std::uint64_t histogram[MINI_MM_REPLAY_BUCKETS];
  mini_mm_replay_run run{};
  run.ops = pointer(ops);
  run.histogram = pointer(histogram);
  run.count = 4;
  run.flags = MINI_MM_REPLAY_TIMED;
  EXPECT(call(MINI_MM_IOC_REPLAY_RUN, run) == 0 && run.done == 4);
  EXPECT(run.allocations == 3 && run.frees == 1 && run.failures == 0 && run.live_requested == 264);
  std::uint64_t timed = 0;
  for (const std::uint64_t count : histogram) timed += count;
  EXPECT(timed == 4);
  mini_mm_replay_close close{};
  EXPECT(call(MINI_MM_IOC_REPLAY_CLOSE, close) == 0 && close.freed == 2);
}

void what_is_wrong_is_refused_for_its_reason(std::uint32_t arena) {
  mini_mm_op op = request(MINI_MM_OP_PAGE_ALLOC, arena);
  op.order = 15;
  EXPECT(operate(op).why == MINI_MM_WHY_ORDER);
  op = request(MINI_MM_OP_PAGE_ALLOC, arena);
  op.flags = 1u << 31;
  EXPECT(operate(op).result == -EINVAL && operate(op).why == MINI_MM_WHY_FLAGS);
  mini_mm_target target{};
  target.id = arena;
  target.reserved[1] = 1;
  EXPECT(call(MINI_MM_IOC_ARENA_RESET, target) == EINVAL && target.why == MINI_MM_WHY_RESERVED);
}

void a_reset_frees_what_is_kept(std::uint32_t arena) {
  mini_mm_op op = request(MINI_MM_OP_PAGE_ALLOC, arena);
  op.flags = MINI_MM_KEEP;
  EXPECT(operate(op).result == 0);
  EXPECT(act(MINI_MM_IOC_ARENA_RESET, arena).freed == 1);
  act(MINI_MM_IOC_ARENA_DRAIN, arena);
}

void an_arena_is_destroyed(std::uint32_t arena) { act(MINI_MM_IOC_ARENA_DESTROY, arena); }

void run(const char* name, void (*test)(std::uint32_t), std::uint32_t arena) {
  holds = true;
  test(arena);
  std::printf("%sok %d version 3: %s\n", holds ? "" : "not ", ++tests, name);
  failures += !holds;
}

}  // namespace

int main() {
  device = open(MINI_MM_DEVICE_PATH, O_RDWR | O_CLOEXEC);
  if (device < 0) {
    std::printf("not ok 1 version 3: cannot open %s: %s\n", MINI_MM_DEVICE_PATH, std::strerror(errno));
    return 1;
  }
  const std::uint32_t arena = make_arena("v3");
#define RUN(test) run(#test, test, arena)
  RUN(info_says_what_there_is);
  RUN(arenas_are_found_by_id_name_and_one_after_the_other);
  RUN(blocks_are_filled_checked_read_mapped_and_freed);
  RUN(memory_of_all_other_kinds_is_had_and_freed);
  RUN(caches_serve_objects);
  RUN(the_per_cpu_layer_is_tuned_and_drained);
  RUN(the_region_is_walked_and_compacted);
  RUN(the_log_tells_what_happened);
  RUN(a_replay_runs);
  RUN(what_is_wrong_is_refused_for_its_reason);
  RUN(a_reset_frees_what_is_kept);
  RUN(an_arena_is_destroyed);
  return failures != 0;
}
