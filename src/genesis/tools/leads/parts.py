"""The parts of a lead's score, each from 0 to 1: fit, engagement, recency, size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from genesis.frozen import Frozen
from genesis.tools.leads.columns import LOST, WON, LeadColumns, said
from genesis.tools.tabular.columns import Column
from genesis.tools.tabular.table import Table
from genesis.tools.tabular.words import words

WEIGHTS = {"fit": 40, "engagement": 30, "recency": 15, "size": 15}
HALF_LIFE_DAYS = 30


class Part(Frozen):
    """A part of the score: its share of 100, the columns that it comes from, and how."""

    name: str
    weight: float
    columns: tuple[str, ...]
    how: str


def score_parts(
    table: Table, found: LeadColumns, rows: Sequence[int], wanted: Sequence[str]
) -> tuple[list[Part], dict[str, dict[int, float]], list[str]]:
    values: dict[str, dict[int, float]] = {}
    how: dict[str, tuple[tuple[Column, ...], str]] = {}
    fit = _fit(table, found, rows, wanted)
    if fit is not None:
        values["fit"], columns, text = fit
        how["fit"] = (columns, text)
    for name, columns in (("engagement", found.engagement), ("size", found.size)):
        if columns and rows:
            values[name] = _ranks(columns, rows)
            how[name] = (columns, "mean over its columns of (leads with less + half of those with as much) / leads")
    days = [v for v in (found.recency.values if found.recency else ()) if isinstance(v, datetime)]
    if found.recency is not None and days:
        newest = max(days)
        values["recency"] = {row: _recent(found.recency, row, newest) for row in rows}
        how["recency"] = (
            (found.recency,),
            f"0.5 ^ (days before the newest date in the data, {newest.date()}, / {HALF_LIFE_DAYS}); no date: 0",
        )
    names = [name for name in WEIGHTS if name in values]
    whole = sum(WEIGHTS[name] for name in names)
    parts = [
        Part(
            name=name,
            weight=100 * WEIGHTS[name] / whole,
            columns=tuple(column.name for column in how[name][0]),
            how=how[name][1],
        )
        for name in names
    ]
    return parts, values, [name for name in WEIGHTS if name not in values]


def _fit(
    table: Table, found: LeadColumns, rows: Sequence[int], wanted: Sequence[str]
) -> tuple[dict[int, float], tuple[Column, ...], str] | None:
    """How well a lead's categories fit: those that the objective names, else those that became customers so far."""
    asked = {stemmed for word in wanted for stemmed in words(word)}
    named = [
        (column, {v for v in column.values if isinstance(v, str) and words(v) and set(words(v)) <= asked})
        for column in found.fit
    ]
    named = [(column, values) for column, values in named if values]
    if named:
        fits = {row: sum(column.values[row] in values for column, values in named) / len(named) for row in rows}
        shown = "; ".join(f"{column.name} is {' or '.join(sorted(values)[:6])}" for column, values in named)
        return fits, tuple(column for column, _ in named), f"share of what the objective names that holds: {shown}"
    if found.outcome is None or not found.fit:
        return None
    won, ended = _history(table, found)
    if sum(won.values()) == 0:
        return None
    base = sum(won.values()) / sum(ended.values())
    rates = {key: (won[key] + base * 2) / (ended[key] + 2) for key in ended}
    best = max(rates.values())
    fits = {
        row: sum(rates.get((c.name, c.values[row]), base) for c in found.fit) / len(found.fit) / best for row in rows
    }
    text = (
        "mean over its columns of the share of closed leads with the same value that became customers, each drawn "
        f"towards the mean {base:.3g} by 2 leads, divided by the highest, {best:.3g}"
    )
    return fits, found.fit, text


def _history(table: Table, found: LeadColumns) -> tuple[Counter[tuple[str, object]], Counter[tuple[str, object]]]:
    won: Counter[tuple[str, object]] = Counter()
    ended: Counter[tuple[str, object]] = Counter()
    assert found.outcome is not None
    for row in range(table.rows):
        value = found.outcome.values[row]
        status = said(value) if value is not None else ""
        if status in WON | LOST:
            for column in found.fit:
                ended[(column.name, column.values[row])] += 1
                won[(column.name, column.values[row])] += status in WON
    return won, ended


def _ranks(columns: Sequence[Column], rows: Sequence[int]) -> dict[int, float]:
    """Mean of the mid-ranks from 0 to 1; a missing value ranks as 0."""
    sums: dict[int, float] = dict.fromkeys(rows, 0.0)
    for column in columns:
        of = {
            row: float(str(int(v) if isinstance(v, bool) else v))
            for row in rows
            if (v := column.values[row]) is not None
        }
        counts = Counter(of.values())
        below, rank = 0, {}
        for value in sorted(counts):
            rank[value] = (below + counts[value] / 2) / len(of)
            below += counts[value]
        for row, value in of.items():
            sums[row] += rank[value]
    return {row: total / len(columns) for row, total in sums.items()}


def _recent(column: Column, row: int, newest: datetime) -> float:
    value = column.values[row]
    return float(0.5 ** ((newest.date() - value.date()).days / HALF_LIFE_DAYS)) if isinstance(value, datetime) else 0.0
