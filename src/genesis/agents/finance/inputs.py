"""The figures that a model may use: who stated them, in which currency, per what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

from genesis.finding import NotDone, Source
from genesis.tools.money.figure import PER_YEAR, Figure, Period, shown
from genesis.tools.money.phrases import MONEY, PHRASES, called

KNOWN = {name for name, _ in PHRASES}
_RANGES: dict[str, tuple[str, str]] = {
    "churn": ("0", "1"),
    "retention": ("0", "1"),
    "margin": ("-10", "1"),
    "target_margin": ("0", "0.9999"),
    "growth": ("-0.9999", "10"),
    "discount_rate": ("-0.9999", "100"),
    "elasticity": ("-20", "20"),
    "price": ("0.000001", "1e12"),
    "units": ("0.000001", "1e12"),
    "cash_flow": ("-1e15", "1e15"),
    "duration": ("0", "1200"),
}
"""What a figure can be; what is not named here is from 0 to 1e15."""


@dataclass
class Inputs:
    """The stated figures. `used`, `assumed` and `refused` gather, while models take what they need, what the report has
    to say."""

    figures: Sequence[Figure]
    unnamed: list[Figure] = field(default_factory=list)
    used: list[Figure] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    refused: list[NotDone] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """The currency of the first money that names one; "money" when none does."""
        stated = [*self.figures, *self.unnamed]
        return next((one.unit for one in stated if _is_money(one) and one.unit not in (None, "%")), None) or "money"

    def all(self, name: str) -> list[Figure]:
        """Every figure of that name that may be used: money of another currency is refused, and that is said."""
        found = []
        for one in self.figures:
            if one.name != name and not (name == "cost_item" and one.name not in KNOWN | {"duration"}):
                continue
            low, high = (Decimal(bound) for bound in _RANGES.get(name, ("0", "1e15")))
            if not low <= one.value <= high:
                least = "above 0" if low == Decimal("0.000001") else f"at least {shown(low, _sign(one))}"
                self._refuse(one, f"it must be {least} and at most {shown(high, _sign(one))}: correct it")
            elif _is_money(one) and one.unit not in (None, self.currency):
                self._refuse(one, f"it is in {one.unit}, the rest in {self.currency}: state it in {self.currency}")
            else:
                found.append(one)
        return found

    def _refuse(self, figure: Figure, why: str) -> None:
        note = NotDone(what=f"{called(figure.name)} ({figure.text})", why=why)
        if note not in self.refused:
            self.refused.append(note)

    def one(self, name: str) -> Figure | None:
        """The first figure of that name; others are said to be left aside."""
        found = self.all(name)
        if not found:
            return None
        if len({(figure.value, figure.period) for figure in found}) > 1:
            rest = ", ".join(figure.text for figure in found[1:])
            self._assume(f"{called(name)}: {found[0].text} was taken; also stated: {rest}")
        self._use(found[0])
        return found[0]

    def find(self, name: str, *, costs: bool = False) -> None:
        """Looks for a money figure that a model cannot do without where nothing is named so: the only amount of money
        that nothing names is taken for it, and said. With `costs`, one that is called just "costs", too."""
        if self.all(name):
            return
        plain = [one for one in self.figures if one.name == "costs" and one.period is None] if costs else []
        loose = plain or [one for one in self.unnamed if one.unit != "%" and not _is_small(one)]
        if len(loose) != 1:
            return
        self.unnamed[:] = [one for one in self.unnamed if one != loose[0]]
        self.figures = [*self.figures, loose[0].model_copy(update={"name": name})]
        self._assume(f"{called(name)}: {loose[0].text} was taken for it, the only amount that could be meant")

    def value(self, name: str) -> Decimal | None:
        """The plain value of a figure."""
        figure = self.one(name)
        return figure.value if figure else None

    def several(self, name: str) -> list[Decimal]:
        """All values of a name, in the order stated."""
        found = self.all(name)
        for figure in found:
            self._use(figure)
        return list(dict.fromkeys(figure.value for figure in found))

    def per(self, name: str, period: Period) -> Decimal | None:
        """An amount of money (or a count) per `period`; where no period was stated this one is assumed, and said."""
        figure = self.one(name)
        return self.convert(figure, period) if figure else None

    def convert(self, figure: Figure, period: Period) -> Decimal:
        """A flow restated per `period`."""
        if figure.period is None:
            self._assume(f"{called(figure.name)}: taken per {period}, since no period was stated")
            return figure.value
        if figure.period == period:
            return figure.value
        with localcontext() as precise:
            precise.prec = 40
            converted = figure.value * PER_YEAR[figure.period] / PER_YEAR[period]
        self._assume(
            f"{called(figure.name)}: {figure.text} a {figure.period} is {shown(converted, figure.unit)} a {period} "
            f"(x {PER_YEAR[figure.period]} / {PER_YEAR[period]})"
        )
        return converted

    def rate(self, name: str, period: Period) -> Decimal | None:
        """A rate per `period`, compounded when it was stated per another: 1 - (1 - r)^(n) for what is lost, else
        (1 + r)^n - 1."""
        figure = self.one(name)
        if figure is None:
            return None
        if figure.period is None or figure.period == period:
            if figure.period is None:
                self._assume(f"{called(name)}: taken per {period}, since no period was stated")
            return figure.value
        with localcontext() as precise:
            precise.prec = 40
            power = Decimal(PER_YEAR[figure.period]) / PER_YEAR[period]
            lost = name == "churn"
            rate = 1 - (1 - figure.value) ** power if lost else (1 + figure.value) ** power - 1
        formula = "1 - (1 - r)" if lost else "(1 + r)"
        self._assume(
            f"{called(name)}: {shown(figure.value, '%')} a {figure.period} is {shown(rate, '%')} a {period} "
            f"({formula}^({PER_YEAR[figure.period]}/{PER_YEAR[period]}){'' if lost else ' - 1'})"
        )
        return rate

    def sources(self) -> tuple[Source, ...]:
        """Where the used figures were stated."""
        return tuple(dict.fromkeys(figure.source for figure in self.used))

    def taken(self) -> Inputs:
        """The same figures with nothing used yet: what one model uses is that model's source."""
        return Inputs(self.figures, self.unnamed, assumed=self.assumed, refused=self.refused)

    def _use(self, figure: Figure) -> None:
        if figure not in self.used:
            self.used.append(figure)

    def _assume(self, text: str) -> None:
        if text not in self.assumed:
            self.assumed.append(text)


def _is_small(figure: Figure) -> bool:
    """A bare 3 is a count of something, hardly a sum of money."""
    return figure.unit is None and abs(figure.value) < 5 and figure.value == figure.value.to_integral_value()


def _sign(figure: Figure) -> str | None:
    return "%" if figure.unit == "%" else None


def common_period(figures: Sequence[Figure]) -> Period | None:
    """The first period that any of the figures names."""
    for one in figures:
        if one.period is not None:
            return one.period
    return None


def _is_money(figure: Figure) -> bool:
    return figure.name in MONEY or figure.name not in KNOWN | {"duration"}
