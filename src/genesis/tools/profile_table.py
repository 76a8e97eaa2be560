"""What a table is like: each column's kind, gaps and figures; rows that stand out; what moves together."""
# ruff: noqa: S608  (names go through database.identifier, texts through database.text_literal)

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from genesis.finding import Source
from genesis.frozen import Frozen, JsonValue
from genesis.tools.query_tables import as_json
from genesis.tools.tabular.columns import Column, Kind
from genesis.tools.tabular.database import ask, holding, identifier
from genesis.tools.tabular.roles import Role, role_of
from genesis.tools.tabular.significance import correlation_p
from genesis.tools.tabular.table import Table, read_table
from genesis.tools.tool import ToolContext, tool

if TYPE_CHECKING:
    import duckdb

OUTLIER_Z = 3.5
"""Iglewicz and Hoaglin's cut-off for 0.6745 * |x - median| / MAD."""
MANY_OUTLIERS = 0.02
MAX_CORRELATED = 8
SHOWN_ROWS = 5
SHOWN_VALUES = 200


class ProfileTableInput(Frozen):
    """`file`: a table of the workspace."""

    file: str


class Outlier(Frozen):
    """A value far from the rest: `z` is 0.6745 * (value - median) / MAD."""

    value: JsonValue
    z: float
    source: Source


class ColumnProfile(Frozen):
    """A column. `figures`: what `query` gave, by name. `top`: values with their counts, most frequent first (at most
    200). `outliers`: the furthest five of `outlier_count`, none where more than 2 % stand out, since then the column
    has a long tail and no outliers."""

    name: str
    kind: Kind
    role: Role
    unit: str | None
    split: str | None
    scale: int
    grain: str | None
    filled: int
    missing: int
    distinct: int
    figures: dict[str, JsonValue]
    query: str
    top: tuple[tuple[JsonValue, int], ...]
    outlier_count: int
    outlier_query: str | None
    outliers: tuple[Outlier, ...]
    unreadable: tuple[tuple[str, Source], ...]
    unreadable_count: int


class Correlation(Frozen):
    """Spearman's rank correlation of two columns over `n` rows that have both."""

    first: str
    second: str
    rho: float
    n: int
    p: float
    query: str


class OddRow(Frozen):
    """A row that is not like the others in form: short_row, long_row, total_row."""

    kind: str
    text: str
    source: Source


class ProfileTableOutput(Frozen):
    """`how`: how the file was read; `doubts`: what was assumed in doing so."""

    file: str
    how: str
    rows: int
    columns: tuple[ColumnProfile, ...]
    doubts: tuple[str, ...]
    odd: tuple[OddRow, ...]
    odd_count: int
    duplicates: int
    duplicate_query: str
    duplicate_rows: tuple[Source, ...]
    correlations: tuple[Correlation, ...]

    def column(self, name: str) -> ColumnProfile:
        """The column of that name. Raises `KeyError`."""
        return next(iter([one for one in self.columns if one.name == name]))


@tool(trust="file", timeout_s=180)
async def profile_table(given: ProfileTableInput, context: ToolContext) -> ProfileTableOutput:
    """Profiles one table: types, missing and distinct values, figures, outliers, duplicates and correlations."""
    return await asyncio.to_thread(_profile, given.file, context)


def _profile(file: str, context: ToolContext) -> ProfileTableOutput:
    table = read_table(context.workspace_for("profiling a table"), file, context.scratch)
    name = identifier(file)
    with holding([table], context.scratch) as connection:
        columns = tuple(_column(table, column, connection) for column in table.columns)
        duplicate_query = (
            f"SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * EXCLUDE (_line) FROM {name})) FROM {name}"
        )
        duplicates = _one(connection, duplicate_query)
        which = ", ".join(identifier(column.name) for column in table.columns)
        repeat = f"row_number() OVER (PARTITION BY {which} ORDER BY _line) > 1"
        lines = f"SELECT _line FROM {name} QUALIFY {repeat} ORDER BY _line"
        found = ask(connection, lines, SHOWN_ROWS)[1] if duplicates else []
        correlations = _correlations(file, columns, connection)
    return ProfileTableOutput(
        file=file,
        how=table.how,
        rows=table.rows,
        columns=columns,
        doubts=table.doubts,
        odd=tuple(OddRow(kind=kind, text=text, source=table.place(line)) for kind, line, text in table.odd[:20]),
        odd_count=len(table.odd),
        duplicates=duplicates,
        duplicate_query=duplicate_query,
        duplicate_rows=tuple(table.place(_line(row[0]), lines) for row in found),
        correlations=correlations,
    )


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    value = ask(connection, query)[1][0][0]
    assert isinstance(value, int)
    return value


def _line(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _column(table: Table, column: Column, connection: duckdb.DuckDBPyConnection) -> ColumnProfile:
    role = role_of(column)
    x, t = identifier(column.name), identifier(table.file)
    figures = [f"count({x}) AS filled", f"count(*) - count({x}) AS missing", f"count(DISTINCT {x}) AS distinct"]
    if column.number:
        figures += [f"min({x}) AS min", f"quantile_cont({x}::DOUBLE, 0.25) AS q1", f"median({x}::DOUBLE) AS median"]
        figures += [f"avg({x}) AS mean", f"quantile_cont({x}::DOUBLE, 0.75) AS q3", f"max({x}) AS max"]
        figures += [f"stddev_samp({x}) AS deviation", f"sum({x}) AS sum"]
    elif column.kind in ("date", "time"):
        figures += [f"min({x}) AS first", f"max({x}) AS last"]
    query = f"SELECT {', '.join(figures)} FROM {t}"
    names, rows, _ = ask(connection, query)
    values = {name: as_json(cell) for name, cell in zip(names, rows[0], strict=True)}
    filled, missing, distinct = (int(str(values.pop(name))) for name in ("filled", "missing", "distinct"))
    top: list[tuple[JsonValue, int]] = []
    if role in ("category", "flag", "year") or (role in ("text", "id", "measure") and distinct <= SHOWN_VALUES):
        counts = f"SELECT {x}, count(*) FROM {t} WHERE {x} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        top = [(as_json(row[0]), int(str(row[1]))) for row in ask(connection, counts, SHOWN_VALUES)[1]]
    outliers, count, outlier_query = (
        _outliers(table, column, filled, connection) if role == "measure" else ([], 0, None)
    )
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        role=role,
        unit=column.unit,
        split=column.split,
        scale=min(column.scale, 9),
        grain=column.grain,
        filled=filled,
        missing=missing,
        distinct=distinct,
        figures=values,
        query=query,
        top=tuple(top),
        outlier_count=count,
        outlier_query=outlier_query,
        outliers=tuple(outliers),
        unreadable=tuple((text[:60], table.source(row)) for row, text in column.unreadable[:SHOWN_ROWS]),
        unreadable_count=len(column.unreadable),
    )


def _outliers(
    table: Table, column: Column, filled: int, connection: duckdb.DuckDBPyConnection
) -> tuple[list[Outlier], int, str | None]:
    x, t = identifier(column.name), identifier(table.file)
    if filled < 20 or column.split:
        return [], 0, None
    z = f"0.6745 * ({t}.{x} - m.mid) / m.mad"  # qualified: a column may be called mid
    query = (
        f"WITH m AS (SELECT median({x})::DOUBLE AS mid, mad({x})::DOUBLE AS mad FROM {t}) "
        f"SELECT {t}._line, {t}.{x}, {z} FROM {t}, m WHERE m.mad > 0 AND abs({z}) > {OUTLIER_Z} "
        f"ORDER BY abs({z}) DESC, {t}._line"
    )
    rows: Sequence[tuple[object, ...]] = ask(connection, query, max(SHOWN_ROWS, int(filled * MANY_OUTLIERS) + 1))[1]
    if len(rows) > max(1, filled * MANY_OUTLIERS):
        return [], _one(connection, f"SELECT count(*) FROM ({query})"), query
    shown = [
        Outlier(value=as_json(value), z=round(float(str(z)), 2), source=table.place(_line(line), query))
        for line, value, z in rows[:SHOWN_ROWS]
    ]
    return shown, len(rows), query


def spearman_query(table: str, a: str, b: str) -> str:
    """Spearman's rank correlation (ties share their mean rank) and the rows that have both; names quoted already."""
    return (
        f"WITH r AS (SELECT rank() OVER (ORDER BY {a}) + (count(*) OVER (PARTITION BY {a}) - 1) / 2 AS ra, "
        f"rank() OVER (ORDER BY {b}) + (count(*) OVER (PARTITION BY {b}) - 1) / 2 AS rb "
        f"FROM {table} WHERE {a} IS NOT NULL AND {b} IS NOT NULL) SELECT corr(ra, rb), count(*) FROM r"
    )


def _correlations(
    file: str, columns: Sequence[ColumnProfile], connection: duckdb.DuckDBPyConnection
) -> tuple[Correlation, ...]:
    measures = [one for one in columns if one.role == "measure" and one.distinct > 2 and not one.split][:MAX_CORRELATED]
    found = []
    for first, second in combinations(measures, 2):
        query = spearman_query(identifier(file), identifier(first.name), identifier(second.name))
        rho, n = ask(connection, query)[1][0]
        if isinstance(rho, float) and isinstance(n, int) and n >= 5 and rho == rho:
            p = correlation_p(rho, n)
            found.append(Correlation(first=first.name, second=second.name, rho=rho, n=n, p=p, query=query))
    return tuple(sorted(found, key=lambda one: (-abs(one.rho), one.first, one.second)))
