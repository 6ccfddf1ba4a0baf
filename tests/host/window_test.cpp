// SPDX-License-Identifier: GPL-2.0
/* Who gets into a CPU's window, and that whoever leaves it leaves nothing behind. */
#include "percpu/window.h"

#include <gtest/gtest.h>

namespace mini_mm {
namespace {

constexpr mini_window window_that_is(bool open) { return {open ? MINI_WINDOW_OPEN : MINI_WINDOW_CLOSED}; }

TEST(Window, lets_one_in_and_after_him_the_next) {
  mini_window window = window_that_is(true);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(mini_window_enter(&window));
    mini_window_leave(&window);
    EXPECT_EQ(window.inside, MINI_WINDOW_OPEN);
  }
}

TEST(Window, keeps_out_whoever_interrupts_one_inside) {
  mini_window window = window_that_is(true);
  ASSERT_TRUE(mini_window_enter(&window));
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(mini_window_enter(&window));
    EXPECT_FALSE(mini_window_enter(&window)) << "and who interrupts him";
    mini_window_leave(&window);
    mini_window_leave(&window);
  }
  mini_window_leave(&window);
  EXPECT_TRUE(mini_window_enter(&window));
}

TEST(Window, lets_nobody_in_while_it_is_closed) {
  mini_window window = window_that_is(false);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(mini_window_enter(&window));
    mini_window_leave(&window);
    EXPECT_EQ(window.inside, MINI_WINDOW_CLOSED);
  }
}

TEST(Window, is_busy_from_entering_to_leaving_open_or_closed) {
  for (const bool open : {true, false}) {
    mini_window window = window_that_is(open);
    EXPECT_FALSE(mini_window_is_busy(&window));
    EXPECT_EQ(mini_window_enter(&window), open);
    EXPECT_TRUE(mini_window_is_busy(&window));
    mini_window_leave(&window);
    EXPECT_FALSE(mini_window_is_busy(&window));
  }
}

TEST(Window, is_opened_and_closed) {
  mini_window window{};
  mini_window_set(&window, true);
  EXPECT_TRUE(mini_window_enter(&window));
  mini_window_leave(&window);
  mini_window_set(&window, false);
  EXPECT_FALSE(mini_window_enter(&window));
}

TEST(BecomesZero, adds_one_and_says_whether_that_made_it_zero) {
  std::int32_t number = -3;
  EXPECT_FALSE(mini_becomes_zero(&number));
  EXPECT_FALSE(mini_becomes_zero(&number));
  EXPECT_TRUE(mini_becomes_zero(&number));
  EXPECT_EQ(number, 0);
  EXPECT_FALSE(mini_becomes_zero(&number));
  EXPECT_EQ(number, 1);
}

}  // namespace
}  // namespace mini_mm
