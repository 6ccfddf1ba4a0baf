// SPDX-License-Identifier: GPL-2.0
/*
 * What the soak test (tests/vm/soak) does many times over, a part a call; prints what came of it, ends with 1 when
 * something was lost.
 *
 *      soak_client kills N             clients that are killed wherever they are
 *      soak_client faults N            allocations that are made to fail
 *      soak_client loads N MODULE.ko   the module loaded and unloaded while others try to load it and to open it
 *
 * After kills and faults the module has to have what it had before: no handle, no cache, no open file more, and all
 * pages of the default arena free.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "uapi/mini_mm.h"

namespace {

constexpr const char* kFaults = "/sys/kernel/debug/mini_mm/default/";

[[noreturn]] void give_up(const std::string& what) {
  std::cout << "soak_client: " << what << ": " << std::strerror(errno) << std::endl;
  std::exit(1);
}

[[noreturn]] void lost(const std::string& what) {
  std::cout << "soak_client: " << what << std::endl;
  std::exit(1);
}

/* --- the device ----------------------------------------------------------------------------------------- */

int open_device() {
  const int fd = open(MINI_MM_DEVICE_PATH, O_RDWR | O_CLOEXEC);
  if (fd < 0) give_up(MINI_MM_DEVICE_PATH);
  return fd;
}

mini_mm_info info_of(int fd) {
  mini_mm_info info{};
  if (ioctl(fd, MINI_MM_IOC_INFO, &info) != 0) give_up("INFO");
  return info;
}

mini_mm_arena_info default_arena(int fd) {
  mini_mm_arena_info arena{};
  arena.lookup = MINI_MM_LOOKUP_NAME;
  std::strcpy(arena.name, "default");
  if (ioctl(fd, MINI_MM_IOC_ARENA_INFO, &arena) != 0) give_up("ARENA_INFO");
  return arena;
}

/* The operations' own results are in them. */
void batch(int fd, std::vector<mini_mm_op>& ops) {
  mini_mm_batch batch{};
  batch.ops = reinterpret_cast<std::uintptr_t>(ops.data());
  batch.count = static_cast<std::uint32_t>(ops.size());
  if (ioctl(fd, MINI_MM_IOC_BATCH, &batch) != 0 && errno != ENOMEM && errno != EFAULT) give_up("BATCH");
}

/* kmalloc's own show once they were used, and stay. */
std::uint64_t caches_of_clients(int fd) {
  std::uint64_t count = 0;
  mini_mm_cache_info cache{};
  for (cache.lookup = MINI_MM_LOOKUP_NEXT; ioctl(fd, MINI_MM_IOC_CACHE_INFO, &cache) == 0;)
    count += std::strncmp(cache.name, "soak", 4) == 0;
  return count;
}

/* Nobody but us is there, and nothing is left. */
void expect_nothing_left(int fd) {
  mini_mm_arena_info arena = default_arena(fd);
  mini_mm_target target{};
  target.id = arena.id;
  if (ioctl(fd, MINI_MM_IOC_ARENA_RESET, &target) != 0 || ioctl(fd, MINI_MM_IOC_ARENA_DRAIN, &target) != 0)
    give_up("ARENA_RESET");
  const mini_mm_info info = info_of(fd);
  arena = default_arena(fd);
  const auto expect = [](const char* what, std::uint64_t wanted, std::uint64_t is) {
    if (wanted != is) lost(std::string(what) + ": " + std::to_string(is) + ", not " + std::to_string(wanted));
  };
  expect("handles", 0, info.handles);
  expect("caches of clients", 0, caches_of_clients(fd));
  expect("arenas", 1, info.arenas);
  expect("open files", 1, info.clients);
  expect("free pages", arena.pages, arena.free_pages);
}

/* --- kills ---------------------------------------------------------------------------------------------- */

mini_mm_op operation(std::uint32_t opcode, std::uint64_t target, std::uint64_t length) {
  mini_mm_op op{};
  op.opcode = opcode;
  op.target = static_cast<std::uint32_t>(target);
  op.length = length;
  return op;
}

/* Goes on until it is killed. */
[[noreturn]] void be_a_client(std::uint32_t arena, unsigned seed) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::minstd_rand random(seed);
  const int fd = open_device();
  mini_mm_cache_create cache{};
  std::strcpy(cache.name, ("soak-" + std::to_string(getpid())).c_str());
  cache.arena = arena;
  cache.size = 8 + random() % 2000;
  ioctl(fd, MINI_MM_IOC_CACHE_CREATE, &cache);
  for (;;) {
    std::vector<mini_mm_op> ops;
    for (int i = 0; i < 8; i++) {
      ops.push_back(operation(MINI_MM_OP_PAGE_ALLOC, arena, 0));
      ops.back().order = random() % 4;
      ops.push_back(operation(MINI_MM_OP_OBJ_ALLOC, cache.id, 0));
      ops.push_back(operation(MINI_MM_OP_KMALLOC, arena, 1 + random() % 20000));
    }
    ops.push_back(operation(MINI_MM_OP_VMALLOC, arena, 1 + random() % 20000));
    batch(fd, ops);
    void* const mapped =
        mmap(nullptr, 4096, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, static_cast<off_t>(ops[0].handle * 4096));
    if (mapped != MAP_FAILED && random() % 2 == 0) munmap(mapped, 4096);
    for (mini_mm_op& op : ops) {
      const std::uint64_t handle = op.handle;
      op = operation(random() % 4 == 0 ? MINI_MM_OP_FILL : MINI_MM_OP_FREE, 0, 0);
      op.handle = handle;
    }
    batch(fd, ops);
  }
}

void kills(unsigned long count) {
  const int fd = open_device();
  const std::uint32_t arena = default_arena(fd).id;
  std::minstd_rand random(1);
  std::array<pid_t, 2> clients{};
  unsigned long killed = 0;
  for (unsigned turn = 0; killed < count; turn++) {
    pid_t& client = clients[turn % clients.size()];
    if (client > 0) {
      usleep(random() % 1500);
      kill(client, SIGKILL);
      int status = 0;
      waitpid(client, &status, 0);
      if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) lost("a client ended by itself");
      killed++;
    }
    client = fork();
    if (client == 0) be_a_client(arena, turn);
    if (client < 0) give_up("fork");
  }
  for (const pid_t client : clients) {
    if (client == 0) continue; /* of no kill at all */
    kill(client, SIGKILL);
    waitpid(client, nullptr, 0);
  }
  expect_nothing_left(fd);
  std::cout << killed << " clients killed in mid-operation" << std::endl;
}

/* --- faults --------------------------------------------------------------------------------------------- */

/* False when there is no such file. */
bool set(const std::string& path, const std::string& value) {
  std::ofstream file(path);
  file << value << std::flush;
  return file.good();
}

/* The module's own fault points: one failure a call, each of which has to be seen. */
unsigned long own_faults(int fd, std::uint32_t arena, std::uint32_t cache, unsigned long count) {
  const std::array files = {std::string("fail_page"), std::string("fail_object")};
  std::array<int, 2> points{};
  for (std::size_t i = 0; i < files.size(); i++)
    if ((points[i] = open((kFaults + files[i]).c_str(), O_WRONLY | O_CLOEXEC)) < 0) give_up(kFaults + files[i]);
  for (unsigned long done = 0; done < count; done++) {
    std::vector<mini_mm_op> ops{operation(MINI_MM_OP_PAGE_ALLOC, arena, 0)};
    if (done % 2 != 0) ops[0] = operation(MINI_MM_OP_OBJ_ALLOC, cache, 0);
    if (write(points[done % 2], "1", 1) != 1) give_up(files[done % 2]);
    batch(fd, ops);
    if (ops[0].why != MINI_MM_WHY_FULL) lost("an allocation that was to fail did not: " + std::to_string(ops[0].why));
  }
  return count;
}

/* Those of the kernel: any allocation of this process fails half of the time, until so many operations have. */
unsigned long kernel_faults(int fd, std::uint32_t arena, std::uint32_t cache, unsigned long count) {
  const std::string debug = "/sys/kernel/debug/";
  for (const char* injector : {"failslab", "fail_page_alloc"}) {
    const std::string folder = debug + injector + '/';
    if (!set(folder + "task-filter", "Y") || !set(folder + "times", "-1") || !set(folder + "interval", "1") ||
        !set(folder + "verbose", "0") || !set(folder + "ignore-gfp-wait", "N") || !set(folder + "probability", "50"))
      return 0;
  }
  /* Open before anything fails; and a write that fails is made again. */
  const int failing = open("/proc/self/make-it-fail", O_WRONLY | O_CLOEXEC);
  if (failing < 0) give_up("make-it-fail");
  const auto let_fail = [&](const char* yes) {
    while (pwrite(failing, yes, 1, 0) != 1) {
    }
  };
  unsigned long failed = 0;
  std::vector<mini_mm_op> ops(256);
  while (failed < count) {
    for (std::size_t i = 0; i < ops.size(); i++) {
      constexpr std::array opcodes = {MINI_MM_OP_PAGE_ALLOC, MINI_MM_OP_OBJ_ALLOC, MINI_MM_OP_KMALLOC};
      const bool scattered = i % 16 == 15;
      const std::uint32_t opcode = scattered ? MINI_MM_OP_VMALLOC : opcodes[i % 3];
      const bool sized = scattered || opcode == MINI_MM_OP_KMALLOC;
      ops[i] = operation(opcode, opcode == MINI_MM_OP_OBJ_ALLOC ? cache : arena, sized ? 100 : 0);
    }
    let_fail("1");
    batch(fd, ops);
    let_fail("0");
    std::vector<mini_mm_op> frees;
    for (const mini_mm_op& op : ops) {
      failed += op.result != 0 && op.why == MINI_MM_WHY_NO_MEMORY;
      if (op.result != 0 || op.handle == 0) continue;
      frees.push_back(operation(MINI_MM_OP_FREE, 0, 0));
      frees.back().handle = op.handle;
    }
    if (!frees.empty()) batch(fd, frees);
  }
  for (const char* injector : {"failslab", "fail_page_alloc"}) set(debug + injector + "/probability", "0");
  return failed;
}

void faults(unsigned long count) {
  const int fd = open_device();
  const std::uint32_t arena = default_arena(fd).id;
  mini_mm_cache_create cache{};
  std::strcpy(cache.name, "soak");
  cache.arena = arena;
  cache.size = 64;
  if (ioctl(fd, MINI_MM_IOC_CACHE_CREATE, &cache) != 0) give_up("CACHE_CREATE");
  const unsigned long own = own_faults(fd, arena, cache.id, count / 10);
  const unsigned long kernels = kernel_faults(fd, arena, cache.id, count - own);
  const unsigned long more = kernels == 0 ? own_faults(fd, arena, cache.id, count - own) : 0;
  mini_mm_target target{};
  target.id = cache.id;
  if (ioctl(fd, MINI_MM_IOC_CACHE_DESTROY, &target) != 0) give_up("CACHE_DESTROY");
  expect_nothing_left(fd);
  std::cout << own + more + kernels << " allocations that failed: " << own + more << " by the module's fault points, "
            << kernels << " by the kernel's" << (kernels == 0 ? ", which it does not have" : "") << std::endl;
}

/* --- loads ---------------------------------------------------------------------------------------------- */

int load(const std::string& module) {
  const int file = open(module.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) give_up(module);
  const long result = syscall(SYS_finit_module, file, "region_mb=1", 0);
  const int error = result == 0 ? 0 : errno;
  close(file);
  return error;
}

/* Always there, whatever comes of it. */
pid_t rival(unsigned microseconds, const std::function<void()>& act) {
  const pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;; usleep(microseconds)) act();
}

void loads(unsigned long count, const std::string& module) {
  const std::array rivals = {rival(500,
                                   [] {
                                     const int fd = open(MINI_MM_DEVICE_PATH, O_RDWR | O_CLOEXEC);
                                     mini_mm_info info{};
                                     if (fd >= 0) ioctl(fd, MINI_MM_IOC_INFO, &info);
                                     close(fd);
                                   }),
                             rival(200000, [&] { load(module); })};
  unsigned long unloads = 0, busy = 0;
  while (unloads < count) {
    const int error = load(module);
    if (error != 0 && error != EEXIST && error != EBUSY) {
      errno = error;
      give_up(module);
    }
    if (syscall(SYS_delete_module, "mini_mm", O_NONBLOCK) == 0)
      unloads++;
    else
      busy++;
  }
  for (const pid_t child : rivals) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
  /* Its rival may have loaded it last. */
  syscall(SYS_delete_module, "mini_mm", O_NONBLOCK);
  if (access("/sys/module/mini_mm", F_OK) == 0) lost("the module cannot be unloaded");
  std::cout << unloads << " times loaded and unloaded, " << busy << " times not, for somebody had it open" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string part = argc > 1 ? argv[1] : "";
  const unsigned long count = argc > 2 ? std::strtoul(argv[2], nullptr, 0) : 0;
  if (part == "kills" && argc == 3)
    kills(count);
  else if (part == "faults" && argc == 3)
    faults(count);
  else if (part == "loads" && argc == 4)
    loads(count, argv[3]);
  else
    lost("usage: soak_client kills N | faults N | loads N MODULE.ko");
}
