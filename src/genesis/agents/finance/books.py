"""What the workspace's own books say: cash flow by month, where the money goes, budgets against actuals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from genesis.agents.finance.section import Section
from genesis.agents.toolbox import Toolbox
from genesis.finding import Fact, Finding, Source
from genesis.tools.compare_budget import CompareBudgetInput, Variance, compare_budget
from genesis.tools.discount_cash_flows import DiscountCashFlowsInput, discount_cash_flows
from genesis.tools.money.columns import PLAIN_AMOUNT
from genesis.tools.money.figure import Line, shown
from genesis.tools.summarise_ledger import (
    Flow,
    MonthOfCash,
    SummariseLedgerInput,
    SummariseLedgerOutput,
    summarise_ledger,
)
from genesis.tools.tabular.words import words

OVERSPENT = Decimal("0.1")
RECENT = 3
SHOWN = 5


async def budget(file: str, tools: Toolbox) -> Section:
    """Budget against actual of one table."""
    out = await tools.call(compare_budget, CompareBudgetInput(file=file))
    section = Section(f"Budget against actual ({file})")
    columns = f"columns {out.columns['budget']} and {out.columns['actual']}"
    for unit in dict.fromkeys(one.unit for one in out.variances):
        of = [one for one in out.variances if one.unit == unit]
        for name, members in (("costs", [v for v in of if not v.income]), ("income", [v for v in of if v.income])):
            if members:
                section.add([_total(name, members, unit, file, columns)], (Source(file=file),), (name,))
        rows: list[tuple[str, ...]] = []
        for one in of:
            section.facts.append(_variance_fact(one, file))
            share = "no budget" if one.share is None else shown(one.share, "%")
            rows.append((one.name, shown(one.budget, unit), shown(one.actual, unit), shown(one.variance, unit), share))
            section.findings += _overspent(one)
        section.tables.append(
            (f"Variances in {unit}", ("category", "budget", "actual", "actual - budget", "share"), rows)
        )
    for place in out.open:
        section.lacks(str(place), "has only one of budget and actual, so it is in no sum")
    return section


def _total(name: str, members: Sequence[Variance], unit: str, file: str, columns: str) -> Line:
    planned, spent = (sum((getattr(one, what) for one in members), Decimal(0)) for what in ("budget", "actual"))
    share = f" by {shown(abs(spent - planned) / abs(planned), '%')}" if planned else ""
    return Line(
        name=f"{name} {'above' if spent > planned else 'below'} budget{share} in {file}",
        value=abs(spent - planned),
        unit=unit,
        formula=f"|sum of actual - sum of budget| ({columns})",
        filled=f"{shown(spent, unit)} - {shown(planned, unit)}",
    )


def _variance_fact(one: Variance, file: str) -> Fact:
    share = "" if one.share is None else f" ({shown(one.share, '%')})"
    text = (
        f"{one.name}: budget {shown(one.budget, one.unit)}, actual {shown(one.actual, one.unit)}, "
        f"difference {shown(one.variance, one.unit)}{share}."
    )
    formula = f"actual - budget = {shown(one.actual, one.unit)} - {shown(one.budget, one.unit)} over {one.rows} rows"
    return Fact(text=text, sources=(one.place, Source(file=file, formula=formula)))


def _overspent(one: Variance) -> list[Finding]:
    if not one.bad or (one.share is not None and abs(one.share) < OVERSPENT):
        return []
    share = "without a budget" if one.share is None else f"{shown(abs(one.share), '%')}"
    way = "below" if one.income else "above"
    message = f"{one.name} is {shown(abs(one.variance), one.unit)} ({share}) {way} its budget."
    if one.share is None:
        message = f"{one.name} has {shown(one.actual, one.unit)} of actuals and no budget."
    remedy = "Find the cause in its largest row, then cut, or change the budget."
    return [Finding(kind="off_budget", severity="medium", message=message, source=one.place, remedy=remedy)]


async def ledger(
    file: str, tools: Toolbox, *, plan: bool, value: bool, rate: Decimal | None
) -> tuple[Section, dict[str, Decimal]]:
    """Cash flow of one table, and its mean net burn a month by currency. `plan`: propose a budget out of it; `value`:
    what the rows are worth as cash flows of an investment, at `rate` a year if one is known."""
    out = await tools.call(summarise_ledger, SummariseLedgerInput(file=file))
    section = Section(f"Cash flow ({file})")
    taken = ", ".join(f"{what} from {column}" for what, column in out.columns.items())
    if not out.known and _no_money(out):
        section.lacks(file, "nothing in it says that its numbers are money (a currency, or a column such as amount)")
        return section, {}
    if not out.known:
        why = "it does not tell income from cost (no sign, no such column): only totals were computed"
        section.lacks(f"cash flow of {file}", why)
    if out.left_out:
        section.lacks(f"{out.left_out} rows of {file}", "have no amount that can be used, so they are in no sum")
    burns: dict[str, Decimal] = {}
    for unit in dict.fromkeys(one.unit for one in out.categories):
        months = [one for one in out.months if one.unit == unit and one.month]
        section.add(_sums(out, unit, taken), (Source(file=file),), ("income", "costs", "net", "total"))
        if out.known and months:
            burns |= _burn(section, months, unit, file)
        _tables(section, out, months, unit, plan=plan)
    if value and out.known and out.flows:
        await _value(section, out.flows, file, rate, tools)
    return section, burns


def _no_money(out: SummariseLedgerOutput) -> bool:
    named = set(words(out.columns.get("amount", ""))) & PLAIN_AMOUNT
    return not named and all(one.unit == "money" for one in out.categories)


def _sums(out: SummariseLedgerOutput, unit: str, taken: str) -> list[Line]:
    came = sum((one.cash_in for one in out.months if one.unit == unit), Decimal(0))
    went = sum((one.cash_out for one in out.months if one.unit == unit), Decimal(0))

    def line(name: str, value: Decimal, formula: str, filled: str) -> Line:
        return Line(name=f"{name} of {out.file}", value=value, unit=unit, formula=formula, filled=filled)

    if not out.known:
        return [line("total", came - went, f"sum of the amounts ({taken})", shown(came - went, unit))]
    income = line("income", came, f"sum of what came in ({taken})", shown(came, unit))
    costs = line("costs", went, f"sum of what went out ({taken})", shown(went, unit))
    if not came or not went:
        return [income if came else costs]
    return [
        income,
        costs,
        line("net", came - went, "income - costs", f"{shown(came, unit)} - {shown(went, unit)}"),
    ]


def _burn(section: Section, months: Sequence[MonthOfCash], unit: str, file: str) -> dict[str, Decimal]:
    recent = months[-RECENT:]
    net = [one.net for one in recent]
    line = Line(
        name=f"mean net a month, {recent[0].month[:7]} to {recent[-1].month[:7]}",
        value=sum(net, Decimal(0)) / len(net),
        unit=unit,
        formula=f"mean of income - costs over the last {len(net)} months with rows",
        filled=f"({' + '.join(shown(one, unit) for one in net)}) / {len(net)}",
    )
    section.add([line], (Source(file=file),))
    assert line.value is not None
    return {unit: -line.value}


def _tables(
    section: Section, out: SummariseLedgerOutput, months: Sequence[MonthOfCash], unit: str, *, plan: bool
) -> None:
    running = Decimal(0)
    rows: list[tuple[str, ...]] = []
    for one in months:
        running += one.net
        rows.append(
            (
                one.month[:7],
                shown(one.cash_in, unit),
                shown(one.cash_out, unit),
                shown(one.net, unit),
                shown(running, unit),
            )
        )
    if rows and out.known:
        section.tables.append((f"By month, in {unit}", ("month", "in", "out", "net", "running"), rows))
    of = [one for one in out.categories if one.unit == unit]
    for each in of[:SHOWN]:
        text = f"{each.name} sums to {shown(each.total, unit)} over {each.rows:,} rows of {out.file}."
        formula = Source(file=out.file, formula=f"sum of the amounts of {each.name}; its largest row is named beside")
        section.facts.append(Fact(text=text, sources=(each.place, formula)))
    names: list[tuple[str, ...]] = [(each.name, shown(each.total, unit), str(each.rows)) for each in of[:40]]
    section.tables.append((f"By category, in {unit}", ("category", "total", "rows"), names))
    if plan and months:
        _proposal(section, out, months, unit)


def _proposal(section: Section, out: SummariseLedgerOutput, months: Sequence[MonthOfCash], unit: str) -> None:
    """A budget out of what was: it changes nothing, and says so."""
    first, last = date.fromisoformat(months[0].month), date.fromisoformat(months[-1].month)
    span = (last.year - first.year) * 12 + last.month - first.month + 1
    lines = []
    for one in [each for each in out.categories if each.unit == unit][:20]:
        month = one.total / span
        lines.append(
            Line(
                name=f"proposed budget a year for {one.name} (as it was)",
                value=month * 12,
                unit=unit,
                formula="sum of the category / months in the data x 12",
                filled=f"{shown(one.total, unit)} / {span} x 12",
            )
        )
    section.add(lines, (Source(file=out.file),))
    whole = sum((line.value or Decimal(0) for line in lines), Decimal(0))
    section.heads.append(f"the past {span} months carried forward make {shown(whole, unit)} a year")


async def _value(section: Section, flows: Sequence[Flow], file: str, rate: Decimal | None, tools: Toolbox) -> None:
    units = {one.unit for one in flows}
    if len(units) > 1:
        section.lacks(f"IRR of {file}", f"its flows are in {', '.join(sorted(units))}")
        return
    times, period = _times(flows)
    ordered = sorted(zip(times, flows, strict=True), key=lambda pair: pair[0])
    given = DiscountCashFlowsInput(
        flows=tuple(flow.amount for _, flow in ordered),
        times=tuple(time - ordered[0][0] for time, _ in ordered),
        rate=rate,
        currency=next(iter(units)),
        period=period,
    )
    out = await tools.call(discount_cash_flows, given)
    cash, section.heads = section.heads, []
    section.add(out.lines, (flows[0].place, flows[-1].place), ("NPV", "IRR", "payback"))
    section.heads += cash


def _times(flows: Sequence[Flow]) -> tuple[list[Decimal], str]:
    """Years of 365 days from the first flow when there are dates, else the stated periods."""
    try:
        days = [date.fromisoformat(one.at) for one in flows]
    except ValueError:
        return [
            Decimal(one.at) if one.at.lstrip("-").isdigit() else Decimal(i) for i, one in enumerate(flows)
        ], "period"
    first = min(days)
    return [Decimal((day - first).days) / 365 for day in days], "year"
