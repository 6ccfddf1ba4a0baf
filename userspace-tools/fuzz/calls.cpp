/* SPDX-License-Identifier: GPL-2.0 */
#include "fuzz/calls.hpp"

#include "fuzz/errnos.hpp"

namespace minimm {

void FuzzShared::count(FuzzCall call, int error) {
  const auto number = static_cast<std::size_t>(call);
  const auto slot = static_cast<std::size_t>(error);
  counts[number][slot < kFuzzErrnos ? slot : kFuzzErrnos - 1].fetch_add(1, std::memory_order_relaxed);
  std::uint32_t none = 0;
  /* What comes after mmap() the module only sees the effects of. */
  const bool ours = call <= FuzzCall::mmap || call == FuzzCall::operation;
  if (ours && !is_known_errno(error) &&
      wrong_call.compare_exchange_strong(none, static_cast<std::uint32_t>(number) + 1))
    wrong_errno = error;
}

std::uint64_t FuzzShared::calls() const {
  std::uint64_t sum = 0;
  for (const Watch& watch : watches) sum += watch.calls.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace minimm
