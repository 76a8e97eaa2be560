"""Turns new contents of files into one patch against the workspace, which stays as it is."""

from __future__ import annotations

import asyncio

from genesis.errors import NotFound
from genesis.frozen import Frozen
from genesis.tools.patch import diff, inside
from genesis.tools.tool import ToolContext, tool


class MakePatchInput(Frozen):
    """`files`: whole contents by name, relative to the workspace; `executable` those of them that can be run."""

    files: dict[str, str]
    executable: frozenset[str] = frozenset()


class MakePatchOutput(Frozen):
    """`text`: a unified diff for `git apply`; `files` what it touches, `changed` those of them that were there."""

    text: str
    files: tuple[str, ...]
    changed: tuple[str, ...]


@tool(trust="tool", timeout_s=60)
async def make_patch(given: MakePatchInput, context: ToolContext) -> MakePatchOutput:
    """Makes a unified diff that adds the given files, or replaces them where they are.

    Raises `WorkspaceRefused` for a name that leads out of the workspace.
    """
    return await asyncio.to_thread(_make, given, context)


def _make(given: MakePatchInput, context: ToolContext) -> MakePatchOutput:
    before, after = context.scratch / "before", context.scratch / "after"
    before.mkdir()
    after.mkdir()
    changed = []
    for name, content in sorted(given.files.items()):
        target = inside(after, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8", newline="")
        if name in given.executable:
            target.chmod(0o755)
        if context.workspace is None:
            continue
        try:
            path = context.workspace.path(name)
        except NotFound:
            continue
        old = before / name
        old.parent.mkdir(parents=True, exist_ok=True)
        old.write_bytes(path.read_bytes())
        mode = path.stat().st_mode & 0o777
        old.chmod(mode)
        target.chmod(mode | 0o111 if name in given.executable else mode)
        changed.append(name)
    patch = diff(before, after)
    return MakePatchOutput(text=patch.text.decode("utf-8", "replace"), files=patch.files, changed=tuple(changed))
