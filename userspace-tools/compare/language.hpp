/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The language of workload files, one statement a line; docs/workloads.md describes it.
 *
 *   seed 7
 *   cache task 1700 constructor
 *   fill pages order 0 movable until 90%
 *   free random 50%
 *   measure
 *   repeat 100 {
 *     free random 10%
 *     alloc kmalloc 16..512 times 1000
 *   }
 *   a 3 object task
 *   f 3
 */
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/stream.hpp"

namespace minimm {

class WorkloadFile {
 public:
  /* UsageError "NAME:LINE:COLUMN: ..." for what makes no sense. */
  WorkloadFile(std::string name, std::string_view text);

  /* The seed that the file chooses. */
  std::optional<std::uint64_t> seed() const { return seed_; }
  /* It has caches or kmalloc. */
  bool objects() const { return objects_; }
  /* UsageErrors too: a slot that is in use, an order that the arena does not have. */
  Stream make(const Ground& ground) const;

  /* What a file is parsed to; for its parser only. */
  struct Player;
  using Statement = std::function<void(Player&)>;

 private:
  std::string name_;
  std::optional<std::uint64_t> seed_;
  std::vector<StreamCache> caches_;
  bool objects_ = false;
  bool measures_ = false; /* it says from where on */
  std::vector<Statement> statements_;
};

}  // namespace minimm
