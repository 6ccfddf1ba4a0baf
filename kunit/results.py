#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Judges a KUnit run by its kernel log: cuts the KTAP document out of it, has the kernel's own parser read
it, writes it down as KTAP and as JUnit XML, and fails unless every expected suite started and passed.
"""
import argparse
import collections
import importlib
import inspect
import io
import pathlib
import re
import sys
from typing import Any, Iterator, List, NamedTuple, Optional

import junit_xml

# The time and the caller that printk puts in front are not part of a line.
PRINTK = re.compile(r"^(<\d+>)?(\[ *\d+\.\d+\] ?)?(\[ *[TC]\d+\] ?)?")
DROPPED = re.compile(r"^\*\* \d+ printk messages dropped \*\*")
# What vm/init writes before and after the command.
BEGIN, END = "mini_mm vm: begin", "mini_mm vm: end"


class Result(NamedTuple):
    """How one case ended, or, without a case, what was wrong with a suite or with the whole run."""

    suite: str
    case: str
    verdict: str  # passed, failed, skipped
    said: str
    log: List[str]

    def name(self) -> str:
        """The name that the case can be run by."""
        return ".".join(part for part in (self.suite, self.case) if part)


def read_log(path: str) -> List[str]:
    """The lines that the guest wrote while the command ran."""
    text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    lines = [PRINTK.sub("", line.rstrip("\r")) for line in text.splitlines()]
    if BEGIN in lines:
        lines = lines[lines.index(BEGIN) + 1 :]
    ends = [number for number, line in enumerate(lines) if line.startswith(END)]
    return lines[: ends[0]] if ends else lines


def cut_document(lines: List[str]) -> List[str]:
    """The KTAP document in these lines, with whatever the kernel said in between."""
    starts = [number for number, line in enumerate(lines) if line == "KTAP version 1"]
    return lines[starts[0] :] if starts else []


def parse(source: str, document: List[str]) -> Any:
    """The tests as the kernel's tools/testing/kunit sees them, a tree a suite, and the errors it met."""
    sys.path.insert(0, f"{source}/tools/testing/kunit")
    parser = importlib.import_module("kunit_parser")
    said = io.StringIO()
    printer = importlib.import_module("kunit_printer").Printer(output=said)
    arguments = [document]
    if "printer" in inspect.signature(parser.parse_run_tests).parameters:
        arguments.append(printer)
    else:  # older ones have a global
        parser.stdout = printer
    suites: List[Any] = []
    wrong = []
    try:
        suites = parser.parse_run_tests(*arguments).subtests
    except ValueError as error:
        wrong = [f"the kernel's parser cannot read the KTAP: {error}"]
    wrong += [line.split("[ERROR] ")[1] for line in said.getvalue().splitlines() if "[ERROR] " in line]
    times = collections.Counter(wrong)
    return suites, [what + (f" ({times[what]} times)" if times[what] > 1 else "") for what in times]


def result_of(suite: str, test: Any) -> Result:
    """One case, whatever it has below it: what has parameters counts once."""
    verdict = {"SUCCESS": "passed", "SKIPPED": "skipped"}.get(test.status.name, "failed")
    said = getattr(test, "skip_reason", "") if verdict == "skipped" else ""
    if verdict == "failed" and test.status.name != "FAILURE":
        said = "it has no result"
    log = test.log + [line for part in test.subtests if not part.ok_status() for line in part.log]
    return Result(suite, test.name, verdict, said, log)


def results_of(suite: Any) -> Iterator[Result]:
    """The cases of a suite, and what else was wrong with it. The parser makes up nameless tests for what is missing."""
    cases = [result_of(suite.name, test) for test in suite.subtests if test.name]
    missing = len(suite.subtests) - len(cases)
    yield from cases
    if missing:
        last = f"the last that has one is {cases[-1].case}" if cases else "none has one"
        yield Result(suite.name, "", "failed", f"{missing} cases have no result; {last}", suite.log)
    elif not suite.ok_status() and all(case.verdict != "failed" for case in cases):
        yield Result(suite.name, "", "failed", "the suite failed outside of its cases", suite.log)
    elif not cases:
        yield Result(suite.name, "", "skipped", "the whole suite", suite.log)


def judge(source: str, lines: List[str], document: List[str], expected: List[str]) -> List[Result]:
    """Everything that happened, and everything that should have happened and did not."""
    suites: List[Any] = []
    wrong = ["no KUnit results in the kernel log: the suites were not loaded, or KUnit is switched off"]
    if document:
        suites, wrong = parse(source, document)
        suites = [suite for suite in suites if suite.name]
    results = [result for suite in suites for result in results_of(suite)]
    started = {suite.name for suite in suites}
    if any(DROPPED.match(line) for line in lines):
        wrong.append("the kernel dropped lines of its log; a larger log_buf_len= keeps them")
    results += [Result(name, "", "failed", "the suite did not start", []) for name in expected if name not in started]
    results += [Result("KUnit", "", "failed", what, []) for what in wrong]
    return results


def write_junit(path: str, results: List[Result]) -> None:
    """One <testsuite> a suite, one <testcase> a case or trouble."""
    suites = []
    for name in dict.fromkeys(result.suite for result in results):
        cases = []
        for result in (result for result in results if result.suite == name):
            case = junit_xml.TestCase(result.case or result.said, classname=name)
            if result.verdict == "skipped":
                case.add_skipped_info(message=result.said or "skipped")
            elif result.verdict == "failed":
                case.add_failure_info(message=result.said or "failed", output="\n".join(result.log))
            cases.append(case)
        suites.append(junit_xml.TestSuite(name, cases))
    with open(path, "w", encoding="utf-8") as file:
        junit_xml.to_xml_report_file(file, suites, prettyprint=True)


def tap(results: List[Result]) -> Iterator[str]:
    """A flat line a result."""
    for number, result in enumerate(results, 1):
        said = f": {result.said}" if result.verdict == "failed" and result.said else ""
        if result.verdict == "skipped":
            said = f" # skip {result.said}".rstrip()
        yield f"{'not ok' if result.verdict == 'failed' else 'ok'} {number} {result.name()}{said}"
        if result.verdict == "failed":
            yield from (f"#   {line}" for line in result.log)


def count(results: List[Result], verdict: str) -> int:
    """How many ended so."""
    return sum(result.verdict == verdict for result in results)


def main(given: Optional[List[str]] = None) -> int:
    """Writes what was asked for, says what went wrong, and returns 1 if anything did."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", required=True, help="the kernel's source")
    parser.add_argument("--log", required=True, help="the kernel log")
    parser.add_argument("--ktap", required=True, help="where the KTAP document goes")
    parser.add_argument("--junit", required=True, help="where the JUnit XML goes")
    parser.add_argument("--tap", action="store_true", help="print a flat line a case, not only what is wrong")
    parser.add_argument("expected", nargs="+", help="the suites that must have started")
    arguments = parser.parse_args(given)

    lines = read_log(arguments.log)
    document = cut_document(lines)
    pathlib.Path(arguments.ktap).write_text("".join(f"{line}\n" for line in document), encoding="utf-8")
    results = judge(arguments.source, lines, document, arguments.expected)
    write_junit(arguments.junit, results)
    if arguments.tap:
        print(*tap(results), sep="\n")
    else:
        for result in results:
            if result.verdict == "failed":
                print(f"kunit/run: {result.name()}: {result.said or 'failed'}", file=sys.stderr)
        skipped = count(results, "skipped")
        print(
            f"{count(results, 'passed')} passed, {count(results, 'failed')} failed"
            + (f", {skipped} skipped" if skipped else "")
        )
    if count(results, "passed") == 0 == count(results, "failed"):
        print("kunit/run: every case was skipped, so nothing was tested", file=sys.stderr)
        return 1
    return 1 if count(results, "failed") else 0


if __name__ == "__main__":
    sys.exit(main())
