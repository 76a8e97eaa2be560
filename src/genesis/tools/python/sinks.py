"""Finds where Python code hands text to an interpreter (SQL, shell, pickle, eval), and what fills it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from genesis.tools.python.origin import Origin, origins
from genesis.tools.python.scope import Scope, called
from genesis.tools.python.text import Piece, pieces

Family = Literal["sql_injection", "shell_injection", "unsafe_deserialization", "code_injection"]
Place = Literal["quoted", "value", "name", "whole"]
"""Where in the text a value goes: between quotes, as a value, as a name or clause, or it is the whole text."""
SHELL_NAMES = frozenset({"sh", "bash", "zsh", "dash", "ksh", "cmd", "powershell"})

EXECUTES = frozenset(
    {"execute", "executemany", "executescript", "raw", "read_sql", "read_sql_query", "exec_driver_sql"}
)
SHELLS = frozenset({
    "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "commands.getoutput",
    "popen2.popen2", "asyncio.create_subprocess_shell",
})  # fmt: skip
SUBPROCESS = frozenset(["run", "call", "Popen", "check_call", "check_output"])
LOADS = re.compile(
    r"(?:c?[pP]ickle|_pickle|dill|cloudpickle|pickle5|marshal|jsonpickle|shelve|joblib|pandas|pd|torch)\."
    r"(?:loads?|decode|open|read_pickle|Unpickler)"
)
YAML_LOADS = re.compile(r"(?:yaml|ruamel\.yaml)\.(?:load|load_all|unsafe_load|unsafe_load_all|full_load)")
SAFE_LOADERS = re.compile(r"(?:C?SafeLoader|BaseLoader|CBaseLoader|RoundTripLoader)$")
EVALUATES = frozenset({"eval", "exec", "builtins.eval", "builtins.exec"})
TEMPLATES = frozenset({"render_template_string", "flask.render_template_string"})
SQL = re.compile(
    r"\b(?:select\b.{0,2000}?\bfrom|insert\s+(?:or\s+\w+\s+)?into|update\b.{0,300}?\bset|delete\s+from|drop\s+\w+|"
    r"alter\s+table|create\s+\w+|replace\s+into|with\b.{0,300}?\bas|pragma|where|truncate)\b",
    re.IGNORECASE | re.DOTALL,
)
STATEMENT = re.compile(
    r"\s*\(?\s*(?:select\s.{1,2000}?\sfrom\s|insert\s+into\s|update\s+\S{1,200}\s+set\s|delete\s+from\s)",
    re.IGNORECASE | re.DOTALL,
)
BEFORE_VALUE = re.compile(
    r"(?:=|<|>|\blike|\bin\s{0,9}\(|\bvalues\s{0,9}\((?:[^()]{0,999},)?|\bthen|\belse|\bbetween|\|\|)\s{0,99}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sink:
    """One place where text is interpreted. `fills`: where each value goes and comes from; fixed ones are left out.

    `built`: the text is put together here, with written parts. `call`: what interprets it, "" when that is elsewhere.
    """

    family: Family
    line: int
    end_line: int
    call: str
    scope: Scope
    fills: tuple[tuple[Place, Origin], ...]
    built: bool


def sinks(scope: Scope, nodes: Sequence[ast.AST]) -> Iterator[Sink]:
    """The sinks of one scope. A text that is wholly fixed is no sink.

    SQL that is put together here and run elsewhere is a sink whose `call` is empty.
    """
    taken = set[int]()
    for node in nodes:
        if isinstance(node, ast.Call):
            name = called(node, scope)
            family, text = _interpreted(node, name)
            if family is None or text is None:
                continue
            parts = pieces(text, scope)
            if family == "sql_injection" and not _is_sql(parts):
                continue
            for part in (text, *(piece.hole for piece in parts if piece.hole is not None)):
                taken.update(_span(part))
            yield from _sink(family, node, name, parts, scope)
    for node in nodes:
        built = isinstance(node, (ast.JoinedStr, ast.BinOp)) or (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        )
        if built and isinstance(node, ast.expr) and not taken.intersection(_span(node)):
            parts = pieces(node, scope)
            if STATEMENT.match("".join(piece.text for piece in parts)):
                taken.update(_span(node))
                yield from _sink("sql_injection", node, "", parts, scope)


def _is_sql(parts: Sequence[Piece]) -> bool:
    """Whether a text is SQL as far as it is written out; one that is not written here at all may be."""
    written = [piece.text for piece in parts if piece.hole is None and piece.text.strip()]
    return not written or bool(SQL.search(" ".join(written)))


def _sink(family: Family, node: ast.expr, name: str, parts: Sequence[Piece], scope: Scope) -> Iterator[Sink]:
    fills = tuple(_fills(family, parts, scope))
    if fills:
        built = any(piece.hole is None and piece.text.strip() for piece in parts)
        yield Sink(family, node.lineno, node.end_lineno or node.lineno, name, scope, fills, built)


def _span(node: ast.AST) -> range:
    start = getattr(node, "lineno", 0)
    return range(start, (getattr(node, "end_lineno", None) or start) + 1)


def _interpreted(node: ast.Call, name: str) -> tuple[Family | None, ast.expr | None]:
    """The family of sink that a call is, and the argument that is interpreted."""
    first = node.args[0] if node.args else None
    last = name.rsplit(".", 1)[-1]
    if isinstance(node.func, ast.Attribute) and node.func.attr in EXECUTES:
        return "sql_injection", first or _keyword(node, "sql", "query", "statement")
    if name in SHELLS:
        return "shell_injection", first or _keyword(node, "cmd", "command")
    if last in SUBPROCESS and _is_true(_keyword(node, "shell")):
        return "shell_injection", first or _keyword(node, "args", "cmd")
    if last in SUBPROCESS and isinstance(first, ast.List) and len(first.elts) >= 3:
        shell, option, command = first.elts[:3]
        if _text(shell).rsplit("/", 1)[-1] in SHELL_NAMES and _text(option) in ("-c", "-lc", "/c", "/C", "-Command"):
            return "shell_injection", command
    if YAML_LOADS.fullmatch(name):
        loader = _keyword(node, "Loader") or (node.args[1] if len(node.args) > 1 else None)
        said = ast.unparse(loader) if loader is not None else ""
        safe = SAFE_LOADERS.search(said) or name.endswith("full_load") or (loader is None and "unsafe" not in name)
        return (None, None) if safe else ("unsafe_deserialization", first)
    if LOADS.fullmatch(name):
        return "unsafe_deserialization", first
    if name in EVALUATES:
        return "code_injection", _without_compile(first)
    if name in TEMPLATES:
        return "code_injection", first
    return None, None


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _without_compile(node: ast.expr | None) -> ast.expr | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "compile" and node.args:
        return node.args[0]
    return node


def _keyword(node: ast.Call, *names: str) -> ast.expr | None:
    return next((keyword.value for keyword in node.keywords if keyword.arg in names), None)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def _fills(family: Family, parts: Sequence[Piece], scope: Scope) -> Iterator[tuple[Place, Origin]]:
    alone = all(piece.hole is not None or not piece.text.strip() for piece in parts)
    before = ""
    for piece in parts:
        if piece.hole is None:
            before = (before + piece.text)[-4_000:]
            continue
        place: Place = "whole" if alone else "value"
        if family == "sql_injection" and not alone:
            place = "quoted" if before.count("'") % 2 else "value" if BEFORE_VALUE.search(before) else "name"
        for origin in sorted(origins(piece.hole, scope), key=lambda one: (one.kind, one.what)):
            yield place, origin
        before += "x"
