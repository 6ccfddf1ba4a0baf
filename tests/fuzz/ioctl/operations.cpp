// SPDX-License-Identifier: GPL-2.0
/* Operations on handles, in batches, and the calls that look at handles. */
#include <algorithm>
#include <cerrno>
#include <cstring>

#include "session.hpp"

namespace mini_mm::fuzz {
namespace {

bool gives_handle(std::uint32_t opcode) {
  return opcode == MINI_MM_OP_PAGE_ALLOC || opcode == MINI_MM_OP_OBJ_ALLOC || opcode == MINI_MM_OP_KMALLOC ||
         opcode == MINI_MM_OP_VMALLOC || opcode == MINI_MM_OP_RANGE_ALLOC;
}

/* Of the whole block. */
bool is_whole(const mini_mm_op& op) { return op.offset == 0 && op.length == 0; }

}  // namespace

mini_mm_op Session::operation() {
  mini_mm_op op{};
  const std::uint32_t choice = input_.byte();
  op.opcode = 1 + choice % 10;
  if (gives_handle(op.opcode)) {
    const std::uint32_t flags = input_.byte();
    op.flags = (flags & 1 ? MINI_MM_KEEP : 0) | (flags & 2 ? MINI_MM_ZERO : 0);
    op.target = op.opcode == MINI_MM_OP_OBJ_ALLOC ? one_of(caches_) : one_of(arenas_);
    if (op.opcode == MINI_MM_OP_PAGE_ALLOC) {
      op.flags |= flags & 4 ? MINI_MM_MOVABLE : flags & 8 ? MINI_MM_RECLAIMABLE : 0;
      op.order = flags & 16 ? input_.below(12) : 0;
    } else if (op.opcode == MINI_MM_OP_KMALLOC || op.opcode == MINI_MM_OP_VMALLOC) {
      op.length = flags & 16 ? 1 + input_.word() : 1 + input_.byte();
    } else if (op.opcode == MINI_MM_OP_RANGE_ALLOC) {
      op.offset = flags & 4 ? MINI_MM_ANYWHERE : input_.byte() * 4096u;
      op.length = 1 + input_.word();
      if (flags & 4) op.order = input_.below(5);
    } else if (flags & 4) {
      op.length = input_.word();
    }
    return op;
  }
  op.handle = one_of(handles_);
  if (op.opcode != MINI_MM_OP_FILL && op.opcode != MINI_MM_OP_CHECK) return op;
  op.byte = static_cast<std::uint8_t>(1 + choice % 4);
  /* Mostly what it was filled with. */
  const auto known = content_.find(op.handle);
  if (op.opcode == MINI_MM_OP_CHECK && known != content_.end() && choice < 224) op.byte = known->second;
  if (choice < 192) return op;
  op.offset = input_.word();
  op.length = input_.word();
  return op;
}

void Session::fill_batch(Argument& argument) {
  const std::uint32_t different = 1 + input_.below(8);
  /* What one chunk holds, and more. */
  const std::uint32_t times = input_.byte() < 240 ? 1 : 1 + input_.below(40);
  asked_.clear();
  for (std::uint32_t i = 0; i < different; ++i) {
    asked_.push_back(operation());
    if (input_.byte() < 240) continue;
    damage(reinterpret_cast<std::uint8_t*>(&asked_.back()), sizeof(mini_mm_op));
    /* Which would look as if nobody had written it. */
    if (asked_.back().byte == SHIM_UNDEFINED) asked_.back().byte = 0;
  }
  for (std::uint32_t i = different; i < different * times; ++i) asked_.push_back(asked_[i % different]);
  std::memcpy(shim_user + kBuffer, asked_.data(), asked_.size() * sizeof(mini_mm_op));
  argument.batch.ops = buffer();
  argument.batch.count = static_cast<std::uint32_t>(asked_.size());
}

/* Of one that a signal has ended, too: what was done is done. */
void Session::look_at_batch(const Argument& argument) {
  if (argument.batch.ops != SHIM_USER_START + kBuffer) {
    content_.clear();
    return;
  }
  const std::size_t done = std::min<std::size_t>(argument.batch.done, asked_.size());
  for (std::size_t i = 0; i < done; ++i) {
    mini_mm_op answered;
    std::memcpy(&answered, shim_user + kBuffer + i * sizeof(answered), sizeof(answered));
    look_at_operation(asked_[i], answered);
  }
}

void Session::look_at_operation(const mini_mm_op& asked, const mini_mm_op& answered) {
  trace("  operation %u, flags %#x, target %u, handle %llu, order %u, %llu bytes from %llu: %d, reason %u",
        asked.opcode, asked.flags, asked.target, answered.handle, asked.order, asked.length, asked.offset,
        answered.result, answered.why);
  require(is_of_the_abi(answered.result), "operation %u ends with %d", asked.opcode, answered.result);
  require(answered.result == 0 || asked.result != 0 || answered.why != 0, "operation %u ends with %d for no reason",
          asked.opcode, answered.result);
  if (answered.result == -EILSEQ) {
    const auto known = content_.find(asked.handle);
    require(known == content_.end() || known->second != asked.byte, "handle %llu is not what it was filled with",
            asked.handle);
  }
  if (answered.result) return;
  if (gives_handle(asked.opcode)) {
    handles_.push_back(answered.handle);
    content_[answered.handle] = 0;
  } else if (asked.opcode == MINI_MM_OP_FILL) {
    content_.erase(asked.handle);
    if (is_whole(asked)) content_[asked.handle] = asked.byte;
  } else if (asked.opcode != MINI_MM_OP_CHECK) {
    content_.erase(asked.handle);
    for (const Mapping& mapping : mappings_)
      require(mapping.handle != asked.handle, "handle %llu is mapped, and was freed", asked.handle);
  }
}

/* Each client looks at all that it may look at. */
void Session::check_contents() {
  for (shim_client* const client : clients_) {
    if (!client || content_.empty()) continue;
    asked_.clear();
    for (const auto& [handle, byte] : content_) {
      mini_mm_op op{};
      op.opcode = MINI_MM_OP_CHECK;
      op.handle = handle;
      op.byte = byte;
      if (asked_.size() < kMostChecks) asked_.push_back(op);
    }
    std::memcpy(shim_user + kBuffer, asked_.data(), asked_.size() * sizeof(mini_mm_op));
    Argument argument{};
    argument.batch.ops = SHIM_USER_START + kBuffer;
    argument.batch.count = static_cast<std::uint32_t>(asked_.size());
    const long result = ask(client, MINI_MM_IOC_BATCH, argument);
    require(result == 0, "a batch of checks ends with %ld", result);
    look_at_batch(argument);
  }
}

void Session::fill_handle_info(Argument& argument) {
  argument.handle_info.lookup = input_.below(2);
  argument.handle_info.handle = one_of(handles_);
}

void Session::fill_read(Argument& argument) {
  argument.read.handle = one_of(handles_);
  argument.read.offset = input_.bit() ? 0 : input_.word();
  argument.read.length = 1 + input_.word();
  argument.read.buffer = buffer();
}

}  // namespace mini_mm::fuzz
