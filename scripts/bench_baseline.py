# SPDX-License-Identifier: GPL-2.0
"""Compares figures of 'minimm bench --json' with a baseline, or makes them the baseline.

bench_baseline.py BASELINE --plain|--tap|--renew FIGURES...: FIGURES is a path without its ".json", whose last part is
the kernel's name in vm/matrix.
"""
import json
import os
import sys

WORSE = 1.02
RENEW = "if that is wanted, scripts/bench-check --renew makes it the baseline"


def read(path):
    """What was measured on one kernel: its release, and instructions by work."""
    with open(path + ".json", encoding="utf-8") as file:
        found = json.load(file)
    refused = [work["refused"] for work in found["works"] if "refused" in work]
    if refused or found["partial"]:
        sys.exit("bench-check: not all was measured: " + "; ".join(refused or ["a signal came"]))
    return {
        "release": found["release"],
        "instructions": {work["name"]: round(work["ours"]["median"], 1) for work in found["works"]},
    }


def renew(path, measured):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"kernels": measured}, file, indent=2)
        file.write("\n")
    print(f"{path}: renewed; commit it together with what made the difference")


class Reporter:
    """One line a work, plain or as TAP."""

    def __init__(self, tap):
        self.tap = tap
        self.number = 0
        self.failures = 0

    def note(self, text):
        print(("# " if self.tap else "") + text)

    def result(self, good, text):
        self.number += 1
        self.failures += not good
        if self.tap:
            print(f"{'ok' if good else 'not ok'} {self.number} {text}")
        else:
            print(f"{'      ' if good else 'WORSE '}{text}")


def compare(path, measured, tap):
    with open(path, encoding="utf-8") as file:
        baseline = json.load(file)["kernels"]
    report = Reporter(tap)
    for kernel, now in measured.items():
        before = baseline.get(kernel)
        if before is None:
            report.result(False, f"{kernel}: not in the baseline; {RENEW}")
            continue
        if before["release"] != now["release"]:
            report.note(f"{kernel} is {now['release']} now, the baseline's was {before['release']}: "
                        "a difference may be the kernel's")
        for work, figure in now["instructions"].items():
            was = before["instructions"].get(work)
            if was is None:
                report.result(False, f"{kernel} {work}: not in the baseline; {RENEW}")
                continue
            text = f"{kernel} {work}: {figure:.1f} instructions, {figure / was - 1:+.1%} against {was:.1f}"
            good = figure <= was * WORSE
            report.result(good, text if good else f"{text}; {RENEW}")
    if tap:
        print(f"1..{report.number}")
    return 1 if report.failures else 0


def main():
    path, mode, *files = sys.argv[1:]
    measured = {os.path.basename(file): read(file) for file in files}
    if mode == "--renew":
        renew(path, measured)
        return 0
    return compare(path, measured, mode == "--tap")


if __name__ == "__main__":
    sys.exit(main())
