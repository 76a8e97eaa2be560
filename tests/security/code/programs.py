"""Runs a program in a sandbox with small bounds, and without one, to see that it does harm there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from genesis.security.code import sandbox
from genesis.security.code.isolation import Kind
from genesis.security.code.sandbox import Ran


async def inside(
    kind: Kind, folder: Path, program: str, *arguments: str, seconds: float = 20, output_bytes: int = 20_000
) -> Ran:
    return await sandbox.run(
        [sys.executable, "-c", program, *arguments],
        folder=folder,
        seconds=seconds,
        memory_mb=200,
        processes=16,
        output_bytes=output_bytes,
        kind=kind,
    )


def outside(program: str, *arguments: str) -> str:
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60)
    return done.stdout
