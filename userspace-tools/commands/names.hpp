/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names behind ids, asked for once. What has gone in the meantime has its id for a name.
 */
#pragma once

#include <cerrno>
#include <map>
#include <string>

#include "device.hpp"
#include "refused.hpp"

namespace minimm {

class Names {
 public:
  explicit Names(const Device& device) : device_(device) {}

  const std::string& arena(std::uint32_t id) {
    return name(arenas_, id, [this, id] { return std::string(name_in(device_.arena(id).name)); });
  }
  /* The full one. */
  const std::string& cache(std::uint32_t id) {
    return name(caches_, id, [this, id] { return std::string(name_in(device_.cache(id).name)); });
  }

 private:
  using Known = std::map<std::uint32_t, std::string>;

  template <class Ask>
  static const std::string& name(Known& known, std::uint32_t id, Ask ask) {
    const auto found = known.find(id);
    if (found != known.end()) return found->second;
    std::string answer = '#' + std::to_string(id);
    try {
      answer = ask();
    } catch (const Refused& refused) {
      if (refused.error() != ENOENT) throw;
    }
    return known.emplace(id, std::move(answer)).first->second;
  }

  const Device& device_;
  Known arenas_;
  Known caches_;
};

}  // namespace minimm
