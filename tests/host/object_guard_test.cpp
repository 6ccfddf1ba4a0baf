// SPDX-License-Identifier: GPL-2.0
/*
 * Red zones and poison around one object.
 */
#include "object_guard.hpp"

#include <gtest/gtest.h>

#include <tuple>
#include <vector>

namespace mini_mm {
namespace {

constexpr ObjectChecks kZones{.red_zones = true};
constexpr ObjectChecks kPoison{.poison = true};
constexpr ObjectChecks kBoth{.red_zones = true, .poison = true};

struct Seen {
  DamageKind kind;
  std::int32_t offset;
  std::uint8_t found;
  bool operator==(const Seen&) const = default;
};

/* A slot of its own for one object, with bytes before and behind it that no guard may touch. */
class Slot {
 public:
  static constexpr std::size_t kMargin = 64;
  static constexpr std::byte kOutside{0x11};

  Slot(ObjectChecks checks, std::uint32_t size, std::uint32_t align = 8)
      : guard(checks, size, align), bytes_(kMargin + guard.slot_size() + kMargin, kOutside) {}

  std::byte* object() { return bytes_.data() + kMargin + guard.object_offset(); }

  std::vector<Seen> check_free() {
    return collect([&](auto report) { return guard.check_free(object(), report); });
  }
  std::vector<Seen> check_in_use() {
    return collect([&](auto report) { return guard.check_in_use(object(), report); });
  }

  bool margins_are_untouched() const {
    for (std::size_t i = 0; i < kMargin; ++i) {
      if (bytes_[i] != kOutside || bytes_[bytes_.size() - 1 - i] != kOutside) return false;
    }
    return true;
  }

  ObjectGuard guard;

 private:
  template <class Check>
  std::vector<Seen> collect(Check check) {
    std::vector<Seen> seen;
    const std::uint32_t count = check([&](DamageKind kind, std::int32_t offset, std::uint8_t found) {
      seen.push_back({kind, offset, found});
    });
    EXPECT_EQ(count, seen.size());
    return seen;
  }

  std::vector<std::byte> bytes_;
};

TEST(ObjectGuard, without_checks_costs_no_room) {
  const ObjectGuard guard({}, 200, 8);
  EXPECT_FALSE(guard.active());
  EXPECT_EQ(guard.slot_size(), 200u);
  EXPECT_EQ(guard.object_offset(), 0u);
}

TEST(ObjectGuard, poison_costs_no_room) {
  const ObjectGuard guard(kPoison, 200, 8);
  EXPECT_TRUE(guard.active());
  EXPECT_EQ(guard.slot_size(), 200u);
}

class ObjectGuardGeometry : public testing::TestWithParam<std::tuple<std::uint32_t, std::uint32_t>> {};

TEST_P(ObjectGuardGeometry, red_zones_of_eight_bytes_at_least_lie_on_both_sides_and_keep_the_alignment) {
  const auto [size, align] = GetParam();
  const ObjectGuard guard(kZones, size, align);
  EXPECT_GE(guard.object_offset(), 8u);
  EXPECT_EQ(guard.object_offset() % align, 0u);
  EXPECT_EQ(guard.slot_size() % align, 0u);
  EXPECT_GE(guard.slot_size(), guard.object_offset() + size + 8);
  EXPECT_LT(guard.slot_size(), guard.object_offset() + size + 8 + align);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ObjectGuardGeometry,
                         testing::Combine(testing::Values(8u, 9u, 56u, 64u, 100u, 4096u, 8192u),
                                          testing::Values(8u, 64u, 4096u)));

TEST(ObjectGuard, writes_to_its_slot_and_nowhere_else) {
  Slot slot(kBoth, 40);
  slot.guard.make_free(slot.object());
  slot.guard.make_in_use(slot.object());
  EXPECT_TRUE(slot.margins_are_untouched());
}

TEST(ObjectGuard, finds_a_free_object_whole_and_one_in_use_too) {
  Slot slot(kBoth, 40);
  slot.guard.make_free(slot.object());
  EXPECT_EQ(slot.check_free(), std::vector<Seen>());
  slot.guard.make_in_use(slot.object());
  EXPECT_EQ(slot.check_in_use(), std::vector<Seen>());
}

TEST(ObjectGuard, keeps_the_content_of_an_object_that_is_in_use) {
  Slot slot(kBoth, 40);
  slot.guard.make_free(slot.object());
  slot.object()[0] = slot.object()[39] = std::byte{0x42};
  slot.guard.make_in_use(slot.object());
  EXPECT_EQ(slot.check_in_use(), std::vector<Seen>());
  EXPECT_EQ(slot.object()[0], std::byte{0x42});
  EXPECT_EQ(slot.object()[39], std::byte{0x42});
}

class ObjectGuardSees : public testing::TestWithParam<std::int32_t> {
 protected:
  static constexpr std::uint32_t kSize = 40;
  static constexpr std::uint8_t kStray = 0x5a;
};

TEST_P(ObjectGuardSees, a_stray_byte_once_and_where_it_is_and_mends_it) {
  const std::int32_t at = GetParam();
  const bool inside = at >= 0 && at < static_cast<std::int32_t>(kSize);
  Slot slot(kBoth, kSize);
  slot.guard.make_free(slot.object());
  slot.object()[at] = std::byte{kStray};
  const Seen expected{inside ? DamageKind::poison : DamageKind::red_zone, at, kStray};
  EXPECT_EQ(slot.check_free(), std::vector<Seen>{expected});
  EXPECT_EQ(slot.check_free(), std::vector<Seen>());
}

TEST_P(ObjectGuardSees, a_stray_byte_around_an_object_in_use) {
  const std::int32_t at = GetParam();
  const bool inside = at >= 0 && at < static_cast<std::int32_t>(kSize);
  Slot slot(kBoth, kSize);
  slot.guard.make_in_use(slot.object());
  slot.object()[at] = std::byte{kStray};
  const auto seen = slot.check_in_use();
  EXPECT_EQ(seen, inside ? std::vector<Seen>() : std::vector<Seen>({{DamageKind::red_zone, at, kStray}}));
  EXPECT_EQ(slot.check_in_use(), std::vector<Seen>());
}

INSTANTIATE_TEST_SUITE_P(Offsets, ObjectGuardSees, testing::Values(-8, -1, 0, 1, 20, 38, 39, 40, 47),
                         [](const auto& instance) {
                           const auto at = instance.param;
                           return at < 0 ? "before_" + std::to_string(-at) : "at_" + std::to_string(at);
                         });

TEST(ObjectGuard, reports_each_area_once_however_much_of_it_is_damaged) {
  Slot slot(kBoth, 40);
  slot.guard.make_free(slot.object());
  std::fill(slot.object() - 8, slot.object() + 48, std::byte{0});
  EXPECT_EQ(
      slot.check_free(),
      (std::vector<Seen>{{DamageKind::red_zone, -8, 0}, {DamageKind::red_zone, 40, 0}, {DamageKind::poison, 0, 0}}));
}

TEST(ObjectGuard, does_not_take_a_free_objects_zones_for_those_of_one_in_use) {
  Slot slot(kZones, 40);
  slot.guard.make_free(slot.object());
  EXPECT_EQ(slot.check_in_use().size(), 2u);
  EXPECT_EQ(slot.check_free().size(), 2u);
}

TEST(ObjectGuard, with_red_zones_alone_leaves_the_content_alone) {
  Slot slot(kZones, 40);
  slot.object()[7] = std::byte{0x42};
  slot.guard.make_free(slot.object());
  EXPECT_EQ(slot.object()[7], std::byte{0x42});
  EXPECT_EQ(slot.check_free(), std::vector<Seen>());
}

TEST(ObjectGuard, ends_poison_with_a_mark_of_its_own) {
  Slot slot(kPoison, 9);
  slot.guard.make_free(slot.object());
  EXPECT_EQ(slot.object()[7], std::byte{0x6b});
  EXPECT_EQ(slot.object()[8], std::byte{0xa5});
}

}  // namespace
}  // namespace mini_mm
