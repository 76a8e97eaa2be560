"""Renames a function, class or variable of a module wherever the code refers to it."""

from __future__ import annotations

import ast
import asyncio
import builtins
import keyword
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from genesis.errors import Conflict, NotFound, RequestInvalid
from genesis.frozen import Frozen
from genesis.tools import patch
from genesis.tools.python_project import project
from genesis.tools.python_project.project import Project
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.working_copy import working_copy

MAX_FILE_BYTES = 2_000_000


class RenameSymbolInput(Frozen):
    """`old` is the name as its module defines it at the top level, `new` the name that it gets."""

    old: str
    new: str
    patches: tuple[str, ...] = ()


class Mention(Frozen):
    """A line that has the old name in text (a comment, a string, a document) and was left as it is."""

    file: str
    line: int
    excerpt: str


class RenameSymbolOutput(Frozen):
    """`defined` is where it was defined; `places` counts the changed places by file."""

    patch: str
    files: tuple[str, ...]
    defined: Mention
    places: dict[str, int]
    left: tuple[Mention, ...]


@tool(trust="file", timeout_s=60)
async def rename_symbol(given: RenameSymbolInput, context: ToolContext) -> RenameSymbolOutput:
    """Renames a top-level name of a module in its module and in all that import it; texts are left and listed."""
    for name in (given.old, given.new):
        if not name.isidentifier() or keyword.iskeyword(name):
            raise RequestInvalid(f"{name!r} is not a name that Python allows")
    before, after = context.scratch / "before", context.scratch / "after"
    files = await asyncio.to_thread(working_copy, context, after, given.patches)
    await asyncio.to_thread(shutil.copytree, after, before)
    return await asyncio.to_thread(_rename, given, before, after, files)


@dataclass(frozen=True)
class _Module:
    file: str
    name: str
    text: bytes
    tree: ast.Module
    package: bool


def _rename(given: RenameSymbolInput, before: Path, after: Path, files: tuple[str, ...]) -> RenameSymbolOutput:
    modules = list(_modules(after, files, project.read(after)))
    owners = [module for module in modules if given.old in _top_level(module.tree)]
    if not owners:
        raise NotFound(f"{given.old}: no module here defines it at its top level, so it was not renamed")
    if len(owners) > 1:
        where = ", ".join(module.file for module in owners)
        raise Conflict(f"{given.old}: {where} each define one; say which by renaming the others first")
    owner = owners[0]
    exporters = _exporters(owner, modules, given.old)
    places: dict[str, int] = {}
    for module in modules:
        edits = sorted(set(_edits(module, owner, exporters, given.old)))
        if not edits:
            continue
        taken = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)} | _top_level(module.tree)
        if given.new in taken or hasattr(builtins, given.new):
            raise Conflict(f"{given.new}: {module.file} already uses this name")
        lines = module.text.split(b"\n")
        for line, column in reversed(edits):
            text = lines[line - 1]
            if not text.startswith(given.old.encode(), column):  # before 3.12 places inside f-strings are not exact
                raise Conflict(f"{module.file}:{line}: {given.old} stands where it cannot be changed safely")
            lines[line - 1] = text[:column] + given.new.encode() + text[column + len(given.old.encode()) :]
        (after / module.file).write_bytes(b"\n".join(lines))
        places[module.file] = len(edits)
    made = patch.diff(before, after)
    return RenameSymbolOutput(
        patch=made.text.decode("utf-8", "surrogateescape"),
        files=made.files,
        defined=_mention(before, owner.file, _line_of(owner.tree, given.old)),
        places=places,
        left=tuple(_left(after, files, given.old)),
    )


def _modules(folder: Path, files: tuple[str, ...], found: Project) -> Iterator[_Module]:
    for file in files:
        path = folder / file
        if not file.endswith(".py") or path.stat().st_size > MAX_FILE_BYTES:
            continue
        text = path.read_bytes()
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # not Python: the tests afterwards tell whether it mattered
        root = next((root for root in found.roots if root and file.startswith(f"{root}/")), "")
        parts = file.removeprefix(f"{root}/").removesuffix(".py").split("/")
        package = parts[-1] == "__init__"
        yield _Module(file, ".".join(parts[:-1] if package else parts), text, tree, package)


def _top_level(tree: ast.Module) -> set[str]:
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


def _line_of(tree: ast.Module, name: str) -> int:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
            return node.lineno
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return node.lineno
    return 1


def _absolute(module: _Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    keep = len(parts) - node.level + (1 if module.package else 0)
    return ".".join([*parts[: max(0, keep)], *([node.module] if node.module else [])])


def _exporters(owner: _Module, modules: list[_Module], old: str) -> set[str]:
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


def _edits(module: _Module, owner: _Module, exporters: set[str], old: str) -> Iterator[tuple[int, int]]:
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
        elif isinstance(node, ast.Attribute) and node.attr == old:
            continue
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


def _names(module: _Module, old: str) -> Iterator[tuple[int, int]]:
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


def _left(folder: Path, files: tuple[str, ...], old: str) -> Iterator[Mention]:
    word = re.compile(rb"\b" + old.encode() + rb"\b")
    count = 0
    for file in files:
        path = folder / file
        if path.stat().st_size > MAX_FILE_BYTES:
            continue
        content = path.read_bytes()
        if b"\0" in content[:8192]:
            continue
        for number, line in enumerate(content.split(b"\n"), 1):
            if word.search(line):
                yield Mention(file=file, line=number, excerpt=line.decode(errors="replace").strip()[:200])
                count += 1
                if count == 100:
                    return


def _mention(folder: Path, file: str, line: int) -> Mention:
    text = (folder / file).read_text(errors="replace").split("\n")[line - 1]
    return Mention(file=file, line=line, excerpt=text.strip()[:200])
