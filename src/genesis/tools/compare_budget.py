"""Budgets against actuals."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from decimal import Decimal

from genesis.errors import FileInvalid
from genesis.finding import Source
from genesis.frozen import Frozen
from genesis.tools.money.columns import INCOME, books, number
from genesis.tools.tabular.table import read_table
from genesis.tools.tabular.words import words
from genesis.tools.tool import ToolContext, tool


class CompareBudgetInput(Frozen):
    """`file`: a table of the workspace with a column of budgets and one of actuals."""

    file: str


class Variance(Frozen):
    """A category's budget and actual. `income`: more is better. `place`: its row furthest from its budget."""

    name: str
    unit: str
    budget: Decimal
    actual: Decimal
    rows: int
    income: bool
    place: Source

    @property
    def variance(self) -> Decimal:
        """actual - budget"""
        return self.actual - self.budget

    @property
    def share(self) -> Decimal | None:
        """(actual - budget) / budget, or None when the budget is 0."""
        return self.variance / abs(self.budget) if self.budget else None

    @property
    def bad(self) -> bool:
        """Costs above their budget, or income below it."""
        return self.variance < 0 if self.income else self.variance > 0


class CompareBudgetOutput(Frozen):
    """`open`: rows with only one of the two figures, which are in no sum."""

    file: str
    columns: dict[str, str]
    variances: tuple[Variance, ...]
    open: tuple[Source, ...]
    doubts: tuple[str, ...]


@tool(trust="file", timeout_s=60)
async def compare_budget(given: CompareBudgetInput, context: ToolContext) -> CompareBudgetOutput:
    """Compares budget and actual of a table exactly, by category and currency."""
    return await asyncio.to_thread(_compare, given, context)


def _compare(given: CompareBudgetInput, context: ToolContext) -> CompareBudgetOutput:
    found = books(read_table(context.workspace_for("reading a budget"), given.file, context.scratch))
    if found is None or found.budget is None or found.actual is None:
        raise FileInvalid(f"{given.file}: needs a column of budgets and one of actuals (such as budget, actual)")
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    unpaired = []
    for row in range(found.table.rows):
        planned, spent = number(found.budget, row), number(found.actual, row)
        if planned is not None and spent is not None:
            groups[(found.group(row), found.unit(row))].append(row)
        elif planned is not None or spent is not None:
            unpaired.append(found.table.source(row))
    made = []
    for (name, unit), rows in groups.items():
        pairs = [(number(found.budget, row) or Decimal(0), number(found.actual, row) or Decimal(0)) for row in rows]
        furthest = max(range(len(rows)), key=lambda i: (abs(pairs[i][1] - pairs[i][0]), -rows[i]))
        direction = str(found.kind.values[rows[0]]) if found.kind else name
        made.append(
            Variance(
                name=name,
                unit=unit,
                budget=sum((planned for planned, _ in pairs), Decimal(0)),
                actual=sum((spent for _, spent in pairs), Decimal(0)),
                rows=len(rows),
                income=bool(set(words(direction)) & INCOME),
                place=found.table.source(rows[furthest]),
            )
        )
    columns = {"budget": found.budget.name, "actual": found.actual.name}
    columns |= {what: one.name for what, one in (("category", found.category), ("currency", found.currency)) if one}
    return CompareBudgetOutput(
        file=given.file,
        columns=columns,
        variances=tuple(sorted(made, key=lambda one: (one.unit, -abs(one.variance), one.name))),
        open=tuple(unpaired[:20]),
        doubts=found.table.doubts,
    )
