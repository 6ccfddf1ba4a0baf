/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What can be measured: works, by name, and how the options of the command line change them.
 */
#pragma once

#include <uapi/mini_mm_bench.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace minimm {

struct Work {
  std::string name;
  std::string help;
  bool brief = false;         /* one of the few for a first look */
  mini_mm_bench_run run = {}; /* as it is asked for, but for the side */
};

struct WorkOptions {
  std::uint32_t size = 256; /* of objects and of kmalloc, bytes */
  std::uint32_t region_mb = 64;
  std::uint32_t cpus = 1; /* at most, of the works that use several; two are tried always */
  std::optional<std::uint64_t> operations;
  bool zero = false;
  std::uint32_t cold_mb = 64;
};

std::vector<Work> all_works(const WorkOptions& options);

/*
 * Those that @names name, in the order of @works, each once; a name such as "pages" stands for all that begin so.
 * Without names all, or the brief ones. UsageError for a name that names none.
 */
std::vector<Work> chosen_works(const std::vector<Work>& works, const std::vector<std::string>& names, bool brief);

}  // namespace minimm
