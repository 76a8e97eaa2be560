"""Computes a financial model from the figures that the objective states and the workspace's books.

`outputs["financials"]`: {"summary", "currency", "lines": [{"part", "name", "value" (exact, as text, or null), "unit",
"formula"}], "inputs": [{"name", "value", "unit", "period", "from"}], "missing": [what could not be computed]}.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from genesis.agents.finance import books, cash, models, report
from genesis.agents.finance.inputs import Inputs
from genesis.agents.finance.section import Section
from genesis.agents.result import Assignment, Result
from genesis.agents.toolbox import Toolbox
from genesis.errors import FileInvalid, NeedsMissing, RequestInvalid
from genesis.finding import Fact, NotDone, by_severity
from genesis.frozen import JsonValue
from genesis.tools.find_tables import FindTablesInput, TableFile, find_tables
from genesis.tools.money.columns import ACTUAL, AMOUNT, BUDGET, COST, INCOME
from genesis.tools.money.figure import Figure
from genesis.tools.read_figures import ReadFiguresInput, read_figures
from genesis.tools.tabular.words import words

MAX_TABLES = 6
_ASKS = {
    "customers": r"unit economics|\bltv\b|\bclv\b|lifetime value|\bcac\b|payback|churn",
    "break_even": r"break[ -]?even|pays? for itself|cover (?:our|my|the|its) (?:fixed )?costs",
    "value": r"\bnpv\b|\birr\b|present value|internal rate|worth investing|invest",
    "runway": r"runway|how long (?:will|does|can|would)[^.?!]{0,40}(?:last|cash|money)|burn rate|run out",
    "prices": r"\bpricing\b|\bprices\b|\bmark-?up\b|how much (?:should|to) charge"
    r"|(?:raise|lower|cut|change|new|best|which|right) (?:the |our |my )?price"
    r"|price (?:increase|rise|cut|change)|what (?:should we charge|price)",
    "budget": r"\bbudget",
}


async def work(task: Assignment, tools: Toolbox) -> Result:
    """Raises `NeedsMissing` when neither objective nor workspace holds a figure that a model could use."""
    asked = f"{task.goal}\n{task.objective}" if task.goal != task.objective else task.objective
    asks = {what for what, pattern in _ASKS.items() if re.search(pattern, asked[:20_000], re.IGNORECASE)}
    tables = await _tables(asked, tools)
    figures, unnamed, doubts, assumptions = await _figures(task, tables, tools)
    inputs = Inputs(figures, unnamed, assumed=doubts)
    ledgers = [one for one in tables if one.file not in assumptions]
    sections, not_done = await _books(task, asks, ledgers, inputs.value("discount_rate") if ledgers else None, tools)
    burns = {unit: burn for _, burned in sections for unit, burn in burned.items()}
    made = await _models(task, asks, inputs, burns, tools) + [section for section, _ in sections]
    why_not = "nothing beside it says what it is: name it (such as: price 49 EUR)"
    not_done += [
        NotDone(what=f'the number "{one.text}"', why=why_not) for one in inputs.unnamed if one.unit or not made
    ][:5]
    not_done += inputs.refused + [note for section in made for note in section.missing]
    made = [section for section in made if section.lines or section.tables]
    not_done = [one for one in not_done if not made or not _unasked(one, task)]
    if not made:
        why = "; ".join(f"{one.what}: {one.why}" for one in not_done) or "none was stated"
        raise NeedsMissing(
            f"finance has no figures to compute with ({why}): state them (such as: price 49 EUR, churn 3 % a month, "
            "CAC 120 EUR), or give a CSV with amounts"
        )
    heads = [head for section in made for head in section.heads[:4]]
    summary = f"{'; '.join(heads[:8])}."
    used = [one for one in figures if not any(one.text in note.what for note in inputs.refused)]
    facts = [fact for section in made for fact in section.facts]
    facts += [Fact(text=f"Assumed: {text}.", sources=facts[0].sources) for text in dict.fromkeys(inputs.assumed)]
    text = report.markdown(task.goal, summary, used, made, inputs.assumed, not_done)
    return Result(
        summary=summary,
        facts=tuple({fact.text: fact for fact in facts}.values()),
        findings=tuple(by_severity([finding for section in made for finding in section.findings])),
        not_done=tuple(dict.fromkeys(not_done)),
        next_steps=tuple(dict.fromkeys(f"State what {one.what} {one.why}" for one in not_done if "need" in one.why))[
            :3
        ],
        artifacts=(
            tools.artifact("model.md", "text/markdown", text),
            tools.artifact("model.csv", "text/csv", report.results(made)),
        ),
        outputs={"financials": _output(summary, inputs, used, made, not_done)},
    )


async def _tables(asked: str, tools: Toolbox) -> list[TableFile]:
    """Tables whose columns speak of money; those that are named, when one is."""
    if tools.workspace is None:
        return []
    found = (await tools.call(find_tables, FindTablesInput())).tables
    money = BUDGET | ACTUAL | INCOME | COST | AMOUNT
    good = [
        one
        for one in found
        if any(
            kind in ("integer", "decimal", "text") and set(words(name)) & money for name, kind in one.columns.items()
        )
        or (len(one.columns) <= 4 and sum(kind in ("integer", "decimal") for kind in one.columns.values()) == 1)
    ]
    named = [one for one in good if one.file.rsplit("/", 1)[-1].casefold() in asked.casefold()]
    return (named or good)[:MAX_TABLES]


async def _figures(
    task: Assignment, tables: Sequence[TableFile], tools: Toolbox
) -> tuple[list[Figure], list[Figure], list[str], set[str]]:
    """The stated figures, numbers without a name, doubts in reading, and the tables that were tables of assumptions."""
    out = await tools.call(read_figures, ReadFiguresInput(text=task.objective))
    figures, unnamed, doubts = list(out.figures), list(out.unnamed), list(out.doubts)
    if task.goal != task.objective:
        more = await tools.call(read_figures, ReadFiguresInput(text=task.goal[:20_000], said_in="the task's goal"))
        known = {(one.name, one.value) for one in figures}
        figures += [one for one in more.figures if (one.name, one.value) not in known]
    stated: set[str] = set()
    for table in tables:
        try:
            found = await tools.call(read_figures, ReadFiguresInput(file=table.file))
        except FileInvalid:  # not a table of names and values: books then
            continue
        if len(found.figures) >= 2 and 2 * len(found.figures) >= found.rows:
            figures += found.figures
            doubts += found.doubts
            stated.add(table.file)
    return figures, unnamed, doubts, stated


async def _books(
    task: Assignment, asks: set[str], tables: Sequence[TableFile], rate: Decimal | None, tools: Toolbox
) -> tuple[list[tuple[Section, dict[str, Decimal]]], list[NotDone]]:
    made: list[tuple[Section, dict[str, Decimal]]] = []
    not_done: list[NotDone] = []
    for table in tables:
        try:
            if any(set(words(name)) & BUDGET for name in table.columns):
                made.append((await books.budget(table.file, tools), {}))
            else:
                plan = task.type == "budgeting" or "budget" in asks
                value = "value" in asks
                made.append(await books.ledger(table.file, tools, plan=plan, value=value, rate=rate))
        except (FileInvalid, RequestInvalid) as error:
            not_done.append(NotDone(what=table.file, why=error.message.removeprefix(f"{table.file}: ")))
    return made, not_done


def _unasked(note: NotDone, task: Assignment) -> bool:
    """A table of something else than money, which nobody named: no loss when something else answers."""
    return "no column of amounts" in note.why and note.what.rsplit("/", 1)[-1] not in f"{task.objective} {task.goal}"


async def _models(
    task: Assignment, asks: set[str], inputs: Inputs, burns: dict[str, Decimal], tools: Toolbox
) -> list[Section]:
    """The models that are asked for, and those whose figures are all there."""
    there = {one.name for one in inputs.figures}
    asks = asks - {"customers"} if "cash_flow" in there and not there & {"churn", "cac", "arpu"} else asks
    made: list[Section] = []
    if "customers" in asks or there & {"cac", "churn", "retention", "arpu"}:
        made.append(await models.unit_economics(inputs.taken(), tools))
    if "break_even" in asks or ("fixed_costs" in there and {"price", "variable_cost"} <= there):
        made.append(await models.break_even(inputs.taken(), tools))
    if ("value" in asks and there & {"cash_flow", "investment"}) or "cash_flow" in there:
        made.append(await cash.valuation(inputs.taken(), tools))
    if "runway" in asks or {"cash", "burn"} <= there or {"cash", "costs"} <= there:
        made.append(await cash.runway(inputs.taken(), tools, burns.get(inputs.currency, burns.get("money"))))
    prices = sum(one.name == "price" for one in inputs.figures)
    if task.type == "pricing" or prices > 1 or ("prices" in asks and there & {"price", "target_margin"}):
        made.append(await models.pricing(inputs.taken(), tools))
    return made


def _output(
    summary: str, inputs: Inputs, used: Sequence[Figure], made: Sequence[Section], not_done: Sequence[NotDone]
) -> dict[str, JsonValue]:
    lines: list[JsonValue] = [
        {
            "part": section.title,
            "name": line.name,
            "value": None if line.value is None else f"{line.value:f}",
            "unit": line.unit,
            "formula": line.formula,
        }
        for section in made
        for line in section.lines[:100]
    ]
    stated: list[JsonValue] = [
        {"name": one.name, "value": f"{one.value:f}", "unit": one.unit, "period": one.period, "from": str(one.source)}
        for one in used
    ]
    missing: list[JsonValue] = [f"{one.what}: {one.why}" for one in not_done]
    return {"summary": summary, "currency": inputs.currency, "lines": lines, "inputs": stated, "missing": missing}
