"""Puts together what is to be looked at: the workspace, and what earlier tasks changed or made."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.errors import NeedsMissing
from genesis.finding import Artifact, NotDone
from genesis.security.workspace import Workspace

PATCHES = ("text/x-diff", "text/x-patch")
MAX_ARTIFACT = 5_000_000
NOT_CODE = (".svg", ".sarif", ".png", ".csv")


class LookedAt(NamedTuple):
    """A toolbox whose workspace is what is looked at, and what of it could not be put together."""

    tools: Toolbox
    workspace: Workspace
    not_done: list[NotDone]


async def looked_at(task: Assignment, tools: Toolbox) -> LookedAt:
    """The workspace as it is, or a copy with the patches and files of earlier tasks in it.

    Raises `NeedsMissing` when there is neither a workspace nor anything that a task made.
    """
    patches = [one for one in task.artifacts if one.media_type in PATCHES or one.name.endswith((".patch", ".diff"))]
    made = [
        one
        for one in task.artifacts
        if one not in patches and not one.name.endswith(NOT_CODE) and one.size <= MAX_ARTIFACT and _wanted(task)
    ]
    if not patches and not made:
        if tools.workspace is None:
            raise NeedsMissing(
                "a security review needs something to look at: name a folder, or let a task write code first"
            )
        return LookedAt(tools, tools.workspace, [])
    copy = tools.scratch / "changed"
    await asyncio.to_thread(_lay_out, tools, copy, [] if tools.workspace is not None else made)
    not_done = [note for patch in patches if (note := await _apply(tools, patch, copy)) is not None]
    workspace = Workspace(copy)
    if not workspace.files:
        raise NeedsMissing(
            "a security review needs something to look at: the patch of the earlier task could not be applied"
        )
    return LookedAt(replace(tools, workspace=workspace), workspace, not_done)


def _wanted(task: Assignment) -> bool:
    return any(product in task.inputs for product in ("code", "page", "api")) or bool(task.artifacts)


def _lay_out(tools: Toolbox, copy: Path, made: list[Artifact]) -> None:
    copy.mkdir(parents=True)
    if tools.workspace is not None:
        tools.workspace.copy_to(copy)
    for one in made:
        (copy / one.name).write_bytes(tools.store.read(one))


async def _apply(tools: Toolbox, patch: Artifact, copy: Path) -> NotDone | None:
    """Applies a patch with git, which refuses paths that lead out; a note when it does not fit."""
    file = tools.scratch / f"{patch.sha256[:12]}.patch"
    file.write_bytes(tools.store.read(patch))
    try:
        process = await asyncio.create_subprocess_exec(
            *("git", "apply", "-p1", "--whitespace=nowarn", str(file)),
            cwd=copy,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            # A repository around the scratch folder would make git take the paths as its own.
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "GIT_CEILING_DIRECTORIES": str(copy.parent),
                "HOME": str(copy.parent),
            },
        )
    except FileNotFoundError:
        return NotDone(what=patch.name, why="it needs git to be applied, and git is not here")
    if await process.wait() != 0:
        return NotDone(what=patch.name, why="it does not apply to the workspace; the files are looked at as they were")
    return None
