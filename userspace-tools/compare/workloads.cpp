/* SPDX-License-Identifier: GPL-2.0 */
#include "compare/workloads.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace minimm {
namespace {

/* Most of the kernel's own requests are of order 0, half as many of each order above. */
std::uint32_t geometric_order(Random& random, std::uint32_t highest) {
  std::uint32_t order = 0;
  while (order < highest && random.below(2) == 0) order++;
  return order;
}

/* Between @low and @high, each power of two between them equally likely. */
std::uint32_t log_uniform(Random& random, std::uint32_t low, std::uint32_t high) {
  std::uint32_t octaves = 0;
  while (low << (octaves + 1) <= high) octaves++;
  const std::uint32_t base = low << random.below(octaves);
  return base + 1 + random.below(base);
}

/* Allocates up to @target bytes, and from there on one way or the other at random, within a sixteenth of it. */
template <class Allocate>
void walk_around(StreamBuilder& builder, std::uint64_t target, std::size_t ops, Allocate allocate) {
  const std::size_t end = builder.ops() + ops;
  while (builder.ops() < end) {
    const bool low = builder.live_bytes() < target - target / 16;
    const bool high = builder.live_bytes() > target + target / 16;
    if (low || (!high && builder.random().below(2) == 0))
      allocate();
    else
      builder.free_random();
  }
}

template <class Allocate>
void fill_to(StreamBuilder& builder, std::uint64_t target, Allocate allocate) {
  while (builder.live_bytes() < target) allocate();
}

std::vector<Variant> one(StreamBuilder& builder) {
  std::vector<Variant> variants;
  variants.push_back({"", builder.take()});
  return variants;
}

/* Wrenger et al., LLFree (USENIX ATC 2023), the fragmentation benchmark. */
std::vector<Variant> frag(const Ground& ground) {
  constexpr int kRounds = 100;
  StreamBuilder builder(ground);
  for (std::uint64_t page = 0; page < ground.pages; page++) builder.pages(0, MINI_MM_REPLAY_MOVABLE);
  for (std::uint64_t page = 0; page < ground.pages / 2; page++) builder.free_random();
  builder.measure(true);
  const std::size_t tenth = builder.live() / 10;
  for (int round = 0; round < kRounds; round++) {
    for (std::size_t i = 0; i < tenth; i++) builder.free_random();
    for (std::size_t i = 0; i < tenth; i++) builder.pages(0, MINI_MM_REPLAY_MOVABLE);
  }
  return one(builder);
}

std::vector<Variant> steady(const Ground& ground) {
  const std::uint32_t highest = std::min(5u, ground.max_order);
  const std::size_t ops = std::clamp<std::size_t>(ground.pages * 8, 20'000, 1'000'000);
  StreamBuilder builder(ground);
  const auto allocate = [&] { builder.pages(geometric_order(builder.random(), highest)); };
  fill_to(builder, ground.bytes() / 2, allocate);
  walk_around(builder, ground.bytes() / 2, ops, allocate);
  builder.measure(true);
  walk_around(builder, ground.bytes() / 2, ops, allocate);
  return one(builder);
}

/* Tasks come and go, each with all of its blocks: what was allocated together is freed together. */
std::vector<Variant> tasks(const Ground& ground) {
  constexpr std::uint32_t kMostBlocks = 64;
  const std::uint32_t highest = std::min(3u, ground.max_order);
  const std::size_t ops = std::clamp<std::size_t>(ground.pages * 8, 20'000, 1'000'000);
  StreamBuilder builder(ground);
  std::vector<std::vector<std::uint32_t>> all;
  const auto come = [&] {
    std::vector<std::uint32_t>& blocks = all.emplace_back();
    const std::uint32_t count = 1 + builder.random().below(kMostBlocks);
    for (std::uint32_t i = 0; i < count; i++)
      blocks.push_back(builder.pages(geometric_order(builder.random(), highest)));
  };
  const auto go = [&] {
    std::swap(all[builder.random().below(static_cast<std::uint32_t>(all.size()))], all.back());
    for (const std::uint32_t slot : all.back()) builder.free_slot(slot);
    all.pop_back();
  };
  const auto walk = [&] {
    for (const std::size_t end = builder.ops() + ops; builder.ops() < end;)
      builder.live_bytes() < ground.bytes() / 2 ? come() : go();
  };
  walk();
  builder.measure(true);
  walk();
  return one(builder);
}

/* Up to four blocks at a time that go again at once, beside some of each order that stay. */
std::vector<Variant> brief(const Ground& ground) {
  constexpr std::uint32_t kAtOnce = 4;
  constexpr std::uint64_t kMostOfAnOrder = 16;
  const std::uint32_t highest = std::min(5u, ground.max_order);
  const std::size_t ops = std::clamp<std::size_t>(ground.pages * 8, 20'000, 1'000'000);
  StreamBuilder builder(ground);
  const std::uint64_t of_each_order = std::clamp<std::uint64_t>(ground.pages / 4 >> (highest + 1), 1, kMostOfAnOrder);
  for (std::uint32_t order = 0; order <= highest; order++)
    for (std::uint64_t i = 0; i < of_each_order; i++) builder.pages(order);
  std::vector<std::uint32_t> blocks;
  const auto come_and_go = [&] {
    Random& random = builder.random();
    for (std::uint32_t count = 1 + random.below(kAtOnce); count > 0; count--)
      blocks.push_back(builder.pages(random.below(highest + 1)));
    for (; !blocks.empty(); blocks.pop_back()) {
      std::swap(blocks[random.below(static_cast<std::uint32_t>(blocks.size()))], blocks.back());
      builder.free_slot(blocks.back());
    }
  };
  for (const std::size_t end = builder.ops() + ops; builder.ops() < end;) come_and_go();
  builder.measure(true);
  for (const std::size_t end = builder.ops() + ops; builder.ops() < end;) come_and_go();
  return one(builder);
}

std::vector<Variant> mix(const Ground& ground) {
  /* Objects of a small one, of one that does not divide a page, and of a large one. */
  constexpr std::array<std::uint32_t, 3> kSizes = {64, 192, 1700};
  constexpr std::uint32_t kRareOrder = 9;
  const std::uint32_t highest = std::min(4u, ground.max_order);
  const std::size_t ops = std::clamp<std::size_t>(ground.pages * 8, 20'000, 1'000'000);
  StreamBuilder builder(ground);
  for (const std::uint32_t size : kSizes) builder.add_cache({size});
  const auto allocate = [&] {
    Random& random = builder.random();
    if (random.below(4) != 0)
      builder.object(random.below(kSizes.size()));
    else if (random.below(200) == 0)
      builder.pages(std::min(kRareOrder, ground.max_order));
    else
      builder.pages(geometric_order(random, highest));
  };
  fill_to(builder, ground.bytes() / 2, allocate);
  builder.measure(true);
  walk_around(builder, ground.bytes() / 2, ops, allocate);
  return one(builder);
}

/* The one half are structures, of any multiple of 8 bytes; the other half buffers, of powers of two. */
std::uint32_t structure_or_buffer(Random& random, std::uint32_t low, std::uint32_t high) {
  const std::uint32_t size = log_uniform(random, low, high);
  return random.below(2) == 0 ? std::bit_ceil(size) : (size + 7) / 8 * 8;
}

/* The sizes of a kernel: most between 16 and 512 bytes, some up to 8 KiB, a few of pages. */
std::uint32_t kernel_size(Random& random, std::uint32_t large_percent) {
  const std::uint32_t dice = random.below(1000);
  if (dice < 5) return structure_or_buffer(random, 8192, 32768);
  if (dice < large_percent * 10) return structure_or_buffer(random, 512, 8192);
  return structure_or_buffer(random, 16, 512);
}

std::vector<Variant> churn(const Ground& ground) {
  constexpr std::uint32_t kPhases = 8;
  constexpr std::uint32_t kFirstPercent = 3;
  constexpr std::uint32_t kMorePercent = 4;
  StreamBuilder builder(ground);
  const auto in_phase = [&](std::uint32_t phase) {
    return [&builder, phase] { builder.kmalloc(kernel_size(builder.random(), kFirstPercent + phase * kMorePercent)); };
  };
  fill_to(builder, ground.bytes() / 2, in_phase(0));
  builder.measure(true);
  /* Long enough for half of what lives to have come in the phase. */
  for (std::uint32_t phase = 0; phase < kPhases; phase++)
    walk_around(builder, ground.bytes() / 2, builder.live() * 3 / 2, in_phase(phase));
  return one(builder);
}

Stream reuse(const Ground& ground, Construct construct) {
  constexpr std::uint32_t kObject = 512;
  constexpr std::uint32_t kPairs = 4000;
  constexpr std::uint32_t kBatches = 100;
  constexpr std::uint32_t kBatch = 40;
  StreamBuilder builder(ground);
  const std::uint32_t cache = builder.add_cache({kObject, 0, construct});
  /* The slabs are there, and some of their objects stay in use. */
  for (std::uint32_t i = 0; i < kBatch * 2; i++) builder.object(cache);
  for (std::uint32_t i = 0; i < kBatch; i++) builder.free_random();
  builder.measure(true);
  for (std::uint32_t i = 0; i < kPairs; i++) {
    builder.object(cache);
    builder.free_last();
  }
  for (std::uint32_t batch = 0; batch < kBatches; batch++) {
    for (std::uint32_t i = 0; i < kBatch; i++) builder.object(cache);
    for (std::uint32_t i = 0; i < kBatch; i++) builder.free_last();
  }
  return builder.take();
}

/* Bonwick, The Slab Allocator (USENIX Summer 1994), section 1: what keeping objects constructed saves. */
std::vector<Variant> bonwick(const Ground& ground) {
  std::vector<Variant> variants;
  variants.push_back({"constructed once", reuse(ground, Construct::once)});
  variants.push_back({"each time", reuse(ground, Construct::each_time)});
  return variants;
}

constexpr std::array kWorkloads = {
    Workload{"frag", "LLFree's: single pages, half of them freed at random, then 100 times a tenth re-allocated", false,
             frag},
    Workload{"steady", "page blocks of orders 0 to 5, each half as often as the one below, half of the memory in use",
             false, steady},
    Workload{"tasks", "page blocks that come and go with their tasks, 1 to 64 at a time, half of the memory in use",
             false, tasks},
    Workload{"brief",
             "page blocks of orders 0 to 5 that go again at once, up to 4 at a time, beside 16 of each that stay",
             false, brief},
    Workload{"mix", "page blocks of orders 0 to 4 (rarely 9) and objects of three caches together", true, mix},
    Workload{"churn", "kmalloc of a kernel's sizes, whose mix drifts from small to large over eight phases", true,
             churn},
    Workload{"bonwick", "objects with an expensive constructor, constructed once or at each allocation", true, bonwick},
};

}  // namespace

std::span<const Workload> workloads() { return kWorkloads; }

const Workload* find_workload(std::string_view name) {
  const auto found = std::find_if(kWorkloads.begin(), kWorkloads.end(),
                                  [name](const Workload& workload) { return workload.name == name; });
  return found == kWorkloads.end() ? nullptr : &*found;
}

std::string workload_names() {
  std::string names;
  for (const Workload& workload : kWorkloads) {
    if (!names.empty()) names += ", ";
    names += workload.name;
  }
  return names;
}

}  // namespace minimm
