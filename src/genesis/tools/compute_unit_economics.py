"""What a customer costs and brings."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Annotated

from pydantic import Field

from genesis.frozen import Frozen
from genesis.tools.money.figure import Line, plain, shown
from genesis.tools.tool import ToolContext, tool

Money = Annotated[Decimal, Field(ge=0, le=Decimal("1e15"))]


class ComputeUnitEconomicsInput(Frozen):
    """Per `period`: `arpu` (revenue per customer), `churn` (a fraction), `variable_cost` (per customer). `margin`: the
    gross margin as a fraction. One currency for all money; None is not known."""

    currency: str = "money"
    period: str = "month"
    arpu: Money | None = None
    churn: Annotated[Decimal, Field(ge=0, le=1)] | None = None
    margin: Annotated[Decimal, Field(ge=-10, le=1)] | None = None
    variable_cost: Money | None = None
    cac: Money | None = None
    customers: Money | None = None
    marketing_spend: Money | None = None
    new_customers: Money | None = None


class ComputeUnitEconomicsOutput(Frozen):
    """`missing`: what could not be computed, and what it needs."""

    lines: tuple[Line, ...]
    missing: tuple[str, ...]


@tool(trust="tool", timeout_s=10)
async def compute_unit_economics(given: ComputeUnitEconomicsInput, context: ToolContext) -> ComputeUnitEconomicsOutput:
    """Computes margin, lifetime value, CAC, their ratio, payback and recurring revenue, with each formula."""
    with localcontext() as precise:
        precise.prec = 40
        return _compute(given)


def _compute(given: ComputeUnitEconomicsInput) -> ComputeUnitEconomicsOutput:
    money, period = given.currency, given.period
    lines: list[Line] = []
    missing: list[str] = []
    margin, cac, arpu, churn = given.margin, given.cac, given.arpu, given.churn
    if cac is None and given.marketing_spend is not None and given.new_customers:
        cac = given.marketing_spend / given.new_customers
        filled = f"{shown(given.marketing_spend, money)} / {plain(given.new_customers, 2)}"
        lines.append(_line("CAC", cac, money, "marketing spend / new customers", filled))
    if margin is None and arpu and given.variable_cost is not None:
        margin = (arpu - given.variable_cost) / arpu
        filled = f"({shown(arpu, money)} - {shown(given.variable_cost, money)}) / {shown(arpu, money)}"
        lines.append(_line("gross margin", margin, "%", "(revenue - variable cost) / revenue per customer", filled))
    if given.customers is not None and arpu is not None:
        filled = f"{plain(given.customers, 2)} x {shown(arpu, money)}"
        lines.append(_line(f"recurring revenue a {period}", given.customers * arpu, money, "customers x ARPU", filled))
    if given.customers is not None and churn is not None:
        filled = f"{plain(given.customers, 2)} x {shown(churn, '%')}"
        lines.append(
            _line(f"customers lost a {period}", given.customers * churn, "customers", "customers x churn", filled)
        )
    if churn is None:
        missing.append("customer lifetime and LTV need the churn (such as: churn 3 % a month)")
    elif churn == 0:
        lines.append(_none("customer lifetime", f"{period}s", "1 / churn", "the churn is 0 %, so it has no end"))
    else:
        lines.append(_line("customer lifetime", 1 / churn, f"{period}s", "1 / churn", f"1 / {shown(churn, '%')}"))
    if arpu is None:
        missing.append("LTV and payback need the price or revenue per customer")
    lines += _worth(given, arpu, margin, churn, cac, missing)
    if cac is None:
        missing.append("LTV to CAC and payback need the CAC (or marketing spend and new customers)")
    return ComputeUnitEconomicsOutput(lines=tuple(lines), missing=tuple(missing))


def _worth(
    given: ComputeUnitEconomicsInput,
    arpu: Decimal | None,
    margin: Decimal | None,
    churn: Decimal | None,
    cac: Decimal | None,
    missing: list[str],
) -> list[Line]:
    money, period = given.currency, given.period
    lines: list[Line] = []
    if arpu is None:
        return lines
    gain = arpu if margin is None else arpu * margin
    part = "" if margin is None else f" x {shown(margin, '%')}"
    what = "ARPU" if margin is None else "ARPU x gross margin"
    if margin is None:
        missing.append("the gross margin is not known: LTV and payback below are of revenue, before any cost")
    before = " (of revenue)" if margin is None else ""
    ltv = None
    if churn:
        ltv = gain / churn
        filled = f"{shown(arpu, money)}{part} / {shown(churn, '%')}"
        lines.append(_line(f"LTV{before}", ltv, money, f"{what} / churn", filled))
    if cac is None:
        return lines
    if ltv is not None and cac > 0:
        filled = f"{shown(ltv, money)} / {shown(cac, money)}"
        lines.append(_line(f"LTV to CAC{before}", ltv / cac, "times", "LTV / CAC", filled))
    formula = f"CAC / ({what})"
    if gain <= 0:
        lines.append(_none(f"CAC payback{before}", f"{period}s", formula, "a customer brings nothing above its cost"))
    else:
        filled = f"{shown(cac, money)} / ({shown(arpu, money)}{part})"
        lines.append(_line(f"CAC payback{before}", cac / gain, f"{period}s", formula, filled))
    return lines


def _line(name: str, value: Decimal, unit: str, formula: str, filled: str) -> Line:
    return Line(name=name, value=value, unit=unit, formula=formula, filled=filled)


def _none(name: str, unit: str, formula: str, why: str) -> Line:
    return Line(name=name, value=None, unit=unit, formula=formula, filled=formula, why=why)
