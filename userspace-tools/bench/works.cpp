/* SPDX-License-Identifier: GPL-2.0 */
#include "bench/works.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "text/numbers.hpp"

namespace minimm {
namespace {

/* Long enough to measure, short enough for many repeats. */
constexpr std::uint64_t kObjects = 50'000;
constexpr std::uint64_t kPages = 20'000;
constexpr std::uint64_t kLargeBlocks = 2'000;
constexpr std::uint64_t kRare = 2'048;
constexpr std::uint32_t kLiveSize = 64;
constexpr std::uint32_t kLargeOrder = 4;

class Builder {
 public:
  explicit Builder(const WorkOptions& options) : options_(options) {}

  Work& add(std::string name, std::string help, mini_mm_bench_memory memory, mini_mm_bench_shape shape,
            std::uint32_t batch = 0) {
    Work& work = works_.emplace_back();
    work.name = std::move(name);
    work.help = std::move(help);
    work.run.memory = memory;
    work.run.shape = shape;
    work.run.batch = batch;
    work.run.cpus = 1;
    work.run.size = memory == MINI_MM_BENCH_PAGES ? 0 : options_.size;
    work.run.operations = memory == MINI_MM_BENCH_PAGES ? kPages : kObjects;
    work.run.region_mb = options_.region_mb;
    return work;
  }

  /* What is measured alike for objects and for pages. */
  void add_circumstances(const std::string& kind, const std::string& what, mini_mm_bench_memory memory) {
    Work& interrupt = add(kind + "-interrupt", what + " in a timer's hard interrupt", memory, MINI_MM_BENCH_HOT);
    interrupt.run.flags = MINI_MM_BENCH_INTERRUPT;
    interrupt.run.operations = kRare;
    Work& cold = add(kind + "-cold", what + ", 16 with cold caches, then free 16", memory, MINI_MM_BENCH_BATCHES, 16);
    cold.run.flags = MINI_MM_BENCH_COLD;
    cold.run.cold_mb = options_.cold_mb;
    cold.run.operations = 256;
    Work& handover = add(kind + "-handover", what + " on one CPU, free on another", memory, MINI_MM_BENCH_HANDOVER);
    handover.run.cpus = 2;
    const std::uint32_t most = std::max(options_.cpus, 2u);
    for (std::uint32_t cpus = 1; cpus <= most;
         cpus = cpus < 4 ? cpus + 1 : std::max(cpus + 1, std::min(cpus * 2, most)))
      add(fmt::format("{}-cpus-{}", kind, cpus),
          fmt::format("{} and free on {} at once", what, count_text(cpus, "CPU")), memory, MINI_MM_BENCH_HOT)
          .run.cpus = cpus;
  }

  void add_objects() {
    const auto memory = MINI_MM_BENCH_OBJECTS;
    add("object-hot", "allocate an object, free it, again and again", memory, MINI_MM_BENCH_HOT).brief = true;
    for (const std::uint32_t batch : {16u, 512u})
      add(fmt::format("object-{}", batch), fmt::format("{0} objects, then free the {0}", batch), memory,
          MINI_MM_BENCH_BATCHES, batch)
          .brief = true;
    add("object-random", "512 objects, then free them in random order", memory, MINI_MM_BENCH_SHUFFLED, 512);
    for (const std::uint32_t batch : {8u, 16u, 128u})
      add(fmt::format("object-bulk-{}", batch), fmt::format("{} objects by one call, freed by one", batch), memory,
          MINI_MM_BENCH_BULK, batch)
          .brief = batch == 16;
    for (const std::uint32_t live : {1'000u, 10'000u, 100'000u, 1'000'000u}) {
      Work& work = add(fmt::format("object-live-{}", live),
                       fmt::format("object-hot of {} bytes beside {} objects that stay", kLiveSize, live), memory,
                       MINI_MM_BENCH_HOT);
      work.run.size = kLiveSize;
      work.run.live = live;
      /* With the slabs' own data. */
      work.run.region_mb = std::max(options_.region_mb, static_cast<std::uint32_t>((live * 80ull >> 20) + 4));
    }
    add("object-zero", "object-hot, zeroed", memory, MINI_MM_BENCH_HOT).run.flags = MINI_MM_BENCH_ZERO;
    add_circumstances("object", "objects", memory);
  }

  void add_kmalloc() {
    const auto memory = MINI_MM_BENCH_KMALLOC;
    add("kmalloc-hot", "kmalloc, kfree, again and again", memory, MINI_MM_BENCH_HOT).brief = true;
    for (const std::uint32_t batch : {16u, 512u})
      add(fmt::format("kmalloc-{}", batch), fmt::format("{0} times kmalloc, then {0} times kfree", batch), memory,
          MINI_MM_BENCH_BATCHES, batch);
    add("kmalloc-random", "512 times kmalloc, then kfree in random order", memory, MINI_MM_BENCH_SHUFFLED, 512);
    add("kmalloc-zero", "kmalloc-hot, zeroed", memory, MINI_MM_BENCH_HOT).run.flags = MINI_MM_BENCH_ZERO;
  }

  void add_pages() {
    const auto memory = MINI_MM_BENCH_PAGES;
    for (std::uint32_t order = 0; order <= 10; order++) {
      Work& work = add(fmt::format("pages-order-{}", order), fmt::format("a block of order {}, free it", order), memory,
                       MINI_MM_BENCH_HOT);
      work.run.order = order;
      if (order >= kLargeOrder) work.run.operations = kLargeBlocks;
      work.brief = order == 0 || order == 4 || order >= 9;
    }
    add("pages-512", "512 single pages, then free the 512", memory, MINI_MM_BENCH_BATCHES, 512).brief = true;
    add("pages-random", "512 single pages, then free them in random order", memory, MINI_MM_BENCH_SHUFFLED, 512);
    for (const std::uint32_t batch : {16u, 128u})
      add(fmt::format("pages-bulk-{}", batch), fmt::format("{} single pages by one call", batch), memory,
          MINI_MM_BENCH_BULK, batch);
    /* As many as there are, once or more. */
    add("pages-fill", "single pages until the region is full, then free all", memory, MINI_MM_BENCH_FILL)
        .run.operations = 1;
    add("pages-zero", "a single page, zeroed, free it", memory, MINI_MM_BENCH_HOT).run.flags = MINI_MM_BENCH_ZERO;
    add_circumstances("pages", "single pages", memory);
  }

  std::vector<Work> take() {
    for (Work& work : works_) {
      if (options_.operations) work.run.operations = *options_.operations;
      if (options_.zero) work.run.flags |= MINI_MM_BENCH_ZERO;
    }
    return std::move(works_);
  }

 private:
  const WorkOptions& options_;
  std::vector<Work> works_;
};

bool names(const std::string& name, const Work& work) { return work.name == name || work.name.starts_with(name + '-'); }

}  // namespace

std::vector<Work> all_works(const WorkOptions& options) {
  Builder builder(options);
  builder.add_objects();
  builder.add_kmalloc();
  builder.add_pages();
  return builder.take();
}

std::vector<Work> chosen_works(const std::vector<Work>& works, const std::vector<std::string>& wanted, bool brief) {
  for (const std::string& name : wanted)
    if (std::none_of(works.begin(), works.end(), [&](const Work& work) { return names(name, work); }))
      throw UsageError(fmt::format("bench: unknown work '{}'; 'minimm bench --list' lists them", name));
  std::vector<Work> chosen;
  for (const Work& work : works) {
    const bool named = std::any_of(wanted.begin(), wanted.end(), [&](const auto& name) { return names(name, work); });
    if (wanted.empty() ? work.brief || !brief : named) chosen.push_back(work);
  }
  return chosen;
}

}  // namespace minimm
