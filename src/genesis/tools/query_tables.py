"""SQL over tables of the workspace."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from genesis.frozen import Frozen, JsonValue
from genesis.tools.tabular.database import ask, holding
from genesis.tools.tabular.table import read_table
from genesis.tools.tool import ToolContext, tool

MAX_ROWS = 10_000


class QueryTablesInput(Frozen):
    """Each of `queries` is one SELECT in DuckDB's SQL; a table is named by its file in double quotes ("sales.csv"),
    `_line` is the row's line in the file."""

    files: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    queries: Annotated[tuple[str, ...], Field(min_length=1, max_length=200)]


class Answer(Frozen):
    """A query and its rows: numbers as numbers, dates in ISO form. `more`: there are rows beyond the 10,000 here."""

    query: str
    columns: tuple[str, ...]
    rows: tuple[tuple[JsonValue, ...], ...]
    more: bool


class QueryTablesOutput(Frozen):
    """One answer per query, in their order."""

    answers: tuple[Answer, ...]


@tool(trust="file", timeout_s=180)
async def query_tables(given: QueryTablesInput, context: ToolContext) -> QueryTablesOutput:
    """Answers SELECT queries over the workspace's tables, in memory and without reach to anything else."""
    return await asyncio.to_thread(_query, given, context)


def _query(given: QueryTablesInput, context: ToolContext) -> QueryTablesOutput:
    workspace = context.workspace_for("querying tables")
    tables = [read_table(workspace, file, context.scratch) for file in dict.fromkeys(given.files)]
    answers = []
    with holding(tables, context.scratch) as connection:
        for query in given.queries:
            columns, rows, more = ask(connection, query, MAX_ROWS)
            answers.append(
                Answer(
                    query=query,
                    columns=tuple(columns),
                    rows=tuple(tuple(as_json(cell) for cell in row) for row in rows),
                    more=more,
                )
            )
    return QueryTablesOutput(answers=tuple(answers))


def as_json(cell: object) -> JsonValue:
    """A cell of DuckDB as JSON has it; what JSON cannot say (NaN, infinity) is None."""
    if isinstance(cell, bool) or cell is None or isinstance(cell, str | int):
        return cell
    if isinstance(cell, float | Decimal):
        number = float(cell)
        return number if abs(number) < float("inf") else None
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, list | tuple):
        return [as_json(one) for one in cell]
    return str(cell)
