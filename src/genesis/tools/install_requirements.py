"""Builds a throwaway environment from what a workspace declares: wheels only, so that installing runs no foreign code.

pip alone has the network. What it puts there can run when its interpreter starts (`.pth` files), so that interpreter is
never started outside the sandbox again once something was installed.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from pydantic import Field

from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.tools.python_project.pip import TooLarge, bounded
from genesis.tools.read_project import ReadProjectInput, read_project
from genesis.tools.repository.requirement_files import Requirement
from genesis.tools.repository.wanted import locked, select
from genesis.tools.tool import ToolContext, tool

TRIES = 6
_MISSING = re.compile(r"No matching distribution found for ([A-Za-z0-9][\w.-]*)")


class InstallRequirementsInput(Frozen):
    """Bounds of time and of what lies on the disk afterwards."""

    seconds: float = Field(default=300, gt=0, le=900)
    max_bytes: int = Field(default=1_500_000_000, gt=0)


class InstallRequirementsOutput(Frozen):
    """`folder`: the environment, read-only by intent, until the attempt ends; None when there is none. `installed`:
    "name version"; `asked`: the requirements that pip was given, each with its file and line."""

    folder: str | None
    installed: tuple[str, ...] = ()
    asked: tuple[tuple[str, str, int], ...] = ()
    not_done: tuple[NotDone, ...] = ()


@tool(trust="web", timeout_s=1000, effects=True, permission="install")
async def install_requirements(given: InstallRequirementsInput, context: ToolContext) -> InstallRequirementsOutput:
    """Installs the wheels that the workspace's own files ask for into a throwaway environment."""
    workspace = context.workspace_for("installing what it declares")
    declared = await read_project.run(ReadProjectInput(), context)
    wanted, notes = select(declared.requires)
    if not wanted:
        notes.append(NotDone(what="an environment", why="the workspace's files declare nothing to install"))
        return InstallRequirementsOutput(folder=None, not_done=tuple(notes))
    folder = context.scratch / "environment"
    began = context.clock.monotonic()

    async def run(*command: str) -> str:
        left = given.seconds - (context.clock.monotonic() - began)
        return await bounded(command, context.scratch, left, given.max_bytes, os.environ)

    pins = locked(workspace, declared.locks)
    try:
        await run(sys.executable, "-I", "-m", "venv", str(folder))
        for _ in range(TRIES):
            said = await _install(folder, wanted.values(), pins, context.scratch, run)
            if said and pins and not installed(folder):
                notes.append(
                    NotDone(what="the versions of the lock file", why=f"{_last(said)}; installed without them")
                )
                pins = {}
                continue
            absent = {one.lower() for one in _MISSING.findall(said)} & wanted.keys()
            if not absent or installed(folder):
                break
            for name in sorted(absent):
                notes.append(NotDone(what=f"installing {name}", why="no wheel of it fits this Python and this machine"))
                del wanted[name]
        else:
            said = "ERROR: too many of the requirements have no wheel"
    except TimeoutError:
        said = f"ERROR: it took longer than {given.seconds:g} s"
    except TooLarge:
        said = f"ERROR: it grew over {given.max_bytes:,} bytes"
    if said:
        notes.append(NotDone(what="an environment", why=f"pip could not build it: {_last(said)}"))
        return InstallRequirementsOutput(folder=None, not_done=tuple(notes))
    return InstallRequirementsOutput(
        folder=str(folder),
        installed=tuple(installed(folder)),
        asked=tuple((text, one.file, one.line) for text, one in wanted.values()),
        not_done=tuple(notes),
    )


def installed(folder: Path) -> list[str]:
    """What lies in an environment besides pip: "name version", sorted. Read from names of folders; nothing is run."""
    infos = (one.name.removesuffix(".dist-info") for one in folder.glob("lib/python3*/site-packages/*.dist-info"))
    return sorted(" ".join(one.rsplit("-", 1)) for one in infos if not one.startswith(("pip-", "setuptools-")))


async def _install(
    folder: Path,
    wanted: Iterable[tuple[str, Requirement]],
    pins: Mapping[str, str],
    scratch: Path,
    run: Callable[..., Awaitable[str]],
) -> str:
    """What pip complained of, or "" when all went well."""
    listed = scratch / "wanted.txt"
    listed.write_text("".join(f"{text}\n" for text, _ in wanted))
    limits = scratch / "pins.txt"
    limits.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
    options = ("--only-binary", ":all:", "--no-input", "--no-cache-dir", "--no-compile", "--disable-pip-version-check")
    return await run(
        str(folder / "bin" / "python"),
        "-I",
        "-m",
        "pip",
        "install",
        "-q",
        *options,
        "-r",
        str(listed),
        "-c",
        str(limits),
    )


def _last(said: str) -> str:
    lines = [line.removeprefix("ERROR:").strip() for line in said.splitlines() if line.startswith("ERROR:")]
    return re.sub(r"\S+://\S+", "(an address)", lines[-1] if lines else said.strip()[-200:])[:300]
