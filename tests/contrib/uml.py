#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""All tables of contrib/drgn/mini_mm.py, of a User Mode Linux that runs: uml.py PID VMLINUX MODULE (see on_uml)."""
import pathlib
import sys

import drgn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "contrib/drgn"))

import mini_mm  # noqa: E402


def main() -> None:
    """Its process' memory is the kernel's."""
    process, vmlinux, module = sys.argv[1:]
    prog = drgn.Program(drgn.Platform(drgn.Architecture.X86_64))
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:

        def read(address: int, count: int, _offset: int, _physical: bool) -> bytes:
            memory.seek(address)
            return memory.read(count)

        prog.add_memory_segment(0, 1 << 47, read)
        prog.load_debug_info([vmlinux, module])
        for show in mini_mm.TABLES.values():
            print(show(mini_mm.Module(prog)))


if __name__ == "__main__":
    main()
