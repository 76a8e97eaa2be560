"""Net present value, internal rate of return and payback of cash flows."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from itertools import accumulate
from typing import Annotated

from pydantic import Field, model_validator

from genesis.frozen import Frozen
from genesis.tools.money.figure import Line, shown
from genesis.tools.money.rates import Roots, internal_rates, present_value
from genesis.tools.tool import ToolContext, tool

SHOWN_FLOWS = 12
Time = Annotated[Decimal, Field(ge=0, le=1000)]
Flow = Annotated[Decimal, Field(ge=Decimal("-1e15"), le=Decimal("1e15"))]


class DiscountCashFlowsInput(Frozen):
    """`flows` at `times` (in `period`s from now, rising, not below 0; empty: 0, 1, 2 ...). `rate` per period as a
    fraction; None: no present value is computed."""

    flows: Annotated[tuple[Flow, ...], Field(min_length=1, max_length=1200)]
    times: tuple[Time, ...] = ()
    rate: Annotated[Decimal, Field(gt=-1, le=100)] | None = None
    currency: str = "money"
    period: str = "year"

    @model_validator(mode="after")
    def _paired(self) -> DiscountCashFlowsInput:
        if self.times and len(self.times) != len(self.flows):
            raise ValueError(f"{len(self.times)} times for {len(self.flows)} flows")
        return self


class DiscountCashFlowsOutput(Frozen):
    """`irr`: every internal rate of return, rising."""

    lines: tuple[Line, ...]
    irr: tuple[Decimal, ...]


@tool(trust="tool", timeout_s=30)
async def discount_cash_flows(given: DiscountCashFlowsInput, context: ToolContext) -> DiscountCashFlowsOutput:
    """Computes NPV, all internal rates of return (or says that there is none) and the payback of cash flows."""
    return await asyncio.to_thread(_discount, given)


def _discount(given: DiscountCashFlowsInput) -> DiscountCashFlowsOutput:
    times = given.times or tuple(Decimal(i) for i in range(len(given.flows)))
    lines = [_total(given)]
    if given.rate is not None:
        value = present_value(given.flows, times, given.rate)
        terms = [
            f"{shown(flow, given.currency)} / {1 + given.rate}^{time.normalize():f}"
            for flow, time in list(zip(given.flows, times, strict=True))[:SHOWN_FLOWS]
        ]
        filled = " + ".join(terms) + (" + ..." if len(given.flows) > SHOWN_FLOWS else "")
        name = f"NPV at {shown(given.rate, '%')} a {given.period}"
        lines.append(_line(name, value, given.currency, "sum of flow_t / (1 + rate)^t", filled))
    roots = internal_rates(given.flows, times)
    lines += _rates(given, roots)
    lines.append(_payback(given, times, None))
    if given.rate:
        lines.append(_payback(given, times, given.rate))
    return DiscountCashFlowsOutput(lines=tuple(lines), irr=roots.rates)


def _total(given: DiscountCashFlowsInput) -> Line:
    filled = " + ".join(shown(flow, given.currency) for flow in given.flows[:SHOWN_FLOWS])
    filled += " + ..." if len(given.flows) > SHOWN_FLOWS else ""
    return _line("sum of the flows", sum(given.flows, Decimal(0)), given.currency, "sum of flow_t", filled)


def _rates(given: DiscountCashFlowsInput, roots: Roots) -> list[Line]:
    formula = "the rate at which sum of flow_t / (1 + rate)^t = 0"
    signs = f"the flows change sign {roots.changes} {'time' if roots.changes == 1 else 'times'}"
    name = f"IRR a {given.period}"
    if not roots.rates:
        why = "the flows never change sign" if not roots.changes else "no rate from -99 % to 10,000 % makes the NPV 0"
        return [Line(name=name, value=None, unit="%", formula=formula, filled=signs, why=why)]
    if len(roots.rates) == 1:
        sure = "" if roots.sure else "; found by scanning, there may be others"
        return [_line(name, roots.rates[0], "%", formula, signs + sure), *_yearly(given.period, roots.rates[0])]
    note = f"{signs}; {len(roots.rates)} rates solve it, so no single one ranks the project: use the NPV"
    return [_line(f"{name} ({place} of {len(roots.rates)})", rate, "%", formula, note)
            for place, rate in enumerate(roots.rates, start=1)]  # fmt: skip


def _yearly(period: str, rate: Decimal) -> list[Line]:
    count = {"month": 12, "quarter": 4, "week": 52}.get(period)
    if count is None:
        return []
    filled = f"(1 + {shown(rate, '%')})^{count} - 1"
    return [_line("IRR a year, compounded", (1 + rate) ** count - 1, "%", f"(1 + rate)^{count} - 1", filled)]


def _payback(given: DiscountCashFlowsInput, times: tuple[Decimal, ...], rate: Decimal | None) -> Line:
    """When the running sum is no longer negative for good, linear within the period in which it turns."""
    flows = [
        flow if rate is None else present_value([flow], [time], rate)
        for flow, time in zip(given.flows, times, strict=True)
    ]
    sums = list(accumulate(flows))
    name = "payback" if rate is None else f"payback, discounted at {shown(rate, '%')}"
    formula = "the time from which the running sum of the flows stays at or above 0"
    last = max((place for place, total in enumerate(sums) if total < 0), default=None)
    unit = f"{given.period}s"
    if last is None:
        why = "nothing is paid out first: the running sum is never below 0"
        return Line(name=name, value=None, unit=unit, formula=formula, filled=why, why=why)
    if last == len(sums) - 1:
        why = f"the running sum ends at {shown(sums[-1], given.currency)}"
        return Line(name=name, value=None, unit=unit, formula=formula, filled=why, why=why)
    part = -sums[last] / flows[last + 1]
    value = times[last] + part * (times[last + 1] - times[last])
    turn = [f"{shown(sums[at], given.currency)} after {times[at].normalize():f}" for at in (last, last + 1)]
    return _line(name, value, unit, formula, ", ".join(turn))


def _line(name: str, value: Decimal, unit: str, formula: str, filled: str) -> Line:
    return Line(name=name, value=value, unit=unit, formula=formula, filled=filled)
