"""A change to the workspace, as one task hands it to the next: a unified diff among its artifacts."""

from __future__ import annotations

from genesis.agents.result import Assignment
from genesis.agents.toolbox import Toolbox
from genesis.finding import Artifact

CHANGE = "changes.patch"


def is_change(artifact: Artifact) -> bool:
    """By its media type, or by its name where a remote agent gave it a general one."""
    return artifact.media_type in ("text/x-diff", "text/x-patch") or artifact.name.endswith((".patch", ".diff"))


def keep(tools: Toolbox, patch: str) -> Artifact:
    """The artifact of a change, whose bytes may be no UTF-8 (`surrogateescape`)."""
    return tools.artifact(CHANGE, "text/x-diff", patch.encode("utf-8", "surrogateescape"))


def earlier(task: Assignment, tools: Toolbox) -> tuple[str, ...]:
    """The changes of earlier tasks, in their order. Raises `NotFound` when the bytes of one are gone: what was tested
    or put out without it would not be what the run made."""
    found = [artifact for artifact in task.artifacts if is_change(artifact)]
    return tuple(tools.store.read(artifact).decode("utf-8", "surrogateescape") for artifact in found)
