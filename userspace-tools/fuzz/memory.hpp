/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory that a worker's calls point to, good and bad. It lies below 4 GiB, where 32-bit calls reach it too.
 *
 *   arguments | nothing | what arguments point to | nothing | read only | racing | nothing
 *
 * Another thread changes the racing part and its protection.
 *
 * In the first half of the racing part there lie operations of batches only, each at a multiple of its size; what the
 * kernel writes goes to the second half, and is never read as operations.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "stress/random.hpp"

namespace minimm {

enum class Pointer { good, straddles, none, unmapped, read_only, kernel, misaligned, racing };

class FuzzMemory {
 public:
  static constexpr std::size_t kPage = 4096;
  static constexpr std::size_t kPointedTo = 64 * kPage;
  static constexpr std::size_t kRacing = 8 * kPage;
  /* Of a batch that may lie in the racing part. */
  static constexpr std::uint32_t kMostOperations = 256;

  FuzzMemory();
  ~FuzzMemory();
  FuzzMemory(const FuzzMemory&) = delete;
  FuzzMemory& operator=(const FuzzMemory&) = delete;

  enum class Part { arguments, pointed_to };

  /* Where @bytes go that are meant to be good or bad in this way, and lie there as far as they can. */
  std::uint64_t place(Random& random, Part part, Pointer pointer, std::span<const std::byte> bytes);
  /* The same for memory that the kernel fills. */
  std::uint64_t room(Random& random, Pointer pointer, std::size_t bytes) const;

  /* What lies there now; false when it could not be put there. */
  bool fetch(std::uint64_t address, std::span<std::byte> bytes) const;

  /*
   * One step of who races: changes words, protection or existence of the racing pages. The words are all zeros or all
   * ones, which no handle and no id is, or operations that were offered.
   */
  void race(Random& random);
  /* Operations that do no harm however they are mixed; by the thread whose memory it is. */
  void offer(std::span<const std::byte> operations);

 private:
  std::span<std::byte> part_of(Part part) const;
  std::uint64_t at(Random& random, Part part, Pointer pointer, std::size_t bytes) const;

  std::byte* base_;
  std::byte* racing_;
  std::mutex lock_; /* of the next */
  std::vector<std::byte> offered_;
};

}  // namespace minimm
