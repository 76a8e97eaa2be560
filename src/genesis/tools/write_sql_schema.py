"""Writes entities as an SQL schema, and hands it over only when SQLite has taken it."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Annotated

from pydantic import Field as Constrained

from genesis.errors import RequestInvalid
from genesis.frozen import Frozen
from genesis.tools.entities.entity import Entity, Field, plural
from genesis.tools.tool import ToolContext, tool

_TYPES = {"integer": "INTEGER", "number": "NUMERIC", "boolean": "INTEGER"}
MAX_STRING, MAX_TEXT = 500, 100_000


class WriteSqlSchemaInput(Frozen):
    entities: Annotated[tuple[Entity, ...], Constrained(min_length=1, max_length=40)]


class WriteSqlSchemaOutput(Frozen):
    """`statements`: how many SQLite executed."""

    sql: str
    tables: tuple[str, ...]
    constraints: int
    statements: int


@tool(trust="tool", timeout_s=20)
async def write_sql_schema(given: WriteSqlSchemaInput, context: ToolContext) -> WriteSqlSchemaOutput:
    """Writes CREATE TABLE and CREATE INDEX with keys, checks and references, and executes them in memory.

    Raises `RequestInvalid` when SQLite refuses them.
    """
    return await asyncio.to_thread(_write, given.entities)


def _write(entities: tuple[Entity, ...]) -> WriteSqlSchemaOutput:
    parts = ["-- Times and dates are ISO 8601 in UTC. PRAGMA foreign_keys = ON is set by whoever connects.\n"]
    constraints = 0
    for entity in parents_first(entities):
        lines = ['    "id" INTEGER PRIMARY KEY']
        for field in entity.fields:
            column = _column(field)
            constraints += sum(column.count(word) for word in ("NOT NULL", "UNIQUE", "CHECK", "REFERENCES"))
            lines.append(f"    {column}")
        parts.append(f'CREATE TABLE IF NOT EXISTS "{entity.table}" (\n' + ",\n".join(lines) + "\n);\n")
        parts += [
            f'CREATE INDEX IF NOT EXISTS "{entity.table}_{field.name}" ON "{entity.table}" ("{field.name}");\n'
            for field in entity.fields
            if field.references
        ]
    sql = "".join(parts)
    database = sqlite3.connect(":memory:")
    try:
        database.execute("PRAGMA foreign_keys = ON")
        database.executescript(sql)
        tables = [
            row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        ]
        for table in tables:  # a reference to a table that is not there is only found when it is used
            for row in database.execute(f'PRAGMA foreign_key_list("{table}")'):
                if row[2] not in tables:
                    raise RequestInvalid(f"the schema refers from {table} to {row[2]}, which is not in it")
        count = int(database.execute("SELECT count(*) FROM sqlite_master WHERE sql IS NOT NULL").fetchone()[0])
    except sqlite3.Error as error:
        raise RequestInvalid(f"SQLite refuses the schema: {error}") from error
    finally:
        database.close()
    return WriteSqlSchemaOutput(sql=sql, tables=tuple(tables), constraints=constraints, statements=count)


def parents_first(entities: tuple[Entity, ...]) -> list[Entity]:
    """What is referred to comes first, as most databases demand; a circle is entered where it is met."""
    order: list[Entity] = []
    waiting = list(entities)
    while waiting:
        names = {entity.name for entity in waiting}
        ready = [one for one in waiting if not any(f.references in names - {one.name} for f in one.fields)] or waiting[
            :1
        ]
        order += ready
        waiting = [one for one in waiting if one not in ready]
    return order


def _column(field: Field) -> str:
    name = f'"{field.name}"'
    parts = [name, _TYPES.get(field.kind, "TEXT")]
    parts += ["NOT NULL"] if field.required else []
    parts += ["UNIQUE"] if field.unique else []
    if field.references:
        parts.append(f'REFERENCES "{plural(field.references)}" ("id")')
        return " ".join(parts)
    longest = MAX_TEXT if field.kind == "text" else MAX_STRING
    checks = {
        "boolean": f"{name} IN (0, 1)",
        "integer": f"typeof({name}) IN ('integer', 'null')",
        "number": f"typeof({name}) IN ('integer', 'real', 'null')",
        "date": f"{name} IS date({name})",
        "datetime": f"{name} IS NULL OR datetime({name}) IS NOT NULL",
        "email": f"{name} LIKE '_%@_%' AND length({name}) <= {MAX_STRING}",
        "url": f"{name} LIKE 'http%://_%' AND length({name}) <= {MAX_STRING}",
    }
    check = checks.get(field.kind, f"length({name}) BETWEEN 1 AND {longest}")
    return " ".join([*parts, f"CHECK ({check})"])
