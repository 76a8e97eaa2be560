"""Reviews the database schema of the workspace as its SQL declares it."""

from __future__ import annotations

import asyncio
import re

from genesis.finding import Finding, NotDone, Severity, Source
from genesis.frozen import Frozen
from genesis.security.workspace import Workspace
from genesis.tools.entities.entity import plural, singular
from genesis.tools.places.place import place_in
from genesis.tools.places.text_lines import lines_of
from genesis.tools.sql.tables import Foreign, Schema, Table
from genesis.tools.sql.workspace import schema_of
from genesis.tools.tool import ToolContext, tool

_MONEY = re.compile(r"(?:^|_)(?:price|amount|total|cost|balance|fee|salary|revenue|tax|discount)(?:$|_)")
_FLOAT = re.compile(r"^(?:real|float|double)\b")
_SIZES = {"smallint": 2, "smallserial": 2, "int2": 2, "int": 4, "integer": 4, "serial": 4, "int4": 4, "mediumint": 3}
_SIZES |= {"bigint": 8, "bigserial": 8, "int8": 8}


class ReviewSchemaInput(Frozen):
    """Nothing to choose: all SQL of the workspace is read."""


class TableSeen(Frozen):
    name: str
    columns: tuple[str, ...]
    primary: tuple[str, ...]
    references: tuple[str, ...]
    source: Source


class ReviewSchemaOutput(Frozen):
    tables: tuple[TableSeen, ...]
    findings: tuple[Finding, ...]
    not_done: tuple[NotDone, ...] = ()


@tool(trust="file", timeout_s=60)
async def review_schema(given: ReviewSchemaInput, context: ToolContext) -> ReviewSchemaOutput:
    """Reads every CREATE TABLE of the workspace and reviews keys, indexes on references, and types."""
    return await asyncio.to_thread(_review, context.workspace_for("reviewing a schema"))


def _review(workspace: Workspace) -> ReviewSchemaOutput:
    not_done: list[NotDone] = []
    schema = schema_of(workspace, not_done)
    texts: dict[str, list[str]] = {}

    def at(file: str, line: int) -> Source:
        if file not in texts:
            texts[file] = lines_of(workspace.read_text(file) or "")
        return place_in(file, line, texts[file])

    findings: list[Finding] = []

    def found(kind: str, severity: Severity, message: str, source: Source, remedy: str) -> None:
        findings.append(Finding(kind=kind, severity=severity, message=message, source=source, remedy=remedy))

    linked = any(table.foreign for table in schema.tables.values())
    for table in schema.tables.values():
        where = at(table.file, table.line)
        if not table.primary and not table.copied and table.columns:
            low = bool(table.uniques)
            found(
                "table_without_primary_key",
                "low" if low else "medium",
                f"{table.name} has no primary key" + (", only a unique constraint" if low else ""),
                where,
                "Declare what identifies a row; replication, upserts and editors need it.",
            )
        for key in table.foreign:
            source, own = at(key.file, key.line), ", ".join(key.columns)
            if not _served(key, table):
                found(
                    "foreign_key_without_index",
                    "medium" if key.cascades else "low",
                    f"{table.name} ({own}) refers to {key.table} but has no index that begins with it",
                    source,
                    f"CREATE INDEX ON {table.name} ({own}); without it each delete of the other side reads all rows.",
                )
            if key.table not in schema.tables:
                found(
                    "reference_to_missing_table",
                    "medium",
                    f"{table.name} refers to {key.table}, which no SQL of the workspace creates",
                    source,
                    "Create it, or name the right table.",
                )
            else:
                findings.extend(_compare_types(table, key, schema, source))
        for column in table.columns.values():
            source = at(column.file, column.line)
            if _FLOAT.match(column.type) and _MONEY.search(column.name):
                found(
                    "money_as_float",
                    "medium",
                    f"{table.name}.{column.name} holds money as {column.type}, which cannot hold most cents exactly",
                    source,
                    "Use an integer number of cents, or NUMERIC with a scale.",
                )
            target = _meant(column.name, schema)
            refers = {name for key in table.foreign for name in key.columns}
            if linked and target and target != table.name and column.name not in refers:
                found(
                    "reference_without_constraint",
                    "low",
                    f"{table.name}.{column.name} looks like a reference to {target}, but nothing holds it to that",
                    source,
                    f"Add REFERENCES {target}, or rename the column.",
                )
    seen = [
        TableSeen(
            name=table.name,
            columns=tuple(table.columns),
            primary=table.primary,
            references=tuple(dict.fromkeys(key.table for key in table.foreign)),
            source=at(table.file, table.line),
        )
        for table in schema.tables.values()
        if table.columns
    ]
    return ReviewSchemaOutput(tables=tuple(seen), findings=tuple(findings), not_done=tuple(not_done))


def _served(key: Foreign, table: Table) -> bool:
    """Whether an index, unique constraint or primary key begins with the columns of the foreign key, in any order."""
    size = len(key.columns)
    leading = [table.primary, *table.uniques, *table.indexes]
    return any(len(one) >= size and set(one[:size]) == set(key.columns) for one in leading)


def _compare_types(table: Table, key: Foreign, schema: Schema, source: Source) -> list[Finding]:
    findings = []
    target = schema.tables[key.table]
    targets = key.targets or target.primary
    for own, other in zip(key.columns, targets, strict=False):
        if own not in table.columns or other not in target.columns:
            continue
        mine, theirs = table.columns[own].type, target.columns[other].type
        sizes = [_SIZES.get(one.partition(" ")[0].partition("(")[0]) for one in (mine, theirs)]
        if None not in sizes and sizes[0] != sizes[1]:
            message = f"{table.name}.{own} is {mine}, but {target.name}.{other}, which it refers to, is {theirs}"
            findings.append(
                Finding(
                    kind="reference_type_differs",
                    severity="medium",
                    message=message,
                    source=source,
                    remedy="Give both the same type.",
                )
            )
    return findings


def _meant(column: str, schema: Schema) -> str | None:
    if not column.endswith("_id"):
        return None
    word = column.removesuffix("_id")
    return next((name for name in (word, plural(word), singular(word)) if name in schema.tables), None)
