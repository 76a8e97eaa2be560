"""Weighs what the tools saw: what a request reaches blocks a release, what only a caller could misuse does not.

    reaches the interpreter from     SQL quoted  SQL value  SQL name   shell built  loads      eval
    a request, every step seen       critical    critical   high       critical     critical   critical
    a parameter of the function      high        medium     low        high         medium     low, built: medium
    a file, operator, not known      medium      low        none       low          low        low

A text that is wholly a parameter (a function that runs the SQL it is given) is what the function is for: its callers are
judged, not it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from genesis.agents.security.rules import FAMILIES, RULES, Rule
from genesis.finding import SEVERITIES, Severity
from genesis.tools.file_roles import role
from genesis.tools.run_bandit import BanditResult
from genesis.tools.trace_inputs import Fill, Interpreted, Surroundings

PASSWORD = re.compile(r"pass(?:word|wd|phrase|code)|pwd(?![a-z])|(?<![a-z])pin(?![a-z])", re.IGNORECASE)
SECRET = re.compile(r"secret|token|signature|signing|credential|session_?id|api_?key|csrf|otp(?![a-z])", re.IGNORECASE)
MAKES_SECRET = re.compile(
    r"password|passwd|secret|csrf|otp(?![a-z])|reset_?(?:code|token)|api_?key|session_?id|auth_?token", re.IGNORECASE
)
ALGORITHM = re.compile(r"md5|sha_?1(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Weakness:
    """A weakness in code, weighed. `accepted`: its authors marked it `# nosec`; `way`: calls from a request to it."""

    kind: str
    severity: Severity
    message: str
    remedy: str
    cwe: int
    file: str
    line: int
    end_line: int
    accepted: bool = False
    way: tuple[str, ...] = ()


def weigh(
    results: Sequence[BanditResult], sinks: Sequence[Interpreted], around: Mapping[str, Mapping[int, Surroundings]]
) -> list[Weakness]:
    """One weakness per cause: what bandit and the trace both saw is said once, with what the trace knows."""
    found = [weakness for sink in sinks if (weakness := traced(sink)) is not None]
    seen = {
        (sink.family, sink.file, line) for sink in sinks for line in (*range(sink.line, sink.end_line + 1), *sink.lines)
    }
    accepted = {(one.file, line) for one in results if one.accepted for line in range(one.line, one.end_line + 1)}
    for one in results:
        rule = RULES.get(one.test)
        if rule is None or (rule.judge == "traced" and (rule.kind, one.file, one.line) in seen):
            continue
        words = around.get(one.file, {}).get(one.line, Surroundings())
        severity, why = _judged(rule, words)
        if severity is not None:
            message = f"{rule.message}{why} ({one.test})"
            found.append(
                Weakness(rule.kind, severity, message, rule.remedy, rule.cwe, one.file, one.line, one.end_line)
            )
    found = [replace(one, accepted=(one.file, one.line) in accepted) for one in found]
    return _once(_for_its_role(one) for one in found)


def traced(sink: Interpreted) -> Weakness | None:
    """The weakness that a place of interpretation is, from the worst of what fills it; None when it is none."""
    rule = FAMILIES[sink.family]
    weighed = [(severity, fill) for fill in sink.fills if (severity := _weight(sink, fill)) is not None]
    if not weighed:
        return None
    severity, fill = min(weighed, key=lambda pair: (SEVERITIES.index(pair[0]), pair[1].kind, pair[1].what))
    way = tuple(f"{step.file}:{step.line}" for step in fill.way)
    return Weakness(
        kind=rule.kind,
        severity=severity,
        message=f"{rule.message}: {_origin(fill, way)} reaches {sink.call}"
        + (f" in {sink.function}" if sink.function else ""),
        remedy=rule.remedy,
        cwe=rule.cwe,
        file=sink.file,
        line=sink.line,
        end_line=sink.end_line,
        way=way,
    )


def _weight(sink: Interpreted, fill: Fill) -> Severity | None:
    request, parameter = fill.kind == "request", fill.kind == "parameter"
    if sink.family == "sql_injection":
        if fill.place == "whole":
            return "critical" if request else None
        if request:
            return "high" if fill.place == "name" else "critical"
        by_place: dict[str, tuple[Severity, Severity | None]] = {
            "quoted": ("high", "medium"), "value": ("medium", "low"), "name": ("low", None),
        }  # fmt: skip
        return by_place[fill.place][0 if parameter else 1]
    if request:
        return "critical"
    if sink.family == "shell_injection":
        return "high" if parameter and sink.built else "low"
    if sink.family == "unsafe_deserialization":
        return "medium" if parameter else "low"
    return "medium" if parameter and sink.built else "low"


def _origin(fill: Fill, way: Sequence[str]) -> str:
    if fill.kind == "request":
        return f"what a request sends ({fill.what}" + (f", by way of {' and '.join(way)})" if way else ")")
    said = {
        "parameter": f"the parameter `{fill.what}`, which its callers choose,",
        "operator": f"what the operator gives ({fill.what})",
        "file": "the content of a file",
        "unknown": f"`{fill.what}`, whose origin is not seen here,",
    }
    return said[fill.kind]


def _judged(rule: Rule, words: Surroundings) -> tuple[Severity | None, str]:
    named = [*words.inside, *words.targets, words.function]
    if rule.judge == "hash":
        about = next((name for name in named if PASSWORD.search(name)), None)
        if about is not None:
            # A class or function that carries the algorithm's name offers it; whether it is used is its users' choice.
            offered = ALGORITHM.search(f"{words.owner} {words.function}")
            return ("low" if offered else "high"), f" for a password (`{about}`): it is recovered in seconds"
        about = next((name for name in named if SECRET.search(name)), None)
        if about is not None and not ALGORITHM.search(words.function):
            return "medium", f" near a secret (`{about}`)"
        return "low", "; that is no fault where only a checksum is wanted"
    if rule.judge == "random":
        # Only what is made counts: numbers are drawn near secrets for many other reasons.
        about = next((name for name in (*words.targets, words.function) if MAKES_SECRET.search(name)), None)
        return ("high", f" (`{about}`)") if about else (None, "")
    if rule.judge == "debug":
        return ("medium", " when the file is run as a script") if words.main else ("high", "")
    return rule.severity, ""


def _for_its_role(one: Weakness) -> Weakness:
    """What is not shipped weighs two steps less; a weakness marked as accepted, one step."""
    steps = {"code": 0, "vendored": 1}.get(role(one.file), 2) + (1 if one.accepted else 0)
    return replace(one, severity=SEVERITIES[min(SEVERITIES.index(one.severity) + steps, len(SEVERITIES) - 1)])


def _once(weaknesses: Iterable[Weakness]) -> list[Weakness]:
    """One per kind and line: the worst, and of equals the one that knows its way."""
    kept: dict[tuple[str, str, int], Weakness] = {}
    for one in sorted(weaknesses, key=lambda w: (SEVERITIES.index(w.severity), not w.way, w.file, w.line, w.message)):
        kept.setdefault((one.kind, one.file, one.line), one)
    return sorted(kept.values(), key=lambda w: (w.file, w.line, w.kind))
