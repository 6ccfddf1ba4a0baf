// SPDX-License-Identifier: GPL-2.0
/*
 * Churn of objects of one size, built once with malloc() and once with mini_mm's layer. Each object is written to, as
 * whoever allocates one does. An item is one allocation and one free; bench/host/run turns items a second into
 * nanoseconds for each thread.
 */
#include <benchmark/benchmark.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <random>
#include <vector>

#include ALLOCATOR

namespace mini_mm::bench {
namespace {

void* take(const Objects& objects) {
  void* object = objects.allocate();
  if (!object) std::abort();
  *static_cast<std::uint64_t*>(object) = 1;
  return object;
}

/* One object, allocated and freed again and again. */
void hot(benchmark::State& state) {
  const Objects objects(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    void* object = take(objects);
    benchmark::DoNotOptimize(object);
    objects.free(object);
  }
  state.SetItemsProcessed(state.iterations());
}

/* 512 allocations, then 512 frees in the same order. */
void batch(benchmark::State& state) {
  const Objects objects(static_cast<std::size_t>(state.range(0)));
  std::array<void*, 512> held;
  for (auto _ : state) {
    for (void*& place : held) place = take(objects);
    for (void* object : held) objects.free(object);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(held.size()));
}

/* 4,096 objects are held; one of them, chosen at random, is freed and another one allocated in its place. */
void random(benchmark::State& state) {
  const Objects objects(static_cast<std::size_t>(state.range(0)));
  std::vector<void*> held(4096);
  for (void*& place : held) place = take(objects);
  std::vector<std::uint16_t> order(1 << 16);
  std::mt19937 generator(static_cast<unsigned>(state.thread_index()));
  for (std::uint16_t& place : order) place = static_cast<std::uint16_t>(generator() % held.size());
  std::size_t at = 0;
  for (auto _ : state) {
    void*& place = held[order[at++ % order.size()]];
    objects.free(place);
    place = take(objects);
  }
  for (void* object : held) objects.free(object);
  state.SetItemsProcessed(state.iterations());
}

/* --- from one thread to another ----------------------------------------------------------------------- */

/* A bounded ring for one producer and one consumer, who yield when it is full or empty. */
class Ring {
 public:
  void push(void* object) {
    const std::size_t at = pushed_.load(std::memory_order_relaxed);
    while (at - popped_.load(std::memory_order_acquire) == places_.size()) pause();
    places_[at % places_.size()] = object;
    pushed_.store(at + 1, std::memory_order_release);
  }
  void* pop() {
    const std::size_t at = popped_.load(std::memory_order_relaxed);
    while (at == pushed_.load(std::memory_order_acquire)) pause();
    void* object = places_[at % places_.size()];
    popped_.store(at + 1, std::memory_order_release);
    return object;
  }

 private:
  static void pause() { sched_yield(); }

  std::array<void*, 1024> places_{};
  alignas(64) std::atomic<std::size_t> pushed_{0};
  alignas(64) std::atomic<std::size_t> popped_{0};
};

/* The first thread allocates, the second frees. */
void handover(benchmark::State& state) {
  static Ring ring;
  const Objects objects(static_cast<std::size_t>(state.range(0)));
  if (state.thread_index() == 0) {
    for (auto _ : state) ring.push(take(objects));
  } else {
    for (auto _ : state) objects.free(ring.pop());
  }
  state.SetItemsProcessed(state.iterations());
}

void sizes(benchmark::internal::Benchmark* work) { work->Arg(64)->Arg(256)->Arg(1024)->UseRealTime(); }

BENCHMARK(hot)->Apply(sizes)->Threads(1)->Threads(2);
BENCHMARK(batch)->Apply(sizes)->Threads(1)->Threads(2);
BENCHMARK(random)->Apply(sizes)->Threads(1)->Threads(2);
BENCHMARK(handover)->Apply(sizes)->Threads(2);

}  // namespace
}  // namespace mini_mm::bench

int main(int argc, char** argv) {
  benchmark::AddCustomContext("allocator", mini_mm::bench::allocator());
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
