"""Scores the leads of a table by a formula that is shown with its weights."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from genesis.errors import FileInvalid, RequestInvalid
from genesis.finding import Source
from genesis.frozen import Frozen
from genesis.tools.leads.columns import EMAIL, LOST, OUT, WON, LeadColumns, lead_columns, said
from genesis.tools.leads.parts import Part, score_parts
from genesis.tools.tabular.columns import Column
from genesis.tools.tabular.table import Table, read_table
from genesis.tools.tabular.words import one_line
from genesis.tools.tool import ToolContext, tool

CUT_A, CUT_B = 70, 40
MAX_LEADS = 50_000

Segment = Literal["A", "B", "C"]


class ScoreLeadsInput(Frozen):
    """`wanted`: words that say which leads fit (industries, countries, titles), usually those of the objective.
    `unscored`: take leads with nothing to score by too, all in segment B with 0 of 100."""

    file: str
    unscored: bool = False
    wanted: Annotated[tuple[str, ...], Field(max_length=500)] = ()


class Lead(Frozen):
    """A lead. `parts`: each from 0 to 1; `reachable`: it has an address that looks like one; `place` names file and
    line, and as excerpt the company at most: no personal data."""

    row: int
    company: str
    first: str
    name: str
    reachable: bool
    interest: str
    fit: tuple[str, ...]
    score: float
    segment: Segment
    parts: dict[str, float]
    place: Source


class LeftOut(Frozen):
    """A row that is no lead: `why` is duplicate, asked not to be contacted, customer already, or closed as lost."""

    why: Literal["duplicate", "asked not to be contacted", "customer already", "closed as lost"]
    place: Source
    of: Source | None = None


class ScoreLeadsOutput(Frozen):
    """`leads`: best first. `formula`: in words, with the weights. `unscored`: parts that no column serves."""

    file: str
    rows: int
    leads: tuple[Lead, ...]
    left_out: tuple[LeftOut, ...]
    parts: tuple[Part, ...]
    formula: str
    unscored: tuple[str, ...]
    newest: str | None


@tool(trust="file", timeout_s=60)
async def score_leads(given: ScoreLeadsInput, context: ToolContext) -> ScoreLeadsOutput:
    """Scores and segments the leads of a table by fit, engagement, recency and size, without duplicates."""
    return await asyncio.to_thread(_score, given, context)


def _score(given: ScoreLeadsInput, context: ToolContext) -> ScoreLeadsOutput:
    table = read_table(context.workspace_for("reading leads"), given.file, context.scratch)
    if table.rows > MAX_LEADS:
        raise RequestInvalid(f"{given.file}: {table.rows:,} leads; at most {MAX_LEADS:,} are scored. Split the file")
    found = lead_columns(table)
    if found is None:
        raise FileInvalid(f"{given.file}: no column says who a lead is (such as email, name, company)")
    left_out = _closed(table, found)
    left_out |= _same_person(table, found, left_out)
    rows = [row for row in range(table.rows) if row not in left_out]
    left_out |= _duplicates(table, found, rows)
    rows = [row for row in rows if row not in left_out]
    parts, values, unscored = score_parts(table, found, rows, given.wanted)
    if not parts and not given.unscored:
        raise FileInvalid(
            f"{given.file}: no column to score by (such as industry, visits, last_contact, employees); name one so"
        )
    leads = [_lead(table, found, row, parts, {part.name: values[part.name][row] for part in parts}) for row in rows]
    newest = max((v for v in found.recency.values if isinstance(v, datetime)), default=None) if found.recency else None
    return ScoreLeadsOutput(
        file=given.file,
        rows=table.rows,
        leads=tuple(sorted(leads, key=lambda lead: (-lead.score, lead.row))),
        left_out=tuple(left_out[row] for row in sorted(left_out)),
        parts=tuple(parts),
        formula=_formula(parts),
        unscored=tuple(unscored),
        newest=newest.date().isoformat() if newest else None,
    )


def _formula(parts: Sequence[Part]) -> str:
    if not parts:
        return "not scored: no column to score by"
    return "score = " + " + ".join(f"{part.weight:.4g} x {part.name}" for part in parts) + ", each part from 0 to 1"


def place_of(table: Table, found: LeadColumns, row: int) -> Source:
    """Where a lead stands, without personal data: the excerpt is the company's name, as far as it is in that line."""
    whole = table.source(row)
    company = _text(found.company, row)
    excerpt = company if whole.excerpt and company and company in whole.excerpt else None
    return Source(file=table.file, line=whole.line, excerpt=excerpt)


def _text(column: Column | None, row: int) -> str:
    value = column.values[row] if column else None
    return one_line(str(value))[:200] if value is not None else ""


def _closed(table: Table, found: LeadColumns) -> dict[int, LeftOut]:
    """Who must not or need not be written to."""
    closed: dict[int, LeftOut] = {}
    for row in range(table.rows):
        status = said(found.outcome.values[row]) if found.outcome and found.outcome.values[row] is not None else ""
        if status in OUT or any(column.values[row] is True for column in found.barred):
            closed[row] = LeftOut(why="asked not to be contacted", place=place_of(table, found, row))
        elif status in WON:
            closed[row] = LeftOut(why="customer already", place=place_of(table, found, row))
        elif (
            status in LOST
            and found.outcome is not None
            and found.outcome.kind != "boolean"
            and status not in ("no", "0")
        ):
            closed[row] = LeftOut(why="closed as lost", place=place_of(table, found, row))
    return closed


def _identity(found: LeadColumns, row: int) -> tuple[str, ...] | None:
    """What makes two rows one lead: the same address, or else the same name and company."""
    address = _text(found.email, row).casefold()
    if EMAIL.fullmatch(address):
        return "email", address
    person = (_text(found.first, row).casefold(), _text(found.name, row).casefold())
    company = _text(found.company, row).casefold()
    if any(person) or (company and found.first is None and found.name is None):
        return *person, company
    return None


def _same_person(table: Table, found: LeadColumns, closed: dict[int, LeftOut]) -> dict[int, LeftOut]:
    """The other rows of those who asked not to be contacted, or who are customers: no second row reopens that."""
    final = {
        _identity(found, row): one.why
        for row, one in closed.items()
        if one.why != "closed as lost" and _identity(found, row) is not None
    }
    return {
        row: LeftOut(why=final[identity], place=place_of(table, found, row))
        for row in range(table.rows)
        if row not in closed and (identity := _identity(found, row)) in final
    }


def _duplicates(table: Table, found: LeadColumns, rows: Sequence[int]) -> dict[int, LeftOut]:
    """Rows of one lead: the one with the latest date stays, then the fullest, then the first."""
    same: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in rows:
        identity = _identity(found, row)
        if identity is not None:
            same[identity].append(row)
    twice: dict[int, LeftOut] = {}
    for members in same.values():
        if len(members) > 1:
            kept = max(members, key=lambda row: (_day(found.recency, row), _filled(table, row), -row))
            for row in members:
                if row != kept:
                    at = place_of(table, found, row)
                    twice[row] = LeftOut(why="duplicate", place=at, of=place_of(table, found, kept))
    return twice


def _day(column: Column | None, row: int) -> datetime:
    value = column.values[row] if column else None
    return value if isinstance(value, datetime) else datetime.min


def _filled(table: Table, row: int) -> int:
    return sum(column.values[row] is not None for column in table.columns)


def _lead(table: Table, found: LeadColumns, row: int, parts: Sequence[Part], values: dict[str, float]) -> Lead:
    score = sum(part.weight * values[part.name] for part in parts)
    return Lead(
        row=row,
        company=_text(found.company, row),
        first=_text(found.first, row),
        name=_text(found.name, row),
        reachable=bool(EMAIL.fullmatch(_text(found.email, row))),
        interest=_text(found.interest, row),
        fit=tuple(_text(column, row) for column in found.fit),
        score=round(score, 2),
        segment="B" if not parts else "A" if score >= CUT_A else "B" if score >= CUT_B else "C",
        parts={name: round(value, 4) for name, value in values.items()},
        place=place_of(table, found, row),
    )
