/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an examination found, in plain words.
 */
#pragma once

#include <uapi/mini_mm.h>

#include <string>
#include <string_view>

namespace minimm {

/* "order", as in JSON; "finding-N" for one that this minimm does not know. */
std::string finding_name(std::uint32_t kind);

/* One line without its end: what is damaged, where, and what became of it. @cache: the name of the finding's cache. */
std::string finding_text(const mini_mm_finding& finding, std::string_view cache);

/* "free list bit"; the bugs of a self-test, MINI_MM_BUG_DOUBLE_FREE to MINI_MM_BUGS - 1. */
std::string bug_text(std::uint32_t bug);

}  // namespace minimm
