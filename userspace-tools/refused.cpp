/* SPDX-License-Identifier: GPL-2.0 */
#include "refused.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "text/json.hpp"

namespace minimm {
namespace {

constexpr std::array kReasons = {
    Reason{MINI_MM_WHY_NONE, "none", "refused"},
    Reason{MINI_MM_WHY_OPCODE, "opcode", "no such operation; minimm and the module are of different versions"},
    Reason{MINI_MM_WHY_FLAGS, "flags", "an option that this call does not take"},
    Reason{MINI_MM_WHY_RESERVED, "reserved",
           "a reserved field is not zero; minimm and the module are of different versions"},
    Reason{MINI_MM_WHY_COUNT, "count", "the count is zero or above the limit; ask for one at least"},
    Reason{MINI_MM_WHY_FAULT, "fault", "memory that cannot be read or written"},
    Reason{MINI_MM_WHY_ORDER, "order", "the order is above the arena's highest; 'minimm arena list' shows it"},
    Reason{
        MINI_MM_WHY_SIZE, "size",
        "the size is out of range: objects have 8 to 8192 bytes and fit their slab of 1 to 8 pages, kmalloc gives 1 "
        "byte up to the arena's largest block, vmalloc up to the region, and arenas are whole pages, no more than the "
        "memory can give"},
    Reason{MINI_MM_WHY_ALIGN, "align", "the alignment has to be a power of two, a page at most"},
    Reason{MINI_MM_WHY_NAME, "name", "not a name: use letters, digits, '_', '-' and '.'"},
    Reason{MINI_MM_WHY_NAME_LONG, "name-long", "the name is too long: arenas may have 15 characters, caches 31"},
    Reason{MINI_MM_WHY_NAME_TAKEN, "name-taken", "the name is taken; choose another, or destroy the old one first"},
    Reason{MINI_MM_WHY_NO_ARENA, "no-arena", "no such arena; 'minimm arena list' shows those there are"},
    Reason{MINI_MM_WHY_NO_CACHE, "no-cache",
           "no such cache; 'minimm cache list' shows those there are (arena:cache, if not in the default arena)"},
    Reason{MINI_MM_WHY_NO_HANDLE, "no-handle",
           "no such handle: freed before, or never made; 'minimm handles' lists them"},
    Reason{MINI_MM_WHY_NOT_YOURS, "not-yours", "the handle belongs to another open file; only its owner may use it"},
    Reason{MINI_MM_WHY_NOT_PAGES, "not-pages", "the handle names no page block; 'minimm free' takes any"},
    Reason{MINI_MM_WHY_NOT_OBJECT, "not-object", "the handle names no object; 'minimm free' takes any"},
    Reason{MINI_MM_WHY_RANGE, "range", "offset and length reach past the block's end"},
    Reason{MINI_MM_WHY_FULL, "full",
           "the arena has no free block of this order or size; free something, or use a larger arena"},
    Reason{MINI_MM_WHY_NO_MEMORY, "no-memory", "the kernel has no memory left for the bookkeeping"},
    Reason{MINI_MM_WHY_NO_REGION, "no-region",
           "no physically contiguous region of this size; the longest run that was found has {} MiB, ask for less"},
    Reason{MINI_MM_WHY_LIVE, "live", "still in use, {} blocks and objects are held; free them first"},
    Reason{MINI_MM_WHY_MAPPED, "mapped", "a process has the block mapped; unmap it first"},
    Reason{MINI_MM_WHY_DEFAULT, "default",
           "the default arena goes only with the module ('rmmod mini_mm'), kmalloc's caches only with their arena"},
    Reason{MINI_MM_WHY_ENGINE, "engine", "no such engine, or not with this placement"},
    Reason{MINI_MM_WHY_DEBUG, "debug", "unknown debug letter; there are F, Z, P, U, T and V"},
    Reason{MINI_MM_WHY_MISMATCH, "mismatch", "the byte at offset {} is another"},
    Reason{MINI_MM_WHY_INTERRUPTED, "interrupted", "interrupted by a signal"},
    Reason{MINI_MM_WHY_LIMIT, "limit", "too many arenas, caches or handles; free some first"},
    Reason{
        MINI_MM_WHY_CORRUPT, "corrupt",
        "the allocator found its own state damaged and refused; see the kernel's log (dmesg), then reload the module"},
    Reason{MINI_MM_WHY_UNSUPPORTED, "unsupported",
           "the engine, or the module, cannot do that: naive has no movable and reclaimable blocks, and slob and "
           "class have no magazines"},
    Reason{MINI_MM_WHY_TOO_LARGE, "too-large",
           "larger than the largest object: that of the cache ('minimm cache list'), and 4096 bytes for a slob cache"},
    Reason{MINI_MM_WHY_NO_LOG, "no-log", "the arena keeps no event log; make one with 'minimm arena create --log N'"},
    Reason{MINI_MM_WHY_REPLAY, "replay", "a replay is open already, or none is"},
    Reason{MINI_MM_WHY_SLOT, "slot",
           "operation {} of the replay names a slot or a cache that it has not, or a slot in use"},
    Reason{MINI_MM_WHY_CLIENT_QUOTA, "client-quota",
           "this process has as many handles, bytes, caches or arenas as one may have, or all arenas together as much "
           "memory; 'minimm info' shows the limits, and the module's parameters client_* and total_mb set them"},
    Reason{MINI_MM_WHY_ARENA_QUOTA, "arena-quota",
           "the arena's clients have as many handles, bytes or caches as it allows ('minimm arena list --json'); free "
           "some first"},
    Reason{MINI_MM_WHY_MAGAZINE, "magazine", "magazines and batches have 256 objects or pages at most; ask for fewer"},
};

}  // namespace

const Reason* find_reason(std::uint32_t why) {
  for (const Reason& reason : kReasons)
    if (reason.why == why) return &reason;
  return nullptr;
}

std::string errno_name(int error) {
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : fmt::format("errno {}", error);
}

std::string error_json(const std::string& error, const std::string& errno_name, const std::string& reason) {
  return Json{{"error", error}, {"errno", errno_name}, {"reason", reason}}.line();
}

Refused::Refused(int error, std::uint32_t why, std::string tried, std::uint64_t number) : error_(error), why_(why) {
  const Reason* reason = find_reason(why);
  const bool known = reason != nullptr && why != MINI_MM_WHY_NONE;
  name_ = known ? std::string(reason->name) : why == MINI_MM_WHY_NONE ? "none" : fmt::format("reason-{}", why);
  const std::string words = known ? fmt::format(fmt::runtime(reason->words), number) : std::strerror(error);
  line_ = fmt::format("{}: {} ({})", tried, words, errno_name());
}

Refused::Refused(int error, std::string name, std::string words, std::string tried)
    : error_(error), why_(MINI_MM_WHY_NONE), name_(std::move(name)) {
  line_ = fmt::format("{}: {} ({})", tried, words, errno_name());
}

std::string Refused::errno_name() const { return minimm::errno_name(error_); }

std::string Refused::json() const { return error_json(line_, errno_name(), name_); }

void Refused::explain(const std::string& more) { line_.insert(line_.rfind(" ("), fmt::format("; {}", more)); }

void Refused::at(const std::string& place) {
  line_ = fmt::format("{}: {}", place, line_);
  for (Refused& other : others_) other.at(place);
}

}  // namespace minimm
