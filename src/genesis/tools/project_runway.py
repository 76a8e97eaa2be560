"""How long the cash lasts."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Annotated

from pydantic import Field

from genesis.frozen import Frozen
from genesis.tools.money.figure import Line, shown
from genesis.tools.tool import ToolContext, tool

MAX_MONTHS = 600
Money = Annotated[Decimal, Field(ge=0, le=Decimal("1e15"))]


class ProjectRunwayInput(Frozen):
    """Per month: `costs`, `revenue`, which grows by `growth` (a fraction) a month. `cash`: what is there now."""

    cash: Money
    costs: Money
    revenue: Money = Decimal(0)
    growth: Annotated[Decimal, Field(gt=-1, le=10)] = Decimal(0)
    currency: str = "money"


class Month(Frozen):
    """The month's number (from 1), its revenue and costs, and the cash at its end."""

    month: int
    revenue: Decimal
    costs: Decimal
    cash: Decimal


class ProjectRunwayOutput(Frozen):
    """`months`: month by month, until the cash is gone or growing revenue covers the costs, at most 600."""

    lines: tuple[Line, ...]
    months: tuple[Month, ...]


@tool(trust="tool", timeout_s=10)
async def project_runway(given: ProjectRunwayInput, context: ToolContext) -> ProjectRunwayOutput:
    """Computes net burn and runway, month by month where revenue grows."""
    with localcontext() as precise:
        precise.prec = 40
        return _project(given)


def _project(given: ProjectRunwayInput) -> ProjectRunwayOutput:
    money, burn = given.currency, given.costs - given.revenue
    filled = f"{shown(given.costs, money)} - {shown(given.revenue, money)}"
    lines = [_line("net burn a month", burn, money, "costs - revenue", filled)]
    months = _months(given)
    low = min((month.cash for month in months), default=given.cash)
    if given.growth == 0:
        formula, filled = "cash / net burn", f"{shown(given.cash, money)} / {shown(burn, money)}"
        if burn <= 0:
            lines.append(_none("runway", formula, filled, "the revenue covers the costs, so the cash does not run out"))
        else:
            lines.append(_line("runway", given.cash / burn, "months", formula, filled))
        return ProjectRunwayOutput(lines=tuple(lines), months=months)
    formula = (
        "the first month at whose end cash_m = cash_(m-1) + revenue x (1 + growth)^(m-1) - costs is below 0, less 1"
    )
    filled = (
        f"cash {shown(given.cash, money)}, costs {shown(given.costs, money)}, revenue {shown(given.revenue, money)} "
    )
    filled += f"growing {shown(given.growth, '%')} a month"
    if months and months[-1].cash < 0:
        lines.append(_line("runway", Decimal(months[-1].month - 1), "months", formula, filled))
    elif months and months[-1].revenue >= months[-1].costs:
        why = f"the revenue covers the costs from month {months[-1].month} on, with {shown(low, money)} at the lowest"
        lines.append(_none("runway", formula, filled, why))
    else:
        lines.append(_none("runway", formula, filled, f"the cash lasts beyond {MAX_MONTHS} months"))
    return ProjectRunwayOutput(lines=tuple(lines), months=months)


def _months(given: ProjectRunwayInput) -> tuple[Month, ...]:
    months: list[Month] = []
    cash, revenue = given.cash, given.revenue
    for number in range(1, MAX_MONTHS + 1):
        cash += revenue - given.costs
        months.append(Month(month=number, revenue=_cents(revenue), costs=given.costs, cash=_cents(cash)))
        if cash < 0 or (revenue >= given.costs and given.growth >= 0):
            break
        revenue *= 1 + given.growth
    return tuple(months)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


def _line(name: str, value: Decimal, unit: str, formula: str, filled: str) -> Line:
    return Line(name=name, value=value, unit=unit, formula=formula, filled=filled)


def _none(name: str, formula: str, filled: str, why: str) -> Line:
    return Line(name=name, value=None, unit="months", formula=formula, filled=filled, why=why)
