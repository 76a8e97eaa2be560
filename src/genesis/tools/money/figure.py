"""A figure that somebody stated, and a line that was computed from such figures."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from genesis.finding import Source
from genesis.frozen import Frozen

Period = Literal["day", "week", "month", "quarter", "year"]
PER_YEAR: dict[Period, int] = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}


class Figure(Frozen):
    """A stated figure: `unit` is a currency's code, "%" (then `value` is the fraction: 3 % is 0.03), "months", "years"
    or None; `period`: per what it is, None when that was not said; `source`: where it was stated."""

    name: str
    value: Decimal
    unit: str | None
    period: Period | None
    source: Source
    text: str


class Line(Frozen):
    """A computed figure. `formula` in words, `filled` the same with its numbers; `value` None when there is none, and
    then `why`."""

    name: str
    value: Decimal | None
    unit: str | None
    formula: str
    filled: str
    why: str | None = None

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.name}: none, since {self.why}"
        return f"{self.name} is {shown(self.value, self.unit)}"


_COUNTED = frozenset({"days", "weeks", "months", "quarters", "years", "periods", "times", "units", "customers"})


def shown(value: Decimal, unit: str | None = None) -> str:
    """A figure as it is read: money to the cent (whole sums of 10,000 and more too), rates in percent.

    >>> shown(Decimal("1306.6667"), "EUR"), shown(Decimal("0.0345"), "%"), shown(Decimal("12"), None)
    ('1,306.67 EUR', '3.45 %', '12')
    """
    if unit == "%":
        return f"{plain(value * 100, 2)} %"
    if unit is None or unit in _COUNTED:
        return f"{plain(value, 2)}{f' {unit}' if unit else ''}"
    cents = value.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return f"{cents:,.2f} {unit}" if unit != "money" else f"{cents:,.2f}"


def plain(value: Decimal, digits: int) -> str:
    """At most `digits` after the point, no trailing zeros; more where there is nothing before them.

    >>> plain(Decimal("2.500"), 2), plain(Decimal("0.00041"), 2), plain(Decimal("1E+3"), 2)
    ('2.5', '0.00041', '1,000')
    """
    if value and abs(value) < Decimal(1).scaleb(-digits):
        return f"{value:.3g}" if abs(value) > Decimal("1e-6") else f"{float(value):.3g}"
    text = f"{value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
