"""What the names of a Python function may hold: every expression that is assigned to them, in order of line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef
COLLECTS = frozenset({"append", "extend", "insert", "add", "update", "write"})
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class Scope:
    """A module (no `node`) or a function in it. `names`: what is assigned to each, as far as it can be seen."""

    file: str
    node: Function | None
    outer: Scope | None
    owner: str = ""
    names: dict[str, list[ast.expr]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.node.name if self.node is not None else ""

    @property
    def parameters(self) -> list[ast.arg]:
        """In the order in which they are passed; `self` and `cls` are left out."""
        if self.node is None:
            return []
        given = self.node.args
        listed = [*given.posonlyargs, *given.args]
        if self.owner and listed and not any(_is_static(one) for one in self.node.decorator_list):
            listed = listed[1:]
        return [*listed, *given.kwonlyargs]

    def parameter(self, name: str) -> ast.arg | None:
        extra = [self.node.args.vararg, self.node.args.kwarg] if self.node is not None else []
        return next((one for one in [*self.parameters, *extra] if one is not None and one.arg == name), None)

    def module(self) -> Scope:
        """The scope of the whole file."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope

    def origin(self, name: str) -> str:
        """What an imported name is: its dotted name outside this file, or "" when it is not imported."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.imports:
                return scope.imports[name]
            scope = scope.outer
        return ""


def _is_static(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "staticmethod"


def scopes(file: str, tree: ast.Module) -> Iterator[tuple[Scope, list[ast.AST]]]:
    """Every scope of a file with the nodes that run in it (those of inner functions belong to these)."""
    waiting = [(Scope(file, None, None), list[ast.AST](tree.body))]
    while waiting:
        scope, stack = waiting.pop()
        nodes: list[ast.AST] = []
        owners = {id(node): scope.owner for node in stack}
        while stack:
            node = stack.pop()
            owner = owners.pop(id(node), "")
            if isinstance(node, FUNCTIONS):
                waiting.append((Scope(file, node, scope, owner), list(node.body)))
                outside = [*node.decorator_list, *node.args.defaults, *(one for one in node.args.kw_defaults if one)]
                stack.extend(outside)
                nodes.append(node)
                continue
            nodes.append(node)
            children = list(ast.iter_child_nodes(node))
            if isinstance(node, ast.ClassDef):
                owners.update((id(child), node.name) for child in children)
            elif owner:
                owners.update((id(child), owner) for child in children)
            stack.extend(children)
        nodes.sort(key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
        for node in nodes:
            _note(scope, node)
        yield scope, nodes


def _note(scope: Scope, node: ast.AST) -> None:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            _bind(scope, target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value is not None:
        _bind(scope, node.target, node.value)
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        _bind(scope, node.target, node.iter)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        _bind(scope, node.optional_vars, node.context_expr)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            scope.imports[alias.asname or alias.name.split(".")[0]] = alias.name
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            scope.imports[alias.asname or alias.name] = f"{'.' * node.level}{node.module or ''}.{alias.name}"
    elif isinstance(node, ast.Call):
        # What is put into a list is in the list: parts of a statement are often collected so.
        into, _, method = dotted(node.func).rpartition(".")
        if into.isidentifier() and method in COLLECTS:
            scope.names.setdefault(into, []).extend(node.args)


def _bind(scope: Scope, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Name):
        scope.names.setdefault(target.id, []).append(value)
    elif isinstance(target, ast.Starred):
        _bind(scope, target.value, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for one, its in zip(target.elts, value.elts, strict=True):
                _bind(scope, one, its)
        else:
            for one in target.elts:
                _bind(scope, one, value)
    elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
        scope.names.setdefault(target.value.id, []).append(value)


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an attribute chain from a name, else "" (a call or subscript in between breaks it)."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def called(node: ast.Call, scope: Scope) -> str:
    """The dotted name of what is called, with an imported first word written out: `sp.run` is `subprocess.run`."""
    name = dotted(node.func)
    if not name:
        return node.func.attr if isinstance(node.func, ast.Attribute) else ""
    first, _, rest = name.partition(".")
    origin = scope.origin(first).lstrip(".")
    return f"{origin or first}.{rest}" if rest else (origin or first)
