"""A table out of a file of the workspace, whatever it was kept as: delimited text, JSON or Parquet."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePosixPath

from genesis.errors import FileInvalid, NotFound, RequestInvalid
from genesis.finding import Source
from genesis.security.workspace import Workspace
from genesis.tools.tabular import jsonrows
from genesis.tools.tabular.columns import Column, check_size, read_column, unique_names
from genesis.tools.tabular.dates import Order, date_order
from genesis.tools.tabular.numbers import Mark, decimal_mark
from genesis.tools.tabular.parquet import read_parquet
from genesis.tools.tabular.sniff import NAMES, decode, rows, sniff

DELIMITED = frozenset({".csv", ".tsv", ".tab", ".psv"})
JSON = frozenset({".json", ".jsonl", ".ndjson"})
PARQUET = frozenset({".parquet", ".pq"})
FORMATS = DELIMITED | JSON | PARQUET

MAX_BYTES = 64_000_000
_TOTAL = re.compile(r"(?:grand |sub)?(?:total|sum|summe|gesamt|gesamtsumme|insgesamt|totals)s?:?", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """`how`: how the file was read, in words; `lines`: each row's line in the file (from 1), empty when it has none;
    `odd`: what is wrong with single rows, as (kind, line, sentence)."""

    file: str
    how: str
    columns: tuple[Column, ...]
    lines: Sequence[int] = ()
    text: tuple[str, ...] = ()
    odd: tuple[tuple[str, int | None, str], ...] = ()

    @property
    def rows(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

    @property
    def doubts(self) -> tuple[str, ...]:
        """Everything that was assumed in reading the columns."""
        return tuple(doubt for column in self.columns for doubt in column.doubts)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def line(self, row: int) -> int | None:
        """The line in the file of a row (from 0)."""
        return self.lines[row] if self.lines else None

    def source(self, row: int, query: str | None = None) -> Source:
        """Where a row is to be found."""
        return self.place(self.line(row), query)

    def place(self, line: int | None, query: str | None = None) -> Source:
        """A line of the file as a source."""
        excerpt = self.text[line - 1].strip()[:200] if line and line <= len(self.text) else None
        return Source(file=self.file, line=line, excerpt=excerpt, query=query)


def read_table(workspace: Workspace, file: str, scratch: Path, head: int | None = None) -> Table:
    """Reads one table, or only its first `head` rows (to see what it is; never to compute anything).

    Raises `NotFound` when the workspace has no such file, `FileInvalid` when there is no table in it, and
    `RequestInvalid` when it is over 64 MB or 3,000,000 cells: a part of a table gives wrong totals, so it is all or
    nothing.
    """
    kind = PurePosixPath(file).suffix.lower()
    if kind not in FORMATS:
        raise FileInvalid(f"{file}: not a table that is read here; allowed: {', '.join(sorted(FORMATS))}")
    listed = next((one for one in workspace.files if one.name == file), None)
    if listed is None:
        raise NotFound(f"{file}: no such file in the workspace")
    if listed.size > MAX_BYTES:
        raise RequestInvalid(f"{file}: {listed.size:,} bytes; at most {MAX_BYTES:,} are analysed. Split or narrow it")
    data = workspace.read_bytes(file, at_most=MAX_BYTES)
    if data is None:
        raise FileInvalid(f"{file}: could not be read")
    if kind in PARQUET:
        names, cells, how = read_parquet(file, data, scratch, head)
        return Table(file, how, _columns(names, cells, ".", "dmy"))
    decoded = decode(data)
    if decoded is None:
        raise FileInvalid(f"{file}: not text; if it is a spreadsheet, save it as CSV")
    text, encoding = decoded
    if kind in JSON:
        return _json(file, text, encoding, kind != ".json", head)
    if head is not None:
        text = "\n".join(text.split("\n", head + 1)[: head + 1])
    return _delimited(file, text, encoding)


def _json(file: str, text: str, encoding: str, by_line: bool, head: int | None) -> Table:
    try:
        found = jsonrows.records(text, by_line=by_line)
    except (ValueError, RecursionError) as error:
        where = f":{error.lineno}" if hasattr(error, "lineno") else ""
        raise FileInvalid(f"{file}{where}: not valid JSON ({type(error).__name__})") from error
    if found is None:
        raise FileInvalid(f"{file}: holds no list of records")
    how, records, lines = found
    records, lines = records[:head], lines[:head]
    names = jsonrows.column_names(records)
    check_size(file, len(records), len(names))
    cells = [[record.get(name, "") for record in records] for name in names]
    kept = [line for line in lines if line is not None]
    return Table(
        file,
        f"JSON, {how}, {encoding}",
        _columns(unique_names(names), cells, ".", "dmy"),
        kept,
        tuple(text.split("\n")) if kept else (),
    )


def _delimited(file: str, text: str, encoding: str) -> Table:
    dialect = sniff(text)
    if dialect is None:
        raise FileInvalid(f"{file}: no rows of cells were found in it")
    lines = text.split("\n")
    try:
        found = rows("\n" * (dialect.first - 1) + "\n".join(lines[dialect.first - 1 :]), dialect.delimiter)
    except csv.Error as error:
        raise FileInvalid(f"{file}: broken as delimited text ({error})") from error
    header = [cell.strip() for cell in found[0][1]] if dialect.header else []
    body = found[1:] if dialect.header else found
    width = dialect.width
    check_size(file, len(body), width)
    body, odd = _whole_rows(body, width)
    if not body:
        raise FileInvalid(f"{file}: has a header and no rows")
    cells = [[row[place] for _, row in body] for place in range(width)]
    mark: Mark = "," if dialect.delimiter == ";" else "."
    everything = [cell for column in cells for cell in {cell.strip() for cell in column[:2000]}]
    mark, _ = decimal_mark(everything, mark)
    order, _ = date_order(everything, "dmy" if mark == "," else "mdy" if dialect.delimiter == "," else "dmy")
    return Table(
        file,
        f"{NAMES[dialect.delimiter]}-separated, {encoding}, "
        + (f"header on line {dialect.first}" if dialect.header else "no header: columns are numbered"),
        _columns(unique_names(header or [""] * width), cells, mark, order),
        [line for line, _ in body],
        tuple(lines),
        tuple(odd),
    )


def _whole_rows(
    body: list[tuple[int, list[str]]], width: int
) -> tuple[list[tuple[int, list[str]]], list[tuple[str, int | None, str]]]:
    """Rows of the right width; short ones are filled up, what is too much is cut, a closing total is left out."""
    odd: list[tuple[str, int | None, str]] = []
    whole = []
    for line, row in body:
        if len(row) < width:
            odd.append(
                ("short_row", line, f"has {len(row)} cells where the table has {width}; the rest counts as missing")
            )
            row = row + [""] * (width - len(row))
        elif any(cell.strip() for cell in row[width:]):
            odd.append(
                ("long_row", line, f"has {len(row)} cells where the table has {width}; the last ones were left out")
            )
        whole.append((line, row))
    if len(whole) > 2:
        line, last = whole[-1]
        words = [cell.strip() for cell in last if cell.strip() and not any(c.isdigit() for c in cell)]
        if len(words) == 1 and _TOTAL.fullmatch(words[0]) and len([cell for cell in last if cell.strip()]) > 1:
            whole.pop()
            odd.append(("total_row", line, "is a total of the rows above and was left out, or it would count twice"))
    return whole, odd


def _columns(names: Sequence[str], cells: Sequence[Sequence[str]], mark: Mark, order: Order) -> tuple[Column, ...]:
    columns: list[Column] = []
    for name, texts in zip(names, cells, strict=True):
        column = read_column(name, texts, mark, order)
        if column.currencies:
            label = unique_names([*names, f"{name} currency"])[-1]
            columns.append(replace(column, split=label))
            columns.append(Column(label, "text", column.currencies))
        else:
            columns.append(column)
    return _split_by_currency(columns)


def _split_by_currency(columns: list[Column]) -> tuple[Column, ...]:
    """Where a column names each row's currency, and there are several, money is never added up across it."""
    named = next(
        (
            column
            for column in columns
            if column.kind == "text"
            and re.fullmatch(r"(?:.*[ _-])?(?:currency|ccy|curr|waehrung|währung)", column.name, re.IGNORECASE)
        ),
        None,
    )
    if named is None or len({value for value in named.values if value}) < 2:
        return tuple(columns)
    return tuple(
        replace(column, split=named.name) if column.number and not column.split and _is_money(column) else column
        for column in columns
    )


def _is_money(column: Column) -> bool:
    words = re.findall(r"[a-z]+", column.name.casefold())
    return column.kind == "decimal" or bool(
        set(words)
        & {"amount", "price", "revenue", "cost", "costs", "sales", "total", "value", "fee", "budget", "actual"}
    )
