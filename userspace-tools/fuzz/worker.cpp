/* SPDX-License-Identifier: GPL-2.0 */
#include "fuzz/worker.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <numeric>

#include "device.hpp"
#include "fuzz/compat.hpp"

namespace minimm {
namespace {

/* How often each is called, of the sum of all; those that take long are seldom. */
constexpr std::array<std::uint32_t, kFuzzCalls - 1> kWeights = {
    4,       /* INFO */
    8,       /* ARENA_CREATE */
    10,      /* ARENA_INFO */
    4,       /* ARENA_RESET */
    8,       /* ARENA_DESTROY */
    4,       /* ARENA_COMPACT */
    6,       /* ARENA_DRAIN */
    6,       /* TUNE */
    20,      /* CACHE_CREATE */
    10,      /* CACHE_INFO */
    10,      /* CACHE_SHRINK */
    15,      /* CACHE_DESTROY */
    400, 60, /* HANDLE_INFO */
    60,      /* READ */
    15,      /* MAP */
    15,      /* LOG */
    12,      /* REPLAY_OPEN */
    60,      /* REPLAY_RUN */
    8,       /* REPLAY_CLOSE */
    4,       /* EXAMINE */
    1,       /* SELF_TEST */
    60,      /* mmap */
    30,      /* munmap */
    15,      /* mremap */
    15,      /* mprotect */
    15,      /* madvise */
    60,      /* touch */
    6,       /* open, close */
    4,       /* dup */
    8,       /* SCM_RIGHTS */
    1,       /* fork */
};
constexpr std::uint32_t kAllWeights = std::accumulate(kWeights.begin(), kWeights.end(), 0u);

template <class Value>
std::span<std::byte> bytes_of(Value& value) {
  return std::as_writable_bytes(std::span(&value, 1));
}

}  // namespace

std::uint64_t fuzz_seed(std::uint64_t seed, std::uint32_t number, std::uint32_t life) {
  return Random(seed ^ static_cast<std::uint64_t>(life) << 32 ^ number).next();
}

std::string fuzz_prefix(const FuzzPlan& plan, std::uint32_t number) {
  return fmt::format("{}{}-", plan.prefix, number);
}

FuzzWorker::FuzzWorker(const FuzzPlan& plan, std::uint32_t number, std::uint32_t life)
    : plan_(plan),
      ledger_(*plan.shared, number),
      random_(fuzz_seed(plan.seed, number, life)),
      world_{fuzz_prefix(plan, number), plan.page_size, plan.alone, plan.shared} {}

void FuzzWorker::run() {
  files_.emplace(random_, ledger_, world_, plan_.post);
  while (!plan_.shared->stop.load(std::memory_order_relaxed) && (plan_.calls == 0 || ledger_.calls() < plan_.calls))
    step();
  files_.reset();
}

void FuzzWorker::step() {
  world_.file = random_.below(kFuzzFiles);
  /* Without an arena all is refused. */
  if (world_.arenas.size() < 2 && one_in(random_, 8)) return arena_create();
  std::uint32_t drawn = random_.below(kAllWeights);
  std::size_t which = 0;
  while (drawn >= kWeights[which]) drawn -= kWeights[which++];
  ledger_.mix(which);
  switch (static_cast<FuzzCall>(which)) {
    case FuzzCall::info:
      return info();
    case FuzzCall::arena_create:
      return arena_create();
    case FuzzCall::arena_info:
      return arena_info();
    case FuzzCall::arena_reset:
      return arena_act(FuzzCall::arena_reset, MINI_MM_IOC_ARENA_RESET);
    case FuzzCall::arena_destroy:
      return arena_destroy();
    case FuzzCall::arena_compact:
      return arena_act(FuzzCall::arena_compact, MINI_MM_IOC_ARENA_COMPACT);
    case FuzzCall::arena_drain:
      return arena_act(FuzzCall::arena_drain, MINI_MM_IOC_ARENA_DRAIN);
    case FuzzCall::tune:
      return tune();
    case FuzzCall::cache_create:
      return cache_create();
    case FuzzCall::cache_info:
      return cache_info();
    case FuzzCall::cache_shrink:
      return cache_act(FuzzCall::cache_shrink, MINI_MM_IOC_CACHE_SHRINK);
    case FuzzCall::cache_destroy:
      return cache_act(FuzzCall::cache_destroy, MINI_MM_IOC_CACHE_DESTROY);
    case FuzzCall::batch:
      return batch();
    case FuzzCall::handle_info:
      return handle_info();
    case FuzzCall::read:
      return read();
    case FuzzCall::map:
      return map();
    case FuzzCall::log:
      return log();
    case FuzzCall::replay_open:
      return replay_open();
    case FuzzCall::replay_run:
      return replay_run();
    case FuzzCall::replay_close:
      return replay_close();
    case FuzzCall::examine:
      return examine();
    case FuzzCall::self_test:
      return self_test();
    case FuzzCall::mmap:
      return files_->map();
    case FuzzCall::munmap:
      return files_->unmap();
    case FuzzCall::mremap:
      return files_->remap();
    case FuzzCall::mprotect:
      return files_->protect();
    case FuzzCall::madvise:
      return files_->advise();
    case FuzzCall::touch:
      return files_->touch();
    case FuzzCall::reopen:
      return files_->reopen();
    case FuzzCall::dup:
      return files_->duplicate();
    case FuzzCall::pass:
      return files_->pass();
    case FuzzCall::fork:
      return files_->fork();
    case FuzzCall::operation:
      return;
  }
}

/* --- how ------------------------------------------------------------------------------------------ */

FuzzWorker::Manner FuzzWorker::draw() {
  const Pointer pointer = one_in(random_, 16)
                              ? any_of(random_, {Pointer::straddles, Pointer::none, Pointer::unmapped,
                                                 Pointer::read_only, Pointer::kernel, Pointer::misaligned})
                              : Pointer::good;
  return {some_mutation(random_), pointer, one_in(random_, 32), plan_.compat && one_in(random_, 4)};
}

/* For memory that a structure points to. */
Pointer FuzzWorker::inner() {
  switch (random_.below(12)) {
    case 0:
      return any_of(random_, {Pointer::straddles, Pointer::none, Pointer::unmapped, Pointer::read_only, Pointer::kernel,
                              Pointer::misaligned});
    case 1:
    case 2:
      return plan_.alone ? Pointer::good : Pointer::racing;
    default:
      return Pointer::good;
  }
}

template <class Argument>
int FuzzWorker::call(FuzzCall call, std::uint32_t request, Argument& argument, bool* heard) {
  const Manner manner = draw();
  const Argument was = argument;
  mutate(random_, manner.mutation, bytes_of(argument));
  keep_safe(argument, was, world_);
  if (manner.wrong_request) request = wrong_request(random_, request);
  const std::uint64_t address = memory_.place(random_, FuzzMemory::Part::arguments, manner.pointer, bytes_of(argument));
  const int fd = files_->current();
  const int error = ledger_.call(call, [&] {
    return manner.compat ? compat_ioctl(fd, request, static_cast<std::uint32_t>(address))
                         : ::ioctl(fd, request, address);
  });
  const bool fetched = memory_.fetch(address, bytes_of(argument)) && !manner.wrong_request;
  if (heard != nullptr) *heard = fetched;
  if constexpr (requires { argument.why; })
    if (fetched && error != EFAULT) ledger_.mix(argument.why);
  return error;
}

void FuzzWorker::forget(std::uint32_t why, std::uint32_t arena, std::uint32_t cache) {
  if (why == MINI_MM_WHY_NO_ARENA) world_.arenas.remove(arena);
  if (why == MINI_MM_WHY_NO_CACHE) world_.caches.remove(cache);
}

/* --- arenas and caches ---------------------------------------------------------------------------- */

void FuzzWorker::info() {
  mini_mm_info info{};
  call(FuzzCall::info, MINI_MM_IOC_INFO, info);
}

void FuzzWorker::arena_create() {
  if (world_.arenas.full()) return arena_destroy();
  mini_mm_arena_create arena = make_arena_create(random_, world_);
  bool heard = false;
  if (call(FuzzCall::arena_create, MINI_MM_IOC_ARENA_CREATE, arena, &heard) != 0 || !heard) return;
  world_.arenas.add(random_, arena.id);
  world_.shared->arenas.post(arena.id);
}

void FuzzWorker::arena_info() {
  mini_mm_arena_info info{};
  info.lookup = random_.below(4);
  info.id = world_.arena(random_);
  set_name(info.name, world_.prefix + std::to_string(random_.below(64)));
  call(FuzzCall::arena_info, MINI_MM_IOC_ARENA_INFO, info);
}

void FuzzWorker::arena_act(FuzzCall which, std::uint32_t request) {
  mini_mm_target target{};
  target.id = world_.arena(random_);
  const std::uint32_t id = target.id;
  call(which, request, target);
  forget(target.why, id, 0);
}

/* Seldom anything is free of users: so half of the time all that this worker has goes before. */
void FuzzWorker::arena_destroy() {
  mini_mm_target target{};
  target.id = world_.arena(random_);
  const mini_mm_target same = target;
  if (one_in(random_, 2)) {
    files_->reopen_all();
    call(FuzzCall::arena_reset, MINI_MM_IOC_ARENA_RESET, target);
    target = same;
  }
  call(FuzzCall::arena_destroy, MINI_MM_IOC_ARENA_DESTROY, target);
  forget(target.why, same.id, 0);
}

void FuzzWorker::cache_create() {
  mini_mm_cache_create cache = make_cache_create(random_, world_);
  bool heard = false;
  if (call(FuzzCall::cache_create, MINI_MM_IOC_CACHE_CREATE, cache, &heard) != 0 || !heard) return;
  world_.caches.add(random_, cache.id);
  world_.shared->caches.post(cache.id);
}

void FuzzWorker::cache_info() {
  mini_mm_cache_info info{};
  info.lookup = random_.below(4);
  info.id = world_.cache(random_);
  call(FuzzCall::cache_info, MINI_MM_IOC_CACHE_INFO, info);
}

void FuzzWorker::cache_act(FuzzCall which, std::uint32_t request) {
  mini_mm_target target{};
  target.id = world_.cache(random_);
  const std::uint32_t id = target.id;
  call(which, request, target);
  forget(target.why, 0, id);
}

void FuzzWorker::tune() {
  mini_mm_tune tune = make_tune(random_, world_);
  call(FuzzCall::tune, MINI_MM_IOC_TUNE, tune);
}

/* --- operations ----------------------------------------------------------------------------------- */

void FuzzWorker::batch() {
  const std::uint32_t count = one_in(random_, 256) ? random_.below(FuzzMemory::kMostOperations + 1)
                                                   : 1 + random_.below(one_in(random_, 8) ? 32 : 4);
  std::vector<mini_mm_op> ops(count);
  for (mini_mm_op& op : ops) {
    op = make_op(random_, world_);
    const mini_mm_op was = op;
    if (one_in(random_, 8)) mutate(random_, some_mutation(random_), bytes_of(op));
    keep_safe(op, was, world_);
  }
  const Pointer pointer = inner();
  mini_mm_batch batch{};
  batch.ops = memory_.place(random_, FuzzMemory::Part::pointed_to, pointer, std::as_bytes(std::span(ops)));
  batch.count = one_in(random_, 32) ? static_cast<std::uint32_t>(random_.next()) | kTooMany : count;
  const std::uint64_t at = batch.ops;
  const std::uint32_t asked = batch.count;

  if (!plan_.alone && one_in(random_, 16)) {
    /* One that could take a cache for an arena is not for those that are mixed. */
    std::erase_if(ops, [](const mini_mm_op& op) { return op.opcode == MINI_MM_OP_OBJ_ALLOC; });
    memory_.offer(std::as_bytes(std::span(ops)));
  }
  bool heard = false;
  const int error = call(FuzzCall::batch, MINI_MM_IOC_BATCH, batch, &heard);
  if (!heard || pointer == Pointer::racing || batch.count != asked || batch.ops != at) return;
  if (error != 0 && batch.why != MINI_MM_WHY_FAULT && batch.why != MINI_MM_WHY_INTERRUPTED) return;
  ops.resize(std::min(batch.done, count));
  if (!ops.empty() && memory_.fetch(at, std::as_writable_bytes(std::span(ops))))
    for (const mini_mm_op& op : ops) take_result(op);
}

void FuzzWorker::take_result(const mini_mm_op& op) {
  ledger_.operation(-op.result);
  ledger_.mix(op.why);
  forget(op.why, op.target, op.target);
  switch (op.opcode) {
    case MINI_MM_OP_PAGE_FREE:
    case MINI_MM_OP_OBJ_FREE:
    case MINI_MM_OP_FREE:
      if (op.result == 0 || op.why == MINI_MM_WHY_NO_HANDLE) world_.own().remove(op.handle);
      break;
    case MINI_MM_OP_FILL:
    case MINI_MM_OP_CHECK:
      if (op.why == MINI_MM_WHY_NO_HANDLE) world_.own().remove(op.handle);
      break;
    default:
      if (op.result != 0) break;
      world_.own().add(random_, op.handle);
      world_.shared->handles.post(op.handle);
  }
}

void FuzzWorker::handle_info() {
  mini_mm_handle_info info{};
  info.lookup = random_.below(3);
  info.handle = world_.handle(random_);
  call(FuzzCall::handle_info, MINI_MM_IOC_HANDLE_INFO, info);
}

void FuzzWorker::read() {
  mini_mm_read read{};
  read.handle = world_.handle(random_);
  read.offset = one_in(random_, 2) ? 0 : random_.below(8192);
  read.length = one_in(random_, 16) ? random_.next() >> random_.below(64) : 1 + random_.below(4096);
  const std::uint64_t mapped = one_in(random_, 8) ? files_->mapped() : 0;
  if (mapped == 0) {
    read.buffer = room(read.length);
    call(FuzzCall::read, MINI_MM_IOC_READ, read);
    return;
  }
  /* Into a mapping, which may be one of the same block; a page, for what lies behind it is nobody's to write to. */
  read.buffer = mapped;
  read.length = std::min<std::uint64_t>(read.length, plan_.page_size);
  ledger_.call(FuzzCall::read, [&] { return ::ioctl(files_->current(), MINI_MM_IOC_READ, &read); });
}

void FuzzWorker::map() {
  mini_mm_map map{};
  map.arena = world_.arena(random_);
  map.page = one_in(random_, 4) ? random_.next() >> random_.below(64) : 0;
  map.count = 1 + random_.below(one_in(random_, 16) ? 2 * MINI_MM_MAP_MAX : 256);
  map.blocks = room(map.count * sizeof(mini_mm_block));
  call(FuzzCall::map, MINI_MM_IOC_MAP, map);
}

void FuzzWorker::log() {
  mini_mm_log log{};
  log.arena = world_.arena(random_);
  log.after = one_in(random_, 4) ? random_.next() >> random_.below(64) : 0;
  log.count = 1 + random_.below(one_in(random_, 16) ? 2 * MINI_MM_LOG_MAX : 256);
  log.events = room(log.count * sizeof(mini_mm_event));
  call(FuzzCall::log, MINI_MM_IOC_LOG, log);
}

void FuzzWorker::examine() {
  mini_mm_examine examine{};
  examine.arena = world_.arena(random_);
  examine.count = 1 + random_.below(one_in(random_, 16) ? 2 * MINI_MM_FINDINGS_MAX : 64);
  examine.findings = room(examine.count * sizeof(mini_mm_finding));
  call(FuzzCall::examine, MINI_MM_IOC_EXAMINE, examine);
}

void FuzzWorker::self_test() {
  mini_mm_self_test test = make_self_test(random_);
  call(FuzzCall::self_test, MINI_MM_IOC_SELF_TEST, test);
}

/* --- replays -------------------------------------------------------------------------------------- */

void FuzzWorker::replay_open() {
  mini_mm_replay_open open = make_replay_open(random_, world_);
  if (call(FuzzCall::replay_open, MINI_MM_IOC_REPLAY_OPEN, open) == 0) world_.slots_in_use[world_.file] = 0;
}

void FuzzWorker::replay_run() {
  std::uint32_t in_use = world_.slots_in_use[world_.file];
  std::vector<mini_mm_replay_op> ops(1 + random_.below(32));
  for (mini_mm_replay_op& op : ops) op = make_replay_op(random_, in_use);
  mini_mm_replay_run run{};
  run.count = static_cast<std::uint32_t>(ops.size()) + one_in(random_, 16);
  run.flags = random_.below(2) * MINI_MM_REPLAY_TIMED;
  if (run.flags != 0 && one_in(random_, 2)) run.histogram = room(MINI_MM_REPLAY_BUCKETS * sizeof(std::uint64_t));
  run.ops = memory_.place(random_, FuzzMemory::Part::pointed_to, inner(), std::as_bytes(std::span(ops)));
  bool heard = false;
  const int error = call(FuzzCall::replay_run, MINI_MM_IOC_REPLAY_RUN, run, &heard);
  if (error == 0 || (heard && run.why == MINI_MM_WHY_SLOT)) world_.slots_in_use[world_.file] = in_use;
}

void FuzzWorker::replay_close() {
  mini_mm_replay_close close{};
  call(FuzzCall::replay_close, MINI_MM_IOC_REPLAY_CLOSE, close);
}

}  // namespace minimm
