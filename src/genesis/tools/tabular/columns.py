"""Columns: what a column's cells are, decided over all of them and not by the first hundred."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeVar

from genesis.errors import RequestInvalid
from genesis.tools.tabular.dates import Grain, Order, date_order, parse_date
from genesis.tools.tabular.numbers import Mark, decimal_mark, parse_number
from genesis.tools.tabular.words import wordset

Kind = Literal["integer", "decimal", "date", "time", "boolean", "text"]
Value = int | Decimal | datetime | bool | str | None

MISSING = frozenset({"", "null", "n/a", "#n/a", "#na", "nan", "<na>", "#null!"})
MISSING_TYPED = MISSING | wordset("na none - -- \u2013 \u2014 ? . nil missing unknown nat #value! #ref! #div/0!")
"""In a column of numbers or dates these say that there is no value; in a column of text NA may be Namibia."""

BOOLEANS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("ja", "nein"), ("oui", "non"))
MAX_CELLS = 3_000_000
MAX_COLUMNS = 500
READABLE = 0.9
"""The share of the filled cells that must read as a number (or date) for the column to be one."""


@dataclass(frozen=True)
class Column:
    """A column, one value per row, None where there is none.

    `unit`: a currency's code or "%", when every number has the same; `split`: the name of the column that says each
    row's currency, when there are several and the numbers must not be added up. `grain`: how finely dates are said.
    `doubts`: what was assumed in reading it. `unreadable`: row number (from 0) and text of cells that do not fit.
    """

    name: str
    kind: Kind
    values: Sequence[Value]
    unit: str | None = None
    split: str | None = None
    grain: Grain | None = None
    doubts: tuple[str, ...] = ()
    unreadable: tuple[tuple[int, str], ...] = ()
    currencies: Sequence[str | None] = field(default=(), repr=False)

    @property
    def number(self) -> bool:
        return self.kind in ("integer", "decimal")

    @property
    def scale(self) -> int:
        """Digits after the point that the column's numbers have, at most."""
        if self.kind != "decimal":
            return 0
        return max((-int(v.as_tuple().exponent) for v in self.values if isinstance(v, Decimal)), default=0)


def read_column(name: str, texts: Sequence[str], mark: Mark, order: Order) -> Column:
    """The column of these cells. `mark` and `order` are what the file suggests where the column proves nothing."""
    distinct = Counter(text.strip() for text in texts)
    filled = {text: count for text, count in distinct.items() if text.casefold() not in MISSING_TYPED}
    for attempt in (_numbers, _dates):
        column = attempt(name, texts, filled, mark, order)
        if column is not None:
            return column
    words = {text.casefold() for text in filled}
    for true, false in BOOLEANS:
        if words == {true, false} or (true == "true" and words and words < {true, false}):
            known = {text: None if text not in filled else text.casefold() == true for text in distinct}
            return Column(name, "boolean", [known[text.strip()] for text in texts])
    kept = {text: None if text.casefold() in MISSING else text for text in distinct}
    return Column(name, "text", [kept[text.strip()] for text in texts])


Read = TypeVar("Read")


def _read(filled: dict[str, int], parse: Callable[[str], Read | None]) -> dict[str, Read | None] | None:
    """What each text reads as, or None once too many of the cells are found not to read."""
    total = sum(filled.values())
    may_fail = (1 - READABLE) * total if READABLE * total >= 5 else 0
    known: dict[str, Read | None] = {}
    failed = 0
    for text, count in filled.items():
        known[text] = parse(text)
        if known[text] is None:
            failed += count
            if failed > may_fail:
                return None
    return known or None


def _numbers(name: str, texts: Sequence[str], filled: dict[str, int], mark: Mark, _: Order) -> Column | None:
    known = _read(filled, lambda text: parse_number(text, "."))
    if known is None or any(re.fullmatch(r"0[0-9]+|[0-9]{16,}", text) for text in filled):
        return None  # postcodes, article numbers, card numbers: what is written 007 is not seven
    mark, sure = decimal_mark(filled, mark)
    if mark == ",":
        known = {text: parse_number(text, mark) for text in filled}
    numbers = [known.get(text.strip()) for text in texts]
    units = {number.unit for number in numbers if number}
    money = {unit for unit in units if unit is not None and unit != "%"}
    whole = all(number is None or number.value.as_tuple().exponent == 0 for number in known.values())
    doubts = []
    if sure == "assumed":
        doubts.append(f'{name}: every number reads either way; "{mark}" was taken for the decimal mark')
    if sure == "mixed":
        doubts.append(f'{name}: both decimal marks occur; "{mark}" was taken where a number reads either way')
    if "%" in units and len(units) > 1:
        doubts.append(f"{name}: some numbers carry % and some do not; they were taken as written")
    if len(money) > 1:
        doubts.append(f"{name}: holds several currencies ({', '.join(sorted(money))}), which are never added up")
    return Column(
        name,
        "integer" if whole else "decimal",
        [None if number is None else int(number.value) if whole else number.value for number in numbers],
        unit=next(iter(units))
        if len(units) == 1
        else next(iter(money))
        if len(money) == 1 and "%" not in units
        else None,
        doubts=tuple(doubts),
        unreadable=_unreadable(texts, {text for text, number in known.items() if number is None}),
        currencies=[number.unit if number else None for number in numbers] if len(money) > 1 else (),
    )


def _dates(name: str, texts: Sequence[str], filled: dict[str, int], _: Mark, order: Order) -> Column | None:
    order, sure = date_order(filled, order)
    known = _read(filled, lambda text: parse_date(text, order))
    if known is None:
        return None
    grains = {moment.grain for moment in known.values() if moment}
    doubts = []
    shown = "day/month/year" if order == "dmy" else "month/day/year"
    if sure == "assumed":
        doubts.append(f"{name}: every date reads either way; {shown} was taken")
    if sure == "mixed":
        doubts.append(f"{name}: day/month and month/day both occur; {shown} was taken where a date reads either way")
    if all(moment is None or moment.at.time() == datetime.min.time() for moment in known.values()):
        grains = {"day" if grain == "time" else grain for grain in grains}
    grain: Grain = next(one for one in ("time", "day", "month", "quarter") if one in grains)
    moments = [known.get(text.strip()) for text in texts]
    return Column(
        name,
        "time" if grain == "time" else "date",
        [moment.at if moment else None for moment in moments],
        grain=grain,
        doubts=tuple(doubts),
        unreadable=_unreadable(texts, {text for text, moment in known.items() if moment is None}),
    )


def _unreadable(texts: Sequence[str], bad: set[str]) -> tuple[tuple[int, str], ...]:
    if not bad:
        return ()
    return tuple((row, text.strip()) for row, text in enumerate(texts) if text.strip() in bad)


def check_size(file: str, rows: int, columns: int) -> None:
    """Raises `RequestInvalid` over 3,000,000 cells or 500 columns: a part of a table gives wrong totals."""
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        raise RequestInvalid(
            f"{file}: {rows:,} rows of {columns:,} columns; at most {MAX_CELLS:,} cells and {MAX_COLUMNS} columns are "
            "analysed. Split or narrow it"
        )


def unique_names(names: Sequence[str]) -> list[str]:
    """Names for all columns, none twice (not even in another case, which SQL takes for the same)."""
    taken: set[str] = {"_line"}
    unique = []
    for place, name in enumerate(names, start=1):
        base = " ".join("".join(c if c.isprintable() else " " for c in name).split())[:100] or f"column_{place}"
        candidate, count = base, 1
        while candidate.casefold() in taken:
            count += 1
            candidate = f"{base}_{count}"
        taken.add(candidate.casefold())
        unique.append(candidate)
    return unique
