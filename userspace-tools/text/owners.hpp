/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an arena's files leaks and owner below /sys/kernel/debug/mini_mm/ say. Both have a line for each entry, and
 * behind it the stack, a frame a line after a tab. A text that has another format is a std::runtime_error that quotes
 * the line.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/json.hpp"

namespace minimm {

/* Who allocated, or freed. */
struct OwnerRecord {
  std::string verb; /* "allocated", "freed" */
  std::uint64_t age_ms = 0;
  std::uint64_t pid = 0;
  std::string comm;
  std::vector<std::string> stack; /* the innermost first */
};

/* What is held of one kind from one place. */
struct LeakSite {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> oldest_ms; /* nobody noted who allocated it: so the next two, and no stack */
  std::uint64_t pid = 0;
  std::string comm;
  std::string what; /* a cache, or "pages,order=N" */
  std::vector<std::string> stack;
};

std::vector<OwnerRecord> parse_owners(std::string_view text);
std::vector<LeakSite> parse_leaks(std::string_view text);

/* The first frame outside of the module, which is where it was called from; the last one when there is none; or "-". */
std::string call_site(const std::vector<std::string>& stack);

Json as_json(const OwnerRecord& record);
Json as_json(const std::vector<std::string>& words);

}  // namespace minimm
