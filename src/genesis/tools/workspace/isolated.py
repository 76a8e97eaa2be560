"""Runs one of our own modules over files of a workspace, in a process of its own.

Parsing foreign code in this process would hold the interpreter lock for seconds, and text made for it can crash or
exhaust the parser. The module never imports or runs what it reads, and imports little itself. It is started with `-I`:
nothing in the workspace or the environment can put itself in front of an import.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import genesis

MAX_LINE = 64_000_000
SOURCE = Path(genesis.__file__).parents[1]
START = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_module(sys.argv[2], run_name='__main__')"
MAX_RESTARTS = 5


@dataclass(frozen=True)
class Reading:
    """`found`: what the module said, by file. `failed`: the files on which it died, with the reason."""

    found: Mapping[str, dict[str, Any]]
    failed: Mapping[str, str]


async def read_files(module: str, root: Path, files: Sequence[str]) -> Reading:
    """Hands `files` to a module on stdin, and reads one JSON line per file: `{"file": ..., ...}`, in that order.

    `module` is run as a script, with the workspace's root as its only argument. A file on which it dies is left out
    and said, and the rest is read by a fresh process.
    """
    found: dict[str, dict[str, Any]] = {}
    failed: dict[str, str] = {}
    rest = list(files)
    for _ in range(MAX_RESTARTS):
        if not rest:
            break
        code = await _run(module, root, rest, found)
        rest = [file for file in rest if file not in found]
        if rest:
            failed[rest.pop(0)] = f"the parser gave up on it (exit {code})"
    failed.update(dict.fromkeys(rest, "not read: the parser gave up too often"))
    return Reading(found, failed)


async def _run(module: str, root: Path, files: Sequence[str], found: dict[str, dict[str, Any]]) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-W",
        "ignore",
        "-c",
        START,
        str(SOURCE),
        module,
        str(root),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a traceback would quote the workspace
        env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        limit=MAX_LINE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        feeding = asyncio.create_task(_feed(process.stdin, files))
        while line := await process.stdout.readline():
            if not line.endswith(b"\n"):
                break  # cut off in the middle of a file
            said = json.loads(line)
            found[said["file"]] = said
        await feeding
        return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _feed(stdin: asyncio.StreamWriter, files: Sequence[str]) -> None:
    try:
        stdin.write(json.dumps(list(files)).encode())
        await stdin.drain()
        stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        pass  # it died before it read them: its exit code says so
