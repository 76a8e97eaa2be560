"""Figures out of a sentence: "price 49 EUR, churn 3 % a month, CAC 120", each with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from genesis.finding import Source
from genesis.tools.money.figure import Figure, Period
from genesis.tools.money.phrases import COMPILED, COUNTS, MONEY, RATES, called
from genesis.tools.tabular.numbers import CODES, SYMBOLS, mark_of, parse_number
from genesis.tools.tabular.words import wordset

MAX_CHARS = 20_000
_CURRENCY = "|".join(
    sorted((re.escape(word) for word in (*SYMBOLS, *CODES, "euros?", "dollars?")), key=len, reverse=True)
)
_CURRENCY = _CURRENCY.replace(r"euros\?", "euros?").replace(r"dollars\?", "dollars?")
_NUMBER = re.compile(
    rf"(?<![\w.,])(?P<sign>[-\u2212])?(?P<before>{_CURRENCY})?\s?(?P<sign2>-)?"
    r"(?P<digits>[0-9]{1,3}(?:[ '\u2019,.][0-9]{3})+(?:[.,][0-9]{1,4})?(?![0-9])|[0-9]{1,15}(?:[.,][0-9]{1,8})?)"
    r"(?:\s?(?P<scale>k|K|thousand|[mM]illions?|mio|mn|M|bn|billion)(?![A-Za-z]))?"
    rf"\s?(?P<after>%|percent(?![a-z])|per ?cent(?![a-z])|(?:{_CURRENCY})(?![A-Za-z]))?",
    re.IGNORECASE,
)
_SCALES = {"k": 3, "thousand": 3, "million": 6, "millions": 6, "mio": 6, "mn": 6, "m": 6, "bn": 9, "billion": 9}
_PERIOD = re.compile(
    r"(?:/ ?|per |an? |each |every |p\.? ?)(?P<one>day|week|month|mo|quarter|year|yr|annum|a\.|m\.)(?![a-z])"
    r"|(?P<adverb>daily|weekly|monthly|quarterly|yearly|annual(?:ly)?)",
    re.IGNORECASE,
)
_PERIODS: dict[str, Period] = {
    "day": "day", "daily": "day", "week": "week", "weekly": "week", "month": "month", "mo": "month", "m.": "month",
    "monthly": "month", "quarter": "quarter", "quarterly": "quarter", "year": "year", "yr": "year", "annum": "year",
    "a.": "year", "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
_DURATION = re.compile(r"\s?-?(?P<unit>years?|yrs?|months?)(?![a-z])", re.IGNORECASE)
_LINKS = wordset(
    "is are was were of at about around roughly approximately approx currently now equal equals to be by from for"
    " with our the a an per each month monthly year yearly annual and or between it we have has need needs up"
    " total costs cost us left remaining initially today only just some their his her its my another that which"
    " would will you net gross"
)
_BEFORE = re.compile(rf"(?:[\s:=~(>]|(?:{'|'.join(sorted(_LINKS))})(?![a-z]))*", re.IGNORECASE)
_AFTER = re.compile(
    r"(?:\s|(?:of|on|in|for|as|the|our|a|an|new|total|per|month|monthly|year|annual|is|left)(?![a-z]))*", re.IGNORECASE
)
_LIST = re.compile(r"\s*(?:,\s*(?:and |or )?|and |or |to |/|vs\.? |versus |then |-|;\s*)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class _Amount:
    start: int
    end: int
    value: Decimal
    unit: str | None
    doubt: str | None


@dataclass(frozen=True)
class _Name:
    start: int
    end: int
    name: str


def parse_figures(
    text: str, where: Source | None = None, said_in: str = "the objective"
) -> tuple[tuple[Figure, ...], tuple[Figure, ...], tuple[str, ...]]:
    """The figures that a text states, in its order; numbers that nothing names; what was assumed in reading.

    A number counts only when a word beside it says what it is; several behind one word ("prices 39, 49 and 59") are
    several figures of that name. `where`: the source to name instead of the place in the text, which is
    called `said_in`.
    """
    text = text[:MAX_CHARS]
    names = _names(text)
    amounts = [one for one in _amounts(text) if not any(n.start <= one.start < n.end for n in names)]
    owner = _owners(text, amounts, names)
    figures: list[Figure] = []
    unnamed: list[Figure] = []
    doubts: list[str] = []
    for place, amount in enumerate(amounts):
        name = owner.get(place)
        following = amounts[place + 1].start if place + 1 < len(amounts) else len(text)
        duration = _DURATION.match(text, amount.end)
        if duration and amount.unit is None:
            unit = "months" if duration["unit"].lower().startswith("m") else "years"
            source = where or _place(text, amount.start, duration.end(), said_in)
            figures.append(_figure("duration", amount.value, unit, None, source, text[amount.start : duration.end()]))
            continue
        if name is None:
            period = _period(text, _Name(amount.start, amount.end, ""), amount, following)
            source = where or _place(text, amount.start, amount.end, said_in)
            value = amount.value / 100 if amount.unit == "%" else amount.value
            unnamed.append(_figure("", value, amount.unit, period, source, text[amount.start : amount.end].strip()))
            continue
        start, end = min(name.start, amount.start), max(name.end, amount.end)
        period = _period(text, name, amount, following)
        value = amount.value / 100 if amount.unit == "%" else amount.value
        currency = amount.unit or next(
            (amounts[i].unit for i, one in owner.items() if one is name and amounts[i].unit), None
        )
        label = text[name.start : name.end] if name.name == "cost_item" else name.name
        excerpt = text[start:end] if end - start <= 80 else text[amount.start : amount.end]
        place_in = where or _place(text, start, end, said_in)
        figures.append(_figure(label.lower(), value, currency, period, place_in, " ".join(excerpt.split())))
        if amount.doubt:
            doubts.append(f"{called(label.lower())}: {amount.doubt}")
    return tuple(figures), tuple(unnamed), tuple(doubts)


def _figure(name: str, value: Decimal, unit: str | None, period: Period | None, source: Source, text: str) -> Figure:
    return Figure(name=name, value=value, unit=unit, period=period, source=source, text=text)


def _place(text: str, start: int, end: int, said_in: str) -> Source:
    excerpt = " ".join(text[start:end].split())[:200]
    return Source(formula=f"stated in {said_in}, characters {start + 1} to {end}", excerpt=excerpt)


def _names(text: str) -> list[_Name]:
    """What is named where; of overlapping names the longer one, and of equally long ones the first in the list."""
    found = [_Name(match.start(), match.end(), name) for name, pattern in COMPILED for match in pattern.finditer(text)]
    found.sort(key=lambda one: -(one.end - one.start))
    kept: list[_Name] = []
    for one in found:
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _amounts(text: str) -> list[_Amount]:
    found = []
    for match in _NUMBER.finditer(text):
        digits = match["digits"]
        marker = match["before"] or match["after"]
        unit = (
            None if marker is None else "%" if marker[0] in "%pP" and marker.upper() not in CODES else _currency(marker)
        )
        if (
            unit is None
            and match["scale"] is None
            and re.fullmatch(r"(?:19|20)[0-9]{2}", digits)
            and _is_year(text, match.start())
        ):
            continue
        doubt = None
        mark = mark_of(digits)
        if mark == "either" and "." in digits and unit not in (None, "%"):
            doubt = f"{digits} was read as {digits.replace('.', '')}, since money has two decimals"
            digits = digits.replace(".", "")
        elif mark == "either" and "." in digits:
            doubt = f"{digits} was read with a decimal point"
        number = parse_number(digits, ".")
        if number is None:
            continue
        value = number.value.scaleb(_SCALES[match["scale"].lower()]) if match["scale"] else number.value
        negative = bool(match["sign"] or match["sign2"])
        end = match.start() + len(match.group().rstrip())
        found.append(_Amount(match.start(), end, -value if negative else value, unit, doubt))
    return found


def _currency(marker: str) -> str:
    lower = marker.lower()
    if lower.startswith(("euro", "dollar")):
        return "EUR" if lower.startswith("euro") else "USD"
    return SYMBOLS.get(marker, marker.upper())


def _is_year(text: str, start: int) -> bool:
    return bool(
        re.search(
            r"(?:\bin|\bsince|\bfor|\byear|\bfy|\bof|\buntil|\bby|\bto|\bq[1-4])\s*$",
            text[max(0, start - 8) : start],
            re.IGNORECASE,
        )
    )


def _owners(text: str, amounts: Sequence[_Amount], names: Sequence[_Name]) -> dict[int, _Name]:
    """Which name each amount belongs to: the closest pairs first, each name once, then what continues a list."""
    pairs: list[tuple[float, int, int]] = []
    for place, amount in enumerate(amounts):
        for index, name in enumerate(names):
            if name.end <= amount.start and name.end >= amount.start - 60:
                gap = text[name.end : amount.start]
                if _BEFORE.fullmatch(gap):
                    pairs.append((len(gap.split()) + 0.4 * ("and" in gap.split()), place, index))
            elif amount.end <= name.start <= amount.end + 40:
                gap = text[amount.end : name.start]
                gap = _PERIOD.sub("", gap)
                if _AFTER.fullmatch(gap):
                    pairs.append((len(gap.split()) + 0.3, place, index))
    owner: dict[int, _Name] = {}
    taken: set[int] = set()
    for _, place, index in sorted(pairs):
        if place not in owner and index not in taken and _fits(names[index].name, amounts[place]):
            owner[place] = names[index]
            taken.add(index)
    for place in range(1, len(amounts)):
        previous = owner.get(place - 1)
        if place not in owner and previous is not None and _fits(previous.name, amounts[place]):
            gap = text[amounts[place - 1].end : amounts[place].start]
            same = amounts[place].unit == amounts[place - 1].unit or None in (
                amounts[place].unit,
                amounts[place - 1].unit,
            )
            if _LIST.fullmatch(gap) and same and not _DURATION.match(text, amounts[place].end):
                owner[place] = previous
    return owner


def _fits(name: str, amount: _Amount) -> bool:
    if name in MONEY:
        return amount.unit != "%"
    if name in RATES:
        return amount.unit == "%" or (amount.unit is None and abs(amount.value) < 1)
    if name in COUNTS:
        return amount.unit is None
    return amount.unit is None or name == "cost_item"


def _period(text: str, name: _Name, amount: _Amount, following: int) -> Period | None:
    """Per what: said behind the amount (up to the next comma, "and" or number), in its name or just before that."""
    behind = re.split(
        r"[,;.\n]|\band\b", text[max(amount.end, name.end if name.start > amount.start else 0) : following]
    )[0]
    right = text[amount.end : name.start] if name.start > amount.end else ""
    before = text[max(0, min(name.start, amount.start) - 12) : min(name.start, amount.start)]
    before = re.split(r"[,;.\n]|\band\b", before)[-1]
    for piece in (right, behind[:60], text[name.start : name.end], text[name.end : amount.start], before):
        found = _PERIOD.search(piece)
        if found:
            return _PERIODS[(found["one"] or found["adverb"]).lower()]
    if re.search(r"\bmrr\b", text[name.start : name.end], re.IGNORECASE):
        return "month"
    return "year" if re.search(r"\barr\b", text[name.start : name.end], re.IGNORECASE) else None
