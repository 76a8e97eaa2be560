"""Workspaces that are written, and what came out of the builder, applied and run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from tests.agents.conftest import Done

WORDS = ["apple", "brick", "cloud", "delta", "ember", "flint", "grove", "haven", "ivory", "jolly", "karma", "lemon"]


def write(root: Path, files: dict[str, str]) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(textwrap.dedent(text))
    return root


def applied(done: Done, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", "-"], input=done.files["changes.patch"], cwd=folder, check=True)
    return folder


def python(folder: Path, program: str) -> Any:
    """Runs a program against what was written, and returns what it printed as JSON."""
    path = f"{folder}{os.pathsep}{folder / 'src'}"
    command = [sys.executable, "-c", textwrap.dedent(program)]
    ran = subprocess.run(command, cwd=folder, env={"PYTHONPATH": path, "PATH": ""}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def code(done: Done) -> dict[str, Any]:
    found = done.result.outputs["code"]
    assert isinstance(found, dict)
    return found
