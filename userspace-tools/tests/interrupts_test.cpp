/* SPDX-License-Identifier: GPL-2.0 */
#include "text/interrupts.hpp"

#include <gtest/gtest.h>

namespace minimm {
namespace {

constexpr const char* kTimes =
    "measured 1\n"
    "longest_ns 123456 mini_page_layer_flush+0x1/0x2 [mini_mm]\n"
    "up_to_us 1 5000\nup_to_us 100 20\nup_to_us 200 1\nlonger 2\n";

TEST(Interrupts, the_longest_time_has_its_place) {
  const InterruptTimes times = parse_interrupt_times(kTimes);
  EXPECT_EQ(times.longest_ns, 123456u);
  EXPECT_EQ(times.where, "mini_page_layer_flush+0x1/0x2");
}

TEST(Interrupts, those_above_a_bound_are_counted) {
  const InterruptTimes times = parse_interrupt_times(kTimes);
  EXPECT_EQ(times.count(), 5023u);
  EXPECT_EQ(times.longer_than(100), 3u);
  EXPECT_EQ(times.longer_than(200), 2u);
}

TEST(Interrupts, nothing_measured_yet_has_no_place) {
  const InterruptTimes times = parse_interrupt_times("measured 1\nlongest_ns 0\nlonger 0\n");
  EXPECT_EQ(times.where, "");
  EXPECT_EQ(times.count(), 0u);
}

TEST(Interrupts, what_has_another_format_is_refused) {
  for (const char* text : {"longest 5\n", "longest_ns five\n", "up_to_us 5\n", "longer\n"})
    EXPECT_THROW((void)parse_interrupt_times(text), std::runtime_error) << text;
}

}  // namespace
}  // namespace minimm
