/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands that go through MINI_MM_IOC_BATCH have in common.
 */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "session.hpp"

namespace minimm {

/*
 * Makes @count allocations as @pattern says and prints the handles of those that were made; if some were
 * refused, throws what that was and how many. @tried such as "page alloc --order 3"; @more for --json.
 */
void allocate(Session& session, const mini_mm_op& pattern, std::uint32_t count, const std::string& tried,
              const std::vector<Json::Member>& more = {});

/* Frees @handles, each whatever becomes of the others, with @opcode. */
void release(Session& session, std::uint32_t opcode, const std::vector<std::uint64_t>& handles,
             const std::string& tried);

/* One operation; Refused if it is. */
void perform(Session& session, mini_mm_op op, const std::string& tried);

}  // namespace minimm
