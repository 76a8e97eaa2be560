"""Runs bandit over the Python files of a workspace. It parses them and runs none of them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from genesis.errors import NeedsMissing
from genesis.finding import NotDone
from genesis.frozen import Frozen
from genesis.tools.tool import ToolContext, tool

BATCH = 200  # files of one process: their names must fit on a command line
MAX_PROCESSES = 4


class BanditResult(Frozen):
    """One result, unjudged: the id of the test, and the lines of the statement."""

    test: str
    file: str
    line: int
    end_line: int


class RunBanditInput(Frozen):
    """`files` are looked at for the tests of these ids ("B324")."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


class RunBanditOutput(Frozen):
    """`results` by file and line; what is marked `# nosec` is among them."""

    results: tuple[BanditResult, ...]
    not_read: tuple[NotDone, ...]


@tool(trust="file", timeout_s=300)
async def run_bandit(given: RunBanditInput, context: ToolContext) -> RunBanditOutput:
    """Analyses Python files statically with bandit. Raises `WorkspaceRefused` for a file elsewhere, `NotFound`."""
    from importlib.util import find_spec

    workspace = context.workspace_for("static analysis")
    if find_spec("bandit") is None:
        raise NeedsMissing("static analysis needs bandit: install genesis-orchestrator[agents]")
    await asyncio.to_thread(lambda: [workspace.path(file) for file in given.files])
    gate = asyncio.Semaphore(min(MAX_PROCESSES, os.cpu_count() or 1))
    batches = [given.files[at : at + BATCH] for at in range(0, len(given.files), BATCH)]

    async def run(files: Sequence[str]) -> tuple[list[BanditResult], list[NotDone]]:
        async with gate:
            return await _run(workspace.root, files, given.tests, context.scratch)

    done = await asyncio.gather(*map(run, batches))
    results = [one for found, _ in done for one in found]
    return RunBanditOutput(
        results=tuple(sorted(results, key=lambda one: (one.file, one.line, one.test))),
        not_read=tuple(note for _, notes in done for note in notes),
    )


async def _run(
    root: Path, files: Sequence[str], tests: Sequence[str], scratch: Path
) -> tuple[list[BanditResult], list[NotDone]]:
    real = root.resolve()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",  # nothing but the installation is imported
        *("-W", "ignore", "-m", "bandit", "--quiet", "--exit-zero", "--ignore-nosec", "--format", "json"),
        *("--tests", ",".join(tests)),
        *(str(real / file) for file in files),
        cwd=scratch,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(scratch)},
    )
    try:
        out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        said = json.loads(out)
    except ValueError:
        missed = f"{len(files)} Python files, {files[0]} to {files[-1]}"
        return [], [NotDone(what=missed, why=f"bandit ended with exit {process.returncode} and no report")]
    results = []
    for one in said["results"]:
        lines = one.get("line_range") or [one["line_number"]]
        results.append(
            BanditResult(
                test=one["test_id"],
                file=Path(one["filename"]).relative_to(real).as_posix(),
                line=one["line_number"],
                end_line=max(lines),
            )
        )
    notes = [
        NotDone(what=Path(one["filename"]).relative_to(real).as_posix(), why="bandit could not parse it")
        for one in said["errors"]
    ]
    return results, notes
