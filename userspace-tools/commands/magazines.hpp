/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the commands share that choose the sizes of the per-CPU layer.
 */
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "commands/commands.hpp"

namespace minimm {

struct Magazines {
  std::optional<std::uint16_t> size; /* 0 for none */
  std::uint16_t batch = 0;
};

/* --magazine-size N|none and --batch N. */
void add_magazines(Command command, Magazines& magazines, Need need);

/* What came of it, for the arena may be too small for what was asked. @what: "pages" or "objects". */
void show_magazines(const Session& session, const std::string& name, const char* what, std::uint32_t size,
                    std::uint32_t batch);

}  // namespace minimm
