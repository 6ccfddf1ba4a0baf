// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for regions and metadata, exactly as large as asked for, so that the address sanitizer sees the
 * first byte beyond it; and patterns that show when somebody else wrote into a block.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace mini_mm {

class Memory {
 public:
  /* @bytes of @fill, aligned to @align. */
  Memory(std::size_t bytes, std::size_t align, unsigned char fill) {
    void* place = nullptr;
    if (posix_memalign(&place, align, bytes) != 0) throw std::bad_alloc();
    std::memset(place, fill, bytes);
    bytes_.reset(static_cast<std::byte*>(place));
  }

  std::byte* get() const { return bytes_.get(); }

 private:
  struct Free {
    void operator()(std::byte* place) const { std::free(place); }
  };
  std::unique_ptr<std::byte, Free> bytes_;
};

inline void fill(void* place, std::size_t bytes, unsigned pattern) {
  std::memset(place, static_cast<int>(pattern & 0xff), bytes);
}

inline bool still_filled(const void* place, std::size_t bytes, unsigned pattern) {
  const auto* first = static_cast<const unsigned char*>(place);
  /* All bytes are equal when each equals its successor. */
  return *first == (pattern & 0xff) && std::memcmp(first, first + 1, bytes - 1) == 0;
}

}  // namespace mini_mm
