/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The workloads that minimm brings along; docs/workloads.md says what each is for. A workload makes its streams
 * from the ground it is to run on and a seed, always the same ones from the same.
 */
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compare/stream.hpp"

namespace minimm {

/* Most workloads have one, without a name. */
struct Variant {
  std::string name;
  Stream stream;
};

struct Workload {
  std::string_view name;
  std::string_view help;
  bool objects; /* caches or kmalloc: the object engine matters */
  std::vector<Variant> (*make)(const Ground& ground);
};

std::span<const Workload> workloads();
/* nullptr when there is none. */
const Workload* find_workload(std::string_view name);
/* "frag, bonwick, ..." */
std::string workload_names();

}  // namespace minimm
