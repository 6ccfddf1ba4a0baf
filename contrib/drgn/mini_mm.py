#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""mini_mm's tables, from a live kernel or from a crash dump, with drgn.

    contrib/drgn/mini_mm.py arenas                                   the running kernel, as root
    contrib/drgn/mini_mm.py --core VMCORE --vmlinux VMLINUX --module mini_mm.ko slabinfo

What is needed: drgn (Debian: python3-drgn), the debugging data of the kernel, and a mini_mm.ko with its own. C++ parts
of the module have none but line tables: what the page map says is decoded from bytes (page_map.py).

Tried with drgn 0.0.22 on a User Mode Linux 7.2 that ran (tests/contrib/on_uml does it again), and on a dump of Debian's
6.1 on x86, made by QEMU's dump-guest-memory (-device vmcoreinfo, qemu_fw_cfg in the guest) and given the segments of a
kdump: all tables agreed with /proc and with minimm. Not tried: the running kernel of an x86 machine. drgn 0.0.22 is older
than Linux 6.4, which moved where a module's sections are noted; later kernels need a later one. A kernel's debugging data
and mini_mm.ko have to be those that ran.
"""
import argparse
import pathlib
import sys
from collections import defaultdict
from typing import Iterator, Sequence

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import page_map  # noqa: E402  (it lies beside this file)

KIND_NAMES = {1: "pages", 3: "object", 4: "kmalloc", 5: "vmalloc"}
OWNER_NOTED = 1 << 17
OWNER_BY_HANDLE = 1 << 18


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their widest cell; those whose heading starts with '>' to the right."""
    lines = [[heading.lstrip(">") for heading in headings], *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
    text = ""
    for line in lines:
        cells = [
            cell.rjust(width) if heading.startswith(">") else cell.ljust(width)
            for heading, cell, width in zip(headings, line, widths)
        ]
        text += "  ".join(cells).rstrip() + "\n"
    return text


class Module:
    """The module in a program of drgn's."""

    def __init__(self, prog):
        # Only here, so that --help and the tests of what does without need no drgn.
        from drgn.helpers.linux.list import list_for_each_entry
        from drgn.helpers.linux.xarray import xa_for_each

        self.prog = prog
        self._list_for_each_entry = list_for_each_entry
        self._xa_for_each = xa_for_each
        self._arena_type = prog.type("struct mini_arena *")
        self._cache_type = prog.type("struct mini_cache *")
        self._handle_type = prog.type("struct mini_handle *")

    def _each(self, name: str, file: str, of) -> Iterator:
        from drgn import cast

        # By the file too: the kernel has variables of many names.
        for _, entry in self._xa_for_each(self.prog.variable(name, file).address_of_()):
            yield cast(of, entry)

    def arenas(self) -> Iterator:
        """Each struct mini_arena."""
        return self._each("mini_arenas", "glue/arena.c", self._arena_type)

    def caches(self, arena) -> Iterator:
        """Each struct mini_cache of an arena."""
        return self._list_for_each_entry("struct mini_cache", arena.caches.address_of_(), "node")

    def handles(self) -> Iterator:
        """Each struct mini_handle, kept or not."""
        return self._each("table", "glue/handle.c", self._handle_type)

    def page_map(self, arena) -> bytes:
        """The arena's page map."""
        size = int(arena.region.nr_pages) * page_map.ENTRY_BYTES
        return self.prog.read(int(arena.layer.map), size)

    def region_start(self, arena) -> int:
        """The address of the region's first byte, if there is a cache to ask; else 0."""
        for cache in self.caches(arena):
            return int(cache.base)
        return 0


def name_of(field) -> str:
    """A name in the module's structures."""
    return field.string_().decode(errors="replace")


def show_arenas(module: Module) -> str:
    """As 'minimm arena list'."""
    rows = []
    for arena in module.arenas():
        free = page_map.free_by_order(module.page_map(arena))
        free_pages = sum(count << order for order, count in enumerate(free))
        rows.append(
            (
                name_of(arena.name),
                int(arena.id),
                int(arena.region.nr_pages),
                free_pages,
                int(arena.nr_caches),
                int(arena.nr_handles.counter),
                name_of(arena.object_engine),
            )
        )
    return table(["arena", ">id", ">pages", ">free", ">caches", ">handles", "object engine"], rows)


def show_buddyinfo(module: Module) -> str:
    """As /proc/mini_buddyinfo."""
    rows = [
        (name_of(arena.name), *page_map.free_by_order(module.page_map(arena))) for arena in module.arenas()
    ]
    return table(["arena", *[f">{order}" for order in range(page_map.MAX_ORDER + 1)]], rows)


def show_slabinfo(module: Module) -> str:
    """Each cache that has slabs. What waits in CPUs' magazines counts as out."""
    rows = []
    for arena in module.arenas():
        start = module.region_start(arena)

        def read(offset: int, size: int, start=start) -> bytes:
            return module.prog.read(start + offset, size)

        slabs: dict[int, list[page_map.Slab]] = defaultdict(list)
        if start:
            for block in page_map.blocks_of(module.page_map(arena)):
                slab = page_map.slab_of(block, read)
                if slab:
                    slabs[slab.cache].append(slab)
        for cache in module.caches(arena):
            of_cache = slabs.get(int(cache.id), [])
            if of_cache or not cache.general:
                rows.append(
                    (
                        name_of(arena.name),
                        name_of(cache.name),
                        sum(slab.in_use for slab in of_cache),
                        int(cache.object_size),
                        len(of_cache),
                        int(cache.slab_pages),
                    )
                )
    return table(["arena", "cache", ">objects", ">size", ">slabs", ">pages a slab"], rows)


def show_held(module: Module) -> str:
    """Who holds what: clients by their handles, others by the owners of blocks (debug U)."""
    groups: dict[tuple[str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])

    def add(arena, what: str, comm: str, by: str, size: int) -> None:
        group = groups[(name_of(arena.name), what, comm, by)]
        group[0] += 1
        group[1] += size

    for handle in module.handles():
        who = f"{name_of(handle.comm)} ({int(handle.pid)})"
        add(handle.arena, KIND_NAMES.get(int(handle.kind), "?"), who, "/dev/mini_mm", int(handle.size))
    for arena in module.arenas():
        if not arena.owners:
            continue
        for block in page_map.blocks_of(module.page_map(arena)):
            owner = arena.owners[block.page].of[0]
            flags = int(owner.cpu_and_flags)
            if block.kind == page_map.ALLOCATED and flags & OWNER_NOTED and not flags & OWNER_BY_HANDLE:
                who = f"{name_of(owner.comm)} ({int(owner.pid)})"
                size = 1 << (block.order + page_map.PAGE_SHIFT)
                add(arena, f"pages,order={block.order}", who, f"stack {int(owner.stack):#x}", size)
    rows = [(count, size, *key) for key, (count, size) in groups.items()]
    rows.sort(key=lambda row: -row[1])
    return table([">count", ">bytes", "arena", "what", "who", "where"], rows)


TABLES = {"arenas": show_arenas, "buddyinfo": show_buddyinfo, "slabinfo": show_slabinfo, "held": show_held}


def main() -> int:
    """Opens the kernel and prints one table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--core", help="a crash dump; without, the running kernel")
    parser.add_argument("--vmlinux", help="the kernel's debugging data; without, where the system has it")
    parser.add_argument("--module", help="mini_mm.ko; without, where the system has it")
    parser.add_argument("table", choices=list(TABLES))
    arguments = parser.parse_args()
    try:
        import drgn
    except ImportError:
        print("mini_mm.py: drgn is not here: apt-get install python3-drgn, or pip install drgn", file=sys.stderr)
        return 1
    prog = drgn.Program()
    files = [file for file in (arguments.vmlinux, arguments.module) if file]
    try:
        if arguments.core:
            prog.set_core_dump(arguments.core)
        else:
            prog.set_kernel()
        prog.load_debug_info(files, default=len(files) < 2)
        text = TABLES[arguments.table](Module(prog))
    except (drgn.MissingDebugInfoError, LookupError) as error:
        reason = str(error).splitlines()[0]
        print(f"mini_mm.py: no debugging data ({reason}); give --vmlinux and --module", file=sys.stderr)
        return 1
    except (OSError, ValueError, drgn.FaultError) as error:
        print(f"mini_mm.py: {error}", file=sys.stderr)
        return 1
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
