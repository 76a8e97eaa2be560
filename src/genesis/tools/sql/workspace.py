"""The SQL of a workspace: its .sql files, and the statements that its Python code holds as text."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath

from genesis.finding import NotDone
from genesis.security.workspace import Workspace
from genesis.tools.python.modules import Module, is_aside, modules
from genesis.tools.sql.tables import Schema, Table, read_schema

_CREATES = re.compile(r"(?i)\bcreate\s+(?:\w+\s+){0,2}table\b|\balter\s+table\b|\bcreate\s+(?:unique\s+)?index\b")
# Prose that mentions a table is no statement: text in code counts when it begins as SQL does.
_IS_SQL = re.compile(r"(?i)\s*(?:--|/\*|(?:create|alter|drop|begin|pragma|set)\s)")


def schema_of(workspace: Workspace, not_done: list[NotDone]) -> Schema:
    """All tables that the workspace declares.

    Files of one folder are read as a sequence (migrations), folders as copies of one schema: what any says of a table
    holds. Tests and examples count only when there is nothing else.
    """
    sql = [file.name for file in workspace.files if file.name.lower().endswith((".sql", ".ddl"))]
    for names in ([name for name in sql if not is_aside(_without_migrations(name))], sql):
        folders: dict[str, Schema] = {}
        for name in names:
            text = workspace.read_text(name)
            if text and _CREATES.search(text):
                folder = str(PurePosixPath(name).parent)
                folders[folder] = read_schema(text, file=name, schema=folders.get(folder))
        for module in modules(workspace, not_done):
            found = _in_python(module)
            if found.tables or found.loose_indexes:
                folders[module.file] = found
        # What a migration declared first, a later one may have changed: the whole schema of another folder goes first.
        joined = _join([folders[name] for name in sorted(folders, key=lambda one: ("migration" in one, one))])
        if joined.tables:
            return joined
    return Schema()


def _without_migrations(name: str) -> str:
    """Migrations are aside for code, but they are the schema."""
    return name.replace("migrations/", "")


def _in_python(module: Module) -> Schema:
    schema = Schema()
    nodes = [node for node in ast.walk(module.tree) if isinstance(node, ast.Constant | ast.JoinedStr)]
    for node in sorted(nodes, key=lambda one: one.lineno):
        text = _text(node)
        if text is None or not _IS_SQL.match(text):
            continue
        before = set(schema.tables)
        read_schema(text, file=module.file, first_line=node.lineno, schema=schema)
        last = node.end_lineno or node.lineno
        for name in set(schema.tables) - before:
            _settle(schema.tables[name], module.lines, node.lineno, last)
    return schema


def _text(node: ast.AST) -> str | None:
    """A string, or an f-string with the last name of each expression in its place."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value))
            elif isinstance(part, ast.FormattedValue):
                value = part.value
                parts.append(getattr(value, "attr", getattr(value, "id", "_")))
        return "".join(parts)
    return None


def _settle(table: Table, lines: list[str], first: int, last: int) -> None:
    """Text that is put together from pieces does not lie on the lines that its line feeds say: look for the names."""

    def line_of(name: str, guess: int) -> int:
        pattern = re.compile(rf"(?i)\b{re.escape(name)}\b")
        if guess <= len(lines) and pattern.search(lines[guess - 1]):
            return guess
        return next((n for n in range(first, min(last, len(lines)) + 1) if pattern.search(lines[n - 1])), first)

    table.line = line_of(table.name, table.line)
    for column in table.columns.values():
        column.line = line_of(column.name, column.line)
    table.foreign = [
        type(one)(one.columns, one.table, one.targets, one.file, line_of(one.table, one.line), one.cascades)
        for one in table.foreign
    ]


def _join(schemas: list[Schema]) -> Schema:
    joined = Schema()
    for schema in schemas:
        for name, table in schema.tables.items():
            if not re.fullmatch(r"\w+", name):  # a template's placeholder
                continue
            known = joined.tables.setdefault(name, table)
            if known is not table:
                known.columns = {**table.columns, **known.columns}
                known.primary = known.primary or table.primary
                known.uniques += table.uniques
                known.indexes += table.indexes
                known.foreign += [
                    one for one in table.foreign if one.columns not in {two.columns for two in known.foreign}
                ]
                known.copied |= table.copied
    for schema in schemas:
        for name, indexes in schema.loose_indexes.items():
            if name in joined.tables:
                joined.tables[name].indexes += indexes
    return joined
