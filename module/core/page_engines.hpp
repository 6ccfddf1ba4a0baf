/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which page engines there are, and the one of them that is chosen when an arena is made.
 */
#pragma once

#include "eager_buddy.hpp"
#include "engine_list.hpp"
#include "lazy_buddy.hpp"
#include "lowest.hpp"
#include "naive_pages.hpp"

namespace mini_mm {

/* An engine is registered here, and nowhere else. The first placement of an engine is its own default. */
template <Platform World>
using PageEngines = EngineList<EagerBuddy<Lifo, World>, EagerBuddy<Lowest, World>,  //
                               LazyBuddy<Lifo, World>, LazyBuddy<Lowest, World>,    //
                               NaivePages<World>>;

/* A page engine that is chosen at run time. */
template <Platform World>
class AnyPageEngine {
 public:
  using Engines = PageEngines<World>;

  static constexpr const char* kName = "any";
  static constexpr const char* kPlacement = "any";

  static constexpr std::size_t bytes(unsigned which, std::uint32_t pages) {
    return Engines::with(which, [&]<class Engine>(std::type_identity<Engine>) { return Engine::bytes(pages); });
  }
  /* Of the one that needs most. */
  static constexpr std::size_t bytes(std::uint32_t pages) {
    std::size_t most = 0;
    for (unsigned i = 0; i < Engines::kCount; ++i) most = bytes(i, pages) > most ? bytes(i, pages) : most;
    return most;
  }

  static constexpr const char* placement(unsigned which) {
    return Engines::with(which, []<class Engine>(std::type_identity<Engine>) { return Engine::kPlacement; });
  }

  /*
   * The engine @name with @placement. A @placement of "" is @usual if the engine has that, else its own
   * default. kNoEngine when there is none such.
   */
  static constexpr unsigned find(const char* name, const char* placement_name, const char* usual) {
    unsigned own = kNoEngine;
    for (unsigned i = 0; i < Engines::kCount; ++i) {
      if (!same_text(Engines::name(i), name)) continue;
      if (same_text(placement(i), *placement_name != '\0' ? placement_name : usual)) return i;
      if (own == kNoEngine && *placement_name == '\0') own = i;
    }
    return own;
  }

  AnyPageEngine(PageMap& map, World& world, std::byte* memory, std::uint32_t min_free, unsigned which) {
    engine_.make(which, map, world, memory, min_free);
  }

  const char* name() const { return Engines::name(engine_.which()); }
  const char* placement() const { return placement(engine_.which()); }

  Result<PageIndex> allocate(Order order, MigrateType type = MigrateType::unmovable, Reserve reserve = Reserve::keep) {
    return engine_.visit([&](auto& engine) { return engine.allocate(order, type, reserve); });
  }
  Result<PageIndex> allocate_run(std::uint32_t pages, Order alignment, MigrateType type, Reserve reserve) {
    return engine_.visit([&](auto& engine) { return engine.allocate_run(pages, alignment, type, reserve); });
  }
  [[nodiscard]] Error free(PageIndex page, Order order) {
    return engine_.visit([&](auto& engine) { return engine.free(page, order); });
  }
  Error refuse(Error error) {
    return engine_.visit([&](auto& engine) { return engine.refuse(error); });
  }
  void trim(PageIndex page, Order order, std::uint32_t pages) {
    engine_.visit([&](auto& engine) { engine.trim(page, order, pages); });
  }
  [[nodiscard]] Error claim(PageIndex first, std::uint32_t pages) {
    return engine_.visit([&](auto& engine) { return engine.claim(first, pages); });
  }
  bool settle(std::uint32_t blocks) {
    return engine_.visit([&](auto& engine) { return engine.settle(blocks); });
  }
  Order free_block(PageIndex page) const {
    return engine_.visit([&](auto& engine) { return engine.free_block(page); });
  }
  Order max_order() const {
    return engine_.visit([](auto& engine) { return engine.max_order(); });
  }
  std::uint32_t free_pages() const {
    return engine_.visit([](auto& engine) { return engine.free_pages(); });
  }
  std::uint32_t delayed_pages() const {
    return engine_.visit([](auto& engine) { return engine.delayed_pages(); });
  }
  const Watermarks& watermarks() const {
    return engine_.visit([](auto& engine) -> const Watermarks& { return engine.watermarks(); });
  }
  void count_free(FreeCounts& counts) const {
    engine_.visit([&](auto& engine) { engine.count_free(counts); });
  }
  MigrateType type_of(PageIndex page) const {
    return engine_.visit([&](auto& engine) { return engine.type_of(page); });
  }
  const PageStatistics& statistics() const {
    return engine_.visit([](auto& engine) -> const PageStatistics& { return engine.statistics(); });
  }
  Membership membership(PageIndex page) const {
    return engine_.visit([&](auto& engine) { return engine.membership(page); });
  }
  [[nodiscard]] bool nothing_else_in(PageIndex page, Order order) const {
    return engine_.visit([&](auto& engine) { return engine.nothing_else_in(page, order); });
  }
  void rebuild() {
    engine_.visit([](auto& engine) { engine.rebuild(); });
  }
  [[nodiscard]] const char* broken_invariant() const {
    return engine_.visit([](auto& engine) { return engine.broken_invariant(); });
  }

 private:
  OneOf<Engines> engine_;
};

}  // namespace mini_mm
