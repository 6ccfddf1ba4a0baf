/* SPDX-License-Identifier: GPL-2.0 */
#include "explain/scenario_lists.hpp"

namespace minimm {
namespace {

using What = Check::What;
constexpr std::uint64_t kKb = 1024;

Scenario slab(const char* name, const char* title, const char* introduction, std::uint64_t size) {
  return {name, title, introduction, size, "eager", "lifo", "slab", false, {}};
}

Scenario slab_2k() {
  Scenario scenario =
      slab("slab-2k", "Six objects of 2 KB in a slab of 12 KB",
           "A slab is a few contiguous pages, divided into objects of one size. The cache hands them out, "
           "and asks the buddy system for pages only when all its slabs are full.",
           64 * kKb);
  scenario.steps = {{"A cache of objects of 2 KB, its slabs three pages.",
                     {"cache create objects --size 2K --slab-pages 3"},
                     {{What::layout, "6 objects in 3 pages", "objects"}}},
                    {"The first object: the cache has no slab yet, and makes one.",
                     {"$a = obj alloc objects"},
                     {{What::slabs, "0 full, 1 partial, 0 empty", "objects"}}},
                    {"Five more: the slab is full.",
                     {"$b = obj alloc objects --count 5"},
                     {{What::slabs, "1 full, 0 partial, 0 empty", "objects"}}},
                    {"The seventh needs a second slab.",
                     {"$c = obj alloc objects"},
                     {{What::slabs, "1 full, 1 partial, 0 empty", "objects"}}},
                    {"One object of the first slab comes back: full becomes partial.",
                     {"obj free $b_2"},
                     {{What::slabs, "0 full, 2 partial, 0 empty", "objects"}}}};
  return scenario;
}

Scenario slab_64() {
  Scenario scenario =
      slab("slab-64", "64 objects of 64 bytes in a page",
           "When the management data lies elsewhere, a page of 4,096 bytes has room for just 64 objects "
           "of 64 bytes.",
           64 * kKb);
  scenario.steps = {
      {"A cache of objects of 64 bytes, with the management data off the slab.",
       {"cache create small --size 64 --off-slab"},
       {{What::layout, "64 objects in 1 page", "small"}}},
      {"64 objects fill the page.",
       {"obj alloc small --count 64"},
       {{What::slabs, "1 full, 0 partial, 0 empty", "small"}}},
      {"The 65th needs a second page.", {"obj alloc small"}, {{What::slabs, "1 full, 1 partial, 0 empty", "small"}}}};
  return scenario;
}

Scenario task_structs() {
  Scenario scenario =
      slab("task-structs", "Task structures of 1.7 KB",
           "A new process needs a task structure. It comes from a partial slab if there is one, else from "
           "an empty one, else from a new slab, made of contiguous pages.",
           256 * kKb);
  scenario.steps = {
      {"A cache of task structures of 1,700 bytes. Nine in four pages waste little; two in one page would "
       "waste a sixth of it.",
       {"cache create task --size 1700"},
       {{What::layout, "9 objects in 4 pages", "task"}}},
      {"Eighteen processes fill two slabs.",
       {"$t = obj alloc task --count 18"},
       {{What::slabs, "2 full, 0 partial, 0 empty", "task"}}},
      {"A process ends. Its slab is partial now.",
       {"obj free $t_4"},
       {{What::slabs, "1 full, 1 partial, 0 empty", "task"}}},
      {"A process starts: its structure comes from the partial slab.",
       {"$u = obj alloc task"},
       {{What::slabs, "2 full, 0 partial, 0 empty", "task"}}},
      {"All nine processes of the first slab end. The slab is empty, and stays for the next.",
       {"obj free $t_0 $t_1 $t_2 $t_3 $u $t_5 $t_6 $t_7 $t_8"},
       {{What::slabs, "1 full, 0 partial, 1 empty", "task"}}},
      {"A process starts: there is no partial slab, but an empty one.",
       {"obj alloc task"},
       {{What::slabs, "1 full, 1 partial, 0 empty", "task"}}},
      {"Eight more fill it.", {"obj alloc task --count 8"}, {{What::slabs, "2 full, 0 partial, 0 empty", "task"}}},
      {"And one more: neither partial nor empty slabs are there. Four contiguous pages become a new slab.",
       {"obj alloc task"},
       {{What::slabs, "2 full, 1 partial, 0 empty", "task"}}}};
  return scenario;
}

Scenario tcb() {
  Scenario scenario =
      slab("tcb", "Thread control blocks of 3 KB in groups of four",
           "A page has room for one block of 3 KB and wastes a quarter. Three pages have room for four and "
           "waste nothing.",
           64 * kKb);
  scenario.steps = {{"A cache of thread control blocks, its slabs three pages: 12 KB.",
                     {"cache create tcb --size 3K --slab-pages 3"},
                     {{What::layout, "4 objects in 3 pages", "tcb"}}},
                    {"A process starts with three threads.",
                     {"$t = obj alloc tcb --count 3"},
                     {{What::slabs, "0 full, 1 partial, 0 empty", "tcb"}}},
                    {"It starts a fourth: partial becomes full.",
                     {"$u = obj alloc tcb"},
                     {{What::slabs, "1 full, 0 partial, 0 empty", "tcb"}}},
                    {"A fifth thread needs a second slab.",
                     {"$v = obj alloc tcb"},
                     {{What::slabs, "1 full, 1 partial, 0 empty", "tcb"}}},
                    {"The first four threads end: their slab is empty.",
                     {"obj free $t $u"},
                     {{What::slabs, "0 full, 1 partial, 1 empty", "tcb"}}},
                    {"Empty slabs go back to the buddy system when memory is short, or when one asks for it.",
                     {"cache shrink tcb"},
                     {{What::slabs, "0 full, 1 partial, 0 empty", "tcb"}}}};
  return scenario;
}

Scenario pcb() {
  Scenario scenario = slab("pcb", "Process control blocks of 7 KB in groups of four",
                           "Four blocks of 7 KB are 28 KB: seven pages, and nothing is left over.", 128 * kKb);
  scenario.steps = {
      {"A cache of process control blocks, its slabs seven pages: 28 KB.",
       {"cache create pcb --size 7K --slab-pages 7"},
       {{What::layout, "4 objects in 7 pages", "pcb"}}},
      {"The first process.", {"$p = obj alloc pcb"}, {{What::slabs, "0 full, 1 partial, 0 empty", "pcb"}}},
      {"Three more: the slab is full.",
       {"$q = obj alloc pcb --count 3"},
       {{What::slabs, "1 full, 0 partial, 0 empty", "pcb"}}},
      {"The fifth needs seven pages more.",
       {"$r = obj alloc pcb"},
       {{What::slabs, "1 full, 1 partial, 0 empty", "pcb"}}},
      {"All end. Both slabs are empty.", {"obj free $p $q $r"}, {{What::slabs, "0 full, 0 partial, 2 empty", "pcb"}}}};
  return scenario;
}

}  // namespace

std::vector<Scenario> slab_scenarios() { return {slab_2k(), slab_64(), task_structs(), tcb(), pcb()}; }

}  // namespace minimm
