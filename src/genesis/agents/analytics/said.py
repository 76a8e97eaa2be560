"""What a part of an answer says and draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from genesis.agents.analytics.question import Question
from genesis.finding import Fact


@dataclass(frozen=True)
class Chart:
    """What is to be drawn."""

    kind: Literal["bar", "line", "histogram"]
    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Said:
    sentence: str
    facts: tuple[Fact, ...]
    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = ()


def adds_up(question: Question) -> bool:
    return question.aggregate in ("sum", "count")
