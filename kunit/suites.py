#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Prints the suites that have to start when KUnit is given a glob and a speed, as kunit/*_test.c tell it.

The kernel only reports what it ran. A suite that was forgotten in the build, or that the kernel lost on
its way, is missing there, but not here. MINI_MM_SUITES names another folder.
"""
import argparse
import fnmatch
import os
import pathlib
import re
import sys
from typing import Iterator, NamedTuple

ARRAY = re.compile(r"struct kunit_case\s+(\w+)\[\]\s*=\s*\{(.*?)\n\};", re.DOTALL)
SUITE = re.compile(r"struct kunit_suite\s+\w+\s*=\s*\{(.*?)\n\};", re.DOTALL)
NAME = re.compile(r'\.name\s*=\s*"([^"]+)"')
CASES = re.compile(r"\.test_cases\s*=\s*(\w+)")
# A case is what stands between one KUNIT_CASE and the next one: attributes may follow the name.
CASE = re.compile(r"KUNIT_CASE\w*\(\s*(\w+).*?(?=KUNIT_CASE|\Z)", re.DOTALL)


class Case(NamedTuple):
    """One case of one suite."""

    suite: str
    name: str
    slow: bool


def cases_of(source: str) -> Iterator[Case]:
    """Finds the cases of all suites in one file."""
    arrays = dict(ARRAY.findall(source))
    for body in SUITE.findall(source):
        name, array = NAME.search(body), CASES.search(body)
        if name and array:
            for case in CASE.finditer(arrays.get(array[1], "")):
                yield Case(name[1], case[1], "SLOW" in case[0] or "_SPEED_SLOW" in body)


def main() -> int:
    """Prints the names; fails, with those that there are, when nothing matches."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--glob", default="*", help="suite or suite.case, as kunit.filter_glob takes it")
    parser.add_argument("--speed", choices=["all", "fast", "slow"], default="all")
    arguments = parser.parse_args()
    folder = os.environ.get("MINI_MM_SUITES", pathlib.Path(__file__).parent)
    files = sorted(pathlib.Path(folder).glob("*_test.c"))
    cases = [case for file in files for case in cases_of(file.read_text())]
    suite_glob, _, case_glob = arguments.glob.partition(".")
    chosen = {
        case.suite: None
        for case in cases
        if fnmatch.fnmatchcase(case.suite, suite_glob)
        and fnmatch.fnmatchcase(case.name, case_glob or "*")
        and arguments.speed in ("all", "slow" if case.slow else "fast")
    }
    if not chosen:
        of_speed = "" if arguments.speed == "all" else f" with {arguments.speed} cases"
        there_are = " ".join(dict.fromkeys(case.suite for case in cases))
        print(f"kunit/run: no suite or case{of_speed} matches '{arguments.glob}'; the suites are: {there_are}", file=sys.stderr)
        return 1
    print(*chosen, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
