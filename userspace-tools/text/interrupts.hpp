/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What /sys/kernel/debug/mini_mm/interrupts_off says: for how long the module's locks kept interrupts off. A text that
 * has another format is a std::runtime_error that quotes the line.
 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/json.hpp"

namespace minimm {

struct InterruptTimes {
  /* How many times were longer than the ones before, and not longer than this. */
  struct Share {
    std::uint32_t us = 0;
    std::uint64_t count = 0;
  };

  std::uint64_t longest_ns = 0;
  std::string where; /* the function that ended the longest one; empty when there was none */
  std::vector<Share> up_to;
  std::uint64_t longer = 0; /* than all of those */

  std::uint64_t count() const;
  /* @us: one of those of up_to. */
  std::uint64_t longer_than(std::uint32_t us) const;
};

InterruptTimes parse_interrupt_times(std::string_view text);

Json as_json(const InterruptTimes& times);

}  // namespace minimm
