"""Figures and conditions in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from genesis.agents.analytics.question import Question
from genesis.frozen import JsonValue
from genesis.tools.tabular.words import one_line

_NAMES = {"sum": "total ", "mean": "average ", "median": "median ", "min": "lowest ", "max": "highest "}


def number(value: JsonValue, digits: int = 0, unit: str | None = None) -> str:
    """A number with thousands apart; small fractions keep three significant digits.

    >>> number(1234567.891, 2), number(0.00123, 2), number(12, 0, "EUR"), number(None)
    ('1,234,567.89', '0.00123', '12 EUR', 'nothing')
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, float) and value and abs(value) < 10 ** -max(digits, 1):
        text = f"{value:.3g}"
    else:
        text = f"{value:,.{digits}f}"
        if float(text.replace(",", "")) == 0:
            text = text.lstrip("-")
    return f"{text} {unit}" if unit else text


def plural(count: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "row"), plural(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def percent(part: float, whole: float) -> str:
    """A share in words."""
    return f"{100 * part / whole:.1f} %" if whole else "no share"


def chance(p: float) -> str:
    """A probability as it is read."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def measured(question: Question) -> str:
    """The figure's name: "total revenue", "number of rows"."""
    measure = question.measure
    if measure is None or question.aggregate == "count":
        return "number of rows"
    if question.aggregate == "distinct":
        return f"number of different values of {measure.name}"
    if question.aggregate == "rate":
        return f"share of rows with {measure.name}"
    return f"{_NAMES[question.aggregate or 'sum']}{measure.name}"


def figure(question: Question, value: JsonValue, currency: JsonValue = None) -> str:
    """A value of the question's figure, with its unit."""
    measure = question.measure
    if measure is None or question.aggregate in ("count", "distinct"):
        return number(value)
    if question.aggregate == "rate":
        return number(value, 1, "%")
    whole = measure.column.kind == "integer" and question.aggregate in ("sum", "min", "max")
    unit = currency if isinstance(currency, str) else measure.column.unit
    return number(value, 0 if whole else min(max(measure.column.scale, 1 if unit == "%" else 2), 4), unit)


def conditions(question: Question) -> str:
    """Which rows, in words: " in 2023 where region is North"; empty when all."""
    parts = []
    if question.span and question.when:
        said = question.span.said
        lead = "" if said.split()[0] in ("since", "from", "after", "before", "until", "till") else "in "
        parts.append(f" {lead}{said}")
    wheres = []
    for one in question.filters:
        if one.order:
            wheres.append(f"{one.ref.name} {one.order} {one.number}")
        else:
            shown = " or ".join(label(value) for value in one.values)
            wheres.append(f"{one.ref.name} is {'not ' if one.but else ''}{shown}")
    if wheres:
        parts.append(f" where {' and '.join(wheres)}")
    return "".join(parts)


def label(value: JsonValue) -> str:
    """A group's name, in a sentence."""
    if value is None:
        return "(missing)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return one_line(str(value))[:80]


def listed(parts: Sequence[str]) -> str:
    """a, b and c.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def cap(text: str) -> str:
    return text[:1].upper() + text[1:]
