/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Engines by name: a list of types is all that registers them, and one of them is chosen at run time.
 *
 *      using Engines = EngineList<SlabCache<Source>, SlubCache<Source>>;
 *      Engines::index_of("slub")           1; kNoEngine for a name that is none's
 *      Engines::name(1), joined()          "slub"; "slab, slub"
 *      Engines::with(1, f)                 f(std::type_identity<SlubCache<Source>>())
 *      OneOf<Engines>                      room for any of them, and which one lives there
 *
 * An engine has a static kName. A dispatch is a chain of comparisons, no table of pointers: it needs no
 * relocations, no indirect branches, and the calls behind it can be inlined. f's results are of one type.
 */
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "types.hpp"

namespace mini_mm {

constexpr bool same_text(const char* a, const char* b) {
  for (; *a != '\0' && *a == *b; ++a, ++b) {
  }
  return *a == *b;
}

inline constexpr unsigned kNoEngine = ~0u;

template <class... Engines>
struct EngineList {
  static constexpr unsigned kCount = sizeof...(Engines);
  static_assert(kCount > 0);

  /* Null from kCount on. */
  static constexpr const char* name(unsigned index) {
    constexpr const char* kNames[] = {Engines::kName...};
    return index < kCount ? kNames[index] : nullptr;
  }

  static constexpr unsigned index_of(const char* wanted) {
    for (unsigned i = 0; i < kCount; ++i) {
      if (same_text(name(i), wanted)) return i;
    }
    return kNoEngine;
  }
  static constexpr bool has(const char* wanted) { return index_of(wanted) != kNoEngine; }

  template <class Engine>
  static constexpr unsigned index_of_type() {
    static_assert((std::is_same_v<Engine, Engines> + ...) == 1);
    unsigned index = 0;
    (void)((std::is_same_v<Engine, Engines> || (++index, false)) || ...);
    return index;
  }

  /* All names, in the list's order. */
  static constexpr const char* joined() { return kJoined.text; }

  /* Calls f(std::type_identity<the engine>()) for the engine @index, which is less than kCount. */
  template <class F>
  static constexpr decltype(auto) with(unsigned index, F&& f) {
    return with_one_of<Engines...>(index, f);
  }

 private:
  template <class First, class... Rest, class F>
  static constexpr decltype(auto) with_one_of(unsigned index, F& f) {
    if constexpr (sizeof...(Rest) > 0) {
      if (index > 0) return with_one_of<Rest...>(index - 1, f);
    }
    return f(std::type_identity<First>());
  }

  static constexpr std::size_t length(const char* text) {
    std::size_t characters = 0;
    while (text[characters] != '\0') ++characters;
    return characters;
  }

  struct Joined {
    char text[(length(Engines::kName) + ...) + 2 * (kCount - 1) + 1] = {};

    constexpr Joined() {
      std::size_t at = 0;
      for (unsigned i = 0; i < kCount; ++i) {
        if (i > 0) {
          text[at++] = ',';
          text[at++] = ' ';
        }
        for (const char* from = name(i); *from != '\0'; ++from) text[at++] = *from;
      }
    }
  };

  static constexpr Joined kJoined{};
};

template <class List>
class OneOf;

/*
 * Room for any one of the engines. make() comes before everything else; an engine needs no destructor, for
 * whoever owns its memory simply takes it back.
 */
template <class... Engines>
class OneOf<EngineList<Engines...>> {
 public:
  using List = EngineList<Engines...>;

  OneOf() = default;
  OneOf(const OneOf&) = delete;
  OneOf& operator=(const OneOf&) = delete;

  /* Makes the engine @which (less than List::kCount) of @arguments. */
  template <class... Arguments>
  void make(unsigned which, Arguments&&... arguments) {
    which_ = which;
    List::with(which, [&]<class Engine>(std::type_identity<Engine>) {
      ::new (place_) Engine(std::forward<Arguments>(arguments)...);
    });
  }

  unsigned which() const { return which_; }

  /* Calls f(the engine). */
  template <class F>
  decltype(auto) visit(F&& f) {
    return List::with(which_, [&]<class Engine>(std::type_identity<Engine>) -> decltype(auto) {
      return f(*std::launder(reinterpret_cast<Engine*>(place_)));
    });
  }
  template <class F>
  decltype(auto) visit(F&& f) const {
    return List::with(which_, [&]<class Engine>(std::type_identity<Engine>) -> decltype(auto) {
      return f(*std::launder(reinterpret_cast<const Engine*>(place_)));
    });
  }

 private:
  static constexpr std::size_t largest() {
    std::size_t bytes = 0;
    ((bytes = sizeof(Engines) > bytes ? sizeof(Engines) : bytes), ...);
    return bytes;
  }

  alignas(Engines...) std::byte place_[largest()];
  unsigned which_ = 0;
};

}  // namespace mini_mm
