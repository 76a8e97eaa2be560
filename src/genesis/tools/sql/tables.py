"""Tables, keys and indexes as SQL text declares them, in the common dialects. Read as text: nothing is executed.

What is understood: CREATE TABLE, ALTER TABLE ... ADD, CREATE INDEX, DROP TABLE. Everything else is passed over.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from genesis.tools.sql.tokens import Token, closing, parts_of, statements

_CONSTRAINTS = frozenset(
    {"constraint", "primary", "foreign", "unique", "check", "key", "index", "exclude", "like", "fulltext"}
)
_AFTER_TYPE = frozenset(
    {"not", "null", "default", "primary", "unique", "references", "check", "constraint", "generated", "collate", "as"}
    | {"auto_increment", "autoincrement", "on", "identity", "comment", "deferrable", "initially"}
)


@dataclass
class Column:
    name: str
    type: str
    file: str
    line: int
    not_null: bool = False
    unique: bool = False
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Foreign:
    """A foreign key: own columns, the table and its columns (empty: its key), and whether deletes cascade."""

    columns: tuple[str, ...]
    table: str
    targets: tuple[str, ...]
    file: str
    line: int
    cascades: bool


@dataclass
class Table:
    """`primary`, `uniques` and `indexes` hold columns. `copied`: (some of) its columns are declared elsewhere."""

    name: str
    file: str
    line: int
    columns: dict[str, Column] = field(default_factory=dict)
    primary: tuple[str, ...] = ()
    uniques: list[tuple[str, ...]] = field(default_factory=list)
    indexes: list[tuple[str, ...]] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)
    copied: bool = False


@dataclass
class Schema:
    """Tables by name, in lower case and without schema; and indexes on tables that are not declared here."""

    tables: dict[str, Table] = field(default_factory=dict)
    loose_indexes: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)


def read_schema(text: str, *, file: str, first_line: int = 1, schema: Schema | None = None) -> Schema:
    """The schema that a text of SQL declares, on top of `schema`; lines count from `first_line`."""
    schema = schema or Schema()
    for statement in statements(text, first_line):
        words = [token.low for token in statement[:8]]
        if words[:1] == ["create"] and "table" in words[:5]:
            _create_table(statement, words.index("table") + 1, schema, file)
        elif words[:1] == ["create"] and "index" in words[:4]:
            _create_index(statement, words.index("index") + 1, schema)
        elif words[:2] == ["alter", "table"]:
            _alter_table(statement, schema, file)
        elif words[:2] == ["drop", "table"]:
            at = 4 if words[2:4] == ["if", "exists"] else 2
            name, _ = _name(statement, at)
            schema.tables.pop(name, None)
    return schema


def _name(statement: list[Token], at: int) -> tuple[str, int]:
    """The name at a place, without its schema, in lower case; and the place behind it."""
    name = ""
    while at < len(statement) and statement[at].kind in {"word", "quoted"}:
        name = statement[at].name.lower()
        at += 1
        if at < len(statement) and statement[at].text == ".":
            at += 1
            continue
        break
    return name, at


def _create_table(statement: list[Token], at: int, schema: Schema, file: str) -> None:
    if [token.low for token in statement[at : at + 3]] == ["if", "not", "exists"]:
        at += 3
    line = statement[at].line if at < len(statement) else 1
    name, at = _name(statement, at)
    if not name:
        return
    table = schema.tables.setdefault(name, Table(name, file, line))
    if at >= len(statement) or statement[at].text != "(":
        table.copied = True  # CREATE TABLE x AS SELECT, PARTITION OF y: its columns are elsewhere
        return
    end = closing(statement, at)
    for part in parts_of(statement[at + 1 : end]):
        _part(part, table, file)
    if any(token.low in {"inherits", "partition"} for token in statement[end:]):
        table.copied = True
    if table.copied and any(token.low == "partition" for token in statement[end:]):
        table.copied = False  # PARTITION BY: a partitioned table declares its own columns


def _part(part: list[Token], table: Table, file: str) -> None:
    first = part[0]
    if first.low in _CONSTRAINTS and not (first.low in {"key", "index", "like"} and _is_column(part)):
        _constraint(part, table, file)
        return
    if first.kind not in {"word", "quoted"}:
        return
    name = first.name.lower()
    at = 1
    words: list[str] = []
    while at < len(part) and part[at].low not in _AFTER_TYPE:
        if part[at].text == "(":
            end = closing(part, at)
            words[-1:] = [(words[-1] if words else "") + "".join(token.text for token in part[at : end + 1])]
            at = end + 1
            continue
        words.append(part[at].text)
        at += 1
    column = Column(name, " ".join(words).lower(), file, first.line)
    lows = [token.low for token in part]
    column.not_null = ("not", "null") in itertools.pairwise(lows)
    column.primary = "primary" in lows[1:]
    column.unique = "unique" in lows[1:]
    if "references" in lows:
        target, behind = _name(part, lows.index("references") + 1)
        targets = _listed(part, behind)
        table.foreign.append(Foreign((name,), target, targets, file, first.line, "cascade" in lows))
    table.columns[name] = column
    if column.primary:
        table.primary = (name,)
    if column.unique:
        table.uniques.append((name,))


def _is_column(part: list[Token]) -> bool:
    """`key TEXT NOT NULL` is a column named key; `KEY name (column)` and `KEY (column)` are not."""
    return (
        len(part) > 1 and part[1].text != "(" and not (len(part) > 2 and part[2].text == "(" and part[0].low != "like")
    )


def _constraint(part: list[Token], table: Table, file: str) -> None:
    at = 0
    if part[0].low == "constraint":
        at = 1 if len(part) > 1 and part[1].low in _CONSTRAINTS else 2
    lows = [token.low for token in part]
    if at >= len(part):
        return
    word = lows[at]
    opened = next((place for place in range(at, len(part)) if part[place].text == "("), None)
    if word == "like":
        table.copied = True
    elif opened is None:
        if word in {"primary", "unique"} and "using" in lows:  # ALTER TABLE ... ADD PRIMARY KEY USING INDEX i
            table.primary = table.primary or ("?",)
    elif word == "primary":
        table.primary = _listed(part, opened)
    elif word == "unique":
        table.uniques.append(_listed(part, opened))
    elif word in {"key", "index", "fulltext"}:
        table.indexes.append(_listed(part, opened))
    elif word == "exclude":
        table.indexes.append(_listed(part, opened)[:1])
    elif word == "foreign" and "references" in lows:
        target, behind = _name(part, lows.index("references") + 1)
        own, targets = _listed(part, opened), _listed(part, behind)
        table.foreign.append(Foreign(own, target, targets, file, part[0].line, "cascade" in lows))


def _create_index(statement: list[Token], at: int, schema: Schema) -> None:
    lows = [token.low for token in statement]
    if "on" not in lows[at:]:
        return
    place = lows.index("on", at) + 1
    place += lows[place : place + 1] == ["only"]
    name, place = _name(statement, place)
    if lows[place : place + 1] == ["using"]:
        place += 2
    columns = _listed(statement, place)
    if columns:
        table = schema.tables.get(name)
        (table.indexes if table else schema.loose_indexes.setdefault(name, [])).append(columns)
        if table and "unique" in lows[:3]:
            table.uniques.append(columns)


def _alter_table(statement: list[Token], schema: Schema, file: str) -> None:
    at = 2
    while at < len(statement) and statement[at].low in {"if", "exists", "only"}:
        at += 1
    name, at = _name(statement, at)
    table = schema.tables.get(name)
    if table is None:
        return
    for part in parts_of(statement[at:]):
        words = [token.low for token in part]
        if words[:1] == ["add"]:
            skip = 1 + (words[1:2] == ["column"])
            skip += 3 if words[skip : skip + 3] == ["if", "not", "exists"] else 0
            if part[skip:]:
                _part(part[skip:], table, file)
        elif words[:2] == ["drop", "column"]:
            skip = 4 if words[2:4] == ["if", "exists"] else 2
            dropped, _ = _name(part, skip)
            table.columns.pop(dropped, None)
            table.foreign = [one for one in table.foreign if dropped not in one.columns]
        elif words[:1] == ["alter"] and "type" in words:
            skip = 1 + (words[1:2] == ["column"])
            changed, _ = _name(part, skip)
            if changed in table.columns:
                table.columns[changed].type = " ".join(token.text for token in part[words.index("type") + 1 :]).lower()
        elif words[:2] == ["rename", "to"]:
            renamed, _ = _name(part, 2)
            schema.tables[renamed] = schema.tables.pop(name)
            table.name = renamed


def _listed(found: list[Token], at: int) -> tuple[str, ...]:
    """The column names of the bracket at `at`; an expression stands as its first name."""
    if at >= len(found) or found[at].text != "(":
        return ()
    names = []
    for part in parts_of(found[at + 1 : closing(found, at)]):
        word = next((token for token in part if token.kind in {"word", "quoted"}), None)
        if word is not None:
            names.append(word.name.lower())
    return tuple(names)
