// SPDX-License-Identifier: GPL-2.0
/*
 * Magazines of objects. Each has exactly the memory that it needs, so that the address sanitizer sees who takes one
 * object too many.
 */
#include "percpu/magazine.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "memory.hpp"

namespace mini_mm {
namespace {

constexpr std::uint32_t kSize = 4;
using Objects = std::vector<void*>;

class Magazine {
 public:
  mini_magazine* get() const { return reinterpret_cast<mini_magazine*>(memory_.get()); }

 private:
  Memory memory_{sizeof(mini_magazine) + kSize * sizeof(void*), alignof(mini_magazine), 0};
};

class MagazineTest : public testing::Test {
 protected:
  MagazineTest() { mini_magazine_start(&cpu, true); }

  void* object(std::size_t number) { return &places.at(number); }
  mini_magazine* load(mini_magazine* magazine) { return mini_magazine_load(&cpu, magazine, kSize); }
  void* take() { return mini_magazine_take(&cpu); }
  bool give(std::size_t number) { return mini_magazine_give(&cpu, object(number)); }
  /* Loads @first with the first @count objects. */
  void load_with(std::size_t count) {
    load(first.get());
    for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(give(i));
  }
  Objects pop_some(std::size_t nr) {
    Objects objects(nr + 1); /* memcpy() wants an address for none as well */
    objects.resize(mini_magazine_pop_some(&cpu, nr, objects.data()));
    return objects;
  }

  std::array<std::uint64_t, 10> places{};
  Magazine first, second;
  mini_magazine_cpu cpu{};
};

/* --- one at a time ----------------------------------------------------------------------------------- */

TEST_F(MagazineTest, none_is_loaded_at_the_start_so_nothing_is_given_or_taken) {
  EXPECT_EQ(take(), nullptr);
  EXPECT_FALSE(give(0));
  EXPECT_EQ(pop_some(3), Objects{});
  EXPECT_EQ(mini_magazine_rounds(&cpu), 0u);
  EXPECT_FALSE(mini_magazine_has_some(&cpu));
  EXPECT_EQ(cpu.allocations, 0u);
}

TEST_F(MagazineTest, what_was_freed_last_is_allocated_first) {
  load_with(3);
  EXPECT_EQ(mini_magazine_rounds(&cpu), 3u);
  for (const std::size_t number : {2u, 1u, 0u}) EXPECT_EQ(take(), object(number));
  EXPECT_EQ(mini_magazine_rounds(&cpu), 0u);
}

TEST_F(MagazineTest, an_empty_one_gives_nothing_and_counts_nothing) {
  load_with(1);
  EXPECT_EQ(take(), object(0));
  EXPECT_EQ(take(), nullptr);
  EXPECT_EQ(take(), nullptr);
  EXPECT_EQ(cpu.allocations, 1u);
  EXPECT_TRUE(give(1)) << "and takes objects as before";
  EXPECT_EQ(take(), object(1));
}

TEST_F(MagazineTest, a_full_one_takes_no_more) {
  load_with(kSize);
  EXPECT_FALSE(give(kSize));
  EXPECT_EQ(mini_magazine_rounds(&cpu), kSize);
  EXPECT_EQ(take(), object(kSize - 1));
  EXPECT_TRUE(give(kSize));
}

TEST_F(MagazineTest, refuses_the_object_that_was_freed_last) {
  load_with(2);
  EXPECT_TRUE(mini_magazine_is_on_top(&cpu, object(1)));
  EXPECT_FALSE(give(1));
  EXPECT_EQ(mini_magazine_rounds(&cpu), 2u);
  EXPECT_EQ(take(), object(1));
  EXPECT_FALSE(mini_magazine_is_on_top(&cpu, object(1)));
  EXPECT_TRUE(give(1)) << "once it was allocated again, it may be freed";
}

/* --- several at a time ------------------------------------------------------------------------------- */

TEST_F(MagazineTest, several_are_taken_from_the_top_the_one_freed_last_as_the_last) {
  load_with(4);
  EXPECT_EQ(pop_some(3), (Objects{object(1), object(2), object(3)}));
  EXPECT_EQ(mini_magazine_rounds(&cpu), 1u);
  EXPECT_EQ(cpu.allocations, 3u);
  EXPECT_EQ(cpu.window.inside, MINI_WINDOW_OPEN);
}

TEST_F(MagazineTest, no_more_are_taken_than_there_are) {
  load_with(2);
  EXPECT_EQ(pop_some(0), Objects{});
  EXPECT_EQ(pop_some(100), (Objects{object(0), object(1)}));
  EXPECT_EQ(pop_some(100), Objects{});
  EXPECT_EQ(cpu.allocations, 2u);
}

/* --- magazines change places ------------------------------------------------------------------------- */

TEST_F(MagazineTest, one_that_is_unloaded_remembers_how_many_it_holds) {
  load_with(3);
  EXPECT_EQ(load(second.get()), first.get());
  EXPECT_EQ(first.get()->rounds, 3u);
  EXPECT_EQ(take(), nullptr) << "the second one is empty";
  EXPECT_TRUE(give(7));
  EXPECT_EQ(load(first.get()), second.get());
  EXPECT_EQ(second.get()->rounds, 1u);
  EXPECT_EQ(mini_magazine_rounds(&cpu), 3u);
  EXPECT_EQ(take(), object(2));
}

TEST_F(MagazineTest, unloading_leaves_none) {
  load_with(3);
  EXPECT_EQ(load(nullptr), first.get());
  EXPECT_EQ(take(), nullptr);
  EXPECT_FALSE(give(5));
  EXPECT_EQ(mini_magazine_rounds(&cpu), 0u);
  EXPECT_EQ(load(nullptr), nullptr);
}

TEST_F(MagazineTest, swapping_twice_is_nothing) {
  load_with(3);
  mini_magazine_swap(&cpu, kSize);
  EXPECT_EQ(cpu.loaded, nullptr) << "there was no previous one";
  EXPECT_EQ(cpu.previous, first.get());
  EXPECT_EQ(take(), nullptr);
  mini_magazine_swap(&cpu, kSize);
  EXPECT_EQ(cpu.loaded, first.get());
  EXPECT_EQ(cpu.previous, nullptr);
  EXPECT_EQ(take(), object(2));
}

TEST_F(MagazineTest, the_previous_one_is_used_after_a_swap) {
  load_with(4);
  cpu.previous = second.get();
  ASSERT_FALSE(give(4));
  mini_magazine_swap(&cpu, kSize);
  EXPECT_TRUE(give(4));
  EXPECT_EQ(cpu.previous->rounds, 4u);
  EXPECT_EQ(take(), object(4));
  EXPECT_EQ(take(), nullptr);
  mini_magazine_swap(&cpu, kSize);
  EXPECT_EQ(take(), object(3));
}

TEST_F(MagazineTest, there_may_be_an_object_in_either) {
  load(first.get());
  EXPECT_FALSE(mini_magazine_has_some(&cpu));
  give(0);
  EXPECT_TRUE(mini_magazine_has_some(&cpu));
  mini_magazine_swap(&cpu, kSize);
  EXPECT_TRUE(mini_magazine_has_some(&cpu));
}

/* --- the window -------------------------------------------------------------------------------------- */

TEST_F(MagazineTest, who_interrupts_one_at_work_changes_nothing) {
  load_with(2);
  ASSERT_TRUE(mini_window_enter(&cpu.window));
  EXPECT_EQ(pop_some(2), Objects{});
  EXPECT_TRUE(mini_window_is_busy(&cpu.window));
  EXPECT_EQ(take(), object(1)) << "by the one who is inside";
  mini_window_leave(&cpu.window);
  EXPECT_EQ(pop_some(2), Objects{object(0)});
}

TEST_F(MagazineTest, a_closed_window_leaves_what_is_there) {
  load_with(2);
  mini_window_set(&cpu.window, false);
  EXPECT_EQ(pop_some(2), Objects{});
  EXPECT_EQ(cpu.window.inside, MINI_WINDOW_CLOSED);
  EXPECT_EQ(mini_magazine_rounds(&cpu), 2u);
}

TEST_F(MagazineTest, a_cpu_starts_open_or_closed) {
  mini_magazine_cpu other{};
  mini_magazine_start(&other, false);
  EXPECT_FALSE(mini_window_enter(&other.window));
  EXPECT_TRUE(mini_window_enter(&cpu.window));
}

}  // namespace
}  // namespace mini_mm
