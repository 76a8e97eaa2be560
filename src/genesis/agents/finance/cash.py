"""What cash flows are worth, and how long cash lasts."""

from __future__ import annotations

from decimal import Decimal, localcontext

from genesis.agents.finance.inputs import Inputs, common_period
from genesis.agents.finance.models import fixed_costs
from genesis.agents.finance.section import Section
from genesis.agents.toolbox import Toolbox
from genesis.finding import Severity
from genesis.tools.discount_cash_flows import DiscountCashFlowsInput, discount_cash_flows
from genesis.tools.money.figure import PER_YEAR, Figure, Line, Period, shown
from genesis.tools.money.rates import present_value
from genesis.tools.project_runway import ProjectRunwayInput, project_runway

SCENARIO_RATES = (Decimal("0.05"), Decimal("0.08"), Decimal("0.10"), Decimal("0.15"))
"""For a table of what-ifs when no discount rate is stated. Always labelled."""


async def valuation(inputs: Inputs, tools: Toolbox) -> Section:
    """NPV, IRR and payback of stated cash flows."""
    section = Section("Investment")
    flows = inputs.all("cash_flow")
    inputs.find("investment")
    invested = inputs.value("investment")
    if not flows:
        section.lacks("NPV and IRR", "need the cash flows (such as: cash flows of 3000, 4000 and 5000)")
        return section
    for one in flows:
        inputs.used.append(one)
    period = common_period(flows) or "year"
    if not any(one.period for one in flows):
        inputs.assumed.append("cash flows: one a year, the first a year from now")
    values = [one.value for one in flows]
    duration = inputs.one("duration")
    if len(values) == 1 and flows[0].period and duration is None:
        _simple_payback(section, inputs, invested, flows[0])
        return section
    if len(values) == 1 and duration is not None:
        count = _periods(duration, period)
        values *= min(count, 1200)
        inputs.assumed.append(f"cash flows: {flows[0].text} {count} times, once a {period}")
    if invested is None:
        inputs.assumed.append("no investment was stated: the flows are valued alone")
    else:
        values.insert(0, -abs(invested))
    times = tuple(Decimal(i + (invested is None)) for i in range(len(values)))
    rate = inputs.rate("discount_rate", period) if _has_period(inputs) else _yearly(inputs, period)
    given = DiscountCashFlowsInput(flows=tuple(values), times=times, rate=rate, currency=inputs.currency, period=period)
    out = await tools.call(discount_cash_flows, given)
    section.add(out.lines, inputs.sources(), ("NPV", "IRR", "payback"))
    npv = section.line("NPV")
    if rate is None:
        section.lacks("NPV", "needs the discount rate (such as: discount rate 8 %); the table shows scenarios instead")
        rows: list[tuple[str, ...]] = [
            (shown(one, "%"), shown(present_value(given.flows, times, one), inputs.currency)) for one in SCENARIO_RATES
        ]
        section.tables.append((f"Scenarios: NPV at rates that nobody stated, per {period}", ("rate", "NPV"), rows))
    elif npv is not None and npv.value is not None and npv.value < 0:
        message = f"The investment loses {shown(-npv.value, inputs.currency)} of present value at {shown(rate, '%')}."
        section.act(
            "negative_npv", "medium", npv, message, "Do not invest on these figures, or find what changes them."
        )
    return section


def _simple_payback(section: Section, inputs: Inputs, invested: Decimal | None, flow: Figure) -> None:
    """What can be said of a flow that comes again and again, nobody knows how long."""
    section.lacks("NPV and IRR", f"need to know for how long {flow.text} comes in (such as: for 5 years)")
    if invested is None or flow.value <= 0:
        section.lacks("payback", "needs an investment and what it brings in (above 0)")
        return
    filled = f"{shown(abs(invested), inputs.currency)} / {shown(flow.value, inputs.currency)}"
    unit = f"{flow.period}s"
    line = Line(
        name="payback", value=abs(invested) / flow.value, unit=unit, formula="investment / cash flow", filled=filled
    )
    section.add([line], inputs.sources(), ("payback",))


def _periods(duration: Figure, period: Period) -> int:
    per_year = {"months": 12, "years": 1}[duration.unit or "years"]
    return int(duration.value * PER_YEAR[period] / per_year)


def _has_period(inputs: Inputs) -> bool:
    return any(one.period for one in inputs.all("discount_rate"))


def _yearly(inputs: Inputs, period: Period) -> Decimal | None:
    """A discount rate without a period is one per year, as everywhere in finance."""
    figure = inputs.one("discount_rate")
    if figure is None:
        return None
    if period == "year":
        return figure.value
    with localcontext() as precise:
        precise.prec = 40
        rate = (1 + figure.value) ** (1 / Decimal(PER_YEAR[period])) - 1
    formula = f"(1 + r)^(1/{PER_YEAR[period]}) - 1"
    inputs.assumed.append(
        f"discount rate: {shown(figure.value, '%')} a year is {shown(rate, '%')} a {period} ({formula})"
    )
    return rate


async def runway(inputs: Inputs, tools: Toolbox, burned: Decimal | None) -> Section:
    """How long the cash lasts; `burned`: the ledger's mean net burn a month, for when none is stated."""
    section = Section("Runway")
    cash = inputs.value("cash")
    burn = inputs.per("burn", "month")
    revenue = inputs.per("revenue", "month") if burn is None else None
    costs = burn if burn is not None else inputs.per("costs", "month")
    if costs is None:
        costs = fixed_costs(inputs, "month")
    if costs is None and burned is not None:
        costs, revenue = max(burned, Decimal(0)), max(-burned, Decimal(0))
        inputs.assumed.append("net burn: the mean of the ledger's last months (see cash flow)")
    if cash is None:
        section.lacks("runway", "needs the cash at hand (such as: cash 400k EUR)")
    if costs is None:
        section.lacks("runway", "needs the burn or the costs a month, or a ledger with dates and amounts")
    if cash is None or costs is None:
        return section
    growth = inputs.rate("growth", "month") if revenue is not None else None
    given = ProjectRunwayInput(
        cash=cash, costs=costs, revenue=revenue or Decimal(0), growth=growth or Decimal(0), currency=inputs.currency
    )
    out = await tools.call(project_runway, given)
    section.add(out.lines, inputs.sources(), ("runway", "net burn"))
    rows: list[tuple[str, ...]] = [
        (str(one.month), *(shown(value, inputs.currency) for value in (one.revenue, one.costs, one.cash)))
        for one in out.months[:60]
    ]
    section.tables.append(("Month by month", ("month", "revenue", "costs", "cash at its end"), rows))
    left = section.line("runway")
    if left is not None and left.value is not None and left.value < 12:
        severity: Severity = "high" if left.value < 6 else "medium"
        message = f"The cash lasts {shown(left.value, 'months')}."
        remedy = "Raise money or cut costs now: both take months." if severity == "high" else "Plan the next funding."
        section.act("short_runway", severity, left, message, remedy)
    return section
