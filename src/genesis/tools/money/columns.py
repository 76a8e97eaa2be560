"""Which columns of a table hold the money, the dates and the categories of a business."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from genesis.tools.tabular.columns import Column
from genesis.tools.tabular.roles import role_of
from genesis.tools.tabular.table import Table
from genesis.tools.tabular.words import one_line, words, wordset

BUDGET = wordset("budget budgeted plan planned forecast target soll")
ACTUAL = wordset("actual actually ist real realised realized spent")
INCOME = wordset("revenue income sale inflow receipt credit einnahme umsatz earning turnover")
COST = wordset("cost expense outflow spend spending debit ausgabe kosten payment expenditure")
AMOUNT = wordset("amount betrag sum total flow cashflow fee")
PLAIN_AMOUNT = wordset("amount betrag flow cashflow fee")
CATEGORY = wordset(
    "category account department team project costcenter center centre konto kategorie position item group"
)
Sign = Literal["signed", "income", "costs", "unknown"]


@dataclass(frozen=True)
class Books:
    """The columns of a table of money, by what they are; `sign`: what a plain amount means."""

    table: Table
    when: Column | None
    category: Column | None
    amount: Column | None
    income: Column | None
    cost: Column | None
    budget: Column | None
    actual: Column | None
    kind: Column | None
    currency: Column | None
    sign: Sign

    def unit(self, row: int) -> str:
        """A row's currency: its own column's, its cell's, or "money" when the table names none."""
        if self.currency is not None:
            return str(self.currency.values[row] or "money")
        known = next(
            (c.unit for c in (self.amount, self.actual, self.budget, self.income, self.cost) if c and c.unit), None
        )
        return known or "money"

    def month(self, row: int) -> date | None:
        """The first day of the row's month (of its year, when only years are there)."""
        value = self.when.values[row] if self.when else None
        if isinstance(value, datetime):
            return value.date().replace(day=1)
        return date(value, 1, 1) if isinstance(value, int) and 1 <= value <= 9999 else None

    def group(self, row: int) -> str:
        """The row's category."""
        return one_line(str(self.category.values[row] or "(none)"))[:80] if self.category else "(all)"

    def flow(self, row: int) -> Decimal | None:
        """What the row brings in (above 0) or costs (below); None when it holds no number, or nobody can tell which."""
        if self.income is not None or self.cost is not None:
            came, went = number(self.income, row), number(self.cost, row)
            if came is None and went is None:
                return None
            return (came or Decimal(0)) - abs(went or Decimal(0))
        amount = number(self.amount, row)
        if amount is None or self.sign == "unknown":
            return None
        if self.kind is not None:
            said = set(words(str(self.kind.values[row] or "")))
            return abs(amount) if said & (INCOME | {"in"}) else -abs(amount) if said & (COST | {"out"}) else None
        return {"signed": amount, "income": amount, "costs": -abs(amount)}[self.sign]


def number(column: Column | None, row: int) -> Decimal | None:
    """A cell as an exact number."""
    value = column.values[row] if column else None
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def books(table: Table) -> Books | None:
    """The books in a table, or None when it holds no money that can be told."""
    named = {column.name: set(words(column.name)) for column in table.columns}
    numbers = [column for column in table.columns if column.number and role_of(column) in ("measure", "flag")]

    def pick(choice: frozenset[str], but: frozenset[str] = frozenset()) -> Column | None:
        return next(
            (column for column in numbers if named[column.name] & choice and not named[column.name] & but), None
        )

    budget, actual = pick(BUDGET), pick(ACTUAL, BUDGET)
    income, cost = pick(INCOME, BUDGET | ACTUAL), pick(COST, BUDGET | ACTUAL)
    amount = pick(AMOUNT, BUDGET | ACTUAL)
    if budget is not None and actual is None:
        actual = cost or income or amount
    when = next((one for one in table.columns if one.kind in ("date", "time")), None)
    when = when or next((one for one in table.columns if role_of(one) == "year"), None)
    texts = [one for one in table.columns if one.kind == "text" and role_of(one) == "category"]
    kind = next((one for one in texts if _tells_direction(one)), None)
    currency = next((c.split for c in (amount, actual, income, cost) if c is not None and c.split), None)
    rest = [one for one in texts if one is not kind and one.name != currency]
    category = next((one for one in rest if named[one.name] & CATEGORY), None) or next(iter(rest), None)
    if not any((amount, income, cost, budget, actual)):
        return None
    return Books(
        table,
        when,
        category,
        amount,
        income,
        cost,
        budget,
        actual,
        kind,
        table.by_name.get(currency) if currency else None,
        _sign(table, amount),
    )


def _tells_direction(column: Column) -> bool:
    values = {value for value in column.values if value is not None}
    return 1 <= len(values) <= 6 and all(set(words(str(value))) & (INCOME | COST | {"in", "out"}) for value in values)


def _sign(table: Table, amount: Column | None) -> Sign:
    if amount is not None and any(isinstance(v, int | Decimal) and v < 0 for v in amount.values):
        return "signed"
    name = set(words(table.file.rsplit("/", 1)[-1].rsplit(".", 1)[0])) | set(words(amount.name if amount else ""))
    if name & COST and not name & INCOME:
        return "costs"
    return "income" if name & INCOME and not name & COST else "unknown"
