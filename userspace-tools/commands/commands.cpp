/* SPDX-License-Identifier: GPL-2.0 */
#include "commands/commands.hpp"

namespace minimm {

void add_commands(Command root) {
  add_info(root);
  add_arena(root);
  add_page(root);
  add_cache(root);
  add_obj(root);
  add_bytes(root);
  add_fill(root);
  add_check(root);
  add_dump(root);
  add_handles(root);
  add_buddyinfo(root);
  add_slabinfo(root);
  add_map(root);
  add_log(root);
  add_leaks(root);
  add_doctor(root);
  add_explain(root);
  add_run(root);
  add_stress(root);
  add_fuzz(root);
  add_compare(root);
  add_bench(root);
  root.footer(
      "Examples:\n"
      "  h=$(minimm page alloc --order 3)    a block of 8 pages; prints its handle\n"
      "  minimm fill $h 0xa5 && minimm dump $h\n"
      "  minimm page free $h\n"
      "  minimm cache create foo --size 192 && minimm obj alloc foo --count 100\n"
      "  minimm map                          who holds what, as a picture\n"
      "  minimm stress --seconds 10 --threads 2\n"
      "\n"
      "Allocations stay until they are freed, their arena is reset or the module is unloaded; those of a\n"
      "script ('minimm run') go away at its end. Exit status: 0 done, 1 refused, 2 usage. See minimm(1).");
}

}  // namespace minimm
