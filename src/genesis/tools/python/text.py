"""Takes apart the text that an expression builds: what is written out, and the holes that values fill."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from genesis.tools.python.scope import Scope, called

MAX_PIECES = 400
MAX_DEPTH = 12
HOLE = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[sdrifxa]|\{[^{}]*\}")


@dataclass(frozen=True)
class Piece:
    """Written text (`hole` is None), or a hole with the expression that fills it and the scope it is read in."""

    text: str
    hole: ast.expr | None = None


def pieces(node: ast.expr | None, scope: Scope) -> list[Piece]:
    """The text that an expression builds, in order. Names are followed to what this function assigns to them."""
    return _Builder().pieces(node, scope, 0, frozenset())


class _Builder:
    """Follows one expression, within a budget: names that are assigned in many steps would multiply."""

    def __init__(self) -> None:
        self.left = MAX_PIECES

    def pieces(self, node: ast.expr | None, scope: Scope, depth: int, open_: frozenset[str]) -> list[Piece]:
        if node is None:
            return []
        if depth > MAX_DEPTH or self.left <= 0:
            return [Piece("", node)]
        self.left -= 1

        def inner(one: ast.expr | None) -> list[Piece]:
            return self.pieces(one, scope, depth + 1, open_)

        if isinstance(node, ast.Constant):
            return [Piece(node.value if isinstance(node.value, str) else str(node.value))]
        if isinstance(node, ast.JoinedStr):
            return [piece for value in node.values for piece in inner(value)]
        if isinstance(node, ast.FormattedValue):
            return inner(node.value) if node.format_spec is None else [Piece("", node.value)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return inner(node.left) + inner(node.right)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
            return _filled(inner(node.left), [inner(value) for value in values])
        if isinstance(node, ast.Call):
            return self._call(node, scope, inner)
        if isinstance(node, (ast.List, ast.Tuple)):
            return [piece for one in node.elts for piece in (*inner(one), Piece(" "))]
        if isinstance(node, ast.IfExp):
            return inner(node.body) + inner(node.orelse)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            return inner(node.elt)
        if isinstance(node, ast.Name):
            return self._name(node, scope, depth, open_)
        return [Piece("", node)]

    def _name(self, node: ast.Name, scope: Scope, depth: int, open_: frozenset[str]) -> list[Piece]:
        if node.id in open_:
            return []  # `sql = sql + more`: what it was before is among its other values
        here: Scope | None = scope
        while here is not None:
            if here.parameter(node.id) is not None or node.id in here.imports:
                return [Piece("", node)]
            assigned = here.names.get(node.id)
            if assigned and all(map(_builds, assigned)):
                # Text that is put together in steps is all of its steps, in order.
                inside = open_ | {node.id}
                return [piece for value in assigned for piece in self.pieces(value, here, depth + 1, inside)]
            if assigned:
                return [Piece("", node)]
            here = here.outer
        return [Piece("", node)]

    def _call(self, node: ast.Call, scope: Scope, inner: Callable[[ast.expr | None], list[Piece]]) -> list[Piece]:
        if isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method == "format":
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                return _filled(inner(node.func.value), [inner(value) for value in values])
            if method == "join" and node.args:
                return inner(node.args[0])
            if method in ("strip", "lstrip", "rstrip", "lower", "upper", "encode", "expandtabs"):
                return inner(node.func.value)
        name = called(node, scope)
        if name.rsplit(".", 1)[-1] in ("text", "dedent", "SQL", "str", "cleandoc", "RawSQL") and len(node.args) == 1:
            return inner(node.args[0])
        return [Piece("", node)]


def _builds(node: ast.expr) -> bool:
    """Whether an expression puts text together in a way that is seen through here."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr in ("join", "format", "strip", "dedent", "lower")
    kinds = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.List, ast.Tuple, ast.IfExp, ast.ListComp, ast.GeneratorExp)
    return isinstance(node, (*kinds, ast.Name))


def _filled(template: list[Piece], values: list[list[Piece]]) -> list[Piece]:
    """A template with its holes filled in order; a template that is not plain text is followed by all values."""
    if any(piece.hole is not None for piece in template):
        return [*template, *(piece for value in values for piece in value)]
    text = "".join(piece.text for piece in template)
    found: list[Piece] = []
    end = 0
    for index, hole in enumerate(HOLE.finditer(text)):
        found.append(Piece(text[end : hole.start()]))
        found += values[index] if index < len(values) else values[-1] if values else []
        end = hole.end()
    return [*found, Piece(text[end:])]
