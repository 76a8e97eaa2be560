"""DuckDB, shut in: in memory, with bounds, and able to reach nothing but the call's scratch folder."""
# ruff: noqa: S608  (names go through database.identifier, texts through database.text_literal)

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from genesis.errors import DeadlineExceeded, RequestInvalid
from genesis.tools.tabular.columns import Column, Value

if TYPE_CHECKING:
    import duckdb

    from genesis.tools.tabular.table import Table

MEMORY = "1GB"
THREADS = 2
QUERY_S = 20.0


@contextmanager
def connect(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that can reach only `scratch`, with memory and threads bounded and no extensions to load."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "threads": THREADS,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    try:
        connection.execute(f"SET allowed_directories = [{text_literal(str(scratch))}]")
        connection.execute("SET temp_directory = ''")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


@contextmanager
def holding(tables: Sequence[Table], scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that holds these tables, each under its file's name, with `_line` for the row's line in the file.

    The names are such that `SELECT ... FROM "sales.csv"` means the same to anybody's DuckDB in the workspace, as long
    as the file is one that DuckDB reads as we do.
    """
    with connect(scratch) as connection:
        for number, table in enumerate(tables):
            _load(connection, table, scratch / f"{number}.csv")
        yield connection


def _load(connection: duckdb.DuckDBPyConnection, table: Table, aside: Path) -> None:
    types = {"_line": "BIGINT", **{column.name: sql_type(column) for column in table.columns}}
    with aside.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL)
        lines: Sequence[int | None] = table.lines or [None] * table.rows
        writer.writerow(types)
        # A cell of blanks and one that is missing must differ: text is marked, the mark is taken off on loading.
        written = [[_written(value) for value in column.values] for column in table.columns]
        writer.writerows(zip(lines, *written, strict=True))
    columns = ", ".join(f"{text_literal(name)}: 'VARCHAR'" for name in types)
    casts = ", ".join(
        f"substr({identifier(name)}, 2) AS {identifier(name)}"
        if kind == "VARCHAR"
        else f"CAST({identifier(name)} AS {kind}) AS {identifier(name)}"
        for name, kind in types.items()
    )
    connection.execute(
        f"CREATE TABLE {identifier(table.file)} AS SELECT {casts} FROM read_csv({text_literal(str(aside))}, "
        f"auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
        f"max_line_size = 20000000, columns = {{{columns}}})"
    )
    aside.unlink()


def _written(value: Value) -> str | None:
    if isinstance(value, str):
        return f"'{value}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value.adjusted()) < 40 else f"{value:e}"
    return None if value is None else str(value)


def sql_type(column: Column) -> str:
    """Exact types wherever the numbers fit them: sums of money must not depend on the order of the rows."""
    if column.kind == "integer":
        return "BIGINT" if all(abs(v) < 2**62 for v in column.values if isinstance(v, int)) else "DOUBLE"
    if column.kind == "decimal":
        scale = column.scale
        whole = max((v.adjusted() + 1 for v in column.values if isinstance(v, Decimal)), default=1)
        return f"DECIMAL(18,{scale})" if scale <= 9 and max(whole, 1) + scale <= 18 else "DOUBLE"
    return {"date": "DATE", "time": "TIMESTAMP", "boolean": "BOOLEAN", "text": "VARCHAR"}[column.kind]


def identifier(name: str) -> str:
    """A name as SQL writes it: in double quotes, its own doubled."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def ask(
    connection: duckdb.DuckDBPyConnection, query: str, limit: int = 10_000
) -> tuple[list[str], list[tuple[object, ...]], bool]:
    """Columns, rows, and whether there were more than `limit`.

    Only one SELECT is taken. Raises `RequestInvalid` for anything else and for SQL that is wrong, `DeadlineExceeded`
    after 20 s.
    """
    import duckdb

    stop = threading.Timer(QUERY_S, connection.interrupt)
    try:
        statements = connection.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise RequestInvalid(f"the query {query[:80]!r}: one SELECT statement is allowed")
        stop.start()
        answer = connection.execute(query)
        names = [str(one[0]) for one in answer.description or ()]
        found = answer.fetchmany(limit + 1)
    except duckdb.InterruptException as error:
        raise DeadlineExceeded(f"the query {query[:200]!r} took longer than {QUERY_S:g} s") from error
    except duckdb.Error as error:
        raise RequestInvalid(f"the query {query[:200]!r}: {str(error).splitlines()[0][:300]}") from error
    finally:
        stop.cancel()
    return names, found[:limit], len(found) > limit
