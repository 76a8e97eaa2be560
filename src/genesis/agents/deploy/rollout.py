"""The rollout: steps, gates, triggers and the way back, as the objective words it or as the house has it."""

from __future__ import annotations

import re
from typing import Any

from genesis.frozen import Frozen

DAYS = 7
TRIGGERS = (
    (
        "error-rate",
        "more than 1 % of the requests of the new version fail, and at least 1.5 times as often as the old",
        "rollback",
    ),
    ("p95-latency", "more than 5 % of the requests of the new version take longer than 500 ms", "rollback"),
    ("test-pass-rate", "fewer than 95 % of the checks of the staging suite pass", "rollback"),
    ("security-incident", "a security incident is reported", "rollback"),
    ("data-corruption", "wrong or lost data is reported", "rollback"),
    ("no-data", "no fresh figures of both versions", "hold"),
)
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "five": 5,
    "ten": 10,
    "twenty": 20,
    "twenty-five": 25,
    "fifty": 50,
    "hundred": 100,
}
_SHARE = re.compile(rf"(?i)\b(\d{{1,3}}(?:\.\d)?|{'|'.join(_NUMBERS)})\s*(?:%|percent\b|per cent\b)")
_LIST = re.compile(r"(?i)\b(\d{1,3}(?:\s*%?\s*(?:/|,|->|then|and)\s*\d{1,3}){1,10})\s*(?:%|percent\b)")
_SPAN = re.compile(
    r"(?i)\b(?:over|within|in|during|for)\s+(?:the next\s+)?(\d{1,3}|one|two|three|five|ten)\s+(hour|day|week)s?\b"
)


class Step(Frozen):
    """`after_hours` from the start; `share` in percent; `approval`: somebody must say yes first."""

    after_hours: float
    share: float
    approval: bool = False


class Rollout(Frozen):
    steps: tuple[Step, ...]
    asked: bool
    bake_hours: float = 48


def rollout_of(text: str) -> Rollout:
    """The steps that the words name, else 0 to 100 % in equal steps over seven days."""
    shares = _shares(text)
    span = _SPAN.search(text)
    hours = _hours(span) if span else None
    waits = (
        re.search(r"(?i)\b(?:wait for|until|after) (?:my|our|the|an?) ?(?:ok|okay|approval|go|sign-?off|yes)", text)
        is not None
    )
    if not shares:
        count = DAYS
        whole = hours if hours is not None else DAYS * 24.0
        steps = tuple(
            Step(after_hours=round(whole * n / count, 2), share=round(100 * n / count, 1)) for n in range(count + 1)
        )
        return Rollout(steps=steps, asked=hours is not None)
    whole = hours if hours is not None else 24.0 * len(shares)
    if shares[-1] < 100:
        shares = [*shares, 100.0]
    stages = [0.0, *shares]
    steps = tuple(
        Step(after_hours=round(whole * n / (len(stages) - 1), 2), share=share, approval=waits and n == 2)
        for n, share in enumerate(stages)
    )
    return Rollout(steps=steps, asked=True)


def _shares(text: str) -> list[float]:
    """The percentages of a rollout, rising; figures of other things (an SLO of 99.9 %) are none."""
    listed = _LIST.search(text)
    words = (
        re.findall(r"\d{1,3}", listed.group(1))
        if listed
        else [match.group(1).lower() for match in _SHARE.finditer(text)]
    )
    found = [
        float(_NUMBERS.get(word, 0) or word) for word in words if word in _NUMBERS or re.fullmatch(r"[\d.]+", word)
    ]
    near = re.search(r"(?i)\broll\w*|\bramp|\bstage|\bcanary|\busers\b|\btraffic\b|\bgradual", text) is not None
    rising = [share for share in found if 0 < share <= 100]
    return rising if near and rising == sorted(set(rising)) else []


def _hours(span: re.Match[str]) -> float:
    count = _NUMBERS.get(span.group(1).lower(), 0) or int(span.group(1))
    return count * {"hour": 1.0, "day": 24.0, "week": 168.0}[span.group(2).lower()]


def as_yaml(name: str, version: str, plan: Rollout) -> str:
    """The plan as a file for a machine."""
    import yaml

    steps: list[dict[str, Any]] = [
        {"afterHours": step.after_hours, "setWeight": step.share, **({"approval": "required"} if step.approval else {})}
        for step in plan.steps
    ]
    content = {
        "apiVersion": "genesis.dev/v1",
        "kind": "RolloutPlan",
        "metadata": {"name": f"{name}-{version}"},
        "spec": {
            "flag": re.sub(r"[^a-z0-9]+", "_", f"{name}_{version}".lower()).strip("_"),
            "variant": "on",
            "bucketBy": "targetingKey",
            "steps": steps,
            "analysis": {
                "interval": "5s",
                "metrics": [
                    {"name": "error-rate", "kind": "fraction", "max": "1%", "onBreach": "rollback"},
                    {
                        "name": "p95",
                        "kind": "slow-fraction",
                        "threshold": "500ms",
                        "quantile": 0.95,
                        "onBreach": "rollback",
                    },
                    {"name": "test-pass-rate", "kind": "fraction", "min": "95%", "onBreach": "rollback"},
                ],
                "events": ["security_incident", "data_corruption"],
                "noData": "hold",
            },
            "rollback": {"mode": "instant", "cooldown": "1h"},
            "monitoring": {"for": f"{plan.bake_hours:g}h", "every": "8h"},
        },
    }
    return yaml.safe_dump(content, sort_keys=False, width=120)
