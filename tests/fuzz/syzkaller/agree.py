#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Does mini_mm.txt, the description for syzkaller, agree with the header of the ioctl ABI?

  agree.py [--header FILE] [--write]

What the header has is asked of the compiler: sizes, offsets, the numbers of calls, the values of constants. What the
description has is read here: the part of syzlang that it uses. Compared are the calls, the fields of each structure by
name, order and width, the enums, the flags, and the values in mini_mm.txt.const. --write makes that file anew.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
HEADER = HERE.parents[2] / "module/include/uapi/mini_mm.h"
DESCRIPTION = HERE / "mini_mm.txt"
CONSTANTS = HERE / "mini_mm.txt.const"


class Header:
    """The ABI: structs {name: [(field, offset, bytes)]}, sizes, calls {name: struct}, enums, flags, values."""

    def __init__(self, path):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        self.structs = {name: re.findall(r"(\w+)(?:\[\w+\])?;", body)
                        for name, body in re.findall(r"struct (\w+) \{(.*?)\n\};", text, re.S)}
        self.calls = dict(re.findall(r"#define MINI_MM_IOC_(\w+) _IO[WR]+\(MINI_MM_IOC_MAGIC, \w+, struct (\w+)\)", text))
        self.enums = {name: re.findall(r"(MINI_MM_\w+) =", body)
                      for name, body in re.findall(r"enum (\w+) \{(.*?)\};", text, re.S)}
        self.flags = re.findall(r"#define (MINI_MM_\w+)(?<!_MAX) \(1u << \d+\)", text)
        numbers = re.findall(r"#define (MINI_MM_\w+)[ \t]+(?:\(?[~\d])", text)
        calls = ["MINI_MM_IOC_" + name for name in self.calls]
        members = [member for members in self.enums.values() for member in members]
        self.measure(path, sorted(set(numbers + calls + members)))

    def measure(self, path, constants):
        lines = [f'printf("value {name} %llu\\n", (unsigned long long){name});' for name in constants]
        for struct, fields in self.structs.items():
            lines.append(f'printf("size {struct} %zu\\n", sizeof(struct {struct}));')
            lines += [f'printf("field {struct} {field} %zu %zu\\n", offsetof(struct {struct}, {field}), '
                      f'sizeof(((struct {struct} *)0)->{field}));' for field in fields]
        program = f'#include <stdio.h>\n#include <stddef.h>\n#include "{path}"\nint main(void) {{ {" ".join(lines)} }}\n'
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["cc", "-x", "c", "-", "-o", f"{folder}/measure"], input=program, text=True, check=True)
            output = subprocess.run([f"{folder}/measure"], capture_output=True, text=True, check=True).stdout
        self.values, self.sizes = {}, {}
        self.structs = {name: [] for name in self.structs}
        for what, name, *rest in map(str.split, output.splitlines()):
            if what == "value":
                self.values[name] = int(rest[0])
            elif what == "size":
                self.sizes[name] = int(rest[0])
            else:
                self.structs[name].append((rest[0], int(rest[1]), int(rest[2])))


class Description:
    """What mini_mm.txt says, as far as it is about the ABI's layout."""

    def __init__(self, path):
        text = re.sub(r"#.*", "", path.read_text())
        self.resources = dict(re.findall(r"^resource (\w+)\[(\w+)\]", text, re.M))
        self.calls = {name: (constant, struct) for name, constant, struct in re.findall(
            r"^ioctl\$MINI_MM_(\w+)\(.*const\[(\w+)\], arg ptr\[\w+, (\w+)\]\)", text, re.M)}
        self.lists = {name: [word.strip() for word in words.split(",")]
                      for name, words in re.findall(r"^(\w+) = (.+)$", text, re.M)}
        self.structs = {name: self.fields(body) for name, body in re.findall(r"^(\w+) \{\n(.*?)^\}", text, re.M | re.S)}
        self.unions = {name: self.fields(body) for name, body in re.findall(r"^(\w+) \[\n(.*?)^\]", text, re.M | re.S)}

    @staticmethod
    def fields(body):
        return [(name, re.sub(r"\s*\((in|out|inout)\)$", "", kind.strip()))
                for name, kind in re.findall(r"^\t(\w+)\s+(.+)$", body, re.M)]

    def width(self, kind, values):
        """Bytes that a field of this type takes."""
        name, _, inner = kind.partition("[")
        arguments = self.split(inner[:-1]) if inner else []
        if match := re.fullmatch(r"int(8|16|32|64)", name):
            return int(match[1]) // 8
        if name == "ptr64":
            return 8
        if name in ("const", "flags", "len", "bytesize"):
            return self.width(arguments[1], values)
        if name in ("array", "string"):
            count = arguments[1]
            each = self.width(arguments[0], values) if name == "array" else 1
            return each * (values[count] if count in values else int(count, 0))
        if name in self.resources:
            return self.width(self.resources[name], values)
        if name in self.structs:
            return sum(self.width(field, values) for _, field in self.structs[name])
        if name in self.unions:
            return max(self.width(field, values) for _, field in self.unions[name])
        raise ValueError(f"a type that agree.py does not know: {kind}")

    @staticmethod
    def split(text):
        parts, depth = [""], 0
        for letter in text:
            depth += (letter == "[") - (letter == "]")
            if letter == "," and depth == 0:
                parts.append("")
            else:
                parts[-1] += letter
        return [part.strip() for part in parts]


def compare_structs(header, description):
    for name, fields in header.structs.items():
        if name not in description.structs:
            yield f"struct {name} is not described"
            continue
        described = description.structs[name]
        names = [field for field, _, _ in fields]
        if [field for field, _ in described] != names:
            yield f"struct {name} has the fields {', '.join(names)}; described are {', '.join(f for f, _ in described)}"
            continue
        offset = 0
        for (field, at, size), (_, kind) in zip(fields, described):
            width = description.width(kind, header.values)
            if (offset, width) != (at, size):
                yield f"{name}.{field} has {size} bytes at {at}; described are {width} at {offset}"
            offset += width
        if offset != header.sizes[name]:
            yield f"struct {name} has {header.sizes[name]} bytes; described are {offset}"


def compare_calls(header, description):
    for name, struct in header.calls.items():
        described = description.calls.get(name)
        if described != ("MINI_MM_IOC_" + name, struct):
            yield f"the call MINI_MM_IOC_{name} takes a {struct}; described is {described}"
    for name in description.calls.keys() - header.calls.keys():
        yield f"the call {name} is described, but there is none"


def compare_constants(header, description, constants):
    for name, members in header.enums.items():
        if sorted(description.lists.get(name, [])) != sorted(members):
            yield f"enum {name} has {', '.join(members)}; described are {', '.join(description.lists.get(name, []))}"
    listed = {word for words in description.lists.values() for word in words}
    for flag in header.flags:
        if flag not in listed:
            yield f"the flag {flag} is in no list"
    for word in sorted(listed):
        if word.startswith("MINI_MM_") and word not in header.values:
            yield f"{word} is listed, but there is no such constant"
    for name in sorted(header.values.keys() | constants.keys()):
        if header.values.get(name) != constants.get(name):
            yield f"{name} is {header.values.get(name)}; mini_mm.txt.const says {constants.get(name)}"


def read_constants():
    lines = CONSTANTS.read_text().splitlines() if CONSTANTS.exists() else []
    return {name: int(value) for name, value in re.findall(r"^(MINI_MM_\w+) = (\d+)$", "\n".join(lines), re.M)}


def write_constants(header):
    lines = ["# SPDX-License-Identifier: GPL-2.0", "# Made by agree.py --write from the header of the ABI.", "arches = amd64"]
    lines += [f"{name} = {value}" for name, value in sorted(header.values.items())]
    CONSTANTS.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--header", type=pathlib.Path, default=HEADER)
    parser.add_argument("--write", action="store_true", help="make mini_mm.txt.const anew")
    arguments = parser.parse_args()
    header = Header(arguments.header.resolve())
    if not header.calls or not header.structs:
        sys.exit(f"agree.py: {arguments.header} has no calls of the ABI")
    if arguments.write:
        write_constants(header)
    description = Description(DESCRIPTION)
    wrong = [*compare_calls(header, description), *compare_structs(header, description),
             *compare_constants(header, description, read_constants())]
    for line in wrong:
        print(f"agree.py: {line}", file=sys.stderr)
    if wrong:
        sys.exit(f"agree.py: mend {DESCRIPTION.name}, then run agree.py --write")
    print(f"{len(header.calls)} calls, {len(header.structs)} structures and {len(header.values)} constants agree")


if __name__ == "__main__":
    main()
