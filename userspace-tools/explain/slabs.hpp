/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of all slabs, from the events of the log alone: the module tells how many objects of a slab are
 * out, but not which.
 */
#pragma once

#include <string_view>

#include "explain/story.hpp"

namespace minimm {

/* "empty", "partial" or "full". */
std::string_view state_of(const Slab& slab);

class SlabTracker {
 public:
  /* @caches: has to have the caches of all events by the time that they are taken. */
  explicit SlabTracker(const StoryCaches& caches) : caches_(caches) {}

  /* Events in their order. What is not about slabs is passed over. */
  void take(const mini_mm_event& event);

  const Slabs& slabs() const { return slabs_; }
  /* The slab of @cache in which @page lies, or nullptr. */
  const Slab* slab_at(std::uint32_t cache, std::uint32_t page) const;
  /* Which object of @slab an event is about. */
  std::uint32_t object_of(const Slab& slab, const mini_mm_event& event) const;

 private:
  void mark(const mini_mm_event& event, bool used);

  const StoryCaches& caches_;
  Slabs slabs_;
  std::uint64_t unmarked_ = 0; /* the last event that freed an object */
};

}  // namespace minimm
