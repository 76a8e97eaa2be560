"""Entities from files of the workspace: headers of tables, classes with annotated fields, SQL."""

from __future__ import annotations

import ast
import csv
import io
import re
from pathlib import PurePosixPath

from genesis.finding import NotDone
from genesis.security.workspace import Workspace
from genesis.tools.entities.entity import (
    MAX_FIELDS,
    Entity,
    Field,
    Kind,
    identifier,
    kind_of_name,
    kind_of_word,
    singular,
)
from genesis.tools.places.place import place
from genesis.tools.places.text_lines import lines_of
from genesis.tools.python.modules import Module, modules
from genesis.tools.sql.workspace import schema_of

_MODELS = frozenset({"BaseModel", "SQLModel", "TypedDict", "NamedTuple", "Struct"})


def from_tables(workspace: Workspace, names: list[str], not_done: list[NotDone]) -> list[Entity]:
    """Entities from the headers of CSV files; the kinds from what is in the first 200 rows."""
    found = []
    for name in names:
        if not name.lower().endswith(".csv") or (text := workspace.read_text(name)) is None:
            continue
        first = lines_of(text[:100_000])[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        try:
            rows = [row for _, row in zip(range(201), csv.reader(io.StringIO(text), delimiter=delimiter), strict=False)]
        except csv.Error:
            not_done.append(NotDone(what=name, why="not readable as CSV"))
            continue
        header = [identifier(cell) for cell in rows[0]] if rows else []
        known = singular(identifier(PurePosixPath(name).stem))
        if not known or not any(header) or len(header) > MAX_FIELDS:
            continue
        fields = {}
        for position, column in enumerate(header):
            cells = [row[position].strip() for row in rows[1:] if position < len(row)]
            if column and column != "id":
                filled = bool(cells) and all(cells)
                fields[column] = Field(name=column, kind=_kind_of_cells(column, cells), required=filled)
        found.append(Entity(name=known, fields=tuple(fields.values()), source=place(name, 1, first)))
    return found


def _kind_of_cells(name: str, cells: list[str]) -> Kind:
    said = [cell for cell in cells if cell]
    if not said:
        return kind_of_name(name)
    patterns: tuple[tuple[Kind, str], ...] = (
        ("boolean", r"(?i)true|false|yes|no"),
        ("integer", r"[+-]?(?:0|[1-9]\d{0,17})"),
        ("number", r"[+-]?\d{1,18}\.\d{1,18}|[+-]?(?:0|[1-9]\d{0,17})"),
        ("date", r"\d{4}-\d\d-\d\d"),
        ("datetime", r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"),
        ("email", r"[^@\s]{1,64}@[^@\s]{1,255}"),
        ("url", r"https?://\S{1,2000}"),
    )
    kind = next((kind for kind, pattern in patterns if all(re.fullmatch(pattern, one) for one in said)), None)
    return kind or ("text" if max(map(len, said)) > 200 else "string")


def from_classes(workspace: Workspace, names: list[str], not_done: list[NotDone]) -> list[Entity]:
    """Entities from dataclasses and models with annotated fields."""
    wanted = set(names)
    found = []
    for module in modules(workspace, not_done):
        if module.file in wanted:
            for node in module.tree.body:
                if isinstance(node, ast.ClassDef) and _is_model(node, module):
                    found.extend(_class_entity(node, module))
    return found


def _is_model(node: ast.ClassDef, module: Module) -> bool:
    marks = [mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list]
    bases = {module.dotted(base).rpartition(".")[2] for base in node.bases}
    return bool(bases & _MODELS) or any(
        module.dotted(mark).rpartition(".")[2] in {"dataclass", "define", "frozen"} for mark in marks
    )


def _class_entity(node: ast.ClassDef, module: Module) -> list[Entity]:
    fields: dict[str, Field] = {}
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            name = identifier(line.target.id)
            kind, optional = _kind_of_annotation(line.annotation)
            if name and name != "id" and kind is not None and not line.target.id.startswith("_"):
                fields[name] = Field(name=name, kind=kind, required=not optional and line.value is None)
    known = singular(identifier(node.name))
    return (
        [Entity(name=known, fields=tuple(fields.values())[:MAX_FIELDS], source=module.at(node))]
        if known and fields
        else []
    )


def _kind_of_annotation(node: ast.expr) -> tuple[Kind | None, bool]:
    """The kind, and whether None is allowed. No kind for what is no plain value (lists, other classes)."""
    text = ast.unparse(node).strip("'\"")
    optional = bool(re.search(r"\bNone\b|\bOptional\[", text))
    bare = re.sub(r"\|\s*None|None\s*\||Optional\[|\]|\s|Annotated\[", "", text).partition(",")[0]
    return kind_of_word(bare.rpartition(".")[2]), optional


def from_sql(workspace: Workspace, names: list[str], not_done: list[NotDone]) -> list[Entity]:
    """Entities from the tables that the named files declare."""
    wanted = set(names)
    found = []
    for table in schema_of(workspace, not_done).tables.values():
        if table.file not in wanted or not table.columns or not identifier(table.name):
            continue
        refers = {key.columns[0]: singular(key.table) for key in table.foreign if len(key.columns) == 1}
        uniques = {one[0] for one in table.uniques if len(one) == 1}
        fields = []
        for column in list(table.columns.values())[:MAX_FIELDS]:
            name = identifier(column.name)
            if not name or name == "id":
                continue
            kind = kind_of_word(column.type.partition(" ")[0]) or kind_of_name(name)
            unique = column.name in uniques or (table.primary == (column.name,))
            required = column.not_null or column.name in table.primary
            target = refers.get(column.name)
            fields.append(Field(name=name, kind=kind, required=required, unique=unique, references=target))
        line = (lines_of(workspace.read_text(table.file) or "") + [""] * table.line)[table.line - 1]
        found.append(
            Entity(
                name=singular(identifier(table.name)), fields=tuple(fields), source=place(table.file, table.line, line)
            )
        )
    return found
