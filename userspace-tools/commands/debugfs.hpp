/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files below /sys/kernel/debug/mini_mm/: an arena's, and those beside the arenas. Only root may read them.
 */
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/interrupts.hpp"
#include "text/owners.hpp"

namespace minimm {

/* Nothing where there is no such file, or for who may not read it: then *@why, if given, says so in one line. */
std::optional<std::vector<LeakSite>> read_leaks(std::string_view arena, std::string* why = nullptr);

/* Who had the object at byte @offset of @page, or the block that holds that page; empty when nobody knows. */
std::vector<OwnerRecord> read_owners(std::string_view arena, std::uint64_t page, std::uint64_t offset);

/* Measures from now on how long interrupts are off. False where there is no such file, or for who may not write it. */
bool time_interrupts();
/* So far; ends it. */
InterruptTimes interrupt_times();

}  // namespace minimm
