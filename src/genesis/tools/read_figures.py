"""The figures that a text or a table of assumptions states."""

from __future__ import annotations

import asyncio
from typing import Annotated

from pydantic import Field

from genesis.errors import FileInvalid
from genesis.frozen import Frozen
from genesis.tools.money.figure import Figure
from genesis.tools.money.parse import MAX_CHARS, parse_figures
from genesis.tools.tabular.table import Table, read_table
from genesis.tools.tool import ToolContext, tool

MAX_ROWS = 300


class ReadFiguresInput(Frozen):
    """Either `text`, which is called `said_in` in the sources, or `file`: a table of the workspace with a name and a
    value per row."""

    text: Annotated[str, Field(max_length=MAX_CHARS)] = ""
    said_in: str = "the objective"
    file: str = ""


class ReadFiguresOutput(Frozen):
    """`unnamed`: numbers that nothing beside them names; `doubts`: what had to be assumed in reading; `rows`: how many
    rows the table has (0 for a text)."""

    figures: tuple[Figure, ...]
    unnamed: tuple[Figure, ...]
    doubts: tuple[str, ...]
    rows: int = 0


@tool(trust="file", timeout_s=30)
async def read_figures(given: ReadFiguresInput, context: ToolContext) -> ReadFiguresOutput:
    """Reads named figures (price, churn, fixed costs, cash ...) out of a text or a table, each with its place."""
    if not given.file:
        stated, unnamed, said = parse_figures(given.text, said_in=given.said_in)
        return ReadFiguresOutput(figures=stated, unnamed=unnamed, doubts=said)
    table = await asyncio.to_thread(read_table, context.workspace_for("reading figures"), given.file, context.scratch)
    return _from_table(table)


def _from_table(table: Table) -> ReadFiguresOutput:
    names = [column for column in table.columns if column.kind == "text"]
    values = [column for column in table.columns if column.number or column.currencies]
    dated = any(column.kind in ("date", "time") for column in table.columns)
    twice = bool(names) and len(set(names[0].values)) < table.rows
    if not names or len(values) != 1 or table.rows > MAX_ROWS or dated or twice:
        raise FileInvalid(f"{table.file}: not a table with one column of names and one of values")
    value, more = values[0], names[1:]
    figures: list[Figure] = []
    doubts: list[str] = list(table.doubts)
    for row in range(table.rows):
        if names[0].values[row] is None or value.values[row] is None:
            continue
        units = " ".join(str(column.values[row]) for column in more if column.values[row] is not None)
        text = f"{names[0].values[row]}: {value.values[row]} {value.unit or ''} {units}"
        found, _, doubt = parse_figures(" ".join(text.split()), table.source(row))
        figures += found
        doubts += doubt
    return ReadFiguresOutput(figures=tuple(figures), unnamed=(), doubts=tuple(doubts), rows=table.rows)
