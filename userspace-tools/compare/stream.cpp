/* SPDX-License-Identifier: GPL-2.0 */
#include "compare/stream.hpp"

#include <fmt/format.h>

#include "text/numbers.hpp"

namespace minimm {

std::size_t Stream::measured_ops() const {
  std::size_t count = 0;
  std::size_t begin = 0;
  for (const StreamSection& section : sections) {
    if (section.measured) count += section.end - begin;
    begin = section.end;
  }
  return count;
}

std::uint32_t StreamBuilder::add_cache(const StreamCache& cache) {
  if (stream_.caches.size() == MINI_MM_REPLAY_CACHES_MAX)
    throw UsageError(fmt::format("a workload has {} caches at most", MINI_MM_REPLAY_CACHES_MAX));
  stream_.caches.push_back(cache);
  return static_cast<std::uint32_t>(stream_.caches.size() - 1);
}

std::uint32_t StreamBuilder::pages(std::uint32_t order, mini_mm_replay_mobility mobility) {
  const std::uint64_t bytes = ground_.page_size << order;
  return allocate(MINI_MM_REPLAY_PAGES, order | static_cast<std::uint32_t>(mobility) << 8,
                  static_cast<std::uint32_t>(bytes));
}

std::uint32_t StreamBuilder::object(std::uint32_t cache) {
  return allocate(MINI_MM_REPLAY_OBJECT, cache, stream_.caches[cache].size);
}

std::uint32_t StreamBuilder::kmalloc(std::uint32_t bytes) { return allocate(MINI_MM_REPLAY_KMALLOC, bytes, bytes); }

std::uint32_t StreamBuilder::allocate(std::uint32_t code, std::uint32_t argument, std::uint32_t bytes) {
  if (empty_.empty()) {
    if (stream_.slots == MINI_MM_REPLAY_SLOTS_MAX)
      throw UsageError(fmt::format("a workload holds {} blocks at a time at most", MINI_MM_REPLAY_SLOTS_MAX));
    empty_.push_back(stream_.slots++);
    place_.push_back(kNone);
  }
  const std::uint32_t slot = empty_.back();
  empty_.pop_back();
  place_[slot] = static_cast<std::uint32_t>(live_.size());
  live_.push_back({slot, bytes, stream_.ops.size()});
  live_bytes_ += bytes;
  stream_.ops.push_back({MINI_MM_REPLAY_WHAT(code, slot), argument});
  return slot;
}

void StreamBuilder::free_random() { free_at(random_.below(static_cast<std::uint32_t>(live_.size()))); }

void StreamBuilder::free_last() { free_at(live_.size() - 1); }

void StreamBuilder::free_slot(std::uint32_t slot) { free_at(place_[slot]); }

void StreamBuilder::free_at(std::size_t index) {
  const Live freed = live_[index];
  live_[index] = live_.back();
  place_[live_[index].slot] = static_cast<std::uint32_t>(index);
  live_.pop_back();
  place_[freed.slot] = kNone;
  empty_.push_back(freed.slot);
  live_bytes_ -= freed.bytes;
  stream_.ops.push_back({MINI_MM_REPLAY_WHAT(MINI_MM_REPLAY_FREE, freed.slot), 0});
}

void StreamBuilder::measure(bool on) {
  if (on != measured_) end_section();
  measured_ = on;
}

void StreamBuilder::end_section() {
  const std::size_t begin = stream_.sections.empty() ? 0 : stream_.sections.back().end;
  if (stream_.ops.size() > begin) stream_.sections.push_back({stream_.ops.size(), measured_});
}

Stream StreamBuilder::take() {
  end_section();
  return std::move(stream_);
}

}  // namespace minimm
