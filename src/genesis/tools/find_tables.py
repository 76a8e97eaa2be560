"""The tables that a workspace holds: which files, how many rows, which columns."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import Field

from genesis.errors import GenesisError
from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.security.workspace import WorkspaceFile
from genesis.tools.tabular.columns import Kind
from genesis.tools.tabular.table import FORMATS, JSON, read_table
from genesis.tools.tool import ToolContext, tool

HEAD = 2000
OTHER_TABLES = {
    ".xlsx": "a spreadsheet; save its sheets as CSV",
    ".xls": "a spreadsheet; save its sheets as CSV",
    ".ods": "a spreadsheet; save its sheets as CSV",
    ".csv.gz": "compressed; unpack it",
    ".tsv.gz": "compressed; unpack it",
    ".json.gz": "compressed; unpack it",
    ".sqlite": "a database; export its tables as CSV",
    ".db": "a database; export its tables as CSV",
    ".feather": "not a format that is read here; save it as Parquet or CSV",
}


class FindTablesInput(Frozen):
    """`like`: only files whose path holds this text; `most`: how many are opened, smallest path first."""

    like: str = ""
    most: Annotated[int, Field(ge=1, le=200)] = 60


class TableFile(Frozen):
    """A file that holds a table, and its columns with their kinds, as its first 2,000 rows tell. `size` in bytes."""

    file: str
    size: int
    columns: dict[str, Kind]
    how: str


class FindTablesOutput(Frozen):
    """`not_read`: files that look like tables but could not be read, or were too many."""

    tables: tuple[TableFile, ...]
    not_read: tuple[NotDone, ...]


@tool(trust="file", timeout_s=90)
async def find_tables(given: FindTablesInput, context: ToolContext) -> FindTablesOutput:
    """Lists the workspace's CSV, TSV, JSON and Parquet files that hold a table, with their columns."""
    return await asyncio.to_thread(_find, given, context)


def _find(given: FindTablesInput, context: ToolContext) -> FindTablesOutput:
    if context.workspace is None:
        return FindTablesOutput(tables=(), not_read=())
    tables: list[TableFile] = []
    not_read: list[NotDone] = []
    candidates = []
    for file in context.workspace.files:
        lower = file.name.lower()
        if given.like.casefold() not in file.name.casefold():
            continue
        other = next((why for end, why in OTHER_TABLES.items() if lower.endswith(end)), None)
        if other:
            not_read.append(NotDone(what=file.name, why=other))
        elif PurePosixPath(lower).suffix in FORMATS:
            candidates.append(file)
    candidates.sort(key=lambda file: (_is_json(file), file.name.count("/"), file.name))
    for file in candidates[: given.most]:
        try:
            table = read_table(context.workspace, file.name, context.scratch, HEAD)
        except GenesisError as error:
            if not _is_json(file) or not error.message.endswith("holds no list of records"):
                not_read.append(NotDone(what=file.name, why=error.message.removeprefix(f"{file.name}: ")))
            continue
        columns = {column.name: column.kind for column in table.columns}
        tables.append(TableFile(file=file.name, size=file.size, columns=columns, how=table.how))
    if len(candidates) > given.most:
        more = len(candidates) - given.most
        not_read.append(NotDone(what=f"{more:,} more tables", why=f"{given.most} were opened; name the files you mean"))
    return FindTablesOutput(tables=tuple(tables), not_read=tuple(not_read))


def _is_json(file: WorkspaceFile) -> bool:
    return PurePosixPath(file.name.lower()).suffix in JSON
