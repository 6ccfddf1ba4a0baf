/* SPDX-License-Identifier: GPL-2.0 */
#include "stress/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <exception>
#include <thread>

#include "figures/run_progress.hpp"
#include "stress/signals.hpp"

namespace minimm {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::array<std::uint32_t, 7> kObjectSizes = {8, 16, 32, 64, 128, 256, 512};
constexpr std::uint32_t kHighestOrder = 3;
/* Of the memory that is free at the start, so that an arena that is full stays the exception. */
constexpr std::uint64_t kBudgetPercent = 60;
constexpr std::uint32_t kMostBlocks = 65536;

/* The caches of one run; they go with it. */
class Caches {
 public:
  Caches(const Device& device, const mini_mm_arena_info& arena) : device_(device) {
    for (const std::uint32_t size : kObjectSizes) {
      mini_mm_cache_create cache{};
      set_name(cache.name, fmt::format("stress-{}-{}", ::getpid(), size));
      cache.arena = arena.id;
      cache.size = size;
      caches_.push_back(device.cache(device.create(cache).id));
    }
  }
  ~Caches() {
    try {
      destroy();
    } catch (const Refused&) {
      /* Another error is on its way already; the caches go with the open file. */
    }
  }
  Caches(const Caches&) = delete;
  Caches& operator=(const Caches&) = delete;

  const std::vector<mini_mm_cache_info>& all() const { return caches_; }

  /* Refused if one still has objects. */
  void destroy() {
    while (!caches_.empty()) {
      const mini_mm_cache_info cache = caches_.back();
      caches_.pop_back();
      device_.destroy(cache);
    }
  }

 private:
  const Device& device_;
  std::vector<mini_mm_cache_info> caches_;
};

/* The threads. They stop, and have freed what they held, when it goes out of scope. */
class Crew {
 public:
  Crew(const StressPlan& plan, std::uint32_t threads) {
    for (std::uint32_t i = 0; i < threads; i++) workers_.emplace_back(plan, i);
    for (StressWorker& worker : workers_) threads_.emplace_back([this, &worker] { work(worker); });
  }
  ~Crew() { stop(); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  bool stopping() const { return stop_; }

  std::uint64_t operations() const {
    std::uint64_t sum = 0;
    for (const StressWorker& worker : workers_) sum += worker.operations();
    return sum;
  }

  StressCounts finish() {
    stop();
    if (failure_) std::rethrow_exception(failure_);
    StressCounts counts;
    for (const StressWorker& worker : workers_) counts.add(worker.counts());
    return counts;
  }

 private:
  void work(StressWorker& worker) {
    try {
      worker.run(stop_);
    } catch (...) {
      if (!failed_.exchange(true)) failure_ = std::current_exception();
      stop_ = true;
    }
  }

  void stop() {
    stop_ = true;
    threads_.clear();
  }

  std::atomic<bool> stop_ = false;
  std::atomic<bool> failed_ = false;
  std::exception_ptr failure_;
  std::deque<StressWorker> workers_;
  std::vector<std::jthread> threads_; /* after all that they use */
};

StressPlan make_plan(const Device& device, const mini_mm_arena_info& arena, const Caches& caches,
                     const StressSettings& settings) {
  const std::uint64_t page_size = device.info().page_size;
  StressPlan plan{device,
                  {},
                  settings.seed,
                  settings.batch,
                  settings.verify,
                  arena.free_pages * page_size * kBudgetPercent / 100 / settings.threads,
                  std::max(1u, kMostBlocks / settings.threads)};
  for (const mini_mm_cache_info& cache : caches.all())
    plan.kinds.push_back({MINI_MM_OP_OBJ_ALLOC, MINI_MM_OP_OBJ_FREE, cache.id, 0, cache.object_size,
                          cache.pages_per_slab * page_size / std::max(1u, cache.objects_per_slab)});
  for (std::uint32_t order = 0; order <= std::min(kHighestOrder, arena.max_order); order++)
    plan.kinds.push_back(
        {MINI_MM_OP_PAGE_ALLOC, MINI_MM_OP_PAGE_FREE, arena.id, order, page_size << order, page_size << order});
  return plan;
}

}  // namespace

StressResult run_stress(const Device& device, const mini_mm_arena_info& arena, const StressSettings& settings) {
  const SignalWatch signals;
  Caches caches(device, arena);
  const StressPlan plan = make_plan(device, arena, caches, settings);
  StressResult result;
  const Clock::time_point start = Clock::now();
  {
    Crew crew(plan, settings.threads);
    RunProgress progress("stress", "operations", settings.seconds);
    while (!crew.stopping() && !signals.came() && Clock::now() - start < std::chrono::seconds(settings.seconds)) {
      std::this_thread::sleep_for(20ms);
      progress.show(Clock::now() - start, crew.operations());
    }
    result.interrupted = signals.came();
    result.counts = crew.finish();
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  caches.destroy();
  return result;
}

}  // namespace minimm
