"""Starts a scaffolded service in the sandbox and uses every part of it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from genesis.frozen import Frozen
from genesis.security.code import sandbox
from genesis.tools.entities.entity import Identifier
from genesis.tools.patch import inside
from genesis.tools.scaffold_service import TEMPLATE
from genesis.tools.tool import ToolContext, tool

SECONDS = 60.0


class TryServiceInput(Frozen):
    """`files`: contents by name, as `scaffold_service` made them."""

    package: Identifier
    files: dict[str, str]


class TryServiceOutput(Frozen):
    """`mode`: over `http` (loopback inside the sandbox) or `wsgi` (driven in process, where it has no loopback).

    `failed` is empty when every call was answered as it should be.
    """

    mode: str
    calls: int
    failed: tuple[str, ...]
    isolation: str


@tool(trust="tool", timeout_s=SECONDS + 30)
async def try_service(given: TryServiceInput, context: ToolContext) -> TryServiceOutput:
    """Starts the service and creates, lists, reads, replaces and deletes one of everything.

    Raises `SandboxUnavailable` where nothing foreign is run, `WorkspaceRefused` for a file that would lie elsewhere.
    """
    folder = context.scratch / "service"
    await asyncio.to_thread(_lay_out, folder, given)
    ran = await sandbox.run(
        [sys.executable, "drive.py", given.package],
        folder=folder,
        seconds=SECONDS,
        memory_mb=500,
        processes=20,
        output_bytes=100_000,
    )
    try:
        said = json.loads(ran.stdout.decode().strip().splitlines()[-1])
        return TryServiceOutput(
            mode=str(said["mode"]), calls=int(said["calls"]), failed=tuple(said["failed"]), isolation=ran.isolation
        )
    except (ValueError, KeyError, IndexError, TypeError):
        last = ran.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no word"]
        why = "it did not end in time" if ran.timed_out else f"it ended with {ran.exit_code}: {last[0][:300]}"
        return TryServiceOutput(mode="none", calls=0, failed=(why,), isolation=ran.isolation)


def _lay_out(folder: Path, given: TryServiceInput) -> None:
    for name, content in given.files.items():
        path = inside(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (folder / "drive.py").write_text((TEMPLATE / "drive.py").read_text(encoding="utf-8"), encoding="utf-8")
