"""Puts together what is to be looked at: the workspace, and what earlier tasks changed or made."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from genesis.agents.change import is_change
from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.errors import Conflict, NeedsMissing, RequestInvalid, WorkspaceRefused
from genesis.finding import Artifact, NotDone
from genesis.security.workspace import Workspace
from genesis.tools.patch.apply import apply

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
    patches = [one for one in task.artifacts if is_change(one)]
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
    notes = [await asyncio.to_thread(_apply, patch, tools.store.read(patch), copy) for patch in patches]
    not_done = [note for note in notes if note is not None]
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


def _apply(patch: Artifact, content: bytes, copy: Path) -> NotDone | None:
    """A note when the patch does not fit, or is none."""
    try:
        apply(content, copy)
    except (Conflict, RequestInvalid, WorkspaceRefused) as error:
        why = f"it does not apply ({error.message}); the files are looked at as they were"
        return NotDone(what=patch.name, why=why)
    return None
