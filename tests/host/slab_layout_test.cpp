// SPDX-License-Identifier: GPL-2.0
#include "slab_layout.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace mini_mm {
namespace {

constexpr std::uint32_t kAligns[] = {0, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
constexpr Management kManagements[] = {Management::automatic, Management::on_slab, Management::off_slab};

Result<SlabLayout> make(std::uint32_t size, std::uint32_t align = 0, Management management = Management::automatic,
                        unsigned max_order = kMaxOrder) {
  return SlabLayout::make(size, align, management, Order(max_order));
}

/* Bytes that @count objects and their management data take. */
std::size_t used(const SlabLayout& layout, std::size_t count) {
  return count * layout.slot_size + (layout.off_slab ? 0 : SlabDescriptor::bytes(static_cast<std::uint32_t>(count)));
}

std::size_t most_objects(const SlabLayout& layout, std::size_t slab_bytes) {
  std::size_t count = slab_bytes / layout.slot_size;
  while (count > 0 && used(layout, count) > slab_bytes) --count;
  return count;
}

/* The order that the rule in slab_layout.hpp's first comment asks for, in fractions rather than integers. */
unsigned right_order(const SlabLayout& layout, unsigned highest) {
  unsigned best = 0;
  double best_share = 2;
  for (unsigned order = 0; order <= highest; ++order) {
    const std::size_t bytes = Order(order).bytes();
    const std::size_t count = most_objects(layout, bytes);
    if (count == 0) continue;
    const double share = static_cast<double>(bytes - used(layout, count)) / static_cast<double>(bytes);
    if (share <= 1.0 / 8) return order;
    if (share < best_share) {
      best = order;
      best_share = share;
    }
  }
  return best;
}

/* What is wrong with a layout, or nothing. */
std::string flaw(const SlabLayout& layout, std::uint32_t size, std::uint32_t align, Management management,
                 unsigned max_order) {
  const std::uint32_t wanted_align = align < 8 ? 8 : align;
  if (layout.object_size != size || layout.align != wanted_align) return "another size or alignment";
  if (layout.slot_size < size || layout.slot_size - size >= wanted_align) return "slot is not the next multiple";
  if (layout.slot_size % wanted_align != 0) return "slots are not aligned";
  const bool off_slab =
      management == Management::automatic ? layout.slot_size >= 512 : management == Management::off_slab;
  if (layout.off_slab != off_slab) return "management data in the wrong place";
  const std::size_t bytes = layout.slab_bytes();
  if (layout.objects == 0 || layout.objects != most_objects(layout, bytes)) return "not as many objects as fit";
  if (layout.order.value != right_order(layout, std::min(max_order, 3u))) return "not the right order";
  if (layout.colour_step != std::max(64u, wanted_align)) return "colour step";
  const std::size_t rest = bytes - used(layout, layout.objects);
  const std::size_t last_colour = std::size_t{layout.colours - 1u} * layout.colour_step;
  if (last_colour > rest) return "the last colour leaves the slab";
  if (last_colour + layout.colour_step <= rest) return "one more colour would fit";
  return "";
}

class SlabLayoutForManagement : public testing::TestWithParam<Management> {};
INSTANTIATE_TEST_SUITE_P(All, SlabLayoutForManagement, testing::ValuesIn(kManagements));

TEST_P(SlabLayoutForManagement, wastes_little_and_fits_for_every_size_and_alignment) {
  for (std::uint32_t size = 8; size <= 8192; size += size < 600 ? 1 : 13) {
    for (const std::uint32_t align : kAligns) {
      const Result<SlabLayout> layout = make(size, align, GetParam());
      ASSERT_TRUE(layout);
      const std::string wrong = flaw(layout.value, size, align, GetParam(), kMaxOrder);
      ASSERT_EQ(wrong, "") << size << " bytes aligned to " << align;
    }
  }
}

TEST_P(SlabLayoutForManagement, keeps_to_the_arenas_highest_order) {
  for (unsigned max_order = 0; max_order <= 3; ++max_order) {
    for (std::uint32_t size = 8; size <= 8192; size += 97) {
      for (const std::uint32_t align : kAligns) {
        const Result<SlabLayout> layout = make(size, align, GetParam(), max_order);
        if (layout) {
          ASSERT_LE(layout.value.order.value, max_order);
          const std::string wrong = flaw(layout.value, size, align, GetParam(), max_order);
          ASSERT_EQ(wrong, "") << size << " bytes aligned to " << align << ", highest order " << max_order;
        } else {
          const std::size_t slot = round_up(size, align < 8 ? 8 : align);
          const std::size_t data = GetParam() == Management::on_slab ? SlabDescriptor::bytes(1) : 0;
          ASSERT_EQ(layout.error, Error::bad_size);
          ASSERT_GT(slot + data, Order(max_order).bytes()) << "an object of " << size << " bytes would fit";
        }
      }
    }
  }
}

TEST(SlabLayout, refuses_sizes_out_of_range) {
  EXPECT_EQ(make(0).error, Error::bad_size);
  EXPECT_EQ(make(7).error, Error::bad_size);
  EXPECT_TRUE(make(8));
  EXPECT_TRUE(make(8192));
  EXPECT_EQ(make(8193).error, Error::bad_size);
  EXPECT_EQ(make(0xffffffff).error, Error::bad_size);
}

TEST(SlabLayout, refuses_alignments_that_are_no_power_of_two_up_to_a_page) {
  for (const std::uint32_t align : {3u, 12u, 4095u, 4097u, 8192u, 0x80000000u, 0xffffffffu}) {
    EXPECT_EQ(make(64, align).error, Error::bad_alignment) << align;
  }
  for (const std::uint32_t align : {1u, 2u, 4u}) EXPECT_EQ(make(64, align).value.align, 8u);
}

TEST(SlabLayout, moves_the_management_data_off_the_slab_from_an_eighth_of_a_page_on) {
  EXPECT_FALSE(make(504).value.off_slab);
  EXPECT_TRUE(make(505).value.off_slab) << "its slot has 512 bytes";
  EXPECT_TRUE(make(512).value.off_slab);
}

TEST(SlabLayout, fits_two_halves_of_a_page_into_a_page) {
  const SlabLayout layout = make(2048).value;
  EXPECT_EQ(layout.order, Order(0));
  EXPECT_EQ(layout.objects, 2u);
  EXPECT_EQ(layout.colours, 1u);
}

TEST(SlabLayout, takes_the_smallest_share_of_waste_when_no_order_wastes_an_eighth_or_less) {
  const SlabLayout layout = make(4096, 0, Management::on_slab).value;
  EXPECT_EQ(layout.order, Order(3)) << "0 of 1 page, 1 of 2, 3 of 4, 7 of 8";
  EXPECT_EQ(layout.objects, 7u);
}

TEST(SlabLayout, colours_by_cache_lines_and_by_the_alignment_if_that_is_larger) {
  const SlabLayout small = make(1000).value; /* 4 * 1,000 of 4,096: 96 left */
  EXPECT_EQ(small.colour_step, 64u);
  EXPECT_EQ(small.colours, 2u);
  const SlabLayout aligned = make(1500, 256).value; /* slots of 1,536; 21 of 32,768: 512 left */
  EXPECT_EQ(aligned.colour_step, 256u);
  EXPECT_EQ((aligned.slab_bytes() - used(aligned, aligned.objects)) / 256 + 1, aligned.colours);
}

}  // namespace
}  // namespace mini_mm
