/* SPDX-License-Identifier: GPL-2.0 */
#include "fuzz/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <deque>
#include <iterator>
#include <new>
#include <set>
#include <system_error>
#include <thread>

#include "figures/run_progress.hpp"
#include "fuzz/compat.hpp"
#include "fuzz/worker.hpp"
#include "refused.hpp"
#include "stress/signals.hpp"

namespace minimm {
namespace {

using Clock = std::chrono::steady_clock;

/* On a slow emulated machine with everything checked a call takes seconds at most. */
constexpr std::uint64_t kHangNs = 60'000'000'000;
/* What was sent and is in nobody's hands goes a little after its socket. */
constexpr auto kPatience = std::chrono::seconds(10);
/* Between two changes of what calls point to: a few calls. */
constexpr auto kRace = std::chrono::milliseconds(1);
/* Of those that there may be; what the killed have left may be in use by others, and so stay for a while. */
constexpr std::uint32_t kManyArenas = 32;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/* --- a process of workers ------------------------------------------------------------------------- */

/* So that one worker meets the same lists of a CPU each time. */
void stay_on_one_cpu() {
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  ::sched_setaffinity(0, sizeof(first), &first);
}

[[noreturn]] void work(const FuzzPlan& plan, std::uint32_t threads, std::uint32_t process, std::uint32_t life) {
  /* The terminal's Ctrl-C is for who started them; when that one goes, they go. */
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (plan.alone) stay_on_one_cpu();
  int status = 0;
  try {
    std::deque<FuzzWorker> workers;
    for (std::uint32_t i = 0; i < threads; i++) workers.emplace_back(plan, process * threads + i, life);
    std::atomic<bool> done = false;
    std::vector<std::jthread> all;
    all.reserve(workers.size());
    for (FuzzWorker& worker : workers) all.emplace_back([&worker] { worker.run(); });
    std::jthread racer([&] {
      Random random(fuzz_seed(plan.seed, ~process, life));
      for (; !plan.alone && !done; std::this_thread::sleep_for(kRace))
        for (FuzzWorker& worker : workers) worker.memory().race(random);
    });
    for (std::jthread& thread : all) thread.join();
    done = true;
    racer.join();
    if (plan.alone) plan.shared->digest = workers.front().digest();
  } catch (const std::exception& error) {
    fmt::print(stderr, "minimm: fuzz: a worker ended: {}\n", error.what());
    status = 1;
  }
  ::_exit(status);
}

/* --- who looks after them ------------------------------------------------------------------------- */

class Shared {
 public:
  Shared() {
    void* mapped = ::mmap(nullptr, sizeof(FuzzShared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) fail("fuzz: memory that the workers share");
    shared_ = new (mapped) FuzzShared{};
  }
  ~Shared() { ::munmap(shared_, sizeof(FuzzShared)); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  FuzzShared* get() const { return shared_; }

 private:
  FuzzShared* shared_;
};

class Crew {
 public:
  Crew(const Device& device, const FuzzSettings& settings, FuzzShared* shared)
      : device_(device), settings_(settings), shared_(shared), random_(fuzz_seed(settings.seed, ~0u, ~0u)) {
    const std::uint32_t workers = settings.threads * settings.processes;
    plan_.shared = shared;
    plan_.prefix = fmt::format("fz{:05x}.", static_cast<std::uint32_t>(::getpid()) & 0xfffff);
    plan_.seed = settings.seed;
    plan_.calls = (settings.calls + workers - 1) / workers;
    plan_.page_size = device.info().page_size;
    plan_.alone = workers == 1;
    plan_.compat = has_compat_calls();
    if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, plan_.post.data()) != 0) fail("fuzz: a socket");
    members_.resize(settings.processes);
    for (std::uint32_t i = 0; i < settings.processes; i++) start(i);
  }
  ~Crew() {
    for (std::uint32_t i = 0; i < members_.size(); i++)
      if (members_[i].pid > 0) ::kill(members_[i].pid, SIGKILL);
  }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  bool working() const {
    return std::any_of(members_.begin(), members_.end(), [](const Member& member) { return member.pid > 0; });
  }
  std::uint64_t killed() const { return killed_; }

  /* Takes note of those that have ended. */
  void look(std::vector<std::string>& wrong) {
    for (std::uint32_t i = 0; i < members_.size(); i++) {
      int status = 0;
      if (members_[i].pid <= 0 || ::waitpid(members_[i].pid, &status, WNOHANG) != members_[i].pid) continue;
      members_[i].pid = 0;
      if (WIFSIGNALED(status))
        wrong.push_back(fmt::format("process {} was ended by signal {}", i, WTERMSIG(status)));
      else if (status != 0)
        wrong.push_back(fmt::format("process {} ended before its time", i));
    }
    for (const FuzzShared::Watch& watch : shared_->watches) {
      const std::uint64_t since = watch.since_ns;
      if (since != 0 && since + kHangNs < fuzz_clock_ns()) {
        wrong.push_back(fmt::format("a call does not come back: {} has taken more than {} s",
                                    kFuzzCallNames[watch.call], kHangNs / 1'000'000'000));
        hangs_ = true;
        return;
      }
    }
  }

  bool hangs() const { return hangs_; }

  /* One of several, wherever it is just now; another one takes its place. */
  void kill_one() {
    const std::uint32_t which = random_.below(static_cast<std::uint32_t>(members_.size()));
    if (members_.size() < 2 || members_[which].pid <= 0) return;
    ::kill(members_[which].pid, SIGKILL);
    ::waitpid(members_[which].pid, nullptr, 0);
    killed_++;
    for (std::uint32_t i = 0; i < settings_.threads; i++) {
      const std::uint32_t worker = which * settings_.threads + i;
      shared_->watches[worker].since_ns = 0;
      sweep(fuzz_prefix(plan_, worker));
    }
    if (device_.info().arenas > kManyArenas) sweep(plan_.prefix);
    start(which);
  }

  /* All that there is to close is closed; what was kept is freed. */
  void finish() {
    for (int& end : plan_.post) ::close(end);
    sweep(plan_.prefix);
  }

 private:
  struct Member {
    pid_t pid = 0;
    std::uint32_t life = 0;
  };

  void start(std::uint32_t which) {
    std::fflush(nullptr);
    const pid_t pid = ::fork();
    if (pid < 0) fail("fuzz: a process");
    if (pid == 0) work(plan_, settings_.threads, which, members_[which].life);
    members_[which].pid = pid;
    members_[which].life++;
  }

  /* Arenas that outlived who made them; those in use stay. */
  void sweep(const std::string& prefix) {
    for (const mini_mm_arena_info& arena : device_.arenas()) {
      if (!name_in(arena.name).starts_with(prefix)) continue;
      try {
        device_.reset(arena);
        device_.destroy(arena);
      } catch (const Refused&) {
        /* Somebody has something in it still, or has destroyed it: the count at the end says. */
      }
    }
  }

  const Device& device_;
  const FuzzSettings& settings_;
  FuzzShared* const shared_;
  FuzzPlan plan_{};
  Random random_;
  std::vector<Member> members_;
  std::uint64_t killed_ = 0;
  bool hangs_ = false;
};

/* --- what is left --------------------------------------------------------------------------------- */

/* How many there are of everything, and the names of what has one. */
struct Inventory {
  explicit Inventory(const Device& device) : info(device.info()) {
    for (const mini_mm_arena_info& arena : device.arenas()) names.emplace(name_in(arena.name));
    for (const mini_mm_cache_info& cache : device.caches()) names.emplace(name_in(cache.name));
  }

  mini_mm_info info;
  std::set<std::string> names;
};

std::vector<std::string> what_is_left(const Inventory& before, const Inventory& now) {
  std::vector<std::string> lines;
  const auto compare = [&](const char* what, std::uint64_t then, std::uint64_t today) {
    if (then != today) lines.push_back(fmt::format("{}: there were {} before, there are {} now", what, then, today));
  };
  compare("open files", before.info.clients, now.info.clients);
  compare("arenas", before.info.arenas, now.info.arenas);
  compare("caches", before.info.caches, now.info.caches);
  compare("handles", before.info.handles, now.info.handles);
  compare("bytes of regions", before.info.region_bytes, now.info.region_bytes);
  std::vector<std::string> names;
  std::set_difference(now.names.begin(), now.names.end(), before.names.begin(), before.names.end(),
                      std::back_inserter(names));
  if (!names.empty()) lines.push_back(fmt::format("what was not there before: {}", fmt::join(names, ", ")));
  return lines;
}

std::vector<FuzzLine> lines_of(const FuzzShared& shared) {
  std::vector<FuzzLine> lines;
  for (std::size_t call = 0; call < kFuzzCalls; call++) {
    FuzzLine line{kFuzzCallNames[call], 0, shared.counts[call][0], {}};
    for (std::size_t error = 1; error < kFuzzErrnos; error++)
      if (shared.counts[call][error] != 0) line.refused[static_cast<int>(error)] = shared.counts[call][error];
    line.count = line.ok;
    for (const auto& [error, count] : line.refused) line.count += count;
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

FuzzResult run_fuzz(const Device& device, const FuzzSettings& settings) {
  const SignalWatch signals;
  const Shared memory;
  FuzzShared& shared = *memory.get();
  FuzzResult result;
  const Inventory before(device);
  const Clock::time_point start = Clock::now();
  {
    Crew crew(device, settings, &shared);
    RunProgress progress("fuzz", "calls", settings.seconds);
    Clock::time_point next_kill = start + std::chrono::seconds(1);
    while (crew.working() && !crew.hangs()) {
      const Clock::time_point now = Clock::now();
      if (signals.came() || (settings.seconds != 0 && now - start > std::chrono::seconds(settings.seconds)))
        shared.stop = true;
      crew.look(result.wrong);
      if (now > next_kill && !shared.stop) {
        crew.kill_one();
        next_kill = now + std::chrono::milliseconds(500);
      }
      progress.show(now - start, shared.calls());
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    result.killed = crew.killed();
    if (!crew.hangs()) crew.finish();
  }
  result.interrupted = signals.came();
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.calls = shared.calls();
  result.digest = shared.digest;
  result.lines = lines_of(shared);
  if (shared.wrong_call != 0)
    result.wrong.push_back(fmt::format("{} ended with {}, which is none of the ABI's errors",
                                       kFuzzCallNames[shared.wrong_call - 1], errno_name(shared.wrong_errno)));
  if (!result.wrong.empty()) return result;
  std::vector<std::string> left = what_is_left(before, Inventory(device));
  for (const Clock::time_point until = Clock::now() + kPatience; !left.empty() && Clock::now() < until;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    left = what_is_left(before, Inventory(device));
  }
  result.wrong = std::move(left);
  return result;
}

}  // namespace minimm
