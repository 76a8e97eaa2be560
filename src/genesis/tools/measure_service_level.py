"""Service levels from tables of counts that lie in the workspace."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated

from pydantic import Field

from genesis.errors import NotFound
from genesis.finding import NotDone, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.places.place import place_in
from genesis.tools.places.text_lines import lines_of
from genesis.tools.service_levels.counts import Counts, read_counts
from genesis.tools.service_levels.formulas import Level, Sample, Window, step_of, whole, windows
from genesis.tools.tool import ToolContext, tool

TABLES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
TEXTS = (".md", ".rst", ".txt", ".yaml", ".yml", ".toml")
# "SLO: 99.9 %", "availability objective of 99.95%": a word for the level, then a share, on one line.
_TARGET = re.compile(
    r"(?i)\b(?:slos?|service[- ]levels?(?: objectives?)?|availability|uptime|error budget)\b[^\n%]{0,60}?"
    r"\b((?:9\d|100)(?:\.\d{1,5})?)\s?%"
)


class MeasureServiceLevelInput(Frozen):
    """`files`: which tables (empty: all of the workspace). `target`: the share wanted (0.999), None when unknown.

    `since` and `until` bound the periods taken, in seconds since the epoch; `last_s` counts back from the last one.
    """

    files: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    target: Annotated[float, Field(gt=0, lt=1)] | None = None
    since: float | None = None
    until: float | None = None
    last_s: Annotated[float, Field(gt=0)] | None = None


class Target(Frozen):
    """A target that the workspace itself states."""

    share: Annotated[float, Field(gt=0, lt=1)]
    source: Source


class Measured(Frozen):
    """The level of one group of one table. `group` is "" for the whole table.

    `first` and `last` are the places of the first and last period, `newest` the time of the last (seconds since the
    epoch); `columns` says which columns were taken for what.
    """

    file: str
    group: str
    columns: str
    rows: int
    step_s: float | None
    level: Level
    windows: tuple[Window, ...]
    newest: float
    first: Source
    last: Source
    worst: Source | None = None


class MeasureServiceLevelOutput(Frozen):
    measured: tuple[Measured, ...]
    targets: tuple[Target, ...]
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=60)
async def measure_service_level(given: MeasureServiceLevelInput, context: ToolContext) -> MeasureServiceLevelOutput:
    """Computes compliance, error budget and burn rate over several windows from tables of counts."""
    return await asyncio.to_thread(_measure, given, context.workspace_for("measuring a service level"))


def _measure(given: MeasureServiceLevelInput, workspace: Workspace) -> MeasureServiceLevelOutput:
    names = given.files or tuple(file.name for file in workspace.files if file.name.lower().endswith(TABLES))
    targets = _targets(workspace)
    target = given.target or (targets[0].share if targets else None)
    measured: list[Measured] = []
    not_done: list[NotDone] = []
    for name in names:
        try:
            text = workspace.read_text(name)
        except NotFound:
            not_done.append(NotDone(what=name, why="there is no such file in the workspace"))
            continue
        counts = read_counts(name.lower(), text) if text is not None else None
        if counts is None or text is None:
            if name in given.files:
                not_done.append(NotDone(what=name, why="holds no columns for a time and for good, bad or all events"))
            continue
        measured.extend(_groups(name, lines_of(text), counts, given, target))
        if counts.rejected:
            line, why = counts.rejected[0]
            what = f"{len(counts.rejected):,} rows of {name}"
            not_done.append(NotDone(what=what, why=f"not readable as counts; the first is line {line}: {why}"))
    return MeasureServiceLevelOutput(measured=tuple(measured), targets=targets, not_done=tuple(not_done))


def _groups(
    name: str, lines: list[str], counts: Counts, given: MeasureServiceLevelInput, target: float | None
) -> list[Measured]:
    groups = dict(counts.groups)
    if len(groups) > 1:
        everything = sorted((one for part in groups.values() for one in part), key=lambda one: (one.at, one.line))
        groups = {"": everything, **{group: part for group, part in list(groups.items())[:20] if group}}
    found = []
    for group, samples in groups.items():
        kept = _bounded(samples, given)
        if not kept:
            continue
        worst = max(kept, key=lambda one: (one.bad, -one.line))
        found.append(
            Measured(
                file=name,
                group=group,
                columns=counts.columns.formula(),
                rows=len(kept),
                step_s=step_of(kept),
                level=whole(kept, target),
                windows=tuple(windows(kept, target)),
                newest=kept[-1].at,
                first=place_in(name, kept[0].line, lines),
                last=place_in(name, kept[-1].line, lines),
                worst=place_in(name, worst.line, lines) if worst.bad else None,
            )
        )
    return found


def _bounded(samples: list[Sample], given: MeasureServiceLevelInput) -> list[Sample]:
    since = given.since
    if given.last_s is not None:
        since = max(one.at for one in samples) + (step_of(samples) or 0.0) - given.last_s
    return [
        one for one in samples if (since is None or one.at >= since) and (given.until is None or one.at < given.until)
    ]


def _targets(workspace: Workspace) -> tuple[Target, ...]:
    found = []
    for file in workspace.files:
        if not file.name.lower().endswith(TEXTS) or file.size > 200_000:
            continue
        lines = lines_of(workspace.read_text(file.name) or "")
        for number, line in enumerate(lines, 1):
            match = _TARGET.search(line[:500])
            if match and 0 < (share := float(match.group(1)) / 100) < 1:
                found.append(Target(share=share, source=place_in(file.name, number, lines)))
    return tuple(found[:20])
