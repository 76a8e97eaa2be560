"""Weighs what the tools saw: what a request reaches blocks a release, what only a caller could misuse does not.

    reaches the interpreter from     SQL quoted  SQL value  SQL name   shell built  loads      eval
    a request, every step seen       critical    critical   high       critical     critical   critical
    a parameter of the function      medium      medium     none       medium       medium     none, built: medium
    a file, operator, not known      medium      low        none       low          low        none

A statement that is put together here and run elsewhere weighs one step less. A text that is wholly a parameter (a
function that runs the SQL it is given) is what the function is for: its callers are judged, not it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from genesis.agents.security.rules import FAMILIES, RULES, Rule
from genesis.finding import SEVERITIES, Severity
from genesis.tools.run_bandit import BanditResult
from genesis.tools.trace_inputs import Fill, Interpreted, Surroundings
from genesis.tools.workspace.file_roles import role

PASSWORD = re.compile(r"pass(?:word|wd|phrase|code)|(?<![a-z])(?:pwd|pin)(?![a-z])", re.IGNORECASE)
SECRET = re.compile(
    r"secret|(?<![a-z])token(?![a-z])|signature|credential|session_?id|api_?key|csrf|(?<![a-z])otp(?![a-z])",
    re.IGNORECASE,
)
MAKES_SECRET = re.compile(
    r"password|passwd|secret|csrf|otp(?![a-z])|reset_?(?:code|token)|api_?key|session_?id|auth_?token", re.IGNORECASE
)
ACCEPTED = re.compile(r"#\s{0,9}nosec\b|#\s{0,9}noqa:[^#]{0,99}\bS\d", re.IGNORECASE)
CHOSEN = re.compile(r"extractall\(.{0,200}(?:members|filter)")
DECEPTIVE = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates reorder what is shown; the marks of right-to-left script do not."""
ALGORITHM = re.compile(r"md5|sha_?1(?![0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Weakness:
    """A weakness, weighed. `accepted`: its authors marked it (`# nosec`, `# noqa: S301`); `way`: calls from a request.

    `cause` tells apart what has one cause: two calls that run one text are one weakness.
    """

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
    cause: str = ""


def weigh(
    results: Sequence[BanditResult],
    sinks: Sequence[Interpreted],
    around: Mapping[str, Mapping[int, Surroundings]],
    line_of: Callable[[str, int], str],
) -> list[Weakness]:
    """One weakness per cause: what bandit and the trace both saw is said once, with what the trace knows.

    `line_of(file, line)` is the text there.
    """
    found = [weakness for sink in sinks if (weakness := traced(sink)) is not None]
    for one in results:
        rule = RULES.get(one.test)
        if rule is None or rule.judge == "traced":
            continue
        words = around.get(one.file, {}).get(one.line, Surroundings())
        severity, why = _judged(rule, words, line_of(one.file, one.line))
        if severity is not None:
            message = f"{rule.message}{why} ({one.test})"
            found.append(
                Weakness(rule.kind, severity, message, rule.remedy, rule.cwe, one.file, one.line, one.end_line)
            )
    found = [
        replace(
            one, accepted=any(ACCEPTED.search(line_of(one.file, line)) for line in range(one.line, one.end_line + 1))
        )
        for one in found
    ]
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
        cause=f"{sink.function} {fill.what}" if sink.built else "",
    )


def _weight(sink: Interpreted, fill: Fill) -> Severity | None:
    severity = _at_once(sink, fill)
    if severity is None or sink.call:
        return severity
    lighter = SEVERITIES[SEVERITIES.index(severity) + 1]
    return lighter if lighter in ("critical", "high", "medium") else None


def _at_once(sink: Interpreted, fill: Fill) -> Severity | None:
    request, parameter = fill.kind == "request", fill.kind == "parameter"
    if sink.family == "sql_injection":
        if fill.place == "whole":
            return "critical" if request else None
        if request:
            return "high" if fill.place == "name" else "critical"
        by_place: dict[str, tuple[Severity | None, Severity | None]] = {
            "quoted": ("medium", "medium"), "value": ("medium", "low"), "name": (None, None),
        }  # fmt: skip
        return by_place[fill.place][0 if parameter else 1]
    if request:
        return "critical"
    if sink.family == "shell_injection":
        return "medium" if parameter and sink.built else "low"
    if sink.family == "unsafe_deserialization":
        # `load` reads a file that somebody opened; `loads` text that came from anywhere.
        return "medium" if parameter and not sink.call.endswith(".load") else "low"
    return "medium" if parameter and sink.built else None


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


def _judged(rule: Rule, words: Surroundings, line: str) -> tuple[Severity | None, str]:
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
        return "info", "; that is no fault where only a checksum is wanted"
    if rule.judge == "random":
        # Only what is made counts: numbers are drawn near secrets for many other reasons.
        about = next((name for name in (*words.targets, words.function) if MAKES_SECRET.search(name)), None)
        return ("high", f" (`{about}`)") if about else (None, "")
    if rule.judge == "debug":
        return ("medium", " when the file is run as a script") if words.main else ("high", "")
    if rule.judge == "archive":
        return ("low" if CHOSEN.search(line) else rule.severity), ""
    if rule.judge == "bidirectional":
        return (rule.severity if DECEPTIVE.search(line) else None), ""
    return rule.severity, ""


def _for_its_role(one: Weakness) -> Weakness:
    """What is not shipped weighs two steps less; what its authors have accepted is shown, and blocks nothing."""
    at = SEVERITIES.index(one.severity) + {"code": 0, "vendored": 1}.get(role(one.file), 2)
    if one.accepted:
        at = max(at, SEVERITIES.index("medium"))
    return replace(one, severity=SEVERITIES[min(at, len(SEVERITIES) - 1)])


def _once(weaknesses: Iterable[Weakness]) -> list[Weakness]:
    """One per kind and cause, or line: the worst, and of equals the one that knows its way."""
    kept: dict[tuple[str, str, int | str], Weakness] = {}
    for one in sorted(weaknesses, key=lambda w: (SEVERITIES.index(w.severity), not w.way, w.file, w.line, w.message)):
        kept.setdefault((one.kind, one.file, one.cause or one.line), one)
    return sorted(kept.values(), key=lambda w: (w.file, w.line, w.kind))
