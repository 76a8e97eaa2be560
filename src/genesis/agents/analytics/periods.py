"""Spans of time that a goal names: "in March 2024", "Q2 2023", "since 2022", "last 30 days"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from genesis.agents.analytics.vocabulary import Token
from genesis.tools.tabular.dates import month_number, next_start, start_of
from genesis.tools.tabular.words import wordset

Grain = Literal["day", "week", "month", "quarter", "year"]
GRAINS: dict[str, Grain] = {
    "day": "day",
    "daily": "day",
    "date": "day",
    "week": "week",
    "weekly": "week",
    "month": "month",
    "monthly": "month",
    "monat": "month",
    "quarter": "quarter",
    "quarterly": "quarter",
    "year": "year",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
    "jahr": "year",
}


@dataclass(frozen=True)
class Span:
    """From `first` (inclusive) to `end` (exclusive); None: open. `said`: the span in words."""

    first: date | None
    end: date | None
    said: str


def span_of(said: Sequence[Token], newest: date) -> tuple[Span | None, frozenset[int]]:
    """The span that the tokens name, and which tokens say so. "Last month" is counted from the newest date in the data.

    A span between two others ("between March 2023 and May 2023") and one with an open end ("since 2022") are known.
    """
    places = _named(said)
    if places:
        first_at, first_end, first = places[0]
        before = said[first_at - 1].word if first_at else ""
        if len(places) > 1 and before in ("between", "from") and places[1][0] - first_end <= 1:
            last_end, last = places[1][1], places[1][2]
            used = range(first_at - 1, last_end)
            return Span(first.first, last.end, f"{first.said} to {last.said}"), frozenset(used)
        used = range(first_at - 1 if before in _LEADS else first_at, first_end)
        if before in ("since", "from", "after"):
            start = first.end if before == "after" else first.first
            return Span(start, None, f"{before} {first.said}"), frozenset(used)
        if before in ("before", "until", "till"):
            end = first.first if before == "before" else first.end
            return Span(None, end, f"{before} {first.said}"), frozenset(used)
        if len(places) == 1:
            return first, frozenset(used)
    return _relative(said, newest)


_LEADS = wordset("in during for of since after from before until till on year between")


def _named(said: Sequence[Token]) -> list[tuple[int, int, Span]]:
    found: list[tuple[int, int, Span]] = []
    position = 0
    while position < len(said):
        length, span = _named_at(said, position)
        if span is not None:
            found.append((position, position + length, span))
            position += length
        else:
            position += 1
    return found


def _named_at(said: Sequence[Token], position: int) -> tuple[int, Span | None]:
    here = [token.word for token in said[position : position + 3]]
    if len(here) == 3 and _year(here[0]) and _number(here[1], 12) and _number(here[2], 31):
        return 3, _span(int(here[0]), int(here[1]), "day", int(here[2]))
    if len(here) >= 2 and _year(here[1]):
        month = month_number(said[position].text)
        if month:
            return 2, _span(int(here[1]), month, "month")
        if quarter := re.fullmatch(r"q([1-4])", here[0]):
            return 2, _span(int(here[1]), int(quarter[1]) * 3 - 2, "quarter")
    if len(here) >= 2 and _year(here[0]):
        if quarter := re.fullmatch(r"q([1-4])", here[1]):
            return 2, _span(int(here[0]), int(quarter[1]) * 3 - 2, "quarter")
        if _number(here[1], 12) and len(here[1]) == 2:
            return 2, _span(int(here[0]), int(here[1]), "month")
    if here and _year(here[0]):
        return 1, _span(int(here[0]), 1, "year")
    return 0, None


def _year(word: str) -> bool:
    return bool(re.fullmatch(r"(?:19|20)[0-9]{2}", word))


def _number(word: str, most: int) -> bool:
    return bool(re.fullmatch(r"[0-9]{1,2}", word)) and 1 <= int(word) <= most


def _span(year: int, month: int, grain: Grain, day: int = 1) -> Span | None:
    try:
        first = date(year, month, day)
    except ValueError:
        return None
    return Span(first, next_start(first, grain), label(first, grain))


def _relative(said: Sequence[Token], newest: date) -> tuple[Span | None, frozenset[int]]:
    for position, token in enumerate(said):
        if token.word not in ("last", "past", "previous", "this", "current", "latest"):
            continue
        following = [one.word for one in said[position + 1 : position + 3]]
        if len(following) == 2 and following[0].isdigit() and following[1] in GRAINS and int(following[0]) <= 10_000:
            count, grain = int(following[0]), GRAINS[following[1]]
            first = start_of(newest, grain)
            for _ in range(count - 1):
                first = start_of(first - timedelta(days=1), grain)
            said_so = f"the last {count} {grain}s of the data (to {newest})"
            return Span(first, newest + timedelta(days=1), said_so), frozenset(range(position, position + 3))
        if following and following[0] in GRAINS and following[0] not in ("date", "daily"):
            grain = GRAINS[following[0]]
            first = start_of(newest, grain)
            return (
                Span(first, next_start(first, grain), f"{label(first, grain)} (the last {grain} of the data)"),
                frozenset(range(position, position + 2)),
            )
    return None, frozenset()


def label(first: date, grain: Grain) -> str:
    """How a period is written: 2024, 2024-Q1, 2024-03, or the first day of a week or the day."""
    match grain:
        case "year":
            return str(first.year)
        case "quarter":
            return f"{first.year}-Q{(first.month - 1) // 3 + 1}"
        case "month":
            return f"{first.year}-{first.month:02d}"
        case "week":
            return f"week of {first}"
        case "day":
            return str(first)


def natural(first: date, last: date) -> Grain:
    """The grain that gives a readable number of periods between two dates."""
    days = (last - first).days
    return "day" if days <= 45 else "week" if days <= 150 else "month" if days <= 6 * 366 else "year"
