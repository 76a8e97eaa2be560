"""The words of the report: facts, findings and what could not be done, of what the tests gave."""

from __future__ import annotations

from collections import Counter, defaultdict

from genesis.finding import Fact, Finding, NotDone, Source
from genesis.tools.run_tests import RunTestsOutput, TestCase

MAX_FINDINGS = 50
MAX_MODULES = 15
SLOW_S = 1.0


def run_source(output: RunTestsOutput) -> Source:
    """What was run, and how: the query behind every figure of the run."""
    return Source(query=f"{output.ran}, {output.environment}, in the sandbox ({output.isolation})")


def said(case: TestCase) -> str:
    """What went wrong, in one line: the assertion as pytest rewrites it, or the exception."""
    if case.status == "too_long":
        return case.message or "did not end"
    if case.exception in ("AssertionError", "Failed", ""):
        return case.message or case.exception or "fails"
    return f"{case.exception}: {case.message}" if case.message else case.exception


def percent(output: RunTestsOutput) -> float | None:
    """Covered statements of all measured modules, in percent with one digit."""
    total = sum(one.statements for one in output.coverage or ())
    return round(100 * sum(one.covered for one in output.coverage or ()) / total, 1) if total else None


def facts(output: RunTestsOutput) -> list[Fact]:
    """Counts, coverage by module, skips by reason, slow tests."""
    if output.ran is None or not output.cases:
        return []
    counts = Counter(case.status for case in output.cases)
    words = [f"{counts['passed']} pass", f"{counts['failed'] + counts['too_long']} fail"]
    words += [f"{counts['skipped']} are skipped"] if counts["skipped"] else []
    words += [f"{counts['xfailed']} fail as expected"] if counts["xfailed"] else []
    words += [f"{counts['needs']} could not run"] if counts["needs"] else []
    words += [f"{counts['blocked']} were blocked by the sandbox"] if counts["blocked"] else []
    words += [f"{counts['unsteady']} are unsteady"] if counts["unsteady"] else []
    found = [Fact(text=f"Of {len(output.cases)} tests {', '.join(words)}.", sources=(run_source(output),))]
    return found + _coverage(output) + _skips(output) + _slow(output)


def _coverage(output: RunTestsOutput) -> list[Fact]:
    if not output.coverage or (whole := percent(output)) is None:
        return []
    covered, total = sum(one.covered for one in output.coverage), sum(one.statements for one in output.coverage)
    formula = f"{covered} covered / {total} statements of {len(output.coverage)} modules"
    found = [Fact(text=f"The tests cover {whole} % of the statements.", sources=(Source(formula=formula),))]
    counted = [one for one in output.coverage if one.covered < one.statements]
    lowest = sorted(counted, key=lambda one: (one.covered / one.statements, one.file))
    for one in lowest[:MAX_MODULES]:
        source = Source(file=one.file, formula=f"{one.covered} covered / {one.statements} statements")
        found.append(
            Fact(text=f"{one.file}: {round(100 * one.covered / one.statements, 1)} % covered.", sources=(source,))
        )
    return found


def _skips(output: RunTestsOutput) -> list[Fact]:
    groups: dict[str, list[TestCase]] = defaultdict(list)
    for case in output.cases:
        if case.status == "skipped":
            groups[case.what or "no reason given"].append(case)
    return [
        Fact(text=f"{len(cases)} skipped: {reason}", sources=(_source(cases[0].cause or _own(cases[0]), output),))
        for reason, cases in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))[:10]
    ]


def _slow(output: RunTestsOutput) -> list[Fact]:
    slow = sorted((case for case in output.cases if case.seconds >= SLOW_S), key=lambda case: -case.seconds)[:5]
    return [
        Fact(text=f"{case.test} is slow: {case.seconds:.0f} s.", sources=(_source(_own(case), output),))
        for case in slow
    ]


def failures(failed: list[TestCase], output: RunTestsOutput) -> list[Finding]:
    """One finding for each test function and cause; parameters of one test are counted."""
    groups: dict[tuple[str, tuple[str, int]], list[TestCase]] = defaultdict(list)
    for case in failed:
        groups[case.function, case.cause or _own(case)].append(case)
    found: list[Finding] = []
    for (function, place), cases in list(groups.items())[:MAX_FINDINGS]:
        case = cases[0]
        name = function.rpartition("::")[2] or function
        many = f" ({len(cases)} cases)" if len(cases) > 1 else ""
        at = "" if place == _own(case) or place[0] == case.file else f" (the test is at {case.file}:{case.line})"
        what = (
            "could not be collected" if not case.collected else "does not end" if case.status == "too_long" else "fails"
        )
        found.append(
            Finding(
                kind="test_failure" if case.status == "failed" else "test_timeout",
                severity="high",
                message=f"{name} {what}{many}: {said(case)}{at}",
                source=_source(place, output),
                remedy=f"Run `python -m pytest {case.test}`; mend the code or, if that is what is wrong, the test.",
            )
        )
    return found


def untested(output: RunTestsOutput) -> list[Finding]:
    """Modules that no test enters. Not judged when some tests could not run: they might be the ones."""
    by_file = {one.file: one for one in output.coverage or ()}
    return [
        Finding(
            kind="untested_module",
            severity="medium",
            message=f"No test enters {file} ({by_file[file].statements} statements, "
            f"{by_file[file].functions or 'no'} functions).",
            source=_source((file, line), output),
            remedy="Write a test that calls it, beginning with what would hurt most if it broke.",
        )
        for file, line in output.untested[:MAX_FINDINGS]
    ]


def not_run(output: RunTestsOutput) -> list[NotDone]:
    """What no verdict could be reached on, grouped by what is missing."""
    notes: list[NotDone] = []
    for status, begin in (
        ("needs", "could not run: needs "),
        ("blocked", "blocked by the sandbox: "),
        ("unsteady", "it "),
    ):
        groups: dict[str, list[TestCase]] = defaultdict(list)
        for case in output.cases:
            if case.status == status:
                groups[case.what].append(case)
        for what, cases in sorted(groups.items(), key=lambda one: (-len(one[1]), one[0])):
            notes.append(NotDone(what=_which(cases), why=f"{begin}{what}"))
    return notes


def _which(cases: list[TestCase]) -> str:
    named = (case.test if case.collected else f"all tests in {case.file}" for case in cases)
    names = list(dict.fromkeys(named))  # a file with doctests is collected twice
    return (
        names[0]
        if len(names) == 1
        else f"{len(names)} tests or test files ({', '.join(names[:3])}{', ...' * (len(names) > 3)})"
    )


def _own(case: TestCase) -> tuple[str, int]:
    return case.file, case.line


def _source(place: tuple[str, int], output: RunTestsOutput) -> Source:
    file, line = place
    return Source(file=file, line=line, excerpt=output.excerpts.get(f"{file}:{line}"))
