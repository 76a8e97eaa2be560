"""What must hold before a version may go out: the reports of earlier tasks, and a version that everybody agrees on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from genesis.finding import Source
from genesis.frozen import JsonValue
from genesis.tools.inspect_project import InspectProjectOutput
from genesis.tools.read_changelog import ReadChangelogOutput, Section

_NUMBER = r"\d{1,5}(?:\.\d{1,5}){1,3}(?:[-.]?(?:rc|a|b|alpha|beta)\.?\d{0,4})?"
_ASKED = re.compile(
    r"(?i)\b(?:version|release|rollout of|plan for|plan of|notes for|deploy|ship|cut|put out|publish|tag)\.?"
    r"\s*(?:version\s+|release\s+)?"
    rf"v?({_NUMBER})(?![\w:]|\.\d)|\bv({_NUMBER})\b"
    # A number of three parts is a version by itself, unless it is an address or that of a language.
    r"|(?<![\w./:-])(?<!python )(?<!node )(\d{1,4}\.\d{1,4}\.\d{1,4})(?![\w:]|\.\d)"
)


@dataclass(frozen=True)
class Gate:
    """`state`: `pass`, `fail`, or `unknown` when a report is missing or does not tell. `reported`: there is one."""

    name: str
    state: str
    detail: str
    reported: bool = True


def gates(inputs: dict[str, JsonValue]) -> list[Gate]:
    """The gates of tests and security, from what earlier tasks reported."""
    return [_tests(inputs.get("test_report")), _security(inputs.get("security_report"))]


def _tests(report: JsonValue) -> Gate:
    if not isinstance(report, dict):
        return Gate("tests", "unknown", "no task before this one ran them", reported=False)
    failures = report.get("failures")
    listed = failures if isinstance(failures, list) else []
    names = [str(one.get("test") or one.get("file")) if isinstance(one, dict) else str(one) for one in listed]
    failed = report.get("failed")
    count = failed if isinstance(failed, int) and not isinstance(failed, bool) else len(names)
    if count or report.get("verdict") == "fail":
        shown = ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
        return Gate("tests", "fail", f"{count or 'some'} tests fail{f' ({shown})' if shown else ''}")
    passed = report.get("passed")
    if report.get("verdict") == "pass" and isinstance(passed, int) and passed > 0:
        return Gate("tests", "pass", f"{passed} tests pass")
    return Gate("tests", "unknown", "the test report does not say that tests ran and passed")


def _security(report: JsonValue) -> Gate:
    if not isinstance(report, dict):
        return Gate("security", "unknown", "no task before this one looked", reported=False)
    blocking = report.get("blocking")
    if isinstance(blocking, list):
        count = len(blocking)
    elif isinstance(blocking, int) and not isinstance(blocking, bool):
        count = blocking
    else:
        return Gate("security", "unknown", "the security report does not say how many findings block")
    if count:
        worst = report.get("worst")
        rows = [one for one in worst if isinstance(one, dict)] if isinstance(worst, list) else []
        grave = [one for one in rows if one.get("severity") in {"critical", "high"}]
        named = ", ".join(f"{one.get('kind')} in {one.get('file')}:{one.get('line')}" for one in grave[:5])
        return Gate("security", "fail", f"{count} findings block a release{f' ({named})' if named else ''}")
    return Gate("security", "pass", "no finding blocks a release")


def asked_version(text: str) -> str | None:
    """The version that the words name."""
    match = _ASKED.search(text)
    return next((group for group in match.groups() if group), None) if match else None


def same_version(one: str, other: str) -> bool:
    """Whether two texts name one version: 1.4 is 1.4.0, 26.07 is 26.7."""

    def parts(text: str) -> tuple[list[int], str]:
        numbers = re.match(r"v?(\d+(?:\.\d+)*)(.*)$", text.strip())
        if numbers is None:
            return [], text
        found = [int(part) for part in numbers.group(1).split(".")]
        while found and found[-1] == 0:
            found.pop()
        return found, re.sub(r"[-._]", "", numbers.group(2)).lower()

    return parts(one) == parts(other)


@dataclass(frozen=True)
class Version:
    """`number` is None when nobody states one. `contradiction` says what disagrees, with its place."""

    number: str | None
    source: Source | None
    changes: Section | None
    contradiction: tuple[str, Source] | None = None
    note: str = ""


def version_of(text: str, project: InspectProjectOutput | None, log: ReadChangelogOutput | None) -> Version:
    """The version that is to go out, from the words, the metadata and the changelog, and whether they agree."""
    asked, stated = asked_version(text), project.version if project else None
    number = asked or (stated.value if stated else None)
    source = stated.source if stated else Source(query=text[:500]) if asked else None
    sections = log.sections if log else ()
    unreleased = next((one for one in sections[:1] if one.version is None and one.entries), None)
    own = next((one for one in sections if one.version and number and same_version(one.version, number)), None)
    contradiction = None
    if asked and stated and not same_version(asked, stated.value):
        what = f"version {asked} is asked for, but the workspace says that it is {stated.value}"
        contradiction = (what, stated.source)
    note = ""
    if log and log.file and number and own is None and unreleased is None and sections:
        note = f"{log.file} has no section for {number}; its newest is {sections[0].version}"
    elif log and log.file is None:
        note = "there is no changelog"
    return Version(number, source, unreleased or own, contradiction, note)
