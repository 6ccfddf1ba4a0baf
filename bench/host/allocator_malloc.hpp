// SPDX-License-Identifier: GPL-2.0
/* Objects from malloc(), whoever supplies it: the C library, or what LD_PRELOAD puts before it. */
#pragma once

#include <dlfcn.h>

#include <cstddef>
#include <cstdlib>
#include <string>

namespace mini_mm::bench {

class Objects {
 public:
  explicit Objects(std::size_t size) : size_(size) {}
  void* allocate() const { return std::malloc(size_); }
  void free(void* object) const { std::free(object); }

 private:
  std::size_t size_;
};

/* The file whose malloc() this is. */
inline std::string allocator() {
  Dl_info info{};
  return dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info) && info.dli_fname ? info.dli_fname : "unknown";
}

}  // namespace mini_mm::bench
