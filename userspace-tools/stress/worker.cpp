/* SPDX-License-Identifier: GPL-2.0 */
#include "stress/worker.hpp"

#include <fmt/format.h>

namespace minimm {
namespace {

constexpr std::uint64_t kEnd = 64;        /* bytes of a block of pages that Verify::ends looks at, at each end */
constexpr std::size_t kMostOpsABlock = 3; /* two checks and a free */
constexpr std::uint32_t kTurn = 64;       /* rounds between growing and shrinking, on average */

}  // namespace

void StressCounts::add(const StressCounts& other) {
  allocations += other.allocations;
  frees += other.frees;
  full += other.full;
  errors += other.errors;
  refused += other.refused;
  if (!first_error) first_error = other.first_error;
  if (!first_refused) first_refused = other.first_refused;
}

StressWorker::StressWorker(const StressPlan& plan, std::uint32_t number)
    : plan_(plan), random_(plan.seed + number), ops_(plan.batch), blocks_of_ops_(plan.batch) {
  fresh_.reserve(plan.blocks);
  held_.reserve(plan.blocks);
}

void StressWorker::run(const std::atomic<bool>& stop) {
  Mode mode = Mode::grow;
  while (!stop.load(std::memory_order_relaxed)) {
    if (random_.below(kTurn) == 0) mode = mode == Mode::grow ? Mode::shrink : Mode::grow;
    round(mode);
  }
  while (!fresh_.empty() || !held_.empty()) round(Mode::drain);
}

void StressWorker::round(Mode mode) {
  used_ = 0;
  pending_ = 0;
  fill_fresh();
  const std::uint32_t allocs_of_8 = mode == Mode::grow ? 5 : mode == Mode::shrink ? 3 : 0;
  while (used_ + kMostOpsABlock <= plan_.batch) {
    const auto kind = static_cast<std::uint8_t>(random_.below(static_cast<std::uint32_t>(plan_.kinds.size())));
    const bool alloc = held_.empty() || random_.below(8) < allocs_of_8;
    if (mode != Mode::drain && alloc && may_hold(plan_.kinds[kind]))
      push_alloc(kind);
    else if (!held_.empty())
      push_check_and_free();
    else
      break;
  }
  if (used_ == 0) return;
  plan_.device.batch(std::span(ops_).first(used_), "stress");
  take_results();
}

bool StressWorker::may_hold(const StressKind& kind) const {
  return bytes_ + kind.cost <= plan_.budget && fresh_.size() + held_.size() + pending_ < plan_.blocks;
}

void StressWorker::fill_fresh() {
  while (!fresh_.empty() && used_ + kMostOpsABlock <= plan_.batch) {
    const Block block = fresh_.back();
    fresh_.pop_back();
    push_over(MINI_MM_OP_FILL, block);
    held_.push_back(block);
  }
}

void StressWorker::push_alloc(std::uint8_t number) {
  const StressKind& kind = plan_.kinds[number];
  mini_mm_op& op = push(kind.alloc, {0, number, static_cast<std::uint8_t>(random_.next())});
  op.target = kind.target;
  op.order = kind.order;
  bytes_ += kind.cost;
  pending_++;
}

void StressWorker::push_check_and_free() {
  Block& victim = held_[random_.below(static_cast<std::uint32_t>(held_.size()))];
  const Block block = victim;
  victim = held_.back();
  held_.pop_back();
  push_over(MINI_MM_OP_CHECK, block);
  push(plan_.kinds[block.kind].free, block).handle = block.handle;
  bytes_ -= plan_.kinds[block.kind].cost;
}

/* Fills or checks @block, as far as it is to be verified. */
void StressWorker::push_over(mini_mm_opcode opcode, const Block& block) {
  const StressKind& kind = plan_.kinds[block.kind];
  const bool ends = plan_.verify == Verify::ends && kind.alloc == MINI_MM_OP_PAGE_ALLOC;
  mini_mm_op& first = push(opcode, block);
  first.handle = block.handle;
  first.byte = block.byte;
  if (!ends) return;
  first.length = kEnd;
  mini_mm_op& last = push(opcode, block);
  last.handle = block.handle;
  last.byte = block.byte;
  last.offset = kind.size - kEnd;
  last.length = kEnd;
}

mini_mm_op& StressWorker::push(std::uint32_t opcode, const Block& block) {
  blocks_of_ops_[used_] = block;
  mini_mm_op& op = ops_[used_++];
  op = {};
  op.opcode = opcode;
  return op;
}

void StressWorker::take_results() {
  for (std::size_t i = 0; i < used_; i++) {
    const mini_mm_op& op = ops_[i];
    if (op.result != 0) {
      take_refusal(op, blocks_of_ops_[i]);
    } else if (op.opcode == MINI_MM_OP_PAGE_ALLOC || op.opcode == MINI_MM_OP_OBJ_ALLOC) {
      fresh_.push_back({op.handle, blocks_of_ops_[i].kind, blocks_of_ops_[i].byte});
      counts_.allocations++;
    } else if (op.opcode == MINI_MM_OP_PAGE_FREE || op.opcode == MINI_MM_OP_OBJ_FREE) {
      counts_.frees++;
    }
  }
  progress_.store(counts_.operations(), std::memory_order_relaxed);
}

void StressWorker::take_refusal(const mini_mm_op& op, const Block& block) {
  const bool alloc = op.opcode == MINI_MM_OP_PAGE_ALLOC || op.opcode == MINI_MM_OP_OBJ_ALLOC;
  if (alloc) bytes_ -= plan_.kinds[block.kind].cost;
  if (alloc && op.why == MINI_MM_WHY_FULL) {
    counts_.full++;
    return;
  }
  const bool mismatch = op.opcode == MINI_MM_OP_CHECK && op.why == MINI_MM_WHY_MISMATCH;
  (mismatch ? counts_.errors : counts_.refused)++;
  std::optional<Refused>& first = mismatch ? counts_.first_error : counts_.first_refused;
  if (first) return;
  const std::string subject = op.handle == 0 ? "an allocation" : fmt::format("handle {}", op.handle);
  first.emplace(-op.result, op.why,
                fmt::format("stress: operation {} on {} ({} bytes, filled with 0x{:02x})", op.opcode, subject,
                            plan_.kinds[block.kind].size, block.byte),
                op.detail);
}

}  // namespace minimm
