"""Prometheus rule files: their shape, written and checked without Prometheus.

Format: Prometheus documentation, "Alerting rules" and "Recording rules".
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field

from genesis.frozen import Frozen
from genesis.tools.prometheus.promql import DURATION, NotPromql, metrics_of
from genesis.tools.service_levels.formulas import PAIRS, Pair, duration, share

LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
PERIODS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")


class Rule(Frozen):
    """An alert. `held` is how long the expression must hold (`for`), such as 5m."""

    alert: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,99}$")]
    expression: str
    held: str | None = None
    severity: str = "page"
    summary: str
    description: str


class Ratio(Frozen):
    """Bad and all events as selectors, and the share of good ones that is wanted."""

    name: str
    bad: str
    total: str
    target: Annotated[float, Field(gt=0, lt=1)]


def recorded(ratio: Ratio, window: str) -> str:
    """The name of the recording rule for one window."""
    return f"{ratio.name}:error_ratio:rate{window}"


def recordings(ratio: Ratio) -> list[dict[str, Any]]:
    """Error ratios over every window that the burn alerts compare."""
    return [
        {
            "record": recorded(ratio, window),
            # No error yet means no series yet: the numerator alone may count as 0, a missing total stays missing.
            "expr": f"(sum(rate({ratio.bad}[{window}])) or vector(0)) / sum(rate({ratio.total}[{window}]))",
        }
        for window in PERIODS
    ]


def burn_rules(ratio: Ratio) -> list[Rule]:
    """One alert per pair of windows."""
    return [_burn(ratio, pair) for pair in PAIRS]


def _burn(ratio: Ratio, pair: Pair) -> Rule:
    long, short = duration(pair.long_s), duration(pair.short_s)
    limit = f"({pair.factor:g} * {1 - ratio.target:.6g})"
    words = "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", ratio.name) if part)
    return Rule(
        alert=f"{words}BudgetBurn{long}"[:100],
        expression=f"{recorded(ratio, long)} > {limit} and {recorded(ratio, short)} > {limit}",
        held="2m" if pair.severity == "page" else "15m",
        severity=pair.severity,
        summary=f"{ratio.name} spends its error budget {pair.factor:g} times too fast",
        description=(
            f"The error ratio over {long} and over {short} is above {pair.factor:g} x (1 - {share(ratio.target)}); "
            "now: {{ $value | humanizePercentage }}."
        ),
    )


def document(group: str, recording: list[dict[str, Any]], rules: list[Rule]) -> dict[str, Any]:
    """The rule file as data."""
    groups: list[dict[str, Any]] = []
    if recording:
        groups.append({"name": f"{group}-ratios", "rules": recording})
    groups.append({"name": f"{group}-alerts", "rules": [_alert(rule) for rule in rules]})
    return {"groups": groups}


def _alert(rule: Rule) -> dict[str, Any]:
    written: dict[str, Any] = {"alert": rule.alert, "expr": rule.expression}
    if rule.held:
        written["for"] = rule.held
    written["labels"] = {"severity": rule.severity}
    written["annotations"] = {"summary": rule.summary, "description": rule.description}
    return written


class Flaw(Frozen):
    """What is wrong with a rule file. `at` is the path of keys and positions to it; `kind` is snake_case."""

    kind: str
    message: str
    at: tuple[str | int, ...]


def flaws(content: object) -> list[Flaw]:
    """What Prometheus would refuse in a rule file, and what an operator would miss in an alert."""
    if not isinstance(content, dict) or not isinstance(content.get("groups"), list):
        return [Flaw(kind="rule_file_invalid", message="a rule file is a mapping with a list `groups`", at=())]
    found = [
        Flaw(kind="rule_file_invalid", message=f"`{key}` is no key of a rule file", at=(key,))
        for key in content
        if key != "groups"
    ]
    names: set[str] = set()
    for position, group in enumerate(content["groups"]):
        at: tuple[str | int, ...] = ("groups", position)
        if not isinstance(group, dict) or not isinstance(group.get("name"), str) or not group["name"]:
            found.append(Flaw(kind="rule_file_invalid", message="a group needs a name", at=at))
            continue
        if group["name"] in names:
            found.append(Flaw(kind="rule_file_invalid", message=f"group {group['name']!r} is there twice", at=at))
        names.add(group["name"])
        rules = group.get("rules")
        if not isinstance(rules, list):
            found.append(Flaw(kind="rule_file_invalid", message="a group needs a list `rules`", at=at))
            continue
        for number, rule in enumerate(rules):
            found.extend(_flaws_of(rule, (*at, "rules", number)))
    return found


def _flaws_of(rule: object, at: tuple[str | int, ...]) -> list[Flaw]:
    if not isinstance(rule, dict) or ("alert" in rule) == ("record" in rule):
        return [Flaw(kind="rule_invalid", message="a rule is either `alert` or `record`", at=at)]
    name = rule.get("alert", rule.get("record"))
    found: list[Flaw] = []

    def wrong(message: str, *key: str, kind: str = "rule_invalid") -> None:
        found.append(Flaw(kind=kind, message=f"{name}: {message}", at=(*at, *key)))

    if "record" in rule and not (isinstance(name, str) and METRIC.fullmatch(name)):
        wrong("is no name of a metric", "record")
    expression = rule.get("expr")
    if not isinstance(expression, str | int | float):
        wrong("has no expression")
    else:
        try:
            metrics_of(str(expression))
        except NotPromql as error:
            wrong(f"the expression is not PromQL: {error}", "expr")
    for key in ("for", "keep_firing_for"):
        if key in rule and not DURATION.fullmatch(str(rule[key])):
            wrong(f"`{key}` is {rule[key]!r}, not a duration such as 5m", key)
    for part in ("labels", "annotations"):
        words = rule.get(part)
        if words is not None and not isinstance(words, dict):
            wrong(f"`{part}` is a mapping", part)
            continue
        for key, value in (words or {}).items():
            if not LABEL.fullmatch(str(key)):
                wrong(f"{key!r} is no name of a label", part)
            if str(value).count("{{") != str(value).count("}}"):
                wrong(f"the template of {key!r} does not close its braces", part)
    if "alert" in rule and not found:
        labels, annotations = rule.get("labels") or {}, rule.get("annotations") or {}
        if "severity" not in labels:
            wrong("has no label `severity`, so no route can tell a page from a ticket", kind="alert_without_severity")
        if not {"summary", "description", "message"} & set(annotations):
            wrong("has no annotation that says what happened", kind="alert_without_summary")
    return found
