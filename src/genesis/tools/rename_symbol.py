"""Renames a function, class or variable of a module wherever the code refers to it."""

from __future__ import annotations

import ast
import asyncio
import builtins
import keyword
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from genesis.errors import Conflict, NotFound, RequestInvalid
from genesis.frozen import Frozen
from genesis.tools import patch
from genesis.tools.python.references import MAX_FILE_BYTES, exporters, line_of, parsed_modules, places_of, top_level
from genesis.tools.python_project import project
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.working_copy import working_copy


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


def _rename(given: RenameSymbolInput, before: Path, after: Path, files: tuple[str, ...]) -> RenameSymbolOutput:
    modules = list(parsed_modules(after, files, project.read(after).roots))
    owners = [module for module in modules if given.old in top_level(module.tree)]
    if not owners:
        raise NotFound(f"{given.old}: no module here defines it at its top level, so it was not renamed")
    if len(owners) > 1:
        where = ", ".join(module.file for module in owners)
        raise Conflict(f"{given.old}: {where} each define one; say which by renaming the others first")
    owner = owners[0]
    sources = exporters(owner, modules, given.old)
    places: dict[str, int] = {}
    for module in modules:
        edits = sorted(set(places_of(module, owner, sources, given.old)))
        if not edits:
            continue
        taken = {node.id for node in ast.walk(module.tree) if isinstance(node, ast.Name)} | top_level(module.tree)
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
        defined=_mention(before, owner.file, line_of(owner.tree, given.old)),
        places=places,
        left=tuple(_left(after, files, given.old)),
    )


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
