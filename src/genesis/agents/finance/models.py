"""What customers, units and prices bring. Each model says what it lacks, and computes what it can."""

from __future__ import annotations

from decimal import Decimal

from genesis.agents.finance.inputs import Inputs, common_period
from genesis.agents.finance.section import Section
from genesis.agents.toolbox import Toolbox
from genesis.finding import NotDone
from genesis.tools.compare_prices import ComparePricesInput, compare_prices
from genesis.tools.compute_unit_economics import ComputeUnitEconomicsInput, compute_unit_economics
from genesis.tools.find_break_even import FindBreakEvenInput, find_break_even
from genesis.tools.money.figure import Period, shown


async def unit_economics(inputs: Inputs, tools: Toolbox) -> Section:
    """LTV, CAC, payback per customer."""
    section = Section("Unit economics")
    churned = next(iter(inputs.all("churn") or inputs.all("retention")), None)
    period: Period = (churned.period if churned else None) or "month"
    churn = inputs.rate("churn", period)
    kept = inputs.rate("retention", period) if churn is None else None
    if kept is not None:
        churn = 1 - kept
        inputs.assumed.append(f"churn: 1 - retention = {shown(churn, '%')} a {period}")
    arpu = inputs.per("arpu", period)
    if arpu is None:
        inputs.find("price")
        arpu = inputs.per("price", period)
        if arpu is not None:
            inputs.assumed.append("ARPU: the price was taken for the revenue per customer")
    given = ComputeUnitEconomicsInput(
        currency=inputs.currency,
        period=period,
        arpu=arpu,
        churn=churn,
        margin=inputs.value("margin"),
        variable_cost=inputs.per("variable_cost", period) if not inputs.all("margin") else None,
        cac=inputs.value("cac"),
        customers=inputs.value("customers"),
        marketing_spend=inputs.per("marketing_spend", period) if not inputs.all("cac") else None,
        new_customers=inputs.per("new_customers", period) if not inputs.all("cac") else None,
    )
    out = await tools.call(compute_unit_economics, given)
    section.add(out.lines, inputs.sources(), ("LTV", "CAC", "customer lifetime", "recurring revenue"))
    for text in out.missing:
        section.lacks("unit economics", text)
    ratio = section.line("LTV to CAC")
    if ratio is not None and ratio.value is not None and ratio.value < 1:
        message = f"A customer costs more than it brings: LTV is {shown(ratio.value, 'times')} the CAC."
        section.act("ltv_below_cac", "high", ratio, message, "Lower the CAC or the churn, or raise price or margin.")
    return section


def fixed_costs(inputs: Inputs, period: Period) -> Decimal | None:
    """The fixed costs per period: as stated, or the sum of stated items such as rent and salaries."""
    stated = inputs.per("fixed_costs", period)
    if stated is not None:
        return stated
    items = inputs.all("cost_item")
    if not items:
        return None
    common = next((one.period for one in items if one.period), None)
    total = Decimal(0)
    for one in items:
        inputs.used.append(one)
        whole = one if one.period or not common else one.model_copy(update={"period": common})
        total += inputs.convert(whole, period)
    parts = " + ".join(f"{one.name} {shown(one.value, one.unit)}" for one in items)
    inputs.assumed.append(f"fixed costs: {parts} = {shown(total, inputs.currency)} a {period}")
    return total


async def break_even(inputs: Inputs, tools: Toolbox) -> Section:
    """How much must be sold."""
    section = Section("Break-even")
    inputs.find("variable_cost", costs=True)
    inputs.find("price")
    stated = [*inputs.all("fixed_costs"), *inputs.all("cost_item")]
    period = common_period(stated) or "month"
    fixed = fixed_costs(inputs, period)
    prices = inputs.several("price")
    cost = inputs.value("variable_cost")
    margin = inputs.value("margin") if cost is None else None
    needs = {
        "the fixed costs": fixed is not None,
        "the price": bool(prices),
        "the variable cost per unit (or the margin)": cost is not None or margin is not None,
    }
    for what, there in needs.items():
        if not there:
            section.lacks("break-even", f"needs {what}")
    if fixed is None or not prices or (cost is None and margin is None):
        return section
    units = inputs.per("units", period) if inputs.all("units") else None
    for price in prices:
        spent = cost if cost is not None else price * (1 - (margin or Decimal(0)))
        given = FindBreakEvenInput(
            fixed_costs=fixed, price=price, variable_cost=spent, units=units, currency=inputs.currency, period=period
        )
        out = await tools.call(find_break_even, given)
        if len(prices) > 1:
            section.add(
                [
                    one.model_copy(update={"name": f"{one.name} at {shown(price, inputs.currency)}"})
                    for one in out.lines
                ],
                inputs.sources(),
                ("break-even",),
            )
        else:
            section.add(out.lines, inputs.sources(), ("break-even", "profit", "contribution"))
        if not out.reachable:
            loss = f"{shown(price, inputs.currency)} does not cover its own cost of {shown(spent, inputs.currency)}"
            message = f"A unit sold at {loss}."
            section.act(
                "price_below_cost", "high", section.lines[-2], message, "Raise the price or lower the unit's cost."
            )
    return section


async def pricing(inputs: Inputs, tools: Toolbox) -> Section:
    """Margins and scenarios per price."""
    section = Section("Pricing")
    inputs.find("variable_cost", costs=True)
    if not inputs.all("target_margin"):
        inputs.find("price")
    prices, target = inputs.several("price"), inputs.value("target_margin")
    cost = inputs.value("variable_cost")
    if not prices and target is None:
        target = inputs.value("margin")
        if target is not None:
            inputs.assumed.append(f"target margin: the margin of {shown(target, '%')} was taken for the one wanted")
    if not prices and not (target is not None and cost is not None):
        section.lacks(
            "pricing", "needs a price (such as: prices 39, 49 and 59 EUR), or a unit cost and a target margin"
        )
        return section
    if not prices:
        assert target is not None and cost is not None
        prices = [cost / (1 - target)]
    sold = inputs.all("units") or inputs.all("customers")
    elasticity = inputs.value("elasticity")
    if elasticity is not None and elasticity > 0:
        inputs.assumed.append(f"elasticity: {elasticity} was taken as -{elasticity}, since demand falls as prices rise")
        elasticity = -elasticity
    given = ComparePricesInput(
        prices=tuple(prices[:20]),
        variable_cost=cost,
        units=inputs.value(sold[0].name) if sold else None,
        fixed_costs=inputs.value("fixed_costs"),
        elasticity=elasticity,
        target_margin=target,
        currency=inputs.currency,
    )
    out = await tools.call(compare_prices, given)
    section.add(out.lines, inputs.sources(), ("margin at", "price for", "units may change"))
    section.missing += [NotDone(what="pricing", why=text) for text in out.missing]
    money = inputs.currency
    if out.scenarios:
        rows: list[tuple[str, ...]] = [
            (shown(one.elasticity), shown(one.price, money), shown(one.units), shown(one.revenue, money),
             "unknown" if one.profit is None else shown(one.profit, money))
            for one in out.scenarios
        ]  # fmt: skip
        kind = "Scenarios with assumed elasticities (nobody stated one)" if out.scenarios[0].assumed else "Prices"
        columns = ("elasticity", "price", "units", "revenue", "profit" if inputs.all("fixed_costs") else "contribution")
        section.tables.append((f"{kind}: units x (1 + elasticity x change of price)", columns, rows))
    return section
