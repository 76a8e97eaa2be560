"""What came in and went out, by month and by category."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from genesis.errors import FileInvalid
from genesis.finding import Source
from genesis.frozen import Frozen
from genesis.tools.money.columns import Books, books, number
from genesis.tools.tabular.table import read_table
from genesis.tools.tool import ToolContext, tool

MAX_FLOWS = 1200


class SummariseLedgerInput(Frozen):
    """`file`: a table of the workspace with amounts, and dates or categories."""

    file: str


class MonthOfCash(Frozen):
    """`month`: its first day in ISO form, or "" for rows without a date; `cash_out` is above 0."""

    month: str
    unit: str
    cash_in: Decimal
    cash_out: Decimal
    rows: int

    @property
    def net(self) -> Decimal:
        return self.cash_in - self.cash_out


class Category(Frozen):
    """What a category sums to; `total` is below 0 for costs. `place`: its largest row."""

    name: str
    unit: str
    total: Decimal
    rows: int
    place: Source


class Flow(Frozen):
    """One row as a cash flow; `at` is its day in ISO form, or its period as a number."""

    at: str
    amount: Decimal
    unit: str
    place: Source


class SummariseLedgerOutput(Frozen):
    """`columns`: which column was taken for what. `known` is false when the table does not tell what came in and what
    went out; totals are then of the plain amounts. `left_out`: rows without a usable amount."""

    file: str
    columns: dict[str, str]
    known: bool
    months: tuple[MonthOfCash, ...]
    categories: tuple[Category, ...]
    flows: tuple[Flow, ...]
    doubts: tuple[str, ...]
    left_out: int


@tool(trust="file", timeout_s=60)
async def summarise_ledger(given: SummariseLedgerInput, context: ToolContext) -> SummariseLedgerOutput:
    """Sums a table of money exactly, by month, category and currency."""
    return await asyncio.to_thread(_summarise, given, context)


def _summarise(given: SummariseLedgerInput, context: ToolContext) -> SummariseLedgerOutput:
    found = books(read_table(context.workspace_for("reading a ledger"), given.file, context.scratch))
    if found is None or not any((found.amount, found.income, found.cost)):
        raise FileInvalid(f"{given.file}: no column of amounts, revenue or cost was found; name one so")
    known = bool(found.income or found.cost or found.kind) or found.sign != "unknown"
    rows = range(found.table.rows)
    amounts = [found.flow(row) if known else number(found.amount, row) for row in rows]
    return SummariseLedgerOutput(
        file=given.file,
        columns=_columns(found),
        known=known,
        months=_months(found, amounts),
        categories=_categories(found, amounts),
        flows=_flows(found, amounts),
        doubts=found.table.doubts,
        left_out=sum(amount is None for amount in amounts),
    )


def _columns(found: Books) -> dict[str, str]:
    named = {
        "date": found.when,
        "category": found.category,
        "amount": found.amount if not (found.income or found.cost) else None,
        "income": found.income,
        "cost": found.cost,
        "direction": found.kind,
        "currency": found.currency,
    }
    return {what: column.name for what, column in named.items() if column}


def _months(found: Books, amounts: Sequence[Decimal | None]) -> tuple[MonthOfCash, ...]:
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for row, amount in enumerate(amounts):
        if amount is None:
            continue
        month = found.month(row)
        entry = sums[(month.isoformat() if month else "", found.unit(row))]
        came, went = number(found.income, row), number(found.cost, row)
        if found.income is not None or found.cost is not None:
            entry[0] += came or 0
            entry[1] += abs(went or Decimal(0))
        else:
            entry[0 if amount >= 0 else 1] += abs(amount)
        entry[2] += 1
    return tuple(
        MonthOfCash(month=month, unit=unit, cash_in=entry[0], cash_out=entry[1], rows=int(entry[2]))
        for (month, unit), entry in sorted(sums.items())
    )


def _categories(found: Books, amounts: Sequence[Decimal | None]) -> tuple[Category, ...]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, amount in enumerate(amounts):
        if amount is not None:
            sums[(found.group(row), found.unit(row))].append(row)
    made = []
    for (name, unit), members in sums.items():
        largest = max(members, key=lambda row: (abs(amounts[row] or Decimal(0)), -row))
        total = sum((amounts[row] or Decimal(0) for row in members), Decimal(0))
        made.append(Category(name=name, unit=unit, total=total, rows=len(members), place=found.table.source(largest)))
    return tuple(sorted(made, key=lambda one: (one.unit, -abs(one.total), one.name)))


def _flows(found: Books, amounts: Sequence[Decimal | None]) -> tuple[Flow, ...]:
    """The rows as cash flows in their order of time; none when there are too many to be a project's."""
    if found.table.rows > MAX_FLOWS:
        return ()
    period = found.when or next(
        (
            one
            for one in found.table.columns
            if one.kind == "integer" and one.name.casefold() in ("year", "period", "month", "t")
        ),
        None,
    )
    made = []
    for row, amount in enumerate(amounts):
        value = period.values[row] if period else row
        if amount is not None and value is not None:
            at = value.date().isoformat() if hasattr(value, "date") else str(value)
            made.append(Flow(at=at, amount=amount, unit=found.unit(row), place=found.table.source(row)))
    return tuple(made)
