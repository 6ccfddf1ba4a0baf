// SPDX-License-Identifier: GPL-2.0
/*
 * What /dev/mini_mm_bench refuses, each with the right errno and reason, and that it leaves nothing behind.
 */
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <uapi/mini_mm_bench.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>

namespace mini_mm_test {
namespace {

class BenchRefusalTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_GE(fd_, 0) << MINI_MM_BENCH_DEVICE_PATH; }
  void TearDown() override { ::close(fd_); }

  /* A small measurement that is in order, but for what @change does to it. 0 or the errno. */
  int call(const std::function<void(mini_mm_bench_run&)>& change) {
    *run_ = {};
    run_->side = MINI_MM_BENCH_OURS;
    run_->memory = MINI_MM_BENCH_OBJECTS;
    run_->shape = MINI_MM_BENCH_HOT;
    run_->size = 256;
    run_->cpus = 1;
    run_->operations = 100;
    run_->region_mb = 1;
    change(*run_);
    return ::ioctl(fd_, MINI_MM_BENCH_IOC_RUN, run_.get()) == 0 ? 0 : errno;
  }

  void refuses(int error, mini_mm_bench_reason why, const std::function<void(mini_mm_bench_run&)>& change) {
    EXPECT_EQ(call(change), error);
    EXPECT_EQ(run_->why, static_cast<std::uint32_t>(why));
    EXPECT_EQ(run_->pairs, 0u);
  }

  const int fd_ = ::open(MINI_MM_BENCH_DEVICE_PATH, O_RDWR | O_CLOEXEC);
  const std::unique_ptr<mini_mm_bench_run> run_ = std::make_unique<mini_mm_bench_run>();
};

TEST_F(BenchRefusalTest, a_measurement_in_order_has_its_figures) {
  EXPECT_EQ(call([](auto& run) { run.flags = MINI_MM_BENCH_LATENCIES; }), 0);
  EXPECT_EQ(run_->pairs, 100u);
  EXPECT_GT(run_->cycles, 0u);
  std::uint64_t allocs = 0;
  for (const __u64 count : run_->allocs) allocs += count;
  EXPECT_EQ(allocs, 100u);
}

TEST_F(BenchRefusalTest, works_that_there_are_not) {
  refuses(EINVAL, MINI_MM_BENCH_WHY_WORK, [](auto& run) { run.side = 0; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_WORK, [](auto& run) { run.side = 3; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_WORK, [](auto& run) { run.memory = 4; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_WORK, [](auto& run) { run.shape = 7; });
}

TEST_F(BenchRefusalTest, unknown_flags_and_fields_that_the_work_does_not_have) {
  refuses(EINVAL, MINI_MM_BENCH_WHY_FLAGS, [](auto& run) { run.flags = 1u << 31; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_RESERVED, [](auto& run) { run.reserved0 = 1; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_RESERVED, [](auto& run) { run.reserved[3] = 1; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_RESERVED, [](auto& run) { run.order = 1; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_RESERVED, [](auto& run) { run.batch = 16; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_RESERVED, [](auto& run) { run.cold_mb = 16; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_RESERVED, [](auto& run) {
    for (char& c : run.page_engine) c = 'x';
  });
}

TEST_F(BenchRefusalTest, numbers_out_of_range) {
  for (const std::uint32_t size : {0u, 7u, 8193u, ~0u})
    refuses(EINVAL, MINI_MM_BENCH_WHY_SIZE, [&](auto& run) { run.size = size; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_COUNT, [](auto& run) { run.operations = 0; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_COUNT, [](auto& run) { run.operations = ~0ull; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_COUNT, [](auto& run) { run.live = ~0u; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_COUNT, [](auto& run) { run.region_mb = 0; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_COUNT, [](auto& run) { run.shape = MINI_MM_BENCH_BATCHES; });
  refuses(EINVAL, MINI_MM_BENCH_WHY_COUNT, [](auto& run) {
    run.shape = MINI_MM_BENCH_BATCHES;
    run.batch = MINI_MM_BENCH_BATCH_MAX + 1;
  });
  refuses(EINVAL, MINI_MM_BENCH_WHY_COUNT, [](auto& run) {
    run.shape = MINI_MM_BENCH_BATCHES;
    run.flags = MINI_MM_BENCH_INTERRUPT;
    run.batch = MINI_MM_BENCH_INTERRUPT_BATCH_MAX + 1;
  });
  refuses(ENXIO, MINI_MM_BENCH_WHY_CPUS, [](auto& run) { run.cpus = 0; });
  refuses(ENXIO, MINI_MM_BENCH_WHY_CPUS, [](auto& run) { run.cpus = 100'000; });
  refuses(ENXIO, MINI_MM_BENCH_WHY_CPUS, [](auto& run) { run.shape = MINI_MM_BENCH_HANDOVER; });
}

TEST_F(BenchRefusalTest, shapes_that_a_memory_does_not_have) {
  refuses(EOPNOTSUPP, MINI_MM_BENCH_WHY_UNSUPPORTED, [](auto& run) { run.shape = MINI_MM_BENCH_FILL; });
  refuses(EOPNOTSUPP, MINI_MM_BENCH_WHY_UNSUPPORTED, [](auto& run) {
    run.memory = MINI_MM_BENCH_KMALLOC;
    run.shape = MINI_MM_BENCH_BULK;
    run.batch = 8;
  });
}

TEST_F(BenchRefusalTest, more_than_there_is) {
  refuses(EINVAL, MINI_MM_BENCH_WHY_ARENA, [](auto& run) { run.page_engine[0] = 'x'; });
  refuses(ENOSPC, MINI_MM_BENCH_WHY_EXHAUSTED, [](auto& run) { run.live = 1 << 20; });
  refuses(ENOSPC, MINI_MM_BENCH_WHY_EXHAUSTED, [](auto& run) {
    run.shape = MINI_MM_BENCH_BULK;
    run.batch = 8192;
  });
  refuses(ENOMEM, MINI_MM_BENCH_WHY_MEMORY, [](auto& run) {
    run.side = MINI_MM_BENCH_KERNEL;
    run.size = 8192;
    run.live = MINI_MM_BENCH_LIVE_MAX;
  });
  EXPECT_EQ(call([](auto&) {}), 0);
}

TEST_F(BenchRefusalTest, other_calls_and_addresses_that_cannot_be_read) {
  EXPECT_EQ(::ioctl(fd_, MINI_MM_IOC_INFO, run_.get()), -1);
  EXPECT_EQ(errno, ENOTTY);
  EXPECT_EQ(::ioctl(fd_, MINI_MM_BENCH_IOC_RUN, nullptr), -1);
  EXPECT_EQ(errno, EFAULT);
}

}  // namespace
}  // namespace mini_mm_test
