"""How much must be sold before anything is earned."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Annotated

from pydantic import Field

from genesis.frozen import Frozen
from genesis.tools.money.figure import Line, plain, shown
from genesis.tools.tool import ToolContext, tool

Money = Annotated[Decimal, Field(ge=0, le=Decimal("1e15"))]


class FindBreakEvenInput(Frozen):
    """`fixed_costs` per period, `price` and `variable_cost` per unit; `units`: what is sold per period, if known."""

    fixed_costs: Money
    price: Money
    variable_cost: Money
    units: Money | None = None
    currency: str = "money"
    period: str | None = None


class FindBreakEvenOutput(Frozen):
    """The lines; `reachable` is false when the price does not exceed the variable cost."""

    lines: tuple[Line, ...]
    reachable: bool


@tool(trust="tool", timeout_s=10)
async def find_break_even(given: FindBreakEvenInput, context: ToolContext) -> FindBreakEvenOutput:
    """Computes contribution, break-even units and revenue, and, given units, the profit and the margin of safety."""
    money = given.currency
    per = f" a {given.period}" if given.period else ""
    with localcontext() as precise:
        precise.prec = 40
        gain = given.price - given.variable_cost
        lines = [
            _line(
                "contribution per unit",
                gain,
                money,
                "price - variable cost",
                f"{shown(given.price, money)} - {shown(given.variable_cost, money)}",
            )
        ]
        formula = "fixed costs / (price - variable cost), rounded up"
        filled = f"{shown(given.fixed_costs, money)} / {shown(gain, money)}"
        if gain <= 0:
            why = "a unit brings no more than it costs, so every unit sold adds to the loss"
            lines.append(
                Line(name=f"break-even{per}", value=None, unit="units", formula=formula, filled=filled, why=why)
            )
        else:
            units = (given.fixed_costs / gain).to_integral_value(ROUND_CEILING)
            lines.append(_line(f"break-even{per}", units, "units", formula, filled))
            filled = f"{plain(units, 0)} x {shown(given.price, money)}"
            lines.append(
                _line(f"break-even revenue{per}", units * given.price, money, "break-even units x price", filled)
            )
        if given.units is not None:
            filled = f"{plain(given.units, 2)} x {shown(gain, money)} - {shown(given.fixed_costs, money)}"
            profit = given.units * gain - given.fixed_costs
            lines.append(_line(f"profit{per}", profit, money, "units x contribution - fixed costs", filled))
            if gain > 0 and given.units > 0:
                safety = (given.units - given.fixed_costs / gain) / given.units
                filled = f"({plain(given.units, 2)} - {plain(given.fixed_costs / gain, 2)}) / {plain(given.units, 2)}"
                lines.append(_line("margin of safety", safety, "%", "(units - break-even units) / units", filled))
    return FindBreakEvenOutput(lines=tuple(lines), reachable=gain > 0)


def _line(name: str, value: Decimal, unit: str, formula: str, filled: str) -> Line:
    return Line(name=name, value=value, unit=unit, formula=formula, filled=filled)
