// SPDX-License-Identifier: GPL-2.0
#include "region.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "memory.hpp"

namespace mini_mm {
namespace {

class RegionTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kPages = 3;

  Memory memory{kPages * kPageSize, kPageSize, 0};
  std::vector<PageEntry> entries = std::vector<PageEntry>(kPages);
  PageMap map{entries.data(), kPages};
  Region region{memory.get(), map};
};

TEST_F(RegionTest, holds_its_first_and_its_last_byte_and_not_their_neighbours) {
  const auto first = reinterpret_cast<std::uintptr_t>(memory.get());
  const auto at = [&](std::uintptr_t address) { return reinterpret_cast<const void*>(address); };
  EXPECT_TRUE(region.contains(at(first)));
  EXPECT_TRUE(region.contains(at(first + kPages * kPageSize - 1)));
  EXPECT_FALSE(region.contains(at(first - 1)));
  EXPECT_FALSE(region.contains(at(first + kPages * kPageSize)));
  EXPECT_FALSE(region.contains(nullptr));
}

TEST_F(RegionTest, finds_the_page_of_an_address_and_the_address_of_a_page) {
  EXPECT_EQ(region.address(PageIndex(2)), memory.get() + 2 * kPageSize);
  EXPECT_EQ(region.page_of(memory.get()).value, 0u);
  EXPECT_EQ(region.page_of(memory.get() + kPageSize - 1).value, 0u);
  EXPECT_EQ(region.page_of(memory.get() + kPageSize).value, 1u);
}

TEST_F(RegionTest, offsets_and_addresses_are_inverse) {
  EXPECT_EQ(region.offset(memory.get() + 5000), 5000u);
  EXPECT_EQ(region.at_offset(5000), memory.get() + 5000);
}

}  // namespace
}  // namespace mini_mm
