"""Parquet, read by DuckDB from a copy in the call's scratch folder."""
# ruff: noqa: S608  (names go through database.identifier, texts through database.text_literal)

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genesis.errors import FileInvalid
from genesis.tools.tabular.columns import check_size, unique_names
from genesis.tools.tabular.database import connect, text_literal


def read_parquet(
    file: str, data: bytes, scratch: Path, head: int | None = None
) -> tuple[list[str], Sequence[Sequence[str]], str]:
    """Names, the cells of each column as text, and how it was read.

    Raises `FileInvalid` for what is no Parquet, `RequestInvalid` when its own footer says that it is too large.
    """
    import duckdb

    copy = scratch / "table.parquet"
    copy.write_bytes(data)
    with connect(scratch) as connection:
        name = text_literal(str(copy))
        try:
            described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({name})").fetchall()
            counted = connection.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({name})").fetchone()
            rows = int(counted[0] if counted else 0)
            check_size(file, rows if head is None else min(rows, head), len(described))
            found = connection.execute(f"SELECT * FROM read_parquet({name}) LIMIT {head or rows}").fetchall()
        except duckdb.Error as error:
            raise FileInvalid(f"{file}: not readable as Parquet ({type(error).__name__})") from error
    names = [str(row[0]) for row in described]
    return unique_names(names), [[_cell(row[place]) for row in found] for place in range(len(names))], "Parquet"


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
