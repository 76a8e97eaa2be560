"""What a price earns, and how much demand may fall before a higher one earns less."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Annotated

from pydantic import Field

from genesis.errors import RequestInvalid
from genesis.frozen import Frozen
from genesis.tools.money.figure import Line, plain, shown
from genesis.tools.tool import ToolContext, tool

Money = Annotated[Decimal, Field(gt=0, le=Decimal("1e12"))]
ASSUMED = (Decimal("-0.5"), Decimal(-1), Decimal("-1.5"), Decimal(-2))
"""Elasticities for a scenario table when none is given: from insensitive to sensitive demand. Always labelled."""


class ComparePricesInput(Frozen):
    """`prices`: the first is the present one when `units` are what is sold at it per period. `elasticity`: percent of
    units per percent of price, not above 0."""

    prices: Annotated[tuple[Money, ...], Field(min_length=1, max_length=20)]
    variable_cost: Annotated[Decimal, Field(ge=0, le=Decimal("1e12"))] | None = None
    units: Money | None = None
    fixed_costs: Annotated[Decimal, Field(ge=0, le=Decimal("1e15"))] | None = None
    elasticity: Annotated[Decimal, Field(ge=-20, le=0)] | None = None
    target_margin: Annotated[Decimal, Field(ge=0, lt=1)] | None = None
    currency: str = "money"


class Scenario(Frozen):
    """Units, revenue and profit (before fixed costs if those are not known) at a price, if demand answers by
    `elasticity`; `assumed`: nobody gave that elasticity."""

    price: Decimal
    elasticity: Decimal
    units: Decimal
    revenue: Decimal
    profit: Decimal | None
    assumed: bool


class ComparePricesOutput(Frozen):
    """`missing`: what could not be computed, and what it needs."""

    lines: tuple[Line, ...]
    scenarios: tuple[Scenario, ...]
    missing: tuple[str, ...]


@tool(trust="tool", timeout_s=10)
async def compare_prices(given: ComparePricesInput, context: ToolContext) -> ComparePricesOutput:
    """Compares prices: margin, the loss of units that a change can bear, and profit under stated demand scenarios."""
    with localcontext() as precise:
        precise.prec = 40
        return _compare(given)


def _compare(given: ComparePricesInput) -> ComparePricesOutput:
    money, cost, first = given.currency, given.variable_cost, given.prices[0]
    lines: list[Line] = []
    missing: list[str] = []
    if cost is None:
        missing.append("margins and profits need the variable cost per unit")
    for price in given.prices if cost is not None else ():
        assert cost is not None
        margin = (price - cost) / price
        filled = f"({shown(price, money)} - {shown(cost, money)}) / {shown(price, money)}"
        lines.append(_line(f"margin at {shown(price, money)}", margin, "%", "(price - variable cost) / price", filled))
    if given.target_margin is not None and cost is not None:
        filled = f"{shown(cost, money)} / (1 - {shown(given.target_margin, '%')})"
        name = f"price for a margin of {shown(given.target_margin, '%')}"
        lines.append(_line(name, cost / (1 - given.target_margin), money, "variable cost / (1 - margin)", filled))
    for price in given.prices[1:] if cost is not None else ():
        assert cost is not None
        lines.append(_bearable(first, price, cost, money))
    scenarios: tuple[Scenario, ...] = ()
    if given.units is None:
        missing.append("revenue and profit per price need the units sold at the present price")
    elif len(given.prices) > 1:
        scenarios = _scenarios(given, given.units)
        if given.elasticity is None:
            missing.append(
                "how demand answers to the price is not known: the scenarios assume elasticities, labelled so"
            )
    return ComparePricesOutput(lines=tuple(lines), scenarios=scenarios, missing=tuple(missing))


def _bearable(first: Decimal, price: Decimal, cost: Decimal, money: str) -> Line:
    """The change of units at which the new price earns as much as the present one; it needs no view on demand."""
    change = f"from {shown(first, money)} to {shown(price, money)}"
    formula = "(old price - variable cost) / (new price - variable cost) - 1"
    filled = f"({shown(first, money)} - {shown(cost, money)}) / ({shown(price, money)} - {shown(cost, money)}) - 1"
    name = f"units may change by, {change}, for the same profit"
    if price <= cost or first <= cost:
        why = f"the {'new' if price <= cost else 'present'} price does not exceed the variable cost"
        return Line(name=name, value=None, unit="%", formula=formula, filled=filled, why=why)
    return _line(name, (first - cost) / (price - cost) - 1, "%", formula, filled)


def _scenarios(given: ComparePricesInput, units: Decimal) -> tuple[Scenario, ...]:
    """units x (1 + elasticity x change of price), not below 0."""
    found = []
    for elasticity in (given.elasticity,) if given.elasticity is not None else ASSUMED:
        for price in given.prices:
            sold = max(Decimal(0), units * (1 + elasticity * (price / given.prices[0] - 1)))
            profit = None
            if given.variable_cost is not None:
                profit = sold * (price - given.variable_cost) - (given.fixed_costs or 0)
            found.append(
                Scenario(
                    price=price,
                    elasticity=elasticity,
                    units=sold.quantize(Decimal("0.01")),
                    revenue=(sold * price).quantize(Decimal("0.01")),
                    profit=None if profit is None else profit.quantize(Decimal("0.01")),
                    assumed=given.elasticity is None,
                )
            )
    return tuple(found)


def best(scenarios: tuple[Scenario, ...], elasticity: Decimal) -> Scenario:
    """The scenario of that elasticity with the highest profit (revenue when profit is not known), the lowest price
    among equals. Raises `RequestInvalid` when there is none."""
    of = [one for one in scenarios if one.elasticity == elasticity]
    if not of:
        raise RequestInvalid(f"no scenario has the elasticity {plain(elasticity, 2)}")
    return max(of, key=lambda one: (one.revenue if one.profit is None else one.profit, -one.price))


def _line(name: str, value: Decimal, unit: str, formula: str, filled: str) -> Line:
    return Line(name=name, value=value, unit=unit, formula=formula, filled=filled)
