/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands, a file each. Each function adds one, or a group of them, below the root.
 */
#pragma once

#include "command_line.hpp"

namespace minimm {

void add_info(Command root);
void add_arena(Command root);
void add_page(Command root);
void add_cache(Command root);
void add_obj(Command root);
void add_bytes(Command root);
void add_fill(Command root);
void add_check(Command root);
void add_dump(Command root);
void add_handles(Command root);
void add_buddyinfo(Command root);
void add_slabinfo(Command root);
void add_map(Command root);
void add_log(Command root);
void add_leaks(Command root);
void add_doctor(Command root);
void add_explain(Command root);
void add_run(Command root);
void add_stress(Command root);
void add_fuzz(Command root);
void add_compare(Command root);
void add_bench(Command root);

void add_commands(Command root);

}  // namespace minimm
