"""Dates as people write them, and how sure it is which is day and which is month."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

from genesis.tools.tabular.vote import Sureness, decide

Order = Literal["dmy", "mdy"]
Grain = Literal["time", "day", "month", "quarter"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero",
            "feb february februar fevrier février febrero",
            "mar march mär maerz märz mars marzo mrz",
            "apr april avril abril",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet julio",
            "aug august août aout agosto",
            "sep sept september septembre septiembre",
            "oct october okt oktober octobre octubre",
            "nov november novembre noviembre",
            "dec december dez dezember décembre decembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_CLOCK = (
    r"(?:[T ,]+(?P<h>[0-9]{1,2}):(?P<mi>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,][0-9]{1,9})?)?\s*(?P<ap>[AaPp][Mm])?"
    r"\s*(?P<z>Z|UTC|GMT|[-+][0-9]{2}:?[0-9]{2})?)?"
)
_YMD = re.compile(r"(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})" + _CLOCK)
_NUMERIC = re.compile(r"(?P<a>[0-9]{1,2})(?P<sep>[-/.])(?P<b>[0-9]{1,2})(?P=sep)(?P<y>[0-9]{4}|[0-9]{2})" + _CLOCK)
_NAMED = re.compile(
    r"(?:[A-Za-z]{2,9},?\s+)?(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?[ .-]+(?P<n>[^\W\d_]{3,9})[ .,-]+(?P<y>[0-9]{4}|[0-9]{2})"
    + _CLOCK
)
_NAMED_FIRST = re.compile(r"(?P<n>[^\W\d_]{3,9})\.? (?P<d>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<y>[0-9]{4})" + _CLOCK)
_MONTH = re.compile(r"(?P<y>[0-9]{4})[-/](?P<m>0[1-9]|1[0-2])")
_MONTH_NAMED = re.compile(r"(?P<n>[^\W\d_]{3,9})\.?[ -]'?(?P<y>[0-9]{4}|[0-9]{2})")
_QUARTER = re.compile(r"(?P<y>[0-9]{4})[ -]?Q(?P<q>[1-4])|Q(?P<q2>[1-4])[ -]?(?P<y2>[0-9]{4})", re.IGNORECASE)
MAX_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Moment:
    """A date (at midnight) or a time, in UTC when the text has a zone; `grain` is how finely the text says it."""

    at: datetime
    grain: Grain


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else 2000 + year if year < 69 else 1900 + year


def _moment(year: int, month: int, day: int, found: re.Match[str]) -> Moment | None:
    hour = found["h"]
    try:
        if hour is None:
            return Moment(datetime(year, month, day), "day")
        hours = int(hour)
        if found["ap"]:
            if not 1 <= hours <= 12:
                return None
            hours = hours % 12 + (12 if found["ap"].lower() == "pm" else 0)
        at = datetime(year, month, day, hours, int(found["mi"]), int(found["s"] or 0))
        zone = found["z"]
        if zone and zone[0] in "+-":
            digits = zone[1:].replace(":", "")
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            at = at.replace(tzinfo=timezone(offset if zone[0] == "+" else -offset)).astimezone(UTC).replace(tzinfo=None)
        return Moment(at, "time")
    except (ValueError, OverflowError):
        return None


def order_of(text: str) -> Order | Literal["either"] | None:
    """What a text proves of the order of day and month; None when it is not of the kind 3/4/2024."""
    found = _NUMERIC.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if found is None:
        return None
    if found["sep"] == ".":
        return "dmy"
    first, second = int(found["a"]), int(found["b"])
    if first > 12 >= second:
        return "dmy"
    if second > 12 >= first:
        return "mdy"
    return "either"


def date_order(texts: Iterable[str], default: Order) -> tuple[Order, Sureness]:
    """The order of day and month in a column, and how sure that is (`decide`)."""
    return decide(map(order_of, texts), ("dmy", "mdy"), default)


def parse_date(text: str, order: Order) -> Moment | None:
    """The moment that a cell holds, or None. `order` decides only what reads either way (3/4/2024).

    >>> parse_date("3/4/2024", "dmy").at.date().isoformat(), parse_date("12 Mar 2024", "mdy").at.date().isoformat()
    ('2024-04-03', '2024-03-12')
    """
    if not 4 <= len(text) <= MAX_LENGTH or not any(character.isdigit() for character in text):
        return None
    if found := _YMD.fullmatch(text):
        return _moment(int(found["y"]), int(found["m"]), int(found["d"]), found)
    if found := _NUMERIC.fullmatch(text):
        own = order_of(text)
        first, second = int(found["a"]), int(found["b"])
        day, month = (first, second) if (own if own in ("dmy", "mdy") else order) == "dmy" else (second, first)
        return _moment(_year(found["y"]), month, day, found)
    if found := _NAMED.fullmatch(text) or _NAMED_FIRST.fullmatch(text):
        number = _MONTHS.get(found["n"].casefold())
        return _moment(_year(found["y"]), number, int(found["d"]), found) if number else None
    if found := _MONTH.fullmatch(text):
        return Moment(datetime(int(found["y"]), int(found["m"]), 1), "month") if int(found["y"]) else None
    if found := _MONTH_NAMED.fullmatch(text):
        number = _MONTHS.get(found["n"].casefold())
        return Moment(datetime(_year(found["y"]), number, 1), "month") if number and int(found["y"]) else None
    if found := _QUARTER.fullmatch(text):
        year, quarter = int(found["y"] or found["y2"]), int(found["q"] or found["q2"])
        return Moment(datetime(year, quarter * 3 - 2, 1), "quarter") if year else None
    return None


def month_number(word: str) -> int | None:
    """1 to 12 for a month's name or short name in English, German, French or Spanish.

    >>> month_number("März"), month_number("dec"), month_number("revenue")
    (3, 12, None)
    """
    return _MONTHS.get(word.casefold())


def start_of(day: date, grain: Literal["day", "week", "month", "quarter", "year"]) -> date:
    """The first day of the period that holds `day`."""
    match grain:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
        case "year":
            return date(day.year, 1, 1)
        case "day":
            return day


def next_start(day: date, grain: Literal["day", "week", "month", "quarter", "year"]) -> date:
    """The first day after the period that holds `day`."""
    start = start_of(day, grain)
    match grain:
        case "day":
            return start + timedelta(days=1)
        case "week":
            return start + timedelta(days=7)
        case "month" | "quarter":
            months = start.year * 12 + start.month - 1 + (1 if grain == "month" else 3)
            return date(months // 12, months % 12 + 1, 1)
        case "year":
            return date(start.year + 1, 1, 1)
