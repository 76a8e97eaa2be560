"""Where code refers to a top-level name of one of its modules: by import, by attribute, by the plain name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MAX_FILE_BYTES = 2_000_000


@dataclass(frozen=True)
class Parsed:
    """A module by its dotted name; `package` when the file is an `__init__.py`."""

    file: str
    name: str
    text: bytes
    tree: ast.Module
    package: bool


def parsed_modules(folder: Path, files: Sequence[str], roots: Sequence[str]) -> Iterator[Parsed]:
    """The Python files that parse and are not too large; `roots` are the folders that imports start from."""
    for file in files:
        path = folder / file
        if not file.endswith(".py") or path.stat().st_size > MAX_FILE_BYTES:
            continue
        text = path.read_bytes()
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # not Python: the tests afterwards tell whether it mattered
        root = next((root for root in roots if root and file.startswith(f"{root}/")), "")
        parts = file.removeprefix(f"{root}/").removesuffix(".py").split("/")
        package = parts[-1] == "__init__"
        yield Parsed(file, ".".join(parts[:-1] if package else parts), text, tree, package)


def top_level(tree: ast.Module) -> set[str]:
    """Names that a module defines itself, also inside `if` and `try`."""
    names: set[str] = set()
    waiting: list[ast.stmt] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.If | ast.Try | ast.With):
            waiting += node.body
            waiting += getattr(node, "orelse", [])
            waiting += [one for handler in getattr(node, "handlers", []) for one in handler.body]
    return names


def line_of(tree: ast.Module, name: str) -> int:
    """The line that defines a name, 1 when none does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            return node.lineno
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return node.lineno
    return 1


def _absolute(module: Parsed, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    keep = len(parts) - node.level + (1 if module.package else 0)
    return ".".join([*parts[: max(0, keep)], *([node.module] if node.module else [])])


def exporters(owner: Parsed, modules: list[Parsed], old: str) -> set[str]:
    """Names of the modules from which the symbol can be had: its own, and those that import it under its name."""
    found = {owner.name}
    while True:
        more = {
            module.name
            for module in modules
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ImportFrom) and _absolute(module, node) in found
            for alias in node.names
            if alias.name in (old, "*") and alias.asname in (None, old)
        }
        if more <= found:
            return found
        found |= more


def places_of(module: Parsed, owner: Parsed, exporters: set[str], old: str) -> Iterator[tuple[int, int]]:
    """Line and byte column of every place in `module` that names the symbol."""
    here = module is owner
    aliases: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom):
            source = _absolute(module, node)
            for alias in node.names:
                if source in exporters and alias.name == old:
                    yield alias.lineno, alias.col_offset
                    here |= alias.asname is None
                elif source in exporters and alias.name == "*":
                    here = True
                elif f"{source}.{alias.name}" in exporters:
                    aliases[alias.asname or alias.name] = f"{source}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname and alias.name in exporters:
                    aliases[alias.asname] = alias.name
                elif not alias.asname:
                    aliases[alias.name.partition(".")[0]] = alias.name.partition(".")[0]
    if here:
        yield from _names(module, old)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr == old and _dotted(node.value, aliases) in exporters:
            assert node.end_lineno is not None and node.end_col_offset is not None
            yield node.end_lineno, node.end_col_offset - len(old.encode())


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in aliases:
        return None
    return ".".join([aliases[node.id], *reversed(parts)])


def _names(module: Parsed, old: str) -> Iterator[tuple[int, int]]:
    """The places where the plain name means the module's own: not where a function has one of its own."""
    # `around` is what functions inside see: they look past the names of a class that they stand in.
    waiting: list[tuple[ast.AST, bool, bool]] = [(module.tree, False, False)]
    lines = module.text.split(b"\n")
    while waiting:
        node, hidden, around = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == old and not hidden:
            yield _defined_at(node, lines, old)
        if isinstance(node, ast.Name) and node.id == old and not hidden:
            yield node.lineno, node.col_offset
        if isinstance(node, ast.Global) and old in node.names:
            found = re.search(rb"\b" + old.encode() + rb"\b", lines[node.lineno - 1])
            if found:
                yield node.lineno, found.start()
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets
        ):
            for one in ast.walk(node.value):
                if isinstance(one, ast.Constant) and one.value == old:
                    yield one.lineno, one.col_offset + 1
        if isinstance(node, ast.ClassDef):
            own = _class_binds(node, old)
            waiting += [(child, hidden or (own and child in node.body), hidden) for child in ast.iter_child_nodes(node)]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside = around or _binds(node, old)
            # decorators, defaults and annotations of what it returns belong to the scope around the function
            outer = [*getattr(node, "decorator_list", []), getattr(node, "returns", None)]
            for child in ast.iter_child_nodes(node):
                waiting.append((child, hidden if child in outer else inside, hidden if child in outer else inside))
        else:
            waiting += [(child, hidden, around) for child in ast.iter_child_nodes(node)]


def _class_binds(node: ast.ClassDef, name: str) -> bool:
    targets = [one for one in node.body if isinstance(one, ast.Assign | ast.AnnAssign)]
    assigned = {
        one.id
        for target in targets
        for one in ast.walk(target)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }
    defined = {one.name for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return name in assigned | defined


def _defined_at(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, lines: list[bytes], old: str
) -> tuple[int, int]:
    text = lines[node.lineno - 1]
    found = re.compile(rb"(?:def|class)\s+(" + old.encode() + rb")\b").search(text, node.col_offset)
    return (node.lineno, found.start(1)) if found else (node.lineno, text.index(old.encode()))


def _binds(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str) -> bool:
    """Whether the name is the function's own: a parameter, or assigned in it without `global`."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    if any(one is not None and one.arg == name for one in every):
        return True
    waiting: list[ast.AST] = list(function.body) if not isinstance(function, ast.Lambda) else []
    bound = False
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Global) and name in node.names:
            return False
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            bound = True
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= any((alias.asname or alias.name) == name and alias.asname is not None for alias in node.names)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound |= node.name == name
        else:
            waiting += ast.iter_child_nodes(node)
    return bound
