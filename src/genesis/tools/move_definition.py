"""Moves top-level functions and classes to another module, and leaves their names where they were."""

from __future__ import annotations

import ast
import asyncio
import builtins
import shutil
from pathlib import Path

from genesis.errors import Conflict, NotFound, RequestInvalid
from genesis.frozen import Frozen
from genesis.tools import patch
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.working_copy import working_copy

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class MoveDefinitionInput(Frozen):
    """`names` go from the module `source` to a new module `target`, both paths of the workspace in one folder."""

    names: tuple[str, ...]
    source: str
    target: str
    patches: tuple[str, ...] = ()


class MoveDefinitionOutput(Frozen):
    """`lines` says where each definition was, and the text there."""

    patch: str
    files: tuple[str, ...]
    lines: dict[str, tuple[int, str]]


@tool(trust="file", timeout_s=60)
async def move_definition(given: MoveDefinitionInput, context: ToolContext) -> MoveDefinitionOutput:
    """Splits a module: moves definitions with the imports that they use, and imports them back where they were."""
    before, after = context.scratch / "before", context.scratch / "after"
    files = await asyncio.to_thread(working_copy, context, after, given.patches)
    if given.source not in files:
        raise NotFound(f"{given.source}: no such file in the workspace")
    if given.target in files:
        raise Conflict(f"{given.target}: is already there; definitions are moved to a new module only")
    if given.source.rpartition("/")[0] != given.target.rpartition("/")[0] or not given.target.endswith(".py"):
        raise RequestInvalid(f"{given.target}: must be a .py file beside {given.source}")
    await asyncio.to_thread(shutil.copytree, after, before)
    return await asyncio.to_thread(_move, given, before, after)


def _move(given: MoveDefinitionInput, before: Path, after: Path) -> MoveDefinitionOutput:
    text = (after / given.source).read_bytes()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise RequestInvalid(f"{given.source}: is not Python ({error})") from error
    found = {node.name: node for node in tree.body if isinstance(node, Definition)}
    if absent := [name for name in given.names if name not in found]:
        raise NotFound(f"{absent[0]}: {given.source} defines no function or class of that name at its top level")
    moved = sorted((found[name] for name in given.names), key=lambda node: node.lineno)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    used = {node.id for one in moved for node in ast.walk(one) if isinstance(node, ast.Name)}
    kept = {name for name in _defined(tree) if name not in given.names}
    if bound := sorted(used & kept):
        raise Conflict(
            f"{', '.join(given.names)}: uses {', '.join(bound)} of {given.source}, which stays there; moving it would "
            "make the two modules import each other. Name these too, or move them by hand"
        )
    lines = text.splitlines(keepends=True)
    end = b"\r\n" if b"\r\n" in text[:10_000] else b"\n"
    spans = [(_first_line(node) - 1, node.end_lineno or node.lineno) for node in moved]
    parts = [b"".join(lines[start:stop]).rstrip() + end for start, stop in spans]
    spans = [(start, _after_blank(lines, stop)) for start, stop in spans]
    need = [_import(node, used) for node in imports]
    future = [b"".join(lines[node.lineno - 1 : node.end_lineno]).rstrip() for node in imports if _is_future(node)]
    head = [*future, *(one.encode() for one in need if one)]
    blank = end * 3
    new = (end.join(head) + blank if head else b"") + blank.join(part.rstrip() for part in parts) + end
    (after / given.target).write_bytes(new)
    rest = [line for at, line in enumerate(lines) if not any(start <= at < stop for start, stop in spans)]
    package = (before / given.source).parent.joinpath("__init__.py").exists()
    stem = given.target.rpartition("/")[2].removesuffix(".py")
    stays = {
        node.id for other in tree.body if other not in moved for node in ast.walk(other) if isinstance(node, ast.Name)
    }
    mark = "" if stays >= set(given.names) else "  # noqa: F401"  # a linter would take the way back for unused
    back = f"from {'.' if package else ''}{stem} import {', '.join(sorted(given.names))}{mark}".encode() + end
    at = max([node.end_lineno or 0 for node in imports], default=_docstring_end(tree))
    at -= sum(stop - start for start, stop in spans if start < at)
    (after / given.source).write_bytes(b"".join([*rest[:at], back, *rest[at:]]))
    made = patch.diff(before, after)
    return MoveDefinitionOutput(
        patch=made.text.decode("utf-8", "surrogateescape"),
        files=made.files,
        lines={
            node.name: (node.lineno, lines[node.lineno - 1].decode(errors="replace").strip()[:200]) for node in moved
        },
    )


def _after_blank(lines: list[bytes], stop: int) -> int:
    while stop < len(lines) and not lines[stop].strip():
        stop += 1
    return stop


def _defined(tree: ast.Module) -> set[str]:
    """What a module binds at its top level otherwise than by an import."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, Definition):
            names.add(node.name)
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            names |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return names - set(vars(builtins))


def _first_line(node: Definition) -> int:
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def _is_future(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _import(node: ast.Import | ast.ImportFrom, used: set[str]) -> str:
    """The import with the names that are used, or nothing."""
    if _is_future(node):
        return ""
    names = [one for one in node.names if (one.asname or one.name.partition(".")[0]) in used]
    if not names:
        return ""
    if isinstance(node, ast.Import):
        return ast.unparse(ast.Import(names=names))
    return ast.unparse(ast.ImportFrom(module=node.module, names=names, level=node.level))


def _docstring_end(tree: ast.Module) -> int:
    first = tree.body[0] if tree.body else None
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return (first.end_lineno or 0) if first is not None and is_text else 0
