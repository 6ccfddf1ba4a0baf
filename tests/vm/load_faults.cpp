// SPDX-License-Identifier: GPL-2.0
/*
 * Loads the module again and again; the first time the kernel's first allocation after the module's parameters
 * were read fails, then the second, ... until nothing failed any more. Each time the module either is loaded and works,
 * or it is not there and has left nothing behind. Then the same with a table of handles that cannot grow.
 *
 *      load_faults MODULE.ko [PARAMETER=VALUE]...        prints TAP
 *
 * The kernel needs CONFIG_FAULT_INJECTION, and /sys/kernel/debug/{failslab,fail_page_alloc} told that
 * allocations that may sleep, and single pages, may fail too (tests/vm/faults does that).
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "uapi/mini_mm.h"

namespace {

constexpr int kMostFaults = 20000;
constexpr const char* kBuddyinfo = "/proc/mini_buddyinfo";
/* What a module that is not loaded does not have. */
constexpr const char* kTraces[] = {kBuddyinfo,
                                   "/proc/mini_slabinfo",
                                   MINI_MM_DEVICE_PATH,
                                   "/sys/kernel/debug/mini_mm",
                                   "/sys/class/misc/mini_mm",
                                   "/sys/module/mini_mm",
                                   "/sys/kernel/slab/mini_handle",
                                   "/sys/kernel/tracing/events/mini_mm"};

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool write_text(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  return file.good();
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

/* --- TAP ---------------------------------------------------------------------------------------------- */

int tests = 0;
int failures = 0;

void result(bool good, const std::string& what) {
  ++tests;
  failures += !good;
  std::cout << (good ? "ok " : "not ok ") << tests << ' ' << what << std::endl;
}

void comment(const std::string& text) { std::cout << "# " << text << std::endl; }

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << "load_faults: " << why << '\n';
  std::exit(2);
}

/* --- faults ------------------------------------------------------------------------------------------- */

/* This thread's n-th allocation in the kernel from now on fails. */
class Fault {
 public:
  Fault() : file_(open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC)) {
    if (file_ < 0) give_up("no /proc/thread-self/fail-nth: the kernel has no CONFIG_FAULT_INJECTION");
  }
  ~Fault() { close(file_); }
  Fault(const Fault&) = delete;
  Fault& operator=(const Fault&) = delete;

  void arm(int n) const {
    const std::string text = std::to_string(n);
    if (pwrite(file_, text.data(), text.size(), 0) < 0) give_up(std::string("fail-nth: ") + std::strerror(errno));
  }

  /* How many allocations are left before it comes, 0 when it has come; disarms it. */
  int left() const {
    char text[16] = "";
    if (pread(file_, text, sizeof(text) - 1, 0) < 0) give_up(std::string("fail-nth: ") + std::strerror(errno));
    arm(0);
    return std::atoi(text);
  }

 private:
  int file_;
};

/* --- the module ---------------------------------------------------------------------------------------- */

class Module {
 public:
  Module(const char* path, std::string parameters)
      : file_(open(path, O_RDONLY | O_CLOEXEC)), parameters_(std::move(parameters)) {
    if (file_ < 0) give_up(std::string(path) + ": " + std::strerror(errno));
  }

  /* 0 or the errno. */
  int load() const { return syscall(SYS_finit_module, file_, parameters_.c_str(), 0) == 0 ? 0 : errno; }
  static int unload() { return syscall(SYS_delete_module, "mini_mm", O_NONBLOCK) == 0 ? 0 : errno; }

 private:
  int file_;
  std::string parameters_;
};

/* What is there of a module that should not be, or "". */
std::string left_behind() {
  if (read_text("/proc/modules").find("mini_mm ") != std::string::npos) return "mini_mm in /proc/modules";
  for (const char* path : kTraces) {
    if (exists(path)) return path;
  }
  return "";
}

/* Opens the device, through a node of our own where the kernel found no memory to make one. */
int open_device() {
  const int file = open(MINI_MM_DEVICE_PATH, O_RDWR | O_CLOEXEC);
  unsigned int major = 0;
  unsigned int minor = 0;
  if (file >= 0) return file;
  if (std::sscanf(read_text("/sys/class/misc/mini_mm/dev").c_str(), "%u:%u", &major, &minor) != 2) return -1;
  const char* node = "/tmp/mini_mm.node";
  if (mknod(node, S_IFCHR | 0600, makedev(major, minor)) != 0) return -1;
  const int own = open(node, O_RDWR | O_CLOEXEC);
  unlink(node);
  return own;
}

/* 0 or the errno of the call or of its only operation. */
int operate(int device, mini_mm_op& op) {
  mini_mm_batch batch{};
  batch.ops = reinterpret_cast<std::uintptr_t>(&op);
  batch.count = 1;
  return ioctl(device, MINI_MM_IOC_BATCH, &batch) == 0 ? -op.result : errno;
}

int free_pages(int device, std::uint64_t handle) {
  mini_mm_op op{};
  op.opcode = MINI_MM_OP_PAGE_FREE;
  op.handle = handle;
  return operate(device, op);
}

mini_mm_op page_alloc() {
  mini_mm_op op{};
  op.opcode = MINI_MM_OP_PAGE_ALLOC;
  op.target = 1;
  return op;
}

/* Why the loaded module does not work, or "". */
std::string out_of_order(const std::string& buddyinfo) {
  if (read_text(kBuddyinfo) != buddyinfo) return std::string(kBuddyinfo) + " is another: " + read_text(kBuddyinfo);
  if (!exists("/proc/mini_slabinfo")) return "/proc/mini_slabinfo is not there";
  const int device = open_device();
  if (device < 0) return "the device cannot be opened";
  mini_mm_op op = page_alloc();
  const bool works = operate(device, op) == 0 && free_pages(device, op.handle) == 0;
  close(device);
  return works ? "" : "a page cannot be allocated and freed";
}

/* --- loading -------------------------------------------------------------------------------------------- */

long free_kib() {
  long kib = 0;
  sync();
  write_text("/proc/sys/vm/drop_caches", "3");
  const std::string text = read_text("/proc/meminfo");
  std::sscanf(text.c_str() + text.find("MemFree:"), "MemFree: %ld", &kib);
  return kib;
}

/*
 * Allocations on the way to the module's parameters: the loader's own, before anything of the module runs. Faults there
 * are left out: the kernel warns when a module's tracepoints find no memory, whatever the module does.
 */
int allocations_of_the_loader(const char* path, const Fault& fault) {
  const Module misled(path, "region_mb=none");
  fault.arm(kMostFaults);
  if (misled.load() != EINVAL) give_up("a parameter that is no number is not refused");
  return kMostFaults - fault.left();
}

/* The trouble at the n-th fault, or "". @error: what loading gave. */
std::string try_fault(const Module& module, const Fault& fault, int n, const std::string& buddyinfo, bool& fired,
                      int& error) {
  fault.arm(n);
  error = module.load();
  fired = fault.left() == 0;
  if (error != 0) {
    if (!fired) return std::string("it does not load though nothing failed: ") + std::strerror(error);
    const std::string left = left_behind();
    return left.empty() ? "" : left + " was left behind";
  }
  const std::string trouble = out_of_order(buddyinfo);
  if (const int unloading = Module::unload()) return std::string("it does not unload: ") + std::strerror(unloading);
  const std::string left = left_behind();
  return trouble.empty() && !left.empty() ? left + " was left behind" : trouble;
}

void load_with_faults(const char* path, const Module& module, const std::string& buddyinfo) {
  const Fault fault;
  const int first = allocations_of_the_loader(path, fault);
  std::map<std::string, int> outcomes;
  std::string trouble;
  bool fired = true;
  int n = first;
  while (fired && trouble.empty() && n < kMostFaults) {
    int error = 0;
    trouble = try_fault(module, fault, ++n, buddyinfo, fired, error);
    if (fired) ++outcomes[error == 0 ? "loaded all the same" : std::strerror(error)];
  }
  for (const auto& [outcome, count] : outcomes) comment(std::to_string(count) + " times: " + outcome);
  if (!trouble.empty()) comment("fault " + std::to_string(n) + ": " + trouble);
  result(trouble.empty() && !fired, "whatever fails while it loads, it works or leaves nothing behind");
  result(n - first > 50, "faults were met: " + std::to_string(first + 1) + " to " + std::to_string(n - 1));
}

void test_loading(const char* path, const Module& module) {
  if (const int error = module.load()) give_up(std::string("the module does not load: ") + std::strerror(error));
  const std::string buddyinfo = read_text(kBuddyinfo);
  Module::unload();
  result(left_behind().empty(), "loaded and unloaded, it leaves nothing behind");

  const long before = free_kib();
  load_with_faults(path, module, buddyinfo);
  const long after = free_kib();
  /* A sanitizer keeps some; a region, or a block of it at each fault, is more. */
  comment("free memory: " + std::to_string(before) + " KiB before, " + std::to_string(after) + " KiB after");
  result(before - after < 12 * 1024, "the kernel has its memory back");

  result(module.load() == 0 && out_of_order(buddyinfo).empty(), "then it loads and works as the first time");
  result(Module::unload() == 0, "and unloads");
}

/* --- a table that cannot grow --------------------------------------------------------------------------- */

/* In its lifetime this process gets no nodes of tables (xarrays) any more. */
class NoNodes {
 public:
  static constexpr const char* kCache = "/sys/kernel/slab/radix_tree_node/failslab";

  NoNodes() {
    const std::string failslab = "/sys/kernel/debug/failslab/";
    done_ = write_text(kCache, "1") && write_text(failslab + "cache-filter", "Y") &&
            write_text(failslab + "task-filter", "Y") && write_text(failslab + "times", "-1") &&
            write_text(failslab + "probability", "100") && write_text("/proc/self/make-it-fail", "1");
  }
  ~NoNodes() {
    write_text("/proc/self/make-it-fail", "0");
    write_text("/sys/kernel/debug/failslab/probability", "0");
    write_text("/sys/kernel/debug/failslab/cache-filter", "N");
    write_text(kCache, "0");
  }
  bool done() const { return done_; }

 private:
  bool done_ = false;
};

mini_mm_info info(int device) {
  mini_mm_info now{};
  ioctl(device, MINI_MM_IOC_INFO, &now);
  return now;
}

/* Caches with ids in the node that the arena's own caches brought along: ids start at 1. */
constexpr unsigned kCachesInANode = 63;

/* How many of the calls that make an arena and a cache too many do not say that there is no memory for it. */
int make_without_nodes(int device) {
  mini_mm_arena_create arena{};
  std::strcpy(arena.name, "faulty");
  arena.size = 1 << 20;
  mini_mm_cache_create cache{};
  cache.arena = 1;
  cache.size = 64;
  int odd = 0;
  for (unsigned i = 0; i < kCachesInANode; ++i) {
    std::strcpy(cache.name, ("cache-" + std::to_string(i)).c_str());
    odd += ioctl(device, MINI_MM_IOC_CACHE_CREATE, &cache) != 0;
  }
  std::strcpy(cache.name, "faulty");
  const bool arena_refused = ioctl(device, MINI_MM_IOC_ARENA_CREATE, &arena) != 0 && errno == ENOMEM;
  const bool cache_refused = ioctl(device, MINI_MM_IOC_CACHE_CREATE, &cache) != 0 && errno == ENOMEM;
  return odd + !(arena_refused && arena.why == MINI_MM_WHY_NO_REGION) +
         !(cache_refused && cache.why == MINI_MM_WHY_NO_MEMORY);
}

void test_table(const Module& module) {
  const std::string what = "what a table has no room for is refused, and nothing else";
  if (!exists(NoNodes::kCache)) {
    result(true, what + " # skip the kernel cannot let one cache of its own fail");
    return;
  }
  if (const int error = module.load()) give_up(std::string("the module does not load: ") + std::strerror(error));
  const std::string buddyinfo = read_text(kBuddyinfo);
  const int device = open_device();
  std::vector<std::uint64_t> handles;
  int refused = 0;
  int odd = 0;
  const auto allocate = [&] {
    mini_mm_op op = page_alloc();
    const int error = operate(device, op);
    if (error == 0) {
      handles.push_back(op.handle);
    } else {
      ++refused;
      odd += error != ENOMEM || op.why != MINI_MM_WHY_NO_MEMORY || op.handle != 0;
    }
  };
  allocate();
  {
    const NoNodes no_nodes;
    if (!no_nodes.done()) give_up("the knobs of failslab cannot be set");
    for (int i = 0; i < 200; ++i) allocate();
    odd += make_without_nodes(device);
  }
  /* Handles 1 to 63 share the node that the first one brought along. */
  odd += handles.size() != 63;
  allocate();
  const mini_mm_info now = info(device);
  odd += now.handles != handles.size() || now.arenas != 1 || now.caches != kCachesInANode;
  comment(std::to_string(handles.size()) + " handles, " + std::to_string(refused) + " refused");
  for (const std::uint64_t handle : handles) odd += free_pages(device, handle) != 0;
  odd += out_of_order(buddyinfo).empty() ? 0 : 1;
  close(device);
  result(refused == 138 && odd == 0, what);
  result(Module::unload() == 0, "and the module unloads");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) give_up("usage: load_faults MODULE.ko [PARAMETER=VALUE]...");
  std::string parameters;
  for (int i = 2; i < argc; ++i) parameters += std::string(i > 2 ? " " : "") + argv[i];
  const Module module(argv[1], parameters);
  test_loading(argv[1], module);
  test_table(module);
  std::cout << "1.." << tests << std::endl;
  return failures ? 1 : 0;
}
