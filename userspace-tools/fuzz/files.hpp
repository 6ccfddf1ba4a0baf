/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A worker's open files of the device, and what can be done with them but ioctls: mappings that are made, moved,
 * protected and torn, files that are closed, duplicated, and sent through a socket to whoever takes them; children
 * that inherit it all and are killed.
 */
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fuzz/arguments.hpp"
#include "fuzz/ledger.hpp"

namespace minimm {

class FuzzFiles {
 public:
  /* @post: both ends of a socket pair that all workers share. */
  FuzzFiles(Random& random, FuzzLedger& ledger, FuzzWorld& world, const std::array<int, 2>& post);
  ~FuzzFiles();
  FuzzFiles(const FuzzFiles&) = delete;
  FuzzFiles& operator=(const FuzzFiles&) = delete;

  /* The one whose turn it is. */
  int current() const { return files_[world_.file]; }

  void reopen() { reopen(world_.file); }
  void reopen_all();
  void duplicate();
  void pass();
  void fork();

  void map();
  void unmap();
  void remap();
  void protect();
  void advise();
  void touch();

  /* The address of a mapping, or 0. */
  std::uint64_t mapped();

 private:
  static constexpr std::size_t kMappings = 8;
  struct Mapping {
    char* address;
    std::size_t length;
  };

  void reopen(std::uint32_t which);
  void replace(std::uint32_t which, int fd);
  void drop(std::size_t which);
  std::size_t some_pages(const Mapping& mapping);
  /* Its number, or none. */
  bool choose(std::size_t& which);

  Random& random_;
  FuzzLedger& ledger_;
  FuzzWorld& world_;
  const std::array<int, 2> post_;
  std::array<int, kFuzzFiles> files_{};
  std::array<int, 2> pipe_{};
  std::vector<Mapping> mappings_;
};

}  // namespace minimm
