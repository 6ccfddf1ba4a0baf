// SPDX-License-Identifier: GPL-2.0
#include "engine_list.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mini_mm {
namespace {

struct Small {
  static constexpr const char* kName = "small";
  explicit Small(int v) : value(v) {}
  int get() const { return value; }
  void set(int v) { value = v; }
  int value;
};
struct alignas(64) Large {
  static constexpr const char* kName = "large";
  explicit Large(int v) { values[99] = v; }
  int get() const { return values[99]; }
  void set(int v) { values[99] = v; }
  int values[100];
};

using Engines = EngineList<Small, Large>;

TEST(EngineList, knows_its_engines_by_name_and_by_type) {
  static_assert(Engines::index_of("small") == 0 && Engines::index_of("large") == 1);
  static_assert(Engines::index_of_type<Small>() == 0 && Engines::index_of_type<Large>() == 1);
  for (const char* name : {"", "sma", "small ", "larger", "Large", "small, large"}) {
    EXPECT_EQ(Engines::index_of(name), kNoEngine) << name;
    EXPECT_FALSE(Engines::has(name)) << name;
  }
}

TEST(EngineList, names_them_one_by_one_and_together) {
  EXPECT_STREQ(Engines::name(0), "small");
  EXPECT_STREQ(Engines::name(1), "large");
  EXPECT_EQ(Engines::name(2), nullptr);
  EXPECT_STREQ(Engines::joined(), "small, large");
  EXPECT_STREQ(EngineList<Large>::joined(), "large");
}

TEST(EngineList, finds_the_type_that_belongs_to_an_index) {
  const auto size = []<class Engine>(std::type_identity<Engine>) { return sizeof(Engine); };
  EXPECT_EQ(Engines::with(0, size), sizeof(Small));
  EXPECT_EQ(Engines::with(1, size), sizeof(Large));
}

TEST(OneOf, is_the_engine_that_was_made) {
  for (unsigned which = 0; which < Engines::kCount; ++which) {
    OneOf<Engines> engine;
    engine.make(which, 42);
    EXPECT_EQ(engine.which(), which);
    engine.visit([](auto& e) { e.set(e.get() + 1); });
    EXPECT_EQ(std::as_const(engine).visit([](const auto& e) { return e.get(); }), 43);
    EXPECT_STREQ(engine.visit([](const auto& e) { return e.kName; }), Engines::name(which));
  }
}

}  // namespace
}  // namespace mini_mm
