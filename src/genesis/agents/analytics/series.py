"""A figure over time: periods without rows, periods that are not whole, and whether there is a trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from genesis.agents.analytics.periods import Grain, label
from genesis.frozen import JsonValue
from genesis.tools.tabular.dates import next_start
from genesis.tools.tabular.significance import Trend, trend

MAX_PERIODS = 2000
TESTED = 400


@dataclass(frozen=True)
class Series:
    """One value per period, in order. `trend` is that of the whole periods (the last 400 at most)."""

    labels: tuple[str, ...]
    values: tuple[float, ...]
    trend: Trend | None
    notes: tuple[str, ...]


def over_time(
    points: Sequence[tuple[JsonValue, JsonValue]], grain: Grain, reach: Sequence[JsonValue], *, fill: bool
) -> Series | None:
    """The series of (first day of the period in ISO form, value) pairs in order of time.

    `reach`: first and last day in the data and the number of different days, which tell whether the outer periods are
    whole. `fill`: periods without rows count as 0 (sums and counts), else they are left out.
    """
    known = [(date.fromisoformat(str(day)[:10]), float(str(value))) for day, value in points if value is not None]
    if not known:
        return None
    notes: list[str] = []
    values = dict(known)
    if fill:
        empty = 0
        day, last = known[0][0], known[-1][0]
        while day < last and len(values) < MAX_PERIODS:
            if day not in values:
                values[day] = 0.0
                empty += 1
            day = next_start(day, grain)
        if empty:
            notes.append(f"{empty:,} {grain}s have no rows and count as 0")
    days = sorted(values)
    whole = days[:]
    begin, end, gap = _reach(reach)
    if begin and end:
        slack = timedelta(days=2 * gap + 1)
        if whole and next_start(whole[-1], grain) - timedelta(days=1) - end > slack:
            notes.append(f"{label(whole[-1], grain)} is not whole (the data end on {end}) and is left out of the trend")
            whole.pop()
        if whole and begin - whole[0] > slack:
            notes.append(
                f"{label(whole[0], grain)} is not whole (the data begin on {begin}) and is left out of the trend"
            )
            whole.pop(0)
    found = trend([values[day] for day in whole[-TESTED:]])
    return Series(tuple(label(day, grain) for day in days), tuple(values[day] for day in days), found, tuple(notes))


def _reach(reach: Sequence[JsonValue]) -> tuple[date | None, date | None, float]:
    first, last, different = reach
    if not isinstance(first, str) or not isinstance(last, str) or not isinstance(different, int) or different < 2:
        return None, None, 0.0
    begin, end = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    return begin, end, (end - begin).days / (different - 1)
