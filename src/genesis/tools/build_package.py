"""Builds a Python project in the sandbox through its own build backend, or says why not and byte-compiles it."""

from __future__ import annotations

import asyncio
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from genesis.frozen import Frozen
from genesis.security.code import left, sandbox
from genesis.tools.python_project import environment, project
from genesis.tools.python_project.environment import Environment
from genesis.tools.python_project.project import Project
from genesis.tools.tool import ToolContext, tool
from genesis.tools.workspace.working_copy import working_copy

MAX_BUILT_BYTES = 40_000_000
MAX_SOURCE_BYTES = 5_000_000
BUILDER = Path(project.__file__).parent / "inside" / "genesis_builder.py"


class BuildPackageInput(Frozen):
    """`patches` (unified diffs) are applied to the copy first."""

    patches: tuple[str, ...] = ()


class Built(Frozen):
    """A distribution that was built: `path` lies in the call's scratch folder."""

    kind: str
    name: str
    path: str
    size: int
    files: tuple[str, ...] = ()


class Broken(Frozen):
    """A file that is not Python."""

    file: str
    line: int
    message: str
    excerpt: str


class BuildPackageOutput(Frozen):
    """`modules` are the packages' own: as a wheel has to name them, and where they lie. `why` says why no distribution
    was built. `errors` are the backend's own; `broken` files did not compile.
    """

    name: str | None
    version: str | None
    backend: str | None
    isolation: str | None
    environment: str
    built: tuple[Built, ...] = ()
    why: str | None = None
    errors: tuple[str, ...] = ()
    compiled: int = 0
    broken: tuple[Broken, ...] = ()
    modules: tuple[tuple[str, str], ...] = ()


@tool(trust="file", timeout_s=300)
async def build_package(given: BuildPackageInput, context: ToolContext) -> BuildPackageOutput:
    """Builds wheel and source distribution in the sandbox, without network, and byte-compiles every file."""
    box = context.scratch / "box"
    files = await asyncio.to_thread(working_copy, context, box / "workspace", given.patches)
    found = await asyncio.to_thread(project.read, box / "workspace")
    root = context.workspace.root if context.workspace else box / "workspace"
    chosen = await asyncio.to_thread(environment.choose, root, context.scratch)
    python = tuple(name for name in files if name.endswith(".py"))
    broken, isolation = await _compile(box, chosen, python)
    result = BuildPackageOutput(
        name=found.name,
        version=found.version,
        backend=found.backend,
        isolation=isolation,
        environment=str(chosen),
        compiled=len(python) - len(broken),
        broken=broken,
        modules=tuple(_modules(found, python)),
    )
    if found.backend is None:
        return result.model_copy(
            update={"why": "it names no build backend: there is no pyproject.toml, nor a setup.py"}
        )
    told = await _backend(box, chosen, found)
    return await asyncio.to_thread(_read, result, box, told)


def _modules(found: Project, python: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for module, path in sorted(found.packages.items()):
        for file in python:
            inside = file == path or file.startswith(f"{path}/")
            if inside and "/tests/" not in file and "/test/" not in file and not project.is_test_file(file):
                yield module + file.removeprefix(path.removesuffix(".py")), file


async def _backend(box: Path, chosen: Environment, found: Project) -> dict[str, Any]:
    (box / "out").mkdir()
    order = {
        "workspace": str(box / "workspace"),
        "backend": found.backend,
        "backend_path": list(found.backend_path),
        "requires": list(found.build_requires),
        "out": str(box / "out"),
        "told": str(box / "told.json"),
    }
    (box / "build.json").write_text(json.dumps(order))
    # What a build would ask of git is not in a copy; these say the version that the project says of itself.
    version = found.version or "0"
    variables = {"SETUPTOOLS_SCM_PRETEND_VERSION": version, "PBR_VERSION": version, "SOURCE_DATE_EPOCH": "315532800"}
    ran = await _python(box, chosen, [str(BUILDER), "build", str(box / "build.json")], 200, variables)
    said = _told(box, "told.json")
    if not isinstance(said, dict):
        last = ran.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"exit {ran.exit_code}"]
        return {"wheel_error": ["", "it took too long" if ran.timed_out else last[0][:300], None]}
    return said


async def _compile(box: Path, chosen: Environment, python: tuple[str, ...]) -> tuple[tuple[Broken, ...], str]:
    order = {"workspace": str(box / "workspace"), "files": python, "told": str(box / "compiled.json")}
    (box / "compile.json").write_text(json.dumps(order))
    ran = await _python(box, chosen, [str(BUILDER), "compile", str(box / "compile.json")], 100, {})
    broken: list[Broken] = []
    said = _told(box, "compiled.json")
    for entry in said if isinstance(said, list) else []:
        file, line, message = str(entry[0]), max(1, int(entry[1])), str(entry[2])
        text = left.read(box, f"workspace/{file}", MAX_SOURCE_BYTES) if file in python else None
        lines = text.decode(errors="replace").splitlines() if text is not None else []
        excerpt = lines[line - 1].strip()[:200] if line <= len(lines) else ""
        broken.append(Broken(file=file, line=line, message=message, excerpt=excerpt))
    return tuple(broken), ran.isolation


async def _python(
    box: Path, chosen: Environment, arguments: list[str], seconds: float, variables: dict[str, str]
) -> sandbox.Ran:
    return await sandbox.run(
        [str(chosen.python), *arguments],
        folder=box,
        readable=[BUILDER, *chosen.readable],
        seconds=seconds,
        memory_mb=3_000,
        processes=64,
        output_bytes=100_000,
        environment=variables,
    )


def _read(result: BuildPackageOutput, box: Path, told: dict[str, Any]) -> BuildPackageOutput:
    unmet = sorted({str(one)[:100] for one in told.get("unmet", ())})
    if (missing := told.get("missing")) and not unmet:
        return result.model_copy(
            update={
                "why": f"its build backend {result.backend} needs {str(missing)[:100]}, which is not installed here"
            }
        )
    built: list[Built] = []
    errors: list[str] = []
    absent: list[str] = unmet
    for kind in ("wheel", "sdist"):
        if error := told.get(f"{kind}_error"):
            if error[0] in ("ModuleNotFoundError", "ImportError") and error[2]:
                absent.append(str(error[2])[:100])
            else:
                errors.append(f"{kind}: {error[0]}: {str(error[1])[:500]}")
        elif name := str(told.get(kind) or ""):
            path = box / "out" / Path(name).name
            file = left.opened(box, f"out/{path.name}")
            if file is not None:
                with file:
                    size = os.fstat(file.fileno()).st_size
                    inside = _names(file) if kind == "wheel" else ()
                if size <= MAX_BUILT_BYTES:
                    built.append(Built(kind=kind, name=path.name, path=str(path), size=size, files=inside))
    why = f"its build needs {', '.join(sorted(set(absent)))}, which this environment has not" if absent else None
    return result.model_copy(update={"built": tuple(built), "errors": tuple(errors), "why": why})


def _names(wheel: BinaryIO) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return tuple(sorted(archive.namelist())[:5_000])
    except (zipfile.BadZipFile, OSError):
        return ()


def _told(box: Path, name: str) -> Any:
    said = left.read(box, name, 10_000_000)
    try:
        return json.loads(said) if said is not None else None
    except (ValueError, RecursionError):
        return None
