"""The requests that the planner's reader is trained with: files of JSON lines, and the examples of the cards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genesis.agents import registry

FOLDER = Path(__file__).parent / "requests"
HELD_OUT = FOLDER / "held_out.jsonl"
DEVELOPMENT = Path(__file__).parents[1] / "benchmarks" / "requests" / "development.jsonl"
ANSWERS = ("plan", "question", "refusal")


@dataclass(frozen=True)
class Span:
    """Words of a request (start, end) that ask for a kind of task; the type is empty where nobody said."""

    agent: str
    type: str
    start: int
    end: int


@dataclass(frozen=True)
class Row:
    """A request. `sets`: the acceptable sets of agents, the first is the gold; `spans`: None where they are not known;
    `raw`: the row as it stands in its file."""

    text: str
    answer: str
    sets: tuple[frozenset[str], ...] = ()
    spans: tuple[Span, ...] | None = ()
    raw: dict[str, Any] = field(default_factory=dict)


def read(path: Path) -> list[Row]:
    """The rows of one file."""
    return [_row(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _row(raw: dict[str, Any]) -> Row:
    text = raw["text"]
    if "expect" in raw:
        return Row(text, raw["expect"], raw=raw)
    spans = []
    for name, words in raw["plan"]:
        agent, _, kind = name.partition(".")
        start = text.index(words)
        spans.append(Span(agent, kind, start, start + len(words)))
    sets = (frozenset(span.agent for span in spans), *(frozenset(one) for one in raw.get("also", ())))
    return Row(text, "plan", sets, tuple(spans), raw)


def cards() -> Iterator[Row]:
    """The examples of the agents' cards: sets of agents, no spans, but for the examples of one task."""
    for card in registry.load():
        for example in card.examples:
            names = [name.partition("#")[0].partition(".") for name in example.plan]
            agents = frozenset(agent for agent, _, _ in names)
            spans = (Span(names[0][0], names[0][2], 0, len(example.request)),) if len(names) == 1 else None
            yield Row(example.request, "plan", (agents,), spans)


def development() -> list[Row]:
    """The development half of the request corpus: whole texts, no spans."""
    rows = []
    for line in DEVELOPMENT.read_text(encoding="utf-8").splitlines():
        raw = json.loads(line)
        rows.append(Row(raw["text"], raw["expect"], tuple(frozenset(one["agents"]) for one in raw["acceptable"]), None))
    return rows


def training_rows() -> list[Row]:
    """Everything but what is held out."""
    return [*cards(), *(row for path in sorted(FOLDER.glob("*.jsonl")) if path != HELD_OUT for row in read(path))]
