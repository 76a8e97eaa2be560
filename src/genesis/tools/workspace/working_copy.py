"""A private copy of the workspace to work in, with the patches of earlier steps applied."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genesis.errors import NeedsMissing
from genesis.tools import patch
from genesis.tools.tool import ToolContext


def working_copy(context: ToolContext, folder: Path, patches: Sequence[str] = ()) -> tuple[str, ...]:
    """Copies the workspace to `folder`, applies `patches` (unified diffs) in order, and returns the files, sorted.

    Without a workspace the copy holds what the patches create. Raises `NeedsMissing` when there is neither, and what
    `patch.apply` raises.
    """
    folder.mkdir(parents=True)
    if context.workspace is not None:
        context.workspace.copy_to(folder)
    elif not patches:
        raise NeedsMissing("this needs a workspace, or code from an earlier task: give the run a workspace")
    for one in patches:
        patch.apply(one.encode("utf-8", "surrogateescape"), folder)
    return tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))
