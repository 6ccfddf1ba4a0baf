/* SPDX-License-Identifier: GPL-2.0 */
#include "fuzz/memory.hpp"

#include <sys/mman.h>
#include <uapi/mini_mm.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace minimm {
namespace {

constexpr std::size_t kArguments = FuzzMemory::kPage;
constexpr std::size_t kPointedToAt = kArguments + FuzzMemory::kPage;
constexpr std::size_t kReadOnly = kPointedToAt + FuzzMemory::kPointedTo + FuzzMemory::kPage;
constexpr std::size_t kRacingAt = kReadOnly + FuzzMemory::kPage;
/* What the kernel writes past the racing part has to end there. */
constexpr std::size_t kAll = kRacingAt + FuzzMemory::kRacing + FuzzMemory::kPage;
constexpr std::uint32_t kOperation = sizeof(mini_mm_op);
static_assert(FuzzMemory::kMostOperations * kOperation == FuzzMemory::kRacing / 2);
static_assert(FuzzMemory::kPage % kOperation == 0);
constexpr int kUsual = PROT_READ | PROT_WRITE;

std::uint64_t number(const std::byte* address) { return reinterpret_cast<std::uintptr_t>(address); }

std::byte* must_map(void* where, std::size_t size, int protection, int flags) {
  void* mapped = ::mmap(where, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (mapped == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "fuzz: memory for the calls");
  return static_cast<std::byte*>(mapped);
}

}  // namespace

FuzzMemory::FuzzMemory() {
#ifdef MAP_32BIT
  constexpr int low = MAP_32BIT;
#else
  constexpr int low = 0;
#endif
  base_ = must_map(nullptr, kAll, kUsual, low);
  racing_ = base_ + kRacingAt;
  ::mprotect(base_ + kArguments, kPage, PROT_NONE);
  ::mprotect(base_ + kReadOnly - kPage, kPage, PROT_NONE);
  ::mprotect(base_ + kReadOnly, kPage, PROT_READ);
  ::mprotect(base_ + kAll - kPage, kPage, PROT_NONE);
}

FuzzMemory::~FuzzMemory() { ::munmap(base_, kAll); }

std::span<std::byte> FuzzMemory::part_of(Part part) const {
  return part == Part::arguments ? std::span(base_, kArguments) : std::span(base_ + kPointedToAt, kPointedTo);
}

std::uint64_t FuzzMemory::at(Random& random, Part part, Pointer pointer, std::size_t bytes) const {
  const std::span<std::byte> all = part_of(part);
  const std::size_t room = std::min(bytes, all.size());
  const auto slack = static_cast<std::uint32_t>((all.size() - room) / 8);
  const std::uint64_t end = number(all.data() + all.size());
  switch (pointer) {
    case Pointer::good:
      return number(all.data()) + 8 * random.below(slack + 1);
    case Pointer::misaligned:
      return number(all.data()) + (slack == 0 ? 0 : 8 * random.below(slack) + 1);
    case Pointer::straddles:
      return end - random.below(static_cast<std::uint32_t>(std::max<std::size_t>(room, 1)));
    case Pointer::none:
      return random.below(4096);
    case Pointer::unmapped:
      return end + 8 * random.below(64);
    case Pointer::read_only:
      return number(base_ + kReadOnly);
    case Pointer::kernel:
      return 0xffff888000000000 + 8 * random.below(1u << 20);
    case Pointer::racing:
      break;
  }
  /* Operations all in the first half; what the kernel writes is put further on, and may be longer. */
  const auto operations = static_cast<std::uint32_t>((bytes + kOperation - 1) / kOperation);
  return number(racing_ + kOperation * random.below(std::max(kMostOperations, operations) - operations + 1));
}

std::uint64_t FuzzMemory::room(Random& random, Pointer pointer, std::size_t bytes) const {
  return at(random, Part::pointed_to, pointer, bytes) + (pointer == Pointer::racing ? kRacing / 2 : 0);
}

std::uint64_t FuzzMemory::place(Random& random, Part part, Pointer pointer, std::span<const std::byte> bytes) {
  const std::uint64_t address = at(random, part, pointer, bytes.size());
  const std::span<std::byte> all = part_of(part);
  const std::uint64_t end = number(all.data() + all.size());
  if (address >= number(all.data()) && address < end)
    std::copy_n(bytes.data(), std::min<std::size_t>(bytes.size(), end - address),
                all.data() + (address - number(all.data())));
  return address;
}

bool FuzzMemory::fetch(std::uint64_t address, std::span<std::byte> bytes) const {
  for (const Part part : {Part::arguments, Part::pointed_to}) {
    const std::span<std::byte> all = part_of(part);
    const std::uint64_t offset = address - number(all.data());
    if (offset > all.size() || bytes.size() > all.size() - offset) continue;
    std::copy_n(all.data() + offset, bytes.size(), bytes.data());
    return true;
  }
  return false;
}

void FuzzMemory::offer(std::span<const std::byte> operations) {
  const std::lock_guard guard(lock_);
  offered_.assign(operations.begin(), operations.end());
}

void FuzzMemory::race(Random& random) {
  std::byte* const page = racing_ + kPage * random.below(kRacing / kPage);
  switch (random.below(8)) {
    case 0:
      ::mprotect(page, kPage, PROT_NONE);
      break;
    case 1:
      ::mprotect(page, kPage, PROT_READ);
      break;
    case 2:
      ::madvise(page, kPage, MADV_DONTNEED);
      break;
    case 3:
      /* In one step, or another thread's memory might come to lie there. */
      must_map(page, kPage, kUsual, MAP_FIXED);
      break;
    case 4: {
      const std::lock_guard guard(lock_);
      ::mprotect(page, kPage, kUsual);
      std::copy_n(offered_.begin(), std::min(offered_.size(), kPage), page);
      break;
    }
    default:
      ::mprotect(page, kPage, kUsual);
      std::fill_n(page + 4 * random.below(kPage / 4), 4, random.below(2) == 0 ? std::byte{0} : std::byte{0xff});
  }
}

}  // namespace minimm
