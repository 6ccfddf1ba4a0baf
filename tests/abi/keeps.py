#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Does the header of the ioctl ABI still have all that version 3 had, so that programs of that time work?

  keeps.py [--header FILE]

mini_mm_v3.h, next to this, is the header as it was. Of it today's header has to keep each constant with its value, each
call with its number and its structure, each structure with its size, and each field with its place and its width; it may
have more. Only reserved fields may be put to use, and the version counts up.
"""
import argparse
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fuzz" / "syzkaller"))
from agree import HEADER, Header  # noqa: E402

OLD = HERE / "mini_mm_v3.h"
VERSION = "MINI_MM_ABI_VERSION"


def differences(old, new):
    if new.values.get(VERSION, 0) < old.values[VERSION]:
        yield f"{VERSION} is {new.values.get(VERSION)}, and was {old.values[VERSION]}"
    for name, value in old.values.items():
        if name != VERSION and new.values.get(name) != value:
            yield f"{name} was {value:#x}, and is {new.values[name]:#x}" if name in new.values else f"{name} is gone"
    for call, struct in old.calls.items():
        if new.calls.get(call, struct) != struct:
            yield f"MINI_MM_IOC_{call} took a {struct}, and takes a {new.calls[call]}"
    for struct, size in old.sizes.items():
        if struct not in new.sizes:
            yield f"struct {struct} is gone"
            continue
        if new.sizes[struct] != size:
            yield f"struct {struct} had {size} bytes, and has {new.sizes[struct]}"
        now = {name: place for name, *place in new.structs[struct]}
        for name, *place in old.structs[struct]:
            if not name.startswith("reserved") and now.get(name) != place:
                where = "offset {}, {} bytes".format
                yield (f"struct {struct}: {name} was at {where(*place)}, and "
                       + (f"is at {where(*now[name])}" if name in now else "is gone"))
    for enum, members in old.enums.items():
        if not set(members) <= set(new.enums.get(enum, [])):
            yield f"enum {enum} has lost {', '.join(sorted(set(members) - set(new.enums.get(enum, []))))}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--header", type=pathlib.Path, default=HEADER, help="today's header")
    header = parser.parse_args().header
    if not header.is_file():
        sys.exit(f"keeps.py: there is no file {header}")
    found = list(differences(Header(OLD), Header(header.resolve())))
    for line in found:
        print(f"{header.name}: {line}")
    if found:
        sys.exit("keeps.py: programs that were built for version 3 would not work; add, and leave what is there")


if __name__ == "__main__":
    main()
