"""Maps the Python modules of a workspace and what imports what, without importing any of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.tools.python.module_names import ModuleNames
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.file_roles import Role, role
from genesis.tools.workspace.isolated import read_files

Kind = Literal["top", "conditional", "optional", "lazy", "guarded", "main", "typing", "dynamic"]


class Function(Frozen):
    """`name` is qualified by its class; `complexity` is McCabe's; `lines` counts from `def` to the end."""

    name: str
    line: int
    lines: int
    complexity: int


class Module(Frozen):
    """A Python file. `names`: what it binds at top level, with the line; `main`: it can be run as a script."""

    name: str
    file: str
    role: Role
    lines: int
    code_lines: int
    doc: str
    names: dict[str, int]
    functions: tuple[Function, ...]
    classes: int
    main: bool


class Import(Frozen):
    """One import of one module. `to`: the workspace's file that it means, or None when the module is from outside.

    `module` is the absolute dotted name. `names`: what is taken from it with `from`, or None for a plain import.
    """

    file: str
    line: int
    kind: Kind
    module: str
    to: str | None
    names: tuple[str, ...] | None


class MapModulesInput(Frozen):
    """Nothing to choose: the whole workspace is mapped."""


class MapModulesOutput(Frozen):
    """`local`: first words that may mean something inside the workspace, so that nobody takes them for a library."""

    modules: tuple[Module, ...]
    imports: tuple[Import, ...]
    local: frozenset[str]
    not_read: tuple[NotDone, ...]


@tool(trust="file", timeout_s=300)
async def map_modules(given: MapModulesInput, context: ToolContext) -> MapModulesOutput:
    """Maps Python modules, their imports, names and functions, without importing any of them."""
    workspace = context.workspace_for("mapping modules")
    files = [file.name for file in workspace.files if file.name.endswith(".py")]
    reading = await read_files("genesis.tools.python.outline", workspace.root, files)
    names = ModuleNames.of(files)
    modules: list[Module] = []
    imports: list[Import] = []
    not_read = [NotDone(what=file, why=why) for file, why in reading.failed.items()]
    for file in files:
        said = reading.found.get(file)
        if said is None:
            continue
        if "error" in said:
            not_read.append(NotDone(what=file, why=said["error"]))
            continue
        modules.append(
            Module(
                name=names.name(file),
                file=file,
                role=role(file),
                lines=said["lines"],
                code_lines=said["code_lines"],
                doc=said["doc"],
                names=said["names"],
                functions=tuple(Function(**one) for one in said["functions"]),
                classes=said["classes"],
                main=said["main"] or file.endswith("__main__.py"),
            )
        )
        for one in said["imports"]:
            imports.extend(_resolved(file, one, names))
    return MapModulesOutput(modules=tuple(modules), imports=tuple(imports), local=names.tops, not_read=tuple(not_read))


def _resolved(file: str, said: dict[str, Any], names: ModuleNames) -> Iterator[Import]:
    """One import per module that is meant: `from package import module` means the module, not the package."""
    base = names.base(said["module"], said["level"], file)
    line, kind = said["line"], said["kind"]
    if said["names"] is None:
        yield Import(file=file, line=line, kind=kind, module=base, to=names.resolve(base, file), names=None)
        return
    own = []
    for name in said["names"]:
        inner = names.resolve(f"{base}.{name}", file) if base else None
        # `from . import x` in a package that also binds x itself still imports the submodule if there is one.
        if inner is not None and inner != file:
            yield Import(file=file, line=line, kind=kind, module=f"{base}.{name}", to=inner, names=None)
        else:
            own.append(name)
    if own:
        to = names.resolve(base, file) if base else None
        yield Import(file=file, line=line, kind=kind, module=base, to=to, names=tuple(own))
